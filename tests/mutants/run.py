"""Make small wrong changes to the modules, one at a time in a copy, and let the tests notice each.

    python tests/mutants/run.py             all of mutants.toml, and the table table.md
    python tests/mutants/run.py losses 17   those of a module, or of a number, and their rows

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

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TABLE = HERE / "table.md"
COPIED = ("nn_from_scratch", "tests", "pyproject.toml", "settings.ini")
WORKERS = 2
LIMIT = 900  # seconds for one run of the tests
FIRST = {  # the files whose subject a module is; all others follow in the order of their names
    "gradients": "gradients layers activations contract/own_parts",
    "layers": "layers contract/arrays training",
    "activations": "activations contract/arrays",
    "losses": "losses contract/arrays contract/oracles",
    "optimizers": "optimizers contract/own_parts",
    "metrics": "metrics contract/arrays",
    "network": "network contract/own_parts",
    "training": "training contract/trust_training contract/own_parts numerics",
    "callbacks": "callbacks contract/trust_saving",
    "saving": "saving contract/trust_saving contract/own_parts",
    "explorers": "explorers",
    "experiment": "experiment",
    "portrait": "portrait",
    "board": "board portrait",
    "playground": "playground contract/trust_tools",
    "digit_pad": "digit_pad",
    "diagrams": "diagrams",
    "traces": "traces",
    "data": "data contract/trust_tools contract/own_parts",
    "plots": "plots contract/trust_tools",
    "widgets": "widgets contract/trust_tools explorers",
    "settings": "settings",
    "checks": "checks losses metrics optimizers layers",
    "numerics": "numerics losses layers",
    "files": "files saving",
    "parts": "parts saving contract/trust_saving contract/own_parts optimizers",
    "history": "history contract/trust_training",
    "running": "running training contract/trust_training",
    "points": "points plots contract/numbers",
    "features": "features contract/trust_tools",
    "doctor": "doctor",
    "workers": "workers parallel",
    "parallel": "parallel",
    "answers": "answers",
    "mistakes": "mistakes diagnosis",
    "diagnosis": "diagnosis",
    "judging": "judging own",
    "own": "own judging",
    "exercises": "exercises",
}
LEFT_OUT = set("explorers playground digit_pad diagrams traces plots widgets".split())  # not needed
LEFT_OUT |= {"experiment", "portrait", "board"}
LEFT_OUT |= {"workers", "parallel"}  # nothing else stands on them
LEFT_OUT |= set("answers mistakes diagnosis judging own exercises".split())
LAST = "data features contract/determinism contract/resume".split()  # that take longest
OPTIONS = "-x -q --tb=no -p no:cacheprovider".split()


def listed() -> list[dict]:
    "All changes in the order of the file: number, module, why, old, new."
    text = (HERE / "mutants.toml").read_text(encoding="utf-8")
    pairs = [(module, each) for module, list_ in tomllib.loads(text).items() for each in list_]
    return [{"number": i, "module": m} | each for i, (m, each) in enumerate(pairs, start=1)]


def mutated(text: str, mutant: dict) -> str:
    "The text of the module with the change; ValueError if the old text is not there just once."
    if (n := text.count(mutant["old"])) != 1:
        name = f"{mutant['module']}: {mutant['why']}"
        raise ValueError(f"{name}: {mutant['old']!r} is there {n} times, must be once")
    return text.replace(mutant["old"], mutant["new"])


def path_of(name: str) -> str:
    "The file of tests that `name` or `folder/name` stands for."
    folder, _, name = f"tests/{name}".rpartition("/")
    return f"{folder}/test_{name}.py"


def groups(mutant: dict | None) -> list[list[str]]:
    "The test of the table, the files that concern the module, and all others: in this order."
    first = [] if mutant is None else FIRST[mutant["module"]].split()
    here = [path.stem[5:] for path in (ROOT / "tests").glob("test_*.py")]
    here += [f"contract/{path.stem[5:]}" for path in (ROOT / "tests/contract").glob("test_*.py")]
    others = sorted(set(here) - {*first} - LEFT_OUT, key=lambda name: (name in LAST, name))
    files = [[path_of(name) for name in names] for names in (first, others) if names]
    return files if mutant is None else last_time(mutant) + files


def last_time(mutant: dict) -> list[list[str]]:
    "The test that the table has for the change, without its parameters."
    test = known().get(mutant["why"])
    return [[f"tests/{test.partition('[')[0]}"]] if test else []


def known() -> dict[str, str]:
    "The test of each change by its reason, as the table has it, if it is still there."
    table = TABLE.read_text(encoding="utf-8") if TABLE.exists() else ""
    rows = re.findall(r"^\| \d+ \| \w+ \| (.*?) \| .*\| `(.*)` \|$", table, re.MULTILINE)
    tests = {why: killer.replace("\\|", "|") for why, killer in rows}
    return {why: test for why, test in tests.items() if is_there(test)}


def is_there(test: str) -> bool:
    "Whether there is a test `file::name[parameters]`, or one in a class."
    file, _, name = test.partition("[")[0].partition("::")
    path = ROOT / "tests" / file
    name = name.rpartition("::")[2]  # of a class
    return path.is_file() and f"def {name}(" in path.read_text(encoding="utf-8")


def first_failure(folder: Path, files: list[str]) -> str | None:
    "The first test of these files that fails in the copy; None if all pass."
    quiet = {"PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    environment = os.environ | quiet | threads
    environment |= {"PYTHONPATH": str(folder), "NN_FROM_SCRATCH_MUTANT": "1"}
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
    killer = killer.replace("|", "\\|")
    return f"| {mutant['number']} | {mutant['module']} | {mutant['why']} | {change} | `{killer}` |"


def main(wanted: list[str]) -> None:
    everything, start, found = listed(), time.monotonic(), known()
    chosen = [m for m in everything if not wanted or {m["module"], str(m["number"])} & {*wanted}]
    pool, folders, killers = ThreadPoolExecutor(WORKERS), queue.Queue(), {}
    with tempfile.TemporaryDirectory() as place:
        for i in range(WORKERS):
            folders.put(copied(Path(place, str(i))))
        try:
            tried = chosen if wanted else [None, *chosen]
            runs = [pool.submit(try_out, mutant, folders) for mutant in tried]
            for mutant, run in zip(chosen, runs[-len(chosen) :], strict=True):
                killers[mutant["why"]] = report(mutant, run)
            if not wanted and (failure := runs[0].result()[0]):
                sys.exit(f"Nothing is proven: with comments for changes {failure} fails.")
        finally:  # Ctrl-C among others
            pool.shutdown(cancel_futures=True)
            write_table(everything, found | killers)
    survivors, seconds = list(killers.values()).count(None), time.monotonic() - start
    print(f"{len(chosen) - survivors} of {len(chosen)} changes noticed in {seconds:.0f} s.")
    if survivors:
        sys.exit(f"{survivors} survive: each needs a test.")


def write_table(everything: list[dict], killers: dict[str, str | None]) -> None:
    "All changes, each with the test that noticed it this time or the last time."
    head = HEAD.format(n=len(everything), n_modules=len({m["module"] for m in everything}))
    lines = [row(mutant, killers.get(mutant["why"]) or "nothing yet") for mutant in everything]
    TABLE.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


def copied(folder: Path) -> Path:
    "A folder with all that the tests read."
    folder.mkdir()
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(
                ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            shutil.copy(ROOT / name, folder)
    return folder


def report(mutant: dict, run: Future) -> str | None:
    "Wait for the run, print a line of it, and return what noticed the change."
    killer, seconds = run.result()
    text = f"{mutant['number']:>3} {mutant['module']:<12}{mutant['why']:<60}"
    print(f"{text} {seconds:4.0f} s  {killer or 'SURVIVES'}", flush=True)
    return killer and killer.removeprefix("tests/")


HEAD = """# Small wrong changes, and the test that notices each

Written by `make mutants`, from `mutants.toml`: {n} changes in {n_modules} modules, each made
alone in a copy. The last column has a test that fails; often it is not the only one.

| | module | what goes wrong | old → new | noticed by |
|---|---|---|---|---|
"""

if __name__ == "__main__":
    main(sys.argv[1:])
