"""For how long an outage is waited for, and what is seen of it when."""

from collections.abc import Callable

import pytest
from tests.unit.conftest import MakeContainer
from tests.unit.trials.stages import HTTP, Says, Stage, event, honest, run, staged

from stackproof.trials.outage import NOTICED_WITHIN, WELL_WITHIN

PAGES = [{"service": "web", "path": path, "status": 200} for path in ("/a", "/b")]
AWAY = [{"service": "web", "path": path, "status": 503} for path in ("/a", "/b")]


@pytest.fixture
def stage(make_container: MakeContainer) -> Callable[..., Stage]:
    """Return a function that sets up a web service, its database and a job."""

    def make(says: Says = honest, **contract: object) -> Stage:
        return staged(make_container, says, **contract)

    return make


@pytest.mark.parametrize("promised", [HTTP, []])
@pytest.mark.parametrize(("takes", "left_out"), [(WELL_WITHIN - 1, 0), (WELL_WITHIN + 1, 1)])
def test_endpoint_that_takes_its_time_to_be_well(
    stage: Callable[..., Stage], promised: list[object], takes: float, left_out: int
) -> None:
    """Whether the contract promises something of it otherwise or not."""
    place = stage(http=promised)
    place.says = lambda phase, path: 500 if place.since < takes and phase == "before" else honest(phase, path)
    found = run(place)

    assert len(found.left_out) == left_out
    assert (found.differences, found.unclear, found.trouble) == ((), (), "")


@pytest.mark.parametrize("status", [404, 503])
def test_endpoint_of_which_nothing_is_promised(stage: Callable[..., Stage], status: int) -> None:
    """What a server says that is not at a loss, or that says what is expected later, is not waited for."""
    began: list[float] = []
    place = stage()

    def says(phase: str, path: str) -> int:
        began.append(place.now)
        return status if phase == "before" else honest(phase, path)

    place.says = says
    found = run(place)

    assert found.left_out == ()
    assert began[1] - began[0] < 1


@pytest.mark.parametrize(
    ("notices", "differences"),
    [
        ({"/a": 20, "/b": 29}, ()),
        ({"/a": 1e9, "/b": NOTICED_WITHIN + 0.6}, ("/a", "/b")),
        ({"/a": NOTICED_WITHIN + 0.6, "/b": 20}, ("/a",)),
    ],
)
def test_outage_that_is_noticed_late(
    stage: Callable[..., Stage], notices: dict[str, float], differences: tuple[str, ...]
) -> None:
    """All endpoints have the same time for it."""
    place = stage(http=PAGES, outage={"expect": AWAY, "lasts": 1})
    place.says = lambda phase, path: 503 if phase == "away" and place.since >= notices[path] else 200
    found = run(place)

    assert found.differences == tuple(f"web {path}: status 200 instead of 503" for path in differences)


@pytest.mark.parametrize("other", [0, 1e9])
def test_answer_that_does_not_hold(stage: Callable[..., Stage], other: float) -> None:
    """It is as promised at first and at the end, and not between; whatever another endpoint does."""
    place = stage(http=PAGES, outage={"expect": AWAY, "lasts": 5})
    noticed = {"/a": 0, "/b": other}
    held = min(NOTICED_WITHIN, other)

    def says(phase: str, path: str) -> int:
        if phase != "away":
            return 200
        if path == "/a" and held + 1 <= place.since < held + 1.5:
            return 500
        return 503 if place.since >= noticed[path] else 200

    place.says = says

    assert "web /a: status 500 instead of 503" in run(place).differences


def test_crash_at_the_end_of_the_outage(stage: Callable[..., Stage]) -> None:
    """Other news do not end the watch; the times are told in tenths of seconds."""
    place = stage(http=HTTP, outage={"lasts": 10})
    place.later = [
        (11.5, event(11.5, "health_status: unhealthy")),
        (11.75, event(11.75, "die", exitCode="1")),
    ]
    place.ports_open_after = 3.171875
    found = run(place)

    assert found.crashed == ("web-1 (exit code 1)",)
    assert (found.away_seconds, found.recovered_seconds) == (11.8, 3.2)


def test_all_of_an_outage_is_watched(stage: Callable[..., Stage]) -> None:
    """So long as the contract says, once the answers hold."""
    assert run(stage(http=HTTP, outage={"lasts": 10})).away_seconds == pytest.approx(12.0, abs=0.5)


@pytest.mark.parametrize(
    ("well", "trouble"),
    [
        ({"/a": 9, "/b": 9.5}, ""),
        ({"/a": 15, "/b": 0}, "web /a: status 503 instead of 200"),
        ({"/a": 10, "/b": 10.5}, "web /b: status 503 instead of 200"),
    ],
)
def test_recovery_that_takes_too_long(
    stage: Callable[..., Stage], well: dict[str, float], trouble: str
) -> None:
    """All endpoints have the same time for it."""
    place = stage(http=PAGES, outage={"expect": AWAY, "lasts": 1, "recovers_within": 10})

    def says(phase: str, path: str) -> int:
        away = phase == "away" or (phase == "after" and place.since < well[path])
        return 503 if away else 200

    place.says = says
    found = run(place)

    assert found.trouble == trouble
    assert place.spoiled is bool(trouble)
