"""From what is handed in to one sentence: every known mistake has its own, and right is right
(79_judging)."""

import json
import types

import numpy as np
import pytest
from helpers import DB, DENSE_WRONG, DW, as_learner, dense_exercise

from nn_from_scratch.answers import Task, Wrong, about, calls, case, examines, stubbed
from nn_from_scratch.judging import Result, judge
from nn_from_scratch.mistakes import where_to_read
from nn_from_scratch.own import unwritten

GOOD = dense_exercise().code()


def verdict(code, seed=0, **changes):
    exercise = dense_exercise(**changes)
    return judge(exercise, as_learner(exercise, code), seed)


def task(experiment, cases, cell, **more):
    return Task("made up", 1, "f", experiment, cases, cell=cell, name="00.f", **more)


def f_of(body, arguments="x"):
    return f"def f({arguments}):\n    ### BEGIN SOLUTION\n    return {body}\n    ### END SOLUTION"


# By hand ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_the_solution_is_right(seed):
    result = verdict(GOOD, seed)
    assert result and result.code == "right" and "Sums over rows." in result.text


@pytest.mark.parametrize("line", ["np.einsum('im,ij->mj', self.inputs, derivative_outputs)"])
def test_the_same_in_other_words_is_right(line):
    assert verdict(GOOD.replace(DW, line))


def test_the_stub_is_not_written_yet():
    exercise = dense_exercise()
    result = judge(exercise, as_learner(exercise, stubbed(exercise.cell)))
    assert result.code == "unwritten" and not result


@pytest.mark.parametrize("wrong", DENSE_WRONG, ids=lambda wrong: wrong.code or wrong.says)
def test_every_known_mistake_has_its_own_words(wrong):
    exercise = dense_exercise()
    for seed in range(3):
        result = verdict(exercise.code(wrong), seed)
        assert not result and wrong.says in result.text and wrong.old not in result.text
        assert result.code == (wrong.code or f"zoo{DENSE_WRONG.index(wrong)}")


def test_two_mistakes_at_once():
    code = GOOD.replace(DW, f"-({DW}) + self.weights.sum()")
    wrong = (Wrong(f"= {DW}", f"= -({DW})", says="Wrong sign."),)
    wrong += (Wrong("self.inputs = inputs", "self.inputs = inputs + 1", says="Inputs and one."),)
    both = GOOD.replace(DW, f"-({DW})").replace("self.inputs = inputs", "self.inputs = inputs + 1")
    result = verdict(both, wrong=wrong)
    assert result.code == "zoo0+zoo1"
    assert "Two things at once. Wrong sign. And: Inputs and one." in result.text
    assert verdict(code, wrong=wrong).code == "unknown"


def test_the_first_wrong_result_is_told_and_the_others_are_named():
    code = GOOD.replace(DW, f"2 * {DW}").replace(DB, f"3.7 * {DB}")
    text = verdict(code).text
    assert text.startswith("`derivative_weights` is twice too large")
    assert "(Not right yet either: `derivative_biases`.)" in text and "*Tried with n = 7" in text


def test_a_mistake_must_explain_every_case():
    "A factor of 7 where n is 7 and where it is 4 is not n."
    assert verdict(GOOD.replace(DW, f"{DW} * len(self.inputs)")).code == "times_n"
    assert verdict(GOOD.replace(DW, f"{DW} * 7")).code != "times_n"


def test_a_known_wrong_answer_must_explain_every_case():
    cases = lambda rng: (case(x=np.array(x)) for x in ([1.0, -2, 3], [-4.0, 5, 6, 7]))  # noqa: E731
    wrong = (Wrong("return x", "return abs(x)", says="The signs are lost."),)
    made = task(calls("x"), cases, f_of("x"), wrong=wrong)
    assert "The signs are lost." in judge(made, (lambda x: (x * x) ** 0.5,)).text
    found = judge(made, (lambda x: abs(x) if len(x) == 3 else x + 5,))
    assert found.code == "differs" and "in more ways than one" in found.text
    right_once = judge(made, (lambda x: x if len(x) == 3 else abs(x),))
    assert right_once.code == "unknown"  # the known-wrong answer is wrong there too


def test_two_mistakes_are_not_told_where_one_of_them_does_the_same():
    cell = f_of("x").replace("    return", "    unused = 1\n    return")
    wrong = Wrong("return x", "return x[::-1]", "unknown"), Wrong("= 1", "= 2", says="Another one.")
    cases = lambda rng: [case(x=rng.standard_normal(5))]  # noqa: E731
    made = task(calls("x"), cases, cell, wrong=wrong, tolerance=1e-3)
    assert judge(made, (lambda x: x[::-1] * 1,)).code == "unknown"


def test_what_a_known_wrong_answer_warns_of_is_not_shown(recwarn):
    wrong = (Wrong("return x", "return x[:0].mean() + x", says="The mean of nothing."),)
    made = task(calls("x"), lambda rng: [case(x=np.ones(3))], f_of("x"), wrong=wrong)
    assert not judge(made, (lambda x: 7 * x,)) and not recwarn.list


def test_a_statistic_is_right_within_its_share():
    def drawn(given, trial):
        rng = np.random.default_rng(trial.seed)
        yield {"the deviation": about(given(rng, 10_000).std(), 0.05)}

    cell = f_of("rng.standard_normal(m) * 0.5", "rng, m")
    made = task(drawn, lambda rng: [case(seed=int(rng.integers(99)))], cell, tolerance=1e-12)
    right = lambda rng, m: 0.5 * rng.permutation(rng.standard_normal(m + 1))[:m]  # noqa: E731
    assert judge(made, (right,), 3)
    found = judge(made, (lambda rng, m: rng.standard_normal(m),))
    assert found.code == "twice" and found.text.startswith("The deviation is twice too large")
    assert judge(made, (lambda rng, m: 0.6 * rng.standard_normal(m),)).code == "unknown"


def test_a_checker_meets_the_zoo():
    parts = {"the slope": lambda: 2.0, "half of it": lambda: 1.0, "its negative": lambda: -2.0}
    made = task(examines(), lambda rng: [case(parts=parts)], f_of("x == 2.0"))
    assert judge(made, (lambda x: x > 1.5,)) and judge(made, (lambda x: np.bool_(x == 2),))
    found = judge(made, (lambda x: abs(x) == 2,))
    assert (found.code, found.text) == (
        "let_pass",
        "Its negative got through, and there is a mistake in it.",
    )
    found = judge(made, (lambda x: False,))
    assert found.code == "turned_down" and found.text.startswith("The slope was turned down")
    assert judge(made, (lambda x: 1,)).code == "no_verdict"


def test_steps_that_are_missing_are_counted():
    def loop(given, trial):
        for value in given(3):
            yield {"a value": value}

    made = task(loop, lambda rng: [case()], f_of("list(range(x))"))
    found = judge(made, (lambda x: range(2),))
    assert found.code == "steps" and "comes 2 times, and should come 3 times" in found.text
    assert judge(made, (lambda x: [0, 1, 2],))


def test_a_result_shows_itself():
    right, wrong = Result(True, "right", "So."), Result(False, "sign", "Not so.")
    assert right and not wrong and repr(right) == "✓ Right. So."
    assert wrong._repr_markdown_() == "**✗ Not yet.** Not so."


def test_the_page_that_cures_it(tmp_path, monkeypatch):
    content = {"cells": [{"source": ["## Where paths meet\n", "text"]}]}
    (tmp_path / "00_gradients.ipynb").write_text(json.dumps(content), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    page = "00_gradients#where-paths-meet"
    link = f"Read again: {where_to_read(page)}."
    code = GOOD.replace(DB, "derivative_outputs")
    assert "[00_gradients, *Where paths meet*]" in link and link in verdict(code, cure=page).text
    own = (Wrong(DB, "derivative_outputs", "not_summed", cure=page),)
    assert link in verdict(code, wrong=own, cure="01_none").text
    own = (Wrong(DB, "derivative_outputs", says="Sum.", cure=page),)
    assert link in verdict(code, wrong=own).text
    assert "Read again" not in verdict(code).text


# Broken twin --------------------------------------------------------------------------------------


def test_what_is_no_known_mistake_gets_no_name():
    rng = np.random.default_rng(0)
    for _ in range(20):
        noise = f"{DW} + np.random.default_rng({rng.integers(10**6)}).standard_normal()"
        noise += " * np.cos(np.arange(self.weights.size)).reshape(self.weights.shape)"
        assert verdict(GOOD.replace(DW, noise)).code == "unknown"


def test_a_wrong_answer_that_gives_what_is_right_is_no_diagnosis():
    "It differs elsewhere: where it agrees with the solution it says nothing."
    wrong = (Wrong(DB, f"2 * {DB}", says="Twice."),)
    stale = GOOD.replace(DW, "self.first.T @ self.slope").replace(
        "self.inputs = inputs", "self.inputs = inputs; self.first = getattr(self, 'first', inputs)"
    )
    stale = stale.replace(
        "        self.derivative_weights",
        "        self.slope = getattr(self, 'slope', derivative_outputs)\n"
        "        self.derivative_weights",
    )
    assert verdict(stale, wrong=wrong).code == "stale"
    wrong = (Wrong("self.start()", "self.start(); self.more = 1", says="Harmless."),)
    assert "Harmless" not in verdict(GOOD.replace(DW, f"{DW} * 2"), wrong=wrong).text
    assert verdict(GOOD.replace(DW, f"{DW} * (1 + 1e-10)"), wrong=wrong).code == "close"


# Extremes -----------------------------------------------------------------------------------------


def test_whether_it_is_still_the_stub():
    exercise = dense_exercise()
    (stub,), (solution,) = exercise.run(stubbed(exercise.cell)), exercise.variant()
    begun = stubbed(exercise.cell).replace("...  # your code here", "...  # begun")
    changed = begun.replace("self.inputs = inputs", "self.inputs = 1 * inputs")
    for code, expected in ((begun, True), (changed, True), (GOOD, False)):
        assert unwritten(as_learner(exercise, code)[0], stub, solution) is expected
    assert not unwritten(0.0, ..., 0.5) and unwritten(None, ..., 0.5)


def test_nothing_global_is_touched():
    state, settings = np.random.get_state()[1].copy(), np.geterr()
    verdict(GOOD.replace(DW, f"np.log(-1 + 0 * {DW})"))
    assert np.array_equal(state, np.random.get_state()[1]) and np.geterr() == settings


def test_results_are_copied_when_they_come():
    "A learner's object may write into the array that it returned before."
    code = GOOD.replace(
        "return derivative_outputs @ self.weights.T",
        "self.kept = getattr(self, 'kept', np.empty((len(derivative_outputs), len(self.weights))))"
        "\n        self.kept[:] = derivative_outputs @ self.weights.T\n        return self.kept",
    )
    assert verdict(code)


def test_nan_where_nan_is_right():
    made = task(calls("x"), lambda rng: [case(x=np.array([1.0, 0, 4]))], f_of("np.log(x - 1)"))
    made.scope["np"] = np
    assert judge(made, (lambda x: np.log(x - 1) + 0,))
    assert judge(made, (lambda x: np.log(x),)).code == "not_finite"
    assert not judge(made, (lambda x: 0 * x,))


# Errors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code, says",
    [
        (GOOD.replace(DW, "self.input.T"), "AttributeError"),
        (GOOD.replace("return derivative_outputs", "raise NotImplementedError\n#"), "not written"),
        (GOOD.replace("outputs @ self.weights.T", "outputs @ self.weights"), "inner sizes"),
        (GOOD.replace("return derivative_outputs @", "return 'gradient' #"), "no array of numbers"),
        (GOOD.replace("return derivative_outputs @", "return [[1, 2], [3]] #"), "no array of num"),
    ],
    ids=["attribute", "not written", "sizes", "text", "ragged"],
)
def test_failures_are_said_in_words(code, says):
    assert says in verdict(code).text


def test_the_line_of_the_learner_is_shown(tmp_path):
    path = tmp_path / "cell.py"
    path.write_text(GOOD.replace(DW, "self.input.T"), encoding="utf-8")
    scope = {"np": np}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), scope)
    result = judge(dense_exercise(), (scope["Dense"],))
    assert result.code == "raises" and "in `self.derivative_weights = self.input.T`" in result.text
    assert result.text.endswith(" *Tried with n = 7, d = 5, k = 3.*")


def test_of_several_things_the_one_that_is_not_written_is_named():
    numbers = "first = ...\nsecond = ...\n### BEGIN SOLUTION\nfirst, second = 1.0, 2.0\n"
    pair = task(
        lambda a, b, trial: iter([{"first": a, "second": b}]),
        lambda rng: [case()],
        numbers + "### END SOLUTION",
    )
    pair.asks = ("first", "second")
    assert judge(pair, (1.0, 2.0)) and judge(pair, (1.0, 2.0)).text == ""
    for given, name in (((..., 2.0), "first"), ((1.0, ...), "second"), ((..., ...), "first")):
        result = judge(pair, given)
        assert result.code == "unwritten" and result.text.startswith(f"`{name}` is not written yet")


def test_the_notebooks_arrays_are_not_the_case():
    "`return G @ W.T` with the G and W that an exercise before has left in the notebook."
    scope = {"np": np, "G": np.ones((1, 3)), "W": np.eye(3)}
    exec(GOOD.replace("return derivative_outputs @ self.weights.T", "return G @ W.T"), scope)
    found = judge(dense_exercise(), (scope["Dense"],))
    assert not found and found.text.startswith("Your code reads `G`, `W` from the notebook.")
    exec(GOOD, scope)
    assert judge(dense_exercise(), (scope["Dense"],))
    exec(GOOD.replace(DW, f"G.T @ W; {DW}.no"), scope)
    found = judge(dense_exercise(), (scope["Dense"],))
    assert found.code == "raises" and "`G`, `W` from the notebook" in found.text


def test_things_that_are_not_what_was_asked_for():
    exercise = dense_exercise()
    (Dense,) = as_learner(exercise, GOOD)
    layer = Dense(np.ones((2, 2)), np.ones((1, 2)))
    assert judge(exercise, (layer,)).code == "instance" and judge(exercise, ()).code == "count"
    other = judge(exercise, (types.SimpleNamespace(),))
    assert other.code == "raises" and "not callable" in other.text


def test_the_answer_key_is_refused():
    exercise = dense_exercise()
    assert judge(exercise, exercise.variant()).code == "not_yours"
    (Dense,) = exercise.variant()

    class Mine(as_learner(exercise, GOOD)[0]):
        def backward(self, derivative_outputs):
            return Dense.backward(self, derivative_outputs)

    result = judge(exercise, (Mine,))
    assert result.code == "not_yours" and "`Dense.backward`" in result.text


def test_lists_of_a_case_are_not_those_of_the_solution():
    "Who empties them is judged by the numbers that were in them."

    def look(f, trial):
        yield {"the sum": f(trial.x)}

    def cases(rng):
        yield case(n=3, x=rng.standard_normal(3).tolist())

    summing = task(look, cases, f_of("sum(x)"))
    for code, passed in (
        (
            "def f(x):\n    total = 0\n    while x:\n        total += x.pop()\n    return total",
            True,
        ),
        ("def f(x):\n    x.clear()\n    return 0", False),
    ):
        assert bool(judge(summing, as_learner(summing, code))) is passed, code
