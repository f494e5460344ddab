"""How commands end when something is wrong."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from stackproof.errors import INTERRUPTED, StackproofError
from stackproof.report.complaint import complain


@contextmanager
def in_one_message() -> Iterator[None]:
    """End the command with one message and the exit code that belongs to it, in place of a traceback."""
    try:
        yield
    except StackproofError as error:
        complain(str(error))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:  # click's own words end with 1, which is a finding
        complain("interrupted")
        sys.exit(INTERRUPTED)
