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
    r"(?=now|please|to|in|before|later|soon|first|secret|pass|key|token|value|random|default|admin|user|root)"
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
# As many turns have words, too: `base64string`, `oauth2`; one that begins with a digit is none.
_TURNS_OF_WORDS: Final = 3
_SHORTEST: Final = 5


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

    >>> is_by_chance("my-secret-9f8e7d6c"), is_by_chance("change-me-in-2026"), is_by_chance("your-oauth2")
    (True, False, False)
    """
    parts = _PARTS.split(_BEGINNING.sub("", text))
    return any(
        len(_TURNS.findall(part)) >= (_TURNS_OF_WORDS if part[:1].isalpha() else _TURNS_OF_WORDS - 1)
        for part in parts
        if len(part) >= _SHORTEST and not is_weak(part)
    )
