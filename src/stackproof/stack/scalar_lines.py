"""In which line of its file each line of a YAML text stands. Pure: text in, numbers out.

After YAML 1.2, chapters 7.3 and 8.1: in quotes and in a folded block a line of the file is none of the text.
"""

import re
from collections.abc import Sequence

_NEWLINE = re.compile(r"\\(?:n|x0[aA]|u000[aA])|(\\.)")
_LITERAL, _FOLDED, _DOUBLE = "|", ">", '"'


def lines_of(file: Sequence[str], begins: int, style: str, count: int) -> tuple[int, ...]:
    r"""Return the lines, counted from 1, in which the first `count` lines of a text stand.

    `begins` is the line of its quote, of the sign of its block, or of its first word; `style` is that sign.

    >>> lines_of(['a: "x\\ny', '  z\\n', '  w"'], 1, '"', 3)
    (1, 1, 3)
    """
    if style == _LITERAL:
        return tuple(range(begins + 1, begins + 1 + count))
    found = _folded(file, begins, count) if style == _FOLDED else _flow(file, begins, style, count)
    lines: list[int] = []
    for number in range(count):
        lines.append(found.get(number) or (lines[-1] if lines else begins))
    return tuple(lines)


def _flow(file: Sequence[str], begins: int, style: str, count: int) -> dict[int, int]:
    """Read what stands in quotes, or plain: an empty line is a line break, other ends of lines are blanks."""
    found: dict[int, int] = {}
    at = 0
    for number, line in enumerate(file[begins - 1 :], begins):
        if at >= count:
            break
        if number > begins and not line.strip():
            at += 1
            continue
        pieces = _pieces(line) if style == _DOUBLE else [line]
        for index, piece in enumerate(pieces):
            at += 1 if index else 0
            if piece.strip(" \t\\"):
                found.setdefault(at, number)
    return found


def _pieces(line: str) -> list[str]:
    """Split a line at the line breaks that its escapes stand for."""
    pieces, begin = [], 0
    for hit in _NEWLINE.finditer(line):
        if hit[1] is None:
            pieces.append(line[begin : hit.start()])
            begin = hit.end()
    return [*pieces, line[begin:]]


def _folded(file: Sequence[str], begins: int, count: int) -> dict[int, int]:
    """Read a block of `>`: lines that are indented alike are one, if no empty line parts them."""
    found: dict[int, int] = {}
    body = file[begins:]
    first = next((line for line in body if line.strip()), "")
    indent = len(first) - len(first.lstrip(" "))
    at, empty, before = 0, 0, ""
    for number, line in enumerate(body, begins + 1):
        if at >= count:
            break
        if not line.strip():
            empty += 1
            continue
        deeper = line[indent : indent + 1].isspace() or before[indent : indent + 1].isspace()
        at += empty + (1 if before and deeper else 0)
        found.setdefault(at, number)
        empty, before = 0, line
    return found
