.DEFAULT_GOAL := help
.PHONY: help setup gate test check load bench fidelity emulator lock clean
BIN := .venv/bin
PROFILE ?= reference
REPORT ?= report

help: ## say what each target does
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /  make \1	/' | expand -t 18

setup: ## make .venv from the lock file (every target does, when something changed)
	@python3 .ci/setup.py

gate: setup ## judge the backend of PROFILE (default: the reference backend) against the offline AWS; report in REPORT
	@$(BIN)/agentcore-harness gate $(PROFILE) --report $(REPORT)

test: setup ## run the project's own tests
	@$(BIN)/python -m pytest

check: setup ## formatting, lint, types, import directions
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

load: setup ## put the backend of PROFILE under load and judge it; history in REPORT
	@$(BIN)/agentcore-harness load $(PROFILE) --report $(REPORT)

bench: setup ## measure the harness itself; named ratios in bench.json
	@$(BIN)/python load/bench/run.py --out bench.json

fidelity: setup ## write docs/fidelity.md again, after botocore or the emulator moved
	@$(BIN)/python -m agentcore_emulator.fidelity

emulator: setup ## serve the emulator alone, with an echo agent
	@$(BIN)/agentcore-emulator --agent contract=contracts/agentcore_contracts/agents/contract_agent.py

lock: setup ## write requirements.lock again from pyproject.toml (needs uv)
	@uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet --extra dev pyproject.toml --output-file requirements.lock

clean: ## remove what the other targets made
	@rm -rf .venv report bench.json dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache integration/js/node_modules
