"""What reports say of a stack comes from the processes that saw it."""

from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.unit.conftest import MakeContainer, MakeStack

from stackproof.controls.control import Lane
from stackproof.engine import engine, projects
from stackproof.outcomes.model import StackInfo
from stackproof.plugin import finish, options
from stackproof.plugin.session import Session
from stackproof.runs.run import Run
from stackproof.sandbox.attached import AttachedStack, Unseen
from stackproof.sandbox.pool import Pool
from stackproof.sandbox.sandbox import Sandbox
from stackproof.settings import Settings
from stackproof.stack.stack import Stack

QUIET: Any = SimpleNamespace(say=lambda *_words: None)
TOLD = "taken for one-shots, because they ended with 0"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run with a folder of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Run.create()


@pytest.fixture
def shop(make_stack: MakeStack) -> Stack:
    """A worker that shall stay up, and a website."""
    return make_stack({"worker": {"image": "worker:1"}, "web": {"image": "web:1"}})


def reported(run: Run, stack: Stack) -> StackInfo:
    """Return what the controller reports of a stack, which knows of the sandbox by the run's folder alone."""
    config = cast("Any", SimpleNamespace(stash=pytest.Stash(), rootpath=stack.source.directory))
    options.take(config, Settings())
    session = Session(run=run, engine=None, stacks=[stack], config=config, owns_run=True)
    return finish._stack(session, stack)  # noqa: SLF001 - what all reports are made of


def told(run: Run, stack: Stack) -> list[str]:
    """Return what the report says of one-shots."""
    return [note for note in reported(run, stack).notes if note.startswith(TOLD)]


@pytest.fixture
def found(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """A worker that ended with 0 at once, and a website, whoever looks."""
    containers = [make_container("worker", status="exited"), make_container("web")]
    inspected = [{**container.data, "Image": "1"} for container in containers]
    monkeypatch.setattr(Sandbox, "look", lambda _self: containers)
    monkeypatch.setattr(Sandbox, "take_away", lambda _self: [])
    monkeypatch.setattr(projects, "containers", lambda _project: inspected)
    return inspected


@pytest.mark.usefixtures("found")
@pytest.mark.parametrize("lane", list(Lane))
def test_service_that_ended_at_once_is_told(run: Run, shop: Stack, lane: Lane) -> None:
    """By its name, once the sandbox that only looks is gone; elsewhere it may have been told to end."""
    assert told(run, shop) == []

    Pool(run, cast("Any", object()), QUIET, Settings()).new(shop, lane).close()

    assert [": worker; what shall stay up" in note for note in told(run, shop)] == [True] * (
        lane is Lane.OBSERVE
    )


def test_service_that_failed_is_none(run: Run, shop: Stack, found: list[dict[str, Any]]) -> None:
    """That is told by the controls."""
    found[0]["State"]["ExitCode"] = 1

    Pool(run, cast("Any", object()), QUIET, Settings()).new(shop, Lane.OBSERVE).close()

    assert told(run, shop) == []


@pytest.mark.usefixtures("found")
def test_service_of_an_attached_project_is_told(
    run: Run, shop: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the first look: nobody waits for its end."""
    monkeypatch.setattr(engine, "image", lambda _name: None)
    monkeypatch.setattr(Unseen, "start", lambda self: self)
    monkeypatch.setattr(AttachedStack, "begin_watch", lambda _self, **_how: None)
    stack = AttachedStack(shop, Lane.OBSERVE, project="shop", run=run, progress=QUIET)
    monkeypatch.setattr(stack, "phase", lambda _step: nullcontext())

    stack.start()

    assert [": worker; what shall stay up" in note for note in told(run, shop)] == [True]


def test_what_happened_to_sandboxes_is_told(run: Run, shop: Stack) -> None:
    """Each step with its end and length, each start, health and end of a container, and no other stack's."""
    config = cast("Any", SimpleNamespace(stash=pytest.Stash(), rootpath=shop.source.directory))
    options.take(config, Settings())
    session = Session(run=run, engine=None, stacks=[shop], config=config, owns_run=True)
    for words in (
        ("shop", "faults", "up ...", None, ""),
        ("shop", "faults", "started", 0.5, "web-1"),
        ("other", "faults", "started", 0.5, "web-1"),
        ("shop", "faults", "up", 4.25, ""),
    ):
        session.progress.say(*words)

    info = finish._stack(session, shop)  # noqa: SLF001 - what all reports are made of
    first, second = info.timeline

    assert info.directory == "."
    assert (first.lane, first.what, first.container, first.seconds) == ("faults", "started", "web-1", 0.0)
    assert (second.what, second.container, second.seconds) == ("up", "", 4.25)
    assert 0 <= first.at <= second.at < 60


@pytest.mark.usefixtures("found")
@pytest.mark.parametrize("lane", [*Lane, "conflict"])
def test_any_sandbox_can_be_asked_for(run: Run, shop: Stack, lane: str) -> None:
    """Also one that is no lane's, for a trial that needs it for itself."""
    sandbox = Pool(run, cast("Any", object()), QUIET, Settings()).new(shop, lane)

    assert (sandbox.lane, sandbox.spoiled) == (lane, False)
