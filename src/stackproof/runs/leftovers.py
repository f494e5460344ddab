"""What runs left on the engine, by run: whose it is, how old, and whether the run still lives."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from stackproof.engine import engine, labels
from stackproof.runs import nameless
from stackproof.runs.origin import Life, Origin, life
from stackproof.runs.removal import KINDS, Things
from stackproof.runs.run import ID, Run, known_runs, owner

_UNITS = (("d", 86400), ("h", 3600), ("min", 60))
_SHORT_ID = 12  # digits of a container's id, which it has for a host name
Found = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """What there is of one run."""

    things: Things
    mine: bool
    """Whether its folder is, or was, in the run folder of this user on this machine."""
    origin: Origin | None
    life: Life

    @property
    def run(self) -> str:
        """The run's id."""
        return self.things.run

    def counts(self) -> dict[str, int]:
        """Ask the engine how many of each kind there are, volumes without a name included."""
        found = {kind: self.things.found(kind) for kind in KINDS}
        counts = {kind: len(ones) for kind, ones in found.items()}
        counts["volume"] += len(self.things.nameless(found["container"]))
        return counts

    def words(self, counts: Mapping[str, int], now: float) -> str:
        """Say whose it is, how old, and what there is.

        The words hold what labels say, which may be anybody's: clean them before they reach a terminal.
        """
        whose = f"of {self.origin.user} on host {self.origin.host}" if self.origin else "of an unknown owner"
        parts = [_many(number, kind) for kind, number in counts.items() if number]
        old = f", {age(now - self.things.began)} old" if self.things.began else ""
        return f"run {self.run} {whose}{old}: {', '.join(parts) or 'its folder'}"


def age(seconds: float) -> str:
    """Say how old something is, in its largest unit.

    >>> age(3 * 3600 + 59 * 60), age(59)
    ('3 h', '59 s')
    """
    for unit, size in _UNITS:
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(0, int(seconds))} s"


def _many(number: int, kind: str) -> str:
    return f"{number} {kind}{'' if number == 1 else 's'}"


def of_everybody() -> list[Leftover]:
    """Return what all runs have on the engine or in this user's folder, living ones too, oldest first."""
    return _look({labels.RUN: None})


def of_mine() -> list[Leftover]:
    """Return what runs of this user on this machine have, living ones too, oldest first."""
    return _look({labels.OWNER: owner()})


def _look(wanted: Mapping[str, str | None]) -> list[Leftover]:
    by_run: dict[tuple[str, str], Found] = {(run.id, owner()): {} for run in known_runs()}
    for kind in KINDS:
        for one in engine.inspect(kind, engine.ids(kind, wanted)):
            marks = labels.on(kind, one)
            # An image may say anything, and a container of it says the same.
            if ID.fullmatch(marks.get(labels.RUN, "")):
                whose = marks[labels.RUN], marks.get(labels.OWNER, "")
                by_run.setdefault(whose, {}).setdefault(kind, []).append(one)
    here, hosts = Origin.here(Path(), 0.0), Hosts()
    made = [_leftover(run, whose, found, here, hosts) for (run, whose), found in by_run.items()]
    return sorted((one for one in made if one), key=lambda one: (one.things.began or 0.0, one.run))


def _leftover(run: str, whose: str, found: Found, here: Origin, hosts: "Hosts") -> Leftover | None:
    mine = whose == owner()
    marks = [labels.on(kind, one) for kind, ones in found.items() for one in ones]
    origin = next(filter(None, map(Origin.read, marks)), None)
    things = Things(
        run=run,
        labels={labels.RUN: run, **({labels.OWNER: whose} if whose else {})},
        projects=Run(run).sandboxes,
        began=origin.started if origin else oldest(found),
    )
    folder = Run(run).folder if mine else None
    if not (folder and folder.path.exists()) and not _has_any(things, found):
        return None
    if folder and folder.lock.exists():
        state = Life.ALIVE if Run(run).alive() else Life.DEAD
    elif mine and origin is None:  # as earlier versions left it, and removed it
        state = Life.DEAD
    else:
        state = life(origin, here, hosts)
    return Leftover(things=things, mine=mine, origin=origin, life=state)


def _has_any(things: Things, found: Found) -> bool:
    return any(things.has(kind, one) for kind, ones in found.items() for one in ones)


def oldest(found: Found) -> float | None:
    """Return when the first of it was made; an image tells only where there is nothing else."""
    ages = {
        kind: [made for one in ones if (made := nameless.created(kind, one))] for kind, ones in found.items()
    }
    others = [made for kind, times in ages.items() if kind != "image" for made in times]
    return min(others or ages.get("image") or [], default=None)


class Hosts:
    """Host names that are those of containers on this engine, as of a CI job that runs in one."""

    @cached_property
    def _containers(self) -> list[dict[str, Any]]:
        return engine.inspect("container", engine.ids("container", {}))

    def __call__(self, host: str, started: float) -> Life:
        """Say whether the container in which a run was begun, in seconds since the epoch, still runs.

        A container that was started later is another one, or has been started again since.
        """
        known = False
        for container in self._containers:
            is_id = len(host) >= _SHORT_ID and container["Id"].startswith(host)
            if is_id or container["Config"].get("Hostname") == host:
                up_since = nameless.seconds(container["State"]["StartedAt"])
                if container["State"]["Running"] and up_since <= started + nameless.SLACK:
                    return Life.ALIVE
            known |= is_id
        return Life.DEAD if known else Life.UNKNOWN
