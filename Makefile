# Needs Python 3.10 to 3.13 and GNU make; everything else is installed into .venv, as pinned by the lock file.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCKER := .venv-lock
PIP_INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps
PYTEST = $(BIN)/python -m pytest

# Another backend or generation of Keras each; locked for Python 3.11, the newest that all of them run on.
ENVIRONMENTS := keras3-jax keras3-torch tensorflow-2.16 keras2-tensorflow-2.15 tf-keras
ENVIRONMENT_PYTHON ?= $(PYTHON)

# forecast.py is broken on purpose, to show an error.
DEMO ?= fixtures/workspaces/tour

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint types pytest format editors pipelines client client-checks vsix e2e e2e-checks corpus bench soak reference lock clean \
	environments environments-test lock-environments $(ENVIRONMENTS:%=environment-%)

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1: /p' $(MAKEFILE_LIST) | awk -F ': ' '{ printf "  make %-18s %s\n", $$1, $$2 }'

setup: $(VENV)/.stamp ## Make .venv; does nothing where it is up to date

# Cleared first, so that a package which left the lock file leaves the environment too.
$(VENV)/.packages: requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13) and \
	  "Python 3.10 to 3.13 is needed, not " + sys.version.split()[0] + "; name another with make PYTHON=...")'
	@echo "Creating $(VENV) and installing the locked packages, TensorFlow among them; this takes a minute or two."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(PIP_INSTALL) --require-hashes --requirement requirements-dev.lock
	@touch $@

$(VENV)/.stamp: $(VENV)/.packages pyproject.toml
	@echo "Installing shapelens into $(VENV)."
	@$(PIP_INSTALL) --no-build-isolation --editable .
	@touch $@

# The broken one makes check return 1, as does a Python that cannot even import the command: hence the first line.
demo: setup ## Show the shapes of some models; one of them is broken on purpose
	@$(BIN)/python -c 'import shapelens.__main__'
	@$(BIN)/shapelens check $(DEMO) || test $$? -eq 1

test: lint types client pytest ## Everything that must pass before a merge

lint: setup ## Style and formatting
	@echo "ruff check"; $(BIN)/ruff check --quiet
	@echo "ruff format --check"; $(BIN)/ruff format --check --quiet

types: setup ## Static types
	@echo "mypy"; $(BIN)/mypy

# On two processes: most tests wait for one that evaluates. The tests of one file stay together, see tests/conftest.py.
pytest: setup ## The tests alone
	@$(PYTEST) -q --numprocesses=2 --dist=loadfile

# Without an editor its tests are skipped. Emacs brings eglot along from version 29 on.
HAS_EGLOT = emacs --batch -f package-initialize --eval '(kill-emacs (if (locate-library "eglot") 0 1))' >/dev/null 2>&1
HAS_EDITORS = command -v nvim >/dev/null && $(HAS_EGLOT)
APT_INSTALL = DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -qq --no-install-recommends

editors: ## Install Neovim and Emacs, which tests/editors drives (Debian, as root)
	@if $(HAS_EDITORS); then :; \
	elif ! command -v apt-get >/dev/null || test "$$(id -u)" != 0; then \
	  echo "Not installed: nvim, or emacs with eglot. Their tests are skipped; on Debian: neovim emacs-nox elpa-eglot."; \
	else \
	  echo "Installing Neovim and Emacs."; \
	  { apt-get update -qq && $(APT_INSTALL) neovim emacs-nox && { $(HAS_EGLOT) || $(APT_INSTALL) elpa-eglot; }; } \
	    >/dev/null || echo "They could not be installed; their tests are skipped."; fi

# Into temporary folders, with packages from the index that pip uses.
PIPELINES := .environments/pipelines

$(PIPELINES)/.stamp: tests/editors/pipelines.txt
	@$(PYTHON) -m venv --clear $(PIPELINES)
	@$(PIPELINES)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement $<
	@touch $@

pipelines: setup $(PIPELINES)/.stamp ## Install and run the GitHub Action and the pre-commit hook
	@SHAPELENS_PIPELINES=$(CURDIR)/$(PIPELINES) $(PYTEST) tests/editors/test_pipelines.py -q

format: setup ## Put the code in form
	@$(BIN)/ruff check --fix --quiet; $(BIN)/ruff format --quiet

# The extension for VS Code. Its tools come from the registry that npm uses, as pinned by its own lock file.
CLIENT := vscode-client
NPM = npm --prefix $(CLIENT) --no-update-notifier
HAS_NODE = command -v npm >/dev/null && node -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)'

$(CLIENT)/node_modules/.stamp: $(CLIENT)/package-lock.json
	@echo "Installing the tools of the extension."
	@$(NPM) ci --silent
	@touch $@

client: ## Style, types and unit tests of the extension
	@if $(HAS_NODE); then $(MAKE) --no-print-directory client-checks; \
	else echo "Not checked: the extension for VS Code, for want of Node 20 or newer."; fi

client-checks: $(CLIENT)/node_modules/.stamp
	@echo "eslint, prettier"; $(NPM) run --silent lint
	@echo "tsc"; $(NPM) run --silent types
	@echo "unit tests of the extension"; $(NPM) run --silent test

vsix: setup $(CLIENT)/node_modules/.stamp ## Make the extension: vscode-client/shapelens-VERSION.vsix
	@$(BIN)/python $(CLIENT)/scripts/bundle.py
	@$(NPM) run --silent build
	@$(NPM) run --silent package
	@SHAPELENS_PYTHONS=$(CURDIR)/$(BIN)/python $(NPM) run --silent test:package

# prepare.sh exits with 77, after one line that says why, where they cannot run.
e2e: setup ## The extension in a real workbench, shown in Chromium
	@status=0; $(CLIENT)/test/e2e/prepare.sh || status=$$?; \
	case $$status in 0) $(MAKE) --no-print-directory e2e-checks;; 77) ;; *) exit $$status;; esac

e2e-checks: vsix
	@echo "eslint, prettier, tsc of the tests in the workbench"; $(NPM) --prefix $(CLIENT)/test/e2e run --silent lint
	@$(NPM) --prefix $(CLIENT)/test/e2e test --silent

# An empty -m takes the marks of the other targets away.
corpus: setup ## Evaluate every program of the corpus beside its plain run
	@$(PYTEST) tests/corpus -m "" --timeout=0 -q

bench: setup ## Measure speed
	@$(PYTEST) -m bench --timeout=0 -s

soak: setup ## Run for minutes and look for leaks
	@$(PYTEST) -m soak --timeout=0 -s

# One resolution for every system and for Python 3.10 and newer. The file names no index, so any mirror will do.
UV_COMPILE = env -u UV_INDEX -u UV_EXTRA_INDEX_URL -u UV_FIND_LINKS $(LOCKER)/bin/uv pip compile --quiet --upgrade \
	--universal --no-python-downloads --no-annotate --no-emit-index-url --no-emit-find-links
COMPILE = $(UV_COMPILE) --python-version 3.10 --generate-hashes --custom-compile-command "make lock" pyproject.toml
NO_INDEX = '://|--(find-links|index|extra-index)|file:|^(/|\./)'

$(LOCKER)/bin/uv:
	@$(PYTHON) -m venv $(LOCKER)
	@$(LOCKER)/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9'

reference: setup ## Write the references of diagnostics and settings anew, from their declarations
	@$(BIN)/python -m shapelens.diagnostics.reference
	@$(BIN)/python -m shapelens.settings.reference

lock: $(LOCKER)/bin/uv ## Resolve the dependencies anew
	@$(COMPILE) --output-file requirements.lock
	@$(COMPILE) --extra tensorflow --extra dev --output-file requirements-dev.lock
	@$(UV_COMPILE) --python-version 3.10 --generate-hashes --custom-compile-command "make lock" \
	  tests/editors/pipelines.in --output-file tests/editors/pipelines.txt
	@! grep -nE $(NO_INDEX) requirements.lock requirements-dev.lock tests/editors/pipelines.txt

environments: $(ENVIRONMENTS:%=environment-%) ## Make the environments of environments-test, 7 GB

$(ENVIRONMENTS:%=environment-%): environment-%: .environments/%/.stamp

.environments/%/.stamp: tests/environments/%.txt
	@$(ENVIRONMENT_PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and \
	  "Python 3.11 is needed, not " + sys.version.split()[0] + "; name it with make ENVIRONMENT_PYTHON=...")'
	@echo "Creating .environments/$*; this takes a minute."
	@$(ENVIRONMENT_PYTHON) -m venv --clear .environments/$*
	@.environments/$*/bin/python -m pip install --quiet --disable-pip-version-check --no-cache-dir \
	  $(if $(filter %-torch,$*),,--no-deps --require-hashes) --requirement $<
	@touch $@

environments-test: setup ## The fixtures in each of these environments that is there
	@$(PYTEST) -q -m environments --numprocesses=2 --dist=loadfile

# PyTorch's wheels differ by what they compute with, and so do their hashes and the libraries that they need.
lock-environments: $(LOCKER)/bin/uv ## Resolve the environments anew
	@for name in $(ENVIRONMENTS); do \
	  hashes=--generate-hashes; case $$name in *-torch) hashes=--no-annotate;; esac; \
	  $(UV_COMPILE) --python-version 3.11 $$hashes --custom-compile-command "make lock-environments" \
	    tests/environments/$$name.in --output-file tests/environments/$$name.txt || exit 1; done
	@sed -i.orig -E '/^(cuda|nvidia|triton)[a-z0-9-]*==/d' tests/environments/keras3-torch.txt
	@rm -f tests/environments/*.orig
	@! grep -nE $(NO_INDEX) tests/environments/*

clean: ## Remove everything that was made here
	@rm -rf $(CLIENT)/node_modules $(CLIENT)/out $(CLIENT)/bundled $(CLIENT)/*.vsix
	@cd $(CLIENT)/test/e2e && rm -rf node_modules .extensions .environments .failures
	@rm -rf $(VENV) $(LOCKER) .environments .mypy_cache .pytest_cache .ruff_cache build dist
	@find server tests -name __pycache__ -type d -prune -exec rm -rf {} +
