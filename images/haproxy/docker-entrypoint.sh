#!/bin/sh
# As in the official image: an option is meant for haproxy, and haproxy runs as a master that stays in the foreground.
set -e
if [ "${1#-}" != "$1" ]; then
  set -- haproxy "$@"
fi
if [ "$1" = haproxy ]; then
  shift
  set -- haproxy -W -db "$@"
fi
exec "$@"
