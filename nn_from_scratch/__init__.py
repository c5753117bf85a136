"""Neural networks from scratch: the NumPy library that the course in `nbs/` derives.

The core is here and needs NumPy alone. Data, plots and settings are modules of their own:
`nn_from_scratch.data`, `nn_from_scratch.plots` and `nn_from_scratch.settings`.
"""

from .activations import ReLU, Sigmoid, Softmax
from .gradients import check_gradients, numerical_gradient, relative_error
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

__version__ = "0.1.0"

__all__ = [
    "Accuracy",
    "BinaryCrossEntropy",
    "CategoricalCrossEntropy",
    "DenseLayer",
    "MeanSquaredError",
    "ReLU",
    "Sigmoid",
    "SigmoidBinaryCrossEntropy",
    "Softmax",
    "SoftmaxCategoricalCrossEntropy",
    "StochasticGradientDescent",
    "check_gradients",
    "numerical_gradient",
    "one_hot",
    "relative_error",
]
