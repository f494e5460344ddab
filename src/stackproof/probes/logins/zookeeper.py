"""ZooKeeper: a session, and the names below its root. It knows no account of its own."""

import struct

from stackproof.probes.logins.model import Account, Login, Reply, let_in, refused, unclear
from stackproof.probes.logins.stream import Reader, Stream

GET_CHILDREN, CLOSE_SESSION = 8, -11
# NOAUTH, AUTHFAILED, SESSIONCLOSEDREQUIRESASLAUTH
REFUSALS = {-102: "NOAUTH", -115: "AUTHFAILED", -124: "SESSIONCLOSEDREQUIRESASLAUTH"}
PASSWORD = 16  # bytes, all zero for a new session
TIMEOUT = 4000  # milliseconds


def _ask(stream: Stream, account: Account | None) -> Reply:
    if account is not None:
        return unclear("takes credentials by SASL only, which we do not speak")
    reader = Reader(stream)
    _send(stream, struct.pack("!iqiqi", 0, 0, TIMEOUT, 0, PASSWORD) + bytes(PASSWORD))
    hello = _read(reader)
    if len(hello) < 4 + 4 + 8 + 4:
        msg = "answers no session"
        raise ValueError(msg)
    _send(stream, struct.pack("!ii", 1, GET_CHILDREN) + struct.pack("!i", 1) + b"/" + b"\0")
    error = struct.unpack("!iqi", _read(reader)[:16])[2]
    _send(stream, struct.pack("!ii", 2, CLOSE_SESSION))
    if error == 0:
        return let_in("listed the names below /")
    return refused(REFUSALS[error]) if error in REFUSALS else unclear(f"error {error}")


def _send(stream: Stream, body: bytes) -> None:
    stream.send(struct.pack("!i", len(body)) + body)


def _read(reader: Reader) -> bytes:
    length = struct.unpack("!i", reader.exactly(4))[0]
    if length < 0:
        msg = f"answers {length} bytes"
        raise ValueError(msg)
    return reader.exactly(length)


ZOOKEEPER = Login(protocol="ZooKeeper", ports=(2181,), ask=_ask)
