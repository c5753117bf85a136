"""Digits set upright, edges by direction, mild distortions: on pictures made by hand."""

import tracemalloc

import numpy as np
import pytest

from nn_from_scratch import data
from nn_from_scratch.data import deskew, distort, oriented_edges

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


# Upright -----------------------------------------------------------------------------------------


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


def test_deskew_is_proportional_to_the_ink():
    X = random_pictures(5)
    np.testing.assert_allclose(deskew(255 * X), 255 * deskew(X), rtol=1e-9, atol=1e-9)


# Edges -------------------------------------------------------------------------------------------

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


# Distortions -------------------------------------------------------------------------------------


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
    monkeypatch.setattr(data, "_bell", lambda: np.zeros((28, 28), np.float32))
    moved = distort(np.repeat(bar(0), 500, axis=0), rng=0)
    ink = moved.sum(axis=1) / bar(0).sum()
    assert 1.07**-2 - 0.01 < ink.min() < 0.92 and 1.08 < ink.max() < 0.93**-2 + 0.01
    leans = [moments(row)[2] / ((row.reshape(28, 28) * y**2).sum() / row.sum()) for row in moved]
    assert 0.1 < np.abs(leans).max() < np.tan(np.deg2rad(5)) + 0.08


def test_bends_are_smooth_and_of_one_deviation():
    K = data._bell()
    np.testing.assert_allclose(np.linalg.norm(K, axis=1), 1, rtol=1e-6)
    assert (K[5, :-1] * K[5, 1:]).all() and K[5].argmax() == 5


# All of them -------------------------------------------------------------------------------------


def call(name: str, X):
    return FUNCTIONS[name](X, **({"rng": 0} if name == "distort" else {}))


@every
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_float_type_shape_and_inputs_stay(name, dtype):
    X = random_pictures(3, dtype)
    X.flags.writeable = False
    before = X.copy()
    changed = call(name, X)
    assert changed.dtype == dtype and changed.shape == (3, 784) and changed.flags.writeable
    assert np.array_equal(X, before) and not np.shares_memory(X, changed)


@every
def test_empty_paper_and_no_pictures(name):
    assert np.array_equal(call(name, np.zeros((1, 784))), np.zeros((1, 784)))
    assert call(name, np.zeros((0, 784), np.float32)).shape == (0, 784)
    one = random_pictures(2)
    one[0] = 0
    assert not call(name, one)[0].any() and np.isfinite(call(name, one)).all()


@every
def test_other_inputs_are_understood(name):
    "Lists, integers, any memory order."
    X = (9 * random_pictures(3)).astype(np.uint8)
    expected = call(name, X.astype(np.float64))
    for same in (X, X.tolist(), np.asfortranarray(X), np.repeat(X, 2, axis=1)[:, ::2]):
        np.testing.assert_array_equal(call(name, same), expected)


@pytest.mark.parametrize("name", ["deskew", "oriented_edges"])
def test_pictures_do_not_meet(name, monkeypatch):
    "A picture alone gives what it gives among others, however many are done at a time."
    X = random_pictures(data._CHUNK + 3, np.float32)
    together = call(name, X)
    for i in (0, data._CHUNK - 1, data._CHUNK, len(X) - 1):
        np.testing.assert_array_equal(call(name, X[i : i + 1])[0], together[i])
    monkeypatch.setattr(data, "_CHUNK", 7)
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
