# %% [markdown]
# # Exercises: training
#
# Lesson `06_training` derives all that you need here.

# %%
# %% tags=["author"]
import types

import numpy as np

from nn_from_scratch.exercises import Exercise, Right, Wrong, case

# %% [markdown]
# ## ★★ A rate that gives way
#
# Write a function that makes a callback: it halves `state.optimizer.learning_rate` when the
# validation loss has not been the best for `patience` epochs in a row, and then waits as many
# epochs before it halves again. `state.history["validation_loss"]` is the list so far.


# %%
def halve_when_stuck(patience):
    ### BEGIN SOLUTION
    waited = {"epochs": 0}

    def callback(state):
        losses = state.history["validation_loss"]
        waited["epochs"] = 0 if losses[-1] == min(losses) else waited["epochs"] + 1
        if waited["epochs"] == patience:
            state.optimizer.learning_rate /= 2
            waited["epochs"] = 0

    return callback
    ### END SOLUTION


# %% tags=["author"]
def _cases(rng):
    for patience in (2, 3):
        losses = [
            5.0,
            4.0,
            4.5,
            4.2,
            3.0,
            3.5,
            3.1,
            3.2,
            3.3,
            3.4,
            3.6,
            2.0,
            2.5,
            2.4,
            2.3,
            1.0,
            1.1,
        ]
        yield case(patience=patience, losses=np.array(losses) + rng.uniform(0, 0.01))


def _experiment(given, trial):
    "The rate after each epoch of a run whose losses are known; and two runs share nothing."
    for run in ("first run", "second run"):
        callback = given(trial.patience)
        optimizer, history, rates = (
            types.SimpleNamespace(learning_rate=1.0),
            {"validation_loss": []},
            [],
        )
        for epoch, loss in enumerate(trial.losses.tolist(), start=1):
            history["validation_loss"].append(loss)
            callback(
                types.SimpleNamespace(
                    optimizer=optimizer, history=history, epoch=epoch, epochs=17, stop=False
                )
            )
            rates.append(optimizer.learning_rate)
        yield {f"the rate in the {run}": rates}


def _verify(halve_when_stuck):
    from nn_from_scratch import (
        DenseLayer,
        MeanSquaredError,
        Sequential,
        StochasticGradientDescent,
        fit,
    )

    rng, optimizer = np.random.default_rng(0), StochasticGradientDescent(1e-9)
    X = rng.standard_normal((20, 2))
    data = (X, np.zeros((20, 1)) + 5)
    fit(
        Sequential(DenseLayer(2, 1, rng=rng)),
        MeanSquaredError(),
        optimizer,
        X,
        X[:, :1],
        epochs=6,
        batch_size=20,
        validation_data=data,
        rng=rng,
        progress=False,
        callbacks=[halve_when_stuck(3)],
    )
    assert optimizer.learning_rate in (1e-9, 5e-10, 2.5e-10)


halve = Exercise(
    title="A rate that gives way",
    stars=2,
    asks="halve_when_stuck",
    experiment=_experiment,
    cases=_cases,
    verify=_verify,
    hints=(
        "Something must be remembered between two calls: a counter of the epochs waited.",
        "The last loss is the best so far if it is the smallest of the list.",
        "After halving, the counter starts at zero again.",
    ),
    why="A closure keeps the counter for its own run; the list of losses tells whether the last one is the best.",
    right=(Right("losses[-1] == min(losses)", "losses[-1] <= min(losses)"),),
    wrong=(
        Wrong(
            '            state.optimizer.learning_rate /= 2\n            waited["epochs"] = 0',
            "            state.optimizer.learning_rate /= 2",
            says="After halving the wait must start again, or the rate is halved once only.",
        ),
        Wrong(
            'waited["epochs"] == patience',
            'waited["epochs"] > patience',
            says="One epoch too patient: it must halve when the wait is "
            "`patience` epochs long, not longer.",
        ),
        Wrong(
            "losses[-1] == min(losses)",
            "losses[-1] < ([np.inf] + losses)[-2]",
            says="A loss below that of the epoch before is not yet the best so far.",
        ),
        Wrong(
            '0 if losses[-1] == min(losses) else waited["epochs"] + 1',
            'waited["epochs"] + (losses[-1] != min(losses))',
            says="A new best must set the wait back to zero: epochs *in a row*.",
        ),
        Wrong(
            "state.optimizer.learning_rate /= 2",
            "state.optimizer.learning_rate *= 2",
            says="It doubles the rate.",
        ),
        Wrong("    return callback", "    callback", "raises"),
    ),
)
