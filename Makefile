# `make run` and `make test` need nothing before them: each makes its own .venv first.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
CHARTS := $(VENV)/charts.done

.PHONY: setup run test lint bench referee screenshots lock clean

setup: $(VENV)/base.done $(CHARTS)

run: setup
	@$(BIN)/python manage.py up $(ARGS)

test: $(VENV)/dev.done
	@echo "Running the tests (about ten minutes)"
	@$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

lint: $(VENV)/dev.done
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

bench: $(VENV)/dev.done
	@$(BIN)/python -m tests.benchmarks $(ARGS)

# Needs a folder of clones: make referee ARGS="--repositories FOLDER". Each tool gets a virtual environment of its own.
referee: $(VENV)/dev.done
	@$(BIN)/python -m tests.referees $(ARGS)

screenshots: $(VENV)/dev.done $(CHARTS)
	@$(BIN)/python -m tests.screenshots $(ARGS)

# Hashed requirements that name no index; needs uv.
lock:
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-annotate --python-version 3.11 \
	  --custom-compile-command "make lock" -o requirements/base.txt requirements/base.in
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-annotate --python-version 3.11 \
	  --custom-compile-command "make lock" -o requirements/dev.txt requirements/dev.in
	uv pip compile -q --generate-hashes --no-emit-index-url --no-annotate --python-version 3.11 \
	  --custom-compile-command "make lock" -o requirements/cel.txt requirements/cel.in
	uv pip compile -q --generate-hashes --no-emit-index-url --no-annotate --python-version 3.11 \
	  --custom-compile-command "make lock" -o requirements/parquet.txt requirements/parquet.in
	for tool in tests/referees/requirements-*.in; do \
	  uv pip compile -q --generate-hashes --no-emit-index-url --no-annotate --python-version 3.11 \
	    --custom-compile-command "make lock" -o "$${tool%.in}.txt" "$$tool"; done

$(VENV)/bin/python:
	@echo "Making $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/base.done: requirements/base.txt | $(VENV)/bin/python
	@echo "Installing what the site needs (about 30 seconds)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/base.txt
	@touch $@

$(VENV)/dev.done: requirements/dev.txt | $(VENV)/bin/python
	@echo "Installing what the tests need (about a minute)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@ $(VENV)/base.done

# The small chart bundle, where npm is at hand; else pages load the full one that the plotly package ships.
$(CHARTS): $(VENV)/base.done
	@mkdir -p static/vendor
	@version=$$($(BIN)/python -c "from plotly.offline import get_plotlyjs_version as v; print(v())"); \
	if command -v npm >/dev/null && cd static/vendor && \
	  timeout 60 npm pack --silent plotly.js-basic-dist-min@$$version >/dev/null 2>&1; \
	then tar -xzf plotly.js-basic-dist-min-$$version.tgz --strip-components 1 package/plotly-basic.min.js && \
	  rm -f *.tgz && echo "Fetched the small chart bundle, plotly-basic $$version"; \
	else echo "No npm: charts load the full bundle that comes with the plotly package"; fi
	@touch $@

clean:
	rm -rf $(VENV) .venv-referees static/vendor staticfiles .mypy_cache .ruff_cache
