"""Passwords that everybody tries first. Pure."""

import re
from collections.abc import Iterable
from importlib import resources
from typing import Final

# The heads of published lists of leaked passwords, and what images, tutorials and templates suggest.
WORDS: Final = frozenset((resources.files(__package__) / "weak_passwords.txt").read_text().split())


def is_weak(value: str, names: Iterable[str] = ()) -> bool:
    """Whether a password is a word that everybody tries first, or one of the `names` that go with it."""
    word = value.strip().casefold()
    return word in WORDS or word in {name.casefold() for name in names if name}


# Where the word begins and what ends it, an upper-case letter, too: `exchange-metrics` has neither.
_CHANGE: Final = r"(?:(?<![a-z0-9])|(?-i:(?<=[a-z0-9])(?=C)))change"
_END: Final = r"(?:(?![a-z])|(?-i:(?<=[a-z])(?=[A-Z]))|(?=now|please))"
# What else stands behind it without a gap: `changemetosomething`, `changemeplease`.
_JOINED: Final = (
    r"(?=now|please|to|in|before|later|soon|first|secret|pass|key|token|value|random|default|admin|user|root|change"
    # No word goes on without a vowel: `changemeplz`, but not `changement`.
    r"|[b-df-hj-np-tv-xz]{3,}(?![a-z]))"
)
# What templates write for the reader to replace.
_TEMPLATE: Final = re.compile(
    r"<[^<>]*>|\[[^\[\]]*\]|\{\{[^{}]*\}\}|x{3,}|\*{3,}|\.{3,}|_{3,}", re.IGNORECASE
)
_PLACEHOLDER: Final = re.compile(
    r"(?:to[-_ ]?do|fix[-_ ]?me|tbd|dummy|sample|example|placeholder|redacted|none|null|undefined)\W*"
    r"|.*\b(?:change|replace|set|insert|enter|put|fill|add|use|choose|generate)"
    r"[-_ ]?(?:me|this|it|in|with|a|an|the|your|my|here)(?:\b|_).*"
    # Joined to other words, as in `pos_change_me` and `ChangeThisKey`; that of SQL Server's own guide.
    rf"|.*{_CHANGE}[-_ ]?(?:me{_END}|this).*|.*{_CHANGE}[-_ ](?:in|before|for|on)[-_ ].*|your[-_ ]?strong.*"
    r"|your[-_ ].*|my[-_ ](?:secret|password|token|key)\b.*|.*[-_ ]here"
    rf"|change[-_]?me(?:(?![a-z])|{_JOINED})[-_\w]*"
    r"|super[-_ ]?secret[-_ ]?(?:password|key|token)?|(?:in)?secure[-_ ]?(?:password|key|token)",
    re.IGNORECASE | re.DOTALL,
)
_BEGINNING: Final = re.compile(r"^(?:please[-_ ]?)?(?:change|replace)[-_ ]?(?:me|this|it)", re.IGNORECASE)
_PARTS: Final = re.compile(r"[\W_]+")
_TURNS: Final = re.compile(r"(?<=\d)(?=[A-Za-z])|(?<=[A-Za-z])(?=\d)")
# As many turns have words, too: `base64string`, `oauth2`; one that begins with a digit is none. A short one
# in one case has one more: `x509v3`, `2026q1`, `base64url32`.
_TURNS_OF_WORDS: Final = 3
_SHORTEST, _SHORT, _LONGEST_OF_WORDS = 5, 12, 20
_RUNS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_CONSONANT: Final = r"[b-df-hj-np-tv-xz]"
# Letters that one can say.
_WORD: Final = re.compile(
    rf"{_CONSONANT}[aeiouy]{_CONSONANT}|(?!.*{_CONSONANT}{{4}})(?=.*[aeiouy])(?=.*{_CONSONANT})[a-z]{{4,}}",
    re.IGNORECASE,
)
# So much of the letters is in words, in what consists of words and numbers.
_IN_WORDS: Final = 0.8
# Digits that are written for letters: `s3cr3t`, `P4ssw0rd1`.
_FOR_LETTERS: Final = str.maketrans("013457", "oieast")
_WRITTEN_SO: Final = re.compile(r"([A-Za-z]+(?:[013457][A-Za-z]+)+)\d{0,4}")
_SAID: Final = re.compile(rf"(?!.*(?:{_CONSONANT}{{4}}|[aeiou]{{3}}))[a-z]+", re.IGNORECASE)
_COUNTED: Final = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz")


def is_placeholder(value: str) -> bool:
    """Whether a text stands where a password will be.

    What begins like one and goes on as a password that was made by chance is that password.

    >>> is_placeholder("<your-token>"), is_placeholder("CHANGE_ME_PLEASE"), is_placeholder("changeme123")
    (True, True, True)
    >>> is_placeholder("k3yb0ard-xyz"), is_placeholder("changeMeridian7"), is_placeholder("changeme7Qx93")
    (False, False, False)
    """
    text = value.strip()
    if _TEMPLATE.fullmatch(text):
        return True
    return _PLACEHOLDER.fullmatch(text) is not None and not is_by_chance(text)


def is_by_chance(text: str) -> bool:
    """Whether a part of a text, behind the words of a placeholder, is letters and digits in turn.

    Words with numbers are none, nor words with digits for letters, nor what somebody counts (`1a2b3c`).

    >>> is_by_chance("my-secret-9f8e7d6c"), is_by_chance("change-me-in-2026"), is_by_chance("your-oauth2")
    (True, False, False)
    >>> is_by_chance("my_s3cr3t_here"), is_by_chance("your-16char32byte64hex-key")
    (False, False)
    """
    parts = _PARTS.split(_BEGINNING.sub("", text))
    return any(_takes_turns(part) for part in parts if len(part) >= _SHORTEST and not is_weak(part))


def _takes_turns(part: str) -> bool:
    fewest = _TURNS_OF_WORDS if part[:1].isalpha() else _TURNS_OF_WORDS - 1
    if len(part) < _SHORT and part in (part.lower(), part.upper()):
        fewest += 1
    return len(_TURNS.findall(part)) >= fewest and not (_is_of_words(part) or _is_counted(part))


def _is_of_words(part: str) -> bool:
    """Whether most letters of a part are in words, or its digits stand for letters of words."""
    if len(part) > _LONGEST_OF_WORDS:
        return False
    runs = _RUNS.findall(part)
    said = sum(len(run) for run in runs if _WORD.fullmatch(run))
    if said >= _IN_WORDS * sum(map(len, runs)):
        return True
    written = _WRITTEN_SO.fullmatch(part)
    return written is not None and _SAID.fullmatch(written[1].translate(_FOR_LETTERS)) is not None


def _is_counted(part: str) -> bool:
    digits, letters = re.sub(r"\D", "", part), re.sub(r"\d", "", part).lower()
    return digits in _COUNTED[0] and letters in _COUNTED[1]
