# `make` lists the targets. Everything that needs Python runs in .venv, which the first use sets up.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

export SAM_CLI_TELEMETRY := 0

.DEFAULT_GOAL := help
.PHONY: help demo local test endurance docs-check soak simulate bench scale kit check types nag fuzz mutants build deploy release connect doctor replay smoke delete clean

# A line with "## " says what its target does, one with "#: " which targets read a variable, and what it means.
help: ## Lists the targets and their variables
	@awk -F ':.*## ' ' \
		/^[a-z-]+:.*## / { printf "  make %-10s  %s\n", $$1, $$2 } \
		/^#: / { variables = variables "  " substr($$0, 4) "\n" } \
		END { printf "\nVariables, as in make doctor STACK=twilio-connector:\n%s", variables }' $(MAKEFILE_LIST)

#: PYTHON=python3.13  all, the first time: the Python to make .venv with

demo: $(READY) ## Deploys into a local AWS and moves messages through it, step by step
	@$(BIN)/python -m local.demo

local: $(READY) ## Opens a page to text with and to break things, over the same stack
	@$(BIN)/python -m local.serve

# Workers run side by side, each on one test file at a time. End-to-end tests mostly wait, so two cores are enough for four.
#: WORKERS=4          test, endurance, soak: how many run side by side
WORKERS ?= 4
PYTEST := $(BIN)/python -m pytest --numprocesses=$(WORKERS) --dist=loadfile --no-loadscope-reorder

test: $(READY) ## Runs the unit, integration and end-to-end tests (about six minutes)
	$(PYTEST)

endurance: $(READY) ## Runs the long tests: volumes, matrices, models at depth (half an hour)
	@# Twenty senders at once, with their callbacks, need the machine to themselves.
	$(BIN)/python -m pytest -m endurance tests/e2e
	$(PYTEST) -m endurance tests/simulation tests/integration tests/unit

docs-check: $(READY) ## Runs the tests that try the pages' commands and links
	$(BIN)/python -m pytest -m docs

soak: $(READY) ## Runs the load test, models and simulation at length (some hours)
	$(BIN)/python -m pytest -m soak tests/e2e
	$(PYTEST) -m soak tests/simulation tests/integration tests/unit

#: SEED=number        simulate: which history
simulate: $(READY) ## Plays one history of the simulation again, and prints it
	@PYTHONPATH=layers/twilio_connector/python $(BIN)/python -m tests.simulation \
		"$(or $(SEED),$(error Which history? make simulate SEED=number))"

# The functions run on the runtime's Python where there is one that starts (pyenv's shims may not), else on that of .venv.
#: BENCH_PYTHON=path  bench: the Python that the functions run on
BENCH_PYTHON ?= $(shell for python in python3.13 "$$(pyenv root 2>/dev/null)"/versions/3.13*/bin/python $(CURDIR)/$(BIN)/python; do \
	"$$python" -c 'import sys; print(sys.executable)' 2>/dev/null && break; done)
BENCH_VENV := $(VENV)/bench

#: AGAINST=checkout   bench: another version to measure in the same rounds
bench: $(READY) ## Measures the functions and their peers, for docs/bench.md (12 minutes)
	@$(BENCH_PYTHON) -m venv $(BENCH_VENV)
	@$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check $$(grep -E '^(boto3|awslambdaric)==' requirements-dev.txt)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-bench.txt
	@PYTHONPATH=layers/twilio_connector/python $(BIN)/python -m bench --python $(CURDIR)/$(BENCH_VENV)/bin/python \
		--keep $(BENCH_VENV)/results.pickle $(if $(AGAINST),--against "$(AGAINST)")
	@$(MAKE) --no-print-directory scale

scale: $(READY) ## Computes docs/scale.md again, from what the bench measured
	@PYTHONPATH=layers/twilio_connector/python $(BIN)/python -m bench.scale

kit: $(READY) ## Writes the consumer's types again, from events/schemas
	@$(BIN)/python -m kit.generator

check: $(READY) ## Checks lint, formatting, types and the template
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/python -m kit.generator --check
	$(BIN)/mypy
	$(BIN)/sam validate --lint
	@# The cfn-lint that SAM CLI allows does not know a Custom Event Bus; `make nag` has one that does.
	$(BIN)/cfn-lint docs/examples/*.yaml $(filter-out %/conversations-in-order/template.yaml,$(wildcard examples/*/template.yaml))

TYPES := $(VENV)/types
TYPES_READY := $(TYPES)/.ready

types: $(READY) $(TYPES_READY) ## Checks the consumer's kit with pyright and tsc (needs Node.js)
	node $(TYPES)/node_modules/pyright/index.js --project tests/kit
	node $(TYPES)/node_modules/typescript/bin/tsc --project tests/kit

NAG := $(VENV)/nag
NAG_READY := $(NAG)/.ready

nag: $(READY) $(NAG_READY) ## Checks the template by AWS's rules, ten regions (a minute; Node.js)
	@PYTHONPATH=layers/twilio_connector/python $(BIN)/python -m tests.nag

FUZZ := $(VENV)/fuzz
FUZZ_READY := $(FUZZ)/.ready

#: SECONDS=3600       fuzz: how long, all targets together
#: ONLY=name          fuzz: that target alone
#: INPUT=file         fuzz: repeats one input of the target ONLY, as it was found
fuzz: $(READY) $(FUZZ_READY) ## Fuzzes what reads strangers' input, guided by coverage (an hour)
	@PYTHONPATH=layers/twilio_connector/python $(FUZZ)/bin/python -m tests.fuzz $(if $(SECONDS),--seconds "$(SECONDS)") \
		$(if $(ONLY),--only "$(ONLY)") $(if $(INPUT),--input "$(INPUT)")

MUTANTS := $(VENV)/mutants
MUTANTS_READY := $(MUTANTS)/.ready

#: ONLY=part          mutants: the one part of tests/mutants/parts.py to judge
mutants: $(READY) $(MUTANTS_READY) ## Changes the code in small ways: do the tests notice? (an hour)
	@PYTHONPATH=layers/twilio_connector/python nice -n 10 $(BIN)/python -m tests.mutants --tool $(MUTANTS) $(if $(ONLY),--only "$(ONLY)")

build: $(READY) ## Builds the functions and the layer for AWS
	PYTHON="$(CURDIR)/$(BIN)/python" $(BIN)/sam build

deploy: build ## Deploys to the AWS account of your credentials
	$(BIN)/sam deploy

RELEASE := $(VENV)/release
RELEASE_READY := $(RELEASE)/.ready

# Only the runtime's own Python can make the layer's bytecode: there is no fallback to that of .venv.
#: RELEASE_PYTHON=path  release: the Python 3.13 that makes the bytecode
RELEASE_PYTHON ?= $(shell for python in python3.13 "$$(pyenv root 2>/dev/null)"/versions/3.13*/bin/python; do \
	"$$python" -c 'import sys; print(sys.executable)' 2>/dev/null && break; done)
#: DIST=folder        release: where to write it, if not dist
DIST ?= dist

release: $(READY) $(RELEASE_READY) ## Writes zips, templates and a bill of materials, to deploy without SAM
	@PYTHONPATH=layers/twilio_connector/python $(BIN)/python -m release --python "$(RELEASE_PYTHON)" --output "$(DIST)" \
		$(if $(JSON),--json)

OPERATE := PYTHONPATH=layers/twilio_connector/python $(BIN)/python -m operations
ON_STACK = --stack "$(or $(STACK),$(error Which stack? make $@ STACK=name))" $(if $(REGION),--region "$(REGION)")

#: STACK=name         connect, doctor, replay, smoke, delete: the deployed stack
#: REGION=name        connect, doctor, replay, smoke, delete: its AWS region
#: CONNECTION=name    connect, doctor, smoke: the connection, if not the default
#: NUMBER=+1...       connect: the account's number to connect, or its SID
#: SERVICE=MG...      connect: the messaging service to connect, instead of a number
#: FALLBACK=url       connect: the URL that Twilio calls if the webhook fails
#: CLEAR_APPLICATION=1  connect: takes the number out of its TwiML application
#: RESTORE=1          connect: puts back what was there before
#: DELIVER_TO=url     doctor, smoke: where to post the probe if the stack is on a local AWS
#: DRY_RUN=1          connect, replay: changes nothing, only shows what it would do
#: FORGET_POLLS=1     replay: deletes the records of failed polls and reconciliations
#: TO=+1...           smoke: the number to send a real text to
#: FROM=+1...         smoke: the account's number to send it from
#: WEBHOOK_TEST=1     smoke: has Twilio itself deliver a test webhook, a public beta
#: JSON=1             connect, doctor, release, replay, smoke: one JSON document
#: YES=1              connect, delete: does not ask first
#: ANYWAY=1           delete: even if something depends on the stack

connect: $(READY) ## Has a number or a messaging service send its texts to a stack
	@$(OPERATE) connect $(ON_STACK) $(if $(CONNECTION),--connection "$(CONNECTION)") $(if $(NUMBER),--number "$(NUMBER)") \
		$(if $(SERVICE),--service "$(SERVICE)") $(if $(FALLBACK),--fallback '$(value FALLBACK)') \
		$(if $(CLEAR_APPLICATION),--clear-application) $(if $(RESTORE),--restore) $(if $(DRY_RUN),--dry-run) $(if $(YES),--yes) $(if $(JSON),--json)

doctor: $(READY) ## Checks a deployed stack and says how to fix what is wrong
	@$(OPERATE) doctor $(ON_STACK) $(if $(CONNECTION),--connection "$(CONNECTION)") $(if $(DELIVER_TO),--deliver-to '$(value DELIVER_TO)') \
		$(if $(JSON),--json)

replay: $(READY) ## Sends the contents of a deployed stack's dead-letter queues again
	@$(OPERATE) replay $(ON_STACK) $(if $(DRY_RUN),--dry-run) $(if $(FORGET_POLLS),--forget-polls) $(if $(JSON),--json)

smoke: $(READY) ## Tries a deployed stack out, with a real text if you name two numbers
	@$(OPERATE) smoke $(ON_STACK) $(if $(CONNECTION),--connection "$(CONNECTION)") $(if $(TO),--to "$(TO)") \
		$(if $(FROM),--from "$(FROM)") $(if $(WEBHOOK_TEST),--webhook-test) $(if $(DELIVER_TO),--deliver-to '$(value DELIVER_TO)') \
		$(if $(JSON),--json)

delete: $(READY) ## Deletes a deployed stack, unless something depends on it
	@$(OPERATE) delete $(ON_STACK) $(if $(ANYWAY),--anyway)
	$(BIN)/sam delete --stack-name "$(STACK)" $(if $(REGION),--region "$(REGION)") $(if $(YES),--no-prompts)

clean: ## Removes what the other targets made here, .venv included
	rm -rf .aws-sam dist .fuzz .hypothesis .mypy_cache .pytest_cache .ruff_cache $(VENV)
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements-dev.txt layers/twilio_connector/requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "This needs Python 3.11 or later; '$(PYTHON)' is not. Try: make PYTHON=python3.13 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "[1/2] Making $(VENV) with $$($(PYTHON) --version) ..." >&2
	@$(PYTHON) -m venv $(VENV)
	@echo "[2/2] Installing what the bundle is built and tested with (a few minutes, and only this once) ..." >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt
	@touch $@

NEEDS_NODE = @node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null && npm --version >/dev/null 2>&1 || { \
		echo "make $(1) needs Node.js 20 or later, with npm." >&2; exit 1; }

$(TYPES_READY): tests/kit/package.json tests/kit/package-lock.json | $(READY)
	$(call NEEDS_NODE,types)
	@echo "Making $(TYPES) (some seconds, and only this once) ..." >&2
	@mkdir -p $(TYPES)
	@cp tests/kit/package.json tests/kit/package-lock.json $(TYPES)
	@cd $(TYPES) && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

$(NAG_READY): requirements-nag.txt tests/nag/package.json tests/nag/package-lock.json | $(READY)
	$(call NEEDS_NODE,nag)
	@echo "Making $(NAG) (a minute, and only this once) ..." >&2
	@$(BIN)/python -m venv --clear $(NAG)
	@$(NAG)/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements-nag.txt
	@cp tests/nag/package.json tests/nag/package-lock.json $(NAG)
	@cd $(NAG) && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

$(FUZZ_READY): requirements-fuzz.txt requirements-dev.txt layers/twilio_connector/requirements.txt | $(READY)
	@echo "Making $(FUZZ) (a minute, and only this once) ..." >&2
	@$(BIN)/python -m venv --clear $(FUZZ)
	@$(FUZZ)/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements-fuzz.txt \
		--requirement layers/twilio_connector/requirements.txt $$(grep -E '^(boto3|hypothesis|twilio)==' requirements-dev.txt)
	@touch $@

$(RELEASE_READY): requirements-release.txt | $(READY)
	@echo "Making $(RELEASE) (a minute, and only this once) ..." >&2
	@$(BIN)/python -m venv --clear $(RELEASE)
	@$(RELEASE)/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements-release.txt
	@touch $@

$(MUTANTS_READY): requirements-mutants.txt | $(READY)
	@echo "Making $(MUTANTS) (a minute, and only this once) ..." >&2
	@$(BIN)/python -m venv --clear $(MUTANTS)
	@$(MUTANTS)/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements-mutants.txt
	@touch $@
