# Every command is one of dev.py's; `make` alone lists them.
PYTHON ?= python3
COMMANDS = run test check bench screenshots fuzz api build deb wheel lock clean

help:
	@$(PYTHON) dev.py

$(COMMANDS):
	@$(PYTHON) dev.py $@

.PHONY: help $(COMMANDS)
