"""What in a stack reaches the host, so that a copy of it could touch what is not ours."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from stackproof.stack.model import Model, Mount, Service

# Control sockets of container engines (rootless ones live below /run/user/UID).
SOCKET_NAMES = frozenset({"docker.sock", "containerd.sock", "podman.sock", "crio.sock", "dockershim.sock"})
# Folders in which those sockets live: mounting one of them is mounting the socket.
SOCKET_FOLDERS = frozenset(
    {"/", "/run", "/var", "/var/run", "/run/containerd", "/run/podman", "/run/crio", "/run/systemd"}
)


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
    return [f"{service.name}: {reason}" for service in model.services.values() for reason in _of(service)]


def _of(service: Service) -> Iterator[str]:
    if service.privileged:
        yield "privileged: true"
    for key in ("network_mode", "pid", "ipc", "uts", "userns_mode"):
        mode = str(service.raw.get(key) or "")
        # A container by name is not one of the sandbox: it is somebody's live one.
        if mode == "host" or mode.startswith("container:"):
            yield f"{key}: {mode}"
    for source in service.raw.get("volumes_from") or ():
        if source.startswith("container:"):
            yield f"volumes_from: {source}"
    if service.raw.get("devices"):
        yield "devices of the host"
    for mount in service.mounts:
        if reaches_control_socket(mount):
            yield f"{mount.source} gives control of the engine"
