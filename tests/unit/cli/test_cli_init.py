"""What `stackproof init` decides before and after it looks."""

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from stackproof.cli import main
from stackproof.cli.init import with_findings
from stackproof.cli.starter import Finding, Sight
from stackproof.outcomes.model import Outcome, OutcomeKind, Results, RunInfo, Severity
from stackproof.stack import schema

# The package's attribute of this name is the command, not the module.
MODULE = sys.modules["stackproof.cli.init"]
SIGHT = Sight(stack="shop", today=date(2027, 3, 1), public=("web",))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that is looked at without an engine."""
    (tmp_path / "compose.yml").write_text("services: {web: {image: x}}\n")
    monkeypatch.setattr(MODULE, "_seen", lambda _source, _given: SIGHT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def init(*words: str) -> Any:  # noqa: ANN401 - click's result
    """Call `stackproof init`."""
    return CliRunner().invoke(main, ["init", *words])


def test_writes_one_file(project: Path) -> None:
    """The contract appears beside the compose file, and nothing else."""
    ended = init()

    assert ended.exit_code == 0
    assert f"wrote {project / 'stackproof.yml'}: 0 endpoints, nothing to waive" in ended.output
    assert sorted(path.name for path in project.iterdir()) == ["compose.yml", "stackproof.yml"]


@pytest.mark.parametrize("name", ["stackproof.yml", "stackproof.yaml"])
def test_keeps_what_is_there(project: Path, name: str) -> None:
    """A contract that is there is left alone without --force, and is the one that --force replaces."""
    (project / name).write_text("public: []\n")
    refused = init()

    assert refused.exit_code == 2
    assert "is there already" in refused.output
    assert (project / name).read_text() == "public: []\n"
    assert init("--force").exit_code == 0
    assert "public: [web]" in (project / name).read_text()
    assert len(list(project.iterdir())) == 2


def test_schema(project: Path) -> None:
    """The schema is written where it is asked for, the header names it, and a foreign file is kept."""
    (project / "other.json").write_text("{}")
    refused = init("--schema", "other.json")
    written = init("--schema", "s.json")

    assert (refused.exit_code, written.exit_code) == (2, 0)
    assert (project / "other.json").read_text() == "{}"
    assert (project / "s.json").read_text() == schema.text()
    assert "$schema=s.json\n" in (project / "stackproof.yml").read_text()


def test_schema_that_is_not_asked_for(project: Path) -> None:
    """Editors are pointed to a schema only where there is one."""
    line = "# yaml-language-server: $schema=stackproof.schema.json"
    init()
    without = (project / "stackproof.yml").read_text().splitlines()
    (project / schema.FILE).write_text(schema.text())
    init("--force")

    assert line not in without
    assert f"#{line}" in without
    assert line in (project / "stackproof.yml").read_text().splitlines()


def test_no_compose_file(project: Path) -> None:
    """A folder without a project ends with 2."""
    (project / "compose.yml").unlink()
    ended = init()

    assert ended.exit_code == 2
    assert "no compose file in" in ended.output


def outcome(kind: OutcomeKind, control: str, service: str | None = "web", number: int = 1) -> Outcome:
    """One outcome."""
    severities = {"a-high": Severity.HIGH, "b-low": Severity.LOW, "c-high": Severity.HIGH}
    return Outcome(
        stack="shop",
        service=service,
        container=f"{service}-{number}" if service else None,
        control=control,
        outcome=kind,
        severity=severities[control],
        message=f"{service}-{number}",
    )


def test_findings_that_are_told_apart() -> None:
    """Each is an entry: one that accepts all would accept the next one, too. None names what is hidden."""
    failed = outcome(OutcomeKind.FAIL, "a-high")
    outcomes = tuple(
        failed.model_copy(update={"aspect": name}) for name in ("TOKEN", "A[redacted]", "DB", "DB")
    )
    results = Results(run=RunInfo(id="x"), stacks=(), controls=(), outcomes=outcomes)

    assert [finding.aspect for finding in with_findings(SIGHT, results).findings] == ["", "DB", "TOKEN"]


def test_findings() -> None:
    """What failed or is advisory becomes one entry per control and service, worst first; the rest is told."""
    outcomes = (
        outcome(OutcomeKind.ADVISORY, "b-low"),
        outcome(OutcomeKind.FAIL, "c-high", number=1),
        outcome(OutcomeKind.FAIL, "c-high", number=2),
        outcome(OutcomeKind.PASS, "a-high"),
        outcome(OutcomeKind.NOT_APPLICABLE, "a-high", "db"),
        outcome(OutcomeKind.FAIL, "a-high", "api"),
        outcome(OutcomeKind.UNKNOWN, "a-high", "job"),
        outcome(OutcomeKind.FAIL, "a-high", None),
    )
    results = Results(run=RunInfo(id="x"), stacks=(), controls=(), outcomes=outcomes)
    found = with_findings(SIGHT, results)

    assert [(f.control, f.service, f.message) for f in found.findings] == [
        ("a-high", "api", "api-1"),
        ("c-high", "web", "web-1"),
        ("b-low", "web", "web-1"),
    ]
    assert found.undecided == ("a-high, job-1: unknown: job-1", "a-high, the stack: fail: None-1")
    assert replace(found, findings=(), undecided=()) == SIGHT
    assert isinstance(found.findings[0], Finding)
