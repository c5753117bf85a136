# %% [markdown]
# # Exercises: dense layers
#
# Lesson `01_dense_layer` derives all that you need here. Write in the cells, run them, and let the
# check tell you what it finds; `ex.backward.hint()` gives the next hint, `ex.backward.solution()`
# a solution.

# %%
import numpy as np

# %% tags=["author"]
from nn_from_scratch.exercises import Exercise, Right, Wrong, calls, case, kept, trials

# %% [markdown]
# ## ★★ The three gradients
#
# `Dense` can go forwards. Write `backward`: from behind comes $G = \partial L/\partial Z$, $(n, k)$.
# Keep `derivative_weights` $(d, k)$ and `derivative_biases` $(1, k)$ on the object, and return
# $\partial L/\partial X$, $(n, d)$.


# %%
class Dense:
    def __init__(self, weights, biases):
        self.weights, self.biases = weights, biases  # (d, k), (1, k)

    def forward(self, inputs):
        self.inputs = inputs  # (n, d)
        return inputs @ self.weights + self.biases

    def backward(self, derivative_outputs):
        ### BEGIN SOLUTION
        self.derivative_weights = self.inputs.T @ derivative_outputs
        self.derivative_biases = derivative_outputs.sum(axis=0, keepdims=True)
        return derivative_outputs @ self.weights.T
        ### END SOLUTION


# %%
def _cases(rng):
    for n, d, k in ((7, 5, 3), (4, 4, 4)):  # the square one hides nothing behind a shape
        X, G = rng.standard_normal((2, n, d)), rng.standard_normal((2, n, k))
        W, B = rng.standard_normal((d, k)), rng.standard_normal((1, k))
        yield case(n=n, d=d, k=k, X=X, G=G, W=W, B=B)


def _experiment(given, trial):
    "Two batches through one object: what was kept of the first must not show in the second."
    layer = given(trial.W, trial.B)
    for X, G in zip(trial.X, trial.G):
        layer.forward(X)
        inputs = layer.backward(G)
        results = {
            f"derivative_{name}": kept(layer, f"derivative_{name}")
            for name in ("weights", "biases")
        }
        yield results | {"derivative_inputs": inputs}, {"X": X, "G": G, "W": trial.W}


def _verify(Dense):
    from nn_from_scratch import check_gradients

    rng = np.random.default_rng(0)
    layer = Dense(rng.standard_normal((5, 3)), rng.standard_normal((1, 3)))
    assert sorted(check_gradients(layer, rng.standard_normal((7, 5)))) == [
        "biases",
        "inputs",
        "weights",
    ]


backward = Exercise(
    title="The three gradients",
    stars=2,
    asks="Dense",
    methods=("forward", "backward"),
    experiment=_experiment,
    cases=_cases,
    verify=_verify,
    hints=(
        "Write the shapes down: $X$ is $(n, d)$, $G$ is $(n, k)$, and a gradient has the shape of "
        "what it is the gradient of. For the weights that is $(d, k)$.",
        "From $X$ and $G$ only one product has the shape $(d, k)$, from $G$ and $W$ only one the "
        "shape $(n, d)$. Which of the factors must be transposed?",
        "The bias of a neuron is used by every sample, so its slopes add up over the samples: over "
        "axis 0. `keepdims=True` keeps the shape $(1, k)$.",
    ),
    why="$X^\\top G$, the column sums of $G$, and $G\\,W^\\top$: each weight is used by every "
    "sample, so the sum runs over the rows. There is no division by n; the loss has done that.",
    right=(
        Right(
            "self.inputs.T @ derivative_outputs",
            'np.einsum("im,ij->mj", self.inputs, derivative_outputs)',
        ),
        Right(
            "derivative_outputs.sum(axis=0, keepdims=True)",
            "np.ones((1, len(derivative_outputs))) @ derivative_outputs",
        ),
    ),
    wrong=(
        Wrong(
            "self.inputs.T @ derivative_outputs",
            "self.inputs.T @ derivative_outputs / len(self.inputs)",
            "over_n",
        ),
        Wrong(
            "derivative_outputs.sum(axis=0, keepdims=True)",
            "derivative_outputs.sum(axis=1, keepdims=True)",
            "wrong_axis",
        ),
        Wrong(
            "derivative_outputs.sum(axis=0, keepdims=True)",
            "derivative_outputs.sum(axis=0)",
            "no_keepdims",
        ),
        Wrong("derivative_outputs.sum(axis=0, keepdims=True)", "derivative_outputs", "not_summed"),
        Wrong(
            "derivative_outputs.sum(axis=0, keepdims=True)",
            "derivative_outputs.mean(axis=0, keepdims=True)",
            "over_n",
        ),
        Wrong(
            "self.inputs.T @ derivative_outputs", "derivative_outputs.T @ self.inputs", "transposed"
        ),
        Wrong("self.inputs.T @ derivative_outputs", "-self.inputs.T @ derivative_outputs", "sign"),
        Wrong(
            "return derivative_outputs @ self.weights.T",
            "return derivative_outputs @ self.weights",
            "raises",
        ),
        Wrong(
            "return derivative_outputs @ self.weights.T",
            "derivative_outputs @ self.weights.T",
            "none",
        ),
        Wrong(
            "self.inputs = inputs",
            'self.inputs = getattr(self, "inputs", inputs)',
            says="`derivative_weights` belongs to the inputs of the first batch: each `forward` "
            "must keep its own inputs.",
        ),
        Wrong(
            "self.derivative_weights = self.inputs.T @ derivative_outputs",
            'self.derivative_weights = getattr(self, "derivative_weights", 0) + self.inputs.T @ derivative_outputs',
            "accumulated",
        ),
        Wrong("self.derivative_weights =", "derivative_weights =", "missing"),
        Wrong(
            "self.inputs.T @ derivative_outputs",
            "(self.inputs.T @ derivative_outputs).astype(np.float32)",
            "float32",
        ),
        Wrong(
            "self.inputs.T @ derivative_outputs",
            "self.inputs.T @ (self.inputs @ self.weights + self.biases)",
            says="`derivative_weights` is made of the layer's output: multiply with what comes "
            "from behind, `derivative_outputs`.",
        ),
        Wrong(
            "        self.derivative_weights",
            "        derivative_outputs /= len(self.inputs)\n        self.derivative_weights",
            "in_place",
        ),
    ),
)

# %% [markdown]
# ## ★★★ Level gradients
#
# With which standard deviation of the weights do the *gradients* keep their size on their way back
# through layers of $d$ inputs and $k$ neurons, each with a ReLU? Derive it, and write it as a
# function.

# %%
def deviation(d, k):
    ### BEGIN SOLUTION
    return np.sqrt(2 / k)
    ### END SOLUTION

# %% tags=["author"]
def _verify_level(deviation):
    "Ten layers of 300 inputs and 200 neurons: what comes back is as large as what was sent."
    rng, ratios = np.random.default_rng(0), []
    for _ in range(20):
        W = rng.standard_normal((300, 200)) * deviation(300, 200)
        passed = rng.standard_normal((50, 200)) * (rng.random((50, 200)) < 0.5)  # half is blocked
        ratios.append(np.mean((passed @ W.T) ** 2))
    assert abs(np.mean(ratios) - 1) < 0.05


level = Exercise(
    "Level gradients", 3, "deviation", calls("d", "k"), trials({"d": 784, "k": 64}, {"d": 5, "k": 11}),
    verify=_verify_level,
    hints=(
        "Backward is $G\\,W^\\top$: over how many products does the sum run?",
        "The ReLU blocks half of the slopes, and with them half of their squares.",
    ),
    why="Each entry of $G\\,W^\\top$ is a sum of $k$ products, and the ReLU removes half of the "
    "squares: $k \\cdot \\operatorname{Var}(w) / 2 = 1$.",
    right=(Right("np.sqrt(2 / k)", "(2 / k) ** 0.5"),),
    wrong=(
        Wrong("2 / k", "2 / d", says="That keeps the *signal* level on its way forwards."),
        Wrong("2 / k", "1 / k", says="Right without a ReLU. It blocks half of the slopes."),
        Wrong("2 / k", "4 / k", says="The ReLU removes half of the squares once, not twice."),
        Wrong("np.sqrt(2 / k)", "2 / k", says="That is the variance; asked for is its root."),
        Wrong("2 / k", "2 / (d + k)", says="That is Glorot's compromise between both directions."),
        Wrong("2 / k", "k / 2", says="The more neurons, the smaller the weights must be."),
    ),
)
