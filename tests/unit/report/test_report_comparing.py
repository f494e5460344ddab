"""Two finished runs side by side."""

from tests.unit.report.samples import outcome, proven

from stackproof.outcomes.model import Outcome, OutcomeKind, Results
from stackproof.report.comparing import Comparison

FAIL, PASS, UNKNOWN = OutcomeKind.FAIL, OutcomeKind.PASS, OutcomeKind.UNKNOWN


def run_of(*outcomes: Outcome) -> Results:
    """Return a run that said this."""
    return proven().model_copy(update={"outcomes": outcomes})


def names(outcomes: tuple[Outcome, ...]) -> list[str]:
    """Return controls and aspects."""
    return [" ".join(filter(None, (one.control, one.aspect))) for one in outcomes]


def test_what_became_of_findings() -> None:
    """New, fixed, as before, and not asked again."""
    earlier = run_of(
        outcome(FAIL, "stays", "web"),
        outcome(FAIL, "mended", "web"),
        outcome(FAIL, "forgotten", "web"),
        outcome(PASS, "breaks", "web"),
    )
    later = run_of(
        outcome(FAIL, "stays", "web", "in other words", line=99),
        outcome(PASS, "mended", "web"),
        outcome(UNKNOWN, "breaks", "web"),
    )
    found = Comparison.of(earlier, later)

    assert names(found.new) == ["breaks"]
    assert names(found.fixed) == ["mended"]
    assert names(found.unchanged) == ["stays"]
    assert found.unchanged[0].line == 99
    assert names(found.unasked) == ["forgotten"]


def test_findings_of_one_control() -> None:
    """One of two is gone: its control was asked again, and says the other only."""
    earlier = run_of(outcome(FAIL, "ports", "web", aspect="80"), outcome(FAIL, "ports", "web", aspect="81"))
    found = Comparison.of(earlier, run_of(outcome(FAIL, "ports", "web", aspect="81")))

    assert (names(found.fixed), names(found.unchanged), found.new) == (["ports 80"], ["ports 81"], ())


def test_nothing_left_to_ask() -> None:
    """A control without a subject in the whole stack was asked, too."""
    later = run_of(outcome(OutcomeKind.NOT_APPLICABLE, "ports", None))

    assert names(Comparison.of(run_of(outcome(FAIL, "ports", "web")), later).fixed) == ["ports"]


def test_what_is_accepted_is_not_fixed() -> None:
    """Neither fails a run, and both are still there: by a waiver, by a higher gate."""
    earlier = run_of(outcome(FAIL, "a", "web"), outcome(FAIL, "b", "web"))
    later = run_of(outcome(OutcomeKind.WAIVED, "a", "web"), outcome(OutcomeKind.ADVISORY, "b", "web"))

    found = Comparison.of(earlier, later)
    assert (found.fixed, found.unasked, names(found.accepted)) == ((), (), ["a", "b"])
    assert [one.outcome for one in found.accepted] == [OutcomeKind.WAIVED, OutcomeKind.ADVISORY]
