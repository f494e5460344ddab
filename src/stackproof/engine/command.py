"""Run one docker command with a deadline and say clearly what went wrong."""

import re
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from stackproof.errors import CommandError, EngineError, EngineGoneError

DOCKER = "docker"
QUICK = 30.0  # seconds; for commands that only ask
SLOW = 300.0  # seconds; for commands that build, pull or start
LAST_LINES = 15
# Set while a run takes away what it made: Ctrl-C in a terminal would also end the docker that does it.
UNHEARD = threading.Event()
NO_DOCKER = "no `docker` command on PATH\n  fix: install Docker Engine with the Compose v2 plugin"

# What docker and Compose say when they cannot reach the engine; the second since version 28. Lines that begin
# with a number are of a program that a build runs.
_GONE = re.compile(
    r"^(?!\s*#?\d).*"
    r"(cannot connect to the docker daemon|failed to connect to the docker api|error during connect)",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, kw_only=True)
class Completed:
    """A finished command."""

    code: int
    stdout: str
    stderr: str
    seconds: float


def last_lines(text: str, count: int | None = LAST_LINES) -> str:
    """Return the last lines of a text, which is where programs say why they gave up; all without a count."""
    return "\n".join(text.strip().splitlines()[-count if count else 0 :])


def engine_gone(said: str) -> bool:
    """Whether a command failed because no engine answered, which says nothing of what it asked for."""
    return _GONE.search(said) is not None


def failure(argv: Sequence[object], reason: str, output: str, lines: int | None = LAST_LINES) -> CommandError:
    """Build the error of a failed command: what was run, why it failed, its last words."""
    if engine_gone(output):
        return EngineGoneError(f"the engine does not answer: {last_lines(output, 1)}")
    command = " ".join(_short(str(word)) for word in argv)
    words = last_lines(output, lines)
    return CommandError(f"`{command}` {reason}" + (f":\n{words}" if words else ""))


def _short(word: str) -> str:
    """Keep a script that is handed over as a word out of what the user reads."""
    first, more, _ = word.partition("\n")
    return f"{first} ..." if more else word


def run(*words: str, deadline: float = QUICK, stdin: str | None = None, check: bool = True) -> Completed:
    """Run `docker WORDS`; at most `deadline` seconds.

    Raises CommandError when it fails (unless `check` is false) or takes too long, EngineError
    when there is no docker command.
    """
    started = time.monotonic()
    argv = (DOCKER, *words)
    try:
        done = subprocess.run(
            argv,
            input=None if stdin is None else stdin.encode(),
            capture_output=True,
            timeout=deadline,
            check=False,
            stdin=subprocess.DEVNULL if stdin is None else None,
            start_new_session=UNHEARD.is_set(),
        )
    except FileNotFoundError:
        raise EngineError(NO_DOCKER) from None
    except subprocess.TimeoutExpired as error:
        output = ((error.stdout or b"") + (error.stderr or b"")).decode(errors="replace")
        raise failure(argv, f"gave no answer within {deadline:g} s", output) from None
    stdout, stderr = (stream.decode(errors="replace") for stream in (done.stdout, done.stderr))
    if check and done.returncode != 0:
        raise failure(argv, f"failed with exit code {done.returncode}", stderr or stdout)
    return Completed(code=done.returncode, stdout=stdout, stderr=stderr, seconds=time.monotonic() - started)


def run_words(argv: Sequence[str]) -> Completed:
    """Run a whole command that has its deadline from `leashed`, and leave its exit code to the caller."""
    started = time.monotonic()
    done = subprocess.run(argv, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    stdout, stderr = (stream.decode(errors="replace") for stream in (done.stdout, done.stderr))
    return Completed(code=done.returncode, stdout=stdout, stderr=stderr, seconds=time.monotonic() - started)


Started = subprocess.Popen[bytes]
"""A command that runs, with three pipes."""


def start(*words: str) -> Started:
    """Start `docker WORDS` with three pipes; the caller ends it."""
    return subprocess.Popen(
        (DOCKER, *words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def ended(process: Started, within: float) -> bool:
    """Give a started command some time (seconds) to end by itself; say whether it did."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=within)
    return process.returncode is not None


def leashed(deadline: float) -> list[str]:
    """Return the words that run docker on a leash, for libraries that know no time-out."""
    leash = Path(__file__).with_name("leash.py")
    return [sys.executable, "-I", "-S", str(leash), f"{deadline:g}", DOCKER]
