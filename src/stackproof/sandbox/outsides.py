"""What a stack names outside itself, its files included, and what its sandboxes may reach of that."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path

from stackproof.isolation import outside, outside_policy
from stackproof.isolation.outside import Configs, Text
from stackproof.isolation.outside_policy import Decision
from stackproof.settings import Settings
from stackproof.stack import beside
from stackproof.stack.model import Object, Service, unescape
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
    objects = {
        "secret": dict(_readable(stack, stack.model.secrets)),
        "config": dict(_readable(stack, stack.model.configs)),
    }
    for service in stack.services.values():
        for kind, uses in (("secret", service.secrets), ("config", service.configs)):
            for name in (use.source for use in uses if use.source in objects[kind]):
                where, content = objects[kind][name]
                said = f"{kind} {name} ({where})"
                yield Text(service=service.name, where=said, name=name, content=content)
        yield from _mounted(stack, service)


def _readable(stack: Stack, objects: Mapping[str, Object]) -> Iterator[tuple[str, tuple[str, str]]]:
    variables = beside.variables(stack.source)
    for name, one in objects.items():
        where, content = _content(one, stack, variables)
        if content and "\0" not in content:
            yield name, (where, content)


def _content(one: Object, stack: Stack, variables: Mapping[str, str]) -> tuple[str, str]:
    if one.content:
        return "inline", one.content
    if one.variable:
        return f"variable {one.variable}", os.environ.get(one.variable) or variables.get(one.variable, "")
    if one.file:
        path = stack.source.directory / one.file
        return _shown(path, stack), beside.small_text(path)
    return "", ""


def _mounted(stack: Stack, service: Service) -> Iterator[Text]:
    for mount in service.mounts:
        if mount.kind != "bind" or not mount.source:
            continue
        path = Path(unescape(mount.source))
        for file in _settings(path) if path.is_dir() else [path]:
            if (content := beside.small_text(file)) and "\0" not in content:
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
