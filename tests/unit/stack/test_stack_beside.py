"""What to hide that stands beside a resolved model."""

import os
import threading
from pathlib import Path
from typing import Any

import pytest

from stackproof.engine.project import ComposeSettings, Project
from stackproof.errors import CommandError, UsageError
from stackproof.stack import beside
from stackproof.stack.discovery import Source
from stackproof.stack.stack import resolve


@pytest.fixture
def source(tmp_path: Path) -> Source:
    """A folder with an empty compose file."""
    (tmp_path / "compose.yml").write_text("")
    return Source(files=(tmp_path / "compose.yml",))


def test_env_file_of_the_project(source: Source) -> None:
    """Its variables may be anywhere in the model, and in programs that read the file themselves."""
    (source.directory / ".env").write_text("NOTE=value-1\n")

    assert beside.of_resolved(source, {}) == {"value-1"}


def test_env_file_that_was_named(source: Source) -> None:
    """It takes the place of `.env`."""
    (source.directory / ".env").write_text("NOTE=value-1\n")
    (source.directory / "other.env").write_text("NOTE=value-2\n")
    settings = ComposeSettings(env_files=(source.directory / "other.env",))

    assert beside.of_resolved(Source(files=source.files, settings=settings), {}) == {"value-2"}


def test_env_files_of_the_shell(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    """They take the place of `.env`, too; a later one may take what an earlier one sets."""
    (source.directory / ".env").write_text("NOTE=value-1\n")
    (source.directory / "one.env").write_text("A=1\nB: 2\n")
    (source.directory / "two.env").write_text("B='3'\nC=$A$B$OF_SHELL\n")
    files = ",".join(str(source.directory / name) for name in ("one.env", "two.env"))
    monkeypatch.setenv("COMPOSE_ENV_FILES", files)
    monkeypatch.setenv("OF_SHELL", "4")

    assert beside.variables(source) == {"A": "1", "B": "3", "C": "124"}


def test_file_of_a_secret(source: Source) -> None:
    """The model names the file only; a config's file is configuration, and may be long."""
    (source.directory / "secret.txt").write_text("sesame\n")
    (source.directory / "nginx.conf").write_text("server_name example.org;\n")
    model = {"secrets": {"one": {"file": "./secret.txt"}}, "configs": {"two": {"file": "./nginx.conf"}}}

    assert beside.of_resolved(source, model) == {"sesame"}


def test_secret_of_the_environment(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    """The model names the variable only: of the shell, or of the env file."""
    monkeypatch.setenv("OF_SHELL", "open sesame")
    (source.directory / ".env").write_text("OF_FILE=shut\\ sesame\n")
    named = {
        "one": {"environment": "OF_SHELL"},
        "two": {"environment": "OF_FILE"},
        "three": {"external": True},
    }

    assert beside.of_resolved(source, {"secrets": named}) == {"open sesame", "shut\\ sesame"}


def test_what_cannot_be_read(source: Source) -> None:
    """A file that is not there or is too large for a secret hides nothing."""
    (source.directory / "large").write_text("sesame " * 10_000)
    model = {"secrets": {"one": {"file": "./large"}, "two": {"file": "./gone"}, "three": None}}

    assert beside.of_resolved(source, model) == frozenset()


def test_files_as_written(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no model: literal values, env files of services, and what the shell would give."""
    monkeypatch.setenv("OF_SHELL", "open sesame")
    (source.directory / "web.env").write_text("NOTE=value-1\n")
    (source.directory / "more.env").write_text("NOTE=value-2\n")
    source.files[0].write_text(
        "services:\n  web:\n    env_file: [web.env, {path: more.env, required: false}]\n"
        "    ports: !override ['${OF_SHELL}:80']\n    environment: [NOTE=value-3]\n  db:\n    env_file: 7\n"
    )

    assert {"open sesame", "value-1", "value-2", "value-3"} <= beside.of_files(source)


@pytest.mark.parametrize(
    "text", ["services: [", "- a\n", "services: [web]\n", "services: {web: [x]}\n", "secrets: [a]\n", "a"]
)
def test_files_without_shape(source: Source, text: str) -> None:
    """What is no compose file at all is no reason to fail."""
    source.files[0].write_text(text)

    assert beside.of_files(source) == frozenset()


def test_compose_quotes(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Compose says of files that it refuses is told without their values."""

    def config(_self: Any, **_more: bool) -> None:  # noqa: ANN401 - a Project
        msg = '`docker compose config` failed:\ninvalid size: "sesame-1" in services.web'
        raise CommandError(msg)

    monkeypatch.setattr(Project, "config", config)
    source.files[0].write_text("services:\n  web:\n    environment:\n      NOTE: sesame-1\n")
    with pytest.raises(UsageError) as caught:
        resolve(source)

    assert 'invalid size: "[redacted]" in services.web' in str(caught.value)


@pytest.mark.parametrize("name", ["compose.yml", "secret"])
def test_file_that_never_ends(tmp_path: Path, name: str) -> None:
    """A FIFO without a writer would be waited for, and a device may have no end."""
    (tmp_path / "other.yml").write_text("secrets: {one: {file: ./secret}}")
    os.mkfifo(tmp_path / name)
    source = Source(files=(tmp_path / name if name == "compose.yml" else tmp_path / "other.yml",))
    found: list[frozenset[str]] = []
    reading = threading.Thread(target=lambda: found.append(beside.of_files(source)), daemon=True)
    reading.start()
    reading.join(timeout=20)

    assert found == [frozenset()]


def test_alias_of_what_it_stands_in(source: Source) -> None:
    """Values beside it are still found."""
    source.files[0].write_text("x-note: &note\n  self: *note\n  list: &list [*list, value-1?]\n")

    assert beside.of_files(source) == {"value-1?"}
