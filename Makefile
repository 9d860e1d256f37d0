# `make test` and `make demo` do everything on a fresh machine with Python 3.11 or newer.
VENV ?= .venv
export VENV
BIN := $(VENV)/bin
# nbgrader calls `alembic` and `jupyter` by their bare names.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export OMP_NUM_THREADS ?= 1

.PHONY: setup test lint types unit demo bench format clean

setup:
	@scripts/setup.sh

# What shares nothing runs in two processes; boxes, hostile cases and classes look for what they
# leave behind on the machine, so they run alone.
test: lint types
	$(BIN)/python -m pytest -n 2 --dist loadgroup tests/unit tests/student
	$(BIN)/python -m pytest tests/sandbox tests/hostile tests/course

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

unit: setup
	$(BIN)/python -m pytest -m "not slow"

demo: setup
	$(BIN)/grader demo

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) demo-course .pytest_cache .ruff_cache .mypy_cache .hypothesis
