"""When a value is written and looked for, and what is made of services that do not come back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer
from tests.unit.trials.scenes import Scene, Told

from stackproof.datastores.datastore import KeepsNothingError
from stackproof.errors import StackproofError, Unknown
from stackproof.sandbox.container import Container
from stackproof.stack.model import Model
from stackproof.trials import persistence
from stackproof.trials.persistence import GROWS_WITHIN, Kept, Moment, persistence_trial
from stackproof.trials.persistence_anew import DEPTH, Anew
from stackproof.trials.persistence_ways import NOBODY, Places, Way, Ways
from stackproof.trials.persistence_written import GROWS, Lost, Written

KEPT = {Moment.WRITTEN: True, Moment.DOWN_UP: True, Moment.VOLUMES: False, Moment.CRASH: True}
VOLUME = Places(named=("/data",), all=("/data",))


@dataclass
class Store:
    """A datastore that loses its value when the test says so."""

    loses: tuple[str, ...] = ("down -v",)
    refuses: StackproofError | None = None
    kind: str = "PostgreSQL"
    asked: str = "its client"
    value: str | None = None
    written: list[str] = field(default_factory=list)
    most: int = 0
    """So many values it takes, before it refuses."""

    def write(self, container: Container, value: str) -> None:
        """Take a value."""
        assert isinstance(container, Container)
        if self.refuses and len(self.written) >= self.most:
            raise self.refuses
        self.written.append(value)
        self.value = value

    def read(self, container: Container) -> str | None:
        """Give it back."""
        assert isinstance(container, Container)
        return self.value

    def hear(self, what: str) -> None:
        """Lose it."""
        self.value = None if what in self.loses else self.value


class Waking(Told):
    """Events that come before anybody has waited for long."""

    def wait(self, seconds: float) -> None:
        """Let the time pass until the next one."""
        assert isinstance(self._scene, Sandbox)
        super().wait(min(seconds, self._scene.wakes))


# Services that may wait for another.
WAITS = {"app": "db", "proxy": "app", "job": "db"}


@dataclass
class Sandbox(Scene):
    """What the trial does to a stack, in turn; `starts` has why services do not start, for each `up`."""

    stores: list[Store] = field(default_factory=list)
    starts: list[dict[str, str]] = field(default_factory=list)
    restless: dict[str, str] = field(default_factory=dict)
    crashed: dict[str, str] = field(default_factory=dict)
    spoiled: bool = False
    only: frozenset[str] | None = None
    waiting: tuple[str, ...] = ()
    """Which of those that may wait do."""
    came_up: list[frozenset[str] | None] = field(default_factory=list)
    """What was to be brought up each time; None for all."""
    graces: list[int | None] = field(default_factory=list)
    wakes: float = 9.0
    """Seconds after which an event ends each wait."""

    def __post_init__(self) -> None:
        """Have an engine that tells something again and again."""
        self.events = Waking(self)

    def containers(self, name: str) -> list[Container]:
        """Look at those of a service."""
        return [container for container in self.look() if container.service == name]

    def container(self, name: str) -> Container:
        """Look at that of a service."""
        return self.containers(name)[0]

    def is_one_shot(self, name: str) -> bool:
        """Tell."""
        return name in self.one_shots

    def stop(self, services: list[str] | None = None, grace: int | None = None) -> None:
        """Note who is stopped."""
        self._note(f"stop {services} {grace}")

    def down(self, *, volumes: bool = False, grace: int | None = None) -> None:
        """Let the stores lose what they lose."""
        self.spoiled = True
        self._note("down -v" if volumes else "down")
        self.graces.append(grace)

    def up(self) -> dict[str, str]:
        """Say who does not start."""
        self.came_up.append(self.only)
        return self.starts.pop(0) if self.starts else {}

    def crash(self, containers: list[Container]) -> dict[str, str]:
        """Let the stores lose what they lose."""
        self._note(f"crash {' '.join(map(str, containers))}")
        return self.crashed

    def _note(self, what: str) -> None:
        self.done.append(what)
        for store in self.stores:
            store.hear(what.partition(" web")[0])


@pytest.fixture
def prove(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return a function that tries services which keep a value in ways of their own."""

    def run(ways: dict[str, Ways | StackproofError], *, ended: tuple[str, ...] = (), **scene: Any) -> Any:  # noqa: ANN401
        there = [make_container(name, status="exited" if name in ended else "running") for name in ways]
        services: dict[str, Any] = {
            name: {"image": "x"} for name in [*ways, "gone", *scene.get("waiting", ())]
        }
        for name in WAITS.keys() & scene.get("waiting", ()):
            services[name]["depends_on"] = {WAITS[name]: {"condition": "service_started"}}
        model = Model(raw={"services": services})
        sandbox = Sandbox(lambda _now: there, **scene)
        sandbox.stack = SimpleNamespace(model=model, services=model.services)
        found = [way.store for one in ways.values() if isinstance(one, Ways) for way in one.ways]
        sandbox.stores = [store for store in found if isinstance(store, Store)]

        def ways_of(view: object, name: str) -> Ways:
            one = ways[name]
            assert view is sandbox
            if isinstance(one, StackproofError):
                raise one
            return one

        def written(container: Container, places: Places) -> Written:
            assert container in there
            assert isinstance(places, Places)
            return Written()

        def names_below(container: Container, folders: tuple[str, ...], depth: int) -> list[str]:
            assert container in there
            assert (folders in ((), ("/data",)), depth) == (True, DEPTH)
            return []

        for name, does in {
            "ways_of": ways_of,
            "written": written,
            "names_below": names_below,
            "bring_up": lambda one: one.up(),
            "restless": lambda one, names: {n: w for n, w in one.restless.items() if n in names},
            "crash_all": lambda containers, one: one.crash(containers),
        }.items():
            if getattr(persistence, name).__module__ != __name__:  # the test has one of its own
                monkeypatch.setattr(persistence, name, does)
        monkeypatch.setattr("stackproof.trials.persistence.time.monotonic", sandbox.monotonic)
        return persistence_trial(sandbox), sandbox  # type: ignore[arg-type]

    return run


def ways(*stores: Store, asked: bool = True, **more: Any) -> Ways:  # noqa: ANN401 - as of ways
    """Return ways through stores."""
    several = tuple(Way(store=store, aspect=str(n), asked=asked) for n, store in enumerate(stores))
    return Ways(ways=several, **{"places": VOLUME, **more})


def test_all_moments(prove: Any) -> None:  # noqa: ANN401
    """What keeps nothing is stopped at once; the crash comes last, with a value of its own."""
    store = Store()

    found, sandbox = prove({"web": ways(store), "job": Ways(), "idle": Ways()}, one_shots=frozenset({"job"}))

    assert found.keys() == {"web", "idle"}
    assert found["web"].survivals[0].seen == KEPT
    assert sandbox.done == ["stop ['gone', 'idle', 'job'] 0", "down", "down -v", "crash web-1"]
    assert len({*store.written, store.value}) == 2
    assert sandbox.graces == [None, 0]  # what keeps data ends in its own time
    assert (found["web"].down, found["web"].crashed, sandbox.spoiled) == ("", "", False)
    assert found["web"].keeps_binds is False


@pytest.mark.parametrize(
    ("stores", "places", "steps"),
    [(1, Places(), ["down", "down -v", "crash web-1"]), (0, VOLUME, ["down"]), (0, Places(), [])],
)
def test_who_is_judged(prove: Any, stores: int, places: Places, steps: list[str]) -> None:  # noqa: ANN401
    """What takes a value, wherever that lies, and what mounts something, though nobody can write."""
    _found, sandbox = prove({"web": ways(*[Store() for _number in range(stores)], places=places)})

    assert sandbox.done[1:] == steps


@pytest.mark.parametrize(
    ("others", "away"),
    [({}, {"app", "proxy"}), ({"cache": ways(Store(), derived=True)}, {"app", "proxy"}),
     ({"web": ways(Store())}, set()), ({"web": ways(Store(), asked=False)}, set()),
     ({"web": ways(places=VOLUME, derived=True)}, set())],
)  # fmt: skip
def test_what_comes_up(prove: Any, others: dict[str, Ways], away: set[str]) -> None:  # noqa: ANN401
    """All after `down`: any of it may spoil data. Then not what waits for a datastore, but for jobs."""
    there = {"idle": Ways(), "db": ways(Store(), derived=True), **others}
    _found, sandbox = prove(there, waiting=("app", "proxy", "job"), one_shots=frozenset({"job"}))

    first, last = sandbox.came_up
    assert (first, last) == (None, {*there, "gone", "app", "proxy", "job"} - away if away else None)


def test_what_comes_up_when_a_datastore_does_not(prove: Any) -> None:  # noqa: ANN401
    """It may need what waits for it after all."""
    starts = [{}, {"db": "no"}, {}]
    found, sandbox = prove({"db": ways(Store(), derived=True)}, waiting=("app", "proxy"), starts=starts)

    assert sandbox.came_up == [None, {"db", "gone"}, None]
    assert found["db"].survivals[0].seen == KEPT


def test_does_not_start_on_empty_volumes(prove: Any) -> None:  # noqa: ANN401
    """Nobody can tell whether the value is gone, and nothing is crashed."""
    found, sandbox = prove(
        {"web": ways(Store()), "db": ways(Store())}, starts=[{}, {"web": "no", "db": "no"}]
    )

    seen = found["web"].survivals[0].seen[Moment.VOLUMES]
    assert str(seen) == "web could not be asked after `down -v`: db, web did not start"
    assert (sandbox.done[-1], sandbox.spoiled) == ("down -v", True)


def test_others_that_are_well(prove: Any) -> None:  # noqa: ANN401
    """They do not stand for one that does not run, of which nobody has heard."""
    services = {"web": ways(Store()), "db": ways(Store()), "api": ways(Store())}
    found, _sandbox = prove(services, ended=("web",), starts=[{"db": "no"}])

    seen = found["web"].survivals[0].seen[Moment.DOWN_UP]
    assert str(seen) == "web could not be asked after `down` and `up`: db did not start"
    assert found["api"].survivals[0].seen[Moment.DOWN_UP] is True


def test_takes_no_second_value(prove: Any) -> None:  # noqa: ANN401
    """Nothing is crashed for it, and the reason is kept."""
    refusal = Unknown("it is read-only now")
    found, sandbox = prove({"web": ways(Store(refuses=refusal, most=1))})

    assert found["web"].survivals[0].seen[Moment.CRASH] is refusal
    assert sandbox.done[-1] == "down -v"


@pytest.mark.parametrize(
    ("loses", "lost"),
    [
        (("down", "down -v"), {Moment.DOWN_UP: False}),
        (("down -v", "crash"), {Moment.CRASH: False}),
        ((), {Moment.VOLUMES: True, Moment.CRASH: None}),
    ],
)
def test_lost(prove: Any, loses: tuple[str, ...], lost: dict[Moment, bool | None]) -> None:  # noqa: ANN401
    """Each moment tells of itself; what is still there after `down -v` is not written once more."""
    found, sandbox = prove({"web": ways(Store(loses))})

    assert found["web"].survivals[0].seen == {
        m: seen for m, seen in (KEPT | lost).items() if seen is not None
    }
    assert ("crash web-1" in sandbox.done) is bool(loses)


def test_a_file_of_ours_is_not_crashed(prove: Any) -> None:  # noqa: ANN401
    """It says nothing of what the service had acknowledged."""
    found, sandbox = prove({"web": ways(Store(), asked=False)})

    assert Moment.CRASH not in found["web"].survivals[0].seen
    assert sandbox.done[-1] == "down -v"


def test_nothing_to_prove(prove: Any) -> None:  # noqa: ANN401
    """Nothing is taken down for those that keep nothing, or are meant to forget."""
    forgets = ways(Store(refuses=KeepsNothingError("memcached forgets")), places=Places())

    found, sandbox = prove({"web": forgets, "idle": Ways()})

    assert (found["web"].ways.forgets, found["web"].survivals) == ("memcached forgets", [])
    assert sandbox.done == []


def test_does_not_start_again(prove: Any) -> None:  # noqa: ANN401
    """That is told of it, and another that came up is asked; the one is not crashed any more."""
    services = {"web": ways(Store()), "db": ways(Store())}

    found, sandbox = prove(services, starts=[{"web": "a stale pid file"}])

    assert found["web"].down == "a stale pid file"
    seen = found["web"].survivals[0].seen[Moment.DOWN_UP]
    assert str(seen) == "web could not be asked after `down` and `up`: web did not start"
    assert (found["db"].down, found["db"].survivals[0].seen) == ("", KEPT)
    assert sandbox.done[-1] == "crash db-1"


def test_does_not_stay(prove: Any) -> None:  # noqa: ANN401
    """It came up and ended again."""
    found, _sandbox = prove({"web": ways(Store())}, restless={"web": "it ends again"})

    assert found["web"].down == "it ends again"


def test_did_not_run_before(prove: Any) -> None:  # noqa: ANN401
    """Then `down` is not to be blamed; that it ends is said in place of what that did to the question."""
    refused = ways(Store(refuses=Unknown("no answer")))

    found, _sandbox = prove({"web": refused}, ended=("web",), starts=[{"web": "it ends"}])

    assert found["web"].down == ""
    assert "web ends by itself, so nothing can be written" in str(found["web"].survivals[0].before)


def test_nobody_can_look_into_it(prove: Any) -> None:  # noqa: ANN401
    """The error is the result, or that it ends by itself."""
    found, _sandbox = prove({"web": Unknown("no facts"), "db": Unknown("no facts")}, ended=("db",))

    assert str(found["web"]) == "no facts"
    assert "db ends by itself" in str(found["db"])


def test_does_not_come_back_after_a_crash(prove: Any) -> None:  # noqa: ANN401
    """Nobody can tell then what it kept."""
    found, _sandbox = prove({"web": ways(Store())}, crashed={"web": "a stale lock"})

    assert found["web"].crashed == "a stale lock"
    seen = found["web"].survivals[0].seen[Moment.CRASH]
    assert str(seen) == "web could not be asked after a crash: web did not start"


@pytest.mark.parametrize(
    ("refusal", "derived", "instead"),
    [
        ("NOAUTH Authentication required", True, True),
        ("access_refused", True, True),
        ("its image cannot run 'mongosh'", True, True),
        ("no answer in time", True, False),
        ("NOAUTH Authentication required", False, False),
    ],
)
def test_a_refusal(
    prove: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
    refusal: str,
    derived: bool,  # noqa: FBT001
    instead: bool,  # noqa: FBT001
) -> None:
    """Who is not let in writes a file in place of a value; one that does not answer stays unknown."""
    asked: list[str] = []

    def in_files(container: Container, places: Places, unasked: str) -> Ways:
        assert container.service == "web"
        asked.append(unasked)
        return ways(Store(), asked=False, unasked=unasked, places=places)

    monkeypatch.setattr(persistence, "in_files", in_files)
    found, _sandbox = prove({"web": ways(Store(refuses=Unknown(refusal)), derived=derived)})

    assert asked == [refusal] * instead
    assert bool(found["web"].begun) is instead
    assert str(found["web"].survivals[0].before) == ("True" if instead else refusal)


@pytest.mark.parametrize("asked", [False, True])
def test_what_it_wrote_besides(
    prove: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
    asked: bool,  # noqa: FBT001
) -> None:
    """Growth is looked for after a while, unless it was asked; a folder begun anew is found by the names."""
    database = Lost(path="/srv/x.db", what="an SQLite database", place="the container's own layer")
    grown = Lost(path="/srv/y", what=GROWS, place="the container's own layer", certain=False)
    names = [["/data/a", "/data/.stackproof-probe-web"], ["/data/b"]]
    anew = Anew(old="/data/a", new="/data/b")

    def written(*_words: object) -> Written:
        return Written(lost=(database,), others={"/srv/y": 3}, unseen="there is no od")

    def begun_anew(before: list[str], after: list[str], *_names: object) -> list[Anew]:
        return [anew] if (before, after) == (["/data/a"], ["/data/b"]) else []

    def names_below(*_words: object) -> list[str]:
        return names.pop(0)

    monkeypatch.setattr(persistence, "written", written)
    monkeypatch.setattr(persistence, "names_below", names_below)

    def growing(written: Written, container: Container) -> list[Lost]:
        assert (written.others, container.service) == ({"/srv/y": 3}, "web")
        return [grown]

    monkeypatch.setattr(persistence, "growing", growing)
    monkeypatch.setattr(persistence, "begun_anew", begun_anew)
    found, sandbox = prove({"web": ways(Store(), asked=asked)}, wakes=1.25)

    kept: Kept = found["web"]
    assert kept.lost == ([database] if asked else [database, grown])
    assert sandbox.now == (0 if asked else GROWS_WITHIN)
    assert (kept.names, kept.anew, kept.unseen) == (["/data/a"], [anew], "there is no od")


@pytest.mark.parametrize("fails", [(True, False), (False, True), (True, True)])
def test_nobody_sees_what_it_wrote(
    prove: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
    fails: tuple[bool, bool],
) -> None:
    """Why is kept, whenever that was; the value is looked for all the same."""
    turns = iter(fails)

    def names_below(*_words: object) -> list[str]:
        if not next(turns):
            return []
        msg = "there is no find"
        raise Unknown(msg)

    monkeypatch.setattr(persistence, "names_below", names_below)
    found, _sandbox = prove({"web": ways(Store(), unasked=NOBODY)})

    assert found["web"].unseen == "there is no find"
    assert found["web"].survivals[0].seen == KEPT


def test_nobody_sees_what_grows(prove: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN401
    """Why is kept."""

    def growing(*_words: object) -> list[Lost]:
        msg = "it has gone"
        raise Unknown(msg)

    def written(*_words: object) -> Written:
        return Written(others={"/srv/y": 3})

    monkeypatch.setattr(persistence, "written", written)
    monkeypatch.setattr(persistence, "growing", growing)
    found, _sandbox = prove({"web": ways(Store(), asked=False)})

    assert found["web"].unseen == "it has gone"
