"""PostgreSQL, through psql on the container's local socket."""

from stackproof.datastores.datastore import Datastore

# The official image's variables; its local socket trusts, a password does no harm.
_PSQL = (
    'PGPASSWORD="${POSTGRES_PASSWORD:-}" exec psql -X -q -t -A -v ON_ERROR_STOP=1 '
    '-U "${POSTGRES_USER:-postgres}" -d "${POSTGRES_DB:-${POSTGRES_USER:-postgres}}" -c "$1"'
)


def _psql(sql: str) -> list[str]:
    return ["sh", "-c", _PSQL, "psql", sql]


DATASTORE = Datastore(
    kind="PostgreSQL",
    write_command=lambda value: _psql(  # the value is ours: hexadecimal digits behind a fixed word
        "CREATE TABLE IF NOT EXISTS stackproof_probe (value text); "  # noqa: S608
        f"TRUNCATE stackproof_probe; INSERT INTO stackproof_probe VALUES ('{value}')"
    ),
    ping_command=_psql("SELECT 1"),
    read_command=_psql("SELECT value FROM stackproof_probe"),
)
