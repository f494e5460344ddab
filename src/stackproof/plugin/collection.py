"""All outcomes of a run, in the controller; what was planned and never said becomes unknown."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TypedDict

import pytest

from stackproof.controls import catalogue
from stackproof.controls.control import of_item as control_of
from stackproof.outcomes.model import Outcome, OutcomeKind, Severity
from stackproof.plugin import reading
from stackproof.plugin.subjects import Subject, lane_of, services_of
from stackproof.plugin.subjects import of_item as subject_of
from stackproof.stack.contract import Waiver
from stackproof.stack.stack import Stack

Key = tuple[str, str, str, str]


class Row(TypedDict):
    """A test that is going to run against a stack."""

    node: str
    stack: str
    lane: str
    service: str | None
    container: str | None
    control: str | None
    severity: str | None
    services: list[str]
    """All that the control is decided for in this stack, selected or not."""


def write_plan(items: Iterable[pytest.Item], path: Path) -> None:
    """Note what is to be decided. Every worker collects and writes the same."""
    rows = [_row(item, subject) for item in items if (subject := subject_of(item))]
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(rows))
    draft.replace(path)


def _row(item: pytest.Item, subject: Subject) -> Row:
    control = control_of(item)
    return Row(
        node=item.nodeid,
        stack=subject.stack.name,
        lane=lane_of(control),
        service=subject.service,
        container=subject.container,
        control=control.id if control else None,
        severity=control.severity if control else None,
        services=services_of(item, subject.stack),
    )


def read_plan(path: Path) -> list[Row]:
    """Return what is to be decided; nothing when no test was collected."""
    rows: list[Row] = json.loads(path.read_text()) if path.exists() else []
    return rows


def own_tests_only(path: Path) -> bool:
    """Whether tests were collected and none decides a control: a team's own, judged by pytest alone."""
    return path.exists() and all(row["control"] is None for row in read_plan(path))


class Collection:
    """Outcomes by test, in the order of stack, control and subject."""

    def __init__(self) -> None:
        self._by_node: dict[str, Outcome] = {}

    def add(self, report: pytest.TestReport) -> None:
        """Take the outcome of a report; the worst phase of a test counts."""
        outcome = reading.of_report(report)
        if outcome is not None:
            self._by_node[report.nodeid] = outcome

    def finish(self, plan: Path, stacks: Iterable[Stack]) -> tuple[Outcome, ...]:
        """Return all outcomes, with those that never came and the waivers that waive nothing."""
        planned = read_plan(plan)
        outcomes = [*self._by_node.values(), *self._missing(planned)]
        outcomes += _stale_waivers(stacks, planned, outcomes)
        return tuple(sorted(outcomes, key=_order))

    def _missing(self, planned: Iterable[Row]) -> Iterable[Outcome]:
        for row in planned:
            if row["control"] is not None and row["node"] not in self._by_node:
                yield Outcome(
                    stack=row["stack"],
                    service=row["service"],
                    container=row["container"],
                    control=row["control"],
                    outcome=OutcomeKind.UNKNOWN,
                    severity=Severity(str(row["severity"])),
                    message="the test did not finish: the run was interrupted, or its worker died",
                )


def _order(outcome: Outcome) -> Key:
    return (
        outcome.stack,
        outcome.control,
        outcome.service or "",
        f"{outcome.container or ''} {outcome.message}",
    )


def _stale_waivers(
    stacks: Iterable[Stack], planned: Iterable[Row], outcomes: Iterable[Outcome]
) -> Iterable[Outcome]:
    """A waiver whose control ran and found nothing wrong hides the next real finding: it fails."""
    decided = _Decided(planned, outcomes)
    for stack in stacks:
        for index, waiver in enumerate(stack.contract.waivers):
            kinds = decided.kinds(stack.name, waiver)
            if kinds and not kinds & {OutcomeKind.WAIVED, OutcomeKind.UNKNOWN}:
                yield _stale(stack, index, waiver, kinds)


class _Decided:
    """What controls said, as waivers see it."""

    def __init__(self, planned: Iterable[Row], outcomes: Iterable[Outcome]) -> None:
        self._cases = {(row["stack"], row["control"]): row["services"] for row in planned}
        self._kinds: dict[tuple[str, str], dict[str | None, set[OutcomeKind]]] = {}
        for outcome in outcomes:
            said = self._kinds.setdefault((outcome.stack, outcome.control), {})
            said.setdefault(outcome.service, set()).add(outcome.outcome)

    def kinds(self, stack: str, waiver: Waiver) -> set[OutcomeKind]:
        """Return what was said of the waiver's subject; nothing when it did not run.

        A control on entries of the contract has no case for a service without one: no outcome ever comes,
        and that it ran at all is enough to know that it does not apply there.
        """
        key = stack, waiver.control
        said = self._kinds.get(key, {})
        if waiver.service in self._cases.get(key, [waiver.service]):
            return said.get(waiver.service, set())
        unknown = any(OutcomeKind.UNKNOWN in kinds for kinds in said.values())
        return {OutcomeKind.UNKNOWN if unknown else OutcomeKind.NOT_APPLICABLE} if said else set()


def _stale(stack: Stack, index: int, waiver: Waiver, kinds: set[OutcomeKind]) -> Outcome:
    entries = catalogue.entries()
    known = waiver.control in entries
    return Outcome(
        stack=stack.name,
        service=waiver.service,
        container=None,
        control=waiver.control,
        outcome=OutcomeKind.FAIL,
        severity=entries[waiver.control].control.severity if known else Severity.HIGH,
        message=f"the waiver of {waiver.control} for {waiver.service} waives nothing: remove it",
        evidence={"outcomes": sorted(kinds), "reason given": waiver.reason},
        file=str(stack.source.contract),
        line=stack.waiver_line(index),
    )
