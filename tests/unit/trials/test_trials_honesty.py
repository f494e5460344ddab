"""What the answers of a health check mean while its service cannot answer."""

from collections.abc import Mapping
from contextlib import nullcontext
from functools import partial
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest

from stackproof.errors import Unknown
from stackproof.stack.heartbeat import LONGEST, Heartbeat
from stackproof.trials import honesty
from stackproof.trials.asking import Answer, words_of
from stackproof.trials.honesty import Disturbed, Said, heard, judged, wavers
from stackproof.trials.serving import Group, Servers

YES = Answer(code=0, seconds=0.1)
NO = Answer(code=1, seconds=0.1, said="refused")
LATE = Answer(code=28, seconds=2.1)
NEVER = Answer(code=None, seconds=3.2)
API = Group(ports=("81/tcp",), processes={12: "api"})
WEB = Group(ports=("80/tcp",), processes={10: "nginx", 11: "nginx"})
BEAT = Heartbeat(limit=30)


def said(
    *answers: Answer, seconds: float = 1.0, heartbeat: Heartbeat | None = None, whimsical: bool = False
) -> Said | None:
    """Hear some answers."""
    return heard(list(answers), seconds, heartbeat, slack=0.3, whimsical=whimsical)


def test_yes_twice_decides() -> None:
    """Once may be a moment; a check that reads a heartbeat is asked on."""
    assert said(YES) is None
    assert said(YES, YES) is Said.YES
    assert said(YES, YES, heartbeat=BEAT) is None


def test_no_that_was_waited_for_decides_at_once() -> None:
    """A clock or a coin keeps nobody waiting."""
    assert said(NEVER) is Said.NO
    assert said(LATE) is Said.NO
    assert said(YES, YES, LATE, heartbeat=BEAT) is Said.NO


def test_quick_no_must_last() -> None:
    """What changes each second says yes meanwhile."""
    assert said(NO, NO, NO) is None
    assert said(NO, NO, NO, NO) is Said.NO
    assert said(NO, NO, NO, NO, whimsical=True) is None
    assert said(*[NO] * 18, whimsical=True) is Said.NO
    assert said(NO, YES) is Said.BOTH
    assert said(YES, NO, NO, YES, heartbeat=BEAT) is Said.BOTH


def test_check_with_whims_may_be_slow_on_a_whim() -> None:
    """One no that was waited for is not enough of it."""
    assert said(NEVER, whimsical=True) is None
    assert said(LATE, LATE, LATE, whimsical=True) is None
    assert said(LATE, YES, whimsical=True) is Said.BOTH
    assert said(*[NEVER] * 4, whimsical=True) is Said.NO


def test_heartbeat_is_given_its_time() -> None:
    """One that cannot be stale in time is known at once; one whose limit nobody knows stays open."""
    assert said(YES, YES, seconds=LONGEST - 1, heartbeat=BEAT) is None
    assert said(YES, YES, seconds=LONGEST, heartbeat=BEAT) is Said.YES
    assert said(YES, YES, seconds=LONGEST, heartbeat=Heartbeat(limit=None)) is Said.NOT_YET
    assert said(YES, YES, heartbeat=Heartbeat(limit=300)) is Said.NOT_YET
    assert said(YES, heartbeat=Heartbeat(limit=300)) is None


def disturbed(
    what: Said, *answers: Answer, whom: Group | None = None, refused: tuple[Answer, ...] = ()
) -> Disturbed:
    """Return one disturbance."""
    return Disturbed(whom=whom, count=2, said=what, seconds=2.0, answers=answers, refused=refused)


def test_honest_check() -> None:
    """It said no when all were frozen, or those that serve."""
    for whom in (WEB, None):
        trial = judged([disturbed(Said.NO, NEVER, whom=whom, refused=(NO,))], None, [YES])

        assert (trial.asleep, trial.nobody, trial.other) == ("", "", "")
        assert trial.before == ("exit 0",)
        assert trial.steps[0]["when_refused"] == ("exit 1: refused",)


def test_what_is_wrong() -> None:
    """Each in its own words."""
    asleep = judged([disturbed(Said.YES, YES, YES)], None, [YES])
    both = judged([disturbed(Said.BOTH, NO, YES, whom=WEB)], None, [YES])
    nobody = judged([disturbed(Said.YES_TO_NOBODY, NEVER, refused=(NO, NO, YES))], None, [YES])
    other = judged([disturbed(Said.YES, YES, YES, whom=WEB), disturbed(Said.NO, NEVER)], None, [YES])

    assert (asleep.asleep, asleep.often) == ("all its processes", "2 of 2 answers in 2 s")
    assert (both.asleep, both.often) == ("nginx (serving 80/tcp)", "1 of 2 answers in 2 s")
    assert nobody.nobody == "exit 0 after 0.1 s"
    assert other.other == "nginx (serving 80/tcp)"
    assert [bool(t.asleep) + bool(t.nobody) + bool(t.other) for t in (asleep, both, nobody, other)] == [1] * 4


def test_heartbeat_that_was_fresh_all_the_time() -> None:
    """Unknown, with the limit where it is known; one that another process beats is answered by that."""
    with pytest.raises(Unknown, match="not stale within 75 s: its limit is 300 s"):
        judged([disturbed(Said.NOT_YET, YES, YES)], Heartbeat(limit=300), [YES])
    with pytest.raises(Unknown, match=r"not stale within 75 s$"):
        judged([disturbed(Said.NOT_YET, YES, YES)], Heartbeat(limit=None), [YES])

    found = judged(
        [disturbed(Said.NOT_YET, YES, whom=WEB), disturbed(Said.NO, NO)], Heartbeat(limit=None), [YES]
    )
    assert found.other == "nginx (serving 80/tcp)"


def test_what_nobody_had_time_to_freeze() -> None:
    """The check may ask the one that was left out; that it says yes to a hung service is sure."""
    yes, left = disturbed(Said.YES, YES, YES, whom=WEB), disturbed(Said.UNTRIED, whom=API)

    with pytest.raises(Unknown, match=r"to freeze api \(serving 81/tcp\); api \(serving 81/tcp\)$"):
        judged([yes, left, left, disturbed(Said.NO, NEVER)], BEAT, [YES])
    assert judged([yes, left, disturbed(Said.YES, YES, YES)], BEAT, [YES]).asleep == "all its processes"


class Frozen:
    """A container whose processes are frozen on a clock of the test's own, and a check that says yes."""

    service, slack, spoiled = "web", 0.3, False
    labels: Mapping[str, str] = MappingProxyType({})

    def __init__(self, monkeypatch: pytest.MonkeyPatch, groups: int, left: tuple[str, ...] = ()) -> None:
        self.now, self.left, self.answers = 0.0, left, [YES]
        self.stack = SimpleNamespace(services={"web": None})
        found = tuple(Group(ports=(f"{n}/tcp",), processes={n: "web"}) for n in range(groups))
        known = Servers(processes=dict.fromkeys(range(groups + 1), "web"), groups=found)
        monkeypatch.setattr(honesty, "time", self)
        monkeypatch.setattr(honesty, "servers", lambda *_words: known)
        monkeypatch.setattr(honesty, "frozen", lambda *_words: nullcontext([1]))
        monkeypatch.setattr(honesty, "silent", lambda *_words: nullcontext(self.left))

    def monotonic(self) -> float:
        """Tell the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let it pass."""
        self.now += seconds

    def ask(self) -> Answer:
        """Answer, the last again and again."""
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def test_many_groups_are_not_waited_for_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """A heartbeat takes its time for each that it does not notice."""
    place: Any = Frozen(monkeypatch, groups=9)
    found = list(honesty._disturb(place, place, place, BEAT, whimsical=False))  # noqa: SLF001 - without an engine

    assert [step.said for step in found] == [Said.YES] * 2 + [Said.UNTRIED] * 7 + [Said.YES]
    assert place.now < honesty.ALONE_FOR + 2 * LONGEST
    place = Frozen(monkeypatch, groups=9)
    found = list(honesty._disturb(place, place, place, None, whimsical=False))  # noqa: SLF001
    assert [step.said for step in found] == [Said.YES] * 10


@pytest.mark.parametrize(
    ("left", "answer", "kept"),
    [
        pytest.param((), NEVER, True, id="refused everywhere"),
        pytest.param(("@x",), NO, True, id="refused at once"),
        pytest.param(("@x",), YES, True, id="says yes to nobody"),
        pytest.param(("@x",), NEVER, False, id="no answer"),
        pytest.param(("/run/a.sock",), LATE, False, id="its own time-out"),
    ],
)
def test_socket_that_could_not_be_moved(
    monkeypatch: pytest.MonkeyPatch, *, left: tuple[str, ...], answer: Answer, kept: bool
) -> None:
    """Who waits was perhaps not refused: that is no answer; who is quick, or says yes, gave one."""
    place: Any = Frozen(monkeypatch, groups=1, left=left)
    place.answers = [answer]
    ask = partial(honesty._refused, place, place, place)  # noqa: SLF001 - without an engine

    if kept:
        assert ask((Said.NO, (NEVER,), 1.0))[-1] == answer
    else:
        with pytest.raises(Unknown, match=f"could not be tried: not moved aside, .*: {left[0]}"):
            ask((Said.NO, (NEVER,), 1.0))
        assert ask((Said.NO, (LATE,), 1.0)) == ()


def test_who_is_frozen_alone() -> None:
    """Those that serve beside others; a container that only serves is frozen as a whole."""
    assert honesty.alone(Servers(processes={10: "nginx", 11: "nginx"}, groups=(WEB,))) == ()
    assert honesty.alone(Servers(processes={1: "sh", 10: "nginx", 11: "nginx"}, groups=(WEB,))) == (WEB,)


def test_check_that_wavers() -> None:
    """A no after a yes; what came before the first yes was the start."""
    assert wavers([1, 1, 0, 1])
    assert not wavers([1, 0, 0])
    assert not wavers([1, 1])


def test_answers_in_words() -> None:
    """Equal ones in a row are one."""
    assert words_of([YES, YES, NEVER, NO]) == ("exit 0 (2 times)", "no answer in time", "exit 1: refused")
