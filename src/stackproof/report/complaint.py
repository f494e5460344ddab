"""What went wrong, in one shape wherever it is told: `error: what`, and below it how it is fixed."""

import os
import sys
from typing import TextIO

from stackproof.report.foreign import foreign

_RED, _PLAIN = "\x1b[1;31m", "\x1b[0m"


def told(message: str, *, colour: bool = False) -> str:
    r"""Return the text of a complaint.

    >>> told("no engine answers\n  fix: start Docker")
    'error: no engine answers\n  fix: start Docker'
    """
    word = f"{_RED}error:{_PLAIN}" if colour else "error:"
    return f"{word} {foreign(message)}"


def complain(message: str, stream: TextIO | None = None) -> None:
    """Write a complaint, on standard error unless told otherwise; in colour on a terminal that wants it."""
    stream = sys.stderr if stream is None else stream
    print(told(message, colour=stream.isatty() and not os.environ.get("NO_COLOR")), file=stream, flush=True)
