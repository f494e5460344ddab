"""Places of a host, whatever they are called."""

import pytest

from stackproof.stack import host_places


def said(path: str, *, read_only: bool) -> tuple[str | None, str | None]:
    """Return the severity for who writes and for who reads."""
    plain = host_places.normal(path)
    given = host_places.given_away(plain)
    known = host_places.sensitive(plain, read_only=read_only)
    return given.severity if given else None, known.severity if known else None


@pytest.mark.parametrize(
    "path",
    [
        "/etc", "/etc/", "//etc", "/srv/../etc", "/etc/cron.d/job", "/etc/sudoers.d",
        "/etc/systemd/system", "/etc/docker/daemon.json", "/etc/ld.so.preload", "/etc/passwd",
        "/etc/sysctl.d", "/root", "/boot/grub", "/proc", "/proc/sys", "/sys", "/sys/kernel", "/usr",
        "/usr/local", "/usr/local/bin", "/bin", "/sbin/init", "/lib", "/lib/systemd/system",
        "/lib64", "/lib/modules", "/usr/lib/modules/6.1", "/var", "/var/lib", "/var/lib/docker",
        "/var/lib/docker/volumes", "/var/lib/containerd", "/var/spool/cron/crontabs",
        "/run/systemd", "/var/run/systemd/system",
    ],
)  # fmt: skip
def test_whoever_writes_there_has_the_host(path: str) -> None:
    """Each by its whole name or below it."""
    assert said(path, read_only=False)[0] == "critical"


@pytest.mark.parametrize(
    "path",
    [
        "/etcetera", "/etc/letsencrypt", "/etc/nginx", "/etc/localtime", "/etc/timezone", "/rooted",
        "/usr/src/app", "/usr/share/zoneinfo", "/usr/lib/python3/dist-packages", "/library",
        "/lib-app", "/var/lib/mysql", "/var/lib/dockerfiles", "/var/www", "/var/log",
        "/var/lib/docker/volumes/shop_data", "/var/lib/docker/volumes/shop_data/_data/x",
        "/opt/app", "/srv", "/media", "/mnt/disk", "/run/lock", "/home/me/stack/etc", "/procedures",
        "/system",
    ],
)  # fmt: skip
def test_what_means_nothing(path: str) -> None:
    """Neither for writing nor for reading: names that begin like one, and data."""
    assert said(path, read_only=False) == (None, None)
    assert said(path, read_only=True) == (None, None)


@pytest.mark.parametrize(
    ("path", "read_only", "severity"),
    [
        ("/etc", True, "high"),
        ("/etc/shadow", True, "high"),
        ("/etc/ssh/ssh_host_ed25519_key", True, "high"),
        ("/etc/ssl/private", True, "high"),
        ("/etc/passwd", True, None),
        ("/etc/ssl/certs", True, None),
        ("/root", True, "high"),
        ("/home", False, "high"),
        ("/home/me", True, "high"),
        ("/home/me/films", False, None),
        ("/Users/me", True, "high"),
        ("/home/me/.ssh/id_ed25519", True, "high"),
        ("/root/.aws", True, "high"),
        ("/home/me/.kube/config", True, "high"),
        ("/home/me/.config/gcloud", True, "high"),
        ("/home/me/.docker/config.json", True, "medium"),
        ("/home/me/.netrc", True, "medium"),
        ("/home/me/.sshfs", True, None),
        ("/var", True, "high"),
        ("/var/lib/docker", True, "high"),
        ("/var/lib/docker/containers", True, "medium"),
        ("/var/run/dbus/system_bus_socket", True, "high"),
        ("/run/user/1000", True, "high"),
        ("/run/user/1000/pulse", True, None),
        ("/dev", True, "high"),
        ("/dev/pts", True, "high"),
        ("/dev/shm", False, "medium"),  # noqa: S108 - the place of that name
        ("/dev/dri", False, None),
        ("/boot", True, "medium"),
        ("/proc", True, "medium"),
        ("/proc/cpuinfo", True, None),
        ("/proc/1/environ", True, "medium"),
        ("/sys", True, "low"),
        ("/sys/class/thermal", True, "low"),
        ("/sys/class/gpio", False, "medium"),
        ("/sys/fs/cgroup", False, "high"),
        ("/sys/fs/cgroup", True, "low"),
        ("/sys/kernel/debug", True, "medium"),
        ("/usr/bin", True, None),
        ("/lib/modules", True, None),
    ],
)
def test_what_a_reader_learns(path: str, *, read_only: bool, severity: str | None) -> None:
    """As bad as what it holds."""
    assert said(path, read_only=read_only)[1] == severity
