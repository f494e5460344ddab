"""What in a stack reaches the host, so that a copy of it could touch what is not ours."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from stackproof.stack.model import Model, Mount, Service, unescape

# Control sockets of container engines (rootless ones live below /run/user/UID).
SOCKET_NAMES = frozenset({"docker.sock", "containerd.sock", "podman.sock", "crio.sock", "dockershim.sock"})
# Folders in which those sockets live: mounting one of them is mounting the socket.
SOCKET_FOLDERS = frozenset(
    {"/", "/run", "/var", "/var/run", "/run/containerd", "/run/podman", "/run/crio", "/run/systemd"}
)

# What the kernel shows as files, devices above all: there is no copy of it.
_KERNELS = ("/dev", "/proc", "/sys")
# Capabilities that are the host's own, whatever namespace a container is in (capabilities(7)).
CAPABILITIES = frozenset({"ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_RAWIO", "SYS_TIME"})


def is_kernels(mount: Mount) -> bool:
    """Whether a bind is a part of the host's kernel and not of its disk."""
    source = PurePosixPath(unescape(mount.source or ""))
    return mount.kind == "bind" and any(source.is_relative_to(folder) for folder in _KERNELS)


def is_control_socket(source: str) -> bool:
    """Whether a bind source is an engine's control socket."""
    return PurePosixPath(source).name in SOCKET_NAMES


def reaches_control_socket(mount: Mount) -> bool:
    """Whether a mount gives the container an engine's control socket, directly or with its folder."""
    if mount.kind != "bind" or mount.source is None:
        return False
    return is_control_socket(mount.source) or str(PurePosixPath(mount.source)) in SOCKET_FOLDERS


def reasons(model: Model) -> list[str]:
    """Say for each service what lets it reach the host; empty for a stack that cannot."""
    found = [f"{service.name}: {reason}" for service in model.services.values() for reason in _of(service)]
    for volume in model.volumes.values():
        mount = Mount(kind="bind", source=volume.device, target="", read_only=False)
        if volume.device and (reaches_control_socket(mount) or is_kernels(mount)):
            found.append(f"volume {volume.name}: {volume.device} of the host")
    return found


def words(stack: str, found: list[str]) -> str:
    """Say all reasons in one message."""
    return (
        f"{stack} reaches the host, so a copy of it could touch what is not ours:\n  "
        + "\n  ".join(found)
        + "\n  fix: --allow-host-access starts it all the same"
    )


def _of(service: Service) -> Iterator[str]:
    yield from _rights(service)
    for key in ("network_mode", "pid", "ipc", "uts", "userns_mode", "cgroup"):
        mode = str(service.raw.get(key) or "")
        # A container by name is not one of the sandbox: it is somebody's live one.
        if mode == "host" or mode.startswith("container:"):
            yield f"{key}: {mode}"
    for source in service.raw.get("volumes_from") or ():
        if source.startswith("container:"):
            yield f"volumes_from: {source}"
    for mount in service.mounts:
        if reaches_control_socket(mount):
            yield f"{mount.source} gives control of the engine"
        elif is_kernels(mount) and not mount.read_only:
            yield f"{mount.source} is the host's own and may be written"


def _rights(service: Service) -> Iterator[str]:
    """What the engine would give it beyond the usual."""
    if service.privileged:
        yield "privileged: true"
    added = {str(name).upper().removeprefix("CAP_") for name in service.raw.get("cap_add") or ()}
    if strong := sorted(added & CAPABILITIES):
        yield f"cap_add: {', '.join(strong)}"
    if service.raw.get("devices") or service.raw.get("device_cgroup_rules"):
        yield "devices of the host"
    if service.raw.get("use_api_socket"):
        yield "use_api_socket gives control of the engine"
