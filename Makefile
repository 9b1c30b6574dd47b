# Two commands: `make demo` shows the main job, `make test` passes every test. Both set up what they need.
SHELL := /bin/bash
.DEFAULT_GOAL := help
BIN := .venv/bin
WORKERS ?= 2

.PHONY: help demo test check lint types floors tests tests-postgres ui ui-check docs bench clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

.venv/.ready-run: pyproject.toml constraints.txt scripts/setup.sh
	scripts/setup.sh run

.venv/.ready-test: pyproject.toml constraints.txt scripts/setup.sh
	scripts/setup.sh test
	@touch .venv/.ready-run

UI := src/xiancheng/site/dist/index.html
UI_SOURCES := $(shell find ui/src ui/public -type f) ui/index.html ui/package.json ui/package-lock.json ui/vite.config.ts

ui/node_modules/.ready: ui/package.json ui/package-lock.json
	cd ui && npm ci --silent
	@touch $@

$(UI): ui/node_modules/.ready $(UI_SOURCES)
	cd ui && npx vite build --logLevel warn
	@touch $@

ui: $(UI) ## build the web application into the package

ui-check: $(UI)
	cd ui && npx vue-tsc --noEmit && npx eslint src --max-warnings 0 && npx vitest run --passWithNoTests

demo: .venv/.ready-run $(UI) ## make the sample county, assess it, serve its site
	$(BIN)/xiancheng demo $(DEMO)

test: .venv/.ready-test lint types floors ui-check tests tests-postgres docs ## everything a change must pass

check: .venv/.ready-test lint types floors ui-check ## the everyday test: all but the slow ones and those in a browser
	$(BIN)/pytest -q -n $(WORKERS) --dist loadgroup -m "not slow and not browser"

lint: .venv/.ready-test
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: .venv/.ready-test
	$(BIN)/mypy

floors: .venv/.ready-test
	$(BIN)/lint-imports

tests: .venv/.ready-test $(UI)
	$(BIN)/pytest -q -n $(WORKERS) --dist loadgroup

STORE_TESTS := $(addprefix tests/city/test_,store.py change.py importing.py publish.py)

tests-postgres: .venv/.ready-test $(UI) ## the tests of the site and of the store, all in PostgreSQL and PostGIS
	XIANCHENG_TEST_DATABASE=postgres $(BIN)/pytest -q -n $(WORKERS) --dist loadgroup -m "not browser" \
	  -k "not [geopackage" tests/site tests/postgres $(STORE_TESTS)

docs: .venv/.ready-test ## build the documentation into site-docs/
	$(BIN)/mkdocs build --strict --quiet

bench: .venv/.ready-test ## run every benchmark; the first line of each says what it compares
	@for b in benchmarks/[a-z]*.py; do echo "== $$b"; $(BIN)/python $$b || exit 1; done

clean: ## remove what was built
	rm -rf .venv ui/node_modules src/xiancheng/site/dist dist build site-docs demo-county .mypy_cache .ruff_cache .pytest_cache .hypothesis
