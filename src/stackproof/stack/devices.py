"""Devices of the host that a service is handed: by name, by number, or reserved by what they can do. Pure."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stackproof.controls.severity import Severity
from stackproof.stack.keys import KeyPath, numbered
from stackproof.stack.service import Service

# Whoever has one of these has the files of the host, past every mount (Linux, admin-guide/devices.txt).
_DISKS = re.compile(
    r"/dev(/(sd[a-z]+\d*|hd[a-z]\d*|vd[a-z]+\d*|xvd[a-z]+\d*|nvme\d+(n\d+)?(p\d+)?|mmcblk\d+(p\d+|boot\d|rpmb)?"
    r"|md\d+(p\d+)?|md/.*|md|dm-\d+|mapper(/.*)?|disk(/.*)?|zd\d+(p\d+)?|zvol(/.*)?|rbd\d*(p\d+)?|rbd/.*"
    r"|nbd\d+(p\d+)?|bcache\d+(p\d+)?|ram\d+))?"
)
_HOSTS_OWN = {
    re.compile(r"/dev/kmsg"): "which reads and writes the host's kernel log",
    re.compile(r"/dev/loop(\d+|-control)"): "which mounts any file as a disk",
    re.compile(r"/dev/zfs"): "which controls the host's pools",
    re.compile(r"/dev/watchdog\d*"): "which restarts the host",
    re.compile(r"/dev/ipmi\d+|/dev/ipmi/\d+"): "which controls the machine below the host",
    re.compile(r"/dev/(uinput|uhid|input/uinput)"): "which types on the host",
}
# As the engine reads them (moby, daemon/daemon_unix.go).
_RULE = re.compile(r"([abc]) (\d+|\*):(\d+|\*) ([rwm]{1,3})")
# Every container has these, and optical drives hold nothing of the host.
_PLAIN = frozenset(f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom", "tty", "ptmx"))
_OPTICAL = "11"
# Number of the kernel's own devices, and that of its log among them.
_KERNELS, _LOG = "1", "11"


@dataclass(frozen=True)
class Device:
    """One entry that hands out devices."""

    words: str
    """The path, the rule, or what is reserved, as written."""
    at: KeyPath
    why: str = ""
    """What is wrong with it, in words that follow its name; empty for what need only be looked at."""
    severity: Severity = Severity.INFO


def devices(service: Service) -> Iterator[Device]:
    """Yield what a service is handed, but for devices that every container has."""
    for index, written in enumerate(service.raw.get("devices") or ()):
        source = str(written.get("source") if isinstance(written, Mapping) else written).partition(":")[0]
        path = posixpath.normpath(source) if source.startswith("/") else source
        path = "/" + path.lstrip("/") if path.startswith("/") else path
        if path not in _PLAIN:
            why, severity = _of_path(path)
            yield Device(path, ("devices", index), why, severity)
    for index, written in enumerate(service.raw.get("device_cgroup_rules") or ()):
        if found := _of_rule(str(written), ("device_cgroup_rules", index)):
            yield found
    yield from _reserved(service)


def _of_path(path: str) -> tuple[str, Severity]:
    if _DISKS.fullmatch(path):
        return "which holds files of the host, past every mount", Severity.CRITICAL
    why = next((why for pattern, why in _HOSTS_OWN.items() if pattern.fullmatch(path)), "")
    return why, Severity.HIGH if why else Severity.INFO


def _of_rule(written: str, at: KeyPath) -> Device | None:
    """Return what a rule allows; None for making nodes alone, which every container may."""
    rule = _RULE.fullmatch(" ".join(written.split()))
    if rule is None or rule[4] == "m":
        return None
    kind, major, minor, _access = rule.groups()
    if kind == "a" or (kind == "b" and major != _OPTICAL):
        return Device(written, at, "which allows disks of the host, past every mount", Severity.CRITICAL)
    if kind == "c" and (major == "*" or (major == _KERNELS and minor in ("*", _LOG))):
        return Device(written, at, "which allows the devices of the host's kernel", Severity.HIGH)
    return Device(written, at)


def _reserved(service: Service) -> Iterator[Device]:
    resources: Mapping[str, Any] = (service.raw.get("deploy") or {}).get("resources") or {}
    above = ("deploy", "resources", "reservations")
    reserved = numbered(resources.get("reservations") or {}, "devices")
    gpus = list(numbered(service.raw, "gpus"))
    # Compose writes `gpus` down as a reservation, too.
    for at, device in gpus or [((*above, *at), device) for at, device in reserved]:
        able = ", ".join(map(str, device.get("capabilities") or ("gpu",)))
        yield Device(f"{device.get('driver') or 'any'} ({able})", at)
