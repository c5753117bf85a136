"""The explorers without a browser: what they draw, what they say, and that their shells listen."""

import re

import numpy as np
import pytest

pytest.importorskip("ipywidgets")
pytest.importorskip("ipycanvas")

from matplotlib import pyplot as plt  # noqa: E402

from nn_from_scratch import widgets as w  # noqa: E402

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


@each
def test_drawing_leaves_nothing_behind(name):
    "The same picture and words again; pyplot knows of no figure; words for every picture."
    draw, _ = EXPLORERS[name]
    before = plt.get_fignums()
    first, second = draw(), draw()
    assert w._png(first) == w._png(second) and first.get_label() == second.get_label()
    assert len(first.get_label()) > 40 and plt.get_fignums() == before


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


def test_reset_draws_once():
    drawn = []

    def draw(a, b):
        drawn.append((a, b))
        return w.draw_losses()

    shell = w.explorer(draw, a=w.slider("a", 0, 9, 1, 1), b=w.slider("b", 0, 9, 2, 1))
    a, b, reset, *_ = shell.children
    a.value, b.value = 5, 6
    drawn.clear()
    reset.click()
    assert drawn == [(1, 2)]


def test_an_error_is_shown_and_the_widget_goes_on():
    def draw(a):
        if a == 2:
            raise ValueError("two <b>is</b> not drawn")
        return w.draw_losses(a / 10)

    a, _, picture, words = w.explorer(draw, a=w.slider("a", 1, 9, 1, 1)).children
    a.value = 2
    assert "ValueError: two &lt;b&gt;is" in words.value
    a.value = 3
    assert "0.30 for the right answer" in words.value


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
        optimizer = w.StochasticGradientDescent(rate, momentum)
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
