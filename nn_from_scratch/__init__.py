"""Neural networks from scratch: the NumPy library that the course in `nbs/` derives.

The core is here and needs NumPy alone. What needs more is in modules of its own: `.data`,
`.points`, `.features`, `.doctor`, `.plots`, `.widgets` and what stands on it, `.settings`.
"""

from .activations import ReLU, Sigmoid, Softmax
from .callbacks import early_stopping, live_plot, schedule
from .gradients import check_gradients, numerical_gradient, relative_error
from .history import History
from .layers import DenseLayer
from .losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    MeanSquaredError,
    SigmoidBinaryCrossEntropy,
    SoftmaxCategoricalCrossEntropy,
    one_hot,
)
from .metrics import Accuracy
from .network import Layer, Loss, Metric, Optimizer, Sequential, evaluate
from .optimizers import StochasticGradientDescent
from .saving import checkpoint, load_checkpoint, load_model, save_model
from .training import TrainingState, batches, fit, train_step

__version__ = "0.1.0"

__all__ = [
    "Accuracy",
    "BinaryCrossEntropy",
    "CategoricalCrossEntropy",
    "DenseLayer",
    "History",
    "Layer",
    "Loss",
    "MeanSquaredError",
    "Metric",
    "Optimizer",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "SigmoidBinaryCrossEntropy",
    "Softmax",
    "SoftmaxCategoricalCrossEntropy",
    "StochasticGradientDescent",
    "TrainingState",
    "batches",
    "check_gradients",
    "checkpoint",
    "early_stopping",
    "evaluate",
    "fit",
    "live_plot",
    "load_checkpoint",
    "load_model",
    "numerical_gradient",
    "one_hot",
    "relative_error",
    "save_model",
    "schedule",
    "train_step",
]
