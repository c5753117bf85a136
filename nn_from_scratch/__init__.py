"""Neural networks from scratch: the NumPy library that the course in `nbs/` derives.

The core is here and needs NumPy alone. Data, plots, widgets and settings are modules of their own:
`nn_from_scratch.data`, `.plots`, `.widgets` and `.settings`. What `training` and `history` define
is loaded when it is first asked for, so that the import costs little more than NumPy's.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from .activations import ReLU, Sigmoid, Softmax
from .gradients import check_gradients, numerical_gradient, relative_error
from .layers import DenseLayer, backward_parameters
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

if TYPE_CHECKING:  # what __getattr__ below imports, for editors and type checkers
    from .history import History
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
    "backward_parameters",
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


def __getattr__(name: str) -> object:
    "A name of `history` or `training`, imported when it is first asked for."
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f".{'history' if name == 'History' else 'training'}", __name__)
    globals()[name] = getattr(module, name)
    return globals()[name]


def __dir__() -> list[str]:
    "All names, those not yet imported too."
    return sorted(globals() | dict.fromkeys(__all__))
