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
    assert loss.lines[0].get_marker() == ("o" if n == 1 else "")
    figure.canvas.draw()
    assert all(float(tick).is_integer() for tick in loss.get_xticks())


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
    ],
)
def test_what_cannot_be_shown_is_refused(call):
    with pytest.raises(ValueError, match="expects"):
        call()
