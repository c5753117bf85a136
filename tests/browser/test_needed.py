"""The choice of cells that a widget needs: no browser, nothing is run but the chosen cells."""

import pytest

from .harness import code_cells, prepare, write_notebook
from .needed import live_cells, names, needed_cells
from .test_lab import LESSONS

LESSON = [
    "from nn_from_scratch.playground import draw_digit, playground\nimport numpy as np",
    "#| hide\nimport math\nprint(math.pi)",
    "import time\ntime.sleep(600)",  # what must not be run
    "X = np.zeros(9)",
    "X[0] = 1",
    "def train(network):\n    return scale * network.sum()",
    "network = np.ones(3)\nlist(map(print, [network]))",
    "scale = 2",
    "#| eval: false\nwhile True: pass",
    "#| eval: false\nplayground()",
    "def playground_of(X):\n    network = X\n    return network",
    "score = train(network)",
    "network = network + score",
    "print(network)",
    "#| eval: false\nnetwork = None",
    "#| eval: false\nprint('here it is')\ndraw_digit(network, X)",
    "network = 'after it'",
    "#| eval: false\nnot_shown = draw_digit(network)",
]


@pytest.fixture
def lesson(tmp_path):
    return write_notebook(tmp_path / "lesson.ipynb", *LESSON)


def test_live_cells_end_in_a_call_of_a_widget(lesson):
    assert live_cells(lesson) == [9, 15]


def test_the_cells_that_a_widget_needs(lesson):
    "Imports, set-up, changes of an object, names that a function finds later; not what is heavy."
    assert needed_cells(lesson) == [0, 1, 3, 4, 5, 6, 7, 9, 11, 12, 15]


def test_the_notebook_for_the_browser_holds_these_cells(lesson, tmp_path):
    (tmp_path / "copy").mkdir()
    chosen = prepare(lesson, tmp_path / "copy")
    assert code_cells(chosen) == [LESSON[i] for i in needed_cells(lesson)]
    assert live_cells(chosen) == [7, 10]
    shown = []
    exec("\n".join(code_cells(chosen)).replace("from nn_from_scratch.playground", "#"), {
        "playground": list, "draw_digit": lambda *what: shown.extend(what)
    })  # fmt: skip
    network, X = shown
    assert network.tolist() == [7, 7, 7] and X.tolist() == [1] + [0] * 8


@pytest.mark.parametrize(
    ("source", "bound", "needed"),
    [
        ("x = x + 1", {"x"}, {"x"}),
        ("for x in xs: print(x)", {"x"}, {"xs", "print"}),
        ("y = [z for z in rows]; y", {"y"}, {"rows"}),
        ("import numpy as np\nA = np.eye(n)", {"np", "A"}, {"n"}),
        ("def f(a, b=c):\n    d = a\n    return d + e", {"f"}, {"c", "e"}),
        ("class A(B):\n    def g(self):\n        return h", {"A"}, {"B", "h"}),
        ("layer.weights[:] = 0", {"layer"}, {"layer"}),
        ("a, *b = c\n%matplotlib inline", {"a", "b"}, {"c"}),
        ("def f():\n    return f()", {"f"}, set()),
        ("def f(x):\n    x[0] = 1", {"f"}, set()),
        ("x += 1", {"x"}, {"x"}),
        ("with open(p) as file: text = file.read()", {"file", "text"}, {"open", "p"}),
    ],
)
def test_names_of_a_cell(source, bound, needed):
    assert names(source) == (bound, needed)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_of_a_lesson_only_some_cells_are_needed(lesson):
    most = 1 if lesson.name[0] == "8" else 1 / 2  # an 8x notebook makes the widgets itself
    assert 1 < len(needed_cells(lesson)) < most * len(code_cells(lesson))
