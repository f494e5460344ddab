"""What lets a copy of a stack touch what is not ours."""

from typing import Any

import pytest

from stackproof.sandbox.host_access import is_control_socket, reasons
from stackproof.stack.model import Model


def of(**raw: Any) -> list[str]:  # noqa: ANN401 - a service of the resolved model
    """Return the reasons of a stack with one service."""
    return reasons(Model(raw={"services": {"web": raw}}))


def bind(source: str) -> list[dict[str, Any]]:
    """Return the volumes of a service with one bind."""
    return [{"type": "bind", "source": source, "target": "/x", "read_only": True}]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ({"privileged": True}, "web: privileged: true"),
        ({"network_mode": "host"}, "web: network_mode: host"),
        ({"pid": "host"}, "web: pid: host"),
        ({"ipc": "host"}, "web: ipc: host"),
        ({"uts": "host"}, "web: uts: host"),
        ({"userns_mode": "host"}, "web: userns_mode: host"),
        ({"devices": [{"source": "/dev/kvm", "target": "/dev/kvm"}]}, "web: devices of the host"),
        ({"network_mode": "container:live"}, "web: network_mode: container:live"),
        ({"pid": "container:live"}, "web: pid: container:live"),
        ({"ipc": "container:live"}, "web: ipc: container:live"),
        ({"volumes_from": ["container:live:rw"]}, "web: volumes_from: container:live:rw"),
        ({"cgroup": "host"}, "web: cgroup: host"),
        ({"use_api_socket": True}, "web: use_api_socket gives control of the engine"),
        ({"device_cgroup_rules": ["c 1:3 mr"]}, "web: devices of the host"),
        ({"cap_add": ["NET_ADMIN", "cap_sys_module", "ALL"]}, "web: cap_add: ALL, SYS_MODULE"),
    ],
)
def test_reason(raw: dict[str, Any], reason: str) -> None:
    """Each names the service and the key; a container of somebody else is the host to us."""
    assert of(**raw) == [reason]


@pytest.mark.parametrize(
    "source",
    [
        "/var/run/docker.sock",
        "/run/user/1000/docker.sock",
        "/run/containerd/containerd.sock",
        "/run",
        "/var/run",
        "/var/run/",
        "/",
    ],
)
def test_control_socket(source: str) -> None:
    """The socket itself, or a folder in which it lives; a read-only mount of it is no protection."""
    assert of(volumes=bind(source)) == [f"web: {source} gives control of the engine"]


@pytest.mark.parametrize("source", ["/srv/data", "/var/lib/app", "/run/app", "/project/docker.sock.md"])
def test_other_binds(source: str) -> None:
    """Copies take care of those."""
    assert of(volumes=bind(source)) == []


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"network_mode": "bridge"},
        {"network_mode": "none"},
        {"network_mode": "service:db"},
        {"pid": "service:db"},
        {"ipc": "shareable"},
        {"volumes_from": ["db:ro"]},
        {"privileged": False},
        {"cap_add": ["NET_ADMIN", "NET_BIND_SERVICE"]},
        {"container_name": "vpn", "network_mode": "container:vpn"},
        {"volumes": [{"type": "volume", "source": "run", "target": "/run"}]},
    ],
)
def test_no_reason(raw: dict[str, Any]) -> None:
    """What stays within the sandbox is none."""
    assert of(**raw) == []


def test_kernels_own_files() -> None:
    """Monitoring reads them, which harms nobody."""
    mount = {"type": "bind", "source": "/sys", "target": "/sys"}

    assert of(volumes=[mount]) == ["web: /sys is the host's own and may be written"]
    assert of(volumes=[{**mount, "read_only": True}]) == []


@pytest.mark.parametrize(("device", "found"), [("/var/run", 1), ("/dev", 1), ("/srv/data", 0)])
def test_folder_behind_a_volume(device: str, found: int) -> None:
    """The local driver can bind any folder of the host."""
    volume = {"driver_opts": {"type": "none", "o": "bind,rw", "device": device}}
    model = Model(raw={"services": {"web": {}}, "volumes": {"data": volume}})

    assert reasons(model) == [f"volume data: {device} of the host"][:found]


def test_several_reasons() -> None:
    """All are said at once."""
    assert of(privileged=True, pid="host") == ["web: privileged: true", "web: pid: host"]


def test_stack_that_reaches_the_host(everything: dict[str, Any]) -> None:
    """Only the service that does so is named."""
    assert reasons(Model(raw=everything)) == ["proxy: network_mode: host"]


def test_is_control_socket() -> None:
    """By name, wherever it lies."""
    assert is_control_socket("/anywhere/podman.sock")
    assert not is_control_socket("/run/postgresql/.s.PGSQL.5432")
