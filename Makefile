# All that is needed: python3 (3.11 or later) with venv, git, and make.
PYTHON ?= python3
VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
ENGINES := testdata/repos/engines/before
DEMO := .demo
ONE := || [ $$? -eq 1 ] # "there are changes", or "references are left": no failure

.PHONY: help test quick test-all browser demo golden bench docs man clean
help:
	@echo "make test    lint, types, layers and all tests"
	@echo "make quick   the tests that take no time, in half a minute"
	@echo "make test-all   all tests under each Python from 3.11 to 3.15 that is there (ARGS='-- -k word')"
	@echo "make demo    the bundled migration on a small project: the diff, then a branch of commits"
	@echo "make golden  rewrite testdata/repos/*/after from what unfork does today"
	@echo "make bench   time unfork and its peers on a million lines, fetched once: docs/benchmarks.md"
	@echo "make docs    the pages of docs/ as a site, in site/"
	@echo "make man     rewrite share/man/man1/unfork.1 and docs/options.md from the help of the commands"
	@echo "make clean   remove what the others made"

$(VENV)/.package: pyproject.toml
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'unfork needs Python 3.11 or later: make PYTHON=...')"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.package
	$(BIN)/python -m pip install --quiet --group dev
	@touch $@

test: $(VENV)/.dev browser
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/mypy --platform win32 --no-warn-unreachable --cache-dir .mypy_cache/windows
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest --numprocesses auto

quick: $(VENV)/.dev
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal -m "not slow" tests/unit tests/cases

$(VENV)/.nox: $(VENV)/.package
	$(BIN)/python -m pip install --quiet --group nox
	@touch $@

test-all: $(VENV)/.nox browser
	$(BIN)/nox $(ARGS)

browser:
	@sh tests/support/set_up_browser.sh

demo: $(VENV)/.package
	@echo "== unfork diff: what the migration 'execution-engines' would change"
	@$(BIN)/unfork diff -m execution-engines --root $(ENGINES) $(ONE)
	@rm -rf $(DEMO)
	@cp -R $(ENGINES) $(DEMO)
	@find $(DEMO) -name __pycache__ -exec rm -rf {} +
	@cd $(DEMO) && git init --quiet --initial-branch=main && git config user.name "unfork demo" \
	    && git config user.email demo@example.org && git config commit.gpgsign false \
	    && git config core.autocrlf false && git add --all --force . \
	    && git commit --quiet --message "Before"
	@echo
	@echo "== unfork apply --branch unforked: in a copy of it, $(DEMO)"
	@$(BIN)/unfork apply -m execution-engines --root $(DEMO) --branch unforked $(ONE)
	@echo
	@echo "== git log --reverse --stat main..unforked"
	@git -C $(DEMO) --no-pager log --reverse --stat main..unforked

golden: $(VENV)/.package
	$(BIN)/python tests/support/golden.py

$(VENV)/.bench: $(VENV)/.package
	$(BIN)/python -m pip install --quiet --group bench
	@touch $@

# BENCH="--help" lists the parts that can be run alone.
bench: $(VENV)/.bench
	$(BIN)/python tests/lab/benchmarks/run.py $(BENCH)

$(VENV)/.docs: $(VENV)/.package
	$(BIN)/python -m pip install --quiet --group docs
	@touch $@

docs: $(VENV)/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --clean

man: $(VENV)/.package
	$(BIN)/python tests/support/man_page.py
	$(BIN)/python tests/support/options_page.py

clean:
	rm -rf site $(VENV) $(DEMO) .nox .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
