# %% [markdown]
# # Exercises: MNIST
#
# Lesson `12_mnist` derives all that you need here.

# %%
import numpy as np

# %% tags=["author"]
from nn_from_scratch.exercises import Exercise, Right, Wrong, calls, case, trials

# %% [markdown]
# ## ★ How many numbers to learn?
#
# Write `n_parameters(h)`: how many numbers has the network 784 → $h$ → 10 to learn, with dense
# layers as in the lesson?


# %%
def n_parameters(h):
    "hidden neurons h -> one number"
    ### BEGIN SOLUTION
    return 784 * h + h + h * 10 + 10
    ### END SOLUTION


# %% tags=["author"]
def _verify_count(n_parameters):
    "By the arrays of a network of this size."
    from nn_from_scratch import DenseLayer, ReLU, Sequential

    for h in (1, 16, 64):
        network = Sequential(DenseLayer(784, h), ReLU(), DenseLayer(h, 10))
        assert n_parameters(h) == sum(array.size for array in network.parameters)


count = Exercise(
    title="How many numbers to learn?",
    stars=1,
    asks="n_parameters",
    experiment=calls("h"),
    cases=trials({"h": 7}, {"h": 64}, {"h": 11}),
    verify=_verify_count,
    cure="12_mnist#the-network",
    hints=(
        "A dense layer of $d$ inputs and $k$ neurons has weights $(d, k)$ and biases $(1, k)$.",
        "There are two such layers; the ReLU between them learns nothing.",
    ),
    why="Weights and biases of both layers, $785\\,h + 10\\,(h + 1)$: nearly all of them are weights of "
    "the first one.",
    right=(Right("784 * h + h + h * 10 + 10", "785 * h + 10 * (h + 1)"),),
    wrong=(
        Wrong(
            "784 * h + h + h * 10 + 10",
            "784 * h + h * 10",
            says="Those are the weights only. Each neuron has a bias as well.",
        ),
        Wrong(
            "784 * h + h + h * 10 + 10",
            "784 * h + 1 + h * 10 + 1",
            says="You count one bias for a whole layer. Each neuron has its own.",
        ),
        Wrong(
            "784 * h + h + h * 10 + 10", "784 * h + h", says="The output layer has to learn as well."
        ),
        Wrong(
            "784 * h + h + h * 10 + 10",
            "784 + h + 10",
            says="Those are pixels and neurons. What is learned are the weights *between* them, and the "
            "biases.",
        ),
        Wrong("784 * h + h", "784 * h", says="The biases of the hidden layer are missing."),
        Wrong("h * 10 + 10", "h * 10", says="The biases of the output layer are missing."),
        Wrong(
            "784 * h + h",
            "784 * h + 784",
            says="You gave a bias to each *pixel*. A bias belongs to a neuron.",
        ),
        Wrong(
            "784 * h + h + h * 10 + 10",
            "784 * h * 10",
            says="The layers come one after the other: their weights add up, they do not multiply.",
        ),
        Wrong(
            "784 * h + h + h * 10 + 10",
            "h * 10 + 10",
            says="The first layer is missing, and it has nearly all of them.",
        ),
        Wrong("784 * h + h", "28 * h + h", says="An image has 28 rows *of 28 pixels each*."),
    ),
)

# %% [markdown]
# ## ★★ What is taken for what
#
# Write `confusion(said, y, k)`: the table $(k, k)$ that counts how often the digit $i$, in rows, was
# taken for the digit $j$, in columns. `said` and `y` are labels $(n,)$ from 0 to $k - 1$: what the
# network said, and what was meant.


# %%
def confusion(said, y, k):
    "said (n,), meant y (n,) -> counts (k, k)"
    ### BEGIN SOLUTION
    table = np.zeros((k, k), int)
    np.add.at(table, (y, said), 1)
    return table
    ### END SOLUTION


# %% tags=["author"]
def _answers(rng):
    for n, k, used in ((37, 3, 3), (23, 5, 4), (7, 7, 7)):
        y = np.concatenate([np.arange(used), rng.integers(0, used, n - used)]).astype(int)
        said = np.where(rng.random(n) < 0.5, y, rng.integers(0, used, n)).astype(int)
        said[-3:] = (y[-3:] + 1) % used  # some mistakes, some hits, and no table that is its own
        said[0] = 0
        yield case(n=n, k=k, said=said, y=y)


def _verify_confusion(confusion):
    rng = np.random.default_rng(0)
    said, y = rng.integers(0, 4, (2, 100)).astype(int)  # what np.bincount takes, in a browser too
    table = confusion(said, y, 4)
    for i in range(4):
        for j in range(4):
            assert table[i, j] == sum(a == j and b == i for a, b in zip(said, y))


confusion = Exercise(
    title="What is taken for what",
    stars=2,
    asks="confusion",
    experiment=calls("said", "y", "k"),
    cases=_answers,
    verify=_verify_confusion,
    cure="12_mnist#where-it-goes-wrong",
    hints=(
        "Start with a table of zeros for all $k$ digits, whether they occur or not.",
        "`table[y, said] += 1` looks right, but of a pair that occurs several times NumPy counts one. "
        "`np.add.at` counts all of them.",
        "Or give each pair one number, as the lesson does with two digits, and use `np.bincount` with "
        "`minlength`.",
    ),
    why="Each image adds one in the row of what was meant and the column of what was said. The hits are "
    "on the diagonal.",
    right=(
        Right(
            "    np.add.at(table, (y, said), 1)\n",
            "    for meant, heard in zip(y, said):\n        table[meant, heard] += 1\n",
        ),
        Right(
            "    return table",
            "    return np.bincount(k * y + said, minlength=k * k).reshape(k, k)",
        ),
    ),
    wrong=(
        Wrong("(y, said)", "(said, y)", "transposed"),
        Wrong(
            "    return table",
            "    return table / np.maximum(table.sum(axis=1, keepdims=True), 1)",
            says="Those are shares of each row. Asked for are the counts.",
        ),
        Wrong(
            "    table = np.zeros((k, k), int)",
            "    k = int(max(y.max(), said.max())) + 1\n    table = np.zeros((k, k), int)",
            says="Your table ends with the largest label that occurs. A digit that never occurs has a "
            "row and a column too, of zeros.",
        ),
        Wrong(
            "    np.add.at(table, (y, said), 1)",
            "    table[y, said] += 1",
            says="A pair that occurs several times is counted once: `table[...] += 1` reads, adds and "
            "writes back, and the last one wins.",
        ),
        Wrong(
            "    return table",
            "    return table * (1 - np.eye(k))",
            says="Those are the mistakes only. The hits belong on the diagonal.",
        ),
        Wrong(
            "    return table",
            "    return table * np.eye(k)",
            says="Those are the hits only. Off the diagonal belong the mistakes, which one wants to see.",
        ),
        Wrong(
            "    return table",
            "    return table / len(y)",
            says="Those are shares of all images. Asked for are the counts.",
        ),
        Wrong("    return table", "    return table[::-1]", "reordered"),
        Wrong(
            "(y, said)",
            "(y - 1, said - 1)",
            says="Labels count from 0; yours are moved by one, and 0 has come last.",
        ),
        Wrong(
            "    return table",
            "    return table + table.T",
            says="Both directions are added up: a 4 taken for a 9 is another mistake than a 9 taken for a "
            "4 here, and each has its own place.",
        ),
        Wrong(
            "    return table",
            "    return table.sum(axis=1)",
            says="That is how often each digit was meant, whatever was said.",
        ),
    ),
)

# %% [markdown]
# ## ★★ The mistakes it was surest of
#
# Write `surest(P, y, m)`: the places, in the set, of the $m$ mistakes for which the network gave the
# highest probability to what it *said*; the surest first. $P$ is $(n, k)$, $y$ is $(n,)$.


# %%
def surest(P, y, m):
    "probabilities P (n, k), labels y (n,) -> places (m,) in the set"
    ### BEGIN SOLUTION
    said = P.argmax(axis=1)
    wrong = np.flatnonzero(said != y)
    order = P[wrong].max(axis=1).argsort()[::-1]
    return wrong[order[:m]]
    ### END SOLUTION


# %% tags=["author"]
def _judged(rng):
    for n, k, m in ((61, 5, 7), (43, 11, 3), (23, 3, 3)):
        P = rng.dirichlet(np.full(k, 0.5), n)
        y = np.where(rng.random(n) < 0.35, P.argmax(axis=1), rng.integers(0, k, n))
        sure = np.argsort(-P.max(axis=1))
        y[sure[:2]] = P[sure[:2]].argmax(axis=1)  # the surest of all are right
        y[sure[3:13]] = (P[sure[3:13]].argmax(axis=1) + 1) % k
        yield case(n=n, k=k, m=m, P=P, y=y)


def _verify_sure(surest):
    "By sorting tuples in plain Python."
    rng = np.random.default_rng(0)
    P, y = rng.dirichlet(np.ones(4), 50), rng.integers(0, 4, 50)
    mistakes = [(-max(row), i) for i, row in enumerate(P) if list(row).index(max(row)) != y[i]]
    assert list(surest(P, y, 10)) == [i for _, i in sorted(mistakes)[:10]]


sure = Exercise(
    title="The mistakes it was surest of",
    stars=2,
    asks="surest",
    experiment=calls("P", "y", "m"),
    cases=_judged,
    verify=_verify_sure,
    cure="12_mnist#where-it-goes-wrong",
    hints=(
        "First what was said, then the places of the mistakes; `np.flatnonzero` gives the places where "
        "something is true.",
        "The probability of what was said is the largest of its row. Sort the mistakes by it; `argsort` "
        "sorts from small to large.",
        "What `argsort` gives are places *among the mistakes*. Which index turns them into places in the "
        "set?",
    ),
    why="Places of places: `order` says which mistake, `wrong[order]` which image. These mistakes say more "
    "than the close calls: a wrong label, or a stroke that misleads.",
    right=(
        Right(
            "    order = P[wrong].max(axis=1).argsort()[::-1]\n",
            "    order = np.argsort(-P[wrong, said[wrong]])\n",
        ),
        Right(
            "    order = P[wrong].max(axis=1).argsort()[::-1]\n    return wrong[order[:m]]",
            "    sureness = np.where(said != y, P.max(axis=1), 0)\n"
            "    return np.argsort(-sureness)[:m]",
        ),
    ),
    wrong=(
        Wrong(
            "np.flatnonzero(said != y)",
            "np.arange(len(y))",
            says="There are right answers among them: only mistakes are asked for.",
        ),
        Wrong(
            ".argsort()[::-1]",
            ".argsort()",
            says="Those are the mistakes it was *least* sure of: `argsort` begins with the smallest.",
        ),
        Wrong(
            "P[wrong].max(axis=1)",
            "P[wrong, y[wrong]]",
            says="Sorted by the probability of the *true* digit. How sure it was shows in the "
            "probability of what it said.",
        ),
        Wrong(
            "wrong[order[:m]]",
            "order[:m]",
            says="Those are places among the mistakes, not in the set.",
        ),
        Wrong("order[:m]", "order", says="Those are all the mistakes; the first $m$ are asked for."),
        Wrong(
            "P[wrong].max(axis=1).argsort()[::-1]",
            "P[wrong, y[wrong]].argsort()",
            says="Sorted by how *little* it gave to the true digit. That is close, but it may have been "
            "torn between two others.",
        ),
        Wrong("wrong[order[:m]]", "wrong[order[:m]][::-1]", "reordered"),
        Wrong(
            "said != y", "said == y", says="Those are right answers, the surest of them."
        ),
        Wrong(
            "wrong[order[:m]]",
            "said[wrong[order[:m]]]",
            says="Those are the digits that were said. Asked for is where these images are.",
        ),
        Wrong(
            "wrong[order[:m]]",
            "P[wrong[order[:m]]].max(axis=1)",
            says="Those are the probabilities themselves. Asked for is where these images are.",
        ),
        Wrong(
            "wrong[order[:m]]",
            "wrong[:m]",
            says="Those are the first mistakes of the set, sure or not.",
        ),
    ),
)

# %% [markdown]
# ## ★★★ The loop, by heart
#
# Write the loop at the heart of nearly every network trained today, without `fit`. `parts` is the
# list of a dense layer, a ReLU and a dense layer; `loss` is softmax and cross-entropy in one, and
# `batches` hands out an epoch in a new order. `train` changes the weights of the parts and returns
# nothing. It must end on the very weights that `fit` ends on, and draw nothing else from `rng`.


# %%
from nn_from_scratch.training import batches


def train(parts, loss, optimizer, X, y, epochs, batch_size, rng):
    "so many epochs of X (n, d), y (n,), in batches"
    ### BEGIN SOLUTION
    for _ in range(epochs):
        for batch_X, batch_y in batches(X, y, batch_size, rng):
            output = batch_X
            for part in parts:
                output = part.forward(output)
            loss.forward(output, batch_y)
            slope = loss.backward(loss.output, batch_y)
            for part in reversed(parts):
                slope = part.backward(slope)
            optimizer.update_params(parts[0])
            optimizer.update_params(parts[2])
    ### END SOLUTION


# %% tags=["author"]
def _parts(d, h, k):
    from nn_from_scratch import DenseLayer, ReLU

    rng = np.random.default_rng(1)
    return [
        DenseLayer(d, h, dtype=np.float64, rng=rng),
        ReLU(),
        DenseLayer(h, k, dtype=np.float64, rng=rng),
    ]


def _runs(rng):
    for n, d, h, k, epochs, batch_size in ((53, 7, 5, 3, 3, 11), (19, 4, 4, 4, 2, 5)):
        X, y = rng.standard_normal((n, d)), rng.integers(0, k, n)
        facts = {"d": d, "h": h, "k": k, "epochs": epochs, "batch_size": batch_size}
        yield case(n=n, **facts, X=X, y=y, seed=int(rng.integers(1000)))


def _trained(given, trial):
    from nn_from_scratch import SoftmaxCategoricalCrossEntropy, StochasticGradientDescent

    parts, rng = _parts(trial.d, trial.h, trial.k), np.random.default_rng(trial.seed)
    loss, optimizer = SoftmaxCategoricalCrossEntropy(), StochasticGradientDescent(0.3, 0.9, 0.01)
    given(parts, loss, optimizer, trial.X, trial.y, trial.epochs, trial.batch_size, rng)
    yield {
        "the first weights": parts[0].weights,
        "the first biases": parts[0].biases,
        "the last weights": parts[2].weights,
        "the last biases": parts[2].biases,
        "the next number of the generator": rng.random(),
    }


def _verify_loop(train):
    "By `fit`, to the last bit."
    from nn_from_scratch import Sequential, SoftmaxCategoricalCrossEntropy
    from nn_from_scratch import StochasticGradientDescent, fit

    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((53, 7)), rng.integers(0, 3, 53)
    parts, others = _parts(7, 5, 3), _parts(7, 5, 3)
    loss, settings = SoftmaxCategoricalCrossEntropy(), (0.3, 0.9, 0.01)
    train(parts, loss, StochasticGradientDescent(*settings), X, y, 4, 11, np.random.default_rng(5))
    fit(
        Sequential(*others), loss, StochasticGradientDescent(*settings), X, y, epochs=4,
        batch_size=11, rng=np.random.default_rng(5), progress=False,
    )
    for part, other in zip(parts[::2], others[::2]):
        assert np.array_equal(part.weights, other.weights)
        assert np.array_equal(part.biases, other.biases)


loop = Exercise(
    title="The loop, by heart",
    stars=3,
    asks="train",
    experiment=_trained,
    cases=_runs,
    verify=_verify_loop,
    allow=(
        "batches",
        "quiet",
        "DenseLayer",
        "ReLU",
        "SoftmaxCategoricalCrossEntropy",
        "StochasticGradientDescent",
    ),
    cure="12_mnist#the-training-loop",
    hints=(
        "For each epoch and each batch: forward through all parts, the loss, backward, update.",
        "`part.forward(inputs)` returns what the next part gets; `loss.backward(loss.output, batch_y)` "
        "returns the slope that the last part gets, and `part.backward(slope)` that of the part before.",
        "The ReLU has nothing to update; the two dense layers have. `batches` wants `rng` itself, so that "
        "each epoch has another order.",
    ),
    why="Forward, backward, update, in batches, in a new order each epoch; everything else is bookkeeping.",
    right=(
        Right(
            "            for part in parts:\n                output = part.forward(output)\n",
            "            output = parts[2].forward(parts[1].forward(parts[0].forward(output)))\n",
        ),
        Right(
            "            optimizer.update_params(parts[0])\n"
            "            optimizer.update_params(parts[2])",
            "            optimizer.update_params(parts[2])\n"
            "            optimizer.update_params(parts[0])",
        ),
    ),
    wrong=(
        Wrong(
            "batches(X, y, batch_size, rng)",
            "batches(X, y, batch_size, np.random.default_rng(0))",
            says="Each epoch has the same order, from a generator of your own: hand `rng` on.",
        ),
        Wrong(
            "            loss.forward(output, batch_y)",
            "            optimizer.update_params(parts[0])\n"
            "            optimizer.update_params(parts[2])\n"
            "            loss.forward(output, batch_y)",
            "raises",
        ),
        Wrong(
            "            optimizer.update_params(parts[2])",
            "            pass",
            says="The last layer has not moved: every layer with weights wants its own update.",
        ),
        Wrong(
            "            optimizer.update_params(parts[0])",
            "            pass",
            says="The first layer has not moved: every layer with weights wants its own update.",
        ),
        Wrong("loss.backward(loss.output, batch_y)", "loss.backward(loss.output, y)", "raises"),
        Wrong(
            "    for _ in range(epochs):",
            "    for _ in range(epochs):\n        rng.random()",
            says="Your loop draws more from the generator than the order of each epoch.",
        ),
        Wrong("range(epochs)", "range(epochs - 1)", says="That is one epoch too few."),
        Wrong(
            "batches(X, y, batch_size, rng)",
            "batches(X, y, len(X), rng)",
            says="The whole set is one batch with you: one update an epoch.",
        ),
        Wrong("output = batch_X", "output = X", "raises"),
        Wrong(
            "batches(X, y, batch_size, rng)",
            "[(X[i : i + batch_size], y[i : i + batch_size]) for i in range(0, len(X), batch_size)]",
            says="The rows come in the order in which they stand. Each epoch wants a new order, which "
            "`batches` draws.",
        ),
        Wrong(
            "            output = batch_X",
            "            if len(batch_X) < batch_size:\n                continue\n"
            "            output = batch_X",
            says="The last batch of an epoch, which is shorter, is left out.",
        ),
        Wrong(
            "            optimizer.update_params(parts[0])",
            "            optimizer.update_params(parts[0])\n"
            "            optimizer.update_params(parts[0])",
            says="The first layer is updated twice for each batch.",
        ),
        Wrong(
            "reversed(parts)",
            "reversed(parts[::2])",
            says="The slope went past the ReLU on its way back: every part that was in front of it on the "
            "way there must be behind it on the way back.",
        ),
        Wrong(
            "            loss.forward(output, batch_y)\n"
            "            slope = loss.backward(loss.output, batch_y)",
            "            loss.forward(output, batch_y)\n            slope = loss.output",
            says="What goes backwards is the slope of the loss, and not the probabilities.",
        ),
    ),
)
