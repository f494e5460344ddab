"""How much of the catalogue a run covers, and what left the rest out."""

from collections.abc import Iterator

from stackproof.outcomes.model import Scope
from stackproof.plugin import options
from stackproof.plugin.collection import read_plan
from stackproof.plugin.session import Session
from stackproof.settings import Settings

TYPED = "command line"
_NAMED = 3


def scope(session: Session, *, interrupted: bool) -> Scope:
    """Return what a run covers."""
    settings = options.settings_of(session.config)
    selections = [options.selection(session.config, stack) for stack in session.stacks]
    every = [entry.control for entry in session.controls.values()]
    wanted = {one.id for one in every if any(selection.runs(one) for selection in selections)}
    profiles = {one.profile.name: one.profile for one in selections if one.profile}
    judged = {one.id for one in every if any(profile.has(one) for profile in profiles.values())}
    asked = set(read_plan(session.plan)["asked"])
    narrowed = [*_by_options(settings)]
    if left := sorted(wanted - asked):
        named = ", ".join(left[:_NAMED]) + (f" and {len(left) - _NAMED} more" if len(left) > _NAMED else "")
        narrowed.append(f"no test was collected for {named}")
    return Scope(
        profile=", ".join(sorted(profiles)),
        catalogue=len(every),
        known=len(judged | asked),
        chosen=len(asked),
        narrowed=tuple(narrowed),
        interrupted=interrupted,
    )


def _by_options(settings: Settings) -> Iterator[str]:
    for name in ("select", "ignore"):
        if patterns := getattr(settings, name):
            yield f"{name} {', '.join(patterns)} ({settings.origins.get(name, TYPED)})"
    if settings.attach is not None:
        yield f"only looks at the running project {settings.attach}"
    if settings.no_contract:
        yield "without the contract (--no-contract)"
