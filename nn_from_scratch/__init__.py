"""Neural networks from scratch: the NumPy library that the course in `nbs/` derives.

The core is here and needs NumPy alone. Data, plots, widgets and settings are modules of their own:
`nn_from_scratch.data`, `.plots`, `.widgets` and `.settings`.
"""

from .activations import ReLU, Sigmoid, Softmax
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
from .optimizers import StochasticGradientDescent
from .training import (
    Sequential,
    TrainingState,
    checkpoint,
    early_stopping,
    evaluate,
    fit,
    live_plot,
    load_checkpoint,
    load_model,
    save_model,
)

__version__ = "0.1.0"

__all__ = [
    "Accuracy",
    "BinaryCrossEntropy",
    "CategoricalCrossEntropy",
    "DenseLayer",
    "History",
    "MeanSquaredError",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "SigmoidBinaryCrossEntropy",
    "Softmax",
    "SoftmaxCategoricalCrossEntropy",
    "StochasticGradientDescent",
    "TrainingState",
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
]
