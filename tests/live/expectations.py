"""Stacks that nobody of us wrote, and what their authors expected of every control before the first run."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel
from ruamel.yaml import YAML

from stackproof.controls import catalogue, profile

FOLDER = Path(__file__).with_name("stacks")
FILE = "expected.yml"
NOT_APPLICABLE = "not applicable"
# What a run at the lowest gate can say; an advisory or a waiver would hide what was seen.
Said = Literal["pass", "fail", "not applicable", "unknown"]
Cell = tuple[str, str]  # service, control


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Expected(_Model):
    """Live controls of one service that do not pass, by outcome, with the reason; all others pass."""

    fail: dict[str, str] = {}
    not_applicable: dict[str, str] = Field(default={}, alias="not applicable")
    unknown: dict[str, str] = {}

    def pairs(self) -> list[tuple[str, Said]]:
        """Return controls with their outcomes, as often as they are written."""
        return [
            *((control, "fail") for control in self.fail),
            *((control, "not applicable") for control in self.not_applicable),
            *((control, "unknown") for control in self.unknown),
        ]


class _Correction(_Model):
    """An expectation that was wrong, and why."""

    service: str
    control: str
    was: Said
    now: Said
    because: str


class _Corrections(RootModel[tuple[_Correction, ...]]):
    pass


class _File(_Model):
    services: dict[str, _Expected]
    doubts: tuple[str, ...] = ()
    corrected: _Corrections = _Corrections(())


@dataclass(frozen=True)
class Project:
    """A folder with a compose file and `expected.yml`."""

    folder: Path

    @cached_property
    def _file(self) -> _File:
        return _File.model_validate(YAML(typ="safe").load(self.folder / FILE))

    def written(self) -> dict[Cell, list[Said]]:
        """Outcomes by service and control as the author wrote them; none is there twice."""
        found: dict[Cell, list[Said]] = defaultdict(list)
        for service, expected in self._file.services.items():
            for control, outcome in expected.pairs():
                found[service, control].append(outcome)
        return dict(found)

    def corrections(self) -> dict[Cell, _Correction]:
        """What was corrected after the first run."""
        return {(row.service, row.control): row for row in self._file.corrected.root}

    def expected(self) -> dict[Cell, str]:
        """Outcomes of every service and live control, corrections applied; what is not written passes."""
        now = {cell: row.now for cell, row in self.corrections().items()}
        written = {cell: outcomes[0] for cell, outcomes in self.written().items()}
        passes = {(service, control): "pass" for service in self._file.services for control in live()}
        return passes | written | now


def judging() -> set[str]:
    """Return the controls that judge where nobody asks for a profile."""
    used = profile.load(profile.DEFAULT)
    return {name for name, entry in catalogue.entries().items() if used.has(entry.control)}


def live() -> set[str]:
    """Return the controls that something which runs decides; a rule has examples of its own."""
    return {name for name, entry in catalogue.entries().items() if not entry.is_rule}


def projects() -> list[Project]:
    """All of them, sorted."""
    return [Project(path.parent) for path in sorted(FOLDER.glob(f"*/{FILE}"))]


def said(results: Mapping[str, Any]) -> dict[Cell, str]:
    """Return what live controls said by service: one outcome, or all that containers and endpoints had.

    A row without a service says that there is nothing to measure in the whole stack, and nothing else.
    """
    found: dict[Cell, set[str]] = defaultdict(set)
    for row in results["outcomes"]:
        if row["control"] not in live():
            continue
        if row["service"] is None:
            assert row["outcome"] == NOT_APPLICABLE, row
        else:
            found[row["service"], row["control"]].add(row["outcome"])
    return {cell: ", ".join(sorted(outcomes)) for cell, outcomes in found.items()}


def differences(project: Project, results: Mapping[str, Any]) -> list[str]:
    """Return one line per service and control that is not as expected, with what was said of it.

    A control without a row for a service found nothing to measure there.
    """
    expected, seen = project.expected(), said(results)
    messages = {(row["service"], row["control"]): row["message"] for row in results["outcomes"]}
    return [
        f"{service} {control}: expected {expected.get((service, control))}, "
        f"seen {seen.get((service, control), NOT_APPLICABLE)} {messages.get((service, control), '')}"
        for service, control in sorted(expected.keys() | seen.keys())
        if expected.get((service, control)) != seen.get((service, control), NOT_APPLICABLE)
    ]
