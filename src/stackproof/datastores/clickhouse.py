"""ClickHouse, over HTTP.

Nothing is there when it says code 60 (UNKNOWN_TABLE), or has no row.
"""

import re

from stackproof.datastores.http import OK
from stackproof.datastores.wire import NAME, Link, NotLetInError, NotNowError, Wire
from stackproof.probes.logins.http import Request, exchange
from stackproof.probes.logins.model import Account
from stackproof.probes.logins.web import CLICKHOUSE

_CODE = re.compile(r"Code: (\d+)")
UNKNOWN_TABLE, READ_ONLY = 60, 164
# AUTHENTICATION_FAILED and its forerunners, ACCESS_DENIED, READONLY, DATABASE_ACCESS_DENIED
REFUSALS = frozenset({192, 193, 194, 516, 497, READ_ONLY, 291})
WRITE = (
    f"CREATE TABLE IF NOT EXISTS {NAME} (value String) ENGINE = MergeTree ORDER BY tuple()",
    f"TRUNCATE TABLE {NAME}",
    f"INSERT INTO {NAME} VALUES ('%s')",  # noqa: S608 - a value of ours
)
READ = f"SELECT value FROM {NAME}"  # noqa: S608 - a name of ours


def _ask(link: Link, account: Account | None, sql: str) -> str | None:
    headers = {"X-ClickHouse-User": account.name, "X-ClickHouse-Key": account.password} if account else {}
    with link.connect() as stream:
        answer = exchange(stream, Request(method="POST", path="/", headers=headers, body=sql.encode()))
    said = answer.body.decode(errors="replace")
    found = _CODE.search(said) if answer.status != OK else None
    if found is None:
        if not any(name.startswith("x-clickhouse") for name in answer.headers):
            msg = f"is another web server ({answer.said})"
            raise ValueError(msg)
        if answer.status != OK:
            raise NotNowError(answer.said)
        return said.strip() or None
    if int(found[1]) == UNKNOWN_TABLE:
        return None
    raise NotLetInError(answer.said) if int(found[1]) in REFUSALS else NotNowError(answer.said)


def _put(link: Link, account: Account | None, value: str) -> None:
    for sql in WRITE:
        _ask(link, account, sql.replace("%s", value))


WIRES = (
    Wire(
        protocol="HTTP",
        ports=CLICKHOUSE.ports,
        put=_put,
        get=lambda link, account: _ask(link, account, READ),
        usual=CLICKHOUSE.well_known,
    ),
)
