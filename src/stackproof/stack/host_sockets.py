"""Who listens on the sockets of a host, by their well-known names: engines, agents, desktops. Pure."""

import re
from pathlib import PurePosixPath
from typing import Final

from stackproof.controls.severity import Severity
from stackproof.stack.home_places import Known

# Control sockets of container engines (rootless ones live below /run/user/UID) and of libvirt. The names
# count where the socket is not there at the moment, and tell an engine's socket from another.
ENGINES: Final = frozenset(
    {"docker.sock", "containerd.sock", "podman.sock", "crio.sock", "dockershim.sock", "buildkitd.sock",
     "cri-dockerd.sock", "docker.sock.raw", "containerd.sock.ttrpc", "balena-engine.sock", "balena.sock",
     "docker.proxy.sock", "libvirt-sock", "virtqemud-sock", "virtlxcd-sock"}
)  # fmt: skip
# LXD's and Incus' have a name that says nothing, in a folder that does.
_IN_FOLDER: Final = re.compile(r"/(?:lxd|incus)/unix\.socket$")
# Folders that are there for an engine's socket alone, with its name.
_FOLDERS: Final = (
    (re.compile(r"/run/user/\d+/podman"), "podman.sock"),
    (re.compile(r".*/\.(?:docker/(?:run|desktop)|orbstack/run|colima|colima/[^/.]+|rd)"), "docker.sock"),
    (re.compile(r"/run/host-services"), "docker.proxy.sock"),
    (re.compile(r"/run/libvirt"), "libvirt-sock"),
    (re.compile(r"/var/lib/(?:lxd|incus)|/var/snap/lxd/common/lxd|/run/incus"), "unix.socket"),
)
# Whoever talks to an agent has its keys sign whatever it asks for.
_AGENTS: Final = re.compile(
    r"(?:/ssh-[^/]+/agent\.\d+|/ssh[-_]?(?:auth|agent)[-_.]sock(?:et)?|/openssh_agent|/\.ssh/agent/[^/]+"
    r"|/run/user/\d+/(?:keyring|gnupg|gcr)(?:/.*)?|/S\.gpg-agent(?:\.[a-z]+)?|/\.1password/agent\.sock"
    r"|/com\.apple\.launchd\.[^/]+/Listeners)$",
    re.IGNORECASE,
)
AGENT: Final = Known("by which the keys of a user can be used", Severity.HIGH)
_USED: Final = {
    re.compile(r"/run/user/\d+/(?:bus|systemd/private)"): Known(
        "by which programs are started as a user", Severity.HIGH
    ),
    re.compile(r"/run/(?:systemd/private|snapd\.socket)"): Known(
        "by which root in a container starts the host's services", Severity.HIGH
    ),
    re.compile(r"/tmp/\.X11-unix(?:/X\d+)?"): Known(  # noqa: S108 - the place of that name
        "by which all that a user types and sees can be read", Severity.MEDIUM
    ),
}
# Logs, sound, pictures, printers, names, and datastores, which ask who comes.
_QUIET: Final = re.compile(
    r"/dev/log|/run/systemd/journal/[\w.-]+|/run/user/\d+/(?:pulse/native|pipewire-\d+|wayland-\d+)"
    r"|/run/(?:pulse/native|cups/cups\.sock|avahi-daemon/socket|nscd/socket|pcscd/pcscd\.comm|gpsd\.sock)"
    r"|.*/(?:mysqlx?d?|mysql|mariadbd?|redis(?:-server)?|valkey|memcached|php[\d.]*-?fpm[\d.]*)\.sock(?:et)?"
    r"|.*/(?:clamd\.(?:ctl|sock)|\.s\.PGSQL\.\d+|mongodb-\d+\.sock)"
)


def is_engines(path: str) -> bool:
    """Whether a path has the name of an engine's control socket.

    >>> [is_engines(path) for path in ("/x/docker.sock", "/var/lib/incus/unix.socket", "/srv/unix.socket")]
    [True, True, False]
    """
    return PurePosixPath(path).name in ENGINES or _IN_FOLDER.search(path) is not None


def in_folder(path: str) -> str:
    """Return the engine's socket for which a folder is there; empty for other folders."""
    return next((f"{path}/{name}" for folder, name in _FOLDERS if folder.fullmatch(path)), "")


def is_agents(path: str) -> bool:
    """Whether a path has the name of a socket on which an agent for SSH or GnuPG listens."""
    return _AGENTS.search(path) is not None


def known(path: str) -> Known | None:
    """Return what a socket, or the folder of one, gives to whoever has it; None for engines and others."""
    if is_agents(path):
        return AGENT
    return next((what for pattern, what in _USED.items() if pattern.fullmatch(path)), None)


def is_quiet(path: str) -> bool:
    """Whether nothing of weight listens on a socket of this name."""
    return _QUIET.fullmatch(path) is not None
