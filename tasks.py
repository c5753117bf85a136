"""What can be done with the course, the same on Linux, macOS and Windows.

    python tasks.py course      open lessons and exercises in JupyterLab, as copies of your own
    python tasks.py playground  open the playground and the digit pad as an app, without code
    python tasks.py quick       check what can be checked in a minute: what you do after an edit
    python tasks.py test        run all checks but the longest (pytest --slow, mutants)
    python tasks.py mutants     make small wrong changes and show that the tests notice each
    python tasks.py edit        open the sources of the lessons, to change the course itself
    python tasks.py lessons     run all lessons (or those named) and store their outputs
    python tasks.py exercises   make the notebooks of the exercises from their sources
    python tasks.py site        build the website of lessons, exercises and library in _site/
    python tasks.py site-serve  show it in the browser; what was built last, or else a new one
    python tasks.py marking     write an nbgrader course into marking/: hand out, collect and mark
    python tasks.py export      write the package from the notebooks
    python tasks.py bench       time training beside PyTorch, JAX and scikit-learn (fetches them)
    python tasks.py clean       remove .venv and everything built
    python tasks.py help        show this

With make: `make course` and so on; PYTHON=... chooses the interpreter. Python 3.11 or newer is
needed and nothing else: what a command needs is installed into .venv, with the versions of
constraints.txt. What follows the name of a command is passed on, `python tasks.py quick -k losses`
to pytest.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
STAMP = VENV / "installed.json"
COURSE = ROOT / "my_course"


def tool(name: str) -> Path:
    "The path of a program in .venv."
    return BIN / (f"{name}.exe" if os.name == "nt" else name)


def start(*command: object, **more_environment: str) -> subprocess.Popen:
    "Start a command in the repository."
    words = [str(word) for word in command]
    print("$", " ".join(words), flush=True)
    environment = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"} | more_environment
    return subprocess.Popen(words, cwd=ROOT, env=environment)


def wait(*processes: subprocess.Popen) -> None:
    "Wait for all of them, and stop with the exit status of the first that failed."
    for process in processes:
        while True:
            try:
                process.wait()
                break
            except KeyboardInterrupt:  # the command got it too, and ends in its own way
                continue
    for process in processes:
        if process.returncode:
            sys.exit(process.returncode)


def run(*command: object, **more_environment: str) -> None:
    "Run a command in the repository, and stop with its exit status if it fails."
    wait(start(*command, **more_environment))


def records() -> list[str]:
    "The packages in .venv that are whole: the last that pip writes of each is its record."
    found = [*VENV.glob("lib/*/site-packages/*/RECORD"), *VENV.glob("Lib/site-packages/*/RECORD")]
    return sorted(map(str, found))


def install(extra: str) -> None:
    """Make .venv and install the package with an extra, unless that has been done already.

    What cannot be had, offline say, costs nothing that is there: pip fetches all before it changes
    anything, and an environment out of date is put aside until the new one is whole.
    """
    aside = VENV.with_name(f"{VENV.name}.old")
    if aside.exists():  # broken off, by a power cut say
        shutil.rmtree(aside if STAMP.exists() else VENV, ignore_errors=True)
        if not VENV.exists():
            aside.rename(VENV)
    files = [ROOT / name for name in ("pyproject.toml", "constraints.txt")]
    wanted = {
        "files": [path.read_text(encoding="utf-8") for path in files],
        "folder": str(ROOT),
        "python": sys.version,
    }
    try:
        installed = json.loads(STAMP.read_text(encoding="utf-8"))
        extras = installed.pop("extras")
        if not tool("python").exists():
            raise FileNotFoundError
    except (OSError, ValueError, KeyError):
        installed, extras = {}, []
    if installed == wanted and (extra in extras or extra in ("course", "site") and "dev" in extras):
        return
    note = wanted | {"extras": extras}
    # Python compiles what it imports when it does; all at once would take as long as the rest.
    pip = [tool("python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    pip += ["--no-compile", "-c", "constraints.txt", "-e", f".[{extra}]"]
    before = records()
    try:
        if installed != wanted:  # new, moved, out of date, or broken off half-way
            print(f"Making {VENV.name} with Python {sys.version.split()[0]}", flush=True)
            if VENV.exists():
                VENV.rename(aside)
            # This Python may be the one that was put aside.
            run(getattr(sys, "_base_executable", sys.executable), "-m", "venv", VENV)
            note["extras"] = []
        STAMP.unlink(missing_ok=True)
        run(*pip)
    except BaseException:
        if aside.exists():
            shutil.rmtree(VENV, ignore_errors=True)
            aside.rename(VENV)
        elif installed == wanted and records() == before:
            STAMP.write_text(json.dumps(note), encoding="utf-8")
        state = f"{VENV.name} is as it was" if STAMP.exists() else "the next try begins anew"
        words = f"{extra} was not installed: see above why (without a network nothing is found)"
        print(f"{words}; {state}.", file=sys.stderr)
        raise
    STAMP.write_text(json.dumps(note | {"extras": [*note["extras"], extra]}), encoding="utf-8")
    shutil.rmtree(aside, ignore_errors=True)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def copy_course(source: Path = ROOT, to: Path = COURSE) -> list[str]:
    """Copy what is not there yet, write over nothing, and name what the course has newer.

    The names below my_course/ are those of the repository, so that links from notebook to notebook
    hold. What each copy was made of is noted in .copied.json.
    """
    note = to / ".copied.json"
    try:
        copied = dict(json.loads(note.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        copied = {}
    newer = []
    notebooks = sorted([*source.glob("exercises/*.ipynb"), *source.glob("nbs/*.ipynb")])
    for path in [source / "settings.ini", *notebooks]:
        name, here = path.relative_to(source).as_posix(), digest(path)
        copy = to / name
        if not os.path.lexists(copy):
            copy.parent.mkdir(parents=True, exist_ok=True)
            part = copy.with_name(f"{copy.name}.part")
            shutil.copyfile(path, part)
            os.replace(part, copy)  # a copy is whole, or not there
            copied[name] = here
        elif copied.get(name) != here and copy.is_file():
            if digest(copy) == here:
                copied[name] = here  # somebody has taken the new one
            # Without a note, the later file counts as newer.
            elif name in copied or path.stat().st_mtime > copy.stat().st_mtime:
                newer.append(name)
    note.write_text(json.dumps(copied, indent=1), encoding="utf-8")
    return newer


def open_lab(folder: Path, *words: str, **more_environment: str) -> None:
    "JupyterLab with this folder at the top."
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0  # in a container, as a rule
    options = [f"--ServerApp.root_dir={folder}"] + ["--allow-root"] * as_root
    lab = [tool("python"), "-m", "jupyterlab", *options, *words, *sys.argv[2:]]
    run(*lab, **more_environment)


def course() -> None:
    "Make sure that data is there, say which; bring my_course/ up to date, and open it."
    install("course")
    code = """
from nn_from_scratch.data import load_mnist
from nn_from_scratch.settings import load_settings
(X, _), (X_test, _) = load_mnist(load_settings().data.source)
name = "full MNIST" if len(X) == 60_000 else "the embedded sample"
print(f"Data: {name}, {len(X):,} images to train on and {len(X_test):,} to test")
"""
    run(tool("python"), "-c", code.strip().replace("\n", "; "))
    first = not COURSE.exists()
    if newer := copy_course():
        more = f" and {len(newer) - 5} more" if len(newer) > 5 else ""
        print(f"Newer in the course: {', '.join(newer[:5])}{more}; yours are as you left them.")
        print("To have the new one, rename yours, and run this again.", flush=True)
    # No news, no updates, and no buttons that a learner does not need; the tabs of this folder
    # are remembered in it, and those of other projects are not opened here.
    paths = [str(ROOT / "apps" / "jupyter" / "course"), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    options = ["--LabApp.news_url=None"]
    options += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    options += [f"--LabApp.workspaces_dir={COURSE / '.jupyter' / 'workspaces'}"]
    options += [str(COURSE / "nbs" / "00_gradients.ipynb")] * first
    open_lab(COURSE, *options, JUPYTER_CONFIG_PATH=os.pathsep.join(filter(None, paths)))


def edit() -> None:
    "The sources: what is saved there becomes the package."
    install("dev")
    open_lab(ROOT, "nbs/00_gradients.ipynb")


def playground() -> None:
    "Serve apps/playground.ipynb with Voila, and open it in the browser."
    install("course")
    folders = [str(ROOT / "apps" / "jupyter"), os.environ.get("JUPYTER_PATH", "")]
    options = ["--strip_sources=True", "--template=offline"]
    for_editors = "jupyterlab-jupytext", "@jupyter/nbgrader", "@jupyter-notebook/lab-extension"
    options += [f"--VoilaConfiguration.extension_denylist={name}" for name in for_editors]
    command = [tool("python"), "-m", "voila", "apps/playground.ipynb", *options, *sys.argv[2:]]
    run(*command, JUPYTER_PATH=os.pathsep.join(filter(None, folders)))


def export() -> None:
    install("dev")
    run(tool("nbdev-export"))


def check_export() -> None:
    "Fail if an export changes the package: a module was edited, or a notebook was not exported."

    def contents() -> dict:
        modules = sorted((ROOT / "nn_from_scratch").glob("*.py"))
        return {path.name: path.read_text(encoding="utf-8") for path in modules}

    before = contents()
    export()
    after = contents()
    changed = [name for name in sorted(before | after) if before.get(name) != after.get(name)]
    if changed:
        sys.exit(
            f"nbdev-export changed {', '.join(changed)}: edit notebooks only, then commit both"
        )


def lessons() -> None:
    "Run the notebooks (or those named) in order and store their outputs, without progress bars."
    named = [Path(name).resolve() for name in sys.argv[2:]]
    if missing := [str(path) for path in named if not path.is_file()]:
        sys.exit(f"no such notebook: {', '.join(missing)}")
    install("dev")
    try:
        for notebook in named or sorted((ROOT / "nbs").glob("*.ipynb")):
            run(tool("nbdev-test"), "--save", "--do-print", notebook, TQDM_DISABLE="1")
    finally:
        run(tool("nbdev-clean"))


def exercises() -> None:
    "The learners' notebooks and MISCONCEPTIONS.md beside their sources, solutions into build/."
    install("dev")
    run(tool("python"), "exercises/build.py", *sys.argv[2:])


def marking() -> None:
    "The source of a course for nbgrader, one assignment a lesson."
    install("dev")
    run(tool("python"), "exercises/build.py", "marking", *sys.argv[2:])


def site() -> None:
    "Pages from what the notebooks store, and all that they need beside them."
    install("site")
    run(tool("python"), "site/build.py", *sys.argv[2:])


def site_serve() -> None:
    "Serve _site/ as any host of files would, on this machine alone."
    if not (ROOT / "_site" / "index.html").exists():
        site()
    print("Open http://localhost:8000 in a browser; Ctrl-C ends it.", flush=True)
    run(sys.executable, "-m", "http.server", "--bind", "localhost", "--directory", "_site", "8000")


def check_code() -> None:
    "The package is what the notebooks say; style, and types: of the package, and as users see it."
    check_export()
    named = ("tests", "benchmarks", "exercises", "site", "tasks.py")
    folders = [name for name in named if (ROOT / name).exists()]
    folders.append("nn_from_scratch/__init__.py")
    run(tool("ruff"), "check", *folders)
    run(tool("ruff"), "format", "--check", *folders)
    strict = ["--strict", "--follow-imports=silent", "--cache-dir", ".mypy_cache/strict"]
    wait(start(tool("mypy")), start(tool("mypy"), *strict, "tests/project/typed_use.py"))


# One seed of the five that lesson 14 stores, and one thread of the BLAS in each process.
SIDE_BY_SIDE = {"NN_FROM_SCRATCH_SEEDS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def run_pytest(*words: str) -> None:
    """One process more than cores, at most four, since many tests wait: for a browser, or a kernel.

    Each file in one of them; the browser, longest, first.
    """
    processes = str(min((os.cpu_count() or 1) + 1, 4))
    spread = ["-n", processes, "--dist", "loadfile", "--no-loadscope-reorder"]
    run(tool("python"), "-m", "pytest", *spread, *words, *sys.argv[2:], **SIDE_BY_SIDE)


def quick() -> None:
    "All but the notebooks, the browser and other heavy tests."
    check_code()
    run_pytest("-q", "-m", "not heavy")
    print("The quick checks passed; `test` runs all.")


def test() -> None:
    check_code()
    run(tool("nbdev-test"), "--timing", TQDM_DISABLE="1", MPLBACKEND="agg", **SIDE_BY_SIDE)
    run_pytest()
    print("All checks passed.")


def mutants() -> None:
    "All changes of tests/mutants/mutants.toml (or those of a module, or of a number, if named)."
    install("dev")
    run(tool("python"), "tests/mutants/run.py", *sys.argv[2:])


def bench() -> None:
    "Measure, and write the figures into README and benchmarks/."
    install("bench")
    run(tool("python"), "-m", "benchmarks.training", "--write", *sys.argv[2:])


def clean() -> None:
    caches = (".pytest_cache", ".ruff_cache", ".mypy_cache", ".hypothesis")
    for name in (".venv", ".venv.old", "build", "dist", "_site", *caches):
        shutil.rmtree(ROOT / name, ignore_errors=True)
    for pattern in ("*.egg-info", "*/__pycache__", "*/.ipynb_checkpoints"):
        for folder in ROOT.glob(pattern):
            shutil.rmtree(folder, ignore_errors=True)


TASKS = {
    task.__name__.replace("_", "-"): task
    for task in (
        (course, playground, quick, test, mutants, edit, lessons)
        + (exercises, site, site_serve, marking, export, bench, clean)
    )
}

if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036 (it is here to be read by older versions)
        sys.exit(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}")
    name = sys.argv[1] if len(sys.argv) > 1 else "help"
    if name == "help":
        print(__doc__.strip())
    elif name in TASKS:
        TASKS[name]()
    else:
        sys.exit(f"there is no command {name}\n\n{__doc__.strip()}")
