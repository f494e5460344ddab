"""One cause is told once."""

from typing import Any

from stackproof.outcomes.causes import fold
from stackproof.outcomes.model import Outcome, OutcomeKind, Severity

FULL = "shop: service db is not ready after 60 s\n  last log lines:\n    cannot open /etc/db.conf"


def outcome(kind: OutcomeKind = OutcomeKind.UNKNOWN, message: str = "", **more: Any) -> Outcome:  # noqa: ANN401
    """Return an outcome."""
    fields: dict[str, Any] = {"stack": "shop", "service": "web", "container": None, "control": "a-b"} | more
    return Outcome(outcome=kind, message=message, severity=Severity.HIGH, **fields)


def test_many_outcomes_of_one_cause() -> None:
    """The longest message is the whole story; each outcome refers to it."""
    folded, (cause,) = fold(
        [
            outcome(message="shop: service db is not ready after 59 s", cause="c"),
            outcome(message=FULL, cause="c"),
        ]
    )

    assert (cause.message, cause.outcomes, cause.stack) == (FULL, 2, "shop")
    assert {one.message for one in folded} == {"not judged: shop: service db is not ready after 60 s"}
    assert {one.cause for one in folded} == {cause.fingerprint}


def test_second_reason_of_one_cause() -> None:
    """What the longest message does not tell is not lost; a number alone makes no other reason."""
    port = "shop: port 80 is taken"
    slower = FULL.partition("\n")[0].replace("60 s", "61 s")
    (cause,) = fold([outcome(message=text, cause="c") for text in (FULL, port, slower)])[1]

    assert cause.message == f"{FULL}\n{port}"


def test_outcome_that_is_alone() -> None:
    """It tells its story itself."""
    alone = outcome(message=FULL, cause="c")

    assert fold([alone]) == ((alone.model_copy(update={"cause": None}),), ())


def test_causes_are_kept_apart() -> None:
    """And what is known has none."""
    known = outcome(OutcomeKind.FAIL, "root processes")
    two = [outcome(message=f"why {name}", cause=name) for name in "ccdd"]
    folded, causes = fold([known, *two])

    assert folded[0] == known
    assert [(cause.message, cause.outcomes) for cause in causes] == [("why c", 2), ("why d", 2)]


def test_order_does_not_matter() -> None:
    """Workers finish in any order."""
    several = [outcome(message=text, cause="c") for text in ("why", FULL, "because")]

    assert fold(several)[1] == fold(reversed(several))[1]


def test_number_within_a_word() -> None:
    """A cause whose first line another one tells in its text, but for numbers, is not told twice."""
    whole = "shop: no answer\n  db-12 is not ready"
    (cause,) = fold([outcome(message=text, cause="c") for text in (whole, "db-7 is not ready\nlast line")])[1]
    assert cause.message == whole

    (cause,) = fold([outcome(message=text, cause="c") for text in (whole, "db-x is not ready")])[1]
    assert cause.message == f"{whole}\ndb-x is not ready"


def test_only_what_is_unknown_has_a_cause() -> None:
    """A failure beside it is told in its own words, and an unknown without a cause in its own."""
    failed = outcome(OutcomeKind.FAIL, "root processes", cause="c")
    unknown = [outcome(message=text, cause="c") for text in ("why", "why")]
    plain = [outcome(message="no cause"), outcome(message="no cause")]
    folded, causes = fold([failed, *unknown, *plain])

    assert [one.message for one in folded] == ["root processes", *["not judged: why"] * 2, *["no cause"] * 2]
    assert [cause.outcomes for cause in causes] == [2]
