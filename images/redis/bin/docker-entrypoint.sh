#!/bin/sh
# As in the official image: drops root for redis-server, and takes an option or a .conf file as meant for it.
set -e
if [ "${1#-}" != "$1" ] || [ "${1%.conf}" != "$1" ]; then
  set -- redis-server "$@"
fi
if [ "$1" = redis-server ] && [ "$(id -u)" = 0 ]; then
  find . \! -user redis -exec chown redis '{}' +
  exec gosu redis "$0" "$@"
fi
# Only the owner may read new files, unless the user has set another mask.
if [ "$(umask)" = 0022 ]; then umask 0077; fi
exec "$@"
