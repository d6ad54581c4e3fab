#!/usr/bin/env bash
# Runs commands beside each other. What the others print is shown when the first has ended, one after the other.
# Usage: setup/beside.sh COMMAND COMMAND... Fails when one of them does.
set -u
first=$1
shift
logs=() beside=()
for command in "$@"; do
  logs+=("$(mktemp)")
  bash -c "$command" > "${logs[-1]}" 2>&1 &
  beside+=($!)
done
trap 'kill "${beside[@]}" 2>/dev/null; rm -f "${logs[@]}"' EXIT
bash -c "$first"
failed=$?
for number in "${!beside[@]}"; do
  wait "${beside[$number]}" || failed=1
  cat "${logs[$number]}"
done
exit "$failed"
