"""What an outage is blamed for, and what not."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer
from tests.unit.trials.stages import HTTP, LATE, Says, Stage, event, honest, run, staged

from stackproof.engine.events import EventStream
from stackproof.probes.http import TIMEOUT, Answer
from stackproof.trials import outage
from stackproof.trials.outage import crashes


@pytest.fixture
def stage(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Stage]:
    """Return a function that sets up a web service, its database and a job; nobody waits for an answer."""
    for name in ("WELL_WITHIN", "NOTICED_WITHIN", "HOLDS_FOR"):
        monkeypatch.setattr(outage, name, 0.0)

    def make(says: Says, **contract: Any) -> Stage:  # noqa: ANN401 - as YAML has it
        return staged(make_container, says, **contract)

    return make


def test_honest(stage: Callable[..., Stage]) -> None:
    """It says so, goes on, and is well again."""
    found = run(stage(honest, http=HTTP))

    assert found.answers == ("web /: status 503 in 0.01 s",)
    assert (found.differences, found.crashed, found.trouble) == ((), (), "")
    assert (found.left_out, found.unclear) == ((), ())
    assert found.recovered_seconds is not None


def test_other_answer(stage: Callable[..., Stage]) -> None:
    """It says that all is well."""
    found = run(stage(lambda _phase, _path: 200, http=HTTP))

    assert found.differences == ("web /: status 200 instead of 503",)


def test_answer_that_does_not_last(stage: Callable[..., Stage]) -> None:
    """What is promised must hold until the end of the outage."""
    answers = iter([200, 503, 500, 200])
    found = run(stage(lambda _phase, _path: next(answers), http=HTTP))

    assert found.differences == ("web /: status 500 instead of 503",)


@pytest.mark.parametrize("late_at", [1, 2])
def test_one_answer_that_comes_too_late(stage: Callable[..., Stage], late_at: int) -> None:
    """A machine may be busy for a moment: it is asked once more, at the beginning and at the end."""
    answers = [200, 503, 503, 200]
    answers.insert(late_at, LATE)
    said = iter(answers)
    found = run(stage(lambda _phase, _path: next(said), http=HTTP))

    assert (found.differences, found.trouble) == ((), "")


def test_half_an_answer(stage: Callable[..., Stage]) -> None:
    """The rest of its body did not come in time: it is asked once more."""
    half, whole = (
        Answer(url="", status=503, body=body, seconds=seconds)
        for body, seconds in (('{"db":', TIMEOUT), ('{"db": "away"}', 0.5))
    )
    expect = [{"service": "web", "path": "/", "status": 503, "json": {"db": "away"}}]
    said = iter([200, half, whole, whole, 200])
    found = run(stage(lambda _phase, _path: next(said), http=HTTP, outage={"expect": expect}))

    assert (found.differences, found.answers) == ((), ("web /: status 503 in 0.50 s",))


def test_answers_that_are_all_too_late(stage: Callable[..., Stage]) -> None:
    """Who hangs for as long as the outage lasts does not say so."""
    found = run(stage(lambda phase, _path: LATE if phase == "away" else 200, http=HTTP))

    assert found.differences == ("web /: no answer: refused",)


def test_refusal_is_not_asked_again(stage: Callable[..., Stage]) -> None:
    """It comes at once, and is an answer."""
    answers = iter([200, 503, None, 200])
    found = run(stage(lambda _phase, _path: next(answers), http=HTTP))

    assert found.differences == ("web /: no answer: refused",)


def test_ports_are_given_time_after_the_recovery(stage: Callable[..., Stage]) -> None:
    """A worker that never opens what it publishes is not late for that; what is ready just in time is not."""
    place = stage(honest, http=HTTP, outage={"recovers_within": 3 + 1 / 64})
    place.ports_open_after = 3.0
    place.ports_waited_for = 20.0
    found = run(place)

    assert (found.trouble, found.recovered_seconds) == ("", 3.0)


def test_crash_that_the_policy_hides(stage: Callable[..., Stage]) -> None:
    """It ended in the outage and runs by the time of the next look, where nobody asks it any more."""
    answers = iter([200, 503, 200])
    place = stage(lambda _phase, _path: next(answers), http=HTTP, outage={"lasts": "1h"})
    place.while_away = [event(6.2, "die", exitCode="1"), event(6.4, "start")]
    found = run(place)

    assert found.crashed == ("web-1 (exit code 1)",)
    assert found.differences == ()


def test_crash_is_seen_before_the_window_ends(stage: Callable[..., Stage]) -> None:
    """Nobody waits for what has been seen."""
    place = stage(honest, http=HTTP, outage={"lasts": "1h"})
    place.while_away = [event(6.2, "die", exitCode="0")]

    assert run(place).crashed == ("web-1 (exit code 0)",)


def test_ends_that_are_no_crash(stage: Callable[..., Stage]) -> None:
    """The service that was stopped, a job, and what ended before its last start."""
    place = stage(honest, http=HTTP)
    place.while_away = [
        event(1, "die", "db", exitCode="137"),
        event(1, "die", "job", exitCode="0"),
        event(-1, "die", exitCode="137"),
    ]

    assert run(place).crashed == ()


@pytest.mark.parametrize(
    ("lives", "up", "restless"),
    [
        pytest.param([(-20, -17), (-16, -12.9), (-12, -9)], 0, True, id="ends every three seconds"),
        pytest.param([(-20, -16), (-15, -12)], 7.5, True, id="not up for twice its longest life"),
        pytest.param([(-20, -16), (-15, -12)], 8, False, id="up for twice its longest life"),
        pytest.param([(-9, -1)], 0, False, id="an outage before this one may have been why"),
    ],
)
def test_crash_of_what_ended_before(
    stage: Callable[..., Stage], lives: list[tuple[float, float]], up: float, *, restless: bool
) -> None:
    """One that ends again and again would have ended without the outage, too: nobody can tell."""
    place = stage(honest, http=HTTP)
    for start, end in lives:
        place.events.tell(event(start, "start"), event(end, "die", exitCode="1"))
    place.events.tell(event(-90, "start", "db"), event(-50, "die", "db"), event(-40, "die", "db"))
    place.events.tell(event(0, "start"), event(up, "start", "db"))
    place.while_away = [event(20, "die", exitCode="1")]
    found = run(place)

    words = ("web-1 (exit code 1)",)
    assert found.crashed == (() if restless else words)
    assert found.unclear == (("web-1 (exit code 1) ends again and again",) if restless else ())


def test_crash_of_what_waited_by_restarting(stage: Callable[..., Stage]) -> None:
    """It ended as long as its database came up, and has been up for longer since."""
    place = stage(honest, http=HTTP)
    place.events._events += [  # noqa: SLF001 - what the engine told
        *(event(-3, "start"), event(-2.5, "die"), event(-2, "start"), event(-1.5, "die")),
        *(event(0, "start"), event(9, "start", "db")),
    ]
    place.while_away = [event(12, "die", exitCode="1")]

    assert run(place).crashed == ("web-1 (exit code 1)",)


def test_crash_that_no_event_told(make_container: MakeContainer) -> None:
    """Down, gone, or restarted: inspect says so, too."""
    before = [make_container("web")]
    now: list[Any] = []
    view: Any = SimpleNamespace(events=EventStream({}), look=lambda: now)

    assert crashes(before, view) == {"web-1": "web-1 (gone)"}
    now[:] = [make_container("web", status="exited", code=3)]
    assert crashes(before, view) == {"web-1": "web-1 (exited)"}
    now[:] = [make_container("web", restarts=1)]
    assert crashes(before, view) == {"web-1": "web-1 (running)"}
    now[:] = [make_container("web")]
    assert crashes(before, view) == {}
    view.events._events.append(event(3, "die"))  # noqa: SLF001 - what the engine told
    assert crashes(before, view) == {"web-1": "web-1 (exit code ?)"}


def test_not_well_again(stage: Callable[..., Stage]) -> None:
    """An endpoint that was well stays as it was in the outage."""
    found = run(stage(lambda phase, _path: 200 if phase == "before" else 503, http=HTTP))

    assert found.trouble == "web /: status 503 instead of 200"
    assert found.recovered_seconds is None


def test_not_ready_again(stage: Callable[..., Stage]) -> None:
    """A service that is no endpoint must be ready again, too."""
    place = stage(honest, http=HTTP)
    place.trouble = "service worker is not ready"
    found = run(place)

    assert found.trouble == "service worker is not ready"
    assert place.spoiled


def test_ready_too_late(stage: Callable[..., Stage]) -> None:
    """In time means within what the contract says."""
    place = stage(honest, http=HTTP, outage={"recovers_within": 1e-9})

    assert run(place).trouble == "not ready within 1e-09 s"


def test_page_that_was_wrong_before(stage: Callable[..., Stage]) -> None:
    """An endpoint that the outage says nothing of need not be well after it, nor is anything unclear."""
    pages = [*HTTP, {"service": "web", "path": "/missing", "status": 200}]
    found = run(stage(lambda phase, path: 404 if path == "/missing" else honest(phase, path), http=pages))

    assert (found.differences, found.trouble, found.unclear) == ((), "", ())
    assert found.left_out == ("web /missing: status 404 instead of 200",)


@pytest.mark.parametrize("status", [None, 500, 502])
@pytest.mark.parametrize("pages", [HTTP, []])
def test_front_that_was_down_before(
    stage: Callable[..., Stage], status: int | None, pages: list[dict[str, Any]]
) -> None:
    """The outage is not blamed for it, whether the contract promises something of it otherwise or not."""
    found = run(stage(lambda _phase, _path: status, http=pages))

    assert (found.differences, found.trouble) == ((), "")
    assert len(found.unclear) == 1
    assert found.unclear[0].startswith("web /: ")


def test_wrong_before_and_as_promised_in_the_outage(stage: Callable[..., Stage]) -> None:
    """Then there is nothing to be unclear about."""
    found = run(stage(lambda phase, _path: 503 if phase == "away" else 500, http=HTTP))

    assert (found.differences, found.unclear) == ((), ())
    assert found.left_out == ("web /: status 500 instead of 200",)
