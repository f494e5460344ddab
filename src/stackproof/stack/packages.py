"""What a command does with packages, and which downloads it runs. Pure.

Verbs and options are those of the manuals: apt-get(8), apk(8), dnf(8), zypper(8), pacman(8), curl(1), pip.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from stackproof.stack.shell_commands import Command
from stackproof.stack.shell_script import SHELLS

_MANAGERS = {
    "apt-get": "apt", "apt": "apt", "aptitude": "apt", "apk": "apk", "yum": "dnf", "dnf": "dnf",
    "dnf5": "dnf", "microdnf": "dnf", "tdnf": "dnf", "yum-config-manager": "dnf",
    "zypper": "zypper", "pacman": "pacman",
    "opkg": "opkg", "npm": "npm", "yarn": "yarn",
}  # fmt: skip
_INDEX = {
    "apt": {"update"}, "apk": {"update"}, "dnf": {"makecache", "check-update"}, "zypper": {"refresh", "ref"},
    "opkg": {"update"},
}  # fmt: skip
_INSTALL = {
    "apt": {"install", "build-dep", "satisfy", "source", "download"}, "apk": {"add", "fetch"},
    "dnf": {"install", "reinstall", "groupinstall", "builddep", "download"},
    "zypper": {"install", "in", "si"}, "pip": {"install", "wheel"}, "opkg": {"install"},
    "npm": {"install", "i", "ci"}, "yarn": {"add", "install"},
}  # fmt: skip
_UPGRADE = {
    "apt": {"upgrade", "safe-upgrade"}, "apk": {"upgrade"}, "dnf": {"update", "upgrade"},
    "zypper": {"update", "up", "patch"}, "opkg": {"upgrade"},
}  # fmt: skip
_DIST_UPGRADE = {
    "apt": {"dist-upgrade", "full-upgrade"}, "dnf": {"distro-sync", "system-upgrade"},
    "zypper": {"dist-upgrade", "dup"},
}  # fmt: skip
INDEX, INSTALL, UPGRADE, DIST_UPGRADE = "index", "install", "upgrade", "dist-upgrade"
_VERBS = {INDEX: _INDEX, INSTALL: _INSTALL, UPGRADE: _UPGRADE, DIST_UPGRADE: _DIST_UPGRADE}
FETCHERS = frozenset({"curl", "wget", "fetch", "aria2c", "axel", "http", "https", "xh"})
# Programs that run what they read, unless they are given something else to run.
_INTERPRETERS = re.compile(r"(?:python|pypy|perl|ruby|node|php|lua|deno|bun)[\d.]*")
_PIP = re.compile(r"pip-?[\d.]*")
_PYTHON = re.compile(r"(?:python|pypy)[\d.]*")
_PACMAN = re.compile(r"-[A-Za-z]+")
_PACMAN_LETTERS = {
    "--sync": "S", "--upgrade": "U", "--refresh": "y", "--sysupgrade": "u", "--clean": "c",
    "--groups": "g", "--info": "i", "--list": "l", "--search": "s", "--print": "p",
}  # fmt: skip
_PACMAN_TAKES = frozenset(
    "-b --dbpath -r --root --arch --cachedir --color --config --gpgdir --hookdir --logfile --sysroot"  # noqa: SIM905
    " --assume-installed --ignore --ignoregroup --overwrite --print-format".split()
)


@dataclass(frozen=True, kw_only=True)
class Deed:
    """What a command does with packages."""

    manager: str
    """The family: `apt` for apt-get, too."""
    kind: str
    """INDEX (fetches lists of packages), INSTALL, UPGRADE or DIST_UPGRADE."""
    words: str
    """The program with its verb, for messages."""


def deed(command: Command) -> Deed | None:
    """Return what a command does with packages; None for nothing.

    >>> from stackproof.stack.shell_commands import commands
    >>> [found.words for one in commands("apt-get -qq update; ./update") if (found := deed(one))]
    ['apt-get update']
    """
    manager = manager_of(command)
    if manager == "pacman":
        return _of_pacman(command)
    name = "pip" if manager == "pip" and not _PIP.fullmatch(command.program) else command.program
    for word in command.words[1:]:
        for kind, verbs in _VERBS.items():
            if word in verbs.get(manager, ()):
                return Deed(manager=manager, kind=kind, words=f"{name} {word}")
    return None


def manager_of(command: Command) -> str:
    """Return the family of package managers that a command is of: `apt` for apt-get; empty for none."""
    name = command.program
    if _PIP.fullmatch(name) or (_PYTHON.fullmatch(name) and command.words[1:3] == ("-m", "pip")):
        return "pip"
    return _MANAGERS.get(name, "")


def _of_pacman(command: Command) -> Deed | None:
    """Read the letters of pacman(8): `-Sc` takes away, and `-Si`, `-Sl` and their like only tell."""
    given = [option for option in command.options if _PACMAN.fullmatch(option) or option in _PACMAN_LETTERS]
    letters = "".join(_PACMAN_LETTERS.get(option, option[1:]) for option in given)
    if not {"S", "U"} & {*letters} or ("S" in letters and "c" in letters):
        return None
    tells = not {*"gilsp"}.isdisjoint(letters) and "S" in letters
    if "U" in letters or (_has_targets(command) and not tells):
        kind = INSTALL
    elif "u" in letters and not tells:
        kind = UPGRADE
    elif "y" in letters:
        kind = INDEX
    else:
        return None
    flags = next(option for option in given if {"S", "U"} & {*_PACMAN_LETTERS.get(option, option)})
    return Deed(manager="pacman", kind=kind, words=f"pacman {flags}")


def _has_targets(command: Command) -> bool:
    """Whether packages are named, or come from elsewhere: `xargs pacman -S`, `pacman -S -`."""
    pairs = zip(command.words, command.words[1:], strict=False)
    named = [word for before, word in pairs if before not in _PACMAN_TAKES and not word.startswith("-")]
    return bool(named) or "xargs" in command.runners or "-" in command.words


def runs_a_download(command: Command) -> str:
    """Return the program that fetches what a command runs unseen; empty for none.

    What is given a program or a script of its own reads a download as data: `| python3 -m json.tool`.
    """
    fetched = next((name for name in command.feeders if name in FETCHERS), "")
    if fetched and _reads_program(command):
        return fetched
    filled = next((name for name in command.filled_by if name in FETCHERS), "")
    runs = command.program in {*SHELLS, "eval", ".", "source"} or _INTERPRETERS.fullmatch(command.program)
    whole = any(re.fullmatch(r"(?:[$<]\(|`).*(?:\)|`)", word, re.DOTALL) for word in command.words)
    return filled if runs and whole else ""


def _reads_program(command: Command) -> bool:
    """Whether a command runs what it reads from its input."""
    rest = command.words[1:]
    if command.program in SHELLS:
        for word in rest:
            if word in ("-", "--") or re.fullmatch(r"-\w*s\w*", word):
                return True
            if not word.startswith(("-", "+")):
                return word.startswith("/dev/") or word == "pipefail"
            if word != "-o" and not word.startswith("--") and word.endswith("c"):
                return False
        return True
    return bool(_INTERPRETERS.fullmatch(command.program)) and all(word in ("-", "--") for word in rest[:1])


def installs(commands: Iterable[Command], package: str) -> bool:
    """Whether commands install a package of that name."""
    return any(
        (found := deed(command)) is not None
        and found.kind == INSTALL
        and any(re.split(r"[=<>~@:]", word)[0] == package for word in command.arguments)
        for command in commands
    )
