"""However a run ends: a whole engine, with all that is on it, is what it was.

On an engine of its own, because nobody can tell whose a volume without a name is on one that others use.
"""

import time
from collections.abc import Callable, Iterator

import pytest
from tests.live.own_engine import OwnEngine
from tests.live.place import COMPOSE, DOCKERFILE, Place, everything, remove_since
from tests.live.running import LOOKS, Ended, Lab
from tests.live.shop import Shop
from tests.live.ways_to_end import WAYS

from stackproof.engine import labels
from stackproof.engine.projects import PROJECT
from stackproof.runs import run
from stackproof.runs.origin import Origin

# Somebody's, though a name like this is what the engine gives to what has none.
HEX = "5a" * 32


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnEngine]:
    """One engine for all ways to end: each compares with what it found itself."""
    with OwnEngine() as own:
        own.load("busybox:1.36", "redis:7-alpine")
        Shop(own, tmp_path_factory.mktemp("shop"))
        for project in ("stackproof-shop", "stackproof-0badcafe-shop-observe"):
            mark = ("--label", f"{PROJECT}={project}")
            own.docker("create", *mark, "--mount", "type=volume,target=/data", "busybox:1.36")
        own.docker("create", "--volume", f"{HEX}:/data", "busybox:1.36")
        yield own


@pytest.fixture
def place(own: OwnEngine, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """The engine with a warm build cache, as after the first build of a stack."""
    # BuildKit keeps what it was sent of a folder by the folder's own name.
    (lab.folder / "warm").mkdir()
    warm = lab.stack("warm/stack", COMPOSE, Dockerfile=DOCKERFILE)
    own.docker("compose", "--project-directory", str(warm), "build", "--quiet")
    own.docker("image", "rm", "stack-web")
    before = everything(own)
    yield Place(own, lab, monkeypatch)
    remove_since(own, before)


@pytest.mark.parametrize(("way", "code"), WAYS.items(), ids=[way.__name__ for way in WAYS])
def test_way_to_end(place: Place, way: Callable[[Place], Ended], code: int) -> None:
    """Containers, networks, volumes, images, tags and the build cache are what they were."""
    before = everything(place.own)
    # Positive control: the shop is seen, its volume without a name too, what has names like ours, and the
    # warm build cache.
    assert len(before["container"]) == 5
    assert len(before["volume"]) == 5
    assert before["build cache"]

    ended = way(place)

    assert ended.code == code, ended.output
    assert everything(place.own) == before
    assert not list(run.runs_folder().iterdir())


def test_live_run_of_another_owner(place: Place) -> None:
    """Nobody's sweep touches a run that lives, whether or not its lock can be seen."""
    long = COMPOSE.replace("sleep 3;", "sleep 30;")  # it must live as long as others try to sweep it
    started = place.check(place.stack(compose_yml=long), "container-healthy")
    place.in_bring_up(started)
    (run_id,) = place.own.runs() or {path.name for path in run.runs_folder().iterdir()}
    (lock,) = run.runs_folder().glob("*/lock")
    place.monkeypatch.setenv("XDG_CACHE_HOME", str(place.lab.folder / "other"))

    assert place.own.clean() == "nothing to remove\n"
    said = place.own.clean("--all-owners", "--older-than", "1ns")
    assert said.startswith(f"kept run {run_id} of ")
    assert said.endswith(": it is alive\n")
    lock.rename(lock.with_name("away"))  # as a user without the right to look
    assert ": it is alive\n" in place.own.clean("--all-owners", "--older-than", "1ns")
    assert f"run {run_id}" not in place.own.stackproof("doctor").stdout
    lock.with_name("away").rename(lock)
    beside = place.lab.stack("beside", "services: {web: {image: 'busybox:1.36', command: sleep 1000}}")
    second = place.check(beside, LOOKS).wait()

    assert second.code == 0, second.output
    assert started.wait().code == 0, started.output


def test_run_of_another_machine(place: Place) -> None:
    """It is named, with its age, and goes only when it is older than its user says."""
    before = everything(place.own)
    other = Origin(
        user="root", host="ci-7", started=time.time() - 3 * 3600, lock="/root/lock", pid=1, pid_started=1.0,
        space="pid:[1]", boot="another",
    )  # fmt: skip
    for run_id, marks in (("00000001", other.labels()), ("00000002", {})):
        own = {labels.RUN: run_id, labels.OWNER: "another", **marks}
        words = [f"--label={key}={value}" for key, value in own.items()]
        place.own.docker("create", *words, "--mount", "type=volume,target=/data", "busybox:1.36")
    known = "run 00000001 of root on host ci-7, 3 h old: 1 container, 1 volume"
    unknown = "run 00000002 of an unknown owner, 0 s old: 1 container, 1 volume"

    said = place.own.stackproof("doctor").stdout
    assert known in said
    assert "run 00000002 of an unknown owner, " in said
    assert "`stackproof clean --all-owners --older-than AGE` removes them" in said
    assert place.own.clean() == "nothing to remove\n"
    assert place.own.clean("--all-owners").count("kept run 0000000") == 2
    assert f"removed {known}\n" in place.own.clean("--all-owners", "--older-than", "2h")
    assert unknown.partition(",")[0] in place.own.clean("--all-owners", "--older-than", "1ms")
    assert everything(place.own) == before


def test_older_than_alone(place: Place) -> None:
    """Options that would do nothing are refused."""
    for words, expected in (
        (("--older-than", "1d"), "fix: give --all-owners, too"),
        (("--all-owners", "--older-than", "soon"), "expected an age such as 90m, 12h or 7d"),
    ):
        done = place.own.stackproof("clean", *words)
        assert (done.returncode, expected in done.stderr) == (2, True), done.stderr
