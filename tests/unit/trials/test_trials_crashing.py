"""What is struck when, and what is struck once more."""

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer
from tests.unit.trials.scenes import Scene
from tests.unit.trials.trees import member, service, tree

from stackproof.errors import Unknown
from stackproof.sandbox.container import Container
from stackproof.stack.model import Model
from stackproof.trials import crashing, standing
from stackproof.trials.aims import Aim, aims, instead, matching
from stackproof.trials.blow import Blow, Struck
from stackproof.trials.crashing import SURER, CrashTrial, _in_doubt, crash_trial, dependants_first
from stackproof.trials.tree import Tree

HTTP = "tcp 8000"
WRAPPED = tree(member(1, 0, "sh"), member(2, 1, "python", HTTP))


def pool(shift: int = 0, *, workers: int = 1, port: str = HTTP) -> Tree:
    """Return a server below a shell with its workers; pids are others in each sandbox."""
    main = 1 + shift
    several = [member(main + 2 + n, main + 1, "gunicorn", port) for n in range(workers)]
    return tree(member(main, 0, "sh"), member(main + 1, main, "gunicorn", port), *several)


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
    assert _in_doubt(failed(again="x", lived_before=3.0 + SURER / 2, lived_after=3.0), other, [other])
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


# -- the trial -----------------------------------------------------------------------------------------


class Trial:
    """A crash trial of one service in which each blow has the end that the test gives it."""

    def __init__(self, make: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made = 0
        self.seen: list[Tree] = [pool()]
        self.struck: list[list[int]] = []
        self.restless: list[bool] = []
        self.ends: list[dict[str, Any]] = []
        self.make = make
        self.scene = Scene(lambda _now: [make("web")], stack=self._stack())
        sandbox: Any = self.scene
        sandbox.down = lambda **_words: None
        sandbox.up = self._up
        for module in (standing, crashing):
            monkeypatch.setattr(module, "time", self.scene)
        monkeypatch.setattr("stackproof.engine.engine.clock", lambda: "2027-03-01T09:35:00.25Z")
        monkeypatch.setattr("stackproof.trials.tree.look", self._look)
        monkeypatch.setattr(crashing, "strike", self._strike)
        monkeypatch.setattr(crashing, "settled", self._settled)

    def _stack(self) -> SimpleNamespace:
        model = Model(raw={"services": {"web": {}}})
        return SimpleNamespace(services=model.services, model=model)

    def _up(self) -> None:
        self.made += 1

    def _look(self, containers: Sequence[Container], _own: object) -> dict[str, Tree]:
        seen = self.seen.pop(0) if len(self.seen) > 1 else self.seen[0]
        return {container.id: seen for container in containers}

    def _strike(self, container: Container, aim: Aim, _sandbox: object) -> Struck:
        self.struck.append([victim.pid for victim in aim.victims])
        blow = Blow(words=aim.words, wrapper="sh", promise="port 8000", **self.ends.pop(0))
        return Struck(blow=blow, aim=aim, before=container, back=None if blow.failed else container)

    def _settled(
        self, struck: Sequence[Struck], _sandbox: object, _window: float, *, restless: bool = False
    ) -> list[Blow]:
        self.restless.append(restless)
        later = self.ends.pop(0) if self.ends and "again" in self.ends[0] else {}
        return [replace(one.blow, **later) for one in struck]

    def result(self) -> CrashTrial:
        """Perform it."""
        sandbox: Any = self.scene
        return crash_trial(sandbox)["web"]


@pytest.fixture
def trial(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> Trial:
    """A crash trial."""
    return Trial(make_container, monkeypatch)


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
