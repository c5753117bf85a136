"""The stop button and the live plot in a real Jupyter kernel."""

import time

import pytest

pytest.importorskip("ipykernel", reason="a real kernel needs ipykernel: pip install jupyterlab")
manager = pytest.importorskip("jupyter_client.manager", reason="needs jupyter_client")

SETUP = """
import numpy as np
import nn_from_scratch as nn
from nn_from_scratch.points import spiral_data

X, y = spiral_data(200, rng=0)

def tell(state):
    if state.epoch == 3:
        print("three epochs", flush=True)

loss, optimizer = nn.SoftmaxCategoricalCrossEntropy(), nn.StochasticGradientDescent(0.1)
model = nn.Sequential(nn.DenseLayer(2, 64, rng=1), nn.ReLU(), nn.DenseLayer(64, 3, rng=2))
more = {"batch_size": 16, "metric": nn.Accuracy(), "rng": np.random.default_rng(0)}
"""


@pytest.fixture(scope="module")
def kernel():
    "A client of a real kernel of this Python; the kernel is shut down at the end."
    keeper = manager.KernelManager(kernel_name="python3")
    keeper.start_kernel()
    client = keeper.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=90)
        yield keeper, client
    finally:
        client.stop_channels()
        keeper.shutdown_kernel(now=True)
        keeper.cleanup_resources()


def run(kernel, code, interrupt_at=None, limit=90):
    "Run a cell, interrupt it when it has printed a text; status, printed text and its messages."
    keeper, client = kernel
    number, printed, messages, pressed = client.execute(code), "", [], False
    end = time.monotonic() + limit
    while time.monotonic() < end:
        message = client.get_iopub_msg(timeout=limit)
        if message["parent_header"].get("msg_id") != number:
            continue
        kind, content = message["msg_type"], message["content"]
        if kind == "stream":
            printed += content["text"]
            if interrupt_at and not pressed and interrupt_at in printed:
                keeper.interrupt_kernel()
                pressed = True
        elif kind == "status" and content["execution_state"] == "idle":
            break
        else:
            messages.append((kind, content))
    while True:
        reply = client.get_shell_msg(timeout=limit)
        if reply["parent_header"].get("msg_id") == number:
            return reply["content"]["status"], printed, messages


def fine(kernel, code):
    "Run a cell that must end well; what it printed."
    status, printed, messages = run(kernel, code)
    assert status == "ok", messages
    return printed


@pytest.mark.parametrize("progress", [False, True])
def test_the_stop_button(kernel, progress):
    fine(kernel, SETUP)
    code = f"history = nn.fit(model, loss, optimizer, X, y, epochs=10**6, progress={progress}, "
    status, printed, messages = run(kernel, code + "callbacks=[tell], **more)", "three epochs")
    assert status == "ok", messages
    assert not [kind for kind, _ in messages if kind == "error"]
    assert "Stopped by Ctrl-C after" in printed
    bar = "step/s" in printed or any("display_data" in kind for kind, _ in messages)
    assert bar == progress
    done, finite = fine(
        kernel, "print(history.epochs, np.isfinite(model.predict(X)).all())"
    ).split()
    assert 3 <= int(done) < 10**6 and finite == "True"
    more = f"print(nn.fit(model, loss, optimizer, X, y, epochs={int(done) + 2}, history=history, "
    assert fine(kernel, more + "progress=False, **more).epochs)").split() == [str(int(done) + 2)]
    assert (
        fine(kernel, "print(len(history['loss']), len(history['accuracy']))").split()
        == [str(int(done) + 2)] * 2
    )


def test_the_kernel_can_be_interrupted_as_before(kernel):
    "`fit` gave the handler back: a cell without it ends in KeyboardInterrupt."
    fine(
        kernel, SETUP + "h = nn.fit(model, loss, optimizer, X, y, epochs=1, progress=False, **more)"
    )
    code = "import time\nprint('waiting', flush=True)\nfor _ in range(600): time.sleep(0.1)"
    status, _, messages = run(kernel, code, "waiting")
    assert status == "error" and dict(messages)["error"]["ename"] == "KeyboardInterrupt"


def test_the_live_plot(kernel):
    pytest.importorskip("matplotlib")
    fine(kernel, SETUP)
    code = "h = nn.fit(model, loss, optimizer, X, y, epochs=4, progress=False, "
    status, _, messages = run(kernel, code + "callbacks=[nn.live_plot()], **more)")
    assert status == "ok", messages
    shown = [(kind, content) for kind, content in messages if "display_data" in kind]
    assert [kind for kind, _ in shown] == ["display_data"] + ["update_display_data"] * 3
    assert len({content["transient"]["display_id"] for _, content in shown}) == 1
    pictures = [content["data"]["image/png"] for _, content in shown]
    assert len(set(pictures)) == 4 and all(text.startswith("iVBORw0KGgo") for text in pictures)
