"""One epoch of 784 -> 64 -> 10 on MNIST, in this library and in its peers, in turns.

Each contestant lives in a process of its own and trains when it is its turn, one epoch a round,
in an order that changes from round to round; the first round warms up and is not counted. So
whatever slows the machine for a while slows them all, and what is reported is the median of the
ratios within a round. Also measured: the time to import, the growth of memory, the time of an
epoch against the number of images, and predictions for 10,000 images.

    python -m benchmarks.training [--rounds 9] [--threads 1 2] [--batches 32 128 512] [--write]

A peer that is not installed is left out with a line: pip install 'nn-from-scratch-course[bench]'.
With --write the table of README, benchmarks/training.json and benchmarks/training.png are made new.
"""

import argparse
import datetime
import gc
import importlib.metadata
import importlib.util
import json
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

from benchmarks.peers import CONTESTANTS
from nn_from_scratch.data import load_mnist

FOLDER = Path(__file__).parent
README = FOLDER.parent / "README.md"
OURS = "nn_from_scratch"
VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
DISTRIBUTIONS = {"nn_from_scratch": "nn-from-scratch-course", "sklearn": "scikit-learn"}


def peak_memory() -> float:
    "The most memory that this process has held, in MB; nan where the system does not say."
    try:
        import resource
    except ImportError:  # Windows
        return float("nan")
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / (2**20 if sys.platform == "darwin" else 2**10)


def work(name: str, folder: str, batch_size: int, n: int, threads: int, pipe) -> None:
    "The process of one contestant: does what the pipe says and answers with seconds and a result."
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    X, y, X_test, y_test = (np.load(Path(folder) / f"{part}.npy") for part in range(4))
    at_start = peak_memory()
    contestant = CONTESTANTS[name](X[:n], y[:n], batch_size)
    if CONTESTANTS[name].needs == "torch":
        contestant.torch.set_num_threads(threads)
    pipe.send(at_start)
    while (task := pipe.recv()) != "end":
        gc.collect()
        start = time.perf_counter()
        if task == "epoch":
            result = contestant.epoch()
        else:
            result = float(np.mean(contestant.predict(X_test) == y_test))
        pipe.send((time.perf_counter() - start, result, peak_memory()))


class Worker:
    "A contestant in a process of its own."

    def __init__(self, name: str, folder: str, batch_size: int, n: int, threads: int):
        context = multiprocessing.get_context("spawn")
        self.name, (self.pipe, other) = name, context.Pipe()
        os.environ.update(dict.fromkeys(VARIABLES, str(threads)))
        arguments = (name, folder, batch_size, n, threads, other)
        self.process = context.Process(target=work, args=arguments, daemon=True)
        self.process.start()
        other.close()
        self.memory_at_start = self.pipe.recv()

    def ask(self, task: str) -> tuple[float, float, float]:
        self.pipe.send(task)
        return self.pipe.recv()

    def end(self) -> None:
        self.pipe.send("end")
        self.process.join()


def in_turns(names: list[str], make, task: str, rounds: int) -> dict[str, list[tuple]]:
    "What each worker answers in each counted round; in every round another one begins."
    workers = [make(name) for name in names]
    answers = {name: [] for name in names}
    for i in range(rounds + 1):
        for worker in workers[i % len(workers) :] + workers[: i % len(workers)]:
            time.sleep(0.05)  # threads of the one before go to sleep
            answers[worker.name].append(worker.ask(task))
    extra = {worker.name: worker.memory_at_start for worker in workers}
    for worker in workers:
        worker.end()
    return {name: [(*row, extra[name]) for row in rows[1:]] for name, rows in answers.items()}


def summary(answers: dict[str, list[tuple]]) -> dict[str, dict[str, float]]:
    "Median seconds, and the median of the ratios to ours and to the floor, round by round."
    seconds = {name: np.array([row[0] for row in rows]) for name, rows in answers.items()}
    found = {}
    for name, rows in answers.items():
        found[name] = {
            "seconds": float(np.median(seconds[name])),
            "to_ours": float(np.median(seconds[name] / seconds[OURS])),
            "result": rows[-1][1],
            "memory_mb": rows[-1][2] - rows[-1][3],
        }
        if "floor" in seconds:
            found[name]["to_floor"] = float(np.median(seconds[name] / seconds["floor"]))
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


def measure(threads: list[int], batches: list[int], rounds: int) -> dict:
    "All measurements, as they go to benchmarks/training.json."
    (X, y), (X_test, y_test) = load_mnist()
    n, names = len(X), list(CONTESTANTS)
    for name in [name for name in names if not installed(CONTESTANTS[name].needs)]:
        print(f"{name} is left out: {CONTESTANTS[name].needs} is not installed", flush=True)
        names.remove(name)
    result = {
        "date": datetime.date.today().isoformat(),
        "machine": f"{os.cpu_count()} cores of {platform.machine()}, {platform.system()}",
        "versions": versions(names),
        "images": n,
        "rounds": rounds,
        "training": [],
    }
    with tempfile.TemporaryDirectory() as folder:
        for i, array in enumerate((X, y, X_test, y_test)):
            np.save(Path(folder) / f"{i}.npy", array)
        for n_threads in threads:
            for batch_size in batches:

                def make(name, batch_size=batch_size, n_threads=n_threads):
                    return Worker(name, folder, batch_size, n, n_threads)

                row = summary(in_turns(names, make, "epoch", rounds))
                result["training"].append(
                    {"threads": n_threads, "batch_size": batch_size, "contestants": row}
                )
                show(result["training"][-1])
        n_threads = threads[-1]

        def make_trained(name):
            worker = Worker(name, folder, 128, n, n_threads)
            worker.ask("epoch")
            return worker

        result["inference"] = summary(
            in_turns([name for name in names if name != "floor"], make_trained, "predict", rounds)
        )
        result["scaling"] = scaling(folder, n, n_threads, rounds)
    modules = list(dict.fromkeys(CONTESTANTS[name].needs for name in names if name != "floor"))
    modules = ["sklearn.neural_network" if name == "sklearn" else name for name in modules]
    result["import_seconds"] = import_times(["numpy", *modules], rounds)
    print(json.dumps({k: result[k] for k in ("inference", "scaling", "import_seconds")}, indent=1))
    return result


def scaling(folder: str, n: int, threads: int, rounds: int) -> list[dict[str, float]]:
    "Seconds of an epoch of ours on an eighth, a quarter, half and all of the images."
    parts = [n // 8, n // 4, n // 2, n]
    workers = [Worker(OURS, folder, 128, part, threads) for part in parts]
    rows = [[worker.ask("epoch")[0] for worker in workers] for _ in range(rounds + 1)][1:]
    for worker in workers:
        worker.end()
    medians = np.median(rows, axis=0).tolist()
    return [{"images": m, "seconds": s} for m, s in zip(parts, medians, strict=True)]


def show(row: dict) -> None:
    print(f"threads {row['threads']}, batches of {row['batch_size']}", flush=True)
    for name, found in row["contestants"].items():
        print(
            f"  {name:<20} {found['seconds']:7.3f} s   {found['to_ours']:6.2f} x ours   "
            f"{found['to_floor']:5.2f} x floor   loss {found['result']:.4f}   "
            f"{found['memory_mb']:6.0f} MB",
            flush=True,
        )


def table(result: dict) -> str:
    "The table of README, in Markdown."
    rows = result["training"]
    names = [name for name in rows[0]["contestants"] if name not in ("floor", OURS)]
    lines = ["| threads | batch | `fit` / floor | " + " | ".join(names) + " |"]
    lines.append("|---" * (3 + len(names)) + "|")
    for row in rows:
        found = row["contestants"]
        cells = [f"{found[name]['to_ours']:.1f}" for name in names]
        floor = f"{found[OURS]['to_floor']:.2f}"
        lines.append(f"| {row['threads']} | {row['batch_size']} | {floor} | {' | '.join(cells)} |")
    named = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    lines.append("")
    lines.append(
        f"Measured on {result['date']} on {result['machine']}; medians of {result['rounds']} "
        f"rounds of one epoch of {result['images']:,} images each. {named}."
    )
    return "\n".join(lines)


def draw(result: dict, path: Path) -> None:
    "Seconds of one epoch over those of ours, as bars, a panel for each number of threads."
    import matplotlib

    matplotlib.use("agg")
    from nn_from_scratch.plots import panels, plot_bars

    threads = sorted({row["threads"] for row in result["training"]})
    axes = panels(len(threads), (4, 2.8))
    for ax, n_threads in zip(axes, threads, strict=True):
        rows = [row for row in result["training"] if row["threads"] == n_threads]
        names = list(rows[0]["contestants"])
        series = {
            f"batch {row['batch_size']}": [row["contestants"][name]["to_ours"] for name in names]
            for row in rows
        }
        plot_bars([name.replace(", ", ",\n") for name in names], series, ax=ax)
        ax.set_ylabel("time of an epoch / ours")
        ax.set_title(f"{n_threads} thread" + "s" * (n_threads > 1))
        ax.tick_params(axis="x", rotation=60)
    axes[0].figure.savefig(path, metadata={"Software": None})


def write(result: dict) -> None:
    "Replace the stored results, the figure, and the table between the two marks in README."
    text = README.read_text(encoding="utf-8")
    start, end = "<!-- benchmark: made by `make bench` -->\n", "\n<!-- end of benchmark -->"
    before, rest = text.split(start)
    after = rest.split(end)[1]
    draw(result, FOLDER / "training.png")
    (FOLDER / "training.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    README.write_text(before + start + table(result) + end + after, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    both = sorted({1, min(2, cores)})
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--threads", type=int, nargs="+", default=both)
    parser.add_argument("--batches", type=int, nargs="+", default=[32, 128, 512])
    parser.add_argument("--write", action="store_true", help="README, training.json and .png")
    options = parser.parse_args()
    result = measure(options.threads, options.batches, options.rounds)
    print(table(result))
    if options.write:
        write(result)


if __name__ == "__main__":
    main()
