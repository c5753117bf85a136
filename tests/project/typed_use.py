"""Every public name of the package, used once in a plain way: `mypy --strict` passes on this file.

So the types say what a user of the library writes. `test_typed_use.py` runs it too, and sees to it
that no public name is missing here.
"""

import json
import pickle
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from ipywidgets import Button
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

import nn_from_scratch as nn
from nn_from_scratch import (
    answers,
    board,
    checks,
    data,
    diagnosis,
    diagrams,
    digit_pad,
    doctor,
    exercises,
    experiment,
    explorers,
    features,
    files,
    judging,
    mistakes,
    numerics,
    own,
    parallel,
    parts,
    playground,
    plots,
    points,
    portrait,
    running,
    settings,
    traces,
    widgets,
    workers,
)
from nn_from_scratch import network as rooms


class Doubled:
    "A layer of one's own, without parameters."

    def forward(self, inputs: ArrayLike) -> np.ndarray:
        return 2 * np.asarray(inputs)

    def backward(self, derivative_outputs: ArrayLike) -> np.ndarray:
        return 2 * np.asarray(derivative_outputs)


class Absolute:
    "A loss and a metric of one's own."

    def forward(self, predictions: ArrayLike, targets: ArrayLike) -> float:
        return float(np.abs(np.asarray(predictions) - np.asarray(targets)).mean())

    def backward(self, predictions: ArrayLike, targets: ArrayLike) -> np.ndarray:
        difference = np.asarray(predictions) - np.asarray(targets)
        slope: np.ndarray = np.sign(difference) / difference.size
        return slope

    def calculate(self, predictions: ArrayLike, targets: ArrayLike) -> float:
        return self.forward(predictions, targets)


class Still:
    "An optimizer of one's own, which leaves everything as it is."

    def update_params(self, layer: nn.Layer) -> None:
        assert layer is not None


def use_protocols() -> tuple[nn.Layer, nn.Loss, nn.Metric, nn.Optimizer]:
    layer: nn.Layer = Doubled()
    loss: nn.Loss = Absolute()
    metric: nn.Metric = Absolute()
    optimizer: nn.Optimizer = Still()
    network = nn.Sequential(nn.DenseLayer(2, 1), layer)
    nn.fit(network, loss, optimizer, np.ones((4, 2)), np.ones((4, 1)), epochs=1, batch_size=2,
           metric=metric, progress=False)  # fmt: skip
    return layer, loss, metric, optimizer


def use_core(folder: Path) -> nn.History:
    rng = np.random.default_rng(0)
    X, y = points.spiral_data(20, rng=rng)
    first, last = nn.DenseLayer(2, 8, rng=rng), nn.DenseLayer(8, 3, dtype="float32", rng=1)
    network = nn.Sequential(first, nn.ReLU(), last)
    loss, accuracy = nn.SoftmaxCategoricalCrossEntropy(), nn.Accuracy()
    optimizer = nn.StochasticGradientDescent(learning_rate=0.1, momentum=0.9, decay=1e-3)
    value: float = loss.forward(network.forward(X), y)
    slope: np.ndarray = network.backward(loss.backward(loss.output, y))
    assert np.isfinite(value) and slope.shape == X.shape
    optimizer.update_params(first)
    batch_X, batch_y = next(nn.batches(X, y, 10, rng))
    batch_loss, predictions = nn.train_step(network, loss, optimizer, batch_X, batch_y)
    assert batch_loss > 0 and predictions.shape == (len(batch_X), 3)

    def tell(state: nn.TrainingState) -> None:
        state.stop = state.epoch > 3

    path = folder / "run.npz"
    rate = nn.schedule(lambda epoch: 0.1 / (1 + epoch))
    history: nn.History = nn.fit(
        network, loss, optimizer, X, y, epochs=5, batch_size=16, validation_data=(X, y),
        metric=accuracy, rng=rng, progress=False,
        callbacks=[nn.early_stopping(2), rate, nn.checkpoint(path), nn.live_plot(), tell],
    )  # fmt: skip
    state: nn.TrainingState = nn.load_checkpoint(path)
    nn.save_model(folder / "model.npz", state.network)
    labels: np.ndarray = nn.load_model(folder / "model.npz").predict(X).argmax(axis=1)
    share: float = accuracy.calculate(labels, y)
    found: dict[str, float] = nn.evaluate(network, loss, X, y, accuracy)
    assert 0 <= share <= 1 and set(found) == {"loss", "accuracy"}
    best: float = history.best()["loss"]
    assert best > 0 and nn.History.from_json(history.to_json()) == history
    return history


def use_losses_and_gradients() -> dict[str, float]:
    rng = np.random.default_rng(0)
    X, rows = rng.normal(size=(5, 3)), nn.one_hot([0, 2, 1, 1, 0], 3)
    P: np.ndarray = nn.Softmax().forward(X)
    Q: np.ndarray = nn.Sigmoid().forward(X)
    errors: list[float] = [
        nn.MeanSquaredError().forward(X, rows),
        nn.CategoricalCrossEntropy().forward(P, rows),
        nn.BinaryCrossEntropy().forward(Q, rows),
        nn.SigmoidBinaryCrossEntropy().forward(X, rows),
    ]
    assert all(error > 0 for error in errors)
    slope: np.ndarray = nn.numerical_gradient(lambda at: float((at**2).sum()), X)
    assert nn.relative_error(slope, 2 * X) < 1e-6
    return nn.check_gradients(nn.DenseLayer(3, 2, dtype=np.float64, rng=rng), X)


def use_scores() -> dict[str, float]:
    metric = Absolute()
    scores = rooms.Scores(metric)
    scores.add(0.04, np.array([[0.2], [0.8]]), np.array([[0.0], [1.0]]))
    found: dict[str, float] = scores.result()
    assert rooms.metric_name(metric) in found
    return found


def use_parts() -> list[str]:
    layer, rows = nn.DenseLayer(2, 2, rng=0), np.ones((3, 2), np.float32)
    layer.backward(layer.forward(rows))
    parts.check_part(layer)
    parts.as_part("typed_use", "layer", layer, nn.Layer)
    assert list(parts.parts_of(layer).values()) == [layer]
    learned: dict[str, np.ndarray] = parts.parameters_of(layer)
    assert learned.keys() == parts.as_gradients("typed_use", layer).keys()
    packer = parts.Packer("typed_use")
    said = packer.part(nn.ReLU(), "0") | {"more": packer.value({"w": layer.weights}, "more")}
    parts.check_apart("typed_use", packer.arrays, [layer.weights])
    unpacker = parts.Unpacker("typed_use", packer.arrays, [nn.ReLU])
    again: np.ndarray = unpacker.value(said["more"])["w"]
    parts.check_like("weights", again, layer.weights)
    parts.check_states({layer: (1, learned)})
    assert parts.classes_in(said) == {"ReLU"} and type(unpacker.part(said)) is nn.ReLU
    assert parts.reading_call("model", said) == "load_model(path, layers=[ReLU])"
    return sorted(parts.forget(layer))


def use_points() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    drawn = [points.moons_data(9, rng=rng), points.sine_data(9, noise=0.1, rng=rng)]
    drawn += [points.circles_data(9, rng=rng), points.xor_data(9, rng=rng)]
    return [X for X, y in drawn if len(X) == len(y)]


def use_digits() -> np.ndarray:
    (X, y), (X_test, y_test) = data.load_mnist("sample")
    upright: np.ndarray = features.deskew(X[:3])
    bent: np.ndarray = features.distort(upright, strength=0.5, rng=np.random.default_rng(0))
    centred: np.ndarray = features.centre_digit(X[0].reshape(28, 28))
    assert centred.size == 784 and len(y) > len(y_test) == len(X_test)
    raw = bytes([0, 0, 8, 1, 0, 0, 0, 2, 5, 6])
    labels: np.ndarray = data.parse_idx(raw, "two labels")
    assert labels.tolist() == [5, 6]
    return features.oriented_edges(bent)


def use_fashion(folder: Path) -> str:
    try:
        (X, _), _ = data.load_fashion_mnist(folder)
    except ValueError as error:
        return str(error)
    return f"{len(X)} pictures"


def use_files(folder: Path) -> Mapping[str, np.ndarray]:
    path = folder / "archive.npz"
    files.write_archive(path, "example", {"note": "two numbers"}, {"x": np.arange(2)})
    header, arrays = files.read_archive(path, "example")
    assert header["note"] == "two numbers" and files.VERSION >= 1
    assert files.one_line(ValueError("a\nb")) == "a b"
    return arrays


def use_settings(folder: Path) -> settings.Settings:
    path = folder / "settings.ini"
    path.write_text("# Course settings\n[lessons]\nseed = 3\n", encoding="utf-8")
    found: settings.Settings = settings.read_settings(path)
    assert found.lessons == settings.LessonSettings(seed=3)
    assert found.data == settings.DataSettings() and found.mnist == settings.MnistSettings()
    return settings.load_settings(path)


def use_running() -> None:
    bar = running.progress_bar(3, 0, False)
    bar.update(1)
    quiet_bar = running.NoBar()
    quiet_bar.set_postfix({"loss": 0.5})
    with running.StopButton() as button:
        assert not button.pressed
    network = nn.Sequential(nn.DenseLayer(2, 1))
    rng = np.random.default_rng(0)
    state = nn.TrainingState(network, nn.StochasticGradientDescent(), nn.History(), rng, 1)
    guard = running.Guard(state)
    guard.check("loss", 0.5, "at the start")
    with numerics.one_thread(32, network.parameters):
        guard.keep_step()
    assert numerics.SMALL > 32


@numerics.quiet
def log_of(x: np.ndarray) -> np.ndarray:
    result: np.ndarray = np.log(x)
    return result


def use_checks() -> None:
    owner = "typed_use"
    A: np.ndarray = checks.as_array(owner, "A", [[1, 2], [3, 4]])
    F: np.ndarray = checks.as_floats(owner, "F", A, (2, 2), "float32")
    assert F.dtype == checks.as_float_type(owner, "float32") and log_of(F * 0)[0, 0] == -np.inf
    checks.check_shape(owner, "F", F, (2, 2))
    assert checks.fits((2, "k"), F.shape)
    number: float = checks.as_number(owner, "momentum", 0.9, least=0, below=1)
    size: int = checks.as_size(owner, "n", 2)
    assert number < size and checks.shape_text((2, "k")) == "(2, k)"
    labels: np.ndarray = checks.as_labels(owner, "labels", [0, 1], 2, 2)
    rows: np.ndarray = checks.one_hot_rows(labels, 2, "float64")
    P: np.ndarray = checks.as_probabilities(owner, "P", rows)
    X, y = checks.as_rows(owner, F, labels)
    assert len(X) == len(y) == 2
    predictions, targets = checks.as_pair(owner, "predictions", P, rows)
    assert predictions.shape == targets.shape
    assert len(checks.as_targets(owner, labels, P)) == 2
    P, targets = checks.as_probability_pair(owner, "predictions", P, rows)
    assert P.shape == targets.shape
    assert checks.as_target_rows(owner, rows, P).shape == P.shape
    assert checks.as_classes(owner, "scores", P).tolist() == [0, 1]
    error: ValueError = checks.refusal(owner, "something else")
    assert str(error) == "typed_use expects something else"
    layer = nn.DenseLayer(2, 2, rng=0)
    layer.forward(F)
    layer.backward(checks.as_derivative(layer, F))
    loss = nn.SigmoidBinaryCrossEntropy()
    loss.forward(F, rows)
    assert checks.as_kept(loss, loss.output) is loss.output


def use_plots(history: nn.History, in_notebook: bool = False) -> list[Figure]:
    if in_notebook:
        plots.small_pictures()
    X, y = points.moons_data(9, rng=np.random.default_rng(0))
    network = nn.Sequential(nn.DenseLayer(2, 2, rng=0), nn.Softmax())
    images = np.zeros((4, 784))
    ax = plots.panels(2)[0]
    plots.plot_points(X, y, ax=ax, title="moons")
    plots.plot_decision_boundary(network.predict, X, y, X, y)
    curves: plots.Named = {"loss": history["loss"]}
    marks: plots.Named = {"start": (1, history["loss"][0])}
    bowl: plots.Function = lambda at: (at**2).sum(axis=1)  # noqa: E731
    plots.plot_curves(np.arange(1, history.epochs + 1), curves, marks=marks, x_label="epoch")
    plots.plot_bars(["a", "b"], {"own": [1, 2], "new": [2, 1]})
    plots.plot_surface(bowl, {"path": [[1, 1], [0, 0]]}, limits=(-1, 1, -1, 1))
    plots.plot_tilted_plane(bowl, limit=1.5)
    plots.plot_weights(np.zeros((784, 4)), n_columns=2)
    plots.plot_confusion([0, 1, 1], [0, 1, 0], 2)
    at, x1, x2 = points.grid((-1, 1, -1, 1), 5)
    classes, sure = points.regions(network.predict(at))
    assert plots.Paper((1, 1)).get_facecolor() == (1, 1, 1, 1)
    assert len(plots.tiled(images.reshape(4, 28, 28), 2)) and len(plots.COLORS) > 2
    assert len(classes) == len(sure) == x1.size == x2.size == 25
    return [plots.plot_history(history), plots.plot_images(images, ["0"] * 4)]


def use_explorers() -> list[Figure]:
    explorers.explore_derivative()
    explorers.explore_neuron()
    explorers.explore_shapes()
    explorers.explore_activations()
    explorers.explore_losses()
    explorers.explore_optimizer()
    explorers.explore_accuracy()
    return [
        explorers.draw_derivative(x=1.0, log_h=-1.0),
        explorers.draw_neuron(w1=0.5),
        explorers.draw_shapes(n=2),
        explorers.draw_activations(z=0.5),
        explorers.draw_losses(p=0.1),
        explorers.draw_optimizer(condition=5.0),
        explorers.draw_threshold(threshold=0.5),
    ]


def use_diagrams() -> list[Axes]:
    places: diagrams.Places = {"$x$": (0, 0), "y": (1, 0)}
    edges: diagrams.Edges = [("$x$", "y", 2.0)]
    values: diagrams.Numbers = {"$x$": 1, "y": np.float32(2)}
    lines = diagrams.graph_text(places, edges, values, slopes={"y": 1.0})
    assert lines.startswith(diagrams.plain("$x$"))
    network, X = nn.Sequential(nn.DenseLayer(2, 1, rng=0)), np.ones((3, 2))
    loss = nn.MeanSquaredError()
    assert "(3, 2)" in traces.shapes_text([Doubled()], X)
    return [
        diagrams.draw_graph(places, edges, values, slopes={"y": 1.0}),
        diagrams.draw_arrays([("x", [[1, 2]]), "·", ("W", np.ones((2, 1)))]),
        traces.trace_shapes(network, X, np.ones((3, 1)), loss, names=["X", "Z"]),
    ]


def use_experiment() -> experiment.Experiment:
    e = experiment.Experiment(data="moons", hidden=(4,), inputs=("x1", "x2", "x1x2"), seed=1)
    e.advance(2)
    e.change(noise=0.2, weight_decay=1e-3)
    text = experiment.write_address(e, hide=["seed"])
    settings, hide = experiment.read_address(text)
    assert experiment.Experiment(**settings) == e and hide == ("seed",)
    assert experiment.make_inputs(e.train[0], list(experiment.INPUTS)).shape[1] == 7
    assert set(experiment.LONG.values()) == {*experiment.CHOICES, *experiment.RANGES, "inputs"}
    assert set(experiment.SHORT) < set(experiment.LONG.values())
    optimizer: nn.Optimizer = experiment.ShrinkingDescent(1e-3, 0.1, 0.9)
    nn.train_step(e.network, e.loss, optimizer, np.ones((1, 3)), np.ones((1, 1), int))
    return e


def use_portrait() -> np.ndarray:
    squares, look = portrait.place_neurons([2, 1]), (1, 0)
    names = portrait.name_neurons(["a", "b"], [2, 1])
    ink = portrait.lay_ink([1.0], [2.0], [1.0], [0.5], (4, 3))
    assert portrait.tint(ink).shape == (4, 3, 3) and portrait.resize([[[0, 1]]], 4).shape == (
        1,
        4,
        4,
    )
    drawn = [portrait.draw_maps(np.ones((len(each), 2, 2)), each[0, 2]) for each in squares]
    paper = portrait.write([(9, 9, "a")], portrait.HEIGHT, portrait.WIDTH)
    W, b = np.ones((2, 1)), np.zeros((1, 1))
    assert portrait.name_columns(["a", "b"], squares).shape == paper.shape
    assert portrait.find(squares, 0, portrait.TOP) is None
    before: portrait.Look = portrait.step(look, "ArrowLeft", [2, 1])
    assert portrait.keep(before, [2, 1]) == before is not None
    assert "bias 0" in portrait.tell(look, names, [W], [b])
    return portrait.draw_portrait(paper, squares, drawn, [W], look)


def use_playground() -> Figure:
    told: list[str] = []
    playground.playground("data=moons&hide=seed", told.append)
    shown, e = board.Board(), use_experiment()
    assert shown.draw(e, look=(1, 0)) and shown.png() and use_portrait().size
    plane = board.Plane()
    plane.draw(e, 2.0, np.zeros((1, 40, 40)))
    playground.Eye(shown, plane.png).show()
    return board.draw_experiment(e, shown)


def use_digit_pad() -> list[Figure]:
    X, y = np.zeros((2, 784)), np.array([0, 1])
    network = nn.Sequential(nn.DenseLayer(784, 10, rng=0))
    digit_pad.draw_digit(network, X)
    digit_pad.browse_mistakes(network, X, y)
    strokes: list[bool] = []
    pad = digit_pad.Pad(strokes.append, lambda action: action)
    pad.press(50.0, 50.0)
    pad.lift()
    assert pad.ink.max() > 0 and strokes == [True]
    return [digit_pad.draw_answer(network, X[0]), digit_pad.draw_mistake(network, X, y, 0)]


def use_doctor() -> str:
    X, y = points.moons_data(20, rng=np.random.default_rng(0))
    network = nn.Sequential(nn.DenseLayer(2, 8, rng=0), nn.ReLU(), nn.DenseLayer(8, 1, rng=1))
    loss, optimizer = nn.SigmoidBinaryCrossEntropy(), nn.StochasticGradientDescent(0.1, 0.9)
    history = nn.fit(network, loss, optimizer, X, y, epochs=5, batch_size=8, progress=False,
                     callbacks=[doctor.doctor(X, y, loss)])  # fmt: skip
    found: doctor.Diagnosis = doctor.diagnose(history, network, X, y, loss, optimizer)
    assert found.remedy == doctor.REMEDIES[found.illness] and found.saw in str(found)
    guess: float = doctor.loss_of_a_guess(loss, y)
    factor: float = doctor.best_factor(network, loss, optimizer, X, y)
    silent, n = doctor.silent_neurons(network, X)
    shares: list[float] = [doctor.kinship(X, y), doctor.torn_share(X, y), doctor.typical_size(X)]
    assert guess > 0 and factor > 0 and silent < n and max(shares) < 10
    return found.illness


def use_widgets() -> None:
    def draw(x: float = 1.0, name: str = "one") -> Figure:
        figure, axes = widgets.sheet(1, (2, 2))
        axes[0].set_title(f"{name} {x}")
        return figure

    assert widgets.png(draw()).startswith(b"\x89PNG")
    widgets.explorer(draw, x=widgets.slider("x", 0, 2, 1), name=widgets.choice("name", ["one"]))
    picture, words = widgets.screen()
    x, reset = widgets.slider("x", 0, 2, 1), Button(description="Reset")
    box = widgets.arrange("example", {"x": [x]}, [[[x]], [reset, picture], [words]])
    widgets.when_closed(box, reset.click).close()
    figure = draw()
    slate = widgets.Slate(figure, [figure.axes[0].title])
    assert slate.png() and not widgets.Loop(slate.png).going
    widgets.say(words, "ready")
    widgets.guarded(words, lambda: draw(2.0))()


class Pair:
    "What a crew holds: a shard's rows, and nothing that trains."

    def load(self, x: float, y: float) -> float:
        self.x, self.y = x, y
        return x

    def total(self, more: float) -> float:
        return self.x + self.y + more


def use_parallel() -> None:
    X, y = np.zeros((6, 2)), np.arange(6) % 2
    network, loss = nn.Sequential(nn.DenseLayer(2, 2, rng=0)), nn.SoftmaxCategoricalCrossEntropy()
    with workers.connected() as client:
        addresses = workers.living(client)
        shards = [(X[:2], y[:2]), (X[2:], y[2:])]
        optimizer = nn.StochasticGradientDescent(0.1)
        history: nn.History = parallel.fit_parallel(
            network, loss, optimizer, shards, client=client, epochs=1, batch_size=3, rng=0,
            metric=nn.Accuracy(), validation_data=(X, y), progress=False,
        )  # fmt: skip
        assert history.epochs == 1 and len(addresses) == 2
        assert parallel.sweep(abs, [-1, 2], client, progress=False) == [1, 2]
        crew = workers.Crew(client, Pair, [(1.0, 2.0), (3.0, 4.0)])
        assert crew.load() == [1.0, 3.0] and crew.ask("total", {1: (1.0,)}) == [8.0]
        member: workers.Member = crew.members[0]
        assert member.address in addresses
        crew.end()
        future = client.submit(abs, -3)
        assert [done for done in workers.finished(client, [future]) if done] == [[future]]
        assert workers.outcome(future, -3) == 3
        assert workers.wait_for(client, future, addresses[0]) == 3
    assert issubclass(workers.Gone, Exception) and OSError in workers.LOST
    holder = workers.Holder(pickle.dumps(Pair))
    assert holder.call("load", 1.0, 2.0) == (1.0, None)


def use_shards() -> None:
    X, y = np.zeros((3, 2)), np.array([0, 1, 0])
    network, loss = nn.Sequential(nn.DenseLayer(2, 2, rng=0)), nn.SoftmaxCategoricalCrossEntropy()
    shard, gradients = parallel.Shard(), parallel.Gradients()
    told = shard.load(pickle.dumps((network, loss, None)), X, y)
    assert np.array_equal(told, parallel.rows_told(X, y)) and gradients.found == []
    assert issubclass(parallel.Spread, nn.Sequential)
    assert [parallel.SpreadLoss.__name__, parallel.Team.__name__] == ["SpreadLoss", "Team"]


def use_exercises(folder: Path) -> str:
    assert mistakes.SHAPES | mistakes.SCALES | mistakes.MIXTURES | mistakes.PLACES == mistakes.TEXTS
    found: list[mistakes.Finding] = diagnosis.diagnose([2.0, 4.0, 6.0], [1.0, 2.0, 3.0], {"n": 7})
    assert found[0] == mistakes.finding("twice") and not mistakes.confusable(mistakes.TEXTS)
    assert mistakes.as_plain(None) == mistakes.finding("none") and mistakes.EXACT < 1e-6
    assert mistakes.same([1], [1.0]) and mistakes.error(np.ones(2), np.ones(2)) == 0
    assert mistakes.letters((7, 1), {"n": 7}) == "(7, 1) = (n, 1)"
    assert diagnosis.Around({"n": 7}).context == {}
    assert own.OURS and own.OUR_CODE and own.complaint(use_parts) is None
    assert not own.is_ours(own.innermost(use_parts).__code__)
    assert own.reads_outside(use_parts) == [] and own.learners_line(KeyError()) == ""
    assert own.why_it_stopped(KeyError("w"), {"n": 7}).startswith("It stops with KeyError")
    with own.Watch(("DenseLayer",)) as watch:
        nn.DenseLayer(2, 1)
    assert watch.calls == []

    cell = "def f(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
    assert answers.solved(cell) != answers.stubbed(cell) and answers.STUB in answers.stubbed(cell)
    assert answers.cells(f"# %%\n{cell}") == [("code", cell)]
    assert answers.kept(folder, "nothing") is answers.MISSING
    assert answers.about(1.0, 0.1) == answers.About(1.0, 0.1)
    trial = answers.case(parts={"two": lambda: 2.0})
    steps = list(answers.steps_of(answers.examines()(lambda x: x == 2, trial)))
    assert steps == [({"two": True}, {})] and answers.values_of(steps, "two")[0] == 1
    assert answers.sizes_of(trial) == {} and callable(answers.lent_by(trial)[0])
    wrong = answers.Wrong("2 * x", "x", "half")
    facts = "f", answers.calls("x"), answers.trials({"x": 3.0})
    task: answers.Task = exercises.Exercise("Twice", 1, *facts, wrong=(wrong,), cell=cell)
    assert task.variant(answers.Right("2 * x", "x + x"))
    assert list(answers.pairs_of(task)) == []
    result: judging.Result = judging.judge(task, (lambda x: x,))
    assert own.unwritten(..., ..., 1) and mistakes.where_to_read("") == "" and not result

    progress = exercises.Progress(folder)
    progress.write("00.f", {"tries": 1, "passed": True, "shown": 0})
    assert exercises.Words("text") == "text" and progress.read()
    shown: list[object] = [exercises.lesson, exercises.Lesson, exercises.panel]
    assert len(shown) == 3
    return result.code


def use_all(folder: Path) -> str:
    "Everything once; what it found, as JSON."
    use_protocols()
    history = use_core(folder)
    gradients, means = use_losses_and_gradients(), use_scores()
    assert use_parts() == ["biases", "weights"]
    assert use_doctor() in doctor.REMEDIES
    use_checks()
    use_running()
    use_parallel()
    use_shards()
    arrays, found = use_files(folder), use_settings(folder)
    figures = [*use_plots(history), *use_explorers(), use_playground(), *use_digit_pad()]
    use_widgets()
    assert use_exercises(folder) == "half"
    figures += [figure for ax in use_diagrams() if isinstance(figure := ax.figure, Figure)]
    sizes = [len(X) for X in use_points()]
    return json.dumps([gradients, means, list(arrays), found.lessons.seed, len(figures), sizes])
