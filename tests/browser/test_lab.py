"""Every lesson's widgets in JupyterLab, in a real browser, by keyboard."""

import pytest

from .harness import (
    ROOT,
    draw_by_keyboard,
    has_class,
    keep,
    move_every_control,
    prepare,
    run_by_keyboard,
    run_live_cells,
    write_notebook,
)
from .needed import live_calls, live_cells

LESSONS = [path for path in sorted((ROOT / "nbs").glob("[018]*.ipynb")) if live_cells(path)]
FRAMEWORK = """
import io
import ipywidgets as widgets
from matplotlib.figure import Figure

def picture_of(*values):
    figure = Figure((3, 2), dpi=50)
    figure.subplots().plot([hash(value) % 7 + len(str(value)) for value in values], "o-")
    figure.text(0, 0, str(values))
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()

def explorer(*controls, observe=True):
    start = [control.value for control in controls]
    reset = widgets.Button(description="Reset")
    image, words = widgets.Image(format="png"), widgets.HTML()
    def show(change=None):
        values = [control.value for control in controls]
        image.value = picture_of(*values)
        words.value = f'<p role="status" aria-live="polite">values {values}</p>'
    def set_back(button):
        for control, value in zip(controls, start):
            control.value = value
    for control in controls:
        if observe:
            control.observe(show, "value")
    reset.on_click(set_back)
    show()
    return widgets.VBox([*controls, reset, image, words])
"""
THREE = [
    "explorer(widgets.FloatSlider(1.0, min=-2, max=2, description='place x'))",
    "explorer(widgets.IntSlider(4, min=1, max=4, description='rows'),\n"
    "         widgets.FloatSlider(0, min=-2, max=2, description='late', continuous_update=False))",
    "explorer(widgets.Dropdown(options=['relu', 'tanh', 'sin'], description='activation'),\n"
    "         widgets.ToggleButtons(options=['plane', 'line'], description='view'),\n"
    "         widgets.Checkbox(description='arrows', value=False),\n"
    "         widgets.IntSlider(2, min=1, max=4, description='columns'))",
]


def lessons() -> list:
    "The lessons in their order; one that shows only what earlier ones show needs --slow."
    found, seen = [], set()
    for path in LESSONS:
        calls = live_calls(path)
        found.append(pytest.param(path, id=path.stem, marks=[pytest.mark.slow] * (calls <= seen)))
        seen |= calls
    return found


@pytest.mark.parametrize("lesson", lessons())
def test_every_widget_of_a_lesson_works_by_keyboard(page, lab, lesson, screenshots):
    explorers = run_live_cells(page, lab, prepare(lesson, lab.root))
    n_widgets = len(live_cells(lesson))
    assert explorers.count() >= n_widgets, f"{n_widgets} live cells, {explorers.count()} widgets"
    for i, widget in enumerate(explorers.all()):
        keep(widget, screenshots, f"{lesson.stem}-{i}")
        if has_class(widget, "nnfs-playground"):
            run_by_keyboard(widget)
        elif has_class(widget, "nnfs-pad"):
            draw_by_keyboard(widget)
        else:
            move_every_control(widget)


# The tests of the tests: what they find, and that they fail when they should.


def test_three_explorers_work_by_keyboard(page, lab, screenshots):
    notebook = write_notebook(lab.root / "three.ipynb", FRAMEWORK, *THREE)
    explorers = run_live_cells(page, lab, notebook)
    assert explorers.count() == 3
    n_moved = 0
    for i, widget in enumerate(explorers.all()):
        n_moved += len(move_every_control(widget))
        assert keep(widget, screenshots, f"stub-{i}").stat().st_size > 1000
    assert n_moved == 7


def test_an_explorer_without_its_observer_is_found(page, lab):
    deaf = THREE[0][:-1] + ", observe=False)"
    explorers = run_live_cells(page, lab, write_notebook(lab.root / "deaf.ipynb", FRAMEWORK, deaf))
    with pytest.raises(AssertionError, match="place x moved by ArrowRight.*did not change"):
        move_every_control(explorers.first)


def test_a_cell_that_fails_is_found(page, lab):
    notebook = write_notebook(lab.root / "fails.ipynb", "1 / 0")
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        run_live_cells(page, lab, notebook)


@pytest.mark.parametrize(
    "code",
    [
        "fetch('https://example.com/a').catch(() => null)",
        "new WebSocket('wss://example.com/a')",
        "new Image().src = 'http://example.com/a'",
    ],
)
def test_a_page_that_asks_another_machine_is_found(context, code):
    page = context.new_page()
    page.evaluate(f"() => {{ {code}; }}")
    page.wait_for_timeout(500)
    assert [url.split(":", 1)[1] for url in context.watch.left] == ["//example.com/a"]
    with pytest.raises(AssertionError, match="left the machine"):
        context.watch.check()


def test_a_kernel_that_asks_another_machine_is_found(page, lab, outside):
    source = "import urllib.request\ntry:\n    urllib.request.urlopen('http://example.com/b')\n"
    source += "except OSError as error:\n    print(error)"
    run_live_cells(page, lab, write_notebook(lab.root / "asks.ipynb", source))
    assert outside.requests.pop().startswith("GET http://example.com/b")
