"""Places of a host that matter to all of it: which give it away when written, and which when read. Pure.

Places are known by whole names and never by a beginning, so that `/etcetera` and `/srv/app/etc` are none.
"""

import posixpath
import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from stackproof.controls.severity import Severity

# Links that distributions have from the start (file-hierarchy(7)).
_LINKS = {
    "/var/run": "/run", "/bin": "/usr/bin", "/sbin": "/usr/sbin", "/lib": "/usr/lib", "/lib32": "/usr/lib32",
    "/lib64": "/usr/lib64",
}  # fmt: skip
# Whoever writes below one of these is root on the host, soon or at once, each with the reason.
_WRITTEN_TREES = {
    **dict.fromkeys(
        ("/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"), "where root's programs are"
    ),
    **dict.fromkeys(
        ("/usr/lib/systemd", "/etc/systemd", "/run/systemd/system"), "whose services run as root"
    ),
    **dict.fromkeys(
        ("/etc/crontab", "/etc/anacrontab", "/etc/cron.d", "/etc/cron.hourly", "/etc/cron.daily",
         "/etc/cron.weekly", "/etc/cron.monthly", "/var/spool/cron"),
        "whose jobs run as root",
    ),
    **dict.fromkeys(
        ("/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow", "/etc/sudoers", "/etc/sudoers.d",
         "/etc/pam.d", "/etc/security", "/etc/ssh", "/etc/polkit-1"),
        "which says who may log in as root",
    ),
    **dict.fromkeys(
        ("/etc/init.d", "/etc/rc.local", "/etc/inittab", "/etc/profile", "/etc/profile.d", "/etc/bash.bashrc",
         "/etc/environment", "/etc/default", "/etc/sysconfig", "/etc/update-motd.d", "/etc/logrotate.d",
         "/etc/apt", "/etc/yum.repos.d", "/etc/udev", "/etc/network", "/etc/NetworkManager",
         "/etc/alternatives", "/etc/ld.so.preload", "/etc/ld.so.conf", "/etc/ld.so.conf.d"),
        "from which root runs programs",
    ),
    **dict.fromkeys(
        ("/etc/sysctl.conf", "/etc/sysctl.d", "/etc/modprobe.d", "/etc/modules", "/etc/modules-load.d",
         "/etc/fstab", "/usr/lib/modules", "/boot", "/proc", "/sys/kernel", "/sys/firmware"),
        "from which the host's kernel is loaded or set",
    ),
    **dict.fromkeys(
        ("/var/lib/docker", "/var/lib/containerd", "/var/lib/containers", "/var/lib/kubelet", "/etc/docker",
         "/etc/containerd", "/etc/kubernetes"),
        "from which engines start all containers",
    ),
}  # fmt: skip
# These hold one of them, and much else that means nothing.
_WRITTEN_FOLDERS = {
    "/etc": "which holds the host's users, jobs and services",
    "/root": "which is root's home, with its keys and its shell's files",
    "/run/systemd": "by which services are started as root",
    "/sys": "by which the host's kernel is set",
    "/var": "which holds the files of all containers",
    "/var/lib": "which holds the files of all containers",
    "/var/spool": "which holds the jobs of root",
    **dict.fromkeys(("/usr", "/usr/local"), "which holds root's programs"),
    **dict.fromkeys(("/usr/lib", "/usr/lib32", "/usr/lib64"), "which holds what root's programs are made of"),
}
# A volume of another stack is some data, and not the engine.
_ONE_VOLUME = re.compile(r"/var/lib/docker/volumes/[^/]+(/.*)?")
# Whoever reads these has what opens other doors.
_READ_FOLDERS = {
    "/etc": "which holds the host's passwords and keys",
    "/root": "which is root's home, with its keys",
    "/dev": "which holds every device and terminal of the host",
    "/var": "which holds the files of all containers",
    "/var/lib": "which holds the files of all containers",
    "/run/systemd": "which holds the sockets of the host's services",
    "/run/user": "which holds the sockets and keys of all who are logged in",
    "/home": "which holds the homes of all users",
    "/Users": "which holds the homes of all users",
}
_READ_TREES = {
    **dict.fromkeys(
        ("/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/etc/sudoers.d"), "which holds passwords and rights"
    ),
    **dict.fromkeys(
        ("/etc/ssh", "/etc/ssl/private", "/etc/pki/tls/private", "/etc/kubernetes"),
        "which holds the host's keys",
    ),
    **dict.fromkeys(
        ("/var/lib/docker", "/var/lib/containerd", "/var/lib/containers", "/var/lib/kubelet"),
        "which holds the files and variables of all containers",
    ),
    "/run/credentials": "which holds the secrets of the host's services",
    "/run/dbus": "by which root in a container speaks to the host's services as root",
    "/dev/pts": "which holds the terminals of the host",
}
_OF_LESS_WEIGHT = {
    "/var/lib/docker/containers": "which holds the logs and variables of all containers",
    "/dev/shm": "which is what the host's processes share",  # noqa: S108 - the place of that name
    "/boot": "which holds the host's kernel and how it is started",
    "/proc": "which shows every process of the host",
    **dict.fromkeys(
        ("/sys/kernel/debug", "/sys/kernel/tracing", "/sys/kernel/security", "/sys/firmware", "/sys/fs/bpf"),
        "which shows what the whole host does",
    ),
}
_HOME = re.compile(r"/(?:home|Users)/[^/]+|/run/user/\d+")
# Folders of keys, wherever a home is, and single files of that kind.
_KEYS = frozenset({".ssh", ".gnupg", ".aws", ".azure", ".kube", ".oci", ".password-store", "gcloud"})
_KEY_FILES = frozenset({".docker", ".netrc", ".git-credentials", ".npmrc", ".pypirc", ".pgpass", ".my.cnf"})
# They tell the time zone and no more, and nearly everybody mounts them.
_TIME = frozenset({"/etc/localtime", "/etc/timezone"})
# What tells of the machine and of nobody on it.
_OF_THE_MACHINE = frozenset(
    {"/proc/cpuinfo", "/proc/meminfo", "/proc/uptime", "/proc/stat", "/proc/loadavg", "/proc/version",
     "/proc/diskstats", "/proc/swaps", "/proc/filesystems"}
)  # fmt: skip


@dataclass(frozen=True)
class Known:
    """What a place is to its host, in words that follow its name."""

    why: str
    severity: Severity


def normal(path: str) -> str:
    """Return a path without `..`, `//` and the links that every distribution has.

    >>> [normal(path) for path in ("//etc/../etc/", "/var/run/dbus", "/library")]
    ['/etc', '/run/dbus', '/library']
    """
    plain = "/" + posixpath.normpath(path).lstrip("/")
    link = next((link for link in _LINKS if _is_below(plain, link)), None)
    return _LINKS[link] + plain.removeprefix(link) if link else plain


def given_away(path: str) -> Known | None:
    """Return what a path, as `normal` has it, gives to whoever writes there; None for nothing of weight."""
    if path in _TIME or _ONE_VOLUME.fullmatch(path):
        return None
    why = _WRITTEN_FOLDERS.get(path) or _of(path, _WRITTEN_TREES)
    return Known(why, Severity.CRITICAL) if why else None


def sensitive(path: str, *, read_only: bool) -> Known | None:
    """Return what a path, as `normal` has it, tells of its host that should not be told."""
    if _ONE_VOLUME.fullmatch(path) or (path in _OF_THE_MACHINE and read_only):
        return None
    if why := _of(path, _OF_LESS_WEIGHT):
        return Known(why, Severity.MEDIUM)
    if why := _READ_FOLDERS.get(path) or _of(path, _READ_TREES):
        return Known(why, Severity.HIGH)
    if _HOME.fullmatch(path):
        return Known("which is the whole home of a user, with the keys in it", Severity.HIGH)
    return _kept(path) or _of_kernel(path, read_only=read_only)


def _kept(path: str) -> Known | None:
    """Return what holds keys and passwords of a user, wherever the home is."""
    parts = PurePosixPath(path).parts
    if not _KEYS.isdisjoint(parts):
        return Known("which holds keys of a user", Severity.HIGH)
    return None if _KEY_FILES.isdisjoint(parts) else Known("which holds passwords of a user", Severity.MEDIUM)


def _of_kernel(path: str, *, read_only: bool) -> Known | None:
    if not _is_below(path, "/sys"):
        return None
    if read_only:
        return Known("which shows the host's devices and settings", Severity.LOW)
    whole = _is_below(path, "/sys/fs/cgroup")
    return Known(
        "by which the host's devices and limits are set", Severity.HIGH if whole else Severity.MEDIUM
    )


def _of(path: str, trees: dict[str, str]) -> str:
    return next((why for tree, why in trees.items() if _is_below(path, tree)), "")


def _is_below(path: str, tree: str) -> bool:
    return path == tree or path.startswith(f"{tree}/")
