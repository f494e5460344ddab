"""From what a control said of a subject to outcomes: place, waiver, gate, fingerprint. Pure."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from stackproof.controls.control import Control, NotApplicable
from stackproof.errors import StackproofError
from stackproof.outcomes import fixes, unforeseen
from stackproof.outcomes.decision import decide
from stackproof.outcomes.finding import Finding, FoundError
from stackproof.outcomes.model import Outcome, OutcomeKind, RelatedPlace, Severity, WaiverUse
from stackproof.outcomes.sentence import passed
from stackproof.outcomes.subject import ContractEntry, Subject
from stackproof.stack.contract import Outage
from stackproof.stack.places import Place
from stackproof.stack.stack import Stack


@dataclass(frozen=True, kw_only=True)
class Said:
    """One thing that a control said, before waiver and gate."""

    kind: OutcomeKind
    finding: Finding = field(default_factory=lambda: Finding(""))
    cause: str = ""
    """Where many controls meet one obstacle: which it is, see `StackproofError.cause`."""
    fix: str = ""
    """What to do about what kept it from being judged."""


# What is said alone, if it is said.
_QUIET = frozenset({OutcomeKind.PASS, OutcomeKind.NOT_APPLICABLE})
# Most of what is said: made once.
_PASSED = (Said(kind=OutcomeKind.PASS),)


def said_by(error: BaseException | None) -> tuple[Said, ...]:
    """Return what a control said that ended in an error, or in none."""
    match error:
        case None:
            return _PASSED
        case NotApplicable():
            return (Said(kind=OutcomeKind.NOT_APPLICABLE, finding=Finding(str(error))),)
        case FoundError():
            failed = (Said(kind=OutcomeKind.FAIL, finding=finding) for finding in error.findings)
            return (*failed, *(said_by(error.obstacle) if error.obstacle else ()))
        case AssertionError():
            return (Said(kind=OutcomeKind.FAIL, finding=Finding(str(error))),)
        case StackproofError():
            return (unknown(str(error), error, error.cause),)
    return (unknown(unforeseen.told(error), error),)


def unknown(message: str, error: BaseException, cause: str = "") -> Said:
    """Return that a control could not tell. What it says in the same words of several is one cause."""
    told, fix = fixes.apart(message)
    fix = fix or fixes.by_kind(error)
    return Said(kind=OutcomeKind.UNKNOWN, finding=Finding(told), cause=cause or told, fix=fix)


def judge(  # noqa: PLR0913 - what an outcome is made of
    control: Control,
    subject: Subject,
    said: tuple[Said, ...],
    *,
    fail_on: Severity,
    evidence: Mapping[str, Any] | None = None,
    seconds: float = 0.0,
    at_most: Severity = Severity.CRITICAL,
    brief: bool = False,
) -> Iterator[Outcome]:
    """Yield one outcome for each thing that a control said of a subject, with secrets redacted.

    Findings of a severity above `at_most` are of that one. `brief` is for whom what passed or does not apply
    is a number: such an outcome has neither message nor place, and none has its evidence.
    """
    if brief:
        evidence = None
        if said[0].kind in _QUIET:
            yield _counted(control, subject, said[0].kind)
            return
    for one in _told_apart(subject, said):
        severity = _lower(one.finding.severity or control.severity, at_most)
        yield _outcome(
            control, subject, one, severity, fail_on=fail_on, evidence=evidence or {}, seconds=seconds
        )


def _outcome(  # noqa: PLR0913 - what an outcome is made of
    control: Control,
    subject: Subject,
    one: Said,
    severity: Severity,
    *,
    fail_on: Severity,
    evidence: Mapping[str, Any],
    seconds: float,
) -> Outcome:
    redactor = subject.stack.redactor
    finding = one.finding
    message = redactor.text(finding.message or _good(control, one, evidence))
    waiver = _waiver(control, subject, finding.aspect, message) if one.kind is OutcomeKind.FAIL else None
    decision = decide(one.kind, severity, fail_on=fail_on, waiver=waiver)
    place = _place(control, subject, finding)
    return Outcome(
        **_names(control, subject, one),
        aspect=redactor.text(finding.aspect),
        outcome=decision.kind,
        severity=severity,
        message=message,
        fix=redactor.text(one.fix),
        evidence=redactor.data(dict(evidence)) if evidence else {},
        waiver=decision.waiver,
        file=place.file,
        line=place.line,
        column=place.column,
        related=_related(control, subject, one, place),
        seconds=round(seconds, 3),
    )


def _counted(control: Control, subject: Subject, kind: OutcomeKind) -> Outcome:
    """Return an outcome that says no more than that there is one."""
    return Outcome(
        stack=subject.stack.name,
        service=subject.service,
        container=subject.container,
        control=control.id,
        outcome=kind,
        severity=control.severity,
        message="",
    )


@cache
def _lower(one: Severity, other: Severity) -> Severity:
    return min(one, other, key=lambda severity: severity.rank)


def _good(control: Control, one: Said, evidence: Mapping[str, Any]) -> str:
    return passed(control.title, evidence) if one.kind is OutcomeKind.PASS else ""


def _names(control: Control, subject: Subject, one: Said) -> dict[str, Any]:
    """What tells an outcome from others, and ties it to those of one cause."""
    return {
        "stack": subject.stack.name,
        "service": subject.service,
        "container": subject.container,
        "control": control.id,
        "fingerprint": fingerprint(control, subject, one.finding.aspect),
        "cause": cause_fingerprint(subject.stack.name, one.cause) if one.cause else None,
    }


def _told_apart(subject: Subject, said: tuple[Said, ...]) -> Iterator[Said]:
    """Give each an aspect of its own: the subject's, the finding's, and a number where these are the same."""
    if len(said) == 1 and not subject.aspect:
        yield said[0]
        return
    seen: Counter[str] = Counter()
    for one in said:
        aspect = ", ".join(filter(None, (subject.aspect, one.finding.aspect)))
        seen[aspect] += 1
        if seen[aspect] > 1:
            aspect = f"{aspect}#{seen[aspect]}"
        same = aspect == one.finding.aspect
        yield one if same else replace(one, finding=replace(one.finding, aspect=aspect))


def _waiver(control: Control, subject: Subject, aspect: str, message: str) -> WaiverUse | None:
    if not subject.stack.contract.waivers:
        return None
    found = subject.stack.contract.waiver(control.id, subject.service, aspect, message)
    if found is None:
        return None
    place = subject.stack.contract_place("waivers", subject.stack.contract.waivers.index(found))
    return WaiverUse(
        reason=found.reason,
        expires=found.expires,
        owner=found.owner,
        aspect=found.aspect,
        match=found.match,
        file=place.file,
        line=place.line,
    )


def _place(control: Control, subject: Subject, finding: Finding) -> Place:
    """Return where the finding is written, or the key that the control is about, or the service."""
    if finding.place:
        return finding.place
    if subject.service is None:
        return subject.stack.locate(finding.at)
    below = finding.at or ((control.key,) if control.key else ())
    return subject.stack.locate(("services", subject.service, *below))


def _related(control: Control, subject: Subject, said: Said, place: Place) -> tuple[RelatedPlace, ...]:
    """Return what else a finding rests on: what the contract promises, and where the service stands."""
    if said.kind not in (OutcomeKind.FAIL, OutcomeKind.UNKNOWN):
        return ()
    found = []
    if subject.entry is not None:
        found.append((_promised(subject.stack, subject.entry), "promised here"))
    own = _place(control, subject, replace(said.finding, place=None))
    if own.file != place.file:
        found.append((own, "the service's own lines" if subject.service else "the stack"))
    return tuple(
        RelatedPlace(file=where.file, line=where.line, column=where.column, what=what)
        for where, what in found
    )


def _promised(stack: Stack, entry: ContractEntry) -> Place:
    if isinstance(entry, Outage):
        return stack.contract_place("outages", stack.contract.outages.index(entry))
    return stack.contract_place("http", stack.contract.http.index(entry))


def fingerprint(control: Control, subject: Subject, aspect: str = "") -> str:
    """Return what names an outcome from run to run: stack, service, control, aspect, and which replica."""
    replica = str(subject.number) if (subject.number or 1) > 1 else ""
    return name_of(subject.stack.name, subject.service or "", control.id, aspect, replica)


def name_of(stack: str, service: str, control: str, aspect: str, replica: str = "") -> str:
    """Return the fingerprint of what these words name."""
    return _digest(stack, service, control, aspect, replica)


def cause_fingerprint(stack: str, cause: str) -> str:
    """Return what names a cause from run to run."""
    return _digest(stack, "cause", cause)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()[:16]
