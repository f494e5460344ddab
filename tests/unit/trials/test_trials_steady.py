"""What is made of a watch, on a clock of the test's own."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer

from stackproof.engine import engine
from stackproof.engine.events import Event
from stackproof.errors import Unknown
from stackproof.sandbox.container import Container
from stackproof.sandbox.waiting import Expectation
from stackproof.sandbox.watch import Look
from stackproof.stack.model import Health, Service
from stackproof.trials import steady
from stackproof.trials.steady import DECIDES_WITHIN, ENOUGH, FRESH, PROBES, Seen, watch

WINDOW, LEAST, LONGEST = 10.0, 6.5, 60.0  # in these tests
HEALTH = Health(interval=1, timeout=1, retries=3, start_period=0)  # six seconds until `unhealthy`


@pytest.fixture(autouse=True)
def short_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scenes below last no longer."""
    monkeypatch.setattr(steady, "WINDOW", WINDOW)
    monkeypatch.setattr(steady, "LEAST", LEAST)
    monkeypatch.setattr(steady, "LONGEST", LONGEST)


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _event(action: str, seconds: float = 0.0, **attributes: str) -> Event:
    return Event(
        seconds=seconds, action=action, container="web1", service="web", number=1, attributes=attributes
    )


@dataclass
class Scene:
    """A sandbox of one service, its events, its watch and the clock."""

    make: MakeContainer
    fails_from: float = 1e9
    fails_until: float = 1e9
    unhealthy_from: float = 1e9
    logged: int = 0
    probes_every: float = 1.0
    restarts: int = 0
    starts_until: float = 0.0
    health: Health = HEALTH
    looks_every: float = 0.75
    why_not: str = ""
    before: tuple[Event, ...] = ()
    during: tuple[Event, ...] = ()
    without: tuple[str, ...] = ()
    now: float = 0.0
    since: float = 0.0
    events: "Scene" = field(init=False)
    watch: "Scene" = field(init=False)

    def __post_init__(self) -> None:
        """Be one's own events, watch and clock."""
        self.events = self.watch = self
        health = "starting" if self.starts_until else "healthy"
        self.first = {"web-1": self.make("web", health=health, restarts=self.restarts)}

    @property
    def seconds(self) -> float:
        """How long it was watched."""
        return self.now

    def monotonic(self) -> float:
        """Tell the time."""
        return self.now

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    def after(self, mark: int, container: str) -> list[Event]:
        """Return what was told so far."""
        assert (mark, container) == (0, "web1")
        return [*self.before, *self.during]

    def told(self, container: str) -> list[Event]:
        """Return what was told during the watch."""
        assert container == "web1"
        return list(self.during)

    def looks(self, container: str) -> list[Any]:
        """Return what looks saw."""
        assert container == "web1"
        return [None] * int(self.now / self.looks_every)

    def trouble(self, container: str) -> str:
        """Say why the last one saw nothing."""
        assert container == "web1"
        return self.why_not

    def look(self) -> list[Container]:
        """Return what is there now."""
        health = "unhealthy" if self.now >= self.unhealthy_from else "healthy"
        health = "starting" if self.now < self.starts_until else health
        container = self.make("web", health=health)
        every = self.probes_every
        failing = int(self.fails_from <= self.now < self.fails_until)
        failed = self.logged or int((self.now - self.fails_from) // every) + 1
        last = self.now // every * every
        ends = [_clock(last - back * every) for back in range(4, -1, -1)]
        log = [{"Start": end, "End": end} for end in ends]
        log = [{"Start": _clock(self.now - 1), "End": _clock(self.now)}] * self.logged or log
        state = {"Health": {"Status": health, "Log": log, "FailingStreak": failing * failed}}
        config = {"Healthcheck": {"Test": ["CMD", "check"], "Interval": every * 1e9}}
        return [
            self.make(
                "web",
                health=health,
                restarts=self.restarts,
                State={**container.state, **state},
                Config={**container.data["Config"], **config},
            )
        ]

    def expectations(self) -> dict[str, Expectation]:
        """Return the author's health check."""
        health = None if "health check" in self.without else self.health
        mine = Expectation(service=Service(name="web", raw={}), health=health, one_shot=False, count=1)
        return {} if "expectation" in self.without else {"web": mine}


def seen_of(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Seen:
    """Watch, and return what was seen."""
    monkeypatch.setattr("stackproof.trials.steady.time", scene)
    view: Any = scene
    return watch(view)["web-1"]


def watched(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> tuple[float, str | None]:
    """Watch, and return how long and what was seen last."""
    seen = seen_of(scene, monkeypatch)
    return seen.seconds, seen.last.health


@pytest.mark.parametrize(("now", "until"), [(0.0, WINDOW), (9.5, WINDOW + 1)])
def test_watch_that_has_just_begun_is_waited_for(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch, now: float, until: float
) -> None:
    """And for two probes, of which one began after all others had asked; most do so within the window."""
    assert watched(Scene(make_container, now=now), monkeypatch) == (until, "healthy")


@pytest.mark.parametrize("without", ["health check", "expectation"])
def test_nothing_is_open_without_a_health_check(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch, without: str
) -> None:
    """Nor of a container of which nothing is expected: nobody waits for probes."""
    seen = seen_of(Scene(make_container, without=(without,)), monkeypatch)

    assert (seen.seconds, seen.undecided) == (WINDOW, "")


def test_what_the_engine_has_decided(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unhealthy one is waited for no longer; nor one that fails for longer than its author allows."""
    brief = Health(interval=1, timeout=0, retries=1, start_period=0)

    assert watched(Scene(make_container, unhealthy_from=0), monkeypatch) == (WINDOW, "unhealthy")
    scene = Scene(make_container, fails_from=9, health=brief)
    assert watched(scene, monkeypatch) == (WINDOW, "healthy")


def test_all_that_was_seen(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a container, from the beginning of the watch and from before it."""
    died, again = _event("die", 2, exitCode="4"), _event("die", 3, exitCode="5")
    before = (_event("start"), _event("die", 1, exitCode="3"))
    scene = Scene(make_container, restarts=1, before=before, why_not="no shell")
    first = seen_of(scene, monkeypatch)
    assert first.first is scene.first["web-1"]
    assert (first.told, first.exit_code, first.trouble) == ((), "3", "no shell")
    assert first.window == f"{int(scene.now / 0.75)} looks in 10 s"

    scene = Scene(make_container, during=(died, again, _event("start", 4)))
    scene.first = {}
    seen = seen_of(scene, monkeypatch)
    assert seen.first is seen.last
    assert (seen.told, seen.exit_code, seen.trouble) == (scene.during, "5", "")


def test_long_watch_is_not_waited_for(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """But for the probes."""
    assert watched(Scene(make_container, now=40), monkeypatch) == (42, "healthy")


def test_rare_probes_are_not_waited_for(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An attached stack has its author's interval."""
    scene = Scene(make_container, probes_every=600)

    assert watched(scene, monkeypatch) == (WINDOW + FRESH, "healthy")


def test_failing_probes_are_watched_until_the_engine_decides(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Healthy at the end of the window, and unhealthy soon after."""
    seen = watched(Scene(make_container, fails_from=9, unhealthy_from=12), monkeypatch)

    assert seen == (12, "unhealthy")


def test_check_that_fails_after_what_others_asked(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last request came with the last control before this one."""
    seen = watched(Scene(make_container, now=30, fails_from=31, unhealthy_from=34), monkeypatch)

    assert seen == (34, "unhealthy")


def test_one_failed_probe_is_no_news(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next that succeeds ends the watch."""
    seen = watched(Scene(make_container, fails_from=9, fails_until=11), monkeypatch)

    assert seen == (11, "healthy")


def test_container_that_is_removed_meanwhile(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its last look would be taken for what it is now, or be waited on for ever."""
    scene = Scene(make_container)
    scene.first["db-1"] = make_container("db", status="exited")
    monkeypatch.setattr(scene, "look", list)

    with pytest.raises(Unknown, match=r"^removed while it was watched: db-1, web-1$"):
        watched(scene, monkeypatch)


def test_probes_that_failed_one_at_a_time(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look finds a fresh failure of a second: none lasted as long as the author allows."""
    seen = watched(Scene(make_container, fails_from=0, fails_until=15, logged=1), monkeypatch)

    assert seen == (15, "healthy")


def test_failing_probes_are_not_watched_for_ever(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine that never decides is given what the author allows."""
    seen = watched(Scene(make_container, fails_from=9), monkeypatch)

    assert seen == (9 + 6, "healthy")


@pytest.mark.parametrize(
    ("started", "until"),
    [((), WINDOW), ((97.0,), 7.0), ((80.0, 97.0), 7.0), ((80.0,), LEAST), ((101.0,), WINDOW)],
)
def test_window_begins_with_the_last_start(
    make_container: MakeContainer,
    monkeypatch: pytest.MonkeyPatch,
    started: tuple[float, ...],
    until: float,
) -> None:
    """But it is watched for a while in any case; one whose start nobody saw is watched for the whole time."""
    scene = Scene(make_container, since=100.0, before=tuple(_event("start", at) for at in started))

    assert watched(scene, monkeypatch) == (until, "healthy")


@pytest.mark.parametrize(
    ("ran", "until"), [((0.0, 2.0), WINDOW), ((0.0, 25.0), 25.25), ((0.0, 300.0), LONGEST + 0.25)]
)
def test_one_that_ended_before_has_to_run_for_longer(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch, ran: tuple[float, float], until: float
) -> None:
    """It may have waited for its database, or end again after just as long."""
    began, ended = ran
    before = (_event("start", began), _event("die", ended, exitCode="1"), _event("start", ended + 1))
    scene = Scene(make_container, restarts=1, before=before)

    assert watched(scene, monkeypatch) == (until, "healthy")


def test_time_that_an_author_gives_is_not_all_waited_for(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three probes that fail take 16.5 minutes by its numbers: nobody knows what the engine says then."""
    slow = Health(interval=300, timeout=30, retries=3, start_period=0)
    scene = Scene(make_container, fails_from=9, health=slow, logged=1)
    monkeypatch.setattr("stackproof.trials.steady.time", scene)
    view: Any = scene
    seen = watch(view)["web-1"]

    assert seen.seconds == WINDOW + DECIDES_WITHIN
    assert seen.undecided == (
        "its probes fail since 1 s, and by its author's numbers the engine decides in 990 s"
    )


def test_defaults_of_the_engine_are_waited_for(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fails for as long as they allow is decided."""
    usual = Health(interval=30, timeout=30, retries=3, start_period=0)
    scene = Scene(make_container, fails_from=9, health=usual)
    monkeypatch.setattr("stackproof.trials.steady.time", scene)
    view: Any = scene
    seen = watch(view)["web-1"]

    assert (seen.seconds, seen.undecided) == (9 + 180, "")


@pytest.mark.parametrize(
    ("starts_until", "seconds", "said"),
    [
        (30.0, 30 + PROBES, (["healthy"], "")),
        (1e9, WINDOW + LONGEST, (["starting"], "it is still starting")),
    ],
)
def test_one_that_was_starting_as_the_watch_began(
    make_container: MakeContainer,
    monkeypatch: pytest.MonkeyPatch,
    starts_until: float,
    seconds: float,
    said: tuple[list[str], str],
) -> None:
    """A stack that somebody brought up just now: it is waited for, and judged from then on."""
    scene = Scene(make_container, starts_until=starts_until)
    monkeypatch.setattr("stackproof.trials.steady.time", scene)
    view: Any = scene
    seen = watch(view)["web-1"]

    assert seen.seconds == pytest.approx(seconds, abs=FRESH)
    assert (seen.health, seen.undecided) == said


@pytest.mark.parametrize(
    ("every", "why_not", "during", "seconds"),
    [
        pytest.param(3, "", "health_status: healthy", 24, id="loaded machine"),
        pytest.param(1e9, "", "health_status: healthy", LONGEST, id="nobody came to look yet"),
        pytest.param(1e9, "no shell", "health_status: healthy", WINDOW, id="cannot be looked at"),
        pytest.param(1e9, "", "die", WINDOW, id="ended"),
    ],
)
def test_looks_are_waited_for(  # noqa: PLR0913, PLR0917 - a case
    make_container: MakeContainer,
    monkeypatch: pytest.MonkeyPatch,
    every: float,
    why_not: str,
    during: str,
    seconds: float,
) -> None:
    """Also the first; not for one that cannot be looked at, or has ended."""
    scene = Scene(make_container, looks_every=every, why_not=why_not, during=(_event(during),))

    assert watched(scene, monkeypatch)[0] == pytest.approx(seconds, abs=2.5)


# -- what is said of it --------------------------------------------------------------------------------


def _seen(first: Container, last: Container, *told: Event) -> Seen:
    died = [event for event in told if event.action == "die"]
    return Seen(seconds=62.4, first=first, last=last, told=told, died=died[-1] if died else None, looks=())


def test_too_few_looks(make_container: MakeContainer) -> None:
    """What was looked at once, or never, may have a root that comes and goes."""
    last = make_container()
    seen = replace(_seen(last, last), trouble="it is in the host's pid namespace")

    with pytest.raises(
        Unknown, match=r"web-1: 0 looks in 62 s cannot tell .*: it is in the host's pid namesp"
    ):
        seen.require_looks()
    look = Look(seconds=1, roots=(), listening=())
    with pytest.raises(Unknown, match=r"web-1: 2 looks in 62 s cannot tell what comes and goes$"):
        replace(seen, looks=(look,) * 2, trouble="").require_looks()
    replace(seen, looks=(look,) * ENOUGH).require_looks()


def test_restarts_are_those_that_the_engine_counts(make_container: MakeContainer) -> None:
    """It runs at the beginning and at the end, and it is a loop."""
    died = _event("die", exitCode="3")
    seen = _seen(make_container(restarts=3), make_container(restarts=6), died)

    assert seen.restarts == (3, "in 62 s")
    assert seen.exit_code == "3"


def test_loop_whose_next_start_is_waited_for(make_container: MakeContainer) -> None:
    """The delays grow to a minute, so no start may lie in the window."""
    down = make_container(restarts=8, status="restarting", code=1)

    assert _seen(down, down).restarts == (8, "since it was created")
    assert _seen(down, down).exit_code == "1"


def test_start_that_was_waited_for_at_the_beginning(make_container: MakeContainer) -> None:
    """The count grows as it ends, so it is the same then and now; the engine told of the start."""
    down = make_container(restarts=2, status="restarting", code=4)

    assert _seen(down, make_container(restarts=2), _event("start")).restarts == (1, "in 62 s")


def test_start_by_hand_counts_as_one(make_container: MakeContainer) -> None:
    """The engine's count begins anew with it."""
    seen = _seen(make_container(restarts=3), make_container(), _event("die"), _event("start"))

    assert seen.restarts == (1, "in 62 s")


def test_one_that_waited_for_another_by_restarting_is_no_loop(make_container: MakeContainer) -> None:
    """It was started again before it was watched, and not since."""
    assert _seen(make_container(restarts=3), make_container(restarts=3)).restarts == (0, "")


@pytest.mark.parametrize(
    ("first", "told", "last", "states"),
    [
        ("healthy", (), "healthy", ["healthy"]),
        ("healthy", ("unhealthy", "healthy"), "healthy", ["healthy", "unhealthy", "healthy"]),
        ("starting", ("healthy",), "healthy", ["healthy"]),
        ("starting", ("unhealthy", "healthy"), "healthy", ["unhealthy", "healthy"]),
        ("starting", (), "starting", ["starting"]),
        ("unhealthy", (), "unhealthy", ["unhealthy"]),
    ],
)
def test_states_between_two_looks(
    make_container: MakeContainer, first: str, told: tuple[str, ...], last: str, states: list[str]
) -> None:
    """The engine tells of each change, whenever somebody looks."""
    events = (_event(f"health_status: {state}") for state in told)

    assert _seen(make_container(health=first), make_container(health=last), *events).health == states


def test_last_words_are_those_before_the_end(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next start has begun to write by then."""
    asked = []

    def logs(container: str, _tail: int, until: float | None) -> str:
        asked.append((container, until))
        return "Traceback:\n  PermissionError: /srv\n\n"

    monkeypatch.setattr(engine, "logs", logs)
    seen = _seen(make_container(), make_container(), _event("die", 17.5, exitCode="1"))

    assert seen.last_words == "PermissionError: /srv"
    assert asked == [("web1", 17.5)]


def test_no_words(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """That is said, too."""
    monkeypatch.setattr(engine, "logs", lambda *_words: "")

    assert _seen(make_container(), make_container()).last_words == "it wrote no log"


def test_probes_that_hang_are_counted_as_long_as_they_took(make_container: MakeContainer) -> None:
    """Of seven that took 5 s each with 2 s between them the engine logs five; two more began before."""
    log = [{"Start": _clock(7 * n), "End": _clock(7 * n + 5)} for n in range(2, 7)]
    state = {"Health": {"Status": "healthy", "Log": log, "FailingStreak": 7}}
    config = {"Healthcheck": {"Test": ["CMD", "check"], "Interval": 2e9}}
    plain = make_container("web")
    data = {"State": {**plain.state, **state}, "Config": {**plain.data["Config"], **config}}

    assert steady._failing_for(make_container("web", **data)) == 4 * 7 + 5 + 2 * 2  # noqa: SLF001
