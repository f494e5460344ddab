"""Several finished runs as one: shards of a matrix, or runs of one day."""

import re
from collections.abc import Iterable, Sequence

from stackproof.outcomes.model import Cause, ControlInfo, Outcome, Results, RunInfo, Scope, StackInfo
from stackproof.outcomes.steps import Records

_COUNTED = re.compile(r"\d+ of \d+, ")
_Key = tuple[str, str | None, str | None, str, str]


def merge(several: Sequence[Results]) -> Results:
    """Return one run of several. What two of them say of the same thing, the later run says.

    Raises ValueError without any.
    """
    ordered = sorted(several, key=lambda one: one.run.started)
    if len(ordered) == 1:
        return ordered[0]
    controls = {control.id: control for one in ordered for control in one.controls}
    outcomes: dict[_Key, Outcome] = {}
    for one in ordered:
        outcomes |= {_key(outcome): outcome for outcome in one.outcomes}
    told = Records()
    for one in ordered:
        told.steps |= {step.id: step for step in one.steps}
        told.trials |= {trial.id: trial for trial in one.trials}
    used = told.used_by(outcomes.values())
    return Results(
        run=_run([one.run for one in ordered], controls, tuple(_narrowed(ordered))),
        stacks=tuple(_stacks(ordered)),
        controls=tuple(sorted(controls.values(), key=lambda control: control.id)),
        outcomes=tuple(outcomes.values()),
        causes=tuple(_causes(ordered, outcomes.values())),
        trials=tuple(used.trials.values()),
        steps=tuple(used.steps.values()),
    )


def _key(outcome: Outcome) -> _Key:
    return outcome.stack, outcome.service, outcome.container, outcome.control, outcome.aspect


def _run(runs: Sequence[RunInfo], controls: dict[str, ControlInfo], narrowed: tuple[str, ...]) -> RunInfo:
    first, last = runs[0], runs[-1]
    ended = max(run.started.timestamp() + run.seconds for run in runs)
    return last.model_copy(
        update={
            "id": "+".join(dict.fromkeys(run.id for run in runs)),
            "started": first.started,
            "seconds": round(ended - first.started.timestamp(), 1),
            "command": "; ".join(dict.fromkeys(run.command for run in runs)),
            "fail_on": min((run.fail_on for run in runs), key=lambda severity: severity.rank),
            "scope": _scope([run.scope for run in runs], len(controls), narrowed),
        }
    )


def _narrowed(several: Sequence[Results]) -> Iterable[str]:
    """Yield what kept stacks from being asked all, with their names where it was not so for each.

    A stack was asked all by one run, or by shards that have the controls together.
    """
    names = dict.fromkeys(stack.name for one in several for stack in one.stacks)
    less = [name for name in names if not _asked_all(name, [one for one in several if _has(one, name)])]
    scopes = [one.run.scope for one in several]
    alike = len({(scope.chosen, scope.known, scope.narrowed) for scope in scopes}) == 1
    if alike and len(less) == len(names):
        return scopes[0].narrowed
    told: dict[str, None] = {}
    for one in several:
        own = [name for name in less if _has(one, name)]
        if own and len(own) == len(names):
            told |= dict.fromkeys(one.run.scope.narrowed)
        elif own:
            told |= dict.fromkeys(_with_names(one, own))
    return told


def _with_names(one: Results, own: Sequence[str]) -> Iterable[str]:
    """Yield what narrowed a run, with the stacks that it is so for; a merged run says that already."""
    scope = one.run.scope
    for why in scope.narrowed:
        named = _named(one, why)
        if those := [name for name in own if name in named]:
            said = (
                why.partition(": ")[2] if _is_named(one, why) else f"{scope.chosen} of {scope.known}, {why}"
            )
            yield f"{', '.join(those)}: {said}"


def _is_named(one: Results, why: str) -> bool:
    """Whether a merge put names of stacks, and how much was asked of them, before a reason."""
    head, _, said = why.partition(": ")
    return bool(_COUNTED.match(said)) and all(_has(one, name) for name in head.split(", "))


def _named(one: Results, why: str) -> set[str]:
    """Return the stacks that a reason is of: all of the run, unless a merge named some."""
    return set(why.partition(": ")[0].split(", ")) if _is_named(one, why) else {s.name for s in one.stacks}


def _whole(one: Results, name: str) -> bool:
    """Whether a run asked all of a stack."""
    scope = one.run.scope
    return not scope.interrupted and not any(name in _named(one, why) for why in scope.narrowed)


def _has(one: Results, name: str) -> bool:
    return any(stack.name == name for stack in one.stacks)


def _asked_all(name: str, those: Sequence[Results]) -> bool:
    scopes = [one.run.scope for one in those]
    if any(_whole(one, name) for one in those):
        return True
    if any(scope.narrowed and scope.chosen == scope.known for scope in scopes):
        return False  # it asked all, and looked at less
    said = {outcome.control for one in those for outcome in one.outcomes if outcome.stack == name}
    return len(said) >= max(scope.known for scope in scopes)


def _scope(scopes: Sequence[Scope], said: int, narrowed: tuple[str, ...]) -> Scope:
    """Return what they cover together: shards by control may have asked everything."""
    known = max(scope.known for scope in scopes)
    chosen = min(known, max(said, *(scope.chosen for scope in scopes)))
    profiles = {name for scope in scopes for name in scope.profile.split(", ") if name}
    return Scope(
        profile=", ".join(sorted(profiles)),
        catalogue=max(scope.catalogue for scope in scopes),
        known=known,
        chosen=chosen,
        narrowed=narrowed,
        interrupted=any(scope.interrupted for scope in scopes),
    )


def _stacks(several: Iterable[Results]) -> Iterable[StackInfo]:
    found: dict[str, StackInfo] = {}
    for stack in (stack for one in several for stack in one.stacks):
        known = found.get(stack.name)
        found[stack.name] = stack if known is None else _both(known, stack)
    return found.values()


def _both(earlier: StackInfo, later: StackInfo) -> StackInfo:
    together = {
        name: tuple(dict.fromkeys((*getattr(earlier, name), *getattr(later, name))))
        for name in ("files", "services", "stand_in_images", "notes")
    }
    return later.model_copy(update={**together, "sandbox": {**earlier.sandbox, **later.sandbox}})


def _causes(several: Iterable[Results], outcomes: Iterable[Outcome]) -> Iterable[Cause]:
    """Yield those that still keep something from being judged."""
    kept = [outcome.cause for outcome in outcomes if outcome.cause]
    told = {cause.fingerprint: cause for one in several for cause in one.causes}
    for cause in told.values():
        if count := kept.count(cause.fingerprint):
            yield cause.model_copy(update={"outcomes": count})
