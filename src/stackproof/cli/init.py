"""`stackproof init`: a starter contract from what a running sandbox shows."""

import os
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from stackproof.cli import options, starter
from stackproof.cli.check import run
from stackproof.cli.ending import in_one_message
from stackproof.cli.looking import Looker
from stackproof.cli.starter import Finding, Sight
from stackproof.errors import UsageError
from stackproof.outcomes.model import OutcomeKind, Results, Severity
from stackproof.settings import Settings
from stackproof.stack import schema
from stackproof.stack.discovery import CONTRACT_NAMES, Source
from stackproof.stack.redaction import MASK

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
    named = (folder / name for folder in folders for name in CONTRACT_NAMES)
    known = next(filter(os.path.lexists, named), None)
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
    """Look at a sandbox, have the suite judge it, and take dependencies away; it is brought up once."""
    looker = Looker()
    code = run(_for_one_sandbox(source, settings), looker)
    if looker.error is not None:
        raise looker.error
    if code not in _DECIDED or looker.sight is None or looker.results is None:
        sys.exit(code)
    return with_findings(looker.sight, looker.results)


def _for_one_sandbox(source: Source, settings: Settings) -> Settings:
    """Return settings for one process, without a contract and without reports; every finding counts."""
    judged = {
        "stacks": (os.pathsep.join(map(str, source.files)),),
        "no_contract": True,
        # What Compose found by a folder beside the files must be named, too.
        "env_files": tuple(map(str, source.settings.env_files)),
        "fail_on": Severity.LOW,
        "report_dir": "",
        "select": (),
        "ignore": (),
        "workers": 0,
    }
    return settings.model_copy(update=judged)


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
