# %% [markdown]
# # Exercises: spirals
#
# Lesson `10_spiral` derives all that you need here. Angles are as there: they start at the $x_2$
# axis and run clockwise, towards the $x_1$ axis.

# %%
import numpy as np

# %% tags=["author"]
from nn_from_scratch.exercises import Exercise, Right, Wrong, calls, case

# %% [markdown]
# ## ★ Features of a point
#
# Give the network something better than two coordinates: write `features(X)`, which makes of each
# point $(x_1, x_2)$ its radius, the cosine and the sine of its angle, three columns in this order.
# The point in the centre has the angle 0.


# %%
def features(X):
    "points X (n, 2) -> radius, cosine and sine (n, 3)"
    ### BEGIN SOLUTION
    radius = np.hypot(X[:, 0], X[:, 1])
    angle = np.arctan2(X[:, 0], X[:, 1])
    return np.column_stack([radius, np.cos(angle), np.sin(angle)])
    ### END SOLUTION


# %% tags=["author"]
def _points(rng):
    for n in (7, 3):
        X = rng.standard_normal((n, 2))
        X[1] = 0  # every arm begins in the centre
        yield case(n=n, X=X)


def _as_columns(given, trial):
    yield {"the features": given(trial.X)}


def _verify_features(features):
    "The points can be made again from them, and the two last columns lie on a circle of radius 1."
    X = np.random.default_rng(0).uniform(-1, 1, (50, 2))
    radius, cosine, sine = features(X).T
    np.testing.assert_allclose(np.column_stack([radius * sine, radius * cosine]), X, atol=1e-12)
    np.testing.assert_allclose(cosine**2 + sine**2, 1)
    np.testing.assert_allclose(features(np.array([[0.0, 2], [3, 0]])), [[2, 1, 0], [3, 0, 1]], atol=1e-12)


features = Exercise(
    title="Features of a point",
    stars=1,
    asks="features",
    experiment=_as_columns,
    cases=_points,
    verify=_verify_features,
    cure="10_spiral#why-a-line-cannot",
    hints=(
        "`np.arctan2` takes two arguments and knows all four quarters of the plane. Which of the two "
        "coordinates is 0 on the axis where the angle starts?",
        "`np.column_stack` puts arrays of shape $(n,)$ side by side, as the columns of a table.",
    ),
    why="The radius and a point on the circle of radius 1. An angle would jump from $\\pi$ to $-\\pi$ "
    "somewhere; its cosine and sine do not, so neighbours in the plane stay neighbours.",
    right=(
        Right("np.hypot(X[:, 0], X[:, 1])", "np.sqrt((X**2).sum(axis=1))"),
        Right(
            "np.column_stack([radius, np.cos(angle), np.sin(angle)])",
            "np.stack([radius, np.sin(angle + np.pi / 2), np.sin(angle)], axis=1)",
        ),
    ),
    wrong=(
        Wrong(
            "np.arctan2(X[:, 0], X[:, 1])",
            "np.degrees(np.arctan2(X[:, 0], X[:, 1]))",
            says="The angle is in degrees, and `np.cos` and `np.sin` ask for radians.",
        ),
        Wrong(
            "np.arctan2(X[:, 0], X[:, 1])",
            "np.arctan(X[:, 0] / X[:, 1])",
            says="The inverse tangent of a quotient knows half of the circle only, and nothing of "
            "the centre: a point and the one opposite get the same angle.",
        ),
        Wrong(
            "np.arctan2(X[:, 0], X[:, 1])",
            "np.arctan2(X[:, 1], X[:, 0])",
            says="Your angle starts at the $x_1$ axis and runs the other way round. Here it starts "
            "at the $x_2$ axis (lesson 10, *What is the best that anyone can do?*).",
        ),
        Wrong(
            "np.cos(angle), np.sin(angle)",
            "np.sin(angle), np.cos(angle)",
            says="The columns of the cosine and of the sine are exchanged.",
        ),
        Wrong("np.column_stack([radius", "np.stack([radius", "transposed"),
        Wrong(
            "[radius, np.cos(angle), np.sin(angle)]",
            "[radius, angle]",
            says="The angle itself jumps from π to −π between two neighbours in the plane. Its cosine "
            "and sine do not: that is why they are asked for.",
        ),
        Wrong(
            "np.hypot(X[:, 0], X[:, 1])",
            "(X**2).sum(axis=1)",
            says="The first column is the square of the radius.",
        ),
        Wrong(
            "np.hypot(X[:, 0], X[:, 1])",
            "np.full(len(X), np.linalg.norm(X))",
            says="The first column is one number, the length of the whole table: each point has a "
            "radius of its own.",
        ),
        Wrong(
            "np.cos(angle), np.sin(angle)",
            "X[:, 1] / radius, X[:, 0] / radius",
            "not_finite",
        ),
        Wrong(
            "np.cos(angle), np.sin(angle)",
            "X[:, 1], X[:, 0]",
            says="Those are the coordinates: a cosine and a sine do not grow with the radius.",
        ),
        Wrong(
            "return np.column_stack([radius, np.cos(angle), np.sin(angle)])",
            "return np.column_stack([radius, np.cos(angle), np.sin(angle)]).astype(np.float32)",
            "float32",
        ),
    ),
)

# %% [markdown]
# ## ★★ The best guess for other arms
#
# Other spirals have $k$ arms that are spread evenly: the middle of arm $c$, 0 to $k - 1$, is at
# the angle $\tau r + 2\pi c / k$, where $r$ is the radius. Write `best_arm(X, k, turn)`, with
# `turn` for $\tau$: for each point the arm whose middle is nearest in angle, around the circle.


# %%
def best_arm(X, k, turn):
    "points X (n, 2) -> arms (n,), from 0 to k - 1"
    ### BEGIN SOLUTION
    radius, angle = np.hypot(*X.T), np.arctan2(X[:, 0], X[:, 1])
    middle = turn * radius[:, None] + 2 * np.pi * np.arange(k) / k
    return np.cos(angle[:, None] - middle).argmax(axis=1)
    ### END SOLUTION


# %% tags=["author"]
def _arms(rng):
    for n, k, turn in ((211, 3, 10.0), (113, 5, -4.0), (7, 7, 3.0)):
        yield case(n=n, k=k, turn=turn, X=rng.standard_normal((n, 2)))


def _verify_ceiling(best_arm):
    "The arm under which a point is likeliest, if noise along the circle is normal; by going round."
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (200, 2))
    for k, turn in ((3, 10.0), (4, -2.0)):
        radius, angle = np.hypot(*X.T), np.arctan2(*X.T)
        likelihood = np.zeros((200, k))
        for arm in range(k):
            for rounds in range(-6, 7):
                off = angle + 2 * np.pi * rounds - turn * radius - 2 * np.pi * arm / k
                likelihood[:, arm] += np.exp(-(off**2) / 2 / 0.3**2)
        assert (likelihood.argmax(axis=1) == best_arm(X, k, turn)).all()


ceiling = Exercise(
    title="The best guess for other arms",
    stars=2,
    asks="best_arm",
    experiment=calls("X", "k", "turn"),
    cases=_arms,
    verify=_verify_ceiling,
    cure="10_spiral#what-is-the-best-that-anyone-can-do?",
    hints=(
        "First the radius and the angle of each point, as in the lesson; then a table $(n, k)$ of "
        "the middles of all arms at that radius.",
        "`angles[:, None]` is $(n, 1)$, and against $(k,)$ it makes a table $(n, k)$.",
        "Differences of angles count around the circle. Their cosine knows that: it is largest where "
        "two directions are nearest.",
    ),
    why="Two directions are the nearer, the larger the cosine of their difference, however often one "
    "of them has gone round. If noise is the same on all arms, the nearest arm is the likeliest.",
    right=(
        Right(
            "np.cos(angle[:, None] - middle).argmax(axis=1)",
            "np.abs((angle[:, None] - middle + np.pi) % (2 * np.pi) - np.pi).argmin(axis=1)",
        ),
        Right("np.hypot(*X.T)", "np.linalg.norm(X, axis=1)"),
    ),
    wrong=(
        Wrong(
            "np.cos(angle[:, None] - middle).argmax(axis=1)",
            "np.abs(angle[:, None] - middle).argmin(axis=1)",
            says="The distance is measured along a line. Around the circle, an angle and the same "
            "angle plus $2\\pi$ are one direction.",
        ),
        Wrong(
            ".argmax(axis=1)", ".argmin(axis=1)", says="Those are the arms that are furthest away."
        ),
        Wrong(
            "np.arctan2(X[:, 0], X[:, 1])",
            "np.arctan2(X[:, 1], X[:, 0])",
            says="Your angle starts at the $x_1$ axis: sine and cosine are exchanged against "
            "`spiral_data` (lesson 10, *What is the best that anyone can do?*).",
        ),
        Wrong(
            "turn * radius[:, None]",
            "turn",
            says="An arm winds: its middle turns with the radius, which yours ignores.",
        ),
        Wrong(
            "2 * np.pi * np.arange(k) / k",
            "turn * np.arange(k)",
            says="Those are the arms of the lesson, $\\tau$ apart. Here all $k$ are spread evenly.",
        ),
        Wrong(
            "2 * np.pi * np.arange(k) / k",
            "np.pi * np.arange(k) / k",
            says="Your arms are spread over half of the circle only.",
        ),
        Wrong(
            ".argmax(axis=1)",
            ".argmax(axis=0)",
            says="Compared over the points instead of the arms: an answer for each *arm* came out.",
        ),
        Wrong(
            "np.hypot(*X.T)",
            "(X**2).sum(axis=1)",
            says="The arms wind with the radius, not with its square.",
        ),
        Wrong(
            "np.arctan2(X[:, 0], X[:, 1])",
            "np.degrees(np.arctan2(X[:, 0], X[:, 1]))",
            says="The angles of the points are in degrees, those of the arms in radians.",
        ),
        Wrong(".argmax(axis=1)", ".argmax(axis=1) + 1", "offset"),
        Wrong(
            "turn * radius[:, None] +",
            "-turn * radius[:, None] +",
            says="Your arms wind the other way round.",
        ),
    ),
)

# %% [markdown]
# ## ★★ Who never fires?
#
# A hidden layer with weights $W$ and biases $b$ is followed by a ReLU. Write `n_dead(X, W, b)`: how
# many of its $k$ neurons fire for none of the points? A neuron fires if its ReLU lets something
# through.


# %%
def n_dead(X, W, b):
    "points X (n, d), weights W (d, k), biases b (1, k) -> one number"
    ### BEGIN SOLUTION
    Z = X @ W + b
    return (Z <= 0).all(axis=0).sum()
    ### END SOLUTION


# %% tags=["author"]
def _layers(rng):
    "With neurons dead by bias and one exactly zero; with some always awake; and as layers come."
    X, W, b = rng.standard_normal((13, 3)), rng.standard_normal((3, 11)), np.full((1, 11), -0.1)
    X[:5] = 0  # points in the centre wake nobody
    X[5:8] = 3 * np.eye(3)
    X[8:11] = -3 * np.eye(3)  # every live neuron is awake for one of these
    b[0, [1, 4, 6]] = -100
    W[:, 8], b[0, 8] = 0, 0
    yield case(n=13, d=3, k=11, X=X, W=W, b=b)
    X, W, b = rng.uniform(0.5, 1.5, (7, 3)), rng.uniform(1, 2, (3, 7)), np.full((1, 7), -0.1)
    b[0, 2], W[:, 3], b[0, 3] = -100, -1, 0
    W[:, 4:], b[0, 4:] = -1, 100
    yield case(n=7, d=3, k=7, X=X, W=W, b=b)
    X, W, b = rng.standard_normal((17, 3)), rng.standard_normal((3, 23)), rng.uniform(-5, 2, (1, 23))
    yield case(n=17, d=3, k=23, X=X, W=W, b=b)


def _verify_dead(n_dead):
    "Point by point and neuron by neuron, with the library's parts."
    from nn_from_scratch import DenseLayer, ReLU

    rng = np.random.default_rng(0)
    for shift in (-3, -1.5, 0):
        layer, relu = DenseLayer(2, 20, dtype=np.float64, rng=rng), ReLU()
        layer.biases[...] = shift + rng.standard_normal((1, 20))
        X = rng.uniform(-1, 1, (30, 2))
        A = relu.forward(layer.forward(X))
        count = sum(all(A[i, j] == 0 for i in range(30)) for j in range(20))
        assert n_dead(X, layer.weights, layer.biases) == count


dead = Exercise(
    title="Who never fires?",
    stars=2,
    asks="n_dead",
    experiment=calls("X", "W", "b"),
    cases=_layers,
    verify=_verify_dead,
    cure="10_spiral#what-the-settings-do",
    hints=(
        "Work out the scores of the layer first, $(n, k)$: a row for each point, a column for each "
        "neuron.",
        "A ReLU lets through what is above zero, and nothing else. A neuron is dead if that happens "
        "for *no* point.",
        "`.all(axis=...)` of a table of true and false; then count how often that is true.",
    ),
    why="A neuron is a column: dead if no score in it is above zero. A score of exactly zero gives "
    "nothing either.",
    right=(
        Right("(Z <= 0).all(axis=0).sum()", "(np.maximum(Z, 0).max(axis=0) == 0).sum()"),
        Right("(Z <= 0).all(axis=0).sum()", "Z.shape[1] - (Z > 0).any(axis=0).sum()"),
    ),
    wrong=(
        Wrong(
            ".all(axis=0)",
            ".all(axis=1)",
            says="That counts *points* for which no neuron fires. A neuron is a column: go over all "
            "points of each.",
        ),
        Wrong(
            ".all(axis=0)",
            ".any(axis=0)",
            says="That counts neurons that are silent for *some* point. Dead is who is silent for all.",
        ),
        Wrong(
            "Z <= 0",
            "Z < 0",
            says="A score of exactly 0 does not fire either: the ReLU lets nothing through there.",
        ),
        Wrong(
            "Z <= 0",
            "Z >= 0",
            says="That counts neurons that are never below zero: the ones always awake.",
        ),
        Wrong(
            "X @ W + b",
            "X @ W",
            says="The biases are missing, and it is mostly they that silence a neuron.",
        ),
        Wrong(".all(axis=0).sum()", ".all(axis=0)", "not_reduced"),
        Wrong(
            ".all(axis=0).sum()",
            ".all(axis=0).mean()",
            says="That is the share of dead neurons; asked for is how many.",
        ),
        Wrong(
            "(Z <= 0).all(axis=0)",
            "(Z > 0).any(axis=0)",
            says="Those are the neurons that do fire.",
        ),
        Wrong(
            ".all(axis=0).sum()",
            ".sum()",
            says="That counts pairs of a point and a neuron that is silent for it.",
        ),
        Wrong(
            "Z <= 0",
            "Z == 0",
            says="Before the ReLU the score of a dead neuron is below zero, and only seldom exactly 0.",
        ),
    ),
)

# %% [markdown]
# ## ★★ The gap, and how sure it is
#
# $n$ networks, one a seed, have the accuracies `own` on their own points and `new` on new ones,
# each $(n,)$. Write `mean_gap(own, new)`: the mean of own minus new over the seeds, and its
# *standard error*, by how much such a mean is off as a rule: the standard deviation of the $n$ gaps
# (squares divided by $n - 1$) over $\sqrt n$. Two numbers.


# %%
def mean_gap(own, new):
    "accuracies own (n,) and new (n,) -> mean gap, standard error"
    ### BEGIN SOLUTION
    gaps = own - new
    return gaps.mean(), gaps.std(ddof=1) / np.sqrt(len(gaps))
    ### END SOLUTION


# %% tags=["author"]
def _scores(rng):
    for n in (7, 5, 3):
        seed = 0.05 * rng.standard_normal(n)  # what a seed does to both scores
        own = 0.9 + seed + 0.01 * rng.standard_normal(n)
        new = 0.88 + seed + 0.01 * rng.standard_normal(n)
        new[0] = own[0] + 0.02  # one network is better on new points
        yield case(n=n, own=own, new=new)


def _two_numbers(given, trial):
    found = given(trial.own, trial.new)
    pair = tuple(found) if isinstance(found, (tuple, list, np.ndarray)) else (found,)
    mean, error = (*pair, None, None)[:2]
    yield {"the gap": mean, "its standard error": error}


def _verify_gap(mean_gap):
    "Many times five seeds: the squared standard error is, on average, the variance of the mean."
    rng, found = np.random.default_rng(0), []
    for _ in range(4000):
        seed = rng.standard_normal(5)
        found.append(mean_gap(0.3 + seed + rng.standard_normal(5), seed))
    means, errors = np.array(found).T
    assert abs(means.mean() - 0.3) < 0.03
    assert abs((errors**2).mean() / means.var() - 1) < 0.07


gap = Exercise(
    title="The gap, and how sure it is",
    stars=2,
    asks="mean_gap",
    experiment=_two_numbers,
    cases=_scores,
    verify=_verify_gap,
    cure="10_spiral#and-on-new-points?",
    hints=(
        "A gap for each seed first, and everything else from these $n$ numbers.",
        "`std` divides by $n$ unless it is told `ddof=1`.",
        "A mean of $n$ numbers is surer than one of them, by the root of $n$.",
    ),
    why="What a seed does to both of its scores drops out of its gap, so the gaps vary less than the "
    "scores do; and a mean of $n$ of them varies $\\sqrt n$ times less than one.",
    right=(
        Right("gaps.mean()", "own.mean() - new.mean()"),
        Right(
            "gaps.std(ddof=1) / np.sqrt(len(gaps))",
            "np.sqrt(((gaps - gaps.mean()) ** 2).sum() / (len(gaps) - 1) / len(gaps))",
        ),
    ),
    wrong=(
        Wrong(
            " / np.sqrt(len(gaps))",
            "",
            says="That is how far the gap of *one* seed lies from the mean. The mean of all is surer.",
        ),
        Wrong(
            "std(ddof=1)",
            "std()",
            says="The squares are divided by the number of seeds. The mean was taken from the same "
            "numbers, so one less is due.",
        ),
        Wrong("own - new", "new - own", "sign"),
        Wrong(
            "gaps.std(ddof=1)",
            "np.hypot(own.std(ddof=1), new.std(ddof=1))",
            says="Own and new scores are treated as if they had nothing to do with each other. They "
            "come in pairs: what a seed does to both drops out of its gap.",
        ),
        Wrong(
            "np.sqrt(len(gaps))",
            "len(gaps)",
            says="The deviation is divided by the number of seeds; a mean is surer by its *root*.",
        ),
        Wrong(
            "gaps.std(ddof=1)",
            "gaps.var(ddof=1)",
            says="That is made of the variance, the square of the deviation.",
        ),
        Wrong("gaps.mean()", "gaps.sum()", "times_n"),
        Wrong("gaps.mean()", "gaps.max()", says="That is the largest gap of all seeds."),
        Wrong(
            "gaps.mean(), gaps.std(ddof=1) / np.sqrt(len(gaps))",
            "gaps.mean()",
            "none",
        ),
        Wrong(
            "own - new",
            "np.abs(own - new)",
            says="A network that is better on new points has a gap below zero, and it counts so.",
        ),
        Wrong(
            "own - new",
            "(own - new) / own",
            says="Those are gaps in parts of the own accuracy. Asked for is the plain difference.",
        ),
    ),
)
