"""Docker's own configuration, as far as it decides which engine and which plugins are used.

It belongs to the machine, and may be anything: what cannot be read is as if it were not there.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Any, Final

from stackproof.errors import EngineError
from stackproof.files import disk

NOWHERE: Final = "/var/empty/stackproof"
"""A folder that is not there."""
DEFAULT: Final = "default"
"""The context that is no file: the socket of this machine."""
_LARGEST: Final = 1 << 20  # bytes; it holds some names and credentials


def folder() -> Path:
    """Return its folder. Without a home, as for a user that the machine does not know, nothing is there."""
    if given := os.environ.get("DOCKER_CONFIG"):
        return Path(given)
    home = os.path.expanduser("~")  # noqa: PTH111 - that of a path raises where there is none
    # Not one below the folder where somebody stands: programs are started from there.
    return Path(NOWHERE if home == "~" else home) / ".docker"


def said() -> dict[str, Any]:
    """Return what `config.json` says; nothing where it cannot be read."""
    return _read(folder() / "config.json") or {}


def ends() -> bool:
    """Whether `config.json` comes to an end when it is read: a FIFO or a device may not."""
    return not disk.endless(folder() / "config.json")


def context() -> str:
    """Return the name of the context that `docker` would use."""
    chosen = os.environ.get("DOCKER_CONTEXT") or said().get("currentContext")
    return chosen if isinstance(chosen, str) and chosen else DEFAULT


def check_context(name: str) -> None:
    """See that a context can be read, which libraries take for granted; one that is not there can be.

    Raises EngineError.
    """
    path = folder() / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest() / "meta.json"
    if name == DEFAULT or not disk.is_there(path):
        return
    meta = _read(path) or {}
    endpoints = meta.get("Endpoints")
    each = [meta.get("Metadata"), endpoints, *(endpoints.values() if isinstance(endpoints, dict) else ())]
    if "Name" not in meta or not all(isinstance(one, dict) for one in each):
        msg = f"docker context {name} cannot be read: {path}\n  fix: mend it, or `docker context rm {name}`"
        raise EngineError(msg)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(disk.read(path, _LARGEST))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
