# %% [markdown]
# # Exercises: optimizers
#
# Lesson `04_optimizers` derives all that you need here. Write in the cells, run them, and let the
# check tell you what it finds; `ex.step.hint()` gives the next hint, `ex.step.solution()` a
# solution.

# %%
import numpy as np

# %% tags=["author"]
from nn_from_scratch.exercises import Exercise, Right, Wrong, case


class _Layer:
    "What an optimizer sees of a layer."

    parameter_names = ("weights", "biases")

    def __init__(self, weights, biases):
        self.weights, self.biases = weights.copy(), biases.copy()


def _moves(layer, update, weights, biases):
    "How far weights and biases go in one update with these gradients."
    before = layer.weights.copy(), layer.biases.copy()
    layer.derivative_weights, layer.derivative_biases = weights, biases
    update(layer)
    return layer.weights - before[0], layer.biases - before[1]


# %% [markdown]
# ## ★ Two curvatures
#
# A loss has the curvatures 4 and 0.5, and is descended without momentum. Work out by hand, and put
# in: below which rate it is stable (`largest_stable`); which rate is the best, so that the slower
# of the two directions shrinks as fast as it can (`best`); and by which factor a step then shrinks
# the weights (`factor`, without its sign).

# %%
largest_stable = ...
best = ...
factor = ...
### BEGIN SOLUTION
largest_stable = 2 / 4
best = 2 / (4 + 0.5)
factor = (4 - 0.5) / (4 + 0.5)
### END SOLUTION


# %% tags=["author"]
def _rates(largest_stable, best, factor, trial):
    yield {"largest_stable": largest_stable, "best": best, "factor": factor}


def _verify_rates(largest_stable, best, factor):
    "By descending: stable just below and not just above; no rate of a fine grid does better."
    curvature = np.array([4, 0.5])

    def after(rate, n_steps=400):
        w = np.ones(2)
        for _ in range(n_steps):
            w = w - rate * curvature * w
        return np.abs(w).max()

    assert after(0.99 * largest_stable) < 1e-3 and after(1.01 * largest_stable) > 1e3
    grid = np.linspace(0.001, largest_stable, 2000)
    ends = [after(rate) for rate in grid]
    assert abs(grid[np.argmin(ends)] - best) < 5e-4
    assert abs((after(best, 30) / after(best, 10)) ** (1 / 20) - factor) < 1e-6


rates = Exercise(
    title="Two curvatures",
    stars=1,
    asks=("largest_stable", "best", "factor"),
    experiment=_rates,
    cases=lambda rng: iter([case()]),
    verify=_verify_rates,
    tolerance=1e-3,
    cure="04_optimizers#the-price-of-a-ravine",
    hints=(
        "Along each axis a step multiplies the weight by $1 - \\eta\\lambda$. When does that lie "
        "between $-1$ and 1? Both directions must shrink.",
        "At the best rate both directions shrink equally fast, the steep one while it leaps from "
        "side to side: $1 - \\eta\\lambda_{\\min} = \\eta\\lambda_{\\max} - 1$.",
        "The factor is $1 - \\eta\\lambda_{\\min}$ at that rate.",
    ),
    why="Stable below $2/\\lambda_{\\max}$; best at $2/(\\lambda_{\\min} + \\lambda_{\\max})$, where "
    "both directions keep $r = (\\lambda_{\\max} - \\lambda_{\\min})/(\\lambda_{\\max} + "
    "\\lambda_{\\min})$, which is $(\\kappa - 1)/(\\kappa + 1)$ with $\\kappa = 8$.",
    right=(
        Right("(4 - 0.5) / (4 + 0.5)", "(8 - 1) / (8 + 1)"),
        Right("(4 - 0.5) / (4 + 0.5)", "0.778"),  # three digits are enough
        Right("2 / (4 + 0.5)", "4 / 9"),
    ),
    wrong=(
        Wrong("2 / 4", "2 / 0.5", says="`largest_stable` is the limit of the flat direction. The "
              "steep one explodes long before: the largest curvature decides. See *How large may "
              "the rate be?* in lesson 04."),
        Wrong("2 / 4", "1 / 4", says="`largest_stable` is the rate at which the steep direction "
              "arrives in one step. It may also leap to the other side, if only it gets nearer."),
        Wrong("2 / 4", "2 / (4 + 0.5)", says="`largest_stable` is the *best* rate, and a larger "
              "one is still stable: both directions shrink there, the steep one more slowly."),
        Wrong("2 / (4 + 0.5)", "1 / 4", says="`best` is the rate at which the steep direction is "
              "done in one step; but the flat one is the slower, and would gain from a larger rate. "
              "See *The price of a ravine* in lesson 04."),
        Wrong("2 / (4 + 0.5)", "2 / 4", says="`best` lies on the limit, and there the steep "
              "direction does not shrink at all."),
        Wrong("2 / (4 + 0.5)", "1 / (4 + 0.5)", "half"),
        Wrong("2 / (4 + 0.5)", "(1 / 4 + 1 / 0.5) / 2", says="`best` is not the mean of the two: "
              "at that rate the steep direction explodes."),
        Wrong("(4 - 0.5) / (4 + 0.5)", "-(4 - 0.5) / (4 + 0.5)", "sign"),
        Wrong("(4 - 0.5) / (4 + 0.5)", "1 - (4 - 0.5) / (4 + 0.5)", says="`factor` is the share "
              "that a step takes away; asked for is what it leaves."),
        Wrong("(4 - 0.5) / (4 + 0.5)", "1 - 0.25 * 0.5", says="That `factor` belongs to the rate "
              "at which the steep direction arrives in one step, not to the best one."),
        Wrong("(4 - 0.5) / (4 + 0.5)", "4 / 0.5", says="That is the condition number, the ratio of "
              "the curvatures. The factor of a step follows from it."),
        Wrong("(4 - 0.5) / (4 + 0.5)", "((4 - 0.5) / (4 + 0.5)) ** 2", says="That is the factor of "
              "the *loss*, which goes with the square of the weights."),
    ),
)

# %% [markdown]
# ## ★★ A step with momentum and decay
#
# Write `step`: one update of the array `weights`, which is changed where it lies. The velocity
# starts at $v_0 = 0$. Update $t = 0, 1, 2, \ldots$ has the rate
# $\eta_t = \eta/(1 + \delta t)$, and
#
# $$v_{t+1} = \mu v_t - \eta_t\, g_t, \qquad w_{t+1} = w_t + v_{t+1}$$


# %%
class Descent:
    def __init__(self, learning_rate, momentum, decay):
        self.learning_rate, self.momentum, self.decay = learning_rate, momentum, decay
        self.velocity, self.t = 0, 0

    def step(self, weights, gradient):
        ### BEGIN SOLUTION
        rate = self.learning_rate / (1 + self.decay * self.t)
        self.velocity = self.momentum * self.velocity - rate * gradient
        weights += self.velocity
        self.t += 1
        ### END SOLUTION


# %% tags=["author"]
def _step_cases(rng):
    settings = (0.0, 0.0, 5, 3), (0.9, 0.0, 5, 3), (0.0, 0.5, 5, 3), (0.9, 0.5, 3, 3)
    for momentum, decay, d, k in settings:  # one thing at a time
        W, G = rng.standard_normal((d, k)), rng.standard_normal((4, d, k))
        yield case(rate=0.05, momentum=momentum, decay=decay, d=d, k=k, W=W, G=G)


def _descend(given, trial):
    "Four updates, each compared by how far the weights went in it."
    descent, weights = given(trial.rate, trial.momentum, trial.decay), trial.W.copy()
    for G in trial.G:
        before = weights.copy()
        descent.step(weights, G)
        yield {"the step": weights - before}, {"g": G, "W": before}


def _verify_step(Descent):
    "By closed forms of the lesson, and by the path down a ravine that was worked out by hand."
    steady, weights, seen = Descent(0.1, 0.9, 0), np.zeros(1), [0.0]
    for _ in range(50):
        steady.step(weights, np.ones(1))
        seen.append(float(weights[0]))
    t = np.arange(1, 51)
    np.testing.assert_allclose(np.diff(seen), -0.1 * (1 - 0.9**t) / (1 - 0.9))
    slow, weights = Descent(0.1, 0, 0.5), np.zeros(1)
    for _ in range(4):
        slow.step(weights, np.ones(1))
    np.testing.assert_allclose(weights, -(0.1 + 0.1 / 1.5 + 0.1 / 2 + 0.1 / 2.5))
    both, w = Descent(0.01, 0.5, 1), np.array([2.0, 1.0])
    for there in ([1.98, 0], [1.9601, -0.5]):
        both.step(w, np.array([1, 100]) * w)
        np.testing.assert_allclose(w, there)


step = Exercise(
    title="A step with momentum and decay",
    stars=2,
    asks="Descent",
    methods=("step",),
    experiment=_descend,
    cases=_step_cases,
    verify=_verify_step,
    tolerance=1e-11,
    cure="04_optimizers#all-of-it-in-a-few-lines",
    hints=(
        "Four lines: the rate of this update, the new velocity, the new weights; and the counter.",
        "The first update has the full rate: for it, $t$ is still 0.",
        "`w += v` changes the array itself; `w = w + v` makes a new one that nobody sees.",
    ),
    why="The two formulas, line by line; the counter grows at the end, so that the first update "
    "has the full rate.",
    right=(
        Right("weights += self.velocity", "weights[...] = weights + self.velocity"),
        Right("- rate * gradient", "- gradient / (1 / rate)"),
    ),
    wrong=(
        Wrong("- rate * gradient", "- rate * (1 - self.momentum) * gradient",
              says="That is the averaged form, in which a push counts as 1 - momentum only. Here "
              "it counts in full. See *Break it: three formulas under one name* in lesson 04."),
        Wrong("- rate * gradient", "+ rate * gradient", "sign"),
        Wrong("self.decay * self.t", "self.decay * (self.t + 1)",
              says="The decay sets in one update early: the first has t = 0 and the full rate."),
        Wrong("        self.t += 1", "        pass",
              says="The counter stands still, and so does the rate: it must count the updates."),
        Wrong("rate = self.learning_rate / (1 + self.decay * self.t)",
              "rate = self.learning_rate = self.learning_rate / (1 + self.decay * self.t)",
              says="The rate is shrunk again and again: start from the first rate each time."),
        Wrong("self.learning_rate / (1 + self.decay * self.t)",
              "self.learning_rate * (1 - self.decay * self.t)",
              says="The rate is to be divided by 1 + decay t. Yours falls in a straight line, and "
              "below zero at last. See *Decay: smaller steps near the goal* in lesson 04."),
        Wrong("self.learning_rate / (1 + self.decay * self.t)",
              "self.learning_rate * self.decay ** self.t",
              says="That is exponential decay, the rate times the decay to the power t."),
        Wrong("self.velocity = self.momentum * self.velocity - rate * gradient",
              "self.velocity = -rate * gradient",
              says="Nothing of the last step is kept: where is the momentum?"),
        Wrong("self.velocity = self.momentum * self.velocity - rate * gradient\n"
              "        weights += self.velocity",
              "self.velocity = self.momentum * self.velocity + gradient\n"
              "        weights -= rate * self.velocity",
              says="That is PyTorch's form, in which the rate of *this* update scales all earlier "
              "pushes too. It differs as soon as the rate changes. See *Break it: three formulas "
              "under one name* in lesson 04."),
        Wrong("weights += self.velocity", "weights += self.momentum * self.velocity - rate * gradient",
              says="That is Nesterov's step, one push ahead."),
        Wrong("weights += self.velocity", "weights = weights + self.velocity",
              says="The weights did not move: `weights = weights + ...` makes a new array. `+=` "
              "changes the one that was given."),
        Wrong("self.velocity = self.momentum * self.velocity - rate * gradient\n"
              "        weights += self.velocity",
              "weights += self.velocity\n"
              "        self.velocity = self.momentum * self.velocity - rate * gradient",
              says="The weights go along with the velocity of the update before: first the new "
              "velocity, then the step."),
        Wrong("self.velocity = self.momentum * self.velocity - rate * gradient",
              "gradient *= rate\n        self.velocity = self.momentum * self.velocity - gradient",
              "in_place"),
    ),
)

# %% [markdown]
# ## ★★ Weights that are pulled
#
# Large weights make a neuron answer wildly to small changes of its inputs. *Weight decay* makes
# them cost: it adds $\frac{\rho}{2} \sum w^2$ to the loss, with a small number $\rho$, here `pull`.
# Write `update_params` for one layer, with a constant rate:
#
# $$v_{t+1} = \mu v_t - \eta\, g_t, \qquad w_{t+1} = w_t + v_{t+1}$$
#
# where $g$ is the slope of the loss *with* what was added. Of the two parameters of a dense layer,
# `weights` and `biases`, one is left out of the sum, and has no pull. Which? The gradients of the
# loss alone are in `layer.derivative_weights` and `layer.derivative_biases`; leave those as they
# are.


# %%
class WeightDecay:
    def __init__(self, learning_rate, momentum, pull):
        self.learning_rate, self.momentum, self.pull = learning_rate, momentum, pull
        self.velocities = {}  # of each parameter, by its name

    def update_params(self, layer):
        ### BEGIN SOLUTION
        for name in layer.parameter_names:
            w, g = getattr(layer, name), getattr(layer, f"derivative_{name}")
            if name == "weights":
                g = g + self.pull * w
            v = self.momentum * self.velocities.get(name, 0) - self.learning_rate * g
            w += v
            self.velocities[name] = v
        ### END SOLUTION


# %% tags=["author"]
def _pull_cases(rng):
    for momentum, d, k in ((0.0, 5, 3), (0.9, 5, 3), (0.6, 4, 4)):
        yield case(
            rate=0.05, momentum=momentum, pull=0.3, d=d, k=k,
            W=rng.standard_normal((d, k)), B=rng.standard_normal((1, k)),
            G=rng.standard_normal((3, d, k)), H=rng.standard_normal((3, 1, k)),
        )


def _pull(given, trial):
    optimizer = given(trial.rate, trial.momentum, trial.pull)
    layer = _Layer(trial.W, trial.B)
    for G, H in zip(trial.G, trial.H):
        before = layer.weights.copy()
        weights, biases = _moves(layer, optimizer.update_params, G, H)
        results = {"the step of the weights": weights, "the step of the biases": biases}
        yield results, {"g": G, "W": before}


def _verify_pull(WeightDecay):
    "The first step follows the measured slope of the loss with the sum; later ones carry it on."
    from nn_from_scratch import numerical_gradient

    rng = np.random.default_rng(0)
    layer = _Layer(rng.standard_normal((5, 3)), rng.standard_normal((1, 3)))
    X, rate, momentum, pull = rng.standard_normal((7, 5)), 0.1, 0.8, 0.3
    optimizer, weights, biases = WeightDecay(rate, momentum, pull), 0, 0

    def loss(W, b):
        return np.mean((X @ W + b) ** 3)

    for _ in range(3):
        W, b = layer.weights.copy(), layer.biases.copy()
        alone = numerical_gradient(lambda W: loss(W, b), W), numerical_gradient(lambda b: loss(W, b), b)
        pulled = numerical_gradient(lambda W: loss(W, b) + pull / 2 * np.sum(W**2), W)
        weights, biases = momentum * weights - rate * pulled, momentum * biases - rate * alone[1]
        moved = _moves(layer, optimizer.update_params, *alone)
        np.testing.assert_allclose(moved[0], weights, rtol=1e-6)
        np.testing.assert_allclose(moved[1], biases, rtol=1e-6)


weight_decay = Exercise(
    title="Weights that are pulled",
    stars=2,
    asks="WeightDecay",
    methods=("update_params",),
    experiment=_pull,
    cases=_pull_cases,
    verify=_verify_pull,
    tolerance=1e-11,
    cure="04_optimizers#a-step-downhill",
    hints=(
        "The slope of a sum is the sum of the slopes. What is the slope of $\\frac{\\rho}{2} w^2$ "
        "in $w$?",
        "No input is multiplied by a bias: it shifts a neuron, and makes it no wilder.",
        "What was added belongs to the gradient, and goes through rate and velocity like the rest.",
    ),
    why="The slope of $\\frac{\\rho}{2} w^2$ is $\\rho w$, so $g + \\rho w$ takes the place of $g$, "
    "for the weights alone.",
    right=(
        Right('if name == "weights":', 'if "bias" not in name:'),
        Right("            w += v", "            setattr(layer, name, w + v)"),
    ),
    wrong=(
        Wrong('if name == "weights":', "if True:",
              says="The biases are pulled, too. A bias shifts a neuron and makes it no wilder: only "
              "the weights should be small."),
        Wrong("g = g + self.pull * w", "g = g - self.pull * w",
              says="The sign of the pull is wrong: this pushes the weights away from zero, and "
              "rewards large ones."),
        Wrong("g = g + self.pull * w", "g = g + 2 * self.pull * w",
              says="The pull is twice too strong: the slope of a square has a 2, and the half in "
              "front of the sum takes it away."),
        Wrong("g = g + self.pull * w", "g = g + self.pull * w / 2",
              says="The pull is half as strong as it should be: where is the 2 of the square?"),
        Wrong("g = g + self.pull * w", "g = g + self.pull / 2 * w**2",
              says="What is added to the loss was added to the gradient. The gradient gets its "
              "*slope*. See *A step downhill* in lesson 04."),
        Wrong("g = g + self.pull * w", "g = g + self.pull * np.sign(w)",
              says="That pull has the same strength for small weights and large ones: it is the "
              "slope of the sum of the *absolute* values."),
        Wrong("g = g + self.pull * w", "g = g + self.pull * w.sum()",
              says="Every weight is pulled by the sum of all. In the slope in one weight the terms "
              "of the others are gone."),
        Wrong("g = g + self.pull * w", "g = self.pull * w",
              says="Only the pull is left of the gradient: it comes on top of that of the loss."),
        Wrong("g = g + self.pull * w", "g = g + self.pull * w / self.learning_rate",
              says="The pull does not go through the learning rate: it is a part of the gradient."),
        Wrong("                g = g + self.pull * w\n"
              "            v = self.momentum * self.velocities.get(name, 0) - self.learning_rate * g\n",
              "                w -= self.learning_rate * self.pull * w\n"
              "            v = self.momentum * self.velocities.get(name, 0) - self.learning_rate * g\n",
              says="The pull goes past the velocity. That is the *decoupled* form, and a rule of "
              "its own; the slope of the loss goes through the velocity, all of it."),
        Wrong("v = self.momentum * self.velocities.get(name, 0) - self.learning_rate * g",
              "v = -self.learning_rate * g",
              says="Nothing of the last step is carried on: where is the momentum?"),
        Wrong("g = g + self.pull * w", "g += self.pull * w", "in_place"),
    ),
)

# %% [markdown]
# ## ★★ One optimizer, two layers
#
# Write `update_params` with momentum and decay for *any number* of layers: each call is one update
# of one layer, with the formulas of the exercise before last, and each layer has a counter $t$ and
# velocities of its own. `layer.parameter_names` has the names of its parameters; the gradient of
# `weights` is in `derivative_weights`, and so on. What must be remembered of a layer goes into
# `self.states`.


# %%
class Optimizer:
    def __init__(self, learning_rate, momentum, decay):
        self.states = {}  # a dictionary, and still empty
        self.learning_rate, self.momentum, self.decay = learning_rate, momentum, decay

    def update_params(self, layer):
        ### BEGIN SOLUTION
        state = self.states.setdefault(layer, {"t": 0})
        rate = self.learning_rate / (1 + self.decay * state["t"])
        for name in layer.parameter_names:
            g = getattr(layer, f"derivative_{name}")
            state[name] = self.momentum * state.get(name, 0) - rate * g
            setattr(layer, name, getattr(layer, name) + state[name])
        state["t"] += 1
        ### END SOLUTION


# %% tags=["author"]
def _two_cases(rng):
    for d, k in ((5, 3), (4, 4)):
        yield case(
            rate=0.05, momentum=0.9, decay=0.5, d=d, k=k,
            W=rng.standard_normal((2, d, k)), B=rng.standard_normal((2, 1, k)),
            G=rng.standard_normal((6, d, k)), H=rng.standard_normal((6, 1, k)),
        )


def _serve(given, trial):
    "One optimizer for both, in turn and then not; a new optimizer in the end."
    optimizer = given(trial.rate, trial.momentum, trial.decay)
    layers = [_Layer(W, B) for W, B in zip(trial.W, trial.B)]
    for i, which in enumerate((0, 1, 0, 0, 1, 0)):
        if i == 5:
            optimizer = given(trial.rate, trial.momentum, trial.decay)
        weights, biases = _moves(layers[which], optimizer.update_params, trial.G[i], trial.H[i])
        results = {"the step of the weights": weights, "the step of the biases": biases}
        yield results, {"g": trial.G[i]}


def _verify_two(Optimizer):
    "As two optimizers that know one layer each; and by the closed form on a steady slope."
    rng = np.random.default_rng(0)
    layers, alone = ([_Layer(np.ones((5, 3)), np.ones((1, 3))) for _ in "ab"] for _ in "ab")
    both, each = Optimizer(0.1, 0.8, 0.3), [Optimizer(0.1, 0.8, 0.3) for _ in "ab"]
    for i in rng.integers(0, 2, 20):
        gradients = rng.standard_normal((5, 3)), rng.standard_normal((1, 3))
        _moves(layers[i], both.update_params, *gradients)
        _moves(alone[i], each[i].update_params, *gradients)
        assert np.array_equal(layers[i].weights, alone[i].weights)
        assert np.array_equal(layers[i].biases, alone[i].biases)
    steady, layer = Optimizer(0.1, 0.9, 0), _Layer(np.zeros((5, 3)), np.zeros((1, 3)))
    for t in range(1, 30):
        moved = _moves(layer, steady.update_params, np.ones((5, 3)), np.ones((1, 3)))
        np.testing.assert_allclose(moved[0], -0.1 * (1 - 0.9**t) / (1 - 0.9))
    slow = Optimizer(0.1, 0, 0.5)
    steps = [_moves(layer, slow.update_params, np.ones((5, 3)), np.ones((1, 3))) for _ in range(3)]
    np.testing.assert_allclose([s[1][0, 0] for s in steps], [-0.1, -0.1 / 1.5, -0.1 / 2])


two_layers = Exercise(
    title="One optimizer, two layers",
    stars=2,
    asks="Optimizer",
    methods=("update_params",),
    experiment=_serve,
    cases=_two_cases,
    verify=_verify_two,
    tolerance=1e-11,
    cure="04_optimizers#what-must-be-remembered",
    hints=(
        "The layer itself can be the key of a dictionary. What belongs under it?",
        "A layer that was never seen has $t = 0$, and velocities that are zero: "
        "`dictionary.get(key, 0)` is 0 where nothing is kept.",
        "`getattr(layer, name)` reads a parameter by its name, `setattr(layer, name, value)` puts "
        "a new one in its place. The counter counts the updates of its layer, not the parameters.",
    ),
    why="One entry a layer, with its own counter and a velocity for each of its parameters.",
    right=(
        Right("setattr(layer, name, getattr(layer, name) + state[name])",
              "w = getattr(layer, name)\n            w += state[name]"),
        Right('self.states.setdefault(layer, {"t": 0})', 'self.states.setdefault(id(layer), {"t": 0})'),
    ),
    wrong=(
        Wrong('self.states.setdefault(layer, {"t": 0})', 'self.states.setdefault("all", {"t": 0})',
              says="All layers share one counter and one set of velocities: the second layer is "
              "carried on by the steps of the first. See *What must be remembered* in lesson 04."),
        Wrong("            state[name] = self.momentum * state.get(name, 0) - rate * g\n"
              "            setattr(layer, name, getattr(layer, name) + state[name])",
              "            self.states[name] = self.momentum * self.states.get(name, 0) - rate * g\n"
              "            setattr(layer, name, getattr(layer, name) + self.states[name])",
              says="Each layer has its own counter, but the velocities go by the name of the "
              "parameter alone: there is one for all layers."),
        Wrong('        state["t"] += 1',
              '        for each in self.states.values():\n            each["t"] += 1',
              says="The counter counts the updates of *all* layers: with two of them the rate "
              "decays twice as fast."),
        Wrong('        state["t"] += 1', '            state["t"] += 1',
              says="The counter grows once for each *parameter*: weights and biases are one update."),
        Wrong('        state["t"] += 1', "        pass",
              says="No update is ever counted, so the rate does not decay."),
        Wrong('{"t": 0}', '{"t": 1}',
              says="The first update of a layer has t = 0, and so the full rate."),
        Wrong("    def __init__(self, learning_rate, momentum, decay):\n        self.states = {}",
              "    states = {}\n\n    def __init__(self, learning_rate, momentum, decay):\n        pass",
              says="A new optimizer remembers what another one has done: the dictionary belongs to "
              "the class, and should belong to the object, `self.states = {}` in `__init__`."),
        Wrong('state = self.states.setdefault(layer, {"t": 0})',
              'self.states = {layer: self.states.get(layer, {"t": 0})}\n'
              "        state = self.states[layer]",
              says="Only the layer that was updated last is remembered: when the other one comes, "
              "the first is forgotten."),
        Wrong("for name in layer.parameter_names:", 'for name in ("weights",):', "zero"),
        Wrong("state[name] = self.momentum * state.get(name, 0) - rate * g\n"
              "            setattr(layer, name, getattr(layer, name) + state[name])",
              'state["v"] = self.momentum * state.get("v", 0) - rate * g\n'
              '            setattr(layer, name, getattr(layer, name) + state["v"])',
              says="Weights and biases of a layer share one velocity: each parameter needs its own."),
        Wrong("state[name] = self.momentum * state.get(name, 0) - rate * g",
              "state[name] = -rate * g",
              says="Nothing of the last step is carried on: where is the momentum?"),
        Wrong("- rate * g\n", "+ rate * g\n", "sign"),
    ),
)

# %% [markdown]
# ## ★★★ The limit with momentum
#
# Derive the largest stable rate for one direction of curvature $\lambda$ with momentum $\mu$, and
# write it as a function. (Put $v_t = w_t - w_{t-1}$ into the update, and ask when
# $w_t = (-1)^t$ solves it.)


# %%
def largest_rate(curvature, momentum):
    ### BEGIN SOLUTION
    return 2 * (1 + momentum) / curvature
    ### END SOLUTION


# %% tags=["author"]
def _limit_cases(rng):
    for momentum in (0.0, 0.9, 0.37):
        yield case(momentum=momentum, curvature=float(rng.uniform(1, 20)))


def _limit(given, trial):
    yield {"the rate": given(trial.curvature, trial.momentum)}


def _verify_limit(largest_rate):
    "By descending, one percent below and one above."
    for curvature, momentum in ((3.0, 0.0), (3.0, 0.5), (7.0, 0.9)):
        ends = []
        for beside in (0.99, 1.01):
            w, v = 1.0, 0.0
            for _ in range(3000):
                v = momentum * v - beside * largest_rate(curvature, momentum) * curvature * w
                w = w + v
                if abs(w) > 1e6:
                    break
            ends.append(abs(w))
        assert ends[0] < 1e-6 and ends[1] > 1e3, ends


limit = Exercise(
    title="The limit with momentum",
    stars=3,
    asks="largest_rate",
    experiment=_limit,
    cases=_limit_cases,
    verify=_verify_limit,
    cure="04_optimizers#momentum-turns-κ-into-√κ",
    hints=(
        "Without $v$: $w_{t+1} = w_t + \\mu\\,(w_t - w_{t-1}) - \\eta\\lambda\\, w_t$.",
        "On the limit the weight leaps from wall to wall for ever: put in $w_t = (-1)^t$, and "
        "divide by it.",
        "That gives $-1 = 1 + \\mu\\,(1 + 1) - \\eta\\lambda$.",
    ),
    why="On the limit $w_t = (-1)^t$, and the update reads $-1 = 1 + 2\\mu - \\eta\\lambda$, so "
    "$\\eta = 2(1 + \\mu)/\\lambda$: momentum nearly doubles the largest stable rate.",
    right=(
        Right("2 * (1 + momentum) / curvature", "(2 + 2 * momentum) / curvature"),
        Right("2 * (1 + momentum) / curvature", "2 / curvature + momentum * 2 / curvature"),
    ),
    wrong=(
        Wrong("2 * (1 + momentum)", "2", says="That is the limit without momentum. See *How large "
              "may the rate be?* in lesson 04."),
        Wrong("2 * (1 + momentum)", "2 * (1 - momentum)",
              says="Momentum makes the limit larger, not smaller: look at the sign of the term "
              "with the last step."),
        Wrong("2 * (1 + momentum) / curvature", "2 / curvature / (1 - momentum)",
              says="That goes by the length of a step on a *steady* slope. On the limit the slope "
              "changes its sign each time. See *Momentum: a ball that rolls* in lesson 04."),
        Wrong("2 * (1 + momentum) / curvature", "2 / curvature / (1 + momentum)",
              says="That falls as the momentum grows. Across the ravine the push carried on and the "
              "new one have opposite signs, so a larger rate can be borne."),
        Wrong("2 * (1 + momentum)", "(1 + momentum)", "half"),
        Wrong("2 * (1 + momentum) / curvature", "2 * (1 + momentum) * curvature",
              says="The sharper the bend, the smaller the rate must be."),
        Wrong("2 * (1 + momentum)", "2 * (1 + momentum) ** 2",
              says="The bracket comes once: where does the square come from?"),
        Wrong("2 * (1 + momentum)", "(1 + momentum**0.5) ** 2",
              says="That is the upper edge of the window in which all directions shrink at one "
              "pace. Beyond it they shrink more slowly, and still shrink. See *Momentum turns κ "
              "into √κ* in lesson 04."),
        Wrong("2 * (1 + momentum)", "4",
              says="That is what the limit comes to as the momentum goes to 1; it should depend on "
              "the momentum."),
        Wrong("2 * (1 + momentum)", "2 * momentum",
              says="Without momentum that allows no step at all. Try your formula with a momentum "
              "of 0: it must give the limit of plain descent."),
        Wrong("return 2 * (1 + momentum)", "2 * (1 + momentum)", "none"),
    ),
)
