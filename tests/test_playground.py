"""The playground without a browser: its controls, buttons, pointer and keys, and a real kernel."""

import asyncio
import json
import re
import time
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("ipywidgets")

from nn_from_scratch import playground as w  # noqa: E402
from nn_from_scratch.experiment import LONG, read_address  # noqa: E402

pytestmark = pytest.mark.heavy  # drawing takes its time

# By hand ----------------------------------------------------------------------------------------


def every(box):
    "A box and all that is in it."
    return [box, *(part for child in getattr(box, "children", ()) for part in every(child))]


def parts(box):
    "What can be moved, by description, and the picture and the words."
    found = {part.description: part for part in every(box) if getattr(part, "description", "")}
    picture, words = (next(p for p in every(box) if f"nnfs-{name}" in p._dom_classes)
                      for name in ("picture", "words"))  # fmt: skip
    return found, picture, words


def test_controls_have_descriptions_and_classes():
    box = w.playground()
    found, picture, words = parts(box)
    wanted = (
        "data set, noise, test share, seed, layer 1, layer 2, layer 3, activation, learning rate"
    )
    wanted += ", momentum, rate decay, weight decay, batch size, x₁, x₂, x₁², x₂², x₁x₂, sin πx₁"
    wanted += ", sin πx₂, Step, Run, Pause, Reset, look at"
    assert list(found) == wanted.split(", ") and 'role="status"' in words.value
    classes = {name for part in every(box) for name in part._dom_classes}
    wanted = "playground run pause step reset picture words data learning-rate hidden inputs "
    assert {f"nnfs-{name}" for name in (wanted + "network look").split()} <= classes


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
    found, picture, words = parts(w.playground("hidden=4,4,4&inputs=x1,sinx2"))
    found["Step"].click()
    for name, control in found.items():
        if name in ("Step", "Run", "Pause", "Reset", "look at"):
            continue
        before, said = picture.value, words.value
        if hasattr(control, "options"):
            control.index = (control.index + 1) % len(control.options)
        elif isinstance(control.value, bool):
            control.value = not control.value
        else:
            control.value = control.max
        if name in ("batch size", "learning rate", "momentum", "rate decay", "weight decay"):
            found["Step"].click()
        assert "Paused, frame" in words.value and words.value != said, words.value
        assert picture.value != before, name


def test_the_layers_are_those_of_the_sliders():
    "One without neurons is none; without any, the network is a line."
    found, _, words = parts(w.playground("hidden=3,5"))
    assert [found[f"layer {i}"].value for i in (1, 2, 3)] == [3, 5, 0]
    found["layer 1"].value = 0
    assert "Hidden layers: 5 neurons" in words.value
    found["layer 3"].value = 2
    assert "Hidden layers: 5 and 2 neurons" in words.value
    found["layer 2"].value = found["layer 3"].value = 0
    assert "No hidden layer." in words.value


def test_what_a_page_sends_back_changes_nothing():
    "A slider in a page reckons in floats of its own: 0.3 comes back as 0.30000000000000004."
    told = []
    found, _, words = parts(w.playground("", told.append))
    found["Step"].click()
    found["test share"].value = 0.1 + 0.2
    assert "Epoch 1:" in words.value and not told
    found["test share"].value = 0.7 + 1e-16
    assert "Epoch 0:" in words.value and "test=0.7&" in told[0]


def test_the_last_input_stays():
    found, _, words = parts(w.playground())
    found["x₁"].value = False
    assert "Inputs: x₂." in words.value
    found["x₂"].value = False
    assert found["x₂"].value and "Paused, frame" in words.value and "Inputs: x₂." in words.value
    found["x₁x₂"].value = True
    assert "Inputs: x₂, x₁x₂." in words.value


# The address ------------------------------------------------------------------------------------


def test_an_address_sets_and_hides_controls():
    box = w.playground(
        "data=circles&hidden=&inputs=x1x1,x2x2&rate=0.1&seed=7&hide=data,rate,inputs"
    )
    found, _, words = parts(box)
    assert "Data: circles" in words.value and "Inputs: x₁², x₂². No hidden layer." in words.value
    assert not {"data set", "learning rate", "x₁²"} & set(found) and found["seed"].value == 7
    assert "inputs" not in [getattr(part, "value", "") for part in every(box)]
    shown, _, _ = parts(w.playground("hide=" + ",".join(LONG)))
    assert list(shown) == ["Step", "Run", "Pause", "Reset", "look at"]


def test_each_change_is_told_with_all_settings():
    told = []
    found, _, _ = parts(w.playground("hidden=8&hide=seed,noise", told.append))
    found["Step"].click()
    found["look at"].index = 1
    assert told == []
    found["learning rate"].value = 0.3
    found["x₁x₂"].value = True
    found["layer 2"].value = 4
    assert len(told) == 3
    settings, hide = read_address(told[-1])
    assert hide == ("seed", "noise") and set(settings) == set(LONG.values())
    assert settings["learning_rate"] == 0.3 and settings["inputs"] == ("x1", "x2", "x1x2")
    assert settings["hidden"] == (8, 4)
    again, _, words = parts(w.playground(told[-1]))
    assert again["layer 2"].value == 4 and "Inputs: x₁, x₂, x₁x₂." in words.value


@pytest.mark.parametrize("address", ["data=cats", "rate", "hidden=8&hidden=8", "\0", "#\n"])
def test_a_damaged_address_gives_the_default_and_one_line(address):
    default, picture, plain = parts(w.playground())
    found, same, words = parts(w.playground(address))
    assert list(found) == list(default) and same.value == picture.value
    start = '<p role="status" aria-live="polite">'
    line, rest = words.value.removeprefix(start).split(" So this is the default. ")
    assert line.startswith("The address expects ") and "\n" not in line
    assert rest == plain.value.removeprefix(start)
    found["Step"].click()
    assert "address" not in words.value


# An eye on a neuron -----------------------------------------------------------------------------


def eye_on(e):
    board, seen = w.Board(), []
    eye = w.Eye(board, lambda: seen.append(eye.look) or board.draw(e, eye.look) and eye.show())
    board.draw(e)
    eye.show()
    return eye, board, seen


def test_press_keys_and_list_lead_to_the_same_place():
    eye, board, seen = eye_on(w.Experiment(hidden=(4, 3)))
    shown = ["nothing", "x₁", "x₂", *(f"hidden 1, neuron {i}" for i in range(1, 5))]
    shown += [*(f"hidden 2, neuron {i}" for i in range(1, 4))]
    assert list(eye.names.options) == [*shown, *(f"output, neuron {i}" for i in range(1, 4))]
    left, top, side = board.squares[2][1]
    eye.canvas._handle_frontend_event(
        None, {"event": "mouse_down", "x": left + 2, "y": top + 3}, []
    )
    assert seen == [(2, 1)] and eye.names.value == "hidden 2, neuron 2"
    press = {"event": "key_down", "shift_key": False, "ctrl_key": False, "meta_key": False}
    eye.canvas._handle_frontend_event(None, press | {"key": "ArrowDown"}, [])
    assert seen[1:] == [(2, 2)] and eye.names.value == "hidden 2, neuron 3"
    eye.names.value = "x₂"
    assert seen[2:] == [(0, 1)] and board.look == (0, 1)
    touch = {"event": "touch_start", "touches": [{"x": left + 2, "y": top + 3}] * 2}
    eye.canvas._handle_frontend_event(None, touch, [])
    assert seen[3:] == [(2, 1)]
    eye.canvas._handle_frontend_event(None, press | {"key": "a"}, [])
    eye.names.value = "nothing"
    assert seen[4:] == [None]


def test_a_weight_can_be_pressed():
    eye, board, seen = eye_on(w.Experiment(hidden=(1,), inputs=("x1",)))
    left, top, side = board.squares[0][0]
    eye.press(left + side + 40, top + side // 2)
    assert seen == [(1, 0, 0)] and eye.names.value == "hidden 1, neuron 1"
    eye.press(3, 3)
    assert seen[1:] == [None] and eye.names.value == "nothing"


def test_tab_leaves_the_canvas(monkeypatch):
    eye, _, seen = eye_on(w.Experiment())
    left = []
    monkeypatch.setattr(type(eye.names), "focus", lambda self: left.append(self))
    eye.key("Tab", False, False, False)
    assert left == [eye.names] and not seen


def test_the_canvas_shows_the_portrait(monkeypatch):
    "All of it and solid; and again when a page has been loaded."
    shown = []
    monkeypatch.setattr(w.Canvas, "put_image_data", lambda self, pixels: shown.append(pixels))
    eye, board, _ = eye_on(w.Experiment())
    assert shown[0].shape == (480, 600, 4) and shown[0].dtype == np.uint8
    np.testing.assert_array_equal(shown[0][..., :3], board.portrait)
    assert shown[0][..., 3].min() == 255 and (eye.canvas.width, eye.canvas.height) == (600, 480)
    eye.canvas._handle_frontend_event(None, {"event": "client_ready"}, [])
    np.testing.assert_array_equal(shown[-1], shown[0])
    assert len(shown) == 2


def test_the_words_have_the_numbers():
    found, _, words = parts(w.playground("hidden=4"))
    found["look at"].value = "hidden 1, neuron 2"
    assert "hidden 1, neuron 2: bias 0; weights " in words.value
    found["Step"].click()
    assert "hidden 1, neuron 2: bias " in words.value and "bias 0;" not in words.value
    found["layer 1"].value = 1  # there is no second one any more
    assert "hidden 1" not in words.value and found["look at"].value == "nothing"
    assert "hidden 1, neuron 2" not in found["look at"].options


# While it runs ----------------------------------------------------------------------------------


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
    monkeypatch.setattr(w, "say", lambda words, *text: said.append(now[0]) or say(words, *text))

    async def play(found, picture, words):
        found["Run"].click()
        assert 'aria-live="polite">Running' in words.value
        first = len(said)
        await until(lambda: len(said) > first + 3)
        waits = np.diff(said[first:])
        assert np.all((waits >= 1) & (waits < 2)), waits
        assert 'aria-live="off">Running' in words.value, "nobody could listen to that"
        found["Pause"].click()
        assert 'aria-live="polite">Paused' in words.value

    run(play)


@pytest.mark.heavy
def test_in_a_real_kernel():
    manager = pytest.importorskip("jupyter_client.manager")
    kernel, client = manager.start_new_kernel(kernel_name="python3")
    try:
        made = client.execute_interactive(
            "import sys, json\nfrom nn_from_scratch import playground\n"
            "box = playground.playground(); *_, buttons, pictures, words = box.children\n"
            "shown = [*buttons.children, pictures.children[1], words]\n"
            "ids = [each.comm.comm_id for each in shown]",
            user_expressions={"ids": "json.dumps(ids)"},
            timeout=60,
            output_hook=lambda m: None,
        )["content"]
        text = made["user_expressions"]["ids"]["data"]["text/plain"]
        _, go, pause, _, _, picture, words = json.loads(text.strip("'"))

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


# Errors -----------------------------------------------------------------------------------------


def test_divergence_is_said_and_survived():
    e = w.Experiment("regression", learning_rate=10.0)
    with pytest.raises(FloatingPointError, match="ten times smaller"):
        e.advance(50)
    assert all(np.isfinite(array).all() for array in e.network.parameters)
    w.Board().draw(e)
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
