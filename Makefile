# make demo · make test · make check. Each makes .venv by itself; a second call installs nothing.
#
# Small CPU builds of torch, on machines that can reach them:   UV_TORCH_BACKEND=cpu make demo
# (uv reads the variable; the lock's "torch==X" also accepts "X+cpu", and its CUDA pins then go unused.)

PYTHON ?= python3
WORKERS ?= 2
VENV := .venv
RUN := $(VENV)/bin/python -m
STAMP := $(VENV)/.installed

# uv installs sources alone. Where this is set, every process would compile its libraries anew: 20 s of each start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check fmt format lint types floors lock venv clean

demo: venv  ## STAY_UP=1 leaves the daemon up, MODALITY picks the dataset: make hands both on as environment
	@$(RUN) automl_tl.cli.demo

test: venv
	$(RUN) pytest -n $(WORKERS) --dist loadgroup $(PYTEST_ARGS)

check: format lint types floors test

format: venv
	$(RUN) ruff format --check .

lint: venv
	$(RUN) ruff check .

types: venv
	$(RUN) mypy

floors: venv
	$(VENV)/bin/lint-imports --no-logo
	$(RUN) pytest tests/unit/test_floors.py

fmt: venv
	$(RUN) ruff check --fix-only .
	$(RUN) ruff format .

# Keeps the versions it can; LOCK_ARGS=--upgrade takes the newest.
lock: | $(VENV)/bin/uv
	$(VENV)/bin/uv pip compile --quiet --universal --extra dev --extra onnx --extra postgres --no-emit-index-url \
	    --no-annotate --custom-compile-command "make lock" $(LOCK_ARGS) -o requirements.lock pyproject.toml

venv: $(STAMP)

$(STAMP): pyproject.toml requirements.lock | $(VENV)/bin/uv
	$(VENV)/bin/uv pip install --python $(VENV) --constraint requirements.lock --editable ".[dev,onnx,postgres]"
	@touch $@

$(VENV)/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "automl-tl needs Python 3.11 or newer: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(RUN) pip install --quiet --constraint requirements.lock uv

clean:
	rm -rf $(VENV) .demo build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .grimp_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
