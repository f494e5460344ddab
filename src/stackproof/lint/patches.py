"""Fixed files as a unified diff, as `patch -p1` and `git apply` read it."""

import difflib
import os
from collections.abc import Callable, Iterator

from stackproof.report.foreign import foreign
from stackproof.rules.fixes import Text

_MARK = "\ufeff"
# What ends or changes a name in quotes, and what commands of CI servers begin with.
_TOLD, _OBEYED = frozenset('"\\\n\t'), frozenset("#:")
_NO_END = "\\ No newline at end of file"


def diff(name: str, was: bytes, now: bytes, masked: Callable[[str], str]) -> Iterator[str]:
    """Yield the lines of a file of that name, with their ends. Secrets in them are `masked`."""
    before, after = (name, name) if name.startswith("/") else (f"a/{name}", f"b/{name}")
    lines = difflib.unified_diff(_lines(was), _lines(now), _quoted(before), _quoted(after))
    for line in lines:
        body = line.removesuffix("\n").removesuffix("\r")
        yield _shown(body, masked) + (line[len(body) :] or f"\n{_NO_END}\n")


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
    return sign + mark + foreign(masked(said))
