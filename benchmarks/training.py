"""One epoch of 784 -> 64 -> 10 on MNIST, in this library and in its peers, in turns.

Each contestant lives in a process of its own and trains when it is its turn, one epoch a round,
in an order that changes from round to round; the first round warms up and is not counted. So
whatever slows the machine for a while slows them all, and what is reported is the median of the
ratios within a round. First everything is as a user finds it (*as installed*: no variable set, all
cores), then with as many threads and cores as `--threads` says. Also measured: the time to import,
the growth of memory, the time of an epoch against the number of images, and predictions for
10,000 images.

    python -m benchmarks.training [--rounds 7] [--threads 1] [--batches 32 128 512]
        [--images 60000] [--write]

A peer that is not installed is left out with a line: pip install 'nn-from-scratch-course[bench]'.
With --write the block of README, benchmarks/training.json and benchmarks/training.png are made new.
The last lines say which of the figures that this library wants to reach it has reached.
"""

import argparse
import datetime
import gc
import importlib.metadata
import importlib.util
import itertools
import json
import math
import multiprocessing
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.peers import CONTESTANTS, OTHERS

FOLDER = Path(__file__).parent
README = FOLDER.parent / "README.md"
OURS = "nn_from_scratch"
UNHELD = "nn_from_scratch, no threadpoolctl"
AS_INSTALLED = "as installed"
FLOORS = ("floor, one thread", "floor")  # the first that ran is what is compared with
BY_HAND = ("NumPy by hand", "NumPy by hand, one thread")
PEERS = {  # and what they are called in a sentence
    "JAX, jitted": "JAX",
    "PyTorch, index": "PyTorch",
    "scikit-learn": "scikit-learn",
    "PyTorch, DataLoader": "PyTorch with a DataLoader",
}
VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
DISTRIBUTIONS = {"nn_from_scratch": "nn-from-scratch-course", "sklearn": "scikit-learn"}


def forget_peak() -> None:
    "From here on `peak_memory` is what is held from now on; where the system can do that."
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass


def peak_memory() -> float:
    """The most memory that this process has held, in MB; nan where the system does not say.

    Not from `resource.getrusage`: there a process begins with the peak of the one that started it.
    """
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:  # no Linux
        return math.nan
    peak = next((line for line in lines if line.startswith("VmHWM:")), "VmHWM: nan kB")
    return float(peak.split()[1]) * 1024 / 1e6


def work(name: str, folder: str, batch_size: int, n: int, threads: int | None, pipe) -> None:
    "The process of one contestant: does what the pipe says and answers with seconds and a result."
    if threads and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    X, y, X_test, y_test = (np.load(Path(folder) / f"{part}.npy") for part in range(4))
    forget_peak()
    at_start = peak_memory()
    contestant = (CONTESTANTS | OTHERS)[name](X[:n], y[:n], batch_size)
    if threads and contestant.needs == "torch":
        contestant.torch.set_num_threads(threads)
    pipe.send(at_start)
    while (task := pipe.recv()) != "end":
        gc.collect()
        start = time.perf_counter()
        if task == "epoch":
            result = contestant.epoch()
            seconds = time.perf_counter() - start
        else:
            for _ in range(10):
                classes = contestant.predict(X_test)
            seconds = (time.perf_counter() - start) / 10
            result = float(np.mean(classes == y_test))
        pipe.send((seconds, result, peak_memory()))


class Worker:
    "A contestant in a process of its own, with so many threads and cores; None: as installed."

    def __init__(self, name: str, folder: str, batch_size: int, n: int, threads: int | None):
        context = multiprocessing.get_context("spawn")
        self.name, (self.pipe, other) = name, context.Pipe()
        arguments = (name, folder, batch_size, n, threads, other)
        self.process = context.Process(target=work, args=arguments, daemon=True)
        before = dict(os.environ)
        for variable in VARIABLES:
            os.environ.pop(variable, None)
        os.environ.update(dict.fromkeys(VARIABLES, str(threads)) if threads else {})
        self.process.start()
        os.environ.clear()
        os.environ.update(before)
        other.close()
        self.memory_at_start = self.pipe.recv()

    def ask(self, task: str) -> tuple[float, float, float]:
        self.pipe.send(task)
        return self.pipe.recv()

    def end(self) -> None:
        self.pipe.send("end")
        self.process.join()


def in_turns(workers: list[Worker], task: str, rounds: int) -> dict[str, list[tuple]]:
    "What each worker answers in each counted round; in every round another one begins."
    answers = {worker.name: [] for worker in workers}
    for i in range(rounds + 1):
        for worker in workers[i % len(workers) :] + workers[: i % len(workers)]:
            time.sleep(0.05)  # threads of the one before go to sleep
            answers[worker.name].append((*worker.ask(task), worker.memory_at_start))
    return {name: rows[1:] for name, rows in answers.items()}


def finite(value: float) -> float | None:
    "The value, or None for what was not measured: JSON has no nan."
    return value if math.isfinite(value) else None


def summary(answers: dict[str, list[tuple]]) -> dict[str, dict[str, float]]:
    """Median seconds, and the median of the ratios to ours and to the floor, round by round.

    `half` is where the middle half of the ratios to ours lies.
    """
    seconds = {name: np.array([row[0] for row in rows]) for name, rows in answers.items()}
    floor = next((name for name in FLOORS if name in seconds), None)
    found = {}
    for name, rows in answers.items():
        ratios = seconds[name] / seconds[OURS]
        found[name] = {
            "seconds": float(np.median(seconds[name])),
            "to_ours": float(np.median(ratios)),
            "half": np.percentile(ratios, [25, 75]).tolist(),
            "result": finite(rows[-1][1]),
            "memory_mb": finite(rows[-1][2] - rows[-1][3]),
        }
        if floor:
            found[name]["to_floor"] = float(np.median(seconds[name] / seconds[floor]))
    return found


def import_times(modules: list[str], rounds: int) -> dict[str, float]:
    "Median seconds to import each in a fresh interpreter, without the start of the interpreter."
    seconds = {module: [] for module in modules}
    for _ in range(rounds + 1):
        for module, found in seconds.items():
            code = f"import time; t = time.perf_counter(); import {module}; "
            code += "print(time.perf_counter() - t)"
            command = [sys.executable, "-c", code]
            found.append(float(subprocess.run(command, capture_output=True, check=True).stdout))
    return {module: statistics.median(found[1:]) for module, found in seconds.items()}


def installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def versions(names: list[str]) -> dict[str, str]:
    "The version of each distribution behind these contestants, and of Python."
    modules = ["numpy"] + [CONTESTANTS[name].needs for name in names if name != "floor"]
    distributions = [DISTRIBUTIONS.get(module, module) for module in dict.fromkeys(modules)]
    found = {name: importlib.metadata.version(name) for name in distributions}
    return {"python": platform.python_version(), **found}


def contestants(threads: int | None) -> list[str]:
    "Who can run here, with so many threads: one that sets its own threads runs as installed only."
    names = []
    for name, contestant in CONTESTANTS.items():
        if threads and getattr(contestant, "own_threads", False):
            continue
        if installed(contestant.needs):
            names.append(name)
        else:
            print(f"{name} is left out: {contestant.needs} is not installed", flush=True)
    return names


def measure(threads: list[int], batches: list[int], rounds: int, images: int | None = None) -> dict:
    "All measurements, as they go to benchmarks/training.json."
    from nn_from_scratch.data import load_mnist  # not above: a worker would import it unasked

    data = load_mnist()
    n, names = len(data[0][0][:images]), contestants(None)
    result = {
        "date": datetime.date.today().isoformat(),
        "machine": f"{os.cpu_count()} cores of {platform.machine()}, {platform.system()}",
        "versions": versions(names),
        "images": n,
        "rounds": rounds,
        "training": [],
    }
    with tempfile.TemporaryDirectory() as folder:
        for i, array in enumerate([array for pair in data for array in pair]):
            np.save(Path(folder) / f"{i}.npy", array)
        for n_threads, batch_size in itertools.product([None, *threads], batches):
            names_here = contestants(n_threads)
            workers = [Worker(name, folder, batch_size, n, n_threads) for name in names_here]
            row = {
                "environment": environment(n_threads),
                "batch_size": batch_size,
                "contestants": summary(in_turns(workers, "epoch", rounds)),
            }
            show(row)
            result["training"].append(row)
            if "inference" not in result:  # by those that were trained first, as installed
                able = [worker for worker in workers if CONTESTANTS[worker.name].predict]
                result["inference"] = summary(in_turns(able, "predict", rounds))
                for found in result["inference"].values():
                    del found["memory_mb"]  # that of the training before
            for worker in workers:
                worker.end()
        result["scaling"] = scaling(folder, n, rounds)
        result["large"] = large(folder, n // 4, rounds)
    modules = {CONTESTANTS[name].needs for name in PEERS if name in names}
    modules = ["sklearn.neural_network" if name == "sklearn" else name for name in sorted(modules)]
    result["import_seconds"] = import_times(["numpy", OURS, *modules], rounds)
    print(
        json.dumps(
            {k: result[k] for k in ("inference", "scaling", "large", "import_seconds")}, indent=1
        )
    )
    return result


def environment(threads: int | None) -> str:
    return f"{threads} thread" + "s" * (threads > 1) if threads else AS_INSTALLED


def seconds_of(workers: list[Worker], rounds: int) -> np.ndarray:
    "Seconds (rounds, workers) of an epoch of each, in turns."
    rows = []
    for _ in range(rounds + 1):
        rows.append([])
        for worker in workers:
            time.sleep(0.05)
            rows[-1].append(worker.ask("epoch")[0])
    for worker in workers:
        worker.end()
    return np.array(rows[1:])


def scaling(folder: str, n: int, rounds: int) -> list[dict[str, float]]:
    "Seconds of an epoch of ours on an eighth, a quarter, half and all of the images."
    parts = [n // 8, n // 4, n // 2, n]
    workers = [Worker(OURS, folder, 128, part, None) for part in parts]
    medians = np.median(seconds_of(workers, rounds), axis=0).tolist()
    return [{"images": m, "seconds": s} for m, s in zip(parts, medians, strict=True)]


def large(folder: str, n: int, rounds: int) -> dict:
    "A network with large products, as installed and with one thread, on n images."
    (name,) = OTHERS
    workers = [Worker(name, folder, 128, n, threads) for threads in (None, 1)]
    seconds = seconds_of(workers, rounds)
    ratio = float(np.median(seconds[:, 0] / seconds[:, 1]))
    return {"network": name, "images": n, "as_installed_over_one_thread": ratio}


def megabytes(found: dict) -> str:
    "How far the memory grew, or nothing where that was not measured."
    return "" if found["memory_mb"] is None else f"{found['memory_mb']:.0f} MB"


def show(row: dict) -> None:
    print(f"{row['environment']}, batches of {row['batch_size']}", flush=True)
    for name, found in row["contestants"].items():
        loss = "" if found["result"] is None else f"loss {found['result']:.4f}"
        print(
            f"  {name:<34} {found['seconds']:7.3f} s   {found['to_ours']:6.3f} x ours   "
            f"{found['to_floor']:5.2f} x floor   {megabytes(found):>7}   {loss}",
            flush=True,
        )


def by_batch(result: dict, name: str = AS_INSTALLED) -> dict[int, dict]:
    "What the contestants did in one environment, by the size of the batches."
    rows = [row for row in result["training"] if row["environment"] == name]
    return {row["batch_size"]: row["contestants"] for row in rows}


def over_by_hand(found: dict) -> float:
    "The time of ours over that of NumPy by hand, with the threads that suit it best."
    return 1 / min(found[name]["to_ours"] for name in BY_HAND if name in found)


def goals(result: dict) -> list[tuple[str, float, str, bool]]:
    "What was to be reached as installed: what it is, the figure, the mark, and whether it is met."
    marks = []
    for size, found in by_batch(result).items():
        for name in [name for name in PEERS if name in found]:
            ratio = found[name]["to_ours"]
            marks.append((f"{name} / fit at {size}", ratio, "at least 1", ratio >= 1))
        if size in (limits := {32: 1.3, 128: 1.2}):
            ratio, limit = over_by_hand(found), limits[size]
            marks.append((f"fit / by hand at {size}", ratio, f"at most {limit}", ratio <= limit))
        if size == 128:
            ratio = found[OURS]["to_floor"]
            marks.append((f"fit in floors at {size}", ratio, "at most 1.75", ratio <= 1.75))
    return marks


def verdict(result: dict) -> str:
    "A line for each goal, and one for all of them."
    marks = goals(result)
    lines = [
        f"{'pass' if met else 'FAIL'}  {text:<34} {ratio:6.3f}  ({limit})"
        for text, ratio, limit, met in marks
    ]
    n_met = sum(met for *_, met in marks)
    return "\n".join([*lines, f"{n_met} of {len(marks)} figures are reached"])


def listed(words: list[str]) -> str:
    "a, b and c."
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def sentences(result: dict) -> str:
    "What the table says of `fit` as installed, in words."
    rows = by_batch(result)
    ratios = {
        PEERS[name]: {size: found[name]["to_ours"] for size, found in rows.items()}
        for name in PEERS
        if name in next(iter(rows.values()))
    }
    faster = [name for name, by_size in ratios.items() if max(by_size.values()) < 1]
    behind = [name for name in ratios if name not in faster]
    but = [
        f"{name} in batches of {size} ({ratio:.3f} of the time)"
        for name in behind
        for size, ratio in ratios[name].items()
        if ratio < 1
    ]
    first = f"As installed, `fit` is ahead of {listed(behind or ['none'])}"
    first += f", but for {listed(but)}." if but else " at every one of these sizes."
    for name in faster:
        share = listed([f"{ratio:.2f}" for ratio in ratios[name].values()])
        first += f" {name} is faster at all of them: it takes {share} of the time."
    sizes = [str(size) for size in rows]
    hand = [f"{over_by_hand(found):.2f}" for found in rows.values()]
    floors = [f"{found[OURS]['to_floor']:.2f}" for found in rows.values()]
    words = [
        first,
        f"The epochs of `fit` take {listed(hand)} times as long as those of NumPy by hand (the",
        f"better of its two rows) in batches of {listed(sizes)}, and {listed(floors)}",
        "times as long as their matrix products alone, with one thread.",
    ]
    if all(UNHELD in found for found in rows.values()):
        unheld = listed([f"{found[UNHELD]['to_ours']:.2f}" for found in rows.values()])
        words.append(f"Without threadpoolctl they take {unheld} times as long.")
    larger = result["large"]
    words.append(
        f"A network {larger['network'].replace('-', ' → ')}, which keeps all threads, takes "
        f"{larger['as_installed_over_one_thread']:.2f} times as long as on one thread."
    )
    return " ".join(words)


LABELS = {  # in the table
    "floor": "the five products alone",
    "floor, one thread": "the five products alone, one thread",
    OURS: "**`fit`**",
    UNHELD: "`fit` without threadpoolctl",
}
SHORT = {  # below the bars
    "floor": "products",
    "floor, one thread": "products,\none thread",
    "NumPy by hand": "by hand",
    "NumPy by hand, one thread": "by hand,\none thread",
    OURS: "fit",
    UNHELD: "fit, threads\nnot held",
    "JAX, jitted": "JAX",
    "PyTorch, index": "PyTorch",
    "PyTorch, DataLoader": "PyTorch,\nDataLoader",
}


def table(result: dict) -> str:
    "The block of README, in Markdown."
    environments = list(dict.fromkeys(row["environment"] for row in result["training"]))
    columns = [(name, size) for name in environments for size in by_batch(result, name)]
    first = by_batch(result)
    sizes = [f"{name}, {size}" for name, size in columns]
    lines = ["| batches of | " + " | ".join([*sizes, "10,000 predictions", "memory"]) + " |"]
    lines.append("|---" * (len(columns) + 3) + "|")
    memory = first.get(128, next(iter(first.values())))
    for name in memory:
        found = [by_batch(result, place)[size].get(name) for place, size in columns]
        found.append(result["inference"].get(name))
        cells = [f"{each['to_ours']:.2f}" if each else "" for each in found]
        cells.append(megabytes(memory[name]))
        lines.append(f"| {LABELS.get(name, name)} | {' | '.join(cells)} |")
    named = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    lines += ["", sentences(result), ""]
    lines.append(
        f"Measured on {result['date']} on {result['machine']}; medians of {result['rounds']} "
        f"rounds of one epoch of {result['images']:,} images each. {named}."
    )
    return "\n".join(lines)


def draw(result: dict, path: Path) -> None:
    "Seconds of one epoch over those of ours, as bars, a panel for each environment."
    import matplotlib

    matplotlib.use("agg")
    from nn_from_scratch.plots import panels, plot_bars

    environments = list(dict.fromkeys(row["environment"] for row in result["training"]))
    axes = panels(len(environments), (4.6, 3.4))
    for ax, environment_name in zip(axes, environments, strict=True):
        rows = by_batch(result, environment_name)
        names = list(next(iter(rows.values())))
        series = {
            f"batch {size}": [found[name]["to_ours"] for name in names]
            for size, found in rows.items()
        }
        plot_bars([SHORT.get(name, name) for name in names], series, ax=ax)
        ax.set_ylabel("time of an epoch / that of fit")
        ax.set_title(environment_name)
        ax.axhline(1, color="black", linewidth=0.8)
        ax.tick_params(axis="x", rotation=90, labelsize=9)
    axes[0].figure.savefig(path, metadata={"Software": None})


def write(result: dict) -> None:
    "Replace the stored results, the figure, and the block between the two marks in README."
    text = README.read_text(encoding="utf-8")
    start, end = "<!-- benchmark: made by `make bench` -->\n", "\n<!-- end of benchmark -->"
    before, rest = text.split(start)
    after = rest.split(end)[1]
    draw(result, FOLDER / "training.png")
    (FOLDER / "training.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    README.write_text(before + start + table(result) + end + after, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, nargs="*", default=[1])
    parser.add_argument("--batches", type=int, nargs="+", default=[32, 128, 512])
    parser.add_argument("--images", type=int, help="the first so many; all, if left out")
    parser.add_argument("--write", action="store_true", help="README, training.json and .png")
    options = parser.parse_args()
    result = measure(options.threads, options.batches, options.rounds, options.images)
    print(table(result))
    if options.write:
        write(result)
    print(verdict(result))


if __name__ == "__main__":
    main()
