"""What is to be seen of an experiment: plane, losses, the network, and the words."""

from io import BytesIO

import numpy as np
import pytest

pytest.importorskip("ipywidgets")
from PIL import Image  # noqa: E402

from nn_from_scratch import board as w  # noqa: E402
from nn_from_scratch import portrait  # noqa: E402
from nn_from_scratch.experiment import _TASKS  # noqa: E402
from nn_from_scratch.widgets import png  # noqa: E402

pytestmark = pytest.mark.heavy  # drawing takes its time

TASKS = list(_TASKS)


def network_of(board, column, neuron):
    "The map of a neuron as it is drawn in the portrait."
    left, top, side = board.squares[column][neuron]
    return board.portrait[top : top + side, left : left + side].astype(float)


def up_and_down() -> w.Experiment:
    "Spirals, and a network that says the first class above and the second below."
    e = w.Experiment()
    e.network.layers[0].weights[:] = 0
    e.network.layers[0].weights[1, :2] = [1, -1]
    for layer in e.network.layers[::2]:
        layer.biases[:] = 0
    for layer in e.network.layers[2::2]:
        layer.weights[:] = 0
        layer.weights[0, 0] = layer.weights[1, 1] = 9
    return e


def test_the_words_say_how_far_it_is():
    e = w.Experiment("moons", hidden=(4,), test_share=0.25)
    text = w.draw_experiment(e).get_label()
    assert text.startswith("Epoch 0: not trained yet. Data: moons, 300 points to train and 100 to")
    e.advance(2)
    text = w.draw_experiment(e).get_label()
    for name, said in {
        "loss": "training loss {:.3g}",
        "accuracy": "training accuracy {:.1%}",
        "validation_loss": "test loss {:.3g}",
        "validation_accuracy": "test accuracy {:.1%}",
    }.items():
        assert said.format(e.history[name][-1]) in text
    e.network.layers[0].weights[:, 1:] = 0
    e.network.layers[0].biases[:] = [[1, 1, -1, -1]]
    text = w.draw_experiment(e).get_label()
    assert "Inputs: x₁, x₂. Hidden layers: 4 neurons with ReLU; 2 of 4 neurons are silent" in text
    e.change(hidden=(8, 2), inputs=("x1x2", "sinx1"))
    text = w.draw_experiment(e).get_label()
    assert "Inputs: x₁x₂, sin πx₁. Hidden layers: 8 and 2 neurons with ReLU; " in text
    e.change(hidden=())
    assert w.draw_experiment(e).get_label().endswith("No hidden layer.")


def test_the_words_end_with_the_numbers_that_are_looked_at():
    e, board = w.Experiment("moons", hidden=(4,)), w.Board()
    bias = e.network.layers[0].biases
    bias[0, 2] = 0.125
    weight = e.network.layers[0].weights[1, 2]
    assert f"hidden 1, neuron 3: bias 0.125; weights {e.network.layers[0].weights[0, 2]:.3g}" in (
        board.draw(e, (1, 2))
    )
    text = board.draw(e, (1, 2, 1))
    assert text.endswith(f"From x₂ to hidden 1, neuron 3: weight {weight:.3g}.")
    e.change(hidden=(2,))
    assert "neuron 3" not in board.draw(e, (1, 2)) and board.look is None


def test_one_question_gives_maps_and_scores():
    "Each hidden layer after its activation, and the scores without one."
    e = w.Experiment("spirals", inputs=("x1", "x2", "x1x2"), hidden=(4, 3))
    said = w._ask(e, e.test[0])
    assert [A.shape[1] for A in said] == [3, 4, 3, 3]
    A = e.network.layers[1].forward(e.network.layers[0].forward(said[0]))
    np.testing.assert_allclose(said[1], A, rtol=1e-6)
    np.testing.assert_allclose(said[-1], e.network.predict(said[0]), rtol=1e-5)
    none = w.Experiment("circles", hidden=())
    assert [A.shape[1] for A in w._ask(none, none.test[0])] == [2, 1]


def test_what_is_drawn_is_what_the_network_says():
    "The shade of a place is that of its class, from below to above; the curve is the output."
    board = w.Board()
    board.draw(up_and_down())
    shades = np.asarray(board.plane.shades.get_array())
    assert board.plane.shades.origin == "lower" and shades.shape == (120, 120, 3)
    up, down = shades[-1, 30].astype(float), shades[0, 30].astype(float)
    blue, orange = (255 * np.array(w.to_rgb(color)) for color in w.COLORS[:2])
    np.testing.assert_allclose(up, (255 + blue) / 2, atol=2)  # half as strong as it could be
    np.testing.assert_allclose(down, (255 + orange) / 2, atol=2)
    first = network_of(board, 1, 0)
    assert first[0].mean() < first[-1].mean()  # the first neuron says most above: dark
    e = w.Experiment("regression")
    board.draw(e)
    x, curve = board.plane.line.get_data()
    assert board.plane.line.get_visible() and not board.plane.shades.get_visible()
    said = e.network.predict(x[:, None].astype(np.float32))
    np.testing.assert_allclose(np.ravel(curve), np.ravel(said), rtol=1e-5)


def test_an_output_has_the_colour_of_its_class():
    "Where it is sure; white where it is another's. One output for two classes is the plane."
    board = w.Board()
    board.draw(up_and_down())
    for neuron, row in ((0, 2), (1, -3)):  # the first above, the second below
        color = 255 * (1 - 0.8 * (1 - np.array(w.to_rgb(w.COLORS[neuron]))))
        np.testing.assert_allclose(network_of(board, 3, neuron)[row, 20], color, atol=3)
        assert network_of(board, 3, neuron)[-row, 20].min() > 250
    e = w.Experiment("moons", hidden=())
    e.network.layers[0].weights[:], e.network.layers[0].biases[:] = [[0], [9]], 0
    board.draw(e)
    plane = np.asarray(board.plane.shades.get_array())
    np.testing.assert_array_equal(network_of(board, 1, 0)[0, 0], plane[-1, 0])
    np.testing.assert_array_equal(network_of(board, 1, 0)[-1, 0], plane[0, 0])


def test_the_portrait_is_that_of_the_network():
    "Weights between the columns, with an eye on one; names anew when the shape is another."
    e, board = w.Experiment("moons", hidden=(3,), inputs=("x1", "x1x2")), w.Board()
    e.network.parameters[0][:] = 3
    board.draw(e)
    paper = board.paper
    assert [len(column) for column in board.squares] == [2, 3, 1]
    assert board.names[0] == ["x₁", "x₁x₂"] and board.look is None
    plain = board.portrait
    board.draw(e, (1, 1))
    assert board.paper is paper and board.look == (1, 1)
    assert not np.array_equal(plain, board.portrait)
    before = board.portrait
    for array in e.network.parameters:
        array[:] = 0
    board.draw(e, (1, 1))
    gap = slice(board.squares[0][0, 0] + 60, board.squares[1][0, 0] - 4)
    assert np.abs(255 - board.portrait[:, gap].astype(int))[portrait.TOP :].max() < 40
    assert before[portrait.TOP :, gap].min() < 100
    e.change(inputs=("x2", "x1x2"))
    board.draw(e)
    assert board.paper is not paper and board.names[0] == ["x₂", "x₁x₂"]


def test_points_to_train_are_filled_and_those_to_test_hollow():
    e, board = w.Experiment("circles"), w.Board()
    board.draw(e)
    for i, dots in enumerate(board.plane.dots):
        X, y = (e.train, e.test)[i % 2]
        expected = X[y.ravel() == i // 2]
        np.testing.assert_array_equal(np.transpose(dots.get_data()), expected.reshape(-1, 2))
        assert (dots.get_markerfacecolor() == "white") == (i % 2 == 1)


@pytest.mark.parametrize("n", [1, 20, 21, 299, 301, 5000])
def test_losses_are_thinned_and_fit_on_their_axes(n):
    falling = np.geomspace(3, 0.02, n)
    history = w.nn.History({"loss": falling, "validation_loss": falling * 2})
    epochs, both, limits = w._losses(history)
    assert (
        len(epochs) <= 300 and epochs[0] == 1 and epochs[-1] == n and both.shape == (2, len(epochs))
    )
    np.testing.assert_array_equal(both[0], falling[epochs - 1])
    (left, right), (low, high) = limits["xlim"], limits["ylim"]
    assert left == 0 and n <= right <= max(20, 1.5 * n) and low <= both.min() <= both.max() <= high
    for limit in (low, high):
        assert 2 * np.log10(limit) == pytest.approx(round(2 * np.log10(limit)))


def test_a_lesson_stores_what_the_screen_shows():
    "Pixel by pixel: the network on the left, plane and losses on the right."
    e, board = w.Experiment(), w.Board()
    e.advance(30)
    figure = w.draw_experiment(e, board, look=(1, 3))
    both = [board.portrait, np.asarray(Image.open(BytesIO(board.png())))[..., :3]]
    stored = np.asarray(Image.open(BytesIO(png(figure))))[..., :3]
    np.testing.assert_array_equal(stored, np.hstack(both))


# Extremes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", TASKS)
@pytest.mark.parametrize("hidden", [(), (1,), (7, 2), (32, 32, 32)])
def test_every_experiment_can_be_drawn_on_the_same_board(data, hidden, board=w.Board()):  # noqa: B008
    e = w.Experiment(data, hidden=hidden, inputs=tuple(w.INPUTS) if hidden == (7, 2) else ("x1",))
    for _ in range(2):
        figure = w.draw_experiment(e, board)
        assert board.png().startswith(b"\x89PNG")
        e.advance()
    assert data in figure.get_label() and " and ".join(map(str, hidden)) in figure.get_label()


@pytest.mark.parametrize("weight", [np.inf, -np.inf, np.nan, 1e30])
def test_infinite_weights_can_still_be_drawn(weight):
    e = w.Experiment()
    e.network.parameters[0][:] = weight
    with np.errstate(all="raise"):
        w.draw_experiment(e, look=(1, 0))
