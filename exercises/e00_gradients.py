# %% [markdown]
# # Exercises: gradients
#
# Lesson `00_gradients` derives all that you need here. Write in the cells, run them, and let the
# check tell you what it finds; `ex.slope.hint()` gives the next hint, `ex.slope.solution()` a
# solution.

# %%
import numpy as np

# %% tags=["author"]
from nn_from_scratch.exercises import Exercise, Right, Wrong, case
from nn_from_scratch.own import OUR_CODE

# %% [markdown]
# ## ★ The slope of an inverse
#
# Derive the slope of $f(x) = 1/x$ at $x = 2$ by hand, and put it in as `slope_at_2`. Then measure
# it by central differences with some steps $h$ between 0.1 and 0.001, and look at the errors: which
# `power` of $h$ do they follow?

# %%
slope_at_2 = ...
power = ...
### BEGIN SOLUTION
slope_at_2 = -1 / 4
power = 2
### END SOLUTION


# %% tags=["author"]
def _inverse(slope_at_2, power, trial):
    yield {"slope_at_2": slope_at_2, "power": power}


def _verify_inverse(slope_at_2, power):
    "By arithmetic: the central difference, and the line through the errors on logarithmic axes."
    steps = np.logspace(-3, -1, 9)
    measured = (1 / (2 + steps) - 1 / (2 - steps)) / (2 * steps)
    assert abs(measured[0] - slope_at_2) < 1e-6
    line = np.polyfit(np.log(steps), np.log(np.abs(measured - slope_at_2)), 1)
    assert abs(line[0] - power) < 0.01


inverse = Exercise(
    title="The slope of an inverse",
    stars=1,
    asks=("slope_at_2", "power"),
    experiment=_inverse,
    cases=lambda rng: iter([case()]),
    verify=_verify_inverse,
    tolerance=1e-3,
    cure="00_gradients#the-central-difference",
    hints=(
        "Write $\\frac{1}{x + h} - \\frac1x$ over one lower part, divide by $h$, and let $h$ "
        "shrink.",
        "Halve $h$ a few times: by what is the error divided each time?",
        "Multiply out, as for the cube in *The central difference*: which powers of $h$ change "
        "their sign with $h$, and which cancel?",
    ),
    why="$\\frac{1}{x+h} - \\frac1x = \\frac{-h}{x(x+h)}$, so the slope is $-1/x^2$; and from both "
    "sides the even powers of $h$ in the difference cancel, so that $h^2$ is left in the slope.",
    right=(Right("-1 / 4", "-0.25"), Right("power = 2", "power = 2.0")),
    wrong=(
        Wrong("-1 / 4", "1 / 4", "sign"),
        Wrong(
            "-1 / 4",
            "-1 / 2",
            says="A square is missing: over one lower part $x$ stands below the line twice.",
        ),
        Wrong("-1 / 4", "1 / 2", says="That is the value of $f$ at 2, not its slope there."),
        Wrong("-1 / 4", "-1", says="That is the slope at 1. Asked for is the one at 2."),
        Wrong(
            "-1 / 4",
            "1.0",
            says="The slope of $1/x$ is not one over the slope of $x$: write the difference down.",
        ),
        Wrong(
            "-1 / 4",
            "np.log(2)",
            says="The logarithm is the function whose *slope* is $1/x$. Here $1/x$ is given.",
        ),
        Wrong("-1 / 4", "-4", says="The value of $-x^2$: the slope has the square below the line."),
        Wrong(
            "power = 2",
            "power = 1",
            says="That is the power of the secant, to one side only. Look the same distance to "
            "both sides.",
            cure="00_gradients#the-central-difference",
        ),
        Wrong(
            "power = 2",
            "power = 3",
            says="That power stands in the difference of the two values. It is divided by $2h$ "
            "yet.",
        ),
        Wrong(
            "power = 2",
            "power = -1",
            says="That is the left branch, the noise of rounding. Take larger steps.",
            cure="00_gradients#how-small-is-small-enough?",
        ),
        Wrong(
            "power = 2",
            "power = 4",
            says="By that number the error is divided when $h$ is halved. Which power does so?",
        ),
        Wrong(
            "power = 2",
            "power = 100",
            says="By that number the error is divided when $h$ is ten times smaller. Which power "
            "does so?",
        ),
    ),
)

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


def _slope_cases(rng):
    for function, shape, h in ((_bowl, (3, 5), 0.1), (_wave, (4,), 0.3), (_bowl, (2, 2), 0.05)):
        yield case(function=function, at=rng.uniform(0.5, 2, shape), h=h)


def _slope(given, trial):
    kept = trial.at.copy()
    kept.flags.writeable = False
    yield {"the gradient": given(trial.function, kept, trial.h)}, {"at": trial.at}


def _verify_slope(gradient):
    "By multiplying out: for the cube the central difference is 3x² + h², entry by entry."
    at = np.array([[2.0, -1.0], [0.5, 3.0]])
    measured = gradient(lambda x: float(np.sum(x**3)), at, 0.01)
    assert np.abs(measured - (3 * at**2 + 0.01**2)).max() < 1e-9


slope = Exercise(
    title="A slope from both sides",
    stars=2,
    asks="gradient",
    experiment=_slope,
    cases=_slope_cases,
    verify=_verify_slope,
    tolerance=1e-10,
    cure="00_gradients#the-gradient-of-a-function-of-a-matrix",
    hints=(
        "One entry at a time: lift it by h, lower it by h, and leave the others as they are.",
        "`np.ndindex(at.shape)` walks over the entries of an array of any shape.",
        "Make two copies in each round; between the two function values lie two steps h.",
    ),
    why="One loop over the entries: each is turned alone, the same distance to both sides. What "
    "bends cancels, so the error falls with the square of $h$.",
    right=(
        Right(
            "(function(above) - function(below)) / (2 * h)",
            "(function(above) - function(below)) / h / 2",
        ),
        Right("slopes = np.zeros(at.shape)", "slopes = np.empty_like(at)"),
        Right(
            "        above, below = at.copy(), at.copy()\n        above[index] += h\n"
            "        below[index] -= h",
            "        step = np.zeros(at.shape)\n        step[index] = h\n"
            "        above, below = at + step, at - step",
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
            says="That is the secant, the difference to one side only. Look the same distance "
            "to both sides.",
            cure="00_gradients#the-central-difference",
        ),
        Wrong("(function(above) - function(below))", "(function(below) - function(above))", "sign"),
        Wrong(
            "        above, below = at.copy(), at.copy()\n        above[index] += h\n"
            "        below[index] -= h",
            "        above, below = at + h, at - h",
            says="All entries were turned at once: the others must keep still.",
            cure="00_gradients#the-gradient-of-a-function-of-a-matrix",
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
        Wrong("    return slopes", "    return slopes.T.copy()", "transposed"),
        Wrong("    return slopes", "    slopes", "none"),
    ),
)

# %% [markdown]
# ## ★★ Where paths meet
#
# A weight is used twice: $L = (wx)\,(w + b)$. Derive the slopes of $L$ in $w$, $x$ and $b$ with the
# three rules of the lesson, and write them as a function that returns the three, in this order.


# %%
def slopes(w, x, b):
    "three numbers -> the slopes of L in w, in x and in b"
    ### BEGIN SOLUTION
    product, total = w * x, w + b
    along_product, along_total = total * x, product
    return along_product + along_total, total * w, product
    ### END SOLUTION


# %% tags=["author"]
def _paths(given, trial):
    found = given(trial.w, trial.x, trial.b)
    three = isinstance(found, (tuple, list, np.ndarray)) and len(found) == 3
    names = ("the slope in w", "the slope in x", "the slope in b")
    yield dict(zip(names, found if three else (found,) * 3, strict=True))


def _paths_cases(rng):
    yield case(w=3.0, x=2.0, b=1.0)
    for _ in range(2):
        w, x, b = (float(number) for number in rng.uniform(0.5, 3, 3))
        yield case(w=-w, x=x, b=b)


def _verify_paths(slopes):
    "By arithmetic, and by multiplying out: L = w²x + wbx."
    from nn_from_scratch import numerical_gradient, relative_error

    at = np.array([1.5, -0.7, 2.2])
    measured = numerical_gradient(lambda v: (v[0] * v[1]) * (v[0] + v[2]), at)
    assert relative_error(slopes(*at), measured) < 1e-8
    assert slopes(3, 2, 1) == (14, 12, 6)


paths = Exercise(
    title="Where paths meet",
    stars=2,
    asks="slopes",
    experiment=_paths,
    cases=_paths_cases,
    verify=_verify_paths,
    cure="00_gradients#a-copy-adds:-where-paths-meet",
    hints=(
        "Draw the graph: $w$ has two arrows, one to $p = wx$ and one to $s = w + b$; both lead to "
        "$L = ps$. Write what comes back below each box, from the right to the left.",
        "A product swaps: what comes back to $p$ is the value of $s$, and the other way round.",
        "Along a path you multiply; where two paths meet, you add.",
    ),
    why="Along $wx$ comes $(w + b)\\,x$, along $w + b$ comes $wx$; where the paths meet, at $w$, "
    "they are added. $x$ and $b$ have one path each.",
    right=(
        Right(
            "along_product + along_total, total * w, product", "x * (2 * w + b), w * (w + b), w * x"
        ),
        Right(
            "return along_product + along_total, total * w, product",
            "return np.array([along_product + along_total, total * w, product])",
        ),
    ),
    wrong=(
        Wrong(
            "along_product + along_total",
            "along_product",
            says="The slope in $w$ has one path only, that through the product. It goes "
            "through the sum as well.",
            cure="00_gradients#a-copy-adds:-where-paths-meet",
        ),
        Wrong(
            "along_product + along_total",
            "along_total",
            says="The slope in $w$ has one path only, that through the sum. It goes through "
            "the product as well.",
            cure="00_gradients#a-copy-adds:-where-paths-meet",
        ),
        Wrong(
            "along_product + along_total",
            "along_product * along_total",
            says="The slopes of the two paths were multiplied. Along a path one multiplies; where "
            "paths meet, one adds.",
        ),
        Wrong(
            "along_product + along_total",
            "(along_product + along_total) / 2",
            says="That is the mean of the two paths. Lift $w$, and both carry their effect in "
            "full.",
        ),
        Wrong(
            "along_product + along_total",
            "along_product - along_total",
            says="One path was taken away from the other. Both effects go the same way: they add.",
        ),
        Wrong(
            "= total * x, product",
            "= x, 1",
            says="Each path to $w$ has two steps, and the one next to the loss is missing. "
            "There a product swaps: each factor gets the other's value.",
            cure="00_gradients#a-sum-copies,-a-product-swaps",
        ),
        Wrong(
            "= total * x, product",
            "= product * x, total",
            says="What comes back to the two factors is exchanged: each gets the *other* one's "
            "value.",
        ),
        Wrong(
            "along_total, total * w, product",
            "along_total, total * x, product",
            says="In the product $wx$ each factor gets the value of the other: $x$ gets that of "
            "its partner, not its own.",
        ),
        Wrong(
            "along_total, total * w, product",
            "along_total, w, product",
            says="The slope in $x$ lacks what comes back to the product $wx$.",
        ),
        Wrong(
            "along_total, total * w, product",
            "along_total, total * w, 1",
            says="1 is the sum's own slope in $b$. It is multiplied by what comes back to the sum.",
        ),
        Wrong(
            "along_total, total * w, product",
            "along_total, total * w, total",
            says="To $b$ came the value of its own factor. A product swaps: it gets the other's.",
        ),
        Wrong(
            "along_total, total * w, product",
            "along_total, product, total * w",
            says="The slopes in $x$ and in $b$ have changed places.",
        ),
        Wrong(
            "    return along_product",
            "    h = 1e-7\n    along_product = (w + h) * x * (w + h + b) / h - w * x * (w + b) / h "
            "- along_total\n    return along_product",
            "close",
        ),
    ),
)

# %% [markdown]
# ## ★★ A part of your own
#
# Write a part that cubes its inputs, entry by entry, with `forward` and `backward`. When the check
# is content, pass it to `check_gradients` of the lesson too; then put a mistake into it whose
# relative error is 2.


# %%
class Cube:
    def forward(self, inputs):
        "inputs, of any shape -> output of the same shape"
        ### BEGIN SOLUTION
        self.inputs, self.output = inputs, inputs**3
        return self.output
        ### END SOLUTION

    def backward(self, derivative_outputs):
        "the upstream gradient -> the slope in each input"
        ### BEGIN SOLUTION
        return derivative_outputs * 3 * self.inputs**2
        ### END SOLUTION


# %% tags=["author"]
def _cube(given, trial):
    "Two batches through one object: what was kept of the first must not show in the second."
    part = given()
    for X, G in zip(trial.X, trial.G, strict=True):
        yield {"the output": part.forward(X), "the gradient": part.backward(G)}, {"X": X, "G": G}


def _cube_cases(rng):
    for n, k in ((7, 5), (4, 4)):
        yield case(n=n, k=k, X=rng.standard_normal((2, n, k)), G=rng.standard_normal((2, n, k)))


def _verify_cube(Cube):
    from nn_from_scratch import check_gradients

    assert Cube().forward(np.array([2.0, -1.0, 0.5])).tolist() == [8, -1, 0.125]
    assert check_gradients(Cube(), np.random.default_rng(0).standard_normal((7, 5))) == {
        "inputs": 0
    }


cube = Exercise(
    title="A part of your own",
    stars=2,
    asks="Cube",
    methods=("forward", "backward"),
    experiment=_cube,
    cases=_cube_cases,
    verify=_verify_cube,
    cure="00_gradients#a-part-of-a-network",
    hints=(
        "`Square` in *A part of a network* has the same two methods; what must change in each?",
        "The slope of $x^3$ is in *A slope you can measure*. It is taken at the inputs, so "
        "`forward` must keep them.",
        "The chain rule: the part's own slope times the upstream gradient, entry by entry.",
    ),
    why="$G \\odot 3X^2$: the upstream gradient times the part's own slope at the inputs that "
    "`forward` kept. A wrong sign has the relative error 2.",
    right=(
        Right("inputs, inputs**3", "inputs, inputs * inputs * inputs"),
        Right(
            "derivative_outputs * 3 * self.inputs**2",
            "3 * self.inputs * self.inputs * derivative_outputs",
        ),
        Right("self.inputs, self.output = inputs,", "self.inputs, self.output = inputs.copy(),"),
    ),
    wrong=(
        Wrong(
            "derivative_outputs * 3 * self.inputs**2",
            "derivative_outputs * self.inputs**2",
            "factor",
        ),
        Wrong(
            "derivative_outputs * 3 * self.inputs**2",
            "derivative_outputs * 3 * self.output**2",
            says="The slope was taken at the output. It belongs to the inputs that `forward` got.",
        ),
        Wrong("derivative_outputs * 3 * self.inputs**2", "3 * self.inputs**2", "lacks"),
        Wrong(
            "self.inputs, self.output = inputs, inputs**3",
            'self.inputs, self.output = getattr(self, "inputs", inputs), inputs**3',
            says="The slope is that at the inputs of the first batch: each `forward` must keep its "
            "own.",
        ),
        Wrong("* self.inputs**2", "* self.inputs**3", "once_too_often"),
        Wrong("* self.inputs**2", "* self.inputs", "lacks"),
        Wrong("return derivative_outputs * 3", "return -derivative_outputs * 3", "sign"),
        Wrong(
            "derivative_outputs * 3 * self.inputs**2",
            "derivative_outputs * 3 * derivative_outputs**2",
            says="The slope was taken at $G$. Were $G$ equal to the inputs, nobody could tell.",
            cure="00_gradients#break-it",
        ),
        Wrong(
            "derivative_outputs * 3 * self.inputs**2",
            "derivative_outputs + 3 * self.inputs**2",
            says="The own slope was added to the upstream gradient. Along a chain slopes multiply.",
        ),
        Wrong(
            "derivative_outputs * 3 * self.inputs**2",
            "derivative_outputs * 2 * self.inputs",
            says="That is the slope of the square.",
        ),
        Wrong(
            "inputs, inputs**3", "inputs, inputs**2", says="`forward` squares: a cube is asked for."
        ),
        Wrong(
            "inputs, inputs**3",
            "inputs, inputs * 3",
            says="`forward` triples: a cube is asked for.",
        ),
        Wrong("return self.output", "self.output", "none"),
        Wrong(
            "self.inputs, self.output = inputs, inputs**3",
            "inputs **= 3\n        self.inputs = self.output = inputs",
            "in_place",
        ),
    ),
)

# %% [markdown]
# ## ★★★ A slope without a subtraction
#
# In Python a number may be complex: `1j` is $i$, with $i^2 = -1$. Then
# $\operatorname{Im} f(x + ih)/h$, for a small $h$, is the slope of $f$ at $x$, and nothing is
# subtracted. Write it as a function that is right to the last digits, whatever the smooth `f`. Then
# draw its error into the V-shaped figure of the lesson. Why has its curve no left branch?


# %%
def complex_step(f, x):
    "f works entry by entry, on complex numbers too; x (any shape) -> its slope at each entry of x"
    ### BEGIN SOLUTION
    h = 1e-50
    return np.imag(f(x + 1j * h)) / h
    ### END SOLUTION


# %% tags=["author"]
def _hill(x):
    return np.exp(x) * np.cos(x)


def _hyperbola(x):
    return x**3 + 1 / x


def _imaginary_cases(rng):
    for f, shape in ((_hill, (5,)), (_hyperbola, (3, 7)), (_hill, (4, 4))):
        x = rng.uniform(0.5, 2, shape)
        x.flat[0] = 1.9  # where the hill is below zero
        yield case(f=f, x=x)


def _imaginary(given, trial):
    yield {"the slope": given(trial.f, trial.x)}, {"x": trial.x}


def _verify_imaginary(complex_step):
    "By derivatives that are known: of the cube, of the logarithm, of the product of the hill."
    x = np.linspace(0.5, 2, 7)
    assert np.abs(complex_step(lambda x: x**3, x) - 3 * x**2).max() < 1e-14
    assert np.abs(complex_step(np.log, x) - 1 / x).max() < 1e-14
    assert np.abs(complex_step(_hill, x) - np.exp(x) * (np.cos(x) - np.sin(x))).max() < 1e-14


imaginary = Exercise(
    title="A slope without a subtraction",
    stars=3,
    asks="complex_step",
    experiment=_imaginary,
    cases=_imaginary_cases,
    verify=_verify_imaginary,
    cure="00_gradients#how-small-is-small-enough?",
    hints=(
        "Put $x + ih$ into $x^3$ and multiply out. Which terms have an $i$, and what is left of "
        "them when they are divided by $h$?",
        "`np.imag` takes the imaginary part, entry by entry.",
        "The error that is left follows $h^2$, and nothing is subtracted: so how small may $h$ be?",
    ),
    why="$f(x + ih) \\approx f(x) + ihf'(x) - \\tfrac{h^2}{2}f''(x)$: the slope stands alone in "
    "the imaginary part. Where nothing is subtracted no digits cancel, so $h$ may be as small as "
    "you like.",
    right=(
        Right("h = 1e-50", "h = 1e-20"),
        Right("np.imag(f(x + 1j * h)) / h", "f(x + complex(0, h)).imag / h"),
    ),
    wrong=(
        Wrong(
            "np.imag(f(x + 1j * h)) / h",
            "np.real(f(x + 1j * h)) / h",
            says="The real part holds the value of $f$. What the step along $i$ adds is in the "
            "imaginary part.",
        ),
        Wrong(
            "np.imag(f(x + 1j * h)) / h",
            "np.imag(f(x + 1j * h))",
            says="That is the rise for a step of $h$. A slope is the rise for a step of one: "
            "divide.",
        ),
        Wrong(
            "    h = 1e-50\n    return np.imag(f(x + 1j * h)) / h",
            "    h = 1e-5\n    return (f(x + h) - f(x - h)) / (2 * h)",
            "close",
        ),
        Wrong("np.imag(f(x + 1j * h)) / h", "(f(x + h) - f(x - h)) / (2 * h)", "zero"),
        Wrong("h = 1e-50", "h = 1e-5", "close"),
        Wrong(
            "h = 1e-50",
            "h = 0.1",
            says="The step is too coarse: the error follows $h^2$. Nothing is subtracted, so a far "
            "smaller one does no harm.",
        ),
        Wrong(
            "np.imag(f(x + 1j * h)) / h",
            "np.imag(f(x + 1j)) / h",
            says="The step is $i$, of length 1. It should be $ih$, as short as what you divide by.",
        ),
        Wrong(
            "np.imag(f(x + 1j * h)) / h",
            "np.abs(f(x + 1j * h)) / h",
            says="`np.abs` is the length of a complex number, and that is nearly $|f(x)|$.",
        ),
        Wrong("f(x + 1j * h)", "f(x - 1j * h)", "sign"),
        Wrong(
            "f(x + 1j * h)",
            "f(0.5 + 1j * h) + 0 * x",
            says="That is the slope at one and the same place, whatever $x$ is.",
        ),
        Wrong("np.imag(f(x + 1j * h)) / h", "f(x + 1j * h) / h", "kind"),
        Wrong(
            "np.imag(f(x + 1j * h)) / h",
            "np.imag(f(x + 1j * h)) / (2 * h)",
            says="Half of it: the 2 belongs to the central difference, which takes two steps.",
        ),
    ),
)

# %% [markdown]
# ## ★★★ The examiner
#
# Write `examine(part, X)`: True if all gradients of a part are right, False if any is wrong. Parts
# are as in the lesson, and those that learn name their arrays in `parameter_names`. The part is
# yours, you may change it. `X` has three columns and ordinary numbers, the first ones of seed 0;
# the parts work in `float64`, but for one whose weights are `float32`. Right means: right to six
# digits, entry by entry, and in the right shape.
#
# You will be examined with sixteen parts. Right are [0] a square, [1] a ReLU, [2] a softmax, [3]
# and [4] dense layers, the second in `float32`, [5] a product with $10^7$. One mistake each have
# [6] a square without its 2, [7] a square with $G$ for the inputs, [8] a ReLU that blocks nothing,
# [9] a softmax with the wrong sign, [10] and [11] dense layers (the slope of the weights divided by
# $n$; the biases' slope of shape $(k,)$), [12] $\pi x$ with 3.14 for the slope, [13] columns scaled
# by 1000, 1 and 0.0001, the last with the wrong sign, [14] and [15] a doubling that forgets its
# first, its last column.


# %%
def examine(part, X):
    "a part and inputs X (n, 3) for it -> True or False"
    ### BEGIN SOLUTION
    X, h = X.copy(), 1e-5
    for name in part.parameter_names:
        setattr(part, name, getattr(part, name).astype(np.float64))
    G = np.random.default_rng(1).standard_normal(part.forward(X).shape)
    pairs = [(X, part.backward(G))]
    for name in part.parameter_names:
        pairs.append((getattr(part, name), getattr(part, "derivative_" + name)))
    for array, claimed in pairs:
        if np.shape(claimed) != array.shape:
            return False
        measured = np.zeros(array.shape)
        for index in np.ndindex(array.shape):
            middle = array[index]
            array[index] = middle + h
            above = np.sum(G * part.forward(X))
            array[index] = middle - h
            below = np.sum(G * part.forward(X))
            array[index] = middle
            measured[index] = (above - below) / (2 * h)
        larger = np.maximum(np.abs(measured), np.abs(claimed))
        if np.any(np.abs(measured - claimed) > 1e-6 * larger):
            return False
    return True
    ### END SOLUTION


# %% tags=["author"]
class _Parts:
    "What the examiner is examined with."

    class Each:
        "Entry by entry: a function, and the slope that is claimed for it, given inputs and G."

        parameter_names = ()

        def __init__(self, function, slope):
            self.function, self.slope = function, slope

        def forward(self, inputs):
            self.inputs = inputs
            return self.function(inputs)

        def backward(self, derivative_outputs):
            return self.slope(self.inputs, derivative_outputs)

    class Softmax:
        parameter_names = ()

        def __init__(self, sign=1):
            self.sign = sign

        def forward(self, inputs):
            powers = np.exp(inputs - inputs.max(axis=1, keepdims=True))
            self.output = powers / powers.sum(axis=1, keepdims=True)
            return self.output

        def backward(self, G):
            mean_slope = (G * self.output).sum(axis=1, keepdims=True)
            return self.sign * self.output * (G - mean_slope)

    class Dense:
        parameter_names = ("weights", "biases")

        def __init__(self, dtype=np.float64, share=1.0, keepdims=True):
            rng = np.random.default_rng(3)
            self.weights = rng.standard_normal((3, 5)).astype(dtype)
            self.biases = rng.standard_normal((1, 5)).astype(dtype)
            self.share, self.keepdims = share, keepdims

        def forward(self, inputs):
            self.inputs = inputs
            return inputs @ self.weights + self.biases

        def backward(self, G):
            self.derivative_weights = self.share * self.inputs.T @ G
            self.derivative_biases = G.sum(axis=0, keepdims=self.keepdims)
            return G @ self.weights.T

    @staticmethod
    def all():
        "Six right ones, then ten with a mistake; new ones each time."
        each, dense, softmax = _Parts.Each, _Parts.Dense, _Parts.Softmax
        scales, double = np.array([1000.0, 1.0, 1e-4]), np.array([2.0, 2.0, 2.0])
        return [
            each(lambda x: x**2, lambda x, G: G * 2 * x),
            each(lambda x: np.maximum(x, 0), lambda x, G: G * (x > 0)),
            softmax(),
            dense(),
            dense(np.float32),
            each(lambda x: 1e7 * x, lambda x, G: 1e7 * G),
            each(lambda x: x**2, lambda x, G: G * x),
            each(lambda x: x**2, lambda x, G: 2 * G * G),
            each(lambda x: np.maximum(x, 0), lambda x, G: G * (np.maximum(x, 0) >= 0)),
            softmax(-1),
            dense(share=1 / 5),
            dense(keepdims=False),
            each(lambda x: np.pi * x, lambda x, G: 3.14 * G),
            each(lambda x: scales * x, lambda x, G: G * scales * [1, 1, -1]),
            each(lambda x: double * x, lambda x, G: G * double * [0, 1, 1]),
            each(lambda x: double * x, lambda x, G: G * double * [1, 1, 0]),
        ]


_REMEMBERED = {}  # the verdicts of known answers: they are asked for again and again


def _examiner(given, trial):
    code = getattr(given, "__code__", None)
    known = code is not None and code.co_filename.startswith(OUR_CODE)
    key = (code.co_code, code.co_consts, code.co_names) if known else None
    verdicts = _REMEMBERED.get(key)
    if verdicts is None:
        verdicts = [given(part, trial.X) for part in _Parts.all()]
    if known:
        _REMEMBERED[key] = verdicts
    missing = any(verdict is None for verdict in verdicts)
    yield {"the list of verdicts": None if missing else np.array(verdicts)}


def _verify_examiner(examine):
    "The verdicts of the library's check, on the parts and on the library's own."
    from nn_from_scratch import DenseLayer, check_gradients

    X = np.random.default_rng(0).standard_normal((5, 3))
    for number, (mine, theirs) in enumerate(zip(_Parts.all(), _Parts.all(), strict=True)):
        try:
            check_gradients(theirs, X)
        except (AssertionError, ValueError):
            passes = False
        else:
            passes = True
        assert examine(mine, X) is passes is (number < 6), number
    assert examine(DenseLayer(3, 4, rng=0), X)


examiner = Exercise(
    title="The examiner",
    stars=3,
    asks="examine",
    experiment=_examiner,
    cases=lambda rng: iter([case(X=np.random.default_rng(0).standard_normal((5, 3)))]),
    allow=("_Parts",),
    verify=_verify_examiner,
    tolerance=1e-3,
    cure="00_gradients#when-the-checker-itself-is-wrong",
    hints=(
        "Follow *A part of a network*: run forwards, draw weights $G$, ask `backward` what it "
        "claims, then measure the slope of $\\sum G \\odot \\text{output}$ in every entry of `X`.",
        "The same loop serves for the arrays in `parameter_names`: change an entry where it lies "
        "in the part, measure, put it back. What is claimed is under `derivative_` and the name.",
        "Four traps are in *Break it* and *When the checker itself is wrong*: which numbers is $G$ "
        "drawn from, which float type is measured in, what of small entries beside large ones, and "
        "what of slopes that are exactly zero?",
    ),
    why="Claim, measure, compare, entry by entry, with a $G$ that the inputs know nothing of, in "
    "`float64`; with the shape looked at first, because NumPy would stretch it.",
    right=(
        Right("np.random.default_rng(1)", "np.random.default_rng(20)"),
        Right("np.zeros(array.shape)", "np.full(array.shape, np.nan)"),
        Right("standard_normal(part.forward(X).shape)", "uniform(1, 2, part.forward(X).shape)"),
    ),
    wrong=(
        Wrong(
            "np.random.default_rng(1).standard_normal(part.forward(X).shape)",
            "np.ones(part.forward(X).shape)",
            says="A plain sum as the loss lets a wrong softmax through: its outputs add up to "
            "one, and so the slope is zero whatever is wrong.",
            cure="00_gradients#a-part-of-a-network",
        ),
        Wrong(
            "np.random.default_rng(1)",
            "np.random.default_rng(0)",
            says="$G$ has the same numbers as the inputs, so a part that exchanges the two "
            "slips through.",
            cure="00_gradients#break-it",
        ),
        Wrong(
            'pairs.append((getattr(part, name), getattr(part, "derivative_" + name)))',
            "pass",
            says="Only the slopes in the inputs are looked at. Layers learn with those of their "
            "weights and biases.",
        ),
        Wrong(
            "pairs = [(X, part.backward(G))]",
            "pairs = [(X, X)][:0]\n    part.backward(G)",
            says="The slopes in the inputs are not looked at: the part before it would learn from "
            "them.",
        ),
        Wrong(
            "if np.shape(claimed) != array.shape:",
            "if np.size(claimed) != array.size:",
            says="A slope of the wrong shape is let through: NumPy stretches it when it is "
            "compared.",
            cure="00_gradients#how-wrong-is-wrong?",
        ),
        Wrong(
            "setattr(part, name, getattr(part, name).astype(np.float64))",
            "pass",
            says="A right layer is refused, because it is measured in `float32`: a step of "
            "$10^{-5}$ drowns in seven digits.",
            cure="00_gradients#when-the-checker-itself-is-wrong",
        ),
        Wrong(
            "X.copy(), 1e-5",
            "X.copy(), 1e-15",
            says="Every part is refused, right ones too. Is the step so small that rounding is all "
            "that was measured, or True never returned?",
            cure="00_gradients#how-small-is-small-enough?",
        ),
        Wrong(
            "X.copy(), 1e-5",
            "X.copy(), 0.1",
            says="Right parts that bend are refused: the step is too coarse.",
            cure="00_gradients#the-best-step,-computed",
        ),
        Wrong(
            "            array[index] = middle - h\n            below = np.sum(G * "
            "part.forward(X))\n            array[index] = middle\n            measured[index] = "
            "(above - below) / (2 * h)",
            "            array[index] = middle\n            below = np.sum(G * part.forward(X))\n"
            "            measured[index] = (above - below) / h",
            says="Right parts that are curved, the square among them, are refused: a "
            "difference to one side is not good to six digits.",
            cure="00_gradients#the-central-difference",
        ),
        Wrong(
            "            array[index] = middle\n            measured",
            "            measured",
            says="An entry that was turned is not put back: from then on another part is measured.",
        ),
        Wrong(
            "1e-6 * larger",
            "1e-2 * larger",
            says="3.14 passes for pi: the tolerance is too wide.",
        ),
        Wrong(
            "1e-6 * larger",
            "1e-6",
            says="A right part with large slopes is refused: an error counts beside the size "
            "of the slope.",
            cure="00_gradients#how-wrong-is-wrong?",
        ),
        Wrong(
            "1e-6 * larger",
            "1e-6 * larger.max()",
            says="A wrong sign in small slopes is let through: each entry must be compared "
            "with its own size, not with the largest.",
            cure="00_gradients#how-wrong-is-wrong?",
        ),
        Wrong(
            "np.any(np.abs(measured - claimed) > 1e-6 * larger)",
            "(np.abs(measured - claimed) > 1e-6 * larger).flat[0]",
            says="Only the first entry is compared, and a part may be wrong in any other.",
        ),
        Wrong(
            "np.any(np.abs(measured - claimed) > 1e-6 * larger)",
            "np.all(np.abs(measured - claimed) > 1e-6 * larger)",
            says="A part is refused only if *every* slope is wrong. One is enough.",
        ),
        Wrong(
            "np.any(np.abs(measured - claimed) > 1e-6 * larger)",
            "not np.all(np.abs(measured - claimed) / larger <= 1e-6)",
            says="A right part is refused where both slopes are exactly zero: $0/0$ is `nan`, "
            "and no comparison with `nan` is true.",
        ),
        Wrong(
            "for array, claimed in pairs:",
            "for array, claimed in []:",
            says="Every part passes, whatever is wrong with it: nothing is compared.",
        ),
        Wrong("    return True", "    return", "none"),
    ),
)
