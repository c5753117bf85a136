"""An exercise: a stub, a check that says which mistake was made, hints, a solution, and a zoo of
known-wrong answers that proves the check. NumPy only; no network, no account, no files written."""

import importlib
import importlib.resources
import linecache
import re
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from .diagnosis import EXACT, TEXTS, Finding, as_plain, diagnose, error
from .own import OUR_CODE, Watch, complaint, is_ours

STUB = "...  # your code here"
MISSING = object()


def kept(thing: object, name: str) -> object:
    "An attribute that the exercise asks to be kept, or the news that it is not there."
    return getattr(thing, name, MISSING)


def case(**facts) -> types.SimpleNamespace:
    "Sizes and arrays of one trial; arrays are read-only, so that a change in place is noticed."
    for value in facts.values():
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
    return types.SimpleNamespace(**facts)


def trials(*facts: dict) -> Callable:
    "Cases that are the same each time: trials({'d': 5, 'k': 3}, ...)."
    return lambda rng: (case(**each) for each in facts)


def calls(*names: str) -> Callable:
    "The experiment that calls a function with these facts of the trial, and looks at the result."

    def experiment(given, trial):
        yield {"the result": given(*(getattr(trial, name) for name in names))}

    return experiment


@dataclass(frozen=True)
class Wrong:
    "A known-wrong answer: the solution with `old` replaced by `new`, and what the check must say."

    old: str
    new: str
    code: str = ""  # of a finding in diagnosis.py, or
    says: str = ""  # a sentence of its own, for this exercise alone


@dataclass(frozen=True)
class Right:
    "Another right answer, which must pass."

    old: str
    new: str


@dataclass(frozen=True)
class Result:
    "What a check found. True if the answer is right."

    passed: bool
    code: str
    text: str

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        return f"{'✓ Right.' if self.passed else '✗ Not yet.'} {self.text}"

    def _repr_markdown_(self) -> str:
        return f"**{'✓ Right.' if self.passed else '✗ Not yet.'}** {self.text}"


class Words(str):
    "Text that a notebook shows as Markdown, and a terminal as it is."

    def __repr__(self) -> str:
        return str(self)

    def _repr_markdown_(self) -> str:
        return str(self)


@dataclass(repr=False)  # a repr of all fields would print the solution
class Exercise:
    """One exercise; the cell before it in the source holds the solution.

    asks: the name of the class or function, or the names of the numbers, that the learner hands in.
    experiment(given, case) yields, step by step, what came out (a dict of results) and, if that
    helps the diagnosis, the arrays around it (a dict). cases(rng) yields what to try it on.
    """

    title: str
    stars: int
    asks: str | tuple[str, ...]
    experiment: Callable
    cases: Callable
    methods: tuple[str, ...] = ()  # those that must be the learner's own
    hints: tuple[str, ...] = ()
    wrong: tuple[Wrong, ...] = ()
    right: tuple[Right, ...] = ()
    why: str = ""  # shown with the solution, and when the answer is right
    allow: tuple = ()  # what of the library may be called: names, or "*" for all
    verify: Callable | None = (
        None  # proof that the solution is right, by other means: for the tests
    )
    tolerance: float = 1e-12
    name: str = ""
    text: str = ""
    cell: str = ""
    scope: dict = field(default_factory=dict, repr=False)
    tries: int = 0
    passed: bool = False
    shown: int = 0
    asked: int = 0

    def __repr__(self) -> str:
        state = (
            "right"
            if self.passed
            else f"{self.tries} tries, {self.shown} of {len(self.hints)} hints"
        )
        return f"{'★' * self.stars} {self.title}: {state}"

    def __dir__(self):
        return ["check", "hint", "solution", "title", "stars", "passed"]

    # For the learner ---------------------------------------------------------------------------

    def check(self, *given) -> Result:
        "Is it right? If not, what is the mistake?"
        result = self.judge(given)
        self.tries += result.code != "unwritten"
        self.passed = self.passed or result.passed
        return result

    def require(self, *given, seed: int = 1) -> None:
        "The same for a machine: on other numbers, and an AssertionError if it is wrong."
        for rng in (0, seed):
            result = self.judge(given, rng)
            if not result:
                raise AssertionError(f"{self.name}: {result.text}")

    def hint(self, number: int | None = None) -> Words:
        "The next hint, or that of a number."
        if number is None:
            number = self.shown = min(self.shown + 1, len(self.hints))
        if not 1 <= number <= len(self.hints):
            return Words(f"There are hints 1 to {len(self.hints)}.")
        left = len(self.hints) - number
        more = (
            f" *({left} more.)*"
            if left
            else " *(That was the last; after it comes `.solution()`.)*"
        )
        return Words(f"**Hint {number}.** {self.hints[number - 1]}{more}")

    def solution(self) -> Words:
        "A solution with its reason; who has not tried yet is asked once."
        self.asked += 1
        if self.tries == 0 and self.asked == 1:
            left = len(self.hints) - self.shown
            return Words(
                f"You have not tried yet, and there are {left} hints: `.hint()`. "
                "Call `.solution()` again to see it all the same."
            )
        return Words(f"```python\n{solved(self.cell)}\n```\n\n{self.why}")

    # For the machine ---------------------------------------------------------------------------

    @property
    def names(self) -> tuple[str, ...]:
        return (self.asks,) if isinstance(self.asks, str) else tuple(self.asks)

    def code(self, change: "Wrong | Right | None" = None) -> str:
        "The cell with the solution, or with a change of it."
        code = solved(self.cell)
        if change is not None:
            if (n := code.count(change.old)) != 1:
                raise ValueError(f"{self.name}: {change.old!r} is there {n} times, must be once")
            code = code.replace(change.old, change.new)
        return code

    def variant(self, change: "Wrong | Right | None" = None) -> tuple:
        "What such a cell hands in; the code counts as ours, and is refused as an answer."
        return self.run(self.code(change))

    def run(self, code: str) -> tuple:
        "What a cell hands in, run on its own."
        scope = dict(self.scope) | {"__name__": "learner"}
        exec(compile(code, f"{OUR_CODE} {self.name}>", "exec"), scope)
        return tuple(scope[name] for name in self.names)

    def judge(self, given: tuple, seed: int = 0) -> Result:
        early = self._looks(given)
        if early is not None:
            return early
        found, facts = [], {"worst": 0.0}
        for trial in self.cases(np.random.default_rng(seed)):
            with np.errstate(all="ignore"):
                result = self._try(given, trial, found, facts)
            if result is not None:
                return result
        if not found:
            return Result(True, "right", f"Largest relative error {facts['worst']:.0e}. {self.why}")
        return self._say(found)

    def _looks(self, given: tuple) -> Result | None:
        "What can be said before anything is run."
        if len(given) != len(self.names):
            return Result(False, "count", f"Hand in `{', '.join(self.names)}`.")
        stub = self.run(stubbed(self.cell))
        if any(map(unwritten, given, stub, self.variant())):
            return Result(
                False, "unwritten", "It is not written yet: replace the `...` and run the cell."
            )
        for mine, blank in zip(given, stub):
            if isinstance(blank, type) and not isinstance(mine, type):
                if any(hasattr(mine, method) for method in self.methods):
                    text = f"Hand in the class itself, `{self.names[0]}`, without brackets."
                    return Result(False, "instance", text)
            if callable(blank) and (text := complaint(mine, self.methods)):
                return Result(False, "not_yours", text)
        return None

    def _try(self, given: tuple, trial, found: list, facts: dict) -> Result | None:
        "Run one trial; adds to `found`, or returns a result that ends the matter."
        handed = tuple(value for value in vars(trial).values() if callable(value))
        rights = list(_steps(self.experiment(*self.variant(), trial)))
        mine = []
        with Watch(self.allow + handed) as watch:
            try:
                for step in _steps(self.experiment(*given, trial)):
                    mine.append(step)
            except NotImplementedError:
                return Result(False, "unwritten", "It is not written yet.")
            except Exception as problem:
                if not watch.calls:
                    return self._stopped(problem, trial)
        if watch.calls:
            text = (
                f"Your code calls the course's own `{watch.calls[0]}`. The exercise asks for yours."
            )
            return Result(False, "not_yours", text)
        before = {}
        for (got, _), (right, context) in zip(mine, rights, strict=True):
            self._compare(got, right, context, before, trial, found, facts)
            before = right
        return None

    def _compare(self, got, right, context, before, trial, found, facts) -> None:
        sizes = {name: v for name, v in vars(trial).items() if isinstance(v, (int, float))}
        for name, value in right.items():
            if got[name] is MISSING:
                found.append((name, trial, [Finding("missing", TEXTS["missing"])]))
                continue
            findings = diagnose(got[name], value, sizes, context, before.get(name), self.tolerance)
            if findings:
                found.append(
                    (name, trial, self._replayed(name, got[name], trial, findings) + findings)
                )
            else:
                facts["worst"] = max(
                    facts["worst"], error(as_plain(got[name]), np.asarray(value, float))
                )

    def _values(self, code: str, name: str, trial) -> list:
        "What a result is in each step, for a cell with this code; nothing if it fails."
        try:
            steps = [step for step, _ in _steps(self.experiment(*self.run(code), trial))]
        except Exception:
            return []
        plain = [as_plain(step[name]) for step in steps if step.get(name, MISSING) is not MISSING]
        return [value for value in plain if isinstance(value, np.ndarray)]

    def _is(self, code: str, value, name: str, trial) -> bool:
        "Whether such a cell gives this very value in some step, where the right one is another."
        pairs = zip(self._values(code, name, trial), self._values(self.code(), name, trial))
        return any(self._equal(v, value) and not self._equal(v, right) for v, right in pairs)

    def _replayed(self, name: str, value, trial, findings: list[Finding]) -> list[Finding]:
        "The known-wrong answers that give this very value here; two at once if no single one does."
        value = as_plain(value)
        if isinstance(value, Finding):
            return []
        told = [(i, w) for i, w in enumerate(self.wrong) if w.says]
        hits = [
            Finding(f"zoo{i}", w.says)
            for i, w in told
            if self._is(self.code(w), value, name, trial)
        ]
        if hits or findings[0].code not in ("unknown", "factor", "shape"):
            return hits
        for i, j in combinations(range(len(self.wrong)), 2):
            first, second = self.wrong[i], self.wrong[j]
            code = self.code(first)
            if code.count(second.old) == 1 and second.old not in first.new:
                if self._is(code.replace(second.old, second.new), value, name, trial):
                    words = [self._alone(wrong, name, trial) for wrong in (first, second)]
                    return [
                        Finding(f"zoo{i}+zoo{j}", f"Two things at once. {words[0]} And: {words[1]}")
                    ]
        return []

    def _alone(self, wrong: Wrong, name: str, trial) -> str:
        "What would be said to this mistake by itself."
        if wrong.says:
            return wrong.says
        sizes = {n: v for n, v in vars(trial).items() if isinstance(v, (int, float))}
        values = self._values(self.code(wrong), name, trial)
        for value, right in zip(values, self._values(self.code(), name, trial)):
            if found := diagnose(value, right, sizes, tolerance=self.tolerance):
                return f"`{name}` {found[0].text}"
        return f"`{wrong.code}`."

    def _equal(self, first: np.ndarray, second: np.ndarray) -> bool:
        "Same shape and numbers; nan where the other has nan."
        if first.shape != second.shape:
            return False
        if np.isfinite(first).all() and np.isfinite(second).all():
            return error(first, second) <= max(EXACT, self.tolerance)
        return np.array_equal(first, second, equal_nan=True)

    def _say(self, found: list) -> Result:
        "One sentence for the learner: the mistake that explains the first wrong result everywhere."
        first = found[0][0]
        lists = [findings for name, _, findings in found if name == first]
        common = [f for f in lists[0] if all(f.code in {g.code for g in each} for each in lists)]
        best = (common or lists[0])[0]
        trial = found[0][1]
        sizes = ", ".join(
            f"{n} = {v:.4g}" for n, v in vars(trial).items() if isinstance(v, (int, float))
        )
        others = sorted({name for name, _, _ in found} - {first})
        more = (
            f" (`{'`, `'.join(others)}` too {'is' if len(others) == 1 else 'are'} not right yet.)"
            if others
            else ""
        )
        subject = f"`{first}` " if best.code in TEXTS else ""
        where = f" *Tried with {sizes}.*" if sizes else ""
        return Result(False, best.code, f"{subject}{best.text}{more}{where}")

    def _stopped(self, problem: Exception, trial) -> Result:
        "The learner's code raised: say what, and in which of the learner's lines."
        if "read-only" in str(problem):
            text = "Your code changes an array that it was given. Make a new one."
            return Result(False, "in_place", text)
        trace, line = problem.__traceback__, ""
        while trace is not None:
            code = trace.tb_frame.f_code
            if not is_ours(code) and "numpy" not in code.co_filename:
                line = linecache.getline(code.co_filename, trace.tb_lineno).strip()
            trace = trace.tb_next
        where = f" in `{line}`" if line else ""
        text = f"It stops with {type(problem).__name__}: {problem}{where}."
        if "core dimension" in str(problem):
            text = f"The inner sizes of a matrix product do not agree{where}: (n, k) @ (k, m) gives (n, m)."
        return Result(False, "raises", text)


def _steps(experiment: Iterator) -> Iterator[tuple[dict, dict]]:
    "What an experiment yields, with copies of the results and an empty context if it has none."
    for step in experiment:
        results, context = step if isinstance(step, tuple) else (step, {})
        yield (
            {
                n: np.array(v, subok=False) if isinstance(v, np.ndarray) else v
                for n, v in results.items()
            },
            {name: np.array(v, float) for name, v in context.items()},
        )


def unwritten(mine: object, blank: object, solution: object) -> bool:
    "Whether it is still the stub: no number yet, or the byte code of the stub where there is work."
    if mine is None or mine is Ellipsis:
        return True
    if isinstance(mine, type) and isinstance(blank, type):
        pairs = [(name, vars(blank)[name], vars(solution).get(name)) for name in vars(blank)]
        asked = [(n, _code(b)) for n, b, s in pairs if _code(b) != _code(s)]
        return any(n in vars(mine) and _code(vars(mine)[n]) == b for n, b in asked)
    return callable(blank) and _code(mine) is not None and _code(mine) == _code(blank)


def _code(function: object):
    code = getattr(function, "__code__", None)
    return (
        None
        if code is None
        else (code.co_code, [c for c in code.co_consts if not isinstance(c, str)], code.co_names)
    )


# Cells -----------------------------------------------------------------------------------------

REGION = re.compile(r"^([ \t]*)### BEGIN SOLUTION\n(.*?)^[ \t]*### END SOLUTION\n?", re.M | re.S)


def stubbed(cell: str) -> str:
    "The cell without its solution."
    return REGION.sub(lambda m: f"{m[1]}{STUB}\n" if m[1] else "", cell + "\n").rstrip("\n")


def solved(cell: str) -> str:
    "The cell without the marks around its solution."
    return REGION.sub(lambda m: m[2], cell + "\n").rstrip("\n")


def cells(source: str) -> list[tuple[str, str]]:
    "(kind, text) of each cell of a file in the percent format: markdown, code or author."
    found = []
    for part in re.split(r"^# %%", source, flags=re.M)[1:]:
        head, _, body = part.partition("\n")
        body = body.strip("\n")
        if "[markdown]" in head:
            found.append(("markdown", re.sub(r"^# ?", "", body, flags=re.M)))
        elif '"author"' in head or re.search(r"^\w+ = Exercise\(", body, re.M):
            found.append(("author", body))
        else:
            found.append(("code", body))
    return found


class Lesson:
    "The exercises of a lesson, by name."

    def __init__(self, number: str):
        folder = importlib.resources.files("nn_exercises")
        names = sorted(
            f.name for f in folder.iterdir() if re.fullmatch(rf"e{number}_\w+\.py", f.name)
        )
        if not names:
            raise ValueError(f"there are no exercises for lesson {number}")
        module = importlib.import_module(f"nn_exercises.{names[0][:-3]}")
        source = folder.joinpath(names[0]).read_text(encoding="utf-8")
        self._title, self._exercises, text, code = "", {}, "", ""
        scope = {n: v for n, v in vars(module).items() if not isinstance(v, Exercise)}
        for kind, body in cells(source):
            if kind == "markdown":
                self._title = self._title or body.splitlines()[0].lstrip("# ")
                text = body
            elif kind == "code":
                code = body
            elif found := re.search(r"^(\w+) = Exercise\(", body, re.M):
                given = getattr(module, found[1])
                fields = {
                    **vars(given),
                    "name": f"{number}.{found[1]}",
                    "text": text,
                    "cell": code,
                    "scope": scope,
                }
                self._exercises[found[1]] = Exercise(**fields)

    def __getattr__(self, name: str) -> Exercise:
        try:
            return self.__dict__["_exercises"][name]
        except KeyError:
            raise AttributeError(
                f"no exercise {name}; there are {', '.join(self._exercises)}"
            ) from None

    def __dir__(self):
        return list(self._exercises)

    def __iter__(self):
        return iter(self._exercises.values())

    def _repr_markdown_(self) -> str:
        lines = ["| exercise | | | |", "|---|---|---|---|"]
        for name, each in self._exercises.items():
            state = "✓" if each.passed else f"{each.tries} tries" if each.tries else ""
            lines.append(f"| `{name}` | {'★' * each.stars} | {each.title} | {state} |")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return self._repr_markdown_()


def lesson(number: str) -> Lesson:
    "The exercises of a lesson: `ex = lesson('01')`, then `ex.backward.check(Dense)`."
    return Lesson(number)
