import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from nn_exercises import lesson  # noqa: E402

LESSONS = ("00", "01", "02", "03", "04", "05", "07", "10", "11", "12", "13", "14", "15", "16")
EXERCISES = [each for number in LESSONS for each in lesson(number)]


def as_learner(exercise, code):
    "Run a cell as the notebook does, and hand in what the exercise asks for."
    scope = {"__name__": "__main__", "np": np}
    exec(compile(code, "<ipython-input-1>", "exec"), scope)
    return tuple(scope[name] for name in exercise.names)
