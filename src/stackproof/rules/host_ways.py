"""Where mounts of the host lead on this machine, and what rules say of those that nobody can follow."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from stackproof.errors import Unknown
from stackproof.outcomes.finding import Finding
from stackproof.stack import host_places
from stackproof.stack.model import HostMount, Service
from stackproof.stack.stack import Stack


@lru_cache(maxsize=1024)
def real(path: str) -> tuple[str, str]:
    """Return where a path leads on this machine, and why that cannot be told; then it is as written."""
    try:
        return os.path.realpath(path), ""
    except OSError as error:  # links of /proc, which none but their owner may read
        return path, str(error.strerror)
    except ValueError:  # a NUL in it: no machine has such a path
        return path, ""


@dataclass(frozen=True)
class Way:
    """What a service mounts of the host, as written and as it leads on this machine."""

    mount: HostMount
    paths: tuple[str, ...]
    unseen: str
    """Why nobody can tell where it leads; empty where it is known."""


def ways(stack: Stack, service: Service) -> Iterator[Way]:
    """Yield what a service mounts of the host.

    What lies in the project's own folder is the author's, wherever that folder is. One that holds places of
    the host, such as a home, is not the author's alone: what lies there has a name of its own.
    """
    project = host_places.normal(real(str(stack.source.directory))[0])
    home = host_places.normal(os.environ.get("HOME") or "/")
    theirs = project != home and not host_places.holds_places(project)
    for mount in stack.model.host_mounts(service):
        resolved, unseen = real(host_places.of_host(mount.source))
        plain = host_places.normal(resolved)
        if not (theirs and plain.startswith(f"{project.rstrip('/')}/")):
            paths = dict.fromkeys((host_places.normal(mount.source), plain))
            yield Way(mount, tuple(paths), unseen)


def told(
    service: Service, followed: Iterable[Way], judge: Callable[[Way], Finding | None]
) -> Iterator[Finding]:
    """Yield what is wrong with mounts.

    Raises Unknown where nothing is wrong with one of which nobody can tell where it leads.
    """
    unseen = []
    for way in followed:
        if finding := judge(way):
            yield finding
        elif way.unseen:
            unseen.append(f"{way.mount.source} ({way.unseen})")
    if unseen:
        msg = f"{service} mounts what cannot be followed: {', '.join(unseen)}"
        raise Unknown(msg)
