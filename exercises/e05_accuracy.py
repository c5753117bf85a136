# %% [markdown]
# # Exercises: accuracy
#
# Lesson `05_accuracy` derives all that you need here.

# %%
import numpy as np

# %% tags=["author"]
from nn_from_scratch.exercises import Exercise, Right, Wrong, case

# %% [markdown]
# ## ★★ The right class among the first two
#
# Write `top_two(scores, labels)`: the share of samples whose right class is among the two largest
# scores. Scores are $(n, k)$, labels $(n,)$.


# %%
def top_two(scores, labels):
    ### BEGIN SOLUTION
    best = np.argsort(scores, axis=1)[:, -2:]
    return (best == labels[:, None]).any(axis=1).mean()
    ### END SOLUTION


# %% tags=["author"]
def _cases(rng):
    for n, k in ((23, 5), (11, 3), (7, 7)):
        yield case(n=n, k=k, scores=rng.standard_normal((n, k)), labels=rng.integers(0, k, n))


def _experiment(given, trial):
    yield {"the share": given(trial.scores, trial.labels)}


def _verify(top_two):
    scores, labels = np.array([[3.0, 2, 1], [1, 2, 3], [2, 3, 1]]), np.array([1, 0, 1])
    assert top_two(scores, labels) == 2 / 3
    rng = np.random.default_rng(0)
    scores, labels = rng.standard_normal((1000, 5)), rng.integers(0, 5, 1000)
    by_hand = np.mean(
        [sorted(row, reverse=True).index(row[y]) < 2 for row, y in zip(scores.tolist(), labels)]
    )
    assert abs(top_two(scores, labels) - by_hand) < 1e-12


top = Exercise(
    title="The right class among the first two",
    stars=2,
    asks="top_two",
    experiment=_experiment,
    cases=_cases,
    verify=_verify,
    hints=(
        "`np.argsort` gives places in *rising* order.",
        "Compare $(n, 2)$ places with $(n, 1)$ labels.",
    ),
    why="The two last columns of the sorted places, each compared with the label of its row.",
    right=(Right("np.argsort(scores, axis=1)[:, -2:]", "np.argsort(-scores, axis=1)[:, :2]"),),
    wrong=(
        Wrong(
            "[:, -2:]",
            "[:, :2]",
            says="Those are the two *smallest* scores: argsort sorts in rising order.",
        ),
        Wrong("[:, -2:]", "[:, -1:]", says="That is the accuracy: the first place only."),
        Wrong("[:, -2:]", "[:, -2:-1]", says="That counts the second place only."),
        Wrong(
            "axis=1)[:, -2:]",
            "axis=0)[:, -2:]",
            says="Sorted over the wrong axis: the scores of one *sample* are compared.",
        ),
        Wrong("any(axis=1)", "all(axis=1)", "zero"),
        Wrong(".any(axis=1).mean()", ".mean()", "half"),
        Wrong(".any(axis=1).mean()", ".any(axis=1).sum()", "times_n"),
        Wrong(".any(axis=1).mean()", ".any(axis=1)", "not_reduced"),
        Wrong("[:, -2:]", "[:, -3:]", says="Those are three places."),
    ),
)
