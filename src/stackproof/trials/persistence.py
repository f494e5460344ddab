"""Does data survive `down` and `up`, and a crash? Written and read through the service itself."""

import re
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from stackproof.datastores.datastore import KeepsNothingError
from stackproof.datastores.files import PROBE
from stackproof.errors import StackproofError, Unknown
from stackproof.sandbox.container import Container
from stackproof.sandbox.sandbox import Sandbox
from stackproof.stack.model import Model, Service
from stackproof.trials.persistence_anew import DEPTH, Anew, begun_anew, names_of
from stackproof.trials.persistence_crash import bring_up, crash_all
from stackproof.trials.persistence_declared import Declared
from stackproof.trials.persistence_looking import names_below
from stackproof.trials.persistence_staying import restless, why_away
from stackproof.trials.persistence_ways import Way, Ways, in_files, ways_of
from stackproof.trials.persistence_written import Lost, Written, first_of_each, growing, written

# What a server says to whom it does not know, and an image that lacks the client: nobody can ask it then.
_REFUSED = re.compile(
    r"its image cannot run|no client|not let in|lets in nobody|denied|access_refused|noauth|wrongpass"
    r"|authenticat|login|not authorized|unauthori[sz]ed|forbidden",
    re.IGNORECASE,
)
GROWS_WITHIN = 3.0  # seconds in which a file that is filled has grown
Seen = bool | StackproofError
"""Whether the value was there, or why nobody could tell."""


class Moment(StrEnum):
    """When a value was looked for."""

    WRITTEN = "after the write"
    DOWN_UP = "after `down` and `up`"
    VOLUMES = "after `down -v`"
    CRASH = "after a crash"


@dataclass(kw_only=True)
class Survival:
    """What became of a value that was put into a service in one way."""

    way: Way
    seen: dict[Moment, Seen] = field(default_factory=dict)
    """At each moment that came: whether the value was there, or why nobody can tell."""

    @property
    def before(self) -> Seen:
        """Whether nothing was there, and it was written and read back."""
        return self.seen[Moment.WRITTEN]


@dataclass(kw_only=True)
class Kept:
    """What was seen of the data of one service."""

    ways: Ways
    container: Container = field(repr=False)
    keeps_binds: bool
    """Whether a folder of the host may have the value, so that `down -v` rightly leaves it."""
    survivals: list[Survival] = field(default_factory=list)
    written: Written = field(default_factory=Written)
    lost: list[Lost] = field(default_factory=list)
    """Data that it wrote outside of what the next `up` mounts."""
    anew: list[Anew] = field(default_factory=list)
    down: str = ""
    """Why it did not start again after `down` and `up`; empty when it did."""
    crashed: str = ""
    """Why it did not start again after a crash; empty when it did."""
    looked: float = 0.0
    """When it was looked for what it wrote, by the monotonic clock."""
    unseen: str = ""
    """Why nobody could look for what it wrote; empty when somebody could."""
    names: list[str] = field(default_factory=list, repr=False)
    """Paths in its volumes before `down`."""

    @property
    def asked(self) -> bool:
        """Whether the service itself was asked for what it keeps."""
        return any(survival.way.asked for survival in self.survivals)

    @property
    def stood(self) -> bool:
        """Whether it was up before: what was wrong then is not the doing of `down`."""
        return bool(self.begun) or not (self.survivals or why_away(self.container))

    @property
    def begun(self) -> list[Survival]:
        """Those of which the value was there before."""
        return [survival for survival in self.survivals if survival.before is True]


Results = dict[str, Kept | StackproofError]


def persistence_trial(sandbox: Sandbox) -> Results:
    """Write, `down`, `up`, read; `down -v`, `up`, read; write, crash, read. Results by service.

    Read once before the write: then nothing may be there. The crash comes last, as it may leave a service
    that never starts again, which `down` is not to be blamed for.
    """
    value = f"stackproof-{secrets.token_hex(8)}"
    found = _begin_all(sandbox, value)
    kept = {name: one for name, one in found.items() if isinstance(one, Kept)}
    judged = {name: one for name, one in kept.items() if one.survivals or one.ways.places.keeps}
    if not judged:
        return found
    for one in judged.values():
        _grow(sandbox, one)
    # Those that keep nothing need not be waited for; those that do get their author's grace period.
    sandbox.stop([name for name in sandbox.stack.services if name not in judged], grace=0)
    sandbox.down()
    whys = bring_up(sandbox)
    whys |= restless(sandbox, judged.keys() - whys.keys())
    for name, one in judged.items():
        one.down = whys.get(name, "") if one.stood else ""
        _read(sandbox, one, one.begun, whys, Moment.DOWN_UP, value)
        if not whys:
            _compare(sandbox, one)
    if any(one.begun for one in judged.values()):
        sandbox.down(volumes=True, grace=0)
        sandbox.only = _needed(judged, sandbox)
        whys = bring_up(sandbox)
        if whys and sandbox.only is not None:
            sandbox.only = None
            whys = bring_up(sandbox)
        for one in judged.values():
            _read(sandbox, one, one.begun, whys, Moment.VOLUMES, value)
        if not whys:
            sandbox.spoiled = False  # what does not start on its old data started on none
            _crash(sandbox, {name: one for name, one in judged.items() if not one.down})
    return found


def _needed(judged: Mapping[str, Kept], sandbox: Sandbox) -> frozenset[str] | None:
    """Return what is needed to see that data went with its volumes, and survives a crash; None for all.

    After `down` nothing is left out, as any service may spoil data as it starts. Here only what waits for a
    datastore is, as apps and proxies do: not what may set one up, nor of what its author says nothing.
    """
    if not all(one.ways.derived and one.asked for one in judged.values()):
        return None
    model = sandbox.stack.model
    waits = {name for name in model.services if judged.keys() & model.needed_by([name])}
    return model.needed_by(model.services.keys() - waits | judged.keys() | sandbox.one_shots)


def _begin_all(sandbox: Sandbox, value: str) -> Results:
    found: Results = {}
    for name in sandbox.stack.services:
        if not sandbox.containers(name) or sandbox.is_one_shot(name):
            continue
        try:
            found[name] = _begin(sandbox, name, value)
        except StackproofError as error:
            found[name] = _plainly(sandbox, name, error)
    return found


def _plainly(sandbox: Sandbox, name: str, error: StackproofError) -> StackproofError:
    """Say of a service that ends by itself that it does, and not what that did to our question."""
    away = next((why for c in sandbox.look() if c.service == name and (why := why_away(c))), "")
    return Unknown(f"{name} ends by itself, so nothing can be written: {away}") if away else error


def _begin(sandbox: Sandbox, name: str, value: str) -> Kept:
    """Write a value into a service in each way there is, and see what else it wrote."""
    container = sandbox.container(name)
    ways = ways_of(sandbox, name)
    one = Kept(ways=ways, container=container, keeps_binds=keeps_binds(name, ways, sandbox.stack.model))
    _write(one, value)
    refusals = [str(s.before) for s in one.survivals if isinstance(s.before, StackproofError)]
    if refusals and not one.begun and one.ways.derived and _REFUSED.search(refusals[0]):
        one.ways = in_files(container, one.ways.places, refusals[0])
        _write(one, value)
    for survival in one.survivals:
        if isinstance(survival.before, StackproofError):
            survival.seen[Moment.WRITTEN] = _plainly(sandbox, name, survival.before)
    one.looked = time.monotonic()
    try:
        one.written = written(container, one.ways.places)
        one.lost, one.unseen = list(one.written.lost), one.written.unseen
        names = names_below(container, one.ways.places.lasting, DEPTH)
        one.names = [name for name in names if PROBE not in name]
    except StackproofError as error:
        one.unseen = str(error)
    return one


def _write(one: Kept, value: str) -> None:
    one.survivals = [Survival(way=way) for way in one.ways.ways]
    for survival in one.survivals:
        survival.seen[Moment.WRITTEN] = _attempt(survival.way.write_first, one.container, value)
    for error in (survival.before for survival in one.survivals):
        if isinstance(error, KeepsNothingError):
            one.ways, one.survivals = Ways(forgets=str(error)), []
            return


def _attempt(look: Callable[[Container, str], bool], container: Container, value: str) -> Seen:
    try:
        return look(container, value)
    except StackproofError as error:
        return error


def _read(  # noqa: PLR0913, PLR0917 - what is read, when, and what is known of it
    sandbox: Sandbox,
    one: Kept,
    survivals: Iterable[Survival],
    whys: Mapping[str, str],
    moment: Moment,
    value: str,
) -> None:
    """Read values of a service and note what was seen at a moment."""
    name = one.container.service
    up = not whys or (name not in whys and any(c.service == name and c.well for c in sandbox.look()))
    for survival in survivals:
        if up:
            seen = _attempt(survival.way.has, sandbox.container(name), value)
        else:
            seen = Unknown(f"{name} could not be asked {moment}: {', '.join(sorted(whys))} did not start")
        survival.seen[moment] = seen


def _grow(sandbox: Sandbox, one: Kept) -> None:
    """See which files a service goes on writing to that it has outside of its volumes."""
    if not one.written.others or one.asked:
        return
    while (left := one.looked + GROWS_WITHIN - time.monotonic()) > 0:
        sandbox.events.wait(left)
    try:
        one.lost = first_of_each([*one.lost, *growing(one.written, one.container)])
    except StackproofError as error:
        one.unseen = str(error)


def _compare(sandbox: Sandbox, one: Kept) -> None:
    """See whether a service began a data folder anew beside the old one."""
    container = sandbox.container(one.container.service)
    try:
        after = names_below(container, one.ways.places.lasting, DEPTH)
    except StackproofError as error:
        one.unseen = str(error)
    else:
        one.anew = begun_anew(one.names, after, names_of(one.container), names_of(container))


def _crash(sandbox: Sandbox, judged: Mapping[str, Kept]) -> None:
    """Write again where nothing is left, crash those services at once, and read."""
    value = f"stackproof-{secrets.token_hex(8)}"
    victims: dict[str, list[Survival]] = {}
    for name, one in judged.items():
        for survival in one.begun:
            if survival.way.asked and survival.seen.get(Moment.VOLUMES) is False:
                wrote = _attempt(survival.way.write, sandbox.container(name), value)
                survival.seen[Moment.CRASH] = wrote
                if wrote is True:
                    victims.setdefault(name, []).append(survival)
    if not victims:
        return
    whys = crash_all([sandbox.container(name) for name in victims], sandbox)
    for name, survivals in victims.items():
        judged[name].crashed = whys.get(name, "")
        _read(sandbox, judged[name], survivals, whys, Moment.CRASH, value)


def keeps_binds(name: str, ways: Ways, model: Model) -> bool:
    """Whether a folder of the host may have the value of a service, so that `down -v` rightly leaves it.

    Whom the contract's client asks may hand the value on to any other service.
    """
    declared = any(isinstance(way.store, Declared) for way in ways.ways)
    concerned = model.services.values() if declared else [model.services[name]]
    return any(_writes_to_bind(service, model) for service in concerned)


def _writes_to_bind(service: Service, model: Model) -> bool:
    """Whether a folder of the host takes what the service writes, directly or behind a named volume."""
    folders = {name for name, volume in model.volumes.items() if volume.device}
    return any(
        not mount.read_only and (mount.kind == "bind" or (mount.kind == "volume" and mount.source in folders))
        for mount in service.mounts
    )
