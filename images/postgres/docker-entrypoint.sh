#!/usr/bin/env bash
# The contract of the official image: as root prepares the directories and drops to postgres, on an empty data directory
# makes the cluster, the user and the database and runs /docker-entrypoint-initdb.d, then becomes the server.
set -Eeo pipefail

die() { printf '%s\n' "$@" >&2; exit 1; }

# NAME, or the content of the file that NAME_FILE names, or the default.
from_environment() {
  local name=$1 file=${1}_FILE
  if [[ -n ${!name:-} && -n ${!file:-} ]]; then die "error: both $name and $file are set (but are exclusive)"; fi
  local value=${!name:-${2:-}}
  if [[ -n ${!file:-} ]]; then value=$(<"${!file}"); fi
  export "$name"="$value"
  unset "$file"
}

prepare_directories() {
  mkdir -p "$PGDATA" /var/run/postgresql
  chmod 00700 "$PGDATA" || :
  chmod 03775 /var/run/postgresql || :
  if [[ -n ${POSTGRES_INITDB_WALDIR:-} ]]; then mkdir -p "$POSTGRES_INITDB_WALDIR"; fi
  [[ $(id -u) == 0 ]] || return 0
  find "$PGDATA" ${POSTGRES_INITDB_WALDIR:+"$POSTGRES_INITDB_WALDIR"} \! -user postgres -exec chown postgres '{}' +
  find /var/run/postgresql \! -user postgres -exec chown postgres '{}' +
}

check_password() {
  if [[ -z $POSTGRES_PASSWORD && $POSTGRES_HOST_AUTH_METHOD != trust ]]; then
    die 'Error: Database is uninitialized and superuser password is not specified.' \
      '       You must specify POSTGRES_PASSWORD to a non-empty value for the' \
      '       superuser. For example, "-e POSTGRES_PASSWORD=password" on "docker run".' '' \
      '       You may also use "POSTGRES_HOST_AUTH_METHOD=trust" to allow all' \
      '       connections without a password. This is *not* recommended.'
  fi
}

make_cluster() {
  # shellcheck disable=SC2086 # the user's words are options
  initdb --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") \
    ${POSTGRES_INITDB_WALDIR:+--waldir "$POSTGRES_INITDB_WALDIR"} ${POSTGRES_INITDB_ARGS:-}
  local method=${POSTGRES_HOST_AUTH_METHOD:-$(postgres -C password_encryption)}
  printf '\nhost all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"
}

# sql DATABASE [PSQL OPTION...]: over the socket, whatever PGHOST says.
sql() {
  PGHOST='' PGHOSTADDR='' psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --no-password --no-psqlrc --dbname "$@"
}

make_database() {
  local exists
  exists=$(sql postgres -At -v db="$POSTGRES_DB" <<<"SELECT 1 FROM pg_database WHERE datname = :'db';")
  [[ -n $exists ]] || sql postgres -v db="$POSTGRES_DB" <<<'CREATE DATABASE :"db";'
}

run_init_files() {
  local file
  printf '\n'
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sh)
        printf '%s: %s %s\n' "$0" "$([[ -x $file ]] && echo running || echo sourcing)" "$file"
        # shellcheck source=/dev/null
        if [[ -x $file ]]; then "$file"; else . "$file"; fi
        ;;
      *.sql) printf '%s: running %s\n' "$0" "$file" && sql "$POSTGRES_DB" -f "$file" ;;
      *.sql.gz) printf '%s: running %s\n' "$0" "$file" && gunzip -c "$file" | sql "$POSTGRES_DB" ;;
      *.sql.xz) printf '%s: running %s\n' "$0" "$file" && xzcat "$file" | sql "$POSTGRES_DB" ;;
      *) printf '%s: ignoring %s\n' "$0" "$file" ;;
    esac
  done
}

initialise() {
  check_password
  make_cluster
  # On the socket only: nobody may take this server for the finished one.
  export PGPASSWORD=${PGPASSWORD:-$POSTGRES_PASSWORD}
  NOTIFY_SOCKET='' pg_ctl -D "$PGDATA" -o "$(printf '%q ' "${@:2}" -c listen_addresses= -p "${PGPORT:-5432}")" -w start
  make_database
  run_init_files
  pg_ctl -D "$PGDATA" -m fast -w stop
  unset PGPASSWORD
  printf '\nPostgreSQL init process complete; ready for start up.\n\n'
}

if [[ ${1:0:1} == - ]]; then set -- postgres "$@"; fi
if [[ $1 == postgres && ! " $* " =~ \ (-\?|--help|--describe-config|-V|--version)\  ]]; then
  from_environment POSTGRES_PASSWORD
  from_environment POSTGRES_USER postgres
  from_environment POSTGRES_DB "$POSTGRES_USER"
  from_environment POSTGRES_INITDB_ARGS
  : "${POSTGRES_HOST_AUTH_METHOD:=}"
  prepare_directories
  if [[ $(id -u) == 0 ]]; then exec gosu postgres "${BASH_SOURCE[0]}" "$@"; fi
  if [[ -s $PGDATA/PG_VERSION ]]; then
    printf '\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n'
  else
    initialise "$@"
  fi
fi
exec "$@"
