"""What a collected test decides: a control, or all rules of a family."""

from collections.abc import Iterator

import pytest

from stackproof.controls.catalogue import Entry
from stackproof.controls.control import Control, Lane, of_function
from stackproof.outcomes.subject import Subject

MARK = "control"


def control_of(item: pytest.Item) -> Control | None:
    """Return the control that a test decides, or None for any other test."""
    return of_function(getattr(item, "function", None))


def subject_of(item: pytest.Item) -> Subject | None:
    """Return the subject of a collected test."""
    callspec = getattr(item, "callspec", None)
    subject = callspec.params.get("subject") if callspec is not None else None
    return subject if isinstance(subject, Subject) else None


def lane_of(item: pytest.Item) -> Lane:
    """The lane of a test; a team's own test that declares no control only observes."""
    control = control_of(item)
    return control.lane if control is not None else Lane.OBSERVE


def rules_of(item: pytest.Item, catalogue: dict[str, Entry]) -> list[Entry]:
    """Return the rules that a test judges: those of its family; none for any other test."""
    subject = subject_of(item)
    return of_family(subject.family, catalogue) if subject and subject.family else []


def of_family(family: str, catalogue: dict[str, Entry]) -> list[Entry]:
    """Return the rules of a family, by id."""
    return [entry for entry in catalogue.values() if entry.is_rule and entry.family == family]


def families(catalogue: dict[str, Entry]) -> list[str]:
    """Return the families that have rules, sorted."""
    return sorted({entry.family for entry in catalogue.values() if entry.is_rule})


def declared(item: pytest.Item, catalogue: dict[str, Entry]) -> Iterator[Control]:
    """Yield every control that a test decides."""
    if control := control_of(item):
        yield control
    yield from (entry.control for entry in rules_of(item, catalogue))
