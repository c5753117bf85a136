"""The data sets that are made on the spot: by their formulas, their noise, and what they refuse."""

import math

import numpy as np
import pytest
from helpers import frozen

from nn_from_scratch.points import circles_data, moons_data, sine_data, spiral_data, xor_data

MAKERS = (spiral_data, moons_data, sine_data, circles_data, xor_data)
every = pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)


# By hand -----------------------------------------------------------------------------------------


def test_spirals_by_the_formula():
    "Without noise the points are known; with it the angle has the deviation 2.5 * 0.2."
    X, y = spiral_data(50, 4, noise=0)
    assert X.dtype == np.float32 and y.dtype == np.int64
    assert y.tolist() == [0] * 50 + [1] * 50 + [2] * 50 + [3] * 50
    radius = np.tile(np.linspace(0, 1, 50), 4)
    angle = 2.5 * 4 * (y + radius)
    np.testing.assert_allclose(X, (radius * [np.sin(angle), np.cos(angle)]).T, atol=1e-6)
    X, y = spiral_data(2000, 2, noise=0.2, rng=np.random.default_rng(0))
    radius = np.tile(np.linspace(0, 1, 2000), 2)[y.size // 4 :]
    turn = np.exp(-10j * (y[y.size // 4 :] + radius)) * (X[:, 1] + 1j * X[:, 0])[y.size // 4 :]
    wobble = np.angle(turn[radius > 0.1])
    np.testing.assert_allclose([wobble.mean(), wobble.std()], [0, 0.5], atol=0.03)


def test_moons_by_the_formula():
    X, y = moons_data(40, noise=0)
    assert X.shape == (80, 2) and X.dtype == np.float32
    assert y.shape == (80, 1) and y.dtype == np.int64 and y[:, 0].tolist() == [0] * 40 + [1] * 40
    centres = np.array([[-0.5, -0.25], [0.5, 0.25]])[y[:, 0]]
    np.testing.assert_allclose(np.linalg.norm(X - centres, axis=1), 1, rtol=1e-6)
    heights = (X - centres)[:, 1]
    assert (heights[:40] >= -1e-6).all() and (heights[40:] <= 1e-6).all()
    steps = np.linalg.norm(np.diff(X[:40], axis=0), axis=1)
    np.testing.assert_allclose(steps, 2 * np.sin(np.pi / 39 / 2), rtol=1e-5)
    np.testing.assert_allclose(X[[0, 39, 40, 79]].sum(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(abs(X[0, 0] - X[39, 0]), 2, rtol=1e-6)


@pytest.mark.parametrize("noise", [0.05, 0.15, 0.6])
def test_the_noise_of_the_moons(noise):
    clean, _ = moons_data(4000, noise=0)
    X, _ = moons_data(4000, noise=noise, rng=np.random.default_rng(2))
    rest = (X - clean) / noise
    np.testing.assert_allclose(rest.mean(axis=0), 0, atol=0.05)
    np.testing.assert_allclose(np.cov(rest.T), np.eye(2), atol=0.05)


@pytest.mark.parametrize("noise", [0.0, 0.1, 0.5])
def test_sines(noise):
    X, y = sine_data(5000, noise=noise, rng=np.random.default_rng(2))
    assert X.shape == y.shape == (5000, 1) and X.dtype == y.dtype == np.float32
    assert X.min() >= -1 and X.max() <= 1
    shares = np.histogram(X, bins=10, range=(-1, 1))[0] / 5000
    np.testing.assert_allclose(shares, 0.1, atol=0.02)
    rest = y.astype(float) - np.sin(np.pi * X.astype(float))
    np.testing.assert_allclose([rest.mean(), rest.std()], [0, noise], atol=0.05 * noise + 1e-6)
    assert abs(np.corrcoef(rest[:, 0], X[:, 0])[0, 1]) < 0.05 or not noise


def test_circles_by_the_formula():
    "Without noise: evenly spread, the first at the angle 0, and no point twice."
    X, y = circles_data(8, noise=0)
    assert X.dtype == np.float32 and y.tolist() == [[0]] * 8 + [[1]] * 8
    angle = np.tile(np.arange(8), 2) * 2 * np.pi / 8
    radius = np.repeat([1, 0.4], 8)
    np.testing.assert_allclose(X, (radius * [np.cos(angle), np.sin(angle)]).T, atol=1e-6)
    assert len(np.unique(X.round(4), axis=0)) == 16


def test_exclusive_or_by_the_signs():
    X, y = xor_data(500, noise=0, rng=0)
    assert X.dtype == np.float32 and np.bincount(y[:, 0]).tolist() == [500, 500]
    np.testing.assert_array_equal((X > 0).sum(axis=1) == 1, y[:, 0] == 1)
    assert X.min() < -0.98 and X.max() > 0.98 and np.abs(X).max() <= 1
    quarters = np.unique(np.sign(X), axis=0, return_counts=True)[1]
    assert len(quarters) == 4 and quarters.min() > 200


@every
def test_the_generator_decides(make):
    "The same seed, the same points; the next call draws others, and the global state is not used."
    first, second = (make(50, rng=np.random.default_rng(4)) for _ in range(2))
    assert frozen(first) == frozen(second)
    rng = np.random.default_rng(4)
    assert frozen(make(50, rng=rng)) == frozen(first) != frozen(make(50, rng=rng))
    assert frozen(make(50, rng=4)) == frozen(first)
    state = np.random.get_state()[1].copy()
    make(50)
    assert np.array_equal(np.random.get_state()[1], state)


def test_a_second_draw_has_the_same_arms():
    first, second = (spiral_data(rng=np.random.default_rng(4)) for _ in range(2))
    assert np.array_equal(first[0], second[0])
    rng = np.random.default_rng(4)
    train, test = spiral_data(rng=rng), spiral_data(rng=rng)
    assert np.array_equal(train[0], first[0]) and not np.array_equal(train[0], test[0])
    radius = np.linalg.norm(train[0], axis=1)
    np.testing.assert_allclose(radius, np.tile(np.linspace(0, 1, 100), 3), atol=1e-6)


# Extremes ----------------------------------------------------------------------------------------


@every
def test_one_point_and_much_noise(make):
    X, y = make(1, noise=1e6, rng=0)
    assert len(X) == len(y) >= 1 and np.isfinite(X).all() and np.isfinite(y).all()


# Float types -------------------------------------------------------------------------------------


@every
def test_types_and_shapes(make):
    "X float32; integer labels, as a column where there are two answers; a sine's targets float32."
    X, y = make(7, rng=0)
    expected = {
        spiral_data: ((21, 2), (21,), np.int64),
        moons_data: ((14, 2), (14, 1), np.int64),
        sine_data: ((7, 1), (7, 1), np.float32),
        circles_data: ((14, 2), (14, 1), np.int64),
        xor_data: ((14, 2), (14, 1), np.int64),
    }
    assert X.dtype == np.float32 and (X.shape, y.shape, y.dtype) == expected[make]


# Errors ------------------------------------------------------------------------------------------


@every
@pytest.mark.parametrize("size", [0, -1, 1.5, True, "3"])
def test_a_size_that_cannot_be_is_named(make, size):
    with pytest.raises(ValueError, match=f"{make.__name__} expects n.* a whole number >= 1, got"):
        make(size)


def test_arms_that_cannot_be_are_named():
    with pytest.raises(ValueError, match="spiral_data expects n_classes to be a whole number >= 1"):
        spiral_data(10, 0)


@every
@pytest.mark.parametrize("noise", [-0.1, math.nan, math.inf, "1", None])
def test_noise_that_cannot_be_is_named(make, noise):
    with pytest.raises(ValueError, match=f"{make.__name__} expects noise >= 0, got"):
        make(10, noise=noise)
