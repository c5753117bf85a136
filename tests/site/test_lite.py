"""JupyterLite in a real browser that reaches nothing else: a lesson from its top, an exercise.

Its service worker is what gives Python the files of the reader, so it is let in here; as no page is
asked for what a worker asks for, these pages have the proxy that records everything.
"""

import pytest
from browser.harness import (
    EXPLORER,
    LOCAL,
    OPENED,
    OUTPUTS,
    RAN,
    RUN,
    Outside,
    no_browser,
    state_of,
    wait_for_other_picture,
    wait_for_words,
    watched_page,
)
from lite import lite_link

pytestmark = pytest.mark.heavy
MINUTES = 60_000
ERRAND = "content-autofill.googleapis.com"  # Chromium's own, about forms: no page asks for it
HARMLESS = "Matplotlib is building the font cache"
UNRUN = """() => window.jupyterapp.shell.currentWidget.content.model.toJSON().cells
    .filter(cell => cell.cell_type === 'code' && cell.execution_count === null).length"""
STORED = """async path => {
    const options = {content: true};
    const {content, format} = await window.jupyterapp.serviceManager.contents.get(path, options);
    const text = format === 'base64' ? atob(content) : content;
    return typeof text === 'string' ? JSON.parse(text) : text;
}"""


@pytest.fixture
def lite_page(browser, outside, site):
    "An empty page; at the end nothing has left the machine, and the console has no error."
    if not (site / "lite").is_dir():
        no_browser("the website was built without JupyterLite")
    proxy = Outside()
    options = {"server": proxy.url, "bypass": ",".join(LOCAL)}
    with watched_page(browser, outside, service_workers="allow", proxy=options) as page:
        yield page
    proxy.close()
    assert [request for request in proxy.requests if ERRAND not in request] == []


def open_notebook(page, served: str, path: str) -> None:
    "Follow the link of a page, and wait until Python is there; no dialog asks for anything."
    page.goto(f"{served}/{lite_link(path)}", wait_until="domcontentloaded")
    page.wait_for_function(OPENED, timeout=4 * MINUTES)
    assert not page.locator(".jp-Dialog").count(), page.locator(".jp-Dialog").inner_text()


def test_a_lesson_runs_to_its_end_and_its_slider_moves(lite_page, served):
    open_notebook(lite_page, served, "nbs/00_gradients.ipynb")
    lite_page.evaluate(RUN)
    lite_page.wait_for_function(RAN, timeout=5 * MINUTES)
    assert lite_page.evaluate("window.nnfsRun") == "done"
    outputs = lite_page.evaluate(OUTPUTS)
    said = [f"{o['ename']}: {o['evalue']}" for o in outputs if o["output_type"] == "error"]
    said += ["".join(o["text"]) for o in outputs if o.get("name") == "stderr"]
    assert [text for text in said if HARMLESS not in text] == []
    assert lite_page.evaluate(UNRUN) == 0

    explorer = lite_page.locator(f".jp-OutputArea {EXPLORER}").first
    explorer.wait_for(timeout=MINUTES)
    before = state_of(explorer)
    explorer.locator(".noUi-handle").first.focus()
    lite_page.keyboard.press("ArrowRight")
    wait_for_other_picture(explorer, before["picture"], 60)
    wait_for_words(explorer, before["words"], 60)


def write_cell(page, i: int, text: str) -> None:
    "What a learner does: click into a cell, write over what is there, and run it."
    page.locator(".jp-Notebook .jp-Cell").nth(i).locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(text)
    page.keyboard.press("Shift+Enter")


def run_cell(page, i: int, until: str) -> str:
    "Run a cell, and wait until its output has these words; all of it."
    cell = page.locator(".jp-Notebook .jp-Cell").nth(i)
    cell.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    output = cell.locator(".jp-OutputArea-output", has_text=until)
    output.last.wait_for(timeout=2 * MINUTES)
    return output.last.inner_text()


def test_an_exercise_names_the_mistake_and_then_passes(lite_page, served):
    "Cells: 1 the table, 4 the answer, 5 its check."
    open_notebook(lite_page, served, "exercises/00_gradients.ipynb")
    before = run_cell(lite_page, 1, "The slope of an inverse")
    write_cell(lite_page, 4, "slope_at_2 = -1 / 2\npower = 2")
    run_cell(lite_page, 5, "A square is missing")
    write_cell(lite_page, 4, "slope_at_2 = -1 / 4\npower = 2")
    run_cell(lite_page, 5, "Right.")
    after = run_cell(lite_page, 1, "✓ 2 tries")
    assert "✓" not in before and after.count("✓") == 1
    kept = lite_page.evaluate(STORED, "exercises/.progress.json")
    assert kept["00.inverse"]["passed"] is True, "progress is not in the browser's storage"
