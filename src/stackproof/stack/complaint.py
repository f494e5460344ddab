"""Where the text stands of which Compose complains without saying where."""

import re
from collections.abc import Callable
from pathlib import Path

from stackproof.engine.project import absolute
from stackproof.stack.positions import texts

_SERVICES = ("depends_on", "links", "volumes_from", "network_mode", "ipc", "pid")
_KEYS = {
    "service": _SERVICES,
    "network": ("networks",),
    "volume": ("volumes",),
    "secret": ("secrets",),
    "config": ("configs",),
}
_UNDEFINED = re.compile(r'service "([^"]+)" (?:depends on|refers to) undefined (\w+) "?([^":\s]+)')
_PORT = re.compile(r"Invalid (?:container|host)Port: (\S+)")
_ENV_FILE = re.compile(r"env file (.+) not found: ")


def line_of(path: Path, reason: str, directory: Path) -> int | None:
    """Return the line of a compose file that a complaint is about; None when that is not plain."""
    if found := _UNDEFINED.search(reason):
        service, kind, name = found.groups()
        return _line(path, _KEYS.get(kind, ()), lambda text: name in text.split(":"), service)
    if found := _PORT.search(reason):
        port = found[1]
        return _line(path, ("ports", "expose"), lambda text: port in re.split("[:/]", text))
    if found := _ENV_FILE.search(reason):
        file = Path(found[1])
        return _line(path, ("env_file",), lambda text: absolute(directory / text) == file)
    return None


def _line(
    path: Path, keys: tuple[str, ...], fits: Callable[[str], bool], service: str | None = None
) -> int | None:
    for where, text, line in texts(path):
        here = where[:1] == ("services",) and len(where) > 2 and where[2] in keys  # noqa: PLR2004 - services, name, key
        if here and service in (None, where[1]) and fits(text):
            return line
    return None
