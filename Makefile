# Everything a newcomer needs: `make run` and `make test`. Needs Python >= 3.11, make and a package index.

PYTHON ?= python3
BIN := .venv/bin
export SANZAO_PORT ?= 8000

# Python shall keep what it compiles, whatever the surroundings say: compiling all imports anew costs ten seconds.
export PYTHONDONTWRITEBYTECODE :=

# uv is taken from the path if it is there, else fetched into .uv/ from the package index.
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)

.DEFAULT_GOAL := help
.PHONY: help setup run test check fix bench lock clean

help: ## show what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | sort | awk -F'\t' '{printf "  make %-8s %s\n", $$1, $$2}'

.uv/bin/uv:
	@echo "uv is not here: fetching it from the package index"
	@$(PYTHON) -m venv .uv && .uv/bin/pip install --quiet --disable-pip-version-check uv

# The stamp is written last, so a set-up that was interrupted is done again.
.venv/.ready: requirements.lock pyproject.toml | $(filter .uv/bin/uv,$(UV))
	@echo "setting up .venv from requirements.lock"
	@test -x $(BIN)/python || $(UV) venv --quiet --python $(PYTHON) .venv
	@$(UV) pip sync --quiet --require-hashes --python $(BIN)/python requirements.lock
	@$(UV) pip install --quiet --no-deps --no-build-isolation --python $(BIN)/python --editable .
	@touch $@

setup: .venv/.ready ## build .venv from requirements.lock

run: setup ## build data, features and models where needed, then serve on SANZAO_PORT (8000)
	@$(BIN)/sanzao up

test: check ## check, then run every test
	@$(BIN)/pytest

check: setup ## lint, format and types; changes nothing
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

fix: setup ## mend what the linter and formatter can mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: setup ## run every side-by-side measurement
	@$(BIN)/sanzao bench --all

lock: $(filter .uv/bin/uv,$(UV)) ## resolve pyproject.toml into requirements.lock
	@$(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 --group dev --no-header pyproject.toml -o requirements.lock

clean: ## remove what was built, but not .venv
	@rm -rf var mlruns/mlflow.db mlruns/artifacts
