"""History: lists by name, the best epoch, the table, and text that comes back exactly."""

import copy
import json
import math
import pickle

import numpy as np
import pytest
from helpers import SGD, task, train
from hypothesis import given, settings
from hypothesis import strategies as st

import nn_from_scratch as nn

# By hand ------------------------------------------------------------------------------------------


def test_epochs_are_written_down():
    "Row by row; numbers of any type become Python floats."
    history = nn.History()
    assert history == {} and history.epochs == 0
    history.append({"loss": np.float32(0.5), "accuracy": 1})
    history.append({"loss": 0.25, "accuracy": np.float64(0.75)})
    assert history == {"loss": [0.5, 0.25], "accuracy": [1.0, 0.75]} and history.epochs == 2
    assert all(type(value) is float for values in history.values() for value in values)
    assert type(history["loss"]) is list and list(history) == ["loss", "accuracy"]


def test_best():
    history = nn.History({"loss": [3, 1, 1], "accuracy": [0.5, 0.9, 0.9], "gain": [1, 2, 3]})
    assert history.best() == {"epoch": 2, "loss": 1.0, "accuracy": 0.9, "gain": 2.0}
    assert history.best("accuracy")["epoch"] == 2 and history.best("gain")["epoch"] == 3
    history = nn.History({"loss": [3, 2, 1], "validation_loss": [2, 1, 3], "mean_error": [2, 3, 1]})
    assert history.best()["epoch"] == 2
    assert history.best("loss")["epoch"] == 3 and history.best("mean_error")["epoch"] == 3
    with pytest.raises(ValueError, match="no epoch with accuracy; it has loss, validation_loss"):
        history.best("accuracy")
    with pytest.raises(ValueError, match="it has None"):
        nn.History().best()


def test_the_table_of_a_history():
    values = [abs(i - 17) + 0.5 for i in range(1, 41)]
    lines = nn.History({"loss": values})._repr_markdown_().splitlines()
    assert lines[0] == "| epoch | loss |" and lines[1] == "|---|---|"
    assert [line for line in lines if "**" in line] == ["| **17** | **0.5** |"]
    epochs = [int(line.split("|")[1].strip(" *")) for line in lines[2:]]
    assert epochs == sorted(set(epochs)) and len(epochs) <= 8
    assert epochs[0] == 1 and epochs[-1] == 40
    short = nn.History({"loss": [2, 1, 3]})._repr_markdown_().splitlines()
    assert short[2:] == ["| 1 | 2 |", "| **2** | **1** |", "| 3 | 3 |"]
    assert nn.History()._repr_markdown_().splitlines()[0] == "| epoch |"


def test_columns_may_have_other_lengths():
    "Those of callbacks, which need not write in every epoch: it is the loss that counts epochs."
    history = nn.History({"rate": [0.1], "loss": [3, 1, 2], "norm": [], "more": [1, 2, 3, 4]})
    assert history.epochs == 3
    assert history.best() == {"epoch": 2, "loss": 1.0, "more": 2.0}
    assert history.best("rate") == {"epoch": 1, "rate": 0.1, "loss": 3.0, "more": 1.0}
    assert history.best("more")["epoch"] == 4
    with pytest.raises(ValueError, match="no epoch with norm"):
        history.best("norm")
    assert history._repr_markdown_().splitlines() == [
        "| epoch | rate | loss | norm | more |",
        "|---|---|---|---|---|",
        "| 1 | 0.1 | 3 |  | 1 |",
        "| **2** |  | **1** |  | **2** |",
        "| 3 |  | 2 |  | 3 |",
    ]
    assert repr(history) == "History of 3 epochs, the best: epoch 2, loss 1, more 2"
    assert nn.History.from_json(history.to_json()) == history
    assert nn.History({"rate": [1, 2]}).epochs == 2 and nn.History({"loss": [], "a": [1]}) != {}
    assert repr(nn.History({"rate": [1.0]})) == "History without a loss"


def test_the_direction_of_the_best():
    "Known names are best when low; a metric may say so; who asks has the last word."
    for name in ("loss", "validation_loss", "mean_error", "mae", "rmse", "validation_mape"):
        assert nn.History({name: [2, 1, 3]}).best(name)["epoch"] == 2
        assert nn.History({name: [2, 1, 3]}).best(name, lowest=False)["epoch"] == 3
    for name in ("accuracy", "f1", "loss_of_weight", "errors"):
        assert nn.History({name: [2, 1, 3]}).best(name)["epoch"] == 3
        assert nn.History({name: [2, 1, 3]}).best(name, lowest=True)["epoch"] == 2
    history = nn.History({"distance": [2, 1, 3], "loss": [2, 1, 3]})
    history.memory["lowest"] = {"distance": True, "loss": False}
    assert history.best("distance")["epoch"] == 2 and history.best("loss")["epoch"] == 3


def test_the_line_of_a_history():
    assert "without epochs" in repr(nn.History())
    line = repr(nn.History({"loss": [2, 1, 3]}))
    assert "3 epochs" in line and "epoch 2" in line and "loss 1" in line and "\n" not in line


def test_the_table_may_be_shorter():
    lines = nn.History({"loss": range(20, 0, -1)})._repr_markdown_(n_rows=4).splitlines()
    assert [line.split("|")[1].strip(" *") for line in lines[2:]] == ["1", "10", "20"]


NUMBERS = st.floats(allow_nan=False) | st.sampled_from([5e-324, -2.5e-310, 0.1 + 0.2, -0.0])


@given(data=st.data(), names=st.lists(st.text(max_size=5), unique=True, max_size=4))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_history_round_trip(data, names):
    length = data.draw(st.integers(0, 6))
    column = st.lists(NUMBERS, min_size=length, max_size=length)
    history = nn.History({name: data.draw(column) for name in names})
    ways = [copy.copy, copy.deepcopy, lambda h: pickle.loads(pickle.dumps(h))]
    for way in [*ways, lambda h: nn.History.from_json(h.to_json())]:
        found = way(history)
        assert type(found) is nn.History and list(found) == list(names)
        assert {k: np.array(v).tobytes() for k, v in found.items()} == {
            k: np.array(v, float).tobytes() for k, v in history.items()
        }
    assert history.epochs == (length if names else 0)


def test_json_of_a_run_is_plain():
    network, loss, X, y = task("fused softmax")
    history = train(network, loss, SGD(0.1), X, y)
    assert json.loads(history.to_json()) == dict(history)


def test_a_copy_is_another():
    history = nn.History({"loss": [1.0]})
    deep = copy.deepcopy(history)
    deep["loss"].append(2.0)
    taken = nn.History(history)
    taken["loss"].append(3.0)
    assert history == {"loss": [1.0]}


@pytest.mark.parametrize(
    "lists",
    [{"loss": (1, 2)}, {"loss": np.array([1.0, 2])}, {"loss": np.array([1, 2], np.float32)}]
    + [{"loss": range(1, 3)}, {"loss": [np.int8(1), np.float16(2)]}, {"loss": iter([1, 2])}],
    ids=lambda lists: str(lists)[:30],
)
def test_histories_of_every_type(lists):
    history = nn.History(lists)
    assert history == {"loss": [1.0, 2.0]} and all(type(v) is float for v in history["loss"])


# Extremes -----------------------------------------------------------------------------------------


def test_a_history_of_nan_comes_back():
    text = nn.History({"loss": [math.nan, math.inf]}).to_json()
    assert list(map(str, nn.History.from_json(text)["loss"])) == ["nan", "inf"]


NAN = math.nan


BEST = [  # a loss, and its best epoch
    ([NAN, 2.0, 1.0], 3), ([NAN, 1.0, 2.0], 2), ([2.0, NAN, 1.0], 3), ([1.0, 2.0, NAN], 1),
    ([NAN, NAN], 1), ([NAN, math.inf], 2), ([math.inf, 1.0, -math.inf], 3),
]  # fmt: skip


@pytest.mark.parametrize(("values", "epoch"), BEST, ids=str)
def test_the_best_epoch_is_none_of_nan(values, epoch):
    assert nn.History({"loss": values}).best()["epoch"] == epoch
    turned = {"loss": [1.0] * len(values), "accuracy": [-value for value in values]}
    assert nn.History(turned).best("accuracy")["epoch"] == epoch
    assert f"epoch {epoch}" in repr(nn.History({"loss": values}))


# Errors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lists",
    [{"a": 1}, {"a": ["x"]}, {"a": [None]}, [1], "text", 3, {"a": [[1]]}],
    ids=str,
)
def test_history_refuses(lists):
    with pytest.raises(ValueError, match="History expects lists of numbers"):
        nn.History(lists)


@pytest.mark.parametrize(
    "text",
    ["", "junk", "[1]", "{", '{"a": 1}', '{"a": ["x"]}', "null x", "7"]
    + ['{"a": "12"}', '{"a": {"1": 2}}', '{"a": [1' + "0" * 400 + "]}", "[" * 100_000],
    ids=lambda text: text[:12],
)
def test_junk_is_no_history(text):
    with pytest.raises(ValueError):
        nn.History.from_json(text)


NO_COLUMNS = [1, None, "12", b"12", ["1"], [b"1"], [True], [None], [[1]], [1j], [[]], [{}]]
NO_COLUMNS += [{"a": 1}, np.ones((2, 2)), [10**400], np.array(1.0), ["one"], len]


NO_HISTORIES = [3, "text", [1], {1: 2}, len, nn.History, np.ones(2)]
NO_HISTORIES += [{"loss": column} for column in NO_COLUMNS]


@pytest.mark.parametrize("lists", NO_HISTORIES, ids=lambda lists: str(lists)[:30])
def test_what_is_no_history(lists):
    with pytest.raises(ValueError, match="History expects lists of numbers by name"):
        nn.History(lists)


@pytest.mark.parametrize("text", [None, 3, [], {}, object, ..., "", "nul", b"\xff", "[]", "[[1]]"])
def test_what_is_no_text_of_a_history(text):
    with pytest.raises((TypeError, ValueError)):
        nn.History.from_json(text)


@pytest.mark.parametrize("name", ["accuracy", "", 3, None, True])
def test_the_best_of_nothing(name):
    for history in (nn.History(), nn.History({"other": [1.0]}), nn.History({"other": []})):
        with pytest.raises(ValueError, match="History has no epoch with"):
            history.best(name)
