"""Our own tests say the same in the background, where what a terminal sends is ignored."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# All that send signals or end by them.
TESTS = ("tests/unit/engine/test_engine_leash.py", "tests/unit/runs/test_runs_signals.py")
# `nohup`, and a job that a shell put in the background.
_IGNORING = """
import os, signal, sys
for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def test_signals_are_heard_in_a_job_in_the_background() -> None:
    """A child inherits what is ignored, so that a test which waits for Ctrl-C would wait in vain."""
    words = ["-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *TESTS]
    done = subprocess.run(
        [sys.executable, "-c", _IGNORING, *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-4000:]
