"""Cassandra and ScyllaDB, over CQL's native protocol (version 4).

Nothing is there when the table has no row, or the server says 0x2200 (invalid) of a keyspace or table of ours
that does not exist.
"""

import struct

from stackproof.datastores.wire import NAME, Link, NotLetInError, NotNowError, Wire, entered
from stackproof.probes.logins.cassandra import ANSWER, CASSANDRA, ERROR, UNAUTHORIZED, VERSION
from stackproof.probes.logins.model import Account
from stackproof.probes.logins.stream import Reader, Stream

QUERY, RESULT, ROWS = 0x07, 0x08, 2
ONE = 1  # the consistency level
INVALID = 0x2200
NOTHING = (f"eyspace {NAME} does not exist", "unconfigured table", "unconfigured columnfamily")
MORE_PAGES = 2  # a flag of what describes the rows
REPLICATION = "{'class': 'SimpleStrategy', 'replication_factor': 1}"
WRITE = (
    f"CREATE KEYSPACE IF NOT EXISTS {NAME} WITH replication = {REPLICATION}",
    f"CREATE TABLE IF NOT EXISTS {NAME}.probe (id int PRIMARY KEY, value text)",
    f"INSERT INTO {NAME}.probe (id, value) VALUES (1, '%s')",  # noqa: S608 - a value of ours
)
READ = f"SELECT value FROM {NAME}.probe WHERE id = 1"  # noqa: S608 - a name of ours


def _put(link: Link, account: Account | None, value: str) -> None:
    with link.connect() as stream:
        entered(CASSANDRA.ask(stream, account))
        for sql in WRITE:
            _query(stream, sql.replace("%s", value))


def _get(link: Link, account: Account | None) -> str | None:
    with link.connect() as stream:
        entered(CASSANDRA.ask(stream, account))
        return _query(stream, READ)


def _query(stream: Stream, sql: str) -> str | None:
    words = sql.encode()
    body = struct.pack("!i", len(words)) + words + struct.pack("!HB", ONE, 0)
    stream.send(struct.pack("!BBhBi", VERSION, 0, 0, QUERY, len(body)) + body)
    reader = Reader(stream)
    version, _flags, _stream, kind, length = struct.unpack("!BBhBi", reader.exactly(9))
    if not version & ANSWER:
        msg = f"answers {version:#x}"
        raise ValueError(msg)
    answer = reader.exactly(length)
    if kind == ERROR:
        _judged(struct.unpack("!i", answer[:4])[0], answer[6:200].decode(errors="replace"))
        return None
    if kind != RESULT:
        msg = f"answers with {kind:#x}"
        raise ValueError(msg)
    return _first(answer) if struct.unpack("!i", answer[:4])[0] == ROWS else None


def _first(answer: bytes) -> str | None:
    """Return the only column of the first row: one column of text, behind its description."""
    flags, _columns = struct.unpack("!ii", answer[4:12])
    at = 12
    if flags & MORE_PAGES:
        at += 4 + max(0, struct.unpack("!i", answer[at : at + 4])[0])
    for _name in range(3):  # keyspace, table, column
        at += 2 + struct.unpack("!H", answer[at : at + 2])[0]
    rows = struct.unpack("!i", answer[at + 2 : at + 6])[0]
    at += 6
    length = struct.unpack("!i", answer[at : at + 4])[0] if rows else -1
    return answer[at + 4 : at + 4 + length].decode() if length >= 0 else None


def _judged(code: int, text: str) -> None:
    """Return for a table that is not there.

    Raises what any other error means.
    """
    said = f"{code:#06x} {text}"
    if code == INVALID and any(word in text for word in NOTHING):
        return
    raise NotLetInError(said) if code == UNAUTHORIZED else NotNowError(said)


WIRES = (
    Wire(protocol="CQL", ports=(*CASSANDRA.ports, 9142), put=_put, get=_get, usual=CASSANDRA.well_known),
)
