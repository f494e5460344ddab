"""`stackproof init`: a starter contract from what a running sandbox shows."""

import os
import secrets
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click
import pytest

from stackproof.cli import options, starter
from stackproof.cli.check import run
from stackproof.cli.ending import in_one_message
from stackproof.cli.starter import Endpoint, Finding, Sight
from stackproof.controls import OBSERVE, catalogue
from stackproof.engine import engine
from stackproof.errors import StackproofError, Unknown, UsageError
from stackproof.isolation import outside_policy
from stackproof.outcomes.model import OutcomeKind, Results, Severity
from stackproof.plugin import controller
from stackproof.probes.http import HttpClient
from stackproof.report.text import clean
from stackproof.runs import reaper
from stackproof.runs.run import Run
from stackproof.runs.signals import Signals
from stackproof.sandbox import outsides
from stackproof.sandbox.pool import Pool
from stackproof.sandbox.progress import Progress
from stackproof.sandbox.view import View
from stackproof.settings import Settings
from stackproof.stack import schema
from stackproof.stack.discovery import CONTRACT_NAMES, Source
from stackproof.stack.redaction import MASK
from stackproof.stack.stack import Stack
from stackproof.trials.persistence import store_of
from stackproof.trials.scaling import blockers

PATHS = ("/", "/health", "/healthz", "/ready", "/api/health", "/status")
GOOD = 400  # statuses below it
WITHIN = 5.0  # seconds for a port that listens to say its first word
_DECIDED = (0, 1)


@click.command()
@click.argument("path", required=False, metavar="[PATH]")
@options.add(check=False)
@click.option("--force", is_flag=True, help="Replace a contract that is there.")
@click.option("--schema", "schema_file", metavar="FILE", help="Also write the JSON Schema, for editors.")
def init(path: str | None, files: tuple[str, ...], **typed: Any) -> None:  # noqa: ANN401 - click hands them as they were declared
    """Write a starter stackproof.yml beside the compose file, from what a running sandbox shows.

    Brings up sandboxes of the project as `check` does. What was found wrong becomes a proposed waiver
    whose reason is TODO, which `check` refuses until a person writes one.
    """
    force, schema_file = typed.pop("force"), typed.pop("schema_file")
    with in_one_message():
        settings = options.settings(typed, Path.cwd())
        source = _source(path, files, settings)
        target = target_of(source, force=force)
        published = _schema_target(schema_file, force=force)
        sight = _seen(source, settings)
    if published is not None:
        published.write_text(schema.text(), encoding="utf-8")
    target.write_text(starter.render(sight, _schema_beside(target, published)), encoding="utf-8")
    click.echo(f"wrote {target}: {_told(sight)}")


def _told(sight: Sight) -> str:
    endpoints = _count(len(sight.endpoints), "endpoint")
    if not sight.findings:
        return f"{endpoints}, nothing to waive"
    proposed = _count(len(sight.findings), "proposed waiver")
    return f"{endpoints}, {proposed}; `stackproof check` refuses it until each has a reason"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _source(path: str | None, files: Iterable[str], settings: Settings) -> Source:
    """Return where the stack stands, without its contract."""
    here = Path.cwd()
    text, *_more = options.stack_of((path,) if path else (), files, settings, here)
    return replace(Source.find(text, here, settings.compose(here)), without_contract=True)


def target_of(source: Source, *, force: bool) -> Path:
    """Return the contract to write.

    Raises UsageError for one that is there, unless `force`.
    """
    folders = source.folders
    known = next((path for f in folders for name in CONTRACT_NAMES if (path := f / name).exists()), None)
    if known is not None and not force:
        msg = f"{known} is there already\n  fix: --force replaces it"
        raise UsageError(msg)
    return known or folders[0] / CONTRACT_NAMES[0]


def _schema_target(name: str | None, *, force: bool) -> Path | None:
    if name is None:
        return None
    path = Path.cwd() / name
    if path.exists() and path.read_text(errors="replace") != schema.text() and not force:
        msg = f"{path} is there already\n  fix: --force replaces it"
        raise UsageError(msg)
    return path


def _schema_beside(target: Path, published: Path | None) -> str | None:
    """Return the schema as the contract names it: the one just written, else one that is there already."""
    if published is not None:
        return os.path.relpath(published, target.parent)
    return schema.FILE if (target.parent / schema.FILE).is_file() else None


def _seen(source: Source, settings: Settings) -> Sight:
    """Look at one sandbox, then have the suite judge others."""
    stack = Stack.load(source, controls=catalogue.entries(settings.own(Path.cwd())))
    for text in stack.warnings:
        click.echo(f"{stack}: {clean(stack.redactor.text(text))}", err=True)
    found = engine.connect_here()
    reaper.sweep_dead()
    signals = Signals(partial(click.echo, err=True))
    signals.install()
    ours = Run.create()
    pool = Pool(ours, found, Progress(ours.folder.events), settings)
    try:
        for line in outside_policy.lines(outsides.decision(stack, settings)):
            click.echo(f"{stack}: {clean(line)}")
        click.echo(f"{stack}: looking at a sandbox ...")
        sandbox = pool.get(stack, OBSERVE)
        sandbox.require(None)
        sight = look(sandbox)
    finally:
        signals.ending()
        try:
            pool.close()
        finally:
            reaper.reap(ours)
            signals.restore()
    if signals.heard:  # while it was taken away
        raise KeyboardInterrupt
    return with_findings(sight, _judged(source, settings))


def look(view: View) -> Sight:
    """Return what a running sandbox shows."""
    stack = view.stack
    stores = {name: kind for name in stack.services if (kind := _store(view, name))}
    idle = {*view.one_shots, *stores}
    return Sight(
        stack=stack.name,
        today=datetime.now(UTC).astimezone().date(),
        public=tuple(sorted(name for name, service in stack.services.items() if service.ports)),
        endpoints=tuple(endpoint for name in sorted(stack.services) for endpoint in answering(view, name)),
        datastores=tuple(sorted(stores.items())),
        edges=tuple(
            (name, e.service) for name, service in stack.services.items() for e in service.depends_on
        ),
        scalable=tuple(name for name in stack.services if name not in idle and not blockers(stack, name)),
    )


def _store(view: View, name: str) -> str:
    try:
        if view.is_one_shot(name):
            return ""
        found = store_of(view.stack.services[name], view, "")
    except StackproofError:
        return ""
    return found[0].kind if found else ""


def answering(view: View, service: str) -> Iterator[Endpoint]:
    """Yield the usual paths that answer well; `/` alone for a service that says yes to any path."""
    http = HttpClient(view)
    until = time.monotonic() + WITHIN
    try:
        while http.get(service).status is None:
            if time.monotonic() > until:
                return
            time.sleep(0.2)
    except Unknown:  # it publishes no TCP port
        return
    anything = http.get(service, f"/stackproof-{secrets.token_hex(8)}").status
    says_yes = anything is not None and anything < GOOD
    for path in PATHS[:1] if says_yes else PATHS:
        status = http.get(service, path).status
        if status is not None and status < GOOD:
            yield Endpoint(service, path, status)


class _Recorder:
    """Keeps the results of a finished run."""

    results: Results | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Take them."""
        self.results = config.stash.get(controller.RESULTS, None)


def _judged(source: Source, settings: Settings) -> Results:
    """Run the suite once, without a contract and without reports; every finding counts."""
    recorder = _Recorder()
    judged = {
        "stacks": (os.pathsep.join(map(str, source.files)),),
        "no_contract": True,
        # What Compose found by a folder beside the files must be named, too.
        "env_files": tuple(map(str, source.settings.env_files)),
        "fail_on": Severity.LOW,
        "report_dir": "",
        "select": (),
        "ignore": (),
    }
    code = run(settings.model_copy(update=judged), recorder)
    if code not in _DECIDED or recorder.results is None:
        sys.exit(code)
    return recorder.results


def with_findings(sight: Sight, results: Results) -> Sight:
    """Add what controls found: one entry per control, service and aspect, worst first."""
    found: dict[tuple[str, str, str], Finding] = {}
    undecided = []
    for outcome in results.outcomes:
        if outcome.outcome in (OutcomeKind.FAIL, OutcomeKind.ADVISORY) and outcome.service:
            finding = Finding(
                control=outcome.control,
                service=outcome.service,
                severity=outcome.severity,
                message=outcome.message,
                aspect=_named(outcome.aspect),
            )
            found.setdefault((finding.control, finding.service, finding.aspect), finding)
        elif outcome.outcome.gates:
            subject = outcome.container or outcome.service or "the stack"
            undecided.append(f"{outcome.control}, {subject}: {outcome.outcome}: {outcome.message}")
    ordered = sorted(found.values(), key=lambda f: (-f.severity.rank, f.control, f.service, f.aspect))
    return replace(sight, findings=tuple(ordered), undecided=tuple(sorted(undecided)))


def _named(aspect: str) -> str:
    """Return an aspect as a waiver can name it: nothing where a part is hidden, which nobody can write."""
    return "" if MASK in aspect else aspect
