# Everything happens in one environment, .venv, which `make .venv` makes and fills.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
.PHONY: help .venv demo test chromium pictures engines lint app lab bench fidelity cassettes constraints clean

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.filled
ARGS ?=
PIP := PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip

# The stamp holds the folder that .venv was filled for: one that was copied or moved would run another checkout's package.
ifneq ($(shell cat $(STAMP) 2>/dev/null),$(CURDIR))
.PHONY: $(STAMP)
endif

help:  ## Say what there is to do
	@sed -n 's/^\([.a-z]*\):.*## /\1\t/p' Makefile | sort | awk -F'\t' '{printf "make %-12s %s\n", $$1, $$2}'

.venv: $(STAMP)  ## Make and fill the environment that everything else uses

$(STAMP): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || {
	  echo "There is no $(PYTHON). Install Python 3.11 or newer (Debian: apt-get install python3), or say make PYTHON=…" >&2; exit 1; }
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
	  echo "flowroute_nb needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) --version 2>&1). Install one, or say make PYTHON=python3.12 …" >&2; exit 1; }
	if [ -e $@ ] && [ "$$(cat $@)" != "$(CURDIR)" ]; then rm -rf .venv; fi
	rm -f $@
	if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then
	  rm -rf .venv
	  has_venv() { $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; }
	  has_pip() { $(PYTHON) -m pip --python "$$(command -v $(PYTHON))" --version >/dev/null 2>&1; }  # --python: pip 22.3
	  if ! has_venv && ! has_pip && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	    echo "Installing python3-venv …" >&2
	    export DEBIAN_FRONTEND=noninteractive
	    apt-get update -qq >&2 && apt-get install -y -qq --no-install-recommends python3-venv >&2 || true
	  fi
	  if has_venv; then
	    $(PYTHON) -m venv .venv
	  elif has_pip; then
	    $(PYTHON) -m venv --without-pip .venv
	    $(PYTHON) -m pip --python $(BIN)/python install --quiet pip
	  else
	    echo "$(PYTHON) has neither venv nor a pip of 22.3 or newer. Install one of them, as root: apt-get install python3-venv" >&2; exit 1
	  fi
	fi
	echo "Filling .venv, about half a minute …" >&2
	$(PIP) install --quiet --no-compile -c constraints.txt -e '.[test]'
	echo "$(CURDIR)" > $@

demo: $(STAMP)  ## Send a text, see its record, read a month: on a sandbox, over real HTTP
	@$(BIN)/flowroute-nb demo

test: $(STAMP) $(if $(strip $(ARGS)),,chromium)  ## Run every test, and measure what they cover (ARGS=… for pytest: then a part)
ifeq ($(strip $(ARGS)),)
	@output=$$(mktemp -d)
	trap 'rm -rf "$$output"; kill $$(jobs -p) 2>/dev/null || true' EXIT
	$(BIN)/coverage erase
	measured() { $(BIN)/coverage run --parallel-mode -m pytest "$$@"; }
	costs_and_forms() {
	  failed=0
	  measured tests/costs || failed=1
	  $(BIN)/python -m pytest -n 2 --dist worksteal tests/browser || failed=1  # last: two processes keep two cores busy
	  return $$failed
	}
	costs_and_forms >"$$output/1" 2>&1 & first=$$!  # three parts side by side: most tests wait for answers
	measured tests/test_[p-s]*.py >"$$output/2" 2>&1 & second=$$!
	failed=0
	measured --ignore=tests/browser --ignore=tests/costs --ignore-glob='tests/test_[p-s]*.py' || failed=1
	wait $$first || failed=1
	wait $$second || failed=1
	cat "$$output/1" "$$output/2"
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report
	[ $$failed = 0 ]
else
	$(BIN)/python -m pytest $(ARGS)
endif

chromium:  ## Install the browser that the tests of forms drive, if it is missing and this is root on Debian
	@has_browser() { command -v chromium chromium-browser google-chrome google-chrome-stable >/dev/null; }
	if ! has_browser && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	  echo "Installing chromium, which the tests of forms drive …" >&2
	  export DEBIAN_FRONTEND=noninteractive
	  apt-get update -qq >&2 && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >&2 || true
	fi
	has_browser || {
	  echo "The tests of forms drive a browser. Install one, as root: apt-get install chromium" >&2; exit 1; }

pictures: $(STAMP)  ## Draw every picture in light and dark, narrow and wide, for somebody to look at, into scratch/pictures
	$(BIN)/python tests/pictures.py

engines: $(STAMP)  ## Sum costs up on Spark and on Dask, each a cluster of processes on this machine
	@command -v java >/dev/null || {
	  echo "Spark runs on Java 17. Install it, as root: apt-get install openjdk-17-jre-headless" >&2; exit 1; }
	$(PIP) install --no-compile --quiet -c constraints.txt -e '.[spark]'
	$(BIN)/python -m pytest tests/costs/clusters.py $(ARGS)

lint: $(STAMP)  ## Check style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

app: $(STAMP)  ## Show the forms as a page in a browser, on a sandbox
	$(BIN)/flowroute-nb app $(ARGS)

lab: $(STAMP)  ## Open the notebooks in JupyterLab, with a sandbox in its environment
	$(BIN)/flowroute-nb sandbox --run -- $(BIN)/jupyter lab notebooks $(if $(filter 0,$(shell id -u)),--allow-root) $(ARGS)

bench: $(STAMP)  ## Measure speed and memory
	@shopt -s nullglob
	for each in tests/benchmarks/*.py; do echo "$$each"; $(BIN)/python "$$each"; done

fidelity: $(STAMP)  ## Rebuild tests/FIDELITY.md and the table of quirks, and see that every version mapping is proven
	$(BIN)/python tests/fidelity.py --mappings

cassettes: $(STAMP)  ## Record the cassettes from the sandbox, or with FROM=live from Flowroute itself; then play them
	@from=$(or $(FROM),sandbox)
	case $$from in
	  sandbox) ;;
	  live)
	    missing=()
	    for name in FLOWROUTE_ACCESS_KEY FLOWROUTE_SECRET_KEY FLOWROUTE_FROM FLOWROUTE_TO; do
	      [ -n "$${!name:-}" ] || missing+=("$$name")
	    done
	    [ $${#missing[@]} = 0 ] || {
	      echo "To record from Flowroute itself, put $${missing[*]} into the environment. It sends real texts, which cost money." >&2; exit 1; } ;;
	  *) echo "FROM=$$from is neither sandbox nor live." >&2; exit 1 ;;
	esac
	FLOWROUTE_NB_RECORD=$$from $(BIN)/python -m pytest tests/test_cassettes.py $(ARGS)
	$(BIN)/python -m pytest -q tests/test_cassettes.py $(ARGS)

constraints: $(STAMP)  ## Choose the versions in constraints.txt anew
	$(PIP) install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --upgrade --python-version 3.11 --all-extras \
	  --no-emit-index-url --no-emit-find-links --no-annotate --no-header pyproject.toml -o constraints.txt

clean:  ## Remove the environment and everything made
	rm -rf .venv dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage* htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
