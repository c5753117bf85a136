# %% [markdown]
# # Exercises: callbacks
#
# Lesson `08_callbacks` derives all that you need here. Write in the cells, run them, and let the
# check tell you what it finds; `ex.halve.hint()` gives the next hint, `ex.halve.solution()` a
# solution.

# %%
import numpy as np

# %% tags=["author"]
from nn_from_scratch import (
    DenseLayer,
    History,
    ReLU,
    Sequential,
    SigmoidBinaryCrossEntropy,
    StochasticGradientDescent,
    TrainingState,
    evaluate,
    fit,
)
from nn_from_scratch.exercises import Exercise, Right, Wrong, case

_STATE = ("TrainingState", "History", "Sequential", "StochasticGradientDescent")  # a look is allowed


def _begin(epochs=60):
    "A run that is about to start."
    rng = np.random.default_rng(1)
    first, last = (DenseLayer(d, k, dtype=np.float64, rng=rng) for d, k in ((5, 3), (3, 1)))
    network, optimizer = Sequential(first, ReLU(), last), StochasticGradientDescent(1.0)
    return TrainingState(network, optimizer, History(), rng, epochs)


def _flat(arrays):
    "All numbers of some arrays in a row; what is no list of arrays as it is."
    try:
        return np.concatenate([np.ravel(np.array(array, float)) for array in arrays])
    except (TypeError, ValueError):
        return str(arrays)


# %% [markdown]
# ## ★★ A rate that gives way
#
# Write a function that makes a callback: `halve_when_stuck(patience)(state)` is called after each
# epoch, and halves `state.optimizer.learning_rate` when the validation loss has not been the best
# for `patience` epochs in a row. Then it waits for as many epochs before it halves again. A loss
# that only equals the best so far is no better. `state.history["validation_loss"]` is the list so
# far.


# %%
def halve_when_stuck(patience):
    ### BEGIN SOLUTION
    waited = {"epochs": 0}

    def callback(state):
        losses = state.history["validation_loss"]
        better = losses[-1] < min(losses[:-1], default=np.inf)
        waited["epochs"] = 0 if better else waited["epochs"] + 1
        if waited["epochs"] == patience:
            state.optimizer.learning_rate /= 2
            waited["epochs"] = 0

    return callback
    ### END SOLUTION


# %% tags=["author"]
_FIRST = [5.0, 4.0, 4.5, 4.2, 3.0, 3.5, 3.0, 3.2, 3.3, 3.4, 3.6, 2.0, 2.5, 2.4, 2.3, 1.0, 1.1]
_OTHER = [3.0, 3.5, 3.6, 3.4, 3.3, 3.2, 2.9, 2.8, 2.7, 2.8, 2.9, 2.8, 2.9, 2.6, 2.5, 2.4, 2.3]


def _halve_cases(rng):
    for patience in (3, 2):
        size = float(rng.uniform(0.5, 2))  # two losses of the list are equal, and stay so
        yield case(patience=patience, losses=size * np.array([_FIRST, _OTHER]))


def _halve(given, trial):
    "The rates of two runs side by side, epoch by epoch; the training loss falls all the time."
    runs = [(given(trial.patience), _begin(17), []) for _ in trial.losses]
    for epoch, losses in enumerate(trial.losses.T.tolist(), start=1):
        for (callback, state, rates), loss in zip(runs, losses):
            state.history.append({"loss": 1 / epoch, "validation_loss": loss})
            callback(state)
            rates.append(state.optimizer.learning_rate)
    yield {f"the rate in the {name} run": run[2] for name, run in zip(("first", "second"), runs)}


def _verify_halve(halve_when_stuck):
    "In a run of `fit` on labels that are noise; and the epochs counted by another rule."
    rng, rates = np.random.default_rng(0), []
    X, y = rng.standard_normal((40, 2)), rng.integers(0, 2, (40, 1))
    optimizer = StochasticGradientDescent(1.0)
    network = Sequential(DenseLayer(2, 8, rng=rng), ReLU(), DenseLayer(8, 1, rng=rng))
    history = fit(
        network, SigmoidBinaryCrossEntropy(), optimizer, X[:20], y[:20], epochs=30, batch_size=20,
        validation_data=(X[20:], y[20:]), rng=rng, progress=False,
        callbacks=[halve_when_stuck(3), lambda state: rates.append(state.optimizer.learning_rate)],
    )
    losses, start, expected, rate = history["validation_loss"], 0, [], 1.0
    for epoch in range(1, 31):  # `start`: the last epoch that was the best or halved the rate
        if int(np.argmin(losses[:epoch])) + 1 == epoch:
            start = epoch
        if epoch - start == 3:
            start, rate = epoch, rate / 2
        expected.append(rate)
    assert rates == expected and rates[-1] < 0.1


halve = Exercise(
    title="A rate that gives way",
    stars=2,
    asks="halve_when_stuck",
    experiment=_halve,
    cases=_halve_cases,
    verify=_verify_halve,
    allow=_STATE,
    cure="08_callbacks#a-rate-for-each-epoch",
    hints=(
        "Something must be remembered between two calls of the callback: how many epochs it has "
        "waited. A dictionary made in the outer function is one for each run.",
        "The last loss is the best so far if it is below all that came before it. `min` of an empty "
        "list is an error: who has no loss before?",
        "The wait begins anew twice: with a new best, and after the rate was halved.",
    ),
    why="The outer function is called once for each run, so its dictionary is that run's memory; "
    "the list of losses tells whether the last one is the best.",
    right=(
        Right("better = losses[-1] < min(losses[:-1], default=np.inf)",
              "better = int(np.argmin(losses)) + 1 == state.epoch"),
        Right("better = losses[-1] < min(losses[:-1], default=np.inf)",
              'better = state.history.best()["epoch"] == state.epoch'),
    ),
    wrong=(
        Wrong('            state.optimizer.learning_rate /= 2\n            waited["epochs"] = 0',
              "            state.optimizer.learning_rate /= 2",
              says="After halving, the wait must begin anew, or the rate is halved only once until "
              "the next best loss."),
        Wrong('waited["epochs"] == patience', 'waited["epochs"] > patience',
              says="One epoch too patient: it is to halve when the wait is `patience` epochs long, "
              "not longer."),
        Wrong("losses[-1] < min(losses[:-1], default=np.inf)", "losses[-1] <= min(losses)",
              says="A loss that equals the best so far was taken for a new best, and the wait began "
              "anew."),
        Wrong("losses[-1] < min(losses[:-1], default=np.inf)",
              "losses[-1] < ([np.inf] + losses)[-2]",
              says="A loss below that of the epoch before is not yet the best so far."),
        Wrong('waited["epochs"] = 0 if better else waited["epochs"] + 1',
              'waited["epochs"] += not better',
              says="A new best must set the wait back to zero: epochs *in a row*."),
        Wrong('losses = state.history["validation_loss"]', 'losses = state.history["loss"]',
              says="The rate never changes: the *training* loss falls all the time. Look at the "
              "validation loss. See *When to stop* in lesson 08."),
        Wrong('if waited["epochs"] == patience:', "if state.epoch % patience == 0:",
              says="The rate is halved every `patience` epochs, whatever the loss does."),
        Wrong('def halve_when_stuck(patience):\n    waited = {"epochs": 0}',
              'def halve_when_stuck(patience, waited={"epochs": 0}):',
              says="Two runs share one wait: what a function has as a default is made once, for all "
              "of its calls. Make the memory *inside* of the outer function."),
        Wrong("state.optimizer.learning_rate /= 2", "state.optimizer.learning_rate *= 2",
              says="It doubles the rate."),
        Wrong("state.optimizer.learning_rate /= 2", "state.optimizer.learning_rate = 0.5",
              says="The rate is set to the same value each time: halve what it is *now*."),
        Wrong("    return callback", "    callback", "raises"),
    ),
)

# %% [markdown]
# ## ★★★ Stop, and give the best weights back
#
# Write a callback as a class. After each epoch it is called with the state: if the validation loss
# is a new best, it keeps the weights in `self.weights`, a list of arrays; and if `patience` epochs
# in a row were not the best, it sets `state.stop` to `True`. When the run ends, however it does,
# `end` is called with the state, and puts the best weights into the arrays of the network.


# %%
class StopEarly:
    def __init__(self, patience):
        self.patience = patience
        self.weights = []  # those of the best epoch so far, array by array

    def __call__(self, state):
        ### BEGIN SOLUTION
        best = 1 + int(np.argmin(state.history["validation_loss"]))
        if best == state.epoch:
            self.weights = [array.copy() for array in state.network.parameters]
        if state.epoch - best >= self.patience:
            state.stop = True
        ### END SOLUTION

    def end(self, state):
        ### BEGIN SOLUTION
        for array, before in zip(state.network.parameters, self.weights):
            array[...] = before
        ### END SOLUTION


# %% tags=["author"]
_RUNS = {  # validation losses; the epoch in which another callback stops the run
    "stopped by patience": ([5.0, 4.0, 3.0, 3.5, 3.0, 3.2, 3.3, 3.4, 3.5, 3.6], 0),
    "over when its epochs were": ([5.0, 4.0, 3.0, 3.5], 0),
    "stopped by another callback": ([5.0, 3.0, 4.0, 3.5, 3.6, 3.7, 3.8], 3),
}


def _stop_cases(rng):
    for patience in (3, 2):
        yield case(patience=patience, moves=rng.standard_normal((3, 12, 22)))


def _train(callback, moves, losses, stops):
    "A run in which the weights move as was said before; the last epoch, and two rows of weights."
    state = _begin(len(losses))
    for epoch, loss in enumerate(losses, start=1):
        _move(state.network, moves[epoch])
        state.history.append({"loss": 1 / epoch, "validation_loss": loss})
        state.stop = epoch == stops
        callback(state)
        if state.stop:
            break
    _move(state.network, moves[0])  # some steps of an epoch that is never finished
    weights = _flat(callback.weights)
    callback.end(state)
    return state.epoch, weights, _flat(state.network.parameters)


def _move(network, by):
    "One training step, in place."
    for array, part in zip(network.parameters, np.split(by, [15, 18, 21])):
        array += part.reshape(array.shape)


def _stop(given, trial):
    for moves, (name, (losses, stops)) in zip(trial.moves, _RUNS.items()):
        last, weights, final = _train(given(trial.patience), moves, losses, stops)
        yield {f"the last epoch of a run {name}": last, "the weights that were kept": weights,
               "the weights given back": final}


def _verify_stop(StopEarly):
    "In a run of `fit`: the network given back has the best validation loss, to the last digit."
    rng, loss = np.random.default_rng(0), SigmoidBinaryCrossEntropy()
    X, y = rng.standard_normal((60, 2)), rng.integers(0, 2, (60, 1))
    for epochs in (60, 4):
        own = np.random.default_rng(1)
        network = Sequential(DenseLayer(2, 16, rng=own), ReLU(), DenseLayer(16, 1, rng=own))
        history = fit(
            network, loss, StochasticGradientDescent(0.5, 0.9), X[:20], y[:20], epochs=epochs,
            batch_size=20, validation_data=(X[20:], y[20:]), rng=own, progress=False,
            callbacks=[StopEarly(5)],
        )
        best = history.best()
        assert evaluate(network, loss, X[20:], y[20:])["loss"] == best["validation_loss"]
        assert history.epochs == min(epochs, best["epoch"] + 5)


stop = Exercise(
    title="Stop, and give the best weights back",
    stars=3,
    asks="StopEarly",
    methods=("__call__", "end"),
    experiment=_stop,
    cases=_stop_cases,
    verify=_verify_stop,
    allow=_STATE,
    cure="08_callbacks#when-to-stop",
    hints=(
        "All that you need to know about the past is in the list of losses. In which epoch was the "
        "first of the lowest? Epochs count from 1.",
        "Training changes the arrays of `state.network.parameters` where they lie. What does a list "
        "of *these* arrays hold ten epochs later?",
        "To put numbers into an array that somebody else holds: `array[...] = numbers`. And that "
        "you have no wish to stop is no reason to take back the wish of another.",
    ),
    why="`argmin` gives the first of the lowest losses; the weights are *copied* when they are the "
    "best, and written back in `end`, which comes however the run ends.",
    right=(
        Right('1 + int(np.argmin(state.history["validation_loss"]))', 'int(state.history.best()["epoch"])'),
        Right("            state.stop = True", "            state.stop |= True"),
        Right("array.copy() for array", "np.array(array) for array"),
    ),
    wrong=(
        Wrong("            array[...] = before", "            array = before",
              says="The network has the weights that it ended with. `array = before` only gives a "
              "second name to what was kept; write *into* the network's array."),
        Wrong("            state.stop = True\n\n    def end(self, state):\n"
              "        for array, before in zip(state.network.parameters, self.weights):\n"
              "            array[...] = before",
              "            state.stop = True\n            self.end_now(state)\n\n"
              "    def end_now(self, state):\n"
              "        for array, before in zip(state.network.parameters, self.weights):\n"
              "            array[...] = before\n\n    def end(self, state):\n        self.weights = []",
              says="The weights are put back when the patience is over, and what comes after that "
              "goes on in them: a run may end in other ways, so this belongs into `end`. See *When "
              "to stop* in lesson 08."),
        Wrong("[array.copy() for array in state.network.parameters]", "state.network.parameters",
              says="The arrays were kept, but not copied: training goes on in them. See *Break it: "
              "kept, but not copied* in lesson 08."),
        Wrong("        if best == state.epoch:\n", "        if True:\n",
              says="The weights of *every* epoch are kept, and so the last one's in the end: keep "
              "those of a new best only."),
        Wrong("array.copy() for array in state.network.parameters]",
              "array.copy() for array in state.network.parameters[:1]]",
              says="Only the first array was kept: a network has weights *and* biases, in each of "
              "its layers."),
        Wrong(">= self.patience", "> self.patience",
              says="One epoch too patient: it ends when `patience` epochs in a row were not the "
              "best, not one more."),
        Wrong('1 + int(np.argmin(state.history["validation_loss"]))',
              'state.epoch - int(np.argmin(state.history["validation_loss"][::-1]))',
              says="A loss that equals the best so far was taken for a new best. The first of the "
              "lowest counts."),
        Wrong('int(np.argmin(state.history["validation_loss"]))',
              'int(np.argmin(state.history["loss"]))',
              says="That is the epoch with the lowest *training* loss, and it tells nothing of when "
              "to stop. See *When to stop* in lesson 08."),
        Wrong("int(np.argmin(", "int(np.argmax(",
              says="The best epoch is the one with the *lowest* loss."),
        Wrong('1 + int(np.argmin(state.history["validation_loss"]))',
              'int(np.argmin(state.history["validation_loss"]))',
              says="Places in a list count from 0, and epochs from 1: no epoch is ever the best, so "
              "nothing is kept."),
        Wrong("if state.epoch - best >= self.patience:", "if state.epoch > best:",
              says="It stops at the first loss that is not the best: where is the patience?"),
        Wrong("if state.epoch - best >= self.patience:", "if state.epoch >= self.patience:",
              says="It counts all epochs of the run, and not those since the best one."),
        Wrong("        if state.epoch - best >= self.patience:\n            state.stop = True",
              "        state.stop = state.epoch - best >= self.patience",
              says="Another callback had set `state.stop`, and yours has taken it back. Set it to "
              "`True`, or leave it alone."),
    ),
)
