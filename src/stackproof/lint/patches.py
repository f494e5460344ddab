"""Fixed files as a unified diff, as `patch -p1` and `git apply` read it."""

import difflib
from collections.abc import Callable, Iterator

from stackproof.report.foreign import foreign
from stackproof.rules.fixes import Text

_MARK = "\ufeff"
_NO_END = "\\ No newline at end of file"


def diff(name: str, was: bytes, now: bytes, masked: Callable[[str], str]) -> Iterator[str]:
    """Yield the lines of a file of that name, with their ends. Secrets in them are `masked`."""
    shown = foreign(name)
    before, after = (shown, shown) if name.startswith("/") else (f"a/{shown}", f"b/{shown}")
    lines = difflib.unified_diff(_lines(was), _lines(now), before, after)
    for line in lines:
        body = line.removesuffix("\n").removesuffix("\r")
        yield _shown(body, masked) + (line[len(body) :] or f"\n{_NO_END}\n")


def _lines(data: bytes) -> list[str]:
    text = Text.of(data)
    said = f"{_MARK}{text.said}" if text.mark and text.codec == "utf-8" else text.said
    return [line for line in said.replace("\n", "\n\0").split("\0") if line]


def _shown(line: str, masked: Callable[[str], str]) -> str:
    mark = _MARK if line[1:2] == _MARK else ""
    sign, said = line[:1], line[1 + len(mark) :]
    return sign + mark + foreign(masked(said))
