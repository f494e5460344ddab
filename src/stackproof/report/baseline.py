"""What failed when somebody began to look: an old stack starts today, and what is new still fails."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stackproof.errors import UsageError
from stackproof.outcomes.model import Outcome, Results
from stackproof.report import files, results_json
from stackproof.report.text import encodable, plain


class Known(BaseModel):
    """A finding that was there. Its fingerprint decides; the rest is for whoever reads the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fingerprint: str
    stack: str
    service: str | None
    control: str
    aspect: str = ""


class Baseline(BaseModel):
    """A file that a team commits."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = Field(alias="baseline", serialization_alias="baseline")
    findings: tuple[Known, ...] = ()

    @property
    def fingerprints(self) -> frozenset[str]:
        """What is known, by fingerprint."""
        return frozenset(known.fingerprint for known in self.findings)


def of(results: Results) -> Baseline:
    """Return what fails in a run, sorted, so that the file differs only where findings do."""
    failing = {one.fingerprint: one for one in results.outcomes if one.outcome.gates and one.fingerprint}
    found = (
        Known(
            fingerprint=one.fingerprint,
            stack=one.stack,
            service=one.service,
            control=one.control,
            aspect=one.aspect,
        )
        for one in failing.values()
    )
    return Baseline(
        baseline=1,
        findings=tuple(sorted(found, key=lambda k: (k.stack, k.service or "", k.control, k.aspect))),
    )


def text(baseline: Baseline) -> str:
    """Return the text of the file, a line for each finding."""
    data = plain(baseline.model_dump(by_alias=True, exclude_defaults=False), encodable)
    lines = [f"  {json.dumps(known, ensure_ascii=False)}" for known in data["findings"]]
    return '{"baseline": 1, "findings": [\n' + ",\n".join(lines) + "\n]}\n"


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
    try:
        return Baseline.model_validate_json(said)
    except ValidationError:
        pass
    try:
        return of(files.read(path))
    except UsageError as error:
        msg = f"baseline {error}"
        raise UsageError(msg) from None


def marked(outcomes: Iterable[Outcome], known: Baseline) -> tuple[Outcome, ...]:
    """Return outcomes, those that failed in the baseline marked as known."""
    fingerprints = known.fingerprints
    return tuple(
        one.model_copy(update={"known": True})
        if one.outcome.gates and one.fingerprint in fingerprints
        else one
        for one in outcomes
    )
