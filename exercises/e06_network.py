# %% [markdown]
# # Exercises: networks
#
# Lesson `06_network` derives all that you need here. Write in the cells, run them, and let the
# check tell you what it finds; `ex.affine.hint()` gives the next hint, `ex.affine.solution()` a
# solution.

# %%
import numpy as np

# %% tags=["author"]
from nn_from_scratch import DenseLayer, ReLU, Sequential
from nn_from_scratch.exercises import Exercise, Right, Wrong, case, kept

# %% [markdown]
# ## ★★ A layer with two names
#
# Write a layer that multiplies each column of its inputs by a factor $\gamma$, and then adds a
# shift $\beta$. Both are learned:
#
# $$\underbrace{A}_{(n,\,d)} = \underbrace{X}_{(n,\,d)} \odot \underbrace{\gamma}_{(1,\,d)}
# + \underbrace{\beta}_{(1,\,d)}$$
#
# `backward` gets the upstream gradient $G$ $(n, d)$; it leaves the slopes in `derivative_gamma` and
# `derivative_beta`, and returns $\partial L/\partial X$. And a network must be able to find what is
# learned: the first line of the class is yours, too.


# %%
class Affine:
    ### BEGIN SOLUTION
    parameter_names = ("gamma", "beta")
    ### END SOLUTION

    def __init__(self, gamma, beta):
        self.gamma, self.beta = gamma, beta  # (1, d) both

    def forward(self, inputs):
        ### BEGIN SOLUTION
        self.inputs = inputs
        return inputs * self.gamma + self.beta
        ### END SOLUTION

    def backward(self, derivative_outputs):
        ### BEGIN SOLUTION
        self.derivative_gamma = (derivative_outputs * self.inputs).sum(axis=0, keepdims=True)
        self.derivative_beta = derivative_outputs.sum(axis=0, keepdims=True)
        return derivative_outputs * self.gamma
        ### END SOLUTION


# %% tags=["author"]
def _affine_cases(rng):
    for n, d in ((7, 5), (4, 4)):
        yield case(
            n=n, d=d, X=rng.standard_normal((2, n, d)), G=rng.standard_normal((2, n, d)),
            gamma=rng.standard_normal((1, d)), beta=rng.standard_normal((1, d)),
        )


def _learned(layer):
    "How many numbers a network would find: those that are named, and have a slope."
    names = [str(name) for name in getattr(layer, "parameter_names", ())]
    found = {name for name in names if hasattr(layer, f"derivative_{name}")}
    return float(sum(np.size(getattr(layer, name, ())) for name in found))


def _affine(given, trial):
    "Two batches through one object: what was kept of the first must not show in the second."
    layer = given(trial.gamma, trial.beta)
    for X, G in zip(trial.X, trial.G):
        results = {"the output": layer.forward(X)}
        results["derivative_inputs"] = layer.backward(G)
        for name in ("derivative_gamma", "derivative_beta"):
            results[name] = kept(layer, name)
        results["the count of numbers that a network finds"] = _learned(layer)
        gamma = np.broadcast_to(trial.gamma, X.shape)
        yield results, {"X": X, "G": G, "gamma": gamma}


def _verify_affine(Affine):
    "By measured slopes, in a network that looks for what is learned."
    from nn_from_scratch import check_gradients

    rng = np.random.default_rng(0)
    layer = Affine(rng.standard_normal((1, 3)), rng.standard_normal((1, 3)))
    dense = DenseLayer(5, 3, dtype=np.float64, rng=rng)
    network = Sequential(dense, layer, ReLU())
    assert len(check_gradients(network, rng.standard_normal((7, 5)))) == 5
    assert sum(array.size for array in network.parameters) == 5 * 3 + 3 + 3 + 3


affine = Exercise(
    title="A layer with two names",
    stars=2,
    asks="Affine",
    methods=("forward", "backward"),
    experiment=_affine,
    cases=_affine_cases,
    verify=_verify_affine,
    cure="06_network#a-layer-of-your-own",
    hints=(
        "A slope has the shape of what it is the slope of. Every sample uses the same $\\gamma$ "
        "and the same $\\beta$: where paths meet, slopes add.",
        "$\\gamma$ is multiplied by $X$, so the slope in it needs $X$, of this batch. $\\beta$ is "
        "added: what is the slope of a sum?",
        "`parameter_names` is a tuple of texts, the names of the attributes that are learned.",
    ),
    why="$\\partial L/\\partial\\gamma$ is the sum of $G \\odot X$ over the rows, "
    "$\\partial L/\\partial\\beta$ that of $G$, and $\\partial L/\\partial X = G \\odot \\gamma$. "
    "Whatever is named in `parameter_names` is counted, checked, trained and saved.",
    right=(
        Right('("gamma", "beta")', '["beta", "gamma"]'),
        Right("(derivative_outputs * self.inputs).sum(axis=0, keepdims=True)",
              'np.einsum("ij,ij->j", derivative_outputs, self.inputs)[None]'),
        Right("derivative_outputs.sum(axis=0, keepdims=True)\n",
              "derivative_outputs.sum(axis=0).reshape(1, -1)\n"),
    ),
    wrong=(
        Wrong('("gamma", "beta")', '("gamma",)',
              says="The shift has a slope, but no name: no optimizer would move it. See *What is "
              "learned* in lesson 06."),
        Wrong('("gamma", "beta")', '"gamma, beta"',
              says="A network finds nothing that is learned. `parameter_names` must be a tuple of "
              "names, each a text of its own; *one* text is read letter by letter."),
        Wrong("(derivative_outputs * self.inputs).sum(axis=0, keepdims=True)",
              "(derivative_outputs * self.gamma).sum(axis=0, keepdims=True)",
              says="`derivative_gamma` is made with the factors themselves. In X times gamma, what "
              "stands beside gamma is X."),
        Wrong("(derivative_outputs * self.inputs).sum(axis=0, keepdims=True)",
              "derivative_outputs.sum(axis=0, keepdims=True)",
              says="`derivative_gamma` lacks the inputs that gamma was multiplied by."),
        Wrong("(derivative_outputs * self.inputs).sum(axis=0, keepdims=True)",
              "(derivative_outputs * (self.inputs * self.gamma + self.beta)).sum(axis=0, keepdims=True)",
              says="`derivative_gamma` is made with the *output*. It needs what came in, so keep "
              "that in `forward`."),
        Wrong("(derivative_outputs * self.inputs).sum(axis=0, keepdims=True)",
              "derivative_outputs * self.inputs", "not_summed"),
        Wrong("(derivative_outputs * self.inputs).sum(axis=0, keepdims=True)",
              "(derivative_outputs * self.inputs).mean(axis=0, keepdims=True)", "over_n"),
        Wrong("self.derivative_beta = derivative_outputs.sum(axis=0, keepdims=True)",
              "self.derivative_beta = derivative_outputs.sum(axis=0)", "no_keepdims"),
        Wrong("self.derivative_beta = derivative_outputs.sum(axis=0, keepdims=True)",
              "self.derivative_beta = derivative_outputs.sum(axis=1, keepdims=True)",
              says="`derivative_beta` was summed over the wrong axis: there is one shift for each "
              "*column*, so the sum runs over the rows."),
        Wrong("return derivative_outputs * self.gamma", "return derivative_outputs", "passed_through"),
        Wrong("return derivative_outputs * self.gamma", "return derivative_outputs * self.inputs",
              says="What is returned is the slope in gamma before the sum. In X times gamma, what "
              "stands beside X is gamma."),
        Wrong("return derivative_outputs * self.gamma", "derivative_outputs * self.gamma", "none"),
        Wrong("return inputs * self.gamma + self.beta", "return (inputs + self.beta) * self.gamma",
              says="The shift went through the factor: first multiply, then add."),
        Wrong("self.inputs = inputs", 'self.inputs = getattr(self, "inputs", inputs)',
              says="`derivative_gamma` belongs to the inputs of the first batch: each `forward` "
              "must keep its own."),
        Wrong("self.derivative_gamma = (derivative_outputs * self.inputs)",
              'self.derivative_gamma = getattr(self, "derivative_gamma", 0) + '
              "(derivative_outputs * self.inputs)", "accumulated"),
        Wrong("self.derivative_gamma =", "self.gamma_derivative =", "missing"),
        Wrong("        self.inputs = inputs\n        return inputs * self.gamma + self.beta",
              "        self.inputs = inputs\n        inputs *= self.gamma\n"
              "        return inputs + self.beta", "in_place"),
    ),
)

# %% [markdown]
# ## ★★★ A residual block
#
# A *residual block* gives what its layers make of the input, *plus* the input itself:
#
# $$\underbrace{A}_{(n,\,d)} = f(\underbrace{X}_{(n,\,d)}) + X$$
#
# where $f$ is the layers that it holds, one after the other. So the input goes two ways. Write the
# block for any number of layers. A network looks for what is learned in a block too: where? The
# layers know their own `backward`; the block's gets the upstream gradient $G$ and returns
# $\partial L/\partial X$.


# %%
class Residual:
    def __init__(self, *layers):
        ### BEGIN SOLUTION
        self.layers = layers
        ### END SOLUTION

    def forward(self, inputs):
        ### BEGIN SOLUTION
        A = inputs
        for layer in self.layers:
            A = layer.forward(A)
        return A + inputs
        ### END SOLUTION

    def backward(self, derivative_outputs):
        ### BEGIN SOLUTION
        G = derivative_outputs
        for layer in reversed(self.layers):
            G = layer.backward(G)
        return G + derivative_outputs
        ### END SOLUTION


# %% tags=["author"]
def _residual_cases(rng):
    for n, d, k in ((7, 5, 3), (4, 4, 4)):
        yield case(
            n=n, d=d, k=k, X=rng.standard_normal((2, n, d)), G=rng.standard_normal((2, n, d)),
            W=rng.standard_normal((d, k)), V=rng.standard_normal((k, d)),
        )


def _made(trial):
    "Two dense layers with a ReLU between them."
    first, last = (DenseLayer(*W.shape, dtype=np.float64, rng=0) for W in (trial.W, trial.V))
    first.weights, last.weights = trial.W, trial.V
    return first, ReLU(), last


def _residual(given, trial):
    first, activation, last = _made(trial)
    block = given(first, activation, last)
    for X, G in zip(trial.X, trial.G):
        results = {"the output": block.forward(X), "derivative_inputs": block.backward(G)}
        results["derivative_weights of the first layer"] = kept(first, "derivative_weights")
        results["derivative_weights of the last layer"] = kept(last, "derivative_weights")
        parameters = Sequential(block).parameters
        results["the count of numbers that a network finds"] = float(sum(a.size for a in parameters))
        yield results, {"X": X, "G": G}


def _verify_residual(Residual):
    "By measured slopes, in the middle of a network; and a block of layers that give 0 is no change."
    from nn_from_scratch import check_gradients

    rng = np.random.default_rng(0)
    layers = [DenseLayer(*s, dtype=np.float64, rng=rng) for s in ((5, 3), (3, 7), (7, 3), (3, 2))]
    block = Residual(layers[1], ReLU(), layers[2])
    errors = check_gradients(Sequential(layers[0], block, layers[3]), rng.standard_normal((7, 5)))
    assert len(errors) == 9
    layers[2].weights[...] = 0
    X = rng.standard_normal((4, 3))
    assert np.array_equal(block.forward(X), X) and np.array_equal(block.backward(X), X)


residual = Exercise(
    title="A residual block",
    stars=3,
    asks="Residual",
    methods=("forward", "backward"),
    experiment=_residual,
    cases=_residual_cases,
    verify=_verify_residual,
    allow=("*",),  # the library has no such block; its layers may be used in any way
    cure="06_network#what-a-part-must-have",
    hints=(
        "A network asks every layer for the layers inside of it. Under which name does it look?",
        "Draw the two ways of the input on paper, and go back along both with $G$ in your hand.",
        "Past the layers the input is only added, so along that way $G$ comes back as it is. And "
        "where paths meet, slopes add.",
    ),
    why="$\\partial L/\\partial X$ is what the layers make of $G$ on their way back, plus $G$ "
    "itself. However small the slopes of the layers are, $G$ gets through: that is what such "
    "blocks are for.",
    right=(
        Right("return A + inputs", "return np.add(inputs, A)"),
        Right("self.layers = layers", "self.layers = list(layers)"),
        Right("for layer in reversed(self.layers):", "for layer in self.layers[::-1]:"),
    ),
    wrong=(
        Wrong("return G + derivative_outputs", "return G",
              says="`derivative_inputs` knows one of the two ways only, that through the layers. "
              "The input goes past them as well, and where paths meet, slopes add. See *A copy adds: "
              "where paths meet* in lesson 00."),
        Wrong("return G + derivative_outputs", "return derivative_outputs", "passed_through"),
        Wrong("return G + derivative_outputs", "return G * derivative_outputs",
              says="The slopes of the two ways were multiplied. That is for steps one after the "
              "other; ways beside each other add up."),
        Wrong("return G + derivative_outputs", "return G - derivative_outputs",
              says="The slope of the way past the layers was taken off."),
        Wrong("return G + derivative_outputs", "return G + 1",
              says="The slope of X in X is 1, but it is multiplied by what comes from behind: the "
              "chain rule holds on that way, too."),
        Wrong("return G + derivative_outputs", "return G + G",
              says="The way through the layers was counted twice, and the way past them not at all."),
        Wrong("return G + derivative_outputs", "G + derivative_outputs", "none"),
        Wrong("return A + inputs", "return A",
              says="The output is what the layers make of the input. The input itself is missing: "
              "that is what makes it a residual block."),
        Wrong("return A + inputs", "return A - inputs", says="The input was taken off, not added."),
        Wrong("return A + inputs", "return (A + inputs) / 2", "half"),
        Wrong("return A + inputs", "inputs += A\n        return inputs", "in_place"),
        Wrong("reversed(self.layers)", "self.layers", "raises"),
        Wrong("""        self.layers = layers

    def forward(self, inputs):
        A = inputs
        for layer in self.layers:
            A = layer.forward(A)
        return A + inputs

    def backward(self, derivative_outputs):
        G = derivative_outputs
        for layer in reversed(self.layers):""",
              """        self.held = layers

    def forward(self, inputs):
        A = inputs
        for layer in self.held:
            A = layer.forward(A)
        return A + inputs

    def backward(self, derivative_outputs):
        G = derivative_outputs
        for layer in reversed(self.held):""",
              says="Forward and backward are right, but a network finds nothing in the block that "
              "is learned: it looks in `.layers`. See *What a part must have* in lesson 06."),
    ),
)
