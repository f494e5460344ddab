"""Whose listening sockets are, and whether a silent port is the service's own."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer
from tests.unit.probes.test_probes_doors import HELD, facts, listener

from stackproof.engine import engine
from stackproof.engine.command import Completed
from stackproof.errors import CommandError, Unknown
from stackproof.probes import greeting, held, reach
from stackproof.probes.doors import Door
from stackproof.sandbox.container import Container

HOST: dict[str, Any] = {"RestartPolicy": {"Name": "no"}, "NetworkMode": "host"}
OPEN = "0.0.0.0"  # noqa: S104 - as the kernel writes it


@pytest.fixture
def on_host(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Container]:
    """Return a function that makes a container on the host's network, where three listen."""
    sockets = facts(listener(OPEN, 6379, 11), listener(OPEN, 22, 12), listener(OPEN, 53, 13, "udp"))
    monkeypatch.setattr(Container, "probe", lambda _self: sockets)

    def make(**more: str) -> Container:
        return make_container(HostConfig={**HOST, **more})

    return make


class Helper:
    """A shell of ours beside a container."""

    def __init__(self, said: bytes, calls: list[Any]) -> None:
        self.said, self.calls = said, calls

    def run(self, script: str) -> tuple[int, bytes, bytes]:
        """Answer the one question."""
        self.calls.append(script)
        return 0, self.said, b""

    def close(self) -> None:
        """End."""
        self.calls.append("closed")


def test_seen_beside_a_container_of_ours(
    monkeypatch: pytest.MonkeyPatch, on_host: Callable[..., Container]
) -> None:
    """A helper looks, and goes again; bytes that are no text are no reason to fail."""
    calls: list[Any] = []

    def sidecar(*where: Any) -> Helper:  # noqa: ANN401
        calls.append(where)
        return Helper(b"\xff " + HELD.encode(), calls)

    monkeypatch.setattr(held, "Sidecar", sidecar)
    monkeypatch.setattr(Container, "own", {"a": "label"})
    container = on_host()

    assert [one.port for one in held.listening(container)] == [6379, 53]
    assert calls == [(container.id, container.name, {"a": "label"}), held.SCRIPT, "closed"]


@pytest.mark.parametrize(
    ("said", "ports"),
    [
        (HELD, [6379, 53]),
        ("ls: cannot open directory '/proc/1/fd': Permission denied\n" + HELD, None),
        ("sh: ls: not found", None),
        ("lr-x------ 3 -> /dev/null", None),
        ("", None),
    ],
)
def test_seen_in_a_container_that_is_not_ours(
    monkeypatch: pytest.MonkeyPatch, on_host: Callable[..., Container], said: str, ports: list[int] | None
) -> None:
    """Its own shell looks as root; where it shows a part or nothing, nobody can tell."""
    container = on_host()
    monkeypatch.setattr(Container, "own", {})

    def execute(where: str, argv: list[str], **more: object) -> Completed:
        assert (where, argv, more) == (
            container.id,
            ["sh", "-c", held.SCRIPT],
            {"user": "0:0", "check": False},
        )
        return Completed(code=0, stdout=said, stderr="", seconds=0)

    monkeypatch.setattr(engine, "execute", execute)
    if ports is not None:
        assert [one.port for one in held.listening(container)] == ports
        return
    with pytest.raises(Unknown) as caught:
        held.listening(container)
    assert str(caught.value) == (
        "the sockets of web-1 cannot be told from the host's: its processes do not show them"
    )


def test_container_without_a_shell(
    monkeypatch: pytest.MonkeyPatch, on_host: Callable[..., Container]
) -> None:
    """The engine's words are told."""
    monkeypatch.setattr(Container, "own", {})

    def execute(*_words: object, **_more: object) -> Completed:
        msg = "no sh"
        raise CommandError(msg)

    monkeypatch.setattr(engine, "execute", execute)
    with pytest.raises(Unknown) as caught:
        held.listening(on_host())
    assert str(caught.value) == "the sockets of web-1 cannot be told from the host's: no sh"


def test_processes_of_the_host(on_host: Callable[..., Container]) -> None:
    """All of the host's are seen then."""
    with pytest.raises(Unknown) as caught:
        held.listening(on_host(PidMode="host"))
    assert str(caught.value) == (
        "web-1 is on the host's network and in its pid namespace: nobody can tell its ports"
    )


@pytest.mark.parametrize(("number", "bound"), [(53, True), (54, False), (6379, False)])
def test_silent_port_over_udp(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch, number: int, *, bound: bool
) -> None:
    """It is the service's own where it is bound inside, over UDP."""
    sockets = facts(listener(OPEN, 6379), listener(OPEN, 53, protocol="udp"))
    monkeypatch.setattr(Container, "probe", lambda _self: sockets)
    door = Door(number=number, protocol="udp", written="x")

    assert greeting.holds(make_container(), door, ("127.0.0.1", 1)) is bound


@pytest.mark.parametrize(
    ("answer", "holds"),
    [
        (reach.Reached(address="127.0.0.1", port=32768, ours=True), True),
        (reach.Reached(address="127.0.0.1", port=32768, ours=False), False),
        (None, False),
    ],
)
def test_silent_port_over_tcp(
    make_container: MakeContainer,
    monkeypatch: pytest.MonkeyPatch,
    answer: reach.Reached | None,
    *,
    holds: bool,
) -> None:
    """It is where the container holds our connections; on the host's network its socket was seen."""
    container = make_container()

    def reached(*words: object, target: int) -> reach.Reached | None:
        assert (words, target) == ((container, "127.0.0.1", 32768), 80)
        return answer

    monkeypatch.setattr(reach, "reach", reached)
    door = Door(number=80, protocol="tcp", written="x")

    assert greeting.holds(container, door, ("127.0.0.1", 32768)) is holds
    assert greeting.holds(make_container(HostConfig=HOST), door, ("127.0.0.1", 80)) is True
