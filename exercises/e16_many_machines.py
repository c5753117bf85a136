# %% [markdown]
# # Exercises: many machines
#
# Lesson `16_many_machines` derives all that you need here. One machine is enough.

# %%
import numpy as np

# %% tags=["author"]
from nn_from_scratch.exercises import Exercise, Right, Wrong, calls, case, trials

# %% [markdown]
# ## ★ The gradient, in pieces
#
# $N$ shards have answered for a batch. `gradients` is a list of $N$ arrays $(d, k)$, each the
# gradient of the *mean* loss of a shard's own rows; `counts` says how many rows that were. A shard
# without a row in the batch has the mean of nothing, `nan`. Write `combine(gradients, counts)`: the
# gradient of the mean loss of the batch.


# %%
def combine(gradients, counts):
    "N arrays (d, k), N numbers of rows -> (d, k)"
    ### BEGIN SOLUTION
    total = sum(counts)
    pairs = zip(gradients, counts)
    return sum(count / total * gradient for gradient, count in pairs if count > 0)
    ### END SOLUTION


# %% tags=["author"]
def _answers(rng):
    for counts, d, k in (([1, 11, 5], 5, 3), ([4, 0, 1, 8], 3, 3)):
        gradients = [rng.standard_normal((d, k)) if count else np.full((d, k), np.nan) for count in counts]
        for gradient in gradients:
            gradient.flags.writeable = False
        yield case(n=sum(counts), N=len(counts), d=d, k=k, gradients=gradients, counts=counts)


def _verify_mean(combine):
    "By a network: its gradient of a batch, and those of three shards of it."
    from nn_from_scratch import DenseLayer, SoftmaxCategoricalCrossEntropy

    rng = np.random.default_rng(0)
    layer, loss = DenseLayer(5, 3, dtype=np.float64, rng=rng), SoftmaxCategoricalCrossEntropy()
    X, y = rng.standard_normal((40, 5)), rng.integers(0, 3, 40)

    def slope(rows):
        loss.forward(layer.forward(X[rows]), y[rows])
        layer.backward(loss.backward(loss.output, y[rows]))
        return layer.derivative_weights.copy()

    parts = np.split(np.arange(40), [7, 30])
    whole = combine([slope(part) for part in parts], [len(part) for part in parts])
    np.testing.assert_allclose(whole, slope(np.arange(40)), rtol=1e-10, atol=1e-14)


mean = Exercise(
    title="The gradient, in pieces",
    stars=1,
    asks="combine",
    experiment=calls("gradients", "counts"),
    cases=_answers,
    verify=_verify_mean,
    cure="16_many_machines#the-mean,-in-pieces",
    hints=(
        "Who has three times as many rows must count three times as much.",
        "Each shard counts by its share $n_s/n$ of the rows of the batch.",
        "Zero times `nan` is `nan`: leave out who had nothing to say.",
    ),
    why="$\\sum_s \\tfrac{n_s}{n}\\,\\partial L_s/\\partial W$: exact for any division, since a derivative "
    "goes through sums and through numbers that do not depend on $W$.",
    right=(
        Right(
            "sum(count / total * gradient for gradient, count in pairs if count > 0)",
            "np.average([g for g, c in pairs if c], axis=0, weights=[c for c in counts if c])",
        ),
        Right(
            "sum(count / total * gradient for gradient, count in pairs if count > 0)",
            "sum(c * g for g, c in pairs if c) / total",
        ),
    ),
    wrong=(
        Wrong(
            "count / total * gradient",
            "gradient / len(counts)",
            says="That is the plain mean of the shards. One with many rows must count more than one with "
            "few (lesson 16, *The mean, in pieces*).",
        ),
        Wrong(
            "count / total * gradient",
            "gradient",
            says="The gradients are added up as they are. Each is a mean already: all together they must "
            "count once.",
        ),
        Wrong("count / total * gradient", "count * gradient", "times_n"),
        Wrong(
            " if count > 0",
            "",
            says="A shard without rows has spoiled everything: zero times `nan` is `nan`. Leave it out "
            "of the sum.",
        ),
        Wrong(
            "count / total * gradient",
            "(count / total) ** 2 * gradient",
            says="The share is in it twice.",
        ),
        Wrong(
            "count / total * gradient",
            "count / max(counts) * gradient",
            says="You divide by the rows of the largest shard. The shares must add up to one.",
        ),
        Wrong(
            "zip(gradients, counts)",
            "zip(gradients, counts[1:] + counts[:1])",
            says="Each gradient has got the share of another shard.",
        ),
        Wrong(
            "count / total * gradient",
            "(1 - count / total) * gradient",
            says="The shards with *few* rows count most with you.",
        ),
        Wrong(
            "count / total * gradient",
            "count / total / len(counts) * gradient",
            says="Divided by the number of shards as well. The shares add up to one already.",
        ),
        Wrong(
            "    total = sum(counts)",
            "    total = sum(counts)\n    return gradients[counts.index(max(counts))]",
            says="That is the gradient of the largest shard alone; the others have rows, too.",
        ),
        Wrong("count > 0", "count > 1", says="A shard with a single row has been left out."),
    ),
)

# %% [markdown]
# ## ★★ What a step costs
#
# The one in the middle sends the $P$ weights to each of $N$ machines as `float32`, and gets the $P$
# slopes back as `float16`, with half as many bytes. A step of a machine takes $f$ seconds and $r$
# for each of its rows; a message and its answer take $\ell$ seconds before their first byte, and
# $\beta$ bytes go through the network card of the middle in a second, one message after the other.
# Write `step(N, n, P, f, r, latency, bandwidth)` for batches of $n$ rows, shared evenly: the bytes
# that go through that card in a step, and the seconds that a step takes.


# %%
def step(N, n, P, f, r, latency, bandwidth):
    "-> bytes through the card of the middle, seconds"
    ### BEGIN SOLUTION
    each = 4 * P + 2 * P
    seconds = f + r * n / N + N * (latency + each / bandwidth)
    return N * each, seconds
    ### END SOLUTION


# %% tags=["author"]
def _bytes_and_seconds(given, trial):
    facts = ("N", "n", "P", "f", "r", "latency", "bandwidth")
    found = given(*(getattr(trial, name) for name in facts))
    pair = tuple(found) if isinstance(found, (tuple, list, np.ndarray)) else (found,)
    traffic, seconds = (*pair, None, None)[:2]
    yield {"the bytes": traffic, "the seconds": seconds}


def _verify_step(step):
    "By sending: a clock that is moved by hand, message by message, with arrays of these types."
    N, n, P, f, r, latency, bandwidth = 3, 96, 50, 0.1, 0.01, 0.02, 1000.0
    weights, slopes = np.zeros(P, np.float32), np.zeros(P, np.float16)
    clock, sent = 0.0, 0
    for _ in range(N):
        clock += latency
        for message in (weights, slopes):
            clock, sent = clock + message.nbytes / bandwidth, sent + message.nbytes
    clock += f + sum(r for _ in np.array_split(np.arange(n), N)[0])
    np.testing.assert_allclose(step(N, n, P, f, r, latency, bandwidth), (sent, clock))


cost = Exercise(
    title="What a step costs",
    stars=2,
    asks="step",
    experiment=_bytes_and_seconds,
    cases=trials(
        {"N": 7, "n": 1001, "P": 50_890, "f": 0.003, "r": 2e-5, "latency": 4e-4, "bandwidth": 1.1e9},
        {"N": 3, "n": 513, "P": 9001, "f": 0.002, "r": 3e-5, "latency": 1e-4, "bandwidth": 1.3e8},
    ),
    verify=_verify_step,
    cure="16_many_machines#what-it-costs",
    hints=(
        "A `float32` has four bytes, a `float16` two. What goes to one machine, and what comes back?",
        "All $N$ machines work at the same time, each on its part of the rows; but their messages go one "
        "after the other through one card.",
    ),
    why="$6 N P$ bytes, and $f + r\\,n/N + N(\\ell + 6P/\\beta)$ seconds: the work falls with $N$, the "
    "messages grow with it. Half precision one way saves a quarter of the bytes.",
    right=(Right("4 * P + 2 * P", "6 * P"), Right("r * n / N +", "n / N * r +")),
    wrong=(
        Wrong(
            "4 * P + 2 * P",
            "4 * P + 4 * P",
            says="That is `float32` both ways, as in the lesson. Here the slopes have half as many bytes.",
        ),
        Wrong("4 * P + 2 * P", "4 * P", says="The slopes that come back are missing."),
        Wrong("4 * P + 2 * P", "2 * P", says="The weights that are sent out are missing."),
        Wrong(
            "return N * each,",
            "return each,",
            says="Those are the bytes of one machine. The card of the middle sees those of all.",
        ),
        Wrong(
            "4 * P + 2 * P",
            "8 * (4 * P + 2 * P)",
            says="Those are bits; a byte has eight of them.",
        ),
        Wrong(
            "4 * P + 2 * P",
            "(4 * P + 2 * P) * n",
            says="You send something for every row. Weights and slopes go once a step, however many rows "
            "there are; the rows stay where they are.",
        ),
        Wrong(
            "N * (latency + each / bandwidth)",
            "latency + each / bandwidth",
            says="In the seconds there is one message only. The middle talks to one machine after the "
            "other.",
        ),
        Wrong(
            "N * (latency + each / bandwidth)",
            "latency + N * each / bandwidth",
            says="The latency is in the seconds once. Every message waits for its first byte.",
        ),
        Wrong(
            "r * n / N",
            "r * n",
            says="Every machine does all rows with you. They are shared.",
        ),
        Wrong(
            "f + r * n / N",
            "(f + r * n) / N",
            says="What a step costs besides its rows, $f$, is not shared: each machine pays it, all at "
            "the same time.",
        ),
        Wrong(
            "f + r * n / N",
            "N * f + r * n / N",
            says="The machines pay $f$ at the same time, not one after the other.",
        ),
        Wrong(
            "each / bandwidth",
            "bandwidth / each",
            says="Bytes over bytes a second are seconds: the quotient is upside down.",
        ),
        Wrong("return N * each, seconds", "return N * each", "none"),
    ),
)

# %% [markdown]
# ## ★★ Who has which row?
#
# The rows of a run lie in shards, one after the other: with `sizes` 60 and 150, number 75 is row 15
# of the second. Write `split(numbers, sizes)`: a list with an array for each shard, which of its own
# rows are in the batch `numbers`, in the order in which they come in the batch. A shard may have
# none: then its array is empty.


# %%
def split(numbers, sizes):
    "numbers (n,) through all shards, sizes of N shards -> N arrays of rows"
    ### BEGIN SOLUTION
    starts = np.cumsum(sizes) - sizes
    shard = np.searchsorted(starts, numbers, side="right") - 1
    return [numbers[shard == s] - starts[s] for s in range(len(sizes))]
    ### END SOLUTION


# %% tags=["author"]
def _batches(rng):
    "First and last rows of all shards; then a batch without first rows, and the third shard has none."
    for sizes in ((23, 7, 41), (11, 5, 13)):
        starts = np.cumsum(sizes) - sizes
        numbers = np.concatenate([starts, starts + sizes - 1, rng.integers(0, sum(sizes), 13)])
        numbers = rng.permutation(np.unique(numbers))
        if sizes[0] == 11:
            numbers = numbers[(numbers < 16) & ~np.isin(numbers, starts)]
        yield case(n=len(numbers), N=3, sizes=sizes, numbers=numbers)


def _rows(given, trial):
    found = given(trial.numbers, trial.sizes)
    if not isinstance(found, (list, tuple)) or len(found) != trial.N:
        answer = None if found is None else np.zeros(len(found) if hasattr(found, "__len__") else 0)
        yield {"the list": answer} | {f"the rows of shard {s}": None for s in range(trial.N)}
        return
    yield {"the list": np.zeros(trial.N)} | {f"the rows of shard {s}": each for s, each in enumerate(found)}


def _verify_split(split):
    "By names: every row is called by its shard and place, and found again."
    rng, sizes = np.random.default_rng(0), (4, 9, 1, 6)
    names = [(s, row) for s, size in enumerate(sizes) for row in range(size)]
    for _ in range(20):
        numbers = rng.choice(20, 8, replace=False)
        wanted = [[names[i][1] for i in numbers if names[i][0] == s] for s in range(4)]
        assert [each.tolist() for each in split(numbers, sizes)] == wanted


shards = Exercise(
    title="Who has which row?",
    stars=2,
    asks="split",
    experiment=_rows,
    cases=_batches,
    verify=_verify_split,
    cure="16_many_machines#a-worker-for-each-shard",
    hints=(
        "Where does each shard start, counted through all? `np.cumsum` gives where each *ends*.",
        "A number belongs to the last shard that starts at or before it: compare, or `np.searchsorted`.",
        "`numbers[mask]` keeps the order. Counted from the start of its shard, a number is a row.",
    ),
    why="Number minus start of its shard. The weights of the mean follow from it: $n_s$ is the length of "
    "each array, and who has none is not asked.",
    right=(
        Right(
            "numbers[shard == s] - starts[s] for s in range(len(sizes))",
            "numbers[(numbers >= a) & (numbers < a + m)] - a for a, m in zip(starts, sizes)",
        ),
        Right("np.cumsum(sizes) - sizes", "np.concatenate([[0], np.cumsum(sizes)[:-1]])"),
    ),
    wrong=(
        Wrong(
            "numbers[shard == s] - starts[s]",
            "numbers[shard == s]",
            says="Those are numbers through all shards. A shard counts its own rows from 0.",
        ),
        Wrong(
            'side="right"',
            'side="left"',
            says="The first row of each shard went to the shard before it: who starts *at* a number has "
            "it.",
        ),
        Wrong(
            "    starts = np.cumsum(sizes) - sizes\n",
            "    return np.array_split(numbers, len(sizes))\n    starts = np.cumsum(sizes) - sizes\n",
            says="You cut the batch by position, in equal pieces. Who is asked about a row is who *has* "
            "it.",
        ),
        Wrong(
            "numbers[shard == s] - starts[s]",
            "np.sort(numbers[shard == s]) - starts[s]",
            says="The rows are sorted. They should come as in the batch, so that predictions can be put "
            "back in their places.",
        ),
        Wrong(
            "numbers[shard == s] - starts[s]",
            "np.flatnonzero(shard == s)",
            says="Those are places in the batch. Asked for are rows of the shard.",
        ),
        Wrong(
            "numbers[shard == s] - starts[s]",
            "numbers[shard == s] % sizes[s]",
            says="The remainder by a shard's own size is its row only if all shards before it are of that "
            "size.",
        ),
        Wrong(
            "numbers[shard == s] - starts[s]",
            "numbers[shard == s] - starts[s] + 1",
            says="Rows count from 0, and yours from 1.",
        ),
        Wrong(
            "np.searchsorted(starts, numbers, side=\"right\") - 1",
            "numbers // -(-sum(sizes) // len(sizes))",
            says="You take all shards for equally large. They have the sizes that are given.",
        ),
        Wrong(
            "for s in range(len(sizes))",
            "for s in range(len(sizes)) if (shard == s).any()",
            says="Your list has no entry for a shard without a row in the batch, and the shards after it "
            "have moved up. An empty array keeps its place.",
        ),
        Wrong(
            "numbers[shard == s] - starts[s]",
            "len(numbers[shard == s])",
            says="That is how many rows each shard has in the batch. Asked for is which.",
        ),
        Wrong(
            "numbers[shard == s] - starts[s]",
            "numbers[shard == s] - numbers[shard == s].min(initial=10**6)",
            says="Counted from the lowest number in the batch. A shard counts from its own first row, "
            "whether it is asked for or not.",
        ),
    ),
)
