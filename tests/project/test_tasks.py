"""The commands: told in one place (tasks.py), and called alike by make and by all that we write."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def tasks(*words: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-I", "tasks.py", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=60)


@pytest.fixture(scope="module")
def told() -> set[str]:
    "The commands that the help tells."
    return set(re.findall(r"^    python tasks.py ([\w-]+) +\S", tasks("help").stdout, re.M))


def test_the_help_tells_every_command(told):
    assert tasks().stdout == tasks("help").stdout and tasks("help").returncode == 0
    code = "import sys; sys.path.insert(0, '.'); import tasks; print(*tasks.TASKS)"
    command = [sys.executable, "-B", "-c", code]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(found.split()) | {"help"} == told


def test_an_unknown_command_is_named():
    result = tasks("tset")
    assert result.returncode == 1 and "there is no command tset" in result.stderr
    assert "python tasks.py test " in result.stderr


def test_make_has_the_same_targets_and_no_text_of_its_own(told):
    makefile = text_of("Makefile")
    phony = re.search(r"^\.PHONY: (.+)$", makefile, re.M)[1]
    rule = re.search(r"^(.+):\n\t@\$\(PYTHON\) tasks.py \$@$", makefile, re.M)[1]
    assert set(phony.split()) == set(rule.split()) == told and "echo" not in makefile


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "CONTRIBUTING.md",
        ".ci/run",
        ".github/workflows/test.yml",
        ".github/workflows/site.yml",
    ],
)
def test_commands_that_are_written_down_are_there(name, told):
    text = text_of(name)
    named = re.findall(r"(?:tasks\.py|`make|^make) ([\w-]+)", text, re.M)
    assert named and set(named) <= told


def test_hooks_and_constraints_agree():
    "The versions of pre-commit are those that were tested, and every tool of dev has one."
    versions = dict(line.split("==") for line in text_of("constraints.txt").split())
    hooks = dict(re.findall(r"/([\w-]+)\n    rev: v?(\S+)", text_of(".pre-commit-config.yaml")))
    assert hooks == {"nbdev": versions["nbdev"], "ruff-pre-commit": versions["ruff"]}
    extras = tomllib.loads(text_of("pyproject.toml"))["project"]["optional-dependencies"]
    names = [re.match(r"[\w-]+", need)[0] for need in extras["dev"] + extras["site"]]
    assert {name for name in names if name != "nn-from-scratch-course"} <= set(versions)


def test_the_lowest_versions_are_those_of_pyproject():
    "What the job `lowest` runs on: each floor of what users get, and nothing else."
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    extras = project["optional-dependencies"]
    needs = project["dependencies"] + [
        need for name in ("plots", "data", "widgets", "course", "parallel") for need in extras[name]
    ]
    floors = dict(need.split(">=") for need in needs if ">=" in need)
    assert {need for need in needs if need not in map(">=".join, floors.items())} == {
        "nn-from-scratch-course[plots,data,widgets]"
    }
    lowest = dict(line.split("==") for line in text_of("constraints-lowest.txt").split())

    def release(version: str) -> list[int]:
        numbers = [int(number) for number in version.split(".")]
        return numbers + [0] * (3 - len(numbers))

    assert lowest.keys() == floors.keys()
    for name, floor in floors.items():
        assert release(lowest[name]) == release(floor), name
    assert "-c constraints-lowest.txt" in text_of(".github/workflows/test.yml")
