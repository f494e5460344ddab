#!/usr/bin/env bash
# Proves what the inputs name. Its exit code is an output, so that reports are published whatever it is.
set -euo pipefail

words=(check --report-dir "$REPORT_DIR")
while IFS= read -r line; do
  [ -z "$line" ] || words+=("$line")
done <<<"$PATHS"
while IFS= read -r line; do
  [ -z "$line" ] || words+=(--compose-profile "$line")
done <<<"$COMPOSE_PROFILE"
[ -z "$CONTRACT" ] || words+=(--contract "$CONTRACT")
[ -z "$PROFILE" ] || words+=(--profile "$PROFILE")
[ "$STATIC" != true ] || words+=(--static)
[ -z "$FAIL_ON" ] || words+=(--fail-on "$FAIL_ON")
[ -z "$SELECT" ] || words+=(--select "$SELECT")
[ -z "$IGNORE" ] || words+=(--ignore "$IGNORE")
[ -z "$WORKERS" ] || words+=(--workers "$WORKERS")
[ -z "$BASELINE" ] || words+=(--baseline "$BASELINE" --fail-on-new)
[ "$ALLOW_HOST_ACCESS" != true ] || words+=(--allow-host-access)
while IFS= read -r line; do
  [ -z "$line" ] || words+=("$line")
done <<<"$OPTIONS"

code=0
"$RUNNER_TEMP/stackproof/bin/stackproof" "${words[@]}" || code=$?
echo "code=$code" >>"$GITHUB_OUTPUT"
