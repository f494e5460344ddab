"""Docker's own configuration may be anything, and keeps nobody from reading files."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from stackproof.engine import api, docker_config
from stackproof.errors import EngineError

# What is no configuration: cut off, of another kind, of another program.
BROKEN = ("", "{", "[]", "7", "null", "\0\0", '{"currentContext": 5}', "[" * 100_000)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the place of a configuration, with nothing chosen beside it."""
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    return tmp_path / "config.json"


@pytest.mark.parametrize("text", BROKEN)
def test_what_cannot_be_read_chooses_nothing(config: Path, text: str) -> None:
    """As if it were not there."""
    config.write_text(text)

    assert docker_config.context() == "default"
    assert docker_config.ends()


def test_what_never_ends(config: Path) -> None:
    """Nobody waits for it."""
    os.mkfifo(config)
    assert (docker_config.said(), docker_config.ends()) == ({}, False)

    config.unlink()
    config.symlink_to("/dev/zero")
    assert (docker_config.said(), docker_config.ends()) == ({}, False)


def test_what_ends_without_words(config: Path) -> None:
    """A folder and nothing at all are read to their end at once."""
    assert (docker_config.said(), docker_config.ends()) == ({}, True)

    config.mkdir()
    assert (docker_config.said(), docker_config.ends()) == ({}, True)


def test_context(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable counts more than the file."""
    config.write_text('{"currentContext": "far"}')
    assert docker_config.context() == "far"

    monkeypatch.setenv("DOCKER_CONTEXT", "near")
    assert docker_config.context() == "near"


def test_user_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is read, and nothing started, from a folder `~` where somebody stands."""
    monkeypatch.delenv("DOCKER_CONFIG", raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)

    assert docker_config.folder() == Path("/var/empty/stackproof/.docker")


@pytest.mark.parametrize(
    "meta",
    [
        "{",
        "[]",
        "{}",
        '{"Name": "far"}',
        '{"Name": "far", "Metadata": {}}',
        '{"Name": "far", "Metadata": [], "Endpoints": {}}',
        '{"Name": "far", "Metadata": {}, "Endpoints": []}',
        '{"Name": "far", "Metadata": {}, "Endpoints": {"docker": 5}}',
    ],
)
def test_broken_context(config: Path, meta: str) -> None:
    """It is named, where the library would end in a traceback."""
    config.write_text('{"currentContext": "far"}')
    path = _meta(config)
    path.write_text(meta)

    with pytest.raises(EngineError, match="docker context far cannot be read") as raised:
        api.ping()
    assert str(path) in str(raised.value)


def test_sound_context(config: Path) -> None:
    """It is let be, and so is one that is not there."""
    docker_config.check_context("far")
    _meta(config).write_text(
        json.dumps({"Name": "far", "Metadata": {}, "Endpoints": {"docker": {"Host": "unix:///no.sock"}}})
    )
    config.write_text('{"currentContext": "far"}')

    found = api._context()  # noqa: SLF001 - what the library makes of it
    assert found is not None
    assert found.Host == "unix:///no.sock"


def _meta(config: Path) -> Path:
    folder = config.parent / "contexts" / "meta" / hashlib.sha256(b"far").hexdigest()
    folder.mkdir(parents=True)
    return folder / "meta.json"
