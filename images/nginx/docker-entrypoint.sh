#!/bin/sh
# As in the official image: what lies in /docker-entrypoint.d runs before nginx does.
set -e
if [ "$1" = nginx ] || [ "$1" = nginx-debug ]; then
  # shellcheck source=/dev/null disable=SC2044
  for script in $(find /docker-entrypoint.d/ -follow -type f 2>/dev/null | sort -V); do
    case $script in
      *.envsh) if [ -x "$script" ]; then . "$script"; fi ;;
      *.sh) if [ -x "$script" ]; then "$script"; fi ;;
    esac
  done
fi
exec "$@"
