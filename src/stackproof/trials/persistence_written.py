"""What a service wrote where the next `up` does not find it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from stackproof.engine import engine
from stackproof.errors import Unknown
from stackproof.sandbox.container import Container, timestamp
from stackproof.trials.persistence_looking import heads, list_files
from stackproof.trials.persistence_places import BROUGHT, File, data_in, is_certain, worth_a_look
from stackproof.trials.persistence_ways import OWN_LAYER, Places

MOST = 300  # files of a service that are looked at
NAMED = 3  # that a finding names
GROWS = "a file that grows"


@dataclass(frozen=True, kw_only=True)
class Lost:
    """Data that lies where nobody finds it after `down` and `up`."""

    path: str
    what: str
    place: str
    certain: bool = True
    """Whether its content says so, and not its name alone."""

    def __str__(self) -> str:
        """Return it as people say it."""
        return f"{self.what} at {self.path} in {self.place}"


@dataclass(frozen=True, kw_only=True)
class Written:
    """What a service wrote where the next `up` does not find it."""

    lost: tuple[Lost, ...] = ()
    others: Mapping[str, int] = field(default_factory=dict)
    """Size of each other file that it wrote into its layer, by path."""
    unseen: str = ""
    """Why not all of it was seen; empty when it was."""


def written(container: Container, places: Places) -> Written:
    """Look for what a container wrote where the next `up` does not find it.

    Raises StackproofError when nobody can look into the container.
    """
    candidates = worth_a_look(engine.changed(container.id), places.all, MOST)
    passing = [*places.nameless, *places.memory]
    looked_at, unseen = _files(container, passing, candidates)
    files = [file for file in looked_at if file.size]
    found = [
        Lost(path=file.path, what=what, place=places.place(file.path), certain=is_certain(file))
        for file in files
        if (what := data_in(file))
    ]
    data = {one.path for one in found}
    others = {file.path: file.size for file in files if file.path in candidates and file.path not in data}
    return Written(lost=tuple(first_of_each(found)), others=others, unseen=unseen)


def growing(before: Written, container: Container) -> list[Lost]:
    """Return the files in a container's own layer that grew since it was looked at: somebody fills them.

    Raises Unknown when not all could be seen, and StackproofError when nobody can look into the container.
    """
    listed, unseen = list_files(container, (), list(before.others))
    if unseen:
        raise Unknown(unseen)
    now = {file.path: file.size for file in listed}
    grown = [path for path, size in before.others.items() if now.get(path, 0) > size]
    return [Lost(path=path, what=GROWS, place=OWN_LAYER, certain=False) for path in grown]


def first_of_each(found: Sequence[Lost]) -> list[Lost]:
    """Return one file of each kind and place: a database has many, and some that only lie beside it."""
    known = [one for one in found if one.what != BROUGHT] or found
    first: dict[tuple[str, str], Lost] = {}
    for one in sorted(known, key=lambda one: (one.path.count("/"), one.path)):
        first.setdefault((one.what, one.place), one)
    return list(first.values())[:NAMED]


def _files(container: Container, folders: Sequence[str], paths: Sequence[str]) -> tuple[list[File], str]:
    """Return the files in folders, made since the container was, and those of the paths that are files.

    And why not all were seen.
    """
    if not folders and not paths:
        return [], ""
    listed, unlisted = list_files(container, folders, paths)
    since = int(timestamp(str(container.data["Created"])))
    named = set(paths)
    sizes = {file.path: file.size for file in listed if file.path in named or file.changed >= since}
    chosen = [*(path for path in paths if path in sizes), *worth_a_look(sizes, (), MOST)]
    chosen = list(dict.fromkeys(chosen))[:MOST]
    begin, unread = heads(container, chosen) if chosen else ([], "")
    files = [File(path=path, size=sizes[path], head=head) for path, head in zip(chosen, begin, strict=False)]
    return files, unlisted or unread
