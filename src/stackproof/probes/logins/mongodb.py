"""MongoDB: `listDatabases` over OP_MSG, without and with SCRAM."""

import hashlib
import struct

from stackproof.probes.logins import bson
from stackproof.probes.logins.bson import Value
from stackproof.probes.logins.model import Account, Login, Reply, accounts, let_in, refused, unclear
from stackproof.probes.logins.scram import Scram
from stackproof.probes.logins.stream import Reader, Stream

OP_MSG = 2013
UNAUTHORIZED, FAILED = 13, 18
# What a login that is refused because of a host, or a mechanism that is switched off, is called.
NO_MECHANISM = 334
_HEADER = struct.Struct("<iiii")


class Line:
    """Commands over one connection."""

    def __init__(self, stream: Stream) -> None:
        self._stream, self._reader = stream, Reader(stream)

    def command(self, document: dict[str, Value], database: str = "admin") -> dict[str, Value]:
        """Return the answer to a command."""
        body = bytes(4) + b"\0" + bson.encode({**document, "$db": database})
        self._stream.send(_HEADER.pack(_HEADER.size + len(body), 1, 0, OP_MSG) + body)
        length, _id, _to, kind = _HEADER.unpack(self._reader.exactly(_HEADER.size))
        if kind != OP_MSG:
            msg = f"answers with operation {kind}"
            raise ValueError(msg)
        return bson.decode(self._reader.exactly(length - _HEADER.size)[5:])


def _ask(stream: Stream, account: Account | None) -> Reply:
    line = Line(stream)
    if account is not None and (failed := _login(line, account)) is not None:
        return failed
    answer = line.command({"listDatabases": 1, "nameOnly": True})
    return let_in("listed its databases") if answer.get("ok") == 1 else _judged(answer)


def _login(line: Line, account: Account) -> Reply | None:
    """Log in; return the reply when that fails."""
    for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-1"):
        scram = _scram(mechanism, account)
        answer = line.command({"saslStart": 1, "mechanism": mechanism, "payload": scram.first})
        if answer.get("ok") != 1 and mechanism == "SCRAM-SHA-256" and answer.get("code") == NO_MECHANISM:
            continue
        break
    if answer.get("ok") != 1:
        return _judged(answer)
    talk = answer.get("conversationId")
    answer = line.command(
        {"saslContinue": 1, "conversationId": talk, "payload": scram.final(_payload(answer))}
    )
    if answer.get("ok") != 1:
        return _judged(answer)
    if not scram.proves(_payload(answer)):
        return unclear("does not prove that it knows the password")
    if not answer.get("done"):
        line.command({"saslContinue": 1, "conversationId": talk, "payload": b""})
    return None


def _scram(mechanism: str, account: Account) -> Scram:
    if mechanism == "SCRAM-SHA-256":
        return Scram(user=account.name, password=account.password)
    # The older mechanism's password is what MongoDB stored before it.
    words = f"{account.name}:mongo:{account.password}".encode()
    digest = hashlib.md5(words, usedforsecurity=False).hexdigest()
    return Scram(user=account.name, password=digest, digest="sha1")


def _payload(answer: dict[str, Value]) -> bytes:
    found = answer.get("payload")
    if not isinstance(found, bytes):
        msg = "its SCRAM answer has no payload"
        raise ValueError(msg)  # noqa: TRY004 - what a server says is a value
    return found


def _judged(answer: dict[str, Value]) -> Reply:
    said = f"{answer.get('code')!s} {answer.get('errmsg')!s}"
    return refused(said) if answer.get("code") in (UNAUTHORIZED, FAILED) else unclear(said)


MONGODB = Login(
    protocol="MongoDB",
    ports=(27017,),
    ask=_ask,
    well_known=accounts(("root", "example"), ("admin", "admin"), ("root", "root"), ("admin", "password")),
)
