"""The version of what was judged: its files by their digests, and the repository around them."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from stackproof.engine.git import git
from stackproof.outcomes.model import FileInfo, RevisionInfo
from stackproof.stack.stack import Stack


def sources(stack: Stack, called: Path) -> tuple[FileInfo, ...]:
    """Return the compose files and the contract with their digests, from where the command was called."""
    return tuple(_sources(stack, called))


def _sources(stack: Stack, called: Path) -> Iterator[FileInfo]:
    contract = stack.source.contract
    for path in (*stack.source.files, *([contract] if contract else [])):
        with suppress(OSError):  # it went away meanwhile
            yield FileInfo(path=shown(path, called), sha256=hashlib.sha256(path.read_bytes()).hexdigest())


def shown(path: Path, called: Path) -> str:
    """Return a path from where the command was called, in full where it does not lie below."""
    return str(path.relative_to(called)) if path.is_relative_to(called) else str(path)


def revision(folder: Path, called: Path) -> RevisionInfo | None:
    """Return the version of the repository around a folder; None where there is none, or no git.

    `called` is where the command was called, from where reports name files.
    """
    said = git(folder, "rev-parse", "HEAD", "--show-toplevel")
    if said is None:
        return None
    commit, _, top = said.strip().partition("\n")
    changed = git(folder, "status", "--porcelain", "--untracked-files=no")
    origin = git(folder, "config", "--get", "remote.origin.url") or ""
    return RevisionInfo(
        commit=commit,
        dirty=bool((changed or "").strip()),
        origin=without_user(origin.strip()),
        root=top,
        called_from=_from(called, top),
    )


class Revisions:
    """Versions of repositories, each asked for once: many stacks lie in one."""

    def __init__(self, called: Path) -> None:
        self._called = called
        self._known: dict[Path, RevisionInfo | None] = {}

    def around(self, folder: Path) -> RevisionInfo | None:
        """Return the version of the repository around a folder, see `revision`."""
        # Git resolves links before it looks above.
        resolved = folder.resolve()
        top = next((one for one in (resolved, *resolved.parents) if os.path.lexists(one / ".git")), None)
        if top is None:
            return None
        if top not in self._known:
            self._known[top] = revision(top, self._called)
        return self._known[top]


def _from(called: Path, top: str) -> str:
    """Return where a folder is, seen from the top of a repository, whose path git resolves."""
    found = os.path.relpath(os.path.realpath(called), top)
    return "" if found == "." else found


def without_user(url: str) -> str:
    """Return the address of a repository without who may read it.

    >>> without_user("https://me:secret@git.example/a.git"), without_user("git@git.example:a.git")
    ('https://git.example/a.git', 'git@git.example:a.git')
    """
    parts = urlsplit(url)
    if not parts.scheme or "@" not in parts.netloc:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
