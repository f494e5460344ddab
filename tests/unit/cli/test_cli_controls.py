"""`stackproof controls`: which pages it names."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from stackproof.cli import main
from stackproof.controls.documentation import VARIABLE

TABLE = '[tool.stackproof]\ndocumentation = "https://docs.example/{control}"\n'
PAGE = "https://docs.example/no-privileged"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that it is called in, below the top of a repository with a table."""
    monkeypatch.delenv(VARIABLE, raising=False)
    (tmp_path / ".git").mkdir()
    (tmp_path / "pyproject.toml").write_text(TABLE)
    (below := tmp_path / "below").mkdir()
    monkeypatch.chdir(below)
    return below


def said(*words: str) -> str:
    """Return what it prints."""
    done = CliRunner().invoke(main, ["controls", *words])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.usefixtures("folder")
def test_the_page_that_a_team_chose() -> None:
    """In words, for machines, and behind the id of another tool."""
    assert f"more:       {PAGE}\n" in said("no-privileged")
    assert [one["documentation"] for one in json.loads(said("no-privileged", "--json"))] == [PAGE]


@pytest.mark.usefixtures("folder")
def test_a_table_goes_before_what_calls_us(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it does in reports."""
    monkeypatch.setenv(VARIABLE, "https://other.example/{control}")

    assert PAGE in said("no-privileged")


def test_a_mistake_in_the_table(folder: Path) -> None:
    """It is told as every command tells it."""
    (folder / "pyproject.toml").write_text("[tool.stackproof]\ndocumentaton = 'x'\n")

    done = CliRunner().invoke(main, ["controls", "no-privileged"])

    assert done.exit_code == 2
    assert "unknown key 'documentaton'" in done.output
