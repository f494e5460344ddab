"""Places of a host that matter to all of it: which give it away when written, and which when read. Pure.

Places are known by whole names and never by a beginning, so that `/etcetera` and `/srv/app/etc` are none.
"""

import posixpath
import re
from functools import lru_cache
from pathlib import PurePosixPath

from stackproof.controls.severity import Severity
from stackproof.stack import home_places, host_sockets
from stackproof.stack.home_places import Known

# Links that distributions have from the start (file-hierarchy(7)); homes as Fedora's atomic ones have them.
_LINKS = {
    "/var/run": "/run", "/bin": "/usr/bin", "/sbin": "/usr/sbin", "/lib": "/usr/lib", "/lib32": "/usr/lib32",
    "/lib64": "/usr/lib64", "/var/home": "/home", "/var/roothome": "/root",
}  # fmt: skip
# Where engines keep their containers: Docker, containerd, Podman and CRI-O, Kubernetes, LXD and Incus.
_OF_ENGINES = (
    "/var/lib/docker", "/var/snap/docker/common/var-lib-docker", "/var/lib/containerd", "/var/lib/containers",
    "/var/lib/kubelet", "/var/lib/rancher", "/var/lib/lxd", "/var/snap/lxd/common/lxd", "/var/lib/incus",
)  # fmt: skip
# To an engine they are its own root and working directory, which are those of the host.
_ROOT = re.compile(r"/proc/(?:1|self|thread-self)(?:/task/\d+)?/(?:root|cwd)(?=/|$)")
# Whoever writes below one of these is root on the host, soon or at once, each with the reason.
_WRITTEN_TREES = {
    **dict.fromkeys(
        ("/usr/bin", "/usr/sbin", "/usr/libexec", "/usr/local/bin", "/usr/local/sbin", "/usr/local/libexec"),
        "where root's programs are",
    ),
    **dict.fromkeys(
        ("/usr/lib/systemd", "/etc/systemd", "/run/systemd/system", "/etc/xinetd.d", "/etc/inetd.conf",
         "/etc/dbus-1", "/usr/share/dbus-1"),
        "whose services run as root",
    ),
    **dict.fromkeys(
        ("/etc/crontab", "/etc/anacrontab", "/etc/cron.d", "/etc/cron.hourly", "/etc/cron.daily",
         "/etc/cron.weekly", "/etc/cron.monthly", "/var/spool/cron", "/var/spool/at", "/var/spool/anacron"),
        "whose jobs run as root",
    ),
    **dict.fromkeys(
        ("/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow", "/etc/sudoers", "/etc/sudoers.d",
         "/etc/pam.d", "/etc/pam.conf", "/etc/security", "/etc/ssh", "/etc/polkit-1", "/etc/doas.conf",
         "/etc/nsswitch.conf", "/root/.ssh/authorized_keys", "/root/.ssh/authorized_keys2",
         "/root/.ssh/config", "/root/.ssh/rc"),
        "which says who may log in as root",
    ),
    **dict.fromkeys(
        ("/etc/init.d", "/etc/rc.d", "/etc/rc.local", "/etc/inittab", "/etc/profile", "/etc/profile.d",
         "/etc/bash.bashrc", "/etc/bashrc", "/etc/zsh", "/etc/zshrc", "/etc/zshenv", "/root/.profile",
         "/root/.bashrc", "/root/.bash_profile", "/root/.bash_login", "/root/.zshrc", "/root/.zshenv",
         "/etc/environment", "/etc/default", "/etc/sysconfig", "/etc/update-motd.d", "/etc/logrotate.d",
         "/etc/logrotate.conf", "/etc/apt", "/etc/yum.repos.d", "/etc/yum.conf", "/etc/dnf", "/etc/zypp",
         "/etc/pacman.d", "/etc/pacman.conf", "/etc/apk", "/etc/udev", "/etc/network", "/etc/NetworkManager",
         "/etc/networkd-dispatcher", "/etc/dhcp", "/etc/ppp", "/etc/acpi", "/etc/kernel",
         "/etc/alternatives", "/etc/ld.so.preload", "/etc/ld.so.conf", "/etc/ld.so.conf.d"),
        "from which root runs programs",
    ),
    **dict.fromkeys(
        ("/etc/sysctl.conf", "/etc/sysctl.d", "/etc/modprobe.d", "/etc/modules", "/etc/modules-load.d",
         "/etc/fstab", "/etc/crypttab", "/etc/grub.d", "/etc/initramfs-tools", "/etc/dracut.conf",
         "/etc/dracut.conf.d", "/usr/lib/modules", "/boot", "/proc", "/sys/kernel", "/sys/firmware"),
        "from which the host's kernel is loaded or set",
    ),
    **dict.fromkeys(
        (*_OF_ENGINES, "/etc/docker", "/etc/containerd", "/etc/containers", "/etc/crio", "/etc/cni",
         "/etc/kubernetes", "/etc/rancher"),
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
_ONE_VOLUME = re.compile(
    r"(?:/var/(?:lib/docker|snap/docker/common/var-lib-docker|lib/containers/storage)/volumes"
    r"|/var/lib/rancher/k3s/storage)/[^/]+(/.*)?"
)
# Whoever reads these has what opens other doors.
_READ_FOLDERS = {
    "/etc": "which holds the host's passwords and keys",
    "/root": "which is root's home, with its keys",
    "/dev": "which holds every device and terminal of the host",
    "/var": "which holds the files of all containers",
    "/var/lib": "which holds the files of all containers",
    "/run/systemd": "which holds the sockets of the host's services",
    "/run/user": "which holds the sockets and keys of all who are logged in",
}
_READ_TREES = {
    **dict.fromkeys(
        ("/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/etc/sudoers.d"), "which holds passwords and rights"
    ),
    **dict.fromkeys(
        ("/etc/ssh", "/etc/ssl/private", "/etc/pki/tls/private", "/etc/kubernetes", "/etc/rancher"),
        "which holds the host's keys",
    ),
    **dict.fromkeys(_OF_ENGINES, "which holds the files and variables of all containers"),
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
# What of the host's keys a single service may be meant to have: TLS, and access to a cluster.
_HANDED = ("/etc/ssl/private", "/etc/pki/tls/private", "/etc/kubernetes", "/etc/rancher")
# What every client of this host learns of it anyway.
_OPEN_OF_SSH = re.compile(
    r"/etc/ssh/(?:sshd?_config(?:\.d(?:/.*)?)?|ssh_known_hosts|moduli|sshrc|[^/]+\.pub)"
)


def _above(trees: dict[str, str]) -> dict[str, str]:
    """Return the folders that hold some of these trees, each with the reason of the first of them.

    The engine's socket in /run is told by another rule, and so is the root of all.
    """
    above = {
        str(parent): why for tree, why in reversed(trees.items()) for parent in PurePosixPath(tree).parents
    }
    return {folder: why for folder, why in above.items() if folder not in ("/", "/run")}


_WRITTEN_ABOVE = _above(_WRITTEN_TREES)
_READ_ABOVE = _above(_READ_TREES)
_HOLDING = frozenset(("/", "/run", *_WRITTEN_FOLDERS, *_WRITTEN_ABOVE, *_READ_FOLDERS, *_READ_ABOVE))
# They tell the time zone and no more, and nearly everybody mounts them.
_TIME = frozenset({"/etc/localtime", "/etc/timezone"})
# Files that tell of the machine and of nobody on it, and that nobody can write.
OF_THE_MACHINE = frozenset(
    {"/proc/cpuinfo", "/proc/meminfo", "/proc/uptime", "/proc/stat", "/proc/loadavg", "/proc/version",
     "/proc/diskstats", "/proc/swaps", "/proc/filesystems", "/proc/partitions", "/proc/vmstat",
     "/proc/mdstat"}
)  # fmt: skip


def of_host(path: str) -> str:
    """Return a path without the ways through /proc that lead an engine back to the host's own root."""
    plain = re.sub(r"/(?:\.?/)+", "/", path)
    while found := _ROOT.match(plain):
        plain = plain[found.end() :] or "/"
    return plain


@lru_cache(maxsize=1024)
def normal(path: str) -> str:
    """Return a path without `..`, `//` and the links that every distribution has.

    >>> [normal(path) for path in ("//etc/../etc/", "/var/run/dbus", "/library", "/proc/1/root/etc")]
    ['/etc', '/run/dbus', '/library', '/etc']
    """
    plain = "/" + of_host(posixpath.normpath(of_host(path))).lstrip("/")
    link = next((link for link in _LINKS if _is_below(plain, link)), None)
    return _LINKS[link] + plain.removeprefix(link) if link else plain


def given_away(path: str) -> Known | None:
    """Return what a path, as `normal` has it, gives to whoever writes there; None for nothing of weight."""
    if path in _TIME or path in OF_THE_MACHINE or _ONE_VOLUME.fullmatch(path):
        return None
    why = _WRITTEN_FOLDERS.get(path) or _of(path, _WRITTEN_TREES) or _WRITTEN_ABOVE.get(path)
    return Known(why, Severity.CRITICAL) if why else None


def sensitive(path: str, *, read_only: bool) -> Known | None:
    """Return what a path, as `normal` has it, tells of its host that should not be told."""
    if _ONE_VOLUME.fullmatch(path) or path in OF_THE_MACHINE or (read_only and _OPEN_OF_SSH.fullmatch(path)):
        return None
    if less := _of(path, _OF_LESS_WEIGHT):
        return Known(less, Severity.MEDIUM)
    if why := _READ_FOLDERS.get(path) or _of(path, _READ_TREES) or _READ_ABOVE.get(path):
        handed = any(path != tree and _is_below(path, tree) for tree in _HANDED)
        return Known(why, Severity.HIGH, one_file=handed)
    if home_places.are_homes(path):
        return Known("which holds the homes of all users", Severity.HIGH)
    if home_places.is_home(path):
        return Known("which is the whole home of a user, with the keys in it", Severity.HIGH)
    return (
        home_places.kept(path, read_only=read_only)
        or host_sockets.known(path)
        or _of_kernel(path, read_only=read_only)
    )


def holds_places(path: str) -> bool:
    """Whether a folder, as `normal` has it, is no place of this kind all through, but holds some."""
    return path in _HOLDING or home_places.is_home(path) or home_places.are_homes(path)


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
