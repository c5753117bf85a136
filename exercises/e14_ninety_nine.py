# %% [markdown]
# # Exercises: ninety-nine
#
# Lesson `14_ninety_nine` derives all that you need here.

# %%
import numpy as np

# %% tags=["author"]
from nn_from_scratch.exercises import Exercise, Right, Wrong, case

# %% [markdown]
# ## ★★ The mean over the tail of a run
#
# A run zigzags, and its end is what counts: write `see(weights)`, which is called after each update
# with the weights of the moment. From update number `start` on (the first one has the number 0),
# `mean` is the plain mean of all weights seen since then. The optimizer goes on changing the array
# `weights` itself; you leave it as it is.


# %%
class TailMean:
    def __init__(self, start):
        self.start, self.t, self.mean = start, 0, None

    def see(self, weights):
        "weights, any shape, after one more update"
        ### BEGIN SOLUTION
        if self.t >= self.start:
            n = self.t - self.start + 1
            mean = np.zeros_like(weights) if n == 1 else self.mean
            self.mean = mean + (weights - mean) / n
        self.t += 1
        ### END SOLUTION


# %% tags=["author"]
def _tails(rng):
    for start, d, k in ((3, 5, 3), (0, 3, 3)):
        yield case(start=start, d=d, k=k, W=rng.standard_normal((9, d, k)))


def _watched(given, trial):
    "One array, changed in place as an optimizer does it, and shown for reading only."
    tail, weights = given(trial.start), np.zeros((trial.d, trial.k))
    shown = weights.view()
    shown.flags.writeable = False
    for t, W in enumerate(trial.W):
        weights[...] = W
        tail.see(shown)
        if t > trial.start:
            yield {"mean": getattr(tail, "mean", None)}, {"W": W}


def _verify_average(TailMean):
    "By keeping copies of everything, and `np.mean`."
    rng = np.random.default_rng(0)
    tail, weights, seen = TailMean(20), np.zeros(4), []
    for t in range(100):
        weights += rng.standard_normal(4)
        tail.see(weights)
        if t >= 20:
            seen.append(weights.copy())
            np.testing.assert_allclose(tail.mean, np.mean(seen, axis=0), rtol=1e-10)


average = Exercise(
    title="The mean over the tail of a run",
    stars=2,
    asks="TailMean",
    methods=("see",),
    experiment=_watched,
    cases=_tails,
    verify=_verify_average,
    tolerance=1e-11,
    cure="14_ninety_nine#rung-3:-the-mean-of-the-weights",
    hints=(
        "Count the updates; before number `start` there is nothing else to do.",
        "With $n$ weights seen, the new mean is the old one plus $1/n$ of the way to the new weights.",
        "What you keep must be an array of your own: `self.mean = weights` is the optimizer's, and "
        "changes with the next update.",
    ),
    why="$\\bar W + (W - \\bar W)/n$ is a new array, and after $n$ updates each counts $1/n$: the plain "
    "mean, without keeping them all.",
    right=(
        Right("np.zeros_like(weights) if n == 1", "weights if n == 1"),
        Right("mean + (weights - mean) / n", "(mean * (n - 1) + weights) / n"),
    ),
    wrong=(
        Wrong(
            "mean + (weights - mean) / n",
            "weights.copy()",
            says="Those are the weights of the moment: what was seen before must stay in the mean.",
        ),
        Wrong(
            "(weights - mean) / n",
            "(weights - mean) / (n + 1)",
            says="Your mean begins at zero, and counts that zero as one of the updates.",
        ),
        Wrong(
            "        if self.t >= self.start:\n            n = self.t - self.start + 1",
            "        if True:\n            n = self.t + 1",
            says="That is the mean of the whole run. The beginning, far from the goal, should be left "
            "out.",
        ),
        Wrong(
            "        if self.t >= self.start:\n            n = self.t - self.start + 1",
            "        if self.t > self.start:\n            n = self.t - self.start",
            says="Your mean begins one update late: number `start` belongs to it.",
        ),
        Wrong(
            "(weights - mean) / n",
            "weights",
            says="That is the sum of all weights seen. A mean is divided by how many they are.",
        ),
        Wrong(
            "(weights - mean) / n",
            "(weights - mean) * (1 if n == 1 else 0.1)",
            says="Your mean forgets: old weights fade. That is the lesson's mean with a memory of ten; "
            "here each counts the same.",
        ),
        Wrong(
            "        self.t += 1",
            "        self.t += 1\n        weights[...] = self.mean",
            "in_place",
        ),
        Wrong("        self.t += 1", "            self.t += 1", "none"),
        Wrong(
            "mean + (weights - mean) / n",
            "weights if n == 1 else mean + (weights - mean) / n",
            says="The first array was kept, and not what was in it: the optimizer goes on changing it, "
            "and your mean with it.",
        ),
        Wrong(
            "(weights - mean) / n",
            "(weights.mean() - mean) / n",
            says="All entries are the same: that is the mean over the *entries*. Each weight has a mean "
            "of its own, over the updates.",
        ),
        Wrong("self.mean = mean +", "mean = mean +", "raises"),
        Wrong(
            "(weights - mean) / n",
            "(weights - mean) / (1 if n == 1 else 2)",
            says="Half of the old mean and half of the new weights: what is older fades fast, and each "
            "should count the same.",
        ),
    ),
)

# %% [markdown]
# ## ★★ What may be claimed
#
# $n$ seeds have the scores `scores`, $(n,)$. Write `report(scores)`, four numbers: their mean; their
# *spread*, the standard deviation over the seeds (squares divided by $n - 1$); and two ends, the
# lower first and equally far from the mean, between which the true mean should lie in about 95 of
# 100 such reports. A claim such as "more than 99 percent" holds if all of that lies above it.
#
# The check makes 150 times 19 seeds whose true mean it knows, and takes from 131 to 149 hits.


# %%
def report(scores):
    "scores (n,) of n seeds -> mean, spread, lower end, upper end"
    ### BEGIN SOLUTION
    mean, spread = scores.mean(), scores.std(ddof=1)
    error = spread / np.sqrt(len(scores))
    return mean, spread, mean - 2 * error, mean + 2 * error
    ### END SOLUTION


# %% tags=["author"]
def _many_seeds(rng):
    yield case(n=19, truth=99.0, sets=99 + 0.2 * rng.standard_normal((150, 19)))


_HITS = "how often in 150 the truth lies between"


def _four_numbers(given, trial):
    found = given(trial.sets[0])
    if not isinstance(found, (tuple, list, np.ndarray)) or len(found) != 4:
        blank = ("the mean", "the spread", "the middle of the two ends", _HITS)
        yield {"the report of four numbers": found} | dict.fromkeys(blank)
        return
    mean, spread, low, high = found
    ends = [given(scores)[2:] for scores in trial.sets]
    hits = sum(low <= trial.truth <= high for low, high in ends)
    yield {
        "the report of four numbers": np.zeros(4),
        "the mean": mean,
        "the spread": spread,
        "the middle of the two ends": (low + high) / 2,
        _HITS: 142 if 131 <= hits <= 149 else hits,
    }


def _verify_claim(report):
    "More than enough reports, of other numbers and not all normal."
    rng = np.random.default_rng(0)
    for draw, truth in ((rng.standard_normal, 0), (rng.random, 0.5)):
        hits = [low <= truth <= high for _, _, low, high in map(report, draw((4000, 19)))]
        assert abs(np.mean(hits) - 0.945) < 0.015
    mean, spread, _, _ = report(np.array([1.0, 2, 6]))
    assert mean == 3 and abs(spread - 7**0.5) < 1e-12


claim = Exercise(
    title="What may be claimed",
    stars=2,
    asks="report",
    experiment=_four_numbers,
    cases=_many_seeds,
    verify=_verify_claim,
    cure="14_ninety_nine#which-of-the-claims-hold?",
    hints=(
        "The spread says how far *one* seed lies from the mean. The two ends are about the mean of all.",
        "The standard error of a mean is the spread over $\\sqrt n$.",
        "Of numbers with a bell curve about 68 in 100 lie within one deviation of the middle, and about "
        "95 in 100 within how many?",
    ),
    why="Twice the standard error either way: the true mean lies there in about 95 of 100 reports. It "
    "speaks of seeds only; which images were tested is chance too, and the same for all seeds.",
    right=(
        Right("mean - 2 * error, mean + 2 * error", "mean - 1.96 * error, mean + 1.96 * error"),
        Right("mean - 2 * error, mean + 2 * error", "mean - 2.1 * error, mean + 2.1 * error"),
        Right("spread / np.sqrt(len(scores))", "scores.std() / np.sqrt(len(scores))"),
    ),
    wrong=(
        Wrong(
            "spread / np.sqrt(len(scores))",
            "spread",
            says="Your two ends hold single seeds. The mean of all is much surer than one of them: the "
            "truth lies between yours nearly always.",
        ),
        Wrong(
            "mean - 2 * error, mean + 2 * error",
            "mean - error, mean + error",
            says="One standard error either way holds the truth in two of three reports only.",
        ),
        Wrong(
            "spread / np.sqrt(len(scores))",
            "spread / len(scores)",
            says="Your two ends are too close together: a mean is surer by the *root* of how many seeds "
            "there are.",
        ),
        Wrong(
            "mean - 2 * error, mean + 2 * error",
            "mean + 2 * error, mean - 2 * error",
            says="The lower end comes first: nothing lies between yours.",
        ),
        Wrong(
            "mean, spread = scores.mean()",
            "mean, spread = scores.max()",
            says="That is the best seed. To choose a seed by its score is no result (lesson 14, *The test "
            "images, once*).",
        ),
        Wrong(
            "mean, spread = scores.mean()",
            "mean, spread = np.median(scores)",
            says="That is the median, the seed in the middle. Asked for is the mean.",
        ),
        Wrong(
            "std(ddof=1)",
            "std()",
            says="The squares are divided by $n$. The mean was taken from the same seeds, so one less is "
            "due.",
        ),
        Wrong(
            "scores.std(ddof=1)",
            "scores.var(ddof=1)",
            says="That is the variance; the spread is its root.",
        ),
        Wrong(
            "scores.std(ddof=1)",
            "np.ptp(scores)",
            says="That is the way from the lowest to the highest seed, which grows with their number. "
            "Asked for is the standard deviation.",
        ),
        Wrong(
            "mean, spread = scores.mean(), scores.std(ddof=1)",
            "mean, spread = scores.mean(), scores.std(ddof=1) / np.sqrt(len(scores))",
            says="That is the standard error. The spread is how far *one* seed lies from the mean.",
        ),
        Wrong(
            "mean - 2 * error, mean + 2 * error",
            "scores.min(), scores.max()",
            says="The worst and the best seed say how far single ones go, and the further, the more there "
            "are. They say little of the mean.",
        ),
        Wrong(
            "mean - 2 * error, mean + 2 * error",
            "mean - 2 * error, mean",
            says="The truth may lie above the mean as well: both ends are equally far from it.",
        ),
        Wrong("return mean, spread, mean - 2 * error, mean + 2 * error", "mean, spread", "none"),
    ),
)
