"""Capabilities as a compose file adds and drops them, and what an engine makes of both lists. Pure."""

import re
from dataclasses import dataclass

from stackproof.controls.spelling import hint
from stackproof.stack.keys import KeyPath
from stackproof.stack.service import Service

ALL = "ALL"
# By their numbers, from 0 (Linux, include/uapi/linux/capability.h).
KERNEL = (
    "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID",
    "SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW",
    "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT",
    "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD",
    "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG",
    "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE",
)  # fmt: skip
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
    """Return the capability that is meant, as the kernel's manual has it, however it is spelled.

    Also where no engine takes the spelling: see `refusal`.

    >>> [capability(text) for text in ("SYS_ADMIN", "cap_sys_admin", " all")]
    ['SYS_ADMIN', 'SYS_ADMIN', 'ALL']
    """
    return str(text).strip().upper().removeprefix("CAP_")


def refusal(text: str) -> str:
    """Return why no engine takes an entry of `cap_add` or `cap_drop`; empty for one that it takes.

    Small letters and `CAP_` are taken, but not before ALL, nor blanks (moby, oci/caps, tried with 26).

    >>> refusal("cap_chown"), refusal("CAP_ALL")
    ('', "no engine knows the capability 'CAP_ALL': ALL has no CAP_ before it")
    """
    if _taken(text):
        return ""
    parts = [part for part in re.split(r"[\s,;]+", text) if part]
    if len(parts) > 1 and all(map(_taken, parts)):
        return f"{text!r} is no capability: each has an entry of its own"
    if capability(text) == ALL and text.strip() == text:
        return f"no engine knows the capability {text!r}: ALL has no CAP_ before it"
    name = capability(text)
    longer = [known for known in KERNEL if name and known.startswith(name)]
    return f"no engine knows the capability {text!r}{hint(name, longer or (ALL, *KERNEL))}"


def _taken(text: str) -> str:
    """Return the capability that an engine takes a text for; empty where it takes it for none."""
    name = text.upper()
    return name if name == ALL else name.removeprefix("CAP_") if name.removeprefix("CAP_") in KERNEL else ""


def added(service: Service) -> tuple[Added, ...]:
    """Return what `cap_add` adds, each once; beside ALL the engine reads no other (TweakCapabilities)."""
    found: dict[str, Added] = {}
    for index, text in enumerate(service.cap_add):
        name = capability(text)
        found.setdefault(name, Added(name, ("cap_add", index)))
    return (found[ALL],) if ALL in found else tuple(found.values())


def drops_all(service: Service) -> bool:
    """Whether `cap_drop` says that a container has no capability but those that are added."""
    return ALL in map(_taken, service.cap_drop)


def kept(service: Service) -> frozenset[str]:
    """Return what the engine gives by itself and the file neither drops nor asks for."""
    gone = dropped(service)
    asked = {one.name for one in added(service)} if gone else set()
    return frozenset() if drops_all(service) else DEFAULT - gone - asked


def adds_all(service: Service) -> bool:
    """Whether `cap_add` says ALL, beside which the engine does not read ALL in `cap_drop`."""
    return ALL in map(capability, service.cap_add)


def given(service: Service) -> frozenset[str]:
    """Return what an engine gives by the words of the file; ALL stands for whatever the kernel knows."""
    if service.privileged or adds_all(service):
        return frozenset({ALL})
    asked = {one.name for one in added(service)}
    return frozenset(asked if drops_all(service) else (DEFAULT - dropped(service)) | asked)


def dropped(service: Service) -> frozenset[str]:
    """Return what the file says that a container has not: of ALL, everything but what it adds by name."""
    named = {_taken(text) for text in service.cap_drop} - {""}
    return frozenset(set(KERNEL) - {one.name for one in added(service)} if ALL in named else named)


def of_mask(mask: int) -> frozenset[str]:
    """Return the names in a set as /proc/PID/status has it (CapBnd); those that we do not know by number.

    >>> sorted(of_mask(0x2001))
    ['CHOWN', 'NET_RAW']
    """
    numbers = (number for number in range(mask.bit_length()) if mask >> number & 1)
    return frozenset(KERNEL[number] if number < len(KERNEL) else f"CAP_{number}" for number in numbers)
