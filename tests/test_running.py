"""The stop button, the bars, and the guard of a run; what `fit` makes of them: test_training.py."""

import contextlib
import math
import signal
import sys
import threading
import warnings

import numpy as np
import pytest
from helpers import SGD, Residual, Scale, frozen, network_of, on_a_slope

import nn_from_scratch as nn
from nn_from_scratch.running import Guard, NoBar, StopButton, progress_bar

# By hand ------------------------------------------------------------------------------------------


def test_ctrl_c_presses_the_button(ctrl_c, capsys):
    with StopButton() as button:
        assert button.pressed is False
        ctrl_c()
        assert button.pressed is True
    assert capsys.readouterr().out == "Stopped by Ctrl-C after the step that was running.\n"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_without_ctrl_c_nothing_is_said(ctrl_c, capsys):
    with StopButton():
        pass
    assert capsys.readouterr().out == ""


def test_a_second_ctrl_c_interrupts(ctrl_c, capsys):
    with pytest.raises(KeyboardInterrupt), StopButton():
        ctrl_c()
        ctrl_c()
    assert capsys.readouterr().out == ""
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_handler_that_was_there_is_given_back(ctrl_c, capsys):
    "After an error too, which is not ours to comment on."

    def mine(number, frame):
        raise AssertionError("the handler of somebody else was called")

    signal.signal(signal.SIGINT, mine)
    with pytest.raises(ZeroDivisionError), StopButton():
        ctrl_c()
        1 / 0  # noqa: B018
    assert signal.getsignal(signal.SIGINT) is mine and capsys.readouterr().out == ""


def test_buttons_within_each_other(ctrl_c):
    "The inner one hears it, and the outer one again after it."
    with StopButton() as outer:
        with StopButton() as inner:
            ctrl_c()
        assert inner.pressed and not outer.pressed
        ctrl_c()
    assert outer.pressed


@pytest.mark.parametrize("switched", [signal.SIG_IGN, signal.SIG_DFL])
def test_signals_that_somebody_switched_stay_so(ctrl_c, switched):
    signal.signal(signal.SIGINT, switched)
    with StopButton() as button:
        assert signal.getsignal(signal.SIGINT) is switched
    assert button.before is None and signal.getsignal(signal.SIGINT) is switched


def test_in_a_thread_there_are_no_signals(ctrl_c):
    seen = []

    def inside():
        with StopButton() as button:
            seen.append((button.before, signal.getsignal(signal.SIGINT)))

    thread = threading.Thread(target=inside)
    thread.start()
    thread.join()
    assert seen == [(None, signal.default_int_handler)]


def test_a_bar_that_nobody_sees(capfd):
    "The same calls as on a bar of tqdm, and not a character."
    with progress_bar(10, 0, shown=False) as bar:
        assert type(bar) is NoBar
        bar.update()
        bar.update(3)
        bar.set_postfix({"loss": "0.5"})
    assert capfd.readouterr() == ("", "")


def test_a_bar_of_tqdm(capfd):
    pytest.importorskip("tqdm")
    with progress_bar(4, 1, shown=True) as bar:
        bar.update()
        bar.update(2)
        bar.set_postfix({"loss": "0.5"})
    assert "1/4" in (err := capfd.readouterr().err) and "4/4" in err and "loss=0.5" in err
    with progress_bar(2_000_000, 0, shown=True, unit="B") as bar:
        bar.update(1_000_000)
    assert "1.00M/2.00M" in capfd.readouterr().err


def test_a_bar_in_a_browser_asks_for_no_thread(monkeypatch, capfd):
    "There are none there, and tqdm would warn of it in every lesson."
    tqdm = pytest.importorskip("tqdm.auto").tqdm

    def no_thread(*_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("tqdm.std.TMonitor", no_thread)
    monkeypatch.setattr(tqdm, "monitor", None)
    for platform, interval in (("linux", 10), ("emscripten", 0)):
        monkeypatch.setattr(tqdm, "monitor_interval", 10)
        monkeypatch.setattr(sys, "platform", platform)
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            with progress_bar(4, 0, shown=True) as bar:
                bar.update(4)
        assert len(warned) == (interval > 0)
        assert "4/4" in capfd.readouterr().err


def test_without_tqdm(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    assert type(progress_bar(4, 0, shown=True)) is NoBar


def state_of(network=None, optimizer=None, **lists):
    network = network or network_of(2, 4, nn.ReLU, 3)
    history = nn.History(lists)
    return nn.TrainingState(network, optimizer or SGD(0.5), history, np.random.default_rng(0), 9)


def move(state, by):
    for array in state.network.parameters:
        array += by


def test_a_finite_value_is_no_matter():
    state = state_of()
    guard = Guard(state)
    move(state, 1)
    before = frozen(state.network.parameters)
    for value in (0.0, 1e300, -5, np.float32(2)):
        guard.check("loss", value, "step 1")
    guard.check_weights()
    assert frozen(state.network.parameters) == before


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_the_copied_weights_are_given_back(value):
    state = state_of(loss=[1.0, 2.0])
    guard = Guard(state)
    move(state, 1)
    guard.keep_step()
    before, arrays = frozen(state.network.parameters), state.network.parameters
    move(state, 1)
    text = (
        f"loss is {value} in epoch 3, step 7, at learning rate 0.5: try a learning rate ten times"
    )
    with pytest.raises(FloatingPointError, match=f"{text}.* from before step 1 of epoch 3 are"):
        guard.check("loss", value, "step 7")
    assert frozen(state.network.parameters) == before
    assert all(a is b for a, b in zip(state.network.parameters, arrays, strict=True))


def test_a_copy_before_every_64th_update():
    state = state_of()
    guard, copied = Guard(state), {}
    for epoch in range(2):
        guard.n_steps = 0
        for step in range(1, 131):
            guard.keep_step()
            copied.setdefault(guard.kept, (step, state.network.parameters[0][0, 0]))
            move(state, 1)
        state.history.append({"loss": 1.0})
        assert guard.kept == f"before step 129 of epoch {epoch + 1}"
    steps = {kept: step for kept, (step, _) in copied.items()}
    assert steps == {
        f"before step {step} of epoch {epoch}": step for epoch in (1, 2) for step in (1, 65, 129)
    }
    weights = [weight for _, weight in copied.values()]
    np.testing.assert_allclose(np.diff(weights), [64, 64, 2, 64, 64], rtol=1e-6)


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
def test_no_copy_of_what_is_not_finite(bad):
    state = state_of()
    guard = Guard(state)
    move(state, 1)
    guard.keep_step()
    before = frozen(state.network.parameters)
    guard.n_steps = 64
    state.network.parameters[1][0, 0] = bad
    guard.keep_step()
    with pytest.raises(FloatingPointError, match="a weight is nan .* before step 1 of epoch 1 are"):
        guard.check_weights()
    assert frozen(state.network.parameters) == before


def test_velocities_come_to_rest_and_counts_stay():
    layer, optimizer = on_a_slope(), SGD(0.1, 0.9)
    optimizer.update_params(layer)
    optimizer.update_params(layer)
    guard = Guard(state_of(nn.Sequential(layer), optimizer))
    guard.go_back()
    t, velocities = optimizer.states[layer]
    assert t == 2 and not any(velocity.any() for velocity in velocities.values())


def test_the_error_has_the_history():
    state = state_of(loss=[1.0])
    with pytest.raises(FloatingPointError) as caught:
        Guard(state).check("validation_loss", math.nan, "at its end")
    assert caught.value.history is state.history and "\n" not in str(caught.value)


# Extremes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["X", "y"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_the_remedy_fits(where, bad):
    "Not finite data are named; else it is the rate."
    data = {"X": np.ones((3, 2)), "y": np.ones(3)}
    data[where].flat[1] = bad
    with pytest.raises(FloatingPointError, match="there is nan or infinity in the data, clean it"):
        Guard(state_of()).check("loss", math.nan, "step 1", **data)
    with pytest.raises(FloatingPointError, match="try a learning rate ten times smaller"):
        Guard(state_of()).check("loss", math.nan, "step 1", np.ones((3, 2)), np.arange(3))


def test_an_optimizer_of_ones_own():
    "Without a rate and without states: the weights are given back all the same."

    class Plain:
        def update_params(self, layer):
            pass

    state = state_of(optimizer=Plain())
    guard, before = Guard(state), frozen(state.network.parameters)
    move(state, np.nan)
    with pytest.raises(FloatingPointError, match="a weight is nan in epoch 1, at its end: try"):
        guard.check_weights()
    assert frozen(state.network.parameters) == before


def test_the_guard_of_what_is_inside_of_other_layers():
    inner = Scale(2)
    state = state_of(nn.Sequential(Residual(nn.ReLU(), inner)), SGD(0.1, 0.9))
    inner.derivative_gamma = np.ones(2)
    state.optimizer.update_params(inner)
    guard = Guard(state)
    before = inner.gamma.copy()
    inner.gamma += np.inf
    with contextlib.suppress(FloatingPointError):
        guard.check_weights()
    np.testing.assert_array_equal(inner.gamma, before)
    assert not state.optimizer.states[inner][1]["gamma"].any()
