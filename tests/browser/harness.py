"""A real browser against real servers: what the tests of the widgets share.

Nothing here leaves the machine, and everything that tries to is written down: the browser and the
servers are told to use a proxy that only records, and pages are watched one by one as well.
"""

import http.client
import importlib.util
import json
import os
import re
import shutil
import signal
import socketserver
import statistics
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from nn_from_scratch.portrait import place_neurons

from .needed import code_cells, needed_cells

try:
    from playwright.sync_api import Error as PlaywrightError
except ImportError:  # then every test is skipped
    PlaywrightError = OSError

ROOT = Path(__file__).resolve().parents[2]
LOCAL = ("127.0.0.1", "localhost")
OUTSIDE = re.compile(r"^(https?|wss?)://(?!(127\.0\.0\.1|localhost)[:/])")
EXPLORER = ".widget-vbox:has(> img.widget-image), .nnfs-playground"
CONTROLS = ", ".join(
    f"{kind}:not(:disabled):not(.widget-play *)"  # a Play moves by itself: test it by itself
    for kind in (".noUi-handle", "select", "button", "input", "textarea")
)
NOT_OURS = {  # parts of console errors that JupyterLab or Voila make by themselves
    "/favicon.ico": "the browser asks for it, the servers need not have one",
}

# --- Chromium ------------------------------------------------------------------------------------


def find_chromium(playwright) -> str | None:
    "The path of Chromium: of CHROMIUM, of the system, or of playwright; None if there is none."
    names = [os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"]
    found = [shutil.which(name) for name in names if name]
    found += [playwright.chromium.executable_path]
    return next((path for path in found if path and Path(path).exists()), None)


def no_browser(reason: str) -> None:
    "Skip the test, or fail it where a browser must be there (in continuous integration)."
    if os.environ.get("NN_FROM_SCRATCH_BROWSER") == "required":
        pytest.fail(f"{reason}, but NN_FROM_SCRATCH_BROWSER=required", pytrace=False)
    pytest.skip(reason)


@contextmanager
def open_chromium():
    "Chromium, or a skipped test (a failed one where NN_FROM_SCRATCH_BROWSER=required)."
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        no_browser("playwright is not installed")
    with sync_playwright() as playwright:
        path = find_chromium(playwright)
        if path is None:
            no_browser("no Chromium: set CHROMIUM or put one on the PATH")
        # What pages ask for is watched page by page. Chromium's own errands (its lists of
        # passwords, its account) are none of ours; they end at a proxy of their own.
        errands = Outside()
        chromium = playwright.chromium.launch(
            executable_path=path, args=[f"--proxy-server={errands.url}"]
        )
        yield chromium
        chromium.close()
        errands.close()


def needs_voila() -> None:
    if importlib.util.find_spec("voila") is None:
        no_browser("voila is not installed")


class Outside(socketserver.ThreadingTCPServer):
    """A proxy that refuses everything and remembers what it was asked for.

    Jupyter and the kernels are told to use it, so that a request to another machine ends here; and
    so is Chromium, which has errands of its own. It runs in a thread of its own.
    """

    daemon_threads = True

    def __init__(self):
        self.requests: list[str] = []
        super().__init__((LOCAL[0], 0), self._refuse())
        self.url = f"http://{LOCAL[0]}:{self.server_address[1]}"
        self.thread = threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True)
        self.thread.start()

    def _refuse(outside):
        class Refuse(socketserver.StreamRequestHandler):
            def handle(self):
                line = self.rfile.readline(4096).decode("latin-1").strip()
                if line:
                    outside.requests.append(line)
                self.wfile.write(b"HTTP/1.1 403 Nothing leaves this machine\r\n\r\n")

        return Refuse

    def environment(self) -> dict[str, str]:
        "What tells a program to ask this proxy."
        names = ("http_proxy", "https_proxy", "all_proxy")
        proxies = {name: self.url for n in names for name in (n, n.upper())}
        return proxies | {"no_proxy": ",".join(LOCAL), "NO_PROXY": ",".join(LOCAL)}

    def close(self) -> None:
        self.shutdown()
        self.server_close()
        self.thread.join()


class Watch:
    "What a page did that it should not: requests to elsewhere, and errors in its console."

    def __init__(self, context):
        self.left: list[str] = []
        self.errors: list[str] = []
        context.route(OUTSIDE, self._abort)
        context.route_web_socket(OUTSIDE, self._close)
        context.on("page", self._listen)

    def _abort(self, route) -> None:
        self.left.append(route.request.url)
        route.abort()

    def _close(self, socket) -> None:
        self.left.append(socket.url)
        socket.close()

    def _listen(self, page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(f"uncaught: {error}"))

    def _console(self, message) -> None:
        text = f"{message.text} ({message.location.get('url', '')})"
        if message.type == "error" and not any(part in text for part in NOT_OURS):
            self.errors.append(text)

    def check(self) -> None:
        assert not self.left, f"requests left the machine: {self.left}"
        assert not self.errors, f"errors in the console of the browser: {self.errors}"


@contextmanager
def new_context(browser, **more):
    "An empty browser profile, and its watch."
    options = {"viewport": {"width": 1400, "height": 1600}, "service_workers": "block"}
    with browser.new_context(**options | more) as context:
        context.watch = Watch(context)
        yield context


@contextmanager
def watched_page(browser, outside: Outside, **more):
    "An empty page. At the end: nothing left the machine, and the console has no error."
    before = len(outside.requests)
    with new_context(browser, **more) as context:
        yield context.new_page()
        context.watch.check()
    assert not outside.requests[before:], f"asked of others: {outside.requests[before:]}"


# --- Servers -------------------------------------------------------------------------------------


def free_port() -> int:
    with socketserver.TCPServer((LOCAL[0], 0), None) as server:
        return server.server_address[1]


class Server:
    "A server of Jupyter's in a process of its own, with its settings in a temporary folder."

    def __init__(self, home: Path, outside: Outside, root: Path):
        self.home, self.root, self.port = home, root, free_port()
        self.url, self.process = f"http://{LOCAL[0]}:{self.port}", None
        folders = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "IPYTHONDIR": "ipython",
        }
        quick = {"TQDM_DISABLE": "1", "NN_FROM_SCRATCH_SEEDS": "1"}
        self.environment = os.environ | outside.environment() | quick
        for name, folder in folders.items():
            (home / folder).mkdir(parents=True)
            self.environment[name] = str(home / folder)

    def start(self, *words: str, path: str = "/", seconds: float = 90) -> "Server":
        "Start `python -m words`, and come back when it answers."
        self.log = self.home / "log.txt"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *words],
                cwd=self.root,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            if self.answers(path):
                return self
            time.sleep(0.2)
        self.stop()
        text = self.log.read_text(encoding="utf-8", errors="replace")
        raise RuntimeError(f"{words[0]} did not start:\n{text[-3000:]}")

    def answers(self, path: str, method: str = "GET") -> bytes | None:
        "The body of an answer of the server, or None if there is none."
        connection = http.client.HTTPConnection(LOCAL[0], self.port, timeout=10)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            body = answer.read() or b" "
            return body if answer.status < 400 else None
        except OSError:
            return None
        finally:
            connection.close()

    def stop(self) -> None:
        "End the server and its kernels, by their process ids: politely, then for certain."
        if self.process is None:
            return
        try:
            family = psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            family = []
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for process in psutil.wait_procs(family, timeout=3)[1]:
            process.kill()


class Lab(Server):
    "JupyterLab on a folder, with nothing that it would ask of other machines."

    SETTINGS = {
        "notebook-extension/tracker": {"windowingMode": "none"},  # all cells are on the page
        "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
        "docmanager-extension/plugin": {"autosave": False},
    }

    def start(self) -> "Lab":
        for name, values in self.SETTINGS.items():
            path = self.home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(values), encoding="utf-8")
        as_root = hasattr(os, "geteuid") and os.geteuid() == 0
        return super().start(
            "jupyterlab",
            "--no-browser",
            f"--ServerApp.ip={LOCAL[0]}",
            f"--ServerApp.port={self.port}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={self.root}",
            "--IdentityProvider.token=",
            "--ServerApp.disable_check_xsrf=True",
            "--LabApp.expose_app_in_browser=True",
            "--LabApp.extension_manager=readonly",
            "--LabApp.news_url=None",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            *["--allow-root"] * as_root,
            path="/api/status",
        )

    def end_kernels(self) -> None:
        for session in json.loads(self.answers("/api/sessions") or b"[]"):
            self.answers(f"/api/sessions/{session['id']}", "DELETE")


# Voila's own template asks a CDN for icons. This one is the same without them.
OFFLINE_TEMPLATE = """\
{%- extends 'voila/templates/lab/index.html.j2' -%}
{%- block notebook_css -%}
{{ super() | replace('<link rel="stylesheet" href="https://', '<meta name="not-loaded" content="')
}}
{%- endblock notebook_css -%}
"""


class Voila(Server):
    "Voila on one notebook: an app without code cells."

    def start(self, notebook: Path) -> "Voila":
        templates = ROOT / "apps" / "jupyter"  # the project's own, if it has one
        if not (templates / "voila" / "templates" / "offline").is_dir():
            templates = self.home / "jupyter"
            path = templates / "voila" / "templates" / "offline" / "index.html.j2"
            path.parent.mkdir(parents=True)
            path.write_text(OFFLINE_TEMPLATE, encoding="utf-8")
            conf = json.dumps({"base_template": "lab"})
            path.with_name("conf.json").write_text(conf, encoding="utf-8")
        self.environment["JUPYTER_PATH"] = str(templates)
        return super().start(
            "voila",
            str(notebook),
            "--no-browser",
            f"--port={self.port}",
            f"--Voila.ip={LOCAL[0]}",
            "--Voila.port_retries=0",
            "--strip_sources=True",
            "--template=offline",
            # it is for JupyterLab, and an error in the console of Voila
            "--VoilaConfiguration.extension_denylist=jupyterlab-jupytext",
            "--VoilaConfiguration.extension_denylist=@jupyter/nbgrader",
            "--VoilaConfiguration.extension_denylist=@jupyter-notebook/lab-extension",
            "--show_tracebacks=True",
            path="/voila/api/status",
        )


# --- Notebooks -----------------------------------------------------------------------------------


def write_notebook(path: Path, *sources: str) -> Path:
    "A notebook with these code cells."
    new = {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": []}
    cells = [new | {"id": f"cell-{i}", "source": source} for i, source in enumerate(sources)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "python3", "language": "python"}}
    notebook = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def prepare(notebook: Path, folder: Path) -> Path:
    "A notebook in the folder with the cells of this one that its live widgets need."
    sources = code_cells(notebook)
    return write_notebook(folder / notebook.name, *(sources[i] for i in needed_cells(notebook)))


# --- JupyterLab ----------------------------------------------------------------------------------

OPENED = """() => {
    const panel = window.jupyterapp?.shell.currentWidget;
    return panel?.context?.isReady && panel.sessionContext?.isReady
        && panel.sessionContext.session?.kernel?.status === 'idle';
}"""
RUN = """() => {
    window.nnfsRun = 'busy';
    window.jupyterapp.commands.execute('notebook:run-all-cells').then(
        () => { window.nnfsRun = 'done'; }, error => { window.nnfsRun = String(error); });
}"""
RAN = """() => window.nnfsRun !== 'busy' && window.jupyterapp.shell.currentWidget
    .sessionContext.session.kernel.status === 'idle'"""
OUTPUTS = """() => window.jupyterapp.shell.currentWidget.content.model.toJSON().cells
    .filter(cell => cell.cell_type === 'code').flatMap(cell => cell.outputs)"""


def run_live_cells(page, lab: Lab, notebook: Path, seconds: float = 300):
    """Open a notebook of the lab's folder, run all its cells, and return its explorers (a locator).

    AssertionError if a cell fails or a widget is not shown.
    """
    name = notebook.relative_to(lab.root).as_posix()
    page.goto(f"{lab.url}/lab/tree/{name}?reset", wait_until="domcontentloaded")
    page.wait_for_function(OPENED, timeout=60_000)
    page.evaluate(RUN)
    page.wait_for_function(RAN, timeout=seconds * 1000)
    state = page.evaluate("window.nnfsRun")
    assert state == "done", f"{name}: running all cells ended with {state}"
    outputs = page.evaluate(OUTPUTS)
    errors = [f"{o['ename']}: {o['evalue']}" for o in outputs if o["output_type"] == "error"]
    errors += ["".join(o["text"]) for o in outputs if o.get("name") == "stderr"]
    assert not errors, f"{name}: {errors}"
    view = "application/vnd.jupyter.widget-view+json"
    n_widgets = sum(view in output.get("data", {}) for output in outputs)
    explorers = page.locator(f".jp-OutputArea {EXPLORER}")
    if n_widgets:
        explorers.first.wait_for(state="attached", timeout=20_000)
    broken = page.locator(".jupyter-widgets-error-widget, .jupyter-widgets .jp-RenderedText")
    assert not broken.count(), f"{name}: a widget failed: {broken.all_inner_texts()}"
    return explorers


# --- Explorers -----------------------------------------------------------------------------------

# The picture as a number (of its bytes), and the words; the picture's address may be taken back
# while it is read, then it has changed and is read again.
STATE = """async widget => {
    const image = widget.querySelector('img.widget-image');
    for (;;) {
        try {
            const bytes = await (await fetch(image.src)).arrayBuffer();
            const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
            const words = widget.querySelector('[role=status]')?.textContent ?? '';
            return {picture: Array.from(hash.slice(0, 8)).join('-'), size: bytes.byteLength, words};
        } catch (error) {
            if (!image.isConnected) throw error;
            await new Promise(again => setTimeout(again, 5));
        }
    }
}"""
# Waits for another picture after the next key, until it can be painted; the seconds that took.
ARM = (
    f"(widget, before) => {{ const state = {STATE};"
    + """
    const image = widget.querySelector('img.widget-image');
    let start = performance.now(), observer;
    const press = () => { start = performance.now(); };
    document.addEventListener('keydown', press, {capture: true});
    widget.nnfsMoved = new Promise((moved, failed) => {
        setTimeout(() => failed(new Error('the picture did not change')), 5000);
        observer = new MutationObserver(async () => {
            if ((await state(widget)).picture === before) return;
            await image.decode().catch(() => null);
            moved((performance.now() - start) / 1000);
        });
        observer.observe(image, {attributes: true, attributeFilter: ['src']});
    }).finally(() => {
        observer.disconnect();
        document.removeEventListener('keydown', press, {capture: true});
    });
    widget.nnfsMoved.catch(() => null);
}"""
)
ABOUT = """element => ({
    tag: element.tagName.toLowerCase(), type: element.type ?? '', text: element.textContent.trim(),
    slider: element.classList.contains('noUi-handle'),
    high: parseFloat(element.getAttribute('aria-valuenow'))
        >= parseFloat(element.getAttribute('aria-valuemax')),
    last: element.selectedIndex === element.options?.length - 1,
    top: element.max !== '' && parseFloat(element.value) >= parseFloat(element.max),
    chosen: element.type === 'radio' ? element.checked
        : element.matches('.widget-toggle-buttons *') && element.classList.contains('mod-active'),
    label: element.closest('.jupyter-widgets.widget-inline-hbox')
        ?.querySelector('.widget-label')?.textContent ?? element.textContent.trim(),
})"""
HAS_FOCUS = "element => document.activeElement === element"


def keys_for(about: dict) -> list[str]:
    "The keys that move a control from where it is."
    if about["slider"]:
        return ["ArrowLeft" if about["high"] else "ArrowRight"]
    if about["tag"] == "select":
        # opened first: JupyterLab takes the arrows of a closed list (ipywidgets issue 3912)
        return ["Space", "ArrowUp" if about["last"] else "ArrowDown", "Enter"]
    if about["type"] == "number":
        return ["ArrowDown" if about["top"] else "ArrowUp"]
    return ["Space" if about["type"] in ("checkbox", "radio") else "Enter"]


def state_of(widget) -> dict:
    "The picture of an explorer (as a hash), its size in bytes, and its words."
    return widget.evaluate(STATE)


def tab_to(page, control, tries: int = 4) -> None:
    "Move the focus with the Tab key until the control has it (read-outs may lie between)."
    for _ in range(tries):
        page.keyboard.press("Tab")
        if control.evaluate(HAS_FOCUS):
            return
    where = page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
    raise AssertionError(f"Tab does not reach the control; the focus is at {where}")


def press(widget, keys: list[str], picture: str) -> float:
    """Press keys and wait for another picture than this one.

    Returns the seconds from the last key until the picture could be painted.
    """
    widget.evaluate(ARM, picture)
    for key in keys:
        widget.page.keyboard.press(key)
    return widget.evaluate("widget => widget.nnfsMoved")


def wait_for_words(widget, before: str, seconds: float = 5) -> str:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        words = state_of(widget)["words"]
        if words != before:
            return words
        widget.page.wait_for_timeout(50)
    raise AssertionError(f"the words stay {before!r}")


def wait_until_it_says(widget, start: str, seconds: float = 10) -> dict:
    "The state when the words begin like this and picture and words stay as they are."
    end, state = time.monotonic() + seconds, state_of(widget)
    while time.monotonic() < end:
        before = state
        widget.page.wait_for_timeout(300)
        state = state_of(widget)
        if state == before and state["words"].startswith(start):
            return state
    raise AssertionError(f"{start!r} is waited for, it says {state['words']!r}")


def wait_for_other_picture(widget, before: str, seconds: float) -> str:
    "Wait until the picture is not this one any more; the new one."
    end = time.monotonic() + seconds
    while (picture := state_of(widget)["picture"]) == before:
        assert time.monotonic() < end, f"the picture stays the same for {seconds} s"
        widget.page.wait_for_timeout(20)
    return picture


def move_every_control(widget) -> dict[str, float]:
    """Use each control of an explorer by keyboard alone, and set all back.

    After each, picture and words must have changed, and at the end the first picture be back.
    Returns the seconds from key to picture for each control, and prints them.
    """
    page, first = widget.page, state_of(widget)
    assert first["size"] > 100, "the explorer has no picture"
    assert first["words"].strip(), "the explorer has no words"
    controls = widget.locator(CONTROLS).all()
    abouts = [control.evaluate(ABOUT) for control in controls]
    resets = [i for i, about in enumerate(abouts) if about["text"] == "Reset"]
    assert len(resets) == 1, f"one button Reset is expected, not {len(resets)}"
    assert len(controls) > 1, "the explorer has no controls"
    seconds, before = {}, first
    controls[0].focus()
    for i, (control, about) in enumerate(zip(controls, abouts, strict=True)):
        name, keys = about["label"] or f"control {i}", keys_for(about)
        if i:
            tab_to(page, control)
        assert control.evaluate(HAS_FOCUS), f"{name} does not take the focus"
        if i in resets or about["chosen"]:
            continue
        try:
            seconds[f"{i} {name}"] = press(widget, keys, before["picture"])
            wait_for_words(widget, before["words"])
        except (PlaywrightError, AssertionError) as error:
            reason = str(error).splitlines()[0]
            raise AssertionError(f"{name} moved by {' '.join(keys)}: {reason}") from error
        assert control.evaluate(HAS_FOCUS), f"{name} loses the focus when it is moved"
        before = state_of(widget)
    controls[resets[0]].focus()
    page.keyboard.press("Enter")
    end = time.monotonic() + 5 + len(controls)
    while (now := state_of(widget)) != first:  # the words come after the picture
        lost = [name for name in first if now[name] != first[name]]
        assert time.monotonic() < end, f"Reset does not bring back: {', '.join(lost)}"
        page.wait_for_timeout(50)
    times = ", ".join(f"{name} {value:.3f}" for name, value in seconds.items())
    print(f"seconds to a new picture: median {statistics.median(seconds.values()):.3f} ({times})")
    return seconds


def has_class(widget, name: str) -> bool:
    return widget.evaluate("(widget, name) => widget.classList.contains(name)", name)


def run_by_keyboard(widget) -> None:
    "The playground: every control takes the focus and moves; Step, Run, Pause and Reset work."
    page, first = widget.page, state_of(widget)
    value = (
        "e => e.matches('select') ? e.selectedIndex : e.matches('button')"
        " ? e.classList.contains('mod-active') : e.getAttribute('aria-valuetext')"
    )
    controls = widget.locator(".noUi-handle, select, .nnfs-inputs").all()
    assert len(controls) == 21  # twelve settings, three layers for one, seven inputs, a neuron
    for control in reversed(controls):  # or no input would be left, and the last stays
        control.focus()
        assert control.evaluate(HAS_FOCUS)
        before = control.evaluate(value)
        for key in keys_for(control.evaluate(ABOUT)):
            page.keyboard.press(key)
        page.wait_for_timeout(100)
        assert control.evaluate(value) != before, control.evaluate(ABOUT)["label"]
    assert wait_until_it_says(widget, "Paused")["words"] != first["words"]
    for name in ("nnfs-step", "nnfs-run"):
        before = state_of(widget)["picture"]
        widget.locator(f".{name}").press("Enter")
        for _ in range(1 if name == "nnfs-step" else 5):
            before = wait_for_other_picture(widget, before, 10)
    widget.locator(".nnfs-pause").press("Enter")
    paused = wait_until_it_says(widget, "Paused")
    page.wait_for_timeout(700)
    assert state_of(widget) == paused, "the playground goes on after Pause"
    widget.locator(".nnfs-reset").press("Enter")
    wait_for_other_picture(widget, paused["picture"], 10)


PIXELS = "canvas => canvas.toDataURL()"


def look_at_neurons(widget) -> None:
    "The playground: a neuron is looked at by mouse, by arrow keys and from the list, told of all."
    page, canvas = widget.page, widget.locator(".nnfs-network canvas, canvas.nnfs-network").first
    names = widget.locator(".nnfs-look select")
    canvas.scroll_into_view_if_needed()

    def shown(wanted: str) -> str:
        "The picture, when list and words have come to a neuron."
        end = time.monotonic() + 10
        while True:
            chosen = names.evaluate("e => e.options[e.selectedIndex].text")
            chosen = chosen.replace("\xa0", " ")  # as ipywidgets writes
            if chosen == wanted and (wanted == "nothing" or wanted in state_of(widget)["words"]):
                page.wait_for_timeout(300)  # until the picture is there
                return canvas.evaluate(PIXELS)
            assert time.monotonic() < end, f"{wanted} is waited for, {chosen} is chosen"
            page.wait_for_timeout(50)

    before = shown("nothing")
    scale = canvas.evaluate("c => c.getBoundingClientRect().width / c.width")
    left, top, side = place_neurons([2, 16, 16, 3])[1][2]
    middle = {"x": scale * (left + side / 2), "y": scale * (top + side / 2)}
    canvas.click(position=middle)
    pressed = shown("hidden 1, neuron 3")
    assert pressed != before, "the picture does not show what is looked at"
    page.keyboard.press("ArrowDown")
    assert shown("hidden 1, neuron 4") != pressed
    page.keyboard.press("Tab")
    end = time.monotonic() + 10  # the kernel is asked for the focus
    while not names.evaluate(HAS_FOCUS):
        assert time.monotonic() < end, "Tab does not leave the picture"
        page.wait_for_timeout(50)
    names.select_option("nothing")
    assert shown("nothing") == before


def draw_by_keyboard(widget) -> None:
    "The digit pad: its pen draws by buttons, and Clear empties it."
    page, first = widget.page, state_of(widget)
    buttons = {button.inner_text(): button for button in widget.locator("button").all()}
    pen = next(name for name in buttons if "pen" in name.lower())
    for name in (pen, "Down", "Down", "Right"):
        buttons[name].focus()
        assert buttons[name].evaluate(HAS_FOCUS)
        page.keyboard.press("Enter")
    wait_for_other_picture(widget, first["picture"], 10)
    drawn = wait_until_it_says(widget, "Most likely")
    widget.locator(".nnfs-clear").press("Enter")
    wait_for_other_picture(widget, drawn["picture"], 10)


def keep(widget, folder: Path, name: str) -> Path:
    "A screenshot of a widget."
    path = folder / f"{name}.png"
    widget.scroll_into_view_if_needed()
    widget.screenshot(path=path)
    return path
