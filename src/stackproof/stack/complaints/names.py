"""Names of networks, volumes, secrets and configs that are none, and what was probably meant by them."""

import re
from pathlib import PurePosixPath

from stackproof.stack.complaints.case import Case, Place

# As the schema of compose files has it.
_NAME = re.compile(r"[a-zA-Z0-9._-]+")
_ESCAPED = re.compile(r"\$\$(?=\w|\{)")
_OF_WINDOWS = re.compile(r"%(\w+)%")
_PLACEHOLDER = re.compile(r"\{\{|<.+>|\[.+\]")
_LETTERS = "a name has letters, digits, dots, hyphens and underscores only"


def no_name(case: Case, place: Place, kind: str, name: str) -> str:
    """Return the fix for what cannot be the name of such a thing; empty for what can be.

    To declare it would be refused as well.
    """
    if not name or (kind != "service" and _NAME.fullmatch(name)):
        return ""
    written = place.item.text if place.item else ""
    if _ESCAPED.search(written):
        return f"write `{case.hide(_ESCAPED.sub('$', written))}`: `$$` is a $ itself, and begins no variable"
    if kind == "volume":
        return _folder(name)
    if kind in ("secret", "config"):
        return _file(kind, name) if "/" in name else f"write another name: {_LETTERS}"
    return "" if kind == "service" else f"write another name: {_LETTERS}"


def _folder(name: str) -> str:
    """Return how a folder is written that was taken for a volume."""
    if hit := _OF_WINDOWS.search(name):
        return f"write `${{{hit[1]}}}` for the variable"
    if _PLACEHOLDER.search(name):
        return "put a folder or the name of a volume in its place"
    path = name.replace("\\", "/")
    return f"write `./{path}` for a folder beside the compose file; {_LETTERS}"


def _file(kind: str, name: str) -> str:
    """Return how a file is declared that was named in place of it."""
    file, _, target = name.partition(":")
    declared = PurePosixPath(file).stem or kind
    short = declared if _NAME.fullmatch(declared) else kind
    here = f"{{source: {short}, target: {target}}}" if target else short
    return f"write `- {here}` here, and `{short}: {{file: {file}}}` under a top-level `{kind}s:`"
