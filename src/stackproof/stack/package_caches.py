"""What package managers leave behind in an image, and what takes it away. Pure.

After the manuals: apt-get(8), apk(8), dnf(8), zypper(8), pacman(8), find(1), and pip's own source.
"""

import posixpath
import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from stackproof.stack.packages import INDEX, deed, manager_of
from stackproof.stack.shell_commands import Command

# Where each family keeps its lists and archives; either of several.
_FOLDERS = {
    "apt": ("/var/lib/apt/lists",),
    "apk": ("/var/cache/apk",),
    "dnf": ("/var/cache/dnf", "/var/cache/yum", "/var/cache/libdnf5", "/var/cache/tdnf"),
    "zypper": ("/var/cache/zypp",),
    "pacman": ("/var/cache/pacman/pkg",),
    "pip": ("/root/.cache/pip",),
}
_KEEPS_NOTHING = {"apk": ("--no-cache",), "pip": ("--no-cache-dir", "--no-cache")}
# pip takes any value that is no empty one: `off` and `0` turn its cache off as `1` does (its own comment).
_PIP_VARIABLE = re.compile(r"\bPIP_NO_CACHE_DIR=[\"']?[^\s\"';&|)]")
_PIP_SETTING = re.compile(r"(?<![-\w])no-cache-dir\s*=\s*\w|\.no-cache-dir[\"']?\s+\w")
_OTHER_HOMES = re.compile(r"(?:^|/)\.cache(?:/(?:\*|pip(?:/\*)?))?$")
_NARROWS = re.compile(r"-(?:i?name|i?path|i?regex|[acm](?:time|min)|newer\w*|size|user|perm)")
_FUNCTION = re.compile(r"\w\s*\(\)\s*\{")
_BRACES = re.compile(r"(.*?)\{([^{}]*,[^{}]*)\}(.*)", re.DOTALL)
MOST_WORDS = 1000
"""What a shell makes of one word with braces; thirty pairs of them are a thousand million."""


def kept(commands: Sequence[Command], script: str, *, pip_keeps_none: bool = False) -> Iterator[str]:
    """Yield program and verb of what fetched the lists or archives that a script leaves behind.

    A step that only fetches lists leaves them for the next one, and is none.
    """
    pip_keeps_none |= bool(_PIP_VARIABLE.search(script))
    left: dict[str, str] = {}
    installing: set[str] = set()
    folder = "/"
    for command in commands:
        if command.program == "cd" and command.arguments:
            folder = posixpath.join(folder, command.arguments[0])
        found = deed(command)
        if found and found.manager in _FOLDERS:
            installing |= {found.manager} if found.kind != INDEX else set()
            if not _keeps_nothing(found.manager, command, pip_keeps_none=pip_keeps_none):
                left[found.manager] = found.words
        for manager in _cleaned(command, folder):
            left.pop(manager, None)
    if _FUNCTION.search(script):  # its body stands before the command that calls it
        cleaned = {manager for command in commands for manager in _cleaned(command, folder)}
        left = {manager: words for manager, words in left.items() if manager not in cleaned}
    yield from (words for manager, words in left.items() if manager in installing)


def turns_off_pip_cache(text: str) -> bool:
    """Whether a text sets for all that follows that pip keeps nothing: its file, or `pip config set`."""
    return bool(_PIP_SETTING.search(text))


def _keeps_nothing(manager: str, command: Command, *, pip_keeps_none: bool) -> bool:
    options = _KEEPS_NOTHING.get(manager, ())
    return any(option in command.words for option in options) or (manager == "pip" and pip_keeps_none)


def _cleaned(command: Command, folder: str) -> Iterator[str]:
    """Yield the families whose lists or archives a command takes away."""
    if command.program in ("rm", "find"):
        yield from _removed(command, folder)
        return
    manager, words = manager_of(command), {*command.words[1:]}
    clean = {
        "apt": bool({"dist-clean", "distclean"} & words),
        "apk": "cache" in words and bool({"clean", "purge"} & words),
        "dnf": "clean" in words,
        "zypper": bool({"clean", "cc"} & words),
        "pacman": _empties_cache(command),
        "pip": {"cache", "purge"} <= words,
    }
    if clean.get(manager):
        yield manager


def _empties_cache(command: Command) -> bool:
    """Whether pacman removes what it fetched: `-Sc` keeps what is installed, and `-Scc` asks first.

    The answer is no where nobody answers, and with `--noconfirm`, too (pacman's `sync.c`, `util.c`).
    """
    letters = "".join(option[1:] for option in command.options if not option.startswith("--"))
    levels = letters.count("c") + command.options.count("--clean")
    synchronizes = "S" in letters or "--sync" in command.options
    return synchronizes and levels > 1 and bool(command.feeders) and "--noconfirm" not in command.options


def _removed(command: Command, folder: str) -> Iterator[str]:
    words = [word for argument in command.arguments for word in _braces(argument)]
    if command.program == "find":
        if not ("-delete" in command.words or ("-exec" in command.words and "rm" in command.words)):
            return
        if any(_NARROWS.fullmatch(option) for option in command.options):
            return
    for manager, folders in _FOLDERS.items():
        paths = (posixpath.join(folder, word) for word in words)
        if any(_covers(path, one) for path in paths for one in folders):
            yield manager
    if any(_OTHER_HOMES.search(word.rstrip("/")) for word in words):
        yield "pip"


def _covers(path: str, folder: str) -> bool:
    """Whether a path, which may have signs of the shell, is a folder, one above it, or all that is in it."""
    parts, wanted = posixpath.normpath(path).split("/"), folder.split("/")
    if len(parts) > len(wanted) + 1 or path == "/":
        return False
    fits = all(fnmatchcase(part, pattern) for part, pattern in zip(wanted, parts, strict=False))
    return fits and (len(parts) <= len(wanted) or "*" in parts[-1])


def _braces(word: str) -> Iterator[str]:
    """Yield the words that bash makes of `a/{b,c}`, the first of them where they are too many."""
    left, count = [word], 0
    while left and count < MOST_WORDS:
        one = left.pop()
        found = _BRACES.fullmatch(one)
        if found is None:
            yield one
            count += 1
        else:
            left += [f"{found[1]}{part}{found[3]}" for part in reversed(found[2].split(",")[:MOST_WORDS])]
