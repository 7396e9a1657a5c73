# `make` alone lists what there is. Everything runs in .venv, which setup makes.
PYTHON := .venv/bin/python
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo run test lint format types check lock bench-send bench-dkim \
        bench-send-latency bench-send-scale bench-send-lanes bench-pace bench-staff \
        bench-import bench-segments

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-19s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## make .venv from the hashed lock (does nothing when it is up to date)
	@scripts/setup base

setup-dev: ## the same with everything the tests need
	@scripts/setup dev

demo: setup ## a demonstration campaign, running, on this machine only
	@$(PYTHON) -m config.bootstrap
	@$(PYTHON) manage.py demo $(ARGS)

run: setup ## web, worker and scheduler under one command, with your own data
	@$(PYTHON) -m config.bootstrap
	@$(PYTHON) manage.py run $(ARGS)

test: ## lint, types and all tests on SQLite and PostgreSQL
	@scripts/test $(ARGS)

check: ## the quick checks alone: lint, types, migrations, deployment
	@scripts/test --only-checks

lint: setup-dev ## style of code and templates
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/djhtml --check --tabwidth 2 templates

format: setup-dev ## put code and templates into shape
	@.venv/bin/ruff check --fix-only .
	@.venv/bin/ruff format .
	@.venv/bin/djhtml --tabwidth 2 templates

types: setup-dev ## mypy
	@.venv/bin/mypy

bench-send: setup-dev ## speed of sending: ARGS="--recipients 100000 --connections 10 --workers 1 --engine postgres"
	@$(PYTHON) -m bench.send $(ARGS)

bench-send-latency: setup-dev ## the same to a relay 20 ms away: ARGS="--recipients 10000 --delay-ms 10"
	@$(PYTHON) -m bench.latency $(ARGS)

bench-send-scale: setup-dev ## making and sending a million: ARGS="--recipients 1000000 --engine postgres"
	@$(PYTHON) -m bench.scale $(ARGS)

bench-send-lanes: setup-dev ## a confirmation beside a mailing, Send and Pause: ARGS="--recipients 200000"
	@$(PYTHON) -m bench.lanes $(ARGS)

bench-pace: setup-dev ## how much of an allowed rate is used: ARGS="--allowed 50 --seconds 60"
	@$(PYTHON) -m bench.pace $(ARGS)

bench-staff: setup-dev ## pages of people at a million: ARGS="--people 1000000"
	@$(PYTHON) -m bench.staff $(ARGS)

bench-segments: setup-dev ## how fast a segment is counted: ARGS="--contacts 1000000 --mailings 30"
	@$(PYTHON) -m bench.segments $(ARGS)

bench-dkim: setup-dev ## what a DKIM signature costs for each mail
	@$(PYTHON) -m bench.dkim $(ARGS)

bench-import: setup-dev ## dry run and writing of a sheet: ARGS="--rows 100000 --engine postgres --format csv"
	@$(PYTHON) -m bench.imports $(ARGS)

# The development lock takes its versions from the base lock, so that what is
# tested is what is installed. Needs uv.
lock: ## choose new versions and hashes from pyproject.toml
	uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --universal \
	    --python-version 3.11 pyproject.toml -o requirements/base.txt
	uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --universal \
	    --python-version 3.11 --extra dev --constraint requirements/base.txt \
	    pyproject.toml -o requirements/dev.txt
