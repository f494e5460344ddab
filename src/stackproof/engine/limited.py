"""A program whose time, memory and output have an end, whatever it is given to read."""

import os
import resource
import selectors
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

from stackproof.engine.command import Completed
from stackproof.engine.leash import TIMED_OUT

MEMORY: Final = 1 << 30
"""Bytes of data. Compose needs a tenth of that for the largest file that is judged."""
PRINTED: Final = 8 << 20
"""Bytes that it prints: a thousand services take a fourth of that, and reading them fifty times as much."""
_PIECE: Final = 1 << 16  # bytes
_LATE: Final = "no answer"  # in the words of our leash


def run(argv: Sequence[str], environment: Mapping[str, str], deadline: float) -> Completed:
    """Run a program for at most `deadline` seconds.

    One that was ended has the exit code `TIMED_OUT` and a last line that says why. Raises OSError where it
    cannot be started.
    """
    began = time.monotonic()
    with subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        # Not every system can limit another process (prlimit(2) is Linux' own), and it may be over already.
        with suppress(AttributeError, OSError):
            resource.prlimit(process.pid, resource.RLIMIT_DATA, (MEMORY, MEMORY))
        said = {stream.fileno(): bytearray() for stream in (process.stdout, process.stderr) if stream}
        try:
            why = _read(said, began + deadline) or _wait(process, began + deadline)
        finally:
            process.kill()
    if why == _LATE:
        why = f"{_LATE} within {round(deadline, 1):g} s"
    stdout, stderr = (stream.decode(errors="replace") for stream in said.values())
    return Completed(
        code=TIMED_OUT if why else process.returncode,
        stdout=stdout,
        stderr=f"{stderr}{why}\n" if why else stderr,
        seconds=time.monotonic() - began,
    )


def _read(said: Mapping[int, bytearray], until: float) -> str:
    """Add what comes from files by their numbers; return why it was broken off."""
    with selectors.DefaultSelector() as waiting:
        for number in said:
            waiting.register(number, selectors.EVENT_READ)
        while waiting.get_map():
            ready = waiting.select(max(0.0, until - time.monotonic()))
            for key, _ in ready:
                if piece := os.read(key.fd, _PIECE):
                    said[key.fd].extend(piece)
                else:
                    waiting.unregister(key.fd)
            if sum(map(len, said.values())) > PRINTED:
                return f"it printed more than {PRINTED >> 20} MiB"
            if time.monotonic() >= until:
                return _LATE
    return ""


def _wait(process: subprocess.Popen[bytes], until: float) -> str:
    """Return why a program was not waited for any longer that has closed what it prints to."""
    try:
        process.wait(max(0.0, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        return _LATE
    return ""
