"""The mutants: one realistic mistake for each control, on top of one sound stack."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from tests.live.running import ROOT, Ended, Lab

FOLDER = ROOT / "tests" / "mutants"
BASE = FOLDER / "compose.yml"
NO_MUTANTS = {"compose", "stackproof"}
# A stack that does not come back is waited for a minute, once per trial.
DEADLINE = 300.0

By = dict[str | None, set[str]]


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A compose override, and what its header promises."""

    file: Path
    service: str
    outcome: str

    @property
    def control(self) -> str:
        """The control that it must turn red; a second mutant of one has a word of its own after a dot."""
        return self.file.stem.partition(".")[0]


def read(file: Path) -> Mutant:
    """Read the header of a mutant; its body may hold Compose's own tags."""
    header: dict[str, Any] = YAML().load(file)["x-stackproof"]
    return Mutant(file=file, **header)


def all_mutants() -> list[Mutant]:
    """Every mutant, sorted by control."""
    return [read(file) for file in sorted(FOLDER.glob("*.yml")) if file.stem not in NO_MUTANTS]


def prove(lab: Lab, stack: str, *options: str, workers: int = 0) -> Ended:
    """Run the real tool on a stack at the lowest gate."""
    words = ["-p", "no:randomly", "-p", "no:cacheprovider", "-n", str(workers), "--fail-on", "low"]
    run = lab.start("pytest", *words, "--stack", stack, *options, "tests/infra", "tests/http", cwd=ROOT)
    return run.wait(DEADLINE)


def outcomes(results: dict[str, Any], control: str) -> By:
    """All outcomes of a control, by service."""
    found: By = defaultdict(set)
    for row in results["outcomes"]:
        if row["control"] == control:
            found[row["service"]].add(row["outcome"])
    return dict(found)
