"""Ctrl-C again and again while a run takes its things away: real processes, and a docker that is slow."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stackproof.runs.signals import BROKEN_OFF, SAID

# Says when it begins and when it has come to its end, which takes the seconds that it is told.
DOCKER = '#!/bin/sh\necho $$ >"pid-$1"\necho "begun $1" >>told\nsleep "$2"\necho "done $1" >>told\n'
RUN = """
import sys
from stackproof.cli.ending import in_one_message
from stackproof.engine import command
from stackproof.runs import signals

signals.UNDISTURBED = float(sys.argv[1])
heard = signals.Signals(lambda text: print(text, file=sys.stderr, flush=True))
heard.install()
with in_one_message():
    try:
        command.run("up", "60")
    finally:
        heard.ending()
        command.run("down", sys.argv[2])
"""


class Running:
    """A run in a terminal of its own, whose Ctrl-C goes to all that it started."""

    def __init__(self, folder: Path, undisturbed: float, teardown: float) -> None:
        program = folder / "docker"
        program.write_text(DOCKER)
        program.chmod(0o755)
        self._told = folder / "told"
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUN, str(undisturbed), str(teardown)],
            cwd=folder, env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
            stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    @property
    def told(self) -> list[str]:
        """What docker came to, in its order."""
        return self._told.read_text().splitlines() if self._told.exists() else []

    def wait_for(self, line: str) -> None:
        """Wait until docker says it."""
        until = time.monotonic() + 30
        while line not in self.told:
            assert time.monotonic() < until, self.told
            time.sleep(0.02)

    def ctrl_c(self) -> None:
        """Press it."""
        os.killpg(self.process.pid, signal.SIGINT)

    def end(self) -> tuple[int, str]:
        """Wait for the end; return exit code and errors."""
        _, errors = self.process.communicate(timeout=60)
        return self.process.returncode, errors


@pytest.mark.parametrize("presses", [1, 2, 4])
def test_teardown_comes_to_its_end(tmp_path: Path, presses: int) -> None:
    """However often it is pressed meanwhile: docker does not hear it, 130 stays, and why is said once."""
    run = Running(tmp_path, undisturbed=60, teardown=1)
    run.wait_for("begun up")
    run.ctrl_c()
    run.wait_for("begun down")
    for _ in range(presses - 1):
        run.ctrl_c()
        time.sleep(0.1)
    code, errors = run.end()

    assert (code, run.told) == (130, ["begun up", "begun down", "done down"])
    assert errors.count(SAID) == (presses > 1)
    assert BROKEN_OFF not in errors
    assert errors.endswith("error: interrupted\n")


def test_teardown_that_hangs_is_broken_off(tmp_path: Path) -> None:
    """Once it had its time: 130, at once, and what may be left and how it goes away."""
    run = Running(tmp_path, undisturbed=0, teardown=60)
    run.wait_for("begun up")
    run.ctrl_c()
    run.wait_for("begun down")
    time.sleep(0.1)
    began = time.monotonic()
    run.ctrl_c()
    code, errors = run.end()

    assert (code, run.told) == (130, ["begun up", "begun down"])
    assert BROKEN_OFF in errors
    assert time.monotonic() - began < 30
    os.killpg(int((tmp_path / "pid-down").read_text()), signal.SIGKILL)  # what the run itself leaves alone
