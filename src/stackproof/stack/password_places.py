"""Passwords in commands by their place: the arguments of programs, and statements. Pure.

What stands behind an option is found by `command_passwords`.
"""

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cache
from typing import Final

from stackproof.stack.password_statements import stated
from stackproof.stack.password_tables import PAIRS, PLACES, TAKE_A_WORD, lines
from stackproof.stack.passwords import Judge, is_secret
from stackproof.stack.secret_names import looks_random
from stackproof.stack.shell_commands import Command, commands
from stackproof.stack.shell_script import given_script

# Their options with the value of what a word before it names.
_VALUE_OPTIONS: Final = ("--value", "--set")
# What reads a program that another table knows: `php occ`.
_INTERPRETERS: Final = frozenset({"php", "python", "python3", "node", "perl", "ruby", "npx"})
# A user and a password in one word: no path, URL, script (`@x`), parameter, and no `user@host/service`.
_SPLIT: Final = {
    ":!": re.compile(r"(?P<user>[^@:][^:]*):(?P<secret>[^/].*)", re.DOTALL),
    "/!": re.compile(
        r"(?P<user>[^@=/]+)/(?P<secret>[^/@][^@]*?)(?:@.*|\sas\ssys\w*)?", re.DOTALL | re.IGNORECASE
    ),
    "/!@": re.compile(r"(?P<user>[^@=/]+)/(?P<secret>[^/@][^@]*)@.+", re.DOTALL),
}
_ANY: Final = ("_", "!", *_SPLIT)
_SETTING: Final = re.compile(r"[\w./:@-]{1,200}")
# Names that hold a secret as those of settings, the latter where it looks like one: `key` to rclone.
_NAMES: Final = frozenset({"pass", "psk", "pin"})
_DOUBTFUL_NAMES: Final = frozenset({"key", "sas", "auth"})
# `vault login username=app`: not the password, but a name with its value.
_ASSIGNED: Final = re.compile(r"\w+=[^=]")


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A password in a command."""

    what: str
    """What it is told by: the program with its words, or the statement."""
    names: tuple[str, ...] = ()
    """Those that go with it: who logs in."""
    told: str = ""
    """How it is told, where `what` is made of an option and who takes it."""
    secret: str = field(repr=False)

    @classmethod
    def of_option(cls, option: str, program: str, user: str, secret: str, names: tuple[str, ...]) -> "Placed":
        """Return what stands behind an option of which one command may have several: `-p`.

        With the user for whom it is, unless that is a token, as some let one log in.
        """
        user = "" if looks_random(user) else user
        told = f"the value of {option} of {program}{f' for {user}' if user else ''}"
        what = " ".join(filter(None, (program, option, user)))
        return cls(what=what, told=told, names=names, secret=secret)

    @property
    def words(self) -> str:
        """What the password is, in words: the value of an option, the password of a program."""
        if self.told:
            return self.told
        has = "the value of" if self.what.startswith("-") or " " not in self.what else "the password of"
        return f"{has} {self.what}"


@dataclass(frozen=True, kw_only=True)
class _Place:
    flags: tuple[str, ...]
    words: tuple[str, ...]
    """With the password as the last one."""


def placed(words: Sequence[str], program: str = "", judge: Judge = is_secret) -> Iterator[Placed]:
    """Yield the passwords in the words of a command, or in a whole script as the one word.

    `program` is the one that gets the words where they do not begin with one, by the image's name; `judge`
    says which settings are secrets.

    >>> [(one.what, one.secret) for one in placed(["rabbitmqctl -q add_user app hunter2"])]
    [('rabbitmqctl add_user app', 'hunter2')]
    """
    text = " ".join(words)
    if _programs().search(text) or program in known_programs():
        for script in dict.fromkeys(scripts(words, program)):
            for command in commands(script):
                yield from _arguments(command, judge)
    yield from (Placed(what=what, names=names, secret=secret) for what, names, secret in stated(text))


@cache
def known_programs() -> frozenset[str]:
    """Return the programs in whose arguments a password has a place."""
    return frozenset({*_places(), *_paired()})


def scripts(words: Sequence[str], program: str = "") -> Iterator[str]:
    """Yield what a shell would read, and the same behind the program that an image starts."""
    kind, *rest = words or ("",)
    if kind in ("CMD-SHELL", "CMD"):
        script = rest[0] if kind == "CMD-SHELL" and rest else shlex.join(rest)
    elif len(words) == 1:
        script = kind
    else:
        script = (given_script(words) if kind.startswith("-") else None) or shlex.join(words)
    yield script
    if program in known_programs():
        yield f"{program} {script}"


def _arguments(command: Command, judge: Judge) -> Iterator[Placed]:
    if command.program in _INTERPRETERS and len(command.words) > 1:
        command = replace(command, words=command.words[1:])
    yield from _pairs(command, judge)
    for place in _places().get(command.program, ()):
        if not all(any(_has(option, flag) for option in command.options) for flag in place.flags):
            continue
        plain = _plain(command)
        first = place.words[0] in _ANY
        for start in range(1 if first else len(plain)):
            if (taken := plain[start : start + len(place.words)]) and _fits(taken, place.words):
                yield _found(command.program, taken, place.words)
                return


def _found(program: str, taken: Sequence[str], pattern: Sequence[str]) -> Placed:
    user, secret = "", taken[-1]
    if split := _split(secret, pattern[-1]):
        # A shell's word that has a variable is as it is written.
        user, secret = (split[part].strip("\"'") for part in ("user", "secret"))
    elif pattern[-2:-1] == ("_",):
        user = taken[-2]
    named = [
        word
        for word, said in zip(taken, pattern, strict=True)
        if said not in _ANY and not said.endswith((*_SPLIT,))
    ]
    names = (user,) if user else ()
    return Placed(what=" ".join([program, *named, *names]), names=names, secret=secret)


def _fits(taken: Sequence[str], pattern: Sequence[str]) -> bool:
    if len(taken) < len(pattern) or (pattern[-1] == "!" and _ASSIGNED.match(taken[-1])):
        return False
    return all(
        said in ("_", "!") or fnmatchcase(word.lower(), said) or _split(word, said)
        for word, said in zip(taken, pattern, strict=True)
    )


def _split(word: str, said: str) -> re.Match[str] | None:
    """Return the user and the password of a word, where its place has both."""
    kind = next((kind for kind in _SPLIT if said.endswith(kind)), None)
    lead = said.removesuffix(kind or "")
    return _SPLIT[kind].fullmatch(word[len(lead) :]) if kind and word.lower().startswith(lead) else None


def _pairs(command: Command, judge: Judge) -> Iterator[Placed]:
    """Yield what stands behind the name of a secret, where a program takes names with values."""
    patterns = _paired().get(command.program, ())
    plain = _plain(command) if patterns else []
    begun = next((one for one in patterns if _begins(plain, command.words, one)), None)
    if begun is None:
        return
    rest = plain[len([word for word in begun if not word.startswith("-")]) :]
    valued = _values(command.words)
    for name, value in zip(rest, [*rest[1:], *valued[:1], ""], strict=False):
        if value and _SETTING.fullmatch(name) and _says(name, value, judge):
            yield Placed(what=" ".join([command.program, *begun, name]), secret=value)


def _begins(plain: Sequence[str], words: Sequence[str], pattern: Sequence[str]) -> bool:
    options = [word for word in pattern if word.startswith("-")]
    said = [word for word in pattern if word not in options]
    return set(options) <= set(words) and [word.lower() for word in plain[: len(said)]] == said


def _values(words: Sequence[str]) -> list[str]:
    """Return what `--value` has, in the same word or in the next."""
    found = []
    for word, following in zip(words, [*words[1:], ""], strict=False):
        option, equals, value = word.partition("=")
        if option in _VALUE_OPTIONS and (value if equals else following):
            # A shell's word that has a variable is as it is written.
            found.append((value if equals else following).strip("\"'"))
    return found


def _says(name: str, value: str, judge: Judge) -> bool:
    """Whether a setting is a secret, by the last part of its name: `db/0/password`, `tls.key`."""
    last = re.split(r"[./:]", name)[-1]
    if judge(last, value):
        return True
    if last.lower() in _NAMES:
        return judge("password", value)
    return last.lower() in _DOUBTFUL_NAMES and looks_random(value)


def _has(option: str, flag: str) -> bool:
    """Whether an option is that letter, or has it among others: `-cb`."""
    return not option.startswith("--") and flag[1] in option[1:]


def _plain(command: Command) -> list[str]:
    """Return the arguments of a command: words that are neither options nor what these take."""
    taking = _taking().get(command.program, frozenset())
    found: list[str] = []
    taken = False
    for word in command.words[1:]:
        option = word.startswith("-") and len(word) > 1
        if not option and not taken:
            found.append(word)
        taken = option and _takes_a_word(word, taking)
    return found


def _takes_a_word(option: str, taking: frozenset[str]) -> bool:
    if option in taking or option.startswith("--"):
        return option in taking
    # Of letters in one, the first that takes a word has the rest for it, or the next word.
    first = next((at for at, letter in enumerate(option) if f"-{letter}" in taking), 0)
    return first > 0 and first == len(option) - 1


@cache
def _taking() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for names, options in lines(TAKE_A_WORD):
        found |= {name: found.get(name, frozenset()) | {*options.split()} for name in names}
    return found


@cache
def _places() -> dict[str, list[_Place]]:
    found: dict[str, list[_Place]] = {}
    for names, places in lines(PLACES):
        for words in (place.split() for place in places.split(";")):
            flags = tuple(word for word in words if word.startswith("-"))
            place = _Place(flags=flags, words=tuple(word for word in words if word not in flags))
            for name in names:
                found.setdefault(name, []).append(place)
    return found


@cache
def _paired() -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for names, patterns in lines(PAIRS):
        for name in names:
            found.setdefault(name, []).extend(tuple(words.split()) for words in patterns.split(";"))
    return found


@cache
def _programs() -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, known_programs()))})(?![\w-])")
