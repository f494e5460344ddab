"""`results.sarif`: what is to be seen to, as code scanners show it (SARIF 2.1.0).

A run for each stack, because a scanner closes what the next run of the same category does not name; all in
one where there are more than GitHub takes. Passes and what does not apply are counted, not listed: GitHub
would open an alert for each.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from stackproof.outcomes.model import ControlInfo, OutcomeKind, Results, Severity
from stackproof.report.entry import Entry
from stackproof.report.page.links import address
from stackproof.report.sarif_sources import ROOT, root, version_control
from stackproof.report.text import clean, encodable, first_line, plain
from stackproof.report.verdict import tally
from stackproof.report.view import Overview, StackView

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
# Limits of GitHub's code scanning: runs in a file, results that are shown of a run, tags of a rule.
MOST_RUNS = 20
MOST_RESULTS = 5000
MOST_TAGS = 10
_LISTED = (OutcomeKind.FAIL, OutcomeKind.UNKNOWN, OutcomeKind.ADVISORY, OutcomeKind.WAIVED)
_LEVELS = {
    Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note",
    Severity.INFO: "note",
}  # fmt: skip
# GitHub's names for scores: critical above 9, high from 7, medium from 4.
_SCORES = {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.0", Severity.LOW: "2.0",
           Severity.INFO: "0.1"}  # fmt: skip
# What others may abuse; the rest keeps its level in scanners, which have no score for availability.
SECURITY = frozenset({"identity", "network", "secrets", "credentials", "supply chain", "host access"})


def render(results: Results) -> str:
    """Results as SARIF text."""
    overview = Overview.of(results)
    each = len(overview.stacks) <= MOST_RUNS
    parts = [[stack] for stack in overview.stacks] if each else [list(overview.stacks)]
    runs = [_run(part, results, part[0].info.name if each else "") for part in parts]
    data = {"$schema": SCHEMA, "version": "2.1.0", "runs": runs}
    return json.dumps(plain(data, encodable), indent=1, ensure_ascii=False) + "\n"


def _run(stacks: Iterable[StackView], results: Results, category: str) -> dict[str, Any]:
    stacks = list(stacks)
    entries = [entry for stack in stacks for entry in stack.entries]
    listed = sorted((e for e in entries if e.outcome.outcome in _LISTED), key=_gravity)
    shown = listed[:MOST_RESULTS]
    rules = list({entry.control.id: entry.control for entry in shown}.values())
    index = {control.id: place for place, control in enumerate(rules)}
    run = results.run
    return {
        "tool": {"driver": _driver(results, rules)},
        "automationDetails": {"id": f"stackproof/{clean(category)}/" if category else "stackproof/"},
        "originalUriBaseIds": {ROOT: {"description": {"text": root(stacks)}}},
        "columnKind": "unicodeCodePoints",
        **version_control(stacks),
        "invocations": [_invocation(results, len(listed) - len(shown))],
        "results": [_result(entry, index, compared=bool(run.baseline)) for entry in shown],
        "properties": {
            "verdict": [str(stack.verdict) for stack in stacks],
            "scope": str(run.scope),
            "outcomes": {
                str(kind): count for kind, count in tally(e.outcome.outcome for e in entries).items()
            },
        },
    }


def _gravity(entry: Entry) -> tuple[int, int]:
    return _LISTED.index(entry.outcome.outcome), -entry.outcome.severity.rank


def _driver(results: Results, rules: Iterable[ControlInfo]) -> dict[str, Any]:
    home = address(results.run.documentation)
    return {
        "name": "stackproof",
        "semanticVersion": results.run.stackproof or "0",
        **({"informationUri": home} if home else {}),
        "rules": list(map(_rule, rules)),
    }


def _rule(control: ControlInfo) -> dict[str, Any]:
    page = address(control.documentation)
    security = control.family in SECURITY
    tags = [*(["security"] * security), control.family or "stackproof", *control.references]
    text = "\n\n".join(filter(None, (control.why, f"Fix: {control.fix}" if control.fix else "")))
    references = "".join(f"\n- {reference}" for reference in control.references)
    return {
        "id": control.id,
        "shortDescription": {"text": clean(control.title)},
        "fullDescription": {"text": clean(control.why or control.title)},
        "help": {
            "text": clean(text or control.title),
            "markdown": clean(
                text + (f"\n\nReferences:\n{references}" if references else "") or control.title
            ),
        },
        **({"helpUri": page} if page else {}),
        "defaultConfiguration": {"level": _LEVELS[control.severity]},
        "properties": {
            "tags": [clean(tag) for tag in tags[:MOST_TAGS]],
            "precision": "very-high",
            **({"security-severity": _SCORES[control.severity]} if security else {}),
        },
    }


def _result(entry: Entry, index: dict[str, int], *, compared: bool) -> dict[str, Any]:
    outcome = entry.outcome
    found: dict[str, Any] = {
        "ruleId": outcome.control,
        "ruleIndex": index[outcome.control],
        "level": "note" if outcome.outcome is OutcomeKind.ADVISORY else _LEVELS[outcome.severity],
        "message": {"text": _message(entry)},
        "locations": [_location(entry)],
        "partialFingerprints": {"stackproof/v1": outcome.fingerprint or entry.anchor},
        "properties": {"outcome": str(outcome.outcome), "severity": str(outcome.severity)},
    }
    if outcome.outcome.gates and compared:
        found["baselineState"] = "unchanged" if outcome.known else "new"
    if related := list(_related(entry)):
        found["relatedLocations"] = related
    if waiver := outcome.waiver:
        found["suppressions"] = [
            {
                "kind": "external",
                "status": "accepted",
                "justification": clean(waiver.reason),
                "properties": {
                    **({} if waiver.endless else {"expires": waiver.expires.isoformat()}),
                    "owner": clean(waiver.owner or ""),
                },
            }
        ]
    return found


def _message(entry: Entry) -> str:
    """Return what is wrong; a scanner knows no word for what could not be decided."""
    said = first_line(entry.outcome.message) or clean(entry.control.title)
    return f"not decided: {said}" if entry.outcome.outcome is OutcomeKind.UNKNOWN else said


def _location(entry: Entry) -> dict[str, Any]:
    outcome = entry.outcome
    region = _region(outcome.line, outcome.column)
    path = entry.named(outcome.file) if outcome.file else entry.main
    logical = [part for part in (outcome.stack, outcome.container or outcome.service, outcome.aspect) if part]
    return {
        "physicalLocation": {"artifactLocation": _artifact(path), "region": region},
        "logicalLocations": [{"fullyQualifiedName": clean("/".join(logical)), "kind": "resource"}],
    }


def _related(entry: Entry) -> Iterator[dict[str, Any]]:
    """Yield what else an outcome rests on, and where what accepts it is written."""
    for place in entry.outcome.related:
        yield _beside(entry.named(place.file), place.line, place.column, place.what)
    if (waiver := entry.outcome.waiver) and waiver.file:
        yield _beside(entry.named(waiver.file), waiver.line, None, "accepted here")


def _beside(path: str, line: int | None, column: int | None, what: str) -> dict[str, Any]:
    return {
        "physicalLocation": {"artifactLocation": _artifact(path), "region": _region(line, column)},
        "message": {"text": clean(what)},
    }


def _region(line: int | None, column: int | None) -> dict[str, int]:
    """Return a line, from a column on where that is known: a key stands on one line."""
    return {
        "startLine": line or 1,
        "endLine": line or 1,
        **({"startColumn": column} if line and column else {}),
    }


def _artifact(path: str) -> dict[str, str]:
    """Name a file below the root, or elsewhere on this machine."""
    if path.startswith("/"):
        return {"uri": f"file://{quote(path)}"}
    return {"uri": quote(path or "compose.yml"), "uriBaseId": ROOT}


def _invocation(results: Results, left_out: int) -> dict[str, Any]:
    run = results.run
    return {
        "commandLine": clean(run.command),
        "startTimeUtc": _utc(run.started),
        "endTimeUtc": _utc(run.started + timedelta(seconds=run.seconds)),
        "executionSuccessful": not run.scope.interrupted,
        "toolExecutionNotifications": list(_notices(results, left_out)),
    }


def _notices(results: Results, left_out: int) -> Iterator[dict[str, Any]]:
    if not results.run.scope.whole:
        yield {"level": "warning", "message": {"text": f"This run covers {clean(str(results.run.scope))}."}}
    if left_out:
        words = f"{left_out} more findings, of lower severity, are in results.json: scanners show no more."
        yield {"level": "warning", "message": {"text": words}}


def _utc(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
