# make run    opens the window (draws it offscreen where there is no display)
# make test   runs every test, two at a time (one at a time, with a debugger: ARGS="-n 0 --pdb")
# make fuzz   opens 10,000 damaged files of each kind: make fuzz [CASES=N]
# make lint   style, types, layers, tree
# make bench  measures: make bench [DATA=PATH] [ONLY=NAME] [QUICK=1]
# make tour   saves a picture of every view
# make clean  removes what was built, not .venv
# Each does its own set-up; PYTHON=... chooses the interpreter, ARGS=... goes to the program.

SHELL := /bin/sh
BIN := .venv/bin
TOUR ?= build/tour
ARGS ?=
CASES ?= 10000
export PYTHON

.PHONY: run test fuzz lint bench tour clean setup setup-bench

run: setup
	@if [ "$$(uname)" = Linux ] && [ -z "$${DISPLAY:-}$${WAYLAND_DISPLAY:-}" ]; then \
		echo "There is no display: drawing every view offscreen, into $(TOUR)."; \
		QT_QPA_PLATFORM=offscreen $(BIN)/sslviz tour --out $(TOUR) $(ARGS); \
	else \
		$(BIN)/sslviz $(ARGS); \
	fi

test: setup
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

fuzz: setup
	SSLVIZ_FUZZ_CASES=$(CASES) $(BIN)/python -m pytest tests/sslviz/checkpoints/reading/test_fuzz.py -n 2 --timeout 0 $(ARGS)

lint: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python .ci/check_tree.py

bench: setup-bench
	$(BIN)/python tests/benchmarks $(if $(DATA),--data "$(DATA)") $(if $(ONLY),--only $(ONLY)) $(if $(QUICK),--quick) $(ARGS)

tour: setup
	QT_QPA_PLATFORM=offscreen $(BIN)/sslviz tour --out $(TOUR) $(ARGS)

clean:
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .benchmarks
	find app sslviz tests -name __pycache__ -type d -prune -exec rm -rf {} +

setup:
	@.ci/setup dev

setup-bench: setup
	@.ci/setup dev,bench || echo "The libraries to compare with could not be installed; their figures are left out."
