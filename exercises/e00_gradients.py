# %% [markdown]
# # Exercises: gradients
#
# Lesson `00_gradients` derives all that you need here.

# %%
import numpy as np

# %% tags=["author"]
from nn_from_scratch.exercises import Exercise, Right, Wrong, case

# %% [markdown]
# ## ★★ A slope from both sides
#
# Write `gradient(function, at, h)`: the slope of a function of an array in each entry, by central
# differences. `function` takes an array and returns one number. Leave `at` as it is.


# %%
def gradient(function, at, h):
    "function of an array (any shape) -> gradient of the same shape"
    ### BEGIN SOLUTION
    slopes = np.zeros(at.shape)
    for index in np.ndindex(at.shape):
        above, below = at.copy(), at.copy()
        above[index] += h
        below[index] -= h
        slopes[index] = (function(above) - function(below)) / (2 * h)
    return slopes
    ### END SOLUTION


# %% tags=["author"]
def _bowl(x):
    return float(np.sum(x**3) + x.flat[0] * x.flat[-1])


def _wave(x):
    return float(np.sum(np.sin(x) * np.arange(1, x.size + 1).reshape(x.shape)))


def _cases(rng):
    for function, shape, h in ((_bowl, (2, 3), 0.1), (_wave, (4,), 0.3), (_bowl, (1, 1), 0.05)):
        yield case(function=function, at=rng.uniform(0.5, 2, shape), h=h)


def _experiment(given, trial):
    kept = trial.at.copy()
    kept.flags.writeable = False
    yield {"the gradient": given(trial.function, kept, trial.h)}, {"at": trial.at}


def _verify(gradient):
    assert abs(gradient(lambda x: float(x[0] ** 3), np.array([2.0]), 0.01) - 12.0001).max() < 1e-9


slope = Exercise(
    title="A slope from both sides",
    stars=2,
    asks="gradient",
    experiment=_experiment,
    cases=_cases,
    verify=_verify,
    tolerance=1e-10,
    hints=(
        "One entry at a time: lift it by h, lower it by h, and leave the others as they are.",
        "`np.ndindex(at.shape)` walks over the entries of an array of any shape.",
        "Make two copies in each round; between the two function values lie two steps h.",
    ),
    why="The bends cancel from both sides, so the error falls with the square of h.",
    right=(
        Right(
            "(function(above) - function(below)) / (2 * h)",
            "(function(above) - function(below)) / h / 2",
        ),
    ),
    wrong=(
        Wrong("/ (2 * h)", "/ h", "twice"),
        Wrong(
            "/ (2 * h)",
            "/ 2 * h",
            says="`/ 2 * h` divides by two and then *multiplies* by h: brackets are missing.",
        ),
        Wrong(
            "below[index] -= h",
            "pass",
            says="The lower point was not lowered: that is half of a difference to one side.",
        ),
        Wrong(
            "(function(above) - function(below)) / (2 * h)",
            "(function(above) - function(at)) / h",
            says="That is the difference to one side only. Look the same distance to both sides.",
        ),
        Wrong("(function(above) - function(below))", "(function(below) - function(above))", "sign"),
        Wrong(
            "        above, below = at.copy(), at.copy()\n        above[index] += h\n        below[index] -= h",
            "        above, below = at + h, at - h",
            says="All entries were turned at once: the others must keep still.",
        ),
        Wrong(
            "    for index in np.ndindex(at.shape):\n        above, below = at.copy(), at.copy()",
            "    above, below = at.copy(), at.copy()\n    for index in np.ndindex(at.shape):",
            says="An entry that was turned must be put back before the next one is.",
        ),
        Wrong("above, below = at.copy(), at.copy()", "above = below = at.copy()", "zero"),
        Wrong("above, below = at.copy(), at.copy()", "above, below = at, at", "in_place"),
        Wrong("slopes = np.zeros(at.shape)", "slopes = np.zeros(at.shape, np.float32)", "float32"),
        Wrong("    return slopes", "    return slopes.sum()", "over_all"),
    ),
)
