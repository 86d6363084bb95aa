# Every target is what it says; `make` alone lists them.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
JOBS   ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo test check-tools lint type unit format golden mail-report reference real-day mta docs bench eval coverage migration soak clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# The environment: the package alone for `demo`, with everything the tests need for the rest.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "digest needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "making a virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	@echo "installing digest into $(VENV)"
	@$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	@echo "installing digest and what its tests need into $(VENV)"
	@$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/.installed

demo: $(VENV)/.installed ## two editions of a sample newsroom, from feeds to mail, in a minute
	@$(BIN)/digest demo

test: $(VENV)/.installed-dev check-tools lint type unit ## lint, types and every test

check-tools:
	@sh tools/check_tools.sh

lint: $(VENV)/.installed-dev ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

type: $(VENV)/.installed-dev ## mypy, strict
	$(BIN)/mypy

unit: $(VENV)/.installed-dev
	$(BIN)/pytest -n $(JOBS)

format: $(VENV)/.installed-dev ## let ruff put the code in form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

migration: $(VENV)/.installed-dev ## digest/store/tables.py changed: write the migration (M="what for"; before the first release --first)
	@$(BIN)/python tools/migration.py $(if $(M),"$(M)",--first)

docs: $(VENV)/.installed-dev ## the site of docs/, in build/site; a warning is an error
	$(BIN)/sphinx-build -W --keep-going -q -b html docs build/site
	@echo "open build/site/index.html"

golden: $(VENV)/.installed-dev ## rewrite the golden editions; read the diff before you commit it
	DIGEST_GOLDEN=1 $(BIN)/pytest -q tests/render/test_golden.py

mail-report: $(VENV)/.installed-dev ## measure the mail again: docs/email.md
	$(BIN)/python tools/mail_report.py

reference: $(VENV)/.installed-dev ## rewrite the reference pages of docs/ from the code
	$(BIN)/python -m tools.reference

real-day: $(VENV)/.installed-dev ## rehearse with saved feeds: make real-day FOLDER=… NOW=2020-05-28T20:00:00+00:00
	$(BIN)/python -m tools.real_day $(FOLDER) --now $(NOW)

bench: $(VENV)/.installed-dev ## every benchmark beside its peers, into docs/benchmarks.md; FOLDER=… of saved feeds, NOW=when
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[bench]'
	$(BIN)/python -m bench $(if $(FOLDER),--folder $(FOLDER) --now $(NOW)) $(if $(ABOUT),--about "$(ABOUT)")

eval: $(VENV)/.installed-dev ## how well stories are grouped: floors, and the table of docs/grouping.md; FOLDER=… of labelled sets
	$(BIN)/pytest -q tests/eval
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[bench]'
	$(BIN)/python tools/evaluate_grouping.py $(FOLDER) --left-out

coverage: $(VENV)/.installed-dev ## what no test of the core runs; fails below 95 % with branches
	@sh tools/coverage.sh $(BIN) $(JOBS)

soak: $(VENV)/.installed-dev ## thirty days of a daemon by a simulated clock, then thirty with 200 kills; hours
	$(BIN)/python -m bench.soak
	$(BIN)/python tests/daemon/daemon_chaos.py --days 30 --kills 200

mta: $(VENV)/.installed-dev ## a real Postfix delivers an edition, and its bounces come back; as root, with Debian's postfix
	$(BIN)/python tests/chaos/mta.py

clean: ## remove the environment and everything built
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
