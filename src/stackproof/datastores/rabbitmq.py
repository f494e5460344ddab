"""RabbitMQ over AMQP 0-9-1: a persistent message in a durable queue, confirmed by the broker.

Nothing is there when the broker says 404 (NOT_FOUND) of the queue, or that it is empty.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager

from stackproof.datastores.wire import NAME, Link, NotLetInError, NotNowError, Wire, entered
from stackproof.probes.logins.amqp import AMQP, CLOSE, END, METHOD, log_in, send
from stackproof.probes.logins.model import Account
from stackproof.probes.logins.stream import Reader, Stream

Method = tuple[int, int]
HEADER, BODY, HEARTBEAT = 2, 3, 8
TUNE_OK, OPEN, OPEN_OK = (10, 31), (10, 40), (10, 41)
CHANNEL_OPEN, CHANNEL_OPEN_OK, CHANNEL_CLOSE, CHANNEL_CLOSE_OK = (20, 10), (20, 11), (20, 40), (20, 41)
DECLARE, DECLARE_OK, PURGE, PURGE_OK = (50, 10), (50, 11), (50, 30), (50, 31)
PUBLISH, GET, GET_OK, GET_EMPTY, ACK, NACK = (60, 40), (60, 70), (60, 71), (60, 72), (60, 80), (60, 120)
CONFIRM, CONFIRM_OK = (85, 10), (85, 11)
PASSIVE, DURABLE = 1, 2
PERSISTENT = 2  # the delivery mode
BASIC, DELIVERY_MODE = 60, 0x1000  # the class of messages, the flag of the only property that we give
FRAME = 4096  # bytes; the smallest that is allowed
NOT_FOUND, ACCESS_REFUSED, NOT_ALLOWED = 404, 403, 530


class _Session:
    """A channel in a virtual host."""

    def __init__(self, stream: Stream, account: Account | None) -> None:
        self._stream, self._reader = stream, Reader(stream)
        entered(log_in(stream, self._reader, account))
        send(stream, TUNE_OK, struct.pack("!HIH", 1, FRAME, 0))
        host = (account.database if account else "") or "/"
        self._ask(0, OPEN, _short(host) + b"\0\0", OPEN_OK)
        self._ask(1, CHANNEL_OPEN, b"\0", CHANNEL_OPEN_OK)

    def ask(self, method: Method, data: bytes, *wanted: Method) -> tuple[Method, bytes]:
        """Return the answer to a method."""
        return self._ask(1, method, data, *wanted)

    def publish(self, value: str) -> None:
        """Send a message, and wait until the broker has it on disk."""
        body = value.encode()
        send(self._stream, PUBLISH, b"\0\0" + _short("") + _short(NAME) + b"\0", 1)
        properties = struct.pack("!HHQHB", BASIC, 0, len(body), DELIVERY_MODE, PERSISTENT)
        for kind, data in ((HEADER, properties), (BODY, body)):
            self._stream.send(struct.pack("!BHI", kind, 1, len(data)) + data + bytes([END]))
        method, _data = self._answer(ACK, NACK)
        if method == NACK:
            msg = "could not keep the message"
            raise NotNowError(msg)

    def content(self) -> str:
        """Return the message behind an answer."""
        kind, header = self._frame()
        size = struct.unpack("!Q", header[4:12])[0] if kind == HEADER else 0
        body = b""
        while len(body) < size:
            body += self._frame()[1]
        return body.decode()

    def close(self) -> None:
        """End the connection; what was not acknowledged stays in its queue."""
        send(self._stream, CLOSE, struct.pack("!HBHH", 200, 0, 0, 0))

    def _ask(self, channel: int, method: Method, data: bytes, *wanted: Method) -> tuple[Method, bytes]:
        send(self._stream, method, data, channel)
        return self._answer(*wanted)

    def _answer(self, *wanted: Method) -> tuple[Method, bytes]:
        while True:
            kind, body = self._frame()
            if kind != METHOD:
                continue
            first, second = struct.unpack("!HH", body[:4])
            method = (first, second)
            if method in wanted:
                return method, body[4:]
            if method in (CLOSE, CHANNEL_CLOSE) and CHANNEL_CLOSE not in wanted:
                raise _closed(body[4:])

    def _frame(self) -> tuple[int, bytes]:
        while True:
            kind, _channel, length = struct.unpack("!BHI", self._reader.exactly(7))
            body = self._reader.exactly(length + 1)[:-1]
            if kind != HEARTBEAT:
                return kind, body


class _GoneError(Exception):
    """There is no such queue."""


def _closed(data: bytes) -> Exception:
    code, length = struct.unpack("!HB", data[:3])
    said = f"{code} {data[3 : 3 + length].decode(errors='replace')}"
    # Of a queue that is on a node which is away it says 404, too.
    if code == NOT_FOUND and NAME in said and "no queue" in said:
        return _GoneError()
    return NotLetInError(said) if code in (ACCESS_REFUSED, NOT_ALLOWED) else NotNowError(said)


@contextmanager
def _session(link: Link, account: Account | None) -> Iterator[_Session]:
    with link.connect() as stream:
        session = _Session(stream, account)
        yield session
        session.close()


def _put(link: Link, account: Account | None, value: str) -> None:
    with _session(link, account) as session:
        session.ask(CONFIRM, b"\0", CONFIRM_OK)
        session.ask(DECLARE, b"\0\0" + _short(NAME) + bytes([DURABLE]) + bytes(4), DECLARE_OK)
        session.ask(PURGE, b"\0\0" + _short(NAME) + b"\0", PURGE_OK)
        session.publish(value)


def _get(link: Link, account: Account | None) -> str | None:
    try:
        with _session(link, account) as session:
            session.ask(DECLARE, b"\0\0" + _short(NAME) + bytes([PASSIVE]) + bytes(4), DECLARE_OK)
            method, _data = session.ask(GET, b"\0\0" + _short(NAME) + b"\0", GET_OK, GET_EMPTY)
            return session.content() if method == GET_OK else None
    except _GoneError:
        return None


def _short(text: str) -> bytes:
    return bytes([len(text.encode())]) + text.encode()


WIRES = (Wire(protocol="AMQP 0-9-1", ports=AMQP.ports, put=_put, get=_get, usual=AMQP.well_known),)
