"""Compose files in folders that were searched, which Compose reads only when they are named."""

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from stackproof.files import disk
from stackproof.lint.sources import Found
from stackproof.report.foreign import foreign
from stackproof.report.text import one_line
from stackproof.stack.discovery import FILE_NAMES, Source
from stackproof.stack.layers import compose_files

_MOST_NAMED: Final = 3
_SAYS_SO: Final = re.compile(rb"^(?:services|include)\s*:", re.MULTILINE)
_LEADS: Final = re.compile(rb"\b(?:include|extends)\b")


def left_out(found: Found) -> list[Path]:
    """Return the files that are called as compose files are and are some, and that no stack was read from."""
    candidates = [path for path in found.called_so if _SAYS_SO.search(disk.content(path))]
    read = {path for source in found.sources for path in _read(source)} if candidates else set()
    return [path for path in candidates if path not in read and disk.real(path) not in read]


def _read(source: Source) -> Iterator[Path]:
    """Yield the files of a stack, with those that they lead to; most lead to none."""
    leads = any(_LEADS.search(disk.content(path)) for path in source.files)
    for path in compose_files(source) if leads else source.files:
        yield from (path, disk.real(path))


def told(found: Found, here: Path) -> Iterator[str]:
    """Yield the one line that names some of them and says how the first is judged."""
    if not (paths := left_out(found)):
        return
    near = [os.path.relpath(path, here) for path in paths]
    more = f" and {len(near) - _MOST_NAMED} more" if len(near) > _MOST_NAMED else ""
    them = "them" if len(near) > 1 else "it"
    words = f"{', '.join(near[:_MOST_NAMED])}{more}: not judged, for Compose reads {them} only by name"
    beside = next((one.files for one in found.sources if one.files[0].parent == paths[0].parent), ())
    # What Compose looks for is a stack of its own; most others change one.
    changes = beside if paths[0].name not in FILE_NAMES else ()
    files = [*(os.path.relpath(path, here) for path in changes), near[0]]
    typed = shlex.join(["stackproof", "lint", *(word for file in files for word in ("-f", file))])
    yield foreign(one_line(f"note: {words} ({typed})"))
