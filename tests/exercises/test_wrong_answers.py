"""Every known-wrong answer fails, and hears which mistake it was, in words of its own; and the
table of all of them, MISCONCEPTIONS.md, is what the checks say today."""

import re
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from answers import EXERCISES, answer, name_of
from helpers import ROOT

from nn_exercises import build
from nn_from_scratch.answers import pairs_of
from nn_from_scratch.mistakes import TEXTS

each = pytest.mark.parametrize("exercise", EXERCISES, ids=name_of)
WRONG = [(e, i, w) for e in EXERCISES for i, w in enumerate(e.wrong, start=1)]


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)


def holds(text: str, wrong) -> bool:
    "Whether a message says what stands in the solution, if that is more than a name or a number."
    return not re.fullmatch(r"[\w.]*", wrong.old.strip()) and wrong.old.strip() in text


@pytest.mark.parametrize(("exercise", "number", "wrong"), WRONG, ids=name_of)
def test_every_known_wrong_answer_fails_and_is_named(exercise, number, wrong, request):
    "With any numbers, by its own code or sentence, and never by giving the answer away."
    results = [build.verdict(exercise.name, number)]
    for seed in range(1, 5 if request.config.getoption("--slow") else 2):
        results.append(exercise.judge(answer(exercise, wrong), seed))
    for result in results:
        assert not result
        if wrong.says:
            assert wrong.says in result.text
        else:
            assert result.code == wrong.code, result
        assert not holds(result.text, wrong)


@each
def test_no_two_known_wrong_answers_say_the_same(exercise):
    sentences = [wrong.says for wrong in exercise.wrong if wrong.says]
    assert len(set(sentences)) == len(sentences)
    codes = {wrong.code for wrong in exercise.wrong if wrong.code}
    assert codes <= set(TEXTS) | {"raises", "in_place"}


def test_the_table_of_misconceptions_is_up_to_date():
    stored = (ROOT / "exercises/MISCONCEPTIONS.md").read_text(encoding="utf-8")
    assert stored == build.misconceptions(), "run `make exercises`"
    rows = re.findall(r"^\| \d+ \| .+ \| .+ \| .+ \| .+ \|$", stored, re.M)
    assert len(rows) == len(WRONG)


@each
def test_the_section_that_cures_a_mistake_is_there(exercise):
    "And is in this lesson or in one before it."
    assert "#" in exercise.cure, "name a section: 01_dense_layer#backward,-for-a-batch"
    for wrong in exercise.wrong:
        cure = wrong.cure or exercise.cure
        assert cure[:2] <= exercise.name[:2] and build.section(cure).endswith(")")


# Two mistakes at once -----------------------------------------------------------------------------

# Pairs in which neither of the two is named, by their numbers in MISCONCEPTIONS.md, and why.
UNNAMED: dict[str, dict[tuple[int, int], str]] = {
    "00.slope": {(1, 3): "that is the difference to one side, no. 4, to the letter"},
    "00.examiner": {
        (1, 16): "of the first part that it judges wrongly it says what no. 8 says",
        (3, 4): "with neither inputs nor parameters looked at, nothing is compared: no. 17",
    },
    "01.twins": {(4, 8): "rows of the first weights, of nothing else: no. 9 to the letter"},
    "04.two_layers": {
        (1, 7): "it stops: the velocities that it finds are those of a layer of another shape",
        (2, 3): "it stops: one of the states is a velocity, and has no counter in it",
        (2, 7): "it stops: the velocities that it finds are those of a layer of another shape",
    },
    "07.mean": {(5, 7): "the sum of the losses over their number is the mean, no. 1"},
    "08.stop": {
        (6, 9): "no epoch is ever the best, and nothing is kept: as no. 10",
        (6, 10): "nothing is ever kept, and that is no array of numbers",
    },
    "11.valley": {(3, 10): "the upper end of all rates that did not explode is no. 8"},
    "12.count": {(5, 6): "without the biases of both layers, only the weights are left: no. 1"},
    "12.sure": {
        (1, 3): "the answers that gave the true digit most are the surest of the right ones: no. 8",
        (2, 3): "the mistakes that gave the true digit least are those of no. 6",
    },
    "14.average": {(1, 11): "the second leaves the function without a `return`, and it says so"},
    "15.operations": {(1, 6): "of the first number that is wrong it gives what no. 4 gives"},
}


def in_one_cell(exercise):
    "Every two known-wrong answers of an exercise, if they make one cell of Python."
    for i, j, code in pairs_of(exercise):
        with suppress(SyntaxError):
            compile(code, "<learner>", "exec")
            yield i, j, code


def naming(exercise, i: int, j: int) -> set[str]:
    "The codes that name one of two known-wrong answers, or both."
    first, second = exercise.wrong[i], exercise.wrong[j]
    codes = {first.code or f"zoo{i}", second.code or f"zoo{j}", f"zoo{i}+zoo{j}"}
    together = {("sign", "times_n"): "minus_times_n", ("sign", "over_n"): "minus_over_n"}
    return codes | {both for pair, both in together.items() if set(pair) <= codes}


@pytest.mark.slow
@each
def test_two_mistakes_at_once_fail_and_one_of_them_is_named(exercise):
    unnamed, n = set(), 0
    for i, j, code in in_one_cell(exercise):
        result = exercise.judge(build.run(exercise, code))
        said = [exercise.wrong[k].says for k in (i, j)]
        named = any(each and each in result.text for each in said)
        assert not result, (exercise.wrong[i], exercise.wrong[j])
        if not named and result.code not in naming(exercise, i, j):
            unnamed.add((i + 1, j + 1))
        n += 1
    print(f"{exercise.name}: {n - len(unnamed)} of {n} pairs are named")
    assert unnamed == set(UNNAMED.get(exercise.name, ()))


def test_nearly_all_pairs_are_named():
    n = sum(1 for exercise in EXERCISES for _ in in_one_cell(exercise))
    unnamed = sum(map(len, UNNAMED.values()))
    print(f"{n - unnamed} of {n} pairs of mistakes are named by one of the two, or by both")
    assert n > 2500 and unnamed <= 0.01 * n


# No mistake that is known -------------------------------------------------------------------------

SEEDS = 33  # with 62 exercises 2,046 answers


def disturbed(exercise, mine: tuple, seed: int):
    "The exercise in which every number that `mine` gives is off, each in its own way."
    rng = np.random.default_rng(seed)

    def off(value):
        noise = rng.uniform(0.3, 3, np.shape(value)), 0.1 * rng.standard_normal(np.shape(value))
        return np.asarray(value, float) * noise[0] + noise[1]

    def experiment(*given_and_trial):
        for step in exercise.experiment(*given_and_trial):
            results, context = step if isinstance(step, tuple) else (step, {})
            if given_and_trial[0] is mine[0]:
                results = {name: off(value) for name, value in results.items()}
            yield results, context

    return replace(exercise, experiment=experiment)


@pytest.mark.slow
@each
def test_random_answers_get_no_name(exercise):
    mine = answer(exercise)
    assert SEEDS * len(EXERCISES) >= 2000
    for seed in range(SEEDS):
        result = disturbed(exercise, mine, seed).judge(mine, seed)
        assert result.code in ("unknown", "differs"), (seed, result)


def test_a_generator_without_end_is_judged_too():
    "A loop that forgets to go on makes batches for ever."
    (exercise,) = (each for each in EXERCISES if each.name == "07.batches")

    def batches(X, y, batch_size, rng):
        while True:
            yield X[:batch_size], y[:batch_size]

    result = exercise.judge((batches,))
    assert not result and result.code != "right"
