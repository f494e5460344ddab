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
# What templates write for the reader to replace; a password that was made by chance has none of it.
_PLACEHOLDER: Final = re.compile(
    r"<[^<>]*>|\[[^\[\]]*\]|\{\{[^{}]*\}\}|x{3,}|\*{3,}|\.{3,}|_{3,}"
    r"|(?:to[-_ ]?do|fix[-_ ]?me|tbd|dummy|sample|example|placeholder|redacted|none|null|undefined)\W*"
    r"|.*\b(?:change|replace|set|insert|enter|put|fill|add|use|choose|generate)"
    r"[-_ ]?(?:me|this|it|in|with|a|an|the|your|my|here)(?:\b|_).*"
    # Joined to other words, as in `pos_change_me` and `ChangeThisKey`; that of SQL Server's own guide.
    rf"|.*{_CHANGE}[-_ ]?(?:me{_END}|this).*|.*{_CHANGE}[-_ ](?:in|before|for|on)[-_ ].*|your[-_ ]?strong.*"
    r"|your[-_ ].*|my[-_ ](?:secret|password|token|key)\b.*|.*[-_ ]here|change[-_]?me[-_\w]*"
    r"|super[-_ ]?secret[-_ ]?(?:password|key|token)?|(?:in)?secure[-_ ]?(?:password|key|token)",
    re.IGNORECASE | re.DOTALL,
)


def is_placeholder(value: str) -> bool:
    """Whether a text stands where a password will be.

    >>> is_placeholder("<your-token>"), is_placeholder("CHANGE_ME_PLEASE"), is_placeholder("k3yb0ard-xyz")
    (True, True, False)
    """
    return _PLACEHOLDER.fullmatch(value.strip()) is not None
