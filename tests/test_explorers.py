"""The explorers without a browser: what they draw, what they say, and that their shells listen."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("ipywidgets")

from matplotlib import pyplot as plt  # noqa: E402

from nn_from_scratch import explorers as w  # noqa: E402
from nn_from_scratch.optimizers import StochasticGradientDescent  # noqa: E402
from nn_from_scratch.widgets import png  # noqa: E402

pytestmark = pytest.mark.heavy  # drawing takes its time

EXPLORERS = {
    "derivative": (w.draw_derivative, w.explore_derivative),
    "neuron": (w.draw_neuron, w.explore_neuron),
    "shapes": (w.draw_shapes, w.explore_shapes),
    "activations": (w.draw_activations, w.explore_activations),
    "losses": (w.draw_losses, w.explore_losses),
    "optimizer": (w.draw_optimizer, w.explore_optimizer),
    "accuracy": (w.draw_threshold, w.explore_accuracy),
}
each = pytest.mark.parametrize("name", EXPLORERS)


def numbers(figure) -> list[float]:
    "All numbers that the words of a figure say."
    return [float(text) for text in re.findall(r"-?\d+\.?\d*(?:e[-+]\d+)?", figure.get_label())]


# By hand ----------------------------------------------------------------------------------------


def test_what_the_words_say_is_right():
    "Against formulas written here once more."
    said = numbers(w.draw_derivative(1.5, -2))
    forward, central = 3 * 1.5 * 0.01 + 1e-4, 1e-4  # errors of the slopes of x ** 3
    np.testing.assert_allclose(said, [0.01, 1.5, forward, central, 6.75], rtol=0.05)
    z, weights = 0.7, (1.3, -0.4, 0.2)
    assert f"{sum(weights):.1f}" in w.draw_neuron(*weights).get_label().split("(1, 1) it is ")[1]
    sigmoid = 1 / (1 + np.exp(-z))
    label = w.draw_activations(z, -1, 0.5, 2, 0.7).get_label()
    assert f"Sigmoid {sigmoid:.3f} with slope {sigmoid * (1 - sigmoid):.3f}" in label
    powers = np.exp(np.array([-1, 0.5, 2]) / 0.7)
    assert ", ".join(f"{share:.3f}" for share in powers / powers.sum()) in label
    label = w.draw_losses(0.2).get_label()
    assert f"cross-entropy {-np.log(0.2):.3f} with slope {-1 / 0.2:.2f}" in label
    assert f"squared error {0.8**2:.3f} with slope {-2 * 0.8:.2f}" in label


@pytest.mark.parametrize("condition, momentum", [(10.0, 0.0), (40.0, 0.5), (100.0, 0.9)])
def test_the_largest_stable_rate_is_where_the_path_turns(condition, momentum):
    "Just below it the loss falls in the long run, just above it grows."
    limit = 2 * (1 + momentum) / condition
    ends = []
    for rate in (0.98 * limit, 1.02 * limit):
        optimizer = StochasticGradientDescent(rate, momentum)
        path = w._roll(condition, optimizer, (0.0, 1.0), 2000)
        ends.append(abs(path[-1, 1]))
    assert ends[0] < 1e-3 and ends[1] > 1e3
    text = w.draw_optimizer(condition, 0.98 * limit, momentum).get_label()
    assert f"largest stable rate is {limit:.3f}" in text and "comes to rest" in text
    assert "leaves" in w.draw_optimizer(condition, 1.02 * limit, momentum).get_label()


def test_the_table_of_a_threshold():
    figure = w.draw_threshold(0.5, 1.0, 0.2)
    rng = np.random.default_rng(0)
    yes = np.arange(1000) >= 800
    scores = rng.standard_normal(1000) + np.where(yes, 0.5, -0.5)
    alarms, missed = np.sum((scores > 0.5) & ~yes), np.sum((scores <= 0.5) & yes)
    text = figure.get_label()
    assert f"accuracy {1 - (alarms + missed) / 1000:.1%}, baseline 80.0%" in text
    assert f"{alarms} false alarms, {missed} missed" in text


def test_the_shapes_are_those_of_a_layer():
    "Forward and backward of a dense layer with these sizes, against what is written."
    from nn_from_scratch.layers import DenseLayer

    layer, n, d, k = DenseLayer(7, 5), 3, 7, 5
    layer.backward(np.ones(layer.forward(np.ones((n, d))).shape))
    above, below = (
        [text.get_text().split("\n")[0] for text in ax.texts if "(" in text.get_text()]
        for ax in w.draw_shapes(n, d, k).axes
    )
    arrays = [layer.inputs, layer.weights, layer.biases, layer.output]
    assert above == [str(array.shape) for array in arrays]
    arrays = [layer.derivative_inputs, layer.derivative_weights, layer.derivative_biases]
    assert below == [str(array.shape) for array in (*arrays, layer.output)]


def test_a_gradient_has_the_colour_and_place_of_what_it_belongs_to():
    above, below = (
        [
            (patch.get_facecolor(), patch.get_x(), patch.get_bbox().size.tolist())
            for patch in ax.patches
        ]
        for ax in w.draw_shapes(3, 7, 5).axes
    )
    assert above == below and len({color for color, *_ in above}) == 4


@each
def test_every_control_changes_picture_and_words_and_reset_sets_back(name):
    _, explore = EXPLORERS[name]
    shell = explore()
    *controls, reset, picture, words = shell.children
    start = [control.value for control in controls], picture.value, words.value
    assert 'role="status"' in words.value
    for control in controls:
        assert control.description
        before = picture.value, words.value
        up = control.value + 5 * control.step
        control.value = up if up <= control.max else control.value - 5 * control.step
        assert picture.value != before[0] and words.value != before[1], control.description
    reset.click()
    assert ([control.value for control in controls], picture.value, words.value) == start


def test_what_is_drawn_is_what_is_said():
    "The curves in the figures against formulas."
    x, h = 1.5, 0.1
    left, right = w.draw_derivative(x, -1).axes
    t, secant = left.lines[1].get_data()
    np.testing.assert_allclose(secant, x**3 + ((x + h) ** 3 - x**3) / h * (t - x))
    steps, errors = right.lines[0].get_data()
    np.testing.assert_allclose(errors[-10:], 3 * x * steps[-10:] + steps[-10:] ** 2, rtol=1e-4)
    np.testing.assert_allclose(right.lines[1].get_ydata()[-10:], steps[-10:] ** 2, rtol=1e-4)
    values, slopes, _ = w.draw_activations(2.0).axes
    t, sigmoid = values.lines[1].get_data()
    np.testing.assert_allclose(sigmoid, 1 / (1 + np.exp(-t)))
    np.testing.assert_allclose(slopes.lines[1].get_ydata(), sigmoid * (1 - sigmoid), atol=1e-12)
    costs, pulls = w.draw_losses(0.5).axes
    p, cost = costs.lines[0].get_data()
    np.testing.assert_allclose(cost, -np.log(p), rtol=1e-6)
    np.testing.assert_allclose(pulls.lines[0].get_ydata(), -1 / p, rtol=1e-6)
    np.testing.assert_allclose(pulls.lines[1].get_ydata(), -2 * (1 - p), atol=1e-9)


def test_where_a_neuron_is_positive():
    text = w.draw_neuron(1.0, 0.0, 0.0).get_label()
    share = float(text.split("positive on ")[1].split("%")[0])
    assert share == pytest.approx(100 * 40 / 81, abs=0.6)  # columns right of zero
    (contour,) = [
        c for c in w.draw_neuron(1.0, 0.0, -1.0).axes[0].collections if len(c.levels) == 1
    ]
    np.testing.assert_allclose(contour.get_paths()[0].vertices[:, 0], 1.0)


@each
def test_drawing_leaves_nothing_behind(name):
    "The same picture and words again; pyplot knows of no figure; words for every picture."
    draw, _ = EXPLORERS[name]
    before = plt.get_fignums()
    first, second = draw(), draw()
    assert png(first) == png(second) and first.get_label() == second.get_label()
    assert len(first.get_label()) > 40 and plt.get_fignums() == before


def test_the_room_stands_on_the_lower_lessons_alone():
    "Neither the training loop nor what only the pad needs, directly or through others."
    seen, waiting = set(), ["explorers"]
    while waiting:
        name = waiting.pop()
        seen.add(name)
        tree = ast.parse(Path(w.__file__).with_name(f"{name}.py").read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and node.level:
                assert node.module, f"{name} imports from the whole package"
                waiting += [node.module] if node.module not in seen else []
            elif isinstance(node, ast.Import):
                assert not {"PIL", "ipycanvas", "nn_from_scratch"} & {a.name for a in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.module.split(".")[0] not in ("PIL", "ipycanvas")
    assert {"layers", "plots", "widgets"} <= seen
    assert not {"network", "training", "features", "digit_pad", "playground"} & seen


# Extremes ---------------------------------------------------------------------------------------


@each
def test_the_ends_of_every_slider_can_be_drawn(name):
    _, explore = EXPLORERS[name]
    shell = explore()
    *controls, reset, picture, words = shell.children
    for control in controls:
        for end in (control.min, control.max):
            control.value = end
            assert "Error" not in words.value and "nan" not in words.value, words.value
        reset.click()
