"""Redis and what speaks as it does (Valkey, KeyDB, Dragonfly ...), in RESP; its client at a socket file.

Nothing is there when the server answers nil.
"""

import re
import shlex
from collections.abc import Callable

from stackproof.datastores.wire import Link, NeverError, NotLetInError, NotNowError, Wire
from stackproof.engine.command import last_lines
from stackproof.probes.logins.model import Account
from stackproof.probes.logins.redis import DEFAULT, REDIS
from stackproof.probes.logins.stream import Reader, Stream

KEY = "stackproof:probe"
# A node of a cluster takes the keys of its own slots only: of so many a node with a tenth of them has one.
KEYS = (KEY, *(f"{KEY}:{number}" for number in range(60)))
NIL = (b"$-1", b"*-1", b"_")
REFUSALS = ("NOAUTH", "WRONGPASS", "NOPERM", "DENIED", "ERR invalid password")
# What a server without a password says to one that gives one.
NO_PASSWORD = ("without any password configured", "no password is set")
# Before version 6 there are no names.
NAMELESS = "wrong number of arguments for 'auth'"

Run = Callable[..., str | None]


def _put(run: Run, value: str) -> None:
    for key in KEYS:
        try:
            run("SET", key, value)
        except _MovedError:
            continue
        return
    msg = "is one of a cluster: another node has the slots of all keys that were tried"
    raise NeverError(msg)


def _get(run: Run) -> str | None:
    for key in KEYS:
        try:
            return run("GET", key)
        except _MovedError:
            continue
    msg = "is one of a cluster: another node has the slots of all keys that were tried"
    raise NeverError(msg)


class _MovedError(Exception):
    """The key is another node's."""


def _error(said: str) -> None:
    """Raise what an error means."""
    if said.startswith(REFUSALS):
        raise NotLetInError(said)
    if said.startswith("MOVED"):
        raise _MovedError
    if said.startswith("READONLY"):
        msg = f"takes no writes, as a read-only replica: {said}"
        raise NeverError(msg)
    raise NotNowError(said)  # LOADING, MASTERDOWN, CLUSTERDOWN, MISCONF, OOM, BUSY ...


def _over(stream: Stream, account: Account | None) -> Run:
    reader = Reader(stream)

    def run(*words: str) -> str | None:
        encoded = [word.encode() for word in words]
        stream.send(
            b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in encoded)
        )
        return _reply(reader)

    if account and account.password:
        _authenticate(run, account)
    return run


def _reply(reader: Reader) -> str | None:
    line = reader.line()
    if line in NIL:
        return None
    if line.startswith(b"$"):
        return reader.exactly(int(line[1:]) + 2)[:-2].decode()
    if line.startswith(b"+"):
        return line[1:].decode()
    if line.startswith(b"-"):
        _error(line[1:200].decode(errors="replace"))
    msg = f"answers {line[:24]!r}"
    raise ValueError(msg)


def _authenticate(run: Run, account: Account) -> None:
    try:
        run("AUTH", account.name or DEFAULT, account.password)
    except NotNowError as error:
        if any(words in str(error) for words in NO_PASSWORD):
            return  # it lets in anybody
        if NAMELESS not in str(error).lower():
            raise
        _authenticate_nameless(run, account)


def _authenticate_nameless(run: Run, account: Account) -> None:
    try:
        run("AUTH", account.password)
    except NotNowError as error:
        if not any(words in str(error) for words in NO_PASSWORD):
            raise


def _put_by_wire(link: Link, account: Account | None, value: str) -> None:
    with link.connect() as stream:
        _put(_over(stream, account), value)


def _get_by_wire(link: Link, account: Account | None) -> str | None:
    with link.connect() as stream:
        return _get(_over(stream, account))


# At whichever socket file there is; answers as for people, so that an error is none of the values.
_CLI = r"""
socket=$(sed -n 's|^.* \(/.*\(redis\|valkey\|keydb\|dragonfly\).*\)$|\1|p;s|^.* \(/.*\.sock\)$|\1|p' \
  /proc/net/unix | head -n 1)
for tool in redis-cli valkey-cli keydb-cli; do command -v $tool >/dev/null && break; done
export REDISCLI_AUTH=%s
[ -n "$REDISCLI_AUTH" ] || unset REDISCLI_AUTH
exec $tool -s "${socket:-/nowhere}" --no-raw %s
"""
_VALUE = re.compile(r'"([^"\\]*)"$')


def _by_client(link: Link, account: Account | None) -> Run:
    def run(*words: str) -> str | None:
        password = account.password if account else ""
        done = link.run(_CLI % (shlex.quote(password), shlex.join(words)))
        said = done.stdout.strip()
        last = last_lines(said, 1)
        if last == "(nil)":
            return None
        if last == "OK" or _VALUE.match(last):
            return last.strip('"')
        if last.startswith("(error) "):
            _error(last.removeprefix("(error) "))
        raise NotNowError(last_lines(done.stderr or said, 2))

    return run


CLIENT = Wire(
    protocol="its own client over a socket file",
    ports=(),
    put=lambda link, account, value: _put(_by_client(link, account), value),
    get=lambda link, account: _get(_by_client(link, account)),
    local=True,
)
WIRES = (
    Wire(protocol="RESP", ports=REDIS.ports, put=_put_by_wire, get=_get_by_wire, usual=REDIS.well_known),
    CLIENT,
)
