"""fit_parallel and sweep: by hand, beside `fit`, on processes of Dask, and when these die."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from distributed import Client, LocalCluster
from helpers import (
    BATCH,
    LOSSES,
    SGD,
    TASKS,
    Dropout,
    PReLU,
    Residual,
    Scale,
    Twice,
    frozen,
    says,
    task,
    train,
)

import nn_from_scratch as nn
from nn_from_scratch import parallel
from nn_from_scratch.parallel import fit_parallel, sweep
from nn_from_scratch.workers import connected

CUTS = {"one": [], "two": [4], "three": [1, 20], "seven": [1, 2, 3, 11, 12, 20]}
CLOSE = {"rtol": 1e-12, "atol": 1e-12}


class Here:
    "A crew without Dask: the shards are in this process."

    def __init__(self, parts, pairs):
        self.members = [parallel.Shard() for _ in pairs]
        self.made_of = [(parallel.dumps(parts), *pair) for pair in pairs]
        self.asked = []

    def load(self):
        return self.ask("load", dict(enumerate(self.made_of)))

    def ask(self, name, calls):
        self.asked.append((name, {i: len(calls[i][-1]) if calls[i] else 0 for i in calls}))
        return [getattr(self.members[i], name)(*calls[i]) for i in calls]

    def end(self):
        pass


def cut(X, y, places):
    return list(zip(np.split(X, places), np.split(y, places), strict=True))


@pytest.fixture
def here(monkeypatch):
    "fit_parallel with all shards in this process."
    crews = []

    def crew(client, kind, made_of, patience):
        crews.append(Here(parallel.loads(made_of[0][0]), [each[1:] for each in made_of]))
        return crews[-1]

    monkeypatch.setattr(parallel, "Crew", crew)
    monkeypatch.setattr(parallel, "connected", lambda client, patience: threading.Lock())
    return crews


def both(name, places, dtype=np.float64, client=None, **more):
    "The same task by `fit` and in shards: two networks, two optimizers, two histories."
    found = []
    for shards in (None, places):
        network, loss, X, y = task(name, dtype)
        optimizer = SGD(0.1, 0.9, 0.01)
        options = {"epochs": 3, "batch_size": BATCH, "rng": 1, "progress": False, **more}
        if shards is None:
            history = nn.fit(network, loss, optimizer, X, y, **options)
        else:
            pairs = cut(X, y, shards)
            history = fit_parallel(network, loss, optimizer, pairs, client=client, **options)
        found.append((network, optimizer, history))
    return found


def same(one, other, **close):
    "Weights, velocities, rates and histories of two runs."
    (network, optimizer, history), (twin, its, told) = one, other
    close = close or CLOSE
    for a, b in zip(network.parameters, twin.parameters, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, **close)
    for layer, copy in zip(network.trained, twin.trained, strict=True):
        (t, velocities), (u, others) = optimizer.states[layer], its.states[copy]
        assert t == u
        for name in velocities:
            np.testing.assert_allclose(velocities[name], others[name], **close)
    assert optimizer.current_learning_rate == its.current_learning_rate
    assert list(history) == list(told) and history.memory.keys() == told.memory.keys()
    for name in history:
        np.testing.assert_allclose(history[name], told[name], **close)


# By hand ------------------------------------------------------------------------------------------


def test_two_shards_by_hand():
    "Samples 1 and 2, 3, 4, weight 1, targets 0: slopes 2x² of the weight, 2x of the bias."
    layer = nn.DenseLayer(1, 1, dtype=np.float64)
    layer.weights[:] = 1
    X, y = np.array([[1.0], [2], [3], [4]]), np.zeros((4, 1))
    network = nn.Sequential(layer)
    team = parallel.Team(Here((network, nn.MeanSquaredError(), None), cut(X, y, [1])))
    team.step(np.array([2, 0, 3, 1]), network.parameters)
    assert team.loss == pytest.approx((1 + 4 + 9 + 16) / 4, rel=1e-15)
    slopes = [(2 + 8 + 18 + 32) / 4, 2 * (1 + 2 + 3 + 4) / 4]
    np.testing.assert_allclose(np.ravel(team.gradients), slopes, rtol=1e-15)
    team.step(np.array([0]), network.parameters)
    assert team.loss == 1 and team.gradients[0] == [[2]]
    team.step(np.array([3, 1]), network.parameters)
    assert team.loss == 10 and team.gradients[0] == [[20]]
    assert team.crew.asked[1:] == [("step", {0: 1, 1: 3}), ("step", {0: 1}), ("step", {1: 2})]


@pytest.mark.parametrize("places", CUTS.values(), ids=CUTS)
@pytest.mark.parametrize("name", TASKS)
def test_it_is_fit(here, name, places):
    "Every loss of the library, with validation, in batches that miss some of the shards."
    _, _, X, y = task(name, np.float64, seed=9)
    same(*both(name, places, validation_data=(X, y)))
    assert {type(task(name)[1]) for name in TASKS} == set(LOSSES)
    if places == CUTS["seven"]:
        assert {len(calls) for name, calls in here[0].asked if name == "step"} - {1, 7}


@pytest.mark.parametrize("name", ["fused softmax", "softmax, rows"])
def test_a_metric_gets_all_predictions_in_the_order_of_the_batch(here, name):
    _, _, X, y = task(name, np.float64, seed=9)
    metric = nn.Accuracy()
    same(*both(name, [1, 20], validation_data=(X, y), metric=metric))
    runs = both(name, [1, 20], metric=metric)
    assert runs[0][2]["accuracy"] == runs[1][2]["accuracy"]


@pytest.mark.parametrize("kind", [PReLU, lambda: Residual(PReLU()), lambda: Scale(7)])
def test_layers_of_ones_own(here, kind):
    results = []
    for places in (None, [4, 5]):
        rng = np.random.default_rng(0)
        layers = nn.DenseLayer(2, 7, rng=rng), kind(), nn.DenseLayer(7, 3, rng=rng)
        network, (_, loss, X, y) = Twice(*layers), task("fused softmax")
        if places:
            pairs = cut(X, y, places)
            fit_parallel(network, loss, SGD(0.1), pairs, epochs=2, batch_size=5, rng=1,
                         progress=False)  # fmt: skip
        else:
            train(network, loss, SGD(0.1), X, y, epochs=2)
        results.append(network.parameters)
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6)


def test_layers_with_a_choice_of_their_own_train(here):
    "Dropout: each shard draws for itself, so weights differ from those of `fit`, and it learns."
    _, loss, X, _ = task("fused softmax", n=200)
    y = (X[:, 0] > 0).astype(int)
    network = nn.Sequential(nn.DenseLayer(2, 20, rng=0), Dropout(), nn.DenseLayer(20, 2, rng=1))
    history = fit_parallel(network, loss, SGD(0.1, 0.9), cut(X, y, [70]), epochs=8, batch_size=20,
                           rng=0, progress=False)  # fmt: skip
    assert history["loss"][-1] < history["loss"][0]
    assert nn.evaluate(network, loss, X, y, nn.Accuracy())["accuracy"] > 0.9


def test_callbacks_meet_the_network_itself(here):
    "All but the first, which introduces it; in the order and as often as in `fit`."
    network, loss, X, y = task("fused softmax")
    seen = []

    class Watching:
        def begin(self, state):
            seen.append(("begin", state.epoch, state.network is network))

        def __call__(self, state):
            seen.append(("epoch", state.epoch, state.network is network))
            state.stop = state.epoch == 2

        def end(self, state):
            seen.append(("end", state.epoch, state.network is network))

    optimizer = SGD(0.1)
    history = fit_parallel(network, loss, optimizer, cut(X, y, [9]), epochs=5, batch_size=9,
                           callbacks=[Watching()], progress=False)  # fmt: skip
    assert seen == [(w, e, True) for w, e in (("begin", 0), ("epoch", 1), ("epoch", 2), ("end", 2))]
    assert history.epochs == 2 and set(optimizer.states) == set(network.trained)


def test_schedules_early_stopping_and_validation_are_those_of_fit(here):
    _, _, X, y = task("fused softmax", np.float64, seed=9)

    def callbacks():
        return [nn.schedule(lambda epoch: 0.5 / (1 + epoch)), nn.early_stopping(2)]

    one, other = (
        both("fused softmax", [5], validation_data=(X, y), epochs=20, metric=nn.Accuracy(),
             callbacks=each)
        for each in (callbacks(), callbacks())
    )  # fmt: skip
    same(*one)
    assert one[0][2].epochs < 20


@pytest.mark.parametrize("halves", ["parallel, parallel", "parallel, fit", "fit, parallel"])
def test_resume_through_a_checkpoint(here, tmp_path, halves):
    "Six epochs at once, and three and three, each half by whom you like."
    network, loss, X, y = task("squares", np.float64)
    options = {"batch_size": BATCH, "progress": False}
    whole = SGD(0.1, 0.9)
    told = nn.fit(network, loss, whole, X, y, epochs=6, rng=np.random.default_rng(2), **options)
    twin, _, _, _ = task("squares", np.float64)
    state = nn.TrainingState(twin, SGD(0.1, 0.9), nn.History(), np.random.default_rng(2), 6)
    for epochs, by in zip((3, 6), halves.split(", "), strict=True):
        more = {"epochs": epochs, "rng": state.rng, "history": state.history, **options}
        more["callbacks"] = [nn.checkpoint(tmp_path / "run.npz")]
        if by == "fit":
            nn.fit(state.network, loss, state.optimizer, X, y, **more)
        else:
            fit_parallel(state.network, loss, state.optimizer, cut(X, y, [2, 9]), **more)
        state = nn.load_checkpoint(tmp_path / "run.npz")
    assert type(state.network) is nn.Sequential and state.history.epochs == 6
    same((network, whole, told), (state.network, state.optimizer, state.history))


def test_ctrl_c_ends_after_the_step(here, ctrl_c, capsys):
    network, loss, X, y = task("fused softmax")
    history = fit_parallel(network, loss, SGD(0.1), cut(X, y, [9]), epochs=5, batch_size=9,
                           callbacks=[lambda state: ctrl_c()], progress=False)  # fmt: skip
    assert history.epochs == 1 and "Stopped by Ctrl-C" in capsys.readouterr().out


# On processes of Dask -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dask():
    "A client of two processes that `connected` makes."
    with connected() as client:
        yield client


def pids(client):
    "The process of each worker by its address; there is at least one."
    for _ in range(300):
        try:
            if found := client.run(os.getpid):
                return found
        except OSError:  # one of them is just dying
            pass
        time.sleep(0.1)
    raise AssertionError("no worker came back")


def settled(client):
    "Both workers are there, and hold nothing: a call holds its actor in a circle."
    client.wait_for_workers(2, timeout=60)
    for _ in range(100):
        gc.collect()
        if not any(client.run(lambda dask_worker: len(dask_worker.state.actors)).values()):
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("places", CUTS.values(), ids=CUTS)
def test_on_two_processes_it_is_fit(dask, places):
    "More shards than workers, one alone, validation, a metric; then all is given back."
    _, _, X, y = task("fused softmax", np.float64, seed=9)
    more = {"validation_data": (X, y), "metric": nn.Accuracy()} if len(places) == 2 else {}
    same(*both("fused softmax", places, client=dask, **more))
    assert settled(dask)


def test_the_address_of_a_scheduler_will_do(dask):
    same(*both("squares", [4], client=dask.scheduler.address))


def test_rows_in_files_are_opened_where_they_are_needed(dask, tmp_path, monkeypatch):
    "As memory maps; a path may be relative, and the arrays do not go through us."
    monkeypatch.chdir(tmp_path)
    network, loss, X, y = task("fused softmax", np.float64)
    pairs = []
    for i, pair in enumerate(cut(X, y, [2, 9])):
        for name, array in zip("Xy", pair, strict=True):
            np.save(f"{name}{i}.npy", array)
        pairs.append((f"X{i}.npy", tmp_path / f"y{i}.npy"))
    optimizer, twin, its = SGD(0.1, 0.9), task("fused softmax", np.float64)[0], SGD(0.1, 0.9)
    maps = []

    def look(state):
        actors = dask.run(lambda dask_worker: [
            type(holder.held.X.base).__name__ for holder in dask_worker.state.actors.values()
        ])  # fmt: skip
        maps.extend(kind for kinds in actors.values() for kind in kinds)

    history = fit_parallel(network, loss, optimizer, pairs, client=dask, epochs=2, rng=1,
                           batch_size=BATCH, progress=False, callbacks=[look])  # fmt: skip
    told = nn.fit(twin, loss, its, X, y, epochs=2, batch_size=BATCH, rng=1, progress=False)
    same((twin, its, told), (network, optimizer, history))
    assert maps == ["memmap"] * 6


@pytest.mark.heavy
def test_workers_that_dask_gives_up_are_started_again():
    "It does so with one that dies while it is new, and a sweep would be left with nobody."
    with connected() as client:
        before, nannies = pids(client), list(client.cluster.workers.values())
        for nanny in nannies:
            client.cluster.sync(nanny.close)
        assert sweep(abs, [-1, -2], client, progress=False) == [1, 2]
        client.wait_for_workers(2, timeout=60)
        assert not {*before.values()} & {*pids(client).values()}


@pytest.mark.heavy
def test_without_a_client_two_processes_are_made_and_ended(capsys):
    same(*both("fused softmax", [4]))
    assert capsys.readouterr().err == ""


def test_it_listens_at_home_only(dask):
    psutil = pytest.importorskip("psutil")
    for pid in {os.getpid(), *pids(dask).values()}:
        found = psutil.Process(pid).net_connections("inet")
        homes = {each.laddr.ip for each in found if each.status == psutil.CONN_LISTEN}
        assert homes == {"127.0.0.1"}


class Faulty:
    "A layer that fails at a sample of 9, with an error that may not be able to travel."

    def __init__(self, kind=RuntimeError):
        self.kind = kind

    def forward(self, inputs):
        if np.any(np.asarray(inputs) == 9):
            raise self.kind("there is a 9")
        return np.asarray(inputs)

    def backward(self, derivative_outputs):
        return derivative_outputs


class Stubborn(Exception):
    "An error that nobody can make again from what it says."

    def __init__(self, text):
        super().__init__()
        self.text = text

    def __reduce__(self):
        return (Stubborn, ())

    def __str__(self):
        return self.text


@pytest.mark.parametrize("kind", [RuntimeError, OSError, Stubborn])
def test_an_error_in_a_layer_comes_home_with_its_place(dask, kind):
    "And is not taken for a worker that is lost."
    X, y = np.zeros((6, 2)), np.zeros((6, 2))
    X[4] = 9
    network = nn.Sequential(Faulty(kind), nn.DenseLayer(2, 2, rng=0))
    with pytest.raises(Exception, match="there is a 9") as caught:
        fit_parallel(network, nn.MeanSquaredError(), SGD(), cut(X, y, [3]), client=dask, epochs=1,
                     batch_size=2, progress=False)  # fmt: skip
    assert caught.type is (RuntimeError if kind is Stubborn else kind)
    notes = caught.value.__notes__
    assert notes[-1] == "It was shard 1 of 2."
    assert kind is Stubborn or "in forward" in notes[0]
    assert settled(dask)


@pytest.fixture
def crowd(dask):
    "A client of a scheduler with twelve workers that nobody watches over."
    with LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0") as cluster:
        command = [sys.executable, "-m", "distributed.cli.dask_worker", cluster.scheduler_address]
        command += "--no-nanny --no-dashboard --nthreads 1 --host 127.0.0.1".split()
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        workers = [subprocess.Popen(command, **quiet) for _ in range(12)]
        try:
            with Client(cluster, set_as_default=False) as client:
                client.wait_for_workers(12, timeout=120)
                yield client
        finally:
            for worker in workers:
                worker.kill()
                worker.wait()


def test_ten_workers_are_killed_and_the_run_ends_as_if_nothing_was(crowd):
    """At random moments, always one that has a shard; the others take over what was lost.

    At most two since the last epoch ended: the run rightly ends when four go over one load, and
    on a busy machine a new worker needs a second or two to load.
    """
    kills, before, chance = [], [0], np.random.default_rng(0)

    def holding(dask_worker):
        return os.getpid() if dask_worker.state.actors else None

    def kill(end):
        while len(kills) < 10 and not end.wait(chance.uniform(0, 0.3)):
            if len(kills) >= before[0] + 2:
                continue
            try:
                found = {pid for pid in crowd.run(holding).values() if pid} - {*kills}
            except OSError:  # one of them is just dying
                continue
            for pid in chance.permutation(sorted(found))[:1].tolist():
                kills.append(pid)
                os.kill(pid, signal.SIGKILL)

    def enough(state):
        before[0] = len(kills)
        state.stop = not killer.is_alive()

    end = threading.Event()
    killer = threading.Thread(target=kill, args=[end])
    network, loss, X, y = task("fused softmax", np.float64)
    optimizer, twin, its = SGD(0.1, 0.9), task("fused softmax", np.float64)[0], SGD(0.1, 0.9)
    options = {"batch_size": BATCH, "rng": 1, "progress": False, "metric": nn.Accuracy()}
    killer.start()
    try:
        history = fit_parallel(network, loss, optimizer, cut(X, y, [3, 9]), client=crowd,
                               epochs=100_000, callbacks=[enough], **options)  # fmt: skip
    finally:
        end.set()
        killer.join()
    for _ in range(100):  # the scheduler learns of the last one in its own time
        if len(crowd.nthreads()) == 2:
            break
        time.sleep(0.1)
    assert len(set(kills)) == 10 and len(crowd.nthreads()) == 2
    told = nn.fit(twin, loss, its, X, y, epochs=history.epochs, **options)
    same((twin, its, told), (network, optimizer, history))


def test_a_worker_with_a_nanny_is_killed(dask):
    killed = []

    def kill(state):
        if state.epoch == 1:
            killed.append(min(pids(dask).values()))
            os.kill(killed[0], signal.SIGKILL)

    network, loss, X, y = task("squares", np.float64)
    history = fit_parallel(network, loss, SGD(0.1), cut(X, y, [9]), client=dask, epochs=3, rng=1,
                           batch_size=BATCH, progress=False, callbacks=[kill])  # fmt: skip
    twin = task("squares", np.float64)[0]
    told = nn.fit(twin, loss, SGD(0.1), X, y, epochs=3, rng=1, batch_size=BATCH, progress=False)
    np.testing.assert_allclose(history["loss"], told["loss"], rtol=1e-12)
    np.testing.assert_allclose(network.parameters[0], twin.parameters[0], **CLOSE)
    assert killed and killed[0] not in pids(dask).values() and settled(dask)


@pytest.mark.skipif(os.name == "nt", reason="nobody can be stopped there")
def test_a_worker_that_says_nothing_is_as_good_as_lost(dask):
    "It is alive, the scheduler knows it, and it does not answer: after `patience` others do it."
    dask.wait_for_workers(2, timeout=60)
    stopped = []

    def stop(state):
        if state.epoch == 1:
            stopped.append(min(pids(dask).values()))
            os.kill(stopped[0], signal.SIGSTOP)

    network, loss, X, y = task("squares", np.float64)
    try:
        fit_parallel(network, loss, SGD(0.1), cut(X, y, [9]), client=dask, epochs=3, rng=1,
                     batch_size=BATCH, progress=False, callbacks=[stop], patience=2)  # fmt: skip
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    twin = task("squares", np.float64)[0]
    nn.fit(twin, loss, SGD(0.1), X, y, epochs=3, rng=1, batch_size=BATCH, progress=False)
    np.testing.assert_allclose(network.parameters[0], twin.parameters[0], **CLOSE)
    assert stopped and settled(dask)


@pytest.mark.heavy
@pytest.mark.parametrize("saved", [True, False])
def test_a_scheduler_that_is_gone_ends_the_run_with_one_line(tmp_path, saved):
    path = tmp_path / "run.npz"
    with connected() as client:

        def end(state):
            if state.epoch == 2:
                client.cluster.close()

        callbacks = [nn.checkpoint(path), end] if saved else [end]
        network, loss, X, y = task("fused softmax")
        with pytest.raises(ConnectionError) as caught:
            fit_parallel(network, loss, SGD(), cut(X, y, [9]), client=client, epochs=5,
                         batch_size=BATCH, progress=False, callbacks=callbacks,
                         patience=2)  # fmt: skip
    text = str(caught.value)
    assert text.startswith("fit_parallel ends after epoch 2: ") and "\n" not in text
    assert text.endswith(f"load_checkpoint({str(path)!r}) goes on" if saved else "no checkpoint")
    assert caught.value.history.epochs == 2
    if saved:
        assert nn.load_checkpoint(path).epoch == 2


@pytest.mark.heavy
def test_a_scheduler_that_is_gone_leaves_what_a_sweep_has_done():
    with connected() as client:
        timer = threading.Timer(3, client.cluster.close)
        timer.start()
        found = sweep(lambda n: time.sleep(n) or n, [0, 60], client, patience=1, progress=False)
        timer.join()
    assert found[0] == 0 and type(found[1]).__name__ == "CancelledError"


@pytest.mark.heavy
def test_nobody_at_the_address():
    with pytest.raises(
        ConnectionError, match="no scheduler of Dask answers at 'tcp://127.0.0.1:9'"
    ):
        fit_parallel(nn.Sequential(nn.DenseLayer(2, 3)), nn.SoftmaxCategoricalCrossEntropy(), SGD(),
                     [(X, Y)], client="tcp://127.0.0.1:9", epochs=1, batch_size=1,
                     patience=1)  # fmt: skip


# Sweeps -------------------------------------------------------------------------------------------


def square(n):
    if n == 3:
        raise ValueError("three")
    if n == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.3 if n == 0 else 0)  # the first is the last to end
    return n * n


def test_results_come_in_order_and_a_failure_stays_alone(dask, capsys):
    results = sweep(square, range(7), dask)
    assert [results[i] for i in (0, 1, 2, 4, 6)] == [0, 1, 4, 16, 36]
    assert type(results[3]) is ValueError and results[3].__notes__ == ["It was the run of 3."]
    assert type(results[5]).__name__ == "KilledWorker" and "on 4 different workers" in str(
        results[5]
    )
    assert "7/7" in capsys.readouterr().err
    assert sweep(square, [], dask) == []


def test_no_run_waits_on_a_worker_whose_death_it_would_be_blamed_for(dask):
    "Dask counts a death against all that the worker had been given; the fourth is an error."
    given, end = [], threading.Event()

    def look():
        while not end.wait(0.1):
            given.extend(len(runs) for runs in dask.processing().values())

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        sweep(lambda n: time.sleep(0.3), range(8), dask, progress=False)
    finally:
        end.set()
        watcher.join()
    assert max(given) == 1


def test_seeds_of_a_network(dask):
    "What a worker trains is what we would have trained."

    def run(seed):
        network, loss, X, y = task("fused softmax", np.float64)
        return train(network, loss, SGD(0.1), X, y, rng=seed)["loss"], network.parameters

    found = sweep(run, [3, 4], dask, progress=False)
    for seed, (losses, parameters) in zip((3, 4), found, strict=True):
        expected = run(seed)
        assert losses == expected[0]
        np.testing.assert_array_equal(parameters[0], expected[1][0])


def test_ctrl_c_ends_a_sweep_and_keeps_what_is_done(dask, ctrl_c, capsys, tmp_path):
    main, path = threading.main_thread().ident, tmp_path / "ran"

    def run(n):
        path.touch()
        time.sleep(n)
        return n

    def press():
        while not path.exists():
            time.sleep(0.1)
        time.sleep(2)  # the first comes home
        signal.pthread_kill(main, signal.SIGINT)

    hand = threading.Thread(target=press, daemon=True)
    hand.start()
    results = sweep(run, [0, 30, 30, 0.1], dask, progress=False)
    hand.join()
    assert (
        results[0] == 0 and [type(each).__name__ for each in results[1:3]] == ["CancelledError"] * 2
    )
    assert "not run: 30" in str(results[1]) and "Stopped by Ctrl-C" in capsys.readouterr().out


# Extremes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("sick", ["nan in X", "nan in y", "large targets", "rate", "validation"])
def test_a_run_that_explodes_says_what_fit_says(here, sick):
    "The same words, weights and history: the cause lies in rows that are elsewhere."
    messages, ends = [], []
    for places in (None, [7, 9]):
        network, loss, X, y = task("squares", np.float64)
        network = nn.Sequential(nn.DenseLayer(2, 2, dtype=np.float64, rng=0))
        X_val, y_val, rate = X.copy(), y.copy(), 0.1
        if sick == "nan in X":
            X[12, 1] = np.nan
        elif sick == "nan in y":
            y[12, 1] = np.nan
        elif sick == "large targets":
            y[:], rate = 1e200, 1e150
        elif sick == "rate":
            rate = 1e150
        else:
            X_val[3] = np.inf
        options = {"epochs": 9, "batch_size": BATCH, "rng": 1, "progress": False}
        options["validation_data"] = X_val, y_val
        with pytest.raises(FloatingPointError) as caught:
            if places is None:
                nn.fit(network, loss, SGD(rate), X, y, **options)
            else:
                fit_parallel(network, loss, SGD(rate), cut(X, y, places), **options)
        messages.append(str(caught.value))
        ends.append([frozen(network.parameters), caught.value.history.epochs])
    assert messages[0] == messages[1] and ends[0][1] == ends[1][1]
    assert "data, clean" in messages[0] or sick in ("large targets", "rate")


# Float types --------------------------------------------------------------------------------------


def test_float32_stays_float32(here):
    same(*both("fused softmax", [3, 9], np.float32), rtol=1e-4, atol=1e-5)


# Errors -------------------------------------------------------------------------------------------

X, Y = np.zeros((4, 2), np.float32), np.array([0, 1, 2, 0])
REFUSED = {
    "no pairs": ({"shards": [X, Y]}, "fit_parallel expects shards to be pairs (X, y)"),
    "no shard": ({"shards": []}, "fit_parallel expects shards to be pairs (X, y)"),
    "a number": ({"shards": 3}, "fit_parallel expects shards to be pairs (X, y), got int"),
    "rows": (
        {"shards": [(X, Y), (X, Y[:3])]},
        "same number of rows, at least 1, got (4, 2) and (3",
    ),
    "no rows": ({"shards": [(X[:0], Y[:0])]}, "at least 1, got (0, 2) and (0,)"),
    "columns": ({"shards": [(X, Y), (X[:, :1], Y)]}, "inputs (n, 2), got (4, 1)"),
    "a label": ({"shards": [(X, Y), (X, Y + 1)]}, "targets from 0 to 2, got 1 to 3"),
    "text": ({"shards": [(X, Y), (np.array([["a"]]), Y)]}, "X to be an array of real numbers"),
    "no file": ({"shards": [("nothing.npy", Y)]}, "expects .npy files that a worker can read"),
    "a loss": (
        {"loss": nn.MeanSquaredError},
        "fit_parallel expects loss with forward and backward",
    ),
    "a network": ({"network": nn.DenseLayer(2, 3)}, "fit_parallel expects network to be a Sequ"),
    "a metric": ({"metric": 3}, "metric with calculate"),
    "an optimizer": ({"optimizer": 3}, "fit expects optimizer with update_params"),
    "epochs": ({"epochs": 0}, "epochs to be a whole number >= 1, got 0"),
    "a batch": ({"batch_size": 1.5}, "batch_size to be a whole number >= 1, got 1.5"),
    "callbacks": ({"callbacks": 3}, "callbacks to be a list of functions, got 3"),
    "a callback": ({"callbacks": [3]}, "callbacks to be a list of functions"),
    "validation": ({"validation_data": 3}, "validation_data to be a pair (X, y)"),
    "its rows": ({"validation_data": (X, Y[:3])}, "same number of rows"),
    "its labels": ({"validation_data": (X, Y + 1)}, "targets from 0 to 2, got 1 to 3"),
    "a history": ({"history": {}}, "history to be a History, got dict"),
    "patience": ({"patience": 0}, "fit_parallel expects patience > 0, got 0"),
    "a pair": (
        {"network": nn.Sequential(nn.DenseLayer(2, 3), nn.Softmax())},
        "a network that ends before its Softmax",
    ),
    "two shapes": (
        {"shards": [(X, Y), (X, np.eye(3)[Y])], "metric": nn.Accuracy()},
        "targets of the same shape in all shards",
    ),
}


@pytest.mark.parametrize(("changed", "text"), REFUSED.values(), ids=REFUSED)
def test_the_error_says_what_is_needed(here, changed, text):
    "And nothing has changed."
    network = nn.Sequential(nn.DenseLayer(2, 3, rng=0))
    given = {"network": network, "loss": nn.SoftmaxCategoricalCrossEntropy(), "optimizer": SGD()}
    given |= {"shards": [(X, Y)], "epochs": 1, "batch_size": 2, "progress": False, **changed}
    before = frozen(network.parameters)
    says(lambda: fit_parallel(**given), text)
    assert frozen(network.parameters) == before and frozen(X) == frozen(np.zeros((4, 2), "f4"))


def test_what_sweep_refuses():
    for run in (3, SGD):
        says(lambda run=run: sweep(run, [1]), "sweep expects run to be a function of a setting")
    says(lambda: sweep(len, [], patience=0), "sweep expects patience > 0, got 0")
