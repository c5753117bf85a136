"""The list of wrong changes fits the modules as they are, and the table shows all of it."""

import re
from collections import Counter

import pytest
from helpers import ROOT
from mutants import DESELECTED, FIRST, LEFT_OUT, TABLE, listed, mutated, row

MUTANTS = listed()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: f"{m['number']}-{m['module']}")
def test_the_change_can_be_made(mutant):
    "Its old text is in the module exactly once, and what comes out is Python, and not the same."
    text = (ROOT / "nn_from_scratch" / f"{mutant['module']}.py").read_text(encoding="utf-8")
    changed = mutated(text, mutant)
    assert changed != text
    compile(changed, mutant["module"], "exec")


def test_a_stale_entry_is_refused():
    mutant = {"module": "losses", "why": "a sign", "old": "+", "new": "-"}
    assert mutated("1 + 2", mutant) == "1 - 2"
    for text in ("1 * 2", "1 + 2 + 3"):
        with pytest.raises(ValueError, match="losses: a sign: '\\+' is there [02] times"):
            mutated(text, mutant)


def test_there_are_enough_of_each_module():
    counts = Counter(mutant["module"] for mutant in MUTANTS)
    assert sum(counts.values()) >= 60 and set(counts) == set(FIRST)
    core = ("gradients", "layers", "activations", "losses", "optimizers", "metrics", "training")
    assert min(counts[module] for module in core) >= 5, counts
    reasons = [mutant["why"] for mutant in MUTANTS]
    assert len(set(reasons)) == len(reasons)


def test_the_files_named_in_the_runner_exist():
    names = [name for first in FIRST.values() for name in first.split()] + LEFT_OUT
    assert all((ROOT / "tests" / f"test_{name}.py").is_file() for name in names)
    for test in DESELECTED:
        file, name = test.split("::")
        assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8")


def test_the_table_is_that_of_the_list():
    "After a change of the list, `make mutants` writes it anew."
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    shown = [line for line in lines if re.match(r"\| \d+ \|", line)]
    expected = [row(mutant, "").removesuffix("`` |") for mutant in MUTANTS]
    assert [line.rpartition("`test_")[0] for line in shown] == expected


def test_every_test_in_the_table_is_there():
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if found := re.search(r"`(test_\w+\.py)::(\w+)", line):
            file, name = found.groups()
            assert f"def {name}(" in (ROOT / "tests" / file).read_text(encoding="utf-8"), line
