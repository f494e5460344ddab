"""Text that came out of containers, made fit to be read in a report."""

import math
import re
from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import walk_tree

_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_]")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# Control characters break XML and terminals; direction marks can make a log line read as another, and what
# has no width can hide in it. All of Unicode's Cc, Cf, Zl, Zp and Cs but tab, line feed and the joiners of
# scripts and of pictures, and the two noncharacters of its first plane.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b\u200e\u200f"
    "\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\ufffe\uffff\U000110bd\U000110cd"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_PICTURES = 0x2400  # U+2400 onwards shows the control characters from NUL, as one glyph each
_FIRST_PRINTABLE = 0x20
_MINUTE = 60


def clean(text: str) -> str:
    """Drop colour codes, and show every other character that must not reach a reader as it is."""
    if text.isascii() and text.isprintable():
        return text  # as nearly all is
    return _UNSAFE.sub(_visible, _ANSI.sub("", text.replace("\r\n", "\n")))


def unseen(text: str) -> str:
    """Show what would not be seen in a log, and keep its colours."""
    colours = _COLOUR.findall(text)
    parts = [clean(part) for part in _COLOUR.split(text)]
    return "".join(part + colour for part, colour in zip(parts, [*colours, ""], strict=True))


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    return chr(_PICTURES + code) if code < _FIRST_PRINTABLE else f"<U+{code:04X}>"


def encodable(text: str) -> str:
    """Replace halves of surrogate pairs, which undecodable bytes leave behind and UTF-8 refuses."""
    return _SURROGATE.sub("\ufffd", text)


def first_line(text: str) -> str:
    """The first line that says something."""
    return next((line.strip() for line in clean(text).splitlines() if line.strip()), "")


def gist(text: str) -> str:
    """The first line that says something, and the last of its details, which is what matters of a log."""
    lines = [line for line in clean(text).splitlines() if line.strip()]
    details = [line for line in lines if line.startswith(" ")]
    return " ... ".join(line.strip() for line in dict.fromkeys((*lines[:1], *details[-1:])))


def one_line(text: str) -> str:
    """Make foreign text a part of a line of ours: it cannot begin another one."""
    return " ".join(clean(text).split())


def plain(value: object, text: Callable[[str], str] = clean) -> Any:  # noqa: ANN401 - JSON has no narrower type
    """Evidence as JSON knows it, in the same order each time, with `text` applied to every string."""
    match value:
        case str():
            return text(str(value))
        case dict():
            return {text(str(key)): plain(item, text) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
            return [plain(item, text) for item in items]
        case float() if not math.isfinite(value):
            return str(value)
        case None | bool() | int() | float():
            return value
    return value.isoformat() if isinstance(value, date) else text(str(value))


def outline(evidence: dict[str, Any]) -> str:
    """Evidence as YAML, with log tails as blocks: the readable form where there is no HTML."""
    if not evidence:
        return ""
    data = plain(evidence)
    walk_tree(data)
    yaml = YAML()
    yaml.width = 4096  # a folded log line can no longer be searched for
    yaml.allow_unicode = True
    stream = StringIO()
    yaml.dump(data, stream)
    return stream.getvalue().rstrip()


def duration(seconds: float) -> str:
    """Seconds as a person says them."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if round(seconds, 1) < _MINUTE:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), _MINUTE)
    return f"{minutes} min {rest:02d} s"


def save(path: Path, text: str) -> None:
    """Write a report in one step, so that whoever watches the file never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    draft.write_text(text, encoding="utf-8", newline="\n")
    draft.replace(path)
