"""Waivers that waive nothing. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from stackproof.controls.catalogue import Entry
from stackproof.outcomes.model import Outcome, OutcomeKind, Severity
from stackproof.stack.contract import Waiver
from stackproof.stack.stack import Stack

Services = Mapping[tuple[str, str], list[str]]
"""By stack and control: the services that the control is decided for, selected or not."""


def stale_waivers(
    stacks: Iterable[Stack], services: Services, outcomes: Iterable[Outcome], controls: Mapping[str, Entry]
) -> Iterator[Outcome]:
    """A waiver whose control ran and found nothing that it is for hides the next real finding: it fails."""
    decided = _Decided(services, outcomes)
    for stack in stacks:
        for index, waiver in enumerate(stack.contract.waivers):
            kinds = decided.kinds(stack.name, waiver)
            if kinds and OutcomeKind.UNKNOWN not in kinds and not decided.used(stack.name, waiver):
                yield _stale(stack, index, waiver, kinds, controls)


class _Decided:
    """What controls said, as waivers see it."""

    def __init__(self, services: Services, outcomes: Iterable[Outcome]) -> None:
        self._services = services
        self._said: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
        for outcome in outcomes:
            self._said[outcome.stack, outcome.control].append(outcome)

    def kinds(self, stack: str, waiver: Waiver) -> set[OutcomeKind]:
        """Return what was said of the waiver's service, or of the stack; nothing when it did not run.

        A control on entries of the contract has no case for a service without one: no outcome ever comes,
        and that it ran at all is enough to know that it does not apply there.
        """
        key = stack, waiver.control
        said = self._said[key]
        here = {outcome.outcome for outcome in said if outcome.service == waiver.service}
        if here or waiver.service in self._services.get(key, [waiver.service] if waiver.service else []):
            return here
        unknown = any(outcome.outcome is OutcomeKind.UNKNOWN for outcome in said)
        return {OutcomeKind.UNKNOWN if unknown else OutcomeKind.NOT_APPLICABLE} if said else set()

    def used(self, stack: str, waiver: Waiver) -> bool:
        """Whether something was waived by just this waiver."""
        return any(
            (use.aspect, use.match) == (waiver.aspect, waiver.match)
            for outcome in self._said[stack, waiver.control]
            if outcome.service == waiver.service and (use := outcome.waiver)
        )


def _stale(
    stack: Stack, index: int, waiver: Waiver, kinds: set[OutcomeKind], controls: Mapping[str, Entry]
) -> Outcome:
    known = controls.get(waiver.control)
    fix = "remove it" if waiver.service else "remove it, or name the service that it is for"
    place = stack.contract_place("waivers", index)
    return Outcome(
        stack=stack.name,
        service=waiver.service,
        container=None,
        control=waiver.control,
        aspect=f"waiver {index + 1}",
        outcome=OutcomeKind.FAIL,
        severity=known.control.severity if known else Severity.HIGH,
        message=f"the waiver of {waiver} waives nothing: {fix}",
        fix=f"{fix}: it would hide the next finding",
        evidence={"outcomes": sorted(kinds), "reason given": waiver.reason},
        file=place.file,
        line=place.line,
        column=place.column,
    )
