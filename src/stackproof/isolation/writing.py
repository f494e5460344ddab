"""The text of a compose file of ours: JSON that YAML reads as well, whatever characters and locale."""

import json
import re
from collections.abc import Mapping
from typing import Any

# Beyond the first 65536 characters JSON writes two halves, which are no characters to YAML. An escaped
# backslash is found first, so that what only looks like such a pair stays as it is.
_PAIR = re.compile(r"\\\\|\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|\x7f")


def written(file: Mapping[str, Any]) -> str:
    """Return a compose file in ASCII."""
    return _PAIR.sub(_escape, json.dumps(file))


def _escape(hit: re.Match[str]) -> str:
    if hit[0] == "\x7f":  # YAML takes no control character in clear
        return "\\u007f"
    if hit[1] is None:
        return hit[0]
    number = 0x10000 + ((int(hit[1], 16) - 0xD800) << 10) + int(hit[2], 16) - 0xDC00
    return f"\\U{number:08x}"
