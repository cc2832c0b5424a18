# `make run` and `make test` need Python 3.11 or newer with venv, and nothing else: they build .venv themselves,
# and touch the network only when a lock has changed since.

PYTHON ?= python3
PORT ?= 8501
GATEWAY_PORT ?= 8700
SIMULATOR_PORT ?= 8600
VENV := .venv
BIN := $(VENV)/bin
CLIENTS := tests/clients
# A hash for every file, and no package that is built here: building one would fetch tools that no lock names.
INSTALL := $(BIN)/python -m pip --disable-pip-version-check --quiet install --require-hashes --only-binary :all:
# One lock for every machine and every Python that is served: each package with the hashes of all its files.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

.PHONY: run serve test check fix lock bench scenarios machines screenshots simulate clients clean

run: $(VENV)/.runs
	@echo "Console: http://127.0.0.1:$(PORT)"
	@$(BIN)/streamlit run app.py --server.port $(PORT)

serve: $(VENV)/.runs
	@$(BIN)/python -m router serve --port $(GATEWAY_PORT)

test: $(VENV)/.develops
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder -rR --rerun-show-tracebacks

check: $(VENV)/.develops
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest tests/test_requirements.py

fix: $(VENV)/.develops
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: $(VENV)/.develops
	@$(LOCK) requirements.txt --output-file requirements.lock
	@$(LOCK) requirements.txt requirements-dev.txt --constraints requirements.lock --output-file requirements-dev.lock
	@$(LOCK) $(CLIENTS)/requirements.txt --output-file $(CLIENTS)/requirements.lock

# Other makers' clients of the gateway, which tests/clients tries on it; without them those tests are skipped. uv, because
# they are many: pip takes a minute for what uv does in ten seconds.
clients: $(CLIENTS)/.venv/.brought $(CLIENTS)/node/node_modules/.package-lock.json

$(CLIENTS)/.venv/.brought: $(CLIENTS)/requirements.lock $(VENV)/.develops
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(CLIENTS)/.venv
	@$(BIN)/uv pip install --quiet --system-certs --require-hashes --only-binary :all: \
	  --python $(CLIENTS)/.venv/bin/python -r $(CLIENTS)/requirements.lock
	@touch $@

$(CLIENTS)/node/node_modules/.package-lock.json: $(CLIENTS)/node/package-lock.json
	@cd $(CLIENTS)/node && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

machines: $(VENV)/.develops
	@$(BIN)/python -m tests.machines

bench: $(VENV)/.develops
	@for file in benchmarks/bench_*.py; do $(BIN)/python -m benchmarks.$$(basename $$file .py) || exit 1; done

scenarios: $(VENV)/.develops
	@$(BIN)/python -m tests.scenarios

screenshots: $(VENV)/.develops
	@$(BIN)/python -m tests.browser.screenshots

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

$(VENV)/.runs: requirements.lock | $(VENV)/bin/python
	@echo "Installing the console's packages into $(VENV) (once) ..."
	@$(INSTALL) -r requirements.lock
	@touch $@

$(VENV)/.develops: requirements-dev.lock $(VENV)/.runs
	@echo "Installing the development tools into $(VENV) (once) ..."
	@$(INSTALL) -r requirements-dev.lock
	@touch $@
