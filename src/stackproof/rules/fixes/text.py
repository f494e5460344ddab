"""The text of a file and what is changed in it, so that all else stays as it is, byte for byte."""

import codecs
import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

# In this order: the mark of UTF-32 begins as that of UTF-16 does.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LINE = re.compile(r"\r\n|\n|\r")


class NotFixable(Exception):  # noqa: N818 - no mistake: a finding that only its author can mend
    """Nothing is changed for a finding; the message says why."""


@dataclass(frozen=True, order=True)
class Edit:
    """A part of a text, from `start` to before `end`, and what takes its place."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Text:
    """The text of a file, and how its bytes said it."""

    said: str
    mark: bytes = b""
    """The byte order mark that the file begins with; empty for none."""
    codec: str = "utf-8"

    @classmethod
    def of(cls, data: bytes) -> "Text":
        """Read bytes. Raises NotFixable for what is no text."""
        mark, codec = next((one for one in _MARKS if data.startswith(one[0])), (b"", "utf-8"))
        try:
            return cls(data[len(mark) :].decode(codec), mark, codec)
        except UnicodeDecodeError:
            msg = "the file is not UTF-8"
            raise NotFixable(msg) from None

    def encoded(self, said: str) -> bytes:
        """Return other words as bytes of the same kind."""
        return self.mark + said.encode(self.codec)


def applied(said: str, edits: Iterable[Edit]) -> str:
    """Return the text with all edits made. Raises NotFixable where two of them want the same part."""
    ordered = sorted(set(edits))
    for one, other in pairwise(ordered):
        if other.start < one.end or other.start == one.start:
            msg = "two fixes want to change the same part"
            raise NotFixable(msg)
    for edit in reversed(ordered):
        said = said[: edit.start] + edit.text + said[edit.end :]
    return said


class Lines:
    """The lines of a text, from 0."""

    def __init__(self, said: str) -> None:
        self._said = said
        self._starts = [0, *(hit.end() for hit in _LINE.finditer(said))]
        if self._starts[-1] == len(said) and len(self._starts) > 1:
            self._starts.pop()

    def __len__(self) -> int:
        """Return how many there are; an end of line at the end of the text begins no other."""
        return len(self._starts)

    def of(self, index: int) -> int:
        """Return the line in which an index of the text is."""
        return bisect_right(self._starts, index) - 1

    def start(self, line: int) -> int:
        """Return where a line begins; of the one behind the last, the end of the text."""
        return self._starts[line] if line < len(self._starts) else len(self._said)

    def text(self, line: int) -> str:
        """Return a line with its end."""
        return self._said[self.start(line) : self.start(line + 1)]

    def column(self, line: int) -> int:
        """Return how many blanks a line begins with."""
        text = self.text(line)
        return len(text) - len(text.lstrip(" "))

    def is_blank(self, line: int) -> bool:
        """Whether nothing stands in a line."""
        return not self.text(line).strip()

    def is_comment(self, line: int) -> bool:
        """Whether a line has a comment and nothing else."""
        return self.text(line).lstrip().startswith("#")

    def end_of(self, line: int) -> str:
        """How a line ends; the last one without an end as the first line does."""
        hit = _LINE.search(self.text(line))
        return hit[0] if hit else self.end

    @cached_property
    def end(self) -> str:
        """How the first line ends; that of Unix where there is no other."""
        hit = _LINE.search(self._said)
        return hit[0] if hit else "\n"
