"""Capabilities, security options, runtimes and sysctls: which reach no further than the container."""

import json
import re
from pathlib import Path
from typing import Any

from stackproof.files import disk
from stackproof.isolation.here import Here
from stackproof.stack.capabilities import capability
from stackproof.stack.model import unescape

# capabilities(7): what the engine gives anyway, and what is bounded by the container's own namespaces.
BOUNDED = frozenset(
    {
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE",
        "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
        "IPC_LOCK", "IPC_OWNER", "LEASE", "NET_ADMIN", "NET_BROADCAST", "SYS_NICE", "SYS_PTRACE",
        "SYS_RESOURCE", "SYS_TTY_CONFIG",
    }
)  # fmt: skip
# The others are the host's, whatever namespace a container is in, each with what it reaches.
REACHING = {
    "ALL": "everything",
    "AUDIT_CONTROL": "the host's audit", "AUDIT_READ": "the host's audit",
    "BLOCK_SUSPEND": "the host's power management", "WAKE_ALARM": "the host's power management",
    "BPF": "tracing of the host", "PERFMON": "tracing of the host",
    "CHECKPOINT_RESTORE": "memory of processes", "LINUX_IMMUTABLE": "files that nobody could remove",
    "DAC_READ_SEARCH": "files of the host, by their handles",
    "MAC_ADMIN": "the host's security policy", "MAC_OVERRIDE": "the host's security policy",
    "SYS_ADMIN": "mounts and devices of the host", "SYS_BOOT": "the host's kernel",
    "SYS_MODULE": "the host's kernel", "SYS_PACCT": "the host's accounting",
    "SYS_RAWIO": "the host's memory and ports", "SYS_TIME": "the host's clock",
    "SYSLOG": "the host's kernel log",
}  # fmt: skip
# Sysctls that belong to a namespace of the container (runc, libcontainer/configs/validate).
_OF_NAMESPACE = ("net.", "fs.mqueue.", "kernel.msg", "kernel.shm")
_OF_NAMESPACE_EXACTLY = frozenset({"kernel.sem", "kernel.domainname", "kernel.hostname"})
# Runtimes that isolate no less than runc does, with their versions and shims (`kata-fc`, `runc.v2`).
_RUNTIME = re.compile(r"(io\.containerd\.)?((runc|crun|youki)(\.v\d)?|(runsc|gvisor|kata|sysbox)([-.].*)?)")
# Annotations with which these runtimes reach systemd, devices, hypervisors and the host's files.
_ACTING_ANNOTATIONS = (
    "org.systemd.property.", "run.oci.", "io.podman.", "cdi.", "org.criu.", "io.katacontainers.",
    "dev.gvisor.", "io.containerd.", "io.kubernetes.", "nvidia.", "com.nvidia.", "devices.nri.",
    "mounts.nri.",
)  # fmt: skip
# What a profile of seccomp may do with calls that it does not name, so that it protects anything.
_CLOSED = ("SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_TRAP")


def is_bounded(value: Any, _here: Here) -> bool:  # noqa: ANN401 - a value of the model
    """Whether a capability is bounded by namespaces."""
    return capability(value) in BOUNDED


def is_reaching(value: Any, _here: Here) -> bool:  # noqa: ANN401 - a value of the model
    """Whether a capability is known to reach the host."""
    return capability(value) in REACHING


def capability_and_reach(value: Any, here: Here) -> str:  # noqa: ANN401 - a value of the model
    """Name a capability with what it reaches."""
    name = capability(value)
    return f"{here.owner} (cap_add: {name}, {REACHING[name]})"


def _option(value: object) -> tuple[str, str]:
    """Split a security option at the first `=` or `:`, as the engine does."""
    text = str(value).strip()
    at = min((index for index in (text.find("="), text.find(":")) if index >= 0), default=len(text))
    return text[:at].strip().lower(), text[at + 1 :].strip()


def is_closed(profile: str, folder: Path) -> bool:
    """Whether a profile of seccomp forbids what it does not name; one that is none starts no container.

    It is a path, seen from the project's folder.
    """
    path = folder / Path(unescape(profile)).expanduser()
    try:
        found = json.loads(disk.read(path).decode(), object_pairs_hook=_as_go_reads)
    except _TwiceError:
        return False
    except (OSError, ValueError):
        return True
    except RecursionError:
        return False
    if not isinstance(found, dict):
        return True
    return str(found.get("defaultaction")).startswith(_CLOSED) and not found.get("listenerpath")


class _TwiceError(Exception):
    """A key stands twice, and nobody knows which counts."""


def _as_go_reads(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make a mapping of JSON as the engine does: whatever the case of its keys."""
    found = {key.casefold(): value for key, value in pairs}
    if len(found) != len(pairs):
        raise _TwiceError
    return found


def keeps_protection(value: Any, here: Here) -> bool:  # noqa: ANN401 - a value of the model
    """Whether a security option adds a protection, or names a profile."""
    name, rest = _option(value)
    match name:
        case "no-new-privileges":
            return rest.lower() in ("", "true", "false", "1", "0")
        case "seccomp":
            return rest.lower() not in ("unconfined", "") and is_closed(rest, here.paths.project or Path())
        case "apparmor":
            return rest.lower() not in ("unconfined", "")
        case "label":
            return rest.split(":")[0] in ("user", "role", "level") or rest == "type:container_t"
        case "systempaths" | "writable-cgroups":
            return rest.lower() in ("", "default", "false", "0")
    return False


def lifts_protection(value: Any, _here: Here) -> bool:  # noqa: ANN401 - a value of the model
    """Whether a security option takes a protection of the host away."""
    name, rest = _option(value)
    match name:
        case "seccomp":
            return bool(rest)
        case "apparmor":
            return rest.lower() == "unconfined"
        case "label":
            return rest == "disable" or rest.startswith(("type:", "disable"))
        case "systempaths":
            return rest.lower() == "unconfined"
        case "writable-cgroups":
            return rest.lower() in ("true", "1")
    return name == "credentialspec"


def is_of_namespace(_value: Any, here: Here) -> bool:  # noqa: ANN401 - a value of the model
    """Whether a sysctl belongs to a namespace of the container."""
    name = str(here.at[-1])
    return name.startswith(_OF_NAMESPACE) or name in _OF_NAMESPACE_EXACTLY


def is_isolating(value: Any, _here: Here) -> bool:  # noqa: ANN401 - a value of the model
    """Whether a runtime isolates no less than runc does."""
    return value in (None, "") or _RUNTIME.fullmatch(str(value).lower()) is not None


def only_says(_value: Any, here: Here) -> bool:  # noqa: ANN401 - a value of the model
    """Whether an annotation is a plain word, or one that describes an image: no runtime acts on those."""
    name = str(here.at[-1])
    return "." not in name or name.startswith("org.opencontainers.")


def acts(_value: Any, here: Here) -> bool:  # noqa: ANN401 - a value of the model
    """Whether a runtime is known to act on an annotation."""
    return str(here.at[-1]).casefold().startswith(_ACTING_ANNOTATIONS)


def is_true(value: Any, _here: Here) -> bool:  # noqa: ANN401 - a value of the model
    """Whether a flag is set, as Compose reads it."""
    return value is True or str(value).lower() in ("true", "1", "yes", "on", "y")


def is_false(value: Any, here: Here) -> bool:  # noqa: ANN401 - a value of the model
    """Whether a flag is not set."""
    return value is None or value is False or (not is_true(value, here) and str(value).lower() in _FALSE)


_FALSE = frozenset({"false", "0", "no", "off", "n", ""})
