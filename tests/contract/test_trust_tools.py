"""What strangers did with data, plots and widgets, and got wrong numbers or riddles for."""

import asyncio
import gzip
import io
import struct

import numpy as np
import pytest

import nn_from_scratch as nn

DARK = {
    "black": "dark_background",
    "clear": {
        "savefig.transparent": True,
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "text.color": "white",
        "axes.labelcolor": "white",
        "xtick.color": "white",
        "ytick.color": "white",
        "axes.edgecolor": "white",
        "legend.facecolor": "black",
    },
}


@pytest.fixture
def plots():
    pytest.importorskip("matplotlib").use("agg")
    from matplotlib import pyplot

    from nn_from_scratch import plots

    yield plots
    pyplot.close("all")


@pytest.fixture
def strict():
    "Every floating-point event is an error for this user."
    with np.errstate(all="raise"):
        yield


def png(figure):
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=50)
    return buffer.getvalue()


# ---------------------------------------------------------------- 3: integer points


def test_integer_points_get_a_plane_of_floats(plots):
    X, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
    seen = []

    def xor(points):
        seen.append(points)
        return ((points[:, 0] > 0.5) != (points[:, 1] > 0.5)).astype(int)

    ax = plots.plot_decision_boundary(xor, X, y)
    assert seen[0].dtype.kind == "f" and np.ptp(seen[0] % 1) > 0.9
    picture = np.asarray(ax.images[0].get_array())  # half of it is orange
    assert len(np.unique(np.round(picture[60], 3), axis=0)) == 2


# ---------------------------------------------------------------- 20: unclear errors


class Frame:
    "What a data frame is to NumPy: columns of several types, and one array of objects."

    def __init__(self, **columns):
        self.columns = columns

    @property
    def dtypes(self):
        return {name: np.asarray(column).dtype for name, column in self.columns.items()}

    def __array__(self, dtype=None, copy=None):
        rows = zip(*(np.asarray(c).tolist() for c in self.columns.values()), strict=True)
        return np.array(list(rows), dtype=object)

    def __len__(self):
        return len(next(iter(self.columns.values())))


def train(X, y, k=3, loss=None, **more):
    network = nn.Sequential(nn.DenseLayer(np.shape(X)[1], k, rng=0))
    loss = nn.SoftmaxCategoricalCrossEntropy() if loss is None else loss
    optimizer = nn.StochasticGradientDescent()
    return nn.fit(network, loss, optimizer, X, y, epochs=1, batch_size=2, progress=False, **more)


POINTS, LABELS = np.random.default_rng(0).standard_normal((6, 2)), np.array([0, 1, 2, 0, 1, 2])


def test_a_column_of_labels_is_told_how_to_lie_flat():
    column = LABELS[:, None]
    P = np.full((6, 3), 1 / 3)
    for use in (
        lambda: nn.CategoricalCrossEntropy().forward(P, column),
        lambda: nn.SoftmaxCategoricalCrossEntropy().forward(P, column),
        lambda: nn.one_hot(column, 3),
    ):
        with pytest.raises(ValueError, match=r"got \(6, 1\): \.ravel\(\) makes a column of lab"):
            use()
    two = nn.CategoricalCrossEntropy()
    with pytest.raises(ValueError, match=r"targets \(2, 3\), got \(2, 1\): \.ravel\(\) makes a"):
        two.forward(P[:2], column[:2])
    for more in ({}, {"metric": nn.Accuracy()}, {"validation_data": (POINTS, column)}):
        with pytest.raises(ValueError, match=r"targets \(6, 3\), got \(6, 1\): \.ravel\(\)"):
            train(POINTS, LABELS if "validation_data" in more else column, **more)
    with pytest.raises(ValueError, match=r"\.reshape\(-1, 1\) makes it a column"):
        nn.MeanSquaredError().forward(P[:, :1], LABELS)
    with pytest.raises(ValueError) as error:  # inputs are no labels
        nn.DenseLayer(3, 2).forward(POINTS[:, :1])
    assert "ravel" not in str(error.value)


@pytest.mark.parametrize("labels", [LABELS * 1.0, LABELS > 0], ids=["floats", "bools"])
def test_labels_that_are_no_integers_are_told_what_to_do(labels):
    for use in (lambda: train(POINTS, labels), lambda: nn.one_hot(labels, 3)):
        with pytest.raises(ValueError, match=r"to be integers, got (float64|bool): use .astype\(i"):
            use()


@pytest.mark.parametrize("dtype", [str, object])
def test_names_are_told_how_they_become_labels(dtype):
    names = np.array(["cat", "dog", "cow"] * 2, dtype)
    with pytest.raises(ValueError, match=r"y .* got text .*np\.unique\(names, return_inverse=True"):
        train(POINTS, names)


@pytest.mark.parametrize("column", [[True, False, True], ["a", "b", "c"]], ids=["bool", "text"])
def test_a_column_that_holds_no_numbers_is_named(column):
    with pytest.raises(ValueError, match="fit expects X .* got a column 'odd' of .*astype.float"):
        frame = Frame(size=[1.0, 2.0, 3.0], odd=column)
        loss, optimizer = nn.SoftmaxCategoricalCrossEntropy(), nn.StochasticGradientDescent()
        network = nn.Sequential(nn.DenseLayer(2, 3, rng=0))
        nn.fit(network, loss, optimizer, frame, [0, 1, 2], epochs=1, batch_size=2, progress=False)


def test_data_frames():
    pandas = pytest.importorskip("pandas")
    size = [0.1, 0.2, 0.3]
    for odd in ([True, False, True], list("abc"), pandas.array([1, 2, None], dtype="Int64")):
        frame = pandas.DataFrame({"size": size, "odd": odd})
        with pytest.raises(ValueError, match="got a column 'odd' of .*astype.float"):
            train(frame, [0, 1, 2])
    with pytest.raises(ValueError, match=r"got text \(.*np\.unique\(names, return_inverse=True"):
        train(POINTS[:3], pandas.Series(list("abc")))
    train(pandas.DataFrame({"a": size, "b": size}), pandas.Series([0, 1, 2]))


# ---------------------------------------------------------------- 23, 24: files of digits


def idx(array, kind=8):
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes([0, 0, kind, array.ndim]) + sizes + array.tobytes()


@pytest.fixture
def small(monkeypatch, tmp_path):
    "MNIST is four small files whose digests we know, and nothing can be fetched."
    import hashlib

    from nn_from_scratch import data

    rng, contents, files = np.random.default_rng(0), {}, []
    for file, n in zip(data._FILES["mnist"], (6, 6, 4, 4), strict=True):
        shape = (n, 28, 28) if "images" in file.name else (n,)
        raw = idx(rng.integers(0, 10, shape, dtype=np.uint8))
        contents[file.name.removesuffix(".gz")] = raw
        digest = hashlib.sha256(raw).hexdigest()
        files.append(data._File(file.name, len(raw), digest, file.packed))
    monkeypatch.setitem(data._FILES, "mnist", tuple(files))
    monkeypatch.setitem(data._FILES, "fashion-mnist", tuple(files))
    monkeypatch.setattr(data, "_fetch", lambda *_: pytest.fail("nothing is to be fetched"))
    monkeypatch.setattr(data, "_cache_folder", lambda dataset: tmp_path / "no cache")
    monkeypatch.delenv("NN_FROM_SCRATCH_DATA", raising=False)
    return contents


@pytest.mark.parametrize("place", [".", "mnist", "MNIST/raw", "raw"])
@pytest.mark.parametrize("dots", [False, True], ids=["dashes", "dots"])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
def test_digits_are_found_as_others_leave_them(small, tmp_path, place, dots, packed):
    folder = tmp_path / "data" / place
    folder.mkdir(parents=True, exist_ok=True)
    for name, raw in small.items():
        name = name.replace("-idx", ".idx") if dots else name
        path = folder / (name + ".gz" * packed)
        path.write_bytes(gzip.compress(raw) if packed else raw)
    (X_train, y_train), (X_test, y_test) = nn_data().load_mnist("full", tmp_path / "data")
    assert X_train.shape == (6, 784) and y_test.shape == (4,)
    right = np.frombuffer(small["train-labels-idx1-ubyte"][8:], np.uint8)
    np.testing.assert_array_equal(y_train, right)


def nn_data():
    from nn_from_scratch import data

    return data


def test_fashion_is_found_where_torch_puts_it_and_digits_are_not_taken_for_it(small, tmp_path):
    folder = tmp_path / "data" / "FashionMNIST" / "raw"
    folder.mkdir(parents=True)
    for name, raw in small.items():
        (folder / name).write_bytes(raw)
    assert nn_data().load_fashion_mnist(tmp_path / "data")[0][0].shape == (6, 784)
    with pytest.raises(pytest.fail.Exception, match="nothing is to be fetched"):
        nn_data().load_mnist("full", tmp_path / "data")


def test_an_unpacked_file_with_other_content_is_refused_by_name(small, tmp_path, capsys):
    for name, raw in small.items():
        (tmp_path / name).write_bytes(raw[:-1] + b"\x63")
    with pytest.raises(pytest.fail.Exception):
        nn_data().load_mnist("full", tmp_path)
    assert "train-images-idx3-ubyte does not hold the data" in capsys.readouterr().out


@pytest.mark.parametrize(
    "kind, name, dtype",
    [
        (0x09, "signed bytes", "i1"),
        (0x0B, "short integers", ">i2"),
        (0x0C, "integers", ">i4"),
        (0x0D, "floats", ">f4"),
        (0x0E, "doubles", ">f8"),
    ],
)
def test_idx_of_another_type_is_told_which(kind, name, dtype):
    raw = idx(np.arange(6).reshape(2, 3).astype(dtype), kind)
    with pytest.raises(ValueError, match=f"of {name} .0x{kind:02x}.*unsigned bytes .0x08. is nee"):
        nn_data().parse_idx(raw, "other.idx")
    with pytest.raises(ValueError, match="other.idx is no IDX file"):
        nn_data().parse_idx(bytes([0, 1]) + raw[2:], "other.idx")


# ---------------------------------------------------------------- 25: np.seterr(all="raise")


def test_tiny_numbers_pass_through_activations_and_losses(strict):
    Z = np.array([[0.0, -1000.0, 5.0], [1e-200, -745.0, 300.0]])
    G = np.full((2, 3), 1e-300)
    for part in (nn.Softmax(), nn.Sigmoid(), nn.ReLU(), nn.DenseLayer(3, 3, dtype=float, rng=0)):
        part.forward(Z)
        part.backward(G)
    np.testing.assert_allclose(nn.Softmax().forward(Z).sum(axis=1), 1)
    for loss in (nn.SoftmaxCategoricalCrossEntropy(), nn.CategoricalCrossEntropy()):
        P = Z if hasattr(loss, "output") or "Softmax" in type(loss).__name__ else np.eye(3)[:2]
        loss.forward(P, [0, 2])
        loss.backward(getattr(loss, "output", P), [0, 2])
    for loss in (nn.SigmoidBinaryCrossEntropy(), nn.MeanSquaredError()):
        loss.forward(Z, np.eye(3)[:2])
        loss.backward(getattr(loss, "output", Z), np.eye(3)[:2])
    loss = nn.BinaryCrossEntropy()
    loss.forward(np.eye(3), np.eye(3))
    loss.backward(np.eye(3), np.eye(3))


def test_tiny_numbers_pass_through_a_whole_run(strict):
    X, y = np.array([[1e-30, 0], [0, 1e-38]], np.float32), [0, 1]
    network = nn.Sequential(nn.DenseLayer(2, 4, rng=0), nn.ReLU(), nn.DenseLayer(4, 2, rng=0))
    loss, optimizer = nn.SoftmaxCategoricalCrossEntropy(), nn.StochasticGradientDescent(0.1, 0.9)
    history = nn.fit(
        network,
        loss,
        optimizer,
        X,
        y,
        epochs=40,
        batch_size=1,
        validation_data=(X, y),
        metric=nn.Accuracy(),
        callbacks=[nn.early_stopping(30), nn.schedule(lambda e: 0.1)],
        progress=False,
    )
    assert history.epochs > 1
    nn.evaluate(network, loss, X, y, nn.Accuracy())
    nn.check_gradients(nn.Softmax(), np.array([[0.0, -1.0, 2.0]]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_tiny_numbers_pass_through_features(strict, dtype):
    from nn_from_scratch import features

    with np.errstate(under="ignore"):  # NumPy before 2.3 underflows where these are cast
        faint, ink = np.zeros((3, 784), dtype), np.full((56, 56), 1e-40, dtype)
        faint[0, 400], faint[1, 100:140], faint[2] = 1e-38, 1e-40, 1e-44
    for change in (features.deskew, features.oriented_edges):
        assert np.isfinite(change(faint)).all()
    assert np.isfinite(features.distort(faint, rng=0)).all()
    ink[20, 20:30] = 1
    assert features.centre_digit(ink).max() > 0.5


# ---------------------------------------------------------------- 26: masks and sparse matrices


class Sparse:
    "What a sparse matrix is to NumPy: one object."

    shape, ndim, dtype = (2, 2), 2, np.dtype(float)

    def toarray(self):
        return np.eye(2)

    def __len__(self):
        return 2


MASKED = np.ma.masked_less(np.array([[1.0, -999.0], [2.0, 3.0]]), 0)


@pytest.mark.parametrize("bad", [MASKED, list(MASKED), Sparse()], ids=["mask", "rows", "sparse"])
def test_what_numpy_would_misread_is_refused_by_name(bad):
    layer = nn.DenseLayer(2, 2, rng=0)
    for use in (
        lambda: layer.forward(bad),
        lambda: nn.Sequential(layer).predict(bad),
        lambda: nn.MeanSquaredError().forward(np.ones((2, 2)), bad),
        lambda: nn.Softmax().forward(bad),
    ):
        with pytest.raises(ValueError, match="expects .*(without a mask|toarray)"):
            use()
    for X, y in ((bad, np.ones((2, 2))), (np.ones((2, 2)), bad)):
        before = layer.weights.copy()
        with pytest.raises(ValueError, match="expects .*(without a mask|toarray)"):
            nn.fit(
                nn.Sequential(layer),
                nn.MeanSquaredError(),
                nn.StochasticGradientDescent(),
                X,
                y,
                epochs=1,
                batch_size=1,
                progress=False,
            )
        np.testing.assert_array_equal(layer.weights, before)


def test_sparse_matrices():
    sparse = pytest.importorskip("scipy.sparse")
    for kind in (sparse.csr_matrix, sparse.csr_array, sparse.coo_array):
        with pytest.raises(ValueError, match=f"got a {kind.__name__}: .toarray.. gives one"):
            nn.DenseLayer(2, 2).forward(kind(np.eye(2)))


# ---------------------------------------------------------------- 27: nobody watches


@pytest.fixture
def widgets():
    pytest.importorskip("ipywidgets")
    pytest.importorskip("matplotlib")
    from nn_from_scratch import widgets

    yield widgets
    widgets.Loop.at_work = None


@pytest.mark.parametrize("who", ["Python", "page"])
def test_a_playground_that_is_closed_stops_training(widgets, monkeypatch, who):
    from nn_from_scratch import playground

    epochs = []
    monkeypatch.setattr(playground.Experiment, "advance", lambda *_: epochs.append(1))
    monkeypatch.setattr(playground.Board, "png", lambda self: b"")

    async def watch():
        box = playground.playground()
        buttons = {button.description: button for button in box.children[2].children}
        buttons["Run"].click()
        loop = widgets.Loop.at_work
        await asyncio.sleep(0.1)
        assert loop.going and epochs
        if who == "Python":
            box.close()
        else:
            box.comm.handle_close({})
        await asyncio.wait_for(loop.task, 5)
        done = len(epochs)
        await asyncio.sleep(0.05)
        assert not loop.going and len(epochs) == done

    asyncio.run(watch())


def test_closing_an_old_playground_lets_the_new_one_train(widgets, monkeypatch):
    from nn_from_scratch import playground

    monkeypatch.setattr(playground.Experiment, "advance", lambda *_: None)
    monkeypatch.setattr(playground.Board, "png", lambda self: b"")

    async def watch():
        old, new = playground.playground(), playground.playground()
        new.children[2].children[1].click()
        old.close()
        assert widgets.Loop.at_work is not None
        widgets.Loop.at_work.pause()

    asyncio.run(watch())


def counting(widgets, calls):
    def draw(x):
        calls.append(x)
        return widgets.sheet()[0]

    draw.__qualname__ = "draw"  # as in a cell
    return draw


def test_an_explorer_cell_run_twice_draws_once(widgets):
    calls, x = [], widgets.slider("x", 0, 9, 1, 1)
    # the cell defines its function anew each time
    boxes = [widgets.explorer(counting(widgets, calls), x=x) for _ in range(3)]
    calls.clear()
    x.value = 4
    assert calls == [4]
    boxes[0].close()  # is no longer in the page
    x.value = 5
    assert calls == [4, 5]
    boxes[2].close()
    x.value = 6
    assert calls == [4, 5]
    widgets.explorer(counting(widgets, calls), x=x)
    x.value = 7
    assert calls == [4, 5, 6, 7]


@pytest.mark.heavy
def test_a_playground_runs_where_tiny_numbers_are_errors(widgets, strict):
    from nn_from_scratch import playground

    for data in ("moons", "regression"):
        box = playground.playground()
        columns, _, buttons, _, words = box.children
        columns.children[0].children[0].value = data
        buttons.children[0].click()
        assert "Epoch 1: training loss" in words.value


def test_two_explorers_may_share_a_slider(widgets):
    first, second, x = [], [], widgets.slider("x", 0, 9, 1, 1)
    empty = widgets.sheet()[0]
    widgets.explorer(lambda x: first.append(x) or empty, x=x)
    widgets.explorer(lambda x: second.append(x) or empty, x=x)
    x.value = 5
    assert first == second == [1, 5]


# ---------------------------------------------------------------- 28: dark themes


X = np.random.default_rng(0).standard_normal((12, 2))
Y = np.arange(12) % 3
HISTORY = {"loss": [3, 1, 2], "validation_loss": [3, 2, 4], "accuracy": [0.1, 0.2, 0.3]}


def bowl(points):
    return points[:, 0] + points[:, 1] ** 2


def thirds(points):
    return (np.arctan2(points[:, 0], points[:, 1]) // 2.1 + 2).astype(int) % 3


PLOTS = {
    "curves": lambda p: p.plot_curves(
        [1, 2, 3],
        {"a": [1, 2, 3], "b": [3, 2, 1]},
        x_label="x",
        y_label="y",
        title="t",
        log="y",
        marks={"peak": (2, 2)},
        dots={"seen": ([1, 2], [2, 2])},
    ),
    "history": lambda p: p.plot_history(HISTORY),
    "bars": lambda p: p.plot_bars(["a", "b"], {"s": [1, 2], "t": [2, 1]}, title="bars"),
    "points": lambda p: p.plot_points(X, Y, hollow=True),
    "plane": lambda p: p.plot_decision_boundary(thirds, X, Y, X + 0.1, Y),
    "tilted": lambda p: p.plot_tilted_plane(bowl, title="z"),
    "surface": lambda p: p.plot_surface(bowl, {"path": [[0, 0], [1, 1]]}),
    "images": lambda p: p.plot_images(np.linspace(0, 1, 48).reshape(3, 16), ["a", "b", "c"]),
    "weights": lambda p: p.plot_weights(X[:9]),
    "confusion": lambda p: p.plot_confusion(Y, Y[::-1], 3),
}


def draw_digit_answer():
    from nn_from_scratch.digit_pad import draw_answer

    network = nn.Sequential(nn.DenseLayer(784, 9, rng=0), nn.ReLU(), nn.DenseLayer(9, 10, rng=0))
    return draw_answer(network, np.linspace(0, 1, 784))


def explorers():
    from nn_from_scratch import explorers

    return explorers


def draw_trace():
    from nn_from_scratch.traces import trace_shapes

    return trace_shapes([nn.DenseLayer(2, 4, rng=0), nn.ReLU()], X).figure


def draw_diagram(name):
    from nn_from_scratch import diagrams

    if name == "arrays":
        return diagrams.draw_arrays([("x", [[1.0, 2]]), "·", ("W", np.eye(2))]).figure
    places, numbers = {"a": (0, 0), "b": (1, 0)}, {"a": 1, "b": 2}
    return diagrams.draw_graph(places, [("a", "b", 3)], numbers, numbers).figure


def draw_experiment(data):
    from nn_from_scratch import board, experiment

    return board.draw_experiment(experiment.Experiment(data=data))


DRAWN = {
    "derivative": lambda: explorers().draw_derivative(),
    "neuron": lambda: explorers().draw_neuron(),
    "shapes": lambda: explorers().draw_shapes(),
    "activations": lambda: explorers().draw_activations(),
    "losses": lambda: explorers().draw_losses(),
    "optimizer": lambda: explorers().draw_optimizer(),
    "threshold": lambda: explorers().draw_threshold(),
    "answer": draw_digit_answer,
    "graph": lambda: draw_diagram("graph"),
    "arrays": lambda: draw_diagram("arrays"),
    "trace": draw_trace,
    "moons": lambda: draw_experiment("moons"),
    "regression": lambda: draw_experiment("regression"),
}


def same_in_every_theme(make):
    from matplotlib import image, pyplot, rc_context, style

    with style.context("default"):
        right = png(make())
    assert (image.imread(io.BytesIO(right))[..., 3] == 1).all()
    for name, theme in DARK.items():
        context = style.context(theme) if isinstance(theme, str) else rc_context(theme)
        with context:
            assert png(make()) == right, name
            pyplot.close("all")


@pytest.mark.parametrize("name", PLOTS)
def test_plots_are_black_on_white_in_dark_themes(plots, name):
    def make():
        shown = PLOTS[name](plots)
        return getattr(shown, "figure", None) or shown

    same_in_every_theme(make)


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.heavy
def test_drawings_are_black_on_white_in_dark_themes(plots, widgets, name):
    same_in_every_theme(DRAWN[name])


def test_a_notebook_shows_and_stores_them_so_too(plots):
    "What IPython does: the figure's own ground is handed to the file."
    from matplotlib import style

    with style.context("dark_background"):
        figure = PLOTS["curves"](plots).figure
        assert figure.get_facecolor() == figure.axes[0].get_facecolor() == (1, 1, 1, 1)
        buffer = io.BytesIO()
        figure.canvas.print_figure(buffer, format="png", dpi=50, facecolor=figure.get_facecolor())
    with style.context("default"):
        assert buffer.getvalue() == png(PLOTS["curves"](plots).figure)


def test_on_a_dark_figure_of_a_user_our_axes_are_white(plots):
    from matplotlib import pyplot, style

    with style.context("dark_background"):
        ax = pyplot.figure().subplots()
        plots.plot_curves([1, 2], {"a": [1, 2]}, ax=ax, marks={"here": (1, 1)})
    assert ax.get_facecolor() == (1, 1, 1, 1) and ax.texts[0].get_color() == "black"


@pytest.mark.heavy
def test_plots_and_widgets_pass_where_tiny_numbers_are_errors(plots, widgets, strict):
    for make in PLOTS.values():
        shown = make(plots)
        png(getattr(shown, "figure", None) or shown)
    for make in DRAWN.values():
        widgets.png(make())


# ---------------------------------------------------------------- 29: pictures of bytes


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32])
def test_images_from_0_to_255_are_grey(plots, dtype):
    pixels = np.arange(0, 256, 16).reshape(1, 16).astype(dtype)
    shown = plots.plot_images(pixels).axes[0].images[0]
    np.testing.assert_allclose(np.ravel(shown.get_array()), pixels[0] / 255, rtol=1e-6)
    assert shown.get_clim() == (0, 1)


def test_images_of_ones_and_shares_stay_as_they_are(plots):
    for pixels in ([[0, 1, 1, 0]], [[0.0, 0.5, 1.0, 0.25]], [[True, False, True, True]]):
        shown = plots.plot_images(pixels).axes[0].images[0]
        np.testing.assert_array_equal(np.ravel(shown.get_array()), np.ravel(pixels))


@pytest.mark.parametrize("pixels", [[-0.4, 0, 0.3, 2.8], [0, 0.5, 1.5, 1], [0, 1, 256, 512]])
def test_images_of_other_numbers_are_refused(plots, pixels):
    with pytest.raises(ValueError, match="plot_images expects images from 0 to 1, got "):
        plots.plot_images([pixels])


# ---------------------------------------------------------------- 30: the table


class Convolution:
    "Three filters over one channel, as far as the table is concerned."

    parameter_names = ("weights", "biases")

    def __init__(self):
        self.weights, self.biases = np.zeros((3, 1, 5, 5)), np.zeros(3)

    def forward(self, inputs):
        self.inputs = np.asarray(inputs)
        self.output = self.inputs.sum(axis=1, keepdims=True) * np.ones(3)
        return self.output

    def backward(self, derivative_outputs):
        self.derivative_weights = np.zeros_like(self.weights)
        self.derivative_biases = derivative_outputs.sum(axis=0)
        return derivative_outputs.sum(axis=1, keepdims=True) * np.ones_like(self.inputs)


class Scale:
    "A layer without biases."

    parameter_names = ("factors",)

    def __init__(self, d):
        self.factors = np.ones((1, d))

    def forward(self, inputs):
        self.inputs, self.output = inputs, inputs * self.factors
        return self.output

    def backward(self, derivative_outputs):
        self.derivative_factors = (derivative_outputs * self.inputs).sum(axis=0, keepdims=True)
        return derivative_outputs * self.factors


def test_the_table_counts_layers_of_any_shape_and_without_biases():
    network = nn.Sequential(Convolution(), Scale(3), nn.DenseLayer(3, 2))
    first, convolution, scale, dense = repr(network).splitlines()
    assert "with 89 parameters" in first  # 75 + 3, 3, 8
    assert convolution.split()[-1] == "78" and "(n, d) -> (n, …)" in convolution
    assert scale.split()[-1] == "3" and "…" in scale
    assert "(n, 3) -> (n, 2)" in dense
    train(POINTS, LABELS % 2)
    optimizer, loss = nn.StochasticGradientDescent(), nn.SoftmaxCategoricalCrossEntropy()
    nn.fit(network, loss, optimizer, POINTS, LABELS % 2, epochs=1, batch_size=3, progress=False)
    assert network.layers[1].factors.tolist() != [[1, 1, 1]]
