#!/usr/bin/env bash
# Trains the adapter on all texts but those that are held, and sets the thresholds on these.
set -euo pipefail
cd "$(dirname "$0")/../.."

work=.tools/adapter
"$UV" venv --quiet --allow-existing --python "$(cat .tools/python.path)" "$work"
VIRTUAL_ENV="$work" "$UV" pip sync --quiet --require-hashes setup/adapter/requirements.lock
weights=$(.venv/bin/python -W ignore setup/adapter/texts.py "$work/texts.jsonl")
"$work/bin/python" setup/adapter/train.py "$work/texts.jsonl" "$weights" knowledge/second_opinion/adapter.npz
.venv/bin/python setup/build_encoder.py
.venv/bin/python -W ignore setup/build_second_opinion.py --tune "$work/texts.jsonl"
