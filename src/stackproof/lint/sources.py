"""Which stacks the paths mean that somebody typed: files, folders, whole repositories, standard input."""

import errno
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, count
from pathlib import Path
from typing import Final

from stackproof.engine.nodes import MAPPING, SEQUENCE, Node, YAMLError, compose_all
from stackproof.engine.project import ComposeSettings, absolute
from stackproof.errors import StackproofError, UsageError
from stackproof.files import disk
from stackproof.lint.alone import Alone, Unread
from stackproof.report.text import one_line
from stackproof.stack.compose_file import VARIABLE
from stackproof.stack.discovery import FILE_NAMES, OVERRIDE_NAMES, Source, takes

STDIN: Final = "-"
_CALLED_SO: Final = re.compile(r"(?:docker-)?compose[-._].+\.ya?ml|.+[-._](?:docker-)?compose\.ya?ml")
"""What people call compose files for which Compose does not look."""
MOST_VALUES: Final = 200_000
"""Values of one file, each counted as often as aliases bring it."""
_FEW_ALIASES: Final = 16
# Folders that hold other people's files.
_NOT_OURS: Final = frozenset({"node_modules", "site-packages", "vendor", "venv"})
# Hidden folders hold those, too, but for one in which a team's compose file is.
_OURS: Final = frozenset({".devcontainer"})
_ENV: Final = ".env"


@dataclass
class Found:
    """What there is to judge."""

    sources: list[Source] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    stdin: Path | None = None
    """The file that standard input was written to, which nobody typed."""
    called_so: list[Path] = field(default_factory=list)
    """Files in the folders that were searched whose names are those of compose files."""


def find(
    paths: Iterable[str],
    here: Path,
    settings: ComposeSettings,
    *,
    with_override: bool = False,
    search: bool = True,
) -> Found:
    """Return the stacks that paths mean, each once; what cannot be read keeps none of the others away.

    A compose file goes with the override file beside it where both are named, or `with_override` says so.
    Without `search` a folder means the stack in it; where there is none, all below all the same.
    """
    found = Found()
    known: set[tuple[Path, ...]] = set()
    names = {STDIN}
    paths = list(paths)
    overridden = {path.parent for path in (absolute(here / text) for text in paths) if _is_override(path)}
    for text in paths:
        whole = with_override or absolute(here / text).parent in overridden
        search = search or not takes(absolute(here / text), settings)
        for one in _of(text, here, settings, found.called_so, whole=whole, search=search):
            if isinstance(one, Unread):
                found.unread.append(one)
            elif one.files not in known:
                known.add(one.files)
                found.sources.append(_called(one, here, names))
    return found


def _called(source: Source, here: Path, taken: set[str]) -> Source:
    """Give a stack a name that no other has in this run: reports tell stacks apart by it."""
    near = _name(source, here)
    whole = os.pathsep.join(os.path.relpath(path, here) for path in source.files)
    numbered = (f"{near}#{number}" for number in count(2))
    for name in chain((near, whole), numbered):
        named = replace(source, called=name)
        if (shown := one_line(named.name)) not in taken:
            break
    taken.add(shown)
    return named


def _of(  # noqa: PLR0913 - what a path means
    text: str, here: Path, settings: ComposeSettings, called_so: list[Path], *, whole: bool, search: bool
) -> Iterator[Source | Unread]:
    """Yield the stacks that one path means; what lies in a folder and below is noted in `called_so`."""
    path = absolute(here / text)
    if not disk.is_folder(path):
        yield _of_file(text, path, here, settings, whole=whole)
        return
    errors: list[OSError] = []
    below = list(_with_stacks(path, errors, called_so, settings))
    if not search:
        yield _source(str(path), here, settings, text)
        return
    for folder in below:
        shown = os.path.relpath(folder, here)
        yield _source(str(folder), here, settings, shown, came_by=folder != path)
    for error in errors:
        shown = os.path.relpath(error.filename, here)
        yield Unread(shown, f"{shown}: cannot be read: {error.strerror}")
    if not below and not errors:  # says what was looked for
        yield _source(text, here, settings, text)


def _of_file(text: str, path: Path, here: Path, settings: ComposeSettings, *, whole: bool) -> Source | Unread:
    """Return the stack of the folder in place of an override file, which by itself is half a stack.

    And where the `whole` stack is wanted, in place of any file that Compose takes there.
    """
    if _is_override(path):
        return _source(str(path.parent), here, settings, text)
    if whole and path.name in FILE_NAMES:
        found = _source(str(path.parent), here, settings, text)
        if isinstance(found, Unread) or path in found.files:
            return found
    return _source(text, here, settings, text)


def _is_override(path: Path) -> bool:
    """Whether a file changes another one beside it."""
    there = (disk.is_file(path.parent / name) for name in FILE_NAMES)
    return path.name in OVERRIDE_NAMES and any(there)


def _source(
    text: str, here: Path, settings: ComposeSettings, shown: str, *, came_by: bool = False
) -> Source | Unread:
    with Alone(shown) as attempt:
        source = Source.below(Path(text), settings) if came_by else Source.find(text, here, settings)
        for path in source.files:
            # Compose says less of a file that may not be read, and reads aliases of aliases for minutes.
            if (count := expanded(_read(path))) > MOST_VALUES:
                msg = f"{path}: its aliases of aliases stand for {count:.0e} values, and so it is not judged"
                raise UsageError(msg)
        return source
    return attempt.unread or Unread(shown, "it cannot be judged")


def _read(path: Path) -> bytes:
    """Return a file. Raises UsageError for one that is too large, OSError for what cannot be read."""
    try:
        return disk.read(path)
    except OSError as error:
        if error.errno != errno.EFBIG:
            raise
        msg = f"{path}: {error.strerror}, and so it is not judged"
        raise UsageError(msg) from None


def expanded(text: bytes) -> int:
    """Return how many values a file has, each counted as often as aliases bring it; 0 for few aliases."""
    if text.count(b"*") < _FEW_ALIASES or b"&" not in text:
        return 0
    try:
        roots = compose_all(text)
    except (YAMLError, RecursionError):  # Compose reports that itself
        return 0
    known: dict[int, int] = {}
    return sum(_count(root, known) for root in roots)


def _count(node: Node, known: dict[int, int]) -> int:
    if id(node) not in known:
        known[id(node)] = 1  # for an alias of what it stands in
        if isinstance(node, MAPPING):
            known[id(node)] += sum(_count(part, known) for pair in node.value for part in pair)
        elif isinstance(node, SEQUENCE):
            known[id(node)] += sum(_count(part, known) for part in node.value)
    return known[id(node)]


def _with_stacks(
    top: Path, errors: list[OSError], called_so: list[Path], settings: ComposeSettings
) -> Iterator[Path]:
    """Yield the folders with a compose file, in order, and note those that cannot be read.

    Files that are called so are noted, too. Links are not followed: none leads in a circle.
    """
    for folder, below, names in os.walk(top, onerror=errors.append):
        below[:] = sorted(
            name for name in below if (name[:1] != "." and name not in _NOT_OURS) or name in _OURS
        )
        named = (name for name in sorted(names) if name in FILE_NAMES or _CALLED_SO.fullmatch(name))
        called_so += [Path(folder, name) for name in named]
        if not set(FILE_NAMES).isdisjoint(names) or (_ENV in names and _says_which(Path(folder), settings)):
            yield Path(folder)


def _says_which(folder: Path, settings: ComposeSettings) -> bool:
    """Whether the env file of a folder without a usual compose file names others for Compose to take."""
    try:
        return VARIABLE.encode() in disk.content(folder / _ENV) and takes(folder, settings)
    except OSError:
        return False
    except StackproofError:  # what is wrong with it is told of the stack
        return True


def names_before(known: str, found: Iterable[Source], folder: Path) -> dict[str, str]:
    """Return what stacks are called in this run, by the names that a baseline in `folder` knows them by.

    It may have been written there, and the command called elsewhere. The stack in the folder itself, which is
    `known` by the name of the checkout, may have another one by now.
    """
    sources = list(found)
    called = {_name(source, folder): source.name for source in sources}
    at_top = (source for source in sources if source.files[0].parent == folder)
    top = next((source.name for source in at_top if source.files[0].name in FILE_NAMES), None)
    former = {known: top} if known and top else {}
    now = {source.name for source in sources}
    return {old: new for old, new in {**former, **called}.items() if old != new and old not in now}


def _name(source: Source, here: Path) -> str:
    """Return what a stack is called here: its folder, or its file where that has a name of its own.

    What else is judged in a run must not matter: a baseline knows the name.
    """
    first = source.files[0]
    usual = first.name in FILE_NAMES
    near = os.path.relpath(first.parent if usual else first, here)
    if near != ".":
        return near
    below = here / first.parent.name
    namesake = any(os.path.lexists(below / name) for name in FILE_NAMES)
    return first.name if namesake else first.parent.name
