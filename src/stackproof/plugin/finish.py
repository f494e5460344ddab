"""The end of a run, in the controller: outcomes to reports, and nothing of ours left."""

import time
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from stackproof import __version__
from stackproof.controls.documentation import Documentation
from stackproof.controls.info import ControlInfo
from stackproof.errors import OUTSIDE
from stackproof.isolation import outside_policy
from stackproof.isolation.host_paths import HostPaths
from stackproof.isolation.notes import notes
from stackproof.isolation.treatment import Permits
from stackproof.outcomes import chosen, provenance
from stackproof.outcomes.causes import fold
from stackproof.outcomes.judging import cause_fingerprint
from stackproof.outcomes.model import EventInfo, Outcome, OutcomeKind, Results, RunInfo, StackInfo
from stackproof.plugin import options
from stackproof.plugin.collection import read_plan
from stackproof.plugin.ran_images import ran_images
from stackproof.plugin.scope import scope
from stackproof.plugin.session import Session
from stackproof.plugin.topology import topology
from stackproof.report import baseline
from stackproof.sandbox import images
from stackproof.stack.contract import EXPIRY_NOTICE
from stackproof.stack.stack import Stack


def results(session: Session, *, interrupted: bool = False) -> Results:
    """Gather everything that reports show; `interrupted` is whether the run was broken off."""
    said = session.collection.finish(session.plan, session.stacks, session.controls)
    outcomes, causes = fold(_doubted(session, said))
    known = options.baseline(session.config)
    used = session.collection.records.used_by(outcomes)
    documentation = Documentation.known(session.settings.documentation)
    found = Results(
        run=RunInfo(
            id=session.run.id,
            started=session.started,
            seconds=round(time.monotonic() - session.began, 1),
            stackproof=__version__,
            documentation=documentation.home,
            engine=session.engine.environment() if session.engine else {},
            compose=session.engine.compose if session.engine else "",
            contexts=session.contexts(),
            fail_on=session.settings.fail_on,
            command=session.command,
            scope=scope(session, interrupted=interrupted),
            baseline=session.settings.baseline or "",
            fail_on_new=session.settings.fail_on_new,
        ),
        stacks=tuple(_stack(session, stack) for stack in session.stacks),
        controls=tuple(documentation.linked(_controls(session, {one.control for one in outcomes}))),
        outcomes=baseline.marked(outcomes, known) if known else outcomes,
        causes=causes,
        trials=tuple(used.trials.values()),
        steps=tuple(used.steps.values()),
    )
    return provenance.with_links(found, session.config.rootpath)


def _controls(session: Session, used: set[str]) -> tuple[ControlInfo, ...]:
    """Return what a reader must know of the controls that said something, a team's own included."""
    own = map(ControlInfo.model_validate, read_plan(session.plan)["controls"])
    infos = [*(entry.info() for entry in session.controls.values()), *own]
    return tuple(info for info in sorted(infos, key=lambda info: info.id) if info.id in used)


def _doubted(session: Session, outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    """Take what passed for unknown in a stack that could act outside, whenever that was seen."""
    reached = {stack.name: session.run.folder.reached(stack.slug).read() for stack in session.stacks}
    for one in outcomes:
        how = reached.get(one.stack)
        if how is not None and one.outcome is OutcomeKind.PASS:
            doubt = {"outcome": OutcomeKind.UNKNOWN, "message": how}
            yield one.model_copy(update={**doubt, "cause": cause_fingerprint(one.stack, OUTSIDE)})
        else:
            yield one


def _stack(session: Session, stack: Stack) -> StackInfo:
    engine = session.engine
    had = images.had(stack, session.run)
    different = session.notes or notes(
        stack.model,
        permits=Permits.of(session.settings),
        paths=HostPaths(stack.source.directory),
        image_health=had.health() if had else {},
        start_intervals=engine.knows_start_intervals if engine else True,
        log_driver=str(engine.info.get("LoggingDriver") or "") if engine else "",
    )
    jobs = session.run.folder.jobs(stack.slug).read()
    expired = expiring(stack, session.started.astimezone().date())
    revision = provenance.Revisions(session.config.rootpath).around(stack.source.directory)
    untold = provenance.untold(stack.source.directory, revision)
    said = (*stack.warnings, *stack.assumptions, *different, *filter(None, [jobs]), *expired, *untold)
    # Names of variables and hosts alone, which must be readable though the rest of the value is a secret.
    outside = (
        [] if session.attached else outside_policy.notes(session.outside(stack, had.config if had else None))
    )
    return StackInfo(
        name=stack.name,
        files=tuple(provenance.shown(path, session.config.rootpath) for path in stack.source.files),
        directory=provenance.shown(stack.source.directory, session.config.rootpath),
        services=tuple(stack.services),
        profile=chosen.profile(session.settings, stack).name,
        stand_in_images=had.stand_ins if had else (),
        sandbox=_timings(session, stack),
        notes=(*map(stack.redactor.text, said), *outside),
        images=ran_images(stack, had),
        sources=provenance.sources(stack, session.config.rootpath),
        topology=topology(stack),
        revision=revision,
        timeline=tuple(_timeline(session, stack)),
    )


def _timings(session: Session, stack: Stack) -> dict[str, Any]:
    """Seconds by lane and step, summed over repetitions."""
    lanes: dict[str, dict[str, float]] = {}
    for phase in session.progress.read():
        if phase["stack"] == stack.name and phase["seconds"] is not None and not phase["service"]:
            steps = lanes.setdefault(phase["lane"], {})
            steps[phase["step"]] = round(steps.get(phase["step"], 0.0) + phase["seconds"], 2)
    return dict(sorted(lanes.items()))


def _timeline(session: Session, stack: Stack) -> Iterator[EventInfo]:
    """Yield what was done to the sandboxes of a stack and what happened in them, as it came."""
    began = session.started.timestamp()
    for phase in session.progress.read():
        if phase["stack"] == stack.name and phase["seconds"] is not None:
            yield EventInfo(
                lane=phase["lane"],
                what=phase["step"],
                container=phase["service"],
                at=round(max(phase["at"] - began, 0.0), 2),
                seconds=0.0 if phase["service"] else round(phase["seconds"], 2),
            )


def expiring(stack: Stack, today: date) -> list[str]:
    """Waivers that soon fail the run, while there is time to fix what they accept."""
    soon = [
        f"{waiver.control} for {waiver.service or 'the stack'} on {waiver.expires}"
        for waiver in stack.contract.expiring(today)
    ]
    return [f"waivers that expire within {EXPIRY_NOTICE} days: {', '.join(soon)}"] if soon else []
