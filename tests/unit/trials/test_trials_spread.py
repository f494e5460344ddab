"""Which replicas requests reached, by what the kernel counts."""

from collections.abc import Callable
from itertools import cycle
from types import SimpleNamespace
from typing import Any

import pytest

from stackproof.errors import NotReadyError, Unknown
from stackproof.probes.http import Answer
from stackproof.stack.contract import HttpExpectation
from stackproof.trials import spread
from stackproof.trials.spread import LONG, WITHIN, Activity, SpreadTrial, fronts, sent, spread_trial, unclear

NETSTAT = (
    "TcpExt: SyncookiesSent TCPOrigDataSent TCPHystartTrainDetect\n"
    "TcpExt: 0 {} 7\n"
    "IpExt: InNoRoutes InOctets\n"
    "IpExt: 0 4711\n"
)
ENDPOINTS = [HttpExpectation(service="front", path=path) for path in ("/", "/api")]
Way = Callable[[int, str], list[int]]
"""From the number of replicas and the path of a request to the replicas that it reaches, by number."""


class Stage:
    """A sandbox in which every request makes the replicas that it reaches send one segment.

    Time passes on a clock of its own: with each request, and with nothing else than waiting.
    """

    def __init__(self, way: Way, statuses: dict[str, int] | None = None, *, takes: float = 0.0123) -> None:
        self.now = 1000.0
        self.takes = takes
        self.asked = 0
        self.noise = [0.0] * 9
        """Segments that each replica sends in a second without any request."""
        self.netstat = NETSTAT
        self.sent = [0] * 9
        self.count = 1
        self.spoiled = False
        self.broken = False
        self.ups: list[dict[str, int]] = []
        self._way = way
        self._statuses = statuses or {}

    def up(self, scales: dict[str, int] | None = None) -> None:
        """Scale."""
        self.ups.append(scales or {})
        if self.broken and not scales:
            raise NotReadyError({"app": "gone"})
        self.count = (scales or {}).get("app", 1)

    def containers(self, service: str) -> list[Any]:
        """Return the replicas, each with a shell."""
        assert service == "app"
        return [self._replica(number) for number in range(self.count)]

    def _replica(self, number: int) -> SimpleNamespace:
        def run(command: str) -> SimpleNamespace:
            assert "/proc/net/netstat" in command
            return SimpleNamespace(stdout=self.netstat.format(counter()))

        def counter() -> int:
            return self.sent[number] + int(self.noise[number] * self.now)

        return SimpleNamespace(name=f"app-{number + 1}", host=SimpleNamespace(run=run))

    def get(self, service: str, path: str) -> Answer:
        """Ask once."""
        self.asked += 1
        self.now += self.takes
        for number in self._way(self.count, path):
            self.sent[number] += 1
        return Answer(url=service + path, status=self._statuses.get(path, 200), body="", seconds=0.01)

    def wait_for(self, expected: HttpExpectation, within: float) -> tuple[Answer, float]:
        """Ask once; nothing changes here while one waits."""
        assert within == WITHIN / 2
        return self.get(expected.service, expected.path), 0.0

    def monotonic(self) -> float:
        """Tell the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let it pass, and wake late."""
        self.now += seconds + 0.4


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> Callable[[Stage], SpreadTrial]:
    """Return a function that scales the app of a sandbox to three."""

    def scale(stage: Stage) -> SpreadTrial:
        monkeypatch.setattr(spread, "time", stage)
        subject: Any = stage
        return spread_trial(subject, "app", 3, ENDPOINTS, subject)

    return scale


Tried = Callable[[Stage], SpreadTrial]


def in_turn() -> Way:
    """Reach one replica after the other."""
    turns = cycle(range(60))
    return lambda count, _path: [next(turns) % count]


def test_all_are_reached(tried: Tried) -> None:
    """One round is enough, and the sandbox is as it was."""
    stage = Stage(in_turn())
    found = tried(stage)

    assert found.leads
    assert found.reached == ["app-1", "app-2", "app-3"]
    assert (found.requests, found.failed, found.seconds) == (60, (), 2.1)
    assert stage.asked == 2 + 20 + 60
    assert stage.ups == [{"app": 3}, {}]
    found.require_clear()


def test_only_the_first_is_reached(tried: Tried) -> None:
    """Asked until the time is up, and clear."""
    found = tried(Stage(lambda _count, _path: [0]))

    assert found.reached == ["app-1"]
    assert WITHIN < found.seconds < WITHIN + 3
    found.require_clear()


def test_one_endpoint_of_several_leads_there(tried: Tried) -> None:
    """All are asked in turn."""
    turns = cycle(range(60))
    found = tried(Stage(lambda count, path: [next(turns) % count] if path == "/api" else []))

    assert found.reached == ["app-1", "app-2", "app-3"]


def test_nothing_leads_there(tried: Tried) -> None:
    """It is not scaled for that."""
    stage = Stage(lambda _count, _path: [])

    assert tried(stage) == SpreadTrial(leads=False)
    assert stage.asked == 2 + 4 * 20 * 2
    assert stage.ups == []
    left_out = ("front /api: status 404 instead of 200",)
    assert tried(Stage(lambda _count, _path: [], {"/api": 404})) == SpreadTrial(
        leads=False, left_out=left_out
    )


@pytest.mark.parametrize(
    ("replicas", "noise", "clear"), [(1, 150, True), (1, 260, False), (2, 20, True), (2, 100, False)]
)
def test_nobody_can_tell_whether_anything_leads_there(
    tried: Tried, replicas: int, noise: float, *, clear: bool
) -> None:
    """What replicas do anyway hides the requests, if it is much."""
    stage = Stage(lambda _count, _path: [], takes=0.01)
    stage.count, stage.noise = replicas, [noise] * 9

    if clear:
        assert tried(stage) == SpreadTrial(leads=False)
    else:
        with pytest.raises(Unknown, match=r"^160 requests in \d+ s are too few to tell what they reach$"):
            tried(stage)


def test_slow_endpoints(tried: Tried) -> None:
    """Few requests are made of them, and a burst ends in time: too few for no to be an answer."""
    with pytest.raises(Unknown, match=r"^10 requests in 37 s are too few to tell"):
        tried(Stage(lambda _count, _path: [], takes=3.0))
    assert tried(Stage(in_turn(), takes=3.0)).reached == ["app-1", "app-2", "app-3"]
    hidden = tried(Stage(in_turn(), takes=12.0))
    assert hidden.reached == []
    with pytest.raises(Unknown, match=r"^\d requests are too few to tell whether any of them reached app-1"):
        hidden.require_clear()


def test_what_replicas_do_anyway(tried: Tried) -> None:
    """It is measured between the bursts, for each burst, and taken off."""
    stage = Stage(lambda _count, _path: [0])
    stage.noise = [100.0, 1.0, 0.0, *[0.0] * 6]
    found = tried(stage)
    busy = found.requests * stage.takes

    one, two, three = (found.activity[f"app-{number}"] for number in (1, 2, 3))
    assert one.usual == pytest.approx(100 * busy, rel=0.02)
    assert one.busy == pytest.approx(100 * busy + found.requests, rel=0.02)
    assert [two.usual, two.busy] == pytest.approx([busy, busy], rel=0.1)
    assert (three.usual, three.busy) == (0, 0)


@pytest.mark.parametrize(("noise", "within"), [(0.0, WITHIN), (300_000.0, LONG)])
def test_who_is_not_clear_is_asked_longer(tried: Tried, noise: float, within: float) -> None:
    """Three times as long."""
    stage = Stage(lambda _count, _path: [0])
    stage.noise[1] = noise

    assert within < tried(stage).seconds < within + 3


def test_nothing_leads_there_any_more(tried: Tried) -> None:
    """The front went on without the service as soon as there were two."""
    found = tried(Stage(lambda count, _path: [0] if count == 1 else []))

    assert found.leads
    assert found.reached == []
    found.require_clear()


def test_requests_that_fail(tried: Tried) -> None:
    """Each is told with its endpoint, and no more than three."""
    stage = Stage(in_turn())
    asked = iter(range(1000))
    answers = stage.get

    def get(service: str, path: str) -> Answer:
        answer = answers(service, path)
        return answer if stage.count == 1 or next(asked) % 2 else Answer(**{**vars(answer), "status": 502})

    stage.get = get  # type: ignore[method-assign]
    found = tried(stage)

    assert found.failed == ("front /: status 502 instead of 200",) * 3


def test_endpoint_that_was_wrong_before(tried: Tried) -> None:
    """It is left out: it fails without replicas, too."""
    found = tried(Stage(in_turn(), {"/api": 404}))

    assert found.failed == ()
    assert found.left_out == ("front /api: status 404 instead of 200",)


def test_no_endpoint_was_well_before(tried: Tried) -> None:
    """Then nobody can ask the replicas."""
    with pytest.raises(
        Unknown,
        match=r"no endpoint in front of app was well .* front /: status 500 .*; front /api: status 500",
    ):
        tried(Stage(in_turn(), {"/": 500, "/api": 500}))


def test_sandbox_that_does_not_come_back(tried: Tried) -> None:
    """It is replaced."""
    stage = Stage(in_turn())
    stage.broken = True
    tried(stage)

    assert stage.spoiled


@pytest.mark.parametrize(
    ("busy", "usual", "reached"),
    [
        (20, 0, True),
        (5, 0, True),
        (4, 0, False),  # two health checks of a proxy, each with an answer of two segments
        (30, 20, False),
        (60, 20, True),
        (1000, 980, False),
        (3, 9, False),
    ],
)
def test_more_than_chance(busy: float, usual: float, *, reached: bool) -> None:
    """What a replica does anyway is no request."""
    assert Activity(busy, usual).reached is reached


def test_too_few_requests_to_tell() -> None:
    """A busy replica of which nobody knows is no finding, and no pass either."""
    noisy = SpreadTrial(leads=True, activity={"app-1": Activity(20, 0), "app-2": Activity(95, 90)})
    clear = SpreadTrial(leads=True, activity={"app-1": Activity(900, 0), "app-2": Activity(95, 90)})

    with pytest.raises(Unknown, match="too few to tell whether any of them reached app-2: it sends 90"):
        noisy.require_clear()
    clear.require_clear()
    assert clear.reached == ["app-1"]


def test_counter() -> None:
    """Of the kernel, by name; one that does not count is no zero."""
    assert sent(NETSTAT.format(4242), "app-1") == 4242
    for text in ("", "TcpExt: SyncookiesSent\nTcpExt: 0\n", "TcpExt: TCPOrigDataSent\n"):
        with pytest.raises(Unknown, match="does not count what app-1 sends"):
            sent(text, "app-1")
    assert sent("TcpExt: TCPOrigDataSent New\nTcpExt: 5\n", "app-1") == 5


def test_kernel_that_does_not_count(tried: Tried) -> None:
    """The replica is named."""
    stage = Stage(in_turn())
    stage.netstat = "TcpExt: SyncookiesSent\nTcpExt: 0\n"

    with pytest.raises(Unknown, match="does not count what app-1 sends"):
        tried(stage)


def test_fronts() -> None:
    """Endpoints on other services."""
    own = HttpExpectation(service="app", path="/")

    assert fronts([own, *ENDPOINTS], "app") == ENDPOINTS


def test_what_is_not_clear() -> None:
    """Of some nobody can tell; where none was reached, the number of requests says so."""
    noisy, quiet, reached, some = Activity(95, 90), Activity(0, 0), Activity(20, 0), Activity(4, 4)

    assert unclear({"app-1": reached, "app-2": noisy}, 10) == [("app-2", noisy)]
    assert unclear({"app-1": reached, "app-2": quiet}, 1) == []
    assert unclear({"app-1": noisy, "app-2": quiet}, 60) == []
    assert unclear({"app-1": noisy, "app-2": quiet}, 40) == [("app-1", noisy)]
    assert unclear({"app-1": noisy, "app-2": quiet}, 4) == [("app-1", noisy), ("app-2", quiet)]
    assert unclear({}, 0) == []
    assert unclear({"app-1": Activity(40, 0), "app-2": some}, 10) == [("app-2", some)]
    assert unclear({"app-1": Activity(16, 0), "app-2": quiet}, 10) == []


def test_requests_that_are_too_many_before(tried: Tried) -> None:
    """A limit on requests is no doing of the replicas."""
    stage = Stage(in_turn())
    asked = iter(range(1000))
    answers = stage.get

    def get(service: str, path: str) -> Answer:
        answer = answers(service, path)
        return Answer(**{**vars(answer), "status": 429}) if next(asked) > 5 else answer

    stage.get = get  # type: ignore[method-assign]

    with pytest.raises(Unknown, match="too many for it before it is scaled: front /: status 429"):
        tried(stage)
    assert stage.ups == []
