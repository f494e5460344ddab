#!/usr/bin/env bash
# accounts.sh DATADIR SOCKET PORT: prints the SQL that gives a new server its users and its database, as the environment
# wants them, and writes the login of healthcheck.sh into DATADIR.
set -euo pipefail

quoted() { local text=${1//\\/\\\\} && printf "'%s'" "${text//\'/\\\'}"; }

health_user() {
  local host secret
  secret=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  for host in 127.0.0.1 ::1 localhost; do
    printf "CREATE USER healthcheck@'%s' IDENTIFIED BY '%s';\n" "$host" "$secret"
  done
  # Only the server's own user may read it.
  umask 0077
  printf '[mariadb-client]\nport=%s\nsocket=%s\nuser=healthcheck\npassword=%s\nprotocol=tcp\n' \
    "$3" "$2" "$secret" >"$1/.my-healthcheck.cnf"
}

own_user() {
  printf "CREATE USER %s@'%%' IDENTIFIED BY %s;\n" "$(quoted "$MARIADB_USER")" "$(quoted "$MARIADB_PASSWORD")"
  # In a grant an underscore would stand for any character.
  [[ -z $MARIADB_DATABASE ]] \
    || printf "GRANT ALL ON \`%s\`.* TO %s@'%%';\n" "${MARIADB_DATABASE//_/\\_}" "$(quoted "$MARIADB_USER")"
}

# A backslash in a password must stay an escape character, and no replica may learn of the users of this server.
printf "SET SESSION sql_mode = REPLACE(@@SESSION.sql_mode, 'NO_BACKSLASH_ESCAPES', ''), SESSION sql_log_bin = 0;\n"
password=$(quoted "$MARIADB_ROOT_PASSWORD") host=$(quoted "$MARIADB_ROOT_HOST")
# The others that a new server has log in from its own host without a password.
printf "DROP USER IF EXISTS root@'127.0.0.1', root@'::1';\n"
printf "EXECUTE IMMEDIATE CONCAT('DROP USER IF EXISTS root@', QUOTE(@@hostname));\n"
printf 'SET PASSWORD FOR root@localhost = PASSWORD(%s);\n' "$password"
if [[ $MARIADB_ROOT_HOST != localhost ]]; then
  printf 'CREATE USER root@%s IDENTIFIED BY %s;\nGRANT ALL ON *.* TO root@%s WITH GRANT OPTION;\n' "$host" "$password" "$host"
fi
health_user "$@"
printf 'SET SESSION sql_log_bin = 1;\n'
# shellcheck disable=SC2016 # SQL's quotes, not the shell's
[[ -z $MARIADB_DATABASE ]] || printf 'CREATE DATABASE IF NOT EXISTS `%s`;\n' "$MARIADB_DATABASE"
[[ -z $MARIADB_USER || -z $MARIADB_PASSWORD ]] || own_user
