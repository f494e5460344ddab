"""What to do about that which kept a control from being judged. Pure."""

import re

from stackproof.errors import (
    CommandError,
    ContainerGoneError,
    EngineError,
    EngineGoneError,
    StackError,
    StackproofError,
)

# A fix ends its message: all below it is indented more deeply.
_FIX = re.compile(r"\n(?P<indent>[ \t]*)fix:[ \t]*(?P<fix>.*(?:\n(?P=indent)[ \t]+.*)*)\s*\Z", re.IGNORECASE)
_ANY = re.compile(r"^[ \t]*fix:", re.IGNORECASE | re.MULTILINE)
UNFORESEEN = (
    "this is a mistake in the control and says nothing of the stack: repeat the check; if it comes again, "
    "give this message, the version and results.json to whoever wrote the control (docs/trouble.md, An "
    "internal error)"
)
_BY_KIND: tuple[tuple[type[BaseException], str], ...] = (
    (EngineGoneError, "see that the engine runs and stays, then repeat the run"),
    (EngineError, "see that the engine runs, then repeat the run"),
    (ContainerGoneError, "see by its log why the container ends, then repeat this check"),
    (CommandError, "see to what the command says above, then repeat this check"),
    (
        StackError,
        "see with `docker compose up` why it does not come up, then repeat the run",
    ),
    (StackproofError, "see to what stands above, then repeat this check"),
    (Exception, UNFORESEEN),
)
UNFINISHED = "let the run come to its end, or repeat these checks alone with --select"


def apart(message: str) -> tuple[str, str]:
    r"""Return a message without the fix at its end, and the fix; whole where it has none, or several.

    >>> apart("no engine answers\n  fix: start Docker")
    ('no engine answers', 'start Docker')
    """
    found = _FIX.search(message)
    if found is None or len(_ANY.findall(message)) > 1:
        return message, ""
    return message[: found.start()], "\n".join(line.strip() for line in found["fix"].splitlines())


def by_kind(error: BaseException) -> str:
    """Return what helps where an error does not say it itself."""
    return next((fix for kind, fix in _BY_KIND if isinstance(error, kind)), "")
