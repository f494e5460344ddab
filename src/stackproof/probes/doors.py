"""The ways from outside to a container: its published ports, or its own sockets on the host's network."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from stackproof.engine import hosts
from stackproof.facts.model import Socket
from stackproof.probes import held
from stackproof.sandbox.container import Container
from stackproof.stack.keys import KeyPath
from stackproof.stack.ports import Port


@dataclass(frozen=True, kw_only=True)
class Door:
    """One port that others can reach, and where it is asked in the sandbox."""

    number: int
    """Inside the container."""
    protocol: str
    written: str
    """How its author opens it, for messages."""
    addresses: tuple[tuple[str, int], ...] = ()
    """Host addresses and ports, as they are now; none where the engine publishes nothing."""
    perhaps: tuple[tuple[str, int], ...] = ()
    """Those of them that the container need not listen on: a socket of IPv6 may take IPv4, too."""
    at: KeyPath = field(default=(), compare=False)

    @property
    def port(self) -> str:
        """The number and the protocol, such as `53/udp`."""
        return f"{self.number}/{self.protocol}"

    def __str__(self) -> str:
        """Return it as messages name it."""
        return f"{self.port} ({self.written})"


def of(container: Container, ports: Sequence[Port], *, loopback: bool = False) -> list[Door]:
    """Return the doors of a container whose author publishes these ports: by number inside, each once.

    Those on loopback count only when they are asked for. Raises Unknown where nobody can tell which sockets
    of the host are the container's.
    """
    if container.on_host_network:
        return list(_on_the_host(held.listening(container)))
    ways: dict[tuple[int, str], list[Port]] = {}
    for port in dict.fromkeys(ports):
        if loopback or not port.loopback:
            ways.setdefault((port.target, port.protocol), []).append(port)
    return [
        Door(
            number=number,
            protocol=protocol,
            written=" and ".join(port.written for port in those),
            addresses=tuple(container.bindings(number, protocol)),
            at=those[0].at,
        )
        for (number, protocol), those in ways.items()
    ]


def _on_the_host(sockets: Sequence[Socket]) -> Iterator[Door]:
    """Yield the container's own sockets, each number once with all its addresses."""
    by_port: dict[tuple[int, str], list[Socket]] = {}
    for one in sockets:
        by_port.setdefault((one.port, one.protocol), []).append(one)
    for (number, protocol), those in sorted(by_port.items()):
        places = {"every address" if one.address.is_unspecified else str(one.address) for one in those}
        yield Door(
            number=number,
            protocol=protocol,
            written=f"on the host's network: {' and '.join(sorted(places))} of the host",
            addresses=tuple(dict.fromkeys((address, number) for one in those for address in _reached(one))),
            perhaps=tuple((address, number) for address in _perhaps(those)),
            at=("network_mode",),
        )


def _perhaps(sockets: Sequence[Socket]) -> Iterator[str]:
    """Yield addresses of IPv4 that a socket of IPv6 alone may take: the kernel does not show whether it does.

    With the option IPV6_V6ONLY it does not.
    """
    both = [one for one in sockets if one.address.is_unspecified and one.address.version == 6]  # noqa: PLR2004
    certain = {address for one in sockets if one not in both for address in _reached(one)}
    for address in {address for one in both for address in _reached(one)} - certain:
        if ":" not in address:
            yield address


def _reached(listening: Socket) -> Iterator[str]:
    """Yield the addresses of the host at which a socket is reached: one of each family that it takes."""
    if not listening.address.is_unspecified:
        yield str(getattr(listening.address, "ipv4_mapped", None) or listening.address)
        return
    found = hosts.host_addresses()
    sixth = [address for address in found if ":" in address][:1]
    yield from [address for address in found if ":" not in address][:1]
    yield from sixth if listening.address.version == 6 else ()  # noqa: PLR2004
