"""What is said of a waiver that waives nothing."""

from datetime import date
from typing import Any

import pytest
from tests.unit.conftest import MakeStack

from stackproof.controls import catalogue
from stackproof.controls.catalogue import Entry
from stackproof.outcomes.model import Outcome, OutcomeKind, Severity, WaiverUse
from stackproof.outcomes.stale import stale_waivers

CONTROL = "effective-uid-nonroot"
CRITICAL = "crash-restart"
TWO = f"""
waivers:
  - {{control: {CONTROL}, service: web, reason: known, expires: 2999-06-30}}
  - {{control: {CONTROL}, service: db, reason: it must, expires: 2999-06-30}}
"""


def outcome(kind: OutcomeKind, service: str | None, **more: Any) -> Outcome:  # noqa: ANN401
    """Return an outcome of stack `shop`."""
    fields = {"stack": "shop", "control": CONTROL, "container": None, "message": ""} | more
    return Outcome(outcome=kind, service=service, severity=Severity.LOW, **fields)


@pytest.fixture
def controls() -> dict[str, Entry]:
    """Ours; the waived one is of another severity than what nobody knows."""
    entries = catalogue.entries()
    assert entries[CRITICAL].control.severity is Severity.HIGH
    return entries | {CONTROL: entries["no-privileged"]}


def test_all_that_it_says(make_stack: MakeStack, controls: dict[str, Entry]) -> None:
    """It is told from other waivers, in place, with what was seen instead and the severity of its control."""
    stack = make_stack({"web": {}, "db": {}}, TWO)
    use = WaiverUse(reason="known", expires=date(2999, 6, 30))
    said = [
        outcome(OutcomeKind.WAIVED, "web", waiver=use),
        outcome(OutcomeKind.PASS, "db"),
        outcome(OutcomeKind.ADVISORY, "db"),
    ]
    (found,) = stale_waivers([stack], {}, said, controls)

    assert found == Outcome(
        stack="shop",
        service="db",
        container=None,
        control=CONTROL,
        aspect="waiver 2",
        outcome=OutcomeKind.FAIL,
        severity=Severity.CRITICAL,
        message=f"the waiver of {CONTROL} for db waives nothing: remove it",
        fix="remove it: it would hide the next finding",
        evidence={"outcomes": [OutcomeKind.ADVISORY, OutcomeKind.PASS], "reason given": "it must"},
        file="stackproof.yml",
        line=4,
        column=5,
    )
    assert [one.severity for one in stale_waivers([stack], {}, said, {})] == [Severity.HIGH]


def test_control_that_has_no_case_for_the_service(make_stack: MakeStack, controls: dict[str, Entry]) -> None:
    """That it did not run at all says nothing; that it ran elsewhere is enough."""
    stack = make_stack({"web": {}, "db": {}}, TWO.replace(", service: db", ", service: db, aspect: x"))
    services = {("shop", CONTROL): ["other"]}

    assert list(stale_waivers([stack], services, [], controls)) == []
    found = list(stale_waivers([stack], services, [outcome(OutcomeKind.PASS, "other")], controls))
    assert [(one.service, one.evidence["outcomes"]) for one in found] == [
        ("web", [OutcomeKind.NOT_APPLICABLE]),
        ("db", [OutcomeKind.NOT_APPLICABLE]),
    ]
    unclear = [outcome(OutcomeKind.PASS, "other"), outcome(OutcomeKind.UNKNOWN, "other")]
    assert list(stale_waivers([stack], services, unclear, controls)) == []


def test_waiver_for_the_stack(make_stack: MakeStack, controls: dict[str, Entry]) -> None:
    """It is for what is said of the stack as a whole; of services it waives nothing, and says how to."""
    stack = make_stack({"web": {}}, TWO.replace("service: web, ", "").replace("service: db", "service: web"))
    use = WaiverUse(reason="known", expires=date(2999, 6, 30))
    on_stack, on_service = outcome(OutcomeKind.WAIVED, None, waiver=use), outcome(OutcomeKind.FAIL, "web")
    services = {("shop", CONTROL): ["web"]}

    (found,) = stale_waivers([stack], {}, [on_stack, on_service], controls)
    assert (found.service, found.aspect) == ("web", "waiver 2")
    first, _ = stale_waivers([stack], services, [on_service], controls)
    assert first.service is None
    assert "for the stack waives nothing: remove it, or name the service" in first.message
