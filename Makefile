# The chores. `make demo` and `make test` need nothing but Python 3.11+.
SHELL := /bin/sh
PY := .venv/bin/python
export PYTHONDONTWRITEBYTECODE ?= 1
RUNTIME := .venv/.runtime
DEV := .venv/.dev
JOBS ?= 2

.PHONY: help demo assets test check serve bench pages lock clean fmt

help:
	@echo "make demo   the goods of a generated merchant leave three platforms, start to finish, in the sandbox"
	@echo "make test   everything CI runs"
	@echo "make check  lint, types, import contract, house numbers, tests"
	@echo "make serve  the console and the HTTP API on loopback"
	@echo "make bench  the benchmarks (ratios, side by side)"
	@echo "make pages  write docs/platforms from the connectors' manifests"
	@echo "make lock   renew the lock files"

$(RUNTIME): requirements/runtime.lock pyproject.toml
	@sh tools/venv.sh .venv
	@echo "installing the locked packages (once) ..."
	@.venv/bin/pip install -qq --require-hashes -r requirements/runtime.lock
	@$(PY) tools/link.py
	@touch $@

$(DEV): requirements/dev.lock $(RUNTIME)
	@.venv/bin/pip install -qq --require-hashes -r requirements/dev.lock
	@touch $@

assets: $(RUNTIME)
	@$(PY) tools/assets.py

demo: $(RUNTIME)
	@.venv/bin/offshelf demo

serve: $(RUNTIME) assets
	@.venv/bin/offshelf init --quiet
	@.venv/bin/offshelf serve

test: $(DEV) assets
	@$(PY) tools/browser.py
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo
	@$(PY) -m pytest -n $(JOBS)

check: test

bench: $(DEV)
	@$(PY) -m bench

pages: $(RUNTIME)
	@$(PY) tools/pages.py
	@$(PY) tools/checks_page.py

fmt: $(DEV)
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .

lock: $(DEV)
	@.venv/bin/uv pip compile --quiet --no-header --no-emit-index-url --generate-hashes --universal --python-version 3.11 pyproject.toml -o requirements/runtime.lock
	@.venv/bin/uv pip compile --quiet --no-header --no-emit-index-url --generate-hashes --universal --python-version 3.11 pyproject.toml --group dev -o requirements/dev.lock

clean:
	rm -rf .venv .demo .mypy_cache .ruff_cache .import_linter_cache .hypothesis .pytest_cache
