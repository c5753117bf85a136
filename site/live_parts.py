"""What makes pages live: the elements in them, and beside them the Python that these run."""

import html
import json
import shutil
import sys
import zlib
from pathlib import Path

import digits
import engine
from live_code import code_of, files_of
from vendor import CannotFetch

HERE = Path(__file__).resolve().parent
LABELS = {  # what the button says, by how the call begins
    "playground(": "Run it yourself",
    "draw_digit(": "Draw one yourself",
    "browse_mistakes(": "Look through them",
    "": "Move it yourself",
}


def live_element(call: str, picture=None, notebook: Path | None = None, root: str = "../") -> str:
    """A place in a page where a live cell can be run, as a line of HTML.

    It begins with a picture that the page stores: `.name` in `_static/pictures` and `.alt`. What
    the call needs is taken from the cells of the notebook before it; a page that is not made of
    one may call what the library has. `root` is the way from the page to the top of the site.
    """
    code = code_of(call, *(_before(call, notebook) if notebook else ([], "")))
    in_address = call == "playground()"  # its settings stand in the address of the page
    if in_address:
        code = code.removesuffix(call) + "playground(address, moved)"
    label = next(text for start, text in LABELS.items() if call.startswith(start))
    attributes = {"code": code, "files": " ".join(files_of(code)), "label": label}
    inside = ""
    if picture is not None:
        source, alt = f"{root}_static/pictures/{picture.name}", html.escape(picture.alt)
        inside = f'<img src="{source}" alt="{alt}" loading="lazy">'
    words = [f'{name}="{_escaped(value)}"' for name, value in attributes.items() if value]
    words += ["address"] * in_address
    return f"<course-live {' '.join(words)}>{inside}</course-live>"


def _escaped(value: str) -> str:
    "The value of an attribute, on one line."
    return html.escape(value).replace("\n", "&#10;")


def _before(call: str, notebook: Path) -> tuple[list[str], str]:
    "The code cells of a notebook before the one with the call, and the notebook's name."
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    [place] = [i for i, source in enumerate(sources) if source.endswith(f"false\n{call}")]
    return sources[:place], notebook.stem


def add_live(out: Path, demand: bool = False, download: bool = False) -> bool:
    """Put Python for the pages into `out/_static/live`; whether that could be done.

    Where a part is not to be had, a line says so, and the build ends if that is demanded.
    """
    live = out / "_static" / "live"
    live.mkdir(parents=True, exist_ok=True)
    try:
        engine.lay(live / "pyodide", download)
    except CannotFetch as error:
        if demand:
            sys.exit(f"The pages cannot be made live. {error}")
        print(f"The pages are without live parts. {error}")
        shutil.rmtree(live)
        return False
    not_source = shutil.ignore_patterns("__pycache__")
    shutil.copytree(HERE / "live", live, dirs_exist_ok=True, ignore=not_source)
    digits.make(live)
    live.joinpath("settings.json").write_text(json.dumps(settings(live / "pyodide")))
    return True


def settings(folder: Path) -> dict:
    "What a page must know of Pyodide's folder: what it loads of it, and how much that is."
    lock = json.loads(folder.joinpath(engine.LOCK).read_text())
    loaded = engine.with_needs(engine.PAGES, lock["packages"])
    course = lock["packages"][engine.COURSE]["file_name"]
    files = [package["file_name"] for package in loaded.values()]
    files += [course, "pyodide.asm.wasm", "python_stdlib.zip"]
    sizes = [folder.joinpath(file).stat().st_size for file in files]
    # Servers of pages pack what is not packed already.
    packed = len(zlib.compress(folder.joinpath("pyodide.asm.wasm").read_bytes()))
    packed += sum(sizes) - folder.joinpath("pyodide.asm.wasm").stat().st_size
    return {
        "folder": "pyodide/",
        "lock": engine.LOCK,
        "packages": list(engine.PAGES),
        "course": course,
        "bytes": sum(sizes),
        "note": f"Loads Python into this page, once: {packed / 1e6:.0f} MB. Nothing is installed.",
    }
