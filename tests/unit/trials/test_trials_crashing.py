"""What is struck when, and what is struck once more."""

from typing import Any

import pytest
from tests.unit.conftest import MakeContainer
from tests.unit.trials.crashes import Trial, pool
from tests.unit.trials.trees import HTTP, WRAPPED, member, service, tree

from stackproof.errors import Unknown
from stackproof.stack.model import Model
from stackproof.trials import crashing, standing
from stackproof.trials.aims import aims, instead, matching
from stackproof.trials.blow import Blow, Struck
from stackproof.trials.crashing import SURER, _in_doubt, dependants_first


@pytest.fixture
def trial(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> Trial:
    """A crash trial."""
    return Trial(make_container, monkeypatch)


def test_doubt(make_container: MakeContainer) -> None:
    """Another blow in its window, or no longer life before than after: that is no proof against the blow."""
    aim = aims(WRAPPED, service())[0]
    one, other = (
        Struck(
            blow=Blow(words="", wrapper="", promise=""),
            aim=aim,
            before=make_container(),
            back=make_container(),
        )
        for _ in range(2)
    )

    def failed(**what: Any) -> Blow:  # noqa: ANN401 - fields of a blow
        return Blow(words="", wrapper="", promise="", **what)

    again = failed(again="x", lived_before=60.0, lived_after=3.0)
    assert _in_doubt(again, one, [one, other])
    assert not _in_doubt(again, other, [one, other])
    assert _in_doubt(again, other, [one, other, one])
    assert _in_doubt(failed(again="x", lived_before=3.0 + SURER / 2, lived_after=3.0), other, [other])
    assert not _in_doubt(failed(again="x", lived_before=3.0 + SURER, lived_after=3.0), other, [other])
    assert not _in_doubt(failed(down=True), one, [one, other])
    assert not _in_doubt(failed(missing=True), one, [one, other])
    assert _in_doubt(failed(again="x", changed=True), other, [other])


def test_dependants_come_first() -> None:
    """Each is struck while what it needs is well."""
    raw = {
        "services": {
            "db": {},
            "app": {"depends_on": {"db": {"condition": "service_started"}}},
            "side": {"network_mode": "service:app"},
            "proxy": {"depends_on": {"app": {"condition": "service_healthy"}}},
        }
    }
    order = dependants_first(Model(raw=raw))

    assert order[-2:] == ["app", "db"]
    assert set(order) == {"db", "app", "side", "proxy"}


# -- the plan ------------------------------------------------------------------------------------------


def test_same_aim_in_a_fresh_sandbox() -> None:
    """It is known by what it serves; pids, chosen numbers and words of a command are others there."""
    plan = aims(pool(port="tcp 41213"), service())
    fresh = aims(pool(100, port="tcp 38001"), service())

    assert [matching(plan, n, fresh) for n in range(3)] == fresh
    assert fresh[1].words == "a worker that serves port 38001 (gunicorn)"


def test_aim_that_is_not_there_yet() -> None:
    """Then none is taken for it, whatever stands at its place in the list."""
    plan, fresh = aims(pool(), service()), aims(pool(100, workers=0), service())

    assert matching(plan, 1, fresh) is None
    assert matching(plan, 2, fresh) is fresh[1]


def test_two_of_a_kind() -> None:
    """Each is struck."""
    several = tree(
        member(1, 0, "sh"), member(2, 1, "a", HTTP), member(3, 2, "a", HTTP), member(4, 1, "a", HTTP),
        member(5, 4, "a", HTTP),
    )  # fmt: skip
    plan = aims(several, service())
    found = [matching(plan, n, plan) for n in range(len(plan))]

    assert found == plan
    assert [[victim.pid for victim in aim.victims] for aim in plan] == [[2, 3, 4, 5], [3], [5], [1]]


def test_what_has_its_place() -> None:
    """A service that listens on more by now is struck all the same; a worker only where there is one."""
    early, late = tree(member(1, 0, "java")), tree(member(1, 0, "java", "tcp 8080"))
    plan = aims(early, service())

    assert matching(plan, 0, aims(late, service())) is None
    assert instead(plan[0], aims(late, service())) == aims(late, service())[0]
    assert (
        instead(aims(pool(), service())[0], aims(pool(100, port="tcp 9000"), service()))
        == aims(pool(100, port="tcp 9000"), service())[0]
    )
    assert instead(aims(pool(), service())[1], aims(pool(workers=0), service())) is None
    others = aims(pool(100, port="tcp 9000"), service())
    assert instead(aims(pool(), service())[1], others) is others[1]


# -- the trial -----------------------------------------------------------------------------------------


def test_each_aim_is_struck_in_turn(trial: Trial) -> None:
    """By the plan that was made at the first strike, also where its pids are others by then."""
    trial.ends = [{}, {}, {}]
    trial.seen = [pool(), pool(100), pool(100), pool(200)]

    assert [blow.failed for blow in trial.result().blows] == [False, False, False]
    assert trial.struck == [[2, 3], [103], [101]]


def test_aim_is_waited_for(trial: Trial) -> None:
    """A sandbox that has just come up has no workers yet."""
    trial.ends = [{}, {}, {}]
    trial.seen = [pool(), pool(100, workers=0), pool(100, workers=0), pool(100)]

    trial.result()
    assert trial.struck == [[2, 3], [103], [101]]


def test_aim_that_does_not_come(trial: Trial) -> None:
    """What was not struck was not seen to come back."""
    trial.ends = [{}]
    trial.seen = [pool(), pool(100, workers=0)]

    with pytest.raises(Unknown, match=r"a worker that serves port 8000 \(gunicorn\) of web-1 was not there"):
        trial.result()


def test_service_that_serves_more_by_then(trial: Trial) -> None:
    """What was there at the first strike may have been half of it."""
    half, whole = (
        tree(member(1, 0, "sh"), member(2, 1, "beam", *ports)) for ports in ((HTTP,), (HTTP, "tcp 5672"))
    )
    trial.ends = [{}, {}]
    trial.seen = [half, whole]

    assert [blow.failed for blow in trial.result().blows] == [False, False]
    assert trial.struck == [[2], [1]]
    assert trial.struck_at == [0, standing.WINDOW]


def test_main_process_of_a_container_that_was_restarted(trial: Trial) -> None:
    """What serves took it along, and the policy has acted: it is not struck again, a worker is."""
    trial.ends = [{"restarts": 1}, {}]

    assert trial.result().policy == "always"
    assert trial.struck == [[2, 3], [3]]


def test_nobody_knows_what_was_killed(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then nothing else is asked of that sandbox."""

    def strike(*_words: object) -> Struck:
        msg = "it has not ended"
        raise Unknown(msg)

    monkeypatch.setattr(crashing, "strike", strike)

    with pytest.raises(Unknown, match="it has not ended"):
        trial.result()
    assert trial.made == 1


def test_another_process_does_its_work(trial: Trial) -> None:
    """Whether it is so without a blow, too, is seen before the next one."""
    changed = {"again": "within 10 s, and was started once more", "changed": True}
    trial.seen = [WRAPPED]
    trial.ends = [{}, changed, {}, {}]
    trial.result()
    assert trial.restless == [False, False, False]
    assert trial.scene.now >= standing.WINDOW

    trial.restless.clear()
    trial.ends = [{}, changed, {}, {}]
    moving = [tree(member(1, 0, "sh"), member(pid, 1, "nc", HTTP)) for pid in range(2, 9)]
    trial.seen = moving
    trial.result()
    assert trial.restless == [False, True, False]
