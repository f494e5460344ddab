"""What a stack names outside itself, its files included, and what its sandboxes may reach of that."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path
from typing import Any

from stackproof.isolation import outside, outside_policy
from stackproof.isolation.outside import Configs, Text
from stackproof.isolation.outside_policy import Decision
from stackproof.settings import Settings
from stackproof.stack import beside
from stackproof.stack.model import Service, unescape
from stackproof.stack.stack import Stack


def decision(stack: Stack, settings: Settings, images: Configs | None = None) -> Decision:
    """Say what is cut in the sandboxes of a stack; the settings open hosts besides those of the contract.

    `images` are the configs of its images by service, which are known once they are here.
    """
    found = outside.find(stack.model, texts(stack), images)
    allowed = (*stack.contract.outside, *settings.allow_outside)
    return outside_policy.decide(stack.model, found, allowed, offline=settings.offline)


def texts(stack: Stack) -> Iterator[Text]:
    """Yield secrets, configs, mounted files, and settings in mounted folders, for each service."""
    objects = {kind: dict(_objects(stack, kind)) for kind in ("secrets", "configs")}
    for service in stack.services.values():
        for kind, known in objects.items():
            for use in service.raw.get(kind) or ():
                name = str(use["source"] if isinstance(use, Mapping) else use)
                if name in known:
                    where, content = known[name]
                    said = f"{kind.removesuffix('s')} {name} ({where})"
                    yield Text(service=service.name, where=said, name=name, content=content)
        yield from _mounted(stack, service)


def _objects(stack: Stack, kind: str) -> Iterator[tuple[str, tuple[str, str]]]:
    variables = beside.variables(stack.source)
    for name, raw in (stack.model.raw.get(kind) or {}).items():
        where, content = _content(raw or {}, stack, variables)
        if content and "\0" not in content:
            yield name, (where, content)


def _content(raw: Mapping[str, Any], stack: Stack, variables: Mapping[str, str]) -> tuple[str, str]:
    if raw.get("content"):
        return "inline", unescape(str(raw["content"]))
    if raw.get("environment"):
        name = str(raw["environment"])
        return f"variable {name}", os.environ.get(name) or variables.get(name, "")
    if raw.get("file"):
        path = stack.source.directory / unescape(str(raw["file"]))
        return _shown(path, stack), beside.text_of(path)
    return "", ""


def _mounted(stack: Stack, service: Service) -> Iterator[Text]:
    for mount in service.mounts:
        if mount.kind != "bind" or not mount.source:
            continue
        path = Path(unescape(mount.source))
        for file in _settings(path) if path.is_dir() else [path]:
            if (content := beside.text_of(file)) and "\0" not in content:
                said = f"file {_shown(file, stack)}"
                yield Text(service=service.name, where=said, name=file.name, content=content)


# What programs read from a folder that is mounted whole; code is not read.
_SETTINGS = (
    ".env", ".env.*", "*.env", "appsettings*.json", "application*.yml", "application*.yaml",
    "application*.properties", "bootstrap*.yml", "database.yml", "wp-config.php", "config/database.yml",
    "config/application*.yml", "config/.env*", "*/.env", "*/.env.*", "*/appsettings*.json",
    "*/application*.yml", "*/application*.properties", "*/wp-config.php", "*/database.yml",
)  # fmt: skip
_EXAMPLES = re.compile(r"\.(?:example|sample|dist|template|tmpl|bak)$|^\.env\.(?:example|sample)")
_MOST = 40  # files of a folder
_SEEN = 2000  # entries of a folder that are looked at


def _settings(folder: Path) -> list[Path]:
    """Return the settings files in a folder and in those right below it."""
    found: dict[Path, None] = {}
    for path in islice(_entries(folder), _SEEN):
        name = str(path.relative_to(folder))
        if any(fnmatchcase(name, wanted) for wanted in _SETTINGS) and not _EXAMPLES.search(path.name):
            found[path] = None
    return sorted(found)[:_MOST]


def _entries(folder: Path) -> Iterator[Path]:
    """Yield what is in a folder, and then what is in those below it; nothing of what cannot be read."""
    folders = []
    with suppress(OSError):
        for path in sorted(folder.iterdir()):
            if path.is_dir() and not path.is_symlink():
                folders.append(path)
            else:
                yield path
    for below in folders:
        with suppress(OSError):
            yield from sorted(path for path in below.iterdir() if path.is_file())


def _shown(path: Path, stack: Stack) -> str:
    folder = stack.source.directory
    return f"./{path.relative_to(folder)}" if path.is_relative_to(folder) else str(path)
