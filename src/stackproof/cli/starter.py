"""The text of a starter contract: a pure function of what `stackproof init` saw."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from textwrap import shorten

from stackproof.outcomes.model import Severity
from stackproof.report.text import first_line
from stackproof.stack import schema

WAIVED_FOR = timedelta(days=90)
TODO = "TODO"
_WIDTH = 110
# Names that need no quotes, except for the words that YAML reads as something else than text.
_PLAIN = re.compile(r"[a-z][a-z0-9]*(?:[-_.][a-z0-9]+)*")
_NOT_TEXT = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_PATH = re.compile(r"/[A-Za-z0-9/_.-]*")


@dataclass(frozen=True, order=True)
class Endpoint:
    """A path that answered."""

    service: str
    path: str
    status: int | None
    """None for no answer in HTTP."""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What the paths of a service answered: the good ones, or how it refused."""

    good: tuple[Endpoint, ...] = ()
    bad: tuple[Endpoint, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Away:
    """What was answered while a service was away."""

    stop: str
    dependants: tuple[str, ...]
    """Who needs it, directly or through others. Sorted."""
    answers: tuple[Endpoint, ...] = ()
    trouble: str = ""
    """Why that could not be measured."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a control said of a service."""

    control: str
    service: str
    severity: Severity
    message: str
    aspect: str = ""
    """Which of several it is, as a waiver names it."""


@dataclass(frozen=True, kw_only=True)
class Sight:
    """Everything that one look and one run of the suite showed. Names in it are sorted."""

    stack: str
    today: date
    public: tuple[str, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    refused: tuple[Endpoint, ...] = ()
    """How those answered that gave no good answer to any path."""
    datastores: tuple[tuple[str, str], ...] = ()
    """Service, and how it keeps data."""
    away: tuple[Away, ...] = ()
    scalable: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    undecided: tuple[str, ...] = ()
    """What no waiver can accept: unknowns, and findings about the whole stack."""


def render(sight: Sight, schema_file: str | None = None) -> str:
    """Return the contract; editors complete it from the schema file, where there is one.

    What is a comment without a space behind its `#` is meant to be uncommented.
    """
    parts = (_header(sight, schema_file), _public(sight), _http(sight), _persistence(sight))
    more = (_outages(sight), _scale(sight), _waivers(sight), _undecided(sight))
    blocks = ("\n".join(part) for part in (*parts, *more))
    return "\n\n".join(block for block in blocks if block) + "\n"


def word(text: str) -> str:
    """Return a name as YAML takes it for text, also in a flow mapping.

    >>> word("web"), word("no"), word("1.5")
    ('web', '"no"', '"1.5"')
    """
    plain = _PLAIN.fullmatch(text) and text not in _NOT_TEXT
    return text if plain or _PATH.fullmatch(text) else json.dumps(text)


def _header(sight: Sight, schema_file: str | None) -> Iterator[str]:
    if schema_file is not None:
        yield f"# yaml-language-server: $schema={schema_file}"
        yield "#"
    yield f"# What the stack {first_line(sight.stack)} promises beyond what its compose file says."
    yield f"# Written by `stackproof init` on {sight.today} from one run. Everything in it is optional."
    yield "# `stackproof check` judges by it."
    if schema_file is None:  # an editor complains of a file that is not there, but not of two #
        yield f"# To have editors complete it: `stackproof schema > {schema.FILE}`, and one # less below."
        yield f"## yaml-language-server: $schema={schema.FILE}"


def _public(sight: Sight) -> Iterator[str]:
    yield "# Services that may be reached from outside: those that publish ports, but no datastores."
    yield f"public: [{', '.join(map(word, sight.public))}]"


def _http(sight: Sight) -> Iterator[str]:
    yield "# What published ports answered. `body: text` and `json: {key: value}` ask for more."
    for endpoint in sight.refused:
        name, path = first_line(endpoint.service), endpoint.path
        yield f"# {name} answered {endpoint.status} to {path}, and nothing better to other paths."
    if not sight.endpoints:
        yield from () if sight.refused else ("# None answered HTTP.",)
        yield "http: []"
        return
    yield "http:"
    for endpoint in sight.endpoints:
        yield f"  - {_expectation(endpoint)}"


def _expectation(endpoint: Endpoint) -> str:
    return f"{{service: {word(endpoint.service)}, path: {word(endpoint.path)}, status: {endpoint.status}}}"


def _persistence(sight: Sight) -> Iterator[str]:
    known = ", ".join(f"{name} ({kind})" for name, kind in sight.datastores) or "none"
    yield from _prose(f"Who keeps data is derived; recognised: {known}.")
    yield "# For any other, say how to write a value and read it back through its own client:"
    yield "#persistence:"
    yield f"#  - service: {word(_any_other(sight))}"
    yield '#    write: [sh, -c, "echo 42 > /data/answer"]'
    yield "#    read: [cat, /data/answer]"
    yield '#    expect: "42"'


def _outages(sight: Sight) -> Iterator[str]:
    if not sight.away:
        return
    yield "# What was answered while a dependency was away. What do you promise, and how soon is all well?"
    yield "#outages:"
    for away in sight.away:
        yield f"#  # {first_line(', '.join(away.dependants))} without {first_line(away.stop)}:"
        yield from _silence(away)
        if said := [_expectation(answer) for answer in away.answers if answer.status is not None]:
            yield f"#  - stop: {word(away.stop)}"
            yield "#    expect:"
            yield from (f"#      - {expectation}" for expectation in said)
            yield "#    recovers_within: 30s"


def _silence(away: Away) -> Iterator[str]:
    """Say what an entry cannot: that there was no answer, or that nobody could ask."""
    for answer in away.answers:
        if answer.status is None:
            yield f"#  # {first_line(answer.service)} gave no answer to {answer.path}"
    if away.trouble:
        yield from (f"#  {line}" for line in _prose(f"not measured: {first_line(away.trouble)}"))


def _scale(sight: Sight) -> Iterator[str]:
    if not sight.scalable:
        return
    yield "# Nothing in the compose file keeps these from having replicas. With how many must they work?"
    yield "#scale:"
    for service in sight.scalable:
        yield f"#  {word(service)}: 2"


def _waivers(sight: Sight) -> Iterator[str]:
    if not sight.findings:
        yield "# Nothing was found wrong, so nothing is accepted."
        yield "waivers: []"
        return
    yield "# What was found. Fix it and remove its entry, or write why it is accepted in place of TODO:"
    yield "# until then `stackproof check` refuses this file."
    yield "waivers:"
    for finding in sight.findings:
        yield from _prose(f"{finding.severity}: {first_line(finding.message)}", indent="  ")
        aspect = f"aspect: {json.dumps(finding.aspect)}, " if finding.aspect else ""
        yield (
            f"  - {{control: {finding.control}, service: {word(finding.service)}, {aspect}"
            f"reason: {TODO}, expires: {sight.today + WAIVED_FOR}}}"
        )


def _undecided(sight: Sight) -> Iterator[str]:
    if sight.undecided:
        yield "# What no entry here can accept, and fails `stackproof check`:"
    for text in sight.undecided:
        yield from _prose(f"- {first_line(text)}")


def _any_other(sight: Sight) -> str:
    """A service for an example: one whose data is not known how to be asked for, where there is one."""
    known = [name for name, _kind in sight.datastores]
    names = (
        *sight.public,
        *sight.scalable,
        *(name for away in sight.away for name in away.dependants),
        *known,
    )
    return next((name for name in names if name not in known), next(iter(names), "db"))


def _prose(text: str, indent: str = "") -> Iterator[str]:
    """One comment line: a message may hold anything, a line break above all."""
    yield f"{indent}# {shorten(text, _WIDTH - len(indent) - 2, placeholder=' ...')}"
