#!/usr/bin/env bash
# As in the official image: healthcheck.sh --connect --innodb_initialized ... runs its tests in the order given, and
# unless one of them was --connect ends with that one. It logs in as the user that the entrypoint made for it.
set -eo pipefail

die() { printf '%s\n' "$*" >&2 && exit 1; }
ask() { mariadb "${defaults[@]}" --protocol=socket --batch --skip-column-names --execute "$1"; }

# True once the server that the entrypoint ends with is there: the one before it has no networking. A refused login is an
# answer as well.
connect() {
  local answer
  answer=$(ask 'SELECT @@skip_networking' 2>/dev/null) \
    || answer=$(mariadb "${defaults[@]}" --host=localhost --protocol=tcp --batch --skip-column-names \
      --execute 'SELECT @@skip_networking' 2>&1) || true
  connected=''
  case $answer in
    0 | 'ERROR 1820 (HY000)'* | 'ERROR 4151 (HY000)'* | 'ERROR 1226 (42000)'* | 'ERROR 1'[0-9][0-9][0-9]' (28000)'*) connected=1 ;;
    1 | 'ERROR 2002 (HY000)'*) ;;
    *) printf 'Unknown error %s\n' "$answer" >&2 ;;
  esac
  [[ $connected ]]
}

status() { ask "SELECT variable_value FROM information_schema.global_status WHERE variable_name = '$1'"; }
innodb_initialized() {
  [[ $(ask "SELECT 1 FROM information_schema.engines WHERE engine = 'innodb' AND support IN ('YES', 'DEFAULT', 'ENABLED')") == 1 ]]
}
innodb_buffer_pool_loaded() { [[ $(status innodb_buffer_pool_load_status) == *'load completed'* ]]; }
galera_online() { [[ $(status wsrep_local_state) == 4 ]]; }
galera_ready() { [[ $(status wsrep_ready) == ON ]]; }

(($#)) || die "At least one argument required"
login=/var/lib/mysql/.my-healthcheck.cnf connected='' defaults=()
if [[ -f $login ]]; then defaults=(--defaults-extra-file="$login"); fi
while (($#)); do
  case $1 in
    --su-mysql) exec gosu mysql "${BASH_SOURCE[0]}" "${@:2}" ;;
    --su=*) exec gosu "${1#*=}" "${BASH_SOURCE[0]}" "${@:2}" ;;
    --no-defaults) defaults=(--no-defaults) ;;
    --defaults-file=* | --defaults-extra-file=* | --defaults-group-suffix=*) defaults=("$1") ;;
    --no-connect) connected=1 ;;
    --connect | --innodb_initialized | --innodb_buffer_pool_loaded | --galera_online | --galera_ready)
      "${1#--}" || die "healthcheck ${1#--} failed"
      ;;
    *) die "healthcheck unknown option or test '$1'" ;;
  esac
  shift
done
[[ $connected ]] || connect
