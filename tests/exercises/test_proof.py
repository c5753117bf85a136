"""For every exercise: the stub fails, the solution and its variations pass, every known-wrong answer
fails with the sentence that names its mistake, and no small change of the solution passes."""

import re

import numpy as np
import pytest
from conftest import EXERCISES, as_learner
from mutate import mutants

from nn_from_scratch.diagnosis import TEXTS
from nn_from_scratch.exercises import stubbed

each = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
WRONG = [(e, i, w) for e in EXERCISES for i, w in enumerate(e.wrong)]
RIGHT = [(e, r) for e in EXERCISES for r in e.right]


@each
def test_the_untouched_stub_fails(exercise):
    stub = stubbed(exercise.cell)
    assert "BEGIN SOLUTION" not in stub and stub != exercise.code()
    result = exercise.judge(as_learner(exercise, stub))
    assert not result and result.code == "unwritten"


@each
def test_the_solution_passes(exercise):
    for seed in range(5):
        result = exercise.judge(as_learner(exercise, exercise.code()), seed)
        assert result, result


@each
def test_the_solution_is_right_by_other_means(exercise):
    "Not only equal to itself: by a numerical gradient, or by an experiment."
    assert exercise.verify is not None
    exercise.verify(*as_learner(exercise, exercise.code()))


@pytest.mark.parametrize(("exercise", "right"), RIGHT, ids=lambda v: getattr(v, "name", None) or "")
def test_other_right_answers_pass(exercise, right):
    for seed in range(5):
        result = exercise.judge(as_learner(exercise, exercise.code(right)), seed)
        assert result, result


@pytest.mark.parametrize(
    ("exercise", "number", "wrong"),
    WRONG,
    ids=lambda v: getattr(v, "name", None) or (str(v) if isinstance(v, int) else ""),
)
def test_every_known_wrong_answer_fails_and_is_named(exercise, number, wrong):
    "With any numbers, by its own code or sentence, and never by giving the answer away."
    for seed in range(5):
        result = exercise.judge(as_learner(exercise, exercise.code(wrong)), seed)
        assert not result
        if wrong.says:
            assert wrong.says in result.text
        else:
            assert result.code == wrong.code, result
        assert wrong.old not in result.text


@each
def test_no_two_known_wrong_answers_say_the_same_without_reason(exercise):
    sentences = [w.says for w in exercise.wrong if w.says]
    assert len(set(sentences)) == len(sentences)
    assert {w.code for w in exercise.wrong if w.code} <= set(TEXTS) | {"raises", "in_place"}
    assert len(exercise.wrong) >= 5 and len(exercise.hints) >= 2 and exercise.why


@each
def test_messages_and_hints_do_not_hold_the_numbers_of_a_numeric_answer(exercise):
    numbers = [v for v in exercise.variant() if isinstance(v, float)]
    words = [w.says for w in exercise.wrong] + list(exercise.hints) + [exercise.text]
    for number in numbers:
        for text in words:
            found = [
                float(x) for x in re.findall(r"(?<![\w./])\d+\.\d+|(?<![\w./])\d+(?![\w/.])", text)
            ]
            if number not in (0.5, 1.0, 2.0):
                assert not any(abs(x - number) < 5e-4 for x in found), (number, text)


@each
def test_no_small_change_of_the_solution_passes(exercise):
    "Changes made by rule: signs, axes, constants, transposes, missing lines. None may survive."
    survivors, n = [], 0
    for name, code in mutants(exercise.cell):
        n += 1
        try:
            given = as_learner(exercise, code)
        except Exception:
            continue
        if exercise.judge(given) and exercise.judge(given, 1):
            survivors.append(name)
    print(f"{exercise.name}: {n} changes, {len(survivors)} survive: {survivors}")
    allowed = ALLOWED.get(exercise.name, set())
    assert set(survivors) <= allowed, set(survivors) - allowed


ALLOWED = {  # changes that change nothing
    "10.ceiling": {"line 5, angle[:, None] - middle: exchange"},  # the cosine is even
    "11.doctor": {  # its limits are chosen, not derived: the made runs leave room on both sides
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
    },
    "13.deskew": {"line 7, y - y_mean: exchange"},  # it is squared
    "13.edges": {"line 8, neighbour - here: exchange"},  # an absolute value is taken
    "05.top": {"line 2, np.argsort(scores, axis=1): no axis"},
    "06.halve": {"line 2, 0: 0->1"},  # the first epoch is the best and sets it to 0
}


@each
def test_hints_come_one_by_one_and_the_solution_after_a_question(exercise):
    from copy import copy

    learner = copy(exercise)
    learner.tries = learner.shown = learner.asked = 0
    said = [str(learner.hint()) for _ in exercise.hints]
    assert len(set(said)) == len(exercise.hints) and said[0].startswith("**Hint 1.**")
    first, second = learner.solution(), learner.solution()
    assert exercise.code() not in first and "again" in first and exercise.code() in second
    learner.asked = 0
    learner.check(*as_learner(exercise, exercise.code(exercise.wrong[0])))
    assert exercise.code() in learner.solution()


@each
def test_what_comes_in_is_left_as_it_was_and_the_global_generator_too(exercise):
    before = np.random.get_state()[1].copy()
    exercise.judge(as_learner(exercise, exercise.code()))
    assert np.array_equal(before, np.random.get_state()[1])


@each
def test_nothing_that_is_shown_by_itself_holds_the_solution(exercise):
    from nn_exercises import lesson

    region = exercise.code().splitlines()[-1].strip()
    shown = [repr(exercise), str(exercise), str(dir(exercise)), repr(lesson(exercise.name[:2]))]
    assert not any(region in text for text in shown)


@each
def test_two_mistakes_at_once_fail_too(exercise):
    "And the sentence is that of one of the two, nearly always."
    named = total = 0
    for i, first in enumerate(exercise.wrong):
        for j, second in enumerate(exercise.wrong):
            once = exercise.code(first)
            if i == j or once.count(second.old) != 1 or second.old in first.new:
                continue
            try:
                given = as_learner(exercise, once.replace(second.old, second.new))
            except SyntaxError:
                continue
            result = exercise.judge(given)
            total += 1
            expected = {first.code or f"zoo{i}", second.code or f"zoo{j}"}
            named += result.code in expected or result.code in (f"zoo{i}+zoo{j}", f"zoo{j}+zoo{i}")
            assert not result or exercise.name in CANCEL, (first, second)
    print(f"{exercise.name}: {named} of {total} pairs are named by one of the two")


CANCEL = {}  # exercises in which two mistakes may cancel each other
