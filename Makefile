# `make test` and `make demo` do everything on a fresh machine with Python 3.11 or newer.
VENV ?= .venv
export VENV
BIN := $(VENV)/bin
# nbgrader calls `alembic` and `jupyter` by their bare names.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export OMP_NUM_THREADS ?= 1

.PHONY: setup test lint types unit demo audit nbgrader-suite test-slurm test-gpu bench bench-long format clean

setup:
	@scripts/setup.sh

# Slow files first, and more processes than cores: many tests wait for kernels and commands.
# Boxes and hostile cases look for what they leave behind, so nothing else runs beside them; each of their
# processes has a warm process of its own, and looks for what came from there.
test: lint types
	@scripts/test_services.sh
	$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder tests/course tests/student tests/unit tests/gpu
	$(BIN)/python -m pytest -n 3 --dist worksteal tests/hostile/test_tricks.py tests/sandbox/test_ordinary_user.py tests/hostile tests/sandbox

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

unit: setup
	$(BIN)/python -m pytest -m "not slow"

demo: setup
	$(BIN)/grader demo

# All solutions of the course through the real engine, in boxes (a quarter of an hour).
audit: setup
	$(BIN)/grader audit

# nbgrader's own autograde tests, with our Execute in the place of its own.
nbgrader-suite: setup
	$(BIN)/python -m tests.course.nbgrader_suite

# The figures of benchmarks/RESULTS.md; wants a quiet machine.
bench: setup
	$(BIN)/python benchmarks/kernel_start.py
	$(BIN)/python -m benchmarks.where_time_goes
	$(BIN)/python -m benchmarks.throughput --students 40 --full 1
	$(BIN)/python -m benchmarks.throughput --assignment lesson4_attention --students 40
	$(BIN)/python -m benchmarks.scaling
	$(BIN)/python -m benchmarks.sampler_gradings

# Those that take hours: ten thousand submissions, two hours of hostile and honest ones; and Otter, which it installs.
bench-long: setup
	$(BIN)/python -m benchmarks.throughput --students 40 --rounds 3 --otter
	$(BIN)/python -m benchmarks.many_submissions
	$(BIN)/python -m benchmarks.soak

# A class graded by jobs of a real Slurm, installed, started and stopped here: wants root.
test-slurm: setup
	scripts/slurm_one_node.sh install
	REQUIRE_SLURM=1 $(BIN)/python -m pytest tests/cluster

# Real kernels on a real NVIDIA card.  Where there is none, all is skipped, and the last line says so;
# `make test-gpu REQUIRE_GPU=1` fails then.  GPU_PYTHON is an environment of your own that has a PyTorch for CUDA;
# without it that of `make setup` is used.
GPU_PYTHON ?=
test-gpu: $(if $(GPU_PYTHON),,setup)
	REQUIRE_GPU=$(REQUIRE_GPU) $(or $(GPU_PYTHON),$(BIN)/python) -m pytest tests/gpu -rs

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) demo-course .pytest_cache .ruff_cache .mypy_cache .hypothesis
