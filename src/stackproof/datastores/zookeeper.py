"""ZooKeeper: a node of ours.

Nothing is there when it says -101 (NONODE).
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager

from stackproof.datastores.wire import NAME, Link, NotLetInError, NotNowError, Wire
from stackproof.probes.logins.model import Account
from stackproof.probes.logins.stream import Reader, Stream
from stackproof.probes.logins.zookeeper import (
    CLOSE_SESSION,
    PASSWORD,
    REFUSALS,
    TIMEOUT,
    ZOOKEEPER,
)

CREATE, GET_DATA, SET_DATA = 1, 4, 5
NO_NODE, NODE_EXISTS = -101, -110
ALL = 31  # permissions
NODE = f"/{NAME}"
HEAD = 16  # bytes of number, transaction and error before an answer


class _Session:
    def __init__(self, stream: Stream) -> None:
        self._stream, self._reader, self._number = stream, Reader(stream), 0
        self._send(struct.pack("!iqiqi", 0, 0, TIMEOUT, 0, PASSWORD) + bytes(PASSWORD))
        self._read()

    def ask(self, kind: int, body: bytes) -> tuple[int, bytes]:
        """Return the error, 0 for none, and the answer."""
        self._number += 1
        self._send(struct.pack("!ii", self._number, kind) + body)
        answer = self._read()
        error = struct.unpack("!iqi", answer[:HEAD])[2]
        if error in REFUSALS:
            raise NotLetInError(REFUSALS[error])
        return error, answer[HEAD:]

    def _send(self, body: bytes) -> None:
        self._stream.send(struct.pack("!i", len(body)) + body)

    def _read(self) -> bytes:
        return self._reader.exactly(struct.unpack("!i", self._reader.exactly(4))[0])


@contextmanager
def _session(link: Link, account: Account | None) -> Iterator[_Session]:
    if account is not None:
        msg = "takes credentials by SASL only, which we do not speak"
        raise NotLetInError(msg)
    with link.connect() as stream:
        session = _Session(stream)
        yield session
        session.ask(CLOSE_SESSION, b"")


def _put(link: Link, account: Account | None, value: str) -> None:
    with _session(link, account) as session:
        rights = struct.pack("!ii", 1, ALL) + _text("world") + _text("anyone")
        error, _data = session.ask(CREATE, _text(NODE) + _text("") + rights + struct.pack("!i", 0))
        if error not in (0, NODE_EXISTS):
            msg = f"error {error}"
            raise NotNowError(msg)
        error, _data = session.ask(SET_DATA, _text(NODE) + _text(value) + struct.pack("!i", -1))
    if error:
        msg = f"error {error}"
        raise NotNowError(msg)


def _get(link: Link, account: Account | None) -> str | None:
    with _session(link, account) as session:
        error, data = session.ask(GET_DATA, _text(NODE) + b"\0")
    if error == NO_NODE:
        return None
    if error:
        msg = f"error {error}"
        raise NotNowError(msg)
    return data[4 : 4 + max(0, struct.unpack("!i", data[:4])[0])].decode()


def _text(text: str) -> bytes:
    return struct.pack("!i", len(text.encode())) + text.encode()


WIRES = (Wire(protocol="ZooKeeper", ports=ZOOKEEPER.ports, put=_put, get=_get),)
