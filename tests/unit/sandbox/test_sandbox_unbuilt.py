"""Images that cannot be built or had are told with the service and the line that want them."""

from pathlib import Path
from typing import Any

import pytest
from tests.unit.conftest import MakeStack

from stackproof.engine import engine, project
from stackproof.engine.project import Project
from stackproof.errors import CommandError, EngineGoneError, StackError
from stackproof.report.text import gist
from stackproof.runs.run import Run
from stackproof.sandbox.images import prepare
from stackproof.stack.stack import Stack

BROKEN = """\
#6 [api 2/2] RUN echo the compiler says no >&2; exit 7
#6 0.231 the compiler says no
#6 ERROR: process "/bin/sh -c echo the compiler says no >&2; exit 7" did not complete: exit code: 7
------
 > [api 2/2] RUN echo the compiler says no >&2; exit 7:
0.231 the compiler says no
------
failed to solve: process "/bin/sh -c echo the compiler says no >&2; exit 7" did not complete: exit code: 7"""
UNNAMED = "failed to solve: failed to read dockerfile: open Dockerfile: no such file or directory"
REFUSED = (
    "`docker image pull nowhere:9.9` failed:\nError response from daemon: pull access denied for nowhere"
)

COMPOSE = """\
services:
  web:
    build: ./web
  api:
    restart: always
    build:
      context: ./api
  cache:
    image: nowhere:9.9
  queue:
    image: redis:7
    volumes:
      - {type: image, source: "nowhere:8.8", target: /data}
"""
BUILDS: dict[str, Any] = {"web": {"build": {"context": "/web"}}, "api": {"build": {"context": "/api"}}}
MOUNTED = {"type": "image", "source": "nowhere:8.8", "target": "/data"}
CACHE: dict[str, Any] = {"cache": {"image": "nowhere:9.9"}}
QUEUE: dict[str, Any] = {"queue": {"image": "redis:7", "volumes": [MOUNTED]}}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run on an engine that has a Redis alone, and beside a registry that denies all."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(engine, "image", lambda name: {"Config": {}} if name == "redis:7" else None)

    def refuse(*_words: object) -> None:
        raise CommandError(REFUSED)

    monkeypatch.setattr(project, "pull", refuse)
    return Run.create()


def why_not(stack: Stack, run: Run) -> str:
    """Return why the images of a stack cannot be had."""
    with pytest.raises(StackError) as caught:
        prepare(stack, run)
    return str(caught.value)


@pytest.mark.parametrize(
    ("services", "said", "line", "named", "again"),
    [
        (BUILDS, BROKEN, 6, "service api", "api"),
        ({"web": BUILDS["web"]}, UNNAMED, 3, "service web", "web"),
        (BUILDS, UNNAMED, 6, "one of the services api, web", "api web"),
    ],
)
def test_build_that_fails(  # noqa: PLR0913, PLR0917 - the cases
    make_stack: MakeStack,
    monkeypatch: pytest.MonkeyPatch,
    run: Run,
    services: dict[str, Any],
    said: str,
    line: int,
    named: str,
    again: str,
) -> None:
    """By its author's file and not by ours, and with the builder's last words."""
    stack = make_stack(services, compose=COMPOSE)

    def fail(_self: Project, _services: object) -> None:
        raise CommandError(said)

    monkeypatch.setattr(Project, "build", fail)

    first, *rest = why_not(stack, run).splitlines()

    folder = stack.source.directory
    assert first == f"{folder}/compose.yml:{line}: {named}: the build failed: {said.splitlines()[-1]}"
    assert "\n".join(rest[:-1]) == said
    assert rest[-1] == f"  fix: `docker compose build {again}` in {folder} shows all of it"


@pytest.mark.parametrize(
    ("services", "line", "named", "image"),
    [(CACHE, 9, "cache", "nowhere:9.9"), (QUEUE, 13, "queue", "nowhere:8.8")],
)
def test_image_that_cannot_be_had(  # noqa: PLR0913, PLR0917 - the cases
    make_stack: MakeStack, run: Run, services: dict[str, Any], line: int, named: str, image: str
) -> None:
    """Also one that is mounted and not run."""
    stack = make_stack(services, compose=COMPOSE)

    said = why_not(stack, run)

    where = f"{stack.source.directory}/compose.yml:{line}: service {named}: image {image} "
    assert said.startswith(f"{where}is not on this engine and could not be pulled:\n")
    assert "pull access denied for nowhere" in said
    assert gist(said).startswith(where)


def test_engine_that_goes_away_meanwhile(
    make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    """No service is to blame."""

    def gone(_name: str) -> None:
        msg = "the engine is gone"
        raise EngineGoneError(msg)

    monkeypatch.setattr(engine, "image", gone)

    with pytest.raises(EngineGoneError, match=r"^the engine is gone$"):
        prepare(make_stack(CACHE, compose=COMPOSE), run)
