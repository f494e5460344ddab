"""One docker command: what is said when it fails."""

import sys
from pathlib import Path

import pytest
from tests.unit.engine.conftest import Program

from stackproof.engine import command
from stackproof.errors import CommandError, EngineError


def test_last_lines() -> None:
    """Where programs say why they gave up."""
    text = "\n".join(f"line {number}" for number in range(40)) + "\n\n"

    assert command.last_lines(text, 2) == "line 38\nline 39"
    assert len(command.last_lines(text).splitlines()) == command.LAST_LINES
    assert command.last_lines(" \n ") == ""


def test_failure_says_command_reason_and_last_words() -> None:
    """All that a person needs to try it."""
    error = command.failure(["docker", "pull", Path("x")], "failed with exit code 1", "no such image\n")

    assert isinstance(error, CommandError)
    assert str(error) == "`docker pull x` failed with exit code 1:\nno such image"


def test_failure_of_a_script_shows_its_first_line() -> None:
    """A page of shell would hide what went wrong."""
    error = command.failure(["docker", "exec", "web", "sh", "-c", "set -e\nexit 1\n"], "failed", "")

    assert str(error) == "`docker exec web sh -c set -e ...` failed"


def test_failure_without_words() -> None:
    """Some programs say nothing."""
    assert str(command.failure(["docker"], "failed", " \n")) == "`docker` failed"


def test_run_gives_both_streams_and_the_time(program: Program) -> None:
    """Words go through as they are, without a shell."""
    program('printf "%s|" "$@"; echo warned >&2')

    done = command.run("a b", "$HOME", "*")

    assert (done.code, done.stdout, done.stderr) == (0, "a b|$HOME|*|", "warned\n")
    assert 0 < done.seconds < 30


def test_run_failure(program: Program) -> None:
    """The error has what the program said on stderr."""
    program("echo out; echo why >&2; exit 3")

    with pytest.raises(CommandError, match=r"program ps` failed with exit code 3:\nwhy$"):
        command.run("ps")


def test_run_failure_that_is_expected(program: Program) -> None:
    """Some answers are exit codes."""
    program("exit 3")

    assert command.run(check=False).code == 3


def test_run_time_out(program: Program) -> None:
    """With what had been said by then."""
    program("echo started; exec sleep 60")

    with pytest.raises(CommandError, match=r"gave no answer within 0\.5 s:\nstarted"):
        command.run("up", deadline=0.5)


def test_run_gives_no_terminal_to_read_from(program: Program) -> None:
    """A program that asks a question gets an end of file instead of hanging."""
    program("cat; echo done")

    assert command.run().stdout == "done\n"


def test_run_with_input(program: Program) -> None:
    """Text for the program's stdin."""
    program("cat")

    assert command.run(stdin="grüße").stdout == "grüße"


def test_run_output_that_is_no_text(program: Program) -> None:
    """Container logs may hold anything."""
    program(r"printf 'a\377b'")

    assert command.run().stdout == "a\ufffdb"


def test_run_without_docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fix is in the message."""
    monkeypatch.setattr(command, "DOCKER", str(tmp_path / "no-docker"))

    with pytest.raises(EngineError, match="no `docker` command on PATH"):
        command.run("version")


def test_leashed_is_our_own_interpreter() -> None:
    """Whatever is on PATH."""
    python, *_flags, leash, deadline, docker = command.leashed(2.5)

    assert python == sys.executable
    assert Path(leash).is_file()
    assert (deadline, docker) == ("2.5", "docker")
