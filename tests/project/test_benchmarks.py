"""The benchmarks: their arithmetic, their workers on a few images, and what README says of them."""

import json
import re
import sys

import numpy as np
import pytest
from helpers import ROOT, stored_text

sys.path.insert(0, str(ROOT))

from benchmarks import doctor, training  # noqa: E402
from benchmarks.peers import CONTESTANTS  # noqa: E402

STORED = json.loads((ROOT / "benchmarks/training.json").read_text(encoding="utf-8"))
PROOF = json.loads((ROOT / "benchmarks/doctor.json").read_text(encoding="utf-8"))
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_ratios_are_taken_round_by_round():
    "A machine that was slow for a round was slow for all: the median of ratios, not of seconds."
    answers = {
        "floor": [(1.0, 0, 5, 5), (10.0, 0, 5, 5), (1.5, 0, 5, 5)],
        "nn_from_scratch": [(2.0, 0.3, 9, 5), (20.0, 0.2, 9, 5), (3.0, 0.1, 9, 5)],
        "other": [(4.0, 0, 6, 5), (60.0, 0, 6, 5), (9.0, 0, 6, 5)],
    }
    found = training.summary(answers)
    assert found["other"]["to_ours"] == 3 and found["nn_from_scratch"]["to_floor"] == 2
    assert found["nn_from_scratch"] == {
        "seconds": 3, "to_ours": 1, "result": 0.1, "memory_mb": 4, "to_floor": 2,
    }  # fmt: skip


def test_workers_take_turns_and_learn(tmp_path):
    "The floor and ours in processes of their own, on a few images."
    rng = np.random.default_rng(0)
    X, y = rng.random((256, 784), np.float32), np.arange(256) % 10
    X[np.arange(256), y] += 5
    for i, array in enumerate((X, y, X, y)):
        np.save(tmp_path / f"{i}.npy", array)

    def make(name):
        return training.Worker(name, str(tmp_path), 32, len(X), 1)

    answers = training.in_turns(["floor", "nn_from_scratch"], make, "epoch", 3)
    losses = [row[1] for row in answers["nn_from_scratch"]]
    assert len(losses) == 3 and losses[0] > losses[1] > losses[2]
    assert all(row[0] > 0 for rows in answers.values() for row in rows)
    worker = make("nn_from_scratch")
    worker.ask("epoch")
    seconds, accuracy, _ = worker.ask("predict")
    worker.end()
    assert seconds > 0 and 0 <= accuracy <= 1 and worker.process.exitcode == 0


@pytest.mark.parametrize("name", [name for name in CONTESTANTS if name != "floor"])
def test_each_contestant_learns_the_same_task(name):
    "Ten classes that are easy to tell apart, in batches with a smaller one at the end."
    pytest.importorskip(CONTESTANTS[name].needs, reason="a peer that is not installed")
    rng = np.random.default_rng(0)
    X, y = 0.1 * rng.random((500, 784), np.float32), np.arange(500) % 10
    X[np.arange(500), y] += 1
    contestant = CONTESTANTS[name](X, y, 64)
    losses = [contestant.epoch() for _ in range(30)]
    assert losses[-1] < 0.3 < 2 < losses[0] < 3
    assert np.mean(contestant.predict(X) == y) > 0.95


def test_readme_has_the_table_that_is_stored():
    block = re.search(r"<!-- benchmark: made by `make bench` -->\n(.*?)\n<!--", README, re.S)
    assert block[1] == training.table(STORED)
    assert (ROOT / "benchmarks/training.png").stat().st_size < 60_000


def test_what_readme_says_of_the_table():
    rows = {(row["threads"], row["batch_size"]): row["contestants"] for row in STORED["training"]}
    for size in (128, 512):
        assert min(rows[1, size][name]["to_ours"] for name in CONTESTANTS if name != "floor") == 1
    for key in ((1, 32), (2, 32), (2, 128), (2, 512)):
        assert rows[key]["JAX, jitted"]["to_ours"] == min(
            found["to_ours"] for name, found in rows[key].items() if name != "floor"
        )
    one, two = (rows[threads, 128]["nn_from_scratch"]["seconds"] for threads in (1, 2))
    assert one < two
    imports = STORED["import_seconds"]
    assert imports["nn_from_scratch"] < 1.2 * imports["numpy"]


def test_all_was_measured():
    "Every contestant with one thread and two, with three sizes of batches, on all images."
    rows = {(row["threads"], row["batch_size"]): row["contestants"] for row in STORED["training"]}
    assert set(rows) == {(threads, size) for threads in (1, 2) for size in (32, 128, 512)}
    assert all(set(found) == set(CONTESTANTS) for found in rows.values())
    assert STORED["images"] == 60_000 and STORED["rounds"] >= 5
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
