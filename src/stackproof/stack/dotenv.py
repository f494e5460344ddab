"""What an env file says, as Compose reads it. Pure.

The syntax is that of compose-go's package `dotenv`: `NAME=value` and `NAME: value`, with or without `export`.
A value without quotes ends with its line or before ` #`; one in quotes may have several lines. Variables are
filled in, but not in single quotes. A service may name a file that is read in another way (`format: raw`):
there all behind the first `=` is the value.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from stackproof.stack import interpolation
from stackproof.stack.dollars import escape
from stackproof.stack.interpolation import MOST

# Compose's own idea of a space within a line.
_SPACES = "[ \\t\\v\\f\\r\\x85\\xa0]*"
_NAMED = re.compile(rf"(?:export(?=\s))?{_SPACES}(?P<name>[\w.\[\]-]+){_SPACES}(?P<sign>[=:]){_SPACES}")
_QUOTED = {quote: re.compile(rf"{quote}((?:[^{quote}\\]|\\.)*){quote}", re.DOTALL) for quote in "'\""}
_ESCAPED = re.compile(r"\\([abfnrtv$\"\\]|0[0-7]{3})")
_MEANT = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    '"': '"', "\\": "\\", "$": "$$",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A variable of an env file."""

    name: str
    text: str
    """What Compose fills variables in, where it does; as written but for quotes, comments and escapes."""
    line: int
    literal: bool = False
    """Whether nothing is filled in."""

    @property
    def template(self) -> str:
        """The text in which each dollar sign that is meant is written twice."""
        return escape(self.text) if self.literal else self.text

    def value(self, known: Mapping[str, str]) -> str:
        """Return the value, with what is known filled in."""
        return self.text if self.literal else interpolation.filled(self.text, known)

    def lacking(self, known: Mapping[str, str]) -> list[str]:
        """Return the names that leave nothing, because nobody sets them."""
        return [] if self.literal else list(interpolation.lacking(self.text, known))


def entries(text: str) -> Iterator[Entry]:
    r"""Yield the variables of a file; of one that Compose refuses, what can be told.

    >>> [(one.name, one.text) for one in entries("export A=1 # one\nB: 'x y'\nC=\"$A\"\n# D=1\n- E=1\n")]
    [('A', '1'), ('B', 'x y'), ('C', '$A')]
    """
    text = text.removeprefix("\ufeff")
    at = counted = 0
    line = 1
    while (at := _statement(text, at)) < len(text):
        hit = _NAMED.match(text, at)
        if hit is None:
            at = _end_of_line(text, at)
            continue
        line += text.count("\n", counted, at)
        counted = at
        value, literal, at = _value(text, hit.end())
        yield Entry(name=hit["name"], text=value, line=line, literal=literal)


def raw_entries(text: str) -> Iterator[Entry]:
    r"""Yield the variables of a file in the raw format.

    >>> [(one.name, one.value({})) for one in raw_entries("# A=1\n B='$x' # y\nC: 1\n")]
    [('B', "'$x' # y")]
    """
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        name, equals, value = line.lstrip().partition("=")
        if equals and not name.startswith("#"):
            yield Entry(name=name, text=value, line=number, literal=True)


def values(text: str, known: Mapping[str, str]) -> dict[str, str]:
    """Return what a file sets, with variables filled in: what is known counts more than what stands above."""
    return {entry.name: value for entry, value, _lacking in _read(text, known)}


def unset(text: str, known: Mapping[str, str]) -> list[Entry]:
    """Return what takes something from a variable that is neither known nor set above."""
    return [entry for entry, _value, lacking in _read(text, known) if lacking]


def _read(text: str, known: Mapping[str, str]) -> Iterator[tuple[Entry, str, list[str]]]:
    """Yield the entries of a file with their values and the names in them that leave nothing."""
    above: dict[str, str] = {}
    size = 0
    everything = interpolation.together(known, above)
    for entry in entries(text):
        value = entry.value(everything) if size < MOST else entry.text
        size += len(value)
        yield entry, value, entry.lacking(everything)
        above[entry.name] = value


def _statement(text: str, at: int) -> int:
    """Return where the next statement begins."""
    while at < len(text):
        if text[at] == "#":
            at = _end_of_line(text, at)
        elif text[at].isspace():
            at += 1
        else:
            break
    return at


def _end_of_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _value(text: str, at: int) -> tuple[str, bool, int]:
    """Return the value that begins at a place, whether it is literal, and where it ends."""
    quote = text[at : at + 1]
    quoted = _QUOTED[quote].match(text, at) if quote in _QUOTED else None
    if quoted is None:
        end = _end_of_line(text, at)
        bare = text[at:end].partition(" #")[0].rstrip()
        # Compose refuses a quote that nobody closes; what stands behind it is the value that was meant.
        return bare.removeprefix(quote) if quote in _QUOTED else bare, False, end
    value = re.sub(rf"\\({quote})", r"\1", quoted[1]) if "\\" in quoted[1] else quoted[1]
    if quote == '"':
        value = _ESCAPED.sub(lambda hit: _MEANT.get(hit[1]) or chr(int(hit[1], 8)), value)
    return value, quote == "'", quoted.end()
