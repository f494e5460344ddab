"""Capabilities as a compose file adds and drops them, and what an engine makes of both lists. Pure."""

from dataclasses import dataclass

from stackproof.stack.keys import KeyPath
from stackproof.stack.service import Service

ALL = "ALL"
# What the engine gives a container whose file asks for nothing (moby, daemon/pkg/oci/caps/defaults.go).
DEFAULT = frozenset(
    {"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE",
     "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"}
)  # fmt: skip


@dataclass(frozen=True)
class Added:
    """A capability that is added, and the keys below the service that ask for it."""

    name: str
    at: KeyPath


def capability(text: object) -> str:
    """Return a capability's name as the kernel's manual has it, however it is spelled.

    >>> [capability(text) for text in ("SYS_ADMIN", "cap_sys_admin", " all")]
    ['SYS_ADMIN', 'SYS_ADMIN', 'ALL']
    """
    return str(text).strip().upper().removeprefix("CAP_")


def added(service: Service) -> tuple[Added, ...]:
    """Return what `cap_add` adds, each once; beside ALL the engine reads no other (TweakCapabilities)."""
    found: dict[str, Added] = {}
    for index, text in enumerate(service.cap_add):
        name = capability(text)
        found.setdefault(name, Added(name, ("cap_add", index)))
    return (found[ALL],) if ALL in found else tuple(found.values())


def drops_all(service: Service) -> bool:
    """Whether `cap_drop` says that a container has no capability but those that are added."""
    return ALL in map(capability, service.cap_drop)


def adds_all(service: Service) -> bool:
    """Whether `cap_add` says ALL, beside which the engine does not read ALL in `cap_drop`."""
    return ALL in map(capability, service.cap_add)
