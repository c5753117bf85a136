"""What trained on without a word, and wrongly, or lost what a run had found; and who is told of
a run's beginning and end."""

import copy
import inspect
import json
import pickle
import signal

import numpy as np
import pytest

import nn_from_scratch as nn
from nn_from_scratch.points import moons_data


def moons(n: int = 60, noise: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    "Points and their labels as a column."
    return moons_data(n, noise=noise, rng=np.random.default_rng(0))


def network(k: int = 1, *ends: object, seed: int = 1) -> nn.Sequential:
    rng = np.random.default_rng(seed)
    return nn.Sequential(
        nn.DenseLayer(2, 16, rng=rng), nn.ReLU(), nn.DenseLayer(16, k, rng=rng), *ends
    )


def run(net, loss, X, y, epochs=2, rate=0.1, **settings):
    settings = {"batch_size": 16, "rng": 5, "progress": False} | settings
    optimizer = settings.pop("optimizer", None) or nn.StochasticGradientDescent(rate, 0.9)
    return nn.fit(net, loss, optimizer, X, y, epochs=epochs, **settings)


def weights(net) -> list[np.ndarray]:
    return [array.copy() for array in net.parameters]


def same(net, before) -> bool:
    return all(np.array_equal(*pair) for pair in zip(net.parameters, before, strict=True))


class F1:
    "Its calls are noted: how many predictions and targets each got."

    def __init__(self):
        self.calls = []

    def calculate(self, predictions, targets):
        self.calls.append((len(predictions), len(targets)))
        said, right = np.asarray(predictions) > 0.5, np.asarray(targets) > 0.5
        return 2 * np.sum(said & right) / max(1, said.sum() + right.sum())


class R2:
    def calculate(self, predictions, targets):
        if len(targets) < 2:
            raise ValueError("R2 wants two targets")
        spread = np.sum((targets - targets.mean()) ** 2)
        return 1 - np.sum((targets - predictions) ** 2) / spread


class Inner(nn.Sequential):
    "A network inside of a network, which is not dissolved."


SOFTMAX = (nn.SoftmaxCategoricalCrossEntropy, nn.Softmax, 2)
SIGMOID = (nn.SigmoidBinaryCrossEntropy, nn.Sigmoid, 1)


class TestFusedLossAfterItsOwnActivation:
    @pytest.mark.parametrize("kind, end, k", [SOFTMAX, SIGMOID])
    @pytest.mark.parametrize("wrapped", [False, True])
    def test_is_refused_before_anything_changed(self, kind, end, k, wrapped):
        X, y = moons()
        y = y[:, 0] if k == 2 else y
        net = nn.Sequential(Inner(*network(k, end()).layers)) if wrapped else network(k, end())
        before, optimizer = weights(net), nn.StochasticGradientDescent(0.1, 0.9)
        with pytest.raises(ValueError, match=f"ends before its {end.__name__}: {kind.__name__}"):
            run(net, kind(), X, y, optimizer=optimizer)
        assert same(net, before) and not optimizer.states

    @pytest.mark.parametrize("kind, end, k", [SOFTMAX, SIGMOID])
    def test_trains_without_it(self, kind, end, k):
        X, y = moons()
        y = y[:, 0] if k == 2 else y
        history = run(network(k), kind(), X, y, epochs=60, metric=nn.Accuracy())
        assert history["accuracy"][-1] > 0.98

    def test_the_plain_loss_takes_it(self):
        X, y = moons()
        net = network(2, nn.Softmax())
        history = run(net, nn.CategoricalCrossEntropy(), X, y[:, 0], 60, metric=nn.Accuracy())
        assert history["accuracy"][-1] > 0.98

    def test_backward_takes_only_what_forward_kept(self):
        fused, logits, y = nn.SoftmaxCategoricalCrossEntropy(), [[0.2, 0.7]], [1]
        fused.forward(logits, y)
        with pytest.raises(ValueError, match="output"):
            fused.backward(logits, y)
        np.testing.assert_allclose(fused.backward(fused.output, y), [[0.378, -0.378]], atol=5e-4)

    def test_backward_of_the_binary_one_too(self):
        fused, logits, y = nn.SigmoidBinaryCrossEntropy(), [[0.2]], [[1]]
        fused.forward(logits, y)
        with pytest.raises(ValueError, match="output"):
            fused.backward(logits, y)
        np.testing.assert_allclose(fused.backward(fused.output, y), [[-0.45]], atol=5e-4)


class TestMetricsOfTheWhole:
    def rare(self):
        rng = np.random.default_rng(0)
        X = rng.standard_normal((200, 2))
        return X, (X[:, :1] + rng.standard_normal((200, 1)) > 1.9).astype(float)

    def test_training_and_validation_are_scored_at_once(self):
        "With a rate of nearly nothing the epoch's predictions are those of the network."
        (X, y), net, metric = self.rare(), network(1), F1()
        settings = {"validation_data": (X[:100], y[:100]), "metric": metric, "rate": 1e-30}
        history = run(net, nn.SigmoidBinaryCrossEntropy(), X, y, **settings)
        expected = [F1().calculate(net.predict(X[:n]) > 0, y[:n]) for n in (200, 100)]
        np.testing.assert_allclose(history["f1"], expected[0], rtol=1e-12)
        np.testing.assert_allclose(history["validation_f1"], expected[1], rtol=1e-12)
        assert set(metric.calls) == {(200, 200), (100, 100)}
        pieces = [
            F1().calculate(net.predict(X[i : i + 16]) > 0, y[i : i + 16]) for i in range(0, 200, 16)
        ]
        assert abs(np.mean(pieces) - expected[0]) > 0.02  # or this test could not fail

    def test_evaluate_is_the_same_for_every_batch_size(self):
        (X, y), net = self.rare(), network(1)
        loss = nn.SigmoidBinaryCrossEntropy()
        found = [nn.evaluate(net, loss, X, y, F1(), size)["f1"] for size in (3, 16, 200)]
        assert found == [F1().calculate(net.predict(X) > 0, y)] * 3

    def test_root_of_the_mean_square(self):
        class RMSE:
            def calculate(self, predictions, targets):
                return np.sqrt(np.mean((predictions - targets) ** 2))

        (X, y), net = self.rare(), network(1)
        found = nn.evaluate(net, nn.MeanSquaredError(), X, y, RMSE(), batch_size=16)
        np.testing.assert_allclose(found["rmse"], np.sqrt(found["loss"]), rtol=1e-6)

    def test_a_last_batch_of_one_row(self):
        X, y = self.rare()
        history = run(network(1), nn.MeanSquaredError(), X[:33], y[:33], metric=R2(), rate=0.01)
        assert len(history["r2"]) == 2

    def test_its_own_message_before_the_first_step(self):
        (X, y), net = self.rare(), network(1)
        before = weights(net)
        with pytest.raises(ValueError, match="^R2 wants two targets$"):
            run(net, nn.MeanSquaredError(), X, y, metric=R2(), validation_data=(X[:1], y[:1]))
        assert same(net, before)

    @pytest.mark.parametrize("value", [None, {"f1": 1}, np.zeros(2)])
    def test_what_is_no_number(self, value):
        class Odd:
            def calculate(self, predictions, targets):
                return value

        (X, y), net = self.rare(), network(1)
        before = weights(net)
        with pytest.raises(ValueError, match="Odd expects calculate to give a number"):
            run(net, nn.MeanSquaredError(), X, y, metric=Odd())
        assert same(net, before)

    def test_all_targets_are_tried(self):
        class Strict:
            def calculate(self, predictions, targets):
                if np.max(targets) > 1:
                    raise ValueError("Strict wants 0 and 1")
                return 1.0

        (X, y), net = self.rare(), network(1)
        y[150], before = 2, weights(net)
        with pytest.raises(ValueError, match="Strict wants"):
            run(net, nn.MeanSquaredError(), X, y, metric=Strict())
        assert same(net, before)


class TestTheTryBeforeTheFirstStep:
    @pytest.mark.parametrize("metric", [None, nn.Accuracy()])
    @pytest.mark.parametrize("wrong", [-1, 2])
    def test_a_wrong_label_anywhere(self, metric, wrong):
        X, net = np.zeros((3000, 2)), network(2)
        y, before = np.zeros(3000, dtype=int), weights(net)
        y[2000] = wrong
        with pytest.raises(ValueError, match="targets from 0 to 1"):
            run(net, nn.SoftmaxCategoricalCrossEntropy(), X, y, metric=metric)
        assert same(net, before)

    @pytest.mark.parametrize("n", [1, 2, 3, 1024, 1025])
    @pytest.mark.parametrize("metric", [None, nn.Accuracy()])
    def test_of_any_number_of_samples(self, n, metric):
        X, y = np.ones((n, 2)), np.arange(n) % 2
        history = run(network(2), nn.SoftmaxCategoricalCrossEntropy(), X, y, metric=metric)
        assert history.epochs == 2

    def test_speaks_of_the_shapes_that_were_given(self):
        X, y = moons()
        with pytest.raises(ValueError, match=r"\(120, 1\), got \(120,\)"):
            run(network(1), nn.SigmoidBinaryCrossEntropy(), X, y[:, 0])
        with pytest.raises(ValueError, match=r"got \(120, 1\)"):
            run(network(2), nn.SoftmaxCategoricalCrossEntropy(), X, y)
        with pytest.raises(ValueError, match=r"inputs \(n, 2\), got \(120, 1\)"):
            run(network(1), nn.SigmoidBinaryCrossEntropy(), X[:, :1], y)


class Dropout:
    def __init__(self):
        self.rng = np.random.default_rng(0)

    def forward(self, inputs):
        self.mask = 2.0 * (self.rng.random(inputs.shape) < 0.5)
        return inputs * self.mask

    def backward(self, derivative_outputs):
        return derivative_outputs * self.mask

    def predict(self, inputs):
        return inputs


def test_dropout_rests_outside_of_training():
    X, y = moons()
    plain, loss = network(1), nn.SigmoidBinaryCrossEntropy()
    net = nn.Sequential(plain.layers[0], Dropout(), *plain.layers[1:])
    history = run(net, loss, X, y, metric=nn.Accuracy(), validation_data=(X, y))
    expected = nn.evaluate(plain, loss, X, y, nn.Accuracy())
    assert np.array_equal(net.predict(X), plain.predict(X))
    assert nn.evaluate(net, loss, X, y, nn.Accuracy()) == expected
    assert history["validation_loss"][-1] == expected["loss"]
    assert history["validation_accuracy"][-1] == expected["accuracy"]


class TestDirectionOfTheBest:
    @pytest.mark.parametrize(
        "name", ["mae", "rmse", "validation_rmse", "mean_absolute_error", "perplexity", "mape"]
    )
    def test_known_names(self, name):
        history = nn.History({"loss": [3.0, 2.0, 1.0], name: [2.0, 1.0, 3.0]})
        assert history.best(name)["epoch"] == 2

    @pytest.mark.parametrize("name", ["accuracy", "f1", "r2"])
    def test_others_are_better_when_high(self, name):
        history = nn.History({"loss": [3.0, 2.0, 1.0], name: [2.0, 1.0, 3.0]})
        assert history.best(name)["epoch"] == 3

    @pytest.mark.parametrize("name", ["mae", "accuracy"])
    def test_who_asks_may_say_it(self, name):
        history = nn.History({"loss": [3.0, 2.0, 1.0], name: [2.0, 1.0, 3.0]})
        assert history.best(name, lowest=True)["epoch"] == 2
        assert history.best(name, lowest=False)["epoch"] == 3

    @pytest.mark.parametrize("lowest", [True, False])
    def test_the_metric_says_it(self, lowest):
        class GuessError:
            lower_is_better = lowest

            def calculate(self, predictions, targets):
                return values.pop(0)

        class Gap(GuessError):
            pass

        X, y = moons()
        for metric in (GuessError(), Gap()):
            values = [0, 0, 5.0, 5.0, 3.0, 3.0, 4.0, 4.0]  # two tries, then three epochs
            name = nn.network.metric_name(metric)
            loss = nn.SigmoidBinaryCrossEntropy()
            history = run(network(), loss, X, y, 3, metric=metric, validation_data=(X, y))
            for column in (name, f"validation_{name}"):
                assert history[column] == [5.0, 3.0, 4.0]
                assert history.best(column)["epoch"] == (2 if lowest else 1)

    def test_a_saved_run_knows_it(self, tmp_path):
        class Gap:
            lower_is_better = True

            def calculate(self, predictions, targets):
                return np.abs(predictions - targets).mean()

        X, y = moons()
        path = tmp_path / "run.npz"
        settings = {"metric": Gap(), "callbacks": [nn.checkpoint(path)]}
        run(network(), nn.SigmoidBinaryCrossEntropy(), X, y, 5, **settings)
        history = nn.load_checkpoint(path).history
        assert history.best("gap")["gap"] == min(history["gap"])


class TestCopiesWithoutSamples:
    def trained(self):
        "A network, its loss and optimizer, after a batch of 16 MB."
        X = np.random.default_rng(0).standard_normal((60_000, 2))
        net, loss = network(1), nn.SigmoidBinaryCrossEntropy()
        optimizer = nn.StochasticGradientDescent(0.1, 0.9)
        nn.train_step(net, loss, optimizer, X, (X[:, :1] > 0).astype(float))
        return net, loss, optimizer

    def test_a_pickle_holds_weights_and_settings_only(self):
        net, loss, _ = self.trained()
        assert sum(array.nbytes for array in net.parameters) < 1_000
        assert len(pickle.dumps(net)) < 3_000 and len(pickle.dumps(loss)) < 1_000

    def test_every_part_of_the_library(self):
        X = np.full((20_000, 5), 0.2, dtype=np.float32)
        losses = [nn.CategoricalCrossEntropy(), nn.SoftmaxCategoricalCrossEntropy()]
        losses += [nn.BinaryCrossEntropy(), nn.SigmoidBinaryCrossEntropy(), nn.MeanSquaredError()]
        for loss in losses:
            loss.forward(X, X)
            loss.backward(getattr(loss, "output", X), X)
        layers = [nn.DenseLayer(5, 5), nn.ReLU(), nn.Sigmoid(), nn.Softmax()]
        for layer in layers:
            layer.backward(layer.forward(X))
        for part in losses + layers:
            assert len(pickle.dumps(part)) < 1_000, part

    def test_it_predicts_and_trains_on_as_before(self):
        net, loss, optimizer = self.trained()
        X, y = moons()
        for again in (
            pickle.loads(pickle.dumps((net, optimizer))),
            copy.deepcopy((net, optimizer)),
        ):
            assert np.array_equal(again[0].predict(X), net.predict(X))
            first, second = copy.deepcopy((net, optimizer)), again
            for each, steps in (first, second):
                run(each, loss, X, y, 3, optimizer=steps)
            assert same(first[0], second[0].parameters)


class TestColumnsOfACallback:
    def note(self, state):
        state.history.setdefault("rate", []).append(0.5 / state.epoch)

    @pytest.mark.parametrize("first", [True, False])
    def test_are_saved_and_resumed(self, tmp_path, first):
        X, y = moons()
        path = tmp_path / "run.npz"
        callbacks = [self.note, nn.checkpoint(path)][:: 1 if first else -1]
        settings = {"metric": nn.Accuracy(), "callbacks": callbacks}
        loss = nn.SigmoidBinaryCrossEntropy()
        whole, g = network(), np.random.default_rng(2)
        expected = run(whole, loss, X, y, 6, rng=g, **settings)
        run(network(), loss, X, y, 3, rng=np.random.default_rng(2), **settings)
        state = nn.load_checkpoint(path)
        settings |= {"optimizer": state.optimizer, "rng": state.rng, "history": state.history}
        history = run(state.network, loss, X, y, 6, **settings)
        assert same(state.network, whole.parameters)
        assert history["loss"] == expected["loss"] and history["accuracy"] == expected["accuracy"]
        assert len(history["rate"]) == (6 if first else 5)  # the last is written after the file

    def test_are_left_alone_without_their_callback(self):
        X, y = moons()
        net, loss = network(), nn.SigmoidBinaryCrossEntropy()
        history = run(net, loss, X, y, 3, callbacks=[self.note])
        column = list(history["rate"])
        run(net, loss, X, y, 5, history=history)
        assert history.epochs == 5 and history["rate"] == column
        assert "rate" in repr(nn.History({"loss": [1.0], "rate": [2.0]}))
        assert history._repr_markdown_().count("\n") == 1 + 5

    def test_text_of_lists_resumes_too(self):
        X, y = moons()
        net, loss = network(), nn.SigmoidBinaryCrossEntropy()
        history = run(net, loss, X, y, 3, callbacks=[self.note])
        lists = nn.History(json.loads(json.dumps(history)))
        assert run(net, loss, X, y, 4, history=lists).epochs == 4

    def test_fit_must_find_its_own(self):
        X, y = moons()
        net, loss = network(), nn.SigmoidBinaryCrossEntropy()
        history = run(net, loss, X, y, 3)
        before = weights(net)
        for settings in ({"metric": nn.Accuracy()}, {"validation_data": (X, y)}):
            with pytest.raises(ValueError, match="fit expects a history with"):
                run(net, loss, X, y, 5, history=history, **settings)
        history["loss"].pop()
        history["accuracy"] = [0.5] * 3
        with pytest.raises(ValueError, match="fit expects a history with"):
            run(net, loss, X, y, 5, history=history, metric=nn.Accuracy())
        assert same(net, before)


class TestBestWeightsHoweverItEnds:
    def ended(self, how: str, restore: bool = True):
        "A run of an early stopping whose validation loss rises, and the weights of each epoch."
        X, y = moons(noise=0.3)
        flipped = (X, 1 - y)  # what is learned makes it worse: the first epoch is the best
        kept, net = [], network()

        def watch(state):
            kept.append(weights(state.network))
            state.stop = how == "callback" and state.epoch == 4
            if how == "ctrl_c" and state.epoch == 4:
                signal.raise_signal(signal.SIGINT)
            if how == "divergence" and state.epoch == 4:
                state.optimizer.learning_rate = 1e38
            if how == "error" and state.epoch == 4:
                raise RuntimeError

        patience = 3 if how == "patience" else 100
        stopping = nn.early_stopping(patience, **({} if restore else {"restore": False}))
        settings = {"callbacks": [watch, stopping]}
        settings |= {"validation_data": flipped}
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            run(net, nn.SigmoidBinaryCrossEntropy(), X, y, 6, **settings)
        except (FloatingPointError, RuntimeError):
            assert how in ("divergence", "error")
        finally:
            signal.signal(signal.SIGINT, before)
        assert len(kept) == (6 if how == "last" else 4)
        return net, kept

    @pytest.mark.parametrize(
        "how", ["patience", "last", "ctrl_c", "callback", "divergence", "error"]
    )
    def test_they_come_back(self, how):
        net, kept = self.ended(how)
        assert same(net, kept[0]) and not same(net, kept[1])

    @pytest.mark.parametrize("how", ["patience", "last", "ctrl_c", "callback"])
    def test_unless_they_are_not_wanted(self, how):
        net, kept = self.ended(how, restore=False)
        assert same(net, kept[-1])


XOR = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])


class TestAccuracyOfWhatIsNoProbability:
    @pytest.mark.parametrize("ends", [(), (nn.ReLU(),)])
    @pytest.mark.parametrize("bias", [0.5, 7.0])  # between 0 and 1 at first, or not
    def test_is_refused_before_the_first_step(self, ends, bias):
        net = network(1, *ends)
        net.layers[2].weights[:] = 0
        net.layers[2].biases[:] = bias
        before = weights(net)
        with pytest.raises(ValueError, match="fit expects a Sigmoid at the end: Accuracy"):
            run(net, nn.MeanSquaredError(), *XOR, metric=nn.Accuracy())
        assert same(net, before)

    def test_of_probabilities_is_taken(self):
        net, history = network(1, nn.Sigmoid()), None
        history = run(net, nn.MeanSquaredError(), *XOR, epochs=400, rate=1, metric=nn.Accuracy())
        assert history["accuracy"][-1] == 1

    def test_of_scores_of_two_classes_is_taken(self):
        rows = np.eye(2)[XOR[1][:, 0]]
        loss = nn.MeanSquaredError()
        history = run(network(2), loss, XOR[0], rows, epochs=400, metric=nn.Accuracy())
        assert history["accuracy"][-1] == 1

    def test_a_loss_of_your_own_may_make_them(self):
        class Own(nn.MeanSquaredError):
            def forward(self, predictions, targets):
                self.output = 1 / (1 + np.exp(-np.asarray(predictions)))
                return super().forward(self.output, targets)

            def backward(self, predictions, targets):
                P = np.asarray(predictions)
                return super().backward(P, targets) * P * (1 - P)

        history = run(network(1), Own(), *XOR, epochs=400, rate=1, metric=nn.Accuracy())
        assert history["accuracy"][-1] == 1

    def test_an_accuracy_of_your_own_may_cut_elsewhere(self):
        class Above(nn.Accuracy):
            def calculate(self, predictions, targets):
                return float(np.mean((predictions > 0.5) == (targets > 0.5)))

        history = run(network(1), nn.MeanSquaredError(), *XOR, metric=Above())
        assert len(history["above"]) == 2


class TestRemedyForLargeTargets:
    def message(self, y, k=1, loss=None, rate=0.1, X=None, **settings) -> str:
        X = moons()[0] if X is None else X
        with pytest.raises(FloatingPointError) as caught:
            run(network(k), loss or nn.MeanSquaredError(), X, y, epochs=200, rate=rate, **settings)
        return str(caught.value)

    @pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64])
    def test_targets_of_200_000(self, dtype):
        y = (200_000 + 20_000 * moons()[0][:, :1]).astype(dtype)
        text = self.message(y)
        assert "scale the targets" in text and "2" in text and "inputs" not in text

    def test_one_step_an_epoch(self):
        "Then it may be the weights that are seen first."
        y = 1e30 * (1 + moons()[0][:, :1])
        assert "scale the targets" in self.message(y, batch_size=1000, rate=1e30)

    def test_of_targets_that_are_small_it_is_the_rate(self):
        assert "learning rate ten times smaller" in self.message(moons()[1], rate=1e6)

    def test_labels_are_no_numbers(self):
        y = np.arange(120) % 2 + 199
        loss = nn.SoftmaxCategoricalCrossEntropy()
        assert "learning rate ten times smaller" in self.message(y, 201, loss, rate=1e38)

    def test_holes_come_first(self):
        X, y = moons()
        X[7, 0] = np.nan
        assert "clean it first" in self.message(200_000.0 + y, X=X)

    def test_validation_from_a_data_frame(self):
        pandas = pytest.importorskip("pandas")
        X, y = moons()
        y = 200_000.0 + 20_000 * y
        frames = pandas.DataFrame(X), pandas.DataFrame(y * 1e200)
        assert "targets" in self.message(y, rate=1e-12, validation_data=frames)

    def test_states_of_another_optimizer_are_left_alone(self):
        class Counting:
            def __init__(self):
                self.states, self.current_learning_rate = {}, 1e38

            def update_params(self, layer):
                t, kept = self.states.setdefault(layer, (0, {"count": np.zeros(1)}))
                kept["count"] += 1
                for name in layer.parameter_names:
                    getattr(layer, name)[...] -= 1e38 * getattr(layer, f"derivative_{name}")

        optimizer = Counting()
        with np.errstate(all="ignore"):
            self.message(moons()[1], optimizer=optimizer)
        assert all(kept["count"] > 0 for _, kept in optimizer.states.values())


def test_four_frames_from_fit_to_the_product():
    class Noting(nn.DenseLayer):
        def forward(self, inputs):
            self.callers = [
                f.function for f in inspect.stack() if f.function not in ("inner", "calm")
            ]
            return super().forward(inputs)

    X, y = moons()
    layer = Noting(2, 1, rng=0)
    run(nn.Sequential(layer), nn.SigmoidBinaryCrossEntropy(), X, y)
    names = layer.callers[: layer.callers.index("fit") + 1]
    assert names == ["forward", "forward", "train_step", "fit"]


class Diary:
    "A callback that writes down when it was called; it can fail."

    def __init__(self, lines=None, fails=()):
        self.lines, self.fails = [] if lines is None else lines, fails

    def say(self, what, state):
        self.lines.append((what, state.epoch))
        if what in self.fails:
            raise RuntimeError(what)

    def begin(self, state):
        self.say("begin", state)

    def __call__(self, state):
        self.say("epoch", state)

    def end(self, state):
        self.say("end", state)


class TestBeginAndEnd:
    def run(self, *callbacks, **settings):
        X, y = moons()
        return run(network(), nn.SigmoidBinaryCrossEntropy(), X, y, callbacks=callbacks, **settings)

    def test_each_once(self):
        diary = Diary()
        self.run(diary)
        assert diary.lines == [("begin", 0), ("epoch", 1), ("epoch", 2), ("end", 2)]

    def test_of_a_run_that_goes_on(self):
        history, diary = self.run(), Diary()
        self.run(diary, epochs=3, history=history)
        assert diary.lines == [("begin", 2), ("epoch", 3), ("end", 3)]

    def test_functions_have_neither(self):
        seen = []
        self.run(lambda state: seen.append(state.epoch))
        assert seen == [1, 2]

    def test_an_error_of_a_callback(self):
        diary = Diary(fails=["epoch"])
        with pytest.raises(RuntimeError, match="epoch"):
            self.run(diary)
        assert diary.lines == [("begin", 0), ("epoch", 1), ("end", 1)]

    def test_a_stop(self):
        diary = Diary()
        self.run(diary, lambda state: setattr(state, "stop", True))
        assert diary.lines == [("begin", 0), ("epoch", 1), ("end", 1)]

    def test_ctrl_c(self):
        diary = Diary()
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            self.run(diary, lambda state: signal.raise_signal(signal.SIGINT))
        finally:
            signal.signal(signal.SIGINT, before)
        assert diary.lines == [("begin", 0), ("epoch", 1), ("end", 1)]

    def test_no_finite_loss(self):
        diary = Diary()
        with pytest.raises(FloatingPointError):
            self.run(diary, optimizer=nn.StochasticGradientDescent(1e38))
        assert diary.lines == [("begin", 0), ("end", 0)]

    def test_in_their_order_and_all_even_if_one_fails(self):
        lines = []
        with pytest.raises(RuntimeError, match="end"):
            self.run(Diary(lines, fails=["end"]), Diary(lines))
        assert lines[-2:] == [("end", 2), ("end", 2)] and lines[:2] == [("begin", 0)] * 2

    def test_who_refuses_in_begin_has_changed_nothing(self):
        X, y = moons()
        net, diary = network(), Diary(fails=["begin"])
        before, kept = weights(net), nn.early_stopping(3)
        history = run(net, nn.SigmoidBinaryCrossEntropy(), X, y, 4, callbacks=[kept])
        middle = weights(net)
        with pytest.raises(RuntimeError, match="begin"):
            run(
                net,
                nn.SigmoidBinaryCrossEntropy(),
                X,
                y,
                9,
                callbacks=[kept, diary],
                history=history,
            )
        assert same(net, middle) and not same(net, before)
        assert diary.lines == [("begin", 4)] and history.epochs == 4

    def test_what_fit_refuses_never_begins(self):
        diary = Diary()
        with pytest.raises(ValueError):
            self.run(diary, batch_size=0)
        assert diary.lines == []
