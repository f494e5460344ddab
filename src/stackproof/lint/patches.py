"""Fixed files as a unified diff, as `patch -p1` and `git apply` read it."""

import difflib
import os
from collections.abc import Callable, Iterator

from stackproof.report.foreign import begins_command, foreign, harmless
from stackproof.report.text import clean
from stackproof.rules.fixes import Text

_MARK = "\ufeff"
# What ends or changes a name in quotes, and what commands of CI servers begin with.
_TOLD, _OBEYED = frozenset('"\\\n\t'), frozenset("#:")
# Rounds until all lines of that kind are marked: each new one beside a fix may bring another near.
_ROUNDS = 10
_PARTED = "\0"  # no text of YAML has one
_NO_END = "\\ No newline at end of file"


def diff(
    name: str, was: bytes, now: bytes, masked: Callable[[str], str], *, seen: bool = False
) -> Iterator[str]:
    """Yield the lines of a file of that name, with their ends. Secrets in them are `masked`.

    What a terminal would act on, or not show, is `seen`.
    """
    for line in _unified(was, now, f"a/{name}", f"b/{name}"):
        body = line.removesuffix("\n").removesuffix("\r")
        end = line[len(body) :] + ("" if line.endswith("\n") else f"\n{_NO_END}\n")
        shown = _shown(body, masked)
        yield (clean(shown) if seen else shown) + end


def flaw(was: bytes, now: bytes) -> str:
    """Return why the diff of a file is not to be applied, apart from secrets; empty where it is."""
    if (codec := Text.of(was).codec) != "utf-8":
        return f"the file is {codec.upper().removesuffix('-LE').removesuffix('-BE')}, and the diff is UTF-8"
    if all(harmless(line) == line for line in _lines(was)):
        return ""
    broken = any(harmless(line) != line for line in _unified(was, now))
    return "it holds what a CI server would obey, which is broken up there" if broken else ""


def _unified(was: bytes, now: bytes, before: str = "", after: str = "") -> Iterator[str]:
    old, new = _lines(was), _lines(now)
    for line in difflib.unified_diff(_marked(old, new), new, _quoted(before), _quoted(after)):
        yield line.removesuffix(_PARTED)


def _marked(old: list[str], new: list[str]) -> list[str]:
    """Return the old lines, those marked that are to be taken away and put back, and not to be context.

    A line of context begins with a blank. GitHub's runner, to which blanks at the front are none, would obey
    what stands in it.
    """
    marked = list(old)
    if not any(map(begins_command, old)):
        return marked
    for _round in range(_ROUNDS):
        risky = [
            number
            for group in difflib.SequenceMatcher(None, marked, new).get_grouped_opcodes()
            for tag, start, end, _, _ in group
            for number in range(start, end)
            if tag == "equal" and begins_command(marked[number])
        ]
        if not risky:
            return marked
        for number in risky:
            marked[number] += _PARTED
    return [f"{line.removesuffix(_PARTED)}{_PARTED}" if begins_command(line) else line for line in marked]


def _quoted(name: str) -> str:
    r"""Return a name as git writes it: in quotes, with octal numbers for what is not seen, or is obeyed.

    >>> _quoted("a/shop.yml"), _quoted("a/a\nb")
    ('a/shop.yml', '"a/a\\012b"')
    """
    # `patch` ends a name at its first blank.
    if foreign(name) == name and _TOLD.isdisjoint(name) and " " not in name:
        return name
    plain = {byte for byte in range(0x20, 0x7F) if chr(byte) not in _TOLD | _OBEYED}
    signs = (chr(byte) if byte in plain else f"\\{byte:03o}" for byte in os.fsencode(name))
    return f'"{"".join(signs)}"'


def _lines(data: bytes) -> list[str]:
    text = Text.of(data)
    said = f"{_MARK}{text.said}" if text.mark and text.codec == "utf-8" else text.said
    return [line for line in said.replace("\n", "\n\0").split("\0") if line]


def _shown(line: str, masked: Callable[[str], str]) -> str:
    mark = _MARK if line[1:2] == _MARK else ""
    sign, said = line[:1], line[1 + len(mark) :]
    return sign + mark + harmless(masked(said))
