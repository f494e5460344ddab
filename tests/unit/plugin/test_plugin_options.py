"""What options say."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from stackproof.controls.severity import Severity
from stackproof.errors import UsageError
from stackproof.isolation import mistakes
from stackproof.isolation.mistakes import check_together
from stackproof.plugin import options
from stackproof.settings import Settings


def config(folder: Path, report_dir: str, *, collectonly: bool = False) -> Any:  # noqa: ANN401 - a stand-in
    """Return as much of a pytest configuration as is asked for."""
    said = {"collectonly": collectonly}
    found = SimpleNamespace(
        getoption=said.get, invocation_params=SimpleNamespace(dir=folder), stash=pytest.Stash()
    )
    options.take(cast("Any", found), Settings(report_dir=report_dir))
    return found


def parsed(*words: str) -> Settings:
    """Return what pytest makes of words."""
    parser = pytest.Parser(_ispytest=True)
    options.add_options(parser)
    found = parser.parse(list(words))
    stand_in = SimpleNamespace(getoption=lambda name: getattr(found, name), stash=pytest.Stash())
    return options.settings_of(cast("Any", stand_in))


@pytest.mark.parametrize("report_dir", ["", ".", "reports", "deep/er/reports"])
def test_report_folder_is_only_tried(tmp_path: Path, report_dir: str) -> None:
    """A run that ends before it has results leaves no folder behind."""
    options.check_report_folder(config(tmp_path, report_dir))

    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_when_tests_are_only_listed(tmp_path: Path) -> None:
    """Then no folder is needed."""
    (tmp_path / "taken").touch()

    options.check_report_folder(config(tmp_path, "taken", collectonly=True))


def test_nothing_said() -> None:
    """Our defaults are the same, whoever asks."""
    assert parsed() == Settings()


def test_everything_said() -> None:
    """Every option of pytest's has its setting."""
    found = parsed(
        "--stack=one", "--stack=two", "--attach=shop", "--contract=c.yml", "--compose-profile=p",
        "--control-profile=cis", "--compose-env-file=e", "--project-directory=d", "--report-dir=",
        "--fail-on=low",
        "--control-select=a-*", "--control-ignore=b-*", "--allow-host-access", "--allow-network=n",
        "--allow-key=k", "--allow-outside=db.example.com", "--allow-outside", "10.0.0.0/8", "--offline",
        "--copy-limit=7",
    )  # fmt: skip

    assert found == Settings(
        stacks=("one", "two"),
        attach="shop",
        contract="c.yml",
        profiles=("p",),
        profile="cis",
        env_files=("e",),
        project_directory="d",
        report_dir="",
        fail_on=Severity.LOW,
        select=("a-*",),
        ignore=("b-*",),
        allow_host_access=True,
        allow_network=("n",),
        allow_key=("k",),
        allow_outside=("db.example.com", "10.0.0.0/8"),
        offline=True,
        copy_limit=7,
    )


@pytest.mark.parametrize(
    ("word", "mistake"),
    [
        ("--allow-outside=db:5432", "is no host"),
        ("--attach=", "a project must have a name"),
        ("--copy-limit=-1", "is no whole number from 0 on"),
        ("--fail-on=severe", "--fail-on"),
    ],
)
def test_slip(word: str, mistake: str) -> None:
    """It is refused as the option is read."""
    with pytest.raises(pytest.UsageError, match=mistake):
        parsed(word)


def test_contract_and_none() -> None:
    """They exclude each other, whoever says it."""
    with pytest.raises(UsageError, match=r"^--contract and --no-contract exclude each other$"):
        check_together(parsed("--contract=c.yml", "--no-contract"))


HANDS = """
import sys
import pytest
from stackproof.plugin.options import Handed, settings_of
from stackproof.settings import Settings

HANDED = Settings(fail_on="low", no_contract=True)

class Asks:
    @pytest.hookimpl(tryfirst=True)
    def pytest_xdist_auto_num_workers(self, config):
        print("before workers:", settings_of(config) == HANDED)
        return 0

    def pytest_configure(self, config):
        print("at the start:", settings_of(config) == HANDED)

pytest.main(["-n", "auto", "--fail-on=critical"], plugins=[Handed(HANDED), Asks()])
"""


def test_settings_that_are_handed_over_count(tmp_path: Path) -> None:
    """Whole, before any hook of ours asks, and whatever stands on pytest's command line."""
    done = subprocess.run(
        [sys.executable, "-c", HANDS],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert "before workers: True" in done.stdout, done.stdout + done.stderr
    assert "at the start: True" in done.stdout


def test_settings_reach_a_worker_as_they_are() -> None:
    """They go through the pipe as JSON."""
    handed = Settings(stacks=("a",), fail_on=Severity.LOW, workers=3, copy_limit=0)

    assert Settings(**json.loads(json.dumps(handed.model_dump(mode="json")))) == handed


@pytest.mark.parametrize("workers", ["lots", "0.5", "-3", "", "1e3"])
def test_no_number_of_workers(workers: str) -> None:
    """Xdist would tell it in words of pytest's, or take it."""
    with pytest.raises(UsageError, match=r"workers: .* should be 'auto' or a whole number from 0 on"):
        mistakes.check(Settings(workers=workers))


@pytest.mark.parametrize("workers", ["auto", "logical", "0", "12", 3])
def test_number_of_workers(workers: str | int) -> None:
    """As xdist takes them."""
    mistakes.check(Settings(workers=workers))


Args = pytest.Config.ArgsSource


def called(folder: Path, *words: str, inipath: Path | None = None, source: Args = Args.INVOCATION_DIR) -> Any:  # noqa: ANN401 - it stands for pytest's
    """Return the configuration of pytest that was called in a folder."""
    return SimpleNamespace(
        invocation_params=SimpleNamespace(dir=folder, args=list(words)),
        inipath=inipath,
        args_source=source,
        stash=pytest.Stash(),
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", "[tool.pytest.ini_options]\n"),
        ("pyproject.toml", "[tool.pytest]\n"),
        ("pytest.ini", ""),
        (".pytest.ini", ""),
        ("tox.ini", "[pytest]\n"),
    ],
)
def test_configuration_that_pytest_does_not_read(tmp_path: Path, name: str, text: str) -> None:
    """It went to where the stack and the project lie together, and would collect all that is there."""
    (tmp_path / name).write_text(text)
    with pytest.raises(UsageError, match=rf"does not read {name}.*\n.*write --stack=PATH"):
        options.check_ini(called(tmp_path, "--stack", "/elsewhere"))

    options.check_ini(called(tmp_path, "--stack=/elsewhere"))
    options.check_ini(called(tmp_path, "--stack", ".", inipath=tmp_path / name))
    options.check_ini(called(tmp_path, "--stack", "/elsewhere", "tests", source=Args.ARGS))


@pytest.mark.parametrize("text", ["[tool.ruff]\n", None])
def test_folder_without_configuration(tmp_path: Path, text: str | None) -> None:
    """There is nothing that pytest should have read."""
    if text is not None:
        (tmp_path / "pyproject.toml").write_text(text)

    options.check_ini(called(tmp_path, "--stack", "/elsewhere"))
