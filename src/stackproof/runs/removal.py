"""Take away what a run made: what has its labels, what Compose made for it, and volumes without a name."""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackproof.engine import engine, labels, projects
from stackproof.runs import nameless

Inspected = Mapping[str, Any]
KINDS = ("container", "network", "volume", "image")
# A command that was killed half way may still create something.
_TRIES = 5


@dataclass(frozen=True, kw_only=True)
class Things:
    """What is to be looked at: all of a run, or one sandbox of it."""

    run: str
    labels: Mapping[str, str]
    projects: re.Pattern[str]
    """The names of its Compose projects, in full."""
    began: float | None = None
    """When the run was, in seconds since the epoch; where it is not known, volumes that Compose handed from
    one container to the next are left unless the engine marked them."""

    def found(self, kind: str) -> list[dict[str, Any]]:
        """Inspect what carries the labels, or was made by Compose for a project of ours."""
        made = [] if kind == "image" else projects.made_by_compose(kind, self._is_project)
        # Those without our label first: should a removal be killed half way, the others tell of the run.
        names = list(dict.fromkeys([*made, *engine.ids(kind, self.labels)]))
        return [one for one in engine.inspect(kind, names) if self.has(kind, one)]

    def _is_project(self, name: str) -> bool:
        return self.projects.fullmatch(name) is not None

    def has(self, kind: str, found: Inspected) -> bool:
        """Whether it is ours, and does not have our labels from an image of ours that somebody took up."""
        if kind == "image":
            tags = found.get("RepoTags") or []
            return not tags or bool(self.tags(found))
        of_project = labels.on(kind, found).get(projects.PROJECT)
        return of_project is None or self._is_project(of_project)

    def tags(self, image: Inspected) -> list[str]:
        """Return the tags of an image that we gave it."""
        return [tag for tag in image.get("RepoTags") or () if tag.startswith(f"stackproof-{self.run}/")]

    def nameless(self, containers: Sequence[Inspected]) -> list[str]:
        """Return the volumes of our containers that nobody named, sorted."""
        known = nameless.of_containers(containers)
        doubtful = engine.inspect("volume", sorted(nameless.inherited(containers) - known))
        began = math.inf if self.began is None else self.began
        return sorted(known | {str(one["Name"]) for one in doubtful if nameless.made_since(one, began)})


def take_away(
    things: Things, note: Callable[[Iterable[str]], object], kinds: Sequence[str] = KINDS
) -> list[str]:
    """Remove it all; return what stays.

    Volumes without a name are handed to `note` before their containers go, so that they are known when this
    is killed half way.
    """
    left: list[str] = []
    for _attempt in range(_TRIES):
        left = []
        for kind in kinds:
            if found := things.found(kind):
                _remove(things, kind, found, note)
                left += [f"{kind} {ident(kind, one)}" for one in things.found(kind)]
        if not left:
            break
    return left


def _remove(
    things: Things, kind: str, found: Sequence[Inspected], note: Callable[[Iterable[str]], object]
) -> None:
    match kind:
        case "container":
            volumes = things.nameless(found)
            note(volumes)
            engine.remove(kind, [one["Id"] for one in found])
            remove_nameless(volumes)
        case "image":  # the image itself goes with its last name, which may be somebody else's
            names = [name for one in found for name in things.tags(one) or [one["Id"]]]
            engine.remove(kind, names)
        case _:
            engine.remove(kind, [ident(kind, one) for one in found])


def ident(kind: str, found: Inspected) -> str:
    """Return by what the engine calls it."""
    return str(found["Name" if kind == "volume" else "Id"])


def remove_nameless(names: Iterable[str]) -> None:
    """Remove volumes that our containers had without a name; the engine keeps what another container uses."""
    found = engine.inspect("volume", sorted(set(names)))
    engine.remove("volume", [volume["Name"] for volume in found if nameless.untouched(volume)])
