# `make` prints the targets. Everything lives in this folder: the environment in .venv, the data in var.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
PORT ?= 8000
SEED ?= 1
KEY_OF_THE_CHECK := abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz
BASE_PYTHON := $(shell command -v python3.11 || command -v python3)
# Names with hyphens on the command line, modules with underscores: `make drill-slow-senders` runs slow_senders.py.
MODULE = $(subst -,_,$*)

.PHONY: $(shell sed -n 's/^\([a-z][a-z-]*\):.*/\1/p' Makefile)

help: ## print the targets
	@sed -n 's/^\([a-z%-]*\):[^#]*## \(.*\)/make \1|\2/p' Makefile | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'
	@echo "bench-NAME:  $(patsubst tests/bench/%.py,%,$(shell grep -l __main__ tests/bench/*.py))" | tr _ -
	@echo "drill-NAME:  $(patsubst deploy/drills/%.py,%,$(shell grep -l __main__ deploy/drills/*.py))" | tr _ -

run: .venv/runtime ## the site with a demo directory; PORT=8001 takes another port, DATA=FILE imports that file
	@PORT=$(PORT) DATA="$(DATA)" $(PYTHON) -m config.run

test: .venv/development ## every test, the real browser included; SEED=2 for another order, ARGS="tests/clinics -k near" for a part
	@$(PYTHON) tests/browser/find_chromium.py
	@$(PYTHON) -m pytest -n auto --randomly-seed=$(SEED) --hypothesis-seed=$(SEED) $(ARGS)

test-fast: .venv/development ## what to run every minute: no browser, no deployment, nothing slow
	@$(PYTHON) -m pytest -n auto -m "not slow and not deep" --hypothesis-profile=fast --ignore tests/browser --ignore tests/deploy $(ARGS)

test-deep: .venv/development ## property tests, fuzz and sweep with thousands of examples; EXAMPLES=50 for that many
	@EXAMPLES="$(or $(EXAMPLES),0)" $(PYTHON) -m pytest -n auto -m "hypothesis or deep" --hypothesis-profile=deep $(ARGS)

coverage: .venv/development ## statements that the tests reach, the browser and the deployment left out; fails when it falls
	@$(PYTHON) -m pytest -n auto --ignore tests/browser --ignore tests/deploy --cov --cov-report=term:skip-covered $(ARGS)

check: .venv/development ## linters, types, layers of imports, migrations, deployment check
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy --no-error-summary
	@.venv/bin/lint-imports --no-logo --cache-dir var/import-linter
	@$(PYTHON) -m djlint templates --lint --quiet
	@$(PYTHON) manage.py makemigrations --check --dry-run
	@$(PYTHON) manage.py lintmigrations --no-cache --settings tests.settings
	@$(PYTHON) manage.py check --fail-level WARNING
	@$(PYTHON) -m yamllint --strict deploy .github .pre-commit-config.yaml
	@.venv/bin/hadolint deploy/Containerfile
	@env $$(grep -v '^#' deploy/environment.example) SECRET_KEY=$(KEY_OF_THE_CHECK) VAR_DIR=var \
		$(PYTHON) manage.py check --deploy --fail-level WARNING

bench: bench-pages ## what a page costs beside a bare view and a PostGIS peer, at three sizes; SIZES=20000 for one

bench-%: .venv/development ## one benchmark of tests/bench/
	@DATA="$(DATA)" ZIPS="$(or $(ZIPS),0)" $(PYTHON) -m tests.bench.$(MODULE)

drill: drill-restore drill-machine-lost ## loses a database twice, then a whole machine, and brings them back; prints RPO and RTO

drill-%: .venv/development ## one drill of deploy/drills/
	@MINUTES="$(or $(MINUTES),10)" $(PYTHON) -m deploy.drills.$(MODULE)

canary: drill-canary ## types a place into every route and form of the deployed site, then looks for it in every log, table and file

soak: drill-soak ## readers, owners and payments on the deployed site for MINUTES (10), while its processes are killed

sweep: bench-sweep

simulate-truth: bench-truth ## writes docs/truth.md: months of calls until half of the clinics have said whether they take new patients

picture: bench-pictures ## photographs the reader's pages for README and docs/design.md

first-answers: bench-first-answers ## what 300 fixed ZIP codes are answered with first; DATA=FILE for a real directory

fuzz: .venv/development
	@EXAMPLES="$(or $(REQUESTS),10000)" $(PYTHON) -m pytest -s tests/core/test_fuzz.py

# On a bare Debian, with nothing of this checkout installed.
rehearse: drill-rehearse ## runs docs/operations.md on a copy of this Debian, and looks at whom root trusts there (as root)

drill-rehearse:
	@/usr/bin/python3 deploy/drills/rehearse.py

contract: .venv/development ## the sentences about Stripe's behavior; with STRIPE_TEST_KEY against Stripe's test mode too
	@$(PYTHON) -m pytest tests/listings/contract $(ARGS)

record-stripe: .venv/development ## keeps what Stripe's test mode answers to the contract, in recorded/ (needs STRIPE_TEST_KEY)
	@[ -n "$$STRIPE_TEST_KEY" ] || { echo "Set STRIPE_TEST_KEY to a key of Stripe's test mode (sk_test_ or rk_test_)."; exit 1; }
	@RECORD_STRIPE=1 $(PYTHON) -m pytest tests/listings/contract $(ARGS)

# Each in a folder of its own: the site needs neither, and localstripe (GPL) stays another program.
conformance: .venv/development var/conformance/localstripe var/conformance/node_modules ## Stripe's own CLI and localstripe judge the payments (needs Node.js)
	@$(PYTHON) -m pytest tests/conformance/localstripe.py tests/conformance/stripe_trigger.py $(ARGS)

var/conformance/localstripe:
	@$(BASE_PYTHON) -m venv $@.new && $@.new/bin/python -m pip install -qq --disable-pip-version-check localstripe==1.15.10 && mv $@.new $@

var/conformance/node_modules:
	@npm install --silent --no-fund --no-audit --prefix var/conformance @stripe/cli@1.52.0

roads: .venv/runtime roads-environment ## minutes by car from ZIP codes to clinics; EXTRACT=new-york.osm.pbf, STATE=NY for one state of it
	@$(PYTHON) manage.py route_clinics --extract "$(EXTRACT)" $(addprefix --state ,$(STATE))

# Beside the site's own: the router is a large program that only this job starts.
roads-environment: .venv-roads/installed

.venv-roads/installed: requirements/roads.txt
	@[ -n "$(BASE_PYTHON)" ] || { echo "Python 3.11 is needed and was not found."; exit 1; }
	@echo "Installing the router of minutes by car (first time: 90 MB)"
	@$(BASE_PYTHON) -m venv --clear .venv-roads
	@.venv-roads/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/roads.txt && touch $@

messages: .venv/development ## gathers what the site says into locale/es/ and compiles it; names what is not translated
	@$(PYTHON) manage.py makemessages

lock: .venv/development ## pins the dependencies again after requirements/*.in changed
	@$(PYTHON) -m pip install --quiet pip-tools
	@for name in runtime gridpin development roads; do \
		$(PYTHON) -m piptools compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links \
			--no-header --strip-extras --output-file requirements/$$name.txt requirements/$$name.in; done

backup: .venv/runtime ## a dump of the database and the pictures, in var/backups; older ones expire
	@$(PYTHON) manage.py backup

restore: .venv/runtime ## puts a dump back; FILE=, and OVERWRITE=name if that database holds rows
	@$(PYTHON) manage.py restore "$(FILE)" --overwrite "$(OVERWRITE)"

clean: ## removes the environment and every database in var: all that was entered is lost
	rm -rf .venv .venv-roads var

# The stamps: an environment is made again only when the file that pins it has changed.
.venv/python:
	@[ -n "$(BASE_PYTHON)" ] || { echo "Python 3.11 is needed and was not found."; exit 1; }
	@$(BASE_PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 is needed; $(BASE_PYTHON) is older."; exit 1; }
	@$(BASE_PYTHON) -m venv .venv && touch $@

.venv/runtime: .venv/python requirements/runtime.txt
	@echo "Installing what the site needs (first time: about a minute)"
	@$(PYTHON) -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/runtime.txt && touch $@

.venv/development: .venv/python requirements/development.txt
	@echo "Installing what the tests need (first time: about a minute)"
	@$(PYTHON) -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/development.txt && touch $@
