"""PostgreSQL, through psql on the container's local socket."""

import re

from stackproof.datastores.commands import Commands

# The official image's variables; its local socket trusts, a password does no harm.
_PSQL = (
    'PGPASSWORD="${POSTGRES_PASSWORD:-}" exec psql -X -q -t -A -v ON_ERROR_STOP=1 -v VERBOSITY=verbose '
    '-U "${POSTGRES_USER:-postgres}" -d "${POSTGRES_DB:-${POSTGRES_USER:-postgres}}" -c "$1"'
)


def _psql(sql: str) -> list[str]:
    return ["sh", "-c", _PSQL, "psql", sql]


DATASTORE = Commands(
    kind="PostgreSQL",
    write_command=lambda value: _psql(  # the value is ours: hexadecimal digits behind a fixed word
        "CREATE TABLE IF NOT EXISTS stackproof_probe (value text); "  # noqa: S608
        f"TRUNCATE stackproof_probe; INSERT INTO stackproof_probe VALUES ('{value}')"
    ),
    ping_command=_psql("SELECT 1"),
    absent=re.compile(r"^\S+: +42P01:", re.MULTILINE),  # undefined_table, in each language
    read_command=_psql("SELECT value FROM stackproof_probe"),
)
