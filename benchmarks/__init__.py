"""Measurements beside the lessons: run as `python -m benchmarks.NAME`."""
