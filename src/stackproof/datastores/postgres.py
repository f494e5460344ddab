"""PostgreSQL, and what speaks as it does, in its own protocol; psql where it listens on a socket file alone.

Nothing is there when the server says 42P01 (undefined_table), or has no row.
"""

import re
import shlex
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from stackproof.datastores.wire import NAME, Link, NeverError, NotLetInError, NotNowError, Wire, entered
from stackproof.engine.command import last_lines
from stackproof.probes.logins.model import Account, Login, Verdict
from stackproof.probes.logins.postgres import (
    COCKROACH,
    MAY_ENCRYPT,
    POSTGRES,
    READY,
    SSL_REQUEST,
)
from stackproof.probes.logins.stream import Reader, Stream
from stackproof.probes.logins.tls import TlsStream

UNDEFINED_TABLE, READ_ONLY = "42P01", "25006"
# insufficient_privilege, invalid_schema_name, invalid_catalog_name, invalid_password,
# invalid_authorization_specification: another account or database may do it.
NOT_THIS_ONE = frozenset({"42501", "3F000", "3D000", "28P01", "28000"})
ANY_DATABASE = ("postgres", "defaultdb")  # PostgreSQL's own, CockroachDB's own
WRITE = (
    f"CREATE TABLE IF NOT EXISTS {NAME} (value text)",
    f"DELETE FROM {NAME}",  # noqa: S608 - a name of ours
    f"INSERT INTO {NAME} VALUES ('%s')",  # noqa: S608 - a value of ours
)
READ = f"SELECT value FROM {NAME}"  # noqa: S608 - a name of ours


def _wire(login: Login) -> Wire:
    def put(link: Link, account: Account | None, value: str) -> None:
        with _session(link, login, account) as ask:
            for sql in WRITE:
                ask(sql.replace("%s", value))

    def get(link: Link, account: Account | None) -> str | None:
        with _session(link, login, account) as ask:
            return ask(READ)

    return Wire(
        protocol="PostgreSQL's protocol",
        ports=login.ports,
        put=put,
        get=get,
        usual=login.well_known,
        tls=False,
    )


@contextmanager
def _session(link: Link, login: Login, account: Account | None) -> Iterator[Callable[[str], str | None]]:
    """Have a session in the account's database, or in the server's own where there is no such one."""
    account = account or Account(name=POSTGRES_USER.get(login.ports[0], "postgres"), password="")
    said = ""
    for database in dict.fromkeys([account.database or account.name, *ANY_DATABASE]):
        for encrypted in (False, True):
            with link.connect() as opened:
                stream = _encrypted(opened) if encrypted else opened
                reply = login.ask(stream, replace(account, database=database))
                if reply.verdict is Verdict.UNCLEAR and reply.said.endswith(MAY_ENCRYPT):
                    continue
                said = entered(reply)
                if said == READY:
                    yield lambda sql: _ask(stream, sql)  # noqa: B023 - asked before the next one is opened
                    return
                break
    raise NotLetInError(said)


POSTGRES_USER = {5432: "postgres", 26257: "root"}


def _encrypted(stream: Stream) -> Stream:
    stream.send(SSL_REQUEST)
    if stream.receive() != b"S":
        msg = "wants an encrypted connection and offers none"
        raise NotNowError(msg)
    return TlsStream(stream)


def _ask(stream: Stream, sql: str) -> str | None:
    """Run a statement; return the first column of its last row."""
    words = sql.encode() + b"\0"
    stream.send(b"Q" + struct.pack("!i", len(words) + 4) + words)
    reader = Reader(stream)
    found: str | None = None
    error: dict[str, str] = {}
    while True:
        kind = reader.exactly(1)
        body = reader.exactly(struct.unpack("!i", reader.exactly(4))[0] - 4)
        if kind == b"D":
            length = struct.unpack("!i", body[2:6])[0]
            found = body[6 : 6 + length].decode() if length >= 0 else None
        if kind == b"E":
            error = {
                part[:1].decode(): part[1:].decode(errors="replace") for part in body.split(b"\0") if part
            }
            if error.get("S") in ("FATAL", "PANIC"):
                break
        if kind == b"Z":
            break
    if error:
        _judged(error.get("C", ""), error.get("M", ""))
    return found


def _judged(code: str, text: str) -> None:
    """Return for a table that is not there.

    Raises what any other error means.
    """
    said = f"{code} {text}".strip()
    if code == UNDEFINED_TABLE:
        return
    if code == READ_ONLY:
        msg = f"takes no writes, as a read-only replica: {said}"
        raise NeverError(msg)
    raise NotLetInError(said) if code in NOT_THIS_ONE else NotNowError(said)


# psql, at whichever socket file there is; the number of its port is the end of its name.
_PSQL = r"""
socket=$(sed -n 's|^.* \(/.*/\.s\.PGSQL\.[0-9]*\)$|\1|p' /proc/net/unix | head -n 1)
PGPASSWORD=%s exec psql -X -q -t -A -w -v ON_ERROR_STOP=1 -v VERBOSITY=verbose -h "${socket%%/.s.PGSQL*}" \
  -p "${socket##*.}" -U %s -d %s -c %s
"""
_SQLSTATE = re.compile(r"^(?:psql: )?(?:error: )?\S+: +([0-9A-Z]{5}): +(.*)", re.MULTILINE)


def _psql(link: Link, account: Account | None, sql: str) -> str | None:
    account = account or Account(name="postgres", password="")
    given = (account.password, account.name, account.database or account.name, sql)
    done = link.run(_PSQL % tuple(map(shlex.quote, given)))
    if done.code == 0:
        return done.stdout.strip() or None
    if found := _SQLSTATE.search(done.stderr):
        _judged(found[1], found[2])
        return None
    raise NotNowError(last_lines(done.stderr or done.stdout, 2))


def _put_by_psql(link: Link, account: Account | None, value: str) -> None:
    for sql in WRITE:
        _psql(link, account, sql.replace("%s", value))


PSQL = Wire(
    protocol="psql over a socket file",
    ports=(),
    put=_put_by_psql,
    get=lambda link, account: _psql(link, account, READ),
    local=True,
)
WIRES = (_wire(POSTGRES), PSQL)
COCKROACH_WIRES = (_wire(COCKROACH),)
