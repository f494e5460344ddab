"""The whole trial of a health check: a service on a clock of the test's own, and what its check says."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer

from stackproof.errors import CommandError, EngineGoneError, Unknown
from stackproof.sandbox.container import Container
from stackproof.stack.heartbeat import Heartbeat
from stackproof.trials import honesty
from stackproof.trials.asking import Answer, Check
from stackproof.trials.honesty import HonestyTrial, honesty_trial
from stackproof.trials.serving import Group, Servers

YES = Answer(code=0, seconds=0.13, said="well")
NO = Answer(code=1, seconds=0.13, said="refused")
NEVER = Answer(code=None, seconds=3.2)
WEB = Group(ports=("80/tcp",), processes={10: "nginx", 11: "nginx"})
API = Group(ports=("81/tcp",), processes={12: "api"})
ALL = frozenset({1, 10, 11, 12})
LABELS = {"run": "ours"}


class World:
    """A sandbox with one service: who is frozen, whether anybody answers, and what its check makes of it."""

    def __init__(self, container: Container, check: Callable[["World"], Answer]) -> None:
        self.container, self.check = container, check
        self.now, self.frozen, self.silent, self.disturbed, self.spoiled = (
            1000.0,
            set[int](),
            False,
            False,
            False,
        )
        self.groups: tuple[Group, ...] = (API, WEB)
        self.before = [YES]
        self.heartbeat: Heartbeat | None = None
        self.left: tuple[str, ...] = ()
        self.fails: dict[str, Exception] = {}
        self.trouble = ""
        self.slacks: list[float] = []
        self.there = [container]
        self.labels = LABELS
        self.stack = SimpleNamespace(services={"web": "the service"})

    def monotonic(self) -> float:
        """Tell the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let it pass."""
        self.now += seconds

    def look(self) -> list[Container]:
        """Look at what is there."""
        return self.there

    def ask(self, check: Check) -> Answer:
        """Run the check."""
        self.slacks.append(round(check.slack, 3))
        answer = self.before.pop(0) if self.before else self.check(self)
        self.now += answer.seconds
        return answer

    def servers(self, container: Container, service: str, labels: dict[str, str]) -> Servers:
        """Say who serves."""
        assert (container, service, labels) == (self.container, "the service", LABELS)
        return Servers(processes=dict.fromkeys(sorted(ALL), "x"), groups=self.groups)

    def heartbeat_of(self, container: Container, check: Check) -> Heartbeat | None:
        """Read what the check reads."""
        assert (container, check.name) == (self.container, "web-1")
        return self.heartbeat

    @contextmanager
    def disturbance(self) -> Iterator[None]:
        """Be disturbed."""
        self.disturbed = True
        yield
        self.disturbed = False

    @contextmanager
    def freeze(
        self, container: Container, labels: dict[str, str], pids: Collection[int]
    ) -> Iterator[list[int]]:
        """Freeze some, or all."""
        assert (container, labels, self.disturbed) == (self.container, LABELS, True)
        self.frozen = set(pids) or set(ALL)
        yield sorted(self.frozen)
        self.frozen = set()

    @contextmanager
    def silence(self, container: Container, labels: dict[str, str]) -> Iterator[tuple[str, ...]]:
        """Refuse everything."""
        assert (container, labels, bool(self.frozen)) == (self.container, LABELS, True)
        if error := self.fails.get("begin"):
            raise error
        self.silent = True
        yield self.left
        self.silent = False
        if error := self.fails.get("end"):
            raise error

    def restore(self) -> str:
        """Bring it back."""
        assert not self.disturbed
        self.now += 4.26
        return self.trouble


MakeWorld = Callable[..., World]


@pytest.fixture
def world(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> MakeWorld:
    """Return a function that makes a world of what a check says in it, and of what else is so."""

    def of(container: Container) -> Check:
        return Check(name=str(container), container=container.id, test=(), words=(), timeout=3.0)

    def make(says: Callable[[World], Answer], **more: object) -> World:
        made = World(make_container(), says)
        vars(made).update(more)
        for name, place in (("servers", made.servers), ("frozen", made.freeze), ("silent", made.silence)):
            monkeypatch.setattr(honesty, name, place)
        monkeypatch.setattr(honesty, "time", made)
        monkeypatch.setattr(honesty, "heartbeat_of", made.heartbeat_of)
        monkeypatch.setattr(Check, "of", of)

        def ask(check: Check) -> Answer:
            return made.ask(check)

        monkeypatch.setattr(Check, "ask", ask)
        return made

    return make


def tried(world: World) -> HonestyTrial:
    """Disturb it."""
    sandbox: Any = world
    return honesty_trial(world.container, sandbox)


def asks_web(world: World) -> Answer:
    """Hear nothing of a server that hangs, a refusal of one that is gone."""
    if world.silent:
        return NO
    return NEVER if 10 in world.frozen else YES


def asks_nobody(world: World) -> Answer:
    """Run out of time, and say yes when nobody is there."""
    return YES if world.silent else asks_web(world)


def knows_at_once(world: World) -> Answer:
    """Say no to whatever is frozen, without waiting."""
    return NO if world.frozen else YES


WELL = "exit 0: well (2 times)"
STEPS: tuple[dict[str, object], ...] = (
    {"frozen": "api (serving 81/tcp)", "processes": 1, "answers": (WELL,), "seconds": 0.9},
    {"frozen": "nginx (serving 80/tcp)", "processes": 2, "answers": ("no answer in time",), "seconds": 3.2},
)  # fmt: skip
REFUSED = {"when_refused": ("exit 1: refused",)}


def test_honest_check(world: MakeWorld) -> None:
    """It notices the server that it asks, and nothing more is tried; all is brought back."""
    made = world(asks_web)

    assert tried(made) == HonestyTrial(
        before=("exit 0: well",), steps=(STEPS[0], STEPS[1] | REFUSED), recovered=4.3
    )
    assert made.slacks == [0.0, *[0.39] * 4]
    assert not made.spoiled


def test_check_that_says_yes_to_nobody(world: MakeWorld) -> None:
    """Asked twice; one that says no the second time said no."""
    found = tried(world(asks_nobody, trouble="web is gone"))

    refused = {"when_refused": ("exit 0: well (2 times)",)}
    assert found == HonestyTrial(
        before=("exit 0: well",), steps=(STEPS[0], STEPS[1] | refused), recovered=None,
        nobody="exit 0 after 0.1 s: well", trouble="web is gone",
    )  # fmt: skip
    answers = [YES, NO]
    second = tried(world(lambda world: answers.pop(0) if world.silent else asks_web(world)))
    assert (second.nobody, second.steps[1]["when_refused"]) == ("", ("exit 0: well", "exit 1: refused"))


def test_other_processes_that_answer(world: MakeWorld) -> None:
    """Nobody who serves is noticed alone, all together are."""
    found = tried(
        world(lambda world: NEVER if world.frozen == ALL and not world.silent else YES, groups=(WEB, API))
    )

    assert [step["frozen"] for step in found.steps] == [
        "nginx (serving 80/tcp)", "api (serving 81/tcp)", "all its processes",
    ]  # fmt: skip
    assert [step["processes"] for step in found.steps] == [2, 1, 4]
    assert (found.nobody, found.other, found.asleep) == ("exit 0 after 0.1 s: well", "", "")
    found = tried(world(lambda world: asks_web(world) if world.frozen == ALL else YES, groups=(WEB, API)))
    assert found.other == "nginx (serving 80/tcp); api (serving 81/tcp)"


@pytest.mark.parametrize(
    ("before", "log", "answers"),
    [
        pytest.param([YES], [0, 0], 4, id="steady"),
        pytest.param([YES], [1, 0], 4, id="at its start"),
        pytest.param([NO, YES], [], 17, id="said no before"),
        pytest.param([YES], [0, 1, 0], 17, id="said no meanwhile"),
    ],
)
def test_check_with_whims_is_asked_longer(
    world: MakeWorld, make_container: MakeContainer, before: list[Answer], log: list[int], answers: int
) -> None:
    """By what it said to us and to the engine by now; another container's log is not looked at."""
    made = world(knows_at_once, before=[*before])
    others = [make_container("other", health="healthy"), make_container(health="healthy")]
    others[0].data["State"]["Health"]["Log"] = [{"ExitCode": code} for code in (0, 1)]
    others[1].data["State"]["Health"]["Log"] = [{"ExitCode": code} for code in log]
    made.there = others

    assert tried(made).steps[0]["answers"] == (f"exit 1: refused ({answers} times)",)


def test_container_that_is_not_there_any_more(world: MakeWorld) -> None:
    """What was known of it is all that is known."""
    assert tried(world(knows_at_once, there=[])).steps[0]["answers"] == ("exit 1: refused (4 times)",)


def test_what_asking_takes(world: MakeWorld) -> None:
    """Three times the longest answer before; none in time says nothing of it."""
    slow = Answer(code=1, seconds=0.4)
    made = world(asks_web, before=[NEVER, slow, YES])
    tried(made)

    assert made.slacks[:4] == [0.0, 0.0, 0.0, 1.2]


def test_check_that_says_no_to_a_service_that_runs(world: MakeWorld) -> None:
    """Six times; the last is told."""
    made = world(asks_web, before=[Answer(code=number, seconds=0.1) for number in range(1, 9)])

    with pytest.raises(
        Unknown, match=r"web-1: its health check said no to the service before .*: exit 6 after 0.1 s$"
    ):
        tried(made)
    assert len(made.slacks) == 6
    assert made.now == pytest.approx(1000 + 6 * 0.7)


def test_heartbeat_is_watched(world: MakeWorld) -> None:
    """For its time with each who is frozen alone; who is left then is told, and all have their turn."""
    groups = tuple(Group(ports=(f"{n}/tcp",), processes={n: "web"}) for n in (10, 11, 12))
    found = tried(world(lambda _world: YES, heartbeat=Heartbeat(limit=30), groups=groups))

    assert [step["processes"] for step in found.steps] == [1, 1, 0, 4]
    assert found.steps[2] == {"frozen": "web (serving 12/tcp)", "processes": 0, "answers": (), "seconds": 0.0}
    assert (found.asleep, found.often) == ("all its processes", "104 of 104 answers in 75 s")
    with pytest.raises(Unknown, match="its limit is 300 s"):
        tried(world(lambda _world: YES, heartbeat=Heartbeat(limit=300)))


@pytest.mark.parametrize("error", [Unknown("it is in the network of host"), CommandError("File exists")])
def test_what_cannot_be_refused(world: MakeWorld, error: Exception) -> None:
    """The check that ran out of time may say yes to nobody; one that said no did not."""
    made = world(asks_web, fails={"begin": error})
    with pytest.raises(
        Unknown, match=f"^web-1: its health check ran out of time .* could not be tried: {error}$"
    ):
        tried(made)
    assert made.spoiled is True

    found = tried(made := world(knows_at_once, fails={"begin": error}))
    assert (found.nobody, found.other, found.asleep, "when_refused" in found.steps[0]) == ("", "", "", False)
    assert made.spoiled is True


def test_silence_that_cannot_be_ended(world: MakeWorld) -> None:
    """What was said in it counts, and the sandbox is replaced; without an engine nothing is said."""
    made = world(asks_nobody, fails={"end": CommandError("gone")})

    assert tried(made).nobody
    assert made.spoiled is True
    with pytest.raises(EngineGoneError):
        tried(world(asks_nobody, fails={"end": EngineGoneError("the engine is gone")}))


def test_sockets_that_were_not_moved_are_told(world: MakeWorld) -> None:
    """Who asked there waited."""
    made = world(lambda world: NEVER if 10 in world.frozen else YES, left=("@a", "/run/b"))

    with pytest.raises(
        Unknown, match=r"could not be tried: not moved aside, so nobody was refused there: @a, /run/b$"
    ):
        tried(made)


@pytest.mark.parametrize(("seconds", "waited"), [(2.4, False), (2.6, True)])
def test_who_was_waited_for(*, seconds: float, waited: bool) -> None:
    """A second, and half of what asking takes."""
    assert honesty.waited_for(Answer(code=1, seconds=seconds), 3.0) is waited
