"""From what a control said to outcomes."""

import pytest
from tests.unit.conftest import MakeStack

from stackproof.controls.control import Control, NotApplicable
from stackproof.errors import COMES_UP, StackError, Unknown
from stackproof.outcomes.finding import Finding, FoundError, raise_findings
from stackproof.outcomes.judging import cause_fingerprint, fingerprint, judge, said_by
from stackproof.outcomes.model import OutcomeKind, RelatedPlace, Severity
from stackproof.outcomes.subject import Subject
from stackproof.stack.places import Place

CONTROL = Control(id="http-contract-met", title="Answers", severity=Severity.HIGH, key="ports")
COMPOSE = 'services:\n  web:\n    image: "x:1"\n    ports:\n      - "80:80"\n'


def subject(make_stack: MakeStack, contract: str = "", **more: object) -> Subject:
    """Return service `web` of a stack as a subject."""
    stack = make_stack({"web": {"ports": [{"target": 80, "published": "80"}]}}, contract, compose=COMPOSE)
    return Subject(stack=stack, service="web", **more)  # type: ignore[arg-type]


def test_findings_are_outcomes_of_their_own(make_stack: MakeStack) -> None:
    """Each with its place, severity and aspect; what has no place points at the control's key."""
    findings = (
        Finding("no tag", at=("image",), aspect="tag", severity=Severity.LOW),
        Finding("is published", aspect="80/tcp"),
    )
    said = said_by(FoundError(findings))
    first, second = judge(CONTROL, subject(make_stack), said, fail_on=Severity.HIGH)

    assert (first.outcome, first.severity, first.aspect) == (OutcomeKind.ADVISORY, Severity.LOW, "tag")
    assert (first.file, first.line, first.column) == ("compose.yml", 3, 5)
    assert (second.outcome, second.severity) == (OutcomeKind.FAIL, Severity.HIGH)
    assert (second.file, second.line, second.column) == ("compose.yml", 4, 5)
    assert first.fingerprint != second.fingerprint


def test_findings_without_an_aspect_are_counted(make_stack: MakeStack) -> None:
    """Two of one name could not be waived, linked or compared apart."""
    said = said_by(FoundError((Finding("one"), Finding("two"), Finding("three", aspect="x"))))
    found = list(judge(CONTROL, subject(make_stack, aspect="/"), said, fail_on=Severity.HIGH))

    assert [one.aspect for one in found] == ["/", "/#2", "/, x"]


def test_fingerprint_is_the_same_from_run_to_run(make_stack: MakeStack) -> None:
    """Also where the service is scaled: the first replica stays what it was."""
    whole, first = subject(make_stack), subject(make_stack, number=1)
    second = subject(make_stack, number=2)

    assert fingerprint(CONTROL, whole) == fingerprint(CONTROL, first) != fingerprint(CONTROL, second)
    # Kept as words: links and comparisons of earlier runs rest on them.
    assert fingerprint(CONTROL, whole) == "e429778f111875a8"
    assert fingerprint(CONTROL, second) == "b5c3f5438f4d4e24"
    assert fingerprint(CONTROL, Subject(stack=whole.stack)) == "5e747613d6cc5f85"
    assert fingerprint(CONTROL, whole, "\udcff") == "36cc26dbf8c204b2"  # a byte of a path that is no UTF-8


def test_waiver_of_one_aspect(make_stack: MakeStack) -> None:
    """A waiver for a missing page does not hide another endpoint's failure."""
    contract = (
        "waivers:\n  - {control: http-contract-met, service: web, aspect: /old, "
        "reason: gone, owner: platform, expires: 2999-01-01}\n"
    )
    said = said_by(AssertionError("status 404"))
    kinds = {
        aspect: next(
            judge(CONTROL, subject(make_stack, contract, aspect=aspect), said, fail_on=Severity.HIGH)
        )
        for aspect in ("/old", "/")
    }

    assert kinds["/old"].outcome is OutcomeKind.WAIVED
    assert kinds["/old"].waiver is not None
    assert (kinds["/old"].waiver.aspect, kinds["/old"].waiver.owner) == ("/old", "platform")
    assert (kinds["/old"].waiver.file, kinds["/old"].waiver.line) == ("stackproof.yml", 2)
    assert kinds["/"].outcome is OutcomeKind.FAIL


def test_waiver_that_matches_a_message(make_stack: MakeStack) -> None:
    """Another finding of the same control on the same service is not accepted with it."""
    waiver = "control: http-contract-met, service: web, match: '40[34]', reason: r, expires: 2999-01-01"
    contract = f"waivers: [{{{waiver}}}]"
    said = said_by(FoundError((Finding("status 404"), Finding("status 500"))))
    waived, other = judge(CONTROL, subject(make_stack, contract), said, fail_on=Severity.HIGH)

    assert (waived.outcome, other.outcome) == (OutcomeKind.WAIVED, OutcomeKind.FAIL)
    assert waived.waiver is not None
    assert (waived.waiver.match, waived.waiver.aspect, other.waiver) == ("40[34]", None, None)


def test_cause_has_a_fingerprint(make_stack: MakeStack) -> None:
    """Of its stack: two stacks that do not come up are two causes."""
    said = said_by(StackError("shop did not come up").because(COMES_UP))
    (found,) = judge(CONTROL, subject(make_stack), said, fail_on=Severity.HIGH)

    assert found.outcome is OutcomeKind.UNKNOWN
    # Kept as words: links and comparisons of earlier runs rest on them.
    assert found.cause == cause_fingerprint("shop", COMES_UP) == "5cdd8606ffe1b672"
    assert cause_fingerprint("blog", COMES_UP) != found.cause != cause_fingerprint("shop", "else")


def test_what_is_unclear_beside_findings(make_stack: MakeStack) -> None:
    """Is unknown though the findings are waived: nobody accepted what was not seen."""
    contract = "waivers: [{control: http-contract-met, service: web, reason: r, expires: 2999-01-01}]"
    with pytest.raises(FoundError) as found:
        raise_findings([Finding("open", aspect="a")], unclear="the other port is silent")
    judged = list(judge(CONTROL, subject(make_stack, contract), said_by(found.value), fail_on=Severity.HIGH))

    assert [(one.outcome, one.message) for one in judged] == [
        (OutcomeKind.WAIVED, "open"),
        (OutcomeKind.UNKNOWN, "the other port is silent"),
    ]
    with pytest.raises(Unknown, match="silent"):
        raise_findings([], unclear="silent")


def test_nothing_found() -> None:
    """Then a test goes on."""
    raise_findings([])
    with pytest.raises(FoundError, match="one; two"):
        raise_findings([Finding("one"), Finding("two")])


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (None, OutcomeKind.PASS, CONTROL.title),
        (NotApplicable("it publishes no port"), OutcomeKind.NOT_APPLICABLE, "it publishes no port"),
        (AssertionError("web is root"), OutcomeKind.FAIL, "web is root"),
        (Unknown("web is gone"), OutcomeKind.UNKNOWN, "web is gone"),
        (KeyError("web"), OutcomeKind.UNKNOWN, "internal error: KeyError: 'web'"),
        (KeyboardInterrupt(), OutcomeKind.UNKNOWN, "KeyboardInterrupt"),
    ],
)
def test_what_an_error_says(
    make_stack: MakeStack, error: BaseException | None, kind: OutcomeKind, message: str
) -> None:
    """Only a control that ended without one has passed; of what nobody expected nothing is known."""
    (found,) = judge(CONTROL, subject(make_stack), said_by(error), fail_on=Severity.HIGH)

    assert (found.outcome, found.message, found.seconds) == (kind, message, 0.0)
    assert bool(found.cause) == (kind is OutcomeKind.UNKNOWN)


def test_unknown_has_its_own_fix(make_stack: MakeStack) -> None:
    """That of its message, or what helps with errors of its kind; and the same words have one cause."""
    said = Unknown("no image\n  fix: pull sesame-open\n       or build it")
    stack = make_stack({"web": {"environment": {"API_KEY": "sesame-open"}}, "db": {}})
    named, other = (
        next(judge(CONTROL, Subject(stack=stack, service=name), said_by(said), fail_on=Severity.HIGH))
        for name in ("web", "db")
    )
    (plain,) = judge(CONTROL, subject(make_stack), said_by(KeyError("web")), fail_on=Severity.HIGH)

    assert (named.message, named.fix) == ("no image", "pull [redacted]\nor build it")
    assert named.cause == other.cause != plain.cause
    assert "mistake in the control" in plain.fix


def test_pass_says_what_was_seen(make_stack: MakeStack) -> None:
    """In one sentence, without secrets."""
    about = make_stack({"web": {"environment": {"API_KEY": "sesame-open"}}})
    (found,) = judge(
        CONTROL,
        Subject(stack=about, service="web"),
        said_by(None),
        fail_on=Severity.HIGH,
        evidence={"key": "sesame-open", "ports": [80, 443]},
    )

    assert found.message == f"{CONTROL.title}: key [redacted]; ports 80, 443"


def test_seconds_and_evidence(make_stack: MakeStack) -> None:
    """In thousandths; of a control that names no key the place is its service."""
    bare = Control(id="a-b", title="Answers", severity=Severity.HIGH)
    said = said_by(AssertionError("no"))
    (found,) = judge(
        bare, subject(make_stack), said, fail_on=Severity.HIGH, evidence={"port": 80}, seconds=1.23456
    )

    assert (found.seconds, found.evidence, found.line) == (1.235, {"port": 80}, 2)


ENTRIES = (
    "http:\n  - {service: web, path: /a}\n  - {service: web, path: /b}\n"
    "outages:\n  - {stop: web, expect: [{service: web, path: /}]}\n"
)


@pytest.mark.parametrize(("key", "index", "line"), [("http", 0, 2), ("http", 1, 3), ("outages", 0, 5)])
@pytest.mark.parametrize("error", [FoundError((Finding("no"),)), Unknown("cannot tell")])
def test_promise_is_the_second_place(
    make_stack: MakeStack, key: str, index: int, line: int, error: Exception
) -> None:
    """What an entry of the contract promises is judged: the finding names that entry, too."""
    whole = subject(make_stack, ENTRIES)
    asked = subject(make_stack, ENTRIES, entry=getattr(whole.stack.contract, key)[index])
    (found,) = judge(CONTROL, asked, said_by(error), fail_on=Severity.HIGH)

    assert (found.file, found.line) == ("compose.yml", 4)
    assert found.related == (RelatedPlace(file="stackproof.yml", line=line, column=5, what="promised here"),)


@pytest.mark.parametrize(
    ("place", "at", "related"),
    [
        (Place("Dockerfile", 3), ("image",), ("compose.yml", 3, 5)),
        (Place("web.env", 1, 1), (), ("compose.yml", 4, 5)),
        (Place("compose.yml", 9, 1), (), None),
        (None, ("image",), None),
    ],
)
def test_service_is_the_second_place_of_what_stands_elsewhere(
    make_stack: MakeStack, place: Place | None, at: tuple[str, ...], related: tuple[object, ...] | None
) -> None:
    """In a Dockerfile, an env file or the like; in the same file one place is enough."""
    said = said_by(FoundError((Finding("no", at=at, place=place),)))
    (found,) = judge(CONTROL, subject(make_stack), said, fail_on=Severity.HIGH)

    assert [(one.file, one.line, one.column) for one in found.related] == ([related] if related else [])
    assert {one.what for one in found.related} <= {"the service's own lines"}


def test_pass_has_one_place(make_stack: MakeStack) -> None:
    """There is nothing to see to."""
    whole = subject(make_stack, ENTRIES)
    asked = subject(make_stack, ENTRIES, entry=whole.stack.contract.http[0])
    (found,) = judge(CONTROL, asked, said_by(None), fail_on=Severity.HIGH)

    assert (found.outcome, found.related) == (OutcomeKind.PASS, ())
