"""What an engine says of copies of binds, in the words of who wrote the binds."""

import os
import re
from collections.abc import Iterator, Mapping

from stackproof.isolation.host_paths import HostPaths
from stackproof.stack.keys import KeyPath
from stackproof.stack.model import Model, unescape


def in_authors_words(said: str, copies: Mapping[str, str]) -> str:
    """Return a text with the author's paths in place of those of `copies`, which are by source."""
    for source, copy in sorted(copies.items(), key=lambda pair: len(pair[1]), reverse=True):
        for path in _spellings(copy):
            said = said.replace(path, unescape(source))
    return said


def missing(
    said: str, model: Model, copies: Mapping[str, str], paths: HostPaths
) -> Iterator[tuple[str, KeyPath]]:
    """Yield the sources that are not there and whose copies a text names, each with its path in the model."""
    named = {
        source
        for source, copy in copies.items()
        # The first of many begins as the tenth does, and a folder as what lies in it.
        if any(re.search(rf"{re.escape(path)}(?![\w/])", said) for path in _spellings(copy))
    }
    for source, at in _written(model).items():
        if source in named and not paths.look(source).there:
            yield unescape(source), at


def _spellings(copy: str) -> tuple[str, str]:
    path = unescape(copy)
    return path, os.path.realpath(path)


def _written(model: Model) -> dict[str, KeyPath]:
    """Return where each source of a bind is written first, also that of one behind a named volume."""
    found: dict[str, KeyPath] = {}
    for service in model.services.values():
        for mount in (*service.mounts, *service.hook_mounts):
            if mount.kind == "bind":
                found.setdefault(str(mount.source), (*service.at, *mount.at))
    for name, volume in model.volumes.items():
        if volume.device:
            found.setdefault(volume.device, ("volumes", name, "driver_opts", "device"))
    return found
