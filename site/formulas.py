"""What sets the formulas of the pages: one file of MathJax, beside them."""

import sys
import tarfile
from pathlib import Path

from vendor import CannotFetch, fetch


def add_formulas(static: Path, demand: bool = False) -> bool:
    """Put MathJax where the pages look for it; whether that could be done.

    Without it they show TeX as it is written, and a line says so; or it is an error, if it is
    demanded.
    """
    place = static / "tex-svg.js"
    try:
        with tarfile.open(fetch("mathjax")["mathjax"]) as archive:
            place.write_bytes(archive.extractfile("package/es5/tex-svg.js").read())
    except CannotFetch as error:
        if demand:
            sys.exit(f"The website is not built: {error}")
        print(f"Formulas stay as they are written in TeX: {error}")
        place.write_text("// MathJax was not to be had.\n", encoding="utf-8")
        return False
    return True
