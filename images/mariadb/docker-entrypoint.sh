#!/usr/bin/env bash
# The contract of the official image: as root prepares the directories and drops to mysql, on an empty data directory
# makes the system tables, the users and the database and runs /docker-entrypoint-initdb.d, then becomes the server.
set -eo pipefail
shopt -s nullglob

note() { printf '%s [Note] [Entrypoint]: %s\n' "$(date --rfc-3339=seconds)" "$*"; }
die() { printf '%s [ERROR] [Entrypoint]: %s\n' "$(date --rfc-3339=seconds)" "$*" >&2 && exit 1; }

# NAME [DEFAULT]: from MARIADB_NAME or MYSQL_NAME, or from the file that either one with _FILE names. Init scripts may
# read it by both names.
setting() {
  local prefix name file value=${2:-}
  for prefix in MYSQL MARIADB; do
    name=${prefix}_$1 file=${prefix}_$1_FILE
    [[ -z ${!name:-} || -z ${!file:-} ]] || die "Both $name and $file are set (but are exclusive)"
    if [[ -n ${!file:-} ]]; then value=$(<"${!file}"); else value=${!name:-$value}; fi
    unset "$file"
  done
  export "MYSQL_$1=$value" "MARIADB_$1=$value"
}

# Only the server itself knows what its options and all its configuration files come to.
configured() { awk -v name="$1" '$1 == name && /^[^ \t]/ { print $2 }' <<<"$help"; }

# A name of the official image, because init scripts call it.
docker_process_sql() {
  MYSQL_PWD=$password mariadb --protocol=socket --user=root --host=localhost --socket="$socket" --binary-mode \
    ${MARIADB_DATABASE:+--database="$MARIADB_DATABASE"} "$@"
}

run_init_files() {
  local file
  for file in /docker-entrypoint-initdb.d/*; do
    note "$0: $file"
    # shellcheck source=/dev/null
    case $file in
      *.sh) if [[ -x $file ]]; then "$file"; else . "$file"; fi ;;
      *.sql) docker_process_sql <"$file" ;;
      *.sql.gz) gunzip -c "$file" | docker_process_sql ;;
      *.sql.xz) xzcat "$file" | docker_process_sql ;;
      *.sql.zst) zstd -dc "$file" | docker_process_sql ;;
      *) note "$0: ignoring $file" ;;
    esac
  done
}

require_password() {
  setting RANDOM_ROOT_PASSWORD
  if [[ -n $MARIADB_RANDOM_ROOT_PASSWORD ]]; then
    MARIADB_ROOT_PASSWORD=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    export MARIADB_ROOT_PASSWORD MYSQL_ROOT_PASSWORD=$MARIADB_ROOT_PASSWORD
    note "GENERATED ROOT PASSWORD: $MARIADB_ROOT_PASSWORD"
  fi
  [[ -n $MARIADB_ROOT_PASSWORD${MARIADB_ALLOW_EMPTY_ROOT_PASSWORD:-${MYSQL_ALLOW_EMPTY_PASSWORD:-}} ]] \
    || die "Database is uninitialized and password option is not specified: you need to specify one of" \
      "MARIADB_ROOT_PASSWORD, MARIADB_ALLOW_EMPTY_ROOT_PASSWORD and MARIADB_RANDOM_ROOT_PASSWORD"
}

initialise() {
  local server tries=0 password=''
  mariadb-install-db --datadir="$datadir" --rpm --auth-root-authentication-method=normal --skip-test-db "${@:2}" \
    --skip-log-bin --expire-logs-days=0 --default-time-zone=SYSTEM --enforce-storage-engine= >/dev/null
  # On the socket only: nobody may take this server for the finished one.
  "$@" --skip-networking --socket="$socket" --default-time-zone=SYSTEM --wsrep_on=OFF --expire-logs-days=0 &
  server=$!
  until docker_process_sql --database=mysql <<<'SELECT 1' >/dev/null 2>&1; do
    if ((++tries > 300)) || ! kill -0 "$server"; then die "Unable to start server."; fi
    sleep 0.1
  done
  [[ -n ${MARIADB_INITDB_SKIP_TZINFO:-${MYSQL_INITDB_SKIP_TZINFO:-}} ]] \
    || mariadb-tzinfo-to-sql --skip-write-binlog /usr/share/zoneinfo | docker_process_sql --database=mysql
  accounts.sh "$datadir" "$socket" "$(configured port)" | docker_process_sql --database=mysql
  password=$MARIADB_ROOT_PASSWORD
  run_init_files
  kill "$server" && wait "$server"
  note "MariaDB init process done. Ready for start up."
}

if [[ ${1:0:1} == - ]]; then set -- mariadbd "$@"; fi
if [[ $1 =~ ^(mariadbd|mysqld)$ && ! " $* " =~ \ (-\?|--help|--print-defaults|-V|--version)\  ]]; then
  help=$("$@" --verbose --help 2>/dev/null) || die "mariadbd does not accept this: $("$@" --verbose --help 2>&1 >/dev/null)"
  datadir=$(configured datadir) socket=$(configured socket)
  setting ROOT_HOST %
  for name in DATABASE USER PASSWORD ROOT_PASSWORD; do setting "$name"; done
  mkdir -p "$datadir"
  if [[ $(id -u) == 0 ]]; then
    find "$datadir" "${socket%/*}" \! -user mysql -exec chown mysql: '{}' +
    exec gosu mysql "${BASH_SOURCE[0]}" "$@"
  fi
  if [[ ! -d $datadir/mysql ]]; then
    require_password
    initialise "$@"
  fi
fi
exec "$@"
