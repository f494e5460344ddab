"""What a port says, asked until it says something; silence is no answer."""

import socket
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer
from tests.unit.probes.protocols import servers

from stackproof.errors import ContainerGoneError, Unknown
from stackproof.probes import greeting
from stackproof.probes.doors import Door
from stackproof.probes.protocols import identify, udp, web
from stackproof.probes.protocols.model import Found, Protocol
from stackproof.sandbox.container import Container

LOOPBACK = "127.0.0.1"
# As many as there are until the time is up, and one more.
TRIES = int(greeting.PATIENCE / greeting.EVERY) + 2
SILENT, HEARD = Found(said="gave no answer within 2 s", silent=True), Found(said="b'hi'")
STARTING = Found(protocols=(Protocol(name="HTTP"),), said="502", starting=True)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Time that passes by sleeping alone, in whole tries; return the time that it is."""
    now = [0.0]
    monkeypatch.setattr(
        greeting,
        "time",
        SimpleNamespace(monotonic=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds)),
    )
    return now


def door(*ports: int, protocol: str = "tcp", perhaps: tuple[tuple[str, int], ...] = ()) -> Door:
    """Return a published port with these numbers of this machine."""
    addresses = tuple((LOOPBACK, port) for port in ports)
    return Door(number=80, protocol=protocol, written="80:80", addresses=addresses, perhaps=perhaps)


def answers(monkeypatch: pytest.MonkeyPatch, *said: Found, module: Any = identify) -> list[Any]:  # noqa: ANN401
    """Let a port say this, and the last again and again; return how it is asked."""
    asked: list[Any] = []

    def ask(*words: Any) -> Found:  # noqa: ANN401
        asked.append(words)
        return said[min(len(asked), len(said)) - 1]

    monkeypatch.setattr(module, "ask", ask)
    return asked


@pytest.fixture
def container(make_container: MakeContainer) -> Container:
    """A container that runs."""
    return make_container()


@pytest.fixture
def holding(monkeypatch: pytest.MonkeyPatch, container: Container) -> Callable[..., list[Any]]:
    """Return what says whether the service holds a connection, and tells of which addresses it was asked."""

    def say(*, held: bool) -> list[Any]:
        asked: list[Any] = []

        def holds(which: Container, at: Door, address: tuple[str, int]) -> bool:
            assert which is container
            assert address in at.addresses
            asked.append(address)
            return held

        monkeypatch.setattr(greeting, "holds", holds)
        return asked

    return say


@pytest.mark.parametrize("first", [[SILENT], [SILENT, SILENT], [STARTING], [STARTING, SILENT]])
def test_port_that_starts_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, container: Container, first: list[Found]
) -> None:
    """A server that is slow to start says later what it is."""
    asked = answers(monkeypatch, *first, HEARD)

    assert greeting.greet(container, door(1), ["a.example"]) == HEARD
    assert asked == [(LOOPBACK, 1, 80, ["a.example"])] * (len(first) + 1)


@pytest.mark.parametrize(("held", "late"), [(True, ()), (False, (SILENT.said,))])
def test_silence(
    monkeypatch: pytest.MonkeyPatch,
    container: Container,
    holding: Callable[..., list[Any]],
    *,
    held: bool,
    late: tuple[str, ...],
) -> None:
    """It passes only for a service that itself holds the connection."""
    asked = answers(monkeypatch, SILENT)
    looks = holding(held=held)

    assert greeting.greet(container, door(1)).late == late
    assert len(asked) == TRIES
    assert looks == [(LOOPBACK, 1)] * (1 if held else TRIES)


@pytest.mark.parametrize("gone", [ContainerGoneError, Unknown])
@pytest.mark.parametrize(("protocol", "module"), [("tcp", identify), ("udp", udp)])
def test_service_that_our_questions_ended(
    monkeypatch: pytest.MonkeyPatch,
    container: Container,
    protocol: str,
    module: Any,  # noqa: ANN401
    gone: type[Unknown],
) -> None:
    """Once it is started again it holds a connection that asks for nothing."""
    looks = ["gone", "silent", "held"]

    def held(*_words: object) -> bool:
        if (look := looks.pop(0)) == "gone":
            raise gone
        return look == "held"

    answers(monkeypatch, SILENT, module=module)
    monkeypatch.setattr(greeting, "holds", held)

    assert greeting.greet(container, door(1, protocol=protocol)) == SILENT
    assert looks == []


@pytest.mark.parametrize(
    ("error", "why"),
    [(Unknown("web-1 is not running"), "web-1 is not running"), (Unknown(), "nobody can look into it")],
)
@pytest.mark.parametrize(("protocol", "module"), [("tcp", identify), ("udp", udp)])
def test_service_that_our_questions_ended_for_good(  # noqa: PLR0913, PLR0917 - a protocol and a reason
    monkeypatch: pytest.MonkeyPatch,
    container: Container,
    protocol: str,
    module: Any,  # noqa: ANN401
    error: Unknown,
    why: str,
) -> None:
    """What it is nobody can say; the other ports are asked all the same."""

    def held(*_words: object) -> bool:
        raise error

    answers(monkeypatch, SILENT, module=module)
    monkeypatch.setattr(greeting, "holds", held)

    assert greeting.greet(container, door(1, protocol=protocol)).late == (why,)


def test_gateway_that_never_gets_through(monkeypatch: pytest.MonkeyPatch, container: Container) -> None:
    """It has said all that it says."""
    asked = answers(monkeypatch, STARTING)

    assert greeting.greet(container, door(1)) == STARTING
    assert len(asked) == TRIES


def test_each_address_is_asked(
    monkeypatch: pytest.MonkeyPatch, container: Container, holding: Callable[..., list[Any]]
) -> None:
    """One that answers does not answer for another one that does not."""
    console = Found(protocols=(Protocol(name="HTTP"),), said="200")
    monkeypatch.setattr(identify, "ask", lambda _address, port, *_words: console if port == 1 else SILENT)
    holding(held=False)

    found = greeting.greet(container, door(1, 2))
    assert (found.protocols, found.late, found.silent) == (console.protocols, (SILENT.said,), False)
    assert found.said == f"200 and {SILENT.said}"
    assert greeting.greet(container, door(1, 2, perhaps=((LOOPBACK, 2),))).late == ()
    answers(monkeypatch, SILENT)
    assert greeting.greet(container, door(1, 2)) == replace(SILENT, late=(SILENT.said,))
    monkeypatch.setattr(identify, "ask", lambda _address, port, *_words: STARTING if port == 1 else HEARD)
    assert greeting.greet(container, door(1, 2)).starting is True
    assert greeting.greet(container, door(2, 3)).starting is False


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_who_cannot_be_asked(make_container: MakeContainer, protocol: str) -> None:
    """A container that is down, or of which the engine publishes nothing, neither passes nor fails."""
    ended = make_container(State={"Status": "exited", "ExitCode": 1})

    with pytest.raises(Unknown, match="is exited"):
        greeting.greet(ended, door(1, protocol=protocol))
    with pytest.raises(Unknown, match=f"no published port 80/{protocol} in the sandbox"):
        greeting.greet(make_container(), door(protocol=protocol))


def test_datagrams_that_are_lost(
    monkeypatch: pytest.MonkeyPatch, container: Container, holding: Callable[..., list[Any]]
) -> None:
    """A port that is bound is asked twice, and then it is silent; one that is not, as long as it may take."""
    quiet, dns = Found(silent=True), Found(protocols=(Protocol(name="DNS"),))
    holding(held=True)
    asked = answers(monkeypatch, quiet, module=udp)
    assert greeting.greet(container, door(1, protocol="udp")) == quiet
    assert len(asked) == greeting.DATAGRAMS
    answers(monkeypatch, quiet, dns, module=udp)
    assert greeting.greet(container, door(1, protocol="udp")) == dns

    holding(held=False)
    answers(monkeypatch, quiet, quiet, quiet, dns, module=udp)
    assert greeting.greet(container, door(1, protocol="udp")) == dns
    answers(monkeypatch, quiet, module=udp)
    assert greeting.greet(container, door(1, protocol="udp")).late == ("nothing is bound to it",)


def test_nobody_behind_the_engine(
    monkeypatch: pytest.MonkeyPatch, container: Container, holding: Callable[..., list[Any]]
) -> None:
    """The engine's proxy takes connections and drops them where nothing listens inside: that is no answer."""
    monkeypatch.setattr(identify, "DEADLINE", 5)
    monkeypatch.setattr(web, "SLOW", 5)
    holding(held=False)

    def proxy(_connection: socket.socket) -> None:
        """Drop it."""

    with servers.serving(proxy) as port:
        found = greeting.greet(container, door(port))

    assert found.protocols == ()
    assert len(found.late) == 1
