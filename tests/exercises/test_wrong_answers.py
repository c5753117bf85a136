"""Every known-wrong answer fails, and hears which mistake it was, in words of its own; and the
table of all of them, MISCONCEPTIONS.md, is what the checks say today."""

import re

import pytest
from answers import EXERCISES, answer, name_of
from helpers import ROOT

from nn_exercises import build
from nn_from_scratch.diagnosis import TEXTS

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


@pytest.mark.slow
@each
def test_two_mistakes_at_once_fail_too(exercise):
    named, total = pairs(exercise)
    print(f"{exercise.name}: {named} of {total} pairs are named by one of the two, or by both")


@pytest.mark.slow
def test_nine_of_ten_pairs_are_named():
    counts = [pairs(exercise) for exercise in EXERCISES]
    named, total = (sum(column) for column in zip(*counts, strict=True))
    print(f"{named} of {total} pairs")
    assert named >= 0.9 * total


CANCEL: dict[str, str] = {}  # exercises in which two mistakes may cancel each other, and why
COUNTED: dict[str, tuple[int, int]] = {}


def pairs(exercise) -> tuple[int, int]:
    "How many pairs of known-wrong answers are named by one or both, and how many there are."
    if exercise.name in COUNTED:
        return COUNTED[exercise.name]
    named = total = 0
    for i, first in enumerate(exercise.wrong):
        for j, second in enumerate(exercise.wrong):
            once = exercise.code(first)
            if i == j or once.count(second.old) != 1 or second.old in first.new:
                continue
            try:
                given = build.run(exercise, once.replace(second.old, second.new))
            except Exception:
                continue
            result = exercise.judge(given)
            expected = {first.code or f"zoo{i}", second.code or f"zoo{j}"}
            expected |= {f"zoo{i}+zoo{j}", f"zoo{j}+zoo{i}"}
            said = any(w.says and w.says in result.text for w in (first, second))
            total, named = total + 1, named + (said or result.code in expected)
            assert not result or exercise.name in CANCEL, (first, second)
    COUNTED[exercise.name] = named, total
    return named, total
