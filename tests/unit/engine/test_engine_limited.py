"""Programs whose time, memory and output have an end."""

import os
import sys

import pytest

from stackproof.engine import limited
from stackproof.engine.leash import TIMED_OUT

HERE = dict(os.environ)


def python(text: str, deadline: float = 30.0) -> tuple[int, str, str]:
    """Return how a program in Python ends."""
    done = limited.run([sys.executable, "-I", "-S", "-c", text], HERE, deadline)
    return done.code, done.stdout, done.stderr


def test_program_that_ends() -> None:
    """Both streams are read whole, whatever bytes are in them."""
    text = (
        "import sys; sys.stdout.buffer.write(b'\\xff' + b'o' * 200000); sys.stderr.write('e' * 200000); "
        "sys.exit(3)"
    )

    assert python(text) == (3, "\ufffd" + "o" * 200_000, "e" * 200_000)


def test_program_that_goes_on() -> None:
    """What it said by then is kept."""
    code, said, told = python("import time; print('begun', flush=True); time.sleep(60)", 0.3)

    assert (code, told) == (TIMED_OUT, "no answer within 0.3 s\n")
    assert said in ("", "begun\n")


def test_program_that_closes_its_streams() -> None:
    """It may live on without them."""
    code, _, told = python("import os, time; os.close(1); os.close(2); time.sleep(60)", 0.5)

    assert (code, told) == (TIMED_OUT, "no answer within 0.5 s\n")


def test_program_that_prints_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is ended, and says why in its last line."""
    monkeypatch.setattr(limited, "PRINTED", 1 << 20)

    code, said, told = python("while True: print('x' * 1000)")

    assert (code, told) == (TIMED_OUT, "it printed more than 1 MiB\n")
    assert len(said) < 2 << 20


def test_program_that_takes_all_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """It gets no more than it may have, so that this machine goes on."""
    monkeypatch.setattr(limited, "MEMORY", 64 << 20)

    code, _, told = python("import time; time.sleep(0.1); held = bytearray(200 << 20)")

    assert code == 1
    assert "MemoryError" in told


def test_program_that_is_none() -> None:
    """Who calls it knows what to say."""
    with pytest.raises(OSError, match="No such file"):
        limited.run(["/nowhere/at-all"], HERE, 1.0)
