#!/usr/bin/env bash
# Runs two commands beside each other, one for each core. What the second prints is shown when both have ended.
# Usage: setup/beside.sh COMMAND COMMAND. Fails when one of them does.
set -u
log=$(mktemp)
bash -c "$2" > "$log" 2>&1 &
beside=$!
trap 'kill "$beside" 2>/dev/null; rm -f "$log"' EXIT
bash -c "$1"
first=$?
wait "$beside"
second=$?
cat "$log"
exit $((first != 0 || second != 0))
