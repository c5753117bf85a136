"""Make small wrong changes to the modules, one at a time in a copy, and let the tests notice each.

    python tests/mutants.py             all of tests/mutants.toml, and the table docs/mutants.md
    python tests/mutants.py losses 17   those of a module, or of a number, without the table

`make mutants` does the first. Every change must make a test fail: the one that the table has from
the last time is tried first, then those that concern the module, then all others. The modules with
nothing but a comment added must pass them all, so that no test fails for the text of a module.
"""

import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "mutants.md"
WORKERS = 2
LIMIT = 400  # seconds for one run of the tests
FIRST = {  # the files whose subject a module is; all others follow in the order of their names
    "gradients": "gradients traps values",
    "layers": "values gradients errors traps training",
    "activations": "values gradients traps",
    "losses": "values gradients errors",
    "optimizers": "optimizer values errors",
    "metrics": "values errors",
    "training": "training files resume",
    "data": "data errors",
    "points": "points determinism errors",
    "features": "features",
    "settings": "settings",
    "checks": "errors values gradients",
    "files": "files",
    "history": "training files",
    "running": "training",
}
LEFT_OUT = (  # those that need minutes or a browser, or that look at the text of the modules
    "mutants notebooks package widgets playground digits plots kernel"
).split()
DESELECTED = [  # they run nbdev, on notebooks
    "tests/test_traps.py::test_an_edited_module_is_undone_by_the_export",
    "tests/test_traps.py::test_cleaning_keeps_tags",
]
OPTIONS = "-x -q --tb=no -p no:cacheprovider".split() + [f"--deselect={d}" for d in DESELECTED]


def listed() -> list[dict]:
    "All changes in the order of the file: number, module, why, old, new."
    text = (ROOT / "tests" / "mutants.toml").read_text(encoding="utf-8")
    pairs = [(module, each) for module, list_ in tomllib.loads(text).items() for each in list_]
    return [{"number": i, "module": m} | each for i, (m, each) in enumerate(pairs, start=1)]


def mutated(text: str, mutant: dict) -> str:
    "The text of the module with the change; ValueError if the old text is not there just once."
    if (n := text.count(mutant["old"])) != 1:
        name = f"{mutant['module']}: {mutant['why']}"
        raise ValueError(f"{name}: {mutant['old']!r} is there {n} times, must be once")
    return text.replace(mutant["old"], mutant["new"])


def groups(mutant: dict | None) -> list[list[str]]:
    "The test of the table, the files that concern the module, and all others: in this order."
    first = [] if mutant is None else FIRST[mutant["module"]].split()
    names = [path.stem.removeprefix("test_") for path in (ROOT / "tests").glob("test_*.py")]
    others = sorted(set(names) - {*first, *LEFT_OUT})
    files = [[f"tests/test_{name}.py" for name in names] for names in (first, others) if names]
    return files if mutant is None else last_time(mutant) + files


def last_time(mutant: dict) -> list[list[str]]:
    "The test that the table has for the change, if both are still there."
    table = TABLE.read_text(encoding="utf-8") if TABLE.exists() else ""
    found = re.search(rf"\| {re.escape(mutant['why'])} \|.*`(test_\w+\.py)::(\w+)", table)
    if found is None:
        return []
    path = ROOT / "tests" / found[1]
    there = path.exists() and f"def {found[2]}(" in path.read_text(encoding="utf-8")
    return [[f"tests/{found[1]}::{found[2]}"]] if there else []


def first_failure(folder: Path, files: list[str]) -> str | None:
    "The first test of these files that fails in the copy; None if all pass."
    quiet = {"PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    environment = os.environ | quiet | threads | {"PYTHONPATH": str(folder)}
    command = [sys.executable, "-m", "pytest", *OPTIONS, *files]
    options = {"cwd": folder, "env": environment, "capture_output": True, "text": True}
    try:
        done = subprocess.run(command, timeout=LIMIT, **options)
    except subprocess.TimeoutExpired:
        return f"no end within {LIMIT} seconds"
    if done.returncode == 0:
        return None
    failed = re.search(r"^(?:FAILED|ERROR) (tests/\S+::.+?)(?: - |$)", done.stdout, re.MULTILINE)
    if done.returncode != 1 or failed is None:  # a change that cannot be imported proves nothing
        sys.exit(f"pytest could not run {' '.join(files)}:\n{done.stdout}{done.stderr}")
    return failed[1]


def try_out(mutant: dict | None, folders: queue.Queue) -> tuple[str | None, float]:
    "What fails with one change, or with a comment in every module, and the seconds it took."
    folder, start = folders.get(), time.monotonic()
    modules = sorted((folder / "nn_from_scratch").glob("*.py"))
    if mutant is not None:
        modules = [folder / "nn_from_scratch" / f"{mutant['module']}.py"]
    kept = [path.read_text(encoding="utf-8") for path in modules]
    try:
        for path, text in zip(modules, kept, strict=True):
            text = text + "# a comment\n" if mutant is None else mutated(text, mutant)
            path.write_text(text, encoding="utf-8")
        failures = (first_failure(folder, files) for files in groups(mutant))
        failure = next(filter(None, failures), None)
    finally:
        for path, text in zip(modules, kept, strict=True):
            path.write_text(text, encoding="utf-8")
        folders.put(folder)
    return failure, time.monotonic() - start


def code(text: str) -> str:
    "A piece of code on one line of a table."
    shown = " ⏎ ".join(line.strip() for line in text.strip().splitlines()).replace("|", "\\|")
    return f"`{shown}`" if shown else "nothing"


def row(mutant: dict, killer: str) -> str:
    change = f"{code(mutant['old'])} → {code(mutant['new'])}"
    killer = killer.removeprefix("tests/").replace("|", "\\|")
    return f"| {mutant['number']} | {mutant['module']} | {mutant['why']} | {change} | `{killer}` |"


def main(wanted: list[str]) -> None:
    everything, start = listed(), time.monotonic()
    chosen = [m for m in everything if not wanted or {m["module"], str(m["number"])} & {*wanted}]
    pool, folders = ThreadPoolExecutor(WORKERS), queue.Queue()
    with tempfile.TemporaryDirectory() as place:
        for i in range(WORKERS):
            ignore = shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "*.egg-info")
            folders.put(Path(shutil.copytree(ROOT, Path(place, str(i)), ignore=ignore)))
        try:
            runs = [pool.submit(try_out, mutant, folders) for mutant in [None, *chosen]]
            killers = [report(*pair) for pair in zip(chosen, runs[1:], strict=True)]
            if failure := runs[0].result()[0]:
                sys.exit(f"Nothing is proven: with comments for changes {failure} fails.")
        finally:  # Ctrl-C among others
            pool.shutdown(cancel_futures=True)
    survivors, seconds = killers.count(None), time.monotonic() - start
    print(f"{len(chosen) - survivors} of {len(chosen)} changes noticed in {seconds:.0f} seconds.")
    if survivors:
        sys.exit(f"{survivors} survive: each needs a test.")
    if not wanted:
        TABLE.parent.mkdir(exist_ok=True)
        head = HEAD.format(n=len(chosen), n_modules=len({m["module"] for m in chosen}))
        lines = [row(*pair) for pair in zip(chosen, killers, strict=True)]
        TABLE.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


def report(mutant: dict, run: Future) -> str | None:
    "Wait for the run, print a line of it, and return what noticed the change."
    killer, seconds = run.result()
    text = f"{mutant['number']:>3} {mutant['module']:<12}{mutant['why']:<60}"
    print(f"{text} {seconds:4.0f} s  {killer or 'SURVIVES'}", flush=True)
    return killer


HEAD = """# Small wrong changes, and the test that notices each

Written by `make mutants`, from `tests/mutants.toml`: {n} changes in {n_modules} modules, each made
alone in a copy. The last column has a test that fails; often it is not the only one.

| | module | what goes wrong | old → new | noticed by |
|---|---|---|---|---|
"""

if __name__ == "__main__":
    main(sys.argv[1:])
