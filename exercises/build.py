"""Make the notebooks from the sources nn_exercises/e*.py.

    python build.py            student notebooks into build/student, solutions into build/solution,
                               an nbgrader course into build/nbgrader
The student notebooks hold stubs and checks; the solution notebooks hold solutions, hints and the
table of known-wrong answers with what the check says to each; the nbgrader source holds solutions
between marks, and hidden tests.
"""

import hashlib
import json
import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from nn_from_scratch.exercises import Lesson, cells, solved, stubbed  # noqa: E402

SETUP = "from nn_exercises import lesson\n\nex = lesson({number!r})\nex"


def cell(kind: str, source: str, key: str, **metadata) -> dict:
    "A notebook cell with an id that is the same in every build."
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


def graded(name: str, **flags) -> dict:
    base = {
        "schema_version": 3,
        "grade_id": name.replace(".", "-"),
        "locked": False,
        "solution": False,
        "grade": False,
        "task": False,
    }
    return {"nbgrader": base | flags}


def parts(path: Path):
    "(kind, text, exercise or None) of each cell that people see; the exercise at its solution cell."
    number = re.match(r"e(\d+)_", path.name)[1]
    by_cell = {each.cell: each for each in Lesson(number)}
    for kind, text in cells(path.read_text(encoding="utf-8")):
        if kind != "author":
            yield kind, text, by_cell.get(text)


def check_call(exercise) -> str:
    return f"ex.{exercise.name.split('.')[1]}.check({', '.join(exercise.names)})"


def student(path: Path) -> dict:
    number, made = re.match(r"e(\d+)_", path.name)[1], []
    for i, (kind, text, exercise) in enumerate(parts(path)):
        made.append(cell(kind, stubbed(text) if exercise else text, f"{path.stem} {i}"))
        if kind == "code" and i == 1:
            made.append(cell("code", SETUP.format(number=number), f"{path.stem} setup"))
        if exercise:
            made.append(cell("code", check_call(exercise), f"{path.stem} {i} check"))
    return notebook(made)


def answer_key(exercise) -> str:
    "The known-wrong answers, and what the check says to each, as a table."
    lines = ["| instead of | somebody writes | the check says |", "|---|---|---|"]
    for wrong in exercise.wrong:
        said = exercise.judge(_as_notebook(exercise, exercise.code(wrong))).text
        old, new = (" ".join(text.split()).replace("|", "\\|") for text in (wrong.old, wrong.new))
        lines.append(
            f"| `{old}` | `{new}` | {said.split(' *Tried')[0].replace('|', chr(92) + '|')} |"
        )
    return "\n".join(lines)


def _as_notebook(exercise, code: str) -> tuple:
    import numpy as np

    scope = {"__name__": "__main__", "np": np}
    exec(compile(code, "<notebook>", "exec"), scope)
    return tuple(scope[name] for name in exercise.names)


def solution(path: Path) -> dict:
    number, made = re.match(r"e(\d+)_", path.name)[1], []
    for i, (kind, text, exercise) in enumerate(parts(path)):
        made.append(cell(kind, solved(text) if exercise else text, f"{path.stem} {i} solution"))
        if kind == "code" and i == 1:
            made.append(cell("code", SETUP.format(number=number), f"{path.stem} setup"))
        if exercise:
            name = exercise.name.split(".")[1]
            made.append(
                cell(
                    "code",
                    f"ex.{name}.require({', '.join(exercise.names)})",
                    f"{path.stem} {i} require",
                )
            )
            hints = "\n".join(f"{n}. {hint}" for n, hint in enumerate(exercise.hints, start=1))
            text = f"**Why.** {exercise.why}\n\n**Hints.**\n\n{hints}\n\n**Known mistakes.**\n\n{answer_key(exercise)}"
            made.append(cell("markdown", text, f"{path.stem} {i} key"))
    return notebook(made)


def nbgrader(path: Path) -> dict:
    "As the student's, with solutions between marks and a graded cell with a hidden test."
    number, made = re.match(r"e(\d+)_", path.name)[1], []
    for i, (kind, text, exercise) in enumerate(parts(path)):
        flags = graded(f"answer-{exercise.name}", solution=True) if exercise else {}
        made.append(cell(kind, text, f"{path.stem} {i}", **flags))
        if kind == "code" and i == 1:
            made.append(cell("code", SETUP.format(number=number), f"{path.stem} setup"))
        if exercise:
            name, handed = exercise.name.split(".")[1], ", ".join(exercise.names)
            source = (
                f"display({check_call(exercise)})\n### BEGIN HIDDEN TESTS\n"
                f"ex.{name}.require({handed}, seed=20261126)\n### END HIDDEN TESTS"
            )
            flags = graded(f"check-{exercise.name}", grade=True, locked=True, points=exercise.stars)
            made.append(cell("code", source, f"{path.stem} {i} check", **flags))
    return notebook(made)


CONFIG = """c = get_config()
c.CourseDirectory.course_id = "nn_from_scratch"
c.ClearSolutions.code_stub = {"python": "...  # your code here"}
c.ClearSolutions.enforce_metadata = False
c.ExecutePreprocessor.timeout = 60
"""


def write(path: Path, content: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8"
    )


def main(out: Path) -> None:
    shutil.rmtree(out, ignore_errors=True)
    for path in sorted((ROOT / "exercises").glob("e[0-9]*_*.py")):
        name = path.stem[1:]
        write(out / "student" / f"{name}.ipynb", student(path))
        write(out / "solution" / f"{name}.ipynb", solution(path))
        write(out / "nbgrader" / "source" / name / f"{name}.ipynb", nbgrader(path))
    (out / "nbgrader" / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build")
