# Everything starts here. Needs nothing but make, bash and Python 3.11 to 3.13 with pip and venv.
SHELL := bash
.DEFAULT_GOAL := help
.PHONY: help setup demo demo-reset test screenshots checks lint format types messages bench lock clean
MAKEFLAGS += --no-print-directory
python := .venv/bin/python

help: ## what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | column -t -s$$'\t' 2>/dev/null \
		|| grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST)

setup: ## .venv with the locked packages, translations compiled (a second run takes a moment)
	@bin/setup
	@$(python) bin/messages.py compile

demo: setup ## the whole market on this machine; Ctrl-C stops it, a second start keeps its data
	@$(python) bin/demo.py

demo-reset: setup ## throw the demo's data away and start afresh
	@$(python) bin/demo.py --reset
	@$(python) bin/demo.py

test: setup ## everything: checks, then all tests, browser included
	@bin/browser
	@bin/network
	@echo "Checks"
	@bin/check
	@echo "Tests"
	@$(python) -m pytest --numprocesses=$${TEST_PROCESSES:-2} --dist=worksteal $(ARGS)

screenshots: setup ## pictures of the main pages in build/screenshots, by the walk through every page
	@bin/browser
	@MILA_SHOTS=build/screenshots $(python) -m pytest --numprocesses=$${TEST_PROCESSES:-2} tests/journeys/test_every_page.py
	@echo "Pictures are in build/screenshots"

checks: setup ## all checks without the tests
	@bin/check

lint: setup ## style, format and the contracts between the apps
	@bin/check lint

types: setup ## mypy
	@bin/check types

format: setup ## put the code into its one format
	@.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format .

messages: setup ## bring locale/*.po in step with the sources, and compile
	@$(python) bin/messages.py update
	@$(python) bin/messages.py compile

bench: setup ## the measurements of bench/scores.py; ARGS="--partners 2000 --jobs 100 --json"
	@$(python) bench/scores.py $(ARGS)

lock: setup ## make requirements/*.txt anew from *.in; ARGS=--upgrade or ARGS="django celery"
	@bin/lock $(ARGS)

clean: ## remove what set-up made (not the data)
	rm -rf .venv staticfiles build .mypy_cache .ruff_cache .pytest_cache
