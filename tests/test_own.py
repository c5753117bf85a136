"""Only what the learner wrote counts: every way to hand in the library's work, or the answer key,
is refused, and honest code is not (88_own_code)."""

import functools
import inspect
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from helpers import DW, as_learner, dense_exercise

import nn_from_scratch as nn
from nn_from_scratch.judging import judge
from nn_from_scratch.layers import DenseLayer
from nn_from_scratch.own import (
    OUR_CODE,
    OURS,
    Watch,
    complaint,
    innermost,
    is_ours,
    reads_outside,
    why_it_stopped,
)

GOOD = dense_exercise().code()
LIBRARY = "from nn_from_scratch.layers import DenseLayer\n"
DELEGATES = f"""
{LIBRARY}
class Dense:
    def __init__(self, weights, biases):
        self.inner = DenseLayer(*weights.shape, dtype=np.float64)
        self.inner.weights, self.inner.biases = weights, biases

    def forward(self, inputs):
        return self.inner.forward(inputs)

    def backward(self, derivative_outputs):
        inputs = CALL
        self.derivative_weights = self.inner.derivative_weights
        self.derivative_biases = self.inner.derivative_biases
        return inputs
"""
CALLS = [
    "self.inner.backward(derivative_outputs)",
    "getattr(self.inner, 'back' + 'ward')(derivative_outputs)",
    "DenseLayer.backward(self.inner, derivative_outputs)",
    "list(map(self.inner.backward, [derivative_outputs]))[0]",
    "__import__('functools').reduce(lambda a, f: f(a), [self.inner.backward], derivative_outputs)",
    "(lambda G: self.inner.backward(G))(derivative_outputs)",
    "eval('self.inner.backward(derivative_outputs)')",
]


def verdict(code, **changes):
    exercise = dense_exercise(**changes)
    return judge(exercise, as_learner(exercise, code))


def called(function, *given, allowed=(), keys=()):
    "What the watch notes while a learner's code runs."
    with Watch(allowed, keys) as watch:
        function(*given)
    return watch.calls


@pytest.fixture
def lent(tmp_path, monkeypatch):
    "A module in the folder of the exercises, with a solution and an object for an experiment."
    code = "class Dense:\n    def forward(self):\n        return 1\n\n\n"
    code += "class State:\n    def look(self):\n        return 2\n"
    path = tmp_path / "e01_dense_layer.py"
    path.write_text(code, encoding="utf-8")
    package = types.ModuleType("nn_exercises")
    package.__file__ = str(tmp_path / "__init__.py")
    monkeypatch.setitem(sys.modules, "nn_exercises", package)
    scope = {"__name__": "nn_exercises.e01_dense_layer"}
    exec(compile(code, str(path), "exec"), scope)
    return types.SimpleNamespace(Dense=scope["Dense"], State=scope["State"])


# By hand ------------------------------------------------------------------------------------------


def test_honest_code_passes():
    assert verdict(GOOD)
    code = GOOD.replace("class Dense:", "class Base:") + "\nclass Dense(Base):\n    pass\n"
    assert verdict(code)


def test_code_is_known_by_its_file():
    assert is_ours(innermost(DenseLayer.forward).__code__) and not is_ours(verdict.__code__)
    assert is_ours(compile("1", f"{OUR_CODE} 01.x>", "exec")) and OURS[0] == "nn_from_scratch"
    beside = f"{Path(nn.__file__).parent}_of_mine/cell.py"
    assert not is_ours(compile("1", beside, "exec"))


def test_what_is_inside():
    def f():
        pass

    wrapped = functools.wraps(f)(lambda: None)
    both = functools.partial(functools.partial(staticmethod(f)))
    for outer in (f, wrapped, both, property(f), classmethod(f), types.MethodType(f, 1)):
        assert innermost(outer) is f


def test_the_watch_notes_calls_of_the_learner_only():
    layer = DenseLayer(3, 2)
    assert called(layer.forward, np.ones((1, 3))) == ["DenseLayer.forward"]
    assert called(sum, [1, 2]) == []
    assert called(layer.forward, np.ones((1, 3)), allowed=("*",)) == []
    assert called(layer.forward, np.ones((1, 3)), allowed=("DenseLayer",)) == []
    assert called(layer.forward, np.ones((1, 3)), allowed=("DenseLayer.backward",)) != []
    assert called(layer.forward, np.ones((1, 3)), allowed=("Dense",)) != []


def test_what_is_handed_over_may_be_called():
    layer, X = DenseLayer(3, 2), np.ones((1, 3))
    assert called(layer.forward, X, allowed=(layer.forward,)) == []
    assert called(layer.forward, X, allowed=(DenseLayer,)) == []
    assert called(layer.forward, X, allowed=(nn.ReLU, len)) == ["DenseLayer.forward"]


def test_objects_of_an_experiment_may_be_used_and_the_solution_not(lent):
    assert called(lent.State().look, keys=("Dense",)) == []
    assert called(lent.Dense().forward, keys=("Dense",)) == ["Dense.forward"]
    assert "library's `Dense`" in complaint(lent.Dense)


def test_library_functions_elsewhere_in_the_notebook_are_no_matter():
    before = "layer = DenseLayer(3, 2); layer.forward(np.ones((4, 3)))\n"
    assert verdict(LIBRARY + before + GOOD)


# Broken twin --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        DenseLayer,
        nn.ReLU,
        nn.numerical_gradient,
        functools.partial(DenseLayer.backward),
        type("Dense", (DenseLayer,), {}),
        type("Dense", (DenseLayer,), {"__module__": "__main__"}),
    ],
    ids="layer relu function partial heir renamed".split(),
)
def test_the_library_itself_is_refused(given):
    result = judge(dense_exercise(), (given,))
    assert result.code == "not_yours" and "your" in result.text.lower()


def test_an_inherited_method_is_refused():
    code = LIBRARY + GOOD.replace("class Dense:", "class Dense(DenseLayer):")
    result = verdict(code[: code.index("    def backward")])
    assert result.code == "not_yours" and "Dense.backward" in result.text


def test_super_is_refused():
    code = LIBRARY + GOOD.replace("class Dense:", "class Dense(DenseLayer):")
    code = code[: code.index("        self.derivative_weights")]
    code += "        self.output = np.empty_like(derivative_outputs)\n"
    result = verdict(code + "        return super().backward(derivative_outputs)\n")
    assert result.code == "not_yours" and "DenseLayer.backward" in result.text


@pytest.mark.parametrize(
    "line",
    [
        "DenseLayer.backward",
        "DenseLayer.__dict__['backward']",
        "__import__('functools').wraps(DenseLayer.backward)(lambda *a: 0)",
        "types.FunctionType(inspect.unwrap(DenseLayer.backward).__code__, globals())",
    ],
)
def test_a_borrowed_function_is_refused(line):
    code = LIBRARY + "import types, inspect\n" + GOOD[: GOOD.index("    def backward")]
    assert verdict(f"{code}    backward = {line}\n").code == "not_yours"


@pytest.mark.parametrize("call", CALLS)
def test_delegating_is_refused(call):
    result = verdict(DELEGATES.replace("CALL", call))
    assert result.code == "not_yours" and "DenseLayer" in result.text


def test_a_measured_slope_is_told_from_a_derived_one():
    measured = GOOD.replace(DW, "self.measure(derivative_outputs)")
    measured += """
    def measure(self, G, h=1e-5):
        gradient, W = np.empty_like(self.weights), self.weights.copy()
        for i in np.ndindex(W.shape):
            up, down = W.copy(), W.copy()
            up[i] += h
            down[i] -= h
            gradient[i] = (np.sum(G * (self.inputs @ up)) - np.sum(G * (self.inputs @ down)))
        return gradient / (2 * h)
"""
    result = verdict(measured)
    assert result.code == "close" and "measured" in result.text
    tool = "__import__('nn_from_scratch').numerical_gradient(lambda W: np.sum(derivative_outputs"
    assert verdict(GOOD.replace(DW, f"{tool} * (self.inputs @ W)), self.weights)")).code == (
        "not_yours"
    )


def test_taking_down_the_watch_is_noticed():
    for hook in (None, lambda *_: None):
        with Watch() as watch:
            sys.setprofile(hook)
        assert watch.blind and watch.calls == []
    call = "(sys.setprofile(None), self.inner.backward(derivative_outputs))[1]"
    assert verdict("import sys\n" + DELEGATES.replace("CALL", call)).code == "not_yours"


def test_endless_recursion_is_not_taken_for_a_hidden_call():
    "Python itself takes the watch down when the stack is full."
    result = verdict(GOOD.replace(DW, "self.backward(derivative_outputs)"))
    assert result.code == "raises" and "RecursionError" in result.text, result
    caught = (
        "def endless(G):\n    try:\n        endless(G)\n    except RecursionError:\n        pass\n"
    )
    result = verdict(caught + GOOD.replace(DW, "endless(derivative_outputs)"))
    assert result.code == "not_yours" and "hides what it calls, or calls itself" in result.text, (
        result
    )


ALWAYS = """
class Always(np.ndarray):
    def __eq__(self, other): return True
    def __sub__(self, other): return self * 0
    def __rsub__(self, other): return self * 0
    def __abs__(self): return np.zeros(self.shape)
    def astype(self, *a, **k): return self
    def max(self, *a, **k): return 0.0
"""


def test_objects_that_claim_to_be_equal_are_refused():
    back = "return derivative_outputs @ self.weights.T"
    liar = ALWAYS + GOOD.replace(back, "return np.zeros(self.inputs.shape).view(Always)")
    assert verdict(liar).code == "zero"
    yes = "class Yes:\n    def __eq__(self, other): return True\n    shape = (7, 5)\n"
    assert verdict(yes + GOOD.replace(back, "return Yes()")).code == "kind"


def test_a_patched_numpy_does_not_help(monkeypatch):
    exercise = dense_exercise()
    given = as_learner(exercise, GOOD.replace(DW, f"{DW} * 1.5"))
    monkeypatch.setattr(np, "abs", lambda x: x * 0)
    for name in ("array_equal", "allclose"):
        monkeypatch.setattr(np, name, lambda *a, **k: True)
    assert not judge(exercise, given)


# Extremes -----------------------------------------------------------------------------------------


def test_the_profile_of_others_is_put_back():
    def other(*_):
        pass

    before = sys.getprofile()
    sys.setprofile(other)
    try:
        verdict(GOOD)
        assert sys.getprofile() is other
    finally:
        sys.setprofile(before)


def test_a_function_that_wraps_itself_comes_to_an_end():
    def f():
        pass

    f.__wrapped__ = f
    assert innermost(f) is f and complaint(f) is None


def test_a_method_that_is_not_there_is_no_complaint():
    assert complaint(type("Empty", (), {"__module__": "__main__"}), ("forward",)) is None
    assert complaint(inspect.getattr_static(DenseLayer, "forward")) is not None


LEFT, NUMBER = np.eye(3), 3.0


def reads_much(X, own=LEFT):
    LOCAL = X + NUMBER  # a number may be a constant, and np a module
    return [row @ LEFT for row in LOCAL], np.eye(3), X.LEFT_TOO


def test_arrays_of_the_notebook_are_seen_in_functions_and_classes():
    "In what is inside a function too; not as attributes, locals, defaults, numbers or modules."
    Class = type("Class", (), {"forward": reads_much, "n": 3, "still": staticmethod(reads_much)})
    for thing in (reads_much, functools.partial(reads_much), Class):
        assert reads_outside(thing) == ["LEFT"]
    for thing in (as_learner(dense_exercise(), GOOD)[0], np.sum, len, 3.0, None, LEFT, DenseLayer):
        assert reads_outside(thing) == []


def counts():
    LEFT += 1  # noqa: F823
    return LEFT


def stops(function, *given):
    try:
        function(*given)
    except Exception as problem:
        return why_it_stopped(problem, {"n": 7, "d": 5, "k": 3, "m": 3})


def test_what_stopped_is_said_in_sizes_and_letters():
    X, W = np.ones((7, 5)), np.ones((5, 3))
    says = stops(lambda: W @ X)
    assert "`says = stops(lambda: W @ X)`: the first factor ends with 3, the second" in says
    assert says.endswith("the second begins with 7 = n.")
    says = stops(lambda: X @ np.ones(4))
    assert says.endswith("the first factor ends with 5 = d, the second begins with 4.")
    says = stops(lambda: np.dot(W, X))
    assert says.endswith(": the first factor ends with 3, the second begins with 7 = n.")
    says = stops(lambda: np.where(np.ones(2), np.ones(3), np.ones(4)))  # three shapes: as it is
    assert says.startswith("It stops with ValueError: operands could not be broadcast")
    says = stops(lambda: X * W)
    assert "(7, 5) = (n, d) and (5, 3). `*` goes entry by entry" in says
    for says in (stops(lambda: X + W), stops(lambda: (X @ W) * X)):
        assert says.startswith("The shapes do not fit") and "entry by entry" not in says
    assert stops(lambda: sqrt(3)).endswith(" NumPy's is `np.sqrt`.")  # noqa: F821
    nobody = stops(lambda: rumpelstiltskin)  # noqa: F821
    assert nobody.startswith("It stops with NameError") and "NumPy's" not in nobody

    def waits(epochs):
        def callback():
            epochs += 1  # noqa: F823
            return epochs

        return callback

    says = stops(waits(0))  # Python's own words differ from version to version
    assert says.startswith("It stops with UnboundLocalError: ") and "in `epochs += 1 " in says
    assert says.endswith("If the one outside of it was meant: `nonlocal epochs` comes first.")
    assert stops(counts).endswith("one of its own, without a value at first.")  # none to be had
    assert stops(lambda: [][0]).startswith("It stops with IndexError: list index out of range in")
    assert why_it_stopped(KeyError("a")) == "It stops with KeyError: 'a'."

    def one_too_many():
        yield next(iter([]))

    assert (
        stops(lambda: [*one_too_many()]) == "It stops with StopIteration in `yield next(iter([]))`."
    )


# Errors -------------------------------------------------------------------------------------------


def test_a_learners_error_goes_through_the_watch():
    before = sys.getprofile()
    with pytest.raises(ZeroDivisionError), Watch():
        1 / 0  # noqa: B018
    assert sys.getprofile() is before
