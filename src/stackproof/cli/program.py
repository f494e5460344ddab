"""The `stackproof` program as the shell starts it: in UTF-8, whatever the locale says."""

import os
import signal
import sys

from stackproof.cli import main, output
from stackproof.errors import INTERRUPTED, UsageError
from stackproof.report.complaint import complain


def program() -> None:
    """Run the command; begin again where paths and pipes are not UTF-8.

    There the letters of a folder's name become what neither pytest-xdist nor a report can write.
    """
    foreign = sys.getfilesystemencoding() != "utf-8" and not sys.flags.utf8_mode
    # `python -E` and the like ignore the variable: beginning again would never end.
    if foreign and os.environ.get("PYTHONUTF8") != "1":
        os.environ["PYTHONUTF8"] = "1"  # for workers, too
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - it is this program
    output.survive()  # `--help` is printed before any command is called
    try:
        main()
    except SystemExit:
        if why := output.lost():
            complain(f"{why}\n  fix: see that there is room where it goes, and repeat the command")
            sys.exit(UsageError.exit_code)
        raise
    except KeyboardInterrupt:  # pressed on while the command was ending
        complain("interrupted")
        sys.exit(INTERRUPTED)
    finally:
        # While Python ends, Ctrl-C shows tracebacks of what it cleans up, or kills it: whoever presses on
        # would get another exit code than the run has.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
