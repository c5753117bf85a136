"""The digit pad and the mistakes, without a browser."""

import copy
import subprocess
import sys

import matplotlib
import numpy as np
import pytest

pytest.importorskip("ipycanvas")
matplotlib.use("agg")

import ipywidgets  # noqa: E402
from matplotlib import pyplot as plt  # noqa: E402

from nn_from_scratch import digit_pad  # noqa: E402
from nn_from_scratch.activations import ReLU, Sigmoid, Softmax  # noqa: E402
from nn_from_scratch.data import load_mnist  # noqa: E402
from nn_from_scratch.layers import DenseLayer  # noqa: E402
from nn_from_scratch.losses import SoftmaxCategoricalCrossEntropy  # noqa: E402
from nn_from_scratch.network import Sequential  # noqa: E402
from nn_from_scratch.optimizers import StochasticGradientDescent  # noqa: E402
from nn_from_scratch.training import fit  # noqa: E402

pytestmark = pytest.mark.heavy  # drawing takes its time


@pytest.fixture(scope="module")
def digits():
    return load_mnist("sample")


@pytest.fixture(scope="module")
def network(digits):
    X, y = digits[0]
    rng = np.random.default_rng(0)
    made = Sequential(DenseLayer(784, 64, rng=rng), ReLU(), DenseLayer(64, 10, rng=rng))
    loss, optimizer = SoftmaxCategoricalCrossEntropy(), StochasticGradientDescent(0.1, 0.9)
    fit(made, loss, optimizer, X, y, epochs=5, batch_size=64, rng=rng, progress=False)
    return made


def heights(ax):
    return [bar.get_height() for bar in ax.patches]


class Hand:
    "A pad, and what a browser would send to it."

    def __init__(self, network, images=None):
        self.shell = digit_pad.draw_digit(network, images)
        self.above, _, self.canvas, self.pen, self.picture, self.words = self.shell.children
        self.clear, *self.examples = self.above.children

    def mouse(self, event, x=0, y=0):
        self.canvas._handle_custom_msg({"event": f"mouse_{event}", "x": x, "y": y}, [])

    def touch(self, event, *places):
        touches = [{"x": x, "y": y} for x, y in places]
        self.canvas._handle_custom_msg({"event": f"touch_{event}", "touches": touches}, [])

    def key(self, key, shift=False):
        message = {"event": "key_down", "key": key, "shift_key": shift}
        self.canvas._handle_custom_msg(message | {"ctrl_key": False, "meta_key": False}, [])

    def button(self, name):
        next(b for b in self.pen.children if b.description == name).click()


@pytest.fixture
def hand(network, digits):
    return Hand(network, digits[1][0][:10])


# By hand ----------------------------------------------------------------------------------------


def test_a_stroke_is_as_far_from_its_line_as_the_brush_reaches(rng):
    for _ in range(20):
        start, end, (x, y) = rng.uniform(0, 60, 2), rng.uniform(0, 60, 2), rng.integers(0, 60, 2)
        ink = digit_pad._stroke(np.zeros((60, 60)), start, end, radius=6)
        steps = start + np.linspace(0, 1, 2001)[:, None] * (end - start)
        distance = np.hypot(*(steps - (x, y)).T).min()
        assert ink[y, x] == pytest.approx(np.clip((6 - distance) / 3 + 0.5, 0, 1), abs=0.01)
    bar = digit_pad._stroke(np.zeros((60, 60)), (20, 30), (40, 30), radius=6)
    assert bar.sum() == pytest.approx(20 * 12 + np.pi * 36, rel=0.03)
    dot = digit_pad._stroke(np.zeros((60, 60)), (30, 30), (30, 30), radius=6)
    assert dot.sum() == pytest.approx(np.pi * 36, rel=0.03)
    assert (digit_pad._stroke(np.ones((60, 60)), (0, 0), (9, 9)) == 1).all()


def test_scores_become_probabilities_and_probabilities_stay(network, digits):
    x = digits[1][0][0]
    with_softmax = Sequential(*network.layers, Softmax())
    shown = [heights(digit_pad.draw_answer(made, x).axes[1]) for made in (network, with_softmax)]
    np.testing.assert_allclose(shown[0], shown[1], rtol=1e-6)
    np.testing.assert_allclose(shown[1], with_softmax.predict(x[None])[0], rtol=1e-6)
    assert sum(shown[0]) == pytest.approx(1)


def test_the_answer_is_drawn_and_said_and_leaves_no_trace(network, digits):
    plt.close("all")
    x, before = digits[1][0][3], copy.deepcopy([vars(layer) for layer in network.layers])
    figure = digit_pad.draw_answer(network, x)
    picture, bars, hidden = figure.axes
    np.testing.assert_array_equal(picture.images[0].get_array(), x.reshape(28, 28))
    first = Sequential(*network.layers[:2]).predict(x[None])[0]
    np.testing.assert_array_equal(np.ravel(hidden.images[0].get_array()), first)
    p = np.array(heights(bars))
    best, second = p.argsort()[::-1][:2]
    said = f"Most likely {best} ({p[best]:.2f}), then {second} ({p[second]:.2f})."
    assert figure.get_label() == f"{said} Of 64 hidden neurons {(first > 0).sum()} are above 0."
    assert plt.get_fignums() == []
    after = [vars(layer) for layer in network.layers]
    for old, new in zip(before, after, strict=True):
        assert old.keys() == new.keys()
        assert all(np.array_equal(old[name], new[name]) for name in old)


def test_the_pad_starts_empty_and_has_its_names(hand):
    assert "Even for empty paper" in hand.words.value and 'role="status"' in hand.words.value
    named = {"pad": hand.shell, "canvas": hand.canvas, "clear": hand.clear}
    for name, part in (named | {"picture": hand.picture, "words": hand.words}).items():
        assert f"nnfs-{name}" in part._dom_classes
    assert bytes(hand.picture.value).startswith(b"\x89PNG")
    assert hand.canvas.tooltip is None  # with one, ipycanvas 0.14 cannot make its view


def test_a_stroke_of_the_mouse_is_classified_and_clear_empties(hand):
    empty = hand.picture.value, hand.words.value
    hand.mouse("move", 50, 50)
    assert (hand.picture.value, hand.words.value) == empty  # no button is down
    hand.mouse("down", 112, 30)
    hand.mouse("move", 112, 110)
    hand.mouse("move", 112, 190)
    hand.mouse("up", 112, 190)
    assert "Most likely 1 " in hand.words.value
    drawn = hand.picture.value
    hand.mouse("move", 20, 20)
    assert hand.picture.value == drawn != empty[0]
    hand.clear.click()
    assert (hand.picture.value, hand.words.value) == empty


@pytest.mark.parametrize("end", ["end", "cancel"])
def test_fingers_draw_as_the_mouse_does(network, hand, end):
    other = Hand(network)
    hand.mouse("down", 60, 40)
    hand.mouse("move", 160, 40)
    hand.mouse("move", 100, 190)
    hand.mouse("out", 100, 230)
    other.touch("start", (60, 40))
    other.touch("move", (160, 40), (5, 5))  # a second finger is not heard
    other.touch("move", (100, 190))
    other.touch(end)
    assert hand.words.value == other.words.value and hand.picture.value == other.picture.value
    assert "Most likely" in hand.words.value
    other.touch("move", (10, 10))
    hand.mouse("move", 10, 10)  # back again with the button down: lifted
    assert hand.picture.value == other.picture.value


def test_while_drawing_the_answer_follows_now_and_then(hand, monkeypatch):
    answers, now = [], [1e9]
    draw = digit_pad.draw_answer
    monkeypatch.setattr(digit_pad, "draw_answer", lambda *a: answers.append(now[0]) or draw(*a))
    monkeypatch.setattr(digit_pad.time, "monotonic", lambda: now[0])
    hand.mouse("down", 20, 100)
    for x in range(20, 120):
        now[0] += 0.02
        hand.mouse("move", x, 100)
    assert 3 <= len(answers) <= 5  # in two seconds
    hand.mouse("up")
    assert answers[-1] == now[0]


def test_buttons_and_keys_draw_the_same(network, hand):
    other = Hand(network)
    hand.button("Up")
    hand.pen.children[0].value = True
    for name in ("Down", "Down", "Down", "Right"):
        hand.button(name)
    for key in ("ArrowUp", " ", "ArrowDown", "ArrowDown", "ArrowDown", "x", "Shift", "ArrowRight"):
        other.key(key)
    assert hand.words.value == other.words.value and hand.picture.value == other.picture.value
    assert "Most likely" in hand.words.value
    for _ in range(9):
        hand.button("Left")  # to the edge and no further
    assert "Error" not in hand.words.value


def test_the_buttons_lead_the_pen_where_they_say():
    pad = digit_pad.Pad(changed=print, guard=lambda action: action)
    toggle, *arrows = digit_pad._pen_buttons(pad, lambda action: action, before=None).children
    places = []
    for arrow in arrows:
        x, y = pad.pen
        arrow.click()
        places.append((arrow.description, int(pad.pen[0] - x), int(pad.pen[1] - y)))
    assert places == [("Left", -16, 0), ("Right", 16, 0), ("Up", 0, -16), ("Down", 0, 16)]
    assert not pad.ink.any() and toggle.value is False


def test_tab_leaves_the_canvas(hand, monkeypatch):
    focused = []
    monkeypatch.setattr(ipywidgets.DOMWidget, "focus", lambda widget: focused.append(widget))
    hand.key("Tab")
    hand.key("Tab", shift=True)
    assert focused == [hand.pen.children[0], hand.examples[0]]


def test_examples_are_put_on_the_pad(network, digits, hand):
    X = digits[1][0]
    (example,) = hand.examples
    assert example.options == ("none", *map(str, range(1, 11)))
    for i in (0, 9):
        example.value = str(i + 1)
        said = digit_pad.draw_answer(network, X[i]).get_label()
        assert said in hand.words.value.replace("&gt;", ">")
    example.value = "none"
    assert "Even for empty paper" in hand.words.value
    example.value = "3"
    hand.clear.click()
    assert example.value == "none" and "Even for empty paper" in hand.words.value
    assert Hand(network).examples == []
    with pytest.raises(ValueError, match=r"draw_digit expects images \(m, 784\), got \(28, 28\)"):
        digit_pad.draw_digit(network, np.zeros((28, 28)))


def test_a_new_browser_gets_the_drawing(hand, monkeypatch):
    sent = []
    monkeypatch.setattr(type(hand.canvas), "put_image_data", lambda _, a: sent.append(a))
    hand.mouse("down", 50, 60)
    hand.canvas._handle_custom_msg({"event": "client_ready"}, [])
    assert hand.canvas._canvas_manager._current_canvas is None  # put_image_data is a stand-in
    assert np.array_equal(sent[-1], sent[-2])
    assert sent[-1].shape == (224, 224, 4) and sent[-1].dtype == np.uint8
    assert (sent[-1][66, 50, :3] == 0).all() and (sent[-1][150, 50] == 255).all()
    assert tuple(sent[-1][60, 50]) == (213, 94, 0, 255)  # the pen


def test_mistakes_come_surest_first(network, digits):
    X, y = digits[1]
    P = Softmax().forward(network.predict(X))
    wrong = np.flatnonzero(P.argmax(axis=1) != y)
    sure, n = [], len(wrong)
    for i in range(n):
        figure = digit_pad.draw_mistake(network, X, y, i) if i < 8 else None
        if figure is None:
            break
        p = np.array(heights(figure.axes[1]))
        row = wrong[(np.abs(P[wrong] - p).max(axis=1) < 1e-6).argmax()]
        np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), X[row].reshape(28, 28))
        best = p.argmax()
        label = figure.get_label()
        assert label.startswith(f"Mistake {i + 1} of {n}: most likely {best} ({p[best]:.2f})")
        assert label.endswith(f"The label is {y[row]} ({p[y[row]]:.2f}).") and best != y[row]
        sure.append(p.max())
    assert sure == sorted(sure, reverse=True) and sure[0] == pytest.approx(P[wrong].max())
    assert plt.get_fignums() == []
    as_lists = digit_pad.draw_mistake(network, X[:200].tolist(), y[:200].tolist(), 0).get_label()
    assert as_lists == digit_pad.draw_mistake(network, X[:200], y[:200], 0).get_label()


def test_browse_by_buttons_and_slider(network, digits):
    X, y = digits[1]
    shell = digit_pad.browse_mistakes(network, X, y)
    place, buttons, _, picture, words = shell.children
    previous, following = buttons.children
    for i in (2, 3):
        following.click()
        said = digit_pad.draw_mistake(network, X, y, i - 1).get_label()
        assert place.value == i and said in words.value
    place.value = place.max
    at_end = picture.value
    following.click()
    assert picture.value == at_end and f"Mistake {place.max} of {place.max}:" in words.value
    previous.click()
    assert place.value == place.max - 1 and picture.value != at_end


def test_the_import_draws_nothing():
    code = "from nn_from_scratch import digit_pad; from matplotlib import pyplot as plt\n"
    code += "assert not plt.get_fignums() and not plt.rcParams['interactive']"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


# Extremes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("hidden", [1, 10, 100])
def test_any_number_of_hidden_neurons(hidden, rng):
    layers = DenseLayer(784, hidden, rng=rng), Sigmoid(), DenseLayer(hidden, 10, rng=rng), Softmax()
    figure = digit_pad.draw_answer(Sequential(*layers), rng.random(784))
    shown = figure.axes[2].images[0].get_array()
    assert np.isfinite(np.ma.filled(shown, np.nan)).sum() == hidden
    assert f"Of {hidden} hidden" in figure.get_label()


def test_without_hidden_layer_there_are_two_panels():
    figure = digit_pad.draw_answer(Sequential(DenseLayer(784, 10), Softmax()), np.zeros(784))
    assert len(figure.axes) == 2 and "hidden" not in figure.get_label()
    assert figure.get_label().startswith("Even for empty paper")
    with pytest.raises(ValueError, match=r"draw_answer expects row \(784,\), got \(28, 28\)"):
        digit_pad.draw_answer(Sequential(DenseLayer(784, 10)), np.zeros((28, 28)))


def test_one_mistake_or_none(network, digits):
    X, y = digits[1]
    right = network.predict(X).argmax(axis=1) == y
    (words,) = digit_pad.browse_mistakes(network, X[right], y[right]).children
    assert f"Not one mistake on these {right.sum():,} images." in words.value
    rows = np.append(np.flatnonzero(right)[:5], np.flatnonzero(~right)[0])
    shell = digit_pad.browse_mistakes(network, X[rows], y[rows])
    shell.children[1].children[1].click()
    assert "Mistake 1 of 1:" in shell.children[-1].value
    with pytest.raises(ValueError, match="i below 0"):
        digit_pad.draw_mistake(network, X[right], y[right], 0)


# Errors -----------------------------------------------------------------------------------------


def broken():
    made = Sequential(DenseLayer(784, 10))
    made.parameters[0][:] = np.nan
    return made


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Sequential(DenseLayer(2, 10)), r"784 inputs and 10 outputs, got Sequential"),
        (lambda: Sequential(DenseLayer(784, 3)), r"784 inputs and 10 outputs, got Sequential"),
        (lambda: Sequential(ReLU()), "784 inputs and 10 outputs"),
        (lambda: "network", "784 inputs and 10 outputs, got 'network'"),
        (broken, "finite outputs, got nan to nan"),
    ],
)
def test_a_network_that_cannot_read_digits_is_refused(make, text):
    X, y = np.zeros((2, 784)), [0, 1]
    calls = {
        "draw_answer": lambda: digit_pad.draw_answer(make(), X[0]),
        "draw_digit": lambda: digit_pad.draw_digit(make()),
        "draw_mistake": lambda: digit_pad.draw_mistake(make(), X, y, 0),
        "browse_mistakes": lambda: digit_pad.browse_mistakes(make(), X, y),
    }
    for name, call in calls.items():
        with pytest.raises(ValueError, match=f"{name} expects .*{text}"):
            call()


def test_mistakes_refuse_what_does_not_fit(network, digits):
    X, y = digits[1]
    n = len(np.flatnonzero(network.predict(X).argmax(axis=1) != y))
    for i in (n, -1, 0.5, "1"):
        with pytest.raises(
            ValueError, match=f"draw_mistake expects i below {n}, the mistakes, got"
        ):
            digit_pad.draw_mistake(network, X, y, i)
    for bad_X, bad_y in ((X, y[:-1]), (X, y / 2), (X, y + 5), (X[:, :700], y), (X[:0], y[:0])):
        with pytest.raises(ValueError):
            digit_pad.browse_mistakes(network, bad_X, bad_y)


def test_errors_are_shown_in_the_words(network, hand):
    failing = Hand(Sequential(DenseLayer(784, 10)), np.full((1, 784), 255.0))
    failing.examples[0].value = "1"
    assert "ValueError: centre_digit expects ink in [0, 1]" in failing.words.value
    for act in (lambda: hand.mouse("down", "left", 3), lambda: hand.key("ArrowSlit")):
        hand.words.value = ""
        act()
        assert "Error: " in hand.words.value and 'role="status"' in hand.words.value


def test_a_network_that_breaks_while_one_draws_is_said():
    network = Sequential(DenseLayer(784, 10))
    hand = Hand(network)
    network.parameters[0][:] = np.nan
    hand.mouse("down", 50, 50)
    hand.mouse("up", 50, 50)
    assert "ValueError: draw_answer expects finite outputs" in hand.words.value
