"""Copies in place of binds: what a stack writes must not land in its author's folder."""

import os
import shutil
import stat
from collections.abc import Iterable
from pathlib import Path

from stackproof.errors import StackError
from stackproof.sandbox.host_access import is_kernels, reaches_control_socket
from stackproof.stack.model import Mount, escape, unescape

LARGEST = 100  # MiB; more than this is data, not configuration
MIB = 1024**2


def copy_binds(mounts: Iterable[Mount], folder: Path, *, limit: int = LARGEST) -> dict[str, str]:
    """Copy every bind that may be written or does not exist; return the copies by source. `limit` in MiB.

    Raises StackError for a source that is too large, or not a file or folder that we may read.
    """
    copies = {}
    for index, mount in enumerate(mounts):
        source = Path(unescape(str(mount.source)))
        if reaches_control_socket(mount) or is_kernels(mount) or (mount.read_only and source.exists()):
            continue
        target = folder / f"bind-{index}"
        try:
            # The engine follows links; a copied link would lead back to the author's own file.
            _copy(source.resolve(), target, limit)
        except OSError as error:
            msg = f"bind {source} may be written and cannot be copied: {error}"
            raise StackError(msg) from None
        copies[str(mount.source)] = escape(str(target))
    return copies


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
            f"bind {source} may be written and holds {size} MiB; copies stop at {limit} MiB\n"
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


def _special(folder: str, names: list[str]) -> list[str]:
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
