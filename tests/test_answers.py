"""What an author writes of an exercise: cells, changes, cases and experiments (77_answers)."""

from types import SimpleNamespace

import numpy as np
import pytest
from helpers import DENSE, dense_exercise, says

from nn_from_scratch.answers import (
    MISSING,
    STUB,
    About,
    Right,
    Task,
    Wrong,
    about,
    calls,
    case,
    cells,
    examines,
    kept,
    lent_by,
    pairs_of,
    sizes_of,
    solved,
    steps_of,
    stubbed,
    trials,
    values_of,
)
from nn_from_scratch.mistakes import Finding
from nn_from_scratch.own import OUR_CODE

TWO = """a = ...
### BEGIN SOLUTION
a = 1
### END SOLUTION

def f(x):
    if x:
        ### BEGIN SOLUTION
        y = x
        return y
        ### END SOLUTION
    return 0"""

# By hand ------------------------------------------------------------------------------------------


def test_two_solutions_in_one_cell():
    stub = f"a = ...\n\ndef f(x):\n    if x:\n        {STUB}\n    return 0"
    assert stubbed(TWO) == stub
    assert solved(TWO) == TWO.replace("### BEGIN SOLUTION\n", "").replace(
        "        ### END SOLUTION\n", ""
    ).replace("### END SOLUTION\n", "").replace("                y", "        y")


def test_a_cell_without_marks_stays_as_it_is():
    assert stubbed("x = 1") == solved("x = 1") == "x = 1"


def test_the_cells_of_a_file():
    source = (
        "import os  # before the first cell\n"
        "# %% [markdown]\n# # Title\n#\n# text\n\n"
        "# %%\nx = 1\n\n"
        '# %% tags=["author"]\ny = 2\n'
        "# %%\ndef _f():\n    pass\n\nname = Exercise(\n)\n"
        "# %%\nprint(Exercise(1))\n"
    )
    assert cells(source) == [
        ("markdown", "# Title\n\ntext"),
        ("code", "x = 1"),
        ("author", "y = 2"),
        ("author", "def _f():\n    pass\n\nname = Exercise(\n)"),
        ("code", "print(Exercise(1))"),
    ]


def test_a_variant_is_the_solution_changed():
    task = Task("t", 1, ("a", "f"), calls(), trials({}), cell=TWO, name="00.t")
    a, f = task.variant()
    assert (a, f(3), f(0)) == (1, 3, 0) and task.names == ("a", "f")
    assert task.variant(Wrong("a = 1", "a = 7"))[0] == task.variant(Right("a = 1", "a = 7"))[0] == 7
    assert "BEGIN" not in task.code() and f.__code__.co_filename == f"{OUR_CODE} 00.t>"


def line(*wrong):
    "The task to write 2 x + 1."
    cell = "def f(x):\n    ### BEGIN SOLUTION\n    return 2 * x + 1\n    ### END SOLUTION"
    return Task("t", 1, "f", calls("x"), trials({"x": 3}), cell=cell, wrong=wrong, name="00.t")


def test_two_changes_at_once():
    task, changes = line(), (Wrong("2 * x", "x"), Wrong("+ 1", "- 1"))
    assert task.code(*changes) == task.code(*changes[::-1]) == "def f(x):\n    return x - 1"
    assert task.code(None) == task.code() and task.run(task.code(*changes))[0](3) == 2


def test_every_two_wrong_answers_that_fit_into_one_cell():
    task = line(
        Wrong("2 * x", "x"),
        Wrong("+ 1", "- 1"),
        Wrong("2 * x + 1", "x"),
        Wrong("return 2", "return 5"),
    )
    found = {(i, j): task.run(code)[0](3) for i, j, code in pairs_of(task)}
    assert found == {(0, 1): 2, (1, 3): 14}


def test_no_change_is_made_in_what_the_other_has_written():
    "The second mistake would be made in the first one, not beside it."
    assert not list(pairs_of(line(Wrong("2 * x + 1", "1 + 2 * x"), Wrong("2 * x", "x"))))


def test_each_variant_is_made_anew():
    "What one run keeps on its class is not there in the next."
    (first,), (second,) = dense_exercise().variant(), dense_exercise().variant()
    first.shared = 1
    assert first is not second and not hasattr(second, "shared")


def test_the_scope_of_the_lesson_is_there_and_stays_as_it_was():
    scope = {"two": 2}
    task = Task("t", 1, "f", calls(), trials({}), cell="def f():\n    return two", scope=scope)
    assert task.variant()[0]() == 2 and scope == {"two": 2}


def test_calls_hands_over_the_facts_in_their_order():
    trial = case(n=2, a=5, b=7)
    assert list(calls("b", "a")(lambda *given: given, trial)) == [{"the result": (7, 5)}]


def test_trials_and_cases():
    made = trials({"d": 5}, {"d": 4, "x": np.zeros(2)})
    assert [each.d for each in made(None)] == [5, 4] == [each.d for each in made(None)]
    assert isinstance(case(n=1), SimpleNamespace)


def test_kept():
    thing = SimpleNamespace(here=None)
    assert kept(thing, "here") is None and kept(thing, "there") is MISSING


def test_a_checker_meets_every_part_made_anew():
    made = []

    def part():
        made.append(object())
        return made[-1]

    trial = case(zoo={"one": part, "two": part})
    found = list(examines("zoo")(lambda given: given is made[-1], trial))
    assert found == [{"one": True}, {"two": True}] and len(made) == 2
    assert list(examines()(bool, case(parts={"x": list}))) == [{"x": False}]


def test_about():
    assert about(3.0, 0.1) == About(3.0, 0.1)


def test_steps_are_copied_when_they_come():
    def experiment():
        total = np.zeros(2)
        for i in range(3):
            total += 1
            yield ({"total": total}, {"i": [i]}) if i else {"total": total}

    steps = list(steps_of(experiment()))
    assert [step["total"].tolist() for step, _ in steps] == [[1, 1], [2, 2], [3, 3]]
    assert [dict(context) for _, context in steps] == [{}, {"i": [1.0]}, {"i": [2.0]}]


def test_one_result_in_each_step():
    steps = [({"a": about(2, 0.1), "b": None}, {}), ({"a": [1, 2]}, {})]
    assert [each.tolist() for each in values_of(steps, "a")] == [2, [1, 2]]
    none, missing = values_of(steps, "b")
    assert isinstance(none, Finding) and isinstance(missing, Finding)
    assert [none.code, missing.code] == ["none", "kind"]


def test_what_a_case_tells_and_lends():
    trial = case(n=7, rate=0.5, x=np.zeros(2), f=abs, parts={"one": len}, task=dense_exercise())
    assert sizes_of(trial) == {"n": 7, "rate": 0.5}
    assert set(lent_by(trial)) == {abs, len, type(trial.task)}


# Extremes -----------------------------------------------------------------------------------------


def test_the_repr_of_a_task_is_not_its_solution():
    assert "derivative" not in repr(Task("t", 1, "f", calls(), trials({}), cell=DENSE))


def test_what_is_given_cannot_be_changed_in_place():
    trial = case(x=np.zeros(2), y=[1])
    with pytest.raises(ValueError, match="read-only"):
        trial.x += 1
    trial.y.append(2)  # a list is no array


# Errors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("old, n", [("self.weights", 2), ("not there", 0)])
def test_a_change_must_fit_once(old, n):
    says(lambda: dense_exercise(cell=TWO_W).variant(Wrong(old, "x")), f"is there {n} times")


TWO_W = "class Dense:\n    def f(self):\n        return self.weights + self.weights"


@pytest.mark.parametrize("within", [0, -0.1, 1, 2, float("nan")])
def test_a_share_is_between_0_and_1(within):
    says(lambda: about(1.0, within), "about expects within in (0, 1)")
