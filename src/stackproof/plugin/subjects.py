"""What a test is about: derived from models and contracts alone, sorted, so that all workers agree."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pytest

from stackproof.controls.control import Control, Lane
from stackproof.controls.control import of_item as control_of
from stackproof.stack.contract import HttpExpectation, Outage
from stackproof.stack.stack import Stack

# A worker that begins a long lane last keeps all others waiting.
LONGEST_FIRST = (Lane.FAULTS, Lane.PERSISTENCE, Lane.OUTAGES, Lane.OBSERVE, Lane.SCALE)

ContractEntry = HttpExpectation | Outage


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A stack, or a service, container or contract entry of it."""

    stack: Stack
    service: str | None = None
    number: int | None = None
    entry: ContractEntry | None = None
    label: str = ""

    @property
    def id(self) -> str:
        """The id in brackets behind a test's name."""
        return "-".join(str(part) for part in (self.stack.slug, self.service, self.label) if part)

    @property
    def container(self) -> str | None:
        """Name of the container, if the subject is one."""
        return f"{self.service}-{self.number}" if self.number is not None else None


def _containers(stack: Stack) -> Iterable[Subject]:
    for name, service in stack.services.items():
        for number in range(1, service.replicas + 1):
            yield Subject(stack=stack, service=name, number=number, label=str(number))


def _services(stack: Stack) -> Iterable[Subject]:
    return (Subject(stack=stack, service=name) for name in stack.services)


def _endpoints(stack: Stack) -> Iterable[Subject]:
    entries = stack.contract.http
    for number, entry in enumerate(entries, 1):
        yield Subject(stack=stack, service=entry.service, entry=entry, label=f"endpoint{number}")
    if not entries:
        yield Subject(stack=stack)


def _outages(stack: Stack) -> Iterable[Subject]:
    for number, outage in enumerate(stack.contract.outages, 1):
        yield Subject(stack=stack, service=outage.stop, entry=outage, label=f"outage{number}")
    if not stack.contract.outages:
        yield Subject(stack=stack)


def _stacks(stack: Stack) -> Iterable[Subject]:
    yield Subject(stack=stack)


# A test that asks for nothing more particular is about the whole stack.
WHOLE_STACK = frozenset({"sandbox", "http"})
# The most particular fixture that a test asks for decides.
SUBJECTS: dict[str, Callable[[Stack], Iterable[Subject]]] = {
    "container": _containers,
    "endpoint": _endpoints,
    "outage": _outages,
    "service": _services,
    "stack": _stacks,
}


def parametrize(metafunc: pytest.Metafunc, stacks: Iterable[Stack]) -> None:
    """Give a test that asks for a subject one case per subject."""
    derive = _derivation(metafunc.fixturenames)
    if derive is None or "subject" not in metafunc.fixturenames:
        return
    cases = [subject for stack in stacks for subject in derive(stack)]
    metafunc.parametrize("subject", cases, ids=[subject.id for subject in cases], indirect=True)


def _derivation(fixtures: Iterable[str]) -> Callable[[Stack], Iterable[Subject]] | None:
    asked = set(fixtures)
    whole = _stacks if asked & WHOLE_STACK else None
    return next((SUBJECTS[name] for name in SUBJECTS if name in asked), whole)


def services_of(item: pytest.Item, stack: Stack) -> list[str]:
    """Return the services that a test can have a case for, whether or not the case was selected."""
    derive = _derivation(getattr(item, "fixturenames", ()))
    if derive is _containers:  # a service scaled to none today has containers tomorrow
        derive = _services
    return sorted({subject.service for subject in derive(stack) if subject.service}) if derive else []


def lane_of(control: Control | None) -> Lane:
    """The lane of a test; a team's own test that declares no control only observes."""
    return control.lane if control is not None else Lane.OBSERVE


def of_item(item: pytest.Item) -> Subject | None:
    """Return the subject of a collected test."""
    callspec = getattr(item, "callspec", None)
    subject = callspec.params.get("subject") if callspec is not None else None
    return subject if isinstance(subject, Subject) else None


def sort(items: list[pytest.Item]) -> None:
    """Bring tests of one sandbox together, long lanes first, whatever order was asked for within a lane."""

    def key(item: pytest.Item) -> tuple[int, str]:
        subject = of_item(item)
        if subject is None:
            return -1, ""
        return LONGEST_FIRST.index(lane_of(control_of(item))), subject.stack.slug

    items.sort(key=key)
