"""The three builds from one source: what they hold, and that they run in a real kernel."""

import json
import os
import subprocess
import sys

import nbclient
import nbformat
import pytest
from conftest import EXERCISES, ROOT

import build

os.environ["PYTHONPATH"] = str(ROOT)
SOURCES = sorted((ROOT / "exercises").glob("e[0-9]*_*.py"))
each = pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.stem)


def run(content: dict) -> "nbformat.NotebookNode":
    made = nbformat.from_dict(json.loads(json.dumps(content)))
    for cell in made.cells:
        cell.source = "".join(cell.source) if isinstance(cell.source, list) else cell.source
    nbformat.validate(made)
    return nbclient.NotebookClient(made, timeout=120, kernel_name="python3").execute()


def said(executed) -> list[str]:
    return [
        o["data"]["text/plain"]
        for c in executed.cells
        if c.cell_type == "code"
        for o in c.outputs
        if "data" in o and o["data"]["text/plain"].startswith(("✓", "✗"))
    ]


def code_of(path):
    return [e for e in EXERCISES if e.name.split(".")[0] in path.stem]


@each
def test_the_student_notebook_holds_no_answer_and_runs_from_top_to_bottom(path):
    content = build.student(path)
    text = json.dumps(content, ensure_ascii=False)
    for exercise in code_of(path):
        for change in exercise.wrong:
            part = json.dumps(change.old, ensure_ascii=False)[1:-1]
            in_stub = change.old in build.stubbed(exercise.cell)
            assert in_stub or part not in text
        assert all(
            json.dumps(hint, ensure_ascii=False)[1:-1] not in text for hint in exercise.hints
        )
    answers = said(run(content))
    assert len(answers) == len(code_of(path)) and all("not written yet" in a for a in answers)


@each
def test_the_solution_notebook_passes_its_own_checks(path):
    run(build.solution(path))  # require raises


@each
def test_a_learner_in_a_real_kernel(path):
    "Stub, then a known-wrong answer, then the solution, in the cells where learners write."
    for make in (lambda e: e.code(e.wrong[0]), lambda e: e.code()):
        content = build.student(path)
        for cell in content["cells"]:
            for exercise in code_of(path):
                if "".join(cell["source"]) == build.stubbed(exercise.cell):
                    cell["source"] = make(exercise).splitlines(keepends=True)
        answers = said(run(content))
        right = make(code_of(path)[0]) == code_of(path)[0].code()
        assert len(answers) == len(code_of(path)) and all(
            a.startswith("✓" if right else "✗") for a in answers
        ), answers


def test_builds_are_the_same_each_time(tmp_path):
    build.main(tmp_path / "a")
    build.main(tmp_path / "b")
    for path in (tmp_path / "a").rglob("*.*"):
        if path.is_file():
            assert (
                path.read_bytes()
                == (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_bytes()
            )


def test_jupytext_reads_the_source_as_a_notebook():
    jupytext = pytest.importorskip("jupytext")
    made = jupytext.read(SOURCES[0])
    assert made.cells[0].cell_type == "markdown" and any(
        "BEGIN SOLUTION" in c.source for c in made.cells
    )


def test_numpy_alone_is_enough():
    "No IPython, no ipywidgets, no matplotlib, no socket: as where nothing else is installed."
    code = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in ('IPython', 'ipywidgets', 'matplotlib', 'socket', 'ssl', 'urllib', 'requests'):
            raise ImportError(name)
sys.meta_path.insert(0, Refuse())
from nn_exercises import lesson
ex = lesson('04')
def largest_rate(curvature, momentum):
    return 2 / curvature
result = ex.limit.check(largest_rate)
assert not result and 'without momentum' in result.text, result
print(result); print(ex.limit.hint()); print(ex.limit.solution())
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ
    )
    assert done.returncode == 0, done.stderr
    assert "✗ Not yet. That is the limit without momentum." in done.stdout


def test_the_buttons_do_what_the_calls_do():
    pytest.importorskip("ipywidgets")
    from nn_exercises import lesson

    limit = [e for e in lesson("04") if e.name == "04.limit"][0]
    code = """
from nn_exercises import lesson
from nn_exercises.panel import panel
ex = lesson("04")
box = panel(ex.limit)
check, hint, solution = box.children[0].children
def said():
    return box.children[1].outputs[-1]["data"]["text/plain"]
"""
    content = build.notebook(
        [
            build.cell("code", code, "a"),
            build.cell("code", "check.click(); hint.click(); solution.click()", "b"),
            build.cell("code", limit.code(limit.wrong[0]), "c"),
            build.cell("code", "check.click(); print(ex.limit.tries, ex.limit.shown)", "d"),
        ]
    )
    executed = run(content)
    assert executed.cells[3].outputs[-1]["text"].strip() == "1 1"
