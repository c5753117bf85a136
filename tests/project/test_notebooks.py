"""The notebooks as files: what they store, how they are built, and what README says of them."""

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import NOTEBOOKS, ROOT, cells, stored_text

from nn_exercises import lesson

COURSE = """
00_gradients 01_dense_layer 02_activations 03_losses 04_optimizers 05_accuracy 06_network
07_training 08_callbacks 09_saving 10_spiral 11_advanced_training 12_mnist 13_features
14_ninety_nine 15_speed 16_many_machines 74_experiment 75_portrait 76_board 77_answers 78_mistakes
79_judging 80_explorers 81_playground 82_digit_pad 83_exercises 84_diagnosis 85_diagrams 86_traces
87_numerics 88_own_code 89_workers 90_data 91_plots 92_widgets 93_settings 94_checks 95_files
96_history 97_running 98_points 99_parts
""".split()
LESSONS = [path for path in NOTEBOOKS if re.match(r"[01]\d_", path.name)]
each = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
each_lesson = pytest.mark.parametrize("notebook", LESSONS, ids=lambda path: path.stem)


def code_lines(source: str) -> int:
    lines = (line.strip() for line in source.splitlines())
    return sum(1 for line in lines if line and not line.startswith("#|"))


def defined(source: str) -> list[str] | None:
    "The names of all that a cell defines; None if there is more in it than definitions."
    if re.match(r"\s*[%!]", source) or "\n!" in source:
        return None
    names = []
    for node in ast.parse(source).body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            names.append(node.name)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            names.append(node.targets[0].id)
        else:
            return None
    return names


def exports(cell: dict) -> bool:
    "Whether a cell is exported and holds more than imports."
    if cell["cell_type"] != "code" or not re.match(r"#\|\s*exports?\b", cell["source"]):
        return False
    body = ast.parse(cell["source"]).body
    return not all(isinstance(node, (ast.Import, ast.ImportFrom)) for node in body)


def test_the_course_is_complete():
    "In the order of the numbers; what is not here has no place in it."
    assert [path.stem for path in NOTEBOOKS] == COURSE


@each
def test_cells_are_short(notebook):
    "25 lines, and 50 for one whole public class or function; the rest is printed."
    code = [cell["source"] for cell in cells(notebook)]
    words = sum(len(cell["source"].split()) for cell in cells(notebook, "markdown"))
    size = notebook.stat().st_size // 1024
    print(f"{notebook.stem}: {words / len(code):.0f} words a code cell, {size} KB")
    for source in code:
        names = defined(source) if code_lines(source) > 25 else []
        whole = names is not None and len(names) == 1 and not names[0].startswith("_")
        assert code_lines(source) <= (50 if whole else 25), source[:80]
    assert size <= 300


@each
def test_no_two_exported_cells_in_a_row(notebook):
    "But for a private helper that follows its public class or function."
    before = None
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        cell["source"] = "".join(cell["source"])
        if not exports(cell):
            before = None
            continue
        names = defined(cell["source"])
        private = names is not None and all(name.startswith("_") for name in names)
        public = before is not None and len(before) == 1 and not before[0].startswith("_")
        assert before is None or (private and public), cell["source"][:80]
        before = names or []


@each
def test_stored_outputs(notebook):
    "Outputs are there, without errors, paths of a machine, progress bars or moving parts."
    outputs = [output for cell in cells(notebook) for output in cell["outputs"]]
    assert outputs, "no stored outputs: run `make lessons`"
    kinds = {kind for output in outputs for kind in output.get("data", {})}
    assert kinds <= {"text/plain", "image/png", "text/markdown"}
    assert not [output for output in outputs if output["output_type"] == "error"]
    text = stored_text(notebook)
    assert "np.float" not in text and "it/s" not in text and "epoch/s" not in text
    assert not re.search(r"/home/|/root/|/tmp/|/work/|/Users/|[A-Z]:\\|Warning:", text)


@each
def test_is_clean(notebook):
    "What nbdev-clean leaves: no counts, no foreign metadata, a kernel for JupyterLab."
    content = json.loads(notebook.read_text(encoding="utf-8"))
    assert set(content["metadata"]) == {"kernelspec"}
    assert content["metadata"]["kernelspec"]["name"] == "python3"
    assert not "".join(content["cells"][0]["source"]).startswith("# ---")  # as jupytext leaves it
    for cell in content["cells"]:
        assert set(cell["metadata"]) <= {"tags", "nbgrader"}
        assert cell.get("execution_count") is None
    ids = [cell["id"] for cell in content["cells"]]
    assert len(set(ids)) == len(ids)


def module_of() -> dict[str, Path]:
    "The notebook that each module is exported from."
    found = {}
    for path in NOTEBOOKS:
        if match := re.match(r"#\| default_exp (\w+)", cells(path)[0]["source"]):
            found[match[1]] = path
    return found


@each_lesson
def test_uses_only_what_was_derived_before(notebook):
    "A lesson imports, of the library, only lower numbers and the tools, 74 to 99."
    rooms = module_of()
    for cell in cells(notebook):
        for name in re.findall(r"(?:from|import) nn_from_scratch\.(\w+)", cell["source"]):
            assert rooms[name].name[0] in "789" or rooms[name].name < notebook.name, name
        assert not re.search(
            r"from nn_from_scratch import|import nn_from_scratch\b(?!\.)", cell["source"]
        ) or (notebook.name[0] == "1")


@each_lesson
def test_anatomy(notebook):
    "Promise, symbol table, See it, What to remember and the exercises, in this order."
    prose = [cell["source"] for cell in cells(notebook, "markdown")]
    assert re.match(r"# .+\n\n> .+", prose[0])
    assert any(part.startswith("| symbol | in code | shape |") for part in prose[:4])
    headings = [part[3:].splitlines()[0] for part in prose if part.startswith("## ")]
    assert headings[-3:] == ["See it", "What to remember", "Exercises"]
    named = re.findall(r"^\d\. (★+) \*\*(.+?)\*\* \(`(\w+)`\): \S", prose[-1], re.M)
    source = ROOT / "exercises" / f"e{notebook.stem}.py"
    if source.exists():  # those that a machine checks, by name, and where to write them
        wanted = lesson(notebook.stem[:2])
        assert named == [("★" * e.stars, e.title, e.name[3:]) for e in wanted]
        assert f"(../exercises/{notebook.stem}.ipynb)" in prose[-1]
    else:
        assert re.findall(r"^\d\. (★+) ", prose[-1], re.M) == ["★", "★★", "★★★"]
    assert all(part.count("\n") == 0 for part in prose if part.startswith("## "))


@each_lesson
def test_every_figure_is_described(notebook):
    "Each stored picture has its text equivalent in the last prose before it, or right after it."
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    prose = [cell["cell_type"] == "markdown" for cell in cells]
    described = ["**Figure.**" in "".join(cell["source"]) for cell in cells]
    for i, cell in enumerate(cells):
        if not prose[i] and any("image/png" in out.get("data", {}) for out in cell["outputs"]):
            before = max(k for k in range(i) if prose[k])
            assert described[before] or described[i + 1], "".join(cell["source"])


@pytest.mark.parametrize(
    ("lesson", "pattern", "lowest", "highest"),
    [
        ("12_mnist", r"full MNIST: test accuracy ([\d.]+) %, test loss ([\d.]+)", 97.0, 0.11),
        (
            "14_ninety_nine",
            r"full MNIST, test: ([\d.]+) ± [\d.]+ %, loss ([\d.]+), seeds 0 to 4",
            99.0,
            0.032,
        ),
    ],
    ids=lambda value: value if str(value)[:2] in ("12", "14") else "",
)
def test_readme_has_the_figures_that_a_lesson_stores(lesson, pattern, lowest, highest):
    "On the full data, in the row of the lesson, and as good as the lesson must be."
    stored = re.search(pattern, stored_text(ROOT / f"nbs/{lesson}.ipynb"))
    assert stored, f"{lesson} was not stored on the full data"
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    row = re.search(rf"^\|[^|]*{lesson}[^|]*\|[^|]*\| ([\d.]+) % \| ([\d.]+) \|", readme, re.M)
    assert row and row.groups() == stored.groups()
    assert float(stored[1]) >= lowest and float(stored[2]) <= highest


# What nbdev may do to us --------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path) -> Path:
    "A small copy of the project: configuration, one notebook, its module."
    for name in ("pyproject.toml", "nn_from_scratch/checks.py", "nbs/94_checks.ipynb"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "nn_from_scratch/__init__.py").write_text('__version__ = "0"\n')
    return tmp_path


def nbdev(command: str, project: Path) -> None:
    tool = Path(sys.executable).with_name(f"nbdev-{command}")
    if not tool.exists() and not tool.with_suffix(".exe").exists():
        pytest.skip("nbdev is not installed in this environment")
    subprocess.run([tool], cwd=project, check=True, capture_output=True)


def test_an_edited_module_is_undone_by_the_export(project):
    "nbdev-test would not see it: it runs the cells of the notebook, not the module."
    module = project / "nn_from_scratch/checks.py"
    right = module.read_text(encoding="utf-8")
    module.write_text(right.replace("value < 1", "value < 0"), encoding="utf-8")
    assert module.read_text(encoding="utf-8") != right
    nbdev("export", project)
    assert module.read_text(encoding="utf-8") == right


def test_cleaning_keeps_tags(project):
    path = project / "nbs/94_checks.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"][1]["metadata"] = {"tags": ["exercise"], "collapsed": True}
    path.write_text(json.dumps(notebook), encoding="utf-8")
    nbdev("clean", project)
    cleaned = json.loads(path.read_text(encoding="utf-8"))["cells"][1]["metadata"]
    assert cleaned == {"tags": ["exercise"]}
