# %% [markdown]
# # Exercises: training
#
# Lesson `07_training` derives all that you need here. Write in the cells, run them, and let the
# check tell you what it finds; `ex.mean.hint()` gives the next hint, `ex.mean.solution()` a
# solution.

# %%
from itertools import islice

import numpy as np

# %% tags=["author"]
from nn_from_scratch.exercises import Exercise, Right, Wrong, case

# %% [markdown]
# ## ★ The loss of an epoch
#
# An epoch came in batches, and the last may be smaller than the others. `losses` has the mean loss
# $L_b$ of each batch, `sizes` its number of samples $n_b$; both are arrays with an entry a batch.
# Write `epoch_loss(losses, sizes)`: the mean loss $\bar L$ of all samples of the epoch.


# %%
def epoch_loss(losses, sizes):
    ### BEGIN SOLUTION
    return np.sum(sizes * losses) / np.sum(sizes)
    ### END SOLUTION


# %% tags=["author"]
def _mean_cases(rng):
    for n, batch_size in ((97, 13), (17, 7), (49, 7)):  # in the last, all batches are full
        sizes = np.diff([*range(0, n, batch_size), n])
        yield case(n=n, batch_size=batch_size, losses=rng.uniform(0.2, 3, len(sizes)), sizes=sizes)


def _mean(given, trial):
    yield {"the loss": given(trial.losses, trial.sizes)}


def _verify_mean(epoch_loss):
    "The plain mean over samples whose losses are known one by one."
    each = np.random.default_rng(0).random(103)
    parts = [each[start : start + 10] for start in range(0, 103, 10)]
    found = epoch_loss(np.array([p.mean() for p in parts]), np.array([len(p) for p in parts]))
    np.testing.assert_allclose(found, each.mean(), rtol=1e-12)
    assert epoch_loss(np.array([1.0, 1, 4]), np.array([4, 4, 2])) == 1.6  # by hand in lesson 06


mean = Exercise(
    title="The loss of an epoch",
    stars=1,
    asks="epoch_loss",
    experiment=_mean,
    cases=_mean_cases,
    verify=_verify_mean,
    cure="07_training#two-losses-of-an-epoch",
    hints=(
        "If the batch has $n_b$ samples and their mean loss is $L_b$, what is the *sum* of their "
        "losses?",
        "All those sums together, divided by the number of all samples.",
    ),
    why="$\\bar L = \\frac1n \\sum_b n_b L_b$ with $n = \\sum_b n_b$: each batch speaks for its "
    "samples.",
    right=(
        Right("np.sum(sizes * losses) / np.sum(sizes)", "np.average(losses, weights=sizes)"),
        Right("np.sum(sizes * losses) / np.sum(sizes)", "sizes @ losses / sum(sizes)"),
        Right("np.sum(sizes * losses) / np.sum(sizes)", "np.repeat(losses, sizes).mean()"),
    ),
    wrong=(
        Wrong("np.sum(sizes * losses) / np.sum(sizes)", "losses.mean()",
              says="In the mean of the batches, the samples of a short one count more than those "
              "of the others. See *One number for the whole* in lesson 06."),
        Wrong("np.sum(sizes * losses) / np.sum(sizes)", "losses.sum()",
              says="That is the sum of the batches' losses, and grows with their number."),
        Wrong("np.sum(sizes * losses) / np.sum(sizes)", "losses[-1]",
              says="That is the loss of the last batch alone."),
        Wrong("np.sum(sizes * losses) / np.sum(sizes)", "np.median(losses)",
              says="That is the loss of the batch in the middle; asked for is a mean over samples."),
        Wrong("/ np.sum(sizes)", "/ len(sizes)",
              says="It is divided by the number of batches. The sum above the line runs over all "
              "samples, so what it is divided by must count samples."),
        Wrong("/ np.sum(sizes)", "/ (len(sizes) * sizes[0])",
              says="It is divided as if all batches were full."),
        Wrong("np.sum(sizes * losses)", "np.sum(losses)",
              says="Each loss is a mean already. Before it is divided by all samples, it must be "
              "made the sum over its own."),
        Wrong("np.sum(sizes * losses) / np.sum(sizes)", "np.sum(losses / sizes) / np.sum(1 / sizes)",
              says="The weights are upside down: the short batch counts most."),
        Wrong("np.sum(sizes * losses) / np.sum(sizes)",
              "np.sum((sizes * losses)[:-1]) / np.sum(sizes[:-1])",
              says="The last batch was left out."),
        Wrong("np.sum(sizes * losses) / np.sum(sizes)", "np.sum(sizes * losses)", "times_n"),
        Wrong("np.sum(sizes * losses) / np.sum(sizes)", "sizes * losses / np.sum(sizes)",
              "not_reduced"),
    ),
)

# %% [markdown]
# ## ★★ Batches
#
# Write `batches(X, y, batch_size, rng)`: one epoch of pairs, `batch_size` rows of X and the labels
# beside them, until every row has come once; the last pair may be smaller. The order is a fresh
# one in each epoch, drawn from the generator `rng`. X is $(n, d)$, y is $(n,)$, and neither is
# changed. Use `yield`, or return a list.


# %%
def batches(X, y, batch_size, rng):
    ### BEGIN SOLUTION
    order = rng.permutation(len(X))
    for start in range(0, len(X), batch_size):
        rows = order[start : start + batch_size]
        yield X[rows], y[rows]
    ### END SOLUTION


# %% tags=["author"]
def _batches_cases(rng):
    for n, batch_size in ((23, 5), (14, 7), (17, 17)):
        X = rng.standard_normal((n, 3))
        X[:, 0] = np.arange(n)  # the number of the row
        yield case(n=n, batch_size=batch_size, X=X, y=100.0 * np.arange(n))


def _numbers(made, most):
    "The row numbers in X and in y of each batch, and of no more; None if nothing was made."
    if made is None:
        return None
    if isinstance(made, tuple) and len(made) == 2 and np.ndim(made[0]) == 2:
        made = [made]  # one pair, returned
    return [(np.asarray(X)[:, 0].astype(int).tolist(), (np.asarray(y) / 100).astype(int).tolist())
            for X, y in islice(made, most)]  # a generator may have no end


def _deal(given, trial):
    "Two epochs from one generator, and the first of them again: what can be said of the batches."
    world = np.random.get_state()
    rng, again = np.random.default_rng(7), np.random.default_rng(7)
    first, second, same = (
        _numbers(given(trial.X, trial.y, trial.batch_size, each), trial.n + 1) for each in (rng, rng, again)
    )
    moved = not np.array_equal(world[1], np.random.get_state()[1]) or world[2] != np.random.get_state()[2]
    np.random.set_state(world)
    names = ("the sizes of the batches", "a row comes twice or never", "only y comes as it lies",
             "labels beside another row", "draws from NumPy's global generator",
             "the same seed gives the same batches", "the rows come as they lie",
             "two epochs in the same order", "a batch has the same rows in each epoch")
    if first is None:
        yield dict.fromkeys(names)
        return
    orders = [sum((x for x, _ in epoch), []) for epoch in (first, second)]
    labels = sum((y for _, y in first), [])
    lie = list(range(trial.n))
    values = (
        [len(x) for x, _ in first],
        float(sorted(orders[0]) != lie),
        float(labels == lie != orders[0]),
        float(orders[0] != labels),
        float(moved),
        float(first == same),
        float(orders[0] == lie),
        float(orders[0] == orders[1]),
        float([set(x) for x, _ in first] == [set(x) for x, _ in second]),
    )
    yield dict(zip(names, values))


def _verify_batches(batches):
    "Every row comes first equally often; and a network learns from them what it should."
    rng, firsts = np.random.default_rng(0), np.zeros(5)
    X, y = np.arange(5.0)[:, None], np.arange(5.0)
    for _ in range(5000):
        made = list(batches(X, y, 2, rng))
        assert [len(x) for x, _ in made] == [2, 2, 1]
        firsts[int(made[0][0][0, 0])] += 1
        assert all(np.array_equal(x[:, 0], labels) for x, labels in made)
    assert np.abs(firsts / 5000 - 0.2).max() < 0.03
    X, w = rng.standard_normal((200, 3)), np.zeros(3)
    for _ in range(20):
        for x, labels in batches(X, X @ [1.0, 2.0, 3.0], 32, rng):
            w -= 0.1 * 2 * x.T @ (x @ w - labels) / len(x)
    np.testing.assert_allclose(w, [1, 2, 3], atol=1e-3)


batches = Exercise(  # noqa: F811
    title="Batches",
    stars=2,
    asks="batches",
    experiment=_deal,
    cases=_batches_cases,
    verify=_verify_batches,
    cure="07_training#batches,-from-idea-to-library",
    hints=(
        "`rng.permutation(n)` gives the numbers of all rows, shuffled. *One* such order must serve "
        "both arrays.",
        "`range(start, stop, step)` with a step gives the places where the slices begin; a slice "
        "that reaches beyond the end stops there by itself.",
        "With an array of row numbers for an index, you get those rows.",
    ),
    why="One order for X and y, cut into slices. It is drawn when the epoch begins, from the "
    "generator that was handed in, so that a run can be repeated.",
    right=(
        Right("rng.permutation(len(X))", "np.argsort(rng.random(len(X)))"),
        Right("    order = rng.permutation(len(X))\n",
              "    order = list(range(len(X)))\n    rng.shuffle(order)\n"),
        Right("    for start in range(0, len(X), batch_size):\n"
              "        rows = order[start : start + batch_size]\n"
              "        yield X[rows], y[rows]",
              "    starts = range(0, len(X), batch_size)\n"
              "    pieces = [order[start : start + batch_size] for start in starts]\n"
              "    return [(X[rows], y[rows]) for rows in pieces]"),
    ),
    wrong=(
        Wrong("        rows = order[start : start + batch_size]",
              "        rows = rng.permutation(np.arange(len(X))[start : start + batch_size])",
              says="A batch has the same rows in each epoch, only their order changes: shuffle "
              "*before* you cut."),
        Wrong("rng.permutation(len(X))", "rng.integers(0, len(X), len(X))",
              says="The rows are drawn with replacement: some come twice, and some never. An epoch "
              "is every sample once."),
        Wrong("yield X[rows], y[rows]", "yield X[rows], rng.permutation(y[rows])",
              says="The labels of a batch are shuffled once more: *one* order must serve both."),
        Wrong("range(0, len(X), batch_size)", "range(0, len(X) - batch_size + 1, batch_size)",
              says="The last, smaller batch is missing: its samples count like all others."),
        Wrong("range(0, len(X), batch_size)", "range(len(X))",
              says="The batches overlap: each should begin where the one before it ends, "
              "`batch_size` rows farther on."),
        Wrong("start + batch_size]", "start + batch_size + 1]",
              says="The batches are a row too long, and neighbours share one: the end of a slice "
              "is not in it."),
        Wrong("        yield X[rows], y[rows]", "        return X[rows], y[rows]",
              says="`return` ends the function with the first batch. `yield` hands one out and goes "
              "on from there. See *Batches* in lesson 04."),
        Wrong("yield X[rows], y[rows]", "yield X[rows], y[start : start + batch_size]",
              says="X is shuffled and y is not: the labels sit beside other samples. See *Break it: "
              "labels that lost their samples* in lesson 07."),
        Wrong("rng.permutation(len(X))", "np.random.default_rng().permutation(len(X))",
              says="The generator that was handed in is not used: from the same seed, the batches "
              "come out otherwise. Nobody could repeat such a run."),
        Wrong("rng.permutation(len(X))", "np.random.permutation(len(X))",
              says="That draws from NumPy's global generator, which anybody may use in between. "
              "Take the one that was handed in."),
        Wrong("rng.permutation(len(X))", "np.random.default_rng(0).permutation(len(X))",
              says="Every epoch has the same order: a new generator with the same seed begins anew. "
              "Draw from the one that was handed in."),
        Wrong("rng.permutation(len(X))", "np.arange(len(X))",
              says="The rows are not shuffled. See *Why the rows are shuffled* in lesson 04."),
        Wrong("    order = rng.permutation(len(X))",
              "    rng.shuffle(X)\n    order = rng.permutation(len(X))", "in_place"),
    ),
)
