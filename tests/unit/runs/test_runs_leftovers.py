"""Whose leftovers there are, and what becomes of them."""

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.unit.runs.conftest import RUN, FakeEngine

from stackproof.engine import labels
from stackproof.errors import CommandError
from stackproof.runs import leftovers, reaper
from stackproof.runs.leftovers import Hosts
from stackproof.runs.origin import Life, Origin
from stackproof.runs.run import Run, owner

THEIRS = {labels.RUN: RUN, labels.OWNER: "somebody else"}
MADE = "2027-03-01T09:30:00Z"
NOW = 1803893400.0 + 3 * 3600 + 60


@pytest.fixture(autouse=True)
def private_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep runs in a folder of the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def dead(**more: Any) -> dict[str, str]:  # noqa: ANN401 - fields of the origin
    """Labels of a run whose process has ended."""
    here = Origin.here(Path("/nowhere/lock"), 1803893400.0)
    return replace(here, pid=2**22 + 1, user="root", host="ci-7", **more).labels()


def test_of_another_owner(fake: FakeEngine) -> None:
    """Named with user, host, age and number, volumes without a name included."""
    written = [{"Type": "volume", "Target": "/data"}]
    mounts = [{"Type": "volume", "Name": "a" * 64, "Destination": "/data"}]
    for name in ("a", "b"):
        fake.add("container", name, {**THEIRS, **dead()}, HostConfig={"Mounts": written}, Mounts=mounts)
    fake.add("network", "n", {**THEIRS, **dead()})
    (found,) = leftovers.of_everybody()

    assert found.life is Life.DEAD
    assert not found.mine
    words = "run 0badcafe of root on host ci-7, 3 h old: 2 containers, 1 network, 1 volume"
    assert found.words(found.counts(), NOW) == words
    assert leftovers.of_mine() == []


def test_of_an_earlier_version(fake: FakeEngine) -> None:
    """The owner is not known, and the engine tells the age."""
    fake.add("container", "a", THEIRS, Created="2027-03-01T09:31:00.123456789Z")
    fake.add("network", "n", THEIRS, Created=MADE)
    fake.add("image", "i", THEIRS, Created="2020-01-01T00:00:00Z", RepoTags=[])
    (found,) = leftovers.of_everybody()

    assert found.life is Life.UNKNOWN
    words = "run 0badcafe of an unknown owner, 3 h old: 1 container, 1 network, 1 image"
    assert found.words(found.counts(), NOW) == words


def test_of_mine_by_an_earlier_version(fake: FakeEngine) -> None:
    """My own are dead when there is no lock, as ever."""
    fake.add("network", "n", {labels.RUN: RUN, labels.OWNER: owner()}, Created=MADE)

    assert reaper.sweep_dead() == [RUN]
    assert fake.removed == ["network n"]


@pytest.mark.parametrize("gone", [".", "lock"])
def test_of_mine_whose_folder_is_gone(fake: FakeEngine, gone: str) -> None:
    """A live run is not swept because somebody emptied the cache folder."""
    run = Run.create()
    fake.add("network", "n", run.marks)
    (shutil.rmtree if gone == "." else os.unlink)(run.folder.path / gone)

    assert [(left.mine, left.life) for left in leftovers.of_mine()] == [(True, Life.ALIVE)]
    assert reaper.sweep_dead() == []


def test_a_folder_alone(fake: FakeEngine) -> None:
    """A run that made nothing leaves its folder when it is killed."""
    Run(RUN).folder.path.mkdir()
    (found,) = leftovers.of_mine()

    assert found.words(found.counts(), NOW) == "run 0badcafe of an unknown owner: its folder"
    assert reaper.sweep_dead() == [RUN]
    assert not Run(RUN).folder.path.exists()
    assert fake.removed == []


def test_two_runs(fake: FakeEngine) -> None:
    """One lives and one does not; oldest first."""
    run = Run.create()
    fake.add("network", "n", run.marks)
    fake.add("network", "old", {**THEIRS, **dead()})
    found = leftovers.of_everybody()

    assert [(left.run, left.life) for left in found] == [(run.id, Life.ALIVE), (RUN, Life.DEAD)]
    run.forget()


@pytest.mark.parametrize("run", ["", "..", "../../home", "0badcafe/..", "doctor", "0BADCAFE"])
def test_labels_that_are_no_run_of_ours(fake: FakeEngine, run: str) -> None:
    """Any image can carry our labels, and a run's id becomes a path that is removed."""
    fake.add("container", "a", {**THEIRS, labels.RUN: run})
    fake.add("container", "b", {labels.RUN: run, labels.OWNER: owner()})

    assert leftovers.of_everybody() == []
    assert reaper.sweep_dead() == []
    assert fake.removed == []


def test_what_cannot_be_removed(fake: FakeEngine) -> None:
    """It is an error that names it."""
    fake.add("network", "n", {labels.RUN: RUN, labels.OWNER: owner()})
    fake.stuck = {"n"}

    with pytest.raises(CommandError, match="could not remove what run 0badcafe left: network n"):
        reaper.sweep_dead()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "0 s"), (59, "59 s"), (60, "1 min"), (7199, "1 h"), (86400, "1 d"), (1e7, "115 d")],
)
def test_age(seconds: float, words: str) -> None:
    """In the largest unit."""
    assert leftovers.age(seconds) == words


def host(
    fake: FakeEngine, name: str, *, running: bool = True, started: str = MADE, hostname: str = ""
) -> None:
    """Add a container that may be the host of a run."""
    state = {"Running": running, "StartedAt": started}
    fake.add("container", name, State=state, Config={"Hostname": hostname or name[:12]})


def test_hosts(fake: FakeEngine) -> None:
    """A CI job in a container of this engine has the container's name for a host's."""
    later = 1803893400.0 + 600
    earlier = 1803893400.0 - 600
    host(fake, "ab" * 32)
    host(fake, "cd" * 32, running=False)
    host(fake, "ef" * 32, hostname="runner-1")
    hosts = Hosts()

    assert hosts("abababababab", later) is Life.ALIVE
    assert hosts("abababababab", earlier) is Life.DEAD  # it was started again since
    assert hosts("cdcdcdcdcdcd", later) is Life.DEAD
    assert hosts("runner-1", later) is Life.ALIVE
    assert hosts("runner-1", earlier) is Life.UNKNOWN  # another one of that name
    assert hosts("ab", later) is Life.UNKNOWN
    assert hosts("ci-7", later) is Life.UNKNOWN
