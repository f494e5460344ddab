"""A command that outlives neither its deadline nor the process that asked for it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stackproof.engine import leash

LEASH = [sys.executable, "-I", "-S", str(Path(leash.__file__))]


def run(seconds: float, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command on a leash."""
    return subprocess.run(
        [*LEASH, str(seconds), *words], capture_output=True, text=True, check=False, timeout=30
    )


def gone(pid: int, within: float = 10.0) -> bool:
    """Whether a process ends in time; a zombie has ended."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("code", [0, 1, 3, 125, 255])
def test_exit_code_is_the_commands(code: int) -> None:
    """Docker's codes say who failed."""
    assert run(20, "sh", "-c", f"exit {code}").returncode == code


def test_streams_are_the_commands() -> None:
    """Nothing is added to what it says."""
    done = run(20, "sh", "-c", "echo out; echo err >&2")

    assert (done.stdout, done.stderr) == ("out\n", "err\n")


def test_words_are_handed_on_as_they_are() -> None:
    """There is no shell between."""
    assert run(20, "printf", "%s|", "a b", "$HOME", "").stdout == "a b|$HOME||"


@pytest.mark.parametrize(("name", "code"), [("TERM", 143), ("KILL", 137)])
def test_command_that_dies_of_a_signal(name: str, code: int) -> None:
    """As a shell would say it."""
    assert run(20, "sh", "-c", f"kill -{name} $$").returncode == code


def test_time_out() -> None:
    """Exit code of timeout(1), and a word of explanation."""
    began = time.monotonic()
    done = run(0.3, "sleep", "60")

    assert done.returncode == leash.TIMED_OUT == 124
    assert done.stderr == "no answer within 0.3 s\n"
    assert time.monotonic() - began < 20


def test_no_such_command() -> None:
    """Exit code of timeout(1), and no traceback."""
    done = run(20, "no-such-command")

    assert done.returncode == 127
    assert "Traceback" not in done.stderr


def test_never_dies_of_its_own_timer() -> None:
    """A timer that fires while Python ends would kill the leash with SIGALRM."""
    script = "import sys, time; time.sleep(float(sys.argv[1]))"
    delays = [f"{leash.CHECK_EVERY - 0.02 + 0.004 * number:.3f}" for number in range(20)]
    running = [
        subprocess.Popen([*LEASH, "20", sys.executable, "-I", "-S", "-c", script, delay]) for delay in delays
    ]

    assert [process.wait(timeout=30) for process in running] == [0] * 20


def test_parent_that_dies_takes_the_command_along() -> None:
    """A killed pytest worker leaves no `docker compose up` behind."""
    words = [*LEASH, "60", "sh", "-c", "echo $$; exec sleep 60"]
    script = f"import subprocess; subprocess.run({words!r})"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        command = int(parent.stdout.readline())
        parent.kill()
        parent.wait(timeout=10)

        assert gone(command)


def test_sigterm_is_handed_on() -> None:
    """The command may end in order."""
    script = "trap 'echo ended; exit 5' TERM; echo ready; while :; do sleep 0.05; done"
    with subprocess.Popen([*LEASH, "60", "sh", "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.terminate()

        assert process.stdout.read() == "ended\n"
        assert process.wait(timeout=10) == 5


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_what_a_terminal_sends_is_left_to_the_command(number: signal.Signals) -> None:
    """It goes to both at Ctrl-C, and when it closes; the leash waits for how the command ends."""
    script = "trap 'echo ended; exit 6' INT HUP; echo ready; while :; do sleep 0.05; done"
    process = subprocess.Popen(
        [*LEASH, "60", "sh", "-c", script], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        os.killpg(process.pid, number)

        assert process.stdout.read() == "ended\n"
        assert process.wait(timeout=10) == 6
