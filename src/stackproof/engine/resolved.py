"""What `docker compose config` prints: the model, read as Compose wrote it, and what it warns of.

Its JSON leaves out zeros (`ulimits: {core: 0}`), renames keys and breaks over `build.ssh`; its YAML does not,
but loses the line break that a text begins with. So the shape is YAML's, and such texts are JSON's.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import inf, isinf, nan
from typing import Any

from stackproof.engine.nodes import MAPPING, SCALAR, SEQUENCE, Node, compose_all

# What Go's yaml.v3 prints without quotes and does not mean as a text. Any text that looks like one of these,
# or like a boolean, date or number of older YAML, stands in quotes: nothing else need be told from a text.
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"[-+]?0[0-7]+")  # a mode, as older YAML writes it
_FLOAT = re.compile(r"[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:e[-+]?\d+)?", re.ASCII)
_WORDS: dict[str, bool | float | None] = {
    "": None, "~": None, "null": None, "true": True, "false": False,
    ".inf": inf, "+.inf": inf, "-.inf": -inf, ".nan": nan,
}  # fmt: skip
# A text that begins with a line break or a blank: Go's yaml.v3 drops the former.
_INDENTED = re.compile(r"[:-] \|\d")
# Letters that are line breaks (or nothing) to one reader of YAML and not to another: where one stands, the
# shape cannot be trusted either.
_BREAKS = re.compile("[\u0085\u2028\u2029\ufeff]")
_LOGGED = re.compile(r"time=(?:\"[^\"]*\"|\S+) level=(\w+) msg=(\"(?:[^\"\\]|\\.)*\"|\S+)")
_ESCAPE = re.compile(r"\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|.)")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """The resolved model, which holds secrets (never store or print it), and Compose's own warnings."""

    model: dict[str, Any] = field(repr=False)
    warnings: tuple[str, ...] = ()


def wants_json(text: str) -> bool:
    """Whether the YAML that Compose printed may hold texts that only its JSON has in full."""
    return bool(_INDENTED.search(text) or _BREAKS.search(text))


def model_of(text: str, in_json: object = None) -> dict[str, Any]:
    """Read the YAML that Compose printed, so that written back it means the same to Compose.

    `in_json` is the same model as its JSON has it, for `wants_json`. Two things are straightened, which
    Compose prints and does not read: a text `memswap_limit: "-1"`, and keys of `build.ssh` with a path.
    Raises YAMLError for what is no YAML.
    """
    if in_json is not None and _BREAKS.search(text):
        found = in_json
    else:
        roots = compose_all(text)
        found = _with_texts(_plain(roots[0]), in_json) if roots else None
    model: dict[str, Any] = found if isinstance(found, dict) else {}
    for service in (model.get("services") or {}).values():
        if isinstance(service, dict):
            _straighten(service)
    return model


def warnings_of(stderr: str) -> tuple[str, ...]:
    """Return what Compose warned of, each once, in the words that it used."""
    return tuple(dict.fromkeys(text for level, text in logged(stderr) if level in ("warning", "error", "")))


def logged(stderr: str) -> Iterator[tuple[str, str]]:
    """Yield level and text of each line; the level of what is no log line is empty."""
    for line in stderr.splitlines():
        if hit := _LOGGED.match(line):
            yield hit[1], _unquoted(hit[2])
        elif line.strip():
            yield "", line.rstrip()


def _unquoted(text: str) -> str:
    """Undo the quotes of Go's `%q`."""
    if not text.startswith('"'):
        return text
    return _ESCAPE.sub(lambda hit: _character(hit[1]), text[1:-1])


def _character(code: str) -> str:
    if len(code) > 1:
        return chr(int(code[1:], 16))
    return _ESCAPED.get(code, code)


def _plain(node: Node) -> Any:  # noqa: ANN401 - YAML may hold anything
    if isinstance(node, MAPPING):
        return {str(key.value): _plain(value) for key, value in node.value}
    if isinstance(node, SEQUENCE):
        return [_plain(value) for value in node.value]
    return _scalar(node)


def _with_texts(value: Any, texts: Any) -> Any:  # noqa: ANN401 - YAML and JSON
    """Return the value with all texts as the other has them, where both have one."""
    if isinstance(value, dict) and isinstance(texts, dict):
        return {key: _with_texts(item, texts.get(key)) for key, item in value.items()}
    if isinstance(value, list) and isinstance(texts, list) and len(value) == len(texts):
        return [_with_texts(item, text) for item, text in zip(value, texts, strict=True)]
    return texts if isinstance(value, str) and isinstance(texts, str) else value


def _scalar(node: Node) -> str | float | bool | None:
    text = str(node.value)
    if node.tag == "tag:yaml.org,2002:binary":  # a text that is not UTF-8
        try:
            return base64.b64decode(text).decode(errors="replace")
        except binascii.Error:
            return text
    if not isinstance(node, SCALAR) or node.style:
        return text
    return _WORDS[text] if text in _WORDS else _number(text)


def _number(text: str) -> str | float:
    number = float(text) if _FLOAT.fullmatch(text) else inf
    if isinf(number):  # too large for Go, too: a text
        return text
    if _INTEGER.fullmatch(text):
        return int(text, 8 if _OCTAL.fullmatch(text) else 10)
    return number


def _straighten(service: dict[str, Any]) -> None:
    if str(service.get("memswap_limit", "")) == "-1":
        service["memswap_limit"] = -1
    build = service.get("build")
    if isinstance(build, dict) and build.get("ssh"):
        build["ssh"] = _ssh_keys(build["ssh"])


def _ssh_keys(written: object) -> list[str]:
    """Return ssh keys as `default` and `name=path`: Compose prints the latter as `name: path`."""
    entries = written if isinstance(written, list) else [written]
    found: list[str] = []
    for entry in entries:
        if isinstance(entry, Mapping):
            found += [f"{name}={path}" if path else str(name) for name, path in entry.items()]
        else:
            found.append(re.sub(r"^([^\s:=]+): (?=\S)", r"\1=", str(entry)))
    return found
