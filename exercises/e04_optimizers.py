# %% [markdown]
# # Exercises: optimizers
#
# Lesson `04_optimizers` derives all that you need here.

# %%
import numpy as np

# %% tags=["author"]
from nn_from_scratch.exercises import Exercise, Right, Wrong, case

# %% [markdown]
# ## ★ Two curvatures
#
# A loss has the curvatures 4 and 0.5, and is descended without momentum. Work out by hand, and put
# in: below which rate it is stable (`largest_stable`); at which rate the slower of the two
# directions shrinks fastest (`best`); and to which share of itself that direction shrinks in each
# step then (`share`, a positive number).

# %%
largest_stable = ...
best = ...
share = ...
### BEGIN SOLUTION
largest_stable = 2 / 4
best = 2 / (4 + 0.5)
share = (4 - 0.5) / (4 + 0.5)
### END SOLUTION


# %%
def _rates(largest_stable, best, share, trial):
    yield {"largest_stable": largest_stable, "best": best, "share": share}


def _verify_rates(largest_stable, best, share):
    "By descending: stable just below and not just above; no rate of a fine grid does better."
    curvature = np.array([4, 0.5])
    assert (np.abs(1 - 0.999 * largest_stable * curvature) < 1).all()
    assert (np.abs(1 - 1.001 * largest_stable * curvature) > 1).any()
    grid = np.linspace(0.001, largest_stable, 4999)
    worst = np.abs(1 - grid[:, None] * curvature).max(axis=1)
    assert abs(grid[worst.argmin()] - best) < 2e-4 and abs(worst.min() - share) < 2e-4


rates = Exercise(
    title="Two curvatures",
    stars=1,
    asks=("largest_stable", "best", "share"),
    experiment=_rates,
    cases=lambda rng: iter([case()]),
    verify=_verify_rates,
    tolerance=1e-3,
    hints=(
        "Along each axis a step multiplies the weight by $1 - \\eta\\lambda$. When is that between "
        "$-1$ and 1?",
        "At the best rate both directions shrink equally fast, one from each side: "
        "$1 - \\eta\\lambda_{\\min} = -(1 - \\eta\\lambda_{\\max})$.",
    ),
    why="Stable below $2/\\lambda_{\\max}$; best at $2/(\\lambda_{\\max} + \\lambda_{\\min})$, where "
    "both directions keep $(\\lambda_{\\max} - \\lambda_{\\min})/(\\lambda_{\\max} + \\lambda_{\\min})$.",
    wrong=(
        Wrong(
            "2 / 4",
            "2 / 0.5",
            says="That is the limit of the gentle direction. The steep one explodes "
            "long before: the largest curvature decides.",
        ),
        Wrong(
            "2 / 4",
            "1 / 4",
            says="At that rate the steep direction arrives in one step. It is still "
            "stable when it leaps to the other side, as long as it gets nearer.",
        ),
        Wrong(
            "2 / (4 + 0.5)",
            "1 / 4",
            says="At that rate the steep direction is done in one step, but "
            "the gentle one is the slower, and would gain from a larger rate.",
        ),
        Wrong(
            "2 / (4 + 0.5)",
            "2 / 4",
            says="On the limit the steep direction does not shrink at all.",
        ),
        Wrong("2 / (4 + 0.5)", "1 / (4 + 0.5)", "half"),
        Wrong(
            "2 / (4 + 0.5)",
            "(1 / 4 + 1 / 0.5) / 2",
            says="Not the mean of the two: at that rate the steep direction explodes.",
        ),
        Wrong("(4 - 0.5) / (4 + 0.5)", "-(4 - 0.5) / (4 + 0.5)", "sign"),
        Wrong(
            "(4 - 0.5) / (4 + 0.5)",
            "1 - (4 - 0.5) / (4 + 0.5)",
            says="That is the share which a step takes away; asked for is what it leaves.",
        ),
        Wrong(
            "(4 - 0.5) / (4 + 0.5)", "1 - 0.25 * 0.5", says="That share belongs to the rate 1/4."
        ),
    ),
)

# %% [markdown]
# ## ★★★ The limit with momentum
#
# Derive the largest stable rate for one direction of curvature $\lambda$ with momentum $\mu$, and
# write it as a function. (Put $w_{t+1} = w_t + v_{t+1}$ into the update, and ask when
# $w_t = (-1)^t$ solves it.)


# %%
def largest_rate(curvature, momentum):
    ### BEGIN SOLUTION
    return 2 * (1 + momentum) / curvature
    ### END SOLUTION


# %%
def _limit_cases(rng):
    for momentum in (0.0, 0.9, 0.37):
        yield case(momentum=momentum, curvature=float(rng.uniform(1, 20)))


def _limit(given, trial):
    yield {"the rate": given(trial.curvature, trial.momentum)}


def _verify_limit(largest_rate):
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
    hints=(
        "Without $v$: $w_{t+1} - w_t = \\mu (w_t - w_{t-1}) - \\eta\\lambda w_t$.",
        "On the limit the weight leaps for ever: put in $w_t = (-1)^t$.",
        "That gives $-2 = 2\\mu - \\eta\\lambda$, up to the sign of all.",
    ),
    why="$-2w = 2\\mu w - \\eta\\lambda w$ gives $\\eta = 2(1 + \\mu)/\\lambda$: momentum nearly "
    "doubles the largest stable rate.",
    right=(Right("2 * (1 + momentum) / curvature", "(2 + 2 * momentum) / curvature"),),
    wrong=(
        Wrong("2 * (1 + momentum)", "2", says="That is the limit without momentum."),
        Wrong(
            "2 * (1 + momentum)",
            "2 * (1 - momentum)",
            says="Momentum makes the limit larger, not "
            "smaller: look at the sign of the term with the last step.",
        ),
        Wrong(
            "2 * (1 + momentum) / curvature",
            "2 / curvature / (1 - momentum)",
            says="That is the "
            "length of a step on a *steady* slope. On the limit the slope changes its sign each time.",
        ),
        Wrong("2 * (1 + momentum)", "(1 + momentum)", "half"),
        Wrong(
            "2 * (1 + momentum) / curvature",
            "2 * (1 + momentum) * curvature",
            says="The sharper the bend, the smaller the rate must be.",
        ),
        Wrong(
            "2 * (1 + momentum)",
            "2 * (1 + momentum) ** 2",
            says="The square belongs to the *best* rate, not to the limit.",
        ),
    ),
)

# %% [markdown]
# ## ★★ A step with momentum and decay
#
# Write `step`: one update of the array `weights`, in place. The velocity starts at zero. Update
# $t = 0, 1, 2, \ldots$ has the rate $\eta_t = \eta/(1 + \delta t)$, and $v = \mu v - \eta_t g$.


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
    for momentum, decay in ((0.0, 0.0), (0.9, 0.0), (0.0, 0.5), (0.9, 0.5)):  # one thing at a time
        yield case(
            rate=0.05,
            momentum=momentum,
            decay=decay,
            W=rng.standard_normal((5, 3)),
            G=rng.standard_normal((4, 5, 3)),
        )


def _descend(given, trial):
    "Four updates, each compared by how far the weights went in it."
    descent, weights = given(trial.rate, trial.momentum, trial.decay), trial.W.copy()
    for G in trial.G:
        before = weights.copy()
        descent.step(weights, G)
        yield {"the step": weights - before}, {"g": G, "W": before}


def _verify_step(Descent):
    import nn_from_scratch

    layer = nn_from_scratch.DenseLayer(5, 3, dtype=np.float64, rng=np.random.default_rng(0))
    optimizer, ours, weights = (
        nn_from_scratch.StochasticGradientDescent(0.05, 0.9, 0.5),
        Descent(0.05, 0.9, 0.5),
        layer.weights.copy(),
    )
    for i in range(5):
        layer.derivative_weights, layer.derivative_biases = (
            np.full((5, 3), i - 1.5),
            np.zeros((1, 3)),
        )
        optimizer.update_params(layer)
        ours.step(weights, layer.derivative_weights)
        np.testing.assert_allclose(weights, layer.weights)


step = Exercise(
    title="A step with momentum and decay",
    stars=2,
    asks="Descent",
    methods=("step",),
    experiment=_descend,
    cases=_step_cases,
    verify=_verify_step,
    tolerance=1e-11,
    hints=(
        "Three lines: the rate of this update, the new velocity, the new weights; and the counter.",
        "The first update has the full rate: $t = 0$.",
        "`weights += ...` changes the array itself; `weights = weights + ...` makes a new one that nobody sees.",
    ),
    why="v = momentum * v - rate * g, w = w + v; the counter grows at the end, so the first update has the full rate.",
    right=(Right("weights += self.velocity", "weights[...] = weights + self.velocity"),),
    wrong=(
        Wrong(
            "- rate * gradient",
            "- rate * (1 - self.momentum) * gradient",
            says="That is the averaged form, in which a push counts "
            "1 - momentum only. Here it counts in full.",
        ),
        Wrong("- rate * gradient", "+ rate * gradient", "sign"),
        Wrong(
            "self.decay * self.t",
            "self.decay * (self.t + 1)",
            says="The decay sets in one update early: the first has t = 0 and the full rate.",
        ),
        Wrong(
            "        self.t += 1",
            "        pass",
            says="The counter stands still, and so does the rate: it must count the updates.",
        ),
        Wrong(
            "rate = self.learning_rate / (1 + self.decay * self.t)",
            "rate = self.learning_rate = self.learning_rate / (1 + self.decay * self.t)",
            says="The rate is shrunk again and again: start from the first rate each time.",
        ),
        Wrong(
            "self.learning_rate / (1 + self.decay * self.t)",
            "self.learning_rate * (1 - self.decay * self.t)",
            says="The rate is divided by "
            "1 + decay t. Yours falls in a straight line, below zero at last.",
        ),
        Wrong(
            "self.learning_rate / (1 + self.decay * self.t)",
            "self.learning_rate * self.decay ** self.t",
            says="That is exponential decay, rate times decay to the power t.",
        ),
        Wrong(
            "self.velocity = self.momentum * self.velocity - rate * gradient",
            "self.velocity = -rate * gradient",
            says="Nothing of the last step is kept: where is the momentum?",
        ),
        Wrong(
            "self.velocity = self.momentum * self.velocity - rate * gradient\n        weights += self.velocity",
            "self.velocity = self.momentum * self.velocity + gradient\n        weights -= rate * self.velocity",
            says="That is PyTorch's form, "
            "in which the rate of *this* update scales all earlier pushes too. It differs as soon as the rate changes.",
        ),
        Wrong(
            "weights += self.velocity",
            "weights += self.momentum * self.velocity - rate * gradient",
            says="That is Nesterov's step, one push ahead.",
        ),
        Wrong(
            "weights += self.velocity",
            "weights = weights + self.velocity",
            says="The weights did not move: `weights = weights + ...` makes a "
            "new array. `+=` changes the one that was given.",
        ),
    ),
)
