"""What options say."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from stackproof.plugin import options


def config(folder: Path, report_dir: str, *, collectonly: bool = False) -> Any:  # noqa: ANN401 - a stand-in
    """Return as much of a pytest configuration as is asked for."""
    said = {"stackproof_report_dir": report_dir, "collectonly": collectonly}
    return SimpleNamespace(getoption=said.get, invocation_params=SimpleNamespace(dir=folder))


@pytest.mark.parametrize("report_dir", ["", ".", "reports", "deep/er/reports"])
def test_report_folder_is_only_tried(tmp_path: Path, report_dir: str) -> None:
    """A run that ends before it has results leaves no folder behind."""
    options.check_report_folder(config(tmp_path, report_dir))

    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_when_tests_are_only_listed(tmp_path: Path) -> None:
    """Then no folder is needed."""
    (tmp_path / "taken").touch()

    options.check_report_folder(config(tmp_path, "taken", collectonly=True))


def test_hosts_to_open() -> None:
    """A slip is refused as the option is read."""
    parser = pytest.Parser(_ispytest=True)
    options.add_options(parser)

    found = parser.parse(["--allow-outside=db.example.com", "--allow-outside", "10.0.0.0/8", "--offline"])

    assert found.stackproof_allow_outside == ["db.example.com", "10.0.0.0/8"]
    assert found.stackproof_offline is True
    with pytest.raises(pytest.UsageError, match="is no host"):
        parser.parse(["--allow-outside=db:5432"])
