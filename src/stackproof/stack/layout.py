"""How compose files are laid out: in which order and with which quotes. Compose itself does not care."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TypeVar

from stackproof.stack.layers import Layer

Key = TypeVar("Key", int, str, tuple[int, str])

# The order of dclint's service-keys-order, so that a file may please both; others come last, sorted.
SERVICE_KEYS = (
    "image", "build", "container_name",
    "depends_on",
    "volumes", "volumes_from", "configs", "secrets",
    "environment", "env_file",
    "ports", "networks", "network_mode", "extra_hosts",
    "command", "entrypoint", "working_dir", "restart", "healthcheck",
    "logging", "labels",
    "user", "isolation",
)  # fmt: skip
# The order of dclint's top-level-properties-order; `x-...` stands before, what is not named here behind.
TOP_KEYS = ("version", "name", "include", "services", "networks", "volumes", "secrets", "configs")
# A text that YAML would read otherwise without quotes.
_NEEDS_QUOTES = re.compile(r"^[\s!&*?|>@`\"'%#{}\[\],:-]|: | #|[:\s]$|^$")
# What ends a text in a list or mapping in brackets (YAML 1.2, 7.3.3).
_IN_BRACKETS = frozenset(",[]{}")


def own(layer: Layer) -> list[Layer]:
    """Return what is written directly below, in its order, without what merge keys bring."""
    return [child for child in layer.below if child.item and not child.item.merged and child.at[-1] != "<<"]


def entries(layer: Layer) -> list[Layer]:
    """Return the entries of a list that are written in the short form."""
    return [child for child in own(layer) if child.kind not in ("a mapping", "a list", "empty")]


def names(layer: Layer) -> list[tuple[str, Layer]]:
    """Return what a list or a mapping names."""
    if layer.kind == "a mapping":
        return [(str(child.at[-1]), child) for child in own(layer)]
    return [(child.text(), child) for child in entries(layer)]


def first_unsorted(found: Sequence[tuple[Key, Layer]]) -> tuple[Layer, Layer] | None:
    """Return the first that should stand before the one above it, and that one."""
    for (above, one), (key, other) in pairwise(found):
        if key < above:
            return other, one
    return None


def alphabetical(name: str) -> str:
    """Return what names are sorted by: case does not matter, and `_` comes before digits as `-` does."""
    return name.casefold().replace("_", " ")


def ranked(order: Sequence[str]) -> Callable[[str], tuple[int, str]]:
    """Return what keys are sorted by: an order, then all others by name."""
    places = {key: number for number, key in enumerate(order)}
    return lambda key: (-1, "") if key.startswith("x-") else (places.get(key, len(order)), _rest(key, places))


def _rest(key: str, places: Iterable[str]) -> str:
    return "" if key in places else key


def port_number(entry: Layer) -> int | None:
    """Return the number by which an entry of `ports` is sorted: that on the host, or else the container's."""
    if entry.kind == "a mapping":
        return first_number([entry.text("published"), entry.text("target")])
    return short_port(entry.text())


def short_port(text: str) -> int | None:
    """Return that number of an entry in the short form, such as 8080 of `127.0.0.1:8080:80/tcp`."""
    words = text.partition("/")[0].rsplit(":", 2)
    return first_number([*words[-2:-1], words[-1]])


def first_number(words: Iterable[str]) -> int | None:
    """Return the number that the first of some words begins with that begins with one."""
    numbers = (re.match(r"[0-9]{1,18}", word) for word in words)
    return next((int(number[0]) for number in numbers if number), None)


def needs_quotes(text: str, *, in_line: bool = False) -> bool:
    """Whether YAML would read a text otherwise, or not at all, without quotes.

    More so `in_line`, where it stands in a list in brackets.
    """
    return _NEEDS_QUOTES.search(text) is not None or (in_line and not _IN_BRACKETS.isdisjoint(text))


def quoted(entries_of: Iterable[Layer]) -> Iterator[tuple[Layer, bool]]:
    """Yield entries, and whether each stands in quotes."""
    yield from ((entry, bool(entry.item and entry.item.quote in ("'", '"'))) for entry in entries_of)
