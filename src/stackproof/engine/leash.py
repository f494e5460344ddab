"""Run a command that must not outlive its deadline or the process that asked for it.

python-on-whales has no time-out and a killed pytest worker would leave `docker compose up`
running, which goes on creating containers after the sweep. Run as a plain script
(`python -I -S leash.py SECONDS COMMAND...`), so it imports nothing of ours and starts in milliseconds.
Exit code 124 on time-out and 127 when there is no such command, as timeout(1).
"""

import os
import signal
import subprocess
import sys
import time
from types import FrameType

TIMED_OUT = 124
NOT_FOUND = 127
CHECK_EVERY = 0.25  # seconds


def main(argv: list[str]) -> int:
    """Run `argv[1:]` for at most `argv[0]` seconds, or until our parent dies."""
    deadline = time.monotonic() + float(argv[0])
    parent = os.getppid()
    child: subprocess.Popen[bytes] | None = None
    early: list[int] = []
    timed_out = False

    def check(_signum: int, _frame: FrameType | None) -> None:
        nonlocal timed_out
        timed_out = time.monotonic() > deadline
        if child is not None and (timed_out or os.getppid() != parent):
            os.killpg(child.pid, signal.SIGKILL)

    def forward(signum: int, _frame: FrameType | None) -> None:
        if child is None:
            early.append(signum)
        else:
            os.killpg(child.pid, signum)

    # All in place before the child starts: a signal that comes in between would end us and not the child.
    signal.signal(signal.SIGALRM, check)
    signal.signal(signal.SIGTERM, forward)
    # A job in the background inherits that Ctrl-C is not for it, and neither is it for its docker then; and
    # below nohup that nothing ends when the terminal closes.
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, forward)
    try:
        # A session of its own: docker starts its plugins as children, and all of them must end.
        child = subprocess.Popen(argv[1:], start_new_session=True)
    except FileNotFoundError:
        return NOT_FOUND
    for signum in early:
        os.killpg(child.pid, signum)
    signal.setitimer(signal.ITIMER_REAL, CHECK_EVERY, CHECK_EVERY)
    code = child.wait()
    # At exit Python restores the default action of SIGALRM, which is to die of it.
    signal.setitimer(signal.ITIMER_REAL, 0)
    if timed_out:
        sys.stderr.write(f"no answer within {float(argv[0]):g} s\n")
        return TIMED_OUT
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
