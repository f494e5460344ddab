"""`index.html`: the report for people, one file that needs nothing but a browser."""

import base64
import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from stackproof.outcomes.model import ControlInfo, OutcomeKind, Results, RevisionInfo
from stackproof.report.blockers import blockers
from stackproof.report.entry import WHOLE_STACK, Entry
from stackproof.report.filters import prose, tabular, word
from stackproof.report.page import topology
from stackproof.report.page.island import islands
from stackproof.report.page.links import address
from stackproof.report.page.reasons import reasons
from stackproof.report.page.standards import standards
from stackproof.report.page.timeline import sandboxes
from stackproof.report.page.waivers import accepted, waivers
from stackproof.report.text import clean, duration, first_line, plain
from stackproof.report.verdict import Verdict, tally
from stackproof.report.view import Overview, StackView

# Colour is never the only signal: every kind has a sign, which is read out as its word.
SIGNS = {
    OutcomeKind.FAIL: "✕",
    OutcomeKind.UNKNOWN: "?",
    OutcomeKind.WAIVED: "W",
    OutcomeKind.ADVISORY: "A",
    OutcomeKind.PASS: "✓",
    OutcomeKind.NOT_APPLICABLE: "–",  # noqa: RUF001 - a dash as wide as the other signs
}
_ENGINE_FACTS = 3
_SCRIPTS = ("data", "evidence", "list", "stacks", "page")
_MANY = 2000  # outcomes; a page of more is closed at first, and without scripts shows the gravest alone


def render(results: Results) -> str:
    """Results as one self-contained page."""
    environment = _environment()
    style = _source("report.css")
    script = "\n".join(_source(f"script/{name}.js") for name in _SCRIPTS)
    overview = Overview.of(results)
    brief = len(overview.entries) > _MANY
    numbers = {stack.anchor: tally(e.outcome.outcome for e in stack.entries) for stack in overview.stacks}
    return environment.get_template("report.html.j2").render(
        overview=overview,
        run=results.run,
        results=results,
        numbers=numbers,
        total={kind: sum(counts[kind] for counts in numbers.values()) for kind in OutcomeKind},
        by_control=Counter(entry.control.id for entry in overview.entries),
        brief=brief,
        most_rows=_MANY // 2 // len(overview.stacks) if brief else _MANY,
        sentence=_sentence(overview),
        engine=_engine(results.run.engine),
        commit=_commit(results),
        blockers=blockers(overview),
        standards=standards(_controls(overview), overview.entries),
        waivers=waivers(overview.entries, results.stacks),
        reasons=reasons(overview.entries),
        islands=islands(overview, packed=brief),
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        policy=f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; "
        "base-uri 'none'; form-action 'none'",
    )


def _controls(overview: Overview) -> list[ControlInfo]:
    """Return the controls that the run lists, and any that only an outcome names."""
    listed = (*overview.results.controls, *(entry.control for entry in overview.entries))
    return list({control.id: control for control in listed}.values())


def _commit(results: Results) -> RevisionInfo | None:
    """Return the version of the repository that all stacks are of; None where that is not one."""
    found = [stack.revision for stack in results.stacks]
    told = {(one.commit, one.dirty, one.origin) if one else None for one in found}
    return found[0] if len(told) == 1 else None


def _gravest(stack: StackView) -> list[Entry]:
    kinds = list(OutcomeKind)
    return sorted(
        stack.entries,
        key=lambda entry: (kinds.index(entry.outcome.outcome), -entry.outcome.severity.rank),
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("stackproof.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "address": address,
        "clean": clean,
        "duration": duration,
        "first_line": first_line,
        "plain": plain,
        "prose": prose,
        "word": word,
    }
    environment.tests["tabular"] = tabular
    environment.globals |= {
        "KIND": OutcomeKind,
        "VERDICT": Verdict,
        "SIGNS": SIGNS,
        "WHOLE_STACK": WHOLE_STACK,
        "WIDE": topology.WIDE,
        "HIGH": topology.HIGH,
        "LOW": topology.LOW,
        # Of more, the page says how many there are, and that results.json has them.
        "MOST_BLOCKERS": 100,
        "MOST_WAIVERS": 300,
        "MOST_REASONS": 60,
        "MOST_STARTS": 12,
        "gravest": _gravest,
        "told": accepted,
        "parts": topology.parts,
        "picture": topology.picture,
        "sandboxes": sandboxes,
    }
    return environment


def _source(name: str) -> str:
    """A file as it is: braces in a stylesheet are not for Jinja."""
    return Path(__file__).with_name("templates").joinpath(name).read_text(encoding="utf-8")


def _digest(source: str) -> str:
    """The source as a content security policy names it: nothing else may style or run in the page."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"


def _sentence(overview: Overview) -> str:
    """What the verdict rests on."""
    counts = tally(entry.outcome.outcome for entry in overview.entries)
    if not overview.entries:
        return "No control gave an outcome. This run says nothing about any stack."
    gate = overview.results.run.fail_on
    failing = sum(any(e.outcome.outcome.gates for e in s.entries) for s in overview.stacks)
    silent = sum(stack.verdict is Verdict.NOTHING_PROVEN for stack in overview.stacks)
    stacks = f"{len(overview.stacks)} {_plural('stack', len(overview.stacks))}"
    parts = []
    if failing:
        fail, unknown = counts[OutcomeKind.FAIL], counts[OutcomeKind.UNKNOWN]
        told = [f"{fail} failed"] * bool(fail) + [f"{unknown} could not be decided"] * bool(unknown)
        asked = len(overview.entries)
        parts.append(
            f"Of {asked} {_plural('outcome', asked)}, {' and '.join(told)}, in {failing} of {stacks}."
        )
    if silent:
        parts.append(f"In {silent} {_plural('stack', silent)} nothing was measured: nothing is proven there.")
    if not parts:
        left = "" if overview.scope else ", and nothing was left open"
        parts.append(f"Nothing at or above the gate ({gate}) failed in {stacks}{left}.")
    if waived := counts[OutcomeKind.WAIVED]:
        parts.append(f"{waived} {_plural('deviation', waived)} accepted by waiver.")
    return " ".join(parts)


def _engine(facts: dict[str, Any]) -> str:
    """The engine in one line; all of its facts stand in the environment block."""
    scalars = {key: value for key, value in facts.items() if value and isinstance(value, str | int)}
    return clean(", ".join(f"{key} {value}" for key, value in list(scalars.items())[:_ENGINE_FACTS]))


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"
