"""The end of a run, in the controller: outcomes to reports, and nothing of ours left."""

import json
import time
from datetime import date
from pathlib import Path
from typing import Any

from stackproof import __version__, options
from stackproof.controls import catalogue
from stackproof.outcomes.model import Results, RunInfo, StackInfo
from stackproof.report import html, junit, results_json
from stackproof.sandbox import differences, host_access, overlay
from stackproof.session import Session
from stackproof.stack.contract import EXPIRY_NOTICE
from stackproof.stack.model import DEFAULT_INTERVAL, unescape
from stackproof.stack.stack import Stack


def results(session: Session) -> Results:
    """Gather everything that reports show."""
    outcomes = session.collection.finish(session.plan, session.stacks)
    used = {outcome.control for outcome in outcomes}
    return Results(
        run=RunInfo(
            id=session.run.id,
            started=session.started,
            seconds=round(time.monotonic() - session.began, 1),
            stackproof=__version__,
            engine=session.engine.environment(),
            compose=session.engine.compose,
            contexts=session.contexts(),
            fail_on=options.fail_on(session.config),
            command=session.command,
        ),
        stacks=tuple(_stack(session, stack) for stack in session.stacks),
        controls=tuple(entry.info() for name, entry in catalogue.entries().items() if name in used),
        outcomes=outcomes,
    )


def _stack(session: Session, stack: Stack) -> StackInfo:
    different = session.notes or notes_of(stack, start_intervals=session.engine.knows_start_intervals)
    notes = (*different, *expiring(stack, session.started.astimezone().date()))
    images = session.run.folder / f"images-{stack.slug}.json"
    state = json.loads(images.read_text()) if images.exists() else {}
    return StackInfo(
        name=stack.name,
        files=tuple(_shown(path, session.config.rootpath) for path in stack.source.files),
        services=tuple(stack.services),
        stand_in_images=tuple(state.get("stand_ins", ())),
        sandbox=_timings(session, stack),
        notes=tuple(map(stack.redactor.text, notes)),
    )


def _shown(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _timings(session: Session, stack: Stack) -> dict[str, Any]:
    """Seconds by lane and step, summed over repetitions."""
    lanes: dict[str, dict[str, float]] = {}
    for phase in session.progress.read():
        if phase["stack"] == stack.name and phase["seconds"] is not None and not phase["service"]:
            steps = lanes.setdefault(phase["lane"], {})
            steps[phase["step"]] = round(steps.get(phase["step"], 0.0) + phase["seconds"], 2)
    return dict(sorted(lanes.items()))


def notes_of(stack: Stack, *, start_intervals: bool) -> list[str]:
    """What is different in a sandbox, so that nobody reads more into an outcome than was seen."""
    notes = []
    if any(service.ports for service in stack.services.values()):
        notes.append("ports are published on 127.0.0.1 with numbers chosen by the host")
    if stack.model.volumes:
        notes.append("named and external volumes are replaced by fresh ones, removed afterwards")
    faster = [
        name for name, service in stack.services.items() if _speeds_up(service.raw.get("healthcheck") or {})
    ]
    if faster:
        # An engine that knows no start interval asks for the first time after one interval.
        first = f", at first as late as their author's but within {overlay.FIRST:g} s" * start_intervals
        notes.append(
            f"health checks run every {overlay.CADENCE:g} s{first}, with more retries in the same window: "
            f"{', '.join(faster)}"
        )
    named = [name for name, service in stack.services.items() if service.container_name]
    if named:
        notes.append(f"fixed container names are kept as network aliases: {', '.join(named)}")
    copied = [
        unescape(str(mount.source)) for mount in overlay.bind_mounts(stack.model) if not mount.read_only
    ]
    if copied:
        notes.append(f"writable binds are copies: {', '.join(copied)}")
    notes += differences.notes(stack.model)
    notes += [f"reaches the host: {reason}" for reason in host_access.reasons(stack.model)]
    return notes


def expiring(stack: Stack, today: date) -> list[str]:
    """Waivers that soon fail the run, while there is time to mend what they accept."""
    soon = [
        f"{waiver.control} for {waiver.service} on {waiver.expires}"
        for waiver in stack.contract.expiring(today)
    ]
    return [f"waivers that expire within {EXPIRY_NOTICE} days: {', '.join(soon)}"] if soon else []


def _speeds_up(raw: dict[str, Any]) -> bool:
    disabled = raw.get("disable") or raw.get("test") == ["NONE"]
    return (
        bool(raw)
        and not disabled
        and raw.get("interval", f"{DEFAULT_INTERVAL:g}s") != f"{overlay.CADENCE:g}s"
    )


def write_reports(found: Results, folder: Path) -> list[Path]:
    """Write all reports; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / "index.html", folder / "results.json", folder / "junit.xml"]
    html.write(found, paths[0])
    results_json.write(found, paths[1])
    junit.write(found, paths[2])
    return paths
