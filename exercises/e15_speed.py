# %% [markdown]
# # Exercises: speed
#
# Lesson `15_speed` derives all that you need here, and no clock is needed.

# %%
import numpy as np

# %% tags=["author"]
import tracemalloc

from nn_from_scratch.exercises import Exercise, Right, Wrong, calls, case, trials

# %% [markdown]
# ## ★ Counting an epoch
#
# A network with $d$ inputs, $h$ hidden neurons and $k$ classes goes through an epoch of $N$ images.
# Write `multiplications(N, d, h, k)`: how many multiplications its five products take in all, and
# which share of them the two large products have, those with the shape of the first layer.


# %%
def multiplications(N, d, h, k):
    "-> number of multiplications, share of the two large products"
    ### BEGIN SOLUTION
    large, small = 2 * N * d * h, 3 * N * h * k
    return large + small, large / (large + small)
    ### END SOLUTION


# %% tags=["author"]
def _pair(given, trial):
    found = given(trial.N, trial.d, trial.h, trial.k)
    pair = tuple(found) if isinstance(found, (tuple, list, np.ndarray)) else (found,)
    number, share = (*pair, None, None)[:2]
    yield {"the number of multiplications": number, "the share of the two large ones": share}


def _verify_operations(multiplications):
    "By counting: every product of two matrices is made in plain Python, with a counter."
    N, d, h, k = 6, 5, 4, 3

    def cost(a, b):
        assert a[1] == b[0]
        return sum(1 for _ in range(a[0]) for _ in range(b[1]) for _ in range(a[1]))

    forward = cost((N, d), (d, h)), cost((N, h), (h, k))
    back = cost((h, N), (N, k)), cost((N, k), (k, h)), cost((d, N), (N, h))
    number, share = multiplications(N, d, h, k)
    assert number == sum(forward + back)
    assert abs(share - (forward[0] + back[2]) / number) < 1e-12


operations = Exercise(
    title="Counting an epoch",
    stars=1,
    asks="multiplications",
    experiment=_pair,
    cases=trials({"N": 101, "d": 17, "h": 7, "k": 5}, {"N": 60_000, "d": 784, "h": 64, "k": 10}),
    verify=_verify_operations,
    cure="15_speed#the-floor",
    hints=(
        "A product of $(n, d)$ and $(d, h)$ takes $n\\,d\\,h$ multiplications. How an epoch is cut into "
        "batches does not matter: the rows add up to $N$.",
        "Two products forward, three backward (lesson `15`, *The floor*). Which of the five have the "
        "pixels in them?",
    ),
    why="$X W_1$ and $X^\\top G_1$ take $N d h$ each, the other three $N h k$ each. With 784 pixels and 10 "
    "classes the two large ones have nearly everything, however many neurons there are: $h$ cancels in "
    "the share.",
    right=(
        Right("large / (large + small)", "1 / (1 + 1.5 * k / d)"),
        Right("return large + small,", "return N * h * (2 * d + 3 * k),"),
    ),
    wrong=(
        Wrong(
            "2 * N * d * h, 3 * N * h * k",
            "N * d * h, N * h * k",
            says="That is the way forward only. The slopes take more products than the scores.",
        ),
        Wrong(
            "2 * N * d * h",
            "3 * N * d * h",
            says="You count the slope in the pixels as well. Pixels do not learn, and nobody reads it "
            "(lesson 15, *Work that nobody reads*).",
        ),
        Wrong(
            "2 * N * d * h, 3 * N * h * k",
            "2 * 128 * d * h, 3 * 128 * h * k",
            says="That is one batch of 128. An epoch has all $N$ images.",
        ),
        Wrong(
            "3 * N * h * k",
            "2 * N * h * k",
            says="Of the small products there are more: the scores, the slope in the last weights, and "
            "that in the hidden neurons.",
        ),
        Wrong(
            "3 * N * h * k",
            "3 * N * h * h * k",
            says="The hidden neurons are counted twice in the small products: $(n, h)$ and $(h, k)$ share "
            "their inner size.",
        ),
        Wrong("return large + small,", "return 2 * (large + small),", "twice"),
        Wrong(
            "large / (large + small)",
            "small / (large + small)",
            says="That is the share of the three *small* products.",
        ),
        Wrong(
            "large / (large + small)",
            "100 * large / (large + small)",
            says="That is the share in percent. Asked for is a number up to 1.",
        ),
        Wrong("large / (large + small)", "large / 2 / (large + small)", "half"),
        Wrong(
            "large / (large + small)",
            "large / small",
            says="That is how many times as much the large ones take. A share is a part of all.",
        ),
        Wrong(
            "return large + small, large / (large + small)",
            "return large + small",
            "none",
        ),
        Wrong(
            "2 * N * d * h, 3 * N * h * k",
            "2 * N * d, 3 * N * k",
            says="The hidden neurons are missing: each of them has a sum of its own for every image.",
        ),
    ),
)

# %% [markdown]
# ## ★ How much can cores do?
#
# A share $s$ of the time of a step is products, which $c$ cores can share; the rest is done by one.
# Write `gain(s, c)`: how many times as fast the whole is at best.


# %%
def gain(s, c):
    "share s, cores c -> how many times as fast"
    ### BEGIN SOLUTION
    return 1 / (1 - s + s / c)
    ### END SOLUTION


# %% tags=["author"]
def _verify_amdahl(gain):
    "By a plan of a hundred pieces of work: those that can be shared are, the others wait in a row."
    for shared, cores in ((60, 3), (90, 9), (50, 2)):
        loads, alone = [0] * cores, 0
        for piece in range(100):
            if piece < shared:
                loads[loads.index(min(loads))] += 1
            else:
                alone += 1
        assert abs(gain(shared / 100, cores) - 100 / (alone + max(loads))) < 1e-12
    assert gain(0.3, 1) == 1


amdahl = Exercise(
    title="How much can cores do?",
    stars=1,
    asks="gain",
    experiment=calls("s", "c"),
    cases=trials({"s": 0.9, "c": 7}, {"s": 0.37, "c": 3}, {"s": 0.73, "c": 11}),
    verify=_verify_amdahl,
    cure="15_speed#what-was-left-on-the-table",
    hints=(
        "Let the whole take 1 second with one core. How long do its two parts take with $c$ cores?",
        "How many times as fast: the time before over the time after.",
    ),
    why="The shared part takes $s/c$, the rest $1 - s$ as before: Amdahl's law. With ever more cores the "
    "rest decides, and the gain ends at $1/(1 - s)$.",
    right=(Right("1 / (1 - s + s / c)", "c / (c * (1 - s) + s)"),),
    wrong=(
        Wrong(
            "1 / (1 - s + s / c)",
            "1 / (1 - s)",
            says="That is the end of the road, with ever more cores. With $c$ of them the shared part "
            "still takes some time.",
        ),
        Wrong("1 / (1 - s + s / c)", "c * s", says="Cores do not multiply with the share: think of times."),
        Wrong(
            "(1 - s + s / c)",
            "(s + (1 - s) / c)",
            says="The two parts are exchanged: it is the products, the share $s$, that cores can share.",
        ),
        Wrong(
            "1 / (1 - s + s / c)",
            "1 - s + s / c",
            says="That is the time that is left. Asked for is how many times as *fast*: the time before "
            "over the time after.",
        ),
        Wrong(
            "1 / (1 - s + s / c)",
            "1 - s + c * s",
            says="That is how much more work $c$ cores could do in the same time. Here the work stays, "
            "and the time is asked for.",
        ),
        Wrong(
            "1 / (1 - s + s / c)",
            "c / s",
            says="The part that one core does alone is missing: it takes as long as before.",
        ),
        Wrong(
            "1 / (1 - s + s / c)",
            "c",
            says="That would be so if everything could be shared.",
        ),
        Wrong(
            "1 / (1 - s + s / c)",
            "1 / (1 - s + s / c) - 1",
            says="That is how much faster *beyond* one time. As fast as before is a gain of 1.",
        ),
        Wrong(
            "(1 - s + s / c)",
            "(1 - s + s * c)",
            says="With more cores the shared part takes less time, not more.",
        ),
    ),
)

# %% [markdown]
# ## ★★ An update that makes no array
#
# Write `update(w, v, slope, place, learning_rate, momentum)`: $v = \mu v - \eta g$, $w = w + v$, in
# the arrays `w` and `v` themselves. No new array may be made; `place` is one of the same shape and
# type for what comes up on the way. The slope $g$ stays as it is: somebody may want to read it. The
# check counts the bytes that NumPy asks for.


# %%
def update(w, v, slope, place, learning_rate, momentum):
    "four arrays of one shape and type, of which w, v and place may be written on"
    ### BEGIN SOLUTION
    np.multiply(slope, learning_rate, out=place)
    v *= momentum
    v -= place
    w += v
    ### END SOLUTION


# %% tags=["author"]
def _arrays(rng):
    for shape in ((131, 101), (101, 101)):
        w, v, slopes = (rng.standard_normal(size).astype(np.float32) for size in (shape, shape, (2, *shape)))
        yield case(learning_rate=0.1, momentum=0.9, w=w, v=v, slopes=slopes)


def _weighed(given, trial):
    "Two updates; what they leave, and how many arrays were asked for on the way, at most at once."
    w, v, place = trial.w.copy(), trial.v.copy(), np.zeros_like(trial.w)
    for slope in trial.slopes.copy():
        before, own = slope.copy(), not tracemalloc.is_tracing()
        if own:
            tracemalloc.start()
        tracemalloc.reset_peak()
        start = tracemalloc.get_traced_memory()[0]
        try:
            given(w, v, slope, place, trial.learning_rate, trial.momentum)
            peak = tracemalloc.get_traced_memory()[1] - start
        finally:
            if own:
                tracemalloc.stop()
        results = {"the velocity": v, "the weights": w, "the slope": slope}
        n_new = min(round(peak / w.nbytes), 2)  # 2 for two and more: NumPy has buffers of its own
        yield results | {"the number of new arrays": n_new}, {"g": before}


def _verify_in_place(update):
    import nn_from_scratch as nn

    rng, layer = np.random.default_rng(0), nn.DenseLayer(5, 3, dtype=np.float64)
    optimizer, w, v, place = nn.StochasticGradientDescent(0.2, 0.8), layer.weights.copy(), *np.zeros((2, 5, 3))
    for _ in range(5):
        layer.derivative_weights = slope = rng.standard_normal((5, 3))
        layer.derivative_biases = np.zeros((1, 3))
        optimizer.update_params(layer)
        assert update(w, v, slope, place, 0.2, 0.8) is None
        np.testing.assert_allclose(w, layer.weights)


in_place = Exercise(
    title="An update that makes no array",
    stars=2,
    asks="update",
    experiment=_weighed,
    cases=_arrays,
    verify=_verify_in_place,
    tolerance=1e-6,
    cure="15_speed#no-needless-copies",
    hints=(
        "`a *= 2` writes into `a` itself; `a = 2 * a` makes a new array that only your "
        "function knows.",
        "Rate times slope comes up on the way: `np.multiply(..., out=...)` says where it should go.",
        "Four lines, and none of them has a `+`, `-` or `*` between two things that is not followed by "
        "`=`.",
    ),
    why="`out=` and `*=`, `-=`, `+=` write where we say. Every other `+` and `*` asks for memory, writes "
    "it, reads it once and gives it back.",
    right=(
        Right("    v *= momentum\n    v -= place", "    np.multiply(v, momentum, out=v)\n    np.subtract(v, place, out=v)"),
        Right(
            "    np.multiply(slope, learning_rate, out=place)",
            "    place[...] = slope\n    place *= learning_rate",
        ),
    ),
    wrong=(
        Wrong(
            "v -= place",
            "v -= learning_rate * slope",
            says="A new array is made on the way, once: a product or a sum that is not told where to go. "
            "`place` is there for it.",
        ),
        Wrong(
            "w += v",
            "w = w + v",
            says="The weights did not move: `w = w + v` makes a new array, and only your function knows "
            "it.",
        ),
        Wrong(
            "    np.multiply(slope, learning_rate, out=place)",
            "    slope *= learning_rate\n    place[...] = slope",
            says="The slope has been written on: somebody may want to read it.",
        ),
        Wrong(
            "    v *= momentum\n    v -= place",
            "    v -= place\n    v *= momentum",
            says="The new push fades in its own update already: first the old velocity fades, then the "
            "push comes.",
        ),
        Wrong(
            "v *= momentum",
            "v *= 0",
            says="Nothing of the velocity is kept: where is the momentum?",
        ),
        Wrong("v -= place", "v += place", says="That goes uphill: an update goes *against* the slope."),
        Wrong(
            "    v *= momentum\n    v -= place\n    w += v",
            "    w += v\n    v *= momentum\n    v -= place",
            says="The weights were moved by the velocity of the update before.",
        ),
        Wrong(
            "    v *= momentum\n    v -= place",
            "    v = momentum * v\n    v -= place",
            says="The velocity was made anew, and the next update does not see it: `v = ...` gives a name "
            "to another array.",
        ),
        Wrong(
            "w += v",
            "w += v.astype(np.float64)",
            says="Two arrays are made on the way, or one in double precision, which is twice as large.",
        ),
        Wrong(
            "    np.multiply(slope, learning_rate, out=place)",
            "    np.copyto(place, slope)",
            says="The push lacks the learning rate.",
        ),
        Wrong(
            "    w += v",
            "    w += v\n    w += v",
            says="The weights were moved twice.",
        ),
    ),
)

# %% [markdown]
# ## ★★★ Softmax on its side
#
# For long rows to add up, the classes must be in rows. Write `softmax(Z)`: scores $(n, k)$ come in,
# probabilities $(n, k)$ go out, and in between everything happens in an array $(k, n)$. Scores may
# be as large as a thousand. The scores stay as they are.


# %%
def softmax(Z):
    "scores Z (n, k) -> probabilities (n, k)"
    ### BEGIN SOLUTION
    S = Z.T.copy()  # (k, n)
    S -= S.max(axis=0)
    np.exp(S, out=S)
    S /= S.sum(axis=0)
    return S.T
    ### END SOLUTION


# %% tags=["author"]
def _scores(rng):
    "In the last case every sample lies far above the one before it."
    for n, k, scale in ((7, 5, 1.0), (5, 5, 1.0), (7, 3, 1000.0)):
        Z = scale * rng.standard_normal((n, k))
        yield case(n=n, k=k, Z=Z if scale == 1 else Z + 10 * scale * np.arange(n)[:, None])


def _sideways(given, trial):
    powers = np.exp(trial.Z - trial.Z.max(axis=1, keepdims=True))
    yield {"the probabilities": given(trial.Z)}, {"Z": trial.Z, "exp(Z - max)": powers}


def _verify_rows(softmax):
    "By the library, and by rows that add up to one."
    from nn_from_scratch import Softmax

    Z = 30 * np.random.default_rng(0).standard_normal((40, 10))
    np.testing.assert_allclose(softmax(Z), Softmax().forward(Z), rtol=1e-10)
    np.testing.assert_allclose(softmax(Z).sum(axis=1), 1)


rows = Exercise(
    title="Softmax on its side",
    stars=3,
    asks="softmax",
    experiment=_sideways,
    cases=_scores,
    verify=_verify_rows,
    cure="15_speed#two-formulas-that-are-one",
    hints=(
        "`Z.T` looks at the same numbers from the side: what you write on it, you write on the scores. "
        "`.copy()` makes an array of your own, whose rows are the classes.",
        "A sample is a *column* now. Its maximum and its sum run over axis 0, and have the shape $(n,)$, "
        "which goes with every row.",
        "At the end look at it from the side again.",
    ),
    why="With $(k, n)$ each sum adds whole rows of $n$ numbers, $k - 1$ times, instead of $k$ numbers $n$ "
    "times. One copy is the price, and the numbers are the same.",
    right=(
        Right("S = Z.T.copy()  # (k, n)\n    S -= S.max(axis=0)", "S = Z.T - Z.max(axis=1)"),
        Right("S /= S.sum(axis=0)", "S *= 1 / S.sum(axis=0)"),
    ),
    wrong=(
        Wrong(
            "S.max(axis=0)",
            "S.max(axis=1, keepdims=True)",
            says="You take off the largest score of each *class*. A sample is a column now, and so is what "
            "must get the same number taken off.",
        ),
        Wrong(
            "S.sum(axis=0)",
            "S.sum(axis=1, keepdims=True)",
            says="The probabilities of a *class* add up to one with you. Those of a sample must, and a "
            "sample is a column now.",
        ),
        Wrong("return S.T", "return S", "transposed"),
        Wrong("Z.T.copy()", "Z.T", "in_place"),
        Wrong("    S -= S.max(axis=0)", "    pass", "not_finite"),
        Wrong("S.max(axis=0)", "S.max()", "not_finite"),
        Wrong("S.max(axis=0)", "S.min(axis=0)", "not_finite"),
        Wrong(
            "S.sum(axis=0)",
            "S.sum()",
            says="The whole batch adds up to one with you; every sample must.",
        ),
        Wrong(
            "Z.T.copy()",
            "Z.reshape(Z.shape[::-1]).copy()",
            says="`reshape` deals the same numbers into other rows, and mixes the samples. Turning is "
            "`.T`.",
        ),
        Wrong(
            "    np.exp(S, out=S)",
            "    np.exp(S)",
            says="The powers are worked out and thrown away: say where they should go.",
        ),
        Wrong(
            "    S /= S.sum(axis=0)",
            "    pass",
            says="Nothing is divided by its sum: those are powers, not probabilities.",
        ),
        Wrong("Z.T.copy()", "Z.T.astype(np.float32)", "float32"),
    ),
)
