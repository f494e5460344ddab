"""Trees of images, read once on this machine: an image with an id never changes."""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from uuid import uuid4

from platformdirs import user_cache_path

from stackproof.facts.image_tree import Tree

FORMAT = 1  # another one is read anew
MOST_KEPT = 500
_ID = re.compile(r"sha256:([0-9a-f]{64})")


def kept(image: str, read: Callable[[], Tree], folder: Path | None = None) -> Tree:
    """Return the tree of an image by its id, from the cache of this user or else read now.

    Without an id, and where the cache cannot be written, it is read each time.
    """
    found = _ID.fullmatch(image)
    if found is None:
        return read()
    file = (folder or user_cache_path("stackproof") / "images") / f"{found[1]}.json"
    if (known := _known(file)) is not None:
        return known
    tree = read()
    with suppress(OSError):
        _write(file, tree)
    return tree


def _known(file: Path) -> Tree | None:
    try:
        said = json.loads(file.read_text())
        if said.pop("format") != FORMAT:
            return None
        return Tree(entries=int(said["entries"]), setid=tuple(said["setid"]), clutter=tuple(said["clutter"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # whatever somebody left there
        return None


def _write(file: Path, tree: Tree) -> None:
    """Write at once, for others who read, and forget what is oldest."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = file.with_name(f".{uuid4().hex}")
    new.write_text(json.dumps({"format": FORMAT, **asdict(tree)}))
    new.replace(file)
    there = sorted(file.parent.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in there[MOST_KEPT:]:
        old.unlink(missing_ok=True)
