"""Remote access that lets in somebody without a password."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from tests.unit.probes.logins.script import Mute
from tests.unit.probes.protocols import servers

from stackproof.controls.severity import Severity
from stackproof.probes.logins.stream import straight
from stackproof.probes.protocols import guests, hellos, udp, web
from stackproof.probes.protocols.model import DEADLINE, Protocol
from stackproof.stack.sensitive import Kind

VNC, FTP = Protocol(name="VNC", kind=Kind.REMOTE), Protocol(name="FTP", kind=Kind.REMOTE)


def talk(*lines: tuple[bytes, bytes]) -> servers.Handler:
    """Return a server that says the first, and the others each in answer to its question."""

    def handler(connection: socket.socket) -> None:
        for question, answer in lines:
            if question and connection.recv(1024) != question:
                return
            connection.sendall(answer)
        connection.recv(1024)

    return handler


HELLO, NEW, OLD = b"220 vsFTPd 3.0.5\r\n", b"RFB 003.008\n", b"RFB 003.003\n"
USER, PASS = b"USER anonymous\r\n", b"PASS guest@\r\n"
LONG = b"220-Welcome\r\n 2 cats\r\n220-and\r\n220 ftp\r\n"


@pytest.mark.parametrize(
    ("protocol", "server", "lets_in"),
    [
        (VNC, talk((b"", NEW), (NEW, b"\x02\x02\x01")), True),
        (VNC, talk((b"", NEW), (NEW, b"\x01\x02")), False),
        (VNC, talk((b"", NEW), (NEW, b"\x00\x00\x00\x00\x01x")), False),
        (VNC, talk((b"", OLD), (OLD, b"\x00\x00\x00\x01")), True),
        (VNC, talk((b"", OLD), (OLD, b"\x00\x00\x00\x02")), False),
        (FTP, talk((b"", HELLO), (USER, b"331 Any\r\n"), (PASS, b"230 In\r\n")), True),
        (FTP, talk((b"", LONG), (USER, b"230 In\r\n")), True),
        (FTP, talk((b"", HELLO), (USER, b"331 Any\r\n"), (PASS, b"530 No\r\n")), False),
        (FTP, talk((b"", HELLO), (USER, b"530 No\r\n")), False),
        (FTP, talk((b"", HELLO), (USER, b"")), False),
    ],
)
def test_guest(
    monkeypatch: pytest.MonkeyPatch, protocol: Protocol, server: servers.Handler, *, lets_in: bool
) -> None:
    """By the protocol's own way to let in anybody; who does not say so is not open."""
    monkeypatch.setattr(guests, "DEADLINE", 0.3)
    with servers.serving(server) as port:
        found = guests.opened(partial(straight, "127.0.0.1", port), protocol)

    assert found == (guests.OPEN[protocol.name] if lets_in else protocol)
    assert found.severity is (Severity.HIGH if lets_in else Severity.MEDIUM)


def test_guest_who_waits_no_longer_than_for_all_answers() -> None:
    """A server that keeps silent lets in nobody that we know of."""
    waits: list[float] = []

    @contextmanager
    def connect(deadline: float) -> Iterator[Mute]:
        waits.append(deadline)
        yield Mute()

    assert guests.opened(connect, VNC) is VNC
    assert waits == [DEADLINE]


def test_what_has_no_guests() -> None:
    """Nobody is asked: the protocol has no such thing."""
    ssh = Protocol(name="SSH", kind=Kind.REMOTE)

    assert guests.opened(NotImplemented, ssh) is ssh


def test_who_answers_everybody() -> None:
    """Of these protocols an answer is enough: nobody was asked who he is."""
    rows = [hello.protocol for hello in hellos.HELLOS] + [protocol for protocol, *_words in udp.QUESTIONS]
    rows += [sign.protocol for sign in web.signs()]

    assert {str(protocol) for protocol in rows if protocol.open} == {
        "Docker registry", "Loki", "Meilisearch", "RethinkDB", "S3", "SNMP", "Solr", "Weaviate", "beanstalkd",
        "memcached", "rpcbind",
    }  # fmt: skip
