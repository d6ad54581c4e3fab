# Every command of the project. `make` alone lists them.
# Each target brings the checkout up to date first (setup/install.py): a second run finds nothing to do.

.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON := .venv/bin/python
PYTEST := $(PYTHON) -m pytest
# What libraries warn each other of is nothing to a person who talks.
QUIET := $(PYTHON) -W ignore -m

# The tests that need no Rasa: they run first, in seconds. WITHOUT_RASA makes `import rasa` an error (tests/conftest.py).
PURE := $(wildcard tests/reasoning tests/test_architecture.py tests/test_docs.py)
# Of those, some that take as long as all others together: they run beside them.
LONG := $(addprefix tests/,reasoning/test_random_walks.py reasoning/test_model_check.py test_architecture.py test_docs.py)
# The others run in five rows beside each other that take about the same time: some of them wait more than they compute.
# Those of the channels, with the platforms on loopback, and the stories, which Rasa's own commands read.
CHANNELS := tests/channels tests/stories
# Those of all channels at once, at Telegram's pace, and those of weeks that pass in processes with other clocks.
WAITING := $(addprefix tests/,channels/test_one_set.py channels/test_unasked_live.py serving/test_three_weeks.py \
	serving/test_reminders.py)
# Those of servers that are killed, cut off or several.
LIVE := $(addprefix tests/,channels/test_telegram_live.py channels/test_telegram_delivery.py \
	serving/test_two_processes.py serving/test_database_faults.py)
# Those of Slack, and of the set-up and of Rasa's own commands, which are processes of their own.
COMMANDS := tests/setup $(wildcard tests/channels/test_slack*.py)
# In a process of its own, as are those of tests/widget, which need no model: the browser's driver keeps an event loop
# running, which other tests must not meet.
BROWSER := tests/channels/test_in_the_browser.py
OWN_YAML := $(wildcard *.yml) .yamllint knowledge data deploy tests

.PHONY: help setup run talk ask assess train test test-with-model test-pure check format validate understanding accuracy adapter review coverage figures settings secrets rotate-secret screenshots bench soak profile clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install everything the project needs, into .tools/, .venv/, models/ and widget/
	@python3 setup/install.py

run: train ## start the assistant on 127.0.0.1:5005 (installs and trains first when needed)
	@exec $(QUIET) serving

talk: train ## chat in the terminal; with a pipe on stdin: JSON lines in, JSON lines out
	@exec $(QUIET) serving.talk

ask: train ## one message and its answer: make ask TEXT="is heat ok"
	@exec $(QUIET) serving.ask "$$TEXT"

assess: train ## read many messages: make assess FILE=in.jsonl OUT=out.jsonl
	@exec $(QUIET) serving.assess "$$FILE" "$$OUT"

train: setup ## train the model when its inputs have changed
	@$(PYTHON) setup/train.py

test: test-pure ## run every test, those without Rasa first, those of the widget while the model is trained
	@setup/beside.sh "$(MAKE) --no-print-directory test-with-model" "$(PYTEST) tests/widget"

test-with-model: train ## run the tests that need the model
	@setup/beside.sh \
		"$(PYTEST) tests $(addprefix --ignore=,$(PURE) $(CHANNELS) $(WAITING) $(LIVE) $(COMMANDS) tests/widget)" \
		"$(PYTEST) $(CHANNELS) $(addprefix --ignore=,$(WAITING) $(LIVE) $(COMMANDS) $(BROWSER))" \
		"$(PYTEST) $(WAITING)" \
		"$(PYTEST) $(LIVE)" \
		"$(PYTEST) $(COMMANDS) && $(PYTEST) $(BROWSER)"

test-pure: setup ## run the tests that need no Rasa, in seconds
	@WITHOUT_RASA=1 setup/beside.sh "$(PYTEST) $(filter-out $(LONG),$(PURE)) $(addprefix --ignore=,$(LONG))" "$(PYTEST) $(LONG)"

check: setup ## ruff, formatting, types, YAML, spelling
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy
	@$(PYTHON) -m yamllint --strict $(OWN_YAML)
	@$(PYTHON) -m codespell_lib

format: setup ## let ruff mend what it can
	@$(PYTHON) -m ruff check --fix .
	@$(PYTHON) -m ruff format .

validate: setup ## let Rasa check domain and data; a warning is a failure
	@HOME="$(CURDIR)/.tools/home" $(QUIET) rasa data validate --fail-on-warnings

understanding: train ## score the evaluation set, write docs/understanding.md
	@$(PYTHON) -m bench.understanding

accuracy: train ## judge the vignettes, also with layers failing, write docs/accuracy.md
	@$(PYTHON) -W ignore -m bench.accuracy

adapter: setup ## train the watch's adapter and its thresholds anew (a quarter of an hour, with JAX in an environment of its own)
	@UV="$$(cat .tools/uv.path)" setup/adapter/train.sh

review: setup ## write docs/safety/review-sheet.md, which a clinician can fill in
	@$(PYTHON) -m bench.review_sheet

coverage: setup ## write docs/coverage.md: where each fact of the article lives
	@$(PYTHON) -m bench.coverage

figures: train ## measure and write docs/figures.md
	@$(PYTHON) -m bench.figures

settings: setup ## write the table of settings in docs/operations.md, and .env.example
	@$(PYTHON) -m bench.settings

secrets: setup ## make the secrets that are missing, in the data folder; what is there stays
	@$(PYTHON) -m serving.secret_keys

rotate-secret: setup ## put a new key before the one that signs the website's tokens
	@$(PYTHON) -m serving.secret_keys rotate

screenshots: train ## take the pictures of docs/pictures/ from a running server (needs a Chromium)
	@$(QUIET) tests.widget.shots

bench: train ## compare with stock Rasa, in an environment of its own in bench/stock/ (SHORT=1: seconds each)
	@UV="$$(cat .tools/uv.path)" $(PYTHON) bench/stock/install.py
	@$(QUIET) bench.load $(if $(SHORT),--short)
	@$(PYTHON) -m bench.stock.prepare
	@$(if $(SHORT),:,$(PYTHON) -m bench.stock.understanding)

soak: train ## a load for long, a ramp past saturation, 100,000 messages, and the long tests (SHORT=1: a minute of load)
	@$(QUIET) bench.load.soak $(if $(SHORT),--short)
	@$(if $(SHORT),,$(QUIET) bench.load.long_tests)

profile: train ## watch a server under load for 20 s: what a message's time goes into
	@$(QUIET) bench.profile

clean: ## remove everything that was installed, built or trained
	@rm -rf .venv .tools models .rasa bench/stock/.venv bench/stock/served bench/stock/served.json widget/node_modules widget/dist .mypy_cache .ruff_cache .pytest_cache
