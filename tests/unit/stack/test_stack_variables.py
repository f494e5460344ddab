"""Which variables of the shell the files of a stack may take, before Compose says it."""

from pathlib import Path

import pytest

from stackproof.stack.discovery import Source
from stackproof.stack.variables import may_take


def _source(folder: Path, **files: str) -> Source:
    names = {"compose": "compose.yml", "env": ".env", "web": "web.env", "other": "other.yml"}
    for name, text in files.items():
        (folder / names[name]).write_text(text)
    return Source.find(str(folder), folder)


@pytest.mark.parametrize(
    "files",
    [
        {"compose": "services: {a: {environment: {X: '${GOGC:-100}'}}}"},
        {"compose": "services: {a: {environment: [GOGC]}}"},
        {"compose": "services: {a: {image: b}}", "env": "X=$GOGC"},
        {"compose": "services: {a: {image: b, env_file: web.env}}", "web": "X=$GOGC"},
        {"compose": "services: {a: {image: b, env_file: [{path: ./web.env}]}}", "web": "X=$GOGC"},
        {"compose": "services: {a: {image: b, label_file: web.env}}", "web": "X=$GOGC"},
        {"compose": "include: [other.yml]", "other": "services: {a: {image: '$GOGC'}}"},
        {"compose": "include: [{path: other.yml, env_file: web.env}]", "other": "", "web": "X=$GOGC"},
        {
            "compose": "services: {a: {extends: {file: other.yml, service: b}}}",
            "other": "services: {b: {image: $GOGC}}",
        },
        # Compose alone knows what these files are.
        {"compose": "services: {a: {image: b, env_file: '${WHERE}.env'}}"},
        {"compose": "include: ['https://example.com/stack.git']"},
        {"compose": "include: ['git@example.com:team/stack.git']"},
        {"compose": "include: ['github.com/team/stack']"},
        {"compose": "services: {a: {image: b, env_file: '~/w.env'}}"},
        {"compose": "services: {a: {image: b, env_file: [{path: ~ops/w.env, required: false}]}}"},
        # A name that no search finds.
        {"compose": 'services: {a: {image: "${\\x47OGC-1}"}}'},
        {"compose": 'services: {a: {image: "${\\u0047OGC-1}"}}'},
        {"compose": 'services: {a: {image: "${\\U00000047OGC-1}"}}'},
        {"compose": 'services: {a: {image: "${GO\\\n      GC-1}"}}'},
        {"compose": "include: [other.yml]", "other": 'services: {a: {image: "${\\x47OGC}"}}'},
    ],
)
def test_taken(tmp_path: Path, files: dict[str, str]) -> None:
    """Wherever it is named, or may be."""
    assert may_take(_source(tmp_path, **files), ["GOGC", "GOMEMLIMIT"])


def test_taken_in_another_encoding(tmp_path: Path) -> None:
    """Compose reads UTF-16, too."""
    source = _source(tmp_path, compose="services: {a: {image: b, env_file: web.env}}")
    (tmp_path / "web.env").write_bytes("X=$GOGC".encode("utf-16"))

    assert may_take(source, ["GOGC", "GOMEMLIMIT"])


@pytest.mark.parametrize(
    "files",
    [
        {"compose": "services: {a: {image: '${TAG}', env_file: web.env}}", "env": "TAG=1", "web": "A=$B"},
        {"compose": "services: {a: {image: b, env_file: [nothing.env]}}"},
        {"compose": 'services: {a: {image: b, command: "echo \\"a\\"\\n~"}}'},
    ],
)
def test_not_taken(tmp_path: Path, files: dict[str, str]) -> None:
    """Others are, and files that are not there say nothing."""
    assert not may_take(_source(tmp_path, **files), ["GOGC", "GOMEMLIMIT"])
