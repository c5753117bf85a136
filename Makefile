# Each target calls tasks.py, which does the same on every system and says what there is.
PYTHON ?= python3

.DEFAULT_GOAL := help
.PHONY: help course playground quick test mutants edit lessons exercises site site-serve marking export bench clean

help course playground quick test mutants edit lessons exercises site site-serve marking export bench clean:
	@$(PYTHON) tasks.py $@
