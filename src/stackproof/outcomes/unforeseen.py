"""Errors that no control foresees: mistakes in code, which say nothing of a stack. Pure."""

import sysconfig
import traceback
from pathlib import Path

import stackproof

_PACKAGE = Path(stackproof.__file__).parent
_LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})


def told(error: BaseException) -> str:
    """Return what an error says, and that it is an internal one, with its place; an interruption is none."""
    words = "".join(traceback.format_exception_only(error)).strip()
    if not isinstance(error, Exception):
        return words
    place = _place(error)
    return f"internal error{f' at {place}' if place else ''}: {words}"


def _place(error: Exception) -> str:
    """Return file and line of the innermost call that is not a library's; empty where none is."""
    frames = [one for one in traceback.extract_tb(error.__traceback__) if _is_ours_or_theirs(one.filename)]
    if not frames:
        return ""
    path = Path(frames[-1].filename)
    near = path.relative_to(_PACKAGE.parent) if path.is_relative_to(_PACKAGE) else Path(path.name)
    return f"{near.as_posix()}:{frames[-1].lineno}"


def _is_ours_or_theirs(file: str) -> bool:
    """Whether code is stackproof's or a team's own, and not what either calls."""
    return Path(file).is_relative_to(_PACKAGE) or not file.startswith(_LIBRARIES)
