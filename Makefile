# Every task of this repository. `make` alone lists them; ARGS is handed on by the tasks whose help names it.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help serve web docs test audit mutants lint format types schema lock bench pictures notebooks wheel clean
.PHONY: needs before-tests styled audited provided web-side web-checked web-tested tested

VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime-installed
DEV := $(VENV)/.dev-installed

WEB := client/web
WEB_MODULES := $(WEB)/node_modules/.installed
APP := server/tunix_rt/web/app/index.html
GRAPHIQL := server/tunix_rt/web/graphiql/index.html
PAGES := $(APP) $(GRAPHIQL)
WEB_SOURCES = $(shell find $(WEB) \( -name node_modules -o -name dist -o -name test-results \) -prune -o -type f -print)

# Looked for only when a virtual environment has to be made.
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3; do \
	if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$name; break; fi; done)

COVERAGE := build/coverage
# Percent of the server's lines, and of its branches, that the tests have to run; the goal is 95 90.
WANTED := 95 90
# tests/support/distribution.py decides the number of processes, the groups of tests and their order.
IN_PARALLEL := -n auto --dist loadgroup --no-loadscope-reorder
# Hundreds of processes of the tests import the server: where the shell forbids bytecode, each would compile it again.
COMPILED_ONCE := env -u PYTHONDONTWRITEBYTECODE
# The suite has a limit of time: what costs most is named at its end.
SLOWEST := --durations=40 --durations-min=2

PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
COMPILE := CUSTOM_COMPILE_COMMAND='make lock' $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host

help: ## Show this list
	@echo 'Usage: make TASK [ARGS="..."]'
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-9s %s\n", $$1, $$2 }' Makefile

serve: $(RUNTIME) $(PAGES) ## Run the server, installing what it needs first (ARGS: options of `tunix-rt serve`)
	@exec $(BIN)/tunix-rt serve $(ARGS)

web: $(PAGES) ## Build the pages that the server shows

docs: $(DEV) ## Build the documentation's site into build/docs/site, and check its links
	@PYTHONPATH=client/python $(BIN)/python -m tests.tools.site

test: needs $(if $(strip $(ARGS)),lint $(PAGES) provided,before-tests) ## Run every check and every test, installing what they need (ARGS: options of pytest, for some tests alone)
ifeq ($(strip $(ARGS)),)
	@$(MAKE) --no-print-directory --jobs=2 types tested
else
	$(BIN)/python -m pytest $(ARGS)
endif

# The types are checked beside the tests, which wait for processes and pages part of their time.
tested:
	@rm -rf $(COVERAGE) && mkdir -p $(COVERAGE)
	$(COMPILED_ONCE) $(BIN)/python -m coverage run -m pytest $(IN_PARALLEL) $(SLOWEST)
	@$(BIN)/python -m coverage combine --quiet
	@$(BIN)/python -m tests.tools.gate $(WANTED)

# Side by side: while pip installs, which takes longest, the web client is installed, checked, built and tested.
before-tests:
	@$(MAKE) --no-print-directory --jobs=2 styled web-side audited provided

# One after the other, in the place of one job: none may keep pip from going on.
web-side:
	@MAKEFLAGS='$(filter-out -j% --jobserver%,$(MAKEFLAGS))' $(MAKE) web-checked $(PAGES) web-tested

styled: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

web-checked: $(WEB_MODULES)
	cd $(WEB) && npm run --silent lint && npm run --silent typecheck

web-tested: $(WEB_MODULES)
	cd $(WEB) && npm run --silent test

audited: $(DEV)
	$(BIN)/python -m tests.tools.audit --offline

# Before anything is installed: all that is missing and cannot be brought, at once.
needs:
	@tests/tools/provide.sh '$(or $(wildcard $(BIN)/python),$(PYTHON))' needs

provided: $(DEV)
	@tests/tools/provide.sh $(BIN)/python postgresql chromium nginx ray slurm

audit: $(DEV) $(WEB_MODULES) ## Look for known vulnerabilities, secrets and unsafe code; write what the wheel is made of into dist/
	$(BIN)/python -m tests.tools.audit

mutants: $(DEV) ## Change a module and see whether its tests notice (ARGS: [--sample N] domain/text.py tests/domain/test_json_text.py)
	$(BIN)/python -m tests.tools.mutants $(ARGS)

lint: styled types web-checked ## Check style and types, without changing anything

types: $(DEV) ## Check the types of the Python code alone
	$(BIN)/mypy

format: $(DEV) ## Format the Python code, and apply the fixes that are safe
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

schema: $(RUNTIME) ## Write schema.graphql from the code
	$(BIN)/tunix-rt schema > schema.graphql.new && mv schema.graphql.new schema.graphql

lock: $(DEV) ## Bring requirements/ up to date with pyproject.toml (ARGS: --upgrade, or --upgrade-package NAME)
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { \
		echo 'The locks are made with the oldest Python supported: make clean, then make lock PYTHON=python3.11' >&2; exit 1; }
	$(COMPILE) $(ARGS) --output-file requirements/runtime.txt pyproject.toml
	$(COMPILE) $(ARGS) --constraint requirements/runtime.txt --extra answers --extra dev --extra parquet --extra storage --extra tunix \
		--output-file requirements/dev.txt pyproject.toml
	$(COMPILE) $(ARGS) --constraint requirements/dev.txt --output-file requirements/postgresql.txt requirements/postgresql.in
	$(COMPILE) $(ARGS) --constraint requirements/dev.txt --output-file requirements/nginx.txt requirements/nginx.in
	$(COMPILE) $(ARGS) --output-file requirements/ray.txt requirements/ray.in

bench: $(DEV) ## Measure speed against the budget (ARGS: options of the benchmarks)
	PYTHONPATH=client/python $(BIN)/python -m tests.benchmarks $(ARGS)

pictures: $(DEV) $(PAGES) ## Take the pictures of the web client in docs/images/web (ARGS: names of pages)
	$(BIN)/python -m tests.tools.pictures $(ARGS)

notebooks: $(DEV) ## Execute the notebooks in client/notebooks and store their outputs (ARGS: names of notebooks)
	$(BIN)/python -m tests.tools.notebooks $(ARGS)

wheel: $(DEV) $(PAGES) ## Build the wheel into dist/
	$(BIN)/python -m build --wheel --no-isolation
	$(BIN)/python -m tests.tools.audit --offline

clean: ## Remove everything that was built or installed here
	rm -rf $(VENV) build dist server/tunix_rt/web $(WEB)/node_modules $(WEB)/dist tests/audits/node_modules
	rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache test-results
	find server client migrations tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Without its package python3-venv, Debian's Python leaves half an environment behind: take that away again.
$(BIN)/python:
	@test -n '$(PYTHON)' || { echo 'Python 3.11 or newer is needed. To name one: make PYTHON=/path/to/python3' >&2; exit 1; }
	@tests/tools/provide.sh $(PYTHON) venv
	@echo 'Making $(VENV) with $(PYTHON)'
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo 'A virtual environment could not be made. On Debian or Ubuntu: apt-get install python3-venv' >&2; exit 1; }

$(RUNTIME): requirements/runtime.txt pyproject.toml | $(BIN)/python
	@echo 'Installing the server'
	@$(PIP_INSTALL) --require-hashes --requirement requirements/runtime.txt
	@$(PIP_INSTALL) --no-deps --editable .
	@touch $@

# Most of its 20,000 modules are never imported; the others are compiled when they are.
$(DEV): requirements/dev.txt $(RUNTIME)
	@echo 'Installing the tools of development'
	@$(PIP_INSTALL) --no-compile --require-hashes --requirement requirements/dev.txt
	@touch $@

# An older Node.js would install everything, and then end the build with a stack trace.
$(WEB_MODULES): $(WEB)/package-lock.json $(WEB)/package.json
	@command -v npm >/dev/null || { echo 'Node.js 20.19 or newer, with npm, is needed to build the pages.' >&2; exit 1; }
	@node --version | awk -F '[v.]' '{ fits = $$2 > 20 || ($$2 == 20 && $$3 >= 19) } END { exit !fits }' || { \
		echo "Node.js 20.19 or newer is needed to build the pages; this is $$(node --version)." >&2; exit 1; }
	cd $(WEB) && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(APP): $(WEB_MODULES) $(WEB_SOURCES)
	cd $(WEB) && npm run --silent build:app
	@touch $@

$(GRAPHIQL): $(WEB_MODULES) $(WEB_SOURCES)
	cd $(WEB) && npm run --silent build:graphiql
	@touch $@
