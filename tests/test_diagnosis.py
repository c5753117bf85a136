"""The matcher: every mistake is named by its name, on any numbers; what is no known mistake gets no
name; what is right is right (84_diagnosis)."""

import numpy as np
import pytest

from nn_from_scratch.diagnosis import Around, diagnose
from nn_from_scratch.mistakes import TEXTS

N, D, K = 7, 5, 3
SIZES = {"n": N, "d": D, "k": K, "momentum": 0.9, "rate": 0.05}
SEEDS = range(40)


def scene(seed):
    "A right gradient (n, k) with all that stands around it."
    rng = np.random.default_rng(seed)
    Z, G = rng.standard_normal((N, K)), rng.standard_normal((N, K))
    P = 1 / (1 + np.exp(-Z))
    return {
        "right": G * P * (1 - P),
        "previous": rng.standard_normal((N, K)),
        "Z": Z,
        "G": G,
        "P": P,
    }


def relu(seed):
    s = scene(seed)
    return s | {"right": s["G"] * (s["Z"] > 0)}


def sums(seed):
    s = scene(seed)
    return s | {"right": s["G"].sum(axis=0, keepdims=True), "previous": None}


def square(seed):
    rng = np.random.default_rng(seed)
    return {
        "right": rng.standard_normal((4, 4)),
        "previous": None,
        "G": rng.standard_normal((4, 4)),
    }


MISTAKES = [  # code, scene, what is handed in
    ("sign", scene, lambda s: -s["right"]),
    ("times_n", scene, lambda s: s["right"] * N),
    ("over_n", scene, lambda s: s["right"] / N),
    ("minus_times_n", scene, lambda s: -s["right"] * N),
    ("minus_over_n", scene, lambda s: -s["right"] / N),
    ("times_k", scene, lambda s: s["right"] * K),
    ("over_k", scene, lambda s: s["right"] / K),
    ("times_d", scene, lambda s: s["right"] * D),
    ("over_d", scene, lambda s: s["right"] / D),
    ("times_nk", scene, lambda s: s["right"] * N * K),
    ("over_nk", scene, lambda s: s["right"] / N / K),
    ("n_over_k", scene, lambda s: s["right"] * N / K),
    ("k_over_n", scene, lambda s: s["right"] * K / N),
    ("over_n_minus_1", scene, lambda s: s["right"] * N / (N - 1)),
    ("root_n", scene, lambda s: s["right"] * np.sqrt(N)),
    ("twice", scene, lambda s: s["right"] * 2),
    ("half", scene, lambda s: s["right"] / 2),
    ("averaged", scene, lambda s: s["right"] * (1 - 0.9)),
    ("no_rate", scene, lambda s: s["right"] / 0.05),
    ("no_rate", scene, lambda s: -s["right"] / 0.05),
    ("rate_twice", scene, lambda s: s["right"] * 0.05),
    ("factor", scene, lambda s: s["right"] * 3.7),
    ("zero", scene, lambda s: s["right"] * 0),
    ("passed_through", scene, lambda s: s["G"]),
    ("is_input", scene, lambda s: s["Z"]),
    ("stale", scene, lambda s: s["previous"]),
    ("accumulated", scene, lambda s: s["right"] + s["previous"]),
    ("mixed", scene, lambda s: 0.1 * s["right"] + 0.9 * s["previous"]),
    ("plus", scene, lambda s: s["right"] + 0.01 * s["Z"]),
    ("offset", scene, lambda s: s["right"] - s["right"].max()),
    ("lacks", scene, lambda s: s["G"] * s["P"]),
    ("lacks", scene, lambda s: s["G"] * (1 - s["P"])),
    ("once_too_often", scene, lambda s: s["right"] * s["P"]),
    ("row_factor", scene, lambda s: s["right"] / np.exp(s["Z"]).sum(axis=1, keepdims=True)),
    ("column_factor", scene, lambda s: s["right"] / np.exp(s["Z"]).sum(axis=0, keepdims=True)),
    ("reordered", scene, lambda s: s["right"][::-1]),
    ("float32", scene, lambda s: s["right"].astype(np.float32)),
    ("close", scene, lambda s: s["right"] + 1e-8 * s["Z"]),
    ("close", scene, lambda s: s["right"] + 1e-10),
    ("not_finite", scene, lambda s: np.where(s["Z"] == s["Z"].max(), np.nan, s["right"])),
    ("transposed", scene, lambda s: s["right"].T),
    ("transposed", square, lambda s: s["right"].T),
    ("passed_through", relu, lambda s: s["G"]),
    ("lacks", relu, lambda s: np.where(s["Z"] > 0, s["G"], 0.01 * s["G"])),  # [Z > 0]
    ("where", scene, lambda s: np.where(s["Z"] > 0, s["right"], -s["right"])),
    ("where", scene, lambda s: np.where(np.arange(N)[:, None] == 0, 0, s["right"])),
    ("zero", relu, lambda s: s["G"] * 0),
    ("no_keepdims", sums, lambda s: s["right"][0]),
    ("extra_axis", sums, lambda s: s["right"][None]),
    ("over_n", sums, lambda s: s["G"].mean(axis=0, keepdims=True)),
    ("wrong_axis", sums, lambda s: s["G"].sum(axis=1, keepdims=True)),
    ("wrong_axis", sums, lambda s: s["G"].sum(axis=1)),
    ("over_all", sums, lambda s: s["G"].sum()),
    ("not_summed", sums, lambda s: s["G"]),
    ("shape", sums, lambda s: np.zeros((2, 2))),
    ("none", scene, lambda s: None),
    ("kind", scene, lambda s: ...),
    ("kind", scene, lambda s: [[1], [2, 3]]),
    ("kind", scene, lambda s: s["right"] + 0j),
    ("kind", scene, lambda s: object()),
]


def codes(s, value):
    context = {name: array for name, array in s.items() if name not in ("right", "previous")}
    return [f.code for f in diagnose(value, s["right"], SIZES, context, s["previous"])]


# By hand ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "make", "mistake"), MISTAKES, ids=lambda v: v if isinstance(v, str) else ""
)
def test_every_mistake_has_its_name_on_any_numbers(code, make, mistake):
    said = [codes(s, mistake(s))[0] for s in map(make, SEEDS)]
    assert set(said) == {code}


def test_the_list_of_mistakes_is_complete():
    named = {code for code, _, _ in MISTAKES}
    elsewhere = {"missing", "broadcast", "not_reduced", "unknown", "differs"}
    elsewhere |= {"steps", "let_pass", "turned_down", "no_verdict"}
    assert named | elsewhere == set(TEXTS)


def test_broadcast_and_not_reduced():
    rng = np.random.default_rng(0)
    p, y = rng.standard_normal((N, 1)), rng.standard_normal(N)
    assert [f.code for f in diagnose(p - y, p - y[:, None], SIZES)] == ["broadcast"]
    assert [f.code for f in diagnose(y, y.mean(), SIZES)] == ["not_reduced"]
    assert (
        "mean" in diagnose(y, y.mean(), SIZES)[0].text
        and "sum" in diagnose(y, y.sum(), SIZES)[0].text
    )


def test_a_column_where_a_row_is_due_has_lost_no_axis():
    row = np.random.default_rng(0).standard_normal((1, K))
    for got, right, code in (
        (row.T, row, "transposed"),
        (row[0], row, "no_keepdims"),
        (row[None], row, "extra_axis"),
        (np.arange(12.0).reshape(2, 6), np.arange(12.0).reshape(3, 4), "shape"),
    ):
        assert [found.code for found in diagnose(got, right, SIZES)] == [code]


@pytest.mark.parametrize("make", [scene, relu, sums, square])
def test_right_is_right(make):
    for s in map(make, SEEDS):
        assert codes(s, s["right"]) == []
        assert codes(s, s["right"].tolist()) == []
        assert codes(s, s["right"] * (1 + 2e-16)) == []
        assert codes(s, np.asfortranarray(s["right"])) == []


# Broken twin --------------------------------------------------------------------------------------


def test_what_is_no_known_mistake_gets_no_name():
    "Other numbers of the same kind, one entry off, one entry exchanged, noise: 4 x 500 trials."
    named = {"unknown": 0}
    for seed in range(500):
        s, other = scene(seed), scene(seed + 10_000)
        rng = np.random.default_rng(seed + 20_000)
        one, i = s["right"].copy(), tuple(rng.integers((N, K)))
        one[i] += rng.standard_normal()
        noise = s["right"] + 0.1 * rng.standard_normal((N, K))
        product = s["right"] * rng.uniform(0.5, 2, (N, K))
        for value in (other["right"], one, noise, product):
            first = codes(s, value)[0]
            named[first] = named.get(first, 0) + 1
    assert named == {"unknown": 2000}, named


def test_one_number_is_not_called_a_multiple_of_another():
    "A loss is one number, and every number is a multiple of every other: only named factors count."
    for seed in range(500):
        got, right = np.random.default_rng(seed).uniform(0.1, 3, 2)
        (found,) = diagnose(got, right, SIZES)
        more = "large" if got > right else "small"
        assert (found.code, found.text) == ("unknown", f"is wrong: {got:.4g} is too {more}.")
        assert diagnose(right * N, right, SIZES)[0].code == "times_n"


# Extremes -----------------------------------------------------------------------------------------


def test_huge_numbers_are_no_multiple_of_others():
    right = np.array([1.0, 2.0, 3.0])
    for got in (np.array([1e308, -1e308, 1e308]), np.array([1e308, 1.7e308, 1e308])):
        with np.errstate(all="ignore"):  # as in `judge`
            assert diagnose(got, right)[0].code != "factor"


def test_nan_is_right_where_it_is_right_and_wrong_elsewhere():
    right = np.array([1.0, np.nan, np.inf, 4])
    assert diagnose(right * (1 + 1e-15), right) == []
    for value, code in ((0 * np.arange(4.0), "unknown"), (-right, "not_finite")):
        assert [f.code for f in diagnose(value, right)] == [code]
    assert diagnose(np.array([1.0, np.nan]), np.array([1.0, 2]))[0].code == "not_finite"


def test_a_right_result_of_zeros_or_of_nothing():
    assert diagnose(np.zeros(3), np.zeros(3)) == [] and diagnose([], []) == []
    assert diagnose(np.ones(3), np.zeros(3))[0].code == "offset"


def test_with_a_tolerance_only_scales_are_named():
    right = np.array([1.0, 2, 3])
    assert diagnose(right * 1.0004, right, tolerance=1e-3) == []
    assert diagnose(right * -1.0004, right, tolerance=1e-3)[0].code == "sign"
    assert diagnose(right[::-1], right, tolerance=1e-3)[0].code == "unknown"


def test_what_stands_around():
    assert Around() == Around({}, {}, None)


@pytest.mark.parametrize("n", range(2, 40))
def test_the_sentence_has_the_numbers_in_it(n):
    right = np.random.default_rng(n).standard_normal((n, 41))
    text = diagnose(right * n, right, {"n": n, "k": 41})[0].text
    assert text.startswith(
        f"is {n} times too large, and there are {n} samples" if n > 2 else "is twice"
    )
