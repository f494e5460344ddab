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
    "pip": "pip", "pip3": "pip", "opkg": "opkg", "npm": "npm", "yarn": "yarn",
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
_PACMAN = re.compile(r"-[A-Za-z]*[SU][A-Za-z]*")
_ASSIGNED = re.compile(r"(?:^|(?<=[\s;&|(\"']))([A-Za-z_]\w*)=[\"']?([^\s\"';&|)]+)")


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
    words = command.words
    name = command.program
    if name.startswith("python") and words[1:3] == ("-m", "pip"):
        name = "pip"
    manager = _MANAGERS.get(name, "")
    if manager == "pacman":
        return _of_pacman(command)
    for word in words[1:]:
        for kind, verbs in _VERBS.items():
            if word in verbs.get(manager, ()):
                return Deed(manager=manager, kind=kind, words=f"{name} {word}")
    return None


def _of_pacman(command: Command) -> Deed | None:
    flags = next((option for option in command.options if _PACMAN.fullmatch(option)), "")
    if not flags:
        return None
    kind = INSTALL if command.arguments or "U" in flags else UPGRADE if "u" in flags else INDEX
    return Deed(manager="pacman", kind=kind, words=f"pacman {flags}")


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


# What turns off the look at who made a package or a file, by program; `apt` is any of its kind.
_UNVERIFIED: dict[str, re.Pattern[str]] = {
    "apt": re.compile(
        r"--allow-unauthenticated|--force-yes|--allow-insecure-repositories|--no-allow-secure.*"
        r"|(?:-o)?(?:APT::Get::AllowUnauthenticated|Acquire::AllowInsecureRepositories"
        r"|Acquire::https::Verify-(?:Peer|Host)).*",
        re.IGNORECASE,
    ),
    "apk": re.compile(r"--allow-untrusted|-U?--allow-untrusted"),
    "dnf": re.compile(
        r"--nogpgcheck|--no-gpgchecks?|--setopt=(?:\S+\.)?(?:repo_)?(?:gpgcheck|sslverify)=(?:0|false|no)",
        re.IGNORECASE,
    ),
    "zypper": re.compile(r"--no-gpg-checks?|--allow-unsigned-rpm"),
    "pip": re.compile(r"--trusted-host(?:=.*)?"),
    "curl": re.compile(r"--insecure|--proxy-insecure|-[^-].*"),
    "wget": re.compile(r"--no-check-certificate"),
    "rpm": re.compile(r"--nosignature|--nodigest|--nofiledigest|--noverify"),
    "npm": re.compile(r"--no-strict-ssl|--strict-ssl=false"),
    "aria2c": re.compile(r"--check-certificate=false"),
    "git": re.compile(r"http\.sslVerify=(?:false|0)", re.IGNORECASE),
}
# Letters of curl behind which the rest of the word is a value: `-okernel` asks for no `-k`.
_TAKES_A_VALUE = frozenset("AbcCdDeEFhHKmoPQrtTuUwxXyYz")
# Settings that a program is told to keep, by what is said of them.
_UNVERIFIED_SETTINGS = {
    re.compile(r"(?:npm|pnpm|yarn) (?:c(?:onfig)? )?set strict-ssl[ =]false"): "strict-ssl=false",
    re.compile(r"git config .*http\.(?:\S+\.)?sslverify (?:false|0|no|off)"): "http.sslVerify=false",
    re.compile(r"pip3? config .*set \S*trusted-host"): "trusted-host",
    re.compile(r"conda config .*--set ssl_verify (?:false|no)"): "ssl_verify=false",
}
# Variables that turn it off for all that runs (Node.js, Python, git, npm, Go).
_UNVERIFIED_VARIABLES = {
    "NODE_TLS_REJECT_UNAUTHORIZED": {"0"}, "PYTHONHTTPSVERIFY": {"0"}, "GIT_SSL_NO_VERIFY": None,
    "NPM_CONFIG_STRICT_SSL": {"false"}, "PIP_TRUSTED_HOST": None, "GOINSECURE": None,
}  # fmt: skip


def unverified(command: Command) -> str:
    """Return the word of a command that turns verification off; empty for none."""
    pattern = _UNVERIFIED.get("pip" if _is_pip(command) else _MANAGERS.get(command.program, command.program))
    for word in command.words[1:] if pattern else ():
        if pattern and pattern.fullmatch(word) and (command.program != "curl" or _insecure(word)):
            return word
    words = " ".join((command.program, *command.words[1:])).lower()
    return next((said for pattern, said in _UNVERIFIED_SETTINGS.items() if pattern.match(words)), "")


def unverified_assignment(script: str) -> str:
    """Return the variable that a script sets and that turns verification off; empty for none."""
    found = _ASSIGNED.findall(script)
    return next((name for name, value in found if unverified_variable(name, value)), "")


def unverified_variable(name: str, value: str | None) -> bool:
    """Whether a variable turns verification off."""
    if name.upper() not in _UNVERIFIED_VARIABLES:
        return False
    values = _UNVERIFIED_VARIABLES[name.upper()]
    return bool(value) and (values is None or str(value).lower() in values)


def _insecure(word: str) -> bool:
    """Whether an option of curl has its `k` where letters are options."""
    for letter in "" if word.startswith("--") else word[1:]:
        if letter == "k" or letter in _TAKES_A_VALUE:
            return letter == "k"
    return word.startswith("--")


def _is_pip(command: Command) -> bool:
    return command.program.startswith("python") and command.words[1:3] == ("-m", "pip")


# What leaves lists or archives of packages behind, and what takes them away, by family.
_CLEANED = {
    "apt": re.compile(r"rm\s.*(?:/var/lib/apt(?:/lists)?|/var/lib/\{)|rm\s.*/var/lib/apt/lists"),
    "apk": re.compile(r"--no-cache|rm\s.*/var/cache(?:/apk|/\*|\s|$)|rm\s.*/var/cache/\{|apk cache clean"),
    "dnf": re.compile(
        r"\b(?:yum|dnf5?|microdnf|tdnf)\b.*\bclean\b|rm\s.*/var/cache(?:/(?:yum|dnf)|/\*|\s|$)"
    ),
    "zypper": re.compile(r"\bzypper\b.*\b(?:clean|cc)\b|rm\s.*/var/cache(?:/zypp|/\*|\s|$)"),
    "pacman": re.compile(r"\bpacman\b.*-\w*S\w*c\w*|rm\s.*/var/cache(?:/pacman|/\*|\s|$)"),
    "pip": re.compile(r"--no-cache(?:-dir)?|\bpip3?\b.*\bcache\b.*\bpurge\b|rm\s.*\.cache"),
}


def leaves_cache(manager: str, script: str) -> bool:
    """Whether a script in which a manager installs keeps its lists or archives."""
    pattern = _CLEANED.get(manager)
    return pattern is not None and not any(pattern.search(line) for line in re.split(r"&&|;|\n|\|\|", script))


def installs(commands: Iterable[Command], package: str) -> bool:
    """Whether commands install a package of that name."""
    return any(
        (found := deed(command)) is not None
        and found.kind == INSTALL
        and any(re.split(r"[=<>~@:]", word)[0] == package for word in command.arguments)
        for command in commands
    )
