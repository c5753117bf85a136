"""The way of an instructor: a course for nbgrader, what it hands out, and what it gives for it."""

import csv
import html
import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from answers import EXERCISES
from helpers import ROOT

from nn_exercises import build

NAME = "01_dense_layer"
HERE = [exercise for exercise in EXERCISES if exercise.name[:2] == NAME[:2]]


def nbgrader(course: Path, *words: str) -> str:
    programs = str(Path(sys.executable).parent)  # it calls `alembic` by name
    environment = os.environ | {"PATH": programs + os.pathsep + os.environ["PATH"]}
    command = [sys.executable, "-m", "nbgrader", *words]
    done = subprocess.run(command, cwd=course, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def answer_id(exercise) -> str:
    return f"answer-{exercise.name.replace('.', '-')}"


def submit(course: Path, place: Path, answers: dict[str, str]) -> None:
    "The released notebook, with these texts in the cells where the learner writes."
    (released,) = (course / "release").rglob("*.ipynb")
    content = json.loads(released.read_text(encoding="utf-8"))
    for cell in content["cells"]:
        key = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        cell["source"] = answers.get(key, cell["source"])
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(content), encoding="utf-8")


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    if importlib.util.find_spec("nbgrader") is None:
        pytest.skip("nbgrader is not installed in this environment")
    folder = tmp_path_factory.mktemp("marking")
    build.write_marking(folder)
    nbgrader(folder, "generate_assignment", NAME, "--create")
    return folder


@pytest.mark.heavy
def test_what_is_handed_out_holds_neither_solutions_nor_hidden_tests(course):
    (released,) = (course / "release").rglob("*.ipynb")
    text = released.read_text(encoding="utf-8")
    for word in ("SOLUTION", "HIDDEN", "require", str(build.SEED)):
        assert word not in text
    assert text.count(build.STUB) >= len(HERE)
    for exercise in HERE:
        stub = build.stubbed(exercise.cell)
        for line in exercise.code().splitlines():
            quoted = json.dumps(line.strip())[1:-1]
            assert len(line.strip()) < 12 or line in stub or quoted not in text, line


RIGHT = {answer_id(e): e.code() for e in HERE}
LIBRARY = {"answer-01-backward": "from nn_from_scratch import DenseLayer as Dense\n"}
HANDED_IN = {  # by four learners
    "right": RIGHT,
    "untouched": {},
    "wrong": {answer_id(e): e.code(e.wrong[0]) for e in HERE},
    "library": RIGHT | LIBRARY,
}


@pytest.fixture(scope="module")
def marked(course) -> Path:
    for student, answers in HANDED_IN.items():
        submit(course, course / "submitted" / student / NAME / f"{NAME}.ipynb", answers)
    nbgrader(course, "autograde", NAME, "--create")
    return course


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("student", "failed"), [("right", 0), ("untouched", len(HERE)), ("library", 1)]
)
def test_validate_says_success_to_what_is_right_alone(course, tmp_path, student, failed):
    "The program itself, as the button in JupyterLab calls it."
    submit(course, tmp_path / "mine.ipynb", HANDED_IN[student])
    said = nbgrader(tmp_path, "validate", "mine.ipynb")
    assert ("Success" in said) == (failed == 0)
    assert said.count("The following cell failed") == failed


@pytest.mark.heavy
def test_four_learners_get_what_they_earned(marked):
    "All right, untouched, wrong everywhere, and the library's layer handed in."
    course = marked
    nbgrader(course, "export", "--to", "grades.csv")
    with open(course / "grades.csv", encoding="utf-8") as file:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    full = sum(exercise.stars for exercise in HERE)
    lost = build.known()["01.backward"].stars
    assert scores == {"right": full, "untouched": 0, "wrong": 0, "library": full - lost}


@pytest.mark.heavy
def test_the_feedback_says_what_the_check_said(marked):
    nbgrader(marked, "generate_feedback", NAME)
    (page,) = (marked / "feedback" / "wrong").rglob("*.html")
    text = html.unescape(re.sub(r"<[^>]*>|[`*]", "", page.read_text(encoding="utf-8")))
    for exercise in HERE:
        words = re.sub(r"[`*]|<[^>]*>", "", build.said(exercise.name, 1))
        assert " ".join(words.split()[:8]) in " ".join(text.split()), exercise.name


# What needs no nbgrader ---------------------------------------------------------------------------


def graded(content: dict) -> dict[str, dict]:
    marks = [cell["metadata"].get("nbgrader") for cell in content["cells"]]
    return {mark["grade_id"]: mark for mark in marks if mark}


@pytest.mark.parametrize("path", build.SOURCES, ids=lambda path: path.stem)
def test_every_exercise_has_a_cell_to_write_in_and_one_that_counts(path):
    found = graded(build.marking(path))
    for exercise in build.lesson_of(path):
        name = exercise.name.replace(".", "-")
        assert found[f"answer-{name}"]["solution"] and not found[f"answer-{name}"]["locked"]
        check = found[f"check-{name}"]
        assert check["grade"] and check["locked"] and check["points"] == exercise.stars
    assert len(found) == 2 * len(list(build.lesson_of(path)))


def test_a_known_wrong_answer_is_where_the_learner_begins():
    path = next(path for path in build.SOURCES if path.stem[1:] == NAME)
    exercise = build.known()["01.backward"]
    content = build.marking(path, seed=7, mend={"01.backward": 2})
    sources = ["".join(cell["source"]) for cell in content["cells"]]
    assert exercise.code(exercise.wrong[1]) in sources and exercise.cell not in sources
    assert "answer-01-backward" not in graded(content) and "check-01-backward" in graded(content)
    assert any("seed=7" in source for source in sources)
    assert not any(str(build.SEED) in source for source in sources)


def test_what_is_handed_out_is_not_right_as_it_is():
    "Nor says nbgrader's Validate so: the visible part of what counts fails."
    notebook = build.marking(ROOT / "exercises/e01_dense_layer.py")
    checks = [
        "".join(cell["source"]).split("### BEGIN HIDDEN TESTS")[0]
        for cell in notebook["cells"]
        if cell["metadata"].get("nbgrader", {}).get("grade")
    ]
    assert checks and all("\nassert result" in check for check in checks)


def test_what_was_handed_in_and_marked_is_left_alone(tmp_path):
    build.write_marking(tmp_path)
    kept = ["gradebook.db", "submitted/one/01_dense_layer/01_dense_layer.ipynb"]
    kept += ["nbgrader_config.py"]
    for name in kept:
        build.write(tmp_path / name, "theirs")
    build.write_marking(tmp_path, seed=7)
    assert [(tmp_path / name).read_text() for name in kept] == ["theirs"] * 3
    source = tmp_path / "source/01_dense_layer/01_dense_layer.ipynb"
    assert "seed=7" in source.read_text(encoding="utf-8")


def test_what_was_marked_keeps_its_cells(tmp_path):
    "nbgrader would take the release away, and stop with a traceback."
    build.write_marking(tmp_path)
    (tmp_path / "autograded/one/01_dense_layer").mkdir(parents=True)
    build.write_marking(tmp_path, seed=7)
    build.write_marking(tmp_path, mend={"02.relu": 1})
    source = tmp_path / "source/01_dense_layer/01_dense_layer.ipynb"
    before = source.read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="01_dense_layer was marked already: move .* away"):
        build.write_marking(tmp_path, mend={"01.backward": 2})
    assert source.read_text(encoding="utf-8") == before


@pytest.mark.parametrize(
    ("mend", "text"),
    [
        ({"01.sideways": 1}, "there is no exercise 01.sideways"),
        ({"01.backward": 0}, "01.backward has the known-wrong answers 1 to "),
        ({"01.backward": 99}, "not 99"),
    ],
)
def test_a_slip_is_named(mend, text, tmp_path):
    with pytest.raises(ValueError, match=text):
        build.write_marking(tmp_path, mend=mend)
    assert not list(tmp_path.iterdir())
