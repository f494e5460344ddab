"""memcached: `stats`, and its binary protocol where SASL has switched the text off."""

import struct

from stackproof.probes.logins.model import Account, Login, Reply, let_in, other, refused, unclear
from stackproof.probes.logins.stream import Reader, Stream

REQUEST, ANSWER, STAT, SASL_AUTH = 0x80, 0x81, 0x10, 0x21
_HEADER = struct.Struct("!BBHBBHIIQ")
AUTH_ERROR = 0x20


def _ask(stream: Stream, account: Account | None) -> Reply:
    reader = Reader(stream)
    if account is not None:  # with a file of users the first `set` is the login
        words = f"{account.name} {account.password}".encode()
        stream.send(b"set auth 0 0 %d\r\n%b\r\n" % (len(words), words))
        answer = reader.line()
        if answer != b"STORED":
            return _judged(answer)
    stream.send(b"stats\r\n")
    answer = reader.line()
    return let_in("answers stats") if answer.startswith(b"STAT ") else _judged(answer)


def _judged(answer: bytes) -> Reply:
    said = answer[:80].decode(errors="replace")
    if answer.startswith((b"CLIENT_ERROR unauthenticated", b"CLIENT_ERROR authentication failure")):
        return refused(said)
    return unclear(said) if answer.startswith((b"ERROR", b"CLIENT_ERROR", b"SERVER_ERROR")) else other(answer)


def _ask_binary(stream: Stream, account: Account | None) -> Reply:
    reader = Reader(stream)
    if account is not None:
        status, said = _binary(
            stream, reader, SASL_AUTH, b"PLAIN", f"\0{account.name}\0{account.password}".encode()
        )
        if status:
            return refused(said) if status == AUTH_ERROR else unclear(said)
    status, said = _binary(stream, reader, STAT, b"", b"")
    if status == 0:
        return let_in("answers stats (binary protocol)")
    return refused(said) if status == AUTH_ERROR else unclear(said)


def _binary(stream: Stream, reader: Reader, operation: int, key: bytes, value: bytes) -> tuple[int, str]:
    """Ask, and return the status with its words."""
    stream.send(
        _HEADER.pack(REQUEST, operation, len(key), 0, 0, 0, len(key) + len(value), 0, 0) + key + value
    )
    magic, _op, _key, _extras, _type, status, length, _opaque, _cas = _HEADER.unpack(
        reader.exactly(_HEADER.size)
    )
    if magic != ANSWER:
        msg = f"answers {magic:#x}"
        raise ValueError(msg)
    return status, f"{status:#04x} {reader.exactly(length)[:60].decode(errors='replace')}"


MEMCACHED = Login(protocol="memcached", ports=(11211,), ask=_ask)
MEMCACHED_SASL = Login(protocol="memcached (binary)", ports=(11211,), ask=_ask_binary)
