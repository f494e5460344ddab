"""Which values in the text of a compose file are secrets by their name or form. Pure: text in, values out.

Fewer than `hidden` has, which keeps everything out of reports that nobody knows to be harmless: this is for
who is shown the lines of a file that they wrote. More than rules find: a name that says so is enough, also
in a comment, and in what another file overrides.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from stackproof.engine.nodes import MAPPING, SEQUENCE, Node, YAMLError, compose_all
from stackproof.stack.command_passwords import behind_options
from stackproof.stack.dollars import unescape
from stackproof.stack.hidden import COMMANDS, CREDENTIAL_IN_URL, leaves, random_part, written_freely
from stackproof.stack.interpolation import filled
from stackproof.stack.model import Model
from stackproof.stack.passwords import may_be_secret, passwords
from stackproof.stack.secret_names import says_secret

_COMMENT = re.compile(r"(?:^|\s)#+[\s#]*([^\r\n]+)")
# `NAME: value`, `NAME=value`, `- NAME=value` as a line.
_PAIR = re.compile(r"(?:-\s+)?[\"']?([\w.-]{1,100})[\"']?\s*[=:](?!//)\s*(.+)")
# What names a variable, of Compose or of a shell, holds nothing.
_REFERENCE = re.compile(r"\$+(?:\w+|\{\w+(?::?\?[^}]*)?\})?")
# Below `x-...`, what names a secret and does not hold it.
_NAMES = frozenset({"secrets", "source", "target", "file", "image"})


def of_text(text: str) -> set[str]:
    """Return the secrets of a compose file as it is written: its values, defaults of variables, comments."""
    found = {secret for hit in _COMMENT.finditer(text) for secret in _of_line(hit.group(1))}
    try:
        roots = compose_all(text.encode())
    except (YAMLError, RecursionError):  # what is read is a file that was resolved
        roots = []
    return {one for one in found if not _REFERENCE.fullmatch(one)}.union(
        *(of_data(_plain(root)) for root in roots)
    )


def of_model(model: Model) -> set[str]:
    """Return the same of a resolved model, which has what env files and the shell say."""
    return of_data(model.raw)


def of_data(data: Any) -> set[str]:  # noqa: ANN401 - YAML may hold anything
    """Return the same of what a compose file says."""
    found = _of_data(data) if isinstance(data, Mapping) else ()
    return {one for one in found if not _REFERENCE.fullmatch(one)}


def _of_data(data: Mapping[str, Any]) -> Iterator[str]:
    for keys, value in leaves(data, ()):
        free = written_freely(keys)
        if keys[-1] in COMMANDS and not free:
            yield from _of_command(value)
        elif keys[-1] == "content":
            yield from _of_lines(str(value))
        elif free and keys[-1] not in _NAMES:
            yield from _of_value(keys[-1], str(value))
        else:
            yield from (hit for text in _read(str(value)) for hit in CREDENTIAL_IN_URL.findall(text))


def _of_value(name: str, written: str) -> Iterator[str]:
    for text in _read(written):
        yield from (password for password, _names in passwords(name, text, may_be_secret))
        if says_secret(name):
            yield text
    yield from _of_lines(written)


def _of_lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        yield from _of_line(line.strip())


def _of_line(line: str) -> Iterator[str]:
    """Yield the secrets of a line, whose words may be a name and its value, a command, or neither."""
    yield from _of_command([line])
    if found := _PAIR.fullmatch(line):
        name, written = found.group(1), found.group(2).strip().strip("\"',")
        if says_secret(name):
            yield from _read(written)
        for text in _read(written):
            yield from (password for password, _names in passwords(name, text, may_be_secret))


def _of_command(command: object) -> Iterator[str]:
    words = [str(word) for word in command] if isinstance(command, list) else [str(command)]
    for read in zip(*(tuple(_read(word)) or ("", "") for word in words), strict=True):
        yield from (password for password, _names in behind_options(read, judge=may_be_secret))
        for word in " ".join(read).split():
            yield from (*CREDENTIAL_IN_URL.findall(word), *random_part(word.strip("\"',")))


def _read(written: str) -> Iterable[str]:
    """Return a text as Compose reads it where nobody sets a variable, without and with its escapes.

    What is taken from a variable alone is no secret of the file.
    """
    literal = filled(written.replace("$$", "$$$$"), {})
    return (literal, unescape(literal)) if literal else ()


def _plain(node: Node) -> Any:  # noqa: ANN401 - YAML may hold anything
    if isinstance(node, MAPPING):
        return {str(key.value): _plain(value) for key, value in node.value}
    if isinstance(node, SEQUENCE):
        return [_plain(value) for value in node.value]
    return node.value
