# %% [markdown]
# # Exercises: activations
#
# Lesson `02_activations` derives all that you need here. Write in the cells, run them, and let the
# check tell you what it finds; `ex.relu.hint()` gives the next hint, `ex.relu.solution()` a
# solution.

# %%
import numpy as np

# %% tags=["author"]
from nn_from_scratch.exercises import Exercise, Right, Wrong, calls, case, kept

# %% [markdown]
# ## ★ A ReLU, backwards
#
# `forward` is there. Write `backward`: which part of the upstream gradient is handed to the layer
# before? At zero the slope is 0.


# %%
class Rectifier:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(inputs, 0)
        return self.output

    def backward(self, derivative_outputs):
        ### BEGIN SOLUTION
        return derivative_outputs * (self.inputs > 0)
        ### END SOLUTION


# %% tags=["author"]
def _backwards(given, trial):
    "Two batches; with what forward was given, what it gave, and the upstream gradient around."
    part, output = given(), "A" if hasattr(trial, "corner") else "P"
    for Z, G in zip(trial.Z, trial.G, strict=True):
        A = part.forward(Z)
        yield {"the gradient": part.backward(G)}, {"Z": Z, "G": G, output: A}


def _with_zeros(rng):
    for n, k in ((7, 3), (4, 4)):
        Z = rng.standard_normal((2, n, k))
        Z[:, 0, 0] = 0
        yield case(n=n, k=k, Z=Z, G=rng.standard_normal((2, n, k)), corner="at 0")


def _smooth(rng):
    for n, k in ((7, 3), (4, 4)):
        yield case(n=n, k=k, Z=rng.standard_normal((2, n, k)), G=rng.standard_normal((2, n, k)))


def _verify(part):
    from nn_from_scratch import check_gradients

    check_gradients(part(), np.random.default_rng(0).standard_normal((7, 3)))


relu = Exercise(
    title="A ReLU, backwards",
    stars=1,
    asks="Rectifier",
    methods=("forward", "backward"),
    experiment=_backwards,
    cases=_with_zeros,
    verify=_verify,
    cure="02_activations#relu",
    hints=(
        "Where does the upstream gradient pass, and where is it blocked?",
        "A comparison makes a mask of True and False, which count as 1 and 0.",
    ),
    why="$G \\odot [Z > 0]$: the gradient passes where the *input* was positive.",
    right=(
        Right("self.inputs > 0", "self.output > 0"),
        Right(
            "derivative_outputs * (self.inputs > 0)",
            "np.where(self.inputs > 0, derivative_outputs, 0)",
        ),
    ),
    wrong=(
        Wrong(
            "self.inputs > 0",
            "self.output >= 0",
            says="After a ReLU every number is at least zero: this mask is always "
            "true, and every gradient passes.",
            cure="02_activations#check-it,-and-break-it",
        ),
        Wrong(
            "self.inputs > 0",
            "self.inputs >= 0",
            says="Right but for the corner: at an input of exactly 0 the slope is 0.",
        ),
        Wrong(
            "derivative_outputs * (self.inputs > 0)",
            "np.maximum(derivative_outputs, 0)",
            says="The sign of the *input* decides, not that of the upstream gradient.",
        ),
        Wrong(
            "self.inputs > 0",
            "self.inputs < 0",
            says="The other way round: it passes where the input was positive.",
        ),
        Wrong(
            "derivative_outputs * (self.inputs > 0)",
            "(self.inputs > 0) * 1.0",
            says="That is the slope of the ReLU. It must be multiplied with the upstream gradient.",
        ),
        Wrong(
            "derivative_outputs * (self.inputs > 0)",
            "derivative_outputs * self.output",
            says="That multiplies with the "
            "output; the slope is 1 where the input was positive, however large it was.",
        ),
        Wrong(
            "self.inputs = inputs",
            'self.inputs = getattr(self, "inputs", inputs)',
            says="The mask is that of the first batch: each `forward` must keep its own inputs.",
        ),
        Wrong(
            "(self.inputs > 0)",
            "np.sign(self.inputs)",
            says="Left of 0 the gradient comes back with its sign turned. It should be blocked "
            "there.",
        ),
        Wrong(
            "return derivative_outputs * (self.inputs > 0)",
            "derivative_outputs * (self.inputs > 0)",
            "none",
        ),
    ),
)

# %% [markdown]
# ## ★ Two scores are one
#
# A softmax over two scores is a sigmoid of a single number. Write `one_score(Z)`: the number $z$
# for which $\sigma(z)$ is the probability that the softmax gives to the second class. The scores
# may be as large as a thousand.


# %%
def one_score(Z):
    "two scores a sample, Z (n, 2) -> z (n, 1)"
    ### BEGIN SOLUTION
    return Z[:, 1:] - Z[:, :1]
    ### END SOLUTION


# %% tags=["author"]
def _pair_cases(rng):
    for n, scale in ((7, 1.0), (5, 1.0), (7, 1000.0)):
        Z = (
            scale
            * rng.uniform(0.2, 1, (n, 2))
            * np.where(np.indices((n, 2)).sum(axis=0) % 2, 1, -1)
        )
        yield case(n=n, k=2, Z=Z)


def _verify_pair(one_score):
    "By numbers: the library's softmax, and its sigmoid."
    from nn_from_scratch import Sigmoid, Softmax

    Z = np.random.default_rng(0).standard_normal((7, 2))
    assert np.abs(Sigmoid().forward(one_score(Z)) - Softmax().forward(Z)[:, 1:]).max() < 1e-15


pair = Exercise(
    title="Two scores are one",
    stars=1,
    asks="one_score",
    experiment=calls("Z"),
    cases=_pair_cases,
    verify=_verify_pair,
    cure="02_activations#softmax",
    hints=(
        "Write the probability of the second class down, $e^{Z_2}/(e^{Z_1} + e^{Z_2})$, and divide "
        "above and below by $e^{Z_2}$.",
        "Compare with $1/(1 + e^{-z})$: what stands for $-z$?",
        "`Z[:, 1:]` is a column with its axis kept, $(n, 1)$; `Z[:, 1]` is $(n,)$.",
    ),
    why="$\\frac{e^{Z_2}}{e^{Z_1} + e^{Z_2}} = \\frac{1}{1 + e^{-(Z_2 - Z_1)}}$: softmax looks at "
    "differences only, and of two scores there is one.",
    right=(
        Right("Z[:, 1:] - Z[:, :1]", "np.diff(Z, axis=1)"),
        Right("Z[:, 1:] - Z[:, :1]", "(Z[:, 1] - Z[:, 0]).reshape(-1, 1)"),
    ),
    wrong=(
        Wrong("Z[:, 1:] - Z[:, :1]", "Z[:, :1] - Z[:, 1:]", "sign"),
        Wrong("Z[:, 1:] - Z[:, :1]", "Z[:, 1] - Z[:, 0]", "no_keepdims"),
        Wrong(
            "Z[:, 1:] - Z[:, :1]",
            "Z[:, 1:] / Z[:, :1]",
            says="The scores were divided. What is divided are their powers of $e$.",
        ),
        Wrong(
            "Z[:, 1:] - Z[:, :1]",
            "np.exp(Z[:, 1:] - Z[:, :1])",
            says="Those are the odds, one probability over the other. The score is their "
            "logarithm.",
        ),
        Wrong(
            "Z[:, 1:] - Z[:, :1]",
            "Z[:, 1:]",
            says="That is the second score alone. Softmax looks at differences: add 7 to both, "
            "and nothing may change.",
            cure="02_activations#a-softmax-that-does-not-overflow",
        ),
        Wrong(
            "Z[:, 1:] - Z[:, :1]",
            "Z[:, 1:] + Z[:, :1]",
            says="The scores were added. If the first grows, the second class gets less.",
        ),
        Wrong(
            "Z[:, 1:] - Z[:, :1]",
            "np.tanh((Z[:, 1:] - Z[:, :1]) / 2)",
            says="That is by how much the *probabilities* differ. Asked for is a score.",
        ),
        Wrong(
            "Z[:, 1:] - Z[:, :1]",
            "1 / (1 + np.exp(Z[:, :1] - Z[:, 1:]))",
            says="That is the probability itself. Asked for is the number of which the sigmoid "
            "makes it.",
        ),
        Wrong(
            "Z[:, 1:] - Z[:, :1]",
            "(Z[:, 1:] - Z[:, :1]) / 2",
            says="Half of what it should be: no mean is taken here.",
        ),
        Wrong(
            "Z[:, 1:] - Z[:, :1]",
            "np.log(np.exp(Z[:, 1:]) / np.exp(Z[:, :1]))",
            "not_finite",
        ),
    ),
)

# %% [markdown]
# ## ★★ A sigmoid, both ways
#
# Write `forward` so that nothing overflows, not even at ±1000 (a warning of NumPy counts as an
# error here), and `backward` from the output that `forward` keeps.


# %%
class Logistic:
    def forward(self, inputs):
        "scores, of any shape -> numbers from 0 to 1"
        ### BEGIN SOLUTION
        small = np.exp(-np.abs(inputs))
        self.output = np.where(inputs >= 0, 1, small) / (1 + small)
        return self.output
        ### END SOLUTION

    def backward(self, derivative_outputs):
        "the upstream gradient -> the slope in each score"
        ### BEGIN SOLUTION
        return derivative_outputs * self.output * (1 - self.output)
        ### END SOLUTION


# %% tags=["author"]
def _sigmoid(given, trial):
    "Two batches; an overflow stops it."
    part = given()
    for Z, G in zip(trial.Z, trial.G, strict=True):
        with np.errstate(over="raise"):
            A = part.forward(Z)
        yield (
            {"the output": A, "the gradient": part.backward(G)},
            {"Z": Z, "G": G, "A": _logistic(Z)},
        )


def _logistic(Z):
    return 0.5 * (1 + np.tanh(Z / 2))


def _sigmoid_cases(rng):
    for n, k, extreme in ((7, 3, 0.0), (4, 4, 0.0), (5, 3, 1000.0)):
        Z = rng.standard_normal((2, n, k))
        Z[:, 0, 0], Z[:, 1, 1], Z[:, 2, 2] = extreme, -extreme, 0
        yield case(n=n, k=k, Z=Z, G=rng.standard_normal((2, n, k)))


def _verify_sigmoid(Logistic):
    from nn_from_scratch import check_gradients

    at = np.array([-np.log(3), 0, np.log(3), 1000, -1000])
    assert np.abs(Logistic().forward(at) - [0.25, 0.5, 0.75, 1, 0]).max() < 1e-15
    assert check_gradients(Logistic(), np.random.default_rng(0).standard_normal((7, 3))) == {
        "inputs": 0
    }


sigmoid = Exercise(
    title="A sigmoid, both ways",
    stars=2,
    asks="Logistic",
    methods=("forward", "backward"),
    experiment=_sigmoid,
    cases=_sigmoid_cases,
    verify=_verify_sigmoid,
    cure="02_activations#sigmoid",
    hints=(
        "Take $e$ only to powers that are not positive: $e^{-|z|}$ is at most 1.",
        "For $z < 0$ multiply above and below by $e^z$. `np.where(condition, this, that)` chooses, "
        "entry by entry.",
        "$\\sigma' = \\sigma(1 - \\sigma)$, and $\\sigma$ is what `forward` kept.",
    ),
    why="With $e^{-|z|}$ nothing overflows on either side; and the slope "
    "$\\sigma(1 - \\sigma)$ needs the output alone.",
    right=(
        Right(
            "np.where(inputs >= 0, 1, small) / (1 + small)",
            "np.where(inputs >= 0, 1 / (1 + small), small / (1 + small))",
        ),
        Right("np.where(inputs >= 0, 1, small) / (1 + small)", "0.5 * (1 + np.tanh(inputs / 2))"),
        Right(
            "derivative_outputs * self.output * (1 - self.output)",
            "derivative_outputs * (self.output - self.output**2)",
        ),
    ),
    wrong=(
        Wrong(
            "np.where(inputs >= 0, 1, small) / (1 + small)", "1 / (1 + np.exp(-inputs))", "raises"
        ),
        Wrong(
            "np.where(inputs >= 0, 1, small) / (1 + small)",
            "np.exp(inputs) / (1 + np.exp(inputs))",
            "raises",
        ),
        Wrong(
            "np.where(inputs >= 0, 1, small) / (1 + small)",
            "1 / (1 + small)",
            says="Right of 0 that is right. Left of it, with $|z|$ for $z$, another number "
            "belongs above the line.",
            cure="02_activations#a-sigmoid-that-does-not-overflow",
        ),
        Wrong(
            "inputs >= 0",
            "inputs < 0",
            says="The two sides have changed places: a large score must give a number near 1.",
        ),
        Wrong(
            "derivative_outputs * self.output * (1 - self.output)",
            "derivative_outputs / (1 + np.exp(-self.output)) / (1 + np.exp(self.output))",
            says="That is the slope at the *output*: the sigmoid was taken of a sigmoid. The "
            "output is $\\sigma$ already.",
        ),
        Wrong(
            "derivative_outputs * self.output * (1 - self.output)",
            "derivative_outputs * (1 - self.output**2)",
            says="That is the slope of the hyperbolic tangent.",
        ),
        Wrong(
            "derivative_outputs * self.output * (1 - self.output)",
            "self.output * (1 - self.output)",
            "lacks",
        ),
        Wrong(
            "derivative_outputs * self.output * (1 - self.output)",
            "derivative_outputs * self.output",
            "lacks",
        ),
        Wrong(
            "derivative_outputs * self.output * (1 - self.output)",
            "derivative_outputs * self.output**2",
            says="Both factors are the output. The second is what it lacks to 1.",
        ),
        Wrong(
            "derivative_outputs * self.output * (1 - self.output)",
            "derivative_outputs * self.output * (self.output - 1)",
            "sign",
        ),
        Wrong(
            "derivative_outputs * self.output * (1 - self.output)",
            "derivative_outputs * (self.output > 0.5)",
            says="That is a ReLU's mask. The slope of a sigmoid is not 0 or 1 but a smooth hill.",
        ),
        Wrong(
            "/ (1 + small)\n        return self.output",
            "/ (1 + small)\n        self.output",
            "none",
        ),
    ),
)

# %% [markdown]
# ## ★★ A softmax, backwards
#
# Write `backward` for the rows of probabilities $P$ that `forward` keeps, without a table of
# slopes.


# %%
class Softmax:
    def forward(self, inputs):
        powers = np.exp(inputs - inputs.max(axis=1, keepdims=True))
        self.output = powers / powers.sum(axis=1, keepdims=True)
        return self.output

    def backward(self, derivative_outputs):
        ### BEGIN SOLUTION
        mean_slope = (derivative_outputs * self.output).sum(axis=1, keepdims=True)
        return self.output * (derivative_outputs - mean_slope)
        ### END SOLUTION


# %% tags=["author"]
softmax = Exercise(
    title="A softmax, backwards",
    stars=2,
    asks="Softmax",
    methods=("forward", "backward"),
    experiment=_backwards,
    cases=_smooth,
    verify=_verify,
    cure="02_activations#the-slope-of-softmax",
    hints=(
        "Each output depends on every score of its row: the Jacobian is not diagonal.",
        "Multiply $G$ with the table $P_i(\\delta_{ij} - P_j)$, and see that no table is needed.",
        "Compare each slope with the average slope of its row, weighted by the probabilities.",
    ),
    why="$P_j(G_j - \\sum_i G_i P_i)$: what one output gains, the others lose.",
    right=(
        Right(
            "self.output * (derivative_outputs - mean_slope)",
            "self.output * derivative_outputs - self.output * mean_slope",
        ),
    ),
    wrong=(
        Wrong(
            "derivative_outputs - mean_slope",
            "derivative_outputs * (1 - self.output)",
            says="Only the diagonal of the Jacobian was used. Shift all scores of a row and "
            "nothing changes: the gradient of a row must add up to 0.",
        ),
        Wrong(
            "(derivative_outputs * self.output).sum(axis=1, keepdims=True)",
            "derivative_outputs.mean(axis=1, keepdims=True)",
            says="The mean of the slopes must be weighted by the probabilities.",
        ),
        Wrong(
            "self.output).sum(axis=1",
            "self.output).sum(axis=0",
            says="The mean slope was taken over the samples. "
            "It belongs to a row: the classes of one sample compete with each other.",
        ),
        Wrong(
            "(derivative_outputs * self.output).sum(axis=1, keepdims=True)",
            "(derivative_outputs * self.output).mean(axis=1, keepdims=True)",
            says="The weights add up to one already: a sum, not a mean.",
        ),
        Wrong("derivative_outputs - mean_slope", "mean_slope - derivative_outputs", "sign"),
        Wrong(
            "return self.output * (derivative_outputs - mean_slope)",
            "return derivative_outputs - mean_slope",
            "lacks",
        ),
        Wrong(
            "self.output * (derivative_outputs - mean_slope)",
            "self.output * derivative_outputs",
            says="The second term is missing: if one probability goes up, the others come down.",
        ),
        Wrong(
            "self.output * (derivative_outputs - mean_slope)",
            "derivative_outputs - self.output",
            says="Probability minus target is "
            "the gradient of softmax *and* cross-entropy. Here any upstream gradient may come.",
        ),
    ),
)

# %% [markdown]
# ## ★★ A leaky ReLU
#
# Left of 0 a *leaky* ReLU has the slope $a$, a small positive number, and so lets a little through
# where a ReLU blocks. Write it both ways; at exactly 0 the slope is $a$. And think: why might a
# neuron with ReLU never wake up again, and one with this do so?


# %%
class Leaky:
    def __init__(self, a):
        self.a = a  # one number between 0 and 1

    def forward(self, inputs):
        "inputs, of any shape -> output of the same shape"
        ### BEGIN SOLUTION
        self.inputs = inputs
        return np.where(inputs > 0, inputs, self.a * inputs)
        ### END SOLUTION

    def backward(self, derivative_outputs):
        "the upstream gradient -> the slope in each input"
        ### BEGIN SOLUTION
        return derivative_outputs * np.where(self.inputs > 0, 1, self.a)
        ### END SOLUTION


# %% tags=["author"]
def _leaky(given, trial):
    part = given(trial.a)
    for Z, G in zip(trial.Z, trial.G, strict=True):
        yield {"the output": part.forward(Z), "the gradient": part.backward(G)}, {"Z": Z, "G": G}


def _leaky_cases(rng):
    for n, k, a in ((7, 3, 0.01), (4, 4, 0.3)):
        Z = rng.standard_normal((2, n, k))
        Z[:, 0, 0], Z[:, 1, 1] = 0, -0.5
        yield case(n=n, k=k, a=a, Z=Z, G=rng.standard_normal((2, n, k)))


def _verify_leaky(Leaky):
    from nn_from_scratch import check_gradients

    assert Leaky(0.25).forward(np.array([-2.0, 0.0, 3.0])).tolist() == [-0.5, 0, 3]
    assert check_gradients(Leaky(0.01), np.random.default_rng(0).standard_normal((7, 3))) == {
        "inputs": 0
    }


leaky = Exercise(
    title="A leaky ReLU",
    stars=2,
    asks="Leaky",
    methods=("forward", "backward"),
    experiment=_leaky,
    cases=_leaky_cases,
    verify=_verify_leaky,
    cure="02_activations#relu",
    hints=(
        "`np.where(condition, this, that)` chooses, entry by entry.",
        "Two straight lines that meet at 0: which slope has each, and which number decides?",
    ),
    why="$z$ on the right and $az$ on the left, with the slopes 1 and $a$. A neuron that is asleep "
    "for every sample still gets a small gradient, and can come back.",
    right=(
        Right(
            "np.where(inputs > 0, inputs, self.a * inputs)", "np.maximum(inputs, self.a * inputs)"
        ),
        Right(
            "derivative_outputs * np.where(self.inputs > 0, 1, self.a)",
            "np.where(self.inputs > 0, derivative_outputs, self.a * derivative_outputs)",
        ),
        Right(
            "self.inputs = inputs\n        return np.where",
            "self.inputs = np.where(inputs > 0, inputs, self.a * inputs)\n        return np.where",
        ),
    ),
    wrong=(
        Wrong(
            "np.where(inputs > 0, inputs, self.a * inputs)",
            "np.maximum(inputs, 0)",
            says="`forward` is a plain ReLU: left of 0 there should be a line of slope $a$.",
        ),
        Wrong(
            "np.where(inputs > 0, inputs, self.a * inputs)",
            "np.where(inputs > 0, self.a * inputs, inputs)",
            says="The sides of `forward` are exchanged: $a$ belongs to the left one.",
        ),
        Wrong(
            "np.where(inputs > 0, inputs, self.a * inputs)",
            "np.where(inputs > 0, inputs, self.a)",
            says="Left of 0 stands the number $a$ itself. It is the *slope* of a line there.",
        ),
        Wrong(
            "np.where(inputs > 0, inputs, self.a * inputs)",
            "np.where(inputs > 0, inputs, -self.a * inputs)",
            says="To the left `forward` goes up again. With a positive slope it goes down.",
        ),
        Wrong(
            "np.where(inputs > 0, inputs, self.a * inputs)",
            "self.a * inputs",
            says="The slope is $a$ on both sides: a straight line has no bend.",
        ),
        Wrong(
            "np.where(self.inputs > 0, 1, self.a)",
            "(self.inputs > 0)",
            says="Left of 0 nothing comes back: that is the slope of a plain ReLU.",
        ),
        Wrong(
            "np.where(self.inputs > 0, 1, self.a)",
            "np.where(self.inputs > 0, 1, self.a**2)",
            says="$a$ was multiplied in twice.",
        ),
        Wrong(
            "np.where(self.inputs > 0, 1, self.a)",
            "np.where(self.inputs >= 0, 1, self.a)",
            says="Right but for the corner: at an input of exactly 0 the slope asked for is $a$.",
        ),
        Wrong(
            "np.where(self.inputs > 0, 1, self.a)",
            "np.where(self.inputs > 0, self.a, 1)",
            says="The sides of `backward` are exchanged: $a$ belongs to the left one.",
        ),
        Wrong(
            "np.where(self.inputs > 0, 1, self.a)",
            "np.where(derivative_outputs > 0, 1, self.a)",
            says="The sign of the *input* decides, not that of the upstream gradient.",
        ),
        Wrong(
            "np.where(self.inputs > 0, 1, self.a)",
            "np.where(self.inputs > 0, 1, self.a * self.inputs)",
            says="$az$ is the value on the left; its slope is $a$.",
        ),
        Wrong("return derivative_outputs * np.where", "return np.where", "lacks"),
        Wrong(
            "self.inputs = inputs\n        return np.where",
            'self.inputs = getattr(self, "inputs", inputs)\n        return np.where',
            says="The slopes are those of the first batch: each `forward` must keep its own "
            "inputs.",
        ),
    ),
)

# %% [markdown]
# ## ★★★ A temperature that learns
#
# A softmax divides its scores by a temperature $T$ first. Let it learn $T$: return the slope in the
# inputs, and keep that in $T$, one number for the whole batch, as `derivative_temperature`, $(1,
# 1)$. What happens to the gradients when $T$ is small?


# %%
class Tempered:
    parameter_names = ("temperature",)

    def __init__(self, temperature):
        self.temperature = temperature  # (1, 1)

    def forward(self, inputs):
        self.inputs = inputs  # (n, k)
        scores = inputs / self.temperature
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        self.output = powers / powers.sum(axis=1, keepdims=True)
        return self.output

    def backward(self, derivative_outputs):
        "the upstream gradient (n, k) -> the slope in the inputs (n, k)"
        ### BEGIN SOLUTION
        mean_slope = (derivative_outputs * self.output).sum(axis=1, keepdims=True)
        slope = self.output * (derivative_outputs - mean_slope)
        self.derivative_temperature = -(slope * self.inputs).sum() / self.temperature**2
        return slope / self.temperature
        ### END SOLUTION


# %% tags=["author"]
def _temperature(given, trial):
    part = given(trial.temperature)
    for Z, G in zip(trial.Z, trial.G, strict=True):
        P = part.forward(Z)
        returned = part.backward(G)
        kept_there = kept(part, "derivative_temperature")
        results = {"the slope in the inputs": returned, "derivative_temperature": kept_there}
        yield results, {"Z": Z, "G": G, "P": P}


def _temperature_cases(rng):
    for n, k, T in ((7, 3, 0.7), (4, 4, 2.6)):
        Z, G = rng.standard_normal((2, 2, n, k))
        yield case(n=n, k=k, T=T, Z=Z, G=G, temperature=np.array([[T]]))


def _verify_temperature(Tempered):
    from nn_from_scratch import check_gradients

    part = Tempered(np.array([[0.7]]))
    found = check_gradients(part, np.random.default_rng(0).standard_normal((7, 3)))
    assert found == {"inputs": 0, "temperature": 0}


temperature = Exercise(
    title="A temperature that learns",
    stars=3,
    asks="Tempered",
    methods=("forward", "backward"),
    experiment=_temperature,
    cases=_temperature_cases,
    verify=_verify_temperature,
    cure="02_activations#the-slope-of-softmax",
    hints=(
        "Two steps: the scores $s = Z/T$, and their softmax. Through the softmax you have come "
        "before; call what arrives at the scores `slope`.",
        "$s_{ij} = Z_{ij}/T$ has the slope $1/T$ in $Z_{ij}$, and in $T$ that of the inverse, with "
        "$Z_{ij}$ for a factor.",
        "$T$ is used by every score of every sample: a copy adds.",
    ),
    why="With $S$ for what comes back to $Z/T$: the inputs get $S/T$, and $T$ gets "
    "$-\\sum S \\odot Z/T^2$, over all scores. A small $T$ makes gradients large where the softmax "
    "is undecided, and zero where it is sure.",
    right=(
        Right(
            "slope * self.inputs).sum() / self.temperature**2",
            "slope * self.inputs / self.temperature**2).sum(keepdims=True)",
        ),
        Right(
            "self.output * (derivative_outputs - mean_slope)",
            "self.output * derivative_outputs - self.output * mean_slope",
        ),
    ),
    wrong=(
        Wrong(
            "slope / self.temperature",
            "slope",
            says="The division by $T$ was forgotten on the way back: $Z/T$ grows $1/T$ times as "
            "fast as $Z$.",
        ),
        Wrong(
            "slope / self.temperature",
            "slope * self.temperature",
            says="$T$ was multiplied in: $Z/T$ grows the more slowly, the larger $T$ is.",
        ),
        Wrong(
            "slope / self.temperature",
            "slope / self.temperature**2",
            says="The slope in the inputs has $T$ in it twice.",
        ),
        Wrong(
            "sum() / self.temperature**2",
            "sum() / self.temperature",
            says="The slope of $1/T$ in $T$ has a square below the line.",
            cure="02_activations#sigmoid",
        ),
        Wrong("-(slope * self.inputs)", "(slope * self.inputs)", "sign"),
        Wrong(
            "(slope * self.inputs).sum()",
            "(slope * self.inputs).sum(axis=1, keepdims=True)",
            "not_summed",
        ),
        Wrong(
            "(slope * self.inputs).sum()",
            "(slope * self.inputs).mean()",
            says="The mean was taken. $T$ is used by every score, and where paths meet, slopes "
            "add.",
        ),
        Wrong(
            "derivative_outputs - mean_slope",
            "derivative_outputs * (1 - self.output)",
            says="Only the diagonal of the Jacobian was used. The gradient of a row must add "
            "up to 0.",
            cure="02_activations#the-slope-of-softmax",
        ),
        Wrong(
            "slope * self.inputs",
            "slope * self.output",
            says="$T$ divides the *inputs*: they are its factor, not the probabilities.",
        ),
        Wrong(
            "(slope * self.inputs)",
            "(slope + 0)",
            says="The factor of $1/T$ is missing. (The slopes of a row add up to 0, so that "
            "their sum says nothing.)",
        ),
        Wrong(
            "slope * self.inputs",
            "derivative_outputs * self.inputs",
            says="The upstream gradient must go through the softmax before it comes to $T$.",
        ),
        Wrong("self.derivative_temperature =", "derivative_temperature =", "missing"),
        Wrong("return slope / self.temperature", "slope / self.temperature", "none"),
    ),
)
