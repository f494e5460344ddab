"""What the crash of one service means for the others, and what is struck once more alone."""

from typing import Any

import pytest
from tests.unit.conftest import MakeContainer
from tests.unit.trials.crashes import Trial, pool
from tests.unit.trials.scenes import event
from tests.unit.trials.trees import HTTP, member, tree

from stackproof.errors import NotReadyError, Unknown
from stackproof.sandbox.container import Container
from stackproof.trials.crashing import SURER

ONE = tree(member(1, 0, "server", HTTP))
# Struck in this order: each before what it needs.
THREE = {"a": {"depends_on": ["b"]}, "b": {"depends_on": ["c"]}, "c": {}}


@pytest.fixture
def trial(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> Trial:
    """A crash trial of three services of one process."""
    found = Trial(make_container, monkeypatch)
    found.of(**_needing(THREE))
    found.seen = [ONE]
    found.scene.events.tell(event(1, "health_status: healthy", "a1"))
    return found


def _needing(services: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {
            **raw,
            "depends_on": {other: {"condition": "service_started"} for other in raw.get("depends_on", ())},
        }
        for name, raw in services.items()
    }


def test_windows_overlap(trial: Trial) -> None:
    """All are struck, and then watched together."""
    found = trial.results()

    assert trial.log == ["strike a", "strike b", "strike c", "watch a b c"]
    assert {name: (one.policy, one.in_company) for name, one in found.items()} == dict.fromkeys(
        "abc", ("always", "")
    )


def test_one_that_stays_down(trial: Trial) -> None:
    """The others are struck in a fresh sandbox; it is not struck again, whatever else there was to strike."""
    trial.trees = {"a": pool()}
    trial.ends = [{"down": True}]
    found = trial.results()

    assert trial.log == ["strike a", "anew", "strike b", "strike c", "watch b c"]
    assert [[blow.failed for blow in found[name].blows] for name in "abc"] == [[True], [False], [False]]


def test_services_of_one_network(trial: Trial) -> None:
    """They keep that of the dead process: all that follows happens in a fresh sandbox."""
    trial.of(**_needing({"a": {"network_mode": "service:b"}, "b": {"depends_on": ["c"]}, "c": {}}))
    trial.results()

    assert trial.log == ["strike a", "strike b", "watch a b", "anew", "strike c", "watch c"]


def test_service_of_which_there_is_less_to_strike(trial: Trial) -> None:
    """The others are struck on."""
    trial.trees = {"b": pool()}
    found = trial.results()

    assert [len(found[name].blows) for name in "abc"] == [1, 3, 1]
    assert trial.log[-4:] == ["strike b", "watch b"] * 2


def test_services_that_are_gone_by_then(trial: Trial) -> None:
    """One has ended by itself, one was removed: nothing is known of them, and the third is struck."""
    there = trial.scene.there(0)
    looks = iter([there])
    trial.scene.there = lambda _now: next(looks, [there[0], there[2]])
    trial.trees = {"a": None}
    found = trial.results()

    assert trial.log == ["strike c", "watch c"]
    with pytest.raises(Unknown, match=r"^a-1 ended by itself before the fault, exit 0: the last of 1 lines$"):
        found["a"]
    with pytest.raises(Unknown, match=r"^there is no container of b any more$"):
        found["b"]


def test_nobody_knows_what_was_killed(trial: Trial) -> None:
    """What was struck before is judged first, and once more if need be; the others in a fresh sandbox."""
    short = {"again": "3.0 s after its start", "lived_before": 3.0, "lived_after": 3.0}
    trial.ends = [{}, {"raises": Unknown("it has not ended")}, short]
    found = trial.results()

    assert trial.log == [
        *("strike a", "strike b", "watch a", "anew", "strike a", "watch a", "anew", "anew"),
        *("strike c", "watch c"),
    ]
    assert not any(blow.failed for name in "ac" for blow in found[name].blows)
    with pytest.raises(Unknown, match="it has not ended"):
        found["b"]


def test_sandbox_that_does_not_come_up_again(trial: Trial, make_container: MakeContainer) -> None:
    """What is known stays known; of the others it is said why nothing is, each in its own words."""
    there = trial.scene.there(0)[:2]
    loop = make_container("c", status="restarting", restarts=4)
    trial.scene.there = lambda _now: [*there, loop]
    trial.trouble = NotReadyError({"b": "b is not ready"})
    trial.ends = [{"down": True}]
    found = trial.results()

    assert found["a"].blows[0].down
    with pytest.raises(Unknown, match=r"^the trial broke off: b is not ready$"):
        found["b"]
    with pytest.raises(Unknown, match=r"^c-1 was restarted 4 times by itself"):
        found["c"]


# -- once more -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "words", "waits"),
    [
        ({"again": "port 8000 was gone 10 s later"}, "port 8000 was gone 10 s later", SURER),
        ({"again": "", "trouble": "it is unhealthy"}, "it is unhealthy", SURER),
        ({"again": "3.0 s after its start", "lived_after": 3.0}, "3.0 s after its start", 3 + SURER),
    ],
)
def test_blow_in_company(trial: Trial, first: dict[str, Any], words: str, waits: float) -> None:
    """Another blow may have been why: it is watched longer than it lived, struck alone, and that counts."""
    trial.trees = {"b": ONE, "c": ONE}
    trial.seen = [tree(member(1, 0, "sh"), member(pid, 1, "nc", HTTP)) for pid in range(2, 9)]
    trial.ends = [{}, {}, {}, first, {"restarts": 1}]
    found = trial.results()

    assert trial.log == [
        "strike a",
        "strike b",
        "strike c",
        "watch a b c",
        "anew",
        "strike a",
        "watch a",
        "anew",
    ]
    assert trial.struck_at[3] == waits
    assert (found["a"].blows[-1].failed, found["a"].in_company, found["b"].in_company) == (False, words, "")
    assert trial.restless == [False, False]


def test_blow_before_one_that_stays_down(trial: Trial) -> None:
    """It is struck alone before anything else is struck."""
    trial.ends = [{}, {"down": True}, {"again": "port 8000 was gone 10 s later"}]
    found = trial.results()

    assert trial.log == [
        *("strike a", "strike b", "watch a b", "anew", "strike a", "watch a", "anew"),
        *("strike c", "watch c"),
    ]
    assert [[blow.failed for blow in found[name].blows] for name in "abc"] == [[False], [True], [False]]


def test_blow_alone_that_fails_as_well(trial: Trial) -> None:
    """Then it is what the first one seemed; where it stays down there is nothing to be watched."""
    trial.ends = [{}, {}, {}, {"again": "port 8000 was gone 10 s later"}, {"down": True}]
    found = trial.results()

    assert trial.log[4:] == ["anew", "strike a", "anew"]
    assert [blow.down for blow in found["a"].blows] == [True]


def test_nobody_knows_what_was_killed_alone(trial: Trial) -> None:
    """Neither the first blow nor this one says anything then."""
    again = {"again": "port 8000 was gone 10 s later"}
    trial.ends = [{}, {}, {}, again, {"raises": Unknown("it has not ended")}]

    with pytest.raises(Unknown, match="it has not ended"):
        trial.results()["a"]


@pytest.mark.parametrize("well", [True, False])
def test_one_that_ends_by_itself(trial: Trial, make_container: MakeContainer, *, well: bool) -> None:
    """Before it was struck once more: the blow was not to blame, whether it runs again by then or not."""
    others = trial.scene.there(0)[1:]

    def there(now: float) -> list[Container]:
        if well and now >= 1 and trial.scene.events.count() == 1:
            trial.scene.events.tell(event(61, "die", "a1", exitCode="7"))
        return [make_container("a", status="running" if well or now < 1 else "exited", code=7), *others]

    trial.scene.there = there
    trial.ends = [{}, {}, {}, {"again": "port 8000 was gone 10 s later"}]
    found = trial.results()

    assert trial.log[-2:] == ["anew", "anew"]
    match = r"^a-1 ended by itself before it was struck again, exit 7: the last of 1 lines$"
    with pytest.raises(Unknown, match=match):
        found["a"]


# -- what no policy starts again -----------------------------------------------------------------------


@pytest.fixture
def left_down(trial: Trial) -> Trial:
    """The same three services without a restart policy."""
    trial.policy = "no"
    return trial


def test_what_stays_down_does_not_hold_up_the_others(left_down: Trial) -> None:
    """What it was needed for is struck before it, so one fresh sandbox serves all."""
    left_down.trees = {"a": pool()}
    left_down.ends = [{"down": True}] * 3
    found = left_down.results()

    assert left_down.log == ["strike a", "strike b", "strike c", "anew"]
    assert [[blow.down for blow in found[name].blows] for name in "abc"] == [[True]] * 3


@pytest.mark.parametrize("first", [{"missing": True}, {"trouble": "it is unhealthy"}])
def test_what_is_down_may_be_why_another_does_not_come_back(left_down: Trial, first: dict[str, Any]) -> None:
    """That is struck once more while all is well; what stays down is not."""
    left_down.ends = [{"down": True}, first]
    found = left_down.results()

    assert left_down.log == [
        *("strike a", "strike b", "anew", "strike b", "watch b", "anew"),
        *("strike c", "watch c"),
    ]
    assert [found[name].blows[-1].failed for name in "abc"] == [True, False, False]
    assert [found[name].in_company for name in "abc"] == [
        "",
        first.get("trouble", "port 8000 was not there again"),
        "",
    ]


def test_what_is_down_may_be_why_another_does_not_stay(left_down: Trial) -> None:
    """So is what came back and ended once more, though nothing was struck after it."""
    left_down.ends = [{"down": True}, {"down": True}, {}, {"again": "port 8000 was gone 10 s later"}]
    found = left_down.results()

    assert left_down.log == [
        *("strike a", "strike b", "strike c", "watch a b c", "anew"),
        *("strike c", "watch c", "anew"),
    ]
    assert [found[name].blows[-1].failed for name in "abc"] == [True, True, False]


def test_what_is_down_may_be_why_another_is_not_there(left_down: Trial) -> None:
    """It is looked for again in a fresh sandbox, and struck there."""
    left_down.ends = [{"down": True}, {"raises": Unknown("it has not ended")}, {"restarts": 1}]
    found = left_down.results()

    assert left_down.log == [
        *("strike a", "strike b", "anew"),
        *("strike b", "strike c", "watch b c"),
    ]
    assert [found[name].blows[-1].failed for name in "abc"] == [True, False, False]
