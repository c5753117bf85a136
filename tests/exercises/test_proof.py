"""For every exercise: the stub fails, the solution and its variations pass, what is not the
learner's is refused, nothing that is shown gives the answer away, and no small change passes."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from answers import EXERCISES, TooLong, answer, at_most, copy_of, name_of, untouched
from mutate import mutants

from nn_exercises import build, lesson

each = pytest.mark.parametrize("exercise", EXERCISES, ids=name_of)
RIGHT = [(each, right) for each in EXERCISES for right in each.right]


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch, tmp_path) -> Path:
    "Whatever an exercise keeps of its progress, it is not kept in the repository."
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_there_are_enough():
    names = [exercise.name for exercise in EXERCISES]
    wrong = sum(len(exercise.wrong) for exercise in EXERCISES)
    print(f"{len(names)} exercises, {wrong} known-wrong answers, {len(RIGHT)} other right ones")
    assert len(set(names)) == len(names) >= 50 and wrong >= 400


# Stub and solution --------------------------------------------------------------------------------


@each
def test_the_untouched_stub_fails(exercise):
    stub = build.stubbed(exercise.cell)
    assert "SOLUTION" not in stub and stub != exercise.code()
    result = exercise.judge(untouched(exercise))
    assert not result and result.code == "unwritten"


@each
def test_the_solution_passes(exercise):
    for seed in range(5):
        result = exercise.judge(answer(exercise), seed)
        assert result, result


@each
def test_the_solution_is_right_by_other_means(exercise):
    "Not only equal to itself: by a numerical gradient, by hand, or by an experiment."
    assert exercise.verify is not None
    exercise.verify(*answer(exercise))


@pytest.mark.parametrize(("exercise", "right"), RIGHT, ids=name_of)
def test_other_right_answers_pass(exercise, right):
    for seed in range(2):
        result = exercise.judge(answer(exercise, right), seed)
        assert result, result


@each
def test_it_is_all_there(exercise):
    assert len(exercise.wrong) >= 5 and len(exercise.hints) >= 2 and exercise.why
    assert exercise.stars in (1, 2, 3) and exercise.text.startswith("## ")
    assert f"## {'★' * exercise.stars} {exercise.title}\n" in exercise.text


# Whose it is --------------------------------------------------------------------------------------


@each
def test_the_answer_key_is_refused(exercise):
    "As it is, under a name of the learner's, and as a base class."
    (key, *others) = exercise.variant()
    if not callable(key):
        pytest.skip("numbers have no author")
    assert exercise.judge(exercise.variant()).code == "not_yours"
    if isinstance(key, type):
        heir = type(key.__name__, (key,), {"__module__": "__main__"})
        assert exercise.judge((heir, *others)).code == "not_yours"


PASSES_ON = """
def Own(*given, **named):
    return key(*given, **named)
"""
PASSES_ALL_ON = """
class Own:
    def __init__(self, *given, **named):
        self.__dict__["inner"] = key(*given, **named)

    def __setattr__(self, name, value):
        setattr(self.inner, name, value)

    def __getattr__(self, name):
        return getattr(self.inner, name)
"""


def passed_on(key):
    "A function or class of the learner's that asks another one to do the work."
    if not callable(key):
        return key
    code = PASSES_ON
    if isinstance(key, type):
        code = PASSES_ALL_ON
        for name, value in vars(key).items():
            if callable(value) and not name.startswith("__"):
                code += f"    def {name}(self, *given, **named):\n"
                code += f"        return self.inner.{name}(*given, **named)\n"
    scope = {"__name__": "__main__", "key": key}
    exec(compile(code, "<learner>", "exec"), scope)
    return scope["Own"]


@each
def test_work_that_is_passed_on_is_refused(exercise):
    keys = exercise.variant()
    if not any(map(callable, keys)):
        pytest.skip("numbers have no author")
    if "*" in exercise.allow:
        pytest.skip("in a project all of the library may be called")
    result = exercise.judge(tuple(map(passed_on, keys)))
    assert result.code == "not_yours", result


# What is shown, and what is left alone ------------------------------------------------------------


@each
def test_hints_come_one_by_one_and_the_solution_after_a_question(exercise):
    learner = copy_of(exercise)
    said = [str(learner.hint()) for _ in exercise.hints]
    assert len(set(said)) == len(exercise.hints) and "Hint 1" in said[0]
    first, second = str(learner.solution()), str(learner.solution())
    assert exercise.code() not in first and exercise.code() in second
    tried = copy_of(exercise)
    tried.check(*answer(exercise, exercise.wrong[0]))
    assert exercise.code() in str(tried.solution())


@each
def test_nothing_that_is_shown_by_itself_holds_the_solution(exercise):
    "Neither the exercise, nor the table of the lesson, nor a hint, nor the task."
    lines = solution_lines(exercise)
    table = lesson(exercise.name[:2])
    shown = [repr(exercise), str(exercise), str(dir(exercise)), str(dir(table)), repr(table)]
    shown += [exercise.text, *exercise.hints]
    assert [line for line in lines for text in shown if line in text] == []


def solution_lines(exercise) -> list[str]:
    "The lines that the stub has not, as far as they are long enough to be known again."
    lines = (line.strip() for line in exercise.code().splitlines())
    stub = build.stubbed(exercise.cell)
    return [line for line in lines if len(line) >= 12 and line not in stub]


@each
def test_a_number_that_is_asked_for_stands_nowhere(exercise):
    numbers = [value for value in exercise.variant() if isinstance(value, float)]
    words = [wrong.says for wrong in exercise.wrong] + list(exercise.hints) + [exercise.text]
    for number in numbers:
        for text in words:
            found = map(float, re.findall(r"(?<![\w./])\d+(?:\.\d+)?(?![\w/.]\d)", text))
            if number not in (0.5, 1.0, 2.0):
                assert not any(abs(each - number) < 5e-4 for each in found), (number, text)


@each
def test_the_global_generator_is_left_alone(exercise):
    name, keys, *more = np.random.get_state()
    exercise.judge(answer(exercise))
    after = np.random.get_state()
    assert (keys == after[1]).all() and [name, *more] == [after[0], *after[2:]]


# Small changes ------------------------------------------------------------------------------------

SAMPLE = 6  # of an exercise's changes, in a usual run

# Changes that may pass, and why.
SURVIVORS: dict[str, dict[str, str]] = {
    "00.imaginary": {
        "line 3, 1e-50: 1e-50->-1e-50": "both ways along i the slope is the same",
    },
    "00.examiner": {
        "line 3, 1e-05: 1e-05->-1e-05": "exchanges above and below, and the sign of the step",
        "line 6, 1: 1->2": "another seed, that the inputs know nothing of either",
        "line 22, np.maximum: maximum->minimum": "where both slopes agree they are of one size",
        "line 23, measured - claimed: exchange": "the difference is taken without its sign",
    },
    "02.sigmoid": {"line 5, inputs >= 0: compare": "at 0 both sides say one half"},
    "02.leaky": {"line 8, inputs > 0: compare": "at 0 both sides say 0"},
    "03.squared": {"line 4, predictions - targets: exchange": "it is squared"},
    "03.absolute": {"line 4, predictions - targets: exchange": "its sign is dropped"},
    "05.top": {
        "line 2, np.argsort(scores, axis=1): no axis": "the last axis is the usual one",
    },
    "05.paired": {
        "line 3, first.mean() - second.mean(): exchange": "the difference is squared",
    },
    "08.halve": {
        "line 2, 0: 0->1": "the first epoch is the best so far, and sets it to 0",
    },
    "10.ceiling": {"line 5, angle[:, None] - middle: exchange": "the cosine is even"},
    "11.doctor": dict.fromkeys(
        (
            "line 3, 10: 10->1",
            "line 3, 10: 10->11",
            "line 3, 1: 1->2",
            "line 3, L[-1] > 10: compare",
            "line 5, 0.97: 0.97->1",
            "line 5, V.min() > 0.97: compare",
            "line 7, np.diff(L).max() > 0.1: compare",
            "line 9, 1: 1->2",
            "line 9, V[-1] > 1.2 * V.min(): compare",
            "line 11, 1: 1->2",
            "line 11, L[-1] > 0.5: compare",
        ),
        "its limits are chosen, not derived: the runs leave room on both sides",
    ),
    "13.deskew": {"line 7, y - y_mean: exchange": "it is squared"},
    "13.edges": {"line 8, neighbour - here: exchange": "an absolute value is taken"},
}


def survivors(exercise, step: int) -> set[str]:
    "The changes that pass, of every `step`th. What is wrong with the others is not asked."
    found, judge = set(), replace(exercise, wrong=()).judge
    for name, code in list(mutants(exercise.cell))[::step]:
        try:
            with at_most(5):
                given = build.run(exercise, code)
                passed = judge(given) and judge(given, 1)
        except (Exception, TooLong):
            continue
        if passed:
            found.add(name)
    return found


@each
def test_no_small_change_of_the_solution_passes(exercise):
    "Signs, axes, constants, transposes, missing lines, exchanged by rule: a sample of them."
    n = sum(1 for _ in mutants(exercise.cell))
    assert n and survivors(exercise, -(-n // SAMPLE)) <= set(SURVIVORS.get(exercise.name, ()))


@pytest.mark.slow
@each
def test_all_small_changes_fail_but_those_that_change_nothing(exercise):
    left, n = survivors(exercise, 1), sum(1 for _ in mutants(exercise.cell))
    print(f"{exercise.name}: {n} small changes, {len(left)} pass")
    assert left == set(SURVIVORS.get(exercise.name, ()))


@pytest.mark.slow
def test_there_are_enough_small_changes():
    n = sum(1 for exercise in EXERCISES for _ in mutants(exercise.cell))
    kept = sum(map(len, SURVIVORS.values()))
    print(f"{n} small changes, {n - kept} fail, {kept} are listed and pass")
    assert n > 1500 and kept <= 0.02 * n
