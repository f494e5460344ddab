"""What a team sets once in pyproject.toml."""

import errno
import os
from pathlib import Path

import pytest

from stackproof.cli import defaults, options
from stackproof.errors import UsageError
from stackproof.files import disk
from stackproof.outcomes.model import Severity
from stackproof.settings import Settings


def table(tmp_path: Path, text: str) -> Path:
    """Write a pyproject.toml with a table of ours; return its folder."""
    (tmp_path / "pyproject.toml").write_text(f"[tool.stackproof]\n{text}\n")
    return tmp_path


def mistakes(folder: Path) -> list[str]:
    """Return what is wrong with a table, without the folder."""
    with pytest.raises(UsageError) as caught:
        defaults.load(folder)
    return [line.removeprefix(f"{folder}/") for line in str(caught.value).splitlines()]


def test_all_keys(tmp_path: Path) -> None:
    """Everything that may stand in the table is read."""
    found = defaults.load(
        table(
            tmp_path,
            'fail_on = "low"\nselect = ["*-nonroot"]\nignore = ["graceful-stop"]\nreport_dir = "out"\n'
            "allow_host_access = true\nworkers = 3",
        )
    )

    assert found.told == "[tool.stackproof] in pyproject.toml"
    assert found.values == {
        "fail_on": Severity.LOW,
        "select": ["*-nonroot"],
        "ignore": ["graceful-stop"],
        "report_dir": "out",
        "allow_host_access": True,
        "workers": 3,
    }


def test_keys_are_those_that_a_team_can_set() -> None:
    """What is only true of one call, such as the stack, is no matter of a table."""
    assert set(defaults.Table.model_fields) == {
        *(
            "fail_on",
            "documentation",
            "profile",
            "select",
            "ignore",
            "report_dir",
            "rules",
            "workers",
            "offline",
            "baseline",
            "fail_on_new",
        ),
        *("allow_host_access", "allow_network", "allow_key", "allow_outside"),
    }


@pytest.mark.parametrize("text", [None, "", "[project]\nname = 'x'\n", "[tool.ruff]\nline-length = 80\n"])
def test_no_table(tmp_path: Path, text: str | None) -> None:
    """A folder without our table sets nothing."""
    if text is not None:
        (tmp_path / "pyproject.toml").write_text(text)

    assert defaults.load(tmp_path).values == {}


def test_unknown_key(tmp_path: Path) -> None:
    """An unknown key is refused with the file and the key that was probably meant."""
    assert mistakes(table(tmp_path, 'failon = "low"')) == [
        "pyproject.toml: [tool.stackproof]: unknown key 'failon'; did you mean 'fail_on'?"
    ]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('fail_on = "severe"', "fail_on"),
        ('allow_host_access = "yes"', "allow_host_access"),
        ("workers = -1", "workers: should be 'auto' or a whole number"),
        ("workers = true", "workers: should be 'auto' or a whole number"),
        ('select = "a"', "select"),
        ('report_dir = ""', "report_dir"),
    ],
)
def test_wrong_value(tmp_path: Path, text: str, key: str) -> None:
    """A value of the wrong kind is refused with the file and the key."""
    for mistake in mistakes(table(tmp_path, text)):
        assert mistake.startswith(f"pyproject.toml: [tool.stackproof]: {key}")


def test_table_that_is_none(tmp_path: Path) -> None:
    """A word in place of the table is refused."""
    (tmp_path / "pyproject.toml").write_text("[tool]\nstackproof = 1\n")

    assert mistakes(tmp_path)[0].startswith("pyproject.toml: [tool.stackproof]: the table: ")


def test_not_toml(tmp_path: Path) -> None:
    """A broken file is refused with its place."""
    (tmp_path / "pyproject.toml").write_text("[tool\n")

    assert mistakes(tmp_path)[0].startswith("pyproject.toml: not TOML: ")


def test_found_from_a_subfolder(tmp_path: Path) -> None:
    """The nearest file with our table counts, and its paths start where it stands."""
    (tmp_path / ".git").mkdir()
    table(tmp_path, 'fail_on = "low"\nreport_dir = "out"\nrules = ["house"]')
    here = tmp_path / "services" / "web"
    here.mkdir(parents=True)
    (here / "pyproject.toml").write_text("[tool.ruff]\nline-length = 80\n")

    assert defaults.load(here).values == {
        "fail_on": Severity.LOW,
        "report_dir": f"{tmp_path}/out",
        "rules": [f"{tmp_path}/house"],
    }
    table(here.parent, 'fail_on = "critical"')
    assert defaults.load(here).values == {"fail_on": Severity.CRITICAL}


def test_not_found_above_the_repository(tmp_path: Path) -> None:
    """What lies around a repository does not speak for it; its own root does."""
    table(tmp_path, 'fail_on = "low"')
    root = tmp_path / "repository"
    (root / ".git").mkdir(parents=True)
    (root / "web").mkdir()

    assert defaults.load(root / "web").values == {}
    table(root, 'fail_on = "medium"')
    assert defaults.load(root / "web").values == {"fail_on": Severity.MEDIUM}


def test_not_found_above_without_a_repository(tmp_path: Path) -> None:
    """Anybody may put a file into a folder above, such as /tmp; only the folder itself counts."""
    table(tmp_path, "allow_host_access = true")
    here = tmp_path / "web"
    here.mkdir()

    assert defaults.load(here).values == {}
    table(here, 'fail_on = "low"')
    assert defaults.load(here).values == {"fail_on": Severity.LOW}


@pytest.fixture
def unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that we may not read; a mode would not keep root from it."""
    path = table(tmp_path, 'fail_on = "low"') / "pyproject.toml"
    read = disk.read

    def refuse(one: Path) -> bytes:
        if one == path:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return read(one)

    monkeypatch.setattr(disk, "read", refuse)
    return path


def test_unreadable_here(unreadable: Path) -> None:
    """It is refused by its name: it may say what the team means."""
    assert mistakes(unreadable.parent) == ["pyproject.toml: cannot be read: Permission denied"]


def test_unreadable_above(unreadable: Path) -> None:
    """It is passed over: it need not be meant for us."""
    root = unreadable.parent
    here = root / "services" / "web"
    here.mkdir(parents=True)
    (root / ".git").mkdir()

    assert defaults.load(here).values == {}


def test_tool_that_is_no_table(tmp_path: Path) -> None:
    """It is not ours to complain of."""
    (tmp_path / "pyproject.toml").write_text("tool = 1\n")

    assert defaults.load(tmp_path).values == {}


def test_command_line_wins(tmp_path: Path) -> None:
    """What was typed counts, what was not typed comes from the table, what the table lacks is our default."""
    table(tmp_path, 'fail_on = "low"\nselect = ["a-b"]\nallow_host_access = true\nworkers = 2')
    typed = {"fail_on": "critical", "select": (), "allow_host_access": False, "workers": None, "attach": None}

    found = options.settings(typed, tmp_path)

    assert found.model_copy(update={"origins": {}}) == Settings(
        fail_on=Severity.CRITICAL, select=("a-b",), allow_host_access=False, workers=2
    )
    assert found.origins == dict.fromkeys(["select", "workers"], "[tool.stackproof] in pyproject.toml")


def test_host_in_the_table_that_is_none(tmp_path: Path) -> None:
    """It is refused as one that is typed."""
    with pytest.raises(UsageError, match="'db:5432' is no host"):
        options.settings({}, table(tmp_path, 'allow_outside = ["db:5432"]'))
