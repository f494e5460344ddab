"""The volumes that a service mounts, itself or with `volumes_from`. Pure."""

from dataclasses import dataclass

from stackproof.stack.keys import KeyPath
from stackproof.stack.model import Model
from stackproof.stack.mounts import Mount
from stackproof.stack.service import Service


@dataclass(frozen=True, kw_only=True)
class MountedVolume:
    """One volume where a service has it."""

    name: str
    """As the file has it; of a volume without a name its path and whose it is."""
    real: tuple[str, ...]
    """The same for the same volume of the engine's, and for no other."""
    read_only: bool
    at: KeyPath
    """The keys below the service that ask for it."""

    @property
    def is_its_own(self) -> bool:
        """Whether it is one without a name, which another service only has by taking it over."""
        return len(self.real) > 1 and self.at[0] == "volumes"


def volumes_of(service: Service, model: Model) -> tuple[MountedVolume, ...]:
    """Return the volumes of a service, named or not, and those of others that it takes over.

    What it mounts itself at the same path counts in their place; of theirs it may only write to what they
    may, and to nothing where the entry says `:ro` (tried with moby 26).
    """
    own = [(service, mount, mount.at, False) for mount in service.mounts]
    others = [
        (owner, mount, at, read_only)
        for owner, at, read_only in model.taken_over(service)
        for mount in owner.mounts
    ]
    found: list[MountedVolume] = []
    targets: set[str] = set()
    for owner, mount, at, read_only in (*own, *others):
        if mount.target in targets:
            continue
        targets.add(mount.target)
        if mount.kind == "volume":
            name, real = _named(mount, owner, model)
            only = mount.read_only or read_only
            found.append(MountedVolume(name=name, real=real, read_only=only, at=at))
    return tuple(found)


def _named(mount: Mount, owner: Service, model: Model) -> tuple[str, tuple[str, ...]]:
    if not mount.source:
        return f"{mount.target} of {owner}", (owner.name, mount.target)
    volume = model.volumes.get(mount.source)
    return mount.source, (volume.real_name if volume else mount.source,)
