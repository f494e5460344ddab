"""What of the host a container can reach."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Final

from stackproof.controls import CRITICAL, HIGH, INFO, MEDIUM
from stackproof.controls.severity import Severity
from stackproof.errors import Unknown
from stackproof.files import disk
from stackproof.isolation.host_paths import HostPath, look
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import Finding
from stackproof.rules import host_engines, host_ways
from stackproof.rules.host_ways import Way, told, ways
from stackproof.rules.rule import rule
from stackproof.stack import devices, engine_endpoints, host_places, host_sockets
from stackproof.stack.devices import Device
from stackproof.stack.model import HostMount, Service, unescape
from stackproof.stack.stack import Stack

# Named pipes on which engines listen on Windows: Docker, Docker Desktop, containerd, Podman.
_ENGINE_PIPES = re.compile(
    r"(?:^|/)[\\/]{2}\.[\\/]pipe[\\/](?:docker_?engine\w*|dockerDesktop\w*|containerd-containerd|podman-machine-\S+)$",
    re.IGNORECASE,
)

# Variables by which whoever asks here finds an engine, and programs an agent with keys.
_OF_ENGINES: Final = frozenset({"DOCKER_HOST", "CONTAINER_HOST", "CONTAINERD_ADDRESS", "BUILDKIT_HOST"})
_OF_AGENTS: Final = frozenset({"SSH_AUTH_SOCK"})
# Folders of keys, which are handed over whole where one of these is a secret's file.
_FOLDERS: Final = frozenset(
    {"pki", "keys", "private", "certs", "ssl", "tls", "secrets", "store", "all", "work", "Default"}
)


@rule(
    "no-docker-socket",
    "No service holds an engine's control socket",
    severity=CRITICAL,
    key="volumes",
)
def no_docker_socket(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """Whoever can write to the engine's socket is root on the host; read-only mounts do not change that.

    Whatever it is called: what variables, options, labels or configs take for it counts
    (`--providers.docker.endpoint=unix:///x`, CONTAINER_RUNTIME_ENDPOINT), and so does its API over a network
    (`tcp://host.docker.internal:2375`). An address outside of the stack that is not its host's is of medium
    severity, and one in the stack or a name of one word, as a proxy has it, is no finding.

    A proxy that lets only some requests through is what others are advised to use: of medium severity. So is
    a socket of a name that nobody knows, on which an engine may listen, too; agents for SSH, the desktop and
    the system's bus are told by no-sensitive-host-mount; logs, sound and datastores are no findings.

    Fix: remove the mount or the address; use a socket proxy that lets only the needed requests through, and
    waive it there. Waive a socket on which no engine listens, with its path as `aspect`.

    Applies to: all services, with their hooks and what they mount with `volumes_from`.
    """
    mounts = list(stack.model.host_mounts(service))
    evidence(host_paths=sorted({mount.source for mount in mounts}) or "none")
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
    endpoints = engine_endpoints.endpoints(service, stack.model)
    yield from host_engines.reached(stack, service, endpoints)
    for used in mounts:
        said = host_engines.taken(stack, service, used, mounts, endpoints)
        why, severity = _why(service, used, said)
        if why:
            words = f"{service} mounts {used.source}, {why}"
            yield Finding(words, at=used.at, aspect=used.source, severity=severity)
    if strange := [name for _at, name in service.volumes_from if name not in stack.services]:
        msg = f"{service} takes over the mounts of {', '.join(strange)}, which is not in the stack"
        raise Unknown(msg)


# Many services mount the same, and looking through a folder takes longer than all else that a rule does.
_looked_at = lru_cache(maxsize=1024)(look)


def _why(service: Service, mount: HostMount, said: str) -> tuple[str, Severity | None]:
    """Say by which socket a mount gives control of an engine, or may do so; empty for all else.

    `said` is what the service is told of it.
    """
    found = _looked_at(host_places.of_host(mount.source))
    as_rule_has_it = MEDIUM if service.repository in host_engines.PROXIES else None
    if sockets := found.engine_sockets:
        return _which(found, sockets), as_rule_has_it
    if said:
        return said, as_rule_has_it
    if host_sockets.is_engines(mount.target) or _is_taken_for_one_here(mount):
        return "which it takes for the engine's socket", as_rule_has_it
    if _is_strange(found) and not _is_agent(service, mount):
        return "which is a socket of the host; its name does not tell whether an engine listens there", MEDIUM
    return "", None


def _is_strange(found: HostPath) -> bool:
    """Whether a mount is a socket of which nobody knows by its name who listens there."""
    paths = {host_places.normal(found.source), found.resolved}
    if not found.is_special or found.specials[0].kind != "socket" or any(map(host_sockets.is_quiet, paths)):
        return False
    return not any(host_places.sensitive(path, read_only=True) for path in paths)


def _is_taken_for_one_here(mount: HostMount) -> bool:
    """Whether it is what the programs of whoever asks here take for the engine's socket."""
    return mount.source in (os.environ.get(word, "").removeprefix("unix://") for word in _OF_ENGINES)


def _is_agent(service: Service, mount: HostMount) -> bool:
    """Whether the service, or whoever asks here, finds an agent with keys there."""
    target = host_places.normal(mount.target) if mount.target else ""
    values = [service.environment.get(word) or "" for word in _OF_AGENTS]
    taken = {host_places.normal(value) for value in values if value.startswith("/")}
    return target in taken or mount.source in (os.environ.get(word) for word in _OF_AGENTS)


def _which(found: HostPath, sockets: Sequence[str]) -> str:
    """Say by which socket a mount gives control of an engine, and whether it is there now."""
    if found.resolved in sockets:
        return f"which is the engine's socket{'' if found.source == found.resolved else f' {found.resolved}'}"
    named = f"{'socket' if len(sockets) == 1 else 'sockets'} {' and '.join(sockets)}"
    if any(special.is_engine for special in found.specials):
        return f"which holds the engine's {named}"
    return f"which holds the engine's {named} as soon as an engine listens there"


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

    Fix: mount the one folder that is needed. A node exporter learns through it how full the host's disks are
    (`/:/host:ro,rslave`, `--path.rootfs=/host`): waive that, or go without, and `/proc` and `/sys` will do.

    Applies to: all services.
    """
    _noted(stack, service, evidence)
    yield from told(service, ways(stack, service), lambda way: _all_of_host(service, way))


def _all_of_host(service: Service, way: Way) -> Finding | None:
    mount = way.mount
    if "/" not in way.paths:
        return None
    words = f"{service} mounts {mount.source}, which is all of the host, {_mode(mount)}"
    severity = HIGH if mount.read_only else None
    return Finding(words, at=mount.at, aspect=mount.source, severity=severity)


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

    Fix: mount for reading (`:ro`) the one folder that is needed, or copy what is needed into the image or a
    volume.

    Applies to: all services.
    """
    _noted(stack, service, evidence)
    written = (way for way in ways(stack, service) if not way.mount.read_only)
    yield from told(service, written, lambda way: _given_away(service, way))


def _given_away(service: Service, way: Way) -> Finding | None:
    if (found := next(filter(None, map(host_places.given_away, way.paths)), None)) is None:
        return None
    source = way.mount.source
    return Finding(f"{service} mounts {source} for writing, {found.why}", at=way.mount.at, aspect=source)


@rule(
    "no-sensitive-host-mount",
    "No folder with the host's or its users' secrets is mounted",
    severity=HIGH,
    key="volumes",
)
def no_sensitive_host_mount(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """Keys and passwords that can be read open the next door; `:ro` does not hinder anybody to read.

    Whole homes count and not what lies in them, but for `.ssh`, `.aws` and their like. What lies there and
    is no secret (`known_hosts`, public keys) is no finding, nor is one file that `secrets:` hands over: its
    author says that this service shall have it. Sockets by which keys are used or a desktop is seen count,
    too. Views of the kernel (`/proc`, `/sys`), as monitoring has them, are of medium or low severity; the
    time zone, programs and modules of the kernel for reading are no findings.

    Fix: mount the one folder or file that is needed and holds no key; hand a key over by `secrets:`, best
    one that is made for this service.

    Applies to: all services.
    """
    _noted(stack, service, evidence)
    # What is given away is told by no-writable-host-system-mount.
    asked = (
        way
        for way in ways(stack, service)
        if way.mount.read_only or not any(map(host_places.given_away, way.paths))
    )
    yield from told(service, asked, lambda way: _sensitive(service, way))


def _sensitive(service: Service, way: Way) -> Finding | None:
    mount = way.mount
    known = (host_places.sensitive(path, read_only=mount.read_only) for path in way.paths)
    found = next(filter(None, known), None)
    if found is None and _is_agent(service, mount):
        found = host_sockets.AGENT
    if found is None or (mount.is_secret and found.one_file and _is_one_file(way.paths)):
        return None
    words = f"{service} mounts {mount.source} {_mode(mount)}, {found.why}"
    return Finding(words, at=mount.at, aspect=mount.source, severity=found.severity)


def _is_one_file(paths: Iterable[str]) -> bool:
    """Whether a path is no folder, by what is there, or else by its name."""
    return not any(
        disk.is_folder(Path(path)) or (not disk.is_there(Path(path)) and PurePosixPath(path).name in _FOLDERS)
        for path in paths
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
    real = Path(host_ways.real(path)[0])
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
