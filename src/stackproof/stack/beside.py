"""What to hide of a stack that no resolved model holds: it stands in files and variables beside it."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from stackproof.engine.nodes import MAPPING, SEQUENCE, Node, YAMLError, compose_all
from stackproof.files import disk
from stackproof.stack import dotenv, hidden, interpolation, misplaced
from stackproof.stack.discovery import Source
from stackproof.stack.dollars import unescape
from stackproof.stack.shell_variables import variable_files

_LARGEST = 64 * 1024  # bytes of a file that is read; what is larger is no password
_VARIABLE = re.compile(r"\$\{?(\w+)")


def of_resolved(source: Source, model: Mapping[str, Any]) -> frozenset[str]:
    """Return what to hide besides the model: env files, and secrets and configs that it only names."""
    known = variables(source)
    found = {value for path in env_files(source) for value in hidden.of_variables_file(disk.text(path))}
    found |= {value for name, value in known.items() for value in hidden.of_variable(name, value)}
    for kind in ("secrets", "configs"):
        for raw in (model.get(kind) or {}).values():
            if name := (raw or {}).get("environment"):
                found |= hidden.of_file(os.environ.get(name) or known.get(name, ""))
    for raw in (model.get("secrets") or {}).values():
        if name := (raw or {}).get("file"):
            found |= hidden.of_file(small_text(source.directory / unescape(name)))
    return frozenset(found)


def of_files(source: Source, files: Iterable[Path] = ()) -> frozenset[str]:
    """Return what to hide of files that Compose could not resolve, as far as they can be read.

    `files` are those that the stack's own lead to.
    """
    found: set[str] = set()
    for path in dict.fromkeys((*source.files, *files)):
        raw = _written(path)
        found |= hidden.of_model(raw)
        with suppress(AttributeError, TypeError):  # nothing need have the shape that it should have
            found |= of_resolved(source, raw)
        for name in _VARIABLE.findall(disk.text(path)):
            found |= hidden.of_variable(name, os.environ.get(name, ""))
        for name in _env_files(raw):
            found |= hidden.of_variables_file(disk.text(source.directory / name))
    return frozenset(found) | of_wrong_places(source, files)


def of_wrong_places(source: Source, files: Iterable[Path] = ()) -> frozenset[str]:
    """Return what to hide of files as `of_files` has them, that stands where no secret belongs."""
    found: set[str] = set()
    for path in dict.fromkeys((*source.files, *files)):
        raw = _written(path)
        found |= misplaced.of_raw(raw) if raw else misplaced.of_text(disk.text(path))
    return frozenset(found)


def env_files(source: Source) -> tuple[Path, ...]:
    """Return the files from which Compose fills in what the shell does not set; not all need be there."""
    return variable_files(replace(source.settings, project_directory=source.directory))


def variables(source: Source) -> dict[str, str]:
    """Return what env files set for interpolation, with what one variable takes from others."""
    return read(env_files(source), os.environ)


def read(paths: Iterable[Path], known: Mapping[str, str]) -> dict[str, str]:
    """Return what env files set; a later one counts more, and may take what an earlier one sets."""
    found: dict[str, str] = {}
    for text in filter(None, map(disk.text, paths)):
        found |= dotenv.values(text, interpolation.together(known, found))
    return found


def _env_files(raw: Mapping[str, Any]) -> Iterator[str]:
    services = raw.get("services")
    for service in services.values() if isinstance(services, dict) else ():
        written = service.get("env_file") if isinstance(service, dict) else None
        for entry in written if isinstance(written, list) else [written]:
            name = entry.get("path") if isinstance(entry, dict) else entry
            if isinstance(name, str):
                yield name


def small_text(path: Path) -> str:
    """Return a small file; empty for one that is large, cannot be read or would never end."""
    return disk.text(path, _LARGEST)


def _written(path: Path) -> dict[str, Any]:
    """Return the YAML of a file without regard to tags; empty when it is none, or no mapping."""
    try:
        roots = compose_all(disk.content(path))
    except (YAMLError, RecursionError):
        return {}
    found = _plain(roots[0]) if roots else None
    return found if isinstance(found, dict) else {}


def _plain(node: Node, above: frozenset[int] = frozenset()) -> Any:  # noqa: ANN401 - YAML may hold anything
    if id(node) in above:  # an alias of what it stands in holds nothing new
        return None
    above |= {id(node)}
    if isinstance(node, MAPPING):
        return {str(key.value): _plain(value, above) for key, value in node.value}
    if isinstance(node, SEQUENCE):
        return [_plain(value, above) for value in node.value]
    return node.value
