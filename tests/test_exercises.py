"""What surrounds an exercise: tries, hints, the solution, progress on disk, the table, the buttons
(83_exercises). The exercises are made up: those of the course are proven elsewhere."""

import copy
import json
import sys
import types

import pytest
from helpers import DW, as_learner, dense_exercise, says

from nn_from_scratch import exercises
from nn_from_scratch.exercises import Exercise, Lesson, Progress, Words, lesson, panel

SOURCE = """# %% [markdown]
# # Exercises

# %%
import numpy as np

# %% tags=["author"]
from nn_from_scratch.exercises import Exercise, Wrong, calls, trials

TWO = 2

# %% [markdown]
# ## ★ Twice

# %%
def twice(x):
    ### BEGIN SOLUTION
    return TWO * x
    ### END SOLUTION


# %%
first = Exercise("Twice", 1, "twice", calls("x"), trials({"x": 3.0}), hints=("a", "b"),
    wrong=(Wrong("TWO * x", "3 * x", says="Once too often."),), cure="00_gradients")

# %% [markdown]
# ## ★★ A number

# %%
number = ...
### BEGIN SOLUTION
number = 0.25
### END SOLUTION

# %%
def _look(number, trial):
    yield {"number": number}


second = Exercise("A number", 2, ("number",), _look, trials({}), tolerance=1e-3)
"""
HALF = "def twice(x):\n    return x"
GOOD = "def twice(x):\n    return x + x"


@pytest.fixture
def made_up(tmp_path, monkeypatch):
    "A package with the exercises of lesson 42, and a folder with its notebook."
    package, folder = tmp_path / "made_up_exercises", tmp_path / "mine"
    for each in (package, folder):
        each.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "e42_twice.py").write_text(SOURCE, encoding="utf-8")
    (folder / "42_twice.ipynb").write_text("{}", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield lambda: Lesson("42", "made_up_exercises", folder)
    for name in [name for name in sys.modules if name.startswith("made_up_exercises")]:
        del sys.modules[name]


def kept(tmp_path):
    return json.loads((tmp_path / "mine/.progress.json").read_text(encoding="utf-8"))


def try_it(exercise, code):
    return exercise.check(*as_learner(exercise, code))


# By hand ------------------------------------------------------------------------------------------


def test_a_lesson_puts_prose_cell_and_exercise_together(made_up):
    ex = made_up()
    assert [each.name for each in ex] == ["42.first", "42.second"]
    assert dir(ex) == ["first", "second"]
    assert ex.first.text == "## ★ Twice" and ex.first.cell.startswith("def twice")
    assert ex.second.names == ("number",) and ex.second.cell.startswith("number = ...")
    assert ex.first.scope["TWO"] == 2 and "first" not in ex.first.scope
    assert ex.first.cure == "00_gradients" and ex.second.tolerance == 1e-3


def test_tries_and_success_are_counted(made_up):
    first = made_up().first
    assert try_it(first, "def twice(x):\n    ...  # your code here").code == "unwritten"
    assert first.tries == 0 and not first.passed
    assert try_it(first, HALF).code == "half" and first.tries == 1
    assert try_it(first, GOOD) and first.passed and first.tries == 2
    assert not try_it(first, HALF) and first.passed and first.tries == 2  # it took two


def test_the_table_says_what_is_done(made_up):
    ex = made_up()
    assert "| `first` | ★ | Twice |  |" in repr(ex)
    try_it(ex.first, HALF)
    assert "| `first` | ★ | Twice | 1 try |" in ex._repr_markdown_()
    try_it(ex.first, GOOD)
    assert "| `first` | ★ | Twice | ✓ 2 tries |" in repr(ex) and "| ★★ | A number |  |" in repr(ex)


def test_hints_come_one_by_one(made_up):
    first = made_up().first
    said = [str(first.hint()) for _ in range(3)]
    assert said[0] == "**Hint 1.** a *(1 more.)*" and said[1].startswith("**Hint 2.** b *(That was")
    assert said[2] == said[1] and first.hint(1) == said[0] and first.shown == 2
    assert first.hint(3) == first.hint(0) == "There are hints 1 to 2."


def test_the_solution_asks_once_who_has_not_tried():
    exercise = dense_exercise()
    exercise.hint()
    asked, shown = exercise.solution(), exercise.solution()
    assert "hints are left: 1." in asked and DW not in asked and DW in shown and "Sums" in shown
    tried = dense_exercise(tries=1)
    assert DW in tried.solution()


def test_require_is_for_machines():
    exercise = dense_exercise()
    exercise.require(*as_learner(exercise, exercise.code()), seed=5)
    with pytest.raises(AssertionError, match=r"01\.backward: .* is 7 times too small"):
        exercise.require(*as_learner(exercise, exercise.code(exercise.wrong[0])))
    assert exercise.tries == 0


def test_require_sees_other_numbers():
    "What was fitted to the numbers of seed 0 does not pass."
    exercise, seen = dense_exercise(), []
    exercise.cases = lambda rng: seen.append(rng.integers(10**9)) or iter(())
    exercise.require(*as_learner(exercise, exercise.code()), seed=7)
    assert len(set(seen)) == 2


def test_progress_is_there_in_the_next_kernel(made_up, tmp_path):
    ex = made_up()
    try_it(ex.first, HALF)
    ex.first.hint()
    assert kept(tmp_path) == {"42.first": {"tries": 1, "passed": False, "shown": 1}}
    again = made_up()
    assert (again.first.tries, again.first.passed, again.first.shown) == (1, False, 1)
    assert str(again.first.hint()).startswith("**Hint 2.** b *(That was the last; after it")
    again.second.check(0.25)
    assert kept(tmp_path)["42.first"]["shown"] == 2 and kept(tmp_path)["42.second"]["passed"]
    assert made_up().second.passed


def test_two_notebooks_write_to_one_file(made_up, tmp_path):
    one, other = made_up(), made_up()
    try_it(one.first, GOOD)
    other.second.check(1.0)
    assert set(kept(tmp_path)) == {"42.first", "42.second"}
    assert [path.name for path in (tmp_path / "mine").iterdir() if "part" in path.name] == []


def test_lesson_reads_the_exercises_of_the_course(monkeypatch):
    asked = []
    monkeypatch.setattr(exercises, "Lesson", asked.append)
    lesson("01")
    assert asked == ["01"]


# Broken twin --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"a": 1}', '{"a": {"tries": 1}}', "[" * 100_000]
    + ['{"a": {"tries": -1, "passed": true, "shown": 0}}']
    + ['{"a": {"tries": "1", "passed": true, "shown": 0}}']
    + ['{"a": {"tries": 1, "passed": true, "shown": 0, "more": 0}}'],
)
def test_a_damaged_file_is_set_aside_with_a_line(tmp_path, capsys, text):
    path = tmp_path / ".progress.json"
    path.write_text(text, encoding="utf-8")
    progress = Progress(tmp_path)
    assert progress.read() == {} and not path.exists()
    said = capsys.readouterr().out
    assert ".progress.json.damaged" in said and said.count("\n") == 1
    assert (tmp_path / ".progress.json.damaged").read_text(encoding="utf-8") == text
    progress.write("00.a", {"tries": 1, "passed": True, "shown": 0})
    assert progress.read() == {"00.a": {"tries": 1, "passed": True, "shown": 0}}
    assert capsys.readouterr().out == ""


def test_bytes_that_are_no_text_are_set_aside_too(tmp_path):
    (tmp_path / ".progress.json").write_bytes(b"\xff\xfe{}")
    assert Progress(tmp_path).read() == {}


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    progress = Progress(tmp_path)
    progress.write("00.a", {"tries": 1, "passed": True, "shown": 0})
    before = progress.path.read_bytes()
    monkeypatch.setattr(exercises.os, "replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    progress.write("00.b", {"tries": 1, "passed": True, "shown": 0})
    assert progress.path.read_bytes() == before


def test_two_notebooks_take_nothing_from_each_other(tmp_path):
    mine, theirs = Progress(tmp_path), Progress(tmp_path)
    mine.write("00.a", {"tries": 1, "passed": True, "shown": 0})
    theirs.write("00.a", {"tries": 3, "passed": False, "shown": 1})
    assert mine.read() == {"00.a": {"tries": 3, "passed": True, "shown": 1}}


def test_a_file_that_does_not_open_is_not_written_over(tmp_path, monkeypatch):
    "Another program has it for a moment, as happens on Windows."
    progress = Progress(tmp_path)
    progress.write("00.a", {"tries": 1, "passed": True, "shown": 0})
    before = progress.path.read_bytes()
    with monkeypatch.context() as locked:
        locked.setattr(
            exercises.Path, "read_text", lambda *_, **__: (_ for _ in ()).throw(PermissionError())
        )
        assert progress.read() == {}
        progress.write("00.b", {"tries": 1, "passed": True, "shown": 0})
    assert progress.path.read_bytes() == before


# Extremes -----------------------------------------------------------------------------------------


def test_no_file_is_left_where_no_notebook_lies(made_up, tmp_path):
    ex = Lesson("42", "made_up_exercises", tmp_path)
    try_it(ex.first, GOOD)
    assert ex.first.passed and not (tmp_path / ".progress.json").exists()
    assert Progress(tmp_path / "nowhere").read() == {}
    Progress(tmp_path / "nowhere").write("00.a", {"tries": 1, "passed": True, "shown": 0})


def test_the_file_stays_where_the_lesson_was_opened(made_up, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path / "mine")
    ex = Lesson("42", "made_up_exercises")
    monkeypatch.chdir(tmp_path)
    try_it(ex.first, GOOD)
    assert kept(tmp_path)["42.first"]["passed"] and not (tmp_path / ".progress.json").exists()


def test_nothing_that_is_shown_by_itself_holds_the_solution(made_up):
    ex = made_up()
    shown = repr(ex) + repr(ex.first) + str(dir(ex.first)) + str(dir(ex))
    assert "TWO" not in shown and repr(ex.first) == "★ Twice: 0 tries, 0 of 2 hints"
    try_it(ex.first, GOOD)
    assert repr(ex.first) == "★ Twice: right"


def test_an_exercise_can_be_copied():
    exercise = copy.copy(dense_exercise())
    exercise.hint()
    assert isinstance(exercise, Exercise) and exercise.shown == 1


def test_words_show_themselves():
    assert repr(Words("**a**")) == Words("**a**")._repr_markdown_() == "**a**"


def test_buttons_do_what_the_calls_do(made_up, monkeypatch):
    widgets = pytest.importorskip("ipywidgets")
    ipython = pytest.importorskip("IPython")
    shown, scope = [], {}
    monkeypatch.setattr(ipython, "get_ipython", lambda: types.SimpleNamespace(user_ns=scope))
    monkeypatch.setattr("IPython.display.display", shown.append)
    first = made_up().first
    box = panel(first)
    check, hint, solution = box.children[0].children
    assert isinstance(box, widgets.VBox) and check.tooltip == "Check: Twice"
    check.click()
    assert "There is no `twice` yet" in shown.pop()
    solution.click()
    hint.click()
    assert "not tried yet" in shown[0] and shown[1] == "**Hint 1.** a *(1 more.)*"
    scope["twice"] = as_learner(first, GOOD)[0]
    check.click()
    assert shown[2] and first.passed and first.tries == 1


def test_without_ipywidgets_the_calls_are_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    assert panel(dense_exercise()) == "`.check(Dense)`, `.hint()`, `.solution()`"


# Errors -------------------------------------------------------------------------------------------


def test_one_is_the_lesson_01():
    from nn_exercises import lesson

    assert [each.name for each in lesson(1)] == [each.name for each in lesson("01")]
    assert next(iter(lesson("1"))).name == "01.reverse"


@pytest.mark.parametrize("number", ["41", "4", "", "0", ".*", 42.5])
def test_a_lesson_without_exercises(made_up, number):
    says(lambda: Lesson(number, "made_up_exercises"), f"no exercises for lesson {number}")


def test_an_exercise_that_is_not_there(made_up):
    with pytest.raises(AttributeError, match="no exercise third; there are first, second"):
        made_up().third  # noqa: B018
