"""JupyterLite beside the pages: lessons and exercises as notebooks that run in the browser.

It is made by its own builder, from wheels that are fetched and put on the path for that moment, so
that nothing of it is installed: its front end belongs to an older JupyterLab than the course's. Its
Python is the one of the live pages, in `_static/live/pyodide`, whose list of packages has the
course and the exercises in it; so they are imported without being installed.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from pages import NOTEBOOKS
from vendor import CannotFetch, fetch

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BUILDER = ("jupyterlite-core", "jupyterlite-pyodide-kernel", "doit", "pkginfo")
EXTENSIONS = ("jupyterlite-pyodide-kernel", "jupyterlab-widgets", "ipycanvas")
KERNEL = {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}

NO_PROCESSES = (
    "A browser gives Python one process, and this notebook is about several. Its cells do not run "
    "here: read it with the outputs that it stores, or run it on a machine of your own."
)
SLOW = (
    "Python is slower here than on a machine of your own: this notebook takes {}. A cell that "
    "has begun is stopped by *Kernel > Restart* alone. Who asks for MNIST gets the sample of 5,000 "
    "digits that comes with the course."
)
# What the reader is told above a notebook.
NOTES = {
    "10_spiral": SLOW.format("some minutes"),
    "11_advanced_training": SLOW.format("some minutes"),
    "12_mnist": SLOW.format("half a minute"),
    "13_features": SLOW.format("half a minute"),
    "14_ninety_nine": SLOW.format("many minutes"),
    "15_speed": SLOW.format("some minutes"),
    "16_many_machines": NO_PROCESSES,
    "89_workers": NO_PROCESSES,
}
# Cells that are to read in a browser, by notebook and id, with the reason.
NO_END = "it ends by the stop button, and a browser has none"
ROUNDED = "these numbers are those of another processor"
LEFT_OUT = {
    "07_training": {"199f067f": NO_END},
    "08_callbacks": {"2c17ab54": ROUNDED},
    "10_spiral": {"4be7b7a4": ROUNDED},
    "14_ninety_nine": {"4f6ad6de": "it takes too long"},
    "83_exercises": {"1bddfd9e": "a file set aside uncovers there the one that it had replaced"},
    "87_numerics": {"b7ab1f23": "it has no threads, and no threadpoolctl"},
    "97_running": {"87ca0d13": NO_END},
}


def lite_link(path: str) -> str:
    "Where a notebook (`nbs/00_gradients.ipynb`) opens, from the top of the site."
    return f"lite/lab/index.html?path={path}"


def copy_of(notebook: Path) -> dict:
    "A notebook for the browser: with its kernel, a note if there is one, and some cells to read."
    made = json.loads(notebook.read_text(encoding="utf-8"))
    made["metadata"]["kernelspec"] = KERNEL
    if notebook.parent.name == "exercises":
        return made
    reasons = LEFT_OUT.get(notebook.stem, {})
    for cell in made["cells"]:
        if cell["id"] in reasons:
            _to_read(cell, reasons[cell["id"]])
    if note := NOTES.get(notebook.stem):
        cell = {"cell_type": "markdown", "id": "in-a-browser", "metadata": {}}
        made["cells"].insert(0, cell | {"source": f"*In a browser.* {note}"})
    return made


def _to_read(cell: dict, reason: str) -> None:
    "Turn a code cell into prose."
    lines = [line for line in "".join(cell["source"]).splitlines() if not line.startswith("#|")]
    text = [f"*Not run in a browser: {reason}.*", "", "```python", *lines, "```"]
    cell["cell_type"], cell["source"] = "markdown", "\n".join(text)
    for name in ("outputs", "execution_count"):
        del cell[name]


def write_contents(folder: Path) -> None:
    """What the reader finds in the file browser: notebooks, the settings, and what was measured.

    Each in the folder that it has in the repository.
    """
    for notebook in NOTEBOOKS:
        copy = folder / notebook.parent.name / notebook.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(json.dumps(copy_of(notebook), ensure_ascii=False), encoding="utf-8")
    shutil.copy(ROOT / "settings.ini", folder)
    (folder / "benchmarks").mkdir()
    for measured in (ROOT / "benchmarks").glob("*.json"):
        shutil.copy(measured, folder / "benchmarks")


def add_lite(out: Path, demand: bool = False) -> bool:
    """Put JupyterLite into `out/lite`; whether that could be done, or an error if it must be.

    It runs on the Pyodide of the live pages, so `add_live` comes first.
    """
    if not (out / "_static" / "live" / "pyodide").is_dir():
        return False
    try:
        wheels = fetch(*BUILDER, *EXTENSIONS)
    except CannotFetch as error:
        if demand:
            sys.exit(f"The notebooks cannot be made to run in the browser. {error}")
        print(f"JupyterLite is left out. {error}")
        return False
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for name in BUILDER:
            with zipfile.ZipFile(wheels[name]) as wheel:
                wheel.extractall(place / "builder")
        # Made anew each time: what its task runner remembers of an earlier build goes wrong.
        shutil.copytree(HERE / "lite", place / "lite")
        write_contents(place / "contents")
        config = {
            "contents": [str(place / "contents")],
            "output_dir": str(out / "lite"),
            "cache_dir": str(place / "cache"),
            "federated_extensions": [str(wheels[name]) for name in EXTENSIONS],
            "ignore_sys_prefix": ["federated_extensions"],  # of the course's own JupyterLab
            "no_sourcemaps": True,
            "no_unused_shared_packages": True,
            "apps": ["lab"],
        }
        path = place / "lite" / "jupyter_lite_config.json"
        path.write_text(json.dumps({"LiteBuildConfig": config}), encoding="utf-8")
        _run_builder(place)
    return True


def _run_builder(place: Path) -> None:
    "Silently, unless it fails."
    environment = os.environ | {"PYTHONPATH": str(place / "builder")}
    words = [sys.executable, "-m", "jupyterlite_core", "build"]
    ended = subprocess.run(
        words, cwd=place / "lite", env=environment, capture_output=True, text=True
    )
    if ended.returncode:
        sys.exit(f"JupyterLite cannot be built:\n{ended.stdout[-2000:]}{ended.stderr[-2000:]}")
