"""The half of lessons.mjs that runs inside Pyodide: a shell as the kernel of JupyterLite has it."""

import contextlib
import io
import os
import traceback

from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell


class Publisher(DisplayPublisher):
    "A page can show a picture only as text: the kernel in the browser does not encode bytes."

    def publish(self, data, metadata=None, **_):
        for kind, value in data.items():
            if isinstance(value, bytes):
                raise TypeError(f"{kind} is published as bytes")


class Shell(InteractiveShell):
    def enable_gui(self, gui=None):
        "There is none."


def begin(folder):
    "A new shell, in the folder of a notebook."
    os.chdir(folder)
    Shell.clear_instance()
    Shell.instance(display_pub_class=Publisher)


async def run_cell(source):
    "Run a cell; what went wrong, with the last lines of its traceback and of what it printed."
    shell, printed = Shell.instance(), io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        result = await shell.run_cell_async(source, transformed_cell=shell.transform_cell(source))
        shell.events.trigger("post_execute")  # figures are shown and closed
    if error := result.error_before_exec or result.error_in_exec:
        return "".join(traceback.format_exception(error))[-1500:]
    if "Warning" in printed.getvalue():
        return printed.getvalue()[-1500:]
    return ""
