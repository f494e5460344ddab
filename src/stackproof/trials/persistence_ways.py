"""How each service of a stack keeps a value: by its contract, through a client of ours, or in files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stackproof.datastores.datastore import Datastore, KeepsNothingError
from stackproof.datastores.detection import detect
from stackproof.datastores.files import files_in, may_write
from stackproof.engine import engine
from stackproof.errors import Unknown
from stackproof.sandbox.container import Container
from stackproof.sandbox.view import View
from stackproof.trials.persistence_declared import Declared
from stackproof.trials.persistence_places import below, passes

OWN_LAYER = "the container's own layer"
NOBODY = "it runs no datastore that we know"


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way to put a value into a service and to get it back."""

    store: Datastore
    aspect: str = ""
    """Tells the ways of one service apart: a folder, or the number of a contract's entry."""
    asked: bool = True
    """Whether it goes through the service itself; a file of ours proves the volume and not the data."""

    def write_first(self, container: Container, value: str) -> bool:
        """See that nothing is there, write a value and read it back.

        Raises Unknown when something is there already, because what is there all the time proves nothing;
        and as `write` does.
        """
        store = self.store
        there = store.learn(container) if isinstance(store, Declared) else store.read(container) is not None
        if there:
            msg = (
                f"{store.kind} of {container} gives the value before it was written, so reading it proves "
                "nothing; fix: let `write` write what `read` does not say by itself"
            )
            raise Unknown(msg)
        self.write(container, value)
        if not self.has(container, value):
            msg = f"{store.kind} of {container} took a value and does not give it back"
            raise Unknown(msg)
        return True

    def write(self, container: Container, value: str) -> bool:
        """Write a value; it is acknowledged then.

        Raises Unknown when it is refused.
        """
        self.store.write(container, value)
        return True

    def has(self, container: Container, value: str) -> bool:
        """Whether the value is there.

        Raises Unknown when nobody can tell.
        """
        found = self.store.read(container)
        return found is not None and (isinstance(self.store, Declared) or found == value)


@dataclass(frozen=True, kw_only=True)
class Places:
    """What a container mounts, by how long it lasts: folders in the container."""

    named: tuple[str, ...] = ()
    """Volumes that the next `up` mounts again."""
    nameless: tuple[str, ...] = ()
    memory: tuple[str, ...] = ()
    binds: tuple[str, ...] = ()
    """Folders of the host that may be written; `down` leaves them alone."""
    all: tuple[str, ...] = ()

    @property
    def keeps(self) -> bool:
        """Whether something is mounted that shall keep data."""
        return bool(self.named or self.nameless or self.binds)

    @property
    def lasting(self) -> tuple[str, ...]:
        """Folders that the next `up` mounts again."""
        return (*self.named, *self.binds)

    def place(self, path: str) -> str:
        """Say where a file lies that is lost."""
        inner = self.of(path)
        if inner in self.memory:
            return "memory"
        return "a volume without a name" if inner in self.nameless else OWN_LAYER

    def of(self, path: str) -> str:
        """Return the innermost folder that is mounted and has a path; empty for the container's own layer."""
        return max((mount for mount in self.all if below(path, mount)), key=len, default="")


@dataclass(frozen=True, kw_only=True)
class Ways:
    """What is known of how a service keeps data."""

    ways: tuple[Way, ...] = ()
    places: Places = field(default_factory=Places)
    unasked: str = ""
    """Why nobody can ask the service; empty when somebody can."""
    forgets: str = ""
    """Why its data is not meant to be kept."""
    derived: bool = False
    """Whether it is a client of ours for a datastore that was recognised."""
    unwritable: tuple[str, ...] = ()
    """Volumes that it may not write to."""

    @property
    def known_store(self) -> bool:
        """Whether it is a datastore, also one that nobody can ask."""
        return self.derived or self.unasked not in ("", NOBODY)


def ways_of(view: View, name: str) -> Ways:
    """Return how a service keeps data.

    Raises StackproofError when nobody can look into it.
    """
    container = view.container(name)
    places = places_of(container)
    declared = [entry for entry in view.stack.contract.persistence if entry.service == name]
    if declared:
        several = len(declared) > 1
        ways = tuple(
            Way(store=Declared(entry), aspect=f"entry {number}" if several else "")
            for number, entry in enumerate(declared, 1)
        )
        return Ways(ways=ways, places=places)
    if not container.runs and not places.keeps:
        return Ways(places=places, unasked=NOBODY)
    return _derived(container, places)


def _derived(container: Container, places: Places) -> Ways:
    _ = container.facts  # what cannot be looked into is no datastore that nobody can ask
    unasked = NOBODY
    try:
        if store := detect(container):
            return Ways(ways=(Way(store=store),), places=places, derived=True)
    except KeepsNothingError as error:
        return Ways(places=places, forgets=str(error))
    except Unknown as error:
        unasked = str(error)
    return in_files(container, places, unasked)


def in_files(container: Container, places: Places, unasked: str) -> Ways:
    """Return ways through a file of ours in each volume, for a service that nobody can ask."""
    # What is in memory is meant to be lost where it is a cache or a run-time folder.
    folders = [*places.named, *(path for path in _volumes_in_memory(container) if not passes(f"{path}/x"))]
    writable = [path for path in folders if may_write(container, path)]
    ways = tuple(Way(store=files_in(path, container.service), aspect=path, asked=False) for path in writable)
    unwritable = tuple(path for path in folders if path not in writable)
    return Ways(ways=ways, places=places, unasked=unasked, unwritable=unwritable)


def places_of(container: Container) -> Places:
    """Return what a container mounts, by how long it lasts."""
    nameless = set(container.anonymous_volumes)
    in_memory = set(_volumes_in_memory(container))
    volumes = [mount for mount in _writable(container) if mount.get("Type") == "volume"]
    kept = [mount for mount in volumes if mount["Destination"] not in in_memory]
    tmpfs = {*(container.data["HostConfig"].get("Tmpfs") or {}), *_of_type(container, "tmpfs"), *in_memory}
    return Places(
        named=tuple(str(m["Destination"]) for m in kept if m.get("Name") not in nameless),
        nameless=tuple(str(m["Destination"]) for m in kept if m.get("Name") in nameless),
        memory=tuple(sorted(tmpfs)),
        binds=_of_type(container, "bind"),
        all=tuple(sorted({*(str(mount["Destination"]) for mount in container.mounts), *tmpfs})),
    )


def _writable(container: Container) -> Iterator[Mapping[str, Any]]:
    found = sorted(container.mounts, key=lambda mount: str(mount["Destination"]))
    return (mount for mount in found if mount.get("RW", True))


def _of_type(container: Container, kind: str) -> tuple[str, ...]:
    return tuple(str(mount["Destination"]) for mount in _writable(container) if mount.get("Type") == kind)


def _volumes_in_memory(container: Container) -> list[str]:
    """Folders of volumes that the local driver makes in memory."""
    by_name = {
        str(mount["Name"]): str(mount["Destination"])
        for mount in _writable(container)
        if mount.get("Type") == "volume" and mount.get("Name")
    }
    found = engine.inspect("volume", sorted(by_name))
    return [by_name[v["Name"]] for v in found if (v.get("Options") or {}).get("type") == "tmpfs"]
