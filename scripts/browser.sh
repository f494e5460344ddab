#!/usr/bin/env bash
# Makes sure that a browser is there for the tests of the report's page. One that is there is used as it is.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

command -v chromium >/dev/null && exit
if ! command -v apt-get >/dev/null || [[ $(id -u) != 0 ]]; then
  printf 'browser: %s\n' 'no chromium is there' 'fix: install Chromium as the command chromium, then run this again' >&2
  exit 1
fi
apt-get update -qq
apt-get install -qq --no-install-recommends chromium >/dev/null
