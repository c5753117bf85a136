"""The list of wrong changes fits the modules as they are, and the table shows all of it."""

import re
from collections import Counter

import pytest
from helpers import ROOT
from run import FIRST, LAST, LEFT_OUT, TABLE, known, listed, mutated, path_of, row

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
    "Of every module that is exported, and of the core more."
    counts = Counter(mutant["module"] for mutant in MUTANTS)
    modules = {path.stem for path in (ROOT / "nn_from_scratch").glob("[!_]*.py")}
    assert sum(counts.values()) >= 232 and set(counts) == set(FIRST) == modules
    core = ("gradients", "layers", "activations", "losses", "optimizers", "metrics", "network")
    core += ("training", "callbacks", "saving", "checks", "files", "history", "running")
    assert min(counts[module] for module in core) >= 5, counts
    reasons = [mutant["why"] for mutant in MUTANTS]
    assert len(set(reasons)) == len(reasons)


def test_the_files_named_in_the_runner_exist():
    names = [name for first in FIRST.values() for name in first.split()] + [*LEFT_OUT, *LAST]
    assert [name for name in names if not (ROOT / path_of(name)).is_file()] == []


def test_the_table_is_that_of_the_list():
    "After a change of the list, `make mutants` writes it anew."
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    shown = [line for line in lines if re.match(r"\| \d+ \|", line)]
    expected = [row(mutant, "").removesuffix("`` |") for mutant in MUTANTS]
    assert [line.rpartition(" `")[0] + " " for line in shown] == expected


def test_every_change_has_a_test_that_notices_it():
    "And the test is still there."
    assert set(known()) == {mutant["why"] for mutant in MUTANTS}
