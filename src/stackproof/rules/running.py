"""One loop runs all rules over all their subjects, in this process."""

import inspect
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from types import TracebackType
from typing import Any, Self

from stackproof.controls.catalogue import Entry
from stackproof.controls.control import Control, Needs, NotApplicable
from stackproof.controls.severity import Severity
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import Finding, FoundError
from stackproof.outcomes.judging import Said, said_by
from stackproof.outcomes.subject import Subject
from stackproof.rules.image import Image
from stackproof.stack.model import Service
from stackproof.stack.stack import Stack

Images = Callable[[Stack, str], Image]
"""Returns the image of a service; raises StackproofError where it cannot be had."""
_PARTS: dict[str, Callable[[Service], Iterable[object]]] = {
    "port": lambda service: service.ports,
    "mount": lambda service: service.mounts,
}
_NONE = {"port": "publishes no port", "mount": "mounts nothing"}


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """What one rule said of one subject."""

    control: Control
    subject: Subject
    said: tuple[Said, ...]
    evidence: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0


class _Attempt:
    """Keeps whatever a rule raises: one may have any mistake in it, and then its answer is unknown."""

    error: Exception | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        # Where nobody asks for its place: it would hold the calls on its way, and they hold it.
        self.error = error.with_traceback(None) if isinstance(error, NotApplicable) else error
        return True


def rulings(stack: Stack, rules: Iterable[Entry], images: Images, *, brief: bool = False) -> Iterator[Ruling]:
    """Judge a stack by rules; `images` is only asked by those that need one, once for each service.

    `brief` is for whom evidence is nothing: then there is none.
    """
    whole, each = [Subject(stack=stack)], _services(stack)
    image = cache(lambda service: images(stack, service))
    for entry in rules:
        for subject in each if _asked(entry.function).of_services else whole:
            yield _ruling(entry, subject, image, brief=brief)


def severity_beside_proof(control: Control, subject: Subject, runs: Callable[[str], bool]) -> Severity:
    """Return the severity that a rule's findings have at most; `runs` says whether a control is judged, too.

    What happens in the containers is decided there, and one mistake is told once as high. A one-shot has
    ended by then, and so may have what looks like one.
    """
    if control.proven_by is None or not runs(control.proven_by) or subject.service is None:
        return Severity.CRITICAL
    if subject.service in subject.stack.model.one_shots:
        return Severity.CRITICAL
    service = subject.stack.services[subject.service]
    may_end = service.restart.partition(":")[0] in ("no", "on-failure") and not service.ports
    return Severity.MEDIUM if may_end and not service.health_test else Severity.LOW


def subjects(entry: Entry, stack: Stack) -> list[Subject]:
    """Return what a rule is decided for: each service, or the stack."""
    return _services(stack) if _asked(entry.function).of_services else [Subject(stack=stack)]


def _services(stack: Stack) -> list[Subject]:
    return [Subject(stack=stack, service=name) for name in stack.services]


def _ruling(entry: Entry, subject: Subject, image: Callable[[str], Image], *, brief: bool) -> Ruling:
    began = time.monotonic()
    evidence: dict[str, Any] = {}
    findings: list[Finding] = []
    with _Attempt() as attempt:
        for finding in _findings(entry, subject, image, Evidence(None if brief else evidence)):
            findings.append(_checked(finding))  # noqa: PERF401 - those before an error are kept
    return Ruling(
        control=entry.control,
        subject=subject,
        said=said_by(_all_told(findings, attempt.error)),
        evidence=evidence,
        seconds=time.monotonic() - began,
    )


def _checked(finding: object) -> Finding:
    if not isinstance(finding, Finding):
        msg = f"a rule yields a Finding, and not {type(finding).__name__}"
        raise TypeError(msg)
    return finding


def _all_told(findings: list[Finding], error: Exception | None) -> Exception | None:
    """Return how a rule ended. What it had found by then counts, whatever came after it."""
    if not findings:
        return error
    return FoundError(tuple(findings), None if isinstance(error, NotApplicable) else error)


def _findings(
    entry: Entry, subject: Subject, image: Callable[[str], Image], evidence: Evidence
) -> Iterable[Finding]:
    asked = _asked(entry.function)
    given: dict[str, Any] = {"stack": subject.stack, "evidence": evidence}
    if subject.service is not None:
        given["service"] = service = subject.stack.services[subject.service]
        if not service.replicas:
            msg = f"{service.name} has no container: its author starts none (replicas: 0)"
            raise NotApplicable(msg)
        if service.is_provided:
            msg = f"{service.name} has no container: a provider runs it"
            raise NotApplicable(msg)
        if entry.control.needs is Needs.IMAGE:
            given["image"] = image(service.name)
        if asked.part:
            return _of_parts(entry, asked.part, service, given)
    found: Iterable[Finding] = entry.function(**{name: given[name] for name in asked.names})
    return found


def _of_parts(entry: Entry, part: str, service: Service, given: dict[str, Any]) -> Iterator[Finding]:
    parts = list(_PARTS[part](service))
    if not parts:
        msg = f"{service.name} {_NONE[part]}"
        raise NotApplicable(msg)
    asked = _asked(entry.function)
    left_out: list[NotApplicable] = []
    for one in parts:
        everything = {**given, part: one}
        try:
            yield from entry.function(**{name: everything[name] for name in asked.names})
        except NotApplicable as error:  # says nothing of the other parts
            left_out.append(error.with_traceback(None))
    if len(left_out) == len(parts):
        raise left_out[0]


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """What the function of a rule asks for."""

    names: tuple[str, ...]
    part: str
    """What it is called for each of; empty for one that is called once."""
    of_services: bool


@cache
def _asked(function: Callable[..., Any]) -> _Asked:
    names = tuple(inspect.signature(function).parameters)
    part = next((name for name in _PARTS if name in names), "")
    return _Asked(names=names, part=part, of_services=bool(part) or "service" in names)
