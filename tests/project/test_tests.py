"""The tests as files: one a module, and always the same order inside."""

import re

import pytest
from helpers import ROOT

FILES = sorted((ROOT / "tests").glob("test_*.py"))
ORDER = ["By hand", "Gradients", "Broken twin", "Extremes", "Float types", "Errors"]


def test_each_module_has_a_file_and_each_file_a_module():
    modules = {path.stem for path in (ROOT / "nn_from_scratch").glob("[!_]*.py")}
    assert {path.stem.removeprefix("test_") for path in FILES} == modules


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_the_order_is_always_the_same(file):
    "What is known by hand comes first, and what is refused last; a heading may say more."
    headings = re.findall(r"^# ([^-].*?) -{5,}$", file.read_text(encoding="utf-8"), re.M)
    places = [i for text in headings for i, name in enumerate(ORDER) if text.startswith(name)]
    assert places and places == sorted(places), headings
