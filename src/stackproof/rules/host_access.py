"""What of the host a container can reach."""

import os
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Final

from stackproof.controls import CRITICAL, HIGH, INFO, MEDIUM
from stackproof.errors import Unknown
from stackproof.isolation.host_paths import HostPath, look
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import Finding
from stackproof.rules.rule import rule
from stackproof.stack import devices, host_places
from stackproof.stack.devices import Device
from stackproof.stack.model import HostMount, Service, unescape
from stackproof.stack.stack import Stack

# Named pipes on which engines listen on Windows: Docker, Docker Desktop, containerd, Podman.
_ENGINE_PIPES = re.compile(
    r"(?:^|/)[\\/]{2}\.[\\/]pipe[\\/](?:docker_?engine\w*|dockerDesktop\w*|containerd-containerd|podman-machine-\S+)$",
    re.IGNORECASE,
)

# Images that do nothing but to let some requests through.
_PROXIES: Final = frozenset({"docker-socket-proxy", "socket-proxy", "docker-proxy", "docker-proxy-acl"})


@rule(
    "no-docker-socket",
    "No engine control socket is mounted",
    severity=CRITICAL,
    key="volumes",
)
def no_docker_socket(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """Whoever can write to the engine's socket is root on the host; read-only mounts do not change that.

    A proxy that lets only some requests through is what others are advised to use: of medium severity.

    Fix: remove the mount; use a socket proxy that lets only the needed requests through, and waive it there.

    Applies to: all services, with their hooks and what they mount with `volumes_from`.
    """
    sources = list(stack.model.host_sources(service))
    evidence(host_paths=sorted({source for source, _at in sources}) or "none")
    for mount in service.mounts:
        # Compose takes a pipe in the short form for a folder where it runs on another system.
        if mount.kind in ("npipe", "bind") and _ENGINE_PIPES.search(unescape(mount.source or "")):
            words = f"{service} mounts {mount.source}, which is the engine's pipe"
            yield Finding(words, at=mount.at, aspect=str(mount.source))
    if service.uses_api_socket:
        yield Finding(
            f"{service} asks for the engine's socket with `use_api_socket`",
            at=("use_api_socket",),
            aspect="use_api_socket",
        )
    for source, at in sources:
        if why := _why(_looked_at(source)):
            severity = MEDIUM if service.image_name in _PROXIES else None
            yield Finding(f"{service} mounts {source}, {why}", at=at, aspect=source, severity=severity)
    if strange := [name for _at, name in service.volumes_from if name not in stack.services]:
        msg = f"{service} takes over the mounts of {', '.join(strange)}, which is not in the stack"
        raise Unknown(msg)


# Many services mount the same, and looking through a folder takes longer than all else that a rule does.
_looked_at = lru_cache(maxsize=1024)(look)


def _why(found: HostPath) -> str:
    """Say what is wrong with a mount; empty for all but sockets of the host and engines."""
    if sockets_of_engine := found.engine_sockets:
        return _which(found, sockets_of_engine)
    # A socket keeps its nature under any name; whoever listens there is a process of the host.
    sockets = [special for special in found.specials if special.kind == "socket"]
    return "which is a socket of the host" if found.is_special and sockets else ""


def _which(found: HostPath, sockets: Sequence[str]) -> str:
    """Say by which socket a mount gives control of an engine, and whether it is there now."""
    if found.resolved in sockets:
        return f"which is the engine's socket{'' if found.source == found.resolved else f' {found.resolved}'}"
    named = f"{'socket' if len(sockets) == 1 else 'sockets'} {' and '.join(sockets)}"
    if any(special.is_engine for special in found.specials):
        return f"which holds the engine's {named}"
    return f"which holds the engine's {named} as soon as an engine listens there"


@lru_cache(maxsize=1024)
def _real(path: str | Path) -> str:
    return os.path.realpath(path)


def _ways(stack: Stack, service: Service) -> Iterator[tuple[HostMount, tuple[str, ...]]]:
    """Yield what a service mounts of the host, as written and as it leads on this machine.

    What lies in the project's own folder is the author's, wherever that folder is.
    """
    project = PurePosixPath(_real(stack.source.directory))
    for mount in stack.model.host_mounts(service):
        resolved = _real(mount.source)
        if project not in PurePosixPath(resolved).parents:
            yield mount, tuple(dict.fromkeys(map(host_places.normal, (mount.source, resolved))))


def _noted(stack: Stack, service: Service, evidence: Evidence) -> None:
    evidence(host_paths=sorted({mount.source for mount in stack.model.host_mounts(service)}) or "none")


def _mode(mount: HostMount) -> str:
    return "for reading" if mount.read_only else "for writing"


@rule(
    "no-host-root-mount",
    "The root of the host's files is not mounted",
    severity=CRITICAL,
    key="volumes",
)
def no_host_root_mount(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """Whoever has `/` has every file of the host: keys, passwords, the data of all containers.

    For reading only it is of high severity, as node exporters have it; the engine's socket below it, which
    no-docker-socket finds, can be used all the same.

    Fix: mount the one folder that is needed; a node exporter needs no more than `/proc` and `/sys`.

    Applies to: all services.
    """
    _noted(stack, service, evidence)
    for mount, paths in _ways(stack, service):
        if "/" in paths:
            yield Finding(
                f"{service} mounts {mount.source}, which is all of the host, {_mode(mount)}",
                at=mount.at,
                aspect=mount.source,
                severity=HIGH if mount.read_only else None,
            )


@rule(
    "no-writable-host-system-mount",
    "No folder by which the host is run is mounted for writing",
    severity=CRITICAL,
    key="volumes",
)
def no_writable_host_system_mount(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """A file more in a folder of jobs, services or programs, and the host runs it as root.

    Folders are known by their whole names, so `/srv/app/etc` and what lies in the project's own folder are
    none; `/etc/letsencrypt` and other folders of applications are none either. What is mounted for reading is
    asked by no-sensitive-host-mount, and a folder with an engine's socket by no-docker-socket.

    Fix: mount it for reading (`:ro`), or copy the one file that is needed into the image or a volume.

    Applies to: all services.
    """
    _noted(stack, service, evidence)
    for mount, paths in _ways(stack, service):
        found = next(filter(None, map(host_places.given_away, paths)), None)
        if found and not mount.read_only:
            words = f"{service} mounts {mount.source} for writing, {found.why}"
            yield Finding(words, at=mount.at, aspect=mount.source)


@rule(
    "no-sensitive-host-mount",
    "No folder with the host's or its users' secrets is mounted",
    severity=HIGH,
    key="volumes",
)
def no_sensitive_host_mount(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """Keys and passwords that can be read open the next door; `:ro` does not hinder anybody to read.

    Whole homes count and not what lies in them, but for `.ssh`, `.aws` and their like. Views of the kernel
    (`/proc`, `/sys`), as monitoring has them, are of medium or low severity; the time zone, programs and
    modules of the kernel for reading are no findings.

    Fix: mount the one file that is needed, or hand it over as a secret.

    Applies to: all services.
    """
    _noted(stack, service, evidence)
    for mount, paths in _ways(stack, service):
        if not mount.read_only and any(map(host_places.given_away, paths)):
            continue  # told by no-writable-host-system-mount
        known = (host_places.sensitive(path, read_only=mount.read_only) for path in paths)
        if found := next(filter(None, known), None):
            yield Finding(
                f"{service} mounts {mount.source} {_mode(mount)}, {found.why}",
                at=mount.at,
                aspect=mount.source,
                severity=found.severity,
            )


@rule(
    "no-shared-propagation",
    "What is mounted in a container does not appear on the host",
    severity=MEDIUM,
    key="volumes",
)
def no_shared_propagation(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """With `shared` or `rshared` a container that may mount puts a folder over one of the host's.

    `slave` and `rslave` lead the other way only, from the host into the container, and are no findings.

    Fix: remove it, or take `rslave` where later mounts of the host must be seen.

    Applies to: all services.
    """
    mounts = list(stack.model.host_mounts(service))
    evidence(propagation=sorted({mount.propagation for mount in mounts if mount.propagation}) or "none")
    for mount in mounts:
        if mount.propagation in ("shared", "rshared"):
            words = f"{service} mounts {mount.source} with {mount.propagation} propagation"
            yield Finding(words, at=mount.at, aspect=mount.source)


def _devices(service: Service, evidence: Evidence) -> list[Device]:
    found = list(devices.devices(service))
    evidence(devices=[device.words for device in found] or "none")
    return found


@rule(
    "no-host-devices",
    "No disk and no device of the host's own is handed to the container",
    severity=HIGH,
    key="devices",
)
def no_host_devices(service: Service, evidence: Evidence) -> Iterator[Finding]:
    """A disk holds the files of the host, past every mount: such a finding is critical.

    `device_cgroup_rules` hand them out by number: the container makes the node itself. Sound cards, graphics,
    serial ports and tunnels are asked by host-devices-reviewed; `/dev/mem` and `/dev/port` do nothing without
    SYS_RAWIO, and `/dev/fuse` without SYS_ADMIN, which no-host-takeover-caps finds.

    Fix: remove it; mount the folder that is needed in place of its disk.

    Applies to: all services.
    """
    for device in _devices(service, evidence):
        block = not device.why and device.at[0] == "devices" and _is_disk_here(device.words)
        why = "which is a disk of this machine" if block else device.why
        if why:
            severity = CRITICAL if block else device.severity
            words = f"{service} is handed {device.words}, {why}"
            yield Finding(words, at=device.at, aspect=device.words, severity=severity)


def _is_disk_here(path: str) -> bool:
    """Whether a device of an unknown name (a logical volume, say) is a disk on this machine."""
    real = Path(os.path.realpath(path))
    return PurePosixPath(path).is_absolute() and real.is_block_device() and not real.name.startswith("sr")


@rule(
    "host-devices-reviewed",
    "No other device of the host is handed to the container",
    severity=INFO,
    key="devices",
)
def host_devices_reviewed(service: Service, evidence: Evidence) -> Iterator[Finding]:
    """A device is a driver of the host's kernel that the container talks to.

    Most are wanted: graphics, sound, serial ports, tunnels. So this is a list to look through, of no weight,
    and not in the default profile. GPUs that are reserved are on it, too.

    Fix: remove what is not needed; accept the others by a waiver with the device as `aspect`.

    Applies to: all services.
    """
    for device in _devices(service, evidence):
        if not device.why:
            yield Finding(f"{service} is handed {device.words}", at=device.at, aspect=device.words)
