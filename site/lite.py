"""JupyterLite beside the pages. (Not there yet.)"""

from pathlib import Path


def add_lite(out: Path, demand: bool = False) -> bool:
    "Put JupyterLite into `out/lite`; whether that could be done, or an error if it must be."
    return False
