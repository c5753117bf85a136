"""The playground without a browser: experiment, picture, buttons, and a real kernel."""

import asyncio
import json
import re
import time
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("ipywidgets")

from nn_from_scratch import playground as w  # noqa: E402
from nn_from_scratch.widgets import png  # noqa: E402

pytestmark = pytest.mark.heavy  # drawing takes its time

TASKS = list(w._TASKS)

# By hand ----------------------------------------------------------------------------------------


def test_the_points_are_cut_in_two():
    "No point is in both parts, and together they are all; the share is that of the test."
    for share, n_test in ((0.3, 60), (0.9, 180), (0.001, 1), (0.999, 199)):
        e = w.Experiment("regression", test_share=share)
        X, y = (np.vstack(both) for both in zip(e.train, e.test, strict=True))
        assert (len(e.test[0]), len(e.train[0])) == (n_test, 200 - n_test)
        assert len(np.unique(X)) == 200
        assert np.abs(y - np.sin(np.pi * X)).mean() < 0.2  # the pairs stay together


def test_the_network_is_as_wide_and_deep_as_asked():
    e = w.Experiment("regression", n_layers=3, width=5, activation="Sigmoid")
    shapes = [layer.weights.shape for layer in e.network.trained]
    assert shapes == [(1, 5), (5, 5), (5, 5), (5, 1)]
    kinds = [type(layer).__name__ for layer in e.network.layers]
    assert kinds == ["DenseLayer", "Sigmoid"] * 3 + ["DenseLayer"]
    assert w.Experiment("moons").network.trained[-1].weights.shape == (16, 1)
    assert w.Experiment("spirals").network.trained[-1].weights.shape == (16, 3)


def test_to_advance_is_to_fit():
    "The same weights and the same history as from the library's own loop, by hand."
    e, twin = w.Experiment("moons", seed=4), w.Experiment("moons", seed=4)
    e.advance(3)
    again = w.nn.fit(
        twin.network,
        w.nn.SigmoidBinaryCrossEntropy(),
        w.nn.StochasticGradientDescent(0.03, 0.9, 1e-4),
        *twin.train,
        epochs=3,
        batch_size=32,
        validation_data=twin.test,
        metric=w.nn.Accuracy(),
        rng=twin.rng,
        progress=False,
    )
    assert e.history == again
    for array, other in zip(e.network.parameters, twin.network.parameters, strict=True):
        np.testing.assert_array_equal(array, other)


def test_time_is_up_after_the_epoch():
    e = w.Experiment()
    e.advance(10**9, seconds=0.0)
    assert e.history.epochs == 1
    start = time.monotonic()
    e.advance(10**9, seconds=0.2)
    assert time.monotonic() - start < 5 and e.history.epochs > 1
    epochs = e.history.epochs
    e.advance(3, seconds=1e9)
    assert e.history.epochs == epochs + 3


@pytest.mark.parametrize("data", TASKS)
def test_each_data_set_is_learnt(data):
    e = w.Experiment(data)
    e.advance(300)
    if data == "regression":
        assert e.history["validation_loss"][-1] < 0.03 and "accuracy" not in e.history
    else:
        assert e.history.best("validation_accuracy")["validation_accuracy"] > 0.9
    assert e.history.epochs == 300 and "validation_loss" in e.history


@pytest.mark.parametrize("seed", range(4))
def test_spirals_pass_ninety_percent_for_any_seed(seed):
    e = w.Experiment(seed=seed)
    e.advance(400)
    assert e.history.best("validation_accuracy")["validation_accuracy"] > 0.9


def test_same_seed_same_run():
    runs = []
    for _ in range(2):
        e = w.Experiment(seed=3)
        e.advance(3)
        runs.append(dict(e.history))
    assert runs[0] == runs[1]
    e.restart(3)
    assert e.history.epochs == 0
    e.advance(3)
    assert dict(e.history) == runs[0]


def test_a_rate_changes_in_mid_run_and_keeps_all_else():
    e = w.Experiment()
    e.advance(2)
    network, states, history = e.network, e.optimizer.states, e.history
    e.change(learning_rate=0.001, momentum=0.5, decay=0.0)
    assert (e.network, e.optimizer.states, e.history) == (network, states, history)
    e.advance()
    assert e.optimizer.current_learning_rate == 0.001 and e.history.epochs == 3
    before = e.network.parameters[0].copy()
    e.change(learning_rate=1e-12, momentum=0.0)
    e.advance()
    np.testing.assert_allclose(e.network.parameters[0], before, atol=1e-6)


@pytest.mark.parametrize(
    "settings",
    [
        {"width": 4},
        {"n_layers": 3},
        {"noise": 0.0},
        {"data": "XOR"},
        {"test_share": 0.5},
        {"activation": "Sigmoid"},
    ],
)
def test_other_settings_begin_anew(settings):
    e = w.Experiment()
    e.advance()
    e.change(**settings)
    assert e.history.epochs == 0
    e.advance()


def test_batches_change_at_once():
    e = w.Experiment()
    e.advance()
    e.change(batch_size=512)
    e.advance()
    assert e.history.epochs == 2


def test_the_words_say_how_far_it_is():
    e = w.Experiment("moons", n_layers=1, width=4, test_share=0.25)
    text = w.draw_playground(e).get_label()
    assert text.startswith("Epoch 0: not trained yet. Data: moons, 300 points to train and 100 to")
    e.advance(2)
    text = w.draw_playground(e).get_label()
    for name, said in {
        "loss": "training loss {:.3g}",
        "accuracy": "training accuracy {:.1%}",
        "validation_loss": "test loss {:.3g}",
        "validation_accuracy": "test accuracy {:.1%}",
    }.items():
        assert said.format(e.history[name][-1]) in text
    e.network.layers[0].weights[:, 1:] = 0
    e.network.layers[0].biases[:] = [[1, 1, -1, -1]]
    assert "1 of 4 with ReLU; 2 of 4 neurons are silent" in w.draw_playground(e).get_label()


def test_what_is_drawn_is_what_the_network_says():
    "The shade of a place is that of its class, from below to above; the curve is the output."
    e = w.Experiment()
    e.network.layers[0].weights[:] = 0
    e.network.layers[0].weights[1, :2] = [1, -1]  # up and down
    e.network.layers[0].biases[:] = 0
    for layer in e.network.layers[2::2]:
        layer.weights[:], layer.biases[:] = 0, 0
        layer.weights[0, 0] = layer.weights[1, 1] = 9
    board = w.Board()
    board.draw(e)
    shades = np.asarray(board.shades.get_array())
    assert board.shades.origin == "lower" and shades.shape == (60, 60, 3)
    up, down = shades[-1, 30].astype(float), shades[0, 30].astype(float)
    blue, orange = (255 * np.array(w.to_rgb(color)) for color in w.COLORS[:2])
    np.testing.assert_allclose(up, (255 + blue) / 2, atol=2)  # half as strong as it could be
    np.testing.assert_allclose(down, (255 + orange) / 2, atol=2)
    first = np.asarray(board.mosaic.get_array())[:20, :20, 0].astype(float)
    assert first[0].mean() < first[-1].mean()  # the first neuron says most above: dark
    e = w.Experiment("regression")
    board.draw(e)
    x, curve = board.line.get_data()
    assert board.line.get_visible() and not board.shades.get_visible()
    np.testing.assert_allclose(np.ravel(curve), np.ravel(e.network.predict(x[:, None])), rtol=1e-5)


def test_points_to_train_are_filled_and_those_to_test_hollow():
    e, board = w.Experiment("circles"), w.Board()
    board.draw(e)
    for i, dots in enumerate(board.dots):
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


def test_screen_and_file_show_the_same():
    from io import BytesIO

    from PIL import Image

    e, board = w.Experiment(), w.Board()
    e.advance(30)
    figure = w.draw_playground(e, board)
    fast = np.asarray(Image.open(BytesIO(board.png())))[:, :, :3].astype(float)
    slow = np.asarray(Image.open(BytesIO(png(figure))))[:, :, :3].astype(float)
    assert fast.shape == slow.shape and np.mean(np.abs(fast - slow) > 60) < 0.01


def parts(box):
    columns, buttons, picture, words = box.children
    found = {b.description: b for b in buttons.children}
    found |= {c.description: c for column in columns.children for c in column.children}
    return found, picture, words


def test_controls_have_descriptions_and_classes():
    box = w.playground()
    found, picture, words = parts(box)
    assert "" not in found and len(found) == 14 and 'role="status"' in words.value
    classes = {
        name for part in (*found.values(), picture, words, box) for name in part._dom_classes
    }
    wanted = "playground run pause step reset picture words data learning-rate n-layers"
    assert {f"nnfs-{name}" for name in wanted.split()} <= classes


def test_buttons_without_a_kernel():
    found, picture, words = parts(w.playground())
    first = picture.value
    found["Step"].click()
    assert "Epoch 1:" in words.value and picture.value != first
    found["Run"].click()
    assert "needs the kernel" in words.value
    found["Reset"].click()
    assert "Epoch 0: not trained yet" in words.value and picture.value == first


def test_every_control_moves_the_picture():
    found, picture, words = parts(w.playground())
    found["Step"].click()
    for name, control in found.items():
        if name in ("Step", "Run", "Pause", "Reset"):
            continue
        before, said = picture.value, words.value
        if hasattr(control, "options"):
            control.index = (control.index + 1) % len(control.options)
        else:
            control.value = control.max
        live = name in ("batch size", "learning rate", "momentum", "decay")
        if live:
            found["Step"].click()
        assert "Paused, frame" in words.value and words.value != said, words.value
        assert picture.value != before, name


def run(play):
    "Let a coroutine function work with a playground's parts on a loop of its own."

    async def work():
        box = w.playground()
        try:
            await play(*parts(box))
        finally:
            parts(box)[0]["Pause"].click()
            await asyncio.sleep(0.1)

    asyncio.run(work())


async def until(condition, seconds=30):
    "Wait until it is true: how long a frame takes is the machine's affair."
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        await asyncio.sleep(0.05)
    assert condition()


def test_run_and_pause():
    async def play(found, picture, words):
        found["Run"].click()
        found["Run"].click()
        tasks = [task for task in asyncio.all_tasks() if "repeat" in repr(task)]
        assert len(tasks) == 1 and "Running" in words.value
        first = picture.value
        await until(lambda: picture.value != first)
        found["Pause"].click()
        assert "Paused" in words.value and "Epoch 0" not in words.value
        still = picture.value
        await asyncio.sleep(0.3)
        assert picture.value == still and tasks[0].done()
        found["Run"].click()
        await until(lambda: picture.value != still)

    run(play)


def test_a_new_playground_pauses_the_one_before():
    async def play(found, picture, words):
        found["Run"].click()
        await asyncio.sleep(0.2)
        w.playground()
        await asyncio.sleep(0.2)
        still = picture.value
        await asyncio.sleep(0.3)
        assert picture.value == still

    run(play)


def test_words_change_once_a_second_while_it_runs(monkeypatch):
    now, said, say = [0.0], [], w.say

    def monotonic():
        now[0] += 0.1
        return now[0]

    monkeypatch.setattr(w, "time", SimpleNamespace(monotonic=monotonic))
    monkeypatch.setattr(w, "say", lambda words, text: said.append(now[0]) or say(words, text))

    async def play(found, picture, words):
        found["Run"].click()
        first = len(said)
        await until(lambda: len(said) > first + 3)
        waits = np.diff(said[first:])
        assert np.all((waits >= 1) & (waits < 2)), waits

    run(play)


@pytest.mark.heavy
def test_in_a_real_kernel():
    manager = pytest.importorskip("jupyter_client.manager")
    kernel, client = manager.start_new_kernel(kernel_name="python3")
    try:
        made = client.execute_interactive(
            "import sys, json\nfrom nn_from_scratch import playground\n"
            "box = playground.playground(); _, buttons, picture, words = box.children\n"
            "names = [b.comm.comm_id for b in buttons.children]\n"
            "ids = [*names, picture.comm.comm_id, words.comm.comm_id]",
            user_expressions={"ids": "json.dumps(ids)"},
            timeout=60,
            output_hook=lambda m: None,
        )["content"]
        text = made["user_expressions"]["ids"]["data"]["text/plain"]
        _, go, pause, _, picture, words = json.loads(text.strip("'"))

        def click(button):
            data = {"method": "custom", "content": {"event": "click"}}
            client.shell_channel.send(
                client.session.msg("comm_msg", {"comm_id": button, "data": data})
            )
            return time.monotonic()

        def listen(seconds):
            frames, said, end = [], [], time.monotonic() + seconds
            while time.monotonic() < end:
                try:
                    message = client.get_iopub_msg(timeout=0.05)
                except Exception:  # none came
                    continue
                content = message["content"]
                assert message["msg_type"] != "error", content
                if content.get("comm_id") == picture and content["data"].get("buffer_paths"):
                    frames.append(time.monotonic())
                if content.get("comm_id") == words and "value" in content["data"].get("state", {}):
                    said.append((time.monotonic(), content["data"]["state"]["value"]))
            return frames, said

        listen(0.5)
        click(go)
        frames, _ = listen(4)
        print(f"{len(frames) / 4:.1f} frames a second")
        assert len(frames) >= 2  # it runs by itself
        pressed, answers = click(pause), []
        while not answers and time.monotonic() < pressed + 30:
            frames, said = listen(1)
            answers = [at for at, text in said if "Paused" in text]
        print(f"Pause answered after {answers[0] - pressed:.2f} s")
        assert not [at for at in frames if at > answers[0] + 0.01]
        assert listen(1)[0] == []
    finally:
        client.stop_channels()
        kernel.shutdown_kernel(now=True)


# Extremes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", TASKS)
@pytest.mark.parametrize("shape", [(1, 1), (2, 7), (3, 32)])
def test_every_experiment_can_be_drawn_on_the_same_board(data, shape, board=w.Board()):  # noqa: B008
    e = w.Experiment(data, n_layers=shape[0], width=shape[1])
    for _ in range(2):
        figure = w.draw_playground(e, board)
        assert figure is board.figure and board.png().startswith(b"\x89PNG")
        e.advance()
    assert data in figure.get_label() and f"{shape[0]} of {shape[1]}" in figure.get_label()


def test_infinite_weights_can_still_be_drawn():
    e = w.Experiment()
    e.network.parameters[0][:] = np.inf
    w.draw_playground(e)


# Errors -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        {"width": 0},
        {"n_layers": 0},
        {"noise": -1},
        {"test_share": 1.0},
        {"batch_size": 0},
        {"learning_rate": 0},
        {"momentum": 1},
        {"decay": -1},
        {"data": "cats"},
        {"activation": "Tanh"},
        {"colour": "red"},
    ],
)
def test_what_cannot_be_changes_nothing(settings):
    e = w.Experiment()
    e.advance()
    before = dict(vars(e))
    with pytest.raises((ValueError, TypeError, KeyError)):
        e.change(**settings)
    assert vars(e) == before


def test_divergence_is_said_and_survived():
    e = w.Experiment("regression", learning_rate=10.0)
    with pytest.raises(FloatingPointError, match="ten times smaller"):
        e.advance(50)
    assert all(np.isfinite(array).all() for array in e.network.parameters)
    w.draw_playground(e)
    e.change(learning_rate=0.03)
    e.restart(0)
    e.advance(5)
    assert e.history.epochs == 5


def test_changes_in_mid_run_go_on_and_errors_stop():
    async def play(found, picture, words):
        first = picture.value
        found["Run"].click()
        await until(lambda: picture.value != first)
        found["data set"].value = "regression"
        before = picture.value
        await until(lambda: picture.value != before and "regression" in words.value)
        found["learning rate"].value = 10.0
        await until(lambda: "Paused: " in words.value)  # it may take some epochs
        assert re.search(r"Paused: (validation_loss|loss|a weight) is (-?inf|nan)", words.value)
        assert "Reset" in words.value and w.Loop.at_work is None
        found["learning rate"].value = 0.01
        found["Reset"].click()
        found["Run"].click()
        await until(lambda: "Running" in words.value)

    run(play)
