"""Small stacks that fail as people's stacks did, and what their READMEs demand of each variant."""

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from ruamel.yaml import YAML

from stackproof.controls import catalogue

FOLDER = Path(__file__).parents[1] / "cases"
FILE = "expected.yml"
NOT_MET_YET = FOLDER / "not-met-yet.yml"
CONTRACT = "stackproof.yml"
NOT_APPLICABLE = "not applicable"
# What a README demands of every control that it does not name.
SOUND = frozenset({"pass", NOT_APPLICABLE})

Said = Literal["fail", "unknown", "advisory", "pass", "not applicable"]
Row = Mapping[str, Any]  # an outcome of results.json


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Demand(_Model):
    """What one control must say of one service."""

    control: str
    service: str
    """A pattern, as that of the control."""
    aspect: str | None = None
    """Of which finding or endpoint; of all where it is not written."""
    outcome: tuple[Said, ...]
    running: bool = False
    """Only of controls that something that runs decides: what the files alone show is known in any case."""
    says: tuple[str, ...] = ()
    """Patterns that are each found in the message, or in the cause to which the row refers."""
    because: str = ""
    """Why this is the truth, where it does not stand in the README."""

    @field_validator("outcome", "says", mode="before")
    @classmethod
    def _one_or_several(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    def covers(self, row: Row) -> bool:
        """Whether it is about this row."""
        if self.aspect not in (None, row["aspect"]) or not fnmatch(row["service"] or "", self.service):
            return False
        if self.running and catalogue.entries()[row["control"]].is_rule:
            return False
        return fnmatch(row["control"], self.control)

    def __str__(self) -> str:
        """Return what it is about."""
        return " ".join(filter(None, (self.service, self.control, self.aspect)))


class Run(_Model):
    """One variant, proven once."""

    file: str
    contract: str | Literal[True] | None = None
    """The text of one, or that of the folder; there is none where nothing is written."""
    options: tuple[str, ...] = ()
    exit: int
    demands: tuple[Demand, ...] = ()
    """What the README names."""
    besides: tuple[Demand, ...] = ()
    """What it does not name and is true nevertheless, each with its `because`."""

    def differences(self, results: Mapping[str, Any]) -> list[str]:
        """Return one line for whatever is not as demanded."""
        rows: list[Row] = results["outcomes"]
        causes = {cause["fingerprint"]: cause["message"] for cause in results["causes"]}
        left = [row for row in rows if not any(demand.covers(row) for demand in self.demands)]
        lines = [line for demand in self.demands for line in _unmet(demand, rows, causes)]
        for demand in self.besides:  # the first that is about a row counts
            lines += _unmet(demand, left, causes)
            left = [row for row in left if not demand.covers(row)]
        wrong = [row for row in left if row["outcome"] not in SOUND]
        return [*lines, *(f"{_told(row)}; it must pass or not apply" for row in wrong)]


class _File(_Model):
    besides: tuple[Demand, ...] = ()
    """What several runs have besides, to be referred to."""
    runs: dict[str, Run] = Field(min_length=1)


@dataclass(frozen=True)
class Case:
    """A variant of a case."""

    folder: Path
    name: str
    run: Run

    @property
    def not_met_yet(self) -> str | None:
        """Why the tool does not say what is demanded, as long as it does not."""
        return not_met_yet().get(str(self))

    def lay_out(self, at: Path) -> Path:
        """Make a project of it whose compose file is this variant."""
        shutil.copytree(
            self.folder, at, ignore=shutil.ignore_patterns("compose*.yaml", CONTRACT, FILE, "README.md")
        )
        shutil.copy(self.folder / self.run.file, at / "compose.yaml")
        if self.run.contract is True:
            shutil.copy(self.folder / CONTRACT, at)
        elif self.run.contract:
            (at / CONTRACT).write_text(self.run.contract)
        return at

    def __str__(self) -> str:
        """Return its name, by which it is found among those that are not met yet."""
        return f"{self.folder.name}/{self.name}"


def cases() -> list[Case]:
    """All of them, sorted."""
    return [
        Case(path.parent, name, run)
        for path in sorted(FOLDER.glob(f"*/{FILE}"))
        for name, run in _File.model_validate(YAML(typ="safe").load(path)).runs.items()
    ]


def not_met_yet() -> dict[str, str]:
    """Return the reasons by run."""
    found: dict[str, str] = YAML(typ="safe").load(NOT_MET_YET) or {}
    return found


def _unmet(demand: Demand, rows: list[Row], causes: Mapping[str, str]) -> Iterator[str]:
    """Say what is not as one demand wants it; a control without a row found nothing to measure there."""
    found = [row for row in rows if demand.covers(row)]
    wanted = " or ".join(demand.outcome)
    if not found and NOT_APPLICABLE not in demand.outcome:
        yield f"{demand}: {NOT_APPLICABLE}; it must be {wanted}"
    for row in found:
        text = "\n".join([row["message"], causes.get(row["cause"] or "", "")])
        if row["outcome"] not in demand.outcome:
            yield f"{_told(row)}; it must be {wanted}"
        elif missing := [one for one in demand.says if not re.search(one, text, re.DOTALL)]:
            yield f"{_told(row)}; it must say {', '.join(missing)}"


def _told(row: Row) -> str:
    where = " ".join(filter(None, (row["service"], row["control"], row["aspect"])))
    return f"{where}: {row['outcome']} ({row['message'][:200]})"
