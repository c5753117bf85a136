"""The plots draw what they get, on the ax they get, and refuse what they cannot show."""

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


def test_the_best_epoch_is_that_of_the_lowest_validation_loss():
    history = {"loss": [3, 2, 1], "top_five": [0, 1, 1], "validation_loss": [3, 1, 2]}
    loss, metric = plots.plot_history(history).axes
    assert metric.get_ylabel() == "top_five"
    assert [ax.lines[-1].get_xdata()[0] for ax in (loss, metric)] == [2, 2]
    (alone,) = plots.plot_history({"loss": [3, 1, 2]}).axes
    assert len(alone.lines) == 1


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


def test_dots_beside_curves():
    ax = plots.plot_curves([0, 1], {"curve": [0, 1]}, dots={"seen": ([0, 1, 2], [1, 1, 1])})
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["curve", "seen"]
    assert ax.lines[1].get_linestyle() == "None" and len(ax.lines[1].get_xdata()) == 3


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
    ],
)
def test_what_cannot_be_shown_is_refused(call):
    with pytest.raises(ValueError, match="expects"):
        call()
