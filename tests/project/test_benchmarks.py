"""The benchmarks: their arithmetic, their workers on a few images, and what README says of them."""

import copy
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers import ROOT, stored_text

sys.path.insert(0, str(ROOT))

from benchmarks import doctor, parallel, training  # noqa: E402
from benchmarks.peers import CONTESTANTS  # noqa: E402

STORED = json.loads((ROOT / "benchmarks/training.json").read_text(encoding="utf-8"))
PROOF = json.loads((ROOT / "benchmarks/doctor.json").read_text(encoding="utf-8"))
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_ratios_are_taken_round_by_round():
    "A machine that was slow for a round was slow for all: the median of ratios, not of seconds."
    nan = float("nan")
    answers = {
        "floor": [(1.0, nan, 5, 5), (10.0, nan, 5, 5), (1.5, nan, 5, 5)],
        "nn_from_scratch": [(2.0, 0.3, 9, 5), (20.0, 0.2, 9, 5), (3.0, 0.1, 9, 5)],
        "other": [(4.0, 0, nan, 5), (60.0, 0, nan, 5), (12.0, 0, nan, 5)],
    }
    found = training.summary(answers)
    assert found["other"]["to_ours"] == 3 and found["nn_from_scratch"]["to_floor"] == 2
    assert found["other"]["half"] == [2.5, 3.5]
    assert found["floor"]["result"] is found["other"]["memory_mb"] is None
    assert found["nn_from_scratch"] == {
        "seconds": 3, "to_ours": 1, "half": [1, 1], "result": 0.1, "memory_mb": 4, "to_floor": 2,
    }  # fmt: skip
    answers["floor, one thread"] = [(4.0, nan, 5, 5), (40.0, nan, 5, 5), (6.0, nan, 5, 5)]
    found = training.summary(answers)
    assert found["nn_from_scratch"]["to_floor"] == 0.5 and found["floor"]["to_floor"] == 0.25


@pytest.fixture
def few_images(tmp_path):
    "Labelled images that are easy to tell apart, written as the workers read them."
    rng = np.random.default_rng(0)
    X, y = rng.random((256, 784), np.float32), np.arange(256) % 10
    X[np.arange(256), y] += 5
    for i, array in enumerate((X, y, X, y)):
        np.save(tmp_path / f"{i}.npy", array)
    return str(tmp_path)


def test_workers_take_turns_and_learn(few_images):
    "The floor, NumPy by hand and ours in processes of their own, on a few images."

    names = ["floor", "NumPy by hand", "nn_from_scratch"]
    workers = [training.Worker(name, few_images, 32, 256, 1) for name in names]
    answers = training.in_turns(workers, "epoch", 3)
    assert list(answers) == names
    for name in names[1:]:
        losses = [row[1] for row in answers[name]]
        assert len(losses) == 3 and losses[0] > losses[1] > losses[2]
    assert all(row[0] > 0 for rows in answers.values() for row in rows)
    seconds, accuracy, _ = workers[-1].ask("predict")
    for worker in workers:
        worker.end()
        assert worker.process.exitcode == 0
    assert seconds > 0 and 0 <= accuracy <= 1


@pytest.mark.skipif(sys.platform != "linux", reason="the environment is read from /proc")
def test_as_installed_no_variable_is_set(few_images, monkeypatch):
    "Whatever the caller has set; and the caller keeps it."
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "7")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    found = {}
    for threads in (None, 1):
        worker = training.Worker("floor", few_images, 32, 256, threads)
        lines = Path(f"/proc/{worker.process.pid}/environ").read_bytes().decode().split("\0")
        found[threads] = {line for line in lines if line.split("=")[0] in training.VARIABLES}
        worker.end()
    assert found == {None: set(), 1: {f"{name}=1" for name in training.VARIABLES}}
    assert os.environ["OPENBLAS_NUM_THREADS"] == "7" and "OMP_NUM_THREADS" not in os.environ


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_memory_is_what_the_process_grew_by():
    "Not what it had before; and what it gave back in between counts."
    code = """
import numpy as np
from benchmarks.training import forget_peak, peak_memory
before = np.ones(25_000_000)  # 200 MB
del before
forget_peak()
start = peak_memory()
while_it_runs = np.ones(7_500_000)  # 60 MB
del while_it_runs
print(peak_memory() - start)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert 50 < float(done.stdout) < 75


@pytest.mark.parametrize("name", [name for name in CONTESTANTS if "floor" not in name])
def test_each_contestant_learns_the_same_task(name, monkeypatch):
    "Ten classes that are easy to tell apart, in batches with a smaller one at the end."
    needed = pytest.importorskip(CONTESTANTS[name].needs, reason="a peer that is not installed")
    monkeypatch.setitem(sys.modules, CONTESTANTS[name].needs, needed)  # one takes it away
    rng = np.random.default_rng(0)
    X, y = 0.1 * rng.random((500, 784), np.float32), np.arange(500) % 10
    X[np.arange(500), y] += 1
    contestant = CONTESTANTS[name](X, y, 64)
    losses = [contestant.epoch() for _ in range(30)]
    assert losses[-1] < 0.3 < 2 < losses[0] < 3
    assert np.mean(contestant.predict(X) == y) > 0.95


def test_by_hand_is_the_same_arithmetic_as_fit(monkeypatch):
    "From the same weights and in the same order, both end on the same weights and loss."
    rng = np.random.default_rng(0)
    X, y = rng.random((500, 784), np.float32), np.arange(500) % 10
    by_hand, ours = CONTESTANTS["NumPy by hand"](X, y, 64), CONTESTANTS["nn_from_scratch"](X, y, 64)
    for mine, array in zip(by_hand.params, ours.network.parameters, strict=True):
        mine[...] = array.reshape(mine.shape)
    by_hand.rng, ours.rng = np.random.default_rng(1), np.random.default_rng(1)
    np.testing.assert_allclose(by_hand.epoch(), ours.epoch(), rtol=1e-5)
    for mine, array in zip(by_hand.params, ours.network.parameters, strict=True):
        np.testing.assert_allclose(mine, array.reshape(mine.shape), rtol=1e-4, atol=1e-6)


def test_the_large_network_is_timed_with_all_threads_and_with_one(few_images):
    found = training.large(few_images, 128, 2)
    assert found["network"] == "784-512-256-10" and found["images"] == 128
    assert 0.01 < found["as_installed_over_one_thread"] < 100


def test_one_thread_is_one_while_it_works_and_not_after():
    "NumPy's own pool; that of the machine is as it was."
    pools = pytest.importorskip("threadpoolctl").ThreadpoolController().select(user_api="blas")
    X, y, seen = np.zeros((64, 784), np.float32), np.zeros(64, np.int64), []

    class Watched(CONTESTANTS["NumPy by hand"]):
        def epoch(self):
            seen.append([pool["num_threads"] for pool in pools.info()])

    class WatchedOneThread(CONTESTANTS["NumPy by hand, one thread"], Watched):
        pass

    before = [pool["num_threads"] for pool in pools.info()]
    WatchedOneThread(X, y, 32).epoch()
    assert seen == [[1] * len(before)]
    assert [pool["num_threads"] for pool in pools.info()] == before


def made_up(jax: float, by_hand: float) -> dict:
    "A result in which ours takes 2 seconds and its floor 1."
    seconds = {
        "floor, one thread": 1, "NumPy by hand": 3, "NumPy by hand, one thread": by_hand,
        "nn_from_scratch": 2, "JAX, jitted": jax, "scikit-learn": 4,
    }  # fmt: skip
    answers = {name: [(value, 0.5, 60, 10)] * 3 for name, value in seconds.items()}
    row = training.summary(answers)
    rows = [
        {"environment": name, "batch_size": size, "contestants": copy.deepcopy(row)}
        for name in ("as installed", "1 thread")
        for size in (32, 128)
    ]
    return {
        "date": "a day", "machine": "a machine", "versions": {"numpy": "2"}, "images": 1000,
        "rounds": 3, "training": rows, "inference": {"nn_from_scratch": row["nn_from_scratch"]},
        "large": {"network": "784-512-10", "as_installed_over_one_thread": 0.6},
    }  # fmt: skip


def test_the_goals_are_told_apart():
    "What is measured as installed decides, with the better form of NumPy by hand."
    met = {text: ok for text, _, _, ok in training.goals(made_up(jax=2.5, by_hand=1.6))}
    assert met == {
        "JAX, jitted / fit at 32": True,
        "scikit-learn / fit at 32": True,
        "fit / by hand at 32": True,  # 1.25
        "JAX, jitted / fit at 128": True,
        "scikit-learn / fit at 128": True,
        "fit / by hand at 128": False,
        "fit in floors at 128": False,  # 2
    }
    lines = training.verdict(made_up(jax=1.9, by_hand=1.9)).splitlines()
    assert lines[0].split() == "FAIL JAX, jitted / fit at 32 0.950 (at least 1)".split()
    assert lines[-1] == "4 of 7 figures are reached"


def test_the_sentences_follow_the_figures():
    text = training.sentences(made_up(jax=2.5, by_hand=1.6))
    assert "is ahead of JAX and scikit-learn at every one of these sizes" in text
    assert "1.25 and 1.25 times as long as those of NumPy by hand" in text
    assert "in batches of 32 and 128, and 2.00 and 2.00 times" in text
    assert text.endswith(
        "784 → 512 → 10, which keeps all threads, takes 0.60 times as long as on one thread."
    )
    text = training.sentences(made_up(jax=1.9, by_hand=1.6))
    assert "is ahead of scikit-learn at every one of these sizes" in text
    assert "JAX is faster at all of them: it takes 0.95 and 0.95 of the time" in text
    result = made_up(jax=1.9, by_hand=1.6)
    training.by_batch(result)[128]["JAX, jitted"]["to_ours"] = 1.25
    text = training.sentences(result)
    assert "JAX and scikit-learn, but for JAX in batches of 32 (0.950 of the time)." in text
    table = training.table(made_up(jax=2.5, by_hand=1.6)).splitlines()
    assert table[0].count("|") == table[1].count("|") == table[2].count("|") == 8
    assert "| **`fit`** | 1.00 | 1.00 | 1.00 | 1.00 | 1.00 | 50 MB |" in table


def test_readme_has_the_block_that_is_stored():
    block = re.search(r"<!-- benchmark: made by `make bench` -->\n(.*?)\n<!--", README, re.S)
    assert block[1] == training.table(STORED)
    assert (ROOT / "benchmarks/training.png").stat().st_size < 60_000


def test_what_readme_says_of_imports():
    imports = STORED["import_seconds"]
    assert imports["nn_from_scratch"] < 1.33 * imports["numpy"]


def test_all_was_measured():
    "Every contestant as installed, most with one thread too, in three sizes, on all images."
    alone = {name for name, one in CONTESTANTS.items() if getattr(one, "own_threads", False)}
    for name, expected in (
        ("as installed", set(CONTESTANTS)),
        ("1 thread", set(CONTESTANTS) - alone),
    ):
        rows = training.by_batch(STORED, name)
        assert set(rows) == {32, 128, 512}
        assert all(set(found) == expected for found in rows.values())
    assert STORED["training"][0]["environment"] == "as installed"
    assert STORED["images"] == 60_000 and STORED["rounds"] >= 5
    assert STORED["large"]["images"] == 15_000
    seconds = [row["seconds"] for row in STORED["scaling"]]
    images = [row["images"] for row in STORED["scaling"]]
    assert images == [7500, 15_000, 30_000, 60_000] and seconds == sorted(seconds)


def test_what_15_speed_says_held_when_it_was_stored():
    text = stored_text(ROOT / "nbs/15_speed.ipynb")
    assert text.count("✓") >= 8 and "not in this run" not in text


def test_diagnoses_are_counted():
    "Two runs of one illness, one of them missed, and a healthy one that is called ill."
    runs = {
        "a": {"illness": "healthy", "said": ["healthy", "exploding"], "by_curves": ["healthy"] * 2},
        "b": {"illness": "exploding", "said": ["exploding"], "by_curves": ["healthy"]},
    }
    for run in runs.values():
        run["lines"] = 1
    found = doctor.summary(runs, range(2))
    assert found["table"]["healthy"] == {"healthy": 1, "exploding": 1}
    assert (found["n"], found["right"], found["right_by_curves"]) == (3, 2, 2)
    assert (found["healthy"], found["healthy_called_ill"]) == (2, 1)
    assert found["healthy_with_a_line"] == 2


def test_a_benchmark_run_of_each_kind_is_what_it_says():
    "One quick setting of each list, with a seed that nothing is reported of."
    for settings, name in ((doctor.SETTINGS, "moons"), (doctor.OTHERS, "circles, silenced")):
        found = doctor.examined({name: settings[name]}, range(2000, 2001))[name]
        assert found["said"] == [found["illness"]] == [settings[name][0]] and found["lines"] == 0


def test_the_stored_diagnoses_are_whole():
    "Every setting with ten seeds, and sums that are those of the runs."
    for part, settings in (("own", doctor.SETTINGS), ("others", doctor.OTHERS)):
        found = PROOF[part]
        assert {name: run["illness"] for name, run in found["runs"].items()} == {
            name: illness for name, (illness, _) in settings.items()
        }
        assert found == doctor.summary(found["runs"], range(10)) and found["n"] == 200
        assert found["right"] >= 180 and found["healthy_called_ill"] <= 0.05 * found["healthy"]


# Two processes ------------------------------------------------------------------------------------


def test_what_the_lesson_reads_of_two_processes():
    "Every message, step and seed that it speaks of; the accuracies are those of lesson 14."
    stored = json.loads((ROOT / "benchmarks/parallel.json").read_text(encoding="utf-8"))
    assert [row["bytes"] for row in stored["messages"]] == list(parallel.BYTES)
    steps = {(tuple(row["hidden"]), row["batch_size"]): row for row in stored["steps"]}
    assert {hidden for hidden, _ in steps} == set(parallel.HIDDEN)
    assert {(hidden, batch) for hidden in parallel.HIDDEN for batch in (128, 2048)} <= set(steps)
    assert all(row["one"] > 0 and row["two"] > 0 for row in stored["steps"])
    assert len(stored["seeds"]["accuracy"]) == parallel.SEEDS


@pytest.mark.heavy
def test_two_processes_are_timed(tmp_path):
    "On a small network; that both end on the same weights is asserted on the way."
    with parallel.connected() as client:
        row = parallel.compare(client, tmp_path, (4,), 64, 1)
        found = parallel.message_seconds(client, 1)
    assert row["parameters"] == 784 * 4 + 4 + 4 * 10 + 10 and row["one"] > 0 and row["two"] > 0
    assert all(each["seconds"] > 0 for each in found)
