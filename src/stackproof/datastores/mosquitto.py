"""Mosquitto, over MQTT 3.1.1: a retained message.

Nothing is there when the answer to a ping behind the subscription comes before any message: a broker sends
what it retains first.
"""

import struct

from stackproof.datastores.wire import NAME, Link, NotLetInError, NotNowError, Wire
from stackproof.probes.logins.model import Account
from stackproof.probes.logins.mqtt import CLEAN, CONNACK, CONNECT, DISCONNECT, MQTT, REFUSALS
from stackproof.probes.logins.mqtt import NAME as WITH_NAME
from stackproof.probes.logins.mqtt import PASSWORD as WITH_PASSWORD
from stackproof.probes.logins.stream import Reader, Stream

PUBLISH, PUBACK, SUBSCRIBE, SUBACK, PING, PONG = 0x30, 0x40, 0x82, 0x90, 0xC0, 0xD0
ONCE_AT_LEAST, RETAIN = 0x02, 0x01  # flags of PUBLISH
FAILED = 0x80  # in SUBACK
KEEP_ALIVE = 30  # seconds
TOPIC = f"stackproof/{NAME}"


class _Session:
    def __init__(self, stream: Stream, account: Account | None) -> None:
        self._stream, self._reader = stream, Reader(stream)
        flags, words = CLEAN, _text("stackproof")
        if account is not None:
            flags |= WITH_NAME | WITH_PASSWORD
            words += _text(account.name) + _text(account.password)
        self.send(CONNECT, _text("MQTT") + bytes([4, flags]) + struct.pack("!H", KEEP_ALIVE) + words)
        kind, answer = self.read()
        if kind != CONNACK:
            msg = f"answers with {kind:#x}"
            raise ValueError(msg)
        if answer[1] in REFUSALS:
            raise NotLetInError(REFUSALS[answer[1]])
        if answer[1]:
            msg = f"CONNACK {answer[1]}"
            raise NotNowError(msg)

    def send(self, kind: int, body: bytes) -> None:
        """Send a packet."""
        self._stream.send(bytes([kind]) + _length(len(body)) + body)

    def read(self) -> tuple[int, bytes]:
        """Return the kind of the next packet, without its flags, and what it holds."""
        kind, size, shift = self._reader.exactly(1)[0], 0, 0
        while True:
            byte = self._reader.exactly(1)[0]
            size |= (byte & 0x7F) << shift
            shift += 7
            if byte < FAILED:
                return kind & 0xF0, self._reader.exactly(size)


def _put(link: Link, account: Account | None, value: str) -> None:
    with link.connect() as stream:
        session = _Session(stream, account)
        session.send(PUBLISH | ONCE_AT_LEAST | RETAIN, _text(TOPIC) + b"\0\1" + value.encode())
        while session.read()[0] != PUBACK:
            pass
        stream.send(DISCONNECT)


def _get(link: Link, account: Account | None) -> str | None:
    with link.connect() as stream:
        session = _Session(stream, account)
        session.send(SUBSCRIBE, b"\0\1" + _text(TOPIC) + b"\0")
        found: str | None = None
        while True:
            kind, body = session.read()
            if kind == SUBACK:
                if body[-1] >= FAILED:
                    msg = "may not subscribe"
                    raise NotLetInError(msg)
                session.send(PING, b"")
            if kind == PUBLISH:
                found = body[2 + struct.unpack("!H", body[:2])[0] :].decode()
            if kind == PONG:
                stream.send(DISCONNECT)
                return found


def _text(text: str) -> bytes:
    return struct.pack("!H", len(text.encode())) + text.encode()


def _length(size: int) -> bytes:
    return bytes([size]) if size < FAILED else bytes([size % FAILED | FAILED, size // FAILED])


WIRES = (Wire(protocol="MQTT", ports=MQTT.ports, put=_put, get=_get, usual=MQTT.well_known),)
