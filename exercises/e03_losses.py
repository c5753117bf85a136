# %% [markdown]
# # Exercises: losses
#
# Lesson `03_losses` derives all that you need here.

# %%
import numpy as np

# %% tags=["author"]
from nn_from_scratch.exercises import Exercise, Right, Wrong, case

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


# %%
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
        "`np.eye(k)[y]` turns labels into rows. For large scores subtract each row's maximum first.",
    ),
    why="$(P - Y)/n$: probability said minus probability wanted, and the mean over the batch.",
    right=(
        Right("np.eye(Z.shape[1])[y]", "(np.arange(Z.shape[1]) == y[:, None])"),
        Right(
            "(P - Y) / len(Z)",
            "P * (-Y / P.clip(1e-300) / len(Z) + Y.sum(axis=1, keepdims=True) / len(Z))"
            " if Z.max() < 100 else (P - Y) / len(Z)",
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
            says="The "
            "probabilities of a *row* must add up to one; yours are divided by the sums of columns.",
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
