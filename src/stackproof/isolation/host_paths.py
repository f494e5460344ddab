"""What a path of this machine really is: decided on the resolved path and by `stat`, not by spelling."""

import os
import stat
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from stackproof.stack import host_sockets
from stackproof.stack.host_places import OF_THE_MACHINE
from stackproof.stack.model import unescape

# Where engines listen, so that a folder above is known for what it holds also while an engine is down.
_LISTENING = (
    "/run/docker.sock", "/run/containerd/containerd.sock", "/run/podman/podman.sock", "/run/crio/crio.sock",
    "/run/k3s/containerd/containerd.sock", "/run/buildkit/buildkitd.sock",
)  # fmt: skip
# What the kernel shows as files: there is no sandbox of it.
KERNELS = ("/dev", "/proc", "/sys")
# The devices that every container has anyway.
PLAIN_DEVICES = frozenset({"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"})
# Below /sys these show what the whole machine does.
TRACED = (
    "/sys/kernel/debug", "/sys/kernel/tracing", "/sys/kernel/security", "/sys/firmware", "/sys/fs/bpf",
)  # fmt: skip
# A folder with more entries than this cannot be looked through in a second or so.
MOST_ENTRIES = 500_000
# So many finds say enough.
ENOUGH = 3
_KINDS = {
    stat.S_IFSOCK: "socket",
    stat.S_IFIFO: "pipe",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
}


@dataclass(frozen=True, kw_only=True)
class Special:
    """A socket, pipe or device: a read-only mount does not hinder anybody to write into it."""

    path: str
    kind: str

    @property
    def is_engine(self) -> bool:
        """Whether it is an engine's control socket by its name."""
        return host_sockets.is_engines(self.path)

    def __str__(self) -> str:
        """Return what it is and where."""
        return f"the engine's socket {self.path}" if self.is_engine else f"the {self.kind} {self.path}"


@dataclass(frozen=True, kw_only=True)
class HostPath:
    """A path of this machine as the engine would mount it."""

    source: str
    resolved: str
    there: bool
    specials: tuple[Special, ...] = ()
    """Sockets, pipes and devices: the path itself, or what lies below it; the first few."""
    unseen: str = ""
    """Why it could not be looked through; empty when it could."""

    @property
    def is_special(self) -> bool:
        """Whether the path itself is a socket, pipe or device."""
        return any(special.path == self.resolved for special in self.specials)

    @property
    def controls_engine(self) -> bool:
        """Whether an engine can be controlled through it."""
        return bool(self.engine_sockets)

    @property
    def engine_sockets(self) -> tuple[str, ...]:
        """Paths of the sockets by which an engine can be controlled through it.

        The path itself, or those that were seen below it; without any, those of engines that may be down.
        """
        if host_sockets.is_engines(self.resolved):
            return (self.resolved,)
        # The socket of an engine that is down is not there, but it will be.
        own = host_sockets.in_folder(self.resolved)
        later = (*([own] if own else ()), *(path for path in _LISTENING if _is_below(path, self.resolved)))
        return tuple(special.path for special in self.specials if special.is_engine) or later

    @property
    def is_kernels(self) -> bool:
        """Whether it is a part of the host's kernel and not of its disk, as written or as resolved."""
        return any(_is_below(path, folder) for path in (self.source, self.resolved) for folder in KERNELS)

    def reaches(self, *, read_only: bool) -> str:
        """Say how a mount of it reaches the host; empty for ordinary files and folders."""
        # /proc/self is another process to the engine than to us.
        if self.resolved in PLAIN_DEVICES and not PurePosixPath(self.source).is_relative_to("/proc"):
            return ""
        if self.is_kernels and (why := self._of_kernel(read_only=read_only)):
            return why
        if self.resolved == "/":
            return "is all of the host"
        if self.controls_engine:
            return "gives control of the engine"
        if self.specials:
            holds = "is" if self.is_special else "holds"
            return f"{holds} {', '.join(map(str, self.specials))}"
        return self.unseen

    def _of_kernel(self, *, read_only: bool) -> str:
        in_proc = any(PurePosixPath(path).is_relative_to("/proc") for path in (self.source, self.resolved))
        if in_proc and not (read_only and self.source in OF_THE_MACHINE):
            return "leads into every process of the host"
        if not read_only:
            return "is the host's own and may be written"
        here = PurePosixPath(self.resolved)
        if any(
            here.is_relative_to(folder) or PurePosixPath(folder).is_relative_to(here) for folder in TRACED
        ):
            return "shows what the whole host does"
        if here.is_relative_to("/dev"):
            return "" if self.specials else "is the host's own, with what its processes share"
        return ""


@dataclass(frozen=True)
class HostPaths:
    """Looks at paths of this machine, each once."""

    project: Path | None = None
    """The stack's own folder."""
    _known: dict[str, HostPath] = field(default_factory=dict, compare=False, repr=False)

    def look(self, source: str) -> HostPath:
        """Return what a source is; written as in a compose file, with `$$` for a dollar sign."""
        if source not in self._known:
            self._known[source] = look(unescape(source))
        return self._known[source]

    def reaches(self, source: str, *, read_only: bool) -> str:
        """Say how a mount of a source reaches the host; empty for ordinary files and folders.

        A copy without sockets can stand in for a folder of the stack's own.
        """
        found = self.look(source)
        why = found.reaches(read_only=read_only)
        return "" if why and self._is_own(found) else why

    def _is_own(self, found: HostPath) -> bool:
        if self.project is None or found.is_special or found.is_kernels or found.unseen:
            return False
        return PurePosixPath(found.resolved).is_relative_to(os.path.realpath(self.project))


def look(source: str) -> HostPath:
    """Resolve a path and look through it for what is neither file nor folder."""
    written = os.path.normpath(source) if source else source
    resolved = written
    try:
        resolved = os.path.realpath(written)
        if os.path.realpath(source) != resolved:
            unseen = "leads through a link and back (`..`): to one place as written, to another in the kernel"
            return HostPath(source=written, resolved=resolved, there=True, unseen=unseen)
        mode = os.stat(written).st_mode  # noqa: PTH116 - follows what the kernel follows, /proc/PID/root too
    except (FileNotFoundError, ValueError):  # also with a NUL in it
        return HostPath(source=written, resolved=resolved, there=False)
    except OSError as error:
        unseen = f"cannot be looked at: {error.strerror}"
        return HostPath(source=written, resolved=resolved, there=True, unseen=unseen)
    if (kind := _KINDS.get(stat.S_IFMT(mode))) is not None:
        specials: tuple[Special, ...] = (Special(path=resolved, kind=kind),)
        return HostPath(source=written, resolved=resolved, there=True, specials=specials)
    specials, unseen = _below(resolved) if stat.S_ISDIR(mode) else ((), "")
    return HostPath(source=written, resolved=resolved, there=True, specials=specials, unseen=unseen)


def _below(folder: str) -> tuple[tuple[Special, ...], str]:
    """Return the first specials below a folder, nearest first, and why not all of it could be seen."""
    if any(_is_below(folder, kernels) for kernels in ("/proc", "/sys")):
        return (), ""
    found: list[Special] = []
    unseen = ""
    entries = 0
    folders = deque([folder])
    while folders:
        here = folders.popleft()
        try:
            for entry, mode in _entries(here):
                entries += 1
                if stat.S_ISDIR(mode):
                    folders.append(entry)
                elif kind := _KINDS.get(stat.S_IFMT(mode)):
                    found.append(Special(path=entry, kind=kind))
        except OSError as error:
            unseen = unseen or f"holds {here}, which cannot be looked at: {error.strerror}"
        # A stop only between folders, so that the same names are found in every run.
        if len(found) >= ENOUGH:
            break
        if entries > MOST_ENTRIES:
            unseen = f"holds more than {MOST_ENTRIES} files, too many to look through"
            break
    found += [Special(path=path, kind="socket") for path in _LISTENING if _listens_below(folder, path)]
    first = sorted({*found}, key=lambda special: (not special.is_engine, special.path))
    return tuple(first[:ENOUGH]), unseen


def _listens_below(folder: str, socket: str) -> bool:
    """Whether an engine's socket is there, in a folder of which not all was looked through."""
    try:
        return _is_below(socket, folder) and Path(socket).is_socket()
    except OSError:
        return False


def _entries(folder: str) -> Iterator[tuple[str, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.path in _PLAIN:
                continue
            yield entry.path, entry.stat(follow_symlinks=False).st_mode


_PLAIN = frozenset((*PLAIN_DEVICES, "/proc", "/sys"))


def _is_below(path: str, folder: str) -> bool:
    """Whether a path is a folder, or below it; both are absolute and without `..`."""
    return folder in ("/", path) or path.startswith(f"{folder}/")
