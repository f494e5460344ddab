"""What a test is about: derived from models and contracts alone, sorted, so that all workers agree."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import pytest

from stackproof.controls.control import Lane
from stackproof.outcomes.subject import Subject
from stackproof.plugin.declared import control_of, lane_of, subject_of
from stackproof.stack.stack import Stack

# For a single worker; `scheduling` decides for several. Kin stand side by side.
LONGEST_FIRST = (
    Lane.FAULTS,
    Lane.FREEZES,
    Lane.STOPS,
    Lane.OBSERVE,
    Lane.PERSISTENCE,
    Lane.OUTAGES,
    Lane.SCALE,
)
# The fixture of a test that judges rules, a family of them at a time.
RULES = "rules"


def _containers(stack: Stack) -> Iterable[Subject]:
    for name, service in stack.services.items():
        for number in range(1, service.replicas + 1):
            yield Subject(stack=stack, service=name, number=number, label=str(number))


def _services(stack: Stack) -> Iterable[Subject]:
    return (Subject(stack=stack, service=name) for name in stack.services)


def _endpoints(stack: Stack) -> Iterable[Subject]:
    entries = stack.contract.http
    aspects = _told_apart((entry.service, entry.path) for entry in entries)
    for number, (entry, aspect) in enumerate(zip(entries, aspects, strict=True), 1):
        yield Subject(
            stack=stack, service=entry.service, entry=entry, aspect=aspect, label=f"endpoint{number}"
        )
    if not entries:
        yield Subject(stack=stack)


def _outages(stack: Stack) -> Iterable[Subject]:
    entries = stack.contract.outages
    answers = (
        (outage.stop, ", ".join(f"{each.service}{each.path}" for each in outage.expect)) for outage in entries
    )
    for number, (outage, aspect) in enumerate(zip(entries, _told_apart(answers), strict=True), 1):
        yield Subject(stack=stack, service=outage.stop, entry=outage, aspect=aspect, label=f"outage{number}")
    if not entries:
        yield Subject(stack=stack)


def _told_apart(entries: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield the aspect of each service's entry; what is written twice has a number, too."""
    seen: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        seen[entry] += 1
        yield entry[1] if seen[entry] == 1 else f"{entry[1]}#{seen[entry]}"


def _stacks(stack: Stack) -> Iterable[Subject]:
    yield Subject(stack=stack)


# A test that asks for nothing more particular is about the whole stack.
WHOLE_STACK = frozenset({"sandbox", "view", "http"})
# The most particular fixture that a test asks for decides.
SUBJECTS: dict[str, Callable[[Stack], Iterable[Subject]]] = {
    "container": _containers,
    "endpoint": _endpoints,
    "outage": _outages,
    "service": _services,
    "stack": _stacks,
}


def parametrize(metafunc: pytest.Metafunc, stacks: Iterable[Stack], families: Iterable[str]) -> None:
    """Give a test that asks for a subject one case per subject, and rules one per stack and family."""
    derive = _derivation(metafunc.fixturenames)
    if "subject" not in metafunc.fixturenames:
        return
    if RULES in metafunc.fixturenames:
        named = list(families)
        cases = [Subject(stack=stack, family=family) for stack in stacks for family in named]
    elif derive is None:
        return
    else:
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


def sort(items: list[pytest.Item]) -> None:
    """Bring tests of one sandbox together, long lanes first, whatever order was asked for within a lane.

    Controls that judge what was seen over the lane come late, and after them those whose questions a service
    may take amiss. Rules come before both: they ask little of a sandbox, so time passes in it meanwhile.
    """

    def key(item: pytest.Item) -> tuple[int, str, int, int, bool]:
        subject, control = subject_of(item), control_of(item)
        if subject is None:
            return -1, "", 0, 0, False
        late = 0 if control is None else 2 * control.greets + control.watches
        lane = lane_of(item)
        kin, own = LONGEST_FIRST.index(lane.kin), LONGEST_FIRST.index(lane)
        return kin, subject.stack.slug, own, late, bool(subject.family)

    items.sort(key=key)
