"""Exercises for the lessons: `from nn_exercises import lesson`."""

from nn_from_scratch.exercises import lesson

__all__ = ["lesson"]
