# What a newcomer, a developer and the build run. Every target does its own set-up.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEERS := .venv-peers
PIP_FLAGS := --quiet --disable-pip-version-check --require-hashes

.PHONY: demo demo-check test lint types contracts docs docs-check bench check wheel test-wheel lock peers clean help

help:            ## what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/:/'

demo: $(VENV)/ready            ## crawl the bundled sites, build the archive, serve it
	$(BIN)/arkisto demo

demo-check: $(VENV)/ready      ## the same, without serving: ends with a summary
	$(BIN)/arkisto demo --no-serve

test: $(VENV)/dev-ready $(PEERS)/ready   ## all tests
	$(BIN)/python -m pytest -n auto

lint: $(VENV)/dev-ready        ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev-ready       ## types
	$(BIN)/mypy

contracts: $(VENV)/dev-ready   ## who may import whom
	$(BIN)/lint-imports

docs: $(VENV)/ready            ## write the generated pages
	$(BIN)/python docs/generate.py

docs-check: $(VENV)/ready      ## are they up to date?
	$(BIN)/python docs/generate.py --check

bench: $(VENV)/dev-ready       ## short benchmarks with their floors
	$(BIN)/python -m benchmarks

check: lint types contracts docs-check   ## everything that needs no run

wheel: $(VENV)/dev-ready       ## dist/*.whl
	rm -rf dist
	$(BIN)/python -m hatchling build -t wheel

# the suite on the built wheel, with another Python: make test-wheel WHEEL_PYTHON=python3.13
WHEEL_PYTHON ?= python3
WHEEL_VENV := .venv-wheel
test-wheel: wheel $(PEERS)/ready ## the tests on the built wheel in a clean environment
	WHEEL_PYTHON=$(WHEEL_PYTHON) WHEEL_VENV=$(WHEEL_VENV) sh tests/on_wheel.sh

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/ready: requirements/runtime.txt requirements/build.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install $(PIP_FLAGS) -r requirements/runtime.txt -r requirements/build.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/dev-ready: requirements/dev.txt $(VENV)/ready
	$(BIN)/pip install $(PIP_FLAGS) -r requirements/dev.txt
	touch $@

$(PEERS)/ready: requirements/peers.txt
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/pip install $(PIP_FLAGS) -r requirements/peers.txt
	touch $@

peers: $(PEERS)/ready          ## pywb, which replays our files in the tests

# needs uv; locks for every Python from 3.11 on
LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet
lock:                          ## write requirements/*.txt anew
	$(LOCK) pyproject.toml -o requirements/runtime.txt
	$(LOCK) pyproject.toml --extra render --constraint requirements/runtime.txt -o requirements/render.txt
	$(LOCK) pyproject.toml --group dev -o requirements/dev.txt
	$(LOCK) --group peers -o requirements/peers.txt
	$(LOCK) --group build --constraint requirements/dev.txt -o requirements/build.txt

clean:
	rm -rf $(VENV) $(PEERS) $(WHEEL_VENV) dist data-demo
