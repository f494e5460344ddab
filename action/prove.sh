#!/usr/bin/env bash
# Proves what the inputs name. Its exit code is an output, so that reports are published whatever it is.
set -euo pipefail

# What is neither must not be taken for no: `static: yes` would bring up what was to be read alone.
for input in static:STATIC allow-host-access:ALLOW_HOST_ACCESS; do
  name=${input%%:*} variable=${input##*:}
  case ${!variable} in
    [Tt][Rr][Uu][Ee]) printf -v "$variable" true ;;
    [Ff][Aa][Ll][Ss][Ee] | "") printf -v "$variable" false ;;
    *)
      echo "::error title=stackproof::$name takes true or false"
      echo "code=2" >>"$GITHUB_OUTPUT"
      exit 0
      ;;
  esac
done

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

# Controls are documented where the action comes from: reports link there. Of `uses: ./` the checkout around it says.
server=${GITHUB_SERVER_URL:-https://github.com}
repository=$ACTION_REPOSITORY ref=$ACTION_REF below=""
if [ -z "$repository" ]; then
  around=(git -C "$GITHUB_ACTION_PATH")
  origin=$("${around[@]}" config --get remote.origin.url) || origin=""
  case $origin in "$server"/*) repository=${origin#"$server"/} repository=${repository%.git} ;; esac
  ref=$("${around[@]}" rev-parse HEAD) && below=$("${around[@]}" rev-parse --show-prefix) || ref=""
fi
if [ -n "$repository" ] && [ -n "$ref" ]; then
  page="$server/$repository/blob/$ref/${below}docs/controls.md#{control}"
  export STACKPROOF_DOCUMENTATION="${STACKPROOF_DOCUMENTATION:-$page}"
fi

code=0
"$RUNNER_TEMP/stackproof/bin/stackproof" "${words[@]}" || code=$?
echo "code=$code" >>"$GITHUB_OUTPUT"
