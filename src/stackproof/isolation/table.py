"""The table: every key of the compose specification, and what becomes of it in a sandbox."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from stackproof.isolation.here import At
from stackproof.isolation.spec import build, hosting, mounts, networking, service, top
from stackproof.isolation.treatment import Row

ROWS: tuple[Row, ...] = (
    *top.ROWS,
    *service.ROWS,
    *hosting.ROWS,
    *networking.ROWS,
    *mounts.ROWS,
    *build.ROWS,
    *service.HOOK_ROWS,
)
BELOW = "**"


@dataclass
class _Node:
    row: Row | None = None
    below: Row | None = None
    """The row of everything below."""
    children: dict[str, "_Node"] = field(default_factory=dict)


def _tree(rows: Iterable[Row]) -> _Node:
    root = _Node()
    for row in rows:
        node, parts = root, row.path.split(".")
        for part in parts[:-1] if parts[-1] == BELOW else parts:
            node = node.children.setdefault(part, _Node())
        if parts[-1] == BELOW:
            node.below = row
        else:
            node.row = row
    return root


_ROOT = _tree(ROWS)


def find(at: At) -> Row | None:
    """Return the row of a place in a model; None for a key that the table does not know."""
    return _find(_ROOT, at)


def _find(node: _Node, at: At) -> Row | None:
    if not at:
        return node.row or node.below
    first = at[0]
    names = ("[]",) if isinstance(first, int) else (first, "*")
    for name in names:
        if (child := node.children.get(name)) and (found := _find(child, at[1:])):
            return found
    return node.below
