"""The dollar signs that Compose would take for variables."""

import re


def unescape(text: str) -> str:
    """Undo the `$$` with which Compose writes a literal dollar sign."""
    return text.replace("$$", "$")


def escape(text: str) -> str:
    """Write a text so that Compose reads it as it is."""
    return text.replace("$", "$$")


def has_variable(text: str) -> bool:
    """Whether Compose fills something in: a dollar sign that is not doubled says so."""
    return "$" in text.replace("$$", "")


def split(text: str, separator: str, most: int = -1) -> list[str]:
    """Split a text as `str.split` does, but nowhere within a variable.

    >>> split("/tmp:size=${SIZE:-1m,exec},exec", ",")
    ['/tmp:size=${SIZE:-1m,exec}', 'exec']
    """
    parts: list[str] = []
    depth = begin = 0
    for hit in re.finditer(rf"\$\$|\$\{{|\}}|{re.escape(separator)}", text):
        if hit[0] == "${":
            depth += 1
        elif hit[0] == "}":
            depth = max(0, depth - 1)
        elif hit[0] == separator and not depth and len(parts) != most:
            parts.append(text[begin : hit.start()])
            begin = hit.end()
    return [*parts, text[begin:]]
