# Two commands do all the set-up: `make launch` opens the lab, `make test` proves it.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

.PHONY: help launch test test-all faults lint format bench reference pictures articles clean

help:
	@echo "make launch    set up, and open the lab on the built-in text"
	@echo "make test      set up, and run every check but the slow tests"
	@echo "make test-all  the slow tests too, and more examples for each property"
	@echo "make faults    everything that can go wrong, in full; renews the table in docs/reliability.md"
	@echo "make lint      formatting, style, types, import rules"
	@echo "make format    format the code"
	@echo "make bench     print the performance tables"
	@echo "make reference write docs/reference anew from the code, and what README and CONTRIBUTING quote"
	@echo "make pictures  take docs/pictures anew, screens and a recording, from the real app and runs trained for them"
	@echo "make articles  run the experiments of the articles again, and put their figures in"
	@echo "make clean     remove .venv"

launch: $(READY)
	$(BIN)/gpt2mini-tui launch

test: $(READY) lint
	$(BIN)/pytest -m "not slow" -n 2 --dist worksteal --durations=10

test-all: $(READY) lint
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,peers]'
	GPT2MINI_FAULTS=full HYPOTHESIS_PROFILE=further $(BIN)/pytest --durations=20

faults: $(READY)
	GPT2MINI_FAULTS=full $(BIN)/pytest tests/faults --faults-table docs/reliability.md

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY)
	@for table in benchmarks/*.py; do echo "== $$table"; $(BIN)/python $$table || missed="$$missed $$table"; done; test -z "$$missed" || { echo "bars missed:$$missed"; exit 1; }

reference: $(READY)
	$(BIN)/python docs/make_reference.py
	$(BIN)/python docs/make_quotes.py

pictures: $(READY)
	$(BIN)/python docs/make_pictures.py
	$(BIN)/python docs/make_cast.py

articles: $(READY)
	$(BIN)/python docs/make_articles.py

clean:
	rm -rf .venv

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "error: $(PYTHON) is not Python 3.11 or newer. Name one that is: make PYTHON=python3.12"; exit 1; }
	@echo "setting up .venv: a minute or two"
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(READY)
