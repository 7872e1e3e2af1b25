# Everything happens in one environment, .venv, which `make .venv` makes and fills.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
.PHONY: help .venv demo test lint lab bench cassettes constraints clean

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.filled
ARGS ?=

help:  ## Say what there is to do
	@sed -n 's/^\([.a-z]*\):.*## /\1\t/p' Makefile | sort | awk -F'\t' '{printf "make %-12s %s\n", $$1, $$2}'

.venv: $(STAMP)  ## Make and fill the environment that everything else uses

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
	  echo "flowroute_nb needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) --version 2>&1). Install one, or say make PYTHON=python3.12 …" >&2; exit 1; }
	rm -f $@
	if [ ! -x $(BIN)/python ] || ! $(BIN)/python -m pip --version >/dev/null 2>&1; then
	  rm -rf .venv
	  if ! $(PYTHON) -c 'import ensurepip' 2>/dev/null && ! $(PYTHON) -m pip --version >/dev/null 2>&1; then
	    if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	      apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv >&2
	    else
	      echo "Neither venv nor pip is there. Install one of them: apt-get install python3-venv" >&2; exit 1
	    fi
	  fi
	  if $(PYTHON) -c 'import ensurepip' 2>/dev/null; then
	    $(PYTHON) -m venv .venv
	  else
	    $(PYTHON) -m venv --without-pip .venv
	    $(PYTHON) -m pip --python $(BIN)/python install --quiet pip
	  fi
	fi
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt -e '.[test]'
	touch $@

demo: $(STAMP)  ## Send a text, see its record, read a month: on a sandbox, over real HTTP
	@$(BIN)/flowroute-nb demo

test: $(STAMP)  ## Run every test (ARGS=… for pytest)
	$(BIN)/python -m pytest $(ARGS)

lint: $(STAMP)  ## Check style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

lab: $(STAMP)  ## Open the notebooks in JupyterLab, with a sandbox in its environment
	$(BIN)/flowroute-nb sandbox --run -- $(BIN)/jupyter lab notebooks $(if $(filter 0,$(shell id -u)),--allow-root) $(ARGS)

bench: $(STAMP)  ## Measure speed and memory
	for each in tests/benchmarks/*.py; do $(BIN)/python $$each; done

cassettes: $(STAMP)  ## Record the cassettes from the sandbox, or with FROM=live from Flowroute itself
	FLOWROUTE_NB_RECORD=$(or $(FROM),sandbox) $(BIN)/python -m pytest tests/test_cassettes.py $(ARGS)

constraints: $(STAMP)  ## Choose the versions in constraints.txt anew
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --upgrade --python-version 3.11 --all-extras \
	  --no-emit-index-url --no-emit-find-links --no-annotate --no-header pyproject.toml -o constraints.txt

clean:  ## Remove the environment and everything made
	rm -rf .venv dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage* htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
