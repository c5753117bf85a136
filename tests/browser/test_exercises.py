"""Five exercises of five lessons, done in JupyterLab as a learner does them: a wrong answer hears
which mistake it was, a hint appears, the right one is ticked off; by calls and by buttons."""

import json
import re

import pytest

import tasks
from nn_exercises import build

from .harness import HAS_FOCUS, OPENED, ROOT, PlaywrightError, tab_to, write_notebook

# The exercise, what one types wrong in its solution, and what one is told; of five kinds.
NUMBERS = ("01.reverse", "np.eye(3)", "That is the identity: the output is the input as it came.")
CLASS = ("02.relu", "self.inputs < 0", "The other way round: it passes where the input was pos")
PLAIN = ("03.fused", "P - Y", "is 7 times too large, and there are 7 samples: did you forget to")
CHECKER = ("00.examiner", "1e-2 * larger", "3.14 passes for pi: the tolerance is too wide.")
STATISTIC = (
    "14.claim",
    "mean - error, mean + error",
    "One standard error either way holds the truth in two of three reports only.",
)
FIVE = (NUMBERS, CLASS, CHECKER, STATISTIC, PLAIN)
AGAIN = "for number in ('00', '01', '02', '03', '14'):\n    display(lesson(number))"
SHOW_ALL = f"from nn_exercises import lesson\n{AGAIN}"
RESTART = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
COUNT = "i => window.jupyterapp.shell.currentWidget.content.widgets[i].model.executionCount ?? 0"


class Page:
    "A notebook in JupyterLab, written in and read by cells, as people do it."

    def __init__(self, page, lab, name: str, sources: dict[str, str]):
        tasks.copy_course(ROOT, lab.root)  # lessons to read again, and where progress is kept
        write_notebook(lab.root / "exercises" / name, *sources.values())
        self.page, self.places = page, list(sources)
        page.goto(f"{lab.url}/lab/tree/exercises/{name}?reset", wait_until="domcontentloaded")
        page.wait_for_function(OPENED, timeout=60_000)

    def cell(self, name: str):
        return self.page.locator(".jp-Notebook .jp-Cell").nth(self.places.index(name))

    def run(self, name: str, source: str | None = None) -> None:
        "Write a cell anew, or leave it as it is, and press Shift and Enter in it."
        self.cell(name).locator(".cm-content").click()
        if source is not None:
            self.page.keyboard.press("ControlOrMeta+A")
            self.page.keyboard.insert_text(source)
        i = self.places.index(name)
        before = self.page.evaluate(COUNT, i)
        self.page.keyboard.press("Shift+Enter")
        self.page.wait_for_function(f"([i, n]) => ({COUNT})(i) > n", arg=[i, before])

    def says(self, name: str, words: str, seconds: float = 10) -> str:
        "What stands below a cell, when these words are in it."
        shown = self.cell(name).locator(".jp-Cell-outputArea")
        try:
            shown.filter(has_text=words).wait_for(timeout=1000 * seconds)
        except PlaywrightError:
            pass
        text = " ".join(shown.inner_text().split()) if shown.count() else ""
        assert words in text, f"{name}: {words!r} is expected, there is {text!r}"
        return text


def cells_of(name: str) -> dict[str, str]:
    "The cells of an exercise as they are in its notebook, and one for a hint, one for the table."
    exercise = build.known()[name]
    (path,) = (each for each in build.SOURCES if each.stem.startswith(f"e{name[:2]}_"))
    all_cells = {each["id"]: "".join(each["source"]) for each in build.learners(path)["cells"]}
    keys = {"setup": f"{path.stem} lesson", "answer": f"{name} answer", "check": f"{name} check"}
    found = {part: all_cells[build.cell("code", "", key)["id"]] for part, key in keys.items()}
    found["setup"] = f"import numpy as np\n{found['setup']}"
    found["hint"], found["table"] = f"ex.{build.short(exercise)}.hint()", "ex"
    found["buttons"] = "from nn_from_scratch.exercises import panel\n"
    found["buttons"] += f"panel(ex.{build.short(exercise)})"
    return {f"{name} {part}": source for part, source in found.items()}


def answers(name: str, typed: str) -> tuple[str, str]:
    "What a learner writes: first the known-wrong answer, then the solution."
    exercise = build.known()[name]
    (wrong,) = (each for each in exercise.wrong if each.new == typed)
    return exercise.code(wrong), exercise.code()


def do_by_calls(notebook: Page, name: str, typed: str, words: str, seconds: float = 10) -> None:
    "The untouched cell, a mistake, a hint, the solution, the table."
    wrong, right = answers(name, typed)
    title = build.known()[name].title
    notebook.run(f"{name} setup")
    notebook.says(f"{name} setup", title)
    notebook.run(f"{name} answer")
    notebook.run(f"{name} check")
    notebook.says(f"{name} check", "not written yet")
    notebook.run(f"{name} answer", wrong)
    notebook.run(f"{name} check")
    told = notebook.says(f"{name} check", words, seconds)
    assert "✗ Not yet." in told and "Read again: " in told, told
    notebook.run(f"{name} hint")
    notebook.says(f"{name} hint", "Hint 1.")
    notebook.run(f"{name} answer", right)
    notebook.run(f"{name} check")
    assert "✗" not in notebook.says(f"{name} check", "✓ Right.")
    notebook.run(f"{name} table")
    assert notebook.says(f"{name} table", f"{title} ✓ 2 tries").count("✓") == 1


def do_by_buttons(notebook: Page, name: str, typed: str, words: str, seconds: float = 10) -> None:
    "Check and hint by the mouse; hint, check and solution by the keyboard alone."
    wrong, right = answers(name, typed)
    panel, keyboard = f"{name} buttons", notebook.page.keyboard
    for part in ("setup", "answer", "buttons"):
        notebook.run(f"{name} {part}", wrong if part == "answer" else None)
    check, hint, solution = (
        notebook.cell(panel).get_by_role("button", name=label)
        for label in ("Check", "Hint", "Solution")
    )
    check.click()
    assert "✗ Not yet." in notebook.says(panel, words, seconds)
    hint.click()
    assert "✗" not in notebook.says(panel, "Hint 1.")
    tab_to(notebook.page, solution)
    keyboard.press("Shift+Tab")
    assert hint.evaluate(HAS_FOCUS), "Shift and Tab do not lead back to the hint"
    keyboard.press("Enter")
    notebook.says(panel, "Hint 2.")
    notebook.run(f"{name} answer", right)
    check.focus()
    keyboard.press("Space")
    notebook.says(panel, "✓ Right.")
    check.focus()
    for _ in range(2):
        keyboard.press("Tab")
    keyboard.press("Enter")
    notebook.says(panel, right.splitlines()[-1].strip())
    notebook.run(f"{name} table")
    notebook.says(f"{name} table", f"{build.known()[name].title} ✓ 2 tries")


def test_five_exercises_of_five_lessons(page, lab, screenshots):
    sources = {key: source for name, _, _ in FIVE for key, source in cells_of(name).items()}
    notebook = Page(page, lab, "five.ipynb", sources | {"all": SHOW_ALL})
    for each in FIVE[:-1]:
        do_by_calls(notebook, *each)
    do_by_buttons(notebook, *PLAIN)
    notebook.cell("03.fused buttons").screenshot(path=screenshots / "exercise-buttons.png")
    page.evaluate(RESTART)
    page.wait_for_function(OPENED)
    notebook.run("all")
    text = notebook.says("all", build.known()["14.claim"].title)
    assert len(re.findall("✓ 2 tries", text)) == text.count("✓") == 5, text
    kept = json.loads((lab.root / "exercises/.progress.json").read_text(encoding="utf-8"))
    shown = {name: 2 if name == "03.fused" else 1 for name, _, _ in FIVE}
    assert kept == {name: {"passed": True, "shown": n, "tries": 2} for name, n in shown.items()}


# The tests of the tests: that they fail when they should.

SAYS_RIGHT = """
from nn_from_scratch import exercises
from nn_from_scratch.judging import Result, judge

def always(task, given, seed=0):
    found = judge(task, given, seed)
    return found if found.code == "unwritten" else Result(True, "right", "")

exercises.judge = always
"""
DEAF = """
import ipywidgets
exercises.judge = judge
ipywidgets.Button.on_click = lambda button, action: None
"""


def test_a_check_that_always_says_right_and_a_deaf_button_are_found(page, lab):
    sources = {"judge": SAYS_RIGHT} | cells_of(NUMBERS[0]) | {"deaf": DEAF} | cells_of(PLAIN[0])
    notebook = Page(page, lab, "broken.ipynb", sources)
    notebook.run("judge")
    with pytest.raises(AssertionError, match="01.reverse check: 'That is .* there is .*✓ Right"):
        do_by_calls(notebook, *NUMBERS, seconds=2)
    notebook.run("deaf")
    with pytest.raises(
        AssertionError, match="03.fused buttons: .* there is .*Check Hint Solution'"
    ):
        do_by_buttons(notebook, *PLAIN, seconds=2)
