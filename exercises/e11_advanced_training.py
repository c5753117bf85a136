# %% [markdown]
# # Exercises: advanced training
#
# Lesson `11_advanced_training` derives all that you need here.

# %%
import numpy as np

# %% tags=["author"]
from nn_from_scratch.exercises import Exercise, Right, Wrong, calls, case, trials

# %% [markdown]
# ## ★★ The middle of the valley
#
# A sweep has tried the rates `rates`, rising, $(n,)$, and found the validation losses `losses`,
# $(n,)$; where a run exploded, its loss is `nan` or `inf`. The *valley* are the rates whose loss is
# at most an eighth, 0.125, above the lowest. Write `choose(rates, losses)`: the rate half-way
# between the two ends of the valley, on a logarithmic axis.


# %%
def choose(rates, losses):
    "rates (n,), losses (n,) -> one rate"
    ### BEGIN SOLUTION
    finite = np.where(np.isfinite(losses), losses, np.inf)
    valley = rates[finite <= finite.min() + 0.125]
    return np.sqrt(valley[0] * valley[-1])
    ### END SOLUTION


# %% tags=["author"]
def _sweeps(rng):
    "Losses in 128ths, so that the edge of the valley is exact."
    rates = np.array([1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0])
    losses = np.array([2.25, 1.75, 1.0, 0.625, 0.5, 0.5625, 0.59375, 1.5, np.nan])
    yield case(n=9, rates=rates * rng.uniform(0.8, 1.25), losses=losses)
    rates = np.array([0.002, 0.01, 0.015, 0.02, 0.1, 0.4, 0.9])
    above = np.array([0.9375, 0.1328125, 0.09375, 0, 0.125, np.inf, np.nan])
    lowest = rng.integers(9, 17) / 8
    yield case(n=7, rates=rates * rng.uniform(0.8, 1.25), losses=lowest + above)


def _verify_valley(choose):
    "As many times above the lower end as below the upper one; the ends found by a loop."
    rng = np.random.default_rng(0)
    for _ in range(20):
        rates = np.sort(10 ** rng.uniform(-4, 0, 8))
        losses = 0.5 + np.abs(np.log10(rates) + 2) * rng.uniform(0.05, 0.4)
        losses[-1] = rng.choice([np.nan, np.inf, losses[-1]])
        best = min(value for value in losses if np.isfinite(value))
        inside = [r for r, value in zip(rates, losses) if np.isfinite(value) and value - best <= 0.125]
        rate = choose(rates, losses)
        assert abs(rate / min(inside) - max(inside) / rate) < 1e-9 * max(inside) / rate


valley = Exercise(
    title="The middle of the valley",
    stars=2,
    asks="choose",
    experiment=calls("rates", "losses"),
    cases=_sweeps,
    verify=_verify_valley,
    cure="11_advanced_training#finding-a-learning-rate",
    hints=(
        "First make sure that a run that exploded can never be the lowest: `nan` compares with "
        "nothing. `np.isfinite` tells who is a number.",
        "`rates[mask]` with true and false for each rate leaves the rates of the valley, still rising.",
        "Half-way on a logarithmic axis is the mean of two logarithms. Which mean of the two rates "
        "themselves is that?",
    ),
    why="The middle on a logarithmic axis is the geometric mean of the two ends: equally many *times* "
    "away from both. In the valley the rate hardly matters, so stay clear of both its edges.",
    right=(
        Right("np.sqrt(valley[0] * valley[-1])", "np.exp(np.log(valley[[0, -1]]).mean())"),
        Right("valley[0] * valley[-1]", "valley.min() * valley.max()"),
    ),
    wrong=(
        Wrong("np.where(np.isfinite(losses), losses, np.inf)", "losses", "raises"),
        Wrong(
            "finite <= finite.min() + 0.125",
            "finite == finite.min()",
            says="That is the rate with the lowest loss. Which one in a flat valley is lowest is partly "
            "luck; stay in its middle (lesson 11, *Finding a learning rate*).",
        ),
        Wrong(
            "np.sqrt(valley[0] * valley[-1])",
            "valley[-1]",
            says="That is the upper edge of the valley, with the cliff beside it.",
        ),
        Wrong(
            "np.sqrt(valley[0] * valley[-1])",
            "valley[0]",
            says="That is the lower edge of the valley, where learning begins to be slow.",
        ),
        Wrong(
            "np.sqrt(valley[0] * valley[-1])",
            "(valley[0] + valley[-1]) / 2",
            says="That is the middle on an ordinary axis, close to the cliff. Rates are compared by "
            "factors.",
        ),
        Wrong(
            "np.sqrt(valley[0] * valley[-1])",
            "valley[len(valley) // 2]",
            says="That is the middle entry of the list, and the middle of the valley only if the rates "
            "are evenly spaced.",
        ),
        Wrong(
            "np.sqrt(valley[0] * valley[-1])",
            "valley[0] * valley[-1]",
            says="The product of the two ends is no rate: its root is missing.",
        ),
        Wrong(
            "np.sqrt(valley[0] * valley[-1])",
            "rates[np.isfinite(losses)][-1]",
            says="That is the largest rate at which the loss is still a number: on the cliff.",
        ),
        Wrong(
            "np.sqrt(valley[0] * valley[-1])",
            "np.exp(np.log(valley).mean())",
            says="That is the mean of all rates that were tried in the valley; where more were tried, "
            "it is pulled. Asked for is half-way between the ends.",
        ),
        Wrong(
            "rates[finite <= finite.min() + 0.125]",
            "rates[np.isfinite(losses)]",
            says="That is the middle of all rates that did not explode, slow ones too.",
        ),
        Wrong(
            "finite.min() + 0.125",
            "finite.min() * 1.125",
            says="Your valley goes up to an eighth *of the lowest loss*. It is a difference of losses.",
        ),
        Wrong(
            "np.where(np.isfinite(losses), losses, np.inf)",
            "np.nan_to_num(losses)",
            says="A run that exploded has become the best of all: its `nan` was made 0.",
        ),
    ),
)

# %% [markdown]
# ## ★★ Images that leak
#
# Write `n_leaked(X, X_val)`: how many validation images are also in the training set, bit for bit?
# An image may be in either set more than once; every validation image that leaks counts as one.


# %%
def n_leaked(X, X_val):
    "training images X (m, d), validation images X_val (n, d) -> one number"
    ### BEGIN SOLUTION
    same = (X_val[:, None] == X).all(axis=2)
    return same.any(axis=1).sum()
    ### END SOLUTION


# %% tags=["author"]
def _images(rng):
    X, X_val = (rng.integers(1, 256, (rows, 11)) / 256 for rows in (13, 7))
    X[:, 0] = X_val[:, 0] = 0  # a corner that is always paper
    X[3] = X[9] = X[1]  # three copies inside the training set
    X_val[0], X_val[2] = X[1], X[2]
    X_val[4], X_val[3] = X_val[2], X_val[1]  # and copies inside the validation set
    X_val[5], X_val[6] = X[7], X[0]
    X_val[5, 3] += 1 / 1024  # nearly a copy
    X_val[6, 1:] = X[0, :0:-1]  # as much ink, in other places
    yield case(n=7, m=13, d=11, X=X, X_val=X_val)
    X, X_val = (rng.integers(1, 256, (7, 11)) / 256 for _ in range(2))
    X[:, 0] = X_val[:, 0] = 0
    X_val[0], X[3] = X[1], X[1]
    X_val[[2, 3, 6], 1:] = X[[0, 2, 4], :0:-1]
    X_val[4:6] = X[5:]
    X_val[4:6, 3] += 1 / 1024
    yield case(n=7, m=7, d=11, X=X, X_val=X_val)
    X, X_val = (rng.integers(1, 256, (rows, 11)) / 256 for rows in (17, 13))
    X[:, 0] = X_val[:, 0] = 0
    X_val[[0, 2, 4, 11]] = X[[1, 2, 5, 5]]
    X_val[[1, 3, 5, 6, 7], 1:] = X[[3, 3, 1, 1, 3], :0:-1]
    X_val[11, 3] += 1 / 1024
    yield case(n=13, m=17, d=11, X=X, X_val=X_val)


def _verify_copies(n_leaked):
    "By the bytes of each row, as names in a set."
    rng = np.random.default_rng(0)
    for _ in range(10):
        X, X_val = (rng.integers(0, 3, (rows, 4)) / 2 for rows in (40, 25))
        names = {row.tobytes() for row in X}
        assert n_leaked(X, X_val) == sum(row.tobytes() in names for row in X_val)


copies = Exercise(
    title="Images that leak",
    stars=2,
    asks="n_leaked",
    experiment=calls("X", "X_val"),
    cases=_images,
    verify=_verify_copies,
    cure="11_advanced_training#break-it:-a-validation-set-that-leaks",
    hints=(
        "Two images are the same if *all* of their pixels are.",
        "`X_val[:, None]` is $(n, 1, d)$, and against $(m, d)$ it makes a table of every validation "
        "image against every training image. Or: the bytes of a row, `row.tobytes()`, can be in a set.",
        "For each validation image ask whether it is there at all, not how often.",
    ),
    why="Every validation image is asked once whether any training image equals it in all pixels. The "
    "lesson's `n_copies` would count copies inside the sets as well.",
    right=(
        Right(
            "same = (X_val[:, None] == X).all(axis=2)\n    return same.any(axis=1).sum()",
            "names = {row.tobytes() for row in X}\n"
            "    return sum(row.tobytes() in names for row in X_val)",
        ),
        Right(
            "same = (X_val[:, None] == X).all(axis=2)\n    return same.any(axis=1).sum()",
            "return sum(any(np.array_equal(a, b) for b in X) for a in X_val)",
        ),
    ),
    wrong=(
        Wrong(
            "same.any(axis=1).sum()",
            "same.sum()",
            says="That counts pairs: a validation image that is in the training set three times counts "
            "three times.",
        ),
        Wrong(
            "any(axis=1)",
            "any(axis=0)",
            says="That counts *training* images that are also in the validation set.",
        ),
        Wrong(
            "all(axis=2)",
            "any(axis=2)",
            says="One equal pixel is enough for you, and paper is white in every corner: all of an "
            "image must be equal.",
        ),
        Wrong(
            "return same.any(axis=1).sum()",
            "images = np.concatenate([X, X_val])\n"
            "    return len(images) - len(np.unique(images, axis=0))",
            says="That counts copies inside each set too, as `n_copies` of the lesson does. Asked for "
            "is what leaks from one into the other.",
        ),
        Wrong(
            "any(axis=1).sum()",
            "any(axis=1).mean()",
            says="That is the share of images that leak; asked for is how many.",
        ),
        Wrong("same.any(axis=1).sum()", "same.any(axis=1)", "not_reduced"),
        Wrong(
            "same = (X_val[:, None] == X).all(axis=2)\n    return same.any(axis=1).sum()",
            "return (X_val == X[: len(X_val)]).all(axis=1).sum()",
            says="You compare images at the same place in both sets only. A copy may be anywhere.",
        ),
        Wrong(
            "(X_val[:, None] == X).all(axis=2)",
            "X_val.sum(axis=1)[:, None] == X.sum(axis=1)",
            says="Images with the same amount of ink need not be the same.",
        ),
        Wrong(
            "(X_val[:, None] == X)",
            "np.isclose(X_val[:, None], X, atol=0.01)",
            says="An image that is *nearly* one of the training set counts too with you. Asked for are "
            "copies bit for bit.",
        ),
        Wrong(
            "same.any(axis=1).sum()",
            "len(np.unique(X_val[same.any(axis=1)], axis=0))",
            says="That counts different images. One that is in the validation set twice, and leaks, "
            "counts twice.",
        ),
        Wrong(
            "same.any(axis=1)",
            "(~same.any(axis=1))",
            says="Those are the images that are *not* in the training set.",
        ),
    ),
)

# %% [markdown]
# ## ★★★ A doctor by curves alone
#
# Write `diagnose(L, V)`: of the losses of training and validation over twenty epochs, each $(20,)$
# and divided by the loss of a guess $L_0$, the name of what ails the run: `"healthy"`, `"rate too
# low"`, `"rate too high"`, `"exploding"`, `"learning by heart"` or `"labels do not fit"`. The
# signatures are in the lesson (*Eight patients*), and so is why the order of the questions matters
# (*From signs to a name*). The check shows you sixty made runs, ten of each kind. It makes a table:
# a row for each kind, a column for each name that you gave, in the order above. Nine right of ten
# pass a row.


# %%
def diagnose(L, V):
    "losses L (20,) of training and V (20,) of validation, in units of a guess -> a name"
    ### BEGIN SOLUTION
    if not np.isfinite(L).all() or L[-1] > 10:
        return "exploding"
    if V.min() > 0.97:
        return "labels do not fit"
    if np.diff(L).max() > 0.1:
        return "rate too high"
    if V[-1] > 1.2 * V.min():
        return "learning by heart"
    if L[-1] > 0.5:
        return "rate too low"
    return "healthy"
    ### END SOLUTION


# %% tags=["author"]
NAMES = (
    "healthy",
    "rate too low",
    "rate too high",
    "exploding",
    "learning by heart",
    "labels do not fit",
)


def _made(name, number, rng):
    "Losses of a run with this illness, (20,) each, as lesson 11 has seen them."
    t, shaken = np.arange(20), 1 + 0.015 * rng.standard_normal((2, 20))
    if name == "healthy":
        L = rng.uniform(0.05, 0.15) + rng.uniform(0.7, 0.85) * np.exp(-t / rng.uniform(2, 5))
        V = L + rng.uniform(0.05, 0.1)
    elif name == "rate too low":
        L = 1.02 - rng.uniform(0.008, 0.018) * t
        V = L + 0.01
    elif name == "rate too high":
        jagged = rng.uniform(0.1, 0.2, 20) * (-1.0) ** (t + number)
        L = rng.uniform(0.6, 0.7) + jagged
        V = L + rng.uniform(-0.03, 0.03, 20)
    elif name == "exploding":
        L = rng.uniform(0.9, 1.1) * rng.uniform(1.5, 3) ** t
        V = L * 1.1
        if number % 3 == 0:  # some have come to the end of numbers, others have not
            L[12:], V[12:] = np.nan, np.nan
    elif name == "learning by heart":
        L = 0.95 * np.exp(-t / 3) + 0.005
        V = np.maximum(0.97 * np.exp(-t / 3), 0.35) + np.maximum(t - 4, 0) * rng.uniform(0.02, 0.05)
    else:
        L = 1.03 - rng.uniform(0.02, 0.03) * t
        V = 1.02 + rng.uniform(0.03, 0.1) * t
    return L * shaken[0], V * shaken[1]


def _waiting_room(rng):
    curves = [(row, _made(name, i, rng)) for row, name in enumerate(NAMES) for i in range(10)]
    for _, pair in curves:
        for curve in pair:
            curve.flags.writeable = False
    yield case(runs=60, curves=curves)


def _consultation(given, trial):
    "The table of what runs are and what they were called; a row with nine right of ten is as good as ten."
    table = np.zeros((6, 6))
    for row, (L, V) in trial.curves:
        said = given(L, V)
        if said is None:
            yield {"the table": None}
            return
        if isinstance(said, str) and said in NAMES:
            table[row, NAMES.index(said)] += 1
    for row in range(6):
        if table[row, row] >= 9:
            table[row] = 10 * np.eye(6)[row]
    yield {"the table": table}


def _verify_doctor(diagnose):
    "On runs that were trained: two rates for a network on moons, and one with shuffled labels."
    import nn_from_scratch as nn
    from nn_from_scratch.points import moons_data

    def run(rate, shuffled=False):
        rng = np.random.default_rng(0)
        (X, y), (X_val, y_val) = moons_data(60, rng=rng), moons_data(60, rng=rng)
        if shuffled:
            y, y_val = rng.permutation(y), rng.permutation(y_val)
        network = nn.Sequential(nn.DenseLayer(2, 16, rng=rng), nn.ReLU(), nn.DenseLayer(16, 1, rng=rng))
        loss, optimizer = nn.SigmoidBinaryCrossEntropy(), nn.StochasticGradientDescent(rate, 0.9)
        history = nn.fit(
            network, loss, optimizer, X, y, epochs=20, batch_size=20, rng=rng, progress=False,
            validation_data=(X_val, y_val),
        )
        return [np.array(history[name]) / np.log(2) for name in ("loss", "validation_loss")]

    assert diagnose(*run(0.2)) == "healthy"
    assert diagnose(*run(1e-3)) == "rate too low"
    assert diagnose(*run(0.05, shuffled=True)) == "labels do not fit"


doctor = Exercise(
    title="A doctor by curves alone",
    stars=3,
    asks="diagnose",
    experiment=_consultation,
    cases=_waiting_room,
    verify=_verify_doctor,
    cure="11_advanced_training#from-signs-to-a-name",
    hints=(
        "Ask one question after the other, and return a name with the first yes. Ask for causes before "
        "what follows from them; whoever is left at the end is healthy.",
        "Exploding: `nan` and `inf`, but also a number that has become large. Labels that do not fit: "
        "validation was never better than a guess. A rate too high: the loss *rose* a good deal in "
        "some epoch.",
        "By heart: the validation loss ends well above its own lowest. A rate too low: none of all "
        "this, and still high at the end.",
    ),
    why="Each question is one line; the order does the rest. The limits are chosen, not derived: others "
    "that leave room on both sides do as well, and on runs of another kind all of them are worth less.",
    right=(
        Right(
            "if np.diff(L).max() > 0.1:",
            "if np.maximum(np.diff(L), 0).sum() > 0.5:",
        ),
        Right("if V[-1] > 1.2 * V.min():", "if V[-1] - V.min() > 0.15 and V[-1] - L[-1] > 0.2:"),
        Right("if L[-1] > 0.5:", "if L[-6] - L[-1] > (L[0] - L[5]) / 2 > 0 and L[-1] > 0.4:"),
    ),
    wrong=(
        Wrong(
            "V[-1] > 1.2 * V.min()",
            "L[-1] > 1.2 * L.min()",
            says="Runs that learn by heart are not found: their *training* loss never rises. Look at "
            "that of validation (lesson 11, *5. Learning by heart*).",
        ),
        Wrong(
            "V.min() > 0.97",
            "V.min() > 97",
            says="Labels that do not fit are called learning by heart. In both the validation loss "
            "rises, but one of them was never better than a guess: ask that before.",
        ),
        Wrong(
            "not np.isfinite(L).all() or L[-1] > 10",
            "not np.isfinite(L).all()",
            says="You see an explosion only when it has come to `nan`. A loss of a thousand guesses "
            "has exploded too.",
        ),
        Wrong(
            "not np.isfinite(L).all() or L[-1] > 10",
            "L[-1] > 10",
            says="`nan` is larger than nothing, not even than ten: a run that ends in `nan` slips "
            "through that comparison.",
        ),
        Wrong(
            "np.diff(L).max() > 0.1",
            "np.diff(L).max() > 0",
            says="Noise is read as a rate too high. Every loss trembles a little; ask for a rise that "
            "is large.",
        ),
        Wrong(
            "np.diff(L).max() > 0.1",
            "np.diff(L).max() > 10",
            says="A rate that is too high is not found: its line is jagged, the loss rises by a good "
            "deal from one epoch to the next (lesson 11, *2. The rate is too high*).",
        ),
        Wrong(
            "if L[-1] > 0.5",
            "if L[-1] > 0.01",
            says="Healthy runs are called too slow: hardly any loss ends at zero.",
        ),
        Wrong(
            "if L[-1] > 0.5",
            "if L[-1] > 5",
            says="A rate too low is called healthy: a smooth line that is still high at the end.",
        ),
        Wrong(
            "V[-1] > 1.2 * V.min()",
            "V[-1] > 1.2 * L[-1]",
            says="Validation costs a little more than training in every healthy run. By heart is when "
            "it *rises* again.",
        ),
        Wrong(
            'return "healthy"',
            'return "fine"',
            says="Healthy runs get a name that is none of the six.",
        ),
        Wrong('    return "healthy"', "    pass", "none"),
        Wrong(
            "V.min() > 0.97",
            "V[-1] > 0.97",
            says="You ask for labels that do not fit by where validation *ends*. Who learns by heart "
            "may end above a guess as well, after having been well below it.",
        ),
    ),
)

# %% [markdown]
# ## ★★★ The pull of weight decay
#
# The loss does not depend on a weight $w$: its slope is zero. With weight decay $\lambda$, as in the
# lesson, and momentum $\mu$, what is left of the weight after $t$ updates with the rate $\eta$?
# The velocity starts at zero. Write it as a function, by a formula or by steps.


# %%
def pulled(w, t, learning_rate, momentum, weight_decay):
    "a weight w, and how many updates t -> the weight after them"
    ### BEGIN SOLUTION
    v = 0
    for _ in range(t):
        v = momentum * v - learning_rate * weight_decay * w
        w = w + v
    return w
    ### END SOLUTION


# %% tags=["author"]
def _verify_pull(pulled):
    "By the optimizer of the library, fed with the gradient of the penalty; and by the two powers."
    import nn_from_scratch as nn

    layer = nn.DenseLayer(1, 1, dtype=np.float64)
    layer.weights[...], optimizer = 1.3, nn.StochasticGradientDescent(0.3, 0.9)
    for _ in range(100):
        layer.derivative_weights = 0.05 * layer.weights
        layer.derivative_biases = np.zeros((1, 1))
        optimizer.update_params(layer)
    np.testing.assert_allclose(pulled(1.3, 100, 0.3, 0.9, 0.05), layer.weights[0, 0], rtol=1e-9)
    a, b = np.roots([1, -(1 + 0.5 - 0.02), 0.5])  # w_t = c a^t + e b^t
    c = (1 - 0.02 - b) / (a - b)
    np.testing.assert_allclose(pulled(1.0, 9, 0.2, 0.5, 0.1), c * a**9 + (1 - c) * b**9)


pull = Exercise(
    title="The pull of weight decay",
    stars=3,
    asks="pulled",
    experiment=calls("w", "t", "learning_rate", "momentum", "weight_decay"),
    cases=trials(
        {"w": 0.7, "t": 7, "learning_rate": 0.2, "momentum": 0.6, "weight_decay": 0.3},
        {"w": -1.1, "t": 100, "learning_rate": 0.3, "momentum": 0.8, "weight_decay": 0.01},
    ),
    verify=_verify_pull,
    tolerance=1e-10,
    cure="11_advanced_training#weight-decay,-by-hand",
    hints=(
        "The slope of the penalty $\\tfrac{\\lambda}{2} w^2$ is all that is left of the gradient. What "
        "is it?",
        "It goes through the same update as any gradient: into the velocity, and the velocity into the "
        "weight (lesson `04`).",
        "Two lines in a loop will do; for a formula, look for a solution $w_t = z^t$.",
    ),
    why="The pull $\\lambda w$ is a gradient like any other: $v = \\mu v - \\eta\\lambda w$, $w = w + v$. "
    "At first momentum makes the pull up to $1/(1-\\mu)$ times as strong.",
    right=(
        Right(
            "    for _ in range(t):",
            "    step = np.array([[1 - learning_rate * weight_decay, momentum],\n"
            "                     [-learning_rate * weight_decay, momentum]])\n"
            "    return (np.linalg.matrix_power(step, t) @ [w, v])[0]\n"
            "    for _ in range(t):",
        ),
    ),
    wrong=(
        Wrong(
            "momentum * v - learning_rate",
            "-learning_rate",
            says="That is $(1 - \\eta\\lambda)^t$: nothing of the last step is kept. Where is the "
            "momentum?",
        ),
        Wrong(
            "momentum * v - learning_rate",
            "momentum * v - (1 - momentum) * learning_rate",
            says="That is the averaged form of momentum. In this course a push counts in full.",
        ),
        Wrong(
            "    for _ in range(t):",
            "    return w * (1 - learning_rate * weight_decay / (1 - momentum)) ** t\n"
            "    for _ in range(t):",
            says="You use steps that are $1/(1-\\mu)$ times as long from the first one on. A velocity "
            "needs some updates to build up, and this slope is not steady: it falls with the weight.",
        ),
        Wrong(
            "v - learning_rate",
            "v + learning_rate",
            says="Your weight is pushed away from zero: an update goes *against* the gradient.",
        ),
        Wrong(
            "weight_decay * w",
            "weight_decay / 2 * w",
            says="The half in the penalty is there to cancel the 2 of the square; it is not in the slope.",
        ),
        Wrong(
            "weight_decay * w",
            "2 * weight_decay * w",
            says="Your pull is twice too strong: the penalty has a half in front of the square.",
        ),
        Wrong("range(t)", "range(t + 1)", says="That is one update too many."),
        Wrong("range(t)", "range(t - 1)", says="That is one update too few."),
        Wrong(
            "w = w + v",
            "w = w + momentum * v - learning_rate * weight_decay * w",
            says="That is Nesterov's step, one push ahead.",
        ),
        Wrong(
            "learning_rate * weight_decay",
            "weight_decay",
            says="Your pull lacks the rate: weight decay goes through the gradient, and a gradient is "
            "multiplied by the rate.",
        ),
        Wrong(
            "        v = momentum * v - learning_rate * weight_decay * w\n        w = w + v",
            "        w, v = w + v, momentum * v - learning_rate * weight_decay * w",
            says="Your weight is moved by the velocity of the update before.",
        ),
        Wrong("return w", "return v", says="That is the velocity after the last update."),
        Wrong(
            "weight_decay * w",
            "weight_decay * np.sign(w)",
            says="Your pull is as strong for a small weight as for a large one; that would be a penalty "
            "on the size $|w|$. Here it is on the square.",
        ),
    ),
)
