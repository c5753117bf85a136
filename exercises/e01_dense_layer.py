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
# ## ★ Reversed
#
# Set the weights `W` $(3, 3)$ of a layer of three inputs and three neurons by hand, biases zero, so
# that its output is its input reversed, $(x_3, x_2, x_1)$. And what does it hand to the layer
# before: `derivative_inputs`, $\partial L/\partial X$, for the sample `X` and the upstream gradient
# `G`?

# %%
X = np.array([[2.0, 3.0, 7.0]])  # (n, d) = (1, 3)
G = np.array([[1.0, -2.0, 5.0]])  # (n, k)
W = ...
derivative_inputs = ...
### BEGIN SOLUTION
W = np.array([[0.0, 0, 1], [0, 1, 0], [1, 0, 0]])
derivative_inputs = np.array([[5.0, -2, 1]])
### END SOLUTION


# %% tags=["author"]
def _reverse(W, derivative_inputs, trial):
    yield {"W": W, "derivative_inputs": derivative_inputs}, {"X": trial.X, "G": trial.G}


def _reverse_cases(rng):
    yield case(X=np.array([[2.0, 3.0, 7.0]]), G=np.array([[1.0, -2.0, 5.0]]))


def _verify_reverse(W, derivative_inputs):
    from nn_from_scratch import numerical_gradient

    X, G = np.random.default_rng(0).standard_normal((7, 3)), np.array([[1.0, -2.0, 5.0]])
    assert np.array_equal(X @ W, X[:, ::-1])
    measured = numerical_gradient(lambda x: float(np.sum(G * (x @ W))), np.array([[2.0, 3.0, 7.0]]))
    assert np.abs(measured - derivative_inputs).max() < 1e-8


reverse = Exercise(
    title="Reversed",
    stars=1,
    asks=("W", "derivative_inputs"),
    experiment=_reverse,
    cases=_reverse_cases,
    verify=_verify_reverse,
    cure="01_dense_layer#several-neurons:-a-layer",
    hints=(
        "A column of $W$ is a neuron. To which input does the first neuron listen, and to which "
        "not?",
        "What comes back runs along the same arrows: which neuron did the first input go to?",
        "$G\\,W^\\top$, by hand or in code.",
    ),
    why="Ones from the upper right to the lower left. Reversing twice changes nothing, so "
    "$W^\\top = W$, and $G\\,W^\\top$ is $G$ reversed: each slope goes back along its arrow.",
    right=(
        Right("np.array([[0.0, 0, 1], [0, 1, 0], [1, 0, 0]])", "np.eye(3)[::-1]"),
        Right("np.array([[5.0, -2, 1]])", "G @ W.T"),
        Right("np.array([[5.0, -2, 1]])", "[[5, -2, 1]]"),
    ),
    wrong=(
        Wrong(
            "np.array([[0.0, 0, 1], [0, 1, 0], [1, 0, 0]])",
            "np.eye(3)",
            says="That is the identity: the output is the input as it came.",
        ),
        Wrong(
            "[[0.0, 0, 1], [0, 1, 0], [1, 0, 0]]",
            "[[0.0, 0, 1], [1, 0, 0], [0, 1, 0]]",
            "reordered",
        ),
        Wrong(
            "np.array([[0.0, 0, 1], [0, 1, 0], [1, 0, 0]])",
            "np.ones((3, 3))",
            says="Each neuron adds up all inputs. It should listen to a single one.",
        ),
        Wrong(
            "[[0.0, 0, 1], [0, 1, 0], [1, 0, 0]]",
            "[[0.0, 0, 1]]",
            says="That is one row, the weights of the first input. Each of the three has a row.",
        ),
        Wrong(
            "[[0.0, 0, 1], [0, 1, 0], [1, 0, 0]]", "[[0.0, 0, -1], [0, -1, 0], [-1, 0, 0]]", "sign"
        ),
        Wrong(
            "[[0.0, 0, 1], [0, 1, 0], [1, 0, 0]]",
            "[[0.0, 0, 1], [0, 0, 0], [1, 0, 0]]",
            says="The middle input keeps its place, but somebody must pass it on: the second "
            "neuron listens to nothing.",
        ),
        Wrong(
            "np.array([[0.0, 0, 1], [0, 1, 0], [1, 0, 0]])",
            "np.diag([3.5, 1, 2 / 7])",
            says="This reverses the one sample (2, 3, 7). Another one it does not: each neuron "
            "should listen to the input whose place it takes, with the weight 1.",
        ),
        Wrong(
            "np.array([[5.0, -2, 1]])",
            "G",
            "passed_through",
            cure="01_dense_layer#backward,-for-one-sample",
        ),
        Wrong(
            "np.array([[5.0, -2, 1]])",
            "X.T @ G",
            says="That is the slope in the weights. Asked for is the one in the inputs, for "
            "the layer before.",
            cure="01_dense_layer#backward,-for-a-batch",
        ),
        Wrong(
            "np.array([[5.0, -2, 1]])",
            "X[:, ::-1]",
            says="Those are the inputs reversed, what the layer says. Backward it is handed "
            "slopes.",
            cure="01_dense_layer#backward,-for-one-sample",
        ),
        Wrong(
            "np.array([[5.0, -2, 1]])",
            "G[:, ::-1] * X",
            says="The slopes were multiplied with the inputs. An arrow multiplies by its weight, "
            "and the weights that count are 1.",
            cure="01_dense_layer#backward,-for-one-sample",
        ),
        Wrong("np.array([[5.0, -2, 1]])", "np.array([[-5.0, 2, -1]])", "sign"),
        Wrong(
            "np.array([[5.0, -2, 1]])",
            "np.array([5.0, -2, 1])",
            says="The three numbers are right, but `X` and `G` are a row each, $(1, 3)$, with two "
            "pairs of brackets, and so is this slope.",
        ),
        Wrong("np.array([[5.0, -2, 1]])", "W @ G.T", "transposed"),
        Wrong("np.array([[5.0, -2, 1]])", "G.sum()", "over_all"),
    ),
)

# %% [markdown]
# ## ★ A layer, forwards
#
# Write `dense(X, W, b)`: what a layer says of a batch, without loops.


# %%
def dense(X, W, b):
    "X (n, d), W (d, k), b (1, k) -> Z (n, k)"
    ### BEGIN SOLUTION
    return X @ W + b
    ### END SOLUTION


# %% tags=["author"]
def _forward_cases(rng):
    for n, d, k in ((7, 5, 3), (4, 4, 4)):
        W, b = rng.standard_normal((d, k)), rng.standard_normal((1, k))
        yield case(n=n, d=d, k=k, X=rng.standard_normal((n, d)), W=W, b=b)


def _verify_forward(dense):
    "By the table of the lesson, and by loops over samples, neurons and inputs."
    X = np.array([[2.0, -1, 4], [1, 0, 0], [1, 1, 1], [0, 0, 0]])
    W, b = np.array([[0.5, 2], [1, 0], [0.25, -1]]), np.array([[-0.5, 1]])
    assert dense(X, W, b).tolist() == [[0.5, 1], [0, 3], [1.25, 2], [-0.5, 1]]
    slow = [[b[0, j] + sum(x[m] * W[m, j] for m in range(3)) for j in range(2)] for x in X]
    assert np.array_equal(dense(X, W, b), slow)


forward = Exercise(
    title="A layer, forwards",
    stars=1,
    asks="dense",
    experiment=calls("X", "W", "b"),
    cases=_forward_cases,
    verify=_verify_forward,
    cure="01_dense_layer#many-samples:-a-batch",
    hints=(
        "One matrix product does all sums at once. Its inner sizes must agree: which of $X$ and "
        "$W$ comes first?",
        "The biases are one row. NumPy adds it to each row by itself.",
    ),
    why="$Z = XW + b$: a row of $X$ is a sample, a column of $W$ a neuron, and the one row of "
    "$b$ is repeated for each sample.",
    right=(
        Right("X @ W + b", 'np.einsum("im,mj->ij", X, W) + b'),
        Right("X @ W + b", "np.dot(X, W) + b[0]"),
        Right("X @ W + b", "(W.T @ X.T).T + b"),
    ),
    wrong=(
        Wrong("X @ W + b", "W @ X + b", "raises"),
        Wrong("X @ W + b", "X @ W", says="The biases are missing."),
        Wrong(
            "X @ W + b",
            "X @ W + np.resize(b, (len(X), 1))",
            says="Each *sample* got a bias, not each neuron: a column $(n, 1)$ was added, and "
            "NumPy stretched it without a word.",
            cure="01_dense_layer#why-the-bias-may-be-so-small",
        ),
        Wrong(
            "X @ W + b",
            "X @ W + b.sum()",
            says="The same number was added everywhere. Each neuron has a bias of its own.",
        ),
        Wrong("X @ W + b", "(X @ W + b).T", "transposed"),
        Wrong("X @ W + b", "X @ W - b", says="The biases were taken away; they are added."),
        Wrong(
            "X @ W + b",
            "X @ (W + b)",
            says="The bias was added to each weight. It is added once, when the products are "
            "summed.",
        ),
        Wrong("X @ W + b", "X @ W * b", says="The sums were multiplied with the biases."),
        Wrong(
            "X @ W + b",
            "(X @ W + b).mean(axis=0, keepdims=True)",
            says="One row for the whole batch: each sample has an answer of its own.",
        ),
        Wrong("X @ W + b", "X[:1] @ W + b", says="Only the first sample was looked at."),
        Wrong(
            "X @ W + b",
            "np.maximum(X @ W + b, 0)",
            says="What is negative became zero: that is a ReLU, and the next lesson's.",
        ),
        Wrong("return X @ W + b", "X @ W + b", "none"),
        Wrong("X @ W + b", "(X @ W + b).astype(np.float32)", "float32"),
    ),
)

# %% [markdown]
# ## ★★ The three gradients
#
# `Dense` can go forwards. Write `backward`: from the next layer comes the upstream gradient
# $G = \partial L/\partial Z$, $(n, k)$. Keep `derivative_weights` $(d, k)$ and `derivative_biases`
# $(1, k)$ on the object, and return $\partial L/\partial X$, $(n, d)$, for the layer before.


# %%
class Dense:
    parameter_names = ("weights", "biases")

    def __init__(self, weights, biases):
        self.weights, self.biases = weights, biases  # (d, k), (1, k)

    def forward(self, inputs):
        self.inputs = inputs  # (n, d)
        return inputs @ self.weights + self.biases

    def backward(self, derivative_outputs):
        "the upstream gradient (n, k) -> the slope in the inputs (n, d)"
        ### BEGIN SOLUTION
        self.derivative_weights = self.inputs.T @ derivative_outputs
        self.derivative_biases = derivative_outputs.sum(axis=0, keepdims=True)
        return derivative_outputs @ self.weights.T
        ### END SOLUTION


# %% tags=["author"]
def _cases(rng):
    for n, d, k in ((7, 5, 3), (4, 4, 4)):  # the square one hides nothing behind a shape
        X, G = rng.standard_normal((2, n, d)), rng.standard_normal((2, n, k))
        W, B = rng.standard_normal((d, k)), rng.standard_normal((1, k))
        yield case(n=n, d=d, k=k, X=X, G=G, W=W, B=B)


def _experiment(given, trial):
    "Two batches through one object: what was kept of the first must not show in the second."
    layer = given(trial.W, trial.B)
    for X, G in zip(trial.X, trial.G, strict=True):
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
    cure="01_dense_layer#backward,-for-a-batch",
    hints=(
        "Write the shapes down: $X$ is $(n, d)$, $G$ is $(n, k)$, and a gradient has the shape of "
        "what it is the gradient of. For the weights that is $(d, k)$.",
        "From $X$ and $G$ only one product has the shape $(d, k)$, from $G$ and $W$ only one the "
        "shape $(n, d)$. Which of the factors must be transposed?",
        "The bias of a neuron is used by every sample, so its slopes add up over the samples: over "
        "axis 0. `keepdims=True` keeps the shape $(1, k)$.",
    ),
    why="$X^\\top G$, the column sums of $G$, and $G\\,W^\\top$: each weight is used by every "
    "sample, so the sum runs over the rows. There is no division by n: the mean is taken once, "
    "in the loss.",
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
            cure="01_dense_layer#break-it",
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
            'self.derivative_weights = getattr(self, "derivative_weights", 0) + self.inputs.T @ '
            "derivative_outputs",
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
            says="`derivative_weights` is made of the layer's output: multiply with the "
            "upstream gradient, `derivative_outputs`.",
        ),
        Wrong(
            "        self.derivative_weights",
            "        derivative_outputs /= len(self.inputs)\n        self.derivative_weights",
            "in_place",
        ),
    ),
)

# %% [markdown]
# ## ★★ Neurons that stay alike
#
# Two hidden neurons that start with equal weights and equal biases, in front of a next layer that
# treats them alike, get equal gradients, whatever the inputs, and stay one neuron for ever. A first
# layer has $W_1$ $(d, m)$ and $b_1$ $(1, m)$, then comes a ReLU, then a next layer with $W_2$
# $(m, k)$. Write `different(W_one, b_one, W_two)`: how many of the $m$ neurons are left, if those
# that stay alike count as one?


# %%
def different(W_one, b_one, W_two):
    "W_one (d, m), b_one (1, m), W_two (m, k) -> a whole number from 1 to m"
    ### BEGIN SOLUTION
    neurons = np.vstack([W_one, b_one, W_two.T])
    return len(np.unique(neurons.T, axis=0))
    ### END SOLUTION


# %% tags=["author"]
# Which weights, which bias, which row of the next layer: for each neuron of a trial. Every mistake
# below makes another number of them, so that no number is taken for another mistake's.
_ALIKE = (
    "000 000 000 020 022 100 101 112 120 200 200 211 211 220 320 320",
    "010 012 012 012 020 020 120 120 122 122 201 212 212 220 220 220 220 300 300",
)


def _twins_cases(rng):
    for (d, k), codes in zip(((12, 5), (14, 3)), _ALIKE, strict=True):
        chosen = rng.permutation([[int(digit) for digit in code] for code in codes.split()])
        weights, biases = rng.standard_normal((4, d)), rng.standard_normal((3, 1))
        rows = rng.standard_normal((3, k))
        W_one, b_one = weights[chosen[:, 0]].T.copy(), biases[chosen[:, 1]].T.copy()
        yield case(d=d, m=len(chosen), k=k, W_one=W_one, b_one=b_one, W_two=rows[chosen[:, 2]])


def _verify_twins(different):
    "By training: after thirty steps, as many different columns of weights and biases are left."
    for seed in range(3):
        for trial in _twins_cases(np.random.default_rng(seed)):
            rng = np.random.default_rng(7)
            W, b, V = trial.W_one.copy(), trial.b_one.copy(), trial.W_two.copy()
            for _ in range(30):
                X, G = 3 * rng.standard_normal((50, len(W))), rng.standard_normal((50, V.shape[1]))
                Z = X @ W + b
                slope = (G @ V.T) * (Z > 0)
                V -= 0.01 * np.maximum(Z, 0).T @ G
                W -= 0.01 * X.T @ slope
                b -= 0.01 * slope.sum(axis=0, keepdims=True)
            left = {tuple(column) for column in np.vstack([W, b]).T.round(6)}
            assert different(trial.W_one, trial.b_one, trial.W_two) == len(left)


twins = Exercise(
    title="Neurons that stay alike",
    stars=2,
    asks="different",
    experiment=calls("W_one", "b_one", "W_two"),
    cases=_twins_cases,
    verify=_verify_twins,
    cure="01_dense_layer#why-the-first-weights-are-random",
    hints=(
        "What a neuron learns depends on what comes in, on its own numbers, and on what comes "
        "back. Which arrays hold what differs from neuron to neuron?",
        "A neuron is a column of $W_1$ and of $b_1$, and a row of $W_2$. Put these numbers into "
        "one list for each neuron.",
        "`np.unique(..., axis=0)` keeps one of each kind of row.",
    ),
    why="A neuron is its weights, its bias and its row in the next layer. Where all three are "
    "equal, forward and backward are equal too, step for step; if one differs, that parts them.",
    right=(
        Right("np.unique(neurons.T, axis=0)", "set(map(tuple, neurons.T))"),
        Right("np.vstack([W_one, b_one, W_two.T])", "np.hstack([W_one.T, W_two, b_one.T]).T"),
    ),
    wrong=(
        Wrong(
            "np.vstack([W_one, b_one, W_two.T])",
            "np.vstack([W_one, W_two.T])",
            says="The biases were not looked at: two neurons with equal weights and different "
            "biases say different things, and part.",
        ),
        Wrong(
            "np.vstack([W_one, b_one, W_two.T])",
            "np.vstack([W_one, b_one])",
            says="The next layer was not looked at: from different rows of $W_2$ come different "
            "slopes, and they part neurons that started alike.",
        ),
        Wrong(
            "np.vstack([W_one, b_one, W_two.T])",
            "np.vstack([b_one, W_two.T])",
            says="The neurons' own weights were not looked at.",
        ),
        Wrong(
            "np.vstack([W_one, b_one, W_two.T])",
            "W_one",
            says="Only the first weights were compared.",
        ),
        Wrong(
            "np.vstack([W_one, b_one, W_two.T])",
            "W_two.T",
            says="Only the weights of the next layer were compared.",
        ),
        Wrong("np.vstack([W_one, b_one, W_two.T])", "np.vstack([W_one, b_one, W_two])", "raises"),
        Wrong(
            "len(np.unique(neurons.T, axis=0))",
            "neurons.shape[1]",
            says="That is the number of all neurons: those that stay alike were counted one by "
            "one.",
        ),
        Wrong(
            "np.unique(neurons.T, axis=0)",
            "np.unique(neurons, axis=0)",
            says="Rows of $W_1$ were compared, one input each. A neuron is a *column*.",
        ),
        Wrong(
            "len(np.unique(neurons.T, axis=0))",
            "len(np.unique(W_one, axis=0))",
            says="Rows of $W_1$ were counted, one input each, and of nothing else. A neuron is a "
            "*column*, with its bias and its row of $W_2$.",
        ),
        Wrong(
            "len(np.unique(neurons.T, axis=0))",
            "neurons.shape[1] - sum((neurons.T[:j] == neurons.T[j]).all(axis=1).sum() "
            "for j in range(neurons.shape[1]))",
            says="Pairs were taken away: three that stay alike make three pairs, and only two "
            "neurons too many.",
        ),
        Wrong(
            "np.unique(neurons.T, axis=0)",
            "np.unique(neurons)",
            says="Single numbers were counted. Two neurons are alike if *all* their numbers agree.",
        ),
        Wrong(
            "len(np.unique(neurons.T, axis=0))",
            "neurons.shape[1] - len(np.unique(neurons.T, axis=0))",
            says="So many could be left out; asked for is how many are left.",
        ),
        Wrong(
            "len(np.unique(neurons.T, axis=0))",
            "(np.unique(neurons.T, axis=0, return_counts=True)[1] == 1).sum()",
            says="Those are the neurons without a twin. A pair of twins counts as one, not as "
            "none.",
        ),
    ),
)

# %% [markdown]
# ## ★★★ Level gradients
#
# With which standard deviation of the weights do the *gradients* keep their size on their way back
# through layers of $d$ inputs and $k$ neurons, with a ReLU between them? Derive it, and write it as
# a function. When does it agree with that for the signal, and what would you choose for 784 → 64?


# %%
def deviation(d, k):
    "inputs, neurons -> standard deviation of the weights"
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
    "Level gradients",
    3,
    "deviation",
    calls("d", "k"),
    trials({"d": 784, "k": 64}, {"d": 5, "k": 11}),
    verify=_verify_level,
    cure="01_dense_layer#how-large-should-the-first-weights-be?",
    hints=(
        "Backward is $G\\,W^\\top$: over how many products does the sum run?",
        "The ReLU blocks half of the slopes, and with them half of their squares.",
    ),
    why="Each entry of $G\\,W^\\top$ is a sum of $k$ products, and the ReLU removes half of the "
    "squares: $k \\cdot \\operatorname{Var}(w) / 2 = 1$. With the signal it agrees where $d = k$. "
    "For 784 → 64, the first layer, the signal decides, $\\sqrt{2/784}$: before it there are only "
    "pixels, and no gradient has to reach them.",
    right=(Right("np.sqrt(2 / k)", "(2 / k) ** 0.5"),),
    wrong=(
        Wrong(
            "2 / k",
            "2 / d",
            says="That keeps the *signal* level, on its way forwards.",
            cure="01_dense_layer#how-large-should-the-first-weights-be?",
        ),
        Wrong("2 / k", "1 / k", says="Right without a ReLU. It blocks half of the slopes."),
        Wrong("2 / k", "4 / k", says="The ReLU removes half of the squares once, not twice."),
        Wrong("np.sqrt(2 / k)", "2 / k", says="That is the variance; asked for is its root."),
        Wrong("2 / k", "2 / (d + k)", says="That is Glorot's compromise between both directions."),
        Wrong("2 / k", "k / 2", says="The more neurons, the smaller the weights must be."),
        Wrong(
            "2 / k", "1 / d", says="That is for the signal, on its way forwards, without a ReLU."
        ),
        Wrong(
            "2 / k",
            "6 / k",
            says="To that limit on both sides go *uniform* numbers of the deviation asked for.",
        ),
        Wrong(
            "np.sqrt(2 / k)",
            "np.sqrt(2) / k",
            says="The root goes over both: deviations fall with the root of the number of neurons.",
        ),
    ),
)
