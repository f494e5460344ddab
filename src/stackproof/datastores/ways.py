"""The ways in to a datastore, and what came of trying one."""

import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from stackproof.datastores.inside import Inside, listeners
from stackproof.datastores.wire import Link, NotLetInError, NotNowError, Wire
from stackproof.engine.command import Completed
from stackproof.facts.model import Facts
from stackproof.probes.logins.model import Account
from stackproof.probes.logins.stream import SilentError, Stream
from stackproof.probes.logins.tls import CertificateWantedError, TlsStream


@dataclass(frozen=True, kw_only=True)
class Way:
    """Which protocol, at which port, as whom."""

    wire: Wire
    address: str = ""
    port: int = 0
    tls: bool = False
    account: Account | None

    @property
    def where(self) -> tuple[Wire, str, int]:
        """Protocol and port."""
        return self.wire, self.address, self.port

    def __str__(self) -> str:
        """Return it as evidence has it; never with a password."""
        encrypted = " over TLS" if self.tls else ""
        port = "" if self.wire.local else f" on port {self.port}"
        name = f" as {self.account}" if self.account else ""
        return f"{self.wire.protocol}{encrypted}{port}{name}"


@dataclass(frozen=True, kw_only=True)
class Failed:
    """A way that gave no answer.

    `spoken`: it was one of the protocol; `refused`: to this account alone; `stays`: also when asked again.
    """

    way: Way
    said: str
    spoken: bool = False
    refused: bool = False
    stays: bool = False

    def __str__(self) -> str:
        """Return the way and what was said."""
        return f"{self.way}: {self.said}"


Ask = Callable[[Wire, Link, Account | None], str | None]


def ways(facts: Facts, wires: Sequence[Wire], accounts: Sequence[Account | None]) -> Iterator[Way]:
    """All that there are at this moment, the likely ones first."""
    for wire in wires:
        places = [("", 0)] if wire.local else listeners(facts, wire.ports)
        for address, port in places:
            for tls in (False, True) if wire.tls and not wire.local else (False,):
                for account in dict.fromkeys([*accounts, *(wire.usual if None in accounts else ())]):
                    yield Way(wire=wire, address=address, port=port, tls=tls, account=account)


def useless(way: Way, failures: Sequence[Failed]) -> bool:
    """Whether what failed before says that this way fails, too.

    Who failed for a reason of its own fails for each account; who speaks without TLS is not asked with it.
    """
    here = [failure for failure in failures if failure.way.where == way.where]
    return any(
        (not failure.refused and failure.way.tls == way.tls)
        or (failure.spoken and way.tls and not failure.way.tls)
        for failure in here
    )


def try_way(ask: Ask, way: Way, inside: Inside) -> str | Failed | None:
    """Ask once."""
    try:
        return ask(way.wire, _Link(inside, way), way.account)
    except NotLetInError as error:
        return Failed(way=way, said=str(error), spoken=True, refused=True, stays=True)
    except NotNowError as error:
        return Failed(way=way, said=str(error), spoken=True)
    except SilentError as error:
        return Failed(way=way, said=str(error))
    except CertificateWantedError:
        return Failed(way=way, said="lets in nobody without a client's certificate", spoken=True, stays=True)
    except (ValueError, IndexError, KeyError, struct.error) as error:
        return Failed(way=way, said=f"does not speak {way.wire.protocol} ({error})")


class _Link:
    def __init__(self, inside: Inside, way: Way) -> None:
        self._inside, self._way = inside, way

    def connect(self) -> AbstractContextManager[Stream]:
        opened = self._inside.connect(self._way.address, self._way.port)
        return _encrypted(opened) if self._way.tls else opened

    def run(self, script: str) -> Completed:
        return self._inside.run(script)


@contextmanager
def _encrypted(opened: AbstractContextManager[Stream]) -> Iterator[Stream]:
    with opened as stream:
        yield TlsStream(stream)
