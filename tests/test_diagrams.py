"""Graphs and tables: what is drawn, where, that nothing lies on anything, and what is refused."""

import io
import re
from itertools import combinations

import numpy as np
import pytest

pytest.importorskip("matplotlib").use("agg")

from matplotlib import pyplot as plt  # noqa: E402
from PIL import Image  # noqa: E402

from nn_from_scratch import diagrams as d  # noqa: E402
from nn_from_scratch import plots  # noqa: E402

BLUE, ORANGE = plots.COLORS[:2]


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def png(ax):
    data = io.BytesIO()
    ax.figure.savefig(data, format="png")
    return data.getvalue()


def size(ax):
    "The bytes that a notebook stores, with a palette: see `small_pictures`."
    small = io.BytesIO()
    Image.open(io.BytesIO(png(ax))).convert("RGB").quantize(128).save(small, "PNG", optimize=True)
    return len(small.getvalue())


def texts(ax, color=None):
    "What is written on an ax, in one colour or in all."
    found = [text for text in ax.texts if text.get_text()]
    return [text.get_text() for text in found if color in (None, text.get_color())]


def spot(ax, name):
    "The middle of a text on the picture, in pixels."
    (text,) = [text for text in ax.texts if text.get_text() == name]
    box = text.get_window_extent()
    return np.array([(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2])


def overlaps(ax):
    "Pairs of texts that lie on each other."
    ax.figure.draw_without_rendering()
    legend = ax.get_legend()
    named = [t for t in [*ax.texts, *(legend.get_texts() if legend else [])] if t.get_text()]
    boxes = [(text.get_text(), text.get_window_extent()) for text in named]
    return [(a, b) for (a, one), (b, two) in combinations(boxes, 2) if one.overlaps(two)]


def arrows(ax):
    "From where to where each arrow leads, in the numbers of the places."
    found = [text for text in ax.texts if getattr(text, "arrow_patch", None)]
    return [(tuple(text.xyann), tuple(text.xy)) for text in found]


SQUARE = {"w": (0, 0), "x": (0, 1), "wx": (1, 0.5), "y": (1, 1.5), "e": (2, 1), "$e^2$": (3, 1)}
STEPS = [("w", "wx"), ("x", "wx"), ("wx", "e"), ("y", "e"), ("e", "$e^2$", "square")]
VALUES = {"w": 2, "x": 3, "wx": 6, "y": 2, "e": 4, "$e^2$": 16}
SLOPES = {"w": 24, "x": 16, "wx": 8, "y": -8, "e": 8, "$e^2$": 1}


# By hand ----------------------------------------------------------------------------------------


def test_every_name_and_number_is_written_once():
    ax = d.draw_graph(SQUARE, STEPS, VALUES, SLOPES)
    assert sorted(texts(ax, BLUE)) == sorted("2 3 6 2 4 16".split())
    assert sorted(texts(ax, ORANGE)) == sorted("24 16 8 -8 8 1".split())
    assert sorted(texts(ax, "black")) == sorted([*SQUARE, "square"])


def test_a_value_is_above_its_node_and_a_slope_below():
    numbers = {"a": 1.5}, {"a": -2.5}
    ax = d.draw_graph({"a": (0, 0), "b": (1, 0)}, [("a", "b")], *numbers)
    ax.figure.draw_without_rendering()
    node, value, slope = (spot(ax, name) for name in ("a", "1.5", "-2.5"))
    assert value[1] > node[1] + 8 and slope[1] < node[1] - 8
    assert abs(value[0] - node[0]) < 2 and abs(slope[0] - node[0]) < 2


def test_places_are_columns_and_rows_from_above():
    ax = d.draw_graph({"a": (0, 0), "b": (1, 0), "c": (1, 1)}, [])
    ax.figure.draw_without_rendering()
    a, b, c = (spot(ax, name) for name in "abc")
    assert b[0] == c[0] > a[0] + 50 and abs(a[1] - b[1]) < 2 and c[1] < b[1] - 40


def test_an_arrow_leads_from_the_first_to_the_second():
    ax = d.draw_graph(SQUARE, STEPS)
    assert arrows(ax) == [(SQUARE[a], SQUARE[b]) for a, b, *_ in STEPS]


def test_an_arrow_ends_at_the_box_of_its_node():
    "And not in its middle, nor where boxes have been before they were drawn."
    ax = d.draw_graph({"a": (0, 0), "a long name": (2, 0)}, [("a", "a long name")])
    png(ax)
    patches = [text.arrow_patch for text in ax.texts if getattr(text, "arrow_patch", None)]
    x = patches[0].get_window_extent()
    first, last = (text.get_bbox_patch().get_window_extent() for text in ax.texts[:2])
    assert first.x1 - 2 < x.x0 < first.x1 + 8 and last.x0 - 8 < x.x1 < last.x0 + 2


def test_label_and_slope_of_an_edge():
    ax = d.draw_graph({"a": (0, 0), "b": (2, 0)}, [("a", "b", 0.5, -3)])
    ax.figure.draw_without_rendering()
    assert texts(ax, "black") == ["a", "b", "0.5"] and texts(ax, ORANGE) == ["-3"]
    label, slope, a, b = (spot(ax, name) for name in ("0.5", "-3", "a", "b"))
    assert label[1] > a[1] > slope[1] and a[0] + 20 < label[0] < b[0] - 20
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == ["slope backward (below)"]


def test_a_label_alone_lies_on_its_edge():
    ax = d.draw_graph({"a": (0, 0), "b": (2, 2)}, [("a", "b", "w")])
    ax.figure.draw_without_rendering()
    a, w, b = (spot(ax, name) for name in "awb")
    np.testing.assert_allclose(w, (a + b) / 2, atol=2)  # nothing is in its way in the middle


def test_the_legend_names_what_is_there():
    for numbers, names in (
        ((VALUES, SLOPES), ["value forward (above)", "slope backward (below)"]),
        ((VALUES, None), ["value forward (above)"]),
        ((None, SLOPES), ["slope backward (below)"]),
    ):
        legend = d.draw_graph(SQUARE, STEPS, *numbers).get_legend()
        assert [text.get_text() for text in legend.get_texts()] == names
    assert d.draw_graph(SQUARE, STEPS).get_legend() is None


def test_numbers_have_four_digits_and_no_minus_zero():
    values = {"a": 1 / 3, "b": -0.0, "c": np.float32(0.1), "d": 12.3456, "e": np.inf, "f": 1e-9}
    ax = d.draw_graph({name: (i, 0) for i, name in enumerate(values)}, [], values)
    assert texts(ax, BLUE) == ["0.3333", "0", "0.1", "12.35", "inf", "1e-09"]


def test_a_graph_in_words():
    lines = d.graph_text(SQUARE, [*STEPS[:-1], ("e", "$e^2$", "square", 8)], VALUES, SLOPES)
    assert lines.splitlines() == [
        "w; value forward 2; slope backward 24",
        "x; value forward 3; slope backward 16",
        "wx from w, x; value forward 6; slope backward 8",
        "y; value forward 2; slope backward -8",
        "e from wx, y; value forward 4; slope backward 8",
        "e^2 from e (square, slope backward 8); value forward 16; slope backward 1",
    ]
    assert d.graph_text({"b": (0, 1), "a": (0, 0)}, [("a", "b", 2)]) == "a\nb from a (2)"


def test_a_plain_name():
    assert d.plain(r"$\hat{y}_{1}$ a") == "haty_1 a"


def test_tables_by_hand():
    W = np.array([[1.0, 2], [3, 4], [5, 6]])
    x = [[1, 0.5, 0]]
    ax = d.draw_arrays([("x", x), "·", ("W", W), "=", ("z", x @ W)])
    numbers = "1 0.5 0 1 2 3 4 5 6 2.5 4".split()
    rest = ["x", "(1, 3)", "·", "W", "(3, 2)", "=", "z", "(1, 2)"]
    assert sorted(texts(ax)) == sorted(numbers + rest)
    cells = {name: spot(ax, name) for name in "36"}
    assert cells["3"][0] < cells["6"][0] and cells["3"][1] > cells["6"][1]  # row 1 above row 2


def test_a_column_has_one_colour_and_what_is_before_a_product_none():
    ax = d.draw_arrays([("x", [[1, 2]]), "·", ("W", np.eye(2)), "+", ("b", [[0, 0]])])
    colors = [patch.get_facecolor() for patch in ax.patches]
    x, W, b = colors[:2], colors[2:6], colors[6:]
    assert x[0] == x[1] and W[0] == W[2] == b[0] and W[1] == W[3] == b[1]
    assert len({x[0], W[0], W[1]}) == 3


def test_a_number_stands_in_its_cell():
    A = np.arange(6).reshape(2, 3)
    ax = d.draw_arrays([("A", A)])
    ax.figure.draw_without_rendering()
    for patch, number in zip(ax.patches, A.ravel(), strict=True):
        box = patch.get_window_extent()
        assert box.contains(*spot(ax, str(number)))
    left, above = ax.patches[0], ax.patches[5]
    assert left.get_x() < above.get_x() and left.get_y() > above.get_y()


# Nothing lies on anything -----------------------------------------------------------------------


def crossing(n, k, values=None, distance=2):
    "n inputs and k neurons with all their edges, and texts of five letters on them."
    places = {f"$x_{i}$": (0, i) for i in range(n)}
    places |= {f"$z_{j}$": (distance, j + (n - k) / 2) for j in range(k)}
    edges = [(f"$x_{i}$", f"$z_{j}$", i / 4 - j) for i in range(n) for j in range(k)]
    return places, edges


@pytest.mark.parametrize(("n", "k"), [(1, 1), (2, 1), (2, 2), (3, 2), (2, 3), (3, 3), (4, 2)])
def test_labels_of_crossing_edges(n, k):
    places, edges = crossing(n, k)
    numbers = {name: -1.234567 for name in places}
    assert overlaps(d.draw_graph(places, edges, numbers, numbers)) == []


def test_fifteen_nodes_on_six_by_three_inches():
    places = {f"$a_{{{c}{r}}}$": (c, r) for c in range(5) for r in range(3)}
    names = list(places)
    edges = [(names[i], names[i + 3 + j]) for i in range(12) for j in (0, 1) if i % 3 + j < 3]
    numbers = {name: -0.1234567 * i for i, name in enumerate(places)}
    ax = d.draw_graph(places, edges, numbers, numbers, ax=plots.panels(1, (6, 3))[0])
    assert overlaps(ax) == [] and size(ax) < 40_000
    width, height = ax.figure.get_size_inches() * ax.figure.dpi
    for text in (*ax.texts, *ax.get_legend().get_texts()):
        box = text.get_window_extent()
        assert 0 <= box.x0 and box.x1 <= width and 0 <= box.y0 and box.y1 <= height


def test_a_network_worked_by_hand_fits():
    "Two inputs, two neurons, one output: weights and slopes on crossing edges, biases beside."
    places = {"$x_1$": (0, 0), "$x_2$": (0, 1), "1": (0, 2), "$z_1$": (1.5, 0), "$z_2$": (1.5, 1)}
    places |= {"$a_1$": (2.5, 0), "$a_2$": (2.5, 1), "$q$": (4, 0.5), "$L$": (5, 0.5)}
    ends = ["$x_1$", "$x_2$", "1"], ["$z_1$", "$z_2$"]
    edges = [(a, b, -0.25, 0.125) for a in ends[0] for b in ends[1]]
    edges += [("$z_1$", "$a_1$"), ("$z_2$", "$a_2$"), ("$a_1$", "$q$", 2, -0.5)]
    edges += [("$a_2$", "$q$", -1.5, 0.25), ("$q$", "$L$")]
    numbers = {name: 0.123456 for name in places}
    ax = d.draw_graph(places, edges, numbers, numbers)
    assert overlaps(ax) == []
    assert ax.figure.get_size_inches()[0] <= 6.5 and size(ax) < 40_000


def test_a_long_label_beside_a_long_number_moves():
    "Where the middle is taken, another share of the way is."
    places = {"a": (0, 0), "b": (2, 0), "c": (1, 0.35)}
    ax = d.draw_graph(places, [("a", "b", "w")], {"c": 123.4})
    assert overlaps(ax) == []
    assert spot(ax, "w")[0] < spot(ax, "c")[0] - 10


def test_tables_do_not_lie_on_each_other():
    W = np.full((4, 3), -0.3333)
    parts = [("XXXX", W[:, :1]), "·", ("WWW", W[:1]), "+", ("b", W[:1]), "=", ("Z", W)]
    assert overlaps(d.draw_arrays(parts)) == []


# The ax, the bytes, the colours -----------------------------------------------------------------

CALLS = {
    "graph": lambda ax: d.draw_graph(SQUARE, STEPS, VALUES, SLOPES, ax=ax),
    "arrays": lambda ax: d.draw_arrays([("x", [[1, 2]]), "·", ("W", np.eye(2))], ax=ax),
}


@pytest.mark.parametrize("name", CALLS)
def test_the_given_ax_is_used_and_returned(name):
    ax = plots.panels(2)[1]
    assert CALLS[name](ax) is ax and CALLS[name](None) is not ax
    assert isinstance(CALLS[name](None).figure, plots.Paper) and not ax.axison


@pytest.mark.parametrize("name", CALLS)
def test_the_same_bytes_twice(name):
    assert png(CALLS[name](None)) == png(CALLS[name](None))


def test_arguments_are_left_alone():
    given = dict(SQUARE), list(STEPS), dict(VALUES), dict(SLOPES)
    d.draw_graph(*given)
    d.graph_text(*given)
    assert given == (SQUARE, STEPS, VALUES, SLOPES)
    W = np.eye(2)
    d.draw_arrays([("W", W)])
    np.testing.assert_array_equal(W, np.eye(2))


# Errors -----------------------------------------------------------------------------------------

TWO = {"a": (0, 0), "b": (1, 0)}


@pytest.mark.parametrize("call", [d.draw_graph, d.graph_text])
@pytest.mark.parametrize(
    ("given", "words"),
    [
        (({}, []), "places, one for each node"),
        (({"a": (0, 0), "b": (0, 0)}, []), "places, one for each node"),
        (({"a": (0, 0, 1)}, []), r"the place of a \(2,\), got \(3,\)"),
        ((TWO, [("a", "c")]), r"of two places, got \('a', 'c'\)"),
        ((TWO, [("a", "a")]), "of two places"),
        ((TWO, [("a",)]), "of two places"),
        ((TWO, [("a", "b", 1, 2, 3)]), "of two places"),
        ((TWO, [("a", "b", None)]), "an array of real numbers"),
        ((TWO | {"c": (2, 0)}, [("a", "c")]), r"past other places, got .* through 'b'"),
        ((TWO | {"c": (2, 0.1)}, [("a", "c")]), "through 'b'"),
        ((TWO, [], {"c": 1}), "a place for each value forward, got none for 'c'"),
        ((TWO, [], None, {"c": 1}), "a place for each slope backward, got none for 'c'"),
        ((TWO, [], {"a": [1, 2]}), r"value forward of a \(\), got \(2,\)"),
        ((TWO, [], {"a": None}), "an array of real numbers"),
    ],
)
def test_what_cannot_be_drawn_is_refused(call, given, words):
    with pytest.raises(ValueError, match=words) as caught:
        call(*given)
    assert str(caught.value).startswith(f"{call.__name__} expects")


def test_an_edge_beside_a_node_is_none_through_it():
    d.draw_graph(TWO | {"c": (2, 0.5)}, [("a", "c")])
    d.draw_graph(TWO | {"c": (-1, 0)}, [("a", "b"), ("c", "a")])  # on the line, not on the way


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([], "of 1 to 12 rows and columns"),
        (["·"], "of 1 to 12 rows and columns"),
        ([("W", np.zeros((13, 1)))], r"of 1 to 12 rows and columns, got \[\(13, 1\)\]"),
        ([("W", np.zeros((1, 13)))], "of 1 to 12 rows and columns"),
        ([("W", np.zeros((2, 0)))], "of 1 to 12 rows and columns"),
        ([("W", np.zeros(3))], re.escape("W (rows, columns), got (3,)")),
        ([("W", "text")], "an array of real numbers"),
    ],
)
def test_tables_that_cannot_be_read_are_refused(parts, words):
    with pytest.raises(ValueError, match=words) as caught:
        d.draw_arrays(parts)
    assert str(caught.value).startswith("draw_arrays expects")


def test_twelve_rows_and_columns_are_drawn():
    assert len(d.draw_arrays([("W", np.zeros((12, 12)))]).patches) == 144
