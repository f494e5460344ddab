"""MariaDB and MySQL, through their own client on the container's local socket."""

import re

from stackproof.datastores.commands import Commands

# The official images' variables: MARIADB_ or MYSQL_, a value or a file that holds it. The application's own
# account where it has a database, root otherwise; root's password may be random and known to nobody.
_CLIENT = r"""
setting() {
  for kind in MARIADB MYSQL; do
    eval "value=\${${kind}_$1:-} file=\${${kind}_$1_FILE:-}"
    [ -z "$file" ] || value=$(cat "$file")
    [ -z "$value" ] || break
  done
  printf %s "$value"
}
user=$(setting USER) database=$(setting DATABASE) MYSQL_PWD=$(setting PASSWORD)
if [ -z "$user" ] || [ -z "$database" ]; then
  user=root database=mysql MYSQL_PWD=$(setting ROOT_PASSWORD)
fi
export MYSQL_PWD
exec "$(command -v mariadb || command -v mysql || echo mariadb)" --batch --skip-column-names \
  --user="$user" --database="$database" --execute="$1"
"""


def _client(sql: str) -> list[str]:
    return ["sh", "-c", _CLIENT, "client", sql]


DATASTORE = Commands(
    kind="MariaDB or MySQL",
    write_command=lambda value: _client(  # the value is ours: hexadecimal digits behind a fixed word
        "CREATE TABLE IF NOT EXISTS stackproof_probe (value text) ENGINE=InnoDB; "  # noqa: S608
        f"DELETE FROM stackproof_probe; INSERT INTO stackproof_probe VALUES ('{value}')"
    ),
    ping_command=_client("SELECT 1"),
    absent=re.compile(r"ERROR 1146\b"),  # ER_NO_SUCH_TABLE
    read_command=_client("SELECT value FROM stackproof_probe"),
)
