"""What a client proves that it knows the password with: documents' examples, and OpenSSL's other half."""

import base64
import hashlib
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.unit.probes.logins.script import Script

from stackproof.probes.logins import bson, minio, rsa
from stackproof.probes.logins.http import Request
from stackproof.probes.logins.model import Account, Verdict
from stackproof.probes.logins.mongodb import MONGODB
from stackproof.probes.logins.mysql import MYSQL
from stackproof.probes.logins.scram import Scram

PENCIL = Account(name="user", password="pencil")  # noqa: S106 - the documents' own


def test_scram_sha_256() -> None:
    """The example of RFC 7677."""
    scram = Scram(user="user", password="pencil", nonce="rOprNGfwEbeRWgbNEkqO")  # noqa: S106
    told = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"

    assert scram.first == b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    assert scram.final(told).endswith(b",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
    assert scram.proves(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
    assert not scram.proves(b"v=AAAA")


def test_scram_sha_1() -> None:
    """The example of RFC 5802."""
    scram = Scram(user="user", password="pencil", digest="sha1", nonce="fyko+d2lbbFgONRv9qkxdawL")  # noqa: S106
    told = b"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096"

    assert scram.final(told).endswith(b",p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=")
    assert scram.proves(b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=")


@pytest.mark.parametrize(
    "told", [b"r=other,s=QSXCR+Q6sek8bf92,i=4096", b"r=mine2,s=QSXCR+Q6sek8bf92,i=99999999", b"e=no", b"\xff"]
)
def test_scram_with_a_strange_server(told: bytes) -> None:
    """Another's nonce, or work for hours."""
    with pytest.raises(ValueError, match=r"challenge|decode"):
        Scram(user="user", password="pencil", nonce="mine").final(told)  # noqa: S106


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A private key."""
    path = tmp_path / "key.pem"
    subprocess.run(["openssl", "genrsa", "-out", path, "2048"], check=True, capture_output=True)
    return path


def _public(key: Path) -> bytes:
    words = ["openssl", "rsa", "-in", str(key), "-pubout"]
    return subprocess.run(words, check=True, capture_output=True).stdout


def _decrypted(key: Path, secret: bytes) -> bytes:
    words = ["openssl", "pkeyutl", "-decrypt", "-inkey", str(key), "-pkeyopt", "rsa_padding_mode:oaep"]
    return subprocess.run(words, input=secret, check=True, capture_output=True).stdout


@pytest.mark.parametrize("text", [b"", b"password\0", bytes(range(200))])
def test_rsa(key: Path, text: bytes) -> None:
    """OpenSSL reads what was meant for the owner of the key."""
    assert _decrypted(key, rsa.encrypt(text, _public(key))) == text


def test_rsa_with_no_key(key: Path) -> None:
    """A server may send anything, and a text may be too long."""
    for pem in (b"", b"no key", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"):
        with pytest.raises(ValueError, match="key"):
            rsa.encrypt(b"x", pem)
    with pytest.raises(ValueError, match="too short"):
        rsa.encrypt(bytes(300), _public(key))


NONCE = bytes(range(65, 85))


def _packet(number: int, body: bytes) -> bytes:
    return len(body).to_bytes(3, "little") + bytes([number]) + body


def _greeting(plugin: bytes) -> bytes:
    fixed = b"\0" + b"\xff\xff" + b"\xff" + b"\x02\0" + b"\xff\xff" + b"\x15" + bytes(10)
    return _packet(0, b"\x0a8.0.36\0" + bytes(4) + NONCE[:8] + fixed + NONCE[8:] + b"\0" + plugin + b"\0")


CACHING = _greeting(b"caching_sha2_password")
OK, DENIED = _packet(4, b"\0\0\0\x02\0"), _packet(4, b"\xff\x15\x04#28000Access denied")
ROOT = Account(name="root", password="secret")  # noqa: S106 - of nobody


def test_mysql_that_remembers_the_password() -> None:
    """The digest is the one of the documentation: SHA256(p) XOR SHA256(SHA256(SHA256(p)) + nonce)."""
    server = Script(CACHING, _packet(2, b"\x01\x03"), OK)

    assert MYSQL.reply(server, ROOT).verdict is Verdict.LET_IN
    once = hashlib.sha256(b"secret").digest()
    mixed = hashlib.sha256(hashlib.sha256(once).digest() + NONCE).digest()
    assert bytes(a ^ b for a, b in zip(once, mixed, strict=True)) in server.sent[0]


@pytest.mark.parametrize(("last", "verdict"), [(OK, Verdict.LET_IN), (DENIED, Verdict.REFUSED)])
def test_mysql_that_wants_the_password_itself(key: Path, last: bytes, verdict: Verdict) -> None:
    """It goes encrypted with the server's key, and only the server can read it."""
    server = Script(CACHING, _packet(2, b"\x01\x04"), _packet(4, b"\x01" + _public(key)), last)

    assert MYSQL.reply(server, ROOT).verdict is verdict
    assert server.sent[1][4:] == b"\2"
    hidden = _decrypted(key, server.sent[2][4:])
    assert bytes(a ^ b for a, b in zip(hidden, NONCE, strict=False)) == b"secret\0"


def test_mysql_that_gives_no_key() -> None:
    """Nothing is told to it then."""
    server = Script(CACHING, _packet(2, b"\x01\x04"), DENIED)

    assert MYSQL.reply(server, ROOT).verdict is Verdict.REFUSED
    assert len(server.sent) == 2


def test_mysql_that_changes_the_method() -> None:
    """With another nonce."""
    again = _packet(2, b"\xfemysql_native_password\0" + NONCE + b"\0")
    server = Script(CACHING, again, OK)

    assert MYSQL.reply(server, ROOT).verdict is Verdict.LET_IN
    once = hashlib.sha1(b"secret", usedforsecurity=False).digest()
    mixed = hashlib.sha1(NONCE + hashlib.sha1(once, usedforsecurity=False).digest(), usedforsecurity=False)
    assert server.sent[1][4:] == bytes(a ^ b for a, b in zip(once, mixed.digest(), strict=True))


def test_mysql_that_asks_a_way_we_do_not_know() -> None:
    """Without a password that is a refusal, with one nobody can tell."""
    again = _packet(2, b"\xfeauth_gssapi_client\0x\0")

    assert MYSQL.reply(Script(CACHING, again), None).verdict is Verdict.REFUSED
    assert MYSQL.reply(Script(CACHING, again), ROOT).verdict is Verdict.UNCLEAR


def _mongo(**document: bson.Value) -> bytes:
    body = bytes(4) + b"\0" + bson.encode(document)
    return (16 + len(body)).to_bytes(4, "little") + bytes(8) + (2013).to_bytes(4, "little") + body


UNAUTHORIZED = _mongo(ok=0, errmsg="requires authentication", code=13, codeName="Unauthorized")
FAILED = _mongo(ok=0, errmsg="Authentication failed.", code=18, codeName="AuthenticationFailed")


def test_mongodb_without_a_login() -> None:
    """It lists its databases, or says that it does not."""
    assert (
        MONGODB.reply(Script(_mongo(databases={"0": {"name": "admin"}}, ok=1)), None).verdict
        is Verdict.LET_IN
    )
    assert MONGODB.reply(Script(UNAUTHORIZED), None).verdict is Verdict.REFUSED
    assert MONGODB.reply(Script(_mongo(ok=0, errmsg="starting", code=11600)), None).verdict is Verdict.UNCLEAR


def test_mongodb_with_a_wrong_password() -> None:
    """SCRAM ends at its second step, or at the first for a name that is not there."""

    class Server(Script):
        """Takes up the client's nonce."""

        def receive(self) -> bytes:
            """Challenge first, then refuse."""
            if len(self.sent) > 1:
                return FAILED
            nonce = self.sent[0].partition(b",r=")[2][:24].decode()
            payload = f"r={nonce}abc,s={base64.b64encode(b'salt').decode()},i=4096".encode()
            return _mongo(conversationId=1, done=False, payload=payload, ok=1)

    server = Server()
    assert MONGODB.reply(server, PENCIL).verdict is Verdict.REFUSED
    assert len(server.sent) == 2
    assert MONGODB.reply(Script(FAILED), PENCIL).verdict is Verdict.REFUSED


def test_bson_as_its_specification_shows_it() -> None:
    """The first example of bsonspec.org, and all that a server may put beside it."""
    assert bson.encode({"hello": "world"}) == b"\x16\0\0\0\x02hello\0\x06\0\0\0world\0\0"
    odd = (
        b"\x07_id\0"
        + bytes(12)
        + b"\x09at\0"
        + bytes(8)
        + b"\x01ok\0"
        + bytes(6)
        + b"\xf0\x3f"
        + b"\x0anone\0"
    )
    data = (len(odd) + 5).to_bytes(4, "little") + odd + b"\0"
    assert bson.decode(data) == {"_id": None, "at": None, "ok": 1.0, "none": None}
    nested: dict[str, bson.Value] = {"a": {"b": True, "c": -1}, "d": b"\0\1"}
    assert bson.decode(bson.encode(nested)) == nested


def test_signature_of_a_request_to_minio() -> None:
    """It names key, day and region, and is bound to the moment and to the secret."""
    now = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
    account = Account(name="AKIDEXAMPLE", password="secret")  # noqa: S106 - of nobody
    request = Request(path="/", method="PUT", body=b"a")
    signed = minio.signed(account, now, request).headers

    assert signed["x-amz-date"] == "20150830T123600Z"
    assert (
        "Credential=AKIDEXAMPLE/20150830/us-east-1/s3/aws4_request, SignedHeaders=host;"
        in signed["Authorization"]
    )
    other = Account(name="AKIDEXAMPLE", password="other")  # noqa: S106 - of nobody
    later, longer = now.replace(minute=37), Request(path="/", method="PUT", body=b"ab")
    asked = ((account, later, request), (other, now, request), (account, now, longer))
    assert signed["Authorization"] not in [minio.signed(*one).headers["Authorization"] for one in asked]
    assert minio.signed(None, now, request) is request
