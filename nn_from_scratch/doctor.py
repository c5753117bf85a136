"""draft"""
import copy
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .activations import ReLU
from .checks import as_array, as_rows, one_hot_rows, quiet, refusal
from .history import History
from .layers import DenseLayer
from .losses import SigmoidBinaryCrossEntropy, SoftmaxCategoricalCrossEntropy
from .network import Loss, Optimizer, Sequential
from .parts import parameters_of, parts_of
from .training import TrainingState


@quiet
def loss_of_a_guess(loss: Loss, y: ArrayLike) -> float:
    """The loss of who knows only the mean of the targets: one answer (1, k) for all samples.

    y (n,) labels or (n, k) as the loss takes it. ValueError for what the loss refuses.
    """
    y = as_array("loss_of_a_guess", "y", y)
    P = _columns(y).mean(axis=0, keepdims=True)  # (1, k)
    if isinstance(loss, SoftmaxCategoricalCrossEntropy):
        P = np.log(P)  # the scores whose softmax is P
    if isinstance(loss, SigmoidBinaryCrossEntropy):
        P = np.log(P / (1 - P))
    return float(copy.copy(loss).forward(np.repeat(P, len(y), axis=0), y))


def _columns(y: np.ndarray) -> np.ndarray:
    "Labels (n,) as rows with a single one, numbers (n, k) as they are, in float64."
    if y.ndim == 1 and y.dtype.kind in "iu":
        return one_hot_rows(y, int(y.max()) + 1, np.float64)
    return y.reshape(len(y), -1).astype(np.float64)


@quiet
def best_factor(
    network: Sequential, loss: Loss, optimizer: Any, X: np.ndarray, y: np.ndarray
) -> float:
    """How many times as long a step would be best, along the first slope from new weights.

    A step is rate / (1 - momentum). X (n, d), y as the loss takes it; the geometric mean of three
    draws of weights, on 500 samples. nan for a rate of 0. ValueError for what does not fit.
    """
    step = getattr(optimizer, "learning_rate", 0) / (1 - getattr(optimizer, "momentum", 0))
    rows, factors = _some_of(len(X), 500), 10.0 ** np.arange(-2, 3.5, 0.5)
    found = []
    for seed in range(3):
        losses = _along_the_slope(network, loss, (X[rows], y[rows]), seed, step * factors)
        found.append(factors[np.argmin(np.nan_to_num(losses, nan=np.inf))])
    return float(np.exp(np.mean(np.log(found)))) if step > 0 else math.nan


def _some_of(n: int, most: int) -> np.ndarray:
    "At most so many of n rows, drawn by lot, always the same."
    return np.random.default_rng(0).permutation(n)[:most]


def _along_the_slope(
    network: Sequential, loss: Loss, data: tuple, seed: int, steps: np.ndarray
) -> list[float]:
    "The loss after one step of each length from new weights, all on copies."
    X, y = data
    (twin, loss), rng = copy.deepcopy((network, loss)), np.random.default_rng(seed)
    for layer in twin.trained:
        if isinstance(layer, DenseLayer):
            layer.weights[...] = DenseLayer(*layer.weights.shape, rng=rng).weights
            layer.biases[...] = 0
    output = twin.forward(X)
    loss.forward(output, y)
    twin.backward(loss.backward(getattr(loss, "output", output), y))
    pairs = [(layer, name) for layer in twin.trained for name in parameters_of(layer)]
    slopes = [getattr(layer, f"derivative_{name}") for layer, name in pairs]
    starts, losses = [array.copy() for array in twin.parameters], []
    for step in steps:
        for array, start, slope in zip(twin.parameters, starts, slopes, strict=True):
            array[...] = start - step * slope
        losses.append(loss.forward(twin.forward(X), y))
    return losses


def silent_neurons(network: Sequential, X: ArrayLike) -> tuple[int, int]:
    """How many neurons fire for no sample, and of how many, in the ReLU where most are silent.

    X (n, d), of which 2,000 are taken. (0, 1) without a ReLU. ValueError for another width.
    """
    X = as_array("silent_neurons", "X", X)
    twin, most = copy.deepcopy(network), (0, 1)
    twin.forward(X[_some_of(len(X), 2000)])
    for part in parts_of(twin).values():
        if isinstance(part, ReLU):
            fires = (part.output > 0).any(axis=0)  # (k,)
            silent = int((~fires).sum()), fires.size
            most = max(most, silent, key=lambda counts: counts[0] / counts[1])
    return most


@quiet
def typical_size(values: ArrayLike) -> float:
    "The root mean square of each column of values (n, ...), and of these the largest."
    values = as_array("typical_size", "values", values)
    columns = values.reshape(len(values), -1).astype(np.float64)
    return float(np.sqrt((columns**2).mean(axis=0)).max())


@quiet
def kinship(X: ArrayLike, y: ArrayLike) -> float:
    """How far the target of the nearest other sample is one's own: 1 always, 0 as by chance.

    X (n, ...), y (n,) labels or (n, k) numbers, of which 1,000 rows are taken; nan if all targets
    are equal. ValueError for unequal rows.
    """
    X, y = as_rows("kinship", X, y)
    rows, Y = _some_of(len(X), 1000), _columns(y)
    points, Y = X[rows].reshape(len(rows), -1).astype(np.float64), Y[rows]
    squares = (points**2).sum(axis=1)
    distances = squares[:, None] + squares - 2 * points @ points.T  # (m, m), squared
    np.fill_diagonal(distances, np.inf)
    nearest = Y[distances.argmin(axis=1)]  # (m, k)
    apart = ((Y - nearest) ** 2).sum()
    by_chance = 2 * ((Y - Y.mean(axis=0)) ** 2).sum()
    return float(1 - apart / by_chance)


def torn_share(X: ArrayLike, y: ArrayLike) -> float:
    """The share of samples that are there again, bit for bit, with another target.

    X (n, ...), y (n, ...). ValueError for unequal rows.
    """
    X, y = as_rows("torn_share", X, y)
    keys, told = [row.tobytes() for row in X], {}
    for key, target in zip(keys, y, strict=True):
        told.setdefault(key, set()).add(target.tobytes())
    return float(np.mean([len(told[key]) > 1 for key in keys]))


REMEDIES = {
    "healthy": "nothing but a look at the test data, once",
    "inputs not scaled": "bring the columns of X to between about -1 and 1",
    "targets not scaled": "take the mean off y and divide by the deviation; undo it afterwards",
    "labels do not fit": "look at some samples beside their labels",
    "exploding": "a rate ten times lower, from new weights",
    "rate too high": "a rate ten times lower, from new weights",
    "dead neurons": "new weights; if they die again, a lower rate or decay",
    "learning by heart": "stopping early, weight decay, more data",
    "rate too low": "a rate ten times higher",
    "no progress": "samples beside their labels first; then more neurons, more epochs",
}


@dataclass(frozen=True)
class Diagnosis:
    "What ails a run, the number that gave it away, and what to try. See 11_advanced_training."

    illness: str
    saw: str

    @property
    def remedy(self) -> str:
        "What to try."
        return REMEDIES[self.illness]

    def __str__(self) -> str:
        return f"{self.illness} ({self.saw}). Try: {self.remedy}."


@quiet
def diagnose(
    history: History, network: Sequential, X: ArrayLike | None = None, y: ArrayLike | None = None,
    loss: Loss | None = None, optimizer: Optimizer | None = None,
) -> Diagnosis:
    """What ails a run of `fit`: from its history, the network as it is, and what it was trained on.

    X (n, d), y (n, ...) as the loss takes it. What is not given is not looked at; nothing changes.
    ValueError for a history without a run, and what does not fit. See lesson 11_advanced_training.
    """
    X, y = _checked(history, network, X, y)
    if X is not None and not 0.03 < (size := typical_size(X)) < 10:
        return Diagnosis("inputs not scaled", f"a column of X has a typical size of {size:.3g}")
    if y is not None and _are_numbers(y) and (size := typical_size(y)) > 10:
        return Diagnosis("targets not scaled", f"y has a typical size of {size:.3g}")
    both, L, V = X is not None and y is not None, *_in_guesses(history, loss, y)
    if not len(L) or L[-1] > max(10, L[0]) or not np.isfinite([*L, *V]).all():
        saw = f"the loss is {L[-1]:.1e} times that of a guess" if len(L) else "no epoch came to its end"
        return Diagnosis("exploding", saw)
    if both and not _are_numbers(y) and (torn := torn_share(X, y)) > 0.1:
        saw = f"{torn:.0%} of the samples are there again with another label"
        return Diagnosis("labels do not fit", saw)
    n_silent, n = (0, 1) if X is None else silent_neurons(network, X)
    fires = f"{n_silent} of {n} ReLUs fire for no sample"
    if len(L) < 5:
        dead = n_silent > n / 2
        return Diagnosis("dead neurons", fires) if dead else Diagnosis("healthy", "too early to tell")
    if len(V) and V.min() > 0.97 and not (both and kinship(X, y) > 0.15):
        saw = f"validation never cost less than {V.min():.2f} of a guess"
        return Diagnosis("labels do not fit", saw)
    q, factor = len(L) // 4, math.nan
    rise, fall = np.diff(L).max(), L[-1 - q] - L[-1]
    if both and loss is not None and optimizer is not None:
        factor = best_factor(network, loss, optimizer, X, y)
    unsteady = n_silent > n / 2 or rise > 0.1
    if unsteady and (factor < 0.5 or math.isnan(factor) and rise > 0.1):
        best = f", and {factor:.2g} times the step would be best" if factor < 0.5 else ""
        return Diagnosis("rate too high", f"the loss rose by {rise:.2f} of a guess{best}")
    if n_silent > n / 2:
        return Diagnosis("dead neurons", fires)
    if len(V) and V[-1] - L[-1] > 0.2 and V[-1] > 1.05 * V.min():
        saw = f"validation costs {V[-1]:.2f} of a guess, training {L[-1]:.2f}"
        return Diagnosis("learning by heart", saw)
    straight = fall > (L[0] - L[q]) / 2 > 0 and L[-1] > 0.5
    if factor > 20 and (fall > 0.02 or L[-1] > 0.9) or math.isnan(factor) and straight:
        best = f", and {factor:.0f} times the step would be best" if factor > 20 else ""
        return Diagnosis("rate too low", f"the loss is {L[-1]:.2f} of a guess{best}")
    ill = "no progress" if L[-1] > 0.95 else "healthy"
    return Diagnosis(ill, f"the loss is {L[-1]:.2g} of a guess")


def _checked(history: History, network: Sequential, X: Any, y: Any) -> tuple[Any, Any]:
    "X and y as arrays, or None; ValueError for what is no run, and for data with nan."
    for name, part, kind in (("history", history, History), ("network", network, Sequential)):
        if not isinstance(part, kind):
            raise refusal("diagnose", f"{name} to be a {kind.__name__}, got {part!r}")
    if not history.epochs and "columns" not in history.memory:
        raise refusal("diagnose", "a history of a run, got an empty one")
    X, y = (each if each is None else as_array("diagnose", name, each) for name, each in (("X", X), ("y", y)))
    if X is not None and y is not None:
        X, y = as_rows("diagnose", X, y)
    for name, array in (("X", X), ("y", y)):
        if array is not None and not np.isfinite(array).all():
            raise refusal("diagnose", f"{name} without nan and infinity")
    return X, y


def _are_numbers(y: np.ndarray) -> bool:
    "Whether targets are amounts, and no labels, yes or no, or one-hot rows."
    return (y.ndim > 1 or y.dtype.kind == "f") and not np.isin(y, (0, 1)).all()


def _in_guesses(history, loss, y):
    "Training and validation loss in units of the loss of a guess; of the first epoch's, if unknown."
    L, V = (np.array(history.get(name, ())) for name in ("loss", "validation_loss"))
    unit = 0.0 if y is None or loss is None else loss_of_a_guess(loss, y)
    unit = unit if unit > 0 else max(L[:1], default=1.0)
    return L / unit, V / unit


class doctor:
    """A callback that says in one line what ails a run, when it has seen it in two looks in a row.

    It looks about ten times and at the end, as `diagnose` does, and says one thing in a run. X
    (n, d), y and loss are those of `fit`. ValueError as in `diagnose`. See 11_advanced_training.
    """

    def __init__(self, X: Any = None, y: Any = None, loss: Loss | None = None):
        self.data, self.before, self.said = (X, y, loss), "", False

    def begin(self, state: TrainingState) -> None:
        "A new run, of which nothing is known."
        self.before, self.said = "", False

    def __call__(self, state: TrainingState) -> None:
        if not self.said and state.epoch % math.ceil(state.epochs / 10) == 0:
            found = diagnose(state.history, state.network, *self.data, state.optimizer)
            if found.illness == self.before and found.illness != "no progress":
                self._say(state, found)
            self.before = found.illness

    def end(self, state: TrainingState) -> None:
        "What was seen only once, or too late to be seen twice."
        if not self.said and state.epoch:
            self._say(state, diagnose(state.history, state.network, *self.data, state.optimizer))

    def _say(self, state: TrainingState, found: Diagnosis) -> None:
        if found.illness != "healthy":
            print(f"doctor, epoch {state.epoch}: {found}")
            self.said = True
