# Liuke 留客. Needs Python 3.11+ and make; everything else is installed into .venv and node_modules.
# make demo | make test | make nightly | make check | make bench [NAME=…] | make shots | make lock

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
DIST := src/liuke/console/static/liuke/dist
CUSTOMERS ?= 20000
PORT ?= 8000
# One more than two cores: a sixth of their time tests wait for servers, browsers and clocks.
WORKERS ?= 3

.PHONY: demo test nightly check bench shots lock assets system clean

demo: .venv/run.done assets
	@sh scripts/system.sh run
	$(BIN)/liuke demo --customers $(CUSTOMERS) --port $(PORT)

# Where bytecode is not kept each of the many processes of the tests compiles the source again.
test: export PYTHONDONTWRITEBYTECODE =
test: .venv/dev.done assets system
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder

# All of `make test` and what takes minutes each: larger banks, more seeds, more moments of death.
nightly: export LIUKE_NIGHTLY = 1
nightly: test

check: .venv/dev.done
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest -p no:django tests/architecture

bench: .venv/bench.done .venv/featuretools.done .venv/bytewax.done .venv/chdb.done assets
	$(BIN)/python -m benchmarks $(NAME)

shots: .venv/dev.done assets system
	$(BIN)/python scripts/shots.py

# The environment: one virtual environment, versions and hashes from the lock files.
.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Liuke needs Python 3.11 or newer, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv

.venv/run.done: requirements/run.lock pyproject.toml | .venv/bin/python
	$(PIP) install --require-hashes -r requirements/run.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev.done: requirements/dev.lock .venv/run.done
	$(PIP) install --require-hashes -r requirements/dev.lock
	@touch $@

.venv/bench.done: requirements/bench.lock .venv/dev.done
	$(PIP) install --require-hashes -r requirements/bench.lock
	@touch $@

# A peer of benchmarks/features.py that cannot share the environment.
.venv/featuretools.done: requirements/featuretools.lock | .venv/bin/python
	.venv/bin/python -m venv .venv/featuretools
	.venv/featuretools/bin/python -m pip --disable-pip-version-check -q install --require-hashes -r requirements/featuretools.lock
	@touch $@

# A peer of benchmarks/behaviour.py, likewise.
.venv/chdb.done: requirements/chdb.lock | .venv/bin/python
	.venv/bin/python -m venv .venv/chdb
	.venv/chdb/bin/python -m pip --disable-pip-version-check -q install --require-hashes -r requirements/chdb.lock
	@touch $@

# A peer of benchmarks/triggers.py, likewise.
.venv/bytewax.done: requirements/bytewax.lock | .venv/bin/python
	.venv/bin/python -m venv .venv/bytewax
	.venv/bytewax/bin/python -m pip --disable-pip-version-check -q install --require-hashes -r requirements/bytewax.lock
	@touch $@

# The console's scripts and styles; Node comes from the machine or, where it is absent, from a Python package.
assets: $(DIST)/build.done

$(DIST)/build.done: package-lock.json $(wildcard src/liuke/console/assets/* src/liuke/console/assets/*/* src/liuke/console/locale/*/LC_MESSAGES/*.po) | .venv/run.done
	$(BIN)/python scripts/build_assets.py
	@touch $@

# What LightGBM, the browser and the PostgreSQL tests need; without the right to install, those tests skip with a reason.
system:
	@sh scripts/system.sh

lock: | .venv/bin/python
	$(PIP) install uv
	for set in "run build" "dev build dev" "bench build dev bench" "node node" "featuretools featuretools" "bytewax bytewax" "chdb chdb"; do \
	  set -- $$set; out=$$1; shift; groups=; for g in "$$@"; do groups="$$groups --group $$g"; done; \
	  UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile $$( case $$out in node|featuretools|bytewax|chdb) ;; *) echo pyproject.toml ;; esac ) $$groups \
	    --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-annotate --no-header -q -o requirements/$$out.lock; \
	done

clean:
	rm -rf .venv node_modules $(DIST) build dist .mypy_cache .ruff_cache .pytest_cache
