# The first two commands of the README. Each does all the set-up that it needs.
SHELL := /bin/bash
.DEFAULT_GOAL := check
PYTHON ?= python3
BIN := .venv/bin

.PHONY: check test lint docs docs-site images engine setup clean bench mutate mutate-places

check: setup engine images-ready ## bring the five stacks up and prove them, into reports/
	$(BIN)/pytest -n auto

test: setup engine images-for-tests lint ## our own tests: without an engine, then with one
	$(BIN)/pytest tests/unit -n auto -rfEs
	scripts/browser.sh
	$(BIN)/pytest tests/browser -n 0 -rfEs
	@# Side by side they overload two processors on purpose. What fails there is run once more, alone: if that
	@# passes, its failure above stays in the log for us to find its cause.
	$(BIN)/pytest tests/live -n 7 --maxschedchunk 1 -v -rfEs --durations=60 \
	  || { [ $$? -eq 1 ] && echo "UNSTABLE unless they fail alone, too:" && $(BIN)/pytest tests/live --lf --lfnf=none -v -rfEs; }

lint: setup docs-site
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/controls_page.py --check
	$(BIN)/python scripts/isolation_page.py --check
	$(BIN)/python scripts/contract_page.py --check
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-actions action.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/actionlint -shellcheck $(BIN)/shellcheck .github/workflows/*.yml
	$(BIN)/jactionlint --shellcheck=$(BIN)/shellcheck
	$(BIN)/shellcheck action/*.sh scripts/*.sh container/*.sh .ci/run
	$(BIN)/zizmor --offline --quiet --persona pedantic action.yml .github

docs: setup ## write docs/controls.md, docs/isolation.md and docs/contract.md from what they describe
	$(BIN)/python scripts/controls_page.py
	$(BIN)/python scripts/isolation_page.py
	$(BIN)/python scripts/contract_page.py

docs-site: setup ## build the documentation with a page for each control into build/site; no link may be broken
	$(BIN)/python scripts/docs_site.py

setup: .venv/ready
.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev,docs]'
	@# As pip does with a wheel: where Python writes none (PYTHONDONTWRITEBYTECODE), each start would compile all.
	$(BIN)/python -m compileall -q src
	touch $@

engine:
	scripts/engine.sh

.PHONY: images-ready images-for-tests
images-ready: engine
	scripts/images.sh

images-for-tests: engine
	scripts/images.sh --for-tests

images: engine ## build the stand-ins for official images anew
	scripts/images.sh --rebuild

bench: setup engine images-ready
	$(BIN)/python benchmarks/shell.py
	$(BIN)/python benchmarks/real_life.py
	scripts/browser.sh
	$(BIN)/python benchmarks/page.py

mutate: setup ## change what decides outcomes, one place at a time: the unit tests must see it (MODULES="outcomes facts")
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[mutate]'
	$(BIN)/python scripts/mutate.py $(MODULES)

mutate-places: setup engine images-for-tests ## change named places, for which a live test must turn red (PLACES="reach freeze")
	$(BIN)/python scripts/mutate_places.py $(PLACES)

clean:
	rm -rf .venv .cache build mutants mutants.log reports/*.html reports/*.json reports/*.xml
