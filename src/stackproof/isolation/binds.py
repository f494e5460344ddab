"""Copies in place of binds: what a stack writes must not land in its author's folder."""

import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from stackproof.errors import StackError
from stackproof.isolation.host_paths import PLAIN_DEVICES, HostPaths
from stackproof.settings import COPY_LIMIT
from stackproof.stack.model import Model, Mount, escape, unescape

MIB = 1024**2


def bind_mounts(model: Model) -> list[Mount]:
    """All folders and files of the host that a stack mounts, each once, also those behind a named volume.

    One that anybody may write counts as writable, and so does one that would be labelled anew.
    """
    found: dict[str, Mount] = {}
    for mount in (*_direct(model), *_behind_volumes(model)):
        known = found.get(str(mount.source))
        found[str(mount.source)] = mount if known is None or known.read_only else known
    return [found[source] for source in sorted(found)]


def _direct(model: Model) -> Iterator[Mount]:
    for service in model.services.values():
        for mount in (*service.mounts, *service.hook_mounts):
            if mount.kind == "bind" and mount.source:
                yield replace(mount, read_only=mount.read_only and not mount.relabels)


def _behind_volumes(model: Model) -> Iterator[Mount]:
    for volume in model.volumes.values():
        if volume.device:
            yield Mount(kind="bind", source=volume.device, target=volume.name, read_only=volume.read_only)


def replaced(model: Model, paths: HostPaths) -> list[Mount]:
    """Return the binds that a sandbox does not mount themselves: see `copy_binds`.

    Those that may be written; that are not there, because the engine would make them; that hold sockets in
    the stack's own folder; and whatever lies in such a folder, so that services go on sharing it.
    """
    mounts = [mount for mount in bind_mounts(model) if not _is_mounted_itself(mount, paths)]
    copied = {str(mount.source) for mount in mounts if _must_be_copied(mount, paths)}
    roots = [Path(paths.look(source).resolved) for source in copied]
    return [
        mount
        for mount in mounts
        if mount.source in copied
        or any(Path(paths.look(str(mount.source)).resolved).is_relative_to(root) for root in roots)
    ]


def _is_mounted_itself(mount: Mount, paths: HostPaths) -> bool:
    """Whether nothing could stand in for it: it reaches the host, which the user then allowed.

    Or it is a device that every container has anyway.
    """
    plain = paths.look(str(mount.source)).resolved in PLAIN_DEVICES
    return plain or bool(paths.reaches(str(mount.source), read_only=mount.read_only))


def _must_be_copied(mount: Mount, paths: HostPaths) -> bool:
    found = paths.look(str(mount.source))
    return not mount.read_only or not found.there or bool(found.specials)


def copy_binds(
    model: Model, folder: Path, *, paths: HostPaths | None = None, limit: int = COPY_LIMIT
) -> dict[str, str]:
    """Copy every bind that must not be mounted itself; return the copies by source. `limit` in MiB.

    Of binds that lie in one another the outer one is copied, and the inner ones are parts of its copy.
    Raises StackError for a source that is too large, or not a file or folder that we may read.
    """
    paths = paths or HostPaths()
    mounts = replaced(model, paths)
    resolved = {str(m.source): Path(unescape(str(m.source))).resolve() for m in mounts}
    done: dict[Path, Path] = {}
    copies = {}
    for index, mount in enumerate(sorted(mounts, key=lambda m: len(resolved[str(m.source)].parts))):
        source = resolved[str(mount.source)]
        outer = next((path for path in (source, *source.parents) if path in done), None)
        if outer is None:
            target = folder / f"bind-{index}"
            _attempt(mount, source, target, limit)
            done[source] = target
        else:
            target = done[outer] / source.relative_to(outer)
            if not os.path.lexists(target):
                target.mkdir(parents=True)
        copies[str(mount.source)] = escape(str(target))
    return copies


def _attempt(mount: Mount, source: Path, target: Path, limit: int) -> None:
    try:
        # The engine follows links; a copied link would lead back to the author's own file.
        _copy(source, target, limit)
    except OSError as error:
        written = unescape(str(mount.source))
        msg = f"bind {written} must be copied, and cannot be: {error}"
        raise StackError(msg) from None


def _copy(source: Path, target: Path, limit: int) -> None:
    if not source.exists():
        # Docker would create a folder in the author's tree.
        target.mkdir()
        return
    if not source.is_dir() and not stat.S_ISREG(source.stat().st_mode):
        msg = f"bind {source} is a socket or device, of which there is no copy"
        raise StackError(msg)
    size = -(-_size(source) // MIB)
    if size > limit:
        msg = (
            f"bind {source} must be copied and holds {size} MiB; copies stop at {limit} MiB\n"
            f"  fix: mount it read-only, prove a smaller folder, or allow the copy: --copy-limit {size}"
        )
        raise StackError(msg)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, ignore=_special, copy_function=_copy_file)
        for path in source.rglob("*"):
            if path.is_symlink() or path.is_dir():  # copytree hands only files to our function
                _copy_owner(path, target / path.relative_to(source))
    else:
        _copy_file(str(source), str(target))
    _copy_owner(source, target)


def _special(folder: str, names: Iterable[str]) -> list[str]:
    """Sockets, pipes and devices in a folder stay behind: there is no copy of what is at their other end."""
    kinds = {name: stat.S_IFMT((Path(folder) / name).lstat().st_mode) for name in names}
    return [name for name, kind in kinds.items() if kind not in (stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK)]


def _size(source: Path) -> int:
    paths = source.rglob("*") if source.is_dir() else [source]
    return sum(path.lstat().st_size for path in paths)


def _copy_file(source: str, target: str) -> str:
    shutil.copy2(source, target, follow_symlinks=False)
    _copy_owner(Path(source), Path(target))
    return target


def _copy_owner(source: Path, target: Path) -> None:
    """Services check who owns their files; only root may give files away."""
    if os.geteuid() == 0:
        status = source.lstat()
        os.chown(target, status.st_uid, status.st_gid, follow_symlinks=False)
