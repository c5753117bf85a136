"""The notebooks as files: what they store, how they are built, and what README says of them."""

import json
import re

import pytest
from helpers import NOTEBOOKS, ROOT, cells, stored_text

LESSONS = [path for path in NOTEBOOKS if re.match(r"[01]\d_", path.name)]
each = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
each_lesson = pytest.mark.parametrize("notebook", LESSONS, ids=lambda path: path.stem)


def code_lines(source: str) -> int:
    lines = (line.strip() for line in source.splitlines())
    return sum(1 for line in lines if line and not line.startswith("#|"))


def exports(cell: dict) -> bool:
    "Whether a cell is exported and holds more than imports."
    if not re.match(r"#\|\s*exports?\b", cell["source"]):
        return False
    code = [line for line in cell["source"].splitlines() if line and not line.startswith("#|")]
    return not all(re.match(r"from |import |    |\)", line) for line in code)


def test_the_course_is_complete():
    expected = "00_gradients 01_dense_layer 02_activations 03_losses 04_optimizers 05_accuracy"
    expected += " 07_training 10_spiral 11_advanced_training 12_mnist 14_ninety_nine 15_speed"
    expected += " 90_data 91_plots 92_widgets 93_settings 94_checks 95_files 96_history 97_running"
    assert set(expected.split()) <= {path.stem for path in NOTEBOOKS}


@each
def test_rhythm(notebook):
    "No code cell over 25 lines, no two exported cells in a row; the rest is printed."
    sizes = [code_lines(cell["source"]) for cell in cells(notebook)]
    words = sum(len(cell["source"].split()) for cell in cells(notebook, "markdown"))
    size = notebook.stat().st_size // 1024
    print(f"{notebook.stem}: {words / len(sizes):.0f} words a code cell, {size} KB")
    assert max(sizes) <= 25
    in_row = False
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        cell["source"] = "".join(cell["source"])
        exported = cell["cell_type"] == "code" and exports(cell)
        assert not (exported and in_row), cell["source"][:80]
        in_row = exported
    assert size <= 300


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
    assert content["metadata"]["kernelspec"]["name"] == "python3"
    for cell in content["cells"]:
        assert set(cell["metadata"]) <= {"tags", "nbgrader"}
        assert cell.get("execution_count") is None
    ids = [cell["id"] for cell in content["cells"]]
    assert len(set(ids)) == len(ids)


@each_lesson
def test_uses_only_what_was_derived_before(notebook):
    "A lesson imports, of the library, only lower numbers and the 9x tools."
    module_of = {}
    for path in NOTEBOOKS:
        if found := re.match(r"#\| default_exp (\w+)", cells(path)[0]["source"]):
            module_of[found[1]] = path
    for cell in cells(notebook):
        for name in re.findall(r"from nn_from_scratch\.(\w+) import", cell["source"]):
            assert module_of[name].name[0] == "9" or module_of[name].name < notebook.name


@each_lesson
def test_anatomy(notebook):
    "Promise, symbol table, See it, What to remember and three exercises, in this order."
    prose = [cell["source"] for cell in cells(notebook, "markdown")]
    assert re.match(r"# .+\n\n> .+", prose[0])
    assert any(part.startswith("| symbol | in code | shape |") for part in prose[:4])
    headings = [part[3:].splitlines()[0] for part in prose if part.startswith("## ")]
    assert headings[-3:] == ["See it", "What to remember", "Exercises"]
    exercises = re.findall(r"^\d\. (★+) ", prose[-1], re.M)
    assert exercises == ["★", "★★", "★★★"]
    assert all(part.count("\n") == 0 for part in prose if part.startswith("## "))


@each_lesson
def test_every_figure_is_described(notebook):
    "The prose cell before each stored picture has its text equivalent."
    described = None
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            described = "**Figure.**" in source
        elif any("image/png" in output.get("data", {}) for output in cell["outputs"]):
            assert described, source


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
