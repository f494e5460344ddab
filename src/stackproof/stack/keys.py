"""Paths of keys, which lead to a part of a model or of a file."""

from collections.abc import Iterator, Mapping
from typing import Any

KeyPath = tuple[str | int, ...]


def numbered(raw: Mapping[str, Any], key: str) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
    """Yield the entries of a list in their long form, with their paths.

    A short one, which Compose never prints, is refused elsewhere.
    """
    for index, entry in enumerate(raw.get(key) or ()):
        if isinstance(entry, Mapping):
            yield (key, index), entry
