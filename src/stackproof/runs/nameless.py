"""Volumes that nobody named: which of those that our containers have may go. Pure.

A container of ours gets a volume without our label in these ways:

- its image has `VOLUME`: the engine marks the volume;
- its service has `volumes: ["/data"]` or `{type: volume, target: /data}`: no mark tells later what it was;
- `volumes_from` another container: the volume is that one's;
- Compose made it in place of another container, whose volumes it then mounts by their 64 digits.

The first two go with `docker rm --volumes`, and stay when Compose removes the container: at `down`, at a
scale-down, and when it makes another in its place. The last stays always.

Containers that are made for a look into an image (`docker create`) are of the first kind. Helpers and
sidecars are made from an image without `VOLUME`. Hook containers of newer versions of Compose have the mounts
of their service. Those of the classic builder go with their volumes, also when a build is broken off.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from posixpath import normpath
from typing import Any

from stackproof.engine import labels

_GIVEN_BY_ENGINE = re.compile(r"[0-9a-f]{64}")
# Seconds by which the clocks of the engine and of this machine may differ.
SLACK = 60.0

Inspected = Mapping[str, Any]


def of_containers(containers: Sequence[Inspected]) -> set[str]:
    """Names of the volumes that were made for these containers because no name was given."""
    return {name for container in containers for name in _made_for(container, containers)}


def _made_for(container: Inspected, others: Sequence[Inspected]) -> Iterator[str]:
    host = container["HostConfig"]
    written = {normpath(mount["Target"]): mount for mount in host.get("Mounts") or ()}
    bound = {_target(bind) for bind in host.get("Binds") or ()}
    declared = {normpath(target) for target in container["Config"].get("Volumes") or ()}
    foreign = _from_elsewhere(host.get("VolumesFrom") or (), others)
    for mount in container.get("Mounts") or ():
        if mount.get("Type") != "volume" or not _GIVEN_BY_ENGINE.fullmatch(str(mount.get("Name"))):
            continue
        target = normpath(mount["Destination"])
        if target in written:
            if not written[target].get("Source"):
                yield mount["Name"]
            continue
        # What it takes over from another container lies in place of what its image declares.
        taken = foreign is None or mount["Name"] in foreign
        if target in declared and target not in bound and not taken:
            yield mount["Name"]


def _target(bind: str) -> str:
    """Return the place in the container of `SOURCE:TARGET[:OPTIONS]`."""
    return normpath(bind.split(":")[1])


def _from_elsewhere(sources: Iterable[str], others: Sequence[Inspected]) -> set[str] | None:
    """Volumes that come from the containers `sources`; None when one of these is not known here."""
    found: set[str] = set()
    for written in sources:
        source = written.partition(":")[0]
        known = [c for c in others if source in (c["Id"], str(c.get("Name")).removeprefix("/"))]
        if not known:
            return None
        found |= {str(mount.get("Name")) for c in known for mount in c.get("Mounts") or ()}
    return found


def inherited(containers: Iterable[Inspected]) -> set[str]:
    """Names of volumes that may have been nameless in a container in whose place Compose made another."""
    return {
        str(mount["Name"])
        for container in containers
        if (container["Config"].get("Labels") or {}).get(labels.COMPOSE_REPLACE)
        for mount in container.get("Mounts") or ()
        if mount.get("Type") == "volume" and _GIVEN_BY_ENGINE.fullmatch(str(mount.get("Name")))
    }


def untouched(volume: Inspected) -> bool:
    """Whether nobody gave a volume a label: only the engine's own mark may be there."""
    marks = volume.get("Labels") or {}
    return not set(marks) - {labels.ANONYMOUS_VOLUME} and volume.get("Scope", "local") == "local"


def made_since(volume: Inspected, began: float) -> bool:
    """Whether the engine made an inherited volume without a name, or made it in the run that began then.

    `began` is in seconds since the epoch.
    """
    if labels.ANONYMOUS_VOLUME in (volume.get("Labels") or {}):
        return True
    return created("volume", volume) >= began - SLACK


def created(kind: str, found: Inspected) -> float:
    """Return when the engine made something, in seconds since the epoch; 0 when it does not say."""
    return seconds(str(found.get("CreatedAt" if kind == "volume" else "Created") or ""))


def seconds(text: str) -> float:
    """Return an engine's time stamp in seconds since the epoch; 0 for what is none.

    >>> seconds("1970-01-01T00:00:01.500000000Z")
    1.5
    """
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return 0.0
