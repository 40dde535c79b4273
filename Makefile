# Radalike's two commands are `make demo` and `make test`; `make help` lists the rest.
PYTHON ?= python3.11
SERVE ?= 1
PORT ?= 8501
DEMO ?= demo
JOBS ?= 2
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet --constraint constraints.txt

.DEFAULT_GOAL := help
.PHONY: help install demo test lint fuzz bench clean

help:  ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv/bin/python:
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
		echo 'Python has no venv module. On Debian: apt install python3-venv' >&2; exit 3; }
	$(PYTHON) -m venv .venv

.venv/.runtime: .venv/bin/python pyproject.toml constraints.txt
	@echo 'Installing radalike into .venv (a few minutes the first time)'
	$(PIP) --editable .
	@touch $@

.venv/.test: .venv/.runtime
	$(PIP) --editable '.[test]'
	@touch $@

.venv/.lint: .venv/.test
	$(PIP) --editable '.[lint]'
	@touch $@

install: .venv/.runtime  ## create .venv and install radalike into it

demo: .venv/.runtime  ## ingest a sample, print similar images, serve the search page (SERVE=0: do not serve)
	@BIN=$(BIN) DEMO=$(DEMO) PORT=$(PORT) SERVE=$(SERVE) sh deploy/demo.sh

test: .venv/.test  ## install what is missing and run the whole quick suite (JOBS=2 processes)
	$(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadfile $(ARGS)

lint: .venv/.lint  ## ruff, mypy --strict and the import layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fuzz: .venv/.test  ## 5,000 mutated files through the whole ingest
	$(BIN)/python -m pytest -m fuzz

bench: .venv/.test  ## every benchmark, as ratios (JSON)
	$(BIN)/python -m benchmarks

clean:  ## remove the environment and the demo
	rm -rf .venv $(DEMO)
