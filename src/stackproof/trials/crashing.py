"""Every service crashes in turn: what serves, a worker of it, and process 1."""

import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter

from stackproof.errors import EngineGoneError, StackproofError, Unknown
from stackproof.sandbox.container import Container
from stackproof.sandbox.sandbox import Sandbox
from stackproof.sandbox.waiting import EVERY
from stackproof.stack.model import Model
from stackproof.trials import tree
from stackproof.trials.aims import MAIN, Aim, aims, holders, instead, matching
from stackproof.trials.blow import LOOK_EVERY, Blow, Struck, settled, since, strike
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
    which services must stay up overlap, and what no policy starts again stays down meanwhile; one that fails
    in company is struck once more alone.
    """
    return _Crashes(sandbox, *standing(sandbox)).perform()


class _Crashes:
    def __init__(
        self, sandbox: Sandbox, stood: Mapping[str, Container], unseen: Mapping[str, Unknown]
    ) -> None:
        self._sandbox = sandbox
        self._plans: dict[str, list[Aim]] = {}
        self._in_company: dict[str, str] = {}
        self._stood, self._unseen = stood, dict(unseen)
        self._blows: dict[str, list[Blow]] = {name: [] for name in self._stood}
        self._order = [name for name in dependants_first(sandbox.stack.model) if name in self._stood]

    def perform(self) -> ByService[CrashTrial]:
        try:
            with self._sandbox.disturbance():
                self._rounds()
        except EngineGoneError:
            raise
        except StackproofError as error:
            undecided = (name for name in self._order if not any(blow.failed for blow in self._blows[name]))
            self._unseen |= {name: Unknown(f"the trial broke off: {error}") for name in undecided}
        trials = {
            name: CrashTrial(
                policy=self._stood[name].restart_policy,
                blows=tuple(blows),
                in_company=self._in_company.get(name, ""),
            )
            for name, blows in self._blows.items()
            if blows and name not in self._unseen
        }
        return ByService(trials, self._unseen)

    def _rounds(self) -> None:
        number = 0
        while self._order:
            self._order = list(self._round(number))
            number += 1

    def _round(self, number: int) -> Iterator[str]:
        """Strike each service once; yield those that have been struck and are as they were."""
        names, pending = deque(self._order), list[Struck]()
        while names:
            name = names.popleft()
            if self._is_done(name, number):
                continue
            aimed = False
            try:
                container, aim = self._aim(name, number)
                aimed = True
                pending.append(strike(container, aim, self._sandbox))
            except Unknown as error:
                # What stays down may be why it is not there to be struck.
                again = any(struck.for_good for struck in pending)
                if again:
                    names.appendleft(name)
                else:
                    self._unseen[name] = error
                if again or aimed:
                    yield from self._judged(pending, number)
                    pending = []
                if aimed and not again:
                    self._anew()  # some of it may have been killed
                continue
            goes_on = pending[-1].back is not None or pending[-1].for_good
            if not goes_on or self._sandbox.stack.model.sharing_network(name):
                yield from self._judged(pending, number)
                pending = []
        yield from self._judged(pending, number)

    def _judged(self, pending: list[Struck], number: int) -> Iterator[str]:
        """Note what came of some blows after a window; yield the services that stood it."""
        if not pending:
            return
        for struck, blow in zip(pending, settled(pending, self._sandbox, WINDOW), strict=True):
            self._blows[struck.before.service].append(blow)
        failed = [struck for struck in pending if self._blows[struck.before.service][-1].failed]
        for struck in failed:
            if _in_doubt(self._blows[struck.before.service][-1], struck, pending):
                self._once_more(struck, number)
        # Those that share its network keep the one of the dead process.
        if failed or self._sandbox.stack.model.sharing_network(pending[-1].before.service):
            self._anew()
        for struck in pending:
            name = struck.before.service
            if name not in self._unseen and not self._blows[name][-1].failed:
                yield name

    def _once_more(self, struck: Struck, number: int) -> None:
        """Strike a service of a fresh sandbox again, while nothing else is disturbed."""
        name = struck.before.service
        first = self._blows[name][-1]
        self._in_company[name] = first.trouble or first.again or f"{first.promise} was not there again"
        self._anew()
        try:
            restless = self._lasting(name, number, first)
            container, aim = self._aim(name, number)
            again = strike(container, aim, self._sandbox)
            (self._blows[name][-1],) = settled([again], self._sandbox, WINDOW, restless=restless)
        except Unknown as error:
            self._unseen[name] = error

    def _lasting(self, name: str, number: int, first: Blow) -> bool:
        """Watch a service before it is struck, for as long as it lived after the first blow.

        Return whether another process does its work by then, where that matters.
        Raises Unknown when the container ends by itself: then the blow was not to blame.
        """
        container, aim = self._aim(name, number)
        before = holders(aim, self._tree(container)) if first.changed else None
        until = time.monotonic() + max((first.lived_after or 0.0) + SURER, WINDOW * first.changed)
        while time.monotonic() < until:
            self._sandbox.events.wait(EVERY)
        now = self._container(name)
        if any(event.action == "die" for event in since(container, self._sandbox)) or not now.well:
            msg = f"{now} ended by itself before it was struck again, {last_end(now, self._sandbox)}"
            raise Unknown(msg)
        return before is not None and before != holders(aim, self._tree(now))

    def _anew(self) -> None:
        """Begin with a fresh sandbox: what a blow has left behind is no concern of the next."""
        self._sandbox.down(volumes=True, grace=0)
        self._sandbox.up()

    def _is_done(self, name: str, number: int) -> bool:
        """Whether there is nothing more to be killed of a service; it is planned at the first strike."""
        plan = self._plans.get(name)
        if plan is None:
            return False
        if number >= len(plan):
            return True
        # What serves took process 1 along, and the policy has acted.
        return plan[number].words == MAIN and any(blow.restarts for blow in self._blows[name])

    def _aim(self, name: str, number: int) -> tuple[Container, Aim]:
        """Return what is killed now by a service's plan: the same in a fresh sandbox, once it runs there.

        What serves by then more than it did, or something else, is struck in its place.
        """
        until = time.monotonic() + WINDOW
        while True:
            container = self._container(name)
            there = aims(self._tree(container), self._sandbox.stack.services[name])
            plan = self._plans.setdefault(name, there)
            found = matching(plan, number, there)
            if found is None and time.monotonic() >= until:
                found = instead(plan[number], there)
                if found is None:
                    msg = f"{plan[number].words} of {container} was not there to be struck"
                    raise Unknown(msg)
            if found is not None:
                return container, found
            self._sandbox.events.wait(LOOK_EVERY)

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


def _in_doubt(blow: Blow, struck: Struck, pending: list[Struck]) -> bool:
    """Whether something else may have ended it: another blow, or itself."""
    if blow.changed:
        return True
    if blow.down:
        return False
    if any(other.for_good for other in pending if other is not struck):
        return True
    if blow.missing:
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
