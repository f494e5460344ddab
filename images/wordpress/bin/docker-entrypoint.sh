#!/usr/bin/env bash
# As in the official image: puts WordPress into the volume when it is not there, and with any WORDPRESS_ variable a
# wp-config.php that reads them. What lies there already stays as it is.
set -euo pipefail
readonly SOURCE=/usr/src/wordpress

copy_wordpress() {
  printf 'WordPress not found in %s - copying now...\n' "$PWD" >&2
  tar --create --directory "$SOURCE" --owner "$user" --group "$group" . | tar --extract --skip-old-files
  printf 'Complete! WordPress has been successfully copied to %s\n' "$PWD" >&2
}

write_config() {
  printf "No 'wp-config.php' found in %s, but 'WORDPRESS_...' variables supplied; copying one\n" "$PWD" >&2
  local line
  while IFS= read -r line; do
    # Every key its own secret; this one stays the same only for as long as the file does.
    printf '%s\n' "${line/put your unique phrase here/$(od -An -N20 -tx1 /dev/urandom | tr -d ' \n')}"
  done <"$SOURCE/wp-config-docker.php" >wp-config.php
  if [[ $(id -u) == 0 ]]; then chown "$user:$group" wp-config.php; fi
}

if [[ $1 == apache2* ]]; then
  user=$(id -u) group=$(id -g)
  if [[ $user == 0 ]]; then
    # Apache's notation for a number has a '#' before it.
    user=${APACHE_RUN_USER:-www-data} group=${APACHE_RUN_GROUP:-www-data}
    user=${user#\#} group=${group#\#}
  fi
  if [[ ! -e index.php && ! -e wp-includes/version.php ]]; then
    # A folder that the engine made for a bind mount belongs to root.
    if [[ $(id -u) == 0 && $(stat -c %u:%g .) == 0:0 ]]; then chown "$user:$group" .; fi
    copy_wordpress
  fi
  if [[ ! -s wp-config.php && -n $(compgen -v WORDPRESS_) ]]; then write_config; fi
fi
exec "$@"
