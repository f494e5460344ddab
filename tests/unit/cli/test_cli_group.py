"""Mistakes of usage, and how they end."""

from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import click
import pytest
from click.testing import CliRunner

from stackproof.cli import main
from stackproof.cli.group import Program


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["check", "--fial-on", "low"], "No such option '--fial-on'. (Did you mean one of: '--fail-on'"),
        (["chek"], "no command 'chek'; did you mean 'check'?"),
        (["report"], "Missing argument"),
        (["check", "--fail-on", "bad"], "Invalid value for '--fail-on'"),
        (["check", "--copy-limit", "-3"], "Invalid value for '--copy-limit'"),
        (["controls", "nope"], "unknown control 'nope'"),
        (["schema", "page"], "Invalid value for"),
        (["check", "--workers=-3"], "workers: '-3' should be 'auto' or a whole number"),
        (["check", "--attach", " "], "attach: a project must have a name"),
    ],
)
def test_one_shape(words: list[str], said: str) -> None:
    """One line, without a blank one behind it, and at most a fix."""
    done = CliRunner().invoke(main, words)
    lines = done.output.splitlines()

    assert done.exit_code == 2
    assert lines[0].startswith(f"error: {said}")
    assert [line for line in lines[1:] if not line.startswith("  fix: ")] == []


def end(code: int) -> Callable[[], NoReturn]:
    """Return a command that ends so."""

    def command() -> NoReturn:
        raise SystemExit(code)

    return command


def stop() -> NoReturn:
    """Be interrupted."""
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("words", "code"), [(["end"], 4), (["stop"], 130), (["say"], 0), (["--help"], 0), ([], 2)]
)
def test_exit_codes(words: list[str], code: int) -> None:
    """A command's own, that of an interruption, and none where it says nothing."""
    group = Program("program")
    for name, command in (("end", end(4)), ("stop", stop), ("say", lambda: click.echo("hello"))):
        group.add_command(click.Command(name, callback=command))
    done = CliRunner().invoke(group, words)

    assert done.exit_code == code
    assert ("error: interrupted" in done.output) == (code == 130)
    assert ("Usage:" in done.output) == (words in (["--help"], []))


def test_called_from_a_program() -> None:
    """Errors come through, as click has it."""
    with pytest.raises(click.UsageError):
        main.main(["chek"], standalone_mode=False)


def test_near_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a file that is not there."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "compose.yml").touch()
    done = CliRunner().invoke(main, ["init", "composr.yml"])

    assert "composr.yml; did you mean 'compose.yml'?" in done.output
