# The commands of this project. Everything is installed into the checkout: uv into .uv/, Python and its packages into .venv/.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

PYTHON ?= python3
WORKERS ?= 2
UV_VERSION := 0.13.9
UV := .uv/bin/uv
export UV_PYTHON_DOWNLOADS := never
BIN := .venv/bin
SYNC := $(UV) pip sync --quiet --require-hashes --python $(BIN)/python

RUN := .venv/.installed-run
TEST := .venv/.installed-test
PEERS := build/peers
FONT := quizsvc/web/static/fonts/stix-two-math.woff2

TYPED := $(wildcard problems quizsvc manage.py migrations bench examples tools)

.PHONY: help setup setup-test run test soak check format-check lint types contracts format bench lock upgrade clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r target what; do \
		printf '  make %-12s %s\n' "$$target" "$$what"; done

setup: $(RUN) $(FONT) ## install what running needs into .venv/

setup-test: $(TEST) $(FONT) ## install what testing needs too, Debian's Chromium included
	@tools/debian-packages.sh

run: setup ## start the service with the demo course; PORT and DATABASE_URL are honoured
	@$(BIN)/python manage.py db upgrade
	@$(BIN)/python manage.py demo
	@exec $(BIN)/python manage.py serve

test: setup-test check ## everything a change must pass: format, lint, types, import contracts, tests with coverage
	$(BIN)/pytest -n $(WORKERS) --dist worksteal --cov

soak: setup-test ## the long forms of the proofs: a million honest steps, thousands of gradients (some 5 minutes)
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m soak

check: format-check lint types contracts ## format, lint, types and import contracts only

format-check: $(TEST)
	$(BIN)/ruff format --check .

lint: $(TEST)
	$(BIN)/ruff check .

types: $(TEST)
	$(BIN)/mypy $(TYPED)

contracts: $(TEST)
	$(BIN)/lint-imports

format: $(TEST) ## write the format, and repair what lint can repair by itself
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

bench: setup ## ratios against the limit and against peers, in one run
	@$(MAKE) --no-print-directory $(PEERS)/.installed || echo "The peers cannot be installed now: the bench goes on without."
	PYTHONPATH=$(PEERS) $(BIN)/python -m bench $(ARGS)

lock: $(UV) ## pin requirements/*.in into requirements/*.txt; versions stay where they still fit
	@mkdir -p build
	@for name in run test bench; do \
		pinned=requirements/$$name.txt; [ -e $$pinned ] || : > $$pinned; cp $$pinned build/pinned.txt; \
		$(UV) pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
			--custom-compile-command 'make lock' $(UPGRADE) requirements/$$name.in -o build/pinned.txt || exit 1; \
		cmp -s build/pinned.txt $$pinned || cp build/pinned.txt $$pinned; done
	@! grep -nE 'https?://|file://' requirements/*.txt

upgrade: ## pin the newest versions that requirements/*.in allow
	@$(MAKE) lock UPGRADE=--upgrade

clean: ## remove everything that these commands made, but no data
	rm -rf .uv .venv build htmlcov .coverage* .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis \
		.schemathesis $(dir $(FONT))stix-two-math.*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(UV): Makefile
	@$(PYTHON) -m venv .uv
	@.uv/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

$(BIN)/python: | $(UV)
	@$(UV) venv --quiet --allow-existing --python 3.11 .venv

# The test packages contain all that running needs: where they are installed, running does not take them away again.
$(RUN): requirements/run.txt | $(BIN)/python
	@[ $(TEST) -nt requirements/test.txt ] || { \
		echo "Installing requirements/run.txt into .venv/"; rm -f $(TEST); $(SYNC) requirements/run.txt; }
	@touch $@

$(TEST): requirements/test.txt | $(BIN)/python
	@echo "Installing requirements/test.txt into .venv/"
	@$(SYNC) requirements/test.txt
	@touch $@

# The peers of the bench are nobody else's concern: a folder of their own, that only it looks into.
$(PEERS)/.installed: requirements/bench.txt | $(BIN)/python
	@echo "Installing requirements/bench.txt into $(PEERS)/"
	@$(SYNC) --target $(PEERS) requirements/bench.txt
	@touch $@

$(FONT): tools/subset_font.py | $(RUN)
	@$(BIN)/python tools/subset_font.py
