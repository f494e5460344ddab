"""What stands out in the file system of an image. Pure: entries in, values out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

_SETID = 0o6000  # setuid and setgid
# What tools leave where they work, and people forget in `.dockerignore`.
_FOLDERS = frozenset(
    {".git", ".svn", ".hg", ".bzr", ".cache", ".npm", ".vscode", ".idea", ".pytest_cache", ".mypy_cache"}
)
_FILES = frozenset(
    {
        "Dockerfile",
        "docker-compose.yml",
        "docker-compose.yaml",
        "compose.yml",
        "compose.yaml",
        ".dockerignore",
    }
    | {".DS_Store", "Thumbs.db", ".vimrc", "npm-debug.log", ".gitignore", ".gitmodules"}
)
# Below these it belongs to packages, which nobody cleans by hand.
_OF_PACKAGES = (
    "/node_modules/", "/vendor/", "/site-packages/", "/dist-packages/", "/pkg/mod/", "/gems/", "/usr/share/",
    "/usr/lib/", "/usr/libexec/", "/etc/skel/",
)  # fmt: skip
_OVER = ("/proc/", "/sys/", "/dev/")
MOST_CLUTTER = 20


class Entry(Protocol):
    """One entry."""

    @property
    def path(self) -> str:
        """From the root."""

    @property
    def mode(self) -> int:
        """With the bits for setuid and setgid."""

    @property
    def regular(self) -> bool:
        """Whether it is a file."""


@dataclass(frozen=True, kw_only=True)
class Tree:
    """What stands out."""

    entries: int
    """How many there are in all."""
    setid: tuple[str, ...]
    """Files that run as somebody else, sorted."""
    clutter: tuple[str, ...]
    """Files and folders that no program needs, the topmost of each, sorted."""


def stands_out(entry: Entry) -> bool:
    """Whether an entry is told of in a tree."""
    return entry.regular and (bool(entry.mode & _SETID) or bool(_clutter(entry.path)))


def tree(entries: int, found: Iterable[Entry]) -> Tree:
    """Return what stands out among some that do."""
    those = list(found)
    return Tree(
        entries=entries,
        setid=tuple(sorted({one.path for one in those if one.regular and one.mode & _SETID})),
        clutter=tuple(sorted({where for one in those if one.regular and (where := _clutter(one.path))})),
    )


def _clutter(path: str) -> str:
    """Return the topmost folder of clutter that a file is in, or the file; empty for none."""
    if any(part in path for part in _OF_PACKAGES) or path.startswith(_OVER):
        return ""
    *folders, name = path.split("/")
    for depth, folder in enumerate(folders):
        if folder in _FOLDERS:
            return "/".join(folders[: depth + 1])
    if path.startswith(("/tmp/", "/var/tmp/")):  # noqa: S108 - those of an image
        return path.rpartition("/")[0] if path.count("/") == 2 else "/".join(folders[:3])  # noqa: PLR2004
    # Of git's own files one in a `.git` that is a file: a submodule.
    return path if name in _FILES or name in _FOLDERS else ""
