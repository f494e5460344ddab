"""PostgreSQL's start-up, against the other half of it: trust, SCRAM, TLS, and errors behind the door."""

import base64
import hashlib
import hmac
import socket
import ssl
import struct
from pathlib import Path

import pytest
from tests.unit.probes.logins.script import Script
from tests.unit.probes.logins.test_logins_stream import serving

from stackproof.probes.logins.model import Account, Login, Reply, Verdict, let_in, refused, unclear
from stackproof.probes.logins.postgres import MD5, POSTGRES, SSL_REQUEST, of
from stackproof.probes.logins.stream import straight
from stackproof.probes.logins.tls import over_tls

APP = Account(name="app", password="pencil")  # noqa: S106 - of nobody
STARTUP = struct.pack("!ii", 31, 196608) + b"user\0app\0database\0app\0\0"


def message(kind: bytes, body: bytes) -> bytes:
    """Return a message of the server's."""
    return kind + struct.pack("!i", len(body) + 4) + body


def asks(method: int, data: bytes = b"") -> bytes:
    """Return a request for authentication; 0 is none."""
    return message(b"R", struct.pack("!i", method) + data)


def error(code: str, text: str) -> bytes:
    """Return an error."""
    return message(b"E", f"SFATAL\0C{code}\0M{text}\0\0".encode())


@pytest.fixture
def login() -> Login:
    """The login, made now: that of the module was made before any test."""
    return of("SQL", 1, "postgres", ("postgres", "x"))


READY = asks(0) + message(b"S", b"server_version\x0015\0") + message(b"K", bytes(8)) + message(b"Z", b"I")
WRONG = error("28P01", "password authentication failed")


class Scram(Script):
    """A server that has a password, and proves that it knows it, or another one, or nothing at all."""

    def __init__(self, password: str, *, knows: str) -> None:
        super().__init__()
        self._password, self._knows = password, knows
        self._bare = self._challenge = ""

    def _key(self, password: str, word: bytes) -> bytes:
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), b"salt", 4096)
        return hmac.digest(salted, word, "sha256")

    def receive(self) -> bytes:
        """Answer each message in turn (RFC 5802, 3)."""
        if len(self.sent) == 1:
            return asks(10, b"SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0")
        if len(self.sent) == 2:
            head, _, first = self.sent[1].partition(b"SCRAM-SHA-256\0")
            assert head == b"p" + struct.pack("!i", len(self.sent[1]) - 1)
            assert struct.unpack("!i", first[:4])[0] == len(first) - 4
            assert first[4:].startswith(b"n,,n=,r=")  # the name is the start-up's
            self._bare = first[7:].decode()
            nonce = self._bare.partition("r=")[2]
            self._challenge = f"r={nonce}more,s={base64.b64encode(b'salt').decode()},i=4096"
            return asks(11, self._challenge.encode())
        return self._judged(self.sent[2][5:].decode())

    def _judged(self, final: str) -> bytes:
        said, _, proof = final.partition(",p=")
        whole = f"{self._bare},{self._challenge},{said}".encode()
        key = self._key(self._password, b"Client Key")
        signature = hmac.digest(hashlib.sha256(key).digest(), whole, "sha256")
        if base64.b64decode(proof) != bytes(a ^ b for a, b in zip(key, signature, strict=True)):
            return WRONG
        if not self._knows:
            return READY
        proven = base64.b64encode(hmac.digest(self._key(self._knows, b"Server Key"), whole, "sha256"))
        return asks(12, b"v=" + proven) + READY


@pytest.mark.parametrize(
    ("password", "knows", "reply"),
    [
        ("pencil", "pencil", let_in("ready for queries")),
        ("other", "other", refused("28P01 password authentication failed")),
        ("pencil", "other", unclear("does not prove that it knows the password")),
        ("pencil", "", let_in("ready for queries")),
    ],
)
def test_scram(password: str, knows: str, reply: Reply) -> None:
    """Who does not know the password proves nothing, on either side."""
    server = Scram(password, knows=knows)

    assert POSTGRES.reply(server, APP) == reply
    assert server.sent[0] == STARTUP


@pytest.mark.parametrize(
    ("answers", "reply"),
    [
        ([asks(10, b"SCRAM-SHA-256-PLUS\0\0")],
         unclear("asks for a credential in a way that we do not know (SASL)")),
        ([asks(7)], unclear("asks for a credential in a way that we do not know (method 7)")),
        ([asks(10, b"SCRAM-SHA-256\0\0"), WRONG], refused("28P01 password authentication failed")),
        ([asks(10, b"SCRAM-SHA-256\0\0"), asks(3)], unclear("asks again (3)")),
        ([asks(10, b"SCRAM-SHA-256\0\0"), READY], let_in("ready for queries")),
        ([asks(3), asks(3)], unclear("asks again (3)")),
        ([asks(3), READY], let_in("ready for queries")),
        ([asks(5, b"salt"), WRONG], refused("28P01 password authentication failed")),
        ([asks(0), error("3D000", 'database "app" does not exist')],
         let_in('3D000 database "app" does not exist')),
        ([asks(0), error("42704", "no such thing")], let_in("42704 no such thing")),
        ([asks(0), error("28000", 'role "app" does not exist')], let_in('28000 role "app" does not exist')),
        ([asks(0), error("28000", 'role "app" is not permitted to log in')],
         let_in('28000 role "app" is not permitted to log in')),
        ([asks(0), error("28000", "certificate does not exist")],
         refused("28000 certificate does not exist")),
        ([asks(0), error("53300", "too many clients")], unclear("53300 too many clients")),
        ([error("28000", 'role "app" does not exist')], refused('28000 role "app" does not exist')),
        ([error("28000", "no entry, no encryption")],
         unclear("28000 no entry, no encryption; it may let in who encrypts")),
        ([error("28000", "no entry, SSL off")],
         unclear("28000 no entry, SSL off; it may let in who encrypts")),
        ([message(b"E", b"C28P01\0Mcaf\xe9\0\0")], refused("28P01 caf\ufffd")),
        ([message(b"E", b"C28P01\0\0")], refused("28P01 ")),
        ([message(b"X", b"")],
         Reply(verdict=Verdict.OTHER, said="does not speak PostgreSQL (answers b'X')")),
        ([message(b"E", b"Mwhat\0\0")],
         Reply(verdict=Verdict.OTHER, said="answers b'Mwhat\\x00\\x00'")),
        ([error("57P03", "starting, no encryption")], unclear("57P03 starting, no encryption")),
    ],
)  # fmt: skip
def test_words_of_the_server(answers: list[bytes], reply: Reply) -> None:
    """Each is told; what stops a session behind the door has opened it."""
    assert POSTGRES.reply(Script(*answers), APP) == reply


@pytest.mark.parametrize(("method", "name"), [(3, "password"), (5, "md5"), (10, "SASL"), (7, "method 7")])
def test_nobody_without_a_password(login: Login, method: int, name: str) -> None:
    """Who is asked for one is not let in without."""
    server = Script(asks(method, b"salt"))

    assert login.reply(server, None) == refused(f"asks for a credential ({name})")
    assert [words[8:] for words in server.sent] == [b"user\0postgres\0database\0postgres\0\0"]
    assert login.reply(Script(READY), None) == let_in("ready for queries")


def test_login(login: Login) -> None:
    """Of a server with its own port and accounts; a name alone may be enough."""
    assert (login.protocol, login.ports, login.trusts_names) == ("SQL", (1,), True)
    assert login.well_known == (Account(name="postgres", password="x"),)  # noqa: S106 - well known


def test_what_is_sent(login: Login) -> None:
    """The database that is named; the password as the server asks for it."""
    plain, salted = Script(asks(3), READY), Script(asks(MD5, b"saltmore"), READY)
    for server in (plain, salted):
        own = Account(name="app", password="pencil", database="shop")  # noqa: S106 - of nobody
        assert login.reply(server, own).verdict is Verdict.LET_IN
        assert server.sent[0][8:] == b"user\0app\0database\0shop\0\0"

    inner = hashlib.md5(b"pencilapp", usedforsecurity=False).hexdigest().encode()
    outer = hashlib.md5(inner + b"salt", usedforsecurity=False).hexdigest().encode()
    assert plain.sent[1] == message(b"p", b"pencil\0")
    assert salted.sent[1] == message(b"p", b"md5" + outer + b"\0")


def test_account_over_tls(login: Login, certificate: Path) -> None:
    """The same words in TLS, once the server agrees to it; without where it has none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    heard: list[bytes] = []

    def handle(connection: socket.socket) -> None:
        heard.append(connection.recv(64))
        connection.sendall(b"S")
        with context.wrap_socket(connection, server_side=True) as secured:
            heard.append(secured.recv(64))
            secured.sendall(READY)

    tls = over_tls(login)
    for account, startup in ((APP, STARTUP[8:]), (None, b"user\0postgres\0database\0postgres\0\0")):
        with serving(handle) as port, straight("127.0.0.1", port) as stream:
            assert tls.reply(stream, account) == let_in("ready for queries")
        assert (heard[-2], heard[-1][8:]) == (SSL_REQUEST, startup)

        without = Script(b"N", READY)
        assert tls.reply(without, account) == let_in("ready for queries")
        assert without.sent[1][8:] == startup

    final = Script(b"N", error("28000", "no entry, no encryption"))
    assert tls.reply(final, None) == refused("28000 no entry, no encryption")
