# `make serve` runs the desk on this machine, `make test` checks all of it. Python 3 and git are enough to start with.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PORT ?= 8000
PYTHON := .venv/bin/python
INSTALLED := .venv/installed
LINT := .venv/bin/ruff check . && .venv/bin/ruff format --check . && $(PYTHON) -m mypy && $(PYTHON) -m infra.local.scripts
export PORT
# Where it is forbidden to write bytecode, each of the many Pythons below would compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help serve sam-local site test proof pictures lint bench deploy ready diff rollback

help: ## Show what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 12

serve: $(INSTALLED) ## Serve the desk, with demo people, on PORT (8000)
	@exec $(PYTHON) -m infra.local

sam-local: $(INSTALLED) ## Serve the running desk's API from Lambda containers, on port 3000
	@exec $(PYTHON) -m infra.local.sam

site: $(INSTALLED) ## Build the site into build/site
	@$(PYTHON) -m theme.build

lint: $(INSTALLED) ## Check style and types
	@$(LINT)

# Two workers for each of two cores: half the time a test waits, for its browser or for a file or an e-mail to arrive.
test: $(INSTALLED) ## Check style and types, and run every test
	@$(PYTHON) -m infra.local.browser
	@($(LINT)) & linting=$$!; \
	$(PYTHON) -m pytest -n 4 --dist worksteal; tested=$$?; \
	wait $$linting || { echo "Style or types: see above."; exit 1; }; exit $$tested

proof: $(INSTALLED) ## Run the tests that take minutes: long rounds on the exact engine, bundles, sam and checkov
	@$(PYTHON) -m infra.local.browser
	@$(PYTHON) -m pytest -n 2 --maxschedchunk 1 -m proof

pictures: $(INSTALLED) ## Take anew the guides' pictures that no longer show what is seen
	@$(PYTHON) -m infra.local.browser
	@PICTURES=renew $(PYTHON) -m pytest -n 2 -m "" tests/guides/test_walks.py

bench: $(INSTALLED) ## Measure speed and cost, which takes minutes, as one table
	@$(PYTHON) -m bench

deploy: $(INSTALLED) ## Deploy to STAGE=dev, staging or prod
	@$(PYTHON) -m infra.deploy $(STAGE)

ready: $(INSTALLED) ## Do what of deploying STAGE needs no account, and say what it still lacks
	@$(PYTHON) -m infra.ready $(STAGE)

diff: $(INSTALLED) ## Show what deploying to STAGE would change
	@$(PYTHON) -m infra.deploy $(STAGE) --diff

rollback: $(INSTALLED) ## Bring STAGE back to its release before this one, or to VERSION
	@$(PYTHON) -m infra.rollback $(STAGE) $(VERSION)

# What `sam build` asks for, one function at a time; ARCHITECTURE (arm64) is the template's parameter of that name.
build-%:
	@uv=$$(python3 infra/uv.py) && $$uv run --quiet --no-project --python 3.13 python -m infra.bundle $* $(ARTIFACTS_DIR)

$(INSTALLED): requirements.lock .python-version
	@uv=$$(python3 infra/uv.py) && \
	$$uv venv --quiet --allow-existing --python 3.13 .venv && \
	VIRTUAL_ENV=.venv $$uv pip sync --quiet --require-hashes requirements.lock && touch $@
