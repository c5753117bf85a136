"""Widgets that run in the pages: a real browser moves them by mouse and by keyboard, reaching
nothing else, and what is to be seen and to be read changes."""

import json
import re
import time
from html.parser import HTMLParser
from itertools import product

import pytest
from browser.harness import no_browser

try:
    from playwright.sync_api import expect
except ImportError:  # then every test is skipped
    expect = None

pytestmark = pytest.mark.heavy
LONG = 120_000  # milliseconds: a first start of Python on a busy machine
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
DIGEST = """async image => {
    const bytes = await (await fetch(image.src)).arrayBuffer();
    return Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))).join();
}"""
PIXELS = "canvas => canvas.toDataURL()"
FOCUSED = "element => document.activeElement === element"
# Adds up the pictures that come, from now on.
COUNT = """() => {
    window.frames_seen = 0;
    new MutationObserver(() => window.frames_seen++).observe(
        document.querySelector('course-live img'), {attributes: true, attributeFilter: ['src']});
}"""
# Has the browser's own meaning of these keys been taken away?
TAKEN = """(canvas, keys) => keys.filter(([key, altKey]) => {
    const event = new KeyboardEvent('keydown', {key, altKey, bubbles: true, cancelable: true});
    return !canvas.dispatchEvent(event);
}).map(([key]) => key)"""
# What Python is asked, and what the page is told, when Python answers late.
QUEUE = """async url => {
    const asked = [], told = [];
    globalThis.Worker = class { postMessage(message) { asked.push(message.slice(1).join(' ')); } };
    const { Engine } = await import(url);
    const engine = new Engine({ told: (...words) => told.push(words.join(' ')) });
    for (const [x, y] of [[1, 2], [3, 4]]) {
        engine.send(7, 'mouse_down', [[x]]);
        engine.send(7, 'mouse_move', [[x]]);
        engine.send(7, 'mouse_move', [[y]]);
        engine.send(7, 'mouse_up', [[y]]);
    }
    for (const value of [5, 6, 7]) engine.send(8, 'value', value);
    engine.on_told(8, 'value', 4);
    engine.on_told(9, 'value', 4);
    while (engine.busy) engine.on_done();
    engine.on_told(8, 'value', 7);
    return [asked.slice(1), told];
}"""
# An element of another page of the site, as the last of this one.
BORROW = """([code, files, label]) => {
    const borrowed = document.createElement('course-live');
    Object.entries({code, files, label}).forEach(each => borrowed.setAttribute(...each));
    document.querySelector('article').append(borrowed);
}"""


class Widget:
    "A course-live element of a page."

    def __init__(self, page, place: int = 0):
        self.page, self.element = page, page.locator("course-live").nth(place)

    def start(self, name: str | None = None) -> "Widget":
        "Press its button, and wait until it is alive."
        self.element.get_by_role("button", name=name).first.click()
        live = self.element.and_(self.page.locator("[data-state=live]"))
        try:
            live.wait_for(timeout=LONG)
        except Exception:
            pytest.fail(f"not alive: {self.element.inner_text()}")
        return self

    def picture(self) -> str:
        return self.element.locator("img").evaluate(DIGEST)

    def words(self) -> str:
        return self.element.get_by_role("status").inner_text()

    def says(self, pattern: str) -> str:
        "Wait until its words are like this."
        expect(self.element.get_by_role("status")).to_have_text(re.compile(pattern), timeout=LONG)
        return self.words()

    def moves(self, act, pattern: str) -> None:
        "Do something: its words become like this, and its picture another one."
        before, words = self.picture(), self.words()
        assert not re.search(pattern, words), f"it says already: {words}"
        act()
        self.says(pattern)
        end = time.monotonic() + 20
        while self.picture() == before:
            assert time.monotonic() < end, "the picture stays the same"
            self.page.wait_for_timeout(50)


@pytest.fixture(scope="module", autouse=True)
def live(site):
    "The live parts of the site; without them there is nothing to test."
    folder = site / "_static" / "live"
    if not folder.exists():
        no_browser("the website is without live parts")
    return folder


def slide(page, control) -> None:
    "Drag a slider to a fifth of its way by mouse."
    box = control.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 5, middle, steps=3)
    page.mouse.up()


def in_both_lights(page, violations) -> None:
    "Nothing for axe to find in live widgets, wide and narrow, light and dark; nothing too wide."
    for size, theme in product((DESK, PHONE), ("light", "dark")):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        assert violations("course-live") == []
        wide = page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{wide} pixels too wide at {size['width']}"
    page.set_viewport_size(DESK)


def test_an_explorer_starts_and_moves_by_mouse_and_by_keyboard(served, page, violations):
    "Before, an error that leaves the stored picture and the button; after, a second one at once."
    page.set_viewport_size(DESK)
    page.route("**/numpy*.whl", lambda route: route.fulfill(status=404))
    page.goto(f"{served}/lessons/01_dense_layer.html")
    widget = Widget(page)
    stored = widget.picture()
    assert widget.element.locator("img").get_attribute("alt")
    widget.element.get_by_role("button").click()
    alert = widget.element.get_by_role("alert")
    alert.filter(has_text="It does not run here").wait_for(timeout=LONG)
    assert "numpy did not come" in alert.inner_text() and widget.picture() == stored
    button = widget.element.get_by_role("button")
    assert button.evaluate(FOCUSED), "whoever pressed it can press it again"
    page.unroute("**/numpy*.whl")
    page.context.watch.errors.clear()  # the one that was asked for

    widget.start("Move it yourself")
    assert "z = 1.0 x1 +0.5 x2 +0.5" in widget.words()
    assert alert.inner_text() == ""
    print(f"first picture {widget.element.get_attribute('data-milliseconds')} ms after the press")
    weight = widget.element.get_by_label("weight w1")
    assert weight.evaluate(FOCUSED)
    start = time.monotonic()
    widget.moves(lambda: page.keyboard.press("ArrowLeft"), "z = 0.9 x1")
    print(f"picture and words follow a key after {time.monotonic() - start:.2f} s")
    assert widget.element.locator("output").first.inner_text() == "0.90"
    widget.moves(lambda: slide(page, widget.element.get_by_label("weight w2")), "x1 -1.[0-9] x2")
    reset = widget.element.get_by_role("button", name="Reset")
    widget.moves(lambda: reset.press("Enter"), r"z = 1.0 x1 \+0.5 x2 \+0.5")
    assert weight.input_value() == "1"

    second = Widget(page, 1)
    errors_of_lessons(second)
    start = time.monotonic()
    second.start()
    print(f"second widget of the page after {time.monotonic() - start:.1f} s")
    assert "X (6, 4) times W (4, 3)" in second.words()
    in_both_lights(page, violations)


BREAKS = """import ipywidgets
button = ipywidgets.Button(description='Break')
button.on_click(lambda button: 1 / 0)
ipywidgets.VBox([button])"""


def errors_of_lessons(widget) -> None:
    "One in the code leaves the stored picture; one in a live widget, the widget."
    element, stored = widget.element, widget.picture()
    code = element.get_attribute("code")
    alert = element.get_by_role("alert")
    change = "(element, code) => element.setAttribute('code', code)"
    element.evaluate(change, "import no_such_module\n1")
    element.get_by_role("button").click()
    alert.filter(has_text="No module named 'no_such_module'").wait_for(timeout=LONG)
    assert widget.picture() == stored and element.get_by_role("button").is_enabled()
    element.evaluate(change, BREAKS)
    widget.start().element.get_by_role("button", name="Break").click()
    alert.filter(has_text="Python says: ZeroDivisionError").wait_for()
    assert element.get_by_role("button", name="Break").is_visible()
    element.evaluate("element => element.showStored()")
    element.evaluate(change, code)


def elements(site) -> list[tuple[str, ...]]:
    "The live elements of all lessons, each once: code, files, label."
    found = []

    class Pages(HTMLParser):
        def handle_starttag(self, tag, attributes):
            if tag == "course-live":
                values = dict(attributes)
                each = tuple(values.get(name, "") for name in ("code", "files", "label"))
                found.extend([each] * (each not in found))

    for path in sorted((site / "lessons").glob("*.html")):
        Pages().feed(path.read_text(encoding="utf-8"))
    return found


def test_the_digit_pad_reads_what_is_drawn(served, page, site, violations):
    "By mouse a one, by keyboard a stroke; then its mistakes, and every other widget of the site."
    page.set_viewport_size(DESK)
    page.goto(f"{served}/lessons/12_mnist.html")
    pad = Widget(page).start("Draw one yourself")
    canvas = pad.element.locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    scale = box["width"] / 224

    def draw() -> None:
        page.mouse.move(box["x"] + 118 * scale, box["y"] + 30 * scale)
        page.mouse.down()
        page.mouse.move(box["x"] + 106 * scale, box["y"] + 195 * scale, steps=12)
        page.mouse.up()

    before = canvas.evaluate(PIXELS)
    pad.moves(draw, r"^Most likely 1 \((1.00|0.[5-9])")
    assert canvas.evaluate(PIXELS) != before
    pad.moves(pad.element.get_by_role("button", name="Clear").click, "^Even for empty paper")
    canvas.focus()
    page.keyboard.press("Space")
    pad.moves(lambda: page.keyboard.press("ArrowDown"), "^Most likely")
    lowered = pad.element.get_by_role("button", name="Pen down")
    assert lowered.get_attribute("aria-pressed") == "true"
    page.keyboard.press("Tab")  # leaves the canvas
    assert lowered.evaluate(FOCUSED)

    mistakes = Widget(page, 1).start("Look through them")
    mistakes.says("^Mistake 1 of")
    mistakes.moves(mistakes.element.get_by_role("button", name="Next").click, "^Mistake 2 of")
    in_both_lights(page, violations)

    every = elements(site)
    assert len(every) >= 15
    for element in every:
        page.evaluate(BORROW, element)
        widget = Widget(page, page.locator("course-live").count() - 1).start()
        assert len(widget.words()) > 20 and "Error" not in widget.words(), element[0]
        assert widget.element.get_by_role("alert").inner_text() == ""


def test_the_playground_learns_spirals_and_obeys_the_address(served, page, violations):
    page.set_viewport_size(DESK)
    page.goto(f"{served}/lessons/07_training.html#data=circles")
    widget = Widget(page)
    widget.element.get_by_role("button").click()
    page.evaluate("location.hash = 'data=moons&seed=3&hide=noise,test'")  # while Python is loading
    link = page.locator("article a:visible").first
    link.focus()
    assert "Data: moons" in widget.says("^Paused, frame 1. Epoch 0")
    assert link.evaluate(FOCUSED), "a widget that is ready takes the focus from nobody"
    assert not widget.element.get_by_label("noise").count()
    assert widget.element.get_by_label("momentum").is_visible()
    in_both_lights(page, violations)

    wicked = "<img src=x onerror=ran=1>"  # an address is text of strangers
    page.evaluate("data => { location.hash = `data=${encodeURIComponent(data)}` }", wicked)
    assert "default" in widget.says(f"'{wicked}'.* Data: spirals")
    assert page.evaluate("window.ran === undefined")
    page.evaluate("location.hash = 'data=circles'")
    widget.element.locator("[inert]").wait_for()  # the one before can be seen, and no more
    page.evaluate("location.hash = 'data=spirals&noise=0.05&rate=0.1'")  # while circles are drawn
    widget.says("^Paused, frame 1. Epoch 0.*Data: spirals")
    assert not widget.element.locator("[inert]").count()

    page.evaluate(COUNT)
    run, pause = (widget.element.get_by_role("button", name=name) for name in ("Run", "Pause"))
    run.click()
    start = time.monotonic()
    told = widget.says(r"test accuracy (9\d|100)\.\d%")
    frames, seconds = page.evaluate("frames_seen"), time.monotonic() - start
    print(f"{frames} frames in {seconds:.1f} s: {told}")
    assert frames >= 5
    status = widget.element.get_by_role("status")
    expect(status).to_have_attribute("aria-live", "off")
    pause.press("Enter")
    told = widget.says("^Paused")
    expect(status).to_have_attribute("aria-live", "polite")
    page.wait_for_timeout(1000)
    frames = page.evaluate("frames_seen")
    page.wait_for_timeout(1000)
    assert page.evaluate("frames_seen") == frames and widget.words() == told

    look, canvas = widget.element.get_by_label("look at"), widget.element.locator("canvas")
    before = canvas.evaluate(PIXELS)
    canvas.focus()
    page.keyboard.press("ArrowRight")
    expect(look).not_to_have_value("nothing", timeout=LONG)
    told = widget.says(f"^(?!{re.escape(told)})")
    assert canvas.evaluate(PIXELS) != before
    keys = ["F5", "Home", "PageDown", "Tab", "a", "ArrowUp", " "]
    assert canvas.evaluate(TAKEN, [[key, False] for key in keys]) == ["ArrowUp", " "]
    assert canvas.evaluate(TAKEN, [["ArrowLeft", True]]) == []
    canvas.click(position={"x": 5, "y": 5})  # where nothing is
    expect(look).to_have_value("nothing", timeout=LONG)

    data = widget.element.get_by_label("data set")
    widget.moves(lambda: data.select_option("circles"), "Epoch 0.*Data: circles")
    page.wait_for_function("() => location.hash.includes('data=circles')")
    widget.moves(
        lambda: widget.element.get_by_role("button", name="Step").press("Space"), "Epoch 1:"
    )
    told = widget.words()
    page.evaluate("location.hash = 'exercises'")
    page.go_back()
    page.wait_for_timeout(1500)
    assert widget.words() == told, "to come back to its own settings begins nothing anew"


def test_what_the_reader_does_while_python_is_busy_arrives_in_its_order(served, page):
    "Two strokes stay two, and a control does not jump back to what it was before."
    page.goto(f"{served}/index.html")
    asked, told = page.evaluate(QUEUE, f"{served}/_static/live/engine.js")
    assert asked == [
        "7 mouse_down 1",
        "7 mouse_move 1,2",
        "7 mouse_up 2",
        "7 mouse_down 3",
        "7 mouse_move 3,4",
        "7 mouse_up 4",
        "8 value 7",
    ]
    assert told == ["9 value 4", "8 value 7"]


def test_the_engine_loads_little_and_says_how_much(live):
    settings = json.loads((live / "settings.json").read_text(encoding="utf-8"))
    assert settings["bytes"] < 30e6
    assert re.search(r"\d\d MB", settings["note"])
