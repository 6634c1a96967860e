# Everything sets itself up: `make test` and `make demo` work in a fresh clone.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# The interpreter to make the environment with; by default the first python3 that is new enough.
PYTHON ?=
VENV ?= .venv
export PYTHON

BIN := $(VENV)/bin
PROJECTS := pyproject.toml $(wildcard linda_*/pyproject.toml) scripts/environment
PACKAGES := $(wildcard linda_*/src)
# One stamp for each interpreter asked for, so that asking for another one makes the environment anew.
READY := $(VENV)/.ready$(subst /,-,$(PYTHON))
ARGUMENTS ?=

##@ Using it

demo: $(READY) ## run the main job on real input: count the lines of Python's own library
	$(BIN)/python examples/demo.py

conform: $(READY).dev ## test a broker against Linda's promises: make conform URL=redis://localhost
	$(BIN)/linda conform $(or $(URL),$(error say which broker: make conform URL=redis://localhost)) $(ARGUMENTS)

bench: $(READY).dev ## measure: make bench, or one broker: make bench URL=redis://localhost
	$(BIN)/linda bench $(or $(URL),sqlite:///bench.db) $(ARGUMENTS)

speed: $(READY).test $(READY).peers ## measure all brokers for docs/speed.md, or one: make speed ARGUMENTS=redis
	$(BIN)/python -m benchmarks.report $(ARGUMENTS)
	$(BIN)/python docs/generate.py

##@ Working on it

test: lint ## check everything, then run all tests: make test ARGUMENTS="-k lease"
	$(BIN)/python -m pytest $(ARGUMENTS)

check: lint ## check everything and run the quick tests, which need no server
	$(BIN)/python -m pytest -q -m "not server and not slow" $(ARGUMENTS)

lint: format-check ruff mypy pyright layers ## check everything that needs no run

format: $(READY).dev ## format all code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only .

format-check: $(READY).dev
	$(BIN)/ruff format --check .

ruff: $(READY).dev
	$(BIN)/ruff check .

mypy: $(READY).dev
	$(BIN)/mypy

pyright: $(READY).dev
	$(BIN)/pyright

layers: $(READY).dev
	$(BIN)/lint-imports --no-cache --no-logo

test-all: test test-others ## run all tests, and the quick ones on every other Python found here

test-others:
	@scripts/interpreters | while read version python; do \
		echo "with Python $$version"; \
		$(MAKE) test-quick PYTHON=$$python VENV=.venv-$$version </dev/null || exit 1; \
	done

test-quick: $(READY).test
	$(BIN)/python -m pytest -q -m "not server and not slow" $(ARGUMENTS)

coverage: $(READY).dev ## run all tests and show what they do not reach
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(ARGUMENTS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

proofs: $(READY).test ## put all brokers to the kit for docs/brokers.md, or one: make proofs ARGUMENTS="-k redis"
	$(BIN)/python -m pytest tests/conformance --linda-report=docs/proofs.json $(ARGUMENTS)
	$(BIN)/python docs/generate.py

docs: $(READY) ## write again the pages that are generated
	$(BIN)/python docs/generate.py

clean: ## remove all that make has set up
	rm -rf .venv .venv-* .servers

help: ## show this
	@awk 'BEGIN {FS = ":.*## "} \
		/^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): $(PROJECTS)
	scripts/environment $(VENV)
	@touch $@

$(READY).test $(READY).dev $(READY).peers: $(PROJECTS)
	scripts/environment $(VENV) $(subst .,,$(suffix $@))
	@touch $(READY) $@

.PHONY: bench check clean conform coverage demo docs format format-check help layers lint mypy proofs pyright ruff speed \
	test test-all test-others test-quick
