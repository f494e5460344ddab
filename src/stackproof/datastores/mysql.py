"""MariaDB and MySQL in their own protocol; their client where no port is open or a socket file alone lets in.

Nothing is there when the server says 1146 (ER_NO_SUCH_TABLE), 1049 (ER_BAD_DB_ERROR) of our own database, or
has no row.
"""

import re
import shlex
import struct
from collections.abc import Iterator
from contextlib import contextmanager

from stackproof.datastores.wire import NAME, Link, NeverError, NotLetInError, NotNowError, Wire, entered
from stackproof.engine.command import last_lines
from stackproof.probes.logins.model import Account
from stackproof.probes.logins.mysql import MYSQL, Line

QUERY, ERROR, END = 3, 0xFF, 0xFE
LARGEST_END = 9  # bytes of the packet that ends rows; a row may begin with the same byte
NULL = 0xFB
NO_TABLE, NO_DATABASE = 1146, 1049
# --read-only, super_read_only, a read-only transaction
READ_ONLY = frozenset({1290, 1836, 1792})
# Access denied to a database, a table, a user, or for want of a privilege.
NOT_THIS_ONE = frozenset({1044, 1045, 1142, 1227, 1370, 1698, 1046})
WRITE = (
    "CREATE DATABASE IF NOT EXISTS `{database}`",
    "CREATE TABLE IF NOT EXISTS `{database}`.{name} (value varchar(80)) ENGINE=InnoDB",
    "DELETE FROM `{database}`.{name}",
    "INSERT INTO `{database}`.{name} VALUES ('{value}')",
    "COMMIT",
)
READ = "SELECT value FROM `{database}`.{name}"
# Where an account without one of its own may write.
VISIBLE = (
    "SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT IN "
    "('information_schema', 'performance_schema', 'mysql', 'sys') ORDER BY schema_name LIMIT 1"
)


def _put(link: Link, account: Account | None, value: str) -> None:
    with _session(link, account) as line:
        database = _database(line, account)
        for sql in WRITE if database == NAME else WRITE[1:]:
            _ask(line, sql.format(database=database, name=NAME, value=value))


def _get(link: Link, account: Account | None) -> str | None:
    with _session(link, account) as line:
        return _ask(line, READ.format(database=_database(line, account), name=NAME))


@contextmanager
def _session(link: Link, account: Account | None) -> Iterator[Line]:
    with link.connect() as stream:
        entered(MYSQL.ask(stream, account))
        yield Line(stream)


def _database(line: Line, account: Account | None) -> str:
    """Return the account's own database, or one of ours for the chief, or the first that the account sees."""
    if account is None or account.name == "root":
        return NAME
    return account.database or _ask(line, VISIBLE) or NAME


def _ask(line: Line, sql: str) -> str | None:
    """Run a statement; return the first column of its last row."""
    line.begin()
    line.write(bytes([QUERY]) + sql.encode())
    packet = line.read()
    if packet[0] == ERROR:
        _judged(struct.unpack("<H", packet[1:3])[0], packet[3:].decode(errors="replace"))
        return None
    if packet[0] == 0:
        return None
    found: str | None = None
    ends = 0
    while True:
        packet = line.read()
        if packet[0] == ERROR:
            _judged(struct.unpack("<H", packet[1:3])[0], packet[3:].decode(errors="replace"))
            return None
        if packet[0] == END and len(packet) < LARGEST_END:
            ends += 1
            if ends == 2:  # noqa: PLR2004 - behind the columns, and behind the rows
                return found
        elif ends == 1:
            found = packet[1 : 1 + packet[0]].decode() if packet[0] < NULL else None


def _judged(code: int, text: str) -> None:
    """Return for a table that is not there.

    Raises what any other error means.
    """
    said = f"{code} {text}"
    if code == NO_TABLE or (code == NO_DATABASE and NAME in text):
        return
    if code in READ_ONLY:
        msg = f"takes no writes, as a read-only replica: {said}"
        raise NeverError(msg)
    raise NotLetInError(said) if code in NOT_THIS_ONE else NotNowError(said)


# At whichever socket file there is.
_CLIENT = r"""
socket=$(sed -n 's|^.* \(/.*mysql.*\.sock\)$|\1|p;s|^.* \(/.*maria.*\.sock\)$|\1|p' /proc/net/unix |
  head -n 1)
MYSQL_PWD=%s exec "$(command -v mariadb || command -v mysql || echo mariadb)" --no-defaults \
  --socket="${socket:-/nowhere}" --batch --skip-column-names --user=%s --execute=%s
"""
_CODE = re.compile(r"ERROR (\d+) ?(.*)", re.DOTALL)


def _client(link: Link, account: Account | None, sql: str) -> str | None:
    account = account or Account(name="root", password="")
    done = link.run(_CLIENT % tuple(map(shlex.quote, (account.password, account.name, sql))))
    if done.code == 0:
        return done.stdout.strip() or None
    if found := _CODE.search(done.stderr):
        _judged(int(found[1]), found[2].strip())
        return None
    raise NotNowError(last_lines(done.stderr or done.stdout, 2))


def _put_by_client(link: Link, account: Account | None, value: str) -> None:
    database = account.database if account and account.name != "root" and account.database else NAME
    statements = WRITE if database == NAME else WRITE[1:]
    _client(link, account, "; ".join(statements).format(database=database, name=NAME, value=value))


def _get_by_client(link: Link, account: Account | None) -> str | None:
    database = account.database if account and account.name != "root" and account.database else NAME
    return _client(link, account, READ.format(database=database, name=NAME))


CLIENT = Wire(
    protocol="its own client over a socket file", ports=(), put=_put_by_client, get=_get_by_client, local=True
)
WIRES = (
    Wire(
        protocol="MySQL's protocol",
        ports=MYSQL.ports,
        put=_put,
        get=_get,
        usual=MYSQL.well_known,
        tls=False,
    ),
    CLIENT,
)
