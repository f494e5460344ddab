"""Files and folders of a container as root sees them; nothing that could not be seen goes untold."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from stackproof.engine import engine
from stackproof.errors import StackproofError, Unknown
from stackproof.facts.probe import NOT_RUN
from stackproof.sandbox.container import Container
from stackproof.trials.persistence_places import HEAD

_REGULAR = 0o100000  # of the bits of a mode that say what a file is, inode(7)
_KIND = 0o170000

_HAVE = """
LC_ALL=C; export LC_ALL
for tool in {tools}; do command -v "$tool" > /dev/null || echo "there is no $tool" >&2; done
"""
# Arguments: how many folders, these, then files. Prints change time, size, mode and path of each file. By the
# hundred, and not with `find -exec`: beside a container that lacks them the tools are functions of the shell.
_LIST = (
    _HAVE.format(tools="find stat")
    + """
count=$1; shift
details() { [ $# -eq 0 ] || stat -c '%Y %s %f %n' "$@"; }
while [ "$count" -gt 0 ]; do
  find "$1" -xdev -type f | (
    set --
    while IFS= read -r file; do
      set -- "$@" "$file"
      [ $# -lt 100 ] || { details "$@"; set --; }
    done
    details "$@"
  )
  shift; count=$((count - 1))
done
for file; do [ -L "$file" ] || [ -d "$file" ] || details "$file"; done
:
"""
)
# Prints the first bytes of each file, one line each; an empty one where it cannot be read.
_HEADS = (
    _HAVE.format(tools="head od tr")
    + f"""
for file; do head -c {HEAD} "$file" | od -An -v -tx1 | tr -d ' \\n'; echo; done
"""
)
_NAMES = (
    _HAVE.format(tools="find")
    + """
depth=$1; shift
for folder; do find "$folder" -xdev -mindepth 1 -maxdepth "$depth"; done
:
"""
)
# Files come and go while they are looked at.
_GONE = re.compile(r"No such file or directory$")


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a look printed."""

    lines: tuple[str, ...]
    unseen: str = ""
    """Why it did not see all; empty when it did."""


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A regular file."""

    path: str
    size: int
    changed: int
    """Seconds since the epoch."""


def list_files(
    container: Container, folders: Sequence[str], paths: Sequence[str]
) -> tuple[list[Listed], str]:
    """Return the regular files in folders and among paths, and why not all were seen.

    Raises StackproofError when nobody can look into the container.
    """
    seen = _look(container, _LIST, [str(len(folders)), *folders, *paths])
    return [file for line in seen.lines if (file := _listed(line))], seen.unseen


def heads(container: Container, paths: Sequence[str]) -> tuple[list[bytes], str]:
    """Return the first bytes of files, none of one that cannot be read, and why not all were read.

    Raises StackproofError when nobody can look into the container.
    """
    seen = _look(container, _HEADS, paths)
    lines = [*seen.lines, *[""] * (len(paths) - len(seen.lines))]
    return [_bytes(line) for line in lines], seen.unseen


def names_below(container: Container, folders: Sequence[str], depth: int) -> list[str]:
    """Return the paths of what is in folders of a container, so many levels deep.

    Raises Unknown when not all could be seen, and StackproofError when nobody can look into the container.
    """
    if not folders:
        return []
    seen = _look(container, _NAMES, [str(depth), *folders])
    if seen.unseen:
        raise Unknown(seen.unseen)
    return list(seen.lines)


def trouble(said: str) -> str:
    """Say what kept a look from seeing all, by what its tools said; empty when nothing did.

    >>> trouble("find: '/data/x': No such file or directory")
    ''
    >>> trouble("there is no find")
    'there is no find'
    """
    lines = [line.strip() for line in said.splitlines()]
    return next((line for line in lines if line and not _GONE.search(line)), "")


def _look(container: Container, script: str, words: Sequence[str]) -> Seen:
    """Run a script as root; with tools of ours where the image lacks some, or its root may not see all."""
    done = engine.execute(container.id, ["sh", "-c", script, "look", *words], user="0:0", check=False)
    lacks_shell = done.code in NOT_RUN
    why = trouble(done.stderr)
    if done.code and not lacks_shell:
        msg = why or f"the look into {container} ended with exit code {done.code}"
        raise Unknown(msg.replace(container.id, str(container)))
    if not why and not lacks_shell:
        return Seen(lines=tuple(done.stdout.splitlines()))
    try:
        code, stdout, stderr = container.run_beside(f"set -- {shlex.join(words)}\n{script}")
    except StackproofError:
        if lacks_shell:
            raise
        return Seen(lines=tuple(done.stdout.splitlines()), unseen=why)
    beside = trouble(stderr) or (f"the look beside it ended with exit code {code}" if code else "")
    return Seen(lines=tuple(stdout.splitlines()), unseen=beside)


def _listed(line: str) -> Listed | None:
    """Return the file of a line that `_LIST` printed, if it is a regular one."""
    words = line.split(" ", 3)
    if len(words) < 4 or int(words[2], 16) & _KIND != _REGULAR:  # noqa: PLR2004 - as printed
        return None
    return Listed(path=words[3], size=int(words[1]), changed=int(words[0]))


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
