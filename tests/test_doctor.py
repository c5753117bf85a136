"""The training doctor: each illness on a made history, what it measures, its one line."""

import math
import tracemalloc

import numpy as np
import pytest
from helpers import SGD, frozen, network_of, says

import nn_from_scratch as nn
from nn_from_scratch import doctor as room
from nn_from_scratch.doctor import diagnose, doctor
from nn_from_scratch.points import moons_data, sine_data

X, Y = moons_data(60, rng=np.random.default_rng(0))
LOSS, UNIT = nn.SigmoidBinaryCrossEntropy(), math.log(2)  # what a guess of yes or no costs
FALLING, GOOD = (
    [0.9, 0.6, 0.4, 0.3, 0.25, 0.22, 0.2, 0.19],
    [0.8, 0.6, 0.4, 0.3, 0.26, 0.24, 0.23, 0.22],
)


def fresh(seed=1):
    return network_of(2, 16, nn.ReLU, 1, seed=seed)


def silenced(n):
    "A network of 16 neurons, n of which no point reaches."
    network = fresh()
    network.layers[0].biases[0, :n] = -50
    return network


def history_of(training, validation=(), unit=UNIT):
    "A history whose losses are so many guesses."
    columns = {"loss": training, "validation_loss": validation}
    return nn.History({name: unit * np.array(c) for name, c in columns.items() if len(c)})


def called(training, validation=(), network=None, X=X, y=Y, rate=0.1, loss=LOSS):
    network, optimizer = network or fresh(), SGD(rate, 0.9)
    return diagnose(history_of(training, validation), network, X, y, loss, optimizer)


# By hand ------------------------------------------------------------------------------------------

SHUFFLED = np.random.default_rng(5).permutation(Y)
TWICE = (
    np.concatenate([X, X]),
    np.concatenate([Y, np.where(np.arange(120)[:, None] < 15, 1 - Y, Y)]),
)
FLAT, JAGGED = [0.98] * 8, [0.9, 0.6, 0.75, 0.5, 0.7, 0.6, 0.5, 0.55]
PARTED = [0.8, 0.6, 0.5, 0.5, 0.52, 0.55, 0.6, 0.66]
MADE = {
    "healthy": lambda: called(FALLING, GOOD),
    "no progress": lambda: called(FLAT, [0.96] * 8),
    "inputs not scaled": lambda: called(FALLING, GOOD, X=100 * X),
    "targets not scaled": lambda: called(
        FALLING, y=100 * X[:, :1] + 50, loss=nn.MeanSquaredError()
    ),
    "exploding": lambda: called([1.0, 3.0, 9.0, 27.0]),
    "labels do not fit": lambda: called(FALLING, [1.0, 0.99, 1.1, 1.3, 1.5, 1.7, 2, 2], y=SHUFFLED),
    "rate too high": lambda: called(JAGGED, GOOD, rate=5.0),
    "dead neurons": lambda: called(FALLING, GOOD, silenced(9)),
    "learning by heart": lambda: called(FALLING, PARTED),
    "rate too low": lambda: called([1.0, 0.99, 0.98, 0.97, 0.96, 0.95, 0.94, 0.93], rate=1e-4),
}


@pytest.mark.parametrize("illness", MADE)
def test_each_illness_is_named(illness):
    found = MADE[illness]()
    assert found.illness == illness and found.remedy == room.REMEDIES[illness]
    assert str(found) == f"{illness} ({found.saw}). Try: {found.remedy}."


def test_there_is_a_made_run_for_each_remedy():
    assert set(MADE) == set(room.REMEDIES)


SAID = {
    "inputs not scaled": f"typical size of {100 * np.sqrt((X**2).mean(axis=0)).max():.3g}",
    "targets not scaled": "y has a typical size of",
    "exploding": "the loss is 2.7e+01 times that of a guess",
    "labels do not fit": "validation never cost less than 0.99 of a guess",
    "rate too high": "the loss rose by 0.20 of a guess, and 0.0",
    "dead neurons": "9 of 16 ReLUs fire for no sample",
    "learning by heart": "validation costs 0.66 of a guess, training 0.19",
    "rate too low": "the loss is 0.93 of a guess, and ",
    "no progress": "the loss is 0.98 of a guess",
    "healthy": "the loss is 0.19 of a guess",
}


@pytest.mark.parametrize("illness", SAID)
def test_the_number_that_was_seen_is_said(illness):
    assert SAID[illness] in MADE[illness]().saw


def test_two_labels_for_one_sample():
    "15 of 120 pairs, 30 of 240 samples; a tenth is let pass, and amounts may differ."
    found = called(FALLING, GOOD, X=TWICE[0], y=TWICE[1])
    assert (found.illness, found.saw[:4]) == ("labels do not fit", "12% ")
    few = np.concatenate([Y, np.where(np.arange(120)[:, None] < 11, 1 - Y, Y)])
    assert called(FALLING, GOOD, X=TWICE[0], y=few).illness == "healthy"
    amounts = np.concatenate([X[:, :1], X[:, :1] + 0.1])
    found = called(FALLING, GOOD, X=TWICE[0], y=amounts, loss=nn.MeanSquaredError())
    assert found.illness != "labels do not fit"


def test_causes_come_before_what_follows_from_them():
    "An explosion, dead neurons and nonsense on inputs that are too large."
    assert called([1, 9, 99], network=silenced(16), X=100 * X).illness == "inputs not scaled"
    assert called(JAGGED, GOOD, silenced(16), rate=5.0).illness == "rate too high"
    assert called(FALLING, GOOD, silenced(16), rate=5.0).illness == "rate too high"
    assert called(FALLING, PARTED, silenced(16)).illness == "dead neurons"


def test_a_rise_alone_is_no_illness():
    "Spirals are jagged at a rate that suits them; without a rate to ask the rise has to do."
    assert called(JAGGED, GOOD).illness == "healthy"
    assert diagnose(history_of(JAGGED), fresh()).illness == "rate too high"


def test_a_plateau_needs_a_rate_that_is_too_low():
    assert called([0.5] * 8, rate=1e-4).illness == "healthy"  # it has arrived
    assert called([0.95] * 8, rate=1e-4).illness == "rate too low"
    assert called([0.5, 0.49, 0.48, 0.47, 0.46, 0.45, 0.44, 0.43], rate=0.1).illness == "healthy"


def test_validation_that_fails_on_labels_with_sense_is_no_nonsense():
    "Few samples learned by heart: neighbours agree."
    found = called(FALLING, [1.0, 0.99, 1.1, 1.3, 1.5, 1.7, 2, 2])
    assert found.illness == "learning by heart"


def test_half_of_the_neurons_may_be_silent():
    assert called(FALLING, GOOD, silenced(8)).illness == "healthy"


def test_curves_alone():
    network = fresh()
    for losses, illness in (
        (np.linspace(1, 0.8, 12), "rate too low"),
        (FALLING, "healthy"),
        ([1, 5, 11.0], "exploding"),
    ):
        assert diagnose(history_of(losses), network).illness == illness
    assert diagnose(history_of(FALLING, PARTED), network).illness == "learning by heart"


@pytest.mark.parametrize("n", [1, 4])
def test_four_epochs_are_early(n):
    "What the data and the neurons tell is said, of curves nothing yet."
    assert called([0.99] * n, rate=1e-5).saw == "so far; it is early to tell"
    assert called([0.99] * n, network=silenced(12)).illness == "dead neurons"
    assert called([0.99] * n, [1.2] * n, y=SHUFFLED).illness == "healthy"


# What it cannot know ------------------------------------------------------------------------------


class Gaussian:
    "The network says a mean and the logarithm of a variance for each target (n, 1)."

    def forward(self, P, y):
        return float(np.mean(P[:, 1:] + (y - P[:, :1]) ** 2 * np.exp(-P[:, 1:]))) / 2

    def backward(self, P, y):
        off, narrow = P[:, :1] - y, np.exp(-P[:, 1:])
        return np.hstack([off * narrow, (1 - off**2 * narrow) / 2]) / len(P)


class Counts:
    "The network says the logarithm of the mean of a Poisson count; y (n,) or (n, 1), in 2,000s."

    def forward(self, P, y):
        return float(np.mean(np.exp(P) - y.reshape(-1, 1) / 2000 * P))

    def backward(self, P, y):
        return (np.exp(P) - y.reshape(-1, 1) / 2000) / len(P)


class Adam:
    "The part of it that matters: each step is about as long as the rate, whatever the slope."

    def __init__(self, rate):
        self.learning_rate, self.sizes = rate, {}

    def update_params(self, layer):
        for name in ("weights", "biases"):
            slope = getattr(layer, f"derivative_{name}")
            size = 0.9 * self.sizes.get((layer, name), slope**2) + 0.1 * slope**2
            self.sizes[layer, name] = size
            getattr(layer, name)[...] -= self.learning_rate * slope / (np.sqrt(size) + 1e-8)


LARGE = np.random.default_rng(0).integers(0, 20_000, 120)  # counts (n,), no labels


@pytest.mark.parametrize("loss, k, y", [(Gaussian(), 2, 0.1 * X[:, :1]), (Counts(), 1, LARGE)])
def test_a_loss_of_ones_own_ends_no_run(capsys, loss, k, y):
    "The mean of the targets is no answer of two numbers; counts are no labels."
    assert math.isnan(room.loss_of_a_guess(loss, y, 2))
    network = network_of(2, 16, nn.ReLU, k, seed=1)
    history = nn.fit(
        network, loss, SGD(0.02), X, y, epochs=20, batch_size=32, rng=0, progress=False,
        callbacks=[doctor(X, y, loss)],
    )  # fmt: skip
    assert history.epochs == 20 and history["loss"][-1] < 0 and capsys.readouterr().out == ""


def test_large_counts_are_no_columns():
    "120 rows of 20,000 numbers were 19 MB; of 1,000 rows 160."
    tracemalloc.start()
    diagnose(history_of(FALLING), network_of(2, 1), X, LARGE, Counts(), SGD(0.02))
    assert tracemalloc.get_traced_memory()[1] < 2e6
    tracemalloc.stop()


@pytest.mark.parametrize("y", [Y, None])
def test_a_loss_below_zero_has_no_unit(y):
    "Falling by a fifth of itself is no rise, and a gap of a multiple of nothing no gap."
    history = history_of([-0.75, -0.8, -0.84, -0.87, -0.89, -0.9, -0.91, -0.91], unit=1)
    found = diagnose(history, fresh(), None if y is None else X, y, LOSS)
    assert (found.illness, found.saw) == ("healthy", "curves aside")
    parted = history_of([2.0, 1, 0, -1, -2, -3, -4, -5], [2.0, 1, 0, -1, -2, -2.5, -3, -3], unit=1)
    assert diagnose(parted, fresh(), X, Y, LOSS).illness == "healthy"
    assert diagnose(history, silenced(12), X, Y, LOSS).illness == "dead neurons"
    assert diagnose(history_of([0.0] * 8), fresh()).illness == "healthy"
    assert diagnose(history_of([-1.0, 5, 30]), fresh()).saw == "curves aside"


def test_a_loss_that_raises_is_not_asked(capsys):
    "Where it is given what nobody trains with: a guess, or weights after a step far too long."

    class Strict(nn.MeanSquaredError):
        def forward(self, predictions, targets):
            if len(targets) > 1 and not 0 < np.ptp(predictions) < 100:
                raise RuntimeError("not that")
            return super().forward(predictions, targets)

    y, loss = X[:, :1] + X[:, 1:], Strict()
    assert math.isnan(room.loss_of_a_guess(loss, y))
    assert 0.1 < room.best_factor(fresh(), loss, SGD(0.05), X, y) < 100
    assert math.isnan(room.best_factor(fresh(), loss, SGD(0.05), 0 * X, y))
    nn.fit(
        fresh(), loss, SGD(0.05), X, y, epochs=20, batch_size=32, rng=0, progress=False,
        callbacks=[doctor(X, y, loss)],
    )  # fmt: skip
    assert capsys.readouterr().out == ""


def test_what_does_not_fit_is_refused_before_the_first_step():
    network = fresh()
    before = frozen(network.parameters)
    for data in ((X[:, :1], Y), (X, Y[:5]), (X * np.inf, Y), (X, 5 + Y)):
        with pytest.raises(ValueError, match="got"):
            run(None, [doctor(*data, LOSS)], network=network)
    assert frozen(network.parameters) == before


def test_arrived_in_the_first_epoch():
    "A unit of the first epoch tells nothing of how good it was; a guess does."
    flat = [0.607, 0.6068, 0.6067, 0.6067, 0.6067, 0.6067, 0.6066, 0.6064]
    for validation in ((), [0.606] * 8):
        assert diagnose(history_of(flat, validation, unit=1), fresh()).illness == "healthy"
    slow, history = SGD(1e-4), history_of(flat, unit=1)
    assert diagnose(history, network_of(2, 2), X, X[:, :1], Gaussian(), slow).illness == "healthy"
    by_heart = history_of(FALLING, [0.9] * 8)
    found = diagnose(by_heart, fresh())
    assert found.illness == "labels do not fit" and found.saw.endswith("1.00 of the first epoch")


def test_only_gradient_descent_is_asked_for_its_rate():
    losses = [1.0, 0.9, 0.85, 0.82, 0.8, 0.77, 0.74, 0.71]
    for optimizer, illness in ((SGD(1e-4), "rate too low"), (Adam(1e-4), "healthy")):
        found = diagnose(history_of(losses), fresh(), X, Y, LOSS, optimizer)
        assert found.illness == illness


def test_a_rate_that_a_schedule_has_lowered_is_not_too_low(capsys):
    "Half a cosine, in front of the doctor or behind; after the run only a small rate is left."
    losses = [1.0, 0.9, 0.85, 0.82, 0.8, 0.77, 0.74, 0.71]
    optimizer = SGD(0.1, 0.9)
    optimizer.learning_rate = 1e-4
    assert diagnose(history_of(losses), fresh(), X, Y, LOSS, optimizer).illness == "healthy"
    assert called(losses, rate=1e-4).illness == "rate too low"
    for top, lines in ((0.1, 0), (1e-4, 1)):
        cosine = nn.schedule(lambda e, top=top: top * (1 + math.cos(math.pi * e / 20)) / 2)
        for callbacks in ([cosine, doctor(X, Y, LOSS)], [doctor(X, Y, LOSS), cosine]):
            assert run(capsys, callbacks, top).count("rate too low") == lines


def test_the_highest_rate_of_the_run_counts(capsys):
    "The loss falls to the end, at a rate that is a thousandth of what it was."
    watch = doctor(X, Y, LOSS)
    state = nn.TrainingState(fresh(), SGD(0.1, 0.9), nn.History(), None, 20)
    state.history.memory["columns"] = ["loss"]
    watch.begin(state)
    for e, loss in enumerate(np.linspace(1, 0.7, 20)):
        state.history.append({"loss": UNIT * loss})
        state.optimizer.learning_rate = 0.1 * 10 ** (-3 * e / 19)
        watch(state)
    watch.end(state)
    assert capsys.readouterr().out == "" and state.optimizer.learning_rate == pytest.approx(1e-4)


def test_few_kinds_of_rows_tell_nothing_of_labels():
    "Six answers of yes or no: 64 kinds, and whoever answers alike is not alike."
    rng = np.random.default_rng(0)
    answers = rng.integers(0, 2, (600, 6)).astype(np.float32)
    chance = 1 / (1 + np.exp(-answers @ [2, -1, 1, -2, 1, -1]))
    y = (rng.random(600) < chance).astype(np.float32)[:, None]
    assert room.torn_share(answers, y) == 0
    assert called(FALLING, GOOD, network_of(6, 8, nn.ReLU, 1), answers, y).illness == "healthy"


# What it measures ---------------------------------------------------------------------------------


def test_the_loss_of_a_guess():
    labels = np.array([0, 0, 1, 2])  # 1/2, 1/4, 1/4
    entropy = 1.5 * math.log(2)
    for loss in (nn.SoftmaxCategoricalCrossEntropy(), nn.CategoricalCrossEntropy()):
        assert room.loss_of_a_guess(loss, labels) == pytest.approx(entropy)
        assert room.loss_of_a_guess(loss, nn.one_hot(labels, 3)) == pytest.approx(entropy)
    bits, share = np.array([[1], [0], [0], [0]]), -math.log(0.25) / 4 - 0.75 * math.log(0.75)
    for loss in (nn.SigmoidBinaryCrossEntropy(), nn.BinaryCrossEntropy()):
        assert room.loss_of_a_guess(loss, bits) == pytest.approx(share)
    amounts = np.array([[1.0, 0], [3, 4]])
    assert room.loss_of_a_guess(nn.MeanSquaredError(), amounts) == pytest.approx((1 + 4) / 2)


def test_labels_that_nobody_has_are_no_trouble():
    loss = nn.SoftmaxCategoricalCrossEntropy()
    assert room.loss_of_a_guess(loss, [0, 2, 2, 0]) == pytest.approx(math.log(2))


def test_the_best_factor_goes_with_the_rate():
    "A rate a thousandth as high could be a thousand times as high; momentum counts as steps."
    network = fresh()
    factors = [room.best_factor(network, LOSS, SGD(rate), X, Y) for rate in (1.0, 0.1, 0.01)]
    np.testing.assert_allclose(factors[1:], 10 * np.array(factors[:-1]), rtol=1e-9)
    assert room.best_factor(network, LOSS, SGD(0.1, 0.9), X, Y) == pytest.approx(factors[0])
    assert 0.1 < factors[0] < 10


def test_the_best_factor_of_a_parabola():
    "One weight, loss (w x - y)²: the best step is 1 / (2 mean(x²)), whatever the weight."
    x = np.array([[1.0], [-1], [1], [-1]])
    layer = nn.DenseLayer(1, 1, dtype=np.float64)
    found = room.best_factor(nn.Sequential(layer), nn.MeanSquaredError(), SGD(0.05), x, 3 * x)
    assert found == pytest.approx(10)


def test_the_best_factor_is_that_of_new_weights():
    "Whatever a run has made of the old ones: dead neurons have no slope to look along."
    factors = [room.best_factor(each, LOSS, SGD(0.3), X, Y) for each in (fresh(), silenced(16))]
    other = fresh(seed=9)
    other.layers[0].weights[...] *= 30
    assert factors[0] == factors[1] == room.best_factor(other, LOSS, SGD(0.3), X, Y)


def test_a_rate_of_zero_says_nothing():
    optimizer = SGD(0.1)
    optimizer.learning_rate = 0.0  # where a schedule ends
    assert math.isnan(room.best_factor(fresh(), LOSS, optimizer, X, Y))
    history = history_of([0.5] * 8)
    assert diagnose(history, fresh(), X, Y, LOSS, optimizer).illness == "healthy"


def test_silent_neurons():
    assert room.silent_neurons(silenced(5), X) == (5, 16)
    assert room.silent_neurons(network_of(2, 3, nn.Sigmoid, 1), X) == (0, 1)
    deep = network_of(2, 4, nn.ReLU, 8, nn.ReLU, 1)
    deep.layers[2].biases[0] = [-99] * 6 + [99] * 2
    assert room.silent_neurons(deep, X) == (6, 8)  # of the layer where it is most
    assert room.silent_neurons(nn.Sequential(Box(silenced(7))), X) == (7, 16)


class Box:
    "Layers in a layer of one's own."

    def __init__(self, network):
        self.layers = [network]

    def forward(self, inputs):
        return self.layers[0].forward(inputs)

    def backward(self, derivative_outputs):
        return self.layers[0].backward(derivative_outputs)


def test_typical_size():
    "Of the largest column, the root of the mean square."
    assert room.typical_size([[3.0, 0], [4, 1]]) == pytest.approx(math.sqrt(12.5))
    assert room.typical_size(np.array([-300, 300])) == pytest.approx(300)


def test_kinship():
    rows = np.array([[0.0], [0.1], [5], [5.1]])
    assert room.kinship(rows, [0, 0, 1, 1]) == pytest.approx(1)
    assert room.kinship(rows, [0, 1, 0, 1]) == pytest.approx(1 - 4 * 2 / (2 * 4 * 0.5))
    x, y = sine_data(300, noise=0, rng=np.random.default_rng(0))
    assert room.kinship(x, y) > 0.99
    assert abs(room.kinship(x, np.random.default_rng(1).permutation(y))) < 0.2
    assert math.isnan(room.kinship(rows, [1, 1, 1, 1]))


def test_torn_share():
    rows = np.array([[1.0, 2], [1, 2], [3, 4], [3, 4], [5, 6]])
    assert room.torn_share(rows, [0, 1, 1, 1, 0]) == 0.4
    assert room.torn_share(rows, [[0.0], [0], [1], [1], [0]]) == 0


# The callback -------------------------------------------------------------------------------------


def run(capsys, callbacks, rate=0.5, epochs=20, **more):
    "What is printed while moons are learned."
    network, rng = more.pop("network", None) or fresh(), np.random.default_rng(2)
    data = more.pop("data", (X, Y))
    nn.fit(
        network, LOSS, SGD(rate, 0.9), *data, epochs=epochs, batch_size=32, rng=rng,
        progress=False, callbacks=callbacks, **more,
    )  # fmt: skip
    return capsys.readouterr().out


def test_a_healthy_run_is_not_mentioned(capsys):
    assert run(capsys, [doctor(X, Y, LOSS)], 0.05, validation_data=(X, Y)) == ""


@pytest.mark.parametrize("epochs", [1, 7, 40])
def test_one_line_at_most(capsys, epochs):
    said = run(capsys, [doctor(X, Y, LOSS)], 5.0, epochs, network=silenced(12))
    assert said.count("\n") == 1 and said.startswith("doctor, epoch ")


def test_it_speaks_in_the_second_look(capsys):
    "Every second of twenty epochs it looks; what it sees only once is said if it is the end."
    said = run(capsys, [doctor(X, Y, LOSS)], 0.05, network=silenced(12))
    assert said.startswith("doctor, epoch 4: dead neurons (12 of 16 ReLUs fire for no sample). Try")
    for when, lines in ((10, 0), (11, 0), (20, 1)):
        network = fresh()

        def kill(state, network=network, when=when):
            network.layers[0].biases[0, :12] = -50 if state.epoch == when else 0

        said = run(capsys, [kill, doctor(X, Y, LOSS)], 0.05, network=network)
        assert said.count("dead neurons") == said.count("\n") == lines


def test_each_run_has_its_line(capsys):
    watch = doctor(X, Y, LOSS)
    for _ in range(2):
        assert run(capsys, [watch], 0.1, network=silenced(12)).count("dead neurons") == 1


def test_without_data_it_sees_the_curves(capsys):
    assert run(capsys, [doctor()], 0.1, network=silenced(12)) == ""
    assert "rate too low" in run(capsys, [doctor()], 1e-4)


def test_an_explosion_is_said(capsys):
    "Least squares at 1.2 times the largest stable rate: the loss is 1.96 times as high each time."
    x = np.array([[1.0], [-1]])
    nn.fit(
        network_of(1, 1), nn.MeanSquaredError(), SGD(1.2), x, x, epochs=12, batch_size=2, rng=0,
        progress=False, callbacks=[doctor()],
    )  # fmt: skip
    said = capsys.readouterr().out
    assert said.startswith("doctor, epoch 8: exploding (the loss is") and said.count("\n") == 1


# Nothing changes ----------------------------------------------------------------------------------


def test_the_patient_is_left_as_it_was():
    "Network, history, data, loss and optimizer, to the last bit, also what layers remember."
    network, optimizer, loss = fresh(), SGD(0.1, 0.9), nn.SigmoidBinaryCrossEntropy()
    data, targets = X.copy(), Y.copy()
    history = nn.fit(
        network, loss, optimizer, data, targets, epochs=6, batch_size=32, rng=0,
        validation_data=(X, Y), progress=False,
    )  # fmt: skip
    held = network.parameters, history, loss, data, targets, optimizer.learning_rate
    before, layers = frozen(list(held)), frozen([vars(layer) for layer in network.layers])
    diagnose(history, network, data, targets, loss, optimizer)
    assert frozen(list(held)) == before
    assert frozen([vars(layer) for layer in network.layers]) == layers


def test_a_run_with_a_doctor_is_the_same_run(capsys):
    "Bit for bit, with a layer that draws by lot too."
    ends = []
    for callbacks in ([], [doctor(X, Y, LOSS)]):
        network = fresh()
        run(capsys, callbacks, 0.1, network=network)
        ends.append(frozen(network.parameters))
    assert ends[0] == ends[1]


def test_the_same_run_gets_the_same_diagnosis():
    assert MADE["rate too low"]() == MADE["rate too low"]()


# Extremes and float types -------------------------------------------------------------------------


def test_a_run_without_an_epoch(capsys):
    "`fit` has begun and died in its first epoch; a history that is only empty is none."
    history = nn.History()
    with pytest.raises(FloatingPointError):
        nn.fit(
            fresh(), nn.MeanSquaredError(), SGD(1e30), X, X[:, :1], epochs=3, batch_size=8, rng=0,
            history=history, progress=False,
        )  # fmt: skip
    found = diagnose(history, fresh())
    assert (found.illness, found.saw) == ("exploding", "no epoch ended")


def test_losses_that_are_no_numbers():
    assert called([0.9, 0.5, math.nan]).illness == "exploding"
    assert called(FALLING, [*GOOD[:-1], math.inf]).illness == "exploding"


def test_targets_that_are_all_equal():
    "A guess costs nothing: then the first epoch is the unit."
    found = diagnose(history_of(FALLING, unit=1), fresh(), X, 0 * Y, LOSS)
    assert found.illness == "healthy" and "0.21 of the first epoch" in found.saw


def test_inputs_that_are_too_small():
    assert called(FALLING, GOOD, X=X / 255).illness == "inputs not scaled"
    assert called(FALLING, GOOD, X=5 * X, rate=0.01).illness == "healthy"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_both_float_types(dtype):
    network = network_of(2, 16, nn.ReLU, 1, dtype=dtype, seed=1)
    assert called(FALLING, GOOD, network, X=X.astype(dtype)).illness == "healthy"
    assert called(FALLING, GOOD, X=X.tolist(), y=Y.tolist()).illness == "healthy"


# Errors -------------------------------------------------------------------------------------------

REFUSED = {
    "no history": (
        lambda: diagnose({"loss": [1]}, fresh()),
        "diagnose expects history to be a His",
    ),
    "no network": (
        lambda: diagnose(history_of(FALLING), None),
        "network to be a Sequential, got No",
    ),
    "an empty history": (
        lambda: diagnose(nn.History(), fresh()),
        "a history of a run, got an empty",
    ),
    "nan": (lambda: called(FALLING, X=X * np.nan), "diagnose expects X without nan and infinity"),
    "infinity": (lambda: called(FALLING, y=Y * np.inf), "y without nan and infinity"),
    "unequal rows": (lambda: called(FALLING, y=Y[:5]), "X and y with the same number of rows"),
    "other columns": (lambda: called(FALLING, X=X[:, :1]), "inputs (n, 2), got (120, 1)"),
    "text": (lambda: diagnose(history_of(FALLING), fresh(), ["a"]), "X to be an array of real num"),
    "no rows": (lambda: room.silent_neurons(fresh(), X[:0]), "silent_neurons expects X and y with"),
    "kinship": (lambda: room.kinship(X, Y[:5]), "kinship expects X and y with the same number"),
    "torn_share": (lambda: room.torn_share(X, Y[:5]), "torn_share expects X and y with the same"),
}


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name):
    says(*REFUSED[name])
