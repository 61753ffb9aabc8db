# Everything one does with a checkout. Needs git, make and Python 3.11 or later; the rest is
# fetched by `make setup`, pinned and checked by hash.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEMO_READY := $(VENV)/.ready-run
UV := $(BIN)/uv
LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --custom-compile-command "make lock"
COMPILE := @echo "Compiling what cuts turf: up to a minute, once."; \
	$(BIN)/python -W ignore -m doorstep.algorithms.cutting.warming

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo run test faults push-faults machine properties check format bench openapi schema lock clean

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1	\2/p' $(MAKEFILE_LIST) | expand -t 12

setup: $(READY) ## make .venv with everything a developer needs (again: instant)

demo: $(DEMO_READY) ## a campaign with twelve phones on your own machine; ARGS="--no-serve"
	$(BIN)/doorstep demo $(ARGS)

run: $(READY) ## serve on http://127.0.0.1:8000
	$(BIN)/doorstep serve $(ARGS)

test: $(READY) ## every test; ARGS="tests/accounts -x"
	$(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadgroup $(ARGS)

faults: $(READY) ## the 24 faults of sync against a real server; its last line is JSON
	PYTHONPATH=tests:tests/sync $(BIN)/python tests/sync/faults.py $(ARGS)

push-faults: $(READY) ## ten thousand pushes through broken answers, a killed worker, a restart
	PYTHONPATH=tests:tests/notify $(BIN)/python tests/notify/push_faults.py $(ARGS)

machine: $(READY) ## five thousand runs of phones, organizers and network against an oracle
	DOORSTEP_MACHINE_EXAMPLES=5000 $(BIN)/pytest --numprocesses auto --maxprocesses 4 \
		--dist loadgroup tests/sync/test_machine.py

properties: $(READY) ## the largest properties with twenty times as many examples
	DOORSTEP_EXAMPLES=20 $(BIN)/pytest --numprocesses auto --dist loadgroup --timeout 3600 \
		tests/universes tests/turf/test_changing.py tests/reports/test_catching_up.py

check: $(READY) ## format, lint, types, imports, migrations, docker, generated files, links
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports --no-cache
	$(BIN)/squawk migrations/[0-9]*.sql
	$(BIN)/hadolint docker/Dockerfile
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker/compose.yaml
	$(BIN)/pytest tests/test_drift.py tests/test_docs.py

format: $(READY) ## bring the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

BENCHMARKS := $(filter-out harness,$(basename $(notdir $(wildcard benchmarks/*.py))))

bench: $(READY) ## measure against baselines of the same run; NAME=read for one of them
	@failed=; for name in $(or $(NAME),$(BENCHMARKS)); do \
		$(BIN)/python benchmarks/$$name.py $(ARGS) || failed="$$failed $$name"; \
	done; test -z "$$failed" || { echo "missed:$$failed"; exit 1; }

openapi: $(READY) ## write openapi/openapi.json and openapi/problems.md anew
	$(BIN)/doorstep openapi --output openapi/openapi.json --problems openapi/problems.md

schema: $(READY) ## write migrations/schema.sql anew
	$(BIN)/python tests/schema.py > migrations/schema.sql

lock: $(READY) ## pin the newest versions that pyproject.toml allows
	$(LOCK) --upgrade pyproject.toml -o requirements/run.txt
	$(LOCK) --upgrade pyproject.toml --group dev -c requirements/run.txt -o requirements/dev.txt
	$(LOCK) --upgrade requirements/setup.in -c requirements/dev.txt -o requirements/setup.txt

clean: ## remove .venv and everything generated that is not committed
	rm -rf $(VENV) build dist demo .pytest_cache .ruff_cache .hypothesis .import_linter_cache

$(UV): requirements/setup.txt
	$(PYTHON) -c 'import sys; sys.exit("Doorstep needs Python 3.11 or later; \
	say which: make setup PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	test -x $(BIN)/pip || $(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@

# What runs the program; `make demo` needs no more, and leaves what a developer has alone.
$(DEMO_READY): $(UV) requirements/run.txt pyproject.toml
	test -e $(READY) || $(UV) pip install --quiet --python $(BIN)/python --require-hashes \
		-r requirements/run.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	$(COMPILE)
	touch $@

$(READY): $(UV) requirements/dev.txt requirements/setup.txt pyproject.toml
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	$(COMPILE)
	touch $@ $(DEMO_READY)
