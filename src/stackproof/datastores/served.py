"""A datastore that is asked in its own protocol, wherever its server listens."""

import time
from collections.abc import Callable, Sequence

from stackproof.datastores.accounts import Accounts, accounts
from stackproof.datastores.datastore import AGAIN_AFTER, KeepsNothingError
from stackproof.datastores.inside import Inside
from stackproof.datastores.ways import Ask, Failed, Way, try_way, useless, ways
from stackproof.datastores.wire import ForgetsError, NeverError, Wire
from stackproof.engine import steps
from stackproof.errors import Unknown
from stackproof.probes.logins.model import Account
from stackproof.sandbox.container import Container

COMES_UP_WITHIN = 60.0  # seconds for a server that runs to take questions; big ones read their data first
REFUSES_FOR = 10.0  # seconds for one that takes questions to know the accounts that it is given
# Seconds after which other accounts than the declared ones, and sockets without a port, are tried: while an
# image makes its first database, a server of its own runs that lets in anybody, and only inside.
FIRST_STEPS = 4.0


class Served:
    """A datastore that listens. Where it answered once it is asked from then on, by the same account."""

    def __init__(self, kind: str, wires: Sequence[Wire], clock: Callable[[], float] = time.monotonic) -> None:
        self._kind, self._wires, self._clock = kind, tuple(wires), clock
        self._found: Way | None = None

    @property
    def kind(self) -> str:
        """What it is."""
        return self._kind

    @property
    def asked(self) -> str:
        """Protocol, port and account of the last answer."""
        return str(self._found or self._wires[0].protocol)

    def write(self, container: Container, value: str) -> None:
        """Write the value.

        Raises Unknown when no way in takes it.
        """
        with steps.step(f"write {value} to {self._kind}", container.name) as asked:
            self._ask(container, lambda wire, link, account: wire.put(link, account, value))
            asked.gave(f"acknowledged ({self.asked})")

    def read(self, container: Container) -> str | None:
        """Return the value, or None in the server's own words for nothing.

        Raises Unknown when no way in gives an answer.
        """
        with steps.step(f"read from {self._kind}", container.name) as asked:
            value = self._ask(container, lambda wire, link, account: wire.get(link, account))
            asked.gave(f"{'nothing' if value is None else value} ({self.asked})")
        return value

    def _ask(self, container: Container, ask: Ask) -> str | None:
        began = self._clock()
        facts = container.facts
        known = accounts(container, self._kind)
        before: list[Failed] = []  # of all ways at once, where the last time is cut short
        with Inside(container) as inside:
            while True:
                waited = self._clock() - began
                failures: list[Failed] = []
                for way in ways(facts, self._now(waited), self._whom(known, waited)):
                    if useless(way, failures):
                        continue
                    said = self._try(ask, way, inside, container)
                    if not isinstance(said, Failed):
                        self._found = way
                        return said
                    failures.append(said)
                    if self._clock() - began > COMES_UP_WITHIN:  # each way has a time-out of its own
                        waited = self._clock() - began
                        break
                if waited > self._patience(failures):
                    raise Unknown(self._why(container, [*failures, *before], waited))
                before = failures
                time.sleep(AGAIN_AFTER)
                facts = container.probe()

    def _try(self, ask: Ask, way: Way, inside: Inside, container: Container) -> str | Failed | None:
        try:
            return try_way(ask, way, inside)
        except ForgetsError as error:
            msg = f"{self._kind} of {container} {error}"
            raise KeepsNothingError(msg) from None
        except NeverError as error:
            msg = f"{self._kind} of {container}, asked by {way}, {error}"
            raise Unknown(msg) from None

    def _now(self, waited: float) -> Sequence[Wire]:
        if self._found:
            return (self._found.wire,)
        return [wire for wire in self._wires if not wire.local or waited > FIRST_STEPS]

    def _whom(self, known: Accounts, waited: float) -> Sequence[Account | None]:
        if self._found:
            return (self._found.account,)
        if known.declared and waited < FIRST_STEPS:
            return known.declared
        return [*known.declared, *known.others]

    def _patience(self, failures: Sequence[Failed]) -> float:
        stays = any(failure.stays for failure in failures)
        return REFUSES_FOR if stays and not self._found else COMES_UP_WITHIN

    def _why(self, container: Container, failures: Sequence[Failed], waited: float) -> str:
        best = next(filter(None, _kinds_of(failures)), ())
        told = "; ".join(list(dict.fromkeys(map(str, best)))[:3]) or "nothing listens on a TCP port"
        return (
            f"{self._kind} of {container} cannot be asked ({waited:.0f} s): {told}; "
            "give `persistence:` in the contract"
        )


def _kinds_of(failures: Sequence[Failed]) -> Sequence[Sequence[Failed]]:
    """The failures that say most, first: refusals, other answers of the protocol, the rest."""
    refused = [failure for failure in failures if failure.refused]
    spoken = [failure for failure in failures if failure.spoken]
    return refused, spoken, failures
