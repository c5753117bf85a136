"""Networks as pixels: places, ink, light, maps, and what is under the pointer."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("matplotlib")

from nn_from_scratch import portrait as w  # noqa: E402

COUNTS = [2, 16, 16, 3]
WHITE = [255, 255, 255]

# By hand ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "counts", [COUNTS, [1, 1], [7, 3], [7, 32, 32, 32, 3], [1, 32, 1], [2, 1, 1, 1, 1]]
)
def test_every_neuron_has_a_square_of_its_own(counts):
    "On the paper, under the names, in columns from left to right, the first one on top."
    squares = w.place_neurons(counts)
    assert [len(column) for column in squares] == counts
    rights = []
    for column in squares:
        left, top, side = column.T
        assert len(set(left)) == len(set(side)) == 1 and 9 <= side[0] <= 44
        assert top.min() >= w.TOP and (top + side).max() <= w.HEIGHT and left.min() >= 60
        assert np.all(np.diff(top) > side[0]) and (left + side).max() <= w.WIDTH
        middle = (top[0] + top[-1] + side[0]) / 2
        assert middle == pytest.approx((w.TOP + w.HEIGHT - 6) / 2, abs=1.5)
        assert not rights or left[0] > rights[-1] + 40  # room for strips
        rights.append(left[0] + side[0])


def test_a_level_strip_covers_its_rows():
    "From 1.75 to 3.25, whichever columns: a quarter, a whole, a quarter, times its ink."
    ink = w.lay_ink([2.5], [2.5], [1.5], [2.0], (6, 3))
    assert ink.shape == (2, 6, 3)
    np.testing.assert_allclose(ink[0], [[0] * 3, [0.5] * 3, [2] * 3, [0.5] * 3, [0] * 3, [0] * 3])
    np.testing.assert_array_equal(ink[1], 0)


def test_a_thin_strip_lies_in_one_row():
    np.testing.assert_allclose(
        w.lay_ink([2.5], [2.5], [0.5], [1], (5, 1))[0, :, 0], [0, 0, 0.5, 0, 0]
    )


def test_a_slanted_strip_by_hand():
    "Slope 1, one pixel thick: a vertical cut is √2 long, around rows 2.5 and 3.5."
    ink = w.lay_ink([2.0], [4.0], [1.0], [1.0], (6, 2))[0]
    rest = np.sqrt(2) / 2 - 0.5
    np.testing.assert_allclose(ink[:, 0], [0, rest, 1, rest, 0, 0], atol=1e-12)
    np.testing.assert_allclose(ink[:, 1], [0, 0, rest, 1, rest, 0], atol=1e-12)


def test_ink_below_zero_goes_on_the_second_sheet():
    both = w.lay_ink([1.5, 3.5], [1.5, 3.5], [1, 1], [0.5, -0.25], (5, 2))
    assert both[0].sum(axis=1).tolist() == [0, 1, 0, 0, 0]
    assert both[1].sum(axis=1).tolist() == [0, 0, 0, 0.5, 0]


strips = st.integers(1, 12).flatmap(
    lambda m: st.tuples(
        *[st.lists(st.floats(10, 50), min_size=m, max_size=m)] * 2,
        st.lists(st.floats(0.1, 5), min_size=m, max_size=m),
        st.lists(st.floats(-2, 2), min_size=m, max_size=m),
    )
)


@given(strips)
def test_no_ink_is_lost_and_order_does_not_matter(strips):
    "Every column has as much as width, slope and amount say; as naive code lays it, too."
    starts, ends, widths, amounts = (np.array(each) for each in strips)
    ink = w.lay_ink(starts, ends, widths, amounts, (60, 30))
    tall = widths * np.sqrt(1 + ((ends - starts) / 30) ** 2)
    for sheet, part in zip(ink, (np.maximum(amounts, 0), np.maximum(-amounts, 0)), strict=True):
        np.testing.assert_allclose(sheet.sum(axis=0), tall @ part, rtol=1e-9, atol=1e-9)
    turned = w.lay_ink(starts[::-1], ends[::-1], widths[::-1], amounts[::-1], (60, 30))
    np.testing.assert_allclose(turned, ink, atol=1e-9)
    naive, rows = np.zeros((60, 30)), np.arange(60)
    for start, end, high, amount in zip(starts, ends, tall, amounts, strict=True):
        for column in range(30):
            middle = start + (end - start) * (column + 0.5) / 30
            covered = np.minimum(rows + 1, middle + high / 2) - np.maximum(rows, middle - high / 2)
            naive[:, column] += amount * np.maximum(covered, 0)
    np.testing.assert_allclose(ink[0] - ink[1], naive, atol=1e-9)


def test_what_leaves_the_picture_is_cut_off():
    ink = w.lay_ink([0, 6], [0, 6], [2, 2], [1, -1], (6, 2))
    assert ink[0].sum(axis=1).tolist() == [2, 0, 0, 0, 0, 0]
    assert ink[1].sum(axis=1).tolist() == [0, 0, 0, 0, 0, 2]
    assert w.lay_ink([], [], [], [], (4, 3)).sum() == 0


def test_light_by_hand():
    "White paper, the inks themselves, twice the ink, and both: shares of light multiply."
    violet, orange = np.array([0.33, 0.15, 0.53]), np.array([0.80, 0.38, 0.03])
    pairs = [(0, 0), (1, 0), (0, 1), (2, 0), (0.5, 0.25), (1, 1)]
    light = w.tint(np.transpose(pairs))
    assert light.dtype == np.uint8 and light[0].tolist() == WHITE
    for (a, b), got in zip(pairs, light, strict=True):
        np.testing.assert_allclose(got, 255 * violet**a * orange**b, atol=0.51)
    assert w.tint([0.75 / 64, 0]).tolist() == w.tint([1 / 64, 0]).tolist() != WHITE  # rounded
    assert w.tint([-1e-16, 0]).tolist() == WHITE
    assert w.tint([100, 100]).max() <= 1  # dark, and no other colour
    assert w.tint(np.zeros((2, 3, 4))).shape == (3, 4, 3)


def test_maps_are_resized_by_nearness():
    np.testing.assert_allclose(w.resize([[[0, 1.0]]], 4)[0], [[0, 0.25, 0.75, 1]] * 4)
    np.testing.assert_allclose(w.resize([[[0], [1.0]]], 4)[0].T, [[0, 0.25, 0.75, 1]] * 4)
    maps = np.random.default_rng(0).random((3, 6, 6))
    np.testing.assert_allclose(w.resize(maps, 6), maps)
    slope = np.tile(np.linspace(-1, 1, 40), (1, 40, 1))
    np.testing.assert_allclose(
        w.resize(slope, 20)[0, 0], np.linspace(-1, 1, 40).reshape(20, 2).mean(1)
    )
    assert w.resize(maps.astype(np.float32), 9).dtype == np.float32


def test_maps_are_drawn_from_below_each_on_its_own_scale():
    maps = [[[0.0, 0.0], [4.0, 2.0]], [[-0.5, 0.0], [0.25, 0.0]], [[0.0, 0.0], [0.0, 0.0]]]
    first, second, silent = w.draw_maps(maps, 2)
    assert first.tolist() == [[w.tint([1, 0]).tolist(), w.tint([0.5, 0]).tolist()], [WHITE, WHITE]]
    assert second[1, 0].tolist() == w.tint([0, 1]).tolist()
    assert second[0, 0].tolist() == w.tint([0.5, 0]).tolist()
    assert silent.min() == 255


def test_letters_are_written_where_they_belong():
    paper = w.write([(30, 10, "x"), (80, 30, "y")], 40, 100)
    assert paper.shape == (40, 100, 3) and paper.dtype == np.uint8
    dark = paper.min(axis=2) < 128
    rows, columns = np.nonzero(dark[:20])
    assert abs(columns.mean() - 30) < 2 and abs(rows.mean() - 10) < 3
    rows, columns = np.nonzero(dark[20:])
    assert abs(columns.mean() - 80) < 2 and abs(rows.mean() - 10) < 4


def test_columns_and_inputs_have_their_names():
    "Left of its input each, and above the columns; nowhere else."
    squares = w.place_neurons([2, 4, 1])
    paper = w.name_columns(["x₁", "sin πx₂"], squares)
    dark = paper.min(axis=2) < 128
    for left, top, side in squares[0]:
        assert dark[top : top + side, 5 : left - 4].any()
    assert not dark[w.TOP :, squares[0][0, 0] :].any()
    for column in squares:
        left, side = column[0, 0], column[0, 2]
        assert dark[: w.TOP, left : left + side].any()


# The whole portrait -----------------------------------------------------------------------------


def portrait(weights, look=None):
    "Two inputs, three neurons, one output, on white paper; the maps are grey."
    squares = w.place_neurons([2, 3, 1])
    paper = np.full((w.HEIGHT, w.WIDTH, 3), 255, np.uint8)
    maps = [
        np.full((len(c), c[0, 2], c[0, 2], 3), 100 + i, np.uint8) for i, c in enumerate(squares)
    ]
    return squares, w.draw_portrait(paper, squares, maps, weights, look), paper


def pixel_of(squares, column, neuron, before):
    "The pixel a quarter of the way along the strip of a weight, before it crosses others."
    start, end = squares[column - 1][before], squares[column][neuron]
    x0, x1 = start[0] + start[2], end[0]
    y0, y1 = start[1] + start[2] / 2, end[1] + end[2] / 2
    return int(y0 + (y1 - y0) / 4), int(x0 + (x1 - x0) / 4)


def test_weights_are_strips_and_maps_are_in_their_places():
    W = [np.array([[3.0, 0, 0], [0, 0, -3.0]]), np.array([[0.0], [0], [0.5]])]
    squares, picture, paper = portrait(W)
    assert paper.min() == 255  # is as it was
    for i, column in enumerate(squares):
        for left, top, side in column:
            assert np.all(picture[top : top + side, left : left + side] == 100 + i)
            assert picture[top - 1, left].tolist() == [140] * 3
    plus, minus = picture[pixel_of(squares, 1, 0, 0)], picture[pixel_of(squares, 1, 2, 1)]
    np.testing.assert_allclose(plus, w.tint([0.67, 0]), atol=3)
    np.testing.assert_allclose(minus, w.tint([0, 0.67]), atol=3)
    weak = picture[pixel_of(squares, 2, 0, 2)]
    assert weak.min() > 120 and weak[2] > weak[1]  # pale violet


def test_a_larger_weight_has_a_wider_strip():
    dark = []
    for weight in (0.0, 0.3, 1.0, 3.0, 1e9):
        squares, picture, _ = portrait([np.array([[weight, 0, 0], [0, 0, 0]]), np.zeros((3, 1))])
        row, x = pixel_of(squares, 1, 0, 0)
        dark.append(np.sum(255 - picture[row - 12 : row + 12, x].astype(float)))
    assert np.all(np.diff(dark) > 0) and dark[4] < 1.3 * dark[3]


@pytest.mark.parametrize(
    "look, seen",
    [
        (None, {(1, 0, 0), (1, 2, 0), (1, 1, 1), (2, 0, 0), (2, 0, 2)}),
        ((1, 0), {(1, 0, 0), (2, 0, 0)}),
        ((0, 0), {(1, 0, 0), (1, 2, 0)}),
        ((2, 0), {(2, 0, 0), (2, 0, 2)}),
        ((1, 2, 0), {(1, 2, 0)}),
        ((2, 0, 2), {(2, 0, 2)}),
    ],
)
def test_who_looks_at_one_sees_its_weights(look, seen):
    "The others have a tenth of the ink; the neuron has a thick black edge."
    W = [np.array([[3.0, 0, 3.0], [0, 3.0, 0]]), np.array([[3.0], [0], [3.0]])]
    squares, picture, _ = portrait(W, look)
    for place in [(1, 0, 0), (1, 2, 0), (1, 1, 1), (2, 0, 0), (2, 0, 2)]:
        shade = picture[pixel_of(squares, *place)].min()
        assert shade < 80 if place in seen else 150 < shade < 255, place
    for i, column in enumerate(squares):
        for j, (left, top, _) in enumerate(column):
            chosen = look is not None and look[:2] == (i, j)
            assert (
                picture[top - 3, left].max() == 0 if chosen else picture[top - 3, left].max() > 80
            )


def test_weights_that_are_no_numbers_can_be_drawn():
    W = [np.array([[np.inf, -np.inf, np.nan], [1e300, 0, 0]]), np.zeros((3, 1))]
    with np.errstate(all="raise"):
        _, picture, _ = portrait(W)
    assert picture.min() < 100


def test_weights_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=re.escape("weights (2, 3) before column 1, got (3, 2)")):
        portrait([np.zeros((3, 2)), np.zeros((3, 1))])


# Under the pointer ------------------------------------------------------------------------------


@pytest.mark.parametrize("counts", [COUNTS, [7, 32, 32, 32, 3], [1, 1]])
def test_every_neuron_is_found_where_it_is(counts):
    squares = w.place_neurons(counts)
    for i, column in enumerate(squares):
        for j, (left, top, side) in enumerate(column):
            for x, y in ((left, top), (left + side - 1, top + side - 1)):
                assert w.find(squares, x, y) == (i, j)
            assert w.find(squares, left, top - 1) != (i, j) != w.find(squares, left + side, top)
    assert w.find(squares, 3, 3) is None


def test_a_weight_is_found_along_its_strip():
    squares = w.place_neurons([2, 3, 1])
    for column, neuron, before in [(1, 0, 0), (1, 2, 1), (1, 1, 0), (2, 0, 0), (2, 0, 2)]:
        start, end = squares[column - 1][before], squares[column][neuron]
        x0, x1 = start[0] + start[2], end[0]
        y0, y1 = start[1] + start[2] / 2, end[1] + end[2] / 2
        for share in (0.3, 0.6):
            x, y = x0 + share * (x1 - x0), y0 + share * (y1 - y0)
            steep = np.hypot(1, (y1 - y0) / (x1 - x0))
            assert w.find(squares, x, y + 3 * steep) == (column, neuron, before)
    squares = w.place_neurons([1, 16, 1, 1])  # steep ones: apart is meant across the strip
    start, end = squares[0][0], squares[1][0]
    x0, x1 = start[0] + start[2], end[0]
    y0, y1 = start[1] + start[2] / 2, end[1] + end[2] / 2
    steep = np.hypot(1, (y1 - y0) / (x1 - x0))
    assert steep > 1.5
    x, y = x0 + 0.9 * (x1 - x0), y0 + 0.9 * (y1 - y0)
    assert w.find(squares, x, y - 3 * steep) == (1, 0, 0)
    assert w.find(squares, x, y - 5 * steep) is None
    squares = w.place_neurons([1, 1])
    left, top, side = squares[0][0]
    assert w.find(squares, left + side + 50, top + side / 2 + 3.5) == (1, 0, 0)
    assert w.find(squares, left + side + 50, top + side / 2 + 4.5) is None


@pytest.mark.parametrize(
    "look, key, there",
    [
        (None, "ArrowDown", (0, 0)),
        ((1, 3), "ArrowDown", (1, 4)),
        ((1, 3), "ArrowUp", (1, 2)),
        ((1, 0), "ArrowUp", (1, 0)),
        ((1, 15), "ArrowDown", (1, 15)),
        ((1, 3, 0), "ArrowDown", (1, 4)),
        ((1, 3), "ArrowRight", (2, 3)),
        ((1, 3), "ArrowLeft", (0, 0)),
        ((1, 15), "ArrowLeft", (0, 1)),
        ((0, 1), "ArrowRight", (1, 12)),
        ((0, 1), "ArrowLeft", (0, 1)),
        ((3, 2), "ArrowRight", (3, 2)),
    ],
)
def test_arrows_lead_from_neuron_to_neuron(look, key, there):
    assert w.step(look, key, COUNTS) == there


@pytest.mark.parametrize(
    "look, kept",
    [(None, None), ((0, 1), (0, 1)), ((1, 15), (1, 15)), ((1, 16), None), ((4, 0), None),
     ((2, 0, 15), (2, 0, 15)), ((2, 0, 16), None), ((1, 0, 2), None)],
)  # fmt: skip
def test_what_is_not_there_is_not_looked_at(look, kept):
    assert w.keep(look, COUNTS) == kept


# In words ---------------------------------------------------------------------------------------


def test_numbers_in_words():
    names = w.name_neurons(["x₁", "sin πx₂"], [2, 2, 1])
    assert names == [["x₁", "sin πx₂"], ["hidden 1, neuron 1", "hidden 1, neuron 2"],
                     ["output, neuron 1"]]  # fmt: skip
    W = [np.array([[0.5, -1.25], [2.0, 1e-5]]), np.array([[1.0], [-3.0]])]
    b = [np.array([[0.0, 0.125]]), np.array([[7.0]])]
    said = {
        None: "",
        (0, 1): "sin πx₂: weights 2 to 1, 1e-05 to 2.",
        (1, 1): "hidden 1, neuron 2: bias 0.125; weights -1.25 from x₁, 1e-05 from sin πx₂.",
        (2, 0): "output, neuron 1: bias 7; weights 1 from 1, -3 from 2.",
        (1, 1, 0): "From x₁ to hidden 1, neuron 2: weight -1.25.",
        (2, 0, 1): "From hidden 1, neuron 2 to output, neuron 1: weight -3.",
    }
    assert {look: w.tell(look, names, W, b) for look in said} == said
