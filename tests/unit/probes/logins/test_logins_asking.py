"""What is asked of a container, from where, and with which accounts."""

from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address

import pytest
from tests.unit.conftest import MakeContainer
from tests.unit.facts.test_facts_programs import process
from tests.unit.probes.logins.script import Script

from stackproof.errors import Unknown
from stackproof.facts.model import LISTEN, Facts, Socket
from stackproof.probes.logins import asking
from stackproof.probes.logins.kinds import LOGINS
from stackproof.probes.logins.model import Account, Login, let_in, refused
from stackproof.probes.logins.places import Place


def listens(port: int, address: str = "0.0.0.0") -> Socket:  # noqa: S104 - nobody listens
    """Return a listening socket."""
    nobody = ip_address("0.0.0.0")  # noqa: S104
    return Socket(
        protocol="tcp", address=ip_address(address), port=port, remote=nobody, remote_port=0, state=LISTEN
    )


def facts(*sockets: Socket, program: str = "redis-server") -> Facts:
    """Return the facts of a container with one program."""
    one = process(program)
    return Facts(all_processes=(one,), probe=9, sockets=sockets, mounts=(), users={}, limits={})


def test_attempts() -> None:
    """Well-known accounts, declared names without a password, declared credentials; none twice."""
    own = Account(name="app", password="secret", declared=True)  # noqa: S106 - of nobody
    root = Account(name="root", password="", declared=True)
    [mysql] = LOGINS["MariaDB or MySQL"]
    [redis] = LOGINS["Redis"]

    tried = asking.attempts(mysql, [own, root])
    assert [(one.name, one.password) for one in tried].count(("app", "")) == 1
    assert [one.name for one in tried if not one.declared and not one.password] == ["root", "app"]
    assert tried[-2:] == [own, root]
    assert all(account.password for account in asking.attempts(redis, [own]))


@pytest.mark.parametrize(
    ("sockets", "ports"),
    [
        ([listens(6379)], {6379}),
        ([listens(6379), listens(80)], {6379}),
        ([listens(6379, "127.0.0.1"), listens(80)], set()),
        ([listens(7777), listens(80)], {7777, 80}),
    ],
)
def test_ports(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch, sockets: list[Socket], ports: set[int]
) -> None:
    """The usual one, or all that could be; none of a server that listens on loopback alone."""
    monkeypatch.setattr(asking, "LISTENS_WITHIN", 0.0)
    container = make_container()
    container.facts = facts(*sockets)
    monkeypatch.setattr(container, "probe", lambda: container.facts)

    assert asking._ports(container, LOGINS["Redis"]) == ports  # noqa: SLF001


def test_server_that_listens_nowhere(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a socket file alone, as its health check says; or it is not ready yet."""
    monkeypatch.setattr(asking, "LISTENS_WITHIN", 0.0)
    ready, starting = make_container(health="healthy"), make_container()
    for container in (ready, starting):
        container.facts = facts()
        monkeypatch.setattr(container, "probe", facts)

    assert asking._ports(ready, LOGINS["Redis"]) == frozenset()  # noqa: SLF001
    with pytest.raises(Unknown, match="listens on no port"):
        asking._ports(starting, LOGINS["Redis"])  # noqa: SLF001


def test_server_that_was_just_started_is_waited_for(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It listens a moment later."""
    monkeypatch.setattr(asking, "EVERY", 0.0)
    container = make_container()
    container.facts = facts()
    later = [facts(), facts(listens(6379))]
    monkeypatch.setattr(container, "probe", lambda: later.pop(0))

    assert asking._ports(container, LOGINS["Redis"]) == {6379}  # noqa: SLF001


def at(name: str, *answers: bytes, ports: frozenset[int] | None = None) -> Place:
    """Return a place from which a server always gives these answers."""

    @contextmanager
    def connect(_port: int) -> Iterator[Script]:
        yield Script(*answers)

    return Place(name=name, connect=connect, ports=ports)


def test_ask_kind() -> None:
    """Each place, and the ports that can be asked from there."""
    here = [at("network back", b"-NOAUTH\r\n"), at("published port 80", b"+PONG\r\n", ports=frozenset({80}))]
    found = list(asking._ask_kind("Redis", (), here, frozenset({6379})))  # noqa: SLF001

    assert {(one.place, one.port) for one in found} == {("network back", 6379)}
    assert [str(one.account) for one in found] == ["None", "default", "default", "default"]


def test_open_datastore_is_asked_once() -> None:
    """Nothing more can be learnt of it."""
    [found] = asking._ask_kind("Redis", (), [at("a", b"+PONG\r\n$1\r\n")], frozenset({6379}))  # noqa: SLF001

    assert found.account is None


def test_unusual_port_of_another_protocol_is_not_told() -> None:
    """A web server beside a datastore is none; on the usual port it is something that nobody can tell."""
    web = [at("a", b"HTTP/1.1 400 Bad Request\r\n\r\n")]

    assert list(asking._ask_kind("Redis", (), web, frozenset({80}))) == []  # noqa: SLF001
    [told] = asking._ask_kind("Redis", (), web, frozenset({6379}))  # noqa: SLF001
    assert told.reply.verdict == "not this protocol"


def test_second_protocol_of_a_port() -> None:
    """The one that is answered counts."""
    open_, shut = (
        Login(protocol=name, ports=(1,), ask=lambda _stream, _account, reply=reply: reply)  # type: ignore[misc]
        for name, reply in (("text", let_in("in")), ("binary", refused("no")))
    )
    silent = Login(protocol="silent", ports=(1,), ask=LOGINS["Redis"][0].ask)

    for second in (open_, shut):
        found = list(asking._ask_port("x", [silent, second], at("a"), 1, (), sure=True))  # noqa: SLF001
        assert found[0].reply.said in ("in", "no")
