"""Whether it is the container that answers on a port: its own new sockets tell."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from ipaddress import ip_address
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from stackproof.facts import model
from stackproof.probes import reach

LOOPBACK = "127.0.0.2"  # no server of another program, and not what no address means


@pytest.fixture
def port() -> Iterator[int]:
    """A port where connections are taken, by the kernel, and held."""
    with socket.create_server((LOOPBACK, 0), backlog=64) as server:
        yield int(server.getsockname()[1])


def at(port: int, *, shown_as: int | None = None) -> list[model.Socket]:
    """Return the connections to a port of this machine, as the container that has it shows them."""
    return [
        model.Socket(
            protocol="tcp",
            address=ip_address(found.laddr.ip),
            port=shown_as or port,
            remote=ip_address(found.raddr.ip),
            remote_port=found.raddr.port,
            state=model.ESTABLISHED,
        )
        for found in psutil.net_connections("tcp4")
        if found.raddr
        and found.laddr
        and found.laddr.port == port
        and found.status == psutil.CONN_ESTABLISHED
    ]


def container(*looks: list[model.Socket]) -> Any:  # noqa: ANN401 - stands for a container
    """Return what shows these sockets, one look after the other."""
    left = iter(looks)
    return SimpleNamespace(probe=lambda: SimpleNamespace(sockets=tuple(next(left))))


def alive(port: int, shown_as: int | None = None) -> Any:  # noqa: ANN401 - stands for a container
    """Return what shows the sockets that are there at each look."""
    return SimpleNamespace(probe=lambda: SimpleNamespace(sockets=tuple(at(port, shown_as=shown_as))))


def test_the_container(port: int) -> None:
    """Our connections are among its own."""
    found = reach.reach(alive(port), LOOPBACK, port)

    assert found == reach.Reached(address=LOOPBACK, port=port, ours=True)


def test_the_container_behind_another_number(port: int) -> None:
    """What is published as one number is another one within."""
    found = reach.reach(alive(port, shown_as=80), LOOPBACK, port, target=80)

    assert found == reach.Reached(address=LOOPBACK, port=port, ours=True)
    found = reach.reach(alive(port, shown_as=80), LOOPBACK, port, target=81)
    assert found == reach.Reached(address=LOOPBACK, port=port, ours=False)


def test_another_program(port: int) -> None:
    """It listens on the same number; the container has no connection of ours."""
    found = reach.reach(container([], []), LOOPBACK, port)

    assert found == reach.Reached(address=LOOPBACK, port=port, ours=False)


def test_connections_of_others(port: int) -> None:
    """A busy container has connections on that port all the time: only new ones tell, and all of ours."""
    with ExitStack() as opened:
        for _ in range(reach.PROBES):
            opened.enter_context(socket.create_connection((LOOPBACK, port)))
        busy = at(port)
        assert len(busy) == reach.PROBES
        one_more = replace(busy[0], remote_port=1)
        elsewhere = [replace(one, remote=ip_address("192.0.2.9")) for one in busy]
        others = reach.reach(container(busy, [*busy, *elsewhere]), LOOPBACK, port)
        both = [reach.reach(container(busy, after), LOOPBACK, port) for after in (busy, [*busy, one_more])]

    assert others is not None
    assert others.ours  # a number at another address is another connection
    assert both == [reach.Reached(address=LOOPBACK, port=port, ours=False)] * 2


def test_connections_that_are_no_longer_held(port: int) -> None:
    """What is being closed, or is of another port, is none of ours."""
    new = [replace(one, state=model.TIME_WAIT) for one in _three(port)]
    other = _three(port + 1)

    assert reach.reach(container([], [*new, *other]), LOOPBACK, port) == reach.Reached(
        address=LOOPBACK, port=port, ours=False
    )
    found = reach.reach(container([], _three(port)), LOOPBACK, port)
    assert found is not None
    assert found.ours


def test_nobody() -> None:
    """Nobody takes the connection: then nobody is asked who it is."""
    with reach.listener(LOOPBACK) as port:
        pass

    assert reach.reach(container(), LOOPBACK, port) is None
    assert reach.reach_published(LOOPBACK, port) is None


def test_published(port: int) -> None:
    """The engine itself says whose port it is."""
    assert reach.reach_published(LOOPBACK, port) == reach.Reached(address=LOOPBACK, port=port, ours=True)


def _three(port: int) -> list[model.Socket]:
    peer = ip_address(LOOPBACK)
    return [
        model.Socket(
            protocol="tcp",
            address=peer,
            port=port,
            remote=peer,
            remote_port=40000 + n,
            state=model.ESTABLISHED,
        )
        for n in range(reach.PROBES)
    ]
