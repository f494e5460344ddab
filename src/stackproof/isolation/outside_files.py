"""Names and values in the text of a settings file, whatever its format."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from ruamel.yaml.error import YAMLError

from stackproof.engine import plain

_SECTION = re.compile(r"^\s*\[+\s*([\w. -]+?)\s*\]+\s*$")
_LINE = re.compile(
    r"""^\s*(?:export\s+|set\s+|-\s+)?["']?([A-Za-z_][\w.-]*)["']?\s*(?::=|[:=]|\s)\s*(.*?)\s*[;,]?\s*$"""
)
_COMMENT = re.compile(r"^\s*(?:#|//|--|;)")
_TRAILING = re.compile(r"\s+#.*$")
_QUOTED = re.compile(r"""^(["'])(.*?)\1\s*(?:#.*)?$""")
_DEPTH = 12


def variables_of(text: str) -> dict[str, str]:
    """Return what a file sets, keys below others joined: `smtp: {host: x}` gives `smtp_host`."""
    for read in (json.loads, tomllib.loads, _yaml):
        try:
            found = read(text)
        except (ValueError, YAMLError, RecursionError):
            continue
        if isinstance(found, Mapping) and found:
            return dict(_flat(found, (), 0))
    return dict(_lines(text))


def _yaml(text: str) -> Any:  # noqa: ANN401 - YAML may hold anything
    found = [one for one in plain.loader().load_all(text) if one is not None]
    # Several documents: what stands first under a name is not what stands later.
    several = {
        f"{key}_{n}": item
        for n, one in enumerate(found)
        if isinstance(one, Mapping)
        for key, item in one.items()
    }
    return found[0] if len(found) == 1 else several


def _flat(value: object, keys: tuple[str, ...], depth: int) -> Iterator[tuple[str, str]]:
    if depth > _DEPTH:
        return
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flat(item, (*keys, str(key)), depth + 1)
    elif isinstance(value, list):
        if all(isinstance(item, str | int | float) for item in value):
            yield "_".join(keys), ",".join(map(str, value))
        else:
            for number, item in enumerate(value):
                yield from _flat(item, (*keys, str(number)), depth + 1)
    elif value is not None:
        yield "_".join(keys), str(value)


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """Names and values line by line, below the section that they stand in."""
    section = ""
    for line in text.splitlines():
        if _COMMENT.match(line):
            continue
        if found := _SECTION.match(line):
            section = f"{found[1].strip()}_"
        elif found := _LINE.match(line):
            value = found[2] if found[2][:1] in "\"'" else _TRAILING.sub("", found[2])
            yield f"{section}{found[1]}", _QUOTED.sub(r"\2", value).strip("\"'")
