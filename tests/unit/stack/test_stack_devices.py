"""Devices by name and by number."""

from typing import Any

import pytest

from stackproof.stack.devices import devices
from stackproof.stack.service import Service


def said(**raw: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - a service's own keys
    """Return what a service is handed, each with the severity; `info` for what is only looked at."""
    return [(one.words, str(one.severity)) for one in devices(Service(name="web", raw=raw))]


@pytest.mark.parametrize(
    ("path", "severity"),
    [
        *((path, "critical") for path in (
            "/dev", "/dev/sda", "/dev/sdaa1", "/dev/hda", "/dev/vda2", "/dev/xvdf", "/dev/nvme0",
            "/dev/nvme0n1", "/dev/nvme0n1p3", "/dev/mmcblk0", "/dev/mmcblk0p1", "/dev/mmcblk0boot0",
            "/dev/md0", "/dev/md/data", "/dev/dm-0", "/dev/mapper", "/dev/mapper/vg-lv",
            "/dev/disk/by-id/wwn-0", "/dev/zd16", "/dev/zvol/tank/v", "/dev/rbd0", "/dev/nbd0",
            "/dev/bcache0",
        )),
        *((path, "high") for path in (
            "/dev/kmsg", "/dev/loop0", "/dev/loop-control", "/dev/zfs", "/dev/watchdog",
            "/dev/watchdog0", "/dev/ipmi0", "/dev/uinput", "/dev/input/uinput", "/dev/uhid",
        )),
        *((path, "info") for path in (
            "/dev/net/tun", "/dev/dri", "/dev/dri/renderD128", "/dev/snd", "/dev/ttyUSB0",
            "/dev/video0", "/dev/fuse", "/dev/kvm", "/dev/mem", "/dev/port", "/dev/bus/usb",
            "/dev/sr0", "/dev/sg0", "/dev/mdadm", "/dev/sdx-not-a-disk", "/dev/tpm0",
            "vendor.com/gpu=all",
        )),
    ],
)  # fmt: skip
def test_path(path: str, severity: str) -> None:
    """In the long form, as newer versions of Compose resolve it, and in the short one."""
    assert said(devices=[{"source": path, "target": "/dev/x", "permissions": "r"}]) == [(path, severity)]
    assert said(devices=[f"{path}:/dev/x:rwm"]) == [(path, severity)]


@pytest.mark.parametrize(
    "path", ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"]
)
def test_path_that_every_container_has(path: str) -> None:
    """It is no device of the host's."""
    assert said(devices=[{"source": path, "target": path}]) == []


@pytest.mark.parametrize(
    ("rule", "severity"),
    [
        ("b 8:* rwm", "critical"),
        ("b *:* r", "critical"),
        ("b  259:0   w", "critical"),
        ("a *:* rwm", "critical"),
        ("c *:* rw", "high"),
        ("c 1:* r", "high"),
        ("c 1:11 w", "high"),
        ("b 11:* rw", "info"),
        ("c 188:* rwm", "info"),
        ("c 1:3 rw", "info"),
        # What the engine allows every container, and what no engine takes.
        ("a *:* m", None),
        ("c *:* m", None),
        ("d 8:* rwm", None),
    ],
)
def test_rule(rule: str, severity: str | None) -> None:
    """By kind, number and access."""
    assert said(device_cgroup_rules=[rule]) == ([(rule, severity)] if severity else [])


def test_reserved_once() -> None:
    """Compose writes `gpus` down as a reservation, too."""
    gpu = {"driver": "nvidia", "capabilities": ["gpu"]}
    reserved = {"resources": {"reservations": {"devices": [gpu, {"capabilities": ["tpu", "x"]}]}}}

    assert said(deploy=reserved) == [("nvidia (gpu)", "info"), ("any (tpu, x)", "info")]
    assert said(gpus=[{"count": -1}], deploy=reserved) == [("any (gpu)", "info")]
