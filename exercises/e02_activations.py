# %% [markdown]
# # Exercises: activations
#
# Lesson `02_activations` derives all that you need here.

# %%
import numpy as np

# %% tags=["author"]
from nn_from_scratch.exercises import Exercise, Right, Wrong, case

# %% [markdown]
# ## ★ A ReLU, backwards
#
# Write `backward`. At zero the slope is 0.


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
    "Two batches; with what forward was given, what it gave and what came from behind around."
    part = given()
    for Z, G in zip(trial.Z, trial.G):
        A = part.forward(Z)
        yield {"the gradient": part.backward(G)}, {"Z": Z, "G": G, "A": A}


def _with_zeros(rng):
    Z = rng.standard_normal((2, 7, 3))
    Z[:, 0, 0] = 0
    yield case(n=7, k=3, Z=Z, G=rng.standard_normal((2, 7, 3)))


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
        "Where does the slope from behind pass, and where is it blocked?",
        "A comparison makes a mask of True and False, which count as 1 and 0.",
    ),
    why="The gradient passes where the *input* was positive.",
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
        ),
        Wrong(
            "self.inputs > 0",
            "self.inputs >= 0",
            says="Right but for the corner: at an input of exactly 0 the slope is 0.",
        ),
        Wrong(
            "derivative_outputs * (self.inputs > 0)",
            "np.maximum(derivative_outputs, 0)",
            says="The sign of the *input* decides, not that of the slope from behind.",
        ),
        Wrong(
            "self.inputs > 0",
            "self.inputs < 0",
            says="The other way round: it passes where the input was positive.",
        ),
        Wrong(
            "derivative_outputs * (self.inputs > 0)",
            "(self.inputs > 0) * 1.0",
            says="That is the slope of the ReLU. It must "
            "be multiplied with what comes from behind.",
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
            "return derivative_outputs * (self.inputs > 0)",
            "derivative_outputs * (self.inputs > 0)",
            "none",
        ),
    ),
)

# %% [markdown]
# ## ★★ A softmax, backwards
#
# Write `backward` for the rows of probabilities that `forward` keeps, without a table of slopes.


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
            says="Only the diagonal of the "
            "Jacobian was used. Shift all scores of a row and nothing changes: the gradient of a row must add up to 0.",
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
            "the gradient of softmax *and* cross-entropy. Here any slope may come from behind.",
        ),
    ),
)
