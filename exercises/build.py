"""Notebooks made from the sources of the exercises, the files eNN_name.py of this folder.

    python exercises/build.py            the learners' notebooks and MISCONCEPTIONS.md, in here, and
                                         notebooks with solutions, in build/solutions
    python exercises/build.py marking    a course for nbgrader, in marking

For marking two things may be chosen: `--seed 7`, the numbers that the hidden tests try, and
`--mend 01.backward=4`, once or more often: the fourth known-wrong answer of that exercise
(MISCONCEPTIONS.md counts them) stands where the learner would begin with an empty body.
The same sources give the same files, byte for byte.
"""

import argparse
import hashlib
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from nn_from_scratch.answers import STUB, cells, solved, stubbed
from nn_from_scratch.exercises import Exercise, Lesson, lesson
from nn_from_scratch.judging import Result
from nn_from_scratch.mistakes import where_to_read

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent / "build"
SOURCES = sorted(HERE.glob("e[0-9][0-9]_*.py"))
SETUP = 'from nn_exercises import lesson\n\nex = lesson("{}")\nex  # the table of what is done'
SEED = 20261126  # of the hidden tests, if nobody chooses another


@cache
def lesson_of(path: Path) -> Lesson:
    "The exercises of a source."
    return lesson(path.stem[1:3])


@cache
def known() -> dict[str, Exercise]:
    "All exercises, by name."
    return {exercise.name: exercise for path in SOURCES for exercise in lesson_of(path)}


def parts(path: Path) -> Iterator[tuple[str, str, Exercise | None]]:
    "Kind and text of each cell that people see, and the exercise whose solution it holds."
    by_cell = {exercise.cell: exercise for exercise in lesson_of(path)}
    for kind, text in cells(path.read_text(encoding="utf-8")):
        if kind == "markdown":
            text = re.sub(r"`(\d\d_\w+)`", r"[\1](../nbs/\1.ipynb)", text)
        if kind != "author" and text:
            yield kind, text, by_cell.get(text)


def short(exercise: Exercise) -> str:
    "The name in its lesson: backward, for 01.backward."
    return exercise.name.partition(".")[2]


def handed(exercise: Exercise) -> str:
    "What is handed in, as the arguments of a call."
    return ", ".join(exercise.names)


# A notebook ---------------------------------------------------------------------------------------


def cell(kind: str, source: str, key: str, **metadata) -> dict:
    "A cell whose id depends on its key alone."
    made = {
        "cell_type": kind,
        "id": hashlib.sha256(key.encode()).hexdigest()[:8],
        "metadata": metadata,
        "source": source.splitlines(keepends=True),
    }
    return made | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def notebook(made: list[dict]) -> dict:
    kernel = {"display_name": "python3", "language": "python", "name": "python3"}
    return {"cells": made, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def compose(path: Path, answer) -> dict:
    "Prose and code of a source; `answer` gives the cells that stand for an exercise's solution."
    made = []
    for i, (kind, text, exercise) in enumerate(parts(path)):
        if exercise is None:
            made.append(cell(kind, text, f"{path.stem} {i}"))
        else:
            made += answer(exercise)
        if i == 0:
            made.append(cell("code", SETUP.format(path.stem[1:3]), f"{path.stem} lesson"))
    return notebook(made)


def learners(path: Path) -> dict:
    "Stubs and checks: no answer, no hint."

    def answer(exercise: Exercise) -> list[dict]:
        name = short(exercise)
        check = f"ex.{name}.check({handed(exercise)})  # or ex.{name}.hint(), ex.{name}.solution()"
        stub = cell("code", stubbed(exercise.cell), f"{exercise.name} answer")
        return [stub, cell("code", check, f"{exercise.name} check")]

    return compose(path, answer)


def solutions(path: Path) -> dict:
    "Each solution with its reason, its hints and its known-wrong answers."

    def answer(exercise: Exercise) -> list[dict]:
        hints = [f"{i}. {hint}" for i, hint in enumerate(exercise.hints, start=1)]
        words = [f"**Why.** {exercise.why}", "**Hints.**", "\n".join(hints)]
        words += ["**Known mistakes.**", mistakes(exercise.name)]
        check = f"ex.{short(exercise)}.require({handed(exercise)})"
        return [
            cell("code", solved(exercise.cell), f"{exercise.name} solution"),
            cell("code", check, f"{exercise.name} require"),
            cell("markdown", "\n\n".join(words), f"{exercise.name} key"),
        ]

    return compose(path, answer)


# What goes wrong ----------------------------------------------------------------------------------


def run(exercise: Exercise, code: str) -> tuple:
    "What a learner's cell with this code hands in."
    scope: dict = {"__name__": "__main__"}
    exec("import numpy as np", scope)
    exec(compile(code, "<learner>", "exec"), scope)
    return tuple(scope[name] for name in exercise.names)


@cache
def verdict(name: str, number: int) -> Result:
    "Of the known-wrong answer of this number, on the numbers that a learner's check tries."
    exercise = known()[name]
    return exercise.judge(run(exercise, exercise.code(exercise.wrong[number - 1])))


def said(name: str, number: int) -> str:
    "What the check says to this mistake, up to what to read and what was tried."
    text = verdict(name, number).text
    text = re.split(r" Read again: \[| \*Tried with ", text)[0]
    # What Python and NumPy say of an error differs from version to version.
    return re.sub(r"(It stops with \w+): .*?( in `.*|\.)$", r"\1\2", text, flags=re.S)


@cache
def section(cure: str) -> str:
    "The lesson and the section that cure a mistake, as a link."
    link = where_to_read(cure, HERE)
    if not link.startswith(f"[{cure.partition('#')[0]}, *"):
        raise ValueError(f"there is no section {cure}")
    return link


def as_cell(text: str) -> str:
    "Text that does not end a cell of a Markdown table."
    return " ".join(text.split()).replace("|", "\\|")


@cache
def mistakes(name: str) -> str:
    "The known-wrong answers, and what the check says to each, as a table."
    exercise = known()[name]
    lines = ["| no. | instead of | somebody writes | the check says | read again |"]
    lines.append("|---|---|---|---|---|")
    for number, wrong in enumerate(exercise.wrong, start=1):
        old, new = (as_cell(text) or "(nothing)" for text in (wrong.old, wrong.new))
        words = f"{as_cell(said(name, number))} | {section(wrong.cure or exercise.cure)}"
        lines.append(f"| {number} | `{old}` | `{new}` | {words} |")
    return "\n".join(lines)


INTRODUCTION = """# What goes wrong, and what the check says

For teachers: {exercises} exercises and {wrong} wrong answers that people give, each written as a
change of the solution, with the words that the check really says to it. Made by `make exercises`
from the sources beside this file; the tests make it anew and compare.
"""


def misconceptions() -> str:
    "All known-wrong answers of all exercises, with the lesson and the section that cure them."
    count = sum(len(exercise.wrong) for exercise in known().values())
    blocks = [INTRODUCTION.format(exercises=len(known()), wrong=count).strip()]
    for path in SOURCES:
        blocks.append(f"## [{path.stem[1:]}]({path.stem[1:]}.ipynb)")
        for exercise in lesson_of(path):
            blocks.append(f"### {exercise.name}: {exercise.title} {'★' * exercise.stars}")
            blocks.append(mistakes(exercise.name))
    return "\n\n".join(blocks) + "\n"


# Marking ------------------------------------------------------------------------------------------


def graded(name: str, **flags) -> dict:
    "The metadata by which nbgrader knows a cell."
    unset = dict.fromkeys(("locked", "solution", "grade", "task"), False)
    identity = {"schema_version": 3, "grade_id": name.replace(".", "-")}
    return {"nbgrader": identity | unset | flags}


def marking(path: Path, seed: int = SEED, mend: dict[str, int] | None = None) -> dict:
    "Solutions between marks, and for each exercise a graded cell with a hidden test."
    mend = mend or {}

    def answer(exercise: Exercise) -> list[dict]:
        name, key = exercise.name, f"{exercise.name} answer"
        if name in mend:  # a cell that nbgrader leaves as it is
            wrong = exercise.code(exercise.wrong[mend[name] - 1])
            words = "Somebody has answered already, and made a mistake. Mend it."
            begin = [cell("markdown", words, f"{name} mend"), cell("code", wrong, key)]
        else:
            flags = graded(f"answer-{name}", solution=True)
            begin = [cell("code", exercise.cell, key, **flags)]
        source = (
            f"result = ex.{short(exercise)}.check({handed(exercise)})\n"
            "display(result)\n"
            'assert result, "not right yet"\n'
            "### BEGIN HIDDEN TESTS\n"
            "from nn_exercises import lesson  # whatever the name is by now\n"
            f"lesson({name[:2]!r}).{short(exercise)}.require({handed(exercise)}, seed={seed})\n"
            "### END HIDDEN TESTS"
        )
        flags = graded(f"check-{name}", grade=True, locked=True, points=exercise.stars)
        return [*begin, cell("code", source, f"{name} check", **flags)]

    return compose(path, answer)


def identities(content: dict) -> list[str]:
    "Of the cells that nbgrader knows, and keeps as they are once something was marked."
    marks = [each["metadata"].get("nbgrader") for each in content["cells"]]
    return [mark["grade_id"] for mark in marks if mark]


CONFIG = f"""c = get_config()
c.CourseDirectory.course_id = "nn_from_scratch"
c.ClearSolutions.code_stub = {{"python": {STUB!r}}}
c.ExecutePreprocessor.timeout = 120
"""

# Files --------------------------------------------------------------------------------------------


def write(path: Path, content: dict | str) -> None:
    "A notebook in the form that nbdev-clean leaves as it is, or a text."
    if not isinstance(content, str):
        content = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8", newline="\n")


def write_learners(folder: Path = HERE) -> None:
    "The notebooks to work in, and the table of misconceptions."
    for path in SOURCES:
        write(folder / f"{path.stem[1:]}.ipynb", learners(path))
    write(folder / "MISCONCEPTIONS.md", misconceptions())


def write_solutions(folder: Path = BUILD / "solutions") -> None:
    for path in SOURCES:
        write(folder / f"{path.stem[1:]}.ipynb", solutions(path))


def write_marking(
    folder: Path = HERE.parent / "marking", seed: int = SEED, mend: dict[str, int] | None = None
) -> None:
    "The source of a course; what nbgrader made of it, and its configuration, are left alone."
    if seed < 0:
        raise ValueError(f"the seed is a whole number of at least 0, not {seed}")
    for name, number in (mend or {}).items():
        if name not in known():
            raise ValueError(f"there is no exercise {name}")
        most = len(known()[name].wrong)
        if not 1 <= number <= most:
            raise ValueError(f"{name} has the known-wrong answers 1 to {most}, not {number}")
    course = {path.stem[1:]: marking(path, seed, mend) for path in SOURCES}
    for name, content in course.items():
        place = folder / "source" / name / f"{name}.ipynb"
        if place.exists() and any(folder.glob(f"autograded/*/{name}")):
            if identities(json.loads(place.read_text(encoding="utf-8"))) != identities(content):
                raise ValueError(f"{name} was marked already: move {folder} away, and begin anew")
    for name, content in course.items():
        write(folder / "source" / name / f"{name}.ipynb", content)
    if not (folder / "nbgrader_config.py").exists():
        write(folder / "nbgrader_config.py", CONFIG)


def a_mistake(text: str) -> tuple[str, int]:
    "01.backward=4 -> the exercise and the number of one of its known-wrong answers."
    name, _, number = text.partition("=")
    return name, int(number)


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Make the notebooks of the exercises.")
    parser.add_argument("what", nargs="?", default="exercises", choices=("exercises", "marking"))
    parser.add_argument("--seed", type=int, default=SEED, help="of the hidden tests")
    more = {"type": a_mistake, "action": "append", "default": [], "metavar": "NAME=NUMBER"}
    parser.add_argument("--mend", **more, help="a known-wrong answer to begin with")
    asked = parser.parse_args(words)
    if asked.what == "exercises":
        write_learners()
        write_solutions()
        return
    try:
        write_marking(seed=asked.seed, mend=dict(asked.mend))
    except ValueError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
