"""Connections to a container's ports from inside its own network, where loopback is reached, too."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Self

from stackproof.engine import vantage
from stackproof.engine.command import Completed
from stackproof.errors import CommandError, Unknown
from stackproof.facts.model import Address, Facts
from stackproof.probes.logins.stream import PipeStream, Stream
from stackproof.sandbox.container import Container

MOST = 12  # ports that are tried where none is the usual one
_LOOPBACK = {"0.0.0.0": ("127.0.0.1",), "::": ("127.0.0.1", "::1")}  # noqa: S104 - read, not bound

_carry: set[str] = set()  # ids of containers that have what it takes


class Inside:
    """Opens connections; a container of ours joins the network where the image has nothing to do it with."""

    def __init__(self, container: Container) -> None:
        """Raises Unknown on the host's network, where the port may be anybody's."""
        if container.on_host_network:
            msg = f"{container} cannot be asked: on the host's network nobody can tell whose port answers"
            raise Unknown(msg)
        self._container = container
        self._opened = ExitStack()
        self._carrier = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    @contextmanager
    def connect(self, address: str, port: int) -> Iterator[Stream]:
        """Have a fresh connection while the block runs.

        Raises Unknown when nothing can open one.
        """
        with vantage.carrier(self._from(), address, port) as carrier:
            yield PipeStream(carrier.to, carrier.back)

    def run(self, script: str) -> Completed:
        """Run a script in the container, over its persistent shell: no password is an argument."""
        return in_shell(self._container, script)

    def _from(self) -> str:
        if not self._carrier:
            own = self._container.id
            if own in _carry or vantage.carries(own):
                _carry.add(own)
                self._carrier = own
            else:
                self._carrier = self._join()
        return self._carrier

    def _join(self) -> str:
        own = self._container.own
        if not own:
            msg = f"{self._container} cannot be asked: nothing in it connects, and none of ours may join it"
            raise Unknown(msg)
        try:
            return self._opened.enter_context(vantage.on_network(f"container:{self._container.id}", own=own))
        except CommandError as error:
            msg = f"{self._container} cannot be asked: no container of ours can join its network: {error}"
            raise Unknown(msg) from None


def in_shell(container: Container, script: str) -> Completed:
    """Run a script by the persistent shell of a container, which may be a sidecar's."""
    began = time.monotonic()
    said = container.host.run(script)
    took = time.monotonic() - began
    return Completed(code=said.rc, stdout=said.stdout, stderr=said.stderr, seconds=took)


def listeners(facts: Facts, usual: tuple[int, ...]) -> list[tuple[str, int]]:
    """Return addresses and ports at which a server may be asked: at its usual ports where it has any of them.

    Loopback reaches what listens everywhere; an IPv6 socket may take both families or its own alone.
    """
    found = {
        (address, socket.port): None
        for socket in facts.serving
        if socket.protocol == "tcp"
        for address in _reached(socket.address)
    }
    order = sorted(found, key=lambda at: (usual.index(at[1]) if at[1] in usual else len(usual), at[1], at[0]))
    known = [at for at in order if at[1] in usual]
    return known or order[:MOST]


def _reached(address: Address) -> tuple[str, ...]:
    plain = str(getattr(address, "ipv4_mapped", None) or address)
    return _LOOPBACK.get(plain, (plain,))
