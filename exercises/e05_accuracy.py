# %% [markdown]
# # Exercises: accuracy
#
# Lesson `05_accuracy` derives all that you need here. Write in the cells, run them, and let the
# check tell you what it finds; `ex.share.hint()` gives the next hint, `ex.share.solution()` a
# solution.

# %%
import numpy as np

# %% tags=["author"]
from nn_from_scratch.exercises import Exercise, Right, Wrong, case

# %% [markdown]
# ## ★ The share of right answers
#
# Write `accuracy(predictions, targets)`, one number from 0 to 1, for three kinds of data: scores
# $P$ $(n, k)$ with labels $y$ $(n,)$; the same scores with one-hot rows $Y$ $(n, k)$; and
# probabilities of a yes, $p$ $(n, 1)$, with targets 0 and 1 as $(n, 1)$. Who says exactly one half
# says no.


# %%
def accuracy(predictions, targets):
    ### BEGIN SOLUTION
    if predictions.shape[1] == 1:
        said, right = predictions > 0.5, targets
    else:
        said = predictions.argmax(axis=1)
        right = targets.argmax(axis=1) if targets.ndim == 2 else targets
    return (said == right).mean()
    ### END SOLUTION


# %% tags=["author"]
def _share_cases(rng):
    for n, k in ((101, 5), (31, 31)):
        P, y = rng.standard_normal((n, k)), rng.integers(0, k, n)
        P[np.arange(n), y] += 2  # right more often than by chance
        yes = rng.integers(0, 2, (n, 1))
        p = np.clip(rng.uniform(0, 0.7, (n, 1)) + 0.3 * yes, 0, 1)
        p[: n // 3] = 0.5  # on the border
        yield case(n=n, k=k, P=P, y=y, Y=np.eye(k)[y], p=p, yes=yes)


def _share(given, trial):
    yield {
        "the accuracy with labels": given(trial.P, trial.y),
        "the accuracy with rows": given(trial.P, trial.Y),
        "the accuracy of probabilities": given(trial.p, trial.yes),
    }


def _verify_share(accuracy):
    "The samples of the lesson, counted by hand there; and a loop over plain lists."
    P = np.array([[0.7, 0.2, 0.1], [0.1, 0.5, 0.4], [0.3, 0.4, 0.3], [0.2, 0.2, 0.6]])
    p, yes = np.array([[0.9], [0.4], [0.6], [0.2]]), np.array([[1], [0], [0], [0]])
    y = np.array([0, 2, 1, 2])
    assert accuracy(P, y) == accuracy(P, np.eye(3)[y]) == accuracy(p, yes) == 0.75
    rng = np.random.default_rng(0)
    P, y = rng.standard_normal((500, 4)), rng.integers(0, 4, 500)
    hits = sum(row.index(max(row)) == label for row, label in zip(P.tolist(), y.tolist()))
    assert accuracy(P, y) == hits / 500


share = Exercise(
    title="The share of right answers",
    stars=1,
    asks="accuracy",
    experiment=_share,
    cases=_share_cases,
    verify=_verify_share,
    cure="05_accuracy#rows,-and-yes-or-no",
    hints=(
        "The answer to a sample is the column with the largest score in its row: "
        "`argmax`, over which axis?",
        "Of a single column, `argmax` says 0 in every row. There, ask whether the number is above "
        "one half.",
        "Compare arrays of one shape only, $(n,)$ with $(n,)$ or $(n, 1)$ with $(n, 1)$; the mean "
        "of `True` and `False` is the share of `True`.",
    ),
    why="The shapes decide how predictions and targets are read: one column is cut at one half, "
    "rows by their argmax, labels as they are.",
    right=(
        Right("(said == right).mean()", "float(np.sum(said == right)) / len(said)"),
        Right("predictions > 0.5", "predictions.round()"),  # one half is rounded to the even 0
        Right("if targets.ndim == 2 else targets", "if targets.shape == predictions.shape else targets"),
    ),
    wrong=(
        Wrong("if predictions.shape[1] == 1:", "if False:",
              says="In a single column the argmax is always 0, so every answer is a no. See *Rows, "
              "and yes or no* in lesson 05."),
        Wrong("said, right = predictions > 0.5, targets",
              "said, right = predictions[:, 0] > 0.5, targets",
              says="$(n,)$ met $(n, 1)$, and NumPy compared every answer with every target. The "
              "mean of that table only looks like an accuracy. See *Rows, and yes or no* in "
              "lesson 05."),
        Wrong("predictions > 0.5", "predictions >= 0.5",
              says="Exactly one half counts as a no."),
        Wrong("predictions > 0.5", "predictions > 0",
              says="A probability is nearly always above 0: the cut is at one half."),
        Wrong("said = predictions.argmax(axis=1)", "said = predictions.argmin(axis=1)",
              says="The answer is the class with the *largest* score."),
        Wrong("said = predictions.argmax(axis=1)", "said = predictions.argmax(axis=0)", "raises"),
        Wrong("targets.argmax(axis=1) if", "targets[:, 0] if",
              says="The first column of a one-hot row is not its label: the label is the place of "
              "the 1."),
        Wrong("(said == right)", "(said != right)", says="That is the share of *wrong* answers."),
        Wrong("(said == right).mean()", "(said == right).sum()", "times_n"),
        Wrong("(said == right).mean()", "(said == right)", "not_reduced"),
        Wrong("return (said == right)", "(said == right)", "none"),
    ),
)

# %% [markdown]
# ## ★ Better than which guess?
#
# Class $c$ makes up the share $p_c$ of all samples; `shares` $(k,)$ has them all, and they add up
# to one. Somebody who knows no sample guesses. Write the accuracy that can be expected if every
# class is guessed equally often, `uniform(shares)`; and if each is guessed as often as it occurs,
# `in_proportion(shares)`.


# %%
def uniform(shares):
    ### BEGIN SOLUTION
    return 1 / len(shares)
    ### END SOLUTION


def in_proportion(shares):
    ### BEGIN SOLUTION
    return (shares**2).sum()
    ### END SOLUTION


# %% tags=["author"]
def _guess_cases(rng):
    for k in (5, 3, 7):
        yield case(k=k, shares=rng.dirichlet(np.full(k, 2.0)))
    yield case(k=4, shares=np.full(4, 0.25))


def _guess(uniform, in_proportion, trial):
    yield {"uniform": uniform(trial.shares), "in_proportion": in_proportion(trial.shares)}


def _verify_guess(uniform, in_proportion):
    "By guessing 400,000 times."
    rng, shares = np.random.default_rng(0), np.array([0.6, 0.3, 0.1])
    true = rng.choice(3, 400_000, p=shares)
    assert abs(np.mean(rng.integers(0, 3, 400_000) == true) - uniform(shares)) < 0.003
    assert abs(np.mean(rng.choice(3, 400_000, p=shares) == true) - in_proportion(shares)) < 0.003
    tenths = np.full(10, 0.1)
    np.testing.assert_allclose([uniform(tenths), in_proportion(tenths)], 0.1)


guess = Exercise(
    title="Better than which guess?",
    stars=1,
    asks=("uniform", "in_proportion"),
    experiment=_guess,
    cases=_guess_cases,
    verify=_verify_guess,
    cure="05_accuracy#better-than-what?",
    hints=(
        "A guess is right if class $c$ is guessed *and* true. Guess and truth know nothing of each "
        "other: how probable is that for one class?",
        "It is right in one of $k$ ways, which exclude each other: their probabilities add up.",
        "For the first guess, every term has the same factor. What do the others add up to?",
    ),
    why="$\\sum_c \\frac1k p_c = \\frac1k$, whatever the shares are; and $\\sum_c p_c \\cdot p_c$. "
    "Both are at most the majority baseline, the largest share.",
    right=(
        Right("1 / len(shares)", "(shares / len(shares)).sum()"),
        Right("(shares**2).sum()", "shares @ shares"),
        Right("(shares**2).sum()", "sum(p * p for p in shares)"),
    ),
    wrong=(
        Wrong("(shares**2).sum()", "shares.max()",
              says="That is the majority baseline, of somebody who always says the same class. See "
              "*Better than what?* in lesson 05."),
        Wrong("(shares**2).sum()", "1 / len(shares)",
              says="`in_proportion` is that of the uniform guess: here the frequent classes are "
              "guessed more often."),
        Wrong("(shares**2).sum()", "shares.sum()",
              says="The shares add up to one, and nobody guesses right every time. For one class, "
              "it must be guessed *and* be true."),
        Wrong("(shares**2).sum()", "1 - (shares**2).sum()",
              says="`in_proportion` is the share of wrong guesses."),
        Wrong("(shares**2).sum()", "(shares**2).sum() ** 0.5",
              says="That is the length of the row of shares; a probability needs no root."),
        Wrong("(shares**2).sum()", "(shares * (1 - shares)).sum() / len(shares)",
              says="p (1 - p) is a variance, of one class said or not said. Asked for is how often "
              "the guess hits."),
        Wrong("(shares**2).sum()", "shares.prod()",
              says="To multiply the shares is to ask for all classes at once. The ways to be right "
              "exclude each other, so they add up."),
        Wrong("(shares**2).sum()", "(shares**2).mean()", "over_k"),
        Wrong("(shares**2).sum()", "shares**2", "not_reduced"),
        Wrong("1 / len(shares)", "1 / 2",
              says="`uniform` is that of a coin, which has two sides. There are k classes."),
        Wrong("1 / len(shares)", "1 - 1 / len(shares)",
              says="`uniform` is the share of wrong guesses."),
        Wrong("1 / len(shares)", "shares.max() / len(shares)",
              says="`uniform` counts the largest class alone: a guess may be right in any class."),
        Wrong("1 / len(shares)", "len(shares)",
              says="`uniform` is the number of classes: one guess *in* so many is right."),
    ),
)

# %% [markdown]
# ## ★★ The right class among the first two
#
# Write `top_two(scores, labels)`: the share of samples whose right class is among the two largest
# scores. Scores are $(n, k)$, labels $(n,)$. Before you run it: can it be smaller than the
# accuracy?


# %%
def top_two(scores, labels):
    ### BEGIN SOLUTION
    best = np.argsort(scores, axis=1)[:, -2:]
    return (best == labels[:, None]).any(axis=1).mean()
    ### END SOLUTION


# %% tags=["author"]
def _top_cases(rng):
    for n, k in ((23, 5), (11, 3), (7, 7)):
        yield case(n=n, k=k, scores=rng.standard_normal((n, k)), labels=rng.integers(0, k, n))


def _top(given, trial):
    yield {"the share": given(trial.scores, trial.labels)}


def _verify_top(top_two):
    scores, labels = np.array([[3.0, 2, 1], [1, 2, 3], [2, 3, 1]]), np.array([1, 0, 1])
    assert top_two(scores, labels) == 2 / 3
    rng = np.random.default_rng(0)
    scores, labels = rng.standard_normal((1000, 5)), rng.integers(0, 5, 1000)
    by_hand = np.mean(
        [sorted(row, reverse=True).index(row[y]) < 2 for row, y in zip(scores.tolist(), labels)]
    )
    assert abs(top_two(scores, labels) - by_hand) < 1e-12
    assert top_two(scores, labels) >= np.mean(scores.argmax(axis=1) == labels)


top = Exercise(
    title="The right class among the first two",
    stars=2,
    asks="top_two",
    experiment=_top,
    cases=_top_cases,
    verify=_verify_top,
    cure="05_accuracy#from-scores-to-an-answer",
    hints=(
        "`np.argsort` gives the places of the scores in *rising* order, row by row if asked to.",
        "Compare $(n, 2)$ places with $(n, 1)$ labels: `labels[:, None]` is a column.",
        "A sample counts once, whichever of its two places is right.",
    ),
    why="The two last columns of the sorted places, each compared with the label of its row. It is "
    "never smaller than the accuracy: who is first is among the first two.",
    right=(
        Right("np.argsort(scores, axis=1)[:, -2:]", "np.argsort(-scores, axis=1)[:, :2]"),
        Right("np.argsort(scores, axis=1)[:, -2:]", "np.argpartition(scores, -2, axis=1)[:, -2:]"),
        Right("return (best == labels[:, None]).any(axis=1).mean()",
              "own = scores[np.arange(len(labels)), labels]\n"
              "    return np.mean((scores > own[:, None]).sum(axis=1) < 2)"),
    ),
    wrong=(
        Wrong("[:, -2:]", "[:, :2]",
              says="Those are the two *smallest* scores: argsort sorts in rising order."),
        Wrong("[:, -2:]", "[:, -1:]", says="That is the accuracy: the first place only."),
        Wrong("[:, -2:]", "[:, -2:-1]", says="That counts the second place only."),
        Wrong("[:, -2:]", "[:, -3:]", says="Those are three places."),
        Wrong("axis=1)[:, -2:]", "axis=0)[:, -2:]",
              says="Sorted over the wrong axis: the scores of one *sample* are compared with each "
              "other. See *From scores to an answer* in lesson 05."),
        Wrong("any(axis=1)", "all(axis=1)", "zero"),
        Wrong("(best == labels[:, None])", "(np.sort(scores, axis=1)[:, -2:] == labels[:, None])",
              "zero"),
        Wrong(".any(axis=1).mean()", ".mean()", "half"),
        Wrong(".any(axis=1).mean()", ".any(axis=1).sum()", "times_n"),
        Wrong(".any(axis=1).mean()", ".any(axis=1)", "not_reduced"),
        Wrong("(best == labels[:, None]).any(axis=1).mean()",
              "1 - (best == labels[:, None]).any(axis=1).mean()",
              says="That is the share of those that are *not* among the first two."),
    ),
)

# %% [markdown]
# ## ★★★ Two networks, the same digits
#
# The formula with $\sqrt2$ is for networks that were tested on *different* samples. Now both are
# tested on the same $n$. `first` and `second` $(n,)$ say for each sample whether a network was
# right, 1 or 0. Write `deviation(first, second)`: the standard deviation of the difference of the
# two accuracies. (A variance is the mean squared distance from the mean, divided by $n$ as in the
# lesson; samples are independent of each other, the two networks are not.)


# %%
def deviation(first, second):
    ### BEGIN SOLUTION
    only_one = (first != second).mean()
    gap = first.mean() - second.mean()
    return np.sqrt((only_one - gap**2) / len(first))
    ### END SOLUTION


# %% tags=["author"]
def _paired_cases(rng):
    for n in (101, 59):
        first = rng.random(n) < 0.85
        flips = np.where(first, 0.3, 0.4)  # the second is worse, and errs on much the same samples
        yield case(n=n, first=first.astype(int), second=(first ^ (rng.random(n) < flips)).astype(int))


def _paired(given, trial):
    yield {"the deviation": given(trial.first, trial.second)}


def _verify_paired(deviation):
    "By drawing 20,000 test sets from a world where both answers to a sample are known together."
    rng, n = np.random.default_rng(0), 200
    chances = np.array([0.75, 0.15, 0.04, 0.06])  # both, first only, second only, neither
    drawn = rng.choice(4, (20_000, n), p=chances)
    first, second = (drawn == 0) | (drawn == 1), (drawn == 0) | (drawn == 2)
    measured = (first.mean(axis=1) - second.mean(axis=1)).std()
    counts = (chances * n).round().astype(int)
    world = np.repeat(np.arange(4), counts)
    said = deviation(((world == 0) | (world == 1)).astype(int), ((world == 0) | (world == 2)).astype(int))
    np.testing.assert_allclose(said, measured, rtol=0.02)


paired = Exercise(
    title="Two networks, the same digits",
    stars=3,
    asks="deviation",
    experiment=_paired,
    cases=_paired_cases,
    verify=_verify_paired,
    tolerance=1e-11,
    cure="05_accuracy#how-sure-is-an-accuracy?",
    hints=(
        "For each sample, write down the difference of the two answers: it is 1, 0 or $-1$. The "
        "difference of the accuracies is the mean of these.",
        "What is the variance of one such number? Its square is 1 exactly where the two networks "
        "disagree.",
        "The mean of $n$ independent numbers has a variance $n$ times smaller than each of them, "
        "and the standard deviation is the root.",
    ),
    why="Where both are right, or both wrong, the difference is 0, and the sample says nothing. "
    "The mean square is the share of samples that only one got right; less the square of the mean, "
    "over $n$, and the root of that.",
    right=(
        Right("return np.sqrt((only_one - gap**2) / len(first))",
              "return (first - second).std() / np.sqrt(len(first))"),
        Right("only_one = (first != second).mean()",
              "only_one = np.mean(first * (1 - second) + second * (1 - first))"),
    ),
    wrong=(
        Wrong("return np.sqrt((only_one - gap**2) / len(first))",
              "a, b = first.mean(), second.mean()\n"
              "    return np.sqrt((a * (1 - a) + b * (1 - b)) / len(first))",
              says="That is for networks that were tested on *different* samples. Here a hard "
              "sample is hard for both, and cancels. See *How sure is an accuracy?* in lesson 05."),
        Wrong("return np.sqrt((only_one - gap**2) / len(first))",
              "a = (first.mean() + second.mean()) / 2\n"
              "    return np.sqrt(2 * a * (1 - a) / len(first))",
              says="That is the lesson's formula, of two networks that are equally good and tested "
              "on different samples."),
        Wrong("(first != second).mean()", "1 - (first * second).mean()",
              says="Samples that *both* get wrong were counted, too. Their difference is 0, and "
              "they say nothing about which is better."),
        Wrong("(first != second).mean()", "(first * (1 - second)).mean()",
              says="Those are the samples that only the first gets right. The ones that only the "
              "second gets right make the difference stray as well."),
        Wrong("(first != second).mean()", "(first == second).mean()",
              says="Those are the samples on which the two agree, and there the difference is 0."),
        Wrong("np.sqrt((only_one - gap**2) / len(first))", "(only_one - gap**2) / len(first)",
              says="That is the variance; the standard deviation is its root."),
        Wrong("only_one - gap**2", "only_one",
              says="Nearly: that holds if both are equally good. A variance is the mean of the "
              "squares *less the square of the mean*."),
        Wrong("only_one - gap**2", "only_one + gap**2",
              says="The square of the mean is to be taken off, not added."),
        Wrong("only_one - gap**2", "only_one - gap",
              says="What is taken off is the *square* of the mean."),
        Wrong("/ len(first))", "/ len(first) ** 2)",
              says="Divided by n once too often: the mean of n numbers has a variance n times "
              "smaller than each."),
        Wrong("/ len(first))", "/ (len(first) - 1))",
              says="Divided by n - 1. Many do so, and on many samples it makes no difference; here, "
              "as in the lesson, the division is by n."),
        Wrong("(only_one - gap**2) / len(first)", "only_one - gap**2", "root_n"),
        Wrong("return np.sqrt((only_one - gap**2) / len(first))", "return abs(gap)",
              says="That is the difference itself. Asked for is how far it strays from one test "
              "set to the next."),
    ),
)
