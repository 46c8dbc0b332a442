# The few verbs of the kit; `make` alone lists them. Works with GNU Make 3.81 and newer.
# Set-up needs python3 (3.11 or newer), venv and make; see labapp/desk/install.py for what it does.

VENV ?= .venv
LOCK ?= requirements.lock
BUILD ?= build

PY := $(VENV)/bin/python
BASE := $(VENV)/.labapp-base
TEST := $(VENV)/.labapp-test
PYTEST := $(PY) -m pytest --junitxml=$(BUILD)/junit
# Tests of services mostly wait: two files at a time take half as long, on two cores too.
JOBS ?= 2
SIDE_BY_SIDE = -n $(JOBS) --dist loadfile

# Where this is set, Python compiles every import from source: everything starts 2 to 4 times slower.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help lab setup test check bench soak build clean relock force \
        test-kit test-own-redis test-notebooks test-browser

help:            ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

lab: $(BASE)     ## open JupyterLab on your copies of the notebooks; Ctrl-C ends it (ARGS=--help)
	@$(PY) -m labapp lab $(ARGS)

test: $(TEST)    ## prove everything: unit and integration tests, notebooks, a browser
	@rm -rf $(BUILD)/junit
	@$(MAKE) -k --no-print-directory test-kit test-own-redis test-notebooks test-browser; \
	outcome=$$?; $(PY) tests/shares.py $(BUILD)/junit; exit $$outcome

check: $(TEST)   ## lint, types, arrows, unit tests and one lab, in under two minutes
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PYTEST)/check.xml tests -m "unit or one_lab"

bench: $(TEST)   ## measure: start, restart, memory, recovery, lanes, push, events, checks (PART=)
	$(PY) -m tests.bench $(PART)

soak: $(TEST)    ## repeat and count (PART=name for one)
	$(PY) -m tests.soak $(PART)

build: $(TEST)   ## run the notebooks whose source changed, store their outputs (ALL=1: every one)
	$(PY) -m labapp build $(if $(ALL),--all)

setup: $(BASE)   ## only install what a learner needs

clean:           ## end your labs; remove .venv, build/ and caches; my/ stays
	@if [ -x $(PY) ]; then $(PY) -m labapp clean || true; fi
	@if [ -e $(VENV)/.labapp-checkout ]; then rm -rf $(VENV); fi
	rm -rf $(BUILD) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .grimp_cache

# The lanes of `make test`, each with a JUnit file; all of them run, whichever fails.
test-kit:
	$(PYTEST)/kit.xml $(SIDE_BY_SIDE) tests --ignore=tests/notebooks --ignore=tests/browser
test-own-redis:
	LABAPP_REDIS_SERVER=path $(PYTEST)/own-redis.xml $(SIDE_BY_SIDE) tests/lab
test-notebooks:
	$(PYTEST)/notebooks.xml tests/notebooks
test-browser:
	$(PYTEST)/browser.xml tests/browser

# Authors: new exact versions, after a change of pyproject.toml. Needs uv; writes no index host.
relock:
	printf 'hatchling\neditables\nuv\n' | uv pip compile --universal --python-version 3.11 \
	  --extra test --no-annotate --no-emit-index-url --custom-compile-command 'make relock' \
	  $(UPGRADE) -o requirements.lock pyproject.toml -

# Set-up. It runs again when pyproject.toml or the lock changed, when the checkout has moved, or
# when the interpreter below the virtual environment has gone (an upgrade of the system's Python).
again := $(shell test -x $(PY) && grep -qxF "$(CURDIR)" $(VENV)/.labapp-checkout 2>/dev/null || echo force)

# The first Python on PATH that is new enough; expanded only when a set-up runs.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

$(BASE): pyproject.toml $(LOCK) $(again)
	@$(call install,base)
$(TEST): pyproject.toml $(LOCK) $(again)
	@$(call install,test)

define install
if [ -z "$(PYTHON)" ]; then \
  echo "No Python 3.11 or newer was found; python3 is: $$(python3 --version 2>&1 || true)"; \
  echo "Install one (apt install python3.12 python3.12-venv; brew install python@3.13), or"; \
  echo "name one (make $(MAKECMDGOALS) PYTHON=/path/to/python3.12), or use conda (README.md)."; \
  exit 1; fi; \
"$(PYTHON)" -I labapp/desk/install.py $(1) --venv "$(VENV)" --lock "$(LOCK)"
endef
