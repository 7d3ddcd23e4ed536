# `make` prints the targets. Everything lives in this folder: the environment in .venv, the data in var.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
PORT ?= 8000
SEED ?= 1
KEY_OF_THE_CHECK := abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz
BASE_PYTHON := $(shell command -v python3.11 || command -v python3)

.PHONY: $(shell sed -n 's/^\([a-z][a-z-]*\):.*/\1/p' Makefile)

help: ## print the targets
	@echo "make run               the site on http://127.0.0.1:$(PORT)/ with a demo directory; PORT=, DATA=FILE"
	@echo "make test              every test, the real browser included; SEED=2 for another order and other examples"
	@echo "make check             linters, migration check, deployment check"
	@echo "make bench             what a page costs beside a bare view and a PostGIS peer, at three sizes; SIZES=20000 for one"
	@echo "make bench-search      what a search costs on 12,000 real clinics; DATA=FILE"
	@echo "make bench-import      what an import costs beside a plain COPY; DATA=FILE, ROWS=500000 for a generated file"
	@echo "make simulate-truth    three ways to keep 20,000 clinics true for two years; writes docs/truth.md"
	@echo "make lighthouse        what Lighthouse says of the pages (needs Node.js)"
	@echo "make judges            Stripe's own CLI and localstripe judge the payments (needs Node.js and package registries)"
	@echo "make sweep             every ZIP code with five sets of filters: no page without a next step; ZIPS=2000 for a sample"
	@echo "make canary            a search leaves nothing in any log, table, mail or file of a deployment (nginx, PgBouncer)"
	@echo "make drill-slowloris   what readers notice of a thousand senders that are as slow as they can be"
	@echo "make observatory       what Mozilla's Observatory says of the headers (needs Node.js)"
	@echo "make soak              mixed load while workers are killed and PostgreSQL is restarted; MINUTES=10"
	@echo "make rehearse          runs docs/operations.md from a bare Debian 12 to its last block (needs root)"
	@echo "make fuzz              10,000 requests of anything to every public address and form"
	@echo "make picture           photographs the results page for the README"
	@echo "make messages          gathers what the site says into locale/es/ and compiles it; names what is not translated"
	@echo "make lock              pins the dependencies again after requirements/*.in changed"
	@echo "make backup            a dump of the database and the pictures, in var/backups; older ones expire"
	@echo "make restore           puts a dump back; FILE=, and OVERWRITE=name if that database holds rows"
	@echo "make drill             loses a database twice and brings it back, on PostgreSQL 15 and 18; prints RPO and RTO"
	@echo "make drill-cluster     kills the primary of three under load (needs patroni, etcd, haproxy); prints what that cost"
	@echo "make drill-migrations  every migration back and forward on 50,000 clinics under load; prints the longest wait"
	@echo "make clean             removes the environment and every database in var: all that was entered is lost"

run: .venv/runtime
	@PORT=$(PORT) DATA="$(DATA)" $(PYTHON) -m config.run

test: .venv/development
	@$(PYTHON) tests/browser/find_chromium.py
	@$(PYTHON) -m pytest -n auto --randomly-seed=$(SEED) --hypothesis-seed=$(SEED) $(ARGS)

check: .venv/development
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy --no-error-summary
	@$(PYTHON) -m djlint templates --lint --quiet
	@$(PYTHON) manage.py makemigrations --check --dry-run
	@$(PYTHON) manage.py lintmigrations --no-cache --settings tests.settings
	@$(PYTHON) manage.py check --fail-level WARNING
	@$(PYTHON) -m yamllint --strict deploy
	@.venv/bin/hadolint deploy/Containerfile
	@env $$(grep -v '^#' deploy/environment.example) SECRET_KEY=$(KEY_OF_THE_CHECK) VAR_DIR=var \
		$(PYTHON) manage.py check --deploy --fail-level WARNING

bench: .venv/development
	@$(PYTHON) -m tests.bench.pages

bench-search: .venv/development
	@DATA="$(DATA)" $(PYTHON) -m tests.bench.search

bench-import: .venv/development
	@$(PYTHON) -m tests.bench.imports $(DATA)

simulate-truth: .venv/development
	@$(PYTHON) -m tests.bench.truth

lighthouse: .venv/development
	@$(PYTHON) -m tests.bench.lighthouse

# Each in a folder of its own: the site needs neither, and localstripe (GPL) stays another program.
judges: .venv/development var/judges/localstripe var/judges/node_modules
	@$(PYTHON) -m pytest tests/conformance/localstripe.py tests/conformance/stripe_trigger.py $(ARGS)

var/judges/localstripe:
	@$(BASE_PYTHON) -m venv $@.new && $@.new/bin/python -m pip install -qq --disable-pip-version-check localstripe==1.15.10 && mv $@.new $@

var/judges/node_modules:
	@npm install --silent --no-fund --no-audit --prefix var/judges @stripe/cli@1.52.0

sweep: .venv/development
	@ZIPS="$(or $(ZIPS),0)" $(PYTHON) -m tests.bench.sweep

canary: .venv/development
	@$(PYTHON) -m deploy.drills.privacy_audit

drill-slowloris: .venv/development
	@$(PYTHON) -m deploy.drills.slow_senders

observatory: .venv/development
	@$(PYTHON) -m deploy.drills.observatory

soak: .venv/development
	@MINUTES="$(or $(MINUTES),10)" $(PYTHON) -m deploy.drills.soak

rehearse:
	@/usr/bin/python3 deploy/drills/rehearse.py
fuzz: .venv/development
	@FUZZ_REQUESTS="$(or $(REQUESTS),10000)" $(PYTHON) -m pytest tests/core/test_fuzz.py

picture: .venv/development
	@$(PYTHON) -m tests.browser.picture

messages: .venv/development
	@$(PYTHON) -m core.translations

lock: .venv/development
	@$(PYTHON) -m pip install --quiet pip-tools
	@for name in runtime development; do \
		$(PYTHON) -m piptools compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links \
			--no-header --strip-extras --output-file requirements/$$name.txt requirements/$$name.in; done

backup: .venv/runtime
	@$(PYTHON) -m core.backups backup

restore: .venv/runtime
	@$(PYTHON) -m core.backups restore --file "$(FILE)" --overwrite "$(OVERWRITE)"

drill: .venv/development
	@$(PYTHON) -m deploy.drills.restore

drill-cluster: .venv/development
	@$(PYTHON) -m deploy.drills.cluster_failover

drill-migrations: .venv/development
	@$(PYTHON) -m deploy.drills.migrations

clean:
	rm -rf .venv var

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
