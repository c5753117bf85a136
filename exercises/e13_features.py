# %% [markdown]
# # Exercises: features
#
# Lesson `13_features` derives all that you need here. Rows are counted downwards, as there, and
# columns to the right.

# %%
import numpy as np

# %% tags=["author"]
from nn_from_scratch.exercises import Exercise, Right, Wrong, calls, case

# %% [markdown]
# ## ★★ The slant of a hand
#
# Write `shear(picture)`: the slant $s = \sigma_{xy} / \sigma_{yy}$ of a picture, in columns a row,
# from the moments of its ink. The picture may have any number of rows and columns, and is not
# empty.


# %%
def shear(picture):
    "ink (rows, columns) -> one number"
    ### BEGIN SOLUTION
    share = picture / picture.sum()
    y, x = np.indices(picture.shape)
    y_mean = (y * share).sum()
    covariance = (x * (y - y_mean) * share).sum()  # y - y_mean has mean 0: x may have any
    return covariance / ((y - y_mean) ** 2 * share).sum()
    ### END SOLUTION


# %% tags=["author"]
def _pictures(rng):
    for rows, columns in ((11, 7), (7, 7), (28, 28)):
        y, x = np.indices((rows, columns))
        leaning = np.abs(x - columns / 3 + 0.4 * (y - rows / 2)) < 1.5
        yield case(rows=rows, columns=columns, picture=rng.uniform(0.1, 1, (rows, columns)) * (0.2 + leaning))


def _verify_shear(shear):
    "Slid by it, a heap of points has no covariance; and the lesson's bar leans by a column a row."
    rng = np.random.default_rng(0)
    picture = rng.random((9, 6))
    y, x = np.indices(picture.shape)
    slid = x - shear(picture) * y
    table = np.cov(slid.ravel(), y.ravel(), aweights=picture.ravel())
    assert abs(table[0, 1]) < 1e-12
    bar = np.zeros((28, 28))
    bar[np.arange(8, 19), np.arange(20, 9, -1)] = 1
    assert abs(shear(bar) + 1) < 1e-12


deskew = Exercise(
    title="The slant of a hand",
    stars=2,
    asks="shear",
    experiment=calls("picture"),
    cases=_pictures,
    verify=_verify_shear,
    tolerance=1e-10,
    cure="13_features#the-slant-of-a-hand",
    hints=(
        "The share of all ink that lies on each pixel comes first; then the five moments are five sums "
        "over all pixels.",
        "`np.indices(picture.shape)` gives the number of the row and of the column of every pixel.",
        "Each row slides in proportion to its *height*: the variance of which of the two directions must "
        "the covariance be divided by?",
    ),
    why="A slide by $s$ columns a row takes $s\\,\\sigma_{yy}$ off the covariance, and so it is gone for "
    "$s = \\sigma_{xy}/\\sigma_{yy}$.",
    right=(
        Right("x * (y - y_mean) * share", "(x - (x * share).sum()) * (y - y_mean) * share"),
        Right(
            "    share = picture / picture.sum()\n",
            "    rows, columns = np.indices(picture.shape).reshape(2, -1)\n"
            "    table = np.cov(rows, columns, aweights=picture.ravel())\n"
            "    return table[0, 1] / table[0, 0]\n",
        ),
    ),
    wrong=(
        Wrong(
            "(y - y_mean) ** 2",
            "(x - (x * share).sum()) ** 2",
            says="Divided by how *wide* the ink is. Rows slide in proportion to their height, so its "
            "variance downwards is due (lesson 13, *The slant of a hand*).",
        ),
        Wrong("return covariance /", "return -covariance /", "sign"),
        Wrong(
            "x * (y - y_mean)",
            "x * y",
            says="The centre of mass was not taken off in the covariance: a picture far from the corner "
            "seems to lean.",
        ),
        Wrong(
            "picture / picture.sum()",
            "picture",
            says="The ink was not divided by all of it: with shares the sums are means, with plain ink "
            "they are not.",
        ),
        Wrong(
            "return covariance / ((y - y_mean) ** 2 * share).sum()",
            "return covariance / np.sqrt(((y - y_mean) ** 2 * share).sum() * ((x - (x * share).sum()) ** 2 * share).sum())",
            says="That is the correlation, a number between −1 and 1. A slant is in columns a row.",
        ),
        Wrong(
            "return covariance / ((y - y_mean) ** 2 * share).sum()",
            "return covariance / np.sqrt(((y - y_mean) ** 2 * share).sum())",
            says="Divided by the deviation; the variance is due, or the slant would not be in columns a "
            "row.",
        ),
        Wrong(
            "return covariance / ((y - y_mean) ** 2 * share).sum()",
            "return covariance",
            says="That is the covariance. How far to slide depends on how tall the ink is, too.",
        ),
        Wrong(
            "return covariance / ((y - y_mean) ** 2 * share).sum()",
            "return ((y - y_mean) ** 2 * share).sum() / covariance",
            says="Rows a column instead of columns a row: the quotient is upside down.",
        ),
        Wrong(
            "picture / picture.sum()",
            "(picture > 0) / (picture > 0).sum()",
            says="Every pixel with any ink counts the same. Dark ones must count more.",
        ),
        Wrong(
            "y_mean = (y * share).sum()",
            "y_mean = y.mean()",
            says="That is the middle of the paper, not the centre of mass of the ink.",
        ),
        Wrong(
            "(y - y_mean) ** 2",
            "y ** 2",
            says="The centre of mass was not taken off in the variance.",
        ),
        Wrong(
            "return covariance / ((y - y_mean) ** 2 * share).sum()",
            "return np.arctan2(covariance, ((y - y_mean) ** 2 * share).sum())",
            says="That is the angle of the slant. Asked for are columns a row, its tangent.",
        ),
    ),
)

# %% [markdown]
# ## ★★ Edges, the plain way
#
# A plainer cousin of `oriented_edges`. How much does each pixel of a picture $p$, $(2r, 2c)$, differ
# from its neighbour below, from the one to the right, from the one to the right and below, and from
# the one to the left and below? Outside is paper. Take the absolute values, and of each of the four
# maps the mean of 2 by 2 pixels. They become the quarters of one picture, as in the lesson:
# horizontal edges (below) top left, rising ones (right and below) top right, vertical ones (right)
# bottom left, falling ones (left and below) bottom right.


# %%
def edges(p):
    "picture (2r, 2c) -> four maps (r, c) as the quarters of (2r, 2c)"
    ### BEGIN SOLUTION
    P = np.pad(p, 1)
    here = P[1:-1, 1:-1]
    pairs = [[P[2:, 1:-1], P[2:, 2:]], [P[1:-1, 2:], P[2:, :-2]]]

    def coarse(neighbour):
        M = np.abs(neighbour - here)
        return (M[::2, ::2] + M[::2, 1::2] + M[1::2, ::2] + M[1::2, 1::2]) / 4

    return np.block([[coarse(each) for each in pair] for pair in pairs])
    ### END SOLUTION


# %% tags=["author"]
def _papers(rng):
    for r, c in ((5, 3), (3, 3), (14, 14)):
        yield case(r=r, c=c, p=rng.random((2 * r, 2 * c)))


def _verify_edges(edges):
    "Pixel by pixel, in plain Python; and a ramp of 1 a column and 10 a row."
    rng = np.random.default_rng(0)
    p = rng.random((8, 6))
    found, wanted = edges(p), np.zeros((8, 6))
    for quarter, (down, right) in {(0, 0): (1, 0), (0, 1): (1, 1), (1, 0): (0, 1), (1, 1): (1, -1)}.items():
        for y in range(8):
            for x in range(6):
                inside = 0 <= y + down < 8 and 0 <= x + right < 6
                off = abs((p[y + down, x + right] if inside else 0) - p[y, x])
                wanted[4 * quarter[0] + y // 2, 3 * quarter[1] + x // 2] += off / 4
    np.testing.assert_allclose(found, wanted)
    ramp = np.arange(28) + 10.0 * np.arange(28)[:, None]
    quarters = edges(ramp).reshape(2, 14, 2, 14)[:, 5, :, 5]
    np.testing.assert_allclose(quarters, [[10, 11], [1, 9]])


edges = Exercise(
    title="Edges, the plain way",
    stars=2,
    asks="edges",
    experiment=calls("p"),
    cases=_papers,
    verify=_verify_edges,
    cure="13_features#four-directions",
    hints=(
        "`np.pad(p, 1)` puts a margin of paper around the picture; then the neighbours of all pixels are "
        "slices of the same shape, moved by one.",
        "The mean of 2 by 2 pixels: four slices with steps of two, `M[::2, ::2]` and its three "
        "neighbours; or a `reshape` to four axes.",
        "`np.block([[a, b], [c, d]])` puts four maps together.",
    ),
    why="A picture that gets darker downwards has a *horizontal* edge, and so on: an edge runs at a right "
    "angle to the difference. The mean of 2 by 2 lets an edge move by a pixel without much change.",
    right=(
        Right(
            "(M[::2, ::2] + M[::2, 1::2] + M[1::2, ::2] + M[1::2, 1::2]) / 4",
            "M.reshape(len(M) // 2, 2, -1, 2).mean(axis=(1, 3))",
        ),
        Right("np.abs(neighbour - here)", "np.maximum(neighbour - here, here - neighbour)"),
    ),
    wrong=(
        Wrong(
            "np.abs(neighbour - here)",
            "neighbour - here",
            says="The differences have kept their signs: an edge from dark to light is as much of an "
            "edge, and in the mean the two cancel.",
        ),
        Wrong(
            "(M[::2, ::2] + M[::2, 1::2] + M[1::2, ::2] + M[1::2, 1::2]) / 4",
            "(M[::2, ::2])",
            says="You took every second pixel in place of the mean of four: a thin line can fall between "
            "them (lesson 13, *To the middle*).",
        ),
        Wrong(
            "(M[::2, ::2] + M[::2, 1::2] + M[1::2, ::2] + M[1::2, 1::2]) / 4",
            "(np.max([M[::2, ::2], M[::2, 1::2], M[1::2, ::2], M[1::2, 1::2]], axis=0))",
            says="That is the largest of the four pixels, not their mean.",
        ),
        Wrong(
            "np.pad(p, 1)",
            'np.pad(p, 1, mode="wrap")',
            says="The picture was closed to a ring: the neighbour of the last column is the first one "
            "with you. Outside is paper.",
        ),
        Wrong(
            "np.pad(p, 1)",
            'np.pad(p, 1, mode="edge")',
            says="The last row and column were repeated outside. Outside is paper, so ink at the border "
            "has an edge there.",
        ),
        Wrong(
            "[[P[2:, 1:-1], P[2:, 2:]], [P[1:-1, 2:], P[2:, :-2]]]",
            "[[P[1:-1, 2:], P[2:, 2:]], [P[2:, 1:-1], P[2:, :-2]]]",
            says="Horizontal and vertical are exchanged. A horizontal edge is where it gets darker "
            "*downwards*: an edge runs at a right angle to the difference.",
        ),
        Wrong(
            "[[P[2:, 1:-1], P[2:, 2:]], [P[1:-1, 2:], P[2:, :-2]]]",
            "[[P[2:, 1:-1], P[2:, :-2]], [P[1:-1, 2:], P[2:, 2:]]]",
            says="Rising and falling edges are exchanged: the difference to the pixel right and below "
            "sees an edge that *rises* to the right.",
        ),
        Wrong(" + M[1::2, 1::2]) / 4", " + M[1::2, 1::2])", "factor"),
        Wrong(
            "        M = np.abs(neighbour - here)\n        return (M[::2, ::2] +",
            "        M = neighbour - here\n        return abs(M[::2, ::2] +",
            says="The mean was taken first and the absolute value after it: opposite edges have "
            "cancelled by then.",
        ),
        Wrong(
            "np.abs(neighbour - here)",
            "(neighbour - here) ** 2",
            says="Those are squares; asked for are absolute values.",
        ),
        Wrong(
            "np.block([[coarse(each) for each in pair] for pair in pairs])",
            "np.array([[coarse(each) for each in pair] for pair in pairs])",
            "shape",
        ),
        Wrong(
            "P[2:, 2:]]",
            "P[:-2, :-2]]",
            says="One map looks at the neighbour above instead of the one below: at the borders that is "
            "not the same.",
        ),
    ),
)
