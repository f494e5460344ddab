"""Files by which somebody logs in, and which a build copies from its context. Only looks."""

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from stackproof.files import disk
from stackproof.stack.builds import Build
from stackproof.stack.credential_files import (
    FOLDER_FILES,
    HOME_FILES,
    KEYS,
    SURE_BY_NAME,
    may_be_one,
    of_file,
)
from stackproof.stack.dockerfile import Instruction

MOST_FILES: Final = 100
"""Files of one pattern (`COPY *.pem`)."""
LARGEST: Final = 64 * 1024
"""Bytes of a file that is read; keys and credentials are far smaller."""
# The rest of a place in a home, where the folder itself is copied: `COPY .ssh /root/.ssh`.
_IN_FOLDERS: Final = {
    folder: [name.partition("/")[2] for name in (*HOME_FILES, *FOLDER_FILES) if name.startswith(f"{folder}/")]
    for folder in {name.partition("/")[0] for name in (*HOME_FILES, *FOLDER_FILES) if "/" in name}
}


@dataclass(frozen=True, kw_only=True)
class Copied:
    """One file."""

    path: str
    """Below the context."""
    holds: str
    """What lets somebody in."""


def credentials(one: Instruction, build: Build | None) -> Iterator[Copied]:
    """Yield what a COPY or ADD takes into an image, by the files that are in the context.

    What is not there, or cannot be looked at, is told by a name that says enough: `id_rsa`. With `--from` it
    comes from elsewhere.
    """
    *sources, target = one.words or ("",)
    if one.keyword not in ("COPY", "ADD") or one.flag("from") or not target:
        return
    told: set[str] = set()
    for source in sources:
        if source.startswith("<<") or "$" in source or "://" in source:
            continue
        for found in _of_source(_normal(source), _normal(target), build, _Ignored(build, one)):
            if found.path not in told:
                told.add(found.path)
                yield found


def _of_source(
    source: str, target: str, build: Build | None, ignored: Callable[[str], bool]
) -> Iterator[Copied]:
    context = build.context if build else None
    if context is None:
        yield from _by_name(source, target)
    elif any(letter in source for letter in "*?["):
        for path in _matching(context, source):
            if may_be_one(path) and not ignored(path):
                yield from _read(context, path)
    elif disk.is_folder(there := context / source):
        within = [*FOLDER_FILES, *HOME_FILES, *_IN_FOLDERS.get(there.name, ()), *KEYS]
        for path in (posixpath.normpath(posixpath.join(source, name)) for name in within):
            if disk.is_file(context / path) and not ignored(path):
                yield from _read(context, path)
    elif disk.is_file(there):
        if may_be_one(source) or may_be_one(target):
            yield from _read(context, source, target)
    else:
        yield from _by_name(source, target)


def _by_name(*paths: str) -> Iterator[Copied]:
    """Yield the first of the paths whose name says enough."""
    for path in paths:
        if (name := posixpath.basename(path)) in SURE_BY_NAME:
            yield Copied(path=path, holds="a private key" if name in KEYS else "a credential")
            return


def _read(context: Path, path: str, target: str = "") -> Iterator[Copied]:
    """Yield a file with what it holds, by its own place or by the one that it gets."""
    file = context / path
    try:
        if file.is_symlink():
            return
        content = disk.read(file, LARGEST)
    except OSError:
        return
    if holds := of_file(f"/{path}", content) or (of_file(f"/{target}", content) if target else ""):
        yield Copied(path=path, holds=holds)


def _matching(context: Path, pattern: str) -> list[str]:
    try:
        found = (path for path in context.glob(pattern.replace("**", "*")) if disk.is_file(path))
        return sorted(path.relative_to(context).as_posix() for path in islice(found, MOST_FILES))
    except (OSError, ValueError, NotImplementedError):  # what is no pattern to Python is none to read here
        return []


def _normal(path: str) -> str:
    """Return a path below the context: builders let none lead out of it."""
    return posixpath.normpath(f"/{path}").lstrip("/")


def _is_pattern(text: str) -> bool:
    """Whether a line of `.dockerignore` can be read: builders refuse `[z-a]`, and it leaves nothing out."""
    if "[" not in text:
        return True
    from docker.utils.build import Pattern  # noqa: PLC0415 - as below

    try:
        Pattern(text).match("")
    except re.error:
        return False
    return True


class _Ignored:
    """Whether `.dockerignore` or `--exclude` leaves a file out."""

    def __init__(self, build: Build | None, one: Instruction) -> None:
        self._file = build.ignore_file if build else None
        self._excluded = [value for name, value in one.flags if name == "exclude"]

    def __call__(self, path: str) -> bool:
        if self._file is None and not self._excluded:
            return False
        # It takes a while to import, and hardly any build has such a file.
        from docker.utils.build import PatternMatcher  # noqa: PLC0415

        given = [one for one in [*self._patterns(), *self._excluded] if _is_pattern(one)]
        # It takes text, whatever its stubs say.
        return bool(given) and bool(PatternMatcher(given).matches(path))  # type: ignore[arg-type]

    def _patterns(self) -> list[str]:
        if self._file is None:
            return []
        try:
            text = disk.read(self._file).decode("utf-8-sig", errors="replace")
        except OSError:
            return []
        return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
