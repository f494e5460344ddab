"""Passwords that everybody tries first. Pure."""

from collections.abc import Iterable
from importlib import resources
from typing import Final

# The heads of published lists of leaked passwords, and what images, tutorials and templates suggest.
WORDS: Final = frozenset((resources.files(__package__) / "weak_passwords.txt").read_text().split())


def is_weak(value: str, names: Iterable[str] = ()) -> bool:
    """Whether a password is a word that everybody tries first, or one of the `names` that go with it."""
    word = value.strip().casefold()
    return word in WORDS or word in {name.casefold() for name in names if name}
