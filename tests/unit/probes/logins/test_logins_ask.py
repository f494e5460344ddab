"""All that is asked of a container's datastores, against a server of our own behind a published port."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer
from tests.unit.facts.test_facts_programs import process
from tests.unit.probes.logins.script import Script
from tests.unit.probes.logins.test_logins_asking import facts, listens
from tests.unit.probes.protocols import servers

from stackproof.engine import vantage
from stackproof.errors import CommandError, Unknown
from stackproof.facts.model import Facts
from stackproof.probes.logins import asking
from stackproof.probes.logins.answers import Answers
from stackproof.probes.logins.kinds import LOGINS
from stackproof.probes.logins.model import Account
from stackproof.probes.logins.places import Place
from stackproof.sandbox.container import Container
from stackproof.stack.ports import Port

REFUSED, OPEN = b"-NOAUTH Authentication required.\r\n", b"+PONG\r\n"


def asked(container: Container, *others: Container, loopback: bool = False, target: int = 6379) -> Answers:
    """Ask a container of the service `web`, of which one port is published."""
    port = Port(target=target, protocol="tcp", published="1", host_ip="127.0.0.1" if loopback else None)
    stack = SimpleNamespace(services={"web": SimpleNamespace(ports=[port]), "db": SimpleNamespace(ports=[])})
    sandbox: Any = SimpleNamespace(containers=lambda: [container, *others], stack=stack)
    return asking.ask(container, sandbox)


def behind(port: int, target: int = 6379, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - inspect data
    """Return what inspect says of a container with a published port."""
    ports = {f"{target}/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(port)}]}
    return {"NetworkSettings": {"Networks": more, "Ports": ports}}


def always(answer: bytes) -> servers.Handler:
    """Return a server that gives the same answer to each question."""

    def handler(connection: socket.socket) -> None:
        while connection.recv(1024):
            connection.sendall(answer)

    return handler


def test_datastore_that_refuses(make_container: MakeContainer) -> None:
    """Nobody, the well-known accounts and the declared one, each from each place."""
    with servers.serving(always(REFUSED)) as port:
        container = make_container(**behind(port))
        container.data["Config"]["Env"] = ["REDIS_PASSWORD=p"]
        container.facts = facts(listens(6379))
        found = asked(container)

    assert (found.kinds, found.gaps) == (("Redis",), ())
    assert [str(one.account) for one in found.asked] == ["None", *["default"] * 4]
    assert found.asked[-1].account == Account(name="default", password="p", declared=True)  # noqa: S106 - of nobody
    assert {(one.kind, one.port, one.place, one.beyond_loopback) for one in found.asked} == {
        ("Redis", 6379, "published port 6379", True)
    }
    assert {str(one.reply) for one in found.asked} == {"refused: NOAUTH Authentication required."}


def test_datastore_that_lets_in_one_account(make_container: MakeContainer) -> None:
    """Each is tried with its own name and password."""

    def handler(connection: socket.socket) -> None:
        known = False
        while words := connection.recv(1024):
            known = known or b"$8\r\nfoobared" in words
            said = b"+OK\r\n" if b"AUTH" in words else OPEN if b"PING" in words else b"$1\r\nx\r\n"
            connection.sendall(said if known else REFUSED)

    with servers.serving(handler) as port:
        container = make_container(**behind(port))
        container.facts = facts(listens(6379))
        found = asked(container).asked

    assert [(one.account.password if one.account else None, str(one.reply.verdict)) for one in found] == [
        (None, "refused"),
        ("foobared", "let in"),
        ("redis", "refused"),
        ("password", "refused"),
    ]


def test_port_that_takes_no_connection(make_container: MakeContainer) -> None:
    """It is told why; that is no refusal."""
    with servers.serving(always(OPEN)) as port:
        pass
    container = make_container(**behind(port))
    container.facts = facts(listens(6379))
    [one] = asked(container).asked

    assert str(one.reply) == "unclear: cannot be reached: Connection refused"


def test_two_datastores_in_a_container(make_container: MakeContainer) -> None:
    """The answers of both are kept."""
    both = process("redis-server"), process("valkey-server")
    with servers.serving(always(OPEN)) as port:
        container = make_container(**behind(port))
        container.facts = replace(facts(listens(6379)), all_processes=both)
        found = asked(container)

    assert [one.kind for one in found.asked] == ["Redis", "Valkey"]


def test_datastore_in_the_network_of_another_one(make_container: MakeContainer) -> None:
    """It is asked by the ports of that one, as its author publishes them."""
    with servers.serving(always(OPEN)) as port:
        owner = make_container(**behind(port))
        container = make_container("db", HostConfig={"NetworkMode": "container:web1"})
        container.facts = facts(listens(6379))
        [one] = asked(container, owner, loopback=True).asked

    assert (one.account, one.place, one.beyond_loopback) == (None, "published port 6379", False)


def test_what_cannot_be_asked_is_told(make_container: MakeContainer) -> None:
    """A kind whose protocol we do not speak, a place that is none of ours; nothing that is not there."""
    both = replace(facts(listens(6379)), all_processes=(process("redis-server"), process("qdrant")))
    container = make_container()
    container.facts = both
    found = asked(container)
    assert (found.kinds, found.asked) == (("Qdrant", "Redis"), ())
    assert found.gaps == ("Qdrant is a datastore that we cannot ask",)

    alone = make_container()
    alone.facts = facts(listens(6333), program="qdrant")
    assert asked(alone).gaps == ("Qdrant is a datastore that we cannot ask",)


def test_place_that_is_none_is_told(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the reason; the other places are asked."""

    def full(*_words: object, **_options: object) -> None:
        msg = "no address left"
        raise CommandError(msg)

    monkeypatch.setattr(vantage, "on_network", full)
    with servers.serving(always(OPEN)) as port:
        container = make_container(**behind(port, back={"NetworkID": "n1", "IPAddress": "10.0.0.2"}))
        container._own = {"stackproof.run": "cafe"}  # noqa: SLF001
        container.facts = facts(listens(6379))
        found = asked(container)

    assert [one.place for one in found.asked] == ["published port 6379"]
    assert found.gaps == ("network back: no container of ours can be on it: no address left",)


def test_no_port_answers_in_the_protocol(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then nobody has seen whom it lets in."""
    monkeypatch.setattr(asking, "LISTENS_WITHIN", 0.0)
    with servers.serving(always(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        container = make_container(**behind(port, target=7777))
        container.facts = facts(listens(7777), listens(80))
        monkeypatch.setattr(container, "probe", lambda: container.facts)
        found = asked(container, target=7777)

    assert found.asked == ()
    assert found.gaps == ("Redis answers in its protocol on none of the ports 80, 7777",)


def test_credential_that_cannot_be_read(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it no refusal proves anything."""

    def unread(*_words: object, **_options: object) -> None:
        msg = "gone"
        raise CommandError(msg)

    monkeypatch.setattr("stackproof.engine.engine.file", unread)
    container = make_container()
    container.data["Config"]["Env"] = ["REDIS_PASSWORD_FILE=/run/secrets/p"]
    container.facts = facts(listens(6379))

    with pytest.raises(Unknown, match=r"^the credential that web-1 declares cannot be read: gone$"):
        asked(container)


def test_port_that_nobody_listens_on_is_not_asked(make_container: MakeContainer) -> None:
    """One of a connection, or of datagrams, is another thing."""
    datagrams = replace(listens(6380), protocol="udp", state="07")
    connected = replace(listens(6379), state="01")
    container = make_container()
    container.facts = facts(datagrams, connected, listens(26379), listens(7777))
    usual = [replace(LOGINS["Redis"][0], ports=(6379, 6380, 7777))]

    assert asking._ports(container, usual) == {7777}  # noqa: SLF001


def test_each_place_is_asked_for_the_port() -> None:
    """By each login, until one is answered."""
    asked_for: list[int] = []

    @contextmanager
    def connect(port: int) -> Iterator[Script]:
        asked_for.append(port)
        yield Script(REFUSED)

    place = Place(name="network back", connect=connect)
    [first, *_more] = asking._ask_kind("Redis", (), [place], frozenset({6379}))  # noqa: SLF001

    assert (first.kind, first.port) == ("Redis", 6379)
    assert asked_for == [6379] * 4


def test_server_that_listens_on_no_tcp_port_is_waited_for(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not for ever; and a port that is only used by a connection is none."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(asking, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=sleep))
    container = make_container()
    container.facts = facts()
    looks: list[float] = []

    def probe() -> Facts:
        looks.append(now[0])
        return facts()

    monkeypatch.setattr(container, "probe", probe)
    with pytest.raises(
        Unknown, match=r"^a datastore of web-1 listens on no port, and no health check says that"
    ):
        asking._ports(container, LOGINS["Redis"])  # noqa: SLF001

    assert looks[0] == asking.EVERY
    assert looks[-1] == asking.LISTENS_WITHIN + asking.EVERY
