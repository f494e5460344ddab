"""What a report holds of: images, files and the version of the repository around them."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from stackproof.engine import labels
from stackproof.engine.git import git
from stackproof.outcomes.model import FileInfo, ImageInfo, RevisionInfo
from stackproof.sandbox.images import Images
from stackproof.stack.stack import Stack


def images(stack: Stack, had: Images | None) -> tuple[ImageInfo, ...]:
    """Return the images that services ran; none of a stack whose images were not had."""
    if had is None:
        return ()
    return tuple(
        ImageInfo(
            service=name,
            reference=stack.services[name].image or "",
            stand_in=str((had.config[name].get("Labels") or {}).get(labels.STAND_IN) or ""),
            **identity,
        )
        for name, identity in had.identity.items()
        if name in stack.services
    )


def sources(stack: Stack, root: Path) -> tuple[FileInfo, ...]:
    """Return the compose files and the contract with their digests, relative to the folder `root`."""
    return tuple(_sources(stack, root))


def _sources(stack: Stack, root: Path) -> Iterator[FileInfo]:
    contract = stack.source.contract
    for path in (*stack.source.files, *([contract] if contract else [])):
        shown = path.relative_to(root) if path.is_relative_to(root) else path
        with suppress(OSError):  # it went away meanwhile
            yield FileInfo(path=str(shown), sha256=hashlib.sha256(path.read_bytes()).hexdigest())


def revision(folder: Path) -> RevisionInfo | None:
    """Return the version of the repository around a folder; None where there is none, or no git."""
    said = git(folder, "rev-parse", "HEAD", "--show-toplevel")
    if said is None:
        return None
    commit, _, top = said.strip().partition("\n")
    changed = git(folder, "status", "--porcelain", "--untracked-files=no")
    origin = git(folder, "config", "--get", "remote.origin.url") or ""
    return RevisionInfo(
        commit=commit, dirty=bool((changed or "").strip()), origin=without_user(origin.strip()), root=top
    )


def without_user(url: str) -> str:
    """Return the address of a repository without who may read it.

    >>> without_user("https://me:secret@git.example/a.git"), without_user("git@git.example:a.git")
    ('https://git.example/a.git', 'git@git.example:a.git')
    """
    parts = urlsplit(url)
    if not parts.scheme or "@" not in parts.netloc:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
