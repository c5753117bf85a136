# %% [markdown]
# # Exercises: losses
#
# Lesson `03_losses` derives all that you need here. Write in the cells, run them, and let the check
# tell you what it finds; `ex.fused.hint()` gives the next hint, `ex.fused.solution()` a solution.

# %%
import numpy as np

# %% tags=["author"]
from nn_from_scratch.exercises import Exercise, Right, Wrong, calls, case, trials

# %% [markdown]
# ## ★ By hand
#
# For one sample of the first class a network says 0.7, 0.2, 0.1. Work out, by hand or with NumPy as
# a calculator, the cross-entropy `loss_by_hand`, and the gradient in the three *scores* that went
# into the softmax, `slopes_by_hand`, a list of three numbers.

# %%
loss_by_hand = ...
slopes_by_hand = ...
### BEGIN SOLUTION
loss_by_hand = -np.log(0.7)
slopes_by_hand = [0.7 - 1, 0.2, 0.1]
### END SOLUTION


# %% tags=["author"]
def _by_hand(loss_by_hand, slopes_by_hand, trial):
    yield {"loss_by_hand": loss_by_hand, "slopes_by_hand": slopes_by_hand}


def _verify_by_hand(loss_by_hand, slopes_by_hand):
    "By the library's loss of scores that give these probabilities, and by arithmetic."
    from nn_from_scratch import SoftmaxCategoricalCrossEntropy, numerical_gradient

    scores, fused = np.log([[0.7, 0.2, 0.1]]) + 3, SoftmaxCategoricalCrossEntropy()
    assert abs(fused.forward(scores, [0]) - loss_by_hand) < 1e-12
    measured = numerical_gradient(lambda Z: fused.forward(Z, [0]), scores)
    assert np.abs(measured - slopes_by_hand).max() < 1e-9


by_hand = Exercise(
    title="By hand",
    stars=1,
    asks=("loss_by_hand", "slopes_by_hand"),
    experiment=_by_hand,
    cases=lambda rng: iter([case()]),
    verify=_verify_by_hand,
    tolerance=1e-3,
    cure="03_losses#softmax-and-cross-entropy-are-one",
    hints=(
        "The loss is the surprise at what turned out to be true: which of the three numbers "
        "counts?",
        "Softmax and cross-entropy together have a gradient in the scores without any logarithm "
        "(*Softmax and cross-entropy are one*).",
        "What was wanted of each class: a row with a single one.",
    ),
    why="The loss is $-\\log$ of what the right class got. The gradient is probability said minus "
    "probability wanted, $P - Y$, here with $n = 1$; it adds up to 0.",
    right=(
        Right("-np.log(0.7)", "0.3567"),
        Right("[0.7 - 1, 0.2, 0.1]", "np.array([0.7, 0.2, 0.1]) - np.array([1, 0, 0])"),
    ),
    wrong=(
        Wrong(
            "-np.log(0.7)",
            "-np.log10(0.7)",
            says="The logarithm of this course is the natural one.",
        ),
        Wrong(
            "-np.log(0.7)",
            "-np.log2(0.7)",
            says="That is the surprise in coin tosses. The loss takes the natural logarithm.",
        ),
        Wrong("-np.log(0.7)", "np.log(0.7)", "sign"),
        Wrong(
            "-np.log(0.7)",
            "1 - 0.7",
            says="That is what is missing to 1. Cross-entropy charges a logarithm.",
            cure="03_losses#from-likelihood-to-cross-entropy",
        ),
        Wrong(
            "-np.log(0.7)",
            "-np.log(0.7) - np.log(0.2) - np.log(0.1)",
            says="All classes were charged. Only the right one is: the others have weight 0.",
        ),
        Wrong(
            "-np.log(0.7)",
            "-np.log(0.7) / 3",
            says="The mean runs over samples, and there is one. It does not run over classes.",
        ),
        Wrong(
            "-np.log(0.7)",
            "-(0.7 * np.log(0.7) + 0.2 * np.log(0.2) + 0.1 * np.log(0.1))",
            says="That is the entropy of what the network says. The surprises are weighed with the "
            "*truth*.",
        ),
        Wrong(
            "[0.7 - 1, 0.2, 0.1]",
            "[-1 / 0.7, 0, 0]",
            says="That is the slope in the *probabilities*. It has to go through the softmax yet.",
        ),
        Wrong("[0.7 - 1, 0.2, 0.1]", "[1 - 0.7, -0.2, -0.1]", "sign"),
        Wrong(
            "[0.7 - 1, 0.2, 0.1]",
            "[0.7, 0.2, 0.1]",
            says="Those are the probabilities said. What was wanted must be taken away.",
        ),
        Wrong(
            "[0.7 - 1, 0.2, 0.1]",
            "[0.7 - 1, 0, 0]",
            says="The other two scores count as well: if they grow, the right class gets less.",
        ),
        Wrong(
            "[0.7 - 1, 0.2, 0.1]",
            "[0.7 * (1 - 0.7), -0.7 * 0.2, -0.7 * 0.1]",
            says="So fast does the *probability* of the right class grow. The loss is minus its "
            "logarithm: one more step of the chain.",
        ),
        Wrong(
            "[0.7 - 1, 0.2, 0.1]",
            "[(0.7 - 1) / 3, 0.2 / 3, 0.1 / 3]",
            says="That is a third of it. The mean runs over samples, and there is one.",
        ),
        Wrong(
            "[0.7 - 1, 0.2, 0.1]",
            "0.7 - 1",
            says="That is the slope in the first score. There is one for each of the three.",
        ),
    ),
)

# %% [markdown]
# ## ★ Squared error, both ways
#
# Write the mean squared error as a class: `forward` returns one number, the mean over all $nk$
# elements, and `backward` its slope in each prediction.


# %%
class Squared:
    def forward(self, predictions, targets):
        "predictions (n, k), targets (n, k) -> one number"
        ### BEGIN SOLUTION
        return np.mean((predictions - targets) ** 2)
        ### END SOLUTION

    def backward(self, predictions, targets):
        "predictions (n, k), targets (n, k) -> the slope in each prediction (n, k)"
        ### BEGIN SOLUTION
        return 2 * (predictions - targets) / predictions.size
        ### END SOLUTION


# %% tags=["author"]
def _both_ways(given, trial):
    loss, P, Y = given(), trial.P, trial.Y
    yield {"the loss": loss.forward(P, Y), "the gradient": loss.backward(P, Y)}, {"P": P, "Y": Y}


def _squared_cases(rng):
    for n, k in ((7, 3), (5, 5)):
        yield case(n=n, k=k, P=rng.standard_normal((n, k)), Y=rng.standard_normal((n, k)))


def _verify_squared(Squared):
    from nn_from_scratch import check_gradients

    P, Y = np.array([[1.0, 2], [3, 5], [0, 1]]), np.array([[1.0, 4], [2, 5], [0, 0]])
    assert Squared().forward(P, Y) == 1
    assert check_gradients(Squared(), P, Y)["inputs"] < 1e-9


squared = Exercise(
    title="Squared error, both ways",
    stars=1,
    asks="Squared",
    methods=("forward", "backward"),
    experiment=_both_ways,
    cases=_squared_cases,
    verify=_verify_squared,
    cure="03_losses#squared-error",
    hints=(
        "The mean over *what*? `np.mean` without an axis takes all elements.",
        "Only one term of the sum contains $P_{ij}$. How fast does a square grow, and which factor "
        "stands in front of the sum?",
    ),
    why="$\\frac{1}{nk}\\sum (P - Y)^2$ has the slope $\\frac{2}{nk}(P - Y)$. The mean is taken "
    "here, and nowhere before.",
    right=(
        Right(
            "np.mean((predictions - targets) ** 2)", "float(((predictions - targets) ** 2).mean())"
        ),
        Right(
            "2 * (predictions - targets) / predictions.size",
            "(predictions - targets) * (2 / (len(predictions) * predictions.shape[1]))",
        ),
    ),
    wrong=(
        Wrong(
            "np.mean((predictions - targets) ** 2)",
            "np.sum((predictions - targets) ** 2) / len(predictions)",
            "times_k",
        ),
        Wrong(
            "np.mean((predictions - targets) ** 2)",
            "np.sum((predictions - targets) ** 2)",
            "times_nk",
        ),
        Wrong(
            "np.mean((predictions - targets) ** 2)",
            "np.mean(np.abs(predictions - targets))",
            says="`forward` takes sizes, not squares: that is the mean *absolute* error.",
        ),
        Wrong(
            "np.mean((predictions - targets) ** 2)",
            "np.sqrt(np.mean((predictions - targets) ** 2))",
            says="A root was taken of the mean. The loss is the mean itself.",
        ),
        Wrong(
            "np.mean((predictions - targets) ** 2)",
            "np.mean(predictions - targets) ** 2",
            says="The mean was taken before the square, so that too high and too low cancel.",
        ),
        Wrong(
            "np.mean((predictions - targets) ** 2)", "(predictions - targets) ** 2", "not_reduced"
        ),
        Wrong(
            "2 * (predictions - targets) / predictions.size",
            "(predictions - targets) / predictions.size",
            "half",
        ),
        Wrong(
            "2 * (predictions - targets) / predictions.size",
            "2 * (targets - predictions) / predictions.size",
            "sign",
        ),
        Wrong(
            "2 * (predictions - targets) / predictions.size",
            "2 * (predictions - targets) / len(predictions)",
            "times_k",
        ),
        Wrong(
            "2 * (predictions - targets) / predictions.size",
            "2 * (predictions - targets)",
            "times_nk",
        ),
        Wrong(
            "2 * (predictions - targets) / predictions.size",
            "2 * (predictions[:, :1] - targets[:, 0]) / predictions.size",
            "broadcast",
            cure="03_losses#break-it",
        ),
        Wrong(
            "2 * (predictions - targets) / predictions.size",
            "(predictions - targets) ** 2 / predictions.size",
            says="Those are the terms of the loss, not their slopes.",
        ),
        Wrong(
            "2 * (predictions - targets) / predictions.size",
            "np.sign(predictions - targets) / predictions.size",
            says="Those are the slopes of the *absolute* error: those of a square grow with the "
            "difference.",
        ),
        Wrong(
            "        return 2 * (predictions - targets)",
            "        predictions -= targets\n        return 2 * predictions",
            "in_place",
        ),
    ),
)

# %% [markdown]
# ## ★★ Softmax and cross-entropy, backwards
#
# Write the gradient of the mean cross-entropy of a softmax in the scores $Z$ $(n, k)$, for integer
# labels $y$ $(n,)$. It has the shape of $Z$. Scores may be as large as a thousand.


# %%
def gradient(Z, y):
    "scores Z (n, k), labels y (n,) -> dL/dZ (n, k)"
    ### BEGIN SOLUTION
    powers = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = powers / powers.sum(axis=1, keepdims=True)
    Y = np.eye(Z.shape[1])[y]
    return (P - Y) / len(Z)
    ### END SOLUTION


# %% tags=["author"]
def _cases(rng):
    for n, k, scale in ((7, 3, 1.0), (5, 5, 1.0), (7, 3, 1000.0)):
        yield case(
            n=n, k=k, Z=scale * rng.standard_normal((n, k)), y=rng.permutation(np.arange(n) % k)
        )


def _experiment(given, trial):
    shifted = np.exp(trial.Z - trial.Z.max(axis=1, keepdims=True))
    P = shifted / shifted.sum(axis=1, keepdims=True)
    Y = np.eye(trial.k)[trial.y]
    yield {"the gradient": given(trial.Z, trial.y)}, {"P": P, "Y": Y, "Z": trial.Z}


def _verify(gradient):
    from nn_from_scratch import numerical_gradient, relative_error

    rng = np.random.default_rng(0)
    Z, y = rng.standard_normal((7, 3)), np.arange(7) % 3

    def loss(Z):
        return float(np.mean(np.log(np.exp(Z).sum(axis=1)) - Z[np.arange(7), y]))

    assert relative_error(gradient(Z, y), numerical_gradient(loss, Z)) < 1e-8


fused = Exercise(
    title="Softmax and cross-entropy, backwards",
    stars=2,
    asks="gradient",
    experiment=_experiment,
    cases=_cases,
    verify=_verify,
    cure="03_losses#softmax-and-cross-entropy-are-one",
    hints=(
        "Push the slope of the cross-entropy, $-Y/(nP)$, through the softmax's backward, and see "
        "what cancels.",
        "What is left is probability minus target, divided by the number of terms in the mean.",
        "`np.eye(k)[y]` turns labels into rows. For large scores subtract each row's maximum "
        "first.",
    ),
    why="$(P - Y)/n$: probability said minus probability wanted, and the mean over the batch.",
    right=(
        Right("np.eye(Z.shape[1])[y]", "(np.arange(Z.shape[1]) == y[:, None])"),
        Right("(P - Y) / len(Z)", "P / Z.shape[0] - Y / Z.shape[0]"),
        Right(
            "Y = np.eye(Z.shape[1])[y]", "Y = np.zeros(Z.shape)\n    Y[np.arange(len(Z)), y] = 1"
        ),
    ),
    wrong=(
        Wrong("(P - Y) / len(Z)", "P - Y", "times_n"),
        Wrong("(P - Y) / len(Z)", "(Y - P) / len(Z)", "sign"),
        Wrong("(P - Y) / len(Z)", "(P - Y) / Z.size", "over_k"),
        Wrong("(P - Y) / len(Z)", "(P - Y) / Z.shape[1]", "n_over_k"),
        Wrong(
            "(P - Y) / len(Z)",
            "P / len(Z)",
            says="The targets are missing: of the probability "
            "said, the probability wanted must be taken away.",
        ),
        Wrong(
            "(P - Y) / len(Z)",
            "-Y / P / len(Z)",
            says="That is the slope in the *probabilities*. "
            "It has to go through the softmax's backward yet.",
        ),
        Wrong(
            "(P - Y) / len(Z)",
            "-(Y / P) * P * (1 - P) / len(Z)",
            says="Of the softmax's Jacobian only "
            "the diagonal was used. Each probability depends on every score of its row.",
        ),
        Wrong("Z - Z.max(axis=1, keepdims=True)", "Z", "not_finite"),
        Wrong("Z - Z.max(axis=1, keepdims=True)", "Z - Z.max()", "not_finite"),
        Wrong(
            "powers.sum(axis=1, keepdims=True)",
            "powers.sum(axis=0, keepdims=True)",
            says="The probabilities of a *row* must add up to one; yours are divided by the sums "
            "of columns.",
        ),
        Wrong(
            "powers.sum(axis=1, keepdims=True)",
            "powers.sum()",
            says="The probabilities of each row "
            "must add up to one; yours are divided by the sum of the whole batch.",
        ),
        Wrong(
            "powers / powers.sum(axis=1, keepdims=True)",
            "powers",
            says="The softmax is not normalised: divide each row by its sum.",
        ),
        Wrong("P - Y", "Z - Y", says="Those are the scores themselves, not their softmax."),
        Wrong(
            "np.eye(Z.shape[1])[y]",
            "np.eye(Z.shape[1])[y - 1]",
            says="The labels are off by one: they count from 0.",
        ),
    ),
)

# %% [markdown]
# ## ★★ A loss that stands everything
#
# Write the mean cross-entropy itself, from scores $Z$ $(n, k)$ and labels $y$ $(n,)$, as one
# number. Scores may be as large as ±10,000, and a class that nobody asks for may be masked, with
# the score $-\infty$. The loss must be right all the same, without any floor.


# %%
def cross_entropy(Z, y):
    "scores Z (n, k), labels y (n,) -> one number"
    ### BEGIN SOLUTION
    shifted = Z - Z.max(axis=1, keepdims=True)
    sums = np.exp(shifted).sum(axis=1)
    surprise = np.log(sums) - shifted[np.arange(len(Z)), y]
    return surprise.mean()
    ### END SOLUTION


# %% tags=["author"]
def _stable_cases(rng):
    for n, k, scale, masked in (
        (7, 3, 1, False),
        (5, 5, 1, False),
        (7, 3, 1e4, False),
        (7, 5, 1, True),
    ):
        Z, y = scale * rng.standard_normal((n, k)), rng.permutation(np.arange(n) % (k - masked))
        if masked:
            Z[:, -1] = -np.inf
        yield case(n=n, k=k, Z=Z, y=y)


def _verify_stable(cross_entropy):
    "By the example of the lesson, and by fractions that are known: powers 1, 2 and 5."
    extreme = np.array([[1e4, -1e4], [1e4, -1e4]])
    assert cross_entropy(extreme, np.array([0, 1])) == 10_000
    Z = np.log([[1.0, 2, 5], [1, 2, 5]])
    assert abs(cross_entropy(Z, np.array([0, 2])) - (np.log(8) + np.log(8 / 5)) / 2) < 1e-15
    assert cross_entropy(np.array([[0, 0, -np.inf]]), np.array([1])) == np.log(2)


stable = Exercise(
    title="A loss that stands everything",
    stars=2,
    asks="cross_entropy",
    experiment=calls("Z", "y"),
    cases=_stable_cases,
    verify=_verify_stable,
    cure="03_losses#softmax-and-cross-entropy-are-one",
    hints=(
        "Put the softmax into the logarithm: $-\\log P_{i,y_i} = \\log\\sum_m e^{Z_{im}} - "
        "Z_{i,y_i}$. No probability is formed.",
        "Take the largest score of each row away from the row first: the loss does not change, and "
        "nothing overflows.",
        "Indexed with two lists, an array takes them in pairs: one number in each row.",
    ),
    why="$\\log\\sum e^{Z} - Z_y$, with each row's maximum taken away: the sum is at least 1, so "
    "its logarithm is finite; and only the right class is looked at, so $0 \\cdot \\infty$ never "
    "comes up.",
    right=(
        Right(
            "np.log(sums) - shifted[np.arange(len(Z)), y]",
            "np.logaddexp.reduce(Z, axis=1) - Z[np.arange(len(Z)), y]",
        ),
        Right("surprise.mean()", "float(sum(surprise)) / len(y)"),
        Right(
            "shifted[np.arange(len(Z)), y]", "np.take_along_axis(shifted, y[:, None], axis=1)[:, 0]"
        ),
    ),
    wrong=(
        Wrong("Z - Z.max(axis=1, keepdims=True)", "Z", "not_finite"),
        Wrong("Z - Z.max(axis=1, keepdims=True)", "Z - Z.max()", "not_finite"),
        Wrong(
            "np.log(sums) - shifted[np.arange(len(Z)), y]",
            "-np.log(np.maximum(np.exp(shifted)[np.arange(len(Z)), y] / sums, 1e-308))",
            says="A floor cuts off the dearest mistakes: no sample costs more than about 700.",
            cure="03_losses#softmax-and-cross-entropy-are-one",
        ),
        Wrong(
            "np.log(sums) - shifted[np.arange(len(Z)), y]",
            "-np.log(np.exp(shifted)[np.arange(len(Z)), y] / sums)",
            "not_finite",
        ),
        Wrong(
            "shifted[np.arange(len(Z)), y]",
            "(np.eye(Z.shape[1])[y] * shifted).sum(axis=1)",
            says="With a masked class it is `nan`: $0 \\cdot \\infty$. Pick the right class, or "
            "leave out what has weight 0.",
        ),
        Wrong("surprise.mean()", "surprise.sum()", "times_n"),
        Wrong("return surprise.mean()", "return surprise", "not_reduced"),
        Wrong(
            "np.arange(len(Z)), y]",
            "np.arange(len(Z)), y - 1]",
            says="The labels are off by one: they count from 0.",
        ),
        Wrong("np.exp(shifted).sum(axis=1)", "np.exp(shifted).sum(axis=0)", "raises"),
        Wrong(
            "np.log(sums) - shifted",
            "np.log(sums) + shifted",
            says="The score of the right class was added: it makes the loss smaller.",
        ),
        Wrong(
            "np.log(sums)",
            "sums",
            says="The logarithm of the sum is missing.",
        ),
        Wrong(
            "np.log(sums)", "np.log2(sums)", says="The logarithm of this course is the natural one."
        ),
        Wrong(
            "np.exp(shifted).sum(axis=1)",
            "np.exp(shifted).mean(axis=1)",
            says="Under the logarithm stands the sum over the classes, not their mean.",
        ),
        Wrong("return surprise.mean()", "return -surprise.mean()", "sign"),
    ),
)

# %% [markdown]
# ## ★★ Smooth labels
#
# *Label smoothing* asks for a `share`, such as 0.9, of the right class instead of 1; what is left
# is shared evenly by the other classes of the $k$. Which is now the smallest possible
# cross-entropy, for one sample? Derive it, and write it as a function. Where is it reached?


# %%
def least(k, share):
    "number of classes, share of the right one -> the smallest possible loss"
    ### BEGIN SOLUTION
    other = (1 - share) / (k - 1)
    return -share * np.log(share) - (k - 1) * other * np.log(other)
    ### END SOLUTION


# %% tags=["author"]
def _verify_smooth(least):
    "By going downhill from equal scores, with the library's loss and its gradient."
    from nn_from_scratch import SoftmaxCategoricalCrossEntropy

    for k, share in ((10, 0.9), (3, 0.6)):
        rows, Z = np.full((1, k), (1 - share) / (k - 1)), np.zeros((1, k))
        rows[0, 0] = share
        loss = SoftmaxCategoricalCrossEntropy()
        for _ in range(2000):
            reached = loss.forward(Z, rows)
            Z = Z - 2.0 * loss.backward(loss.output, rows)
        assert abs(reached - least(k, share)) < 1e-9 and np.abs(loss.output - rows).max() < 1e-5


smooth = Exercise(
    title="Smooth labels",
    stars=2,
    asks="least",
    experiment=calls("k", "share"),
    cases=trials({"k": 11, "share": 0.9}, {"k": 3, "share": 0.6}, {"k": 5, "share": 0.83}),
    verify=_verify_smooth,
    cure="03_losses#entropy,-and-how-far-one-row-is-from-another",
    hints=(
        "Cross-entropy is smallest where the network says the truth. What is it there (*Entropy, "
        "and how far one row is from another*)?",
        "Write the row down: one large entry, and how many small ones of which size?",
        "Each surprise is weighed with its entry of the row; add up all $k$.",
    ),
    why="It is the entropy of the row, reached where the network says exactly this row, so where "
    "the score of the right class is $\\log\\frac{Y_{\\text{right}}}{Y_{\\text{other}}}$ above "
    "the others: a loss that does not drive scores to infinity.",
    right=(
        Right("- (k - 1) * other * np.log(other)", "- (1 - share) * np.log(other)"),
        Right("np.log(other)", "(np.log(1 - share) - np.log(k - 1))"),
    ),
    wrong=(
        Wrong(
            "(1 - share) / (k - 1)",
            "(1 - share) / k",
            says="What is left is shared by the *others*, and the right class is not one of them.",
        ),
        Wrong(
            "- (k - 1) * other * np.log(other)",
            "- other * np.log(other)",
            says="Only one of the other classes was counted.",
        ),
        Wrong(
            " - (k - 1) * other * np.log(other)",
            "",
            says="The other classes are missing: each of them is asked for a little.",
        ),
        Wrong(
            "-share * np.log(share) - (k - 1) * other * np.log(other)",
            "0.0",
            says="Zero is reached only if the truth is certain. A row that is not one-hot has an "
            "entropy.",
        ),
        Wrong(
            "-share * np.log(share) - (k - 1) * other * np.log(other)",
            "-np.log(share)",
            says="That is the surprise at the right class. Each surprise counts with its share.",
        ),
        Wrong(
            "-share * np.log(share) - (k - 1) * other * np.log(other)",
            "np.log(k)",
            says="That is the price of knowing nothing, of saying the same of each class.",
        ),
        Wrong(
            "-share * np.log(share) - (k - 1) * other * np.log(other)",
            "-share * np.log2(share) - (k - 1) * other * np.log2(other)",
            says="That is counted in coin tosses. The loss takes the natural logarithm.",
        ),
        Wrong(
            "-share * np.log(share) - (k - 1) * other * np.log(other)",
            "share * np.log(share) + (k - 1) * other * np.log(other)",
            "sign",
        ),
        Wrong(
            "other * np.log(other)",
            "other * np.log(1 - share)",
            says="The other classes were surprised as if they were one: each has a smaller share.",
        ),
        Wrong(
            "-share * np.log(share) - (k - 1) * other * np.log(other)",
            "-np.log(share) - (k - 1) * np.log(other)",
            says="The surprises were added up without their weights.",
        ),
        Wrong(
            "-share * np.log(share) - (k - 1) * other * np.log(other)",
            "(-share * np.log(share) - (k - 1) * other * np.log(other)) / k",
            "over_k",
        ),
    ),
)

# %% [markdown]
# ## ★★★ Absolute error
#
# Derive the gradient of the mean *absolute* error over all elements; at a difference of exactly 0
# let the slope be 0. Write it as a class. And if the same input has the targets 1, 2, 4, 5 and 18:
# which single number does a network say that has learned with this loss, `prediction`?


# %%
class Absolute:
    def forward(self, predictions, targets):
        "predictions (n, k), targets (n, k) -> one number"
        ### BEGIN SOLUTION
        return np.mean(np.abs(predictions - targets))
        ### END SOLUTION

    def backward(self, predictions, targets):
        "predictions (n, k), targets (n, k) -> the slope in each prediction (n, k)"
        ### BEGIN SOLUTION
        return np.sign(predictions - targets) / predictions.size
        ### END SOLUTION


prediction = ...
### BEGIN SOLUTION
prediction = 4
### END SOLUTION


# %% tags=["author"]
def _absolute(given, prediction, trial):
    loss, P, Y = given(), trial.P, trial.Y
    results = {"the loss": loss.forward(P, Y), "the gradient": loss.backward(P, Y)}
    yield results | {"prediction": prediction}, {"P": P, "Y": Y}


def _absolute_cases(rng):
    for n, k in ((7, 3), (5, 5)):
        P, Y = rng.standard_normal((2, n, k))
        Y[0, 0], Y[2, 1] = P[0, 0], P[2, 1]  # on the corner
        yield case(n=n, k=k, P=P, Y=Y)


def _verify_absolute(Absolute, prediction):
    "By arithmetic, and by trying all predictions of a fine grid."
    from nn_from_scratch import check_gradients

    rng = np.random.default_rng(0)
    assert check_gradients(Absolute(), *rng.standard_normal((2, 7, 3)))["inputs"] < 1e-9
    assert Absolute().forward(np.array([[1.0, 5.0]]), np.array([[2.0, 2.0]])) == 2
    targets, grid = np.array([[1.0, 2, 4, 5, 18]]), np.linspace(0, 20, 2001)
    losses = [Absolute().forward(np.full((1, 5), guess), targets) for guess in grid]
    assert abs(grid[np.argmin(losses)] - prediction) < 1e-9


absolute = Exercise(
    title="Absolute error",
    stars=3,
    asks=("Absolute", "prediction"),
    methods=("forward", "backward"),
    experiment=_absolute,
    cases=_absolute_cases,
    verify=_verify_absolute,
    cure="03_losses#squared-error",
    hints=(
        "$|x|$ has the slope 1 on the right of 0 and $-1$ on the left; which function of NumPy "
        "says that, and 0 at 0?",
        "The mean puts its factor in front, once, as for the squared error.",
        "At the best prediction the slopes add up to 0: each target below pulls with 1, each above "
        "with $-1$, however far away it is.",
    ),
    why="$\\operatorname{sign}(P - Y)/(nk)$. The slopes cancel where as many targets lie below "
    "as above: at the median, which one far-off target does not move. (The squared error says "
    "the mean.)",
    right=(
        Right(
            "np.mean(np.abs(predictions - targets))", "float(np.abs(targets - predictions).mean())"
        ),
        Right(
            "np.sign(predictions - targets) / predictions.size",
            "((predictions > targets) * 1.0 - (predictions < targets)) / predictions.size",
        ),
        Right("prediction = 4", "prediction = np.median([1, 2, 4, 5, 18])"),
    ),
    wrong=(
        Wrong(
            "np.mean(np.abs(predictions - targets))",
            "np.mean((predictions - targets) ** 2)",
            says="`forward` takes squares: that is the mean squared error.",
        ),
        Wrong(
            "np.mean(np.abs(predictions - targets))",
            "np.abs(np.mean(predictions - targets))",
            says="The mean was taken before the sizes, so that too high and too low cancel.",
        ),
        Wrong(
            "np.mean(np.abs(predictions - targets))",
            "np.sum(np.abs(predictions - targets))",
            "times_nk",
        ),
        Wrong(
            "np.mean(np.abs(predictions - targets))",
            "np.sum(np.abs(predictions - targets)) / len(predictions)",
            "times_k",
        ),
        Wrong("np.sign(predictions - targets)", "np.sign(targets - predictions)", "sign"),
        Wrong(
            "np.sign(predictions - targets)",
            "np.where(predictions >= targets, 1, -1)",
            says="Right but for the corner: at a difference of exactly 0 the slope asked for is 0.",
        ),
        Wrong(
            "np.sign(predictions - targets) / predictions.size",
            "np.sign(predictions - targets)",
            "times_nk",
        ),
        Wrong(
            "(predictions - targets) / predictions.size",
            "(predictions - targets) / len(predictions)",
            "times_k",
        ),
        Wrong(
            "np.sign(predictions - targets)",
            "2 * (predictions - targets)",
            says="That is the slope of the square. Here it does not matter how far off one is.",
        ),
        Wrong(
            "np.sign(predictions - targets) / predictions.size",
            "np.abs(predictions - targets) / predictions.size",
            says="Those are the terms of the loss, not their slopes.",
        ),
        Wrong(
            "np.sign(predictions - targets)",
            "(predictions > targets) * 1.0",
            says="Where the prediction is too low, nothing pulls it up: that side has a slope too.",
        ),
        Wrong(
            "prediction = 4",
            "prediction = 6",
            says="The mean is what the *squared* error says: a target far away pulls hard at it. "
            "Here each target pulls alike.",
        ),
        Wrong(
            "prediction = 4",
            "prediction = 9.5",
            says="That lies half-way between the outermost two. Four targets lie below it and one "
            "above: who wins?",
        ),
        Wrong(
            "prediction = 4",
            "prediction = 4.5",
            says="Three targets lie below it and two above: a step down helps more of them.",
        ),
    ),
)
