"""From where a container can be asked: its networks, its published ports, a program in it that carries."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer

from stackproof.engine import vantage
from stackproof.errors import CommandError, Unknown
from stackproof.probes.logins import places
from stackproof.probes.logins.places import Nowhere, Place
from stackproof.probes.logins.stream import SilentError
from stackproof.sandbox.container import Container
from stackproof.stack.ports import Port


def on(make_container: MakeContainer, networks: Any, **more: Any) -> Container:  # noqa: ANN401 - inspect data
    """Return a container on some networks."""
    ports = {f"{port}/{protocol}": [{"HostIp": "127.0.0.1", "HostPort": str(30000 + port)}]
             for port, protocol in ((1, "tcp"), (2, "tcp"), (1, "udp"))}  # fmt: skip
    return make_container(NetworkSettings={"Networks": networks, "Ports": ports}, **more)


def port(target: int, protocol: str = "tcp", host_ip: str | None = None) -> Port:
    """Return a port that an author publishes."""
    return Port(target=target, protocol=protocol, published=str(target), host_ip=host_ip)


def test_published_ports(make_container: MakeContainer) -> None:
    """Each once, over TCP, where the engine has it; the sandbox's address says nothing of the author's."""
    published = [port(1, "udp"), port(1), port(1), port(3), port(2, host_ip="127.0.0.1")]
    with places.places(on(make_container, None), published) as found:
        assert [(str(one), one.ports, one.beyond_loopback) for one in found if isinstance(one, Place)] == [
            ("published port 1", frozenset({1}), True),
            ("published port 2", frozenset({2}), False),
        ]


def test_networks(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with an address of either family, by its name in the compose file, and all ports on it."""
    carried: list[tuple[str, str, int]] = []

    @contextmanager
    def carrier(container: str, address: str, number: int) -> Iterator[None]:
        carried.append((container, address, number))
        raise CommandError
        yield

    monkeypatch.setattr(vantage, "carrier", carrier)
    networks = {
        "shop_two": {"NetworkID": "n2", "IPAddress": "", "GlobalIPv6Address": "fd00::2"},
        "shop_one": {"NetworkID": "n1", "IPAddress": "10.0.0.2", "GlobalIPv6Address": "fd00::1"},
        "none": {"NetworkID": "n3"},
    }
    container = on(make_container, networks)
    container.data["Config"]["Labels"]["com.docker.compose.project"] = "shop"
    with places.places(container, ()) as found:
        here = [one for one in found if isinstance(one, Place)]
        for one in here:
            with pytest.raises(CommandError), one.connect(5):
                pass

    assert [(one.name, one.ports, one.beyond_loopback) for one in here] == [
        ("network one", None, False),
        ("network two", None, False),
    ]
    assert carried == [("web1", "10.0.0.2", 5), ("web1", "fd00::2", 5)]


def test_network_of_no_project(make_container: MakeContainer) -> None:
    """It has the name that the engine knows."""
    container = on(make_container, {"back": {"NetworkID": "n", "IPAddress": "10.0.0.2"}})
    container.data["Config"]["Labels"] = None

    with places.places(container, ()) as found:
        assert [one.name for one in found] == ["network back"]


def test_sandbox_is_asked_from_a_container_of_ours(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the same network, for as long as the block runs; the networks that take none are told."""
    asked: list[tuple[object, ...]] = []

    @contextmanager
    def on_network(network: str, *, own: dict[str, str]) -> Iterator[str]:
        if network == "n2":
            msg = "no address left"
            raise CommandError(msg)
        asked.append(("begins", network, own))
        yield "ours"
        asked.append(("ends", network))

    @contextmanager
    def carrier(*words: object) -> Iterator[None]:
        asked.append(words)
        raise CommandError
        yield

    monkeypatch.setattr(vantage, "on_network", on_network)
    monkeypatch.setattr(vantage, "carrier", carrier)
    networks = {
        name: {"NetworkID": name, "IPAddress": f"10.0.0.{at}"} for at, name in enumerate(("n1", "n2"))
    }
    container = on(make_container, networks)
    container._own = {"stackproof.run": "cafe"}  # noqa: SLF001
    with places.places(container, ()) as found:
        place, nowhere = found
        assert isinstance(place, Place)
        with pytest.raises(CommandError), place.connect(5):
            pass

    assert nowhere == Nowhere(name="network n2", why="no container of ours can be on it: no address left")
    assert asked == [
        ("begins", "n1", {"stackproof.run": "cafe"}),
        ("ours", "10.0.0.0", 5),
        ("ends", "n1"),
    ]


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("cat", b"abc"),
        ("exit 0", b""),
        ("exit 1", b""),
        ("exit 126", None),
        ("exit 127", None),
    ],
)
def test_program_that_carries(monkeypatch: pytest.MonkeyPatch, program: str, said: bytes | None) -> None:
    """Its end is the server's, unless the image has no such program: then nobody was asked."""

    @contextmanager
    def carrier(*_words: object) -> Iterator[vantage.Carrier]:
        pipe = subprocess.PIPE
        with subprocess.Popen(["sh", "-c", program], stdin=pipe, stdout=pipe) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            if program != "cat":
                process.wait()
            yield vantage.Carrier(to=process.stdin, back=process.stdout, ended=process.poll)

    monkeypatch.setattr(vantage, "carrier", carrier)
    with places._carried("web1", "10.0.0.2", 5) as stream:  # noqa: SLF001
        if program == "cat":
            stream.send(b"abc")
        if said is not None:
            assert stream.receive() == said
            return
        with pytest.raises(SilentError) as why:
            stream.receive()
    assert str(why.value) == "cannot be asked from inside: the image has neither bash nor busybox's nc"


@pytest.mark.parametrize(
    ("mode", "why"),
    [
        ("host", "web-1 is on the host's network, where nobody can tell whose port answers"),
        ("container:gone", "web-1 is in the network of a container that is none of the stack's"),
    ],
)
def test_network_that_is_nobodys(make_container: MakeContainer, mode: str, why: str) -> None:
    """It is told why."""
    container = make_container(HostConfig={"NetworkMode": mode})

    with pytest.raises(Unknown) as told:
        places.network_of(container, [container])
    assert str(told.value) == why


def test_network_of_another_container(make_container: MakeContainer) -> None:
    """Known by its id."""
    others = make_container("db"), make_container("vpn")
    container = make_container(HostConfig={"NetworkMode": "container:vpn1"})

    assert places.network_of(container, others) is others[1]


def test_network_of_its_own(make_container: MakeContainer) -> None:
    """An engine may name none."""
    for config in ({}, {"NetworkMode": None}, {"NetworkMode": "bridge"}):
        container = make_container(HostConfig=config)
        assert places.network_of(container, []) is container
