"""MQTT 3.1.1: CONNECT, and the code in CONNACK."""

import struct

from stackproof.probes.logins.model import Account, Login, Reply, accounts, let_in, other, refused, unclear
from stackproof.probes.logins.stream import Reader, Stream

CONNECT, CONNACK, DISCONNECT = 0x10, 0x20, b"\xe0\0"
CLEAN, PASSWORD, NAME = 0x02, 0x40, 0x80
# Bad user name or password, not authorised.
REFUSALS = {4: "bad user name or password", 5: "not authorised"}
_LARGEST = 127  # of a length in one byte


def _ask(stream: Stream, account: Account | None) -> Reply:
    reader = Reader(stream)
    flags, words = CLEAN, _text("stackproof")
    if account is not None:
        flags |= NAME | PASSWORD
        words += _text(account.name) + _text(account.password)
    body = _text("MQTT") + bytes([4, flags]) + struct.pack("!H", 10) + words
    length = (
        bytes([len(body)]) if len(body) <= _LARGEST else bytes([len(body) % 128 | 0x80, len(body) // 128])
    )
    stream.send(bytes([CONNECT]) + length + body)
    answer = reader.exactly(4)
    if answer[:2] != bytes([CONNACK, 2]):
        return other(answer)
    code = answer[3]
    if code == 0:
        stream.send(DISCONNECT)
        return let_in("CONNACK 0")
    said = f"CONNACK {code} {REFUSALS.get(code, '')}".strip()
    return refused(said) if code in REFUSALS else unclear(said)


def _text(text: str) -> bytes:
    return struct.pack("!H", len(text.encode())) + text.encode()


MQTT = Login(protocol="MQTT", ports=(1883, 8883), ask=_ask, well_known=accounts(("admin", "admin")))
