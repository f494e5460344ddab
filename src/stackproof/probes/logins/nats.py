"""NATS: INFO, CONNECT and PING."""

import json

from stackproof.probes.logins.model import Account, Login, Reply, accounts, let_in, other, refused, unclear
from stackproof.probes.logins.stream import Reader, Stream

REFUSALS = (
    b"-ERR 'Authorization Violation'",
    b"-ERR 'Authentication Timeout'",
    b"-ERR 'Authorization Timeout'",
)


def _ask(stream: Stream, account: Account | None) -> Reply:
    reader = Reader(stream)
    return log_in(stream, reader, reader.line(), account)


def log_in(stream: Stream, reader: Reader, info: bytes, account: Account | None) -> Reply:
    """Log in to a server that said its INFO, and leave the connection open."""
    if not info.startswith(b"INFO "):
        return other(info)
    if json.loads(info[5:]).get("tls_required"):
        return unclear("requires TLS")
    words: dict[str, object] = {"verbose": False, "pedantic": False, "lang": "python", "version": "1"}
    if account is not None:
        words |= {"user": account.name, "pass": account.password, "auth_token": account.password}
    stream.send(b"CONNECT " + json.dumps(words).encode() + b"\r\nPING\r\n")
    answer = reader.line()
    said = answer[:80].decode(errors="replace")
    if answer == b"PONG":
        return let_in(said)
    return refused(said) if answer.startswith(REFUSALS) else unclear(said)


NATS = Login(
    protocol="NATS", ports=(4222,), ask=_ask, well_known=accounts(("nats", "nats"), ("admin", "admin"))
)
