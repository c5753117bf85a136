# The targets; each calls tasks.py, which does the same on every system.
PYTHON ?= python3

.DEFAULT_GOAL := help
.PHONY: help course playground test mutants lessons export bench clean

help:
	@echo "make course      open the lessons in JupyterLab"
	@echo "make playground  open the playground and the digit pad as an app"
	@echo "make test        run every check: export, notebooks, pytest, ruff"
	@echo "make mutants     make small wrong changes and show that the tests notice each"
	@echo "make lessons     run all lessons and store their outputs"
	@echo "make export      write the package nn_from_scratch from the notebooks"
	@echo "make bench       time training beside PyTorch, JAX and scikit-learn (fetches them)"
	@echo "make clean       remove .venv and everything built"
	@echo "PYTHON=... chooses the interpreter (3.11 or newer); now: $(PYTHON)"

course playground test mutants lessons export bench clean:
	@$(PYTHON) tasks.py $@
