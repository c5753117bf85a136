"""The plots draw what they get, on the ax they get, and refuse what they cannot show."""

from itertools import pairwise

import matplotlib
import numpy as np
import pytest

matplotlib.use("agg")

from matplotlib import pyplot as plt  # noqa: E402

from nn_from_scratch import plots  # noqa: E402


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def bowl(X):
    return np.sum(X**2, axis=1)


# By hand ----------------------------------------------------------------------------------------


def test_a_grid_by_hand():
    "From left to right, row by row from below; what is said of points fits on x1 and x2."
    points, x1, x2 = plots.grid((0, 2, 10, 20), 3)
    first_rows = [[0, 10], [1, 10], [2, 10], [0, 15]]
    assert points.shape == (9, 2) and points[:4].tolist() == first_rows
    assert points[-1].tolist() == [2, 20]
    np.testing.assert_array_equal(points[:, 0].reshape(x1.shape), x1)
    np.testing.assert_array_equal(points[:, 1].reshape(x2.shape), x2)


def test_regions_by_hand():
    "Sureness goes from 1 / k, the least, to 1; one column is the probability of yes."
    classes, sure = plots.regions([[0.2, 0.3, 0.5], [1, 0, 0], [1 / 3, 1 / 3, 1 / 3]])
    assert classes.tolist() == [2, 0, 0]
    np.testing.assert_allclose(sure, [0.25, 1, 0], atol=1e-12)
    classes, sure = plots.regions([[0.5], [0.75], [0.0]])
    assert classes.tolist() == [0, 1, 0]
    np.testing.assert_allclose(sure, [0, 0.5, 1])
    classes, sure = plots.regions([7, 0])
    assert classes.tolist() == [7, 0] and sure.tolist() == [1, 1]


def test_tiles_by_hand():
    nan = np.nan
    pictures = np.arange(1, 13).reshape(3, 2, 2)
    expected = [
        [1, 2, nan, 5, 6, nan],
        [3, 4, nan, 7, 8, nan],
        [nan] * 6,
        [9, 10, nan, nan, nan, nan],
        [11, 12, nan, nan, nan, nan],
        [nan] * 6,
    ]
    np.testing.assert_array_equal(plots.tiled(pictures, 2), expected)
    assert plots.tiled(pictures, 3).shape == plots.tiled(pictures, 99).shape == (3, 9)
    assert plots.tiled(pictures[:, :1], 1).shape == (6, 3)


def test_the_given_ax_is_used_and_returned():
    X, y = np.zeros((3, 2)), [0, 1, 2]
    calls = [
        lambda ax: plots.plot_curves([1, 2], {"a": [1, 2], "b": [2, 1]}, ax=ax, log="xy"),
        lambda ax: plots.plot_bars(["a", "b"], {"s": [1, 2]}, ax=ax),
        lambda ax: plots.plot_points(X, y, ax=ax),
        lambda ax: plots.plot_surface(bowl, {"p": [[0, 0], [1, 1]]}, ax=ax),
        lambda ax: plots.plot_confusion([0, 1], [0, 0], 2, ax=ax),
    ]
    for call in calls:
        ax = plots.panels(1)[0]
        assert call(ax) is ax
        assert call(None) is not ax
    assert plots.plot_tilted_plane(lambda X: X[:, 0]).name == "3d"


def test_curves_differ_in_colour_and_dash():
    lines = plots.plot_curves([1, 2], {name: [1, 2] for name in "abcd"}).lines
    assert len({line.get_color() for line in lines}) == 4
    assert len({line.get_linestyle() for line in lines}) == 4


def test_a_curve_of_one_point_is_a_dot():
    (line,) = plots.plot_curves([1], {"loss": [2]}).lines
    assert line.get_marker() == "o"
    (line,) = plots.plot_curves([1, 2], {"loss": [2, 1]}).lines
    assert line.get_marker() == "None"


def test_bars_of_two_series_stand_side_by_side():
    ax = plots.plot_bars(["a", "b"], {"first": [1, 2], "second": [3, 4]})
    edges = sorted((bar.get_x(), bar.get_x() + bar.get_width()) for bar in ax.patches)
    assert all(right <= left + 1e-9 for (_, right), (left, _) in pairwise(edges))
    assert [bar.get_height() for bar in sorted(ax.patches, key=lambda b: b.get_x())] == [1, 3, 2, 4]


def test_each_class_is_drawn_with_its_own_points():
    X, y = np.arange(10.0).reshape(5, 2), np.array([0, 2, 0, 2, 2])
    for label, dots in zip([0, 2], plots.plot_points(X, y).collections, strict=True):
        np.testing.assert_array_equal(dots.get_offsets(), X[y == label])


def test_dots_beside_curves():
    ax = plots.plot_curves([0, 1], {"curve": [0, 1]}, dots={"seen": ([0, 1, 2], [1, 1, 1])})
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["curve", "seen"]
    assert ax.lines[1].get_linestyle() == "None" and len(ax.lines[1].get_xdata()) == 3


@pytest.mark.parametrize("n", [1, 2, 30])
def test_history(n):
    values = list(np.linspace(1, 0, n))
    figure = plots.plot_history({"loss": values, "validation_loss": values, "accuracy": values})
    loss, accuracy = figure.axes
    assert (len(loss.lines), len(accuracy.lines)) == (3, 2)
    assert loss.lines[2].get_xdata()[0] == accuracy.lines[1].get_xdata()[0] == n  # the lowest
    assert loss.lines[0].get_marker() == ("o" if n == 1 else "None")
    figure.canvas.draw()
    assert all(float(tick).is_integer() for tick in loss.get_xticks())
    for ax in figure.axes:  # the legend hides no curve: it stands above the axes, inside the paper
        names = ax.get_legend().get_window_extent()
        assert ax.bbox.y1 <= names.y0 and names.y1 <= figure.bbox.y1 and names.x0 >= 0


def test_the_best_epoch_is_that_of_the_lowest_validation_loss():
    history = {"loss": [3, 2, 1], "top_five": [0, 1, 1], "validation_loss": [3, 1, 2]}
    loss, metric = plots.plot_history(history).axes
    assert metric.get_ylabel() == "top_five"
    assert [ax.lines[-1].get_xdata()[0] for ax in (loss, metric)] == [2, 2]
    (alone,) = plots.plot_history({"loss": [3, 1, 2]}).axes
    assert len(alone.lines) == 1


def test_a_column_that_is_shorter_is_drawn_over_its_own_epochs():
    "A callback may add its number after the picture is drawn, or not in every epoch."
    history = {"loss": [3, 2, 1], "validation_loss": [3, 1], "norm": [5], "noise": [4, 6]}
    loss, norm, noise = plots.plot_history(history).axes
    for ax, curves in (
        (loss, {"training": [3, 2, 1], "validation": [3, 1]}),
        (norm, {"training": [5]}),
        (noise, {"training": [4, 6]}),
    ):
        for label, values in curves.items():
            (line,) = [line for line in ax.lines if line.get_label() == label]
            x, y = np.asarray(line.get_xdata()), np.asarray(line.get_ydata())
            assert x[~np.isnan(y)].tolist() == [*range(1, 1 + len(values))]
            assert y[~np.isnan(y)].tolist() == values
    assert norm.lines[0].get_marker() == "o"  # one epoch can be seen


@pytest.mark.parametrize("kind", ["rows", "column", "labels"])
def test_decision_boundary_asks_every_point_and_colours_it(kind):
    "Right of zero is class 1: its pixels have its colour, the surer the stronger."
    seen = []

    def predict(X):
        seen.append(X)
        yes = np.clip(0.5 + X[:, 0], 0, 1)  # sure from 0.5 on
        if kind == "labels":
            return (yes > 0.5).astype(int)
        return yes[:, None] if kind == "column" else np.column_stack([1 - yes, yes])

    X, y = np.array([[-1.0, -1.0], [1.0, 1.0]], np.float32), np.array([[0], [1]])
    ax = plots.plot_decision_boundary(predict, X, y, X + 0.1, y)
    points = np.concatenate(seen)
    assert points.dtype == np.float32
    assert points.min() < -1 and points.max() > 1 and len(np.unique(points[:, 0])) == 200
    picture = ax.images[0].get_array()  # (200, 200, 4), from below
    assert picture.shape == (200, 200, 4)
    colors = [tuple(np.round(matplotlib.colors.to_rgb(plots.COLORS[i]), 3)) for i in (0, 1)]
    for column, color in ((2, colors[0]), (-3, colors[1])):
        assert {tuple(pixel) for pixel in np.round(picture[:, column, :3], 3)} == {color}
    sure, unsure = picture[100, -3, 3], picture[100, 102, 3]
    assert sure == unsure if kind == "labels" else sure > 2 * unsure > 0
    left, right, low, high = ax.images[0].get_extent()
    assert (left, right, low, high) == (*ax.get_xlim(), *ax.get_ylim())
    hollow = [scatter for scatter in ax.collections if scatter.get_label().endswith("new")]
    assert len(hollow) == 2
    for scatter in hollow:
        np.testing.assert_array_equal(scatter.get_facecolor()[0, :3], 1)


def test_decision_boundary_between_three_classes_and_in_a_panel():
    X, y = np.array([[0.0, 0], [1, 0], [0, 1]]), np.arange(3)
    ax = plots.panels(1)[0]

    def nearest(points):
        return ((points[:, None] - X) ** 2).sum(axis=2).argmin(axis=1)

    assert plots.plot_decision_boundary(nearest, X, y, ax=ax) is ax
    assert not ax.get_legend().get_visible()
    assert plots.plot_decision_boundary(nearest, X, y).get_legend().get_visible()
    assert len({tuple(pixel) for pixel in ax.images[0].get_array().reshape(-1, 4)}) == 3


def test_a_function_is_drawn_at_its_places():
    "The surface and the contours have the values of the function where they are drawn."
    asked = []

    def slope(X):
        asked.append(X)
        return X[:, 0] + 10 * X[:, 1]

    ax = plots.plot_surface(slope, limits=(0, 4, -1, 1))
    assert ax.get_xlim() == (0, 4) and ax.get_ylim() == (-1, 1)
    (X,) = asked
    assert X.shape == (81 * 81, 2) and X.min(axis=0).tolist() == [0, -1]
    for level, path in zip(ax.collections[0].levels, ax.collections[0].get_paths(), strict=True):
        for x, y in path.vertices:
            assert x + 10 * y == pytest.approx(level, abs=1e-6)
    ax = plots.plot_tilted_plane(slope, limit=3)
    assert asked[1].shape == (121, 2) and asked[1].max(axis=0).tolist() == [3, 3]


def test_confusion_counts_labels_of_any_size_of_integer():
    "Also of those that cannot hold n_classes ** 2."
    labels = np.arange(200, dtype=np.uint8)
    ax = plots.plot_confusion(labels, labels, 200)
    assert all(text.get_position() == (i, i) for i, text in enumerate(ax.texts))
    assert [text.get_text() for text in ax.texts] == ["1"] * 200


def test_confusion_counts():
    ax = plots.plot_confusion([0, 0, 1, 1, 2], [0, 0, 1, 2, 2], 3)
    shown = {(t.get_position()[1], t.get_position()[0]): t.get_text() for t in ax.texts}
    assert shown == {(0, 0): "2", (1, 1): "1", (2, 1): "1", (2, 2): "1"}
    plots.plot_confusion([], [], 3)


def test_pictures_are_in_order():
    images = np.arange(12).reshape(3, 4) / 12
    figure = plots.plot_images(images, ["a", "b\nc", ""])
    shown = [ax.images[0].get_array() for ax in figure.axes if ax.images]
    np.testing.assert_allclose([np.ravel(picture) for picture in shown], images)
    weights = np.arange(8.0).reshape(4, 2)
    tiles = np.ma.filled(plots.plot_weights(weights).images[0].get_array(), -1)
    np.testing.assert_array_equal(tiles, [[0, 2, -1, 1, 3, -1], [4, 6, -1, 5, 7, -1], [-1] * 6])


# Extremes ---------------------------------------------------------------------------------------


def test_a_boundary_of_one_class_and_of_eight():
    X, y = np.random.default_rng(0).random((16, 2)), np.arange(16) % 8
    ax = plots.plot_decision_boundary(lambda points: np.zeros(len(points), int), X, y)
    assert len({tuple(pixel) for pixel in np.reshape(ax.images[0].get_array(), (-1, 4))}) == 1

    def eight(points):
        return np.eye(8)[(8 * points[:, 0]).astype(int).clip(0, 7)]

    ax = plots.plot_decision_boundary(eight, X, y)
    assert len({tuple(pixel) for pixel in np.reshape(ax.images[0].get_array(), (-1, 4))}) == 8


def test_weights_of_zero_and_of_one_neuron():
    ax = plots.plot_weights(np.zeros((4, 1)))
    assert ax.images[0].get_array().shape == (3, 3) and ax.images[0].get_clim() == (-1, 1)
    ax = plots.plot_weights(np.array([[1.0], [2.0], [-5.0], [0.0]]))
    assert ax.images[0].get_clim() == (-5, 5)  # the scale has white in its middle


# Float types ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, bool])
def test_a_boundary_is_asked_with_floats_even_for_points_of_integers(dtype):
    "With integers between the points `predict` would see whole numbers only."
    seen = []

    def predict(points):
        seen.append(points)
        return (points[:, 0] > 0.5).astype(int)

    plots.plot_decision_boundary(predict, np.array([[0, 0], [1, 1]], dtype), [0, 1])
    assert seen[0].dtype == (np.float32 if dtype == np.float32 else np.float64)
    assert len(np.unique(seen[0][:, 0])) == 200


def test_tiles_and_regions_are_floats():
    assert plots.tiled(np.ones((1, 2, 2), np.float32), 1).dtype == np.float32
    assert plots.tiled(np.ones((1, 2, 2), int), 1).dtype == np.float64
    assert plots.regions(np.eye(2, dtype=np.float32))[1].dtype == np.float32


# Errors -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [
        lambda: plots.plot_images(np.ones((2, 5))),
        lambda: plots.plot_images(np.ones((0, 4))),
        lambda: plots.plot_images(np.ones(4)),
        lambda: plots.plot_images(np.ones((2, 4)), ["only one"]),
        lambda: plots.plot_weights(np.ones((5, 2))),
        lambda: plots.plot_weights(np.full((4, 2), np.nan)),
        lambda: plots.plot_confusion([-1], [0], 3),
        lambda: plots.plot_confusion([1], [1, 0, 0], 2),
        lambda: plots.plot_confusion([0.5], [0], 2),
        lambda: plots.plot_points(np.ones((2, 3)), [0, 1]),
        lambda: plots.plot_points(np.ones((2, 2)), [0.0, 1.0]),
        lambda: plots.plot_bars(["a"], {"s": [1, 2]}),
        lambda: plots.plot_history({}),
        lambda: plots.plot_history({"loss": []}),
        lambda: plots.plot_decision_boundary(lambda X: 9 * X, np.ones((2, 2)), [0, 1]),
        lambda: plots.plot_decision_boundary(lambda X: X[:3], np.ones((2, 2)), [0, 1]),
        lambda: plots.plot_decision_boundary(lambda X: X[:, 0], np.ones((2, 2)), [0, 1]),
        lambda: plots.plot_decision_boundary(lambda X: X * np.nan, np.eye(2), [0, 1]),
        lambda: plots.plot_decision_boundary(lambda X: X, np.ones((2, 3)), [0, 1]),
        lambda: plots.plot_decision_boundary(lambda X: X[:, :1], np.eye(2), [0, 1], np.eye(2)),
        lambda: plots.plot_decision_boundary(lambda X: X[:3] > 9, np.ones((2, 2)), [0, 1]),
        lambda: plots.regions([[0.5, 0.5], [2.0, -1.0]]),
        lambda: plots.regions([[-0.1], [0.5]]),
        lambda: plots.regions([[np.nan, 0.5]]),
        lambda: plots.regions([0, 8]),
        lambda: plots.regions([0.5, 0.5]),
        lambda: plots.regions(np.ones((2, 2, 2))),
        lambda: plots.tiled(np.ones((4, 4)), 2),
    ],
)
def test_what_cannot_be_shown_is_refused(call):
    with pytest.raises(ValueError, match="expects"):
        call()


def test_logits_are_named_with_the_remedy():
    with pytest.raises(ValueError, match="got -1 to 2: put Softmax or Sigmoid behind it"):
        plots.plot_decision_boundary(
            lambda X: np.tile([2.0, -1.0], (len(X), 1)), np.ones((2, 2)), [0, 1]
        )
    with pytest.raises(ValueError, match=r"predict\(points\) \(40000,\), got \(3,\)"):
        plots.plot_decision_boundary(lambda X: np.zeros(3, int), np.ones((2, 2)), [0, 1])
