#!/bin/sh
# As in the official image: an option or a file that is no command is meant for node.
set -e
if [ "${1#-}" != "$1" ] || [ -z "$(command -v "$1")" ]; then
  set -- node "$@"
fi
exec "$@"
