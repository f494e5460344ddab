"""PostgreSQL's start-up (protocol 3.0): trust, password, md5, SCRAM-SHA-256. CockroachDB speaks it too."""

import hashlib
import struct

from stackproof.probes.logins.model import Account, Login, Reply, accounts, let_in, other, refused, unclear
from stackproof.probes.logins.scram import Scram
from stackproof.probes.logins.stream import Reader, Stream
from stackproof.probes.logins.tls import TlsStream

VERSION = 196608  # 3.0
# Answers to an authentication request; the rest (Kerberos, GSS, SSPI) wants a ticket that we do not have.
OK, CLEARTEXT, MD5, SASL, SASL_CONTINUE, SASL_FINAL = 0, 3, 5, 10, 11, 12
# SQLSTATE: invalid_password, invalid_authorization_specification.
REFUSALS = frozenset({"28P01", "28000"})
# Let in by pg_hba.conf, and stopped behind it: there is no such role or database.
BEHIND = frozenset({"3D000", "42704"})
NO_ROLE = ("role", "does not exist")
NO_LOGIN = "not permitted to log in"
MAY_ENCRYPT = "; it may let in who encrypts"
UNENCRYPTED = ("no encryption", "SSL off")


# Behind this the same stream takes queries.
READY = "ready for queries"
SSL_REQUEST = struct.pack("!ii", 8, 80877103)


def of(protocol: str, port: int, default: str, *known: tuple[str, str]) -> Login:
    """Return the login of a server with this account by default."""
    nobody = Account(name=default, password="")

    def ask(stream: Stream, account: Account | None) -> Reply:
        return _ask(stream, account or nobody)

    def encrypted(stream: Stream, account: Account | None) -> Reply:
        stream.send(SSL_REQUEST)
        if stream.receive() == b"S":
            return _ask(TlsStream(stream), account or nobody)
        return _final(_ask(stream, account or nobody))

    return Login(
        protocol=protocol,
        ports=(port,),
        ask=ask,
        encrypted=encrypted,
        well_known=accounts(*known),
        trusts_names=True,
    )


def _final(reply: Reply) -> Reply:
    """Return a refusal where one may have been let in over TLS, which the server does not have."""
    return refused(reply.said.removesuffix(MAY_ENCRYPT)) if reply.said.endswith(MAY_ENCRYPT) else reply


def _ask(stream: Stream, account: Account) -> Reply:
    reader = Reader(stream)
    database = account.database or account.name
    words = f"user\0{account.name}\0database\0{database}\0\0".encode()
    stream.send(struct.pack("!ii", len(words) + 8, VERSION) + words)
    method, data = _request(reader)
    if method is None or method == OK:
        return _ended(reader, method, data)
    name = {CLEARTEXT: "password", MD5: "md5", SASL: "SASL"}.get(method, f"method {method}")
    if not account.password:
        return refused(f"asks for a credential ({name})")
    if method == CLEARTEXT:
        _send(stream, account.password.encode() + b"\0")
    elif method == MD5:
        _send(stream, _md5(account, data[:4]))
    elif method == SASL and b"SCRAM-SHA-256\0" in data:
        failed = _scram(stream, reader, account)
        if failed is not None:
            return failed
    else:
        return unclear(f"asks for a credential in a way that we do not know ({name})")
    return _ended(reader, *_request(reader))


def _request(reader: Reader) -> tuple[int | None, bytes]:
    """Read one message: the kind of an authentication request and its data, or None and an error's text."""
    kind = reader.exactly(1)
    if kind not in b"RE":
        msg = f"answers {kind!r}"
        raise ValueError(msg)
    body = reader.exactly(struct.unpack("!i", reader.exactly(4))[0] - 4)
    return (struct.unpack("!i", body[:4])[0], body[4:]) if kind == b"R" else (None, body)


def _send(stream: Stream, data: bytes) -> None:
    stream.send(b"p" + struct.pack("!i", len(data) + 4) + data)


def _md5(account: Account, salt: bytes) -> bytes:
    # What the protocol asks for, whatever one thinks of it.
    inner = hashlib.md5((account.password + account.name).encode(), usedforsecurity=False).hexdigest()
    return b"md5" + hashlib.md5(inner.encode() + salt, usedforsecurity=False).hexdigest().encode() + b"\0"


def _scram(stream: Stream, reader: Reader, account: Account) -> Reply | None:
    """Exchange all but the last message; return the reply when it ends before."""
    scram = Scram(user="", password=account.password)  # the start-up message has the name
    first = scram.first
    _send(stream, b"SCRAM-SHA-256\0" + struct.pack("!i", len(first)) + first)
    method, data = _request(reader)
    if method != SASL_CONTINUE:
        return _ended(reader, method, data)
    _send(stream, scram.final(data))
    method, data = _request(reader)
    if method != SASL_FINAL:
        return _ended(reader, method, data)
    return None if scram.proves(data) else unclear("does not prove that it knows the password")


def _ended(reader: Reader, method: int | None, data: bytes) -> Reply:
    if method == OK:
        return _behind(reader)
    if method is not None:
        return unclear(f"asks again ({method})")
    return _error(data)


def _behind(reader: Reader) -> Reply:
    """Tell a session from one that is stopped behind the door: only then there is nothing to see."""
    while True:
        kind = reader.exactly(1)
        body = reader.exactly(struct.unpack("!i", reader.exactly(4))[0] - 4)
        if kind == b"Z":
            return let_in(READY)
        if kind == b"E":
            return _error(body, authenticated=True)


def _error(body: bytes, *, authenticated: bool = False) -> Reply:
    fields = {part[:1].decode(): part[1:].decode(errors="replace") for part in body.split(b"\0") if part}
    code, text = fields.get("C", ""), fields.get("M", "")
    if not code:
        return other(body)
    said = f"{code} {text}"
    if code in BEHIND or (authenticated and (all(word in text for word in NO_ROLE) or NO_LOGIN in text)):
        return let_in(said)
    if code in REFUSALS and any(word in text for word in UNENCRYPTED):
        return unclear(f"{said}{MAY_ENCRYPT}")
    return refused(said) if code in REFUSALS else unclear(said)


POSTGRES = of(
    "PostgreSQL", 5432, "postgres",
    ("postgres", "postgres"), ("postgres", "mysecretpassword"), ("postgres", "example"),
)  # fmt: skip
COCKROACH = of("PostgreSQL", 26257, "root")
