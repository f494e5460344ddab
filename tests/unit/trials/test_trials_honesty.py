"""What the answers of a health check mean while its service cannot answer."""

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
    nobody = judged([disturbed(Said.YES_TO_NOBODY, NEVER, refused=(YES, YES))], None, [YES])
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

    found = judged(
        [disturbed(Said.NOT_YET, YES, whom=WEB), disturbed(Said.NO, NO)], Heartbeat(limit=None), [YES]
    )
    assert found.other == "nginx (serving 80/tcp)"


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
