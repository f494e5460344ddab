"""What a service mounts, and the named volumes of a stack."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stackproof.stack.keys import KeyPath, numbered

_PROPAGATIONS = frozenset({"shared", "slave", "private"})


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A volume, bind or tmpfs."""

    kind: str
    source: str | None
    target: str
    read_only: bool
    propagation: str = ""
    """Whether mounts that come later are seen on the other side; empty for what the engine does anyway."""
    relabels: bool = False
    """Whether the engine labels the source anew (SELinux `z`, `Z`): a change of the author's own files."""
    made: bool | None = None
    """Whether a source that is not there is made, by the resolved model; None where it does not say."""
    at: KeyPath = field(default=(), compare=False, repr=False)
    """Its path in the resolved service, such as ("volumes", 0)."""


def mounts_of(raw: Mapping[str, Any], above: KeyPath = ()) -> tuple[Mount, ...]:
    """Return what a resolved service, or a hook of one that stands at the path `above`, mounts."""
    return tuple(
        Mount(
            kind=str(mount.get("type")),
            source=mount.get("source"),
            target=mount["target"],
            read_only=bool(mount.get("read_only")),
            propagation=str((mount.get("bind") or {}).get("propagation") or ""),
            made=(mount.get("bind") or {}).get("create_host_path"),
            relabels=bool((mount.get("bind") or {}).get("selinux")),
            at=(*above, *at),
        )
        for at, mount in numbered(raw, "volumes")
    )


@dataclass(frozen=True, kw_only=True)
class HostMount:
    """A path of the host that a service gets, however it gets it."""

    source: str
    read_only: bool
    at: KeyPath = field(compare=False)
    """The keys below the service that ask for it."""
    propagation: str = ""
    """As that of `Mount`."""
    target: str = ""
    """Where the container has it; empty for a secret or config, which is no file of the host to it."""
    is_secret: bool = False
    """Whether a secret hands it over."""


@dataclass(frozen=True, kw_only=True)
class Volume:
    """One named volume of the model."""

    name: str
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def external(self) -> bool:
        """Whether somebody else made it."""
        return bool(self.raw.get("external"))

    @property
    def real_name(self) -> str:
        """Its name on the engine: two keys of one file may be one volume."""
        return str(self.raw.get("name") or self.name)

    @property
    def options(self) -> Mapping[str, str]:
        """Options of the local driver; other drivers have none that we know."""
        local = self.raw.get("driver", "local") == "local" and not self.external
        return (self.raw.get("driver_opts") or {}) if local else {}

    @property
    def device(self) -> str | None:
        """The folder of the host that it really is: the local driver can bind one."""
        return self.options.get("device") if {"bind", "rbind"} & set(self.mount_words) else None

    @property
    def mount_words(self) -> tuple[str, ...]:
        """The words of its option `o`."""
        return tuple(str(self.options.get("o", "")).split(","))

    @property
    def read_only(self) -> bool:
        """Whether the folder of the host may only be read through it."""
        # Of both the engine takes the last; nobody who writes both means to protect anything.
        return "ro" in self.mount_words and "rw" not in self.mount_words

    @property
    def propagation(self) -> str:
        """As that of `Mount`, by the words of the kernel's own option."""
        return next((word for word in self.mount_words if word.lstrip("r") in _PROPAGATIONS), "")

    @property
    def in_memory(self) -> bool:
        """Whether it is a tmpfs: a bind stays one, whatever type is written beside it."""
        return self.options.get("type") == "tmpfs" and not self.device
