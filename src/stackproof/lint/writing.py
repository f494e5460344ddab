"""Write fixed files: each in one step, with the mode that it has, through links, or not at all."""

import os
import shutil
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

from stackproof.errors import UsageError


def write(texts: Mapping[Path, bytes], read: Mapping[Path, bytes]) -> None:
    """Replace files, given by their real paths, that still say what was `read`.

    Raises UsageError, and writes none of them, where one cannot be replaced as it is.
    """
    for path in texts:
        _check(path, read[path])
    drafts: dict[Path, Path] = {}
    try:
        for path, data in texts.items():
            _draft(path, data, drafts)
        for path in texts:
            drafts[path].replace(path)
    except OSError as error:
        raise _refused(path, error.strerror or str(error)) from None
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)


def _check(path: Path, read: bytes) -> None:
    try:
        state, said = path.stat(), path.read_bytes()
    except OSError as error:
        raise _refused(path, error.strerror or str(error)) from None
    writable = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
    if not state.st_mode & writable or not os.access(path, os.W_OK):  # root may write what is read-only
        raise _refused(path, "it is read-only")
    if not os.access(path.parent, os.W_OK):
        raise _refused(path, f"nothing can be written to {path.parent}")
    if state.st_nlink > 1:
        raise _refused(path, "it has several names (hard links), which would part")
    if said != read:
        raise _refused(path, "somebody else has changed it meanwhile")


def _draft(path: Path, data: bytes, drafts: dict[Path, Path]) -> None:
    """Write beside a file what takes its place, so that no reader ever sees half of it."""
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    draft = drafts[path] = Path(name)
    with os.fdopen(number, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    owner, own = path.stat(), draft.stat()
    shutil.copystat(path, draft)
    if (owner.st_uid, owner.st_gid) != (own.st_uid, own.st_gid):
        os.chown(draft, owner.st_uid, owner.st_gid)
        draft.chmod(stat.S_IMODE(owner.st_mode))  # chown takes some bits away
    os.utime(draft)


def _refused(path: Path, why: str) -> UsageError:
    return UsageError(f"{path}: cannot be written, and is as it was: {why}")
