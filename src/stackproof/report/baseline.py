"""What failed when somebody began to look: an old stack starts today, and what is new still fails."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stackproof.errors import UsageError
from stackproof.outcomes.judging import name_of
from stackproof.outcomes.model import Outcome, OutcomeKind, Results
from stackproof.report import files, results_json
from stackproof.report.text import encodable, plain

_VERSION: Final = "baseline"
_NOT_FOUND: Final = (OutcomeKind.PASS, OutcomeKind.NOT_APPLICABLE)
_CONFLICT: Final = ("<<<<<<< ", "=======", ">>>>>>> ")


class Known(BaseModel):
    """A finding that was there. Its fingerprint decides; the rest is for whoever reads the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fingerprint: str
    stack: str
    service: str | None
    control: str
    aspect: str = ""
    below_gate: bool = False
    """Whether it failed no run: one that it fails by now is new, and only `lint --fix` lets it be."""


class Baseline(BaseModel):
    """A file that a team commits."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = Field(alias="baseline", serialization_alias="baseline")
    top: str = ""
    """The stack in the folder where the run was called: it has the name of the checkout."""
    findings: tuple[Known, ...] = ()

    @property
    def fingerprints(self) -> frozenset[str]:
        """What is known to fail, by fingerprint."""
        return frozenset(known.fingerprint for known in self.findings if not known.below_gate)

    @property
    def found(self) -> frozenset[str]:
        """The same with what was found below the gate."""
        return frozenset(known.fingerprint for known in self.findings)


def of(results: Results) -> Baseline:
    """Return what a run found, sorted, so that the file differs only where findings do."""
    said = {one.fingerprint: one for one in results.outcomes if _is_found(one) and one.fingerprint}
    found = (
        Known(
            fingerprint=one.fingerprint,
            stack=one.stack,
            service=one.service,
            control=one.control,
            aspect=one.aspect,
            below_gate=not one.outcome.gates,
        )
        for one in said.values()
    )
    return Baseline(
        baseline=1,
        top=next(
            (one.name for one in results.stacks if one.directory == "." and one.name not in one.files), ""
        ),
        findings=tuple(sorted(found, key=lambda k: (k.stack, k.service or "", k.control, k.aspect))),
    )


def _is_found(outcome: Outcome) -> bool:
    return outcome.outcome.gates or outcome.outcome is OutcomeKind.ADVISORY


def text(baseline: Baseline) -> str:
    """Return the text of the file, a line for each finding."""
    data = plain(baseline.model_dump(by_alias=True), encodable)
    for known in data["findings"]:
        if not known["below_gate"]:
            del known["below_gate"]
    lines = [f"  {json.dumps(known, ensure_ascii=False)}" for known in data["findings"]]
    top = f' "top": {json.dumps(data["top"], ensure_ascii=False)},' if data["top"] else ""
    return f'{{"baseline": 1,{top} "findings": [\n' + ",\n".join(lines) + "\n]}\n"


def read(path: Path) -> Baseline:
    """Read such a file, or the results of an earlier run.

    Raises UsageError for anything else.
    """
    try:
        said = results_json.text_of(path)
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        msg = f"baseline {path}: cannot be read: {why}\n  fix: make one with `stackproof baseline`"
        raise UsageError(msg) from None
    data = _data(said, path)
    if isinstance(data, dict) and _VERSION in data:
        return _checked(data, path)
    try:
        return of(files.read(path))
    except UsageError as error:
        msg = f"baseline {error}"
        raise UsageError(msg) from None


def _data(said: str, path: Path) -> object:
    try:
        return json.loads(said)
    except RecursionError:
        why, line = "it is nested too deeply", 1
    except ValueError as error:
        why, line = getattr(error, "msg", str(error)), getattr(error, "lineno", 1)
    marks = (number for number, text in enumerate(said.splitlines(), 1) if text.startswith(_CONFLICT))
    if conflict := next(marks, 0):
        why, line = "a merge conflict is not resolved", conflict
    msg = f"baseline {path}:{line}: not JSON: {why}\n  fix: write it anew with `stackproof baseline`"
    raise UsageError(msg)


def _checked(data: dict[str, object], path: Path) -> Baseline:
    try:
        return Baseline.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        msg = f"baseline {path}: {where}: {first['msg']}\n  fix: write it anew with `stackproof baseline`"
        raise UsageError(msg) from None


def renamed(known: Baseline, names: Mapping[str, str]) -> Baseline:
    """Return the baseline with the names that stacks have in this run, given by the old ones."""
    more = (
        one.model_copy(
            update={
                "stack": names[one.stack],
                "fingerprint": name_of(names[one.stack], one.service or "", one.control, one.aspect),
            }
        )
        for one in known.findings
        if one.stack in names
    )
    kept = (one for one in known.findings if one.stack not in names)
    return known.model_copy(update={"findings": (*kept, *more)})


def gone(known: Baseline, results: Results) -> int:
    """Return how many findings of the stacks that were judged are known, and are not there any more.

    Not those of controls that judged nothing in this run: nobody looked for them.
    """
    stacks = {one.name for one in results.stacks}
    judged = {one.control for one in results.outcomes if one.outcome is not OutcomeKind.NOT_APPLICABLE}
    there = {one.fingerprint for one in results.outcomes if one.outcome not in _NOT_FOUND}
    return sum(
        not one.below_gate and one.stack in stacks and one.control in judged and one.fingerprint not in there
        for one in known.findings
    )


def marked(outcomes: Iterable[Outcome], known: Baseline) -> tuple[Outcome, ...]:
    """Return outcomes, those that failed in the baseline marked as known."""
    fingerprints = known.fingerprints
    return tuple(
        one.model_copy(update={"known": True})
        if one.outcome.gates and one.fingerprint in fingerprints
        else one
        for one in outcomes
    )
