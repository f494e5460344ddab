"""Findings as GitHub shows them beside the lines of a pull request (workflow commands)."""

from collections.abc import Iterator

from stackproof.outcomes.model import OutcomeKind, Results, Severity
from stackproof.report.entry import Entry
from stackproof.report.text import clean
from stackproof.report.view import Overview

# GitHub shows ten of each kind of a step and drops the rest without a word.
MOST = 10
_KINDS = list(OutcomeKind)
_WORDS = 2000  # characters of one message


def commands(results: Results, repository: str = "") -> list[str]:
    """Return a command for each finding, gravest first; the last of a kind says how many are missing.

    GitHub shows lines of the `repository` (OWNER/NAME) whose workflow it is: findings of stacks that are
    known to come from another one, such as a submodule, name no file. Empty for any.
    """
    told: dict[str, list[Entry]] = {"error": [], "warning": [], "notice": []}
    for entry in sorted(_listed(Overview.of(results)), key=_gravity):
        told[_kind(entry)].append(entry)
    return [line for kind, entries in told.items() for line in _of_kind(kind, entries, repository)]


def _listed(overview: Overview) -> Iterator[Entry]:
    """Yield findings, and each cause by the first outcome that it kept from being judged."""
    for stack in overview.stacks:
        for entry in stack.entries:
            cause = stack.cause_of(entry)
            if entry.outcome.outcome in _SHOWN and (cause is None or cause.entries[0] is entry):
                yield entry


_SHOWN = (OutcomeKind.FAIL, OutcomeKind.UNKNOWN, OutcomeKind.ADVISORY)


def _gravity(entry: Entry) -> tuple[int, int]:
    return _KINDS.index(entry.outcome.outcome), -entry.outcome.severity.rank


def _kind(entry: Entry) -> str:
    if not entry.outcome.outcome.gates:
        return "notice"
    return "error" if entry.outcome.severity.rank >= Severity.HIGH.rank else "warning"


def _of_kind(kind: str, entries: list[Entry], repository: str) -> Iterator[str]:
    shown = entries if len(entries) <= MOST else entries[: MOST - 1]
    for entry in shown:
        yield _command(kind, entry, repository)
    if left := len(entries) - len(shown):
        yield f"::{kind} title=stackproof::{left} more are in the report: GitHub shows {MOST} of a kind"


def _command(kind: str, entry: Entry, repository: str) -> str:
    outcome = entry.outcome
    fields = {"title": f"{outcome.control} ({outcome.severity}) {entry.subject}"}
    path = entry.named(outcome.file) if outcome.file else ""
    if path and not path.startswith(("/", "../")) and _shows(repository, entry):
        fields["file"] = path
        if outcome.line:
            fields["line"] = str(outcome.line)
        if outcome.line and outcome.column:
            fields["col"] = str(outcome.column)
    fix = f"\nfix: {clean(entry.fix)}" if entry.fix else ""
    message = clean(outcome.message)[:_WORDS] + fix
    listed = ",".join(f"{name}={_property(value)}" for name, value in fields.items())
    return f"::{kind} {listed}::{_data(message)}"


def _shows(repository: str, entry: Entry) -> bool:
    """Whether the lines of a stack can be those of a repository."""
    origin = entry.info.revision.origin if entry.info.revision else ""
    own = origin.removesuffix("/").removesuffix(".git").casefold()
    return (
        not repository or not own or own.endswith((f"/{repository.casefold()}", f":{repository.casefold()}"))
    )


def _data(text: str) -> str:
    """Quote a message (actions/toolkit, command.ts)."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(clean(text)).replace(":", "%3A").replace(",", "%2C")
