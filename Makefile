# `make demo` and `make test` need Python 3.11 or newer and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# In the order of tauric_assets_tests/conftest.py: long files first, so that both processes end together.
SIDE_BY_SIDE := -n 2 --dist loadfile --no-loadscope-reorder
# Trust what the machine trusts, as pip does: behind an inspecting proxy uv's own list of authorities is not enough.
export UV_SYSTEM_CERTS := 1
QUICK := -m "not slow and not realdata" --hypothesis-profile=quick

.PHONY: demo dev test quick quick-pandas2 lint types format references lock bench clean

demo: $(READY)
	@$(BIN)/tauric demo

dev: $(READY)
	@$(BIN)/tauric dev

test: $(READY)
	$(BIN)/pytest $(SIDE_BY_SIDE) $(PYTEST_OPTIONS)

quick: $(READY)
	$(BIN)/pytest $(SIDE_BY_SIDE) $(QUICK)

quick-pandas2: $(VENV)-pandas2/.ready
	$(VENV)-pandas2/bin/pytest $(SIDE_BY_SIDE) $(QUICK)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

references: $(READY)
	$(BIN)/python -m docs.generate

bench: $(READY)
	$(BIN)/python -m bench.lake
	$(BIN)/python -m bench.overhead
	$(BIN)/python -m bench.edgar
	$(BIN)/python -m bench.edgar_backfill
	$(BIN)/python -m bench.stream
	$(BIN)/python -m bench.bars
	$(BIN)/python -m bench.frames
	$(BIN)/python -m bench.vectors
	$(BIN)/python -m bench.embedding

# The exact versions everybody runs; no addresses in them.
lock: $(READY)
	$(BIN)/uv pip compile -q pyproject.toml --extra dev --universal --no-emit-index-url --no-header -o requirements.lock
	mkdir -p build && echo "pandas==2.3.3" > build/pandas2.txt
	$(BIN)/uv pip compile -q pyproject.toml --extra dev --universal --no-emit-index-url --no-header \
		-c build/pandas2.txt -o requirements-pandas2.lock

$(READY): requirements.lock pyproject.toml
	@test -x $(BIN)/python || { echo "making $(VENV) …"; $(PYTHON) -m venv $(VENV); }
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.9"
	@echo "installing locked versions …"
	@$(BIN)/uv pip install --quiet --compile-bytecode -p $(BIN)/python -r requirements.lock
	@$(BIN)/uv pip install --quiet -p $(BIN)/python --no-deps -e .
	@touch $@

$(VENV)-pandas2/.ready: requirements-pandas2.lock pyproject.toml $(READY)
	@test -x $(VENV)-pandas2/bin/python || $(PYTHON) -m venv $(VENV)-pandas2
	@$(BIN)/uv pip install --quiet -p $(VENV)-pandas2/bin/python -r requirements-pandas2.lock
	@$(BIN)/uv pip install --quiet -p $(VENV)-pandas2/bin/python --no-deps -e .
	@touch $@

clean:
	rm -rf $(VENV) $(VENV)-pandas2 build
