"""Whether data survives."""

import re
from collections.abc import Iterator, Sequence

from stackproof.controls import (
    CRITICAL,
    HIGH,
    LOW,
    MADE,
    MEDIUM,
    PERSISTENCE,
    Severity,
    control,
    not_applicable,
)
from stackproof.errors import StackproofError
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import Finding, raise_findings
from stackproof.plugin.fixtures import ServiceUnderTest
from stackproof.sandbox.container import Container
from stackproof.stack.stack import Stack
from stackproof.trials.persistence import Kept, Moment, Seen, Survival, persistence_trial
from stackproof.trials.persistence_anew import Anew
from stackproof.trials.persistence_written import GROWS, Lost

# They take snapshots unless told otherwise: what was written since the last one is lost by design.
SNAPSHOTS = frozenset({"Redis", "Valkey", "KeyDB", "Redict", "Dragonfly", "Garnet"})
APPENDS = "appendonly"


@control(
    "volume-data-survives-down-up",
    "Data survives down and up",
    severity=CRITICAL,
    lane=PERSISTENCE,
    key="volumes",
)
def test_volume_data_survives_down_up(service: ServiceUnderTest, evidence: Evidence) -> None:
    """Data outside a named volume is lost by the first `docker compose down`.

    A value is written and read back through the service itself: its datastore's own client, or what
    `persistence:` in the contract says. It must not be there before, must be there after `down` and `up`,
    and gone after `down -v`, which shows that it lay in the volume. What the service wrote elsewhere is
    looked for, too: databases and the like in the container's own layer, in memory or in a volume without a
    name, and a data folder that is begun anew because it is named after the container.

    Severity of what is found: critical where data is lost by `down`, or the service does not start again.
    A crash right after a write was acknowledged, which loses it though `down` does not, is high: somebody
    was told that it is kept. For Redis and its kin without append-only it is none and stands in the
    evidence: a store that takes snapshots says openly that it may lose what came since the last one, and
    much that is kept in it is a cache. Data found outside is medium where what the service was asked for
    survives, and low where all that is known of a file is that it grows. A service that nobody can ask is low
    at best, never a pass: a file of ours proves its volume and not its data.

    Fix: mount a named volume at exactly the path where the service keeps its data. Give a service that names
    its data folder after its host a fixed `hostname`. Turn on `appendonly` in a Redis that is no cache.

    Applies to: datastores, services that mount a volume, and those under `persistence:` in the contract.
    """
    found = _kept(service)
    evidence(**_measured(found))
    findings = list(_findings(service, found))
    unclear = _unclear(found)
    if not findings and not unclear and not found.asked:
        not_applicable(f"{service} keeps no data that we know of: {_why_nothing(found)}")
    raise_findings(findings, unclear)


def _kept(service: ServiceUnderTest) -> Kept:
    trial = service.sandbox.trial("persistence", lambda: persistence_trial(service.sandbox))
    if service.name not in trial:
        not_applicable(
            f"{service} keeps no data that we know of: no datastore, no volume, nothing in the contract"
        )
    found = trial[service.name]
    if isinstance(found, StackproofError):
        raise found
    return found


def _why_nothing(found: Kept) -> str:
    if found.ways.forgets:
        return found.ways.forgets
    if found.ways.unwritable:
        return f"it may not write to {', '.join(found.ways.unwritable)}"
    if found.ways.places.binds:
        return "only folders of the host are mounted, and nothing that it wrote lies elsewhere"
    return "no datastore, no volume, nothing in the contract"


def _measured(found: Kept) -> dict[str, object]:
    by_way = {
        f"{survival.way.store.kind}, {survival.way.store.asked}": {
            str(moment): _seen(seen) for moment, seen in survival.seen.items()
        }
        for survival in found.survivals
    }
    facts = {
        "a_value_through": by_way,
        "not_asked": found.ways.unasked if found.survivals and not found.asked else "",
        "outside_of_volumes": [str(one) for one in found.lost],
        "begun_anew": [f"{one.new} beside {one.old}" for one in found.anew],
        "lost_by_design": _by_design(found),
        "did_not_come_back_after_a_crash": found.crashed,
        "not_looked_into": found.unseen,
    }
    return {name: fact for name, fact in facts.items() if fact}


def _seen(seen: Seen) -> str:
    if isinstance(seen, StackproofError):
        return f"not known: {seen}"
    return "there" if seen else "gone"


def _unclear(found: Kept) -> str:
    """Say what could not be told of what decides."""
    if found.down:
        return ""
    if found.ways.known_store and not found.survivals and not found.ways.places.binds and not found.lost:
        return found.ways.unasked
    moments = (Moment.WRITTEN, Moment.DOWN_UP, Moment.VOLUMES, Moment.CRASH)
    seen = (survival.seen.get(moment) for survival in found.survivals for moment in moments)
    errors = [str(one) for one in seen if isinstance(one, StackproofError)]
    if found.unseen and _matters_what_it_wrote(found):
        errors.append(f"what it wrote outside of its volumes is not known: {found.unseen}")
    return "; ".join(dict.fromkeys(errors))


def _matters_what_it_wrote(found: Kept) -> bool:
    """Whether it is judged by what it wrote: nobody asked it, and it keeps something or runs all the time."""
    if found.asked or found.ways.forgets:
        return False
    container = found.container
    return bool(found.survivals) or found.ways.places.keeps or (container.runs and not container.restarts)


def _findings(service: ServiceUnderTest, found: Kept) -> Iterator[Finding]:
    """Yield what is wrong; one cause is one finding."""
    if found.down:
        yield Finding(
            f"{service} did not start again after `down` and `up`: {_in_short(found.down, service.name)}",
            aspect="start",
        )
        return
    gone = [survival for survival in found.begun if survival.seen[Moment.DOWN_UP] is False]
    for survival in gone:
        yield Finding(
            f"{service}: a value written through {survival.way.store.kind} was gone after `down` and `up`"
            f"{_where(found)}",
            aspect=survival.way.aspect,
        )
    if not gone:
        yield from _elsewhere(service, found)
    for survival in found.begun:
        yield from _stays(service, found, survival)
        yield from _crashed(service, found, survival)


def _elsewhere(service: ServiceUnderTest, found: Kept) -> Iterator[Finding]:
    """Yield what is lost though the value that was written is not, or nobody could be asked."""
    mounts = found.ways.places.keeps or found.asked or found.ways.known_store
    lost = [one for one in found.lost if mounts or one.certain]
    for one in lost:
        yield Finding(
            f"{service} keeps {one}, which `up` after `down` does not find again",
            aspect=one.path,
            severity=_outside(found, one, mounts=mounts),
        )
    for mount, folder in _one_each(found).items():
        yield Finding(
            f"{service} began {folder.new} anew beside {folder.old} after `down` and `up`: it is named after "
            "the container",
            aspect=mount,
            severity=MEDIUM if found.asked else CRITICAL,
        )
    if not found.asked and not lost and not found.anew and (found.begun or _in_folders(found)):
        yield Finding(
            f"{service} was not asked through the service itself ({found.ways.unasked}): {_shown(found)}"
            f"{_besides(found)}; give `persistence:` in the contract: {_entry(service.name)}",
            aspect="not asked",
            severity=LOW,
        )


def _in_folders(found: Kept) -> bool:
    """Whether it is a datastore that nobody can ask, and folders of the host are mounted."""
    return found.ways.known_store and bool(found.ways.places.binds)


def _shown(found: Kept) -> str:
    if not found.begun:
        elsewhere = "" if found.unseen else ", and nothing that it wrote lies elsewhere"
        return f"folders of the host are mounted{elsewhere}"
    folders = ", ".join(survival.way.aspect for survival in found.begun)
    return f"that a file of ours in {folders} survives proves the volume and not the data"


def _one_each(found: Kept) -> dict[str, Anew]:
    """What was begun anew, once for each volume: the shortest path is what the others were made beside."""
    by_length = sorted(found.anew, key=lambda one: len(one.old), reverse=True)
    return {found.ways.places.of(one.old): one for one in by_length}


def _stays(service: ServiceUnderTest, found: Kept, survival: Survival) -> Iterator[Finding]:
    if survival.seen.get(Moment.VOLUMES) is True and not found.keeps_binds:
        yield Finding(
            f"{service}: the value was still there after `down -v`, so it does not lie in the volume",
            aspect=", ".join(filter(None, (survival.way.aspect, "down -v"))),
        )


def _crashed(service: ServiceUnderTest, found: Kept, survival: Survival) -> Iterator[Finding]:
    if _lost_by_crash(survival) and not _by_design(found):
        yield Finding(
            f"{service}: a value that {survival.way.store.kind} had acknowledged was gone after a crash, "
            "though it survives `down`",
            aspect=", ".join(filter(None, (survival.way.aspect, "crash"))),
            severity=HIGH,
        )


def _lost_by_crash(survival: Survival) -> bool:
    """Whether only a crash loses it: what is gone after `down` anyway is told once."""
    return survival.seen.get(Moment.CRASH) is False and survival.seen[Moment.DOWN_UP] is True


def _by_design(found: Kept) -> str:
    """Say what a crash took that its store never promised to keep."""
    kinds = {survival.way.store.kind for survival in found.begun if _lost_by_crash(survival)}
    if not kinds or not kinds <= SNAPSHOTS or _appends(found.container.command):
        return ""
    return "what was acknowledged since its last snapshot, by a crash; `appendonly yes` keeps it"


def _appends(command: Sequence[str]) -> bool:
    """Whether a command tells such a store to append each write, in one word or in two."""
    words = " ".join(command).lower()
    return re.search(rf"{APPENDS}[\s=]+[\"']?yes", words) is not None


def _outside(found: Kept, one: Lost, *, mounts: bool) -> Severity:
    if one.what == GROWS:
        return LOW
    if found.asked:
        return MEDIUM
    return CRITICAL if mounts else LOW


def _where(found: Kept) -> str:
    places = [
        *(f"it keeps {one}" for one in found.lost),
        *(f"it began {one.new} anew beside {one.old}" for one in _one_each(found).values()),
    ]
    return f": {'; '.join(places)}" if places else ""


def _besides(found: Kept) -> str:
    others = sorted(found.written.others)
    more = f"; what else it wrote is gone after `down`: {', '.join(others[:3])}" if others else ""
    return more if found.names or found.unseen else f"; it has written nothing into it so far{more}"


def _entry(name: str) -> str:
    commands = 'write: [CLIENT, SET, answer, "42"], read: [CLIENT, GET, answer], expect: "42"'
    return f"[{{service: {name}, {commands}}}]"


def _in_short(why: str, name: str) -> str:
    """Return the line that is about a service, and the last, which is the last of its log."""
    lines = [line.strip() for line in why.splitlines() if line.strip()]
    mine = next((line for line in lines if line.startswith(f"service {name} ")), lines[0])
    return mine if lines[-1] in (mine, "(none)") else f"{mine}; its last line: {lines[-1]}"


@control(
    "no-anonymous-data-volume",
    "Every volume has a name",
    severity=HIGH,
    key="volumes",
    judges=MADE,
)
def test_no_anonymous_data_volume(container: Container, stack: Stack, evidence: Evidence) -> None:
    """An anonymous volume is not mounted again after `down` and `up`: its data is there and nobody finds it.

    Fix: mount a named volume at the path that the image declares as VOLUME.

    Applies to: containers that keep running and mount a volume.
    """
    named = {mount.target: mount.source for mount in stack.services[container.service].mounts}
    volumes = {
        str(mount["Destination"]): named.get(str(mount["Destination"])) or "(no name)"
        for mount in container.mounts
        if mount.get("Type") == "volume"
    }
    anonymous = {
        str(mount["Destination"])
        for mount in container.mounts
        if mount.get("Type") == "volume" and mount.get("Name") in container.anonymous_volumes
    }
    evidence(volumes=volumes, anonymous={path: _contents(container, path) for path in sorted(anonymous)})
    if not volumes:
        not_applicable(f"{container} mounts no volume")

    assert not anonymous, f"{container} keeps {', '.join(sorted(anonymous))} in a volume without a name"


def _contents(container: Container, path: str) -> list[str] | str:
    if not container.runs:
        return f"not looked into: the container is {container.status}"
    return list(container.host.run("ls -A %s", path).stdout.split()[:10])
