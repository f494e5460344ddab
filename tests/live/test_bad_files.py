"""The whole message for each bad file of the table, with the Compose of this machine."""

from pathlib import Path

import pytest
from tests.live.bad_files import BadFile, cases, read

from stackproof.engine.project import compose_version
from stackproof.errors import UsageError
from stackproof.stack.discovery import Source
from stackproof.stack.stack import Stack

RECORDED = {version for bad in read() for version in bad.said}


@pytest.fixture(scope="session")
def version() -> str:
    """The Compose of this machine."""
    return compose_version()


@pytest.mark.parametrize("bad", cases())
def test_bad_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, bad: BadFile) -> None:
    """File, line, service, cause and fix, letter for letter."""
    if version in RECORDED and bad.said and version not in bad.said:
        pytest.skip(f"Compose {version} takes it")
    folder = tmp_path / "shop"
    folder.mkdir()
    bad.write(folder)
    monkeypatch.chdir(folder)

    with pytest.raises(UsageError) as caught:
        Stack.load(Source.find(bad.stack, folder, bad.settings), controls=())

    assert str(caught.value) in bad.possible(version, folder)
