"""Who listens on a socket, by its name."""

import pytest

from stackproof.stack import host_sockets


@pytest.mark.parametrize(
    "path",
    [
        "/run/docker.sock", "/home/me/.docker/run/docker.sock", "/run/user/1000/podman/podman.sock",
        "/run/host-services/docker.proxy.sock", "/var/lib/lxd/unix.socket", "/var/lib/incus/unix.socket",
        "/var/snap/lxd/common/lxd/unix.socket", "/run/libvirt/libvirt-sock", "/run/libvirt/virtqemud-sock",
    ],
)  # fmt: skip
def test_engines(path: str) -> None:
    """Each has a name that is no other's."""
    assert host_sockets.is_engines(path)
    assert not host_sockets.is_quiet(path)
    assert host_sockets.known(path) is None


@pytest.mark.parametrize(
    "path",
    ["/run/unix.socket", "/run/libvirt/libvirt-sock-ro", "/var/lib/incus/unix.socket.user", "/run/docker"],
)
def test_no_engines(path: str) -> None:
    """For reading, for users, or a name that only looks like one."""
    assert not host_sockets.is_engines(path)


@pytest.mark.parametrize(
    ("folder", "socket"),
    [
        ("/run/user/1000/podman", "podman.sock"),
        ("/home/me/.docker/run", "docker.sock"),
        ("/home/me/.docker/desktop", "docker.sock"),
        ("/home/me/.orbstack/run", "docker.sock"),
        ("/home/me/.colima/default", "docker.sock"),
        ("/home/me/.rd", "docker.sock"),
        ("/run/host-services", "docker.proxy.sock"),
        ("/run/libvirt", "libvirt-sock"),
        ("/var/lib/incus", "unix.socket"),
    ],
)
def test_folder_of_one_socket(folder: str, socket: str) -> None:
    """It is known also while no engine runs."""
    assert host_sockets.in_folder(folder) == f"{folder}/{socket}"


@pytest.mark.parametrize(
    "folder", ["/run/user/1000", "/home/me/.docker", "/run/user/1000/podman/x", "/var/lib"]
)
def test_folder_of_more(folder: str) -> None:
    """What else is in it is told by what is there."""
    assert not host_sockets.in_folder(folder)


@pytest.mark.parametrize(
    "path",
    [
        "/dev/log", "/run/systemd/journal/dev-log", "/run/user/1000/pulse/native",
        "/run/user/1000/pipewire-0", "/run/cups/cups.sock", "/run/mysqld/mysqld.sock",
        "/run/mysqld/mysqlx.sock", "/srv/run/redis.sock",
        "/run/php/php8.3-fpm.sock", "/run/php-fpm.sock", "/run/postgresql/.s.PGSQL.5432",
        "/run/clamav/clamd.ctl", "/srv/mongodb-27017.sock",
    ],
)  # fmt: skip
def test_quiet(path: str) -> None:
    """Nothing of weight listens there."""
    assert host_sockets.is_quiet(path)


@pytest.mark.parametrize(
    "path", ["/run/app.sock", "/run/fail2ban/fail2ban.sock", "/run/tailscale/tailscaled.sock"]
)
def test_nobody_knows(path: str) -> None:
    """What listens there may have the host do anything."""
    assert not host_sockets.is_quiet(path)
    assert host_sockets.known(path) is None
