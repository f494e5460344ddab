"""Which parts of a text Compose takes for variables, and what it puts in their place. Pure.

The syntax is that of compose-go's package `template`, for compose files and env files: `$NAME`, `${NAME}`
with `-`, `:-`, `?`, `:?`, `+` or `:+`, and `$$`. A name begins with a letter of ASCII or `_`: before all else
a dollar sign stays what it is (`$1`, `$(date)`, `pa$`), and braces around no name are refused.
"""

import re
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import cast

_NAME = "[A-Za-z_][A-Za-z0-9_]*"
_BEGIN = re.compile(rf"\$(?:\$|({_NAME})|(?=\{{({_NAME})(:?[-?+]|\}})))")
# As people name variables. A password that holds a dollar sign rarely goes on in capitals alone.
_USUAL = re.compile(r"[A-Z_][A-Z0-9_]*")
# No author writes more. Each is looked for in all that follows it, so that more would take minutes.
_MOST_UNCLOSED = 50
MOST = 2 * 1024 * 1024
"""Characters of a filled-in text, and of all that an env file sets: each variable may double another."""
_MOST_WITHIN = 50
"""Variables in a default; one with more is taken for empty."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A variable in a text, or a dollar sign that was written twice."""

    start: int
    end: int
    name: str
    """Empty for a dollar sign."""
    operator: str = ""
    other: str = ""
    """What stands behind the operator: a default, a message, what takes the place of a value."""
    in_braces: bool = False

    def lacks(self, values: Mapping[str, str]) -> bool:
        """Whether the variable has no value, or an empty one where that counts as none."""
        return self.name not in values or (self.operator.startswith(":") and not values[self.name])


def together(*known: Mapping[str, str]) -> Mapping[str, str]:
    """Return variables as one mapping, in which what stands first counts more.

    Nothing is copied: a shell has a hundred variables, and a stack asks for a few of them.

    >>> together({"A": "shell"}, {"A": "file", "B": "file"})["A"]
    'shell'
    """
    return ChainMap(*(cast("MutableMapping[str, str]", one) for one in known))


def references(text: str) -> Iterator[Reference]:
    """Yield the variables of a text, and the dollar signs that are written twice, in their order.

    >>> [(one.name, one.operator, one.other) for one in references("$A $$B ${C:-${D}} $1 ${2} pa$")]
    [('A', '', ''), ('', '', ''), ('C', ':-', '${D}')]
    """
    at = unclosed = 0
    while (hit := _BEGIN.search(text, at)) and unclosed < _MOST_UNCLOSED:
        at = hit.end()
        name, operator = hit[2], hit[3]
        if name is None:
            yield Reference(start=hit.start(), end=at, name=hit[1] or "")
        elif operator == "}":
            at = hit.end(3)
            yield Reference(start=hit.start(), end=at, name=name, in_braces=True)
        elif (end := _closing(text, hit.end())) < 0:
            unclosed += 1
        else:
            at, other = end + 1, text[hit.end(3) : end]
            if other.count("${") > _MOST_WITHIN:
                other = ""
            yield Reference(
                start=hit.start(), end=at, name=name, operator=operator, other=other, in_braces=True
            )


def _closing(text: str, start: int) -> int:
    """Return where the brace is closed that is opened at a place; -1 where it is not.

    As Compose counts: what directly follows an open brace never closes one; where the count does not come
    out, it is the last brace.
    """
    depth, at = 0, start
    if text.find("}", start) < 0:
        return -1
    while at < len(text):
        if text[at] == "{":
            depth += 1
            at += 1
        elif text[at] == "}":
            depth -= 1
            if not depth:
                return at
        at += 1
    return text.rfind("}", start)


def replaced(text: str, by: Callable[[Reference], str]) -> str:
    """Return a text with something else in place of each reference."""
    parts, at, size = [], 0, 0
    for one in references(text):
        parts += [text[at : one.start], by(one)]
        at = one.end
        size += len(parts[-1]) + len(parts[-2])
        if size > MOST:
            return "".join(parts)[:MOST]
    return "".join((*parts, text[at:]))


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a text as Compose reads it; a variable without a value leaves nothing."""

    def value(one: Reference) -> str:
        if not one.name:
            return "$"
        if one.operator.endswith("-") and one.lacks(values):
            return filled(one.other, values)
        if one.operator.endswith("+"):
            return "" if one.lacks(values) else filled(one.other, values)
        return values.get(one.name, "")

    return replaced(text, value) if "$" in text else text


def names(text: str) -> list[str]:
    """Return the variables that a text may take values from, with those of defaults."""
    return [name for one in references(text) if one.name for name in (one.name, *names(one.other))]


def lacking(text: str, values: Mapping[str, str]) -> Iterator[str]:
    """Yield the variables of a text that leave nothing: an empty default is its author's word.

    >>> list(lacking("$A ${B-} ${C:-${D}} ${E:+x} $$F ${A}", {"E": "1"}))
    ['A', 'D', 'A']
    """
    for one in references(text):
        missing = one.lacks(values)
        if one.name and not one.operator and missing:
            yield one.name
        elif (one.operator.endswith("-") and missing) or (one.operator.endswith("+") and not missing):
            yield from lacking(one.other, values)


def is_refused(text: str) -> bool:
    """Whether Compose refuses a text, for a brace behind a dollar sign begins no variable.

    >>> is_refused("${1}"), is_refused("${A:-${B C}}"), is_refused("$${A $1 ${B}")
    (True, True, False)
    """
    return "${" in replaced(text, lambda _one: "x") or any(is_refused(one.other) for one in references(text))


def by_chance(text: str, *, in_secret: bool = True) -> set[str]:
    """Return the names in a text that may be no names, but parts of a password, a hash or a key.

    In a text that is no secret by all else that is known, only what stands within a word may be one.

    >>> sorted(by_chance("pa$word9 $HOME ${word} $low me:$apr1$Xk3 a$B"))
    ['B', 'Xk3', 'apr1', 'low', 'word9']
    >>> sorted(by_chance("pa$word9 $HOME ${word} $low a$B", in_secret=False))
    ['word9']
    """
    found = set()
    for one in references(text):
        within, unusual = text[one.start - 1 : one.start].isalnum(), not _USUAL.fullmatch(one.name)
        if one.name and not one.in_braces and (within or unusual if in_secret else within and unusual):
            found.add(one.name)
        found |= by_chance(one.other, in_secret=in_secret)
    return found
