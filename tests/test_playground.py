"""The playground without a browser: data, experiment, picture, buttons, loop and a real kernel."""

import asyncio
import json
import re
import time

import numpy as np
import pytest

pytest.importorskip("ipywidgets")
pytest.importorskip("ipycanvas")

from nn_from_scratch import widgets as w  # noqa: E402
from nn_from_scratch.points import circles_data, xor_data  # noqa: E402

TASKS = list(w._TASKS)


@pytest.mark.parametrize("draw", [circles_data, xor_data])
def test_new_data(draw):
    X, y = draw(50, rng=np.random.default_rng(1))
    again, _ = draw(50, rng=np.random.default_rng(1))
    assert X.shape == (100, 2) and X.dtype == np.float32 and np.isfinite(X).all()
    assert y.shape == (100, 1) and y.dtype == np.int64 and np.bincount(y[:, 0]).tolist() == [50, 50]
    np.testing.assert_array_equal(X, again)
    for bad in ({"n_per_class": 0}, {"noise": -0.1}, {"noise": np.nan}):
        with pytest.raises(ValueError, match=draw.__name__):
            draw(**bad)


@pytest.mark.parametrize("data", TASKS)
def test_each_data_set_is_learnt(data):
    e = w.Experiment(data)
    w.advance(e, 300)
    if data == "regression":
        assert e.history["validation_loss"][-1] < 0.03 and "accuracy" not in e.history
    else:
        assert e.history.best("validation_accuracy")["validation_accuracy"] > 0.9
    assert e.history.epochs == 300 and "validation_loss" in e.history


@pytest.mark.parametrize("seed", range(4))
def test_spirals_pass_ninety_percent_for_any_seed(seed):
    e = w.Experiment(seed=seed)
    w.advance(e, 400)
    assert e.history.best("validation_accuracy")["validation_accuracy"] > 0.9


def test_same_seed_same_run():
    runs = []
    for _ in range(2):
        e = w.Experiment(seed=3)
        w.advance(e, 3)
        runs.append(dict(e.history))
    assert runs[0] == runs[1]
    e.restart(3)
    assert e.history.epochs == 0
    w.advance(e, 3)
    assert dict(e.history) == runs[0]


def test_a_rate_changes_in_mid_run_and_keeps_all_else():
    e = w.Experiment()
    w.advance(e, 2)
    network, states, history = e.network, e.optimizer.states, e.history
    w.change(e, learning_rate=0.001, momentum=0.5, decay=0.0)
    assert (e.network, e.optimizer.states, e.history) == (network, states, history)
    w.advance(e)
    assert e.optimizer.current_learning_rate == 0.001 and e.history.epochs == 3
    before = e.network.parameters[0].copy()
    w.change(e, learning_rate=1e-12, momentum=0.0)
    w.advance(e)
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
    w.advance(e)
    w.change(e, **settings)
    assert e.history.epochs == 0
    w.advance(e)


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
    w.advance(e)
    before = dict(vars(e))
    with pytest.raises((ValueError, TypeError, KeyError)):
        w.change(e, **settings)
    assert vars(e) == before


def test_batches_change_at_once():
    e = w.Experiment()
    w.advance(e)
    w.change(e, batch_size=512)
    w.advance(e)
    assert e.history.epochs == 2


def test_divergence_is_said_and_survived():
    e = w.Experiment("regression", learning_rate=10.0)
    with pytest.raises(FloatingPointError, match="ten times smaller"):
        w.advance(e, 50)
    assert all(np.isfinite(array).all() for array in e.network.parameters)
    w.draw_playground(e)
    w.change(e, learning_rate=0.03)
    e.restart(0)
    w.advance(e, 5)
    assert e.history.epochs == 5


@pytest.mark.parametrize("data", TASKS)
@pytest.mark.parametrize("shape", [(1, 1), (2, 7), (3, 32)])
def test_every_experiment_can_be_drawn_on_the_same_board(data, shape, board=w._Board()):  # noqa: B008
    e = w.Experiment(data, n_layers=shape[0], width=shape[1])
    for _ in range(2):
        figure = w.draw_playground(e, board)
        assert figure is board.figure and w._snap(board).startswith(b"\x89PNG")
        w.advance(e)
    assert data in figure.get_label() and f"{shape[0]} of {shape[1]}" in figure.get_label()


def test_screen_and_file_show_the_same():
    from io import BytesIO

    from PIL import Image

    e, board = w.Experiment(), w._Board()
    w.advance(e, 30)
    figure = w.draw_playground(e, board)
    fast = np.asarray(Image.open(BytesIO(w._snap(board)))).astype(float)
    slow = np.asarray(Image.open(BytesIO(w._png(figure))))[:, :, :3].astype(float)
    assert fast.shape == slow.shape and np.mean(np.abs(fast - slow) > 60) < 0.01


def test_infinite_weights_can_still_be_drawn():
    e = w.Experiment()
    e.network.parameters[0][:] = np.inf
    w.draw_playground(e)


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
        assert "Reset" in words.value
        found["learning rate"].value = 0.01
        found["Reset"].click()
        found["Run"].click()
        await until(lambda: "Running" in words.value)

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


def test_in_a_real_kernel():
    manager = pytest.importorskip("jupyter_client.manager")
    kernel, client = manager.start_new_kernel(kernel_name="python3")
    try:
        made = client.execute_interactive(
            "import sys, json\nfrom nn_from_scratch import widgets\n"
            "box = widgets.playground(); _, buttons, picture, words = box.children\n"
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
