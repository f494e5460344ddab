"""The version of what was judged: its files by their digests, and the repository around them."""

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Lock
from urllib.parse import urlsplit, urlunsplit

from stackproof.engine.git import git, refusal
from stackproof.files import disk
from stackproof.outcomes.model import FileInfo, Results, RevisionInfo, StackInfo
from stackproof.stack.stack import Stack


def sources(stack: Stack, called: Path) -> tuple[FileInfo, ...]:
    """Return the compose files and the contract with their digests, from where the command was called."""
    return tuple(_sources(stack, called))


def _sources(stack: Stack, called: Path) -> Iterator[FileInfo]:
    contract = stack.source.contract
    for path in (*stack.source.files, *([contract] if contract else [])):
        with suppress(OSError):  # it went away meanwhile
            yield FileInfo(path=shown(path, called), sha256=hashlib.sha256(disk.read(path)).hexdigest())


def shown(path: Path, called: Path) -> str:
    """Return a path from where the command was called, in full where it does not lie below."""
    return str(path.relative_to(called)) if path.is_relative_to(called) else str(path)


def revision(folder: Path, called: Path) -> RevisionInfo | None:
    """Return the version of the repository around a folder; None where there is none, or no git.

    `called` is where the command was called, from where reports name files.
    """
    where = git(folder, "rev-parse", "--show-toplevel", "--show-superproject-working-tree")
    if where is None:
        return None
    top, outer, *_ = (*where.splitlines(), "", "")
    if not disk.is_folder(Path(top)):  # a line break in its name
        return None
    commit = git(folder, "rev-parse", "--verify", "--quiet", "HEAD") or ""
    changed = git(folder, "status", "--porcelain", "--untracked-files=no")
    return RevisionInfo(
        commit=commit.strip(),
        dirty=bool((changed or "").strip()),
        origin=without_user(_origin(folder)),
        root=top,
        called_from=_from(called, top),
        superproject=revision(Path(outer), called) if outer else None,
    )


def _origin(folder: Path) -> str:
    """Return where a repository comes from: `origin`, or the only other that it knows; empty for none."""
    said = git(folder, "config", "--get-regexp", r"^remote\..*\.url$") or ""
    known = dict(
        line.removeprefix("remote.").split(".url ", 1) for line in said.splitlines() if ".url " in line
    )
    return known.get("origin") or (next(iter(known.values())) if len(known) == 1 else "")


def with_links(results: Results, called: Path) -> Results:
    """Return results that also say where the files are that are reached through symbolic links."""
    named: dict[str, list[str]] = defaultdict(list)
    for outcome in results.outcomes:
        waiver = outcome.waiver.file if outcome.waiver else None
        named[outcome.stack] += filter(None, (outcome.file, waiver, *(one.file for one in outcome.related)))
    stacks = tuple(_linked(stack, named[stack.name], called) for stack in results.stacks)
    return results.model_copy(update={"stacks": stacks})


def _linked(stack: StackInfo, named: Iterable[str], called: Path) -> StackInfo:
    revision = stack.revision
    if revision is None:
        return stack
    sources = (one.path for one in stack.sources)
    paths = sorted({*stack.files, *sources, *map(stack.path_of, named)})
    real = {path: os.path.realpath(called / path) for path in paths}
    links = {path: found for path, found in real.items() if found != revision.full(path)}
    return stack.model_copy(update={"revision": revision.model_copy(update={"links": links})})


class Revisions:
    """Versions of repositories, each asked for once: many stacks lie in one."""

    def __init__(self, called: Path) -> None:
        self._called = called
        self._known: dict[Path, RevisionInfo | None] = {}
        self._asking = Lock()  # several stacks are judged at a time

    def around(self, folder: Path) -> RevisionInfo | None:
        """Return the version of the repository around a folder, see `revision`."""
        top = repository(folder)
        if top is None:
            return None
        with self._asking:
            if top not in self._known:
                self._known[top] = revision(top, self._called)
            return self._known[top]


def repository(folder: Path) -> Path | None:
    """Return the top of the repository around a folder; None where there is none."""
    # Git resolves links before it looks above.
    resolved = folder.resolve()
    return next((one for one in (resolved, *resolved.parents) if os.path.lexists(one / ".git")), None)


def untold(folder: Path, told: RevisionInfo | None) -> list[str]:
    """Return a note where a repository is around a folder of which git says nothing: another user's, say."""
    if told is not None or repository(folder) is None:
        return []
    return [f"the commit is not known: {why}"] if (why := refusal(folder)) else []


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
