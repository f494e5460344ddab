#!/usr/bin/env bash
# Installs stackproof into a folder of its own. The index may lag a release by a minute: it is asked again.
set -euo pipefail

folder="$RUNNER_TEMP/stackproof"
wanted="${VERSION:-$(cat "$GITHUB_ACTION_PATH/action/version")}"
case "$wanted" in
  */* | .) package=$wanted ;; # a path, as in our own workflow
  latest) package=stackproof ;;
  *) package="stackproof==$wanted" ;;
esac
[ -d "$folder" ] || python3 -m venv "$folder"
for pause in 5 10 20 30 40 0; do
  if "$folder/bin/pip" install --quiet --disable-pip-version-check "$package"; then
    exit 0
  fi
  sleep "$pause"
done
echo "stackproof: $package could not be installed" >&2
exit 1
