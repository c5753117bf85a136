"""All exercises, and what learners might hand in: what the tests in this folder share."""

import signal
from contextlib import contextmanager

from nn_exercises import build

SOURCES = build.SOURCES
EXERCISES = list(build.known().values())


def name_of(value) -> str:
    "For the names of tests: that of an exercise, or the number of a known-wrong answer."
    return str(getattr(value, "name", value if isinstance(value, int) else ""))


def untouched(exercise) -> tuple:
    "The untouched stub, as a learner hands it in."
    return build.run(exercise, build.stubbed(exercise.cell))


def answer(exercise, change=None) -> tuple:
    "The solution, or a change of it, as a learner hands it in."
    return build.run(exercise, exercise.code(change))


def copy_of(exercise):
    "The same exercise, never tried."
    found = build.lesson(exercise.name[:2])
    return getattr(found, build.short(exercise))


class TooLong(Exception):
    pass


@contextmanager
def at_most(seconds: float):
    "TooLong is raised in code that does not come to an end, where the system can do that."
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_):
        raise TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
