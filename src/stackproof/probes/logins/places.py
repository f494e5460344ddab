"""From where a container can be asked: each network that it is on, and each port that is published."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial

from stackproof.engine import vantage
from stackproof.engine.projects import PROJECT
from stackproof.errors import CommandError, Unknown
from stackproof.facts.probe import NOT_RUN
from stackproof.probes.logins.stream import PipeStream, SilentError, Stream, straight
from stackproof.sandbox.container import Container
from stackproof.stack.ports import Port

Opened = AbstractContextManager[Stream]
_SHARED = "container:"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where questions come from; `connect` opens a fresh stream to a port of the container."""

    name: str
    connect: Callable[[int], Opened]
    ports: frozenset[int] | None = None
    """The ports that can be asked from there; None for all that listen."""
    beyond_loopback: bool = False

    def __str__(self) -> str:
        """Return it as a message says it."""
        return self.name


@dataclass(frozen=True, kw_only=True)
class Nowhere:
    """A place that we cannot ask from, and why."""

    name: str
    why: str


def network_of(container: Container, others: Sequence[Container]) -> Container:
    """Return the container whose network a container is in: its own, or that of another one.

    Raises Unknown where the network is nobody's alone, or its owner is not there.
    """
    mode = str(container.data["HostConfig"].get("NetworkMode") or "")
    if mode == "host":
        msg = f"{container} is on the host's network, where nobody can tell whose port answers"
        raise Unknown(msg)
    if not mode.startswith(_SHARED):
        return container
    owner = next((other for other in others if other.id == mode.removeprefix(_SHARED)), None)
    if owner is None:
        msg = f"{container} is in the network of a container that is none of the stack's"
        raise Unknown(msg)
    return owner


@contextmanager
def places(owner: Container, published: Sequence[Port]) -> Iterator[list[Place | Nowhere]]:
    """Have all places while the block runs. `published` are the ports that its author publishes."""
    with ExitStack() as opened:
        found: list[Place | Nowhere] = [*_published(owner, published)]
        for name, network in sorted((owner.data["NetworkSettings"]["Networks"] or {}).items()):
            address = network.get("IPAddress") or network.get("GlobalIPv6Address")
            if address:
                found.append(_on(owner, name, str(network["NetworkID"]), str(address), opened))
        yield found


def _published(owner: Container, published: Sequence[Port]) -> Iterator[Place]:
    for port in dict.fromkeys(port for port in published if port.protocol == "tcp"):
        if at := owner.published(port.target):
            yield Place(
                name=f"published port {port.target}",
                connect=lambda _port, at=at: straight(*at),  # type: ignore[misc]
                ports=frozenset({port.target}),
                beyond_loopback=not port.loopback,
            )


def _on(owner: Container, name: str, network: str, address: str, opened: ExitStack) -> Place | Nowhere:
    marks = owner.data["Config"]["Labels"] or {}
    project = marks.get(PROJECT, "")
    told = f"network {name.removeprefix(f'{project}_')}"
    inside = owner.id
    if owner.own:
        try:
            inside = opened.enter_context(vantage.on_network(network, own=owner.own))
        except CommandError as error:
            return Nowhere(name=told, why=f"no container of ours can be on it: {error}")
    return Place(name=told, connect=partial(_carried, inside, address))


@contextmanager
def _carried(container: str, address: str, port: int) -> Iterator[Stream]:
    with vantage.carrier(container, address, port) as carrier:
        yield _Carried(carrier)


class _Carried(PipeStream):
    """A stream whose end may be that of the program that carries it."""

    def __init__(self, carrier: vantage.Carrier) -> None:
        super().__init__(carrier.to, carrier.back)
        self._ended = carrier.ended

    def receive(self) -> bytes:
        """Return what came."""
        data = super().receive()
        if not data and self._ended() in NOT_RUN:
            msg = "cannot be asked from inside: the image has neither bash nor busybox's nc"
            raise SilentError(msg)
        return data
