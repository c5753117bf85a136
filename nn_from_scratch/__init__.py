"""Neural networks from scratch: the NumPy library that the course in `nbs/` derives.

The core is here. Data, plots and settings are in `nn_from_scratch.data`, `.plots` and `.settings`.
"""

__version__ = "0.1.0"
