# make install   a virtual environment in .venv with the newtrick command
# make demo      train on real movie reviews with a real pretrained encoder
# make test      lint, types and tests
# make slow      tests with the real model and real data
# make bench     training and inference speed beside transformers' own tools, on IMDb
# make docs      the reference, from the code

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: install demo test lint types tests slow bench docs clean

install: .venv/installed

demo: install
	$(BIN)/newtrick train movie-snippets

test: lint types tests

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/installed-dev
	$(BIN)/mypy

tests: .venv/installed-dev
	$(BIN)/pytest

slow: .venv/installed-dev
	$(BIN)/pytest -m slow

bench: .venv/installed-bench
	$(BIN)/python bench/training_speed.py
	$(BIN)/python bench/inference_speed.py

docs: .venv/installed-dev
	$(BIN)/python docs/reference/generate.py

clean:
	rm -rf .venv

.venv/bin/python:
	$(PYTHON) -m venv .venv

# torch comes first and by this exact spelling: a CPU build on disk or in an index is then taken.
.venv/installed: pyproject.toml constraints.txt | .venv/bin/python
	$(PIP) install --quiet torch==2.13.0
	$(PIP) install --quiet --constraint constraints.txt --editable .
	touch $@

.venv/installed-dev: .venv/installed
	$(PIP) install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

.venv/installed-bench: .venv/installed
	$(PIP) install --quiet --constraint constraints.txt --editable '.[bench]'
	touch $@
