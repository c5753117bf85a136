"""The sentences, and what it takes to compare two arrays fairly (78_mistakes)."""

import json
import re

import numpy as np
import pytest

from nn_from_scratch.mistakes import (
    MIXTURES,
    PLACES,
    SCALES,
    SHAPES,
    TEXTS,
    Finding,
    as_plain,
    confusable,
    error,
    finding,
    letters,
    same,
    where_to_read,
)

SIZES = {"n": 7, "d": 5, "k": 3}

# By hand ------------------------------------------------------------------------------------------


def test_a_finding_is_a_sentence_with_its_gaps_filled():
    assert finding("times_n", n=7) == Finding("times_n", TEXTS["times_n"].replace("{n}", "7"))
    text = finding("plus", name="W", factor=0.01).text
    assert text.startswith("has a multiple of W in it (+0.01")


def test_the_families_share_no_code_and_no_sentence():
    families = (SHAPES, SCALES, MIXTURES, PLACES)
    assert sum(map(len, families)) == len(TEXTS) and confusable(TEXTS) == []


def test_sentences_that_are_the_same_are_found(monkeypatch):
    monkeypatch.setitem(TEXTS, "half", TEXTS["twice"])
    assert confusable(["sign", "half", "twice"]) == [("half", "twice")]


@pytest.mark.parametrize("code", TEXTS)
def test_every_sentence_goes_on_after_a_name_and_ends(code):
    text = TEXTS[code]
    assert text[0].islower() and text[-1] in ".?" and not re.search(r"\s{2}", text)


@pytest.mark.parametrize(
    "first, second, expected",
    [([1, 2], [1, 2], 0), ([0, 0], [0, 0], 0), ([1, 4], [1, 3], 0.25), ([1, -8], [1, 8], 2)],
)
def test_error_is_relative_to_the_largest_entry(first, second, expected):
    assert error(np.array(first), np.array(second)) == expected
    assert error(np.array(second), np.array(first)) == expected


def test_same():
    a = np.arange(6.0).reshape(2, 3)
    assert same(a, a * (1 + 1e-10)) and not same(a, a * (1 + 1e-8))
    assert not same(a, a[None]) and not same(a, a.T) and same(1, 1.0)
    assert same(finding("none"), finding("none")) and not same(finding("none"), finding("sign"))
    assert same(finding("none"), a) is same(a, finding("none")) is False


@pytest.mark.parametrize(
    "shape, expected",
    [
        ((7, 3), "(7, 3) = (n, k)"),
        ((7,), "(7,) = (n,)"),
        ((1, 5), "(1, 5) = (1, d)"),
        ((), "()"),
        ((7, 4), "(7, 4)"),
    ],
)
def test_shapes_in_letters(shape, expected):
    assert letters(shape, SIZES) == expected


def test_a_size_with_two_letters_stays_a_number():
    assert letters((4, 4), {"n": 4, "k": 4}) == "(4, 4)"


NOTEBOOK = {
    "cells": [
        {"source": ["#| default_exp gradients"]},
        {"source": ["## Where paths meet\n", "text"]},
    ]
}


@pytest.mark.parametrize("place", ["", "lessons/", "../", "../lessons/", "../nbs/"])
def test_a_link_to_lesson_and_section(tmp_path, monkeypatch, place):
    "From the exercises beside, below or next to it; a notebook of the same name is no lesson."
    here = tmp_path / "exercises"
    (here / place).mkdir(parents=True, exist_ok=True)
    if place:
        (here / "00_gradients.ipynb").write_text('{"cells": []}', encoding="utf-8")
    (here / place / "00_gradients.ipynb").write_text(json.dumps(NOTEBOOK), encoding="utf-8")
    monkeypatch.chdir(here)
    link = f"[00_gradients, *Where paths meet*]({place}00_gradients.ipynb"
    assert where_to_read("00_gradients#where-paths-meet") == f"{link}#Where-paths-meet)"
    assert where_to_read("00_gradients") == f"{link})"
    assert where_to_read("00_gradients#where-paths-meet", here) == f"{link}#Where-paths-meet)"


def test_the_notebook_of_the_exercises_itself_is_no_cure(tmp_path):
    "An exercise may have the title of the section that it belongs to."
    for place in ("exercises", "nbs"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "00_gradients.ipynb").write_text(json.dumps(NOTEBOOK), encoding="utf-8")
    link = where_to_read("00_gradients#where-paths-meet", tmp_path / "exercises")
    assert "(../nbs/00_gradients.ipynb#" in link


# Extremes -----------------------------------------------------------------------------------------


def test_empty_arrays_are_the_same():
    assert error(np.zeros(0), np.zeros(0)) == 0 and same([], [])


def test_the_numbers_are_a_copy_of_numpys_own_class():
    given = np.ma.masked_array([1, 2], mask=[True, False])
    plain = as_plain(given)
    assert type(plain) is np.ndarray and plain.dtype == np.float64
    values = np.ones(2)
    as_plain(values)[0] = 5
    assert values[0] == 1


@pytest.mark.parametrize("value", [True, 3, np.float32(3), [1, 2], (1.5, 2)])
def test_numbers_of_all_kinds_are_taken(value):
    assert np.array_equal(as_plain(value), np.asarray(value, np.float64))


def test_a_section_is_known_by_its_words(tmp_path):
    cells = {"cells": [{"source": ["### How wrong is *wrong*?"]}]}
    (tmp_path / "00_gradients.ipynb").write_text(json.dumps(cells), encoding="utf-8")
    for section in ("how-wrong-is-wrong", "how-wrong-is-wrong?", "How-wrong-is-*wrong*?"):
        assert "*How wrong" in where_to_read(f"00_gradients#{section}", tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"cells": 3}', json.dumps(NOTEBOOK)])
@pytest.mark.parametrize("cure", ["", "00_gradients#elsewhere", "01_none#where-paths-meet"])
def test_no_link_where_there_is_no_section(tmp_path, text, cure):
    (tmp_path / "00_gradients.ipynb").write_text(text, encoding="utf-8")
    assert where_to_read(cure, tmp_path) == ""


# Errors -------------------------------------------------------------------------------------------


class Stubborn:
    def __array__(self, *given, **named):
        raise RuntimeError("no")


@pytest.mark.parametrize(
    "value, words",
    [
        (..., "but Ellipsis"),
        ("text", "but 'text'"),
        (NotImplemented, "but NotImplemented"),
        ([[1], [2, 3]], "a list"),
        (np.ones(2) + 0j, "complex128"),
        (object(), "object"),
        (Stubborn(), "a Stubborn"),
        (np.array(["a"]), "<U1"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_array_is_said(value, words):
    found = as_plain(value)
    assert found.code == "kind" and words in found.text


def test_none_has_a_sentence_of_its_own():
    assert as_plain(None).code == "none"
