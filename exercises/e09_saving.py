# %% [markdown]
# # Exercises: saving
#
# Lesson `09_saving` derives all that you need here. Write in the cells, run them, and let the
# check tell you what it finds; `ex.resume.hint()` gives the next hint, `ex.resume.solution()` a
# solution.

# %%
import numpy as np

# %% tags=["author"]
from nn_from_scratch import (
    DenseLayer,
    History,
    MeanSquaredError,
    ReLU,
    Sequential,
    StochasticGradientDescent,
    TrainingState,
    batches,
    train_step,
)
from nn_from_scratch.exercises import Exercise, Right, Wrong, case

# %% [markdown]
# ## ★★★ As if nothing had happened
#
# A `run` is a `TrainingState` of lesson 07: `run.network`, `run.optimizer`, `run.rng` and
# `run.history`. Write `save(run)`, which returns all that the next update depends on, in whatever
# form you like; the run goes on afterwards. And write `restore(run, saved)`: it gets a run that
# was just begun, with the same kind of network and optimizer but other weights, and makes it like
# the one that was saved. From there both must go on alike, to the last bit, and the same `saved`
# must serve for a second resume.
#
# The optimizer has momentum and decay: its `states` are a dictionary from each layer of
# `run.network.trained` to the pair of counter and velocities. A callback has changed its
# `learning_rate`, and keeps something in `run.history.memory`. (`copy.deepcopy(thing)` copies a
# thing with all that is in it.)

# %%
import copy


def save(run):
    ### BEGIN SOLUTION
    saved = {
        "weights": run.network.parameters,
        "states": [run.optimizer.states[layer] for layer in run.network.trained],
        "rate": run.optimizer.learning_rate,
        "rng": run.rng,
        "history": run.history,
    }
    return copy.deepcopy(saved)
    ### END SOLUTION


def restore(run, saved):
    ### BEGIN SOLUTION
    saved = copy.deepcopy(saved)
    for array, before in zip(run.network.parameters, saved["weights"]):
        array[...] = before
    run.optimizer.states = dict(zip(run.network.trained, saved["states"]))
    run.optimizer.learning_rate = saved["rate"]
    run.rng = saved["rng"]
    run.history = saved["history"]
    ### END SOLUTION


# %% tags=["author"]
def _resume_cases(rng):
    for n, d, k in ((7, 5, 3), (5, 5, 5)):
        yield case(n=n, d=d, k=k, X=rng.standard_normal((n, d)), y=rng.standard_normal((n, 1)))


def _begin(trial, seed):
    "A run with momentum and decay, not yet trained."
    rng, sizes = np.random.default_rng(seed), ((trial.d, trial.k), (trial.k, 1))
    first, last = (DenseLayer(*size, dtype=np.float64, rng=rng) for size in sizes)
    optimizer = StochasticGradientDescent(0.02, momentum=0.8, decay=0.05)
    return TrainingState(Sequential(first, ReLU(), last), optimizer, History(), rng, epochs=5)


def _go_on(run, trial, epochs=5):
    "Train up to the epoch; the rate is halved after the second, and the losses are added up."
    loss, memory = MeanSquaredError(), run.history.memory
    while run.epoch < epochs:
        losses = [
            train_step(run.network, loss, run.optimizer, *batch)[0]
            for batch in batches(trial.X, trial.y, 4, run.rng)
        ]
        run.history.append({"loss": np.mean(losses)})
        memory["sum"] = memory.get("sum", 0.0) + sum(losses)
        if run.epoch == 2:
            run.optimizer.learning_rate /= 2


def _weights(run):
    return np.concatenate([array.ravel() for array in run.network.parameters])


def _look(run):
    "What can be seen of a run that has come to its end."
    return {
        "the epochs in the history": len(run.history.get("loss", ())),
        "the sum in the memory": run.history.memory.get("sum", 0.0),
        "the weights at the end": _weights(run),
    }


def _resume(save, restore, trial):
    "Saved after three epochs; then it goes on, and twice a new run takes its place."
    run = _begin(trial, 1)
    _go_on(run, trial, 3)
    saved = save(run)
    _go_on(run, trial)
    yield _look(run)
    for seed in (2, 3):
        fresh = _begin(trial, seed)
        restore(fresh, saved)
        start = {"the weights after restore": _weights(fresh), "the epoch after restore": fresh.epoch}
        _go_on(fresh, trial)
        yield start | _look(fresh)


def _verify_resume(save, restore):
    "Bit for bit the run that nobody disturbed; and like the library's checkpoint, through a file."
    import tempfile
    from pathlib import Path

    from nn_from_scratch import checkpoint, load_checkpoint

    rng = np.random.default_rng(0)
    trial = case(d=5, k=3, X=rng.standard_normal((23, 5)), y=rng.standard_normal((23, 1)))
    whole, run, fresh = _begin(trial, 1), _begin(trial, 1), _begin(trial, 9)
    _go_on(whole, trial, 7)
    _go_on(run, trial, 4)
    saved = save(run)
    with tempfile.TemporaryDirectory() as folder:
        checkpoint(Path(folder) / "run.npz")(run)
        other = load_checkpoint(Path(folder) / "run.npz")
    restore(fresh, saved)
    for each in (fresh, other):
        _go_on(each, trial, 7)
        assert np.array_equal(_weights(each), _weights(whole)) and each.history == whole.history
        assert each.history.memory == whole.history.memory


resume = Exercise(
    title="As if nothing had happened",
    stars=3,
    asks=("save", "restore"),
    experiment=_resume,
    cases=_resume_cases,
    verify=_verify_resume,
    allow=(  # a run may be looked at, changed and copied; `train_step` is called by the experiment
        "TrainingState", "History", "Sequential", "StochasticGradientDescent", "forget", "train_step",
    ),
    cure="09_saving#what-an-update-depends-on",
    hints=(
        "Go through the formula of an update letter by letter: where does each of them come from, "
        "and what does the order of the samples come from?",
        "The new run has other layer objects, so it needs a dictionary with *its* layers for keys: "
        "`run.network.trained` has them in the same order.",
        "The run goes on after `save`, and a resumed one after `restore`, and both change arrays, "
        "lists and generators where they lie. At which places does that ask for a copy?",
    ),
    why="Weights, counters and velocities, the rate, the generator, and the history with its "
    "memory: an update depends on all of them, and the end of the run does. Copied on the way out "
    "and on the way in, because both runs go on.",
    right=(
        Right('"rng": run.rng,', '"rng": copy.deepcopy(run.rng),'),
        Right('    run.rng = saved["rng"]\n',
              '    run.rng.bit_generator.state = saved["rng"].bit_generator.state\n'),
        Right("    return copy.deepcopy(saved)\n", "    return copy.deepcopy(saved) | {}\n"),
    ),
    wrong=(
        Wrong("    run.optimizer.states = dict(zip(run.network.trained, saved[\"states\"]))", "    pass",
              says="Counters and velocities begin anew: the optimizer's `states` were left out. See "
              "*What an update depends on* in lesson 09."),
        Wrong('dict(zip(run.network.trained, saved["states"]))',
              '{layer: (t, {name: 0 * v for name, v in velocities.items()}) for layer, '
              '(t, velocities) in zip(run.network.trained, saved["states"])}',
              says="The velocities begin at zero: what the ball had gathered is lost. See *Break "
              "it: a resume that forgets* in lesson 09."),
        Wrong('dict(zip(run.network.trained, saved["states"]))',
              '{layer: (0, velocities) for layer, (_, velocities) in '
              'zip(run.network.trained, saved["states"])}',
              says="The counters begin at zero, so the decay begins anew and the rate leaps up."),
        Wrong('    run.optimizer.learning_rate = saved["rate"]', "    pass",
              says="The run goes on at the rate that the optimizer was made with: a callback had "
              "changed it."),
        Wrong('"rate": run.optimizer.learning_rate', '"rate": run.optimizer.current_learning_rate',
              says="The rate that was *used last* was saved, and it has the decay in it: on the next "
              "update that is counted twice. The formula begins with `learning_rate`."),
        Wrong('    run.rng = saved["rng"]', "    pass",
              says="The batches come in another order: the generator was left out."),
        Wrong('    run.rng = saved["rng"]', "    run.rng = np.random.default_rng(1)",
              says="The batches come in another order: a generator made from the seed is at the "
              "*beginning* of its numbers, not where the run had come to."),
        Wrong('    run.history = saved["history"]', "    pass",
              says="The history was left out: the run does not know how many epochs are done, and "
              "begins to count anew."),
        Wrong('    run.history = saved["history"]', '    run.history.update(saved["history"])',
              says="The lists of the history are there, but its `memory` was left out: what "
              "callbacks remember belongs to the run."),
        Wrong("        array[...] = before", "        array = before",
              says="The network still has its first weights: `array = before` only gives a name to "
              "what was saved. Write *into* the array."),
        Wrong("    saved = copy.deepcopy(saved)\n", "",
              says="The first resume is right, and the second is not: the first run goes on in what "
              "was saved. Copy on the way in, too."),
        Wrong("    return copy.deepcopy(saved)", "    return saved",
              says="What was saved went on training with the run: it holds the run's own arrays, "
              "lists and generator. Copy them when you save."),
    ),
)
