"""All outcomes of a run, in the controller; what was planned and never said becomes unknown."""

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import pytest

from stackproof.controls.catalogue import Entry
from stackproof.controls.control import Control
from stackproof.controls.info import ControlInfo
from stackproof.outcomes import chosen, fixes
from stackproof.outcomes.judging import cause_fingerprint, fingerprint
from stackproof.outcomes.model import Outcome, OutcomeKind, Severity
from stackproof.outcomes.stale import stale_waivers
from stackproof.outcomes.steps import Records
from stackproof.outcomes.subject import Subject
from stackproof.plugin import options, reading, recorded, selection
from stackproof.plugin.declared import control_of, declared, lane_of, subject_of
from stackproof.plugin.subjects import services_of
from stackproof.rules.running import subjects
from stackproof.stack.stack import Stack

if TYPE_CHECKING:
    from stackproof.plugin.session import Session


_UNFINISHED = "the test did not finish: the run was interrupted, or its worker died"


class Row(TypedDict):
    """A control that a test is going to decide for a subject; or a test without a control."""

    node: str
    stack: str
    lane: str
    service: str | None
    container: str | None
    control: str | None
    severity: str | None
    fingerprint: str
    services: list[str]
    """All that the control is decided for in this stack, selected or not."""


class Plan(TypedDict):
    """What a run is going to decide."""

    rows: list[Row]
    asked: list[str]
    """Controls of the catalogue that tests were collected for, whether they apply to a stack or not."""
    controls: list[dict[str, object]]
    """Controls that are collected and in no catalogue: those that a team's own tests declare."""


def write_plan(items: Iterable[pytest.Item], session: "Session") -> None:
    """Note what is to be decided. Every worker collects and writes the same."""
    items = list(items)
    plan = Plan(
        asked=sorted(_asked(items, session)),
        rows=[row for item in items for row in _rows(item, session)],
        controls=[info.model_dump(mode="json") for info in _uncatalogued(items, session.controls)],
    )
    draft = session.plan.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(plan))
    draft.replace(session.plan)


def _asked(items: Iterable[pytest.Item], session: "Session") -> set[str]:
    if not session.controls:
        return set()
    selections = partial(options.selection, session.config)
    found = {
        one.id
        for item in items
        for one in filter(selection.of_item(selections, item).runs, declared(item, session.controls))
    }
    return found & set(session.controls)


def _uncatalogued(items: Iterable[pytest.Item], controls: Mapping[str, Entry]) -> Iterator[ControlInfo]:
    seen = set(controls)
    for item in items:
        control = control_of(item)
        if control is not None and control.id not in seen:
            seen.add(control.id)
            family = item.path.stem.removeprefix("test_").replace("_", " ")
            yield Entry.of(getattr(item, "function"), control, family).info()  # noqa: B009 - of functions only


def _rows(item: pytest.Item, session: "Session") -> Iterator[Row]:
    subject = subject_of(item)
    if subject is None:
        return
    profile = chosen.profile(session.settings, subject.stack)
    if not subject.family:
        control = control_of(item)
        graded = profile.graded(control) if control else None
        yield _row(item, subject, graded, services_of(item, subject.stack))
        return
    wanted = options.selection(session.config, subject.stack)
    for entry in selection.rules(wanted, item, session.controls):
        cases = subjects(entry, subject.stack)
        services = sorted({case.service for case in cases if case.service})
        yield from (_row(item, case, profile.graded(entry.control), services) for case in cases)


def _row(item: pytest.Item, subject: Subject, control: Control | None, services: list[str]) -> Row:
    return Row(
        node=item.nodeid,
        stack=subject.stack.name,
        lane=lane_of(item),
        service=subject.service,
        container=subject.container,
        control=control.id if control else None,
        severity=control.severity if control else None,
        fingerprint=fingerprint(control, subject, subject.aspect) if control else "",
        services=services,
    )


def read_plan(path: Path) -> Plan:
    """Return what is to be decided; nothing when no test was collected."""
    return json.loads(path.read_text()) if path.exists() else Plan(rows=[], asked=[], controls=[])


def own_tests_only(path: Path) -> bool:
    """Whether tests were collected and none decides a control: a team's own, judged by pytest alone."""
    return path.exists() and all(row["control"] is None for row in read_plan(path)["rows"])


class Collection:
    """Outcomes by test, in the order of stack, control and subject."""

    def __init__(self) -> None:
        self._by_node: dict[str, list[Outcome]] = {}
        self.records = Records()
        """Steps and trials of all reports."""
        self.failed_otherwise = False
        """Whether something failed that is no outcome: a team's own test, or pytest itself."""

    def add(self, report: pytest.TestReport) -> None:
        """Take the outcomes of a report; the last phase of a test that says any counts."""
        self.records.add(recorded.of_report(report))
        if found := reading.of_report(report):
            self._by_node[report.nodeid] = found
        elif report.failed:
            self.failed_otherwise = True

    def finish(
        self, plan: Path, stacks: Iterable[Stack], controls: Mapping[str, Entry]
    ) -> tuple[Outcome, ...]:
        """Return all outcomes, with those that never came and the waivers that waive nothing."""
        rows = read_plan(plan)["rows"]
        outcomes = [outcome for found in self._by_node.values() for outcome in found]
        outcomes += self._missing(rows)
        services = {(row["stack"], row["control"] or ""): row["services"] for row in rows}
        outcomes += stale_waivers(stacks, services, outcomes, controls)
        return tuple(sorted(outcomes, key=_order))

    def _missing(self, rows: Iterable[Row]) -> Iterator[Outcome]:
        # A test says all that it has to say of a control at once, or nothing.
        said: dict[str, set[str]] = defaultdict(set)
        for node, found in self._by_node.items():
            said[node] = {outcome.control for outcome in found}
        for row in rows:
            control = row["control"]
            if control is not None and control not in said[row["node"]]:
                yield Outcome(
                    stack=row["stack"],
                    service=row["service"],
                    container=row["container"],
                    control=control,
                    fingerprint=row["fingerprint"],
                    outcome=OutcomeKind.UNKNOWN,
                    severity=Severity(str(row["severity"])),
                    message=_UNFINISHED,
                    cause=cause_fingerprint(row["stack"], _UNFINISHED),
                    fix=fixes.UNFINISHED,
                )


def _order(outcome: Outcome) -> tuple[str, ...]:
    return (
        outcome.stack,
        outcome.control,
        outcome.service or "",
        outcome.container or "",
        outcome.aspect,
        outcome.message,
    )
