# The first use makes an environment in .venv, later ones start at once.

PYTHON ?= python3
RUN := .venv/bin/python -m
FIRST_LESSON = $(notdir $(firstword $(wildcard notebooks/00-*.ipynb)))
# In a container one is often root, which JupyterLab wants to be told.
AS_ROOT = $(if $(filter 0,$(shell id -u)),--allow-root)
# Tests that "make quick" leaves to "make test", and does not read.
LATER = lessons lab/building lab/classroom lab/exercises lab/checking/sandbox \
	lab/serving layers/nats layers/redis layers/remote \
	layers/test_contract.py compat browser servers lab/clients lab/engine \
	lab/notebook protocols/mqtt/test_client.py soak \
	benchmarks wild contrib/django/test_steps.py contrib/django/test_live.py
# Without what Python keeps of a module, each process compiles all of them.
unexport PYTHONDONTWRITEBYTECODE
# Nothing leaves the machine unasked: JupyterLab neither looks for a newer one, nor
# asks about news. These are defaults; the user's own settings stay as they are.
SETTINGS = --LabApp.app_settings_dir=notebooks/.jupyterlab

.PHONY: help lab test quick soak lessons bench wild style

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.*## /make \1	/p' Makefile

lab: .venv/installed ## open JupyterLab on lesson 00
	$(RUN) jupyterlab $(AS_ROOT) $(SETTINGS) --notebook-dir=notebooks --LabApp.default_url=/lab/tree/$(FIRST_LESSON)

test: style ## style, types, tests, lessons, browser, coverage
	$(RUN) pytest -n auto --dist loadgroup --cov

quick: .venv/installed ## the tests of the inner loop: no kernel, no browser
	$(RUN) pytest -n auto -m "not kernel" $(LATER:%=--ignore=tests/%)

soak: .venv/installed ## repetitions under load, before a release
	$(RUN) pytest -m soak

lessons: .venv/installed ## write heads, execute all notebooks, solve them
	$(RUN) minichannels.lab.building.course
	$(RUN) minichannels.lab.building.execute $(wildcard notebooks/*.ipynb)
	$(RUN) minichannels.lab.building.solve

bench: .venv/installed ## measure
	$(if $(wildcard tests/benchmarks/*.py),$(RUN) pytest -m benchmarks -s,@echo "there are no benchmarks yet")

wild: .venv-wild/installed ## record other people's packages, each in its newest version
	.venv-wild/bin/python -m pytest -m wild tests/wild/packages -n auto

style: .venv/installed ## lint, format, types
	$(RUN) ruff check && $(RUN) ruff format --check && $(RUN) mypy

.venv/installed: pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "there is no command '$(PYTHON)'; install Python 3.11 or newer, or name it: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c "$$CHECK_PYTHON"
	@echo "making the environment in .venv; this takes some minutes, once"
	@$(PYTHON) -m venv .venv
	@$(RUN) pip install --quiet --disable-pip-version-check -e ".[lab,test]"
	@touch $@

.venv-wild/installed: pyproject.toml tests/wild/packages/requirements.txt
	@$(PYTHON) -c "$$CHECK_PYTHON"
	@echo "making the environment in .venv-wild; this takes some minutes, once"
	@$(PYTHON) -m venv .venv-wild
	@.venv-wild/bin/python -m pip install --quiet --disable-pip-version-check --upgrade -e ".[record]" -r tests/wild/packages/requirements.txt
	@touch $@

define CHECK_PYTHON
import sys
version = "%d.%d" % sys.version_info[:2]
if sys.version_info < (3, 11):
    sys.exit("minichannels needs Python 3.11 or newer, this is " + version
             + "; name another one: make PYTHON=python3.12")
try:
    import ensurepip, venv
except ImportError:
    sys.exit("Python " + version + " cannot make environments; on Debian "
             "and Ubuntu: sudo apt install python" + version + "-venv")
endef
export CHECK_PYTHON
