"""What came of trying one way in, and which ways need not be tried after it."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.probes.logins.script import Script
from tests.unit.probes.logins.test_logins_asking import facts, listens

from stackproof.datastores.ways import Failed, Way, try_way, useless, ways
from stackproof.datastores.wire import Link, NotLetInError, NotNowError, Wire
from stackproof.probes.logins.model import Account
from stackproof.probes.logins.stream import SilentError
from stackproof.probes.logins.tls import CertificateWantedError

ROOT = Account(name="root", password="never-told")  # noqa: S106 - of nobody
GUEST = Account(name="guest", password="guest")  # noqa: S106 - it is known


def _never(*_words: Any) -> None:  # noqa: ANN401
    raise NotImplementedError


WORD = Wire(protocol="Word", ports=(7,), put=_never, get=_never, usual=(GUEST,))
PLAIN = Way(wire=WORD, address="127.0.0.1", port=7, account=ROOT)
TLS = replace(PLAIN, tls=True)


@pytest.mark.parametrize(
    ("error", "failed"),
    [
        (NotLetInError("NOAUTH"), Failed(way=PLAIN, said="NOAUTH", spoken=True, refused=True, stays=True)),
        (NotNowError("LOADING"), Failed(way=PLAIN, said="LOADING", spoken=True)),
        (SilentError("closed"), Failed(way=PLAIN, said="closed")),
        (
            CertificateWantedError(),
            Failed(way=PLAIN, said="lets in nobody without a client's certificate", spoken=True, stays=True),
        ),
        (ValueError("noise"), Failed(way=PLAIN, said="does not speak Word (noise)")),
        (IndexError("short"), Failed(way=PLAIN, said="does not speak Word (short)")),
        (KeyError("cursor"), Failed(way=PLAIN, said="does not speak Word ('cursor')")),
        (struct.error("4 bytes"), Failed(way=PLAIN, said="does not speak Word (4 bytes)")),
    ],
)
def test_what_came_of_it(error: Exception, failed: Failed) -> None:
    """Whether the protocol was spoken, this account refused, and whether it stays so."""

    def ask(wire: Wire, _link: Link, account: Account | None) -> str | None:
        assert (wire, account) == (WORD, ROOT)
        raise error

    assert try_way(ask, PLAIN, NotImplemented) == failed
    assert str(failed) == f"Word on port 7 as root: {failed.said}"


def test_where_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the address and port of the way, through TLS where it is one of TLS; a script runs beside it."""
    opened: list[Any] = []

    class Inside:
        @contextmanager
        def connect(self, address: str, port: int) -> Iterator[Script]:
            opened.append((address, port))
            yield Script(b"plain")

        def run(self, script: str) -> str:
            return script

    class Encrypted(Script):
        def __init__(self, stream: Script) -> None:
            super().__init__(b"TLS over " + stream.receive())

    def ask(_wire: Wire, link: Link, _account: Account | None) -> str | None:
        with link.connect() as stream:
            return f"{stream.receive().decode()}, {link.run('true')}"

    monkeypatch.setattr("stackproof.datastores.ways.TlsStream", Encrypted)
    inside: Any = Inside()

    assert [try_way(ask, way, inside) for way in (PLAIN, TLS)] == ["plain, true", "TLS over plain, true"]
    assert opened == [("127.0.0.1", 7)] * 2


ELSEWHERE = replace(PLAIN, port=8)
OTHER_ADDRESS = replace(PLAIN, address="::1")
OTHER_WIRE = replace(PLAIN, wire=replace(WORD, protocol="Another"))


@pytest.mark.parametrize(
    ("way", "failure", "is_useless"),
    [
        # One account was refused: another one may be let in.
        (replace(PLAIN, account=None), Failed(way=PLAIN, said="", spoken=True, refused=True), False),
        # What failed for a reason of its own fails for each account, and may be spoken in TLS.
        (replace(PLAIN, account=None), Failed(way=PLAIN, said=""), True),
        (TLS, Failed(way=PLAIN, said=""), False),
        # Who speaks without TLS is not asked with it; who does not speak with it may without.
        (TLS, Failed(way=PLAIN, said="", spoken=True, refused=True), True),
        (TLS, Failed(way=PLAIN, said="", spoken=True), True),
        (TLS, Failed(way=TLS, said="", spoken=True, refused=True), False),
        (PLAIN, Failed(way=TLS, said="", spoken=True, refused=True), False),
        # Elsewhere is elsewhere.
        (PLAIN, Failed(way=ELSEWHERE, said=""), False),
        (PLAIN, Failed(way=OTHER_ADDRESS, said=""), False),
        (PLAIN, Failed(way=OTHER_WIRE, said=""), False),
    ],
)
def test_useless(way: Way, failure: Failed, *, is_useless: bool) -> None:
    """What failed before says that this fails, too."""
    assert useless(way, [failure]) is is_useless
    assert useless(way, [Failed(way=replace(way, port=99), said=""), failure]) is is_useless
    assert not useless(way, [])


def test_all_ways() -> None:
    """Each port, without and with TLS, as each account once; a client of the image's own is at no port."""
    local = replace(WORD, protocol="client", local=True, usual=())
    bare = replace(WORD, tls=False, ports=(8,))
    found = list(ways(facts(listens(7), listens(8)), [WORD, bare, local], [ROOT, None, ROOT]))

    assert list(map(str, found)) == [
        "Word on port 7 as root",
        "Word on port 7",
        "Word on port 7 as guest",
        "Word over TLS on port 7 as root",
        "Word over TLS on port 7",
        "Word over TLS on port 7 as guest",
        "Word on port 8 as root",
        "Word on port 8",
        "Word on port 8 as guest",
        "client as root",
        "client",
    ]
    assert {(way.address, way.port) for way in found} == {("127.0.0.1", 7), ("127.0.0.1", 8), ("", 0)}
    assert [way.account for way in ways(facts(listens(8)), [bare], [ROOT])] == [ROOT]
