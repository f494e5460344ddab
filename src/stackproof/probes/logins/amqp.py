"""AMQP 0-9-1, as RabbitMQ speaks it."""

import struct

from stackproof.probes.logins.model import (
    Account,
    Login,
    Reply,
    Verdict,
    accounts,
    let_in,
    other,
    refused,
    unclear,
)
from stackproof.probes.logins.stream import Reader, Stream

HEADER = b"AMQP\0\0\x09\x01"
METHOD, END = 1, 0xCE
# Class and method.
START, TUNE, CLOSE = (10, 10), (10, 30), (10, 50)
START_OK, CLOSE_OK = (10, 11), (10, 51)
ACCESS_REFUSED = 403


def _ask(stream: Stream, account: Account | None) -> Reply:
    reply = log_in(stream, Reader(stream), account)
    if reply.verdict is Verdict.LET_IN:
        # A login that is not ended looks like an attack in the server's log.
        send(stream, CLOSE, struct.pack("!HBHH", 200, 0, 0, 0))
    return reply


def log_in(stream: Stream, reader: Reader, account: Account | None) -> Reply:
    """Log in up to what the server proposes (`tune`), and leave the connection there."""
    stream.send(HEADER)
    method, data = _read(reader)
    if method != START:
        return other(data)
    mechanisms = _mechanisms(data)
    if account is None:
        if b"ANONYMOUS" not in mechanisms:
            return refused(f"offers {b' '.join(mechanisms).decode(errors='replace')}, and nothing anonymous")
        _start(stream, b"ANONYMOUS", b"")
    elif b"PLAIN" not in mechanisms:
        return unclear(f"offers {b' '.join(mechanisms).decode(errors='replace')}, and no PLAIN")
    else:
        _start(stream, b"PLAIN", f"\0{account.name}\0{account.password}".encode())
    return _ended(stream, reader)


def _mechanisms(data: bytes) -> list[bytes]:
    """Return what `start` offers, behind two bytes of version and the table of the server's properties."""
    table = struct.unpack("!I", data[2:6])[0]
    rest = data[6 + table :]
    return rest[4 : 4 + struct.unpack("!I", rest[:4])[0]].split()


def _start(stream: Stream, mechanism: bytes, answer: bytes) -> None:
    # Who cannot be told of a refusal is cut off without a word.
    capability = b"\x1cauthentication_failure_closet\x01"
    properties = b"\x0ccapabilitiesF" + struct.pack("!I", len(capability)) + capability
    send(
        stream, START_OK,
        struct.pack("!I", len(properties)) + properties
        + bytes([len(mechanism)]) + mechanism
        + struct.pack("!I", len(answer)) + answer
        + b"\x05en_US",
    )  # fmt: skip


def _ended(stream: Stream, reader: Reader) -> Reply:
    method, data = _read(reader)
    if method == TUNE:
        return let_in("logged in")
    if method != CLOSE:
        return unclear(f"answers with method {method}")
    send(stream, CLOSE_OK, b"")
    code, length = struct.unpack("!HB", data[:3])
    said = f"{code} {data[3 : 3 + length].decode(errors='replace')}"
    return refused(said) if code == ACCESS_REFUSED else unclear(said)


def send(stream: Stream, method: tuple[int, int], data: bytes, channel: int = 0) -> None:
    """Send a method."""
    body = struct.pack("!HH", *method) + data
    stream.send(struct.pack("!BHI", METHOD, channel, len(body)) + body + bytes([END]))


def _read(reader: Reader) -> tuple[tuple[int, int], bytes]:
    kind, _channel, length = struct.unpack("!BHI", reader.exactly(7))
    if kind != METHOD:
        msg = f"answers with a frame of kind {kind}"
        raise ValueError(msg)
    body = reader.exactly(length + 1)
    first, second = struct.unpack("!HH", body[:4])
    return (first, second), body[4:-1]


AMQP = Login(protocol="AMQP", ports=(5672, 5671), ask=_ask, well_known=accounts(("guest", "guest")))
