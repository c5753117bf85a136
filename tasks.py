"""The course's two commands and their helpers, the same on Linux, macOS and Windows.

    python tasks.py course     open the lessons in JupyterLab
    python tasks.py test       run every check of the project
    python tasks.py lessons    run all lessons and store their outputs
    python tasks.py export     write the package from the notebooks
    python tasks.py clean      remove .venv and everything built

`make course`, `make test` and so on call this file. It needs Python 3.11 or newer and nothing else:
what a command needs is installed into .venv, with the versions of constraints.txt.
"""

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")


def run(*command: object, **more_environment: str) -> None:
    "Run a command in the repository, and stop with its exit status if it fails."
    words = [str(word) for word in command]
    print("$", " ".join(words), flush=True)
    environment = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"} | more_environment
    try:
        status = subprocess.run(words, cwd=ROOT, env=environment).returncode
    except KeyboardInterrupt:
        status = 130
    if status:
        sys.exit(status)


def install(extra: str) -> None:
    "Make .venv and install the package with an extra, unless that has been done for these files."
    files = [ROOT / "pyproject.toml", ROOT / "constraints.txt"]
    wanted = "".join(path.read_text(encoding="utf-8") for path in files)
    stamp = VENV / f"installed-{extra}"
    if PYTHON.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    if not PYTHON.exists():
        print(f"Making {VENV.name} with Python {sys.version.split()[0]}", flush=True)
        venv.create(VENV, with_pip=True)
    run(PYTHON, "-m", "pip", "install", "-q", "-c", "constraints.txt", "-e", f".[{extra}]")
    stamp.write_text(wanted, encoding="utf-8")


def course() -> None:
    install("course")
    code = "from nn_from_scratch.data import load_mnist as load; (X, _), (Z, _) = load(); "
    code += "name = 'full MNIST' if len(X) == 60_000 else 'the embedded sample'; "
    code += "print(f'Data: {name}, {len(X):,} images to train on and {len(Z):,} to test')"
    run(PYTHON, "-c", code)
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0  # in a container, as a rule
    options = [f"--ServerApp.root_dir={ROOT}"] + ["--allow-root"] * as_root
    run(PYTHON, "-m", "jupyterlab", *options, *sys.argv[2:], "nbs/00_gradients.ipynb")


def export() -> None:
    install("dev")
    run(BIN / "nbdev-export")


def check_export() -> None:
    "Fail if an export changes the package: a module was edited, or a notebook was not exported."
    package = ROOT / "nn_from_scratch"

    def contents() -> dict:
        return {path.name: path.read_bytes() for path in sorted(package.glob("*.py"))}

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
    install("dev")
    named = [Path(name) for name in sys.argv[2:]]
    for notebook in named or sorted((ROOT / "nbs").glob("*.ipynb")):
        run(BIN / "nbdev-test", "--save", "--do-print", notebook, TQDM_DISABLE="1")
    run(BIN / "nbdev-clean")


def test() -> None:
    check_export()
    run(BIN / "nbdev-test", "--timing", TQDM_DISABLE="1", MPLBACKEND="agg")
    run(PYTHON, "-m", "pytest", *sys.argv[2:])
    folders = [name for name in ("tests", "benchmarks", "tasks.py") if (ROOT / name).exists()]
    run(BIN / "ruff", "check", *folders)
    run(BIN / "ruff", "format", "--check", *folders)
    print("All checks passed.")


def clean() -> None:
    import shutil

    for name in (".venv", "build", "dist", ".pytest_cache", ".ruff_cache", ".hypothesis"):
        shutil.rmtree(ROOT / name, ignore_errors=True)


TASKS = {task.__name__: task for task in (course, test, lessons, export, clean)}

if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036 (it is here to be read by older versions)
        sys.exit(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}")
    if len(sys.argv) < 2 or sys.argv[1] not in TASKS:
        sys.exit(__doc__)
    TASKS[sys.argv[1]]()
