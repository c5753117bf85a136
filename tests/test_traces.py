"""Traces: the shapes of a step are those that were there, and nothing was touched on the way."""

import io
import pickle
from itertools import combinations

import numpy as np
import pytest
from helpers import Residual, frozen

pytest.importorskip("matplotlib").use("agg")

from matplotlib import pyplot as plt  # noqa: E402

import nn_from_scratch as nn  # noqa: E402
from nn_from_scratch import plots  # noqa: E402
from nn_from_scratch.traces import shapes_text, trace_shapes  # noqa: E402

BLUE, ORANGE = (plt.matplotlib.colors.to_rgba(color) for color in plots.COLORS[:2])
X, Y = np.random.default_rng(0).random((5, 7)), np.array([0, 1, 2, 1, 0])


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def network():
    return nn.Sequential(nn.DenseLayer(7, 4, rng=0), nn.ReLU(), nn.DenseLayer(4, 3, rng=1))


class Scale:
    "A layer of one's own, with no more than it must have."

    parameter_names = ("gamma",)

    def __init__(self, d):
        self.gamma = np.ones((1, d))

    def forward(self, inputs):
        self.inputs = inputs
        return inputs * self.gamma

    def backward(self, derivative_outputs):
        self.derivative_gamma = (derivative_outputs * self.inputs).sum(axis=0, keepdims=True)
        return derivative_outputs * self.gamma


class Flat:
    "From pictures to rows."

    def forward(self, inputs):
        self.shape = inputs.shape
        return inputs.reshape(len(inputs), -1)

    def backward(self, derivative_outputs):
        return derivative_outputs.reshape(self.shape)


def boxes(ax):
    "The rectangles: colour, middle, width and height, learned or not."
    found = []
    for patch in ax.patches:
        x, width, height = patch.get_x(), patch.get_width(), patch.get_height()
        middle = x + width / 2, patch.get_y() + height / 2
        found.append((patch.get_edgecolor(), middle, (width, height), bool(patch.get_hatch())))
    return found


def written(ax):
    return [text.get_text() for text in ax.texts if text.get_text()]


def png(ax):
    data = io.BytesIO()
    ax.figure.savefig(data, format="png")
    return data.getvalue()


# By hand ----------------------------------------------------------------------------------------


def test_a_step_in_words():
    said = shapes_text(network(), X, Y, nn.SoftmaxCategoricalCrossEntropy())
    assert said.splitlines() == [
        "forward",
        "  X (5, 7)",
        "  DenseLayer: weights (7, 4), biases (1, 4) -> A_1 (5, 4)",
        "  ReLU -> A_2 (5, 4)",
        "  DenseLayer: weights (4, 3), biases (1, 3) -> A_3 (5, 3)",
        "  SoftmaxCategoricalCrossEntropy: targets (5,), output (5, 3) -> L, one number",
        "backward",
        "  SoftmaxCategoricalCrossEntropy -> slope of A_3 (5, 3)",
        "  DenseLayer: slope of weights (4, 3), biases (1, 3) -> slope of A_2 (5, 4)",
        "  ReLU -> slope of A_1 (5, 4)",
        "  DenseLayer: slope of weights (7, 4), biases (1, 4) -> slope of X (5, 7)",
    ]


def test_without_a_loss_the_way_back_begins_at_the_output():
    lines = shapes_text([nn.ReLU()], X, names=["$x$", "$a$"]).splitlines()
    assert lines == [
        "forward", "  x (5, 7)", "  ReLU -> a (5, 7)",
        "backward", "  slope of a (5, 7)", "  ReLU -> slope of x (5, 7)",
    ]  # fmt: skip


def test_a_loss_that_keeps_no_output():
    said = shapes_text([nn.Softmax()], X, np.zeros(5, int), nn.CategoricalCrossEntropy())
    assert "  CategoricalCrossEntropy: targets (5,) -> L, one number" in said.splitlines()


def test_a_layer_of_ones_own_and_what_it_learns():
    said = shapes_text(nn.Sequential(Scale(7), Scale(7)), X)
    assert said.count("  Scale: gamma (1, 7) -> A_") == 2
    assert said.count("  Scale: slope of gamma (1, 7) -> slope of") == 2


def test_what_is_no_row_is_one_part():
    "Its inner layers are named by their paths, and no array is shown that it does not hand on."
    block = Residual(nn.DenseLayer(7, 4, rng=0), nn.DenseLayer(4, 7, rng=0))
    for network, before in (
        (block, ""),
        (nn.Sequential(nn.ReLU(), block), "  ReLU -> A_1 (5, 7)\n"),
    ):
        said = shapes_text(network, X)
        held = "layers[0].weights (7, 4), layers[0].biases (1, 4), "
        held += "layers[1].weights (4, 7), layers[1].biases (1, 7)"
        output = "A_2" if before else "A_1"
        assert f"  X (5, 7)\n{before}  Residual: {held} -> {output} (5, 7)\nbackward" in said


def test_a_row_of_another_kind_is_a_row():
    "By what it does, and not by its name."

    class Row(Residual):
        def forward(self, inputs):
            return self.layers[1].forward(self.layers[0].forward(inputs))

        def backward(self, derivative_outputs):
            return self.layers[0].backward(self.layers[1].backward(derivative_outputs))

    said = shapes_text(Row(nn.DenseLayer(7, 4, rng=0), nn.ReLU()), X)
    assert said == shapes_text([nn.DenseLayer(7, 4, rng=0), nn.ReLU()], X)
    assert "  ReLU -> A_2 (5, 4)" in said


def test_the_order_of_the_calls_counts():
    "Layers that are there but run in another order are no row as they stand."

    class Backwards(Residual):
        def forward(self, inputs):
            return self.layers[0].forward(self.layers[1].forward(inputs))

    said = shapes_text(Backwards(nn.ReLU(), Scale(7)), X)
    assert "Scale: gamma (1, 7) -> A_1 (5, 7)\n  ReLU -> A_2 (5, 7)" in said


def test_one_layer_twice():
    layer = nn.DenseLayer(7, 7, rng=0)
    said = shapes_text([layer, layer], X)
    assert said.count("DenseLayer: weights (7, 7)") == 2 and "A_2 (5, 7)\nbackward" in said


def test_arrays_of_more_axes():
    pictures = np.ones((2, 3, 4))
    assert "X (2, 3, 4)\n  Flat -> A_1 (2, 12)" in shapes_text([Flat()], pictures)
    (_, _, first, _), (_, _, second, _) = boxes(trace_shapes([Flat()], pictures))[::2]
    np.testing.assert_allclose(first, second)  # 2 rows of 3 * 4, and 2 rows of 12


# The picture ------------------------------------------------------------------------------------


def test_sides_grow_with_the_logarithm_and_the_first_axis_is_the_height():
    forward = [
        box for box in boxes(trace_shapes([nn.DenseLayer(7, 3, rng=0)], X)) if box[0] == BLUE
    ]
    sizes = [(7, 5), (3, 7), (3, 1), (3, 5)]  # X, weights, biases, output: columns, rows
    for (_, _, sides, _), size in zip(forward, sizes, strict=True):
        np.testing.assert_allclose(sides, 42 * np.log2(1 + np.array(size)) / 3)


def test_a_slope_is_below_what_it_belongs_to_and_as_large():
    found = boxes(trace_shapes(network(), X, Y, nn.SoftmaxCategoricalCrossEntropy()))
    ahead = [box for box in found if box[0] == BLUE]
    back = [box for box in found if box[0] == ORANGE]
    assert len(ahead) == 8 + 3 and len(back) == 8 and len(found) == 19
    for _, (x, y), sides, learned in back:
        (above,) = [
            box for box in ahead if box[1][0] == pytest.approx(x) and box[2:] == (sides, learned)
        ]
        assert above[1][1] > y
    assert sum(learned for *_, learned in ahead) == sum(learned for *_, learned in back) == 4


def test_every_array_is_named_and_has_its_shape():
    ax = trace_shapes(network(), X, Y, nn.SoftmaxCategoricalCrossEntropy())
    texts = written(ax)
    for name in ("$X$", "$A_1$", "$A_2$", "$A_3$", "weights", "biases"):
        count = 2 if name in ("weights", "biases") else 1
        assert texts.count(name) == texts.count(f"∂L/∂{name}") == count
    assert texts.count("targets") == texts.count("output") == texts.count("$L$") == 1
    assert texts.count("(5, 7)") == 2 and texts.count("(7, 4)") == 2 and texts.count("(5,)") == 1
    assert texts.count("Softmax\nCategorical\nCross\nEntropy") == 1
    assert texts.count("Dense\nLayer") == 2 and texts.count("ReLU") == 1
    assert [texts.count(word) for word in ("forward", "backward", "hatched: learned")] == [1, 1, 1]


def test_arrows_lead_right_above_and_left_below():
    ax = trace_shapes(network(), X)
    arrows = [text for text in ax.texts if getattr(text, "arrow_patch", None)]
    (ahead, back) = ((text.xyann, text.xy) for text in arrows)
    assert ahead[0][0] == back[1][0] == 0 and ahead[1][0] == back[0][0] > 100
    assert ahead[0][1] > max(y for _, (_, y), _, _ in boxes(ax)) > back[0][1]


NETWORKS = {
    "small": lambda: (network(), X, Y, nn.SoftmaxCategoricalCrossEntropy()),
    "digits": lambda: (
        [nn.DenseLayer(784, 64, rng=0), nn.ReLU(), nn.DenseLayer(64, 10, rng=0)],
        np.ones((128, 784)), np.arange(128) % 10, nn.SoftmaxCategoricalCrossEntropy(),
    ),
    "deep": lambda: (
        [nn.DenseLayer(2, 32, rng=0), nn.Sigmoid()] + [nn.DenseLayer(32, 32, rng=0), nn.ReLU()] * 2,
        np.ones((60000, 2)),
    ),
    "block": lambda: (Residual(nn.DenseLayer(7, 4, rng=0), nn.DenseLayer(4, 7, rng=0)), X),
}  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
def test_nothing_lies_on_anything(name):
    ax = trace_shapes(*NETWORKS[name]())
    ax.figure.draw_without_rendering()
    things = [(t.get_text(), t.get_window_extent()) for t in ax.texts if t.get_text()]
    things += [("box", patch.get_window_extent()) for patch in ax.patches]
    lying = [(a, b) for (a, one), (b, two) in combinations(things, 2) if one.overlaps(two)]
    assert lying == []
    width, height = ax.figure.get_size_inches() * ax.figure.dpi
    assert all(0 <= box.x0 and box.x1 <= width and 0 <= box.y0 for _, box in things)
    assert all(box.y1 <= height for _, box in things)


def test_the_same_bytes_twice():
    given = NETWORKS["small"]()
    assert png(trace_shapes(*given)) == png(trace_shapes(*given))
    assert isinstance(trace_shapes(*given).figure, plots.Paper)


# Nothing is changed -----------------------------------------------------------------------------


class Counting(Scale):
    "Writes into its own arrays, draws from a generator, and counts."

    def __init__(self, d):
        super().__init__(d)
        self.rng, self.calls, self.seen = np.random.default_rng(3), 0, np.zeros(1)

    def forward(self, inputs):
        self.calls += 1
        self.seen += 1
        self.rng.random(5)
        return super().forward(inputs)


@pytest.mark.parametrize("call", [trace_shapes, shapes_text])
@pytest.mark.parametrize("used", [False, True])
def test_network_and_loss_stay_as_they_are(call, used):
    "Fresh ones have remembered nothing, and used ones remember what they did before."
    model, loss = nn.Sequential(Counting(7), nn.DenseLayer(7, 3, rng=0)), nn.MeanSquaredError()
    Y = np.ones((5, 3))
    if used:
        loss.forward(model.forward(X[:2]), Y[:2])
        model.backward(loss.backward(model.output, Y[:2]))
    before = frozen([vars(part) for part in (model, *model.layers, loss)])
    methods = [layer.forward.__func__ for layer in model.layers]
    call(model, X, Y, loss)
    call(list(model.layers), X, Y, loss)
    assert frozen([vars(part) for part in (model, *model.layers, loss)]) == before
    assert [layer.forward.__func__ for layer in model.layers] == methods
    pickle.dumps(model.layers[1])  # nothing that only a watched layer has


def test_arrays_that_came_in_stay_as_they_are():
    given = X.copy(), Y.copy()
    trace_shapes(network(), *given, nn.SoftmaxCategoricalCrossEntropy())
    np.testing.assert_array_equal(given[0], X)
    np.testing.assert_array_equal(given[1], Y)


def test_lists_are_taken():
    assert "X (2, 7)" in shapes_text(network(), X[:2].tolist())


# Errors -----------------------------------------------------------------------------------------


class Wrong(Flat):
    def __init__(self, slope):
        self.slope = slope

    def backward(self, derivative_outputs):
        return self.slope


class Nameless(Scale):
    parameter_names = ()


class Forgetful(Scale):
    def backward(self, derivative_outputs):
        return derivative_outputs


LOSS = nn.SoftmaxCategoricalCrossEntropy


@pytest.mark.parametrize("call", [trace_shapes, shapes_text])
@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((nn.Sequential, X), "parts with forward and backward, got <class"),
        ((3, X), "parts with forward and backward, got 3"),
        (([nn.ReLU(), None], X), "parts with forward and backward, got None"),
        ((nn.ReLU(), X, Y, LOSS), "parts with forward and backward, got <class"),
        ((nn.ReLU(), X, Y, "loss"), "parts with forward and backward, got 'loss'"),
        (([], X), "at least one layer"),
        ((nn.ReLU(), X, Y), "y and loss together"),
        ((nn.ReLU(), X, None, LOSS()), "y and loss together"),
        ((nn.ReLU(), "text"), "X to be an array of real numbers"),
    ],
)
def test_what_cannot_be_run_is_refused(call, given, words):
    with pytest.raises(ValueError, match=words) as caught:
        call(*given)
    assert str(caught.value).startswith(f"{call.__name__} expects")


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (Wrong(np.ones((7, 5))), r"Wrong expects derivative_inputs \(5, 7\), got \(7, 5\)"),
        (Wrong(None), "Wrong expects derivative_inputs to be an array of real numbers"),
        (Nameless(7), "Nameless expects parameter_names to name gamma"),
        (Forgetful(7), "Forgetful has no derivative_gamma"),
        (nn.DenseLayer(6, 3), r"DenseLayer expects inputs \(n, 6\), got \(5, 7\)"),
    ],
)
def test_a_layer_that_does_not_fit_is_named(layer, words):
    with pytest.raises(ValueError, match=words):
        shapes_text([nn.ReLU(), layer], X)


def test_names_for_all_arrays_or_none():
    with pytest.raises(
        ValueError, match="trace_shapes expects 2 names, of X and of each output, got 1"
    ):
        trace_shapes(nn.ReLU(), X, names=["X"])
    ax = trace_shapes(nn.ReLU(), X, names=["data", "bent"])
    assert {"data", "bent", "∂L/∂data", "∂L/∂bent"} <= set(written(ax))
