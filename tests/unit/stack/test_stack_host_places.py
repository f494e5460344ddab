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
        "/run/systemd", "/var/run/systemd/system", "/usr/libexec/x", "/etc/rc.d", "/etc/dbus-1/system.d",
        "/var/spool/at", "/etc/bashrc", "/etc/doas.conf", "/etc/grub.d", "/etc/containers/systemd",
        "/etc/rancher", "/var/lib/rancher/k3s/server", "/var/snap/docker/common/var-lib-docker", "/var/snap",
        "/var/lib/lxd", "/root/.ssh", "/root/.ssh/config", "/root/.bashrc", "/proc/1/root/etc",
        "/proc/thread-self/root/proc/1/cwd/etc",
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
        "/system", "/proc/cpuinfo", "/proc/partitions", "/proc/1/root/srv", "/rc.d", "/usr/libexec-app",
        "/var/snap/docker/common/var-lib-docker/volumes/a/_data", "/var/lib/containers/storage/volumes/a",
        "/var/lib/rancher/k3s/storage/pvc-1", "/srv/gcloud/data", "/srv/app/.config", "/home/me/.m2",
        "/home/me/.cache", "/home/me/.local/share/docker/volumes/a/_data", "/volume1/homes",
        "/home/me/ssh-agent", "/run/user/1000/wayland-0", "/dev/log",
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
        ("/root/.ssh/known_hosts", False, None),
        ("/root/.ssh/id_ed25519", False, "high"),
        ("/home/me/.kube/config", True, "high"),
        ("/home/me/.config/gcloud", True, "high"),
        ("/home/me/.docker/config.json", True, "medium"),
        ("/home/me/.netrc", True, "medium"),
        ("/home/me/.sshfs", True, None),
        ("/home/me/.ssh/known_hosts", False, None),
        ("/home/me/.ssh/known_hosts.old", True, None),
        ("/home/me/.ssh/config.d/work", True, None),
        ("/home/me/.ssh/config.d/work", False, "high"),
        ("/home/me/.ssh/authorized_keys", True, None),
        ("/home/me/.ssh/authorized_keys2", False, "high"),
        ("/home/me/.ssh/id_ed25519-cert.pub", True, None),
        ("/home/me/.ssh/environment", True, "high"),
        ("/home/me/.ssh/agent/s.a.agent.b", True, "high"),
        ("/home/me/.gnupg/gpg.conf", True, None),
        ("/home/me/.gnupg/private-keys-v1.d", True, "high"),
        ("/home/me/.aws/config", True, "high"),
        ("/home/me/.azure/clouds.config", True, None),
        ("/home/me/.azure/msal_token_cache.json", True, "high"),
        ("/home/me/.kube/cache/discovery", True, None),
        ("/home/me/.config/gcloud/configurations/config_default", True, None),
        ("/home/me/.config/gh/config.yml", True, None),
        ("/home/me/.config/gh/hosts.yml", True, "high"),
        ("/home/me/.cloudflared/cert.pem", True, "high"),
        ("/home/me/.config/rclone", True, "high"),
        ("/home/me/.local/share/keyrings", True, "high"),
        ("/home/me/.local/share", True, "high"),
        ("/root/.config", True, "high"),
        ("/home/me/.mozilla/firefox", True, "high"),
        ("/home/me/.local/share/containers", True, "high"),
        ("/home/me/.docker", True, "medium"),
        ("/home/me/.docker/run/docker.sock", True, None),
        ("/home/me/.docker/contexts", True, "medium"),
        ("/home/me/.vault-token", True, "medium"),
        ("/home/me/.cargo/credentials.toml", True, "medium"),
        ("/home/me/.cargo/registry", True, None),
        ("/home/me/.gradle/gradle.properties", True, "medium"),
        ("/var/home/me", True, "high"),
        ("/var/home", True, "high"),
        ("/export/home/me", True, "high"),
        ("/volume1/homes/me", True, "high"),
        ("/var/roothome", True, "high"),
        ("/etc/ssl", True, "high"),
        ("/etc/pki", True, "high"),
        ("/etc/pki/tls/certs", True, None),
        ("/etc/rancher/k3s/k3s.yaml", True, "high"),
        ("/etc/ssh/sshd_config.d", True, None),
        ("/etc/ssh/moduli", True, None),
        ("/etc/ssh/ssh_host_ed25519_key.pub", True, None),
        ("/run/user/1000/bus", True, "high"),
        ("/run/user/1000/keyring", True, "high"),
        ("/run/user/1000/gnupg/S.gpg-agent", True, "high"),
        ("/tmp/ssh-a/agent.1", True, "high"),  # noqa: S108 - as OpenSSH has it
        ("/tmp/.X11-unix/X0", True, "medium"),  # noqa: S108 - as X has it
        ("/run/systemd/private", True, "high"),
        ("/run/snapd.socket", True, "high"),
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
        ("/proc/cpuinfo", False, None),
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
