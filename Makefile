# Every target is what it says; `make` alone lists them.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
JOBS   ?= 2
# `make LOCK= test` tries the newest versions.
LOCK   ?= --constraint requirements.lock

# Containers set it; pytest would then rewrite every assert anew in each of its processes, for two seconds each.
export PYTHONDONTWRITEBYTECODE :=

# Every target begins by saying what it does: its own line of `make help`.
say = @sed -n 's/^\($@\):.*\#\# \(.*\)/== \1: \2/p' $(firstword $(MAKEFILE_LIST))

.DEFAULT_GOAL := help
.PHONY: help demo test check-tools lint type unit suite format golden mail-report reference real-day mta docs man bench eval coverage \
        pythons mutants migration soak fuzz bombs lock hashes audit build clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# The environment: the package alone for `demo`, with everything the tests need for the rest.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "digest needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "making a virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	@echo "installing digest into $(VENV), a minute the first time"
	@$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	@echo "installing digest and what its tests need into $(VENV), two minutes the first time"
	@$(BIN)/pip install --quiet --disable-pip-version-check $(LOCK) -e '.[dev]'
	@touch $@ $(VENV)/.installed

demo: $(VENV)/.installed ## two editions of a sample newsroom, from feeds to mail, in a minute
	$(say)
	@$(BIN)/digest demo

test: $(VENV)/.installed-dev check-tools lint type suite ## lint, types, every test, and how much of the core they run
	@echo "== test: lint, types and every test: all well"

check-tools: ## a browser for the tests that need one
	$(say)
	@sh tools/check_tools.sh

lint: $(VENV)/.installed-dev ## ruff: rules and format
	$(say)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

type: $(VENV)/.installed-dev ## mypy, strict
	$(say)
	$(BIN)/mypy

unit: $(VENV)/.installed-dev ## the tests of pure code, in seconds: while you work
	$(say)
	$(BIN)/pytest -q -n $(JOBS) --dist worksteal -m unit $(addprefix tests/,compose config group pull render slots text)

# The others start processes, servers and browsers and wait for them: twice as many workers keep the cores at work.
suite: coverage ## every test: first those of the core with their coverage, then the others
	$(say)
	$(BIN)/pytest -n $$((2 * $(JOBS))) --dist worksteal -m "not core"

format: $(VENV)/.installed-dev ## let ruff put the code in form
	$(say)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

migration: $(VENV)/.installed-dev ## digest/store/tables.py changed: write the migration (M="what for"; before the first release --first)
	$(say)
	@$(BIN)/python tools/migration.py $(if $(M),"$(M)",--first)

docs: $(VENV)/.installed-dev ## the site of docs/, in build/site; a warning is an error
	$(say)
	$(BIN)/sphinx-build -W --keep-going -q -b html docs build/site
	@echo "open build/site/index.html"

man: $(VENV)/.installed-dev ## the manual page, build/man/digest.1
	$(say)
	$(BIN)/sphinx-build -W -q -b man docs build/man
	@echo "man -l build/man/digest.1"

golden: $(VENV)/.installed-dev ## rewrite the golden editions; read the diff before you commit it
	$(say)
	DIGEST_GOLDEN=1 $(BIN)/pytest -q tests/render/test_golden.py

mail-report: $(VENV)/.installed-dev ## measure the mail again: docs/email.md
	$(say)
	$(BIN)/python tools/mail_report.py

reference: $(VENV)/.installed-dev ## rewrite the reference pages of docs/ from the code
	$(say)
	$(BIN)/python -m tools.reference

real-day: $(VENV)/.installed-dev ## rehearse with saved feeds: make real-day FOLDER=… NOW=2020-05-28T20:00:00+00:00
	$(say)
	$(BIN)/python -m tools.real_day $(FOLDER) --now $(NOW)

bench: $(VENV)/.installed-dev ## every benchmark beside its peers, into docs/benchmarks.md; FOLDER=… of saved feeds, NOW=when
	$(say)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[bench]'
	$(BIN)/python -m bench $(if $(FOLDER),--folder $(FOLDER) --now $(NOW)) $(if $(ABOUT),--about "$(ABOUT)")

eval: $(VENV)/.installed-dev ## how well stories are grouped: floors, and the table of docs/grouping.md; FOLDER=… of labelled sets
	$(say)
	$(BIN)/pytest -q tests/eval
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[bench]'
	$(BIN)/python tools/evaluate_grouping.py $(FOLDER) --left-out

coverage: $(VENV)/.installed-dev ## the quick tests of the core, and what of it they do not run; fails below 95 % with branches
	$(say)
	@sh tools/coverage.sh $(BIN) $(JOBS)

mutants: $(VENV)/.installed-dev ## break grouping, composing and the ledger on purpose: does a test notice? PART=compose ARGS="--only rank"
	$(say)
	$(BIN)/python -m tools.mutants --jobs $(JOBS) $(PART) $(ARGS)

pythons: ## the quick tests and the demo on every supported Python that is here
	$(say)
	@sh tools/pythons.sh $(JOBS)

soak: $(VENV)/.installed-dev ## thirty days of a daemon by a simulated clock, then thirty with 200 kills; hours
	$(say)
	$(BIN)/python -m bench.soak
	$(BIN)/python tests/daemon/daemon_chaos.py --days 30 --kills 200

fuzz: $(VENV)/.installed-dev ## fuzzing led by coverage, SECONDS (an hour) for each of four targets; findings join the corpus
	$(say)
	for target in feed words bounce picture; do $(BIN)/python -m tools.fuzz $$target --seconds $(or $(SECONDS),3600) || exit 1; done

bombs: $(VENV)/.installed-dev ## what documents made to hurt cost, in memory and time
	$(say)
	$(BIN)/python bench/bombs.py

lock: ## requirements.lock and requirements.hashes anew: what the newest versions that fit would install
	$(say)
	rm -rf build/lock && $(PYTHON) -m venv build/lock
	build/lock/bin/pip install --quiet --disable-pip-version-check '.[dev,bench,postgres]'
	{ echo "# Every version that the tests run with; \`make lock\` makes this file anew."; \
	  build/lock/bin/pip freeze | grep -v '^newsdigest'; } > requirements.lock
	$(MAKE) hashes

hashes: ## requirements.hashes anew for the versions of requirements.lock: what an operator installs, by content
	$(say)
	test -d build/lock || $(PYTHON) -m venv build/lock
	build/lock/bin/pip install --quiet --disable-pip-version-check uv
	{ echo "# What runs, with the hash of every file of each version; \`make hashes\` makes this file anew."; \
	  echo "#   pip install --require-hashes -r requirements.hashes && pip install --no-deps newsdigest"; \
	  build/lock/bin/uv pip compile --quiet pyproject.toml --extra postgres --constraint requirements.lock \
	    --universal --python-version 3.11 --generate-hashes --no-header --no-annotate; } > build/requirements.hashes
	mv build/requirements.hashes requirements.hashes

audit: $(VENV)/.installed-dev ## known holes in the locked versions; asks PyPI; what it could not look up is an error
	$(say)
	@$(BIN)/pip install --quiet --disable-pip-version-check pip-audit || \
	  { echo "audit: pip-audit could not be installed: it needs the network"; exit 2; }
	@$(BIN)/python -m tools.audit requirements.lock

build: $(VENV)/.installed-dev ## wheel, sdist, and the list of what is in an installation (CycloneDX), in dist/
	$(say)
	rm -rf dist build/sbom && $(BIN)/python -m hatchling build && $(PYTHON) -m venv build/sbom
	build/sbom/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.hashes
	build/sbom/bin/pip install --quiet --disable-pip-version-check --no-deps "$$(ls dist/*.whl)"
	$(BIN)/pip install --quiet --disable-pip-version-check cyclonedx-bom
	$(BIN)/cyclonedx-py environment --output-reproducible --of JSON -o dist/sbom.cdx.json build/sbom/bin/python

mta: $(VENV)/.installed-dev ## a real Postfix delivers an edition, and its bounces come back; as root, with Debian's postfix
	$(say)
	$(BIN)/python tests/chaos/mta.py

clean: ## remove the environment and everything built
	$(say)
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
