"""The notebooks made from the sources: what they hold, that they run, and are up to date."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbclient
import nbformat
import pytest
from answers import SOURCES
from helpers import NOTEBOOKS, ROOT

from nn_exercises import build

each = pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
LESSONS = [path.stem for path in NOTEBOOKS if path.name[0] in "01"]


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)


def code_cells(content: dict) -> list[str]:
    return ["".join(c["source"]) for c in content["cells"] if c["cell_type"] == "code"]


def values(content: dict) -> list:
    "What each code cell ends on, run from top to bottom in one scope, as a kernel would."
    scope, found = {"__name__": "__main__", "display": lambda *_: None}, []
    for source in code_cells(content):
        body = ast.parse(source)
        last = body.body[-1:] if body.body and isinstance(body.body[-1], ast.Expr) else []
        body.body = body.body[: len(body.body) - len(last)]
        exec(compile(body, "<learner>", "exec"), scope)
        if last:
            found.append(eval(compile(ast.Expression(last[0].value), "<learner>", "eval"), scope))
    return found


def test_each_source_belongs_to_a_lesson():
    assert len(SOURCES) >= 16 and {path.stem[1:] for path in SOURCES} <= set(LESSONS)


@each
def test_the_committed_notebook_is_up_to_date(path, tmp_path):
    build.write(tmp_path / "made.ipynb", build.learners(path))
    stored = (ROOT / "exercises" / f"{path.stem[1:]}.ipynb").read_bytes()
    assert stored == (tmp_path / "made.ipynb").read_bytes(), "run `make exercises`"


def test_there_is_no_notebook_without_a_source():
    stored = {path.stem for path in (ROOT / "exercises").glob("*.ipynb")}
    assert stored == {path.stem[1:] for path in SOURCES}


@each
def test_the_learners_notebook_runs_and_says_what_is_to_do(path):
    "Without an exception, and every check finds that nothing is written yet."
    lesson, *results = [v for v in values(build.learners(path)) if v is not Ellipsis]
    assert len(results) == len(list(build.lesson_of(path)))
    assert {result.code for result in results} == {"unwritten"}
    assert all(exercise.title in repr(lesson) for exercise in lesson)


@each
def test_the_learners_notebook_holds_no_answer_and_no_hint(path):
    "Of what a known-wrong answer changes, nothing is there that is not in the stub."
    content = build.learners(path)
    text = "\n".join("".join(cell["source"]) for cell in content["cells"])
    assert "SOLUTION" not in text and "Exercise(" not in text
    stubs = "".join(build.stubbed(exercise.cell) for exercise in build.lesson_of(path))
    for exercise in build.lesson_of(path):
        for line in map(str.strip, exercise.code().splitlines()):
            assert len(line) < 12 or line in stubs or line not in text
        assert not [hint for hint in exercise.hints if hint in text]


@each
def test_the_solutions_pass_their_own_checks(path):
    "From top to bottom; `require` raises otherwise."
    content = build.solutions(path)
    assert values(content)
    text = "\n".join("".join(cell["source"]) for cell in content["cells"])
    for exercise in build.lesson_of(path):
        assert f".require({build.handed(exercise)})" in text
        assert all(hint in text for hint in exercise.hints)


@each
@pytest.mark.parametrize("make", [build.learners, build.solutions, build.marking])
def test_they_are_notebooks(path, make):
    made = nbformat.from_dict(json.loads(json.dumps(make(path))))
    for cell in made.cells:
        cell.source = "".join(cell.source)
    nbformat.validate(made)
    ids = [cell.id for cell in made.cells]
    assert len(set(ids)) == len(ids) and made.cells[0].cell_type == "markdown"
    links = set(re.findall(r"\]\(\.\./nbs/(\w+)\.ipynb\)", made.cells[0].source))
    assert path.stem[1:] in links and links <= {path.stem for path in NOTEBOOKS}


def test_they_are_the_same_in_another_process():
    "Where strings have other hashes."
    code = "import json; from nn_exercises import build\n"
    code += "print(json.dumps([[m(p) for m in (build.learners, build.marking)]"
    code += " for p in build.SOURCES]))"
    environment = os.environ | {"PYTHONHASHSEED": "12345"}
    command = [sys.executable, "-c", code]
    made = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    here = [[make(path) for make in (build.learners, build.marking)] for path in SOURCES]
    assert json.loads(made.stdout) == json.loads(json.dumps(here))


def test_nbdev_leaves_them_alone(tmp_path):
    "And does not export from them."
    tool = Path(sys.executable).with_name("nbdev-clean")
    if not tool.exists() and not tool.with_suffix(".exe").exists():
        pytest.skip("nbdev is not installed in this environment")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    build.write(tmp_path / "nn_from_scratch/__init__.py", '__version__ = "0"\n')
    for path in SOURCES:
        build.write(tmp_path / "nbs" / f"{path.stem[1:]}.ipynb", build.learners(path))
        build.write(tmp_path / "nbs" / f"{path.stem}.ipynb", build.solutions(path))
    made = {path: path.read_bytes() for path in tmp_path.rglob("*.ipynb")}
    subprocess.run([tool], cwd=tmp_path, check=True, capture_output=True)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.ipynb")} == made
    assert not any("#| export" in source.decode() for source in made.values())


@pytest.mark.heavy
def test_a_learner_in_a_real_kernel(tmp_path):
    "The stub, a known-wrong answer and the solution, in the cell where learners write."
    path = next(path for path in SOURCES if path.stem == "e01_dense_layer")
    content = build.learners(path)
    content["cells"] = [c for c in content["cells"] if c["cell_type"] == "code"]
    exercise = build.known()["01.backward"]
    at = code_cells(content).index(build.stubbed(exercise.cell))
    attempts = [exercise.code(exercise.wrong[0]), exercise.code()]
    for i, source in enumerate(attempts):
        key = f"attempt {i}"
        more = [build.cell("code", source, key), content["cells"][at + 1] | {"id": f"check{i}"}]
        content["cells"] += more
    made = nbformat.from_dict(json.loads(json.dumps(content)))
    for cell in made.cells:
        cell.source = "".join(cell.source)
    client = nbclient.NotebookClient(
        made, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    )
    cells = client.execute().cells
    said = [cells[i].outputs[-1]["data"]["text/plain"] for i in (at + 1, -3, -1)]
    assert [text[0] for text in said] == ["✗", "✗", "✓"], said
    assert "not written yet" in said[0] and "7 times too small" in said[1]


def test_numpy_alone_is_enough(tmp_path):
    "No IPython, no widgets, no figures, no socket: as where nothing else is installed."
    code = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("IPython", "ipywidgets", "matplotlib", "socket", "requests"):
            raise ImportError(name)

sys.meta_path.insert(0, Refuse())
from nn_exercises import lesson
ex = lesson("04")
def largest_rate(curvature, momentum):
    return 2 / curvature
print(ex.limit.check(largest_rate))
print(ex.limit.hint())
print(ex.limit.solution())
"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=tmp_path, check=True)
    assert "✗ Not yet. That is the limit without momentum." in done.stdout
