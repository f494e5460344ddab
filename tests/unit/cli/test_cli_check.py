"""What `stackproof check` says to the plugin."""

import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from stackproof.cli import main
from stackproof.cli.check import exit_code, run
from stackproof.controls.severity import Severity
from stackproof.settings import Settings, declared

Said = list[Settings]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Said:
    """Keep what the plugin would be told, in an empty folder."""
    kept: Said = []

    def keep(settings: Settings, *_plugins: object) -> int:
        kept.append(settings)
        return 0

    # The package's attribute of this name is the command, not the module.
    monkeypatch.setattr(sys.modules["stackproof.cli.check"], "run", keep)
    monkeypatch.chdir(tmp_path)
    return kept


def check(*words: str) -> Any:  # noqa: ANN401 - click's result
    """Call `stackproof check`."""
    return CliRunner().invoke(main, ["check", *words])


def test_nothing_typed(said: Said) -> None:
    """The project in this folder is proven with our defaults."""
    assert check().exit_code == 0
    assert said == [Settings(stacks=(".",))]


def test_nothing_typed_in_a_subfolder(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    """The project above is meant; a path that is typed is taken by its word."""
    Path("compose.yml").write_text("services: {web: {image: x}}\n")
    Path("sub").mkdir()
    monkeypatch.chdir("sub")
    check()
    check(".")

    assert [settings.stacks for settings in said] == [("..",), (".",)]


def test_everything_typed(said: Said) -> None:
    """Every option reaches the plugin, several files as one stack."""
    check(
        "one", "-f", "a.yml", "-f", "b.yml", "--compose-profile", "p", "--profile", "cis",
        "--env-file", "e", "--project-directory", "d",
        "--fail-on", "low", "--select", "a-*", "--ignore", "b-*", "--report-dir", "out", "-n", "3",
        "--allow-host-access", "--copy-limit", "7", "--allow-network", "net", "--allow-key", "x.*",
        "--allow-outside", "db.example.com", "--offline",
    )  # fmt: skip

    assert said == [
        Settings(
            stacks=("one", "a.yml:b.yml"),
            profiles=("p",),
            profile="cis",
            env_files=("e",),
            project_directory="d",
            fail_on=Severity.LOW,
            select=("a-*",),
            ignore=("b-*",),
            report_dir="out",
            workers="3",
            allow_host_access=True,
            copy_limit=7,
            allow_network=("net",),
            allow_key=("x.*",),
            allow_outside=("db.example.com",),
            offline=True,
        )
    ]


def test_every_option_can_be_typed(said: Said) -> None:
    """A setting that a command has by no name is one of pytest's alone."""
    assert not said
    unnamed = {one.name for one in declared() if not one.option.command}

    assert unnamed == {"stacks", "no_contract"}


def test_attach(said: Said) -> None:
    """A look at a running project needs no path and no workers."""
    check("--attach", "shop")

    assert said == [Settings(attach="shop", workers="0")]


def test_attach_with_files(said: Said) -> None:
    """Compose files that have moved are named as ever."""
    check("--attach", "shop", "-f", "a.yml", "-n", "2")

    assert said == [Settings(attach="shop", stacks=("a.yml",), workers="2")]


@pytest.mark.parametrize(
    ("words", "mistake"),
    [
        (("--attach", " "), "a project must have a name"),
        (("--allow-outside", "db:5432"), "'db:5432' is no host"),
        (("--copy-limit", "-1"), "--copy-limit"),
        (("--fail-on", "severe"), "--fail-on"),
    ],
)
def test_slip(said: Said, words: tuple[str, ...], mistake: str) -> None:
    """It ends with 2 before anything is run."""
    ended = check(*words)

    assert (ended.exit_code, said) == (2, [])
    assert mistake in ended.output


def test_defaults_of_the_team(said: Said) -> None:
    """The table in pyproject.toml counts where nothing is typed."""
    Path("pyproject.toml").write_text(
        '[tool.stackproof]\nfail_on = "low"\nignore = ["a-b", "c-d"]\nallow_host_access = true\nworkers = 1\n'
    )
    check("--no-host-access", "-n", "4")

    (found,) = said
    assert found.model_copy(update={"origins": {}}) == Settings(
        stacks=(".",), fail_on=Severity.LOW, ignore=("a-b", "c-d"), workers="4"
    )
    assert found.origins.keys() == {"fail_on", "ignore"}


def test_defaults_that_are_wrong(said: Said) -> None:
    """A mistake in the table ends with 2 before anything is run."""
    Path("pyproject.toml").write_text("[tool.stackproof]\nfast = true\n")
    ended = check()

    assert ended.exit_code == 2
    assert "pyproject.toml: [tool.stackproof]: unknown key 'fast'" in ended.output
    assert said == []


@pytest.mark.parametrize(
    ("status", "chosen", "code"),
    [(0, None, 0), (1, None, 1), (1, 4, 4), (2, None, 130), (4, 3, 3), (5, None, 2)],
)
def test_exit_code(status: int, chosen: int | None, code: int) -> None:
    """The controller's choice comes before what pytest says."""
    assert exit_code(pytest.ExitCode(status), chosen) == code


@pytest.mark.parametrize(("workers", "shown"), [("0", True), (0, True), ("2", False), ("auto", False)])
def test_progress_is_not_captured(
    monkeypatch: pytest.MonkeyPatch, workers: str | int, *, shown: bool
) -> None:
    """In one process pytest would take what we show while a test runs for what the test prints."""
    asked: list[str] = []

    def suite(words: list[str], plugins: object) -> pytest.ExitCode:
        del plugins
        asked.extend(words)
        return pytest.ExitCode.OK

    monkeypatch.setattr(pytest, "main", suite)

    assert run(Settings(workers=workers)) == 0
    assert ("--capture=sys" in asked) == shown
    assert f"-n={workers}" in asked
