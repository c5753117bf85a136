"""Compile wheels to bytecode: run by Pyodide's own Python, whose bytecode no other one writes.

For each wheel in /wheels/plain there will be one in /wheels/compiled, with bytecode in the place
of the source, and without what a page cannot use. The list of fonts in Pyodide's Matplotlib is
that of another version, so that it would be made anew in each page: here it gets its own.
"""

import importlib.util
import io
import marshal
import re
import zipfile
from pathlib import Path

from matplotlib import font_manager

WORK = Path("/wheels")
FONTS = WORK / "fontlist.json"
PLACE = "/lib/python3.12/site-packages/"
LEFT_OUT = re.compile(
    r"/tests/|/f2py/|/include/|/sphinxext/|/web_backend/|\.pyi$|/$"
    r"|/mpl-data/(sample_data|images|plot_directive|fonts/(afm|pdfcorefonts))/"
    r"|/backends/(_backend_tk|backend_(gtk|macosx|nbagg|qt|tk|webagg|wx)\w*|qt_\w+)"
)


def bytecode(name: str, source: bytes) -> bytes:
    "A module as Python would keep it."
    code = compile(source, PLACE + name, "exec", dont_inherit=True)
    return importlib.util.MAGIC_NUMBER + bytes(12) + marshal.dumps(code)


def compiled(wheel: Path) -> bytes:
    "The wheel anew, the same bytes each time."
    buffer = io.BytesIO()
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            if not LEFT_OUT.search(name):
                content = old.read(name)
                if name == "matplotlib/fontlist.json":
                    content = FONTS.read_bytes()
                elif name.endswith(".py"):
                    name, content = f"{name}c", bytecode(name, content)
                entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
                new.writestr(entry, content, zipfile.ZIP_DEFLATED, compresslevel=9)
    return buffer.getvalue()


font_manager.fontManager.afmlist.clear()  # those are left out
font_manager.json_dump(font_manager.fontManager, FONTS)
for path in sorted(WORK.glob("plain/*.whl")):
    (WORK / "compiled" / path.name).write_bytes(compiled(path))
