"""The ways from outside to a container."""

from ipaddress import IPv4Address, IPv6Address
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer

from stackproof.engine import hosts
from stackproof.facts.model import LISTEN, UDP_BOUND, Facts, Socket
from stackproof.probes import doors, held
from stackproof.sandbox.container import Container
from stackproof.stack.ports import Port


def listener(address: str, port: int, inode: int = 1, protocol: str = "tcp") -> Socket:
    """Return a socket that waits for others."""
    family = IPv6Address if ":" in address else IPv4Address
    return Socket(
        protocol=protocol,
        address=family(address),
        port=port,
        remote=family("::" if ":" in address else "0.0.0.0"),  # noqa: S104 - as the kernel writes it
        remote_port=0,
        state=LISTEN if protocol == "tcp" else UDP_BOUND,
        inode=inode,
    )


def facts(*sockets: Socket) -> Facts:
    """Return facts with these sockets alone."""
    return Facts(all_processes=(), probe=0, sockets=sockets, mounts=(), users={}, limits={})


def port(target: int, published: str, host_ip: str | None = None, protocol: str = "tcp") -> Port:
    """Return a port as its author publishes it."""
    at = ("ports", published)
    return Port(target=target, protocol=protocol, published=published, host_ip=host_ip, at=at)


def bound(*places: tuple[str, str]) -> list[dict[str, str]]:
    """Return bindings as inspect has them."""
    return [{"HostIp": address, "HostPort": number} for address, number in places]


def test_published_ports_are_named_as_their_author_writes_them(make_container: MakeContainer) -> None:
    """Two ways to one port are one door; the sandbox's own numbers stand in no message."""
    ports = {"5432/tcp": bound(("127.0.0.1", "32801")), "53/udp": bound(("127.0.0.1", "32802"))}
    container = make_container("db", NetworkSettings={"Networks": {}, "Ports": ports})
    written = [
        port(5432, "15432"),
        port(5432, "5432", "192.0.2.7"),
        port(5432, "5432", "127.0.0.1"),
        port(53, "5300", protocol="udp"),
        port(9000, "9000", "::1"),
    ]

    database, names = doors.of(container, written)

    assert str(database) == (
        "5432/tcp (published as 15432:5432 on every address of the host and published as 192.0.2.7:5432:5432 "
        "on 192.0.2.7)"
    )
    assert database.addresses == (("127.0.0.1", 32801),)
    assert (database.at, names.at) == (("ports", "15432"), ("ports", "5300"))
    assert str(names) == "53/udp (published as 5300:53/udp on every address of the host)"
    assert [door.port for door in doors.of(container, written, loopback=True)] == [
        "5432/tcp",
        "53/udp",
        "9000/tcp",
    ]


def test_both_families(make_container: MakeContainer) -> None:
    """An attached project's port has an address of each."""
    ports = {"80/tcp": bound(("0.0.0.0", "80"), ("::", "80"))}  # noqa: S104 - as the engine says it
    container = make_container(NetworkSettings={"Networks": {}, "Ports": ports})

    (door,) = doors.of(container, [port(80, "80")])

    assert door.addresses == (("0.0.0.0", 80), ("::", 80))  # noqa: S104


@pytest.mark.parametrize(
    ("host_ip", "where"),
    [
        (None, "every address of the host"),
        ("0.0.0.0", "every address of the host"),  # noqa: S104
        ("::", "every address of the host"),
        ("192.0.2.7", "192.0.2.7"),
    ],
)
def test_where_a_port_is_published(host_ip: str | None, where: str) -> None:
    """Both families' word for every address is one."""
    assert port(80, "80", host_ip).where == where


HOST: dict[str, Any] = {"HostConfig": {"RestartPolicy": {"Name": "no"}, "NetworkMode": "host"}}
HELD = "lrwx------ 1 999 999 64 Nov 26 06:20 6 -> socket:[11]\nlr-x------ 3 -> /dev/null\n -> socket:[13]\n"


def test_held_sockets() -> None:
    """Of everybody's on the host's network those that its processes hold, and others can reach."""
    sockets = (
        listener("0.0.0.0", 6379, 11),  # noqa: S104
        listener("0.0.0.0", 22, 12),  # noqa: S104
        listener("127.0.0.1", 9000, 13),
    )

    assert [one.port for one in held.held(facts(*sockets), HELD)] == [6379]


@pytest.mark.parametrize(
    ("listening", "perhaps"),
    [
        (["0.0.0.0"], ()),  # noqa: S104
        (["::"], (("127.0.0.1", 80),)),
        (["0.0.0.0", "::"], ()),  # noqa: S104
        (["::1", "::"], (("127.0.0.1", 80),)),
        (["127.0.0.1", "::"], (("127.0.0.1", 80),)),
        (["192.0.2.7"], ()),
    ],
)
def test_socket_that_may_take_one_family_only(
    make_container: MakeContainer,
    monkeypatch: pytest.MonkeyPatch,
    listening: list[str],
    perhaps: tuple[tuple[str, int], ...],
) -> None:
    """Whether a socket of IPv6 takes IPv4, too, is an option that nobody sees: it must not be demanded."""
    sockets = facts(*(listener(address, 80, 11) for address in listening))
    monkeypatch.setattr(Container, "probe", lambda _self: sockets)
    monkeypatch.setattr(held, "_seen", lambda _container: HELD)
    monkeypatch.setattr(hosts, "host_addresses", lambda: ["127.0.0.1", "::1", "192.0.2.7"])

    (door,) = doors.of(make_container(**HOST), [])

    assert door.perhaps == perhaps


def test_sockets_are_those_of_now(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that starts late listens as soon as it does, whatever was seen before."""
    looks = iter([facts(), facts(listener("0.0.0.0", 80))])  # noqa: S104
    monkeypatch.setattr(Container, "probe", lambda _self: next(looks))
    container = make_container()

    assert container.facts.listening == ()
    assert [one.port for one in held.listening(container)] == [80]


def test_doors_on_the_host(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own sockets, on addresses of the families that they take; what is published there is ignored."""
    sockets = (
        listener("0.0.0.0", 6379, 11),  # noqa: S104
        listener("::", 6379, 13),
        listener("0.0.0.0", 80, 11),  # noqa: S104
        listener("192.0.2.7", 53, 13, "udp"),
        listener("192.0.2.8", 53, 13, "udp"),
        listener("::ffff:192.0.2.8", 81, 13),
        listener("0.0.0.0", 22, 12),  # noqa: S104
    )
    monkeypatch.setattr(Container, "probe", lambda _self: facts(*sockets))
    monkeypatch.setattr(held, "_seen", lambda _container: HELD)
    monkeypatch.setattr(hosts, "host_addresses", lambda: ["::1", "127.0.0.1", "2001:db8::7", "192.0.2.7"])

    found = doors.of(make_container("cache", **HOST), [port(80, "80")])

    assert {door.port: door.addresses for door in found} == {
        "53/udp": (("192.0.2.7", 53), ("192.0.2.8", 53)),
        "80/tcp": (("127.0.0.1", 80),),
        "81/tcp": (("192.0.2.8", 81),),
        "6379/tcp": (("127.0.0.1", 6379), ("::1", 6379)),
    }
    assert str(found[0]) == "53/udp (on the host's network: 192.0.2.7 and 192.0.2.8 of the host)"
    assert str(found[-1]) == "6379/tcp (on the host's network: every address of the host)"
    assert found[-1].at == ("network_mode",)
