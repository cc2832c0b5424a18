# `make run` and `make test` need Python 3.11 or newer with venv, and nothing else: they build .venv themselves,
# and touch the network only when a requirements file has changed since.

PYTHON ?= python3
PORT ?= 8501
SIMULATOR_PORT ?= 8600
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: run test check fix bench scenarios screenshots simulate clean

run: $(VENV)/.runs
	@echo "Console: http://127.0.0.1:$(PORT)"
	@$(BIN)/streamlit run app.py --server.port $(PORT)

test: $(VENV)/.develops
	@$(BIN)/python -m pytest

check: $(VENV)/.develops
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

fix: $(VENV)/.develops
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/.develops
	@for file in benchmarks/bench_*.py; do $(BIN)/python -m benchmarks.$$(basename $$file .py) || exit 1; done

scenarios: $(VENV)/.develops
	@$(BIN)/python -m tests.scenarios

simulate: $(VENV)/.runs
	@$(BIN)/python -m router simulate --port $(SIMULATOR_PORT)

clean:
	rm -rf $(VENV)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; PYTHON=/path/to/python3 names one."; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
	  || { echo "Python's venv is missing; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runs: requirements.txt | $(VENV)/bin/python
	@echo "Installing the console's packages into $(VENV) (once) ..."
	@$(PIP) install -r requirements.txt
	@touch $@

$(VENV)/.develops: requirements-dev.txt $(VENV)/.runs
	@echo "Installing the development tools into $(VENV) (once) ..."
	@$(PIP) install -r requirements-dev.txt
	@touch $@
