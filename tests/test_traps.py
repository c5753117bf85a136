"""Deliberately broken twins: mistakes that still train, and the check that each must fail."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT

import nn_from_scratch as nn


class NoKeepdims(nn.DenseLayer):
    def backward(self, derivative_outputs):
        super().backward(derivative_outputs)
        self.derivative_biases = derivative_outputs.sum(axis=0)
        return self.derivative_inputs


class WrongAxis(nn.DenseLayer):
    def backward(self, derivative_outputs):
        super().backward(derivative_outputs)
        self.derivative_biases = derivative_outputs.sum(axis=1).reshape(1, -1)
        return self.derivative_inputs


class NotTransposed(nn.DenseLayer):
    def backward(self, derivative_outputs):
        super().backward(derivative_outputs)
        self.derivative_inputs = derivative_outputs @ self.weights
        return self.derivative_inputs


class WrongSign(nn.DenseLayer):
    def backward(self, derivative_outputs):
        super().backward(derivative_outputs)
        self.derivative_weights = -self.derivative_weights
        return self.derivative_inputs


class MeanInTheLayer(nn.DenseLayer):
    def backward(self, derivative_outputs):
        super().backward(derivative_outputs)
        self.derivative_weights /= len(derivative_outputs)
        return self.derivative_inputs


class MaskAlwaysTrue(nn.ReLU):
    def backward(self, derivative_outputs):
        return derivative_outputs * (self.output >= 0)


class SlopeOfTheInput(nn.Sigmoid):
    def forward(self, inputs):
        self.inputs = np.asarray(inputs)
        return super().forward(inputs)

    def backward(self, derivative_outputs):
        return derivative_outputs * self.inputs * (1 - self.inputs)


class DiagonalOnly(nn.Softmax):
    def backward(self, derivative_outputs):
        return derivative_outputs * self.output * (1 - self.output)


@pytest.mark.parametrize("twin", [NoKeepdims, WrongAxis, NotTransposed, WrongSign, MeanInTheLayer])
def test_broken_dense_layers_are_caught(twin, rng):
    "With as many samples as inputs as neurons, so that no shape gives the mistake away."
    X = rng.standard_normal((4, 4))
    nn.check_gradients(nn.DenseLayer(4, 4, rng=rng), X)
    with pytest.raises((AssertionError, ValueError), match="derivative of biases|is wrong"):
        nn.check_gradients(twin(4, 4, rng=rng), X)


@pytest.mark.parametrize("twin", [MaskAlwaysTrue, SlopeOfTheInput, DiagonalOnly])
def test_broken_activations_are_caught(twin, rng):
    X = rng.standard_normal((5, 4))
    nn.check_gradients(twin.__base__(), X)
    with pytest.raises(AssertionError, match="is wrong"):
        nn.check_gradients(twin(), X)


@pytest.mark.parametrize(
    "loss",
    [
        nn.MeanSquaredError,
        nn.CategoricalCrossEntropy,
        nn.BinaryCrossEntropy,
        nn.SoftmaxCategoricalCrossEntropy,
        nn.SigmoidBinaryCrossEntropy,
    ],
)
@pytest.mark.parametrize("factor", ["n", "k", -1])
def test_losses_with_a_wrong_mean_or_sign_are_caught(loss, factor, rng):
    class Broken(loss):
        def backward(self, predictions, targets):
            n, k = np.shape(predictions)
            return super().backward(predictions, targets) * {"n": n, "k": k}.get(factor, factor)

    predictions = rng.dirichlet(np.ones(3), 5)
    targets = np.eye(3)[[0, 1, 2, 0, 1]]
    nn.check_gradients(loss(), predictions, targets, h=1e-6)
    with pytest.raises(AssertionError, match="is wrong"):
        nn.check_gradients(Broken(), predictions, targets, h=1e-6)


def displacement(optimizer, n_steps=30):
    "How far a weight rolls on a constant slope of one."
    layer = nn.DenseLayer(1, 1, dtype=np.float64)
    layer.weights[:] = 0
    layer.derivative_weights, layer.derivative_biases = np.ones((1, 1)), np.zeros((1, 1))
    for _ in range(n_steps):
        optimizer.update_params(layer)
    return layer.weights[0, 0]


def test_averaged_momentum_is_caught():
    class Averaged(nn.StochasticGradientDescent):
        def update_params(self, layer):
            kept = layer.derivative_weights
            layer.derivative_weights = (1 - self.momentum) * kept
            super().update_params(layer)
            layer.derivative_weights = kept

    t = np.arange(1, 31)
    expected = -np.sum(0.1 * (1 - 0.9**t) / (1 - 0.9))
    np.testing.assert_allclose(
        displacement(nn.StochasticGradientDescent(0.1, momentum=0.9)), expected
    )
    np.testing.assert_allclose(displacement(Averaged(0.1, momentum=0.9)) * 10, expected)


def test_targets_never_broadcast(rng):
    "(n, 1) against (n,) makes (n, n) in NumPy; here it is an error in every loss and metric."
    column, flat = rng.uniform(0.1, 0.9, (4, 1)), np.array([0.0, 1.0, 1.0, 0.0])
    assert (column - flat).shape == (4, 4)
    for loss in (nn.MeanSquaredError(), nn.BinaryCrossEntropy(), nn.SigmoidBinaryCrossEntropy()):
        with pytest.raises(ValueError, match=r"targets \(4, 1\), got \(4,\)"):
            loss.forward(column, flat)
        with pytest.raises(ValueError, match=r"targets \(4, 1\), got \(4,\)"):
            loss.backward(column, flat)
    with pytest.raises(ValueError, match="integers"):
        nn.Accuracy().calculate(column, flat)


# What the notebooks and nbdev may do to us ------------------------------------------------------


@pytest.fixture
def project(tmp_path) -> Path:
    "A small copy of the project: configuration, one notebook, its module."
    for name in ("pyproject.toml", "nn_from_scratch/checks.py", "nbs/94_checks.ipynb"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "nn_from_scratch/__init__.py").write_text('__version__ = "0"\n')
    return tmp_path


def nbdev(command: str, project: Path) -> None:
    tool = Path(sys.executable).with_name(f"nbdev-{command}")
    if not tool.exists() and not tool.with_suffix(".exe").exists():
        pytest.skip("nbdev is not installed in this environment")
    subprocess.run([tool], cwd=project, check=True, capture_output=True)


def test_an_edited_module_is_undone_by_the_export(project):
    "nbdev-test would not see it: it runs the cells of the notebook, not the module."
    module = project / "nn_from_scratch/checks.py"
    right = module.read_text(encoding="utf-8")
    module.write_text(right.replace("value < 1", "value < 0"), encoding="utf-8")
    assert module.read_text(encoding="utf-8") != right
    nbdev("export", project)
    assert module.read_text(encoding="utf-8") == right


def test_cleaning_keeps_tags(project):
    path = project / "nbs/94_checks.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"][1]["metadata"] = {"tags": ["exercise"], "collapsed": True}
    path.write_text(json.dumps(notebook), encoding="utf-8")
    nbdev("clean", project)
    cleaned = json.loads(path.read_text(encoding="utf-8"))["cells"][1]["metadata"]
    assert cleaned == {"tags": ["exercise"]}
