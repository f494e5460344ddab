"""Signals that a job in the background inherits as ignored: tests of them need them heard."""

import signal


def hear() -> None:
    """Give Ctrl-C and SIGHUP back what they do in a terminal, also to whatever a test starts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
