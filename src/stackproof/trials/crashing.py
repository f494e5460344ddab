"""Every service crashes in turn: what serves, a worker of it, and process 1."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

from stackproof.errors import EngineGoneError, StackproofError, Unknown
from stackproof.sandbox.container import Container
from stackproof.sandbox.sandbox import Sandbox
from stackproof.sandbox.waiting import EVERY
from stackproof.stack.model import Model
from stackproof.trials import tree
from stackproof.trials.aims import MAIN, Aim, aims
from stackproof.trials.blow import Blow, Struck, settled, since, strike
from stackproof.trials.results import ByService
from stackproof.trials.standing import WINDOW, last_end, standing

# Seconds that a service must have run longer by itself than after a blow, for the blow to be blamed.
SURER = 2.0


@dataclass(frozen=True, kw_only=True)
class CrashTrial:
    """What happened to one service each time that one of its processes was killed."""

    policy: str
    blows: tuple[Blow, ...]
    in_company: str = ""
    """What was seen first, where that was no proof: the last blow was then struck while nothing else was."""


def crash_trial(sandbox: Sandbox) -> ByService[CrashTrial]:
    """Crash every long-running service, watch what brings it back, and leave the sandbox as it was found.

    Those that depend on others come first, so each is struck while what it needs is well. The windows in
    which services must stay up overlap; one that fails in company is struck once more alone.
    """
    return _Crashes(sandbox).perform()


class _Crashes:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._blows: dict[str, list[Blow]] = {}
        self._policies: dict[str, str] = {}
        self._in_company: dict[str, str] = {}

    def perform(self) -> ByService[CrashTrial]:
        stood, self._unseen = standing(self._sandbox)
        self._policies = {name: c.restart_policy for name, c in stood.items()}
        self._blows = {name: [] for name in stood}
        order = [name for name in dependants_first(self._sandbox.stack.model) if name in stood]
        number = 0
        try:
            with self._sandbox.disturbance():
                while order := list(self._round(order, number)):
                    number += 1
        except EngineGoneError:
            raise
        except StackproofError as error:
            undecided = (name for name in order if not any(blow.failed for blow in self._blows[name]))
            self._unseen |= {name: Unknown(f"the trial broke off: {error}") for name in undecided}
        trials = {
            name: CrashTrial(
                policy=self._policies[name], blows=tuple(blows), in_company=self._in_company.get(name, "")
            )
            for name, blows in self._blows.items()
            if blows and name not in self._unseen
        }
        return ByService(trials, self._unseen)

    def _round(self, order: list[str], number: int) -> Iterator[str]:
        """Strike each service once; yield those that have been struck and are as they were."""
        pending: list[Struck] = []
        for name in order:
            try:
                if (aim := self._aim(name, number)) is None:
                    continue
                pending.append(strike(self._container(name), aim, self._sandbox))
            except Unknown as error:
                self._unseen[name] = error
                continue
            if pending[-1].back is None or self._sandbox.stack.model.sharing_network(name):
                yield from self._judged(pending)
                pending = []
                self._anew()  # those that share its network keep the one of the dead process
        yield from self._judged(pending)

    def _judged(self, pending: list[Struck]) -> Iterator[str]:
        """Note what came of some blows after a window; yield the services that stood it."""
        if not pending:
            return
        blows = settled(pending, self._sandbox, WINDOW)
        for struck, blow in zip(pending, blows, strict=True):
            self._blows[struck.before.service].append(blow)
        doubtful = [
            s for s, blow in zip(pending, blows, strict=True) if blow.failed and _in_doubt(blow, s, pending)
        ]
        for struck in doubtful:
            self._once_more(struck)
        if doubtful or any(blow.failed and s.back for s, blow in zip(pending, blows, strict=True)):
            self._anew()
        for struck in pending:
            name = struck.before.service
            if name not in self._unseen and not self._blows[name][-1].failed:
                yield name

    def _once_more(self, struck: Struck) -> None:
        """Strike a service of a fresh sandbox again, while nothing else is disturbed."""
        name = struck.before.service
        first = self._blows[name][-1]
        self._in_company[name] = first.trouble or first.again
        self._anew()
        lasting = (first.lived_after or 0.0) + SURER
        try:
            container = self._lasting(name, lasting)
            found = aims(self._tree(container), self._sandbox.stack.services[name])
            again = strike(container, _same(struck.aim, found), self._sandbox)
            self._blows[name][-1] = settled([again], self._sandbox, WINDOW)[0] if again.back else again.blow
        except Unknown as error:
            self._unseen[name] = error

    def _lasting(self, name: str, seconds: float) -> Container:
        """Watch a service before it is struck, for as long as it lived after the first blow.

        Raises Unknown when it ends by itself: then the blow was not to blame.
        """
        container = self._container(name)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._sandbox.events.wait(EVERY)
        now = self._container(name)
        if any(event.action == "die" for event in since(container, self._sandbox)) or not now.well:
            msg = f"{now} ended by itself before it was struck again, {last_end(now, self._sandbox)}"
            raise Unknown(msg)
        return now

    def _anew(self) -> None:
        """Begin with a fresh sandbox: what a blow has left behind is no concern of the next."""
        self._sandbox.down(volumes=True, grace=0)
        self._sandbox.up()

    def _aim(self, name: str, number: int) -> Aim | None:
        container = self._container(name)
        found = aims(self._tree(container), self._sandbox.stack.services[name])
        restarted = any(blow.restarts for blow in self._blows[name])
        if restarted and len(found) > 1 and found[-1].words == MAIN:
            found = found[:-1]  # what serves took process 1 along, and the policy has acted
        return found[number] if number < len(found) else None

    def _tree(self, container: Container) -> tree.Tree:
        found = tree.look([container], self._sandbox.labels).get(container.id)
        if found is None:
            msg = f"{container} ended by itself before the fault, {last_end(container, self._sandbox)}"
            raise Unknown(msg)
        return found

    def _container(self, name: str) -> Container:
        """Return its first container as it is now.

        Raises Unknown when it is gone.
        """
        found = next((c for c in self._sandbox.look() if c.service == name), None)
        if found is None:
            msg = f"there is no container of {name} any more"
            raise Unknown(msg)
        return found


def _same(aim: Aim, found: Sequence[Aim]) -> Aim:
    """Return an aim as it is in a fresh sandbox.

    Raises Unknown where nothing of the kind is there.
    """
    for one in found:
        if one.words == aim.words:
            return one
    msg = f"{aim.words} was not there to be struck again"
    raise Unknown(msg)


def _in_doubt(blow: Blow, struck: Struck, pending: list[Struck]) -> bool:
    """Whether something else may have ended it: another blow, or itself."""
    if blow.down or blow.missing:
        return False
    if blow.lived_after is not None and blow.lived_before < blow.lived_after + SURER:
        return True
    return struck.back is not None and pending[-1] is not struck


def dependants_first(model: Model) -> list[str]:
    """Return the services, each before those that it depends on."""
    needs = {
        name: [
            other
            for other in (*(edge.service for edge in service.depends_on), service.network_of)
            if other in model.services
        ]
        for name, service in model.services.items()
    }
    return [*reversed(list(TopologicalSorter(needs).static_order()))]
