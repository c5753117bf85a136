"""What happens after each epoch: when callbacks are called, early stopping, the live plot."""

import math
import sys

import numpy as np
import pytest
from helpers import SGD, frozen, network_of, says, task, train
from hypothesis import given, settings
from hypothesis import strategies as st

import nn_from_scratch as nn

# By hand ------------------------------------------------------------------------------------------


def test_callbacks_are_called_in_order_with_one_state():
    network, loss, X, y = task("fused softmax")
    optimizer, rng, history = SGD(0.1), np.random.default_rng(0), nn.History()
    seen = []
    pair = [lambda s: seen.append(("a", s, s.epoch)), lambda s: seen.append(("b", s, s.epoch))]
    train(network, loss, optimizer, X, y, 2, rng=rng, history=history, callbacks=iter(pair))
    assert [(name, epoch) for name, _, epoch in seen] == [("a", 1), ("b", 1), ("a", 2), ("b", 2)]
    (state,) = {id(s): s for _, s, _ in seen}.values()
    assert isinstance(state, nn.TrainingState) and state.network is network and state.rng is rng
    assert state.optimizer is optimizer and state.history is history and state.epochs == 2


def test_a_callback_stops_the_run():
    network, loss, X, y = task("fused softmax")
    seen = []

    def stop(state):
        state.stop = state.epoch == 2

    history = train(network, loss, SGD(0.1), X, y, 9, callbacks=[stop, seen.append])
    assert history.epochs == 2 == len(seen)


@given(
    losses=st.lists(st.integers(0, 5), min_size=1, max_size=12),
    patience=st.integers(1, 4),
    name=st.sampled_from(["loss", "validation_loss"]),
)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_early_stopping(losses, patience, name):
    "Against a count of epochs in a row without a new record."
    record, waited, best, expected = math.inf, 0, 0, None
    for epoch, value in enumerate(losses, start=1):
        record, waited, best = (value, 0, epoch) if value < record else (record, waited + 1, best)
        if waited == patience:
            expected = epoch
            break
    network, history = network_of(2, 3), nn.History()
    state = nn.TrainingState(network, SGD(), history, np.random.default_rng(0), len(losses))
    watch = nn.early_stopping(patience)
    for epoch, value in enumerate(losses, start=1):
        history.setdefault("loss", []).append(float(-epoch if name != "loss" else value))
        if name != "loss":
            history.setdefault(name, []).append(float(value))
        for array in network.parameters:
            array[...] = epoch
        watch(state)
        assert state.stop == (epoch == expected)
        if state.stop or epoch == len(losses):
            break
        assert all((array == epoch).all() for array in network.parameters)
    watch.end(state)
    assert all((array == best).all() for array in network.parameters)


def test_early_stopping_in_a_run():
    "A rate that grows makes the loss worse from the third epoch on."
    network, loss, X, y = task("squares")
    optimizer, weights = SGD(0.05), []

    def spoil(state):
        weights.append(frozen(state.network.parameters))
        if state.epoch == 3:
            optimizer.learning_rate = 0.9

    more = {"validation_data": (X, y), "callbacks": [spoil, nn.early_stopping(3)]}
    history = train(network, loss, optimizer, X, y, 40, **more)
    best = int(np.argmin(history["validation_loss"])) + 1
    assert history.epochs == best + 3 < 40
    assert frozen(network.parameters) == weights[best - 1] != weights[-1]
    found = nn.evaluate(network, loss, X, y)["loss"]
    assert found == min(history["validation_loss"])


def test_early_stopping_when_another_callback_stops():
    network, loss, X, y = task("squares")
    weights = []

    def stop(state):
        weights.append(frozen(state.network.parameters))
        state.optimizer.learning_rate = 1.5
        state.stop = state.epoch == 4

    more = {"validation_data": (X, y), "callbacks": [stop, nn.early_stopping(30)]}
    history = train(network, loss, SGD(0.05), X, y, 40, **more)
    best = int(np.argmin(history["validation_loss"]))
    assert history.epochs == 4 and best < 3 and frozen(network.parameters) == weights[best]


def test_the_last_weights_are_kept_if_that_is_wished():
    network, loss, X, y = task("squares")
    twin, more = task("squares")[0], {"validation_data": (X, y)}

    def spoil(state):
        state.optimizer.learning_rate = 0.9

    callbacks = [spoil, nn.early_stopping(2, restore=False)]
    n = train(network, loss, SGD(0.05), X, y, 40, callbacks=callbacks, **more).epochs
    assert train(twin, loss, SGD(0.05), X, y, n, callbacks=[spoil], **more).best()["epoch"] < n
    assert frozen(network.parameters) == frozen(twin.parameters)


def test_each_epoch_has_its_rate():
    "Those of the function, the first one too; at the end the last one stays."
    network, loss, X, y = task("fused softmax")
    twin, hand = task("fused softmax")[0], SGD(0.4, 0.9)
    optimizer, seen = SGD(0.4, 0.9), []

    def rate(e):
        return 0.2 * (1 + math.cos(math.pi * e / 4))

    callbacks = [lambda state: seen.append(optimizer.current_learning_rate), nn.schedule(rate)]
    history = train(network, loss, optimizer, X, y, 4, callbacks=callbacks)
    assert seen == [rate(e) for e in range(4)] and optimizer.learning_rate == rate(3) > 0
    rng, expected = np.random.default_rng(1), nn.History()
    for e in range(4):
        hand.learning_rate = rate(e)
        train(twin, loss, hand, X, y, e + 1, rng=rng, history=expected)
    assert history == expected and frozen(network.parameters) == frozen(twin.parameters)


@pytest.mark.parametrize("rest", [0.1, 0.0])
def test_no_rate_is_asked_of_an_epoch_that_never_comes(rest):
    "As many rates as epochs are enough, and so are those that are left after a resume."
    network, loss, X, y = task("fused softmax")
    rates, optimizer, asked = [0.3, 0.2, rest], SGD(0.4), []

    def rate(e):
        asked.append(e)
        return rates[e]

    with_rates = {"callbacks": [nn.schedule(rate)]}
    history = train(network, loss, optimizer, X, y, 2, **with_rates)
    assert asked == [0, 1] and optimizer.learning_rate == 0.2
    train(network, loss, optimizer, X, y, 3, history=history, **with_rates)
    train(network, loss, optimizer, X, y, 3, history=history, **with_rates)  # nothing is left
    assert asked == [0, 1, 2] and optimizer.learning_rate == rest


def test_the_live_plot_is_drawn_in_place(monkeypatch):
    "One figure, updated after each epoch; without a front end nothing is kept."
    display = pytest.importorskip("IPython.display")
    pytest.importorskip("matplotlib")
    network, loss, X, y = task("fused softmax")
    shown = []

    class Handle:
        def update(self, figure):
            shown.append(("update", figure))

    def show(figure, display_id=None):
        assert display_id is True
        shown.append(("display", figure))
        return Handle()

    monkeypatch.setattr(display, "display", show)
    train(network, loss, SGD(0.1), X, y, 3, callbacks=[nn.live_plot()])
    assert [kind for kind, _ in shown] == ["display", "update", "update"]
    monkeypatch.setattr(display, "display", lambda figure, display_id: shown.append(("none", 0)))
    train(network, loss, SGD(0.1), X, y, 2, callbacks=[nn.live_plot()])
    assert [kind for kind, _ in shown[3:]] == ["none", "none"]


# Extremes -----------------------------------------------------------------------------------------


def test_early_stopping_with_epochs_of_nan():
    "An epoch of nan is never the best, so it counts as one more in a row."
    network, history = network_of(2, 3), nn.History()
    state = nn.TrainingState(network, SGD(), history, np.random.default_rng(0), 9)
    watch = nn.early_stopping(2)
    for loss, stop in (
        (3.0, False),
        (math.nan, False),
        (2.0, False),
        (math.nan, False),
        (4.0, True),
    ):
        history.append({"loss": 1.0, "validation_loss": loss})
        for array in network.parameters:
            array[...] = history.epochs
        watch(state)
        assert state.stop == stop
    watch.end(state)
    assert all((array == 3).all() for array in network.parameters)


def test_a_best_epoch_that_nobody_watched_is_refused():
    "Its weights are gone, and that is said before the first step; with restore=False it goes on."
    network, loss, X, y = task("squares")
    before, history = frozen(network.parameters), nn.History({"loss": [0.0, 1.0]})
    says(
        lambda: train(
            network, loss, SGD(0.1), X, y, 3, history=history, callbacks=[nn.early_stopping(9)]
        ),
        "early_stopping expects restore=False: nobody kept the best weights, epoch 1",
    )
    assert history.epochs == 2 and frozen(network.parameters) == before
    callbacks = [nn.early_stopping(9, restore=False)]
    train(network, loss, SGD(0.1), X, y, 3, history=history, callbacks=callbacks)
    twin = task("squares")[0]
    train(twin, loss, SGD(0.1), X, y, 1)
    assert history.epochs == 3 and frozen(network.parameters) == frozen(twin.parameters)


def test_patience_that_is_over_is_over():
    "A run that is gone on with after its last epoch trains no further, and one with more does."
    network, loss, X, y = task("squares")
    history = nn.History()

    def on(epochs, patience):
        callbacks = [nn.early_stopping(patience), spoil]
        train(network, loss, SGD(0.1), X, y, epochs, history=history, callbacks=callbacks)
        return history.epochs

    def spoil(state):
        state.optimizer.learning_rate = 0.8

    n = on(40, 3)
    assert history.best()["epoch"] == n - 3 and on(40, 3) == n and on(40, 4) == n + 1


# Errors -------------------------------------------------------------------------------------------


def test_early_stopping_refuses():
    for patience in (0, -1, 1.5, True):
        with pytest.raises(ValueError, match="patience"):
            nn.early_stopping(patience)


def test_the_live_plot_needs_matplotlib(monkeypatch):
    pytest.importorskip("IPython")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match="matplotlib"):
        nn.live_plot()


@pytest.mark.parametrize("arguments", [(3,), (None, None), ("a",)])
def test_live_plot_takes_nothing(arguments):
    with pytest.raises(TypeError, match="live_plot"):
        nn.live_plot(*arguments)


def state_of(rate, epochs):
    "A run of so many epochs, the last of them at a rate."
    history = nn.History({"loss": [1.0] * epochs})
    return nn.TrainingState(network_of(2, 3), SGD(rate), history, np.random.default_rng(0), 9)


SCHEDULES = {
    "a number": (lambda: nn.schedule(0.1), "schedule expects rate to be a function of the epoch"),
    "a class": (lambda: nn.schedule(float), "got <class 'float'>"),
    "a rate below zero": (
        lambda: (
            nn.schedule(lambda e: 0.1 - 0.1 * e)(state_of(0.1, 1))
            or nn.schedule(lambda e: 0.1 - 0.2 * e)(state_of(0.1, 1))
        ),
        "schedule expects rate(1) >= 0, got -0.1",
    ),
    "no number": (
        lambda: nn.schedule({0: 0.1}.get)(state_of(0.1, 1)),
        "schedule expects rate(1) >= 0, got None",
    ),
}


class Rateless:
    "An optimizer whose rate has another name."

    lr = 0.1

    def update_params(self, layer):
        raise AssertionError("an update")


def test_a_schedule_needs_a_rate_to_set():
    "And says so before the first update."
    network, loss, X, y = task("fused softmax")
    before = frozen(network.parameters)
    callbacks, text = [nn.schedule(lambda e: 0.1)], "an optimizer with learning_rate, got Rateless"
    says(lambda: train(network, loss, Rateless(), X, y, 1, callbacks=callbacks), text)
    assert frozen(network.parameters) == before


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_that_are_none(name):
    says(*SCHEDULES[name])
