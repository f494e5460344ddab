"""Output that somebody closed or cut short."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = "import sys; from stackproof.cli import main; main(sys.argv[1:])"
USAGE_ERROR = 2


def run(folder: Path, redirection: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `stackproof WORDS` with its output as the shell is told."""
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {redirection}', "sh", sys.executable, "-c", COMMAND, *words],
        cwd=folder,
        env={**os.environ, "XDG_CACHE_HOME": str(folder / "cache")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">&- 2>&-"])
def test_closed(tmp_path: Path, redirection: str) -> None:
    """The code is the true one: here, that there is no such stack."""
    done = run(tmp_path, redirection, "check", "-n0", "missing")

    assert done.returncode == USAGE_ERROR, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "INTERNALERROR" not in done.stdout + done.stderr


@pytest.mark.parametrize("words", [["controls"], ["check", "-n0", "missing"]])
def test_cut_short(tmp_path: Path, words: list[str]) -> None:
    """Nobody reads; the command comes to its end all the same."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, *words],
        cwd=tmp_path,
        stdout=write,
        stderr=write,
        timeout=60,
        check=False,
    )
    os.close(write)

    assert done.returncode == (0 if words == ["controls"] else USAGE_ERROR)


def test_read_to_the_end(tmp_path: Path) -> None:
    """Otherwise nothing is another."""
    done = run(tmp_path, "", "controls")

    assert done.returncode == 0
    assert len(done.stdout.splitlines()) > 20
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("options", "variable", "seen"), [([], "", b""), (["-u"], "", b"text bytes"), ([], "1", b"text bytes")]
)
def test_unbuffered(options: list[str], variable: str, seen: bytes) -> None:
    """Whoever asks for it sees everything at once: here the process ends without a flush."""
    script = (
        "import os, sys; from stackproof.cli.output import survive; survive(); "
        "sys.stdout.write('text '); sys.stdout.buffer.write(b'bytes'); os._exit(0)"
    )
    done = subprocess.run(
        [sys.executable, *options, "-c", script],
        env={**os.environ, "PYTHONUNBUFFERED": variable},
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, seen), done.stderr


@pytest.mark.parametrize("words", [["controls"], ["lint", "--explain", "no-privileged"]])
def test_disk_that_is_full(tmp_path: Path, words: list[str]) -> None:
    """What is lost is told: a file that ends within a line must not look whole to a script."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [Path(sys.executable).with_name("stackproof"), *words],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )

    assert done.returncode == USAGE_ERROR
    assert done.stderr.startswith("error: output cannot be written: No space left on device\n  fix: ")
    assert "Traceback" not in done.stderr


def test_standard_input_that_is_closed(tmp_path: Path) -> None:
    """One message."""
    done = run(tmp_path, "<&-", "lint", "-")

    assert done.returncode == USAGE_ERROR
    assert done.stderr.startswith("error: standard input cannot be read: it is closed\n  fix: ")
    assert "Traceback" not in done.stderr
