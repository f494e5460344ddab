"""Findings beside the lines of a pull request."""

import pytest
from tests.unit.report.runner import obeyed
from tests.unit.report.samples import called_below, mixed, outcome, proven

from stackproof.outcomes.model import OutcomeKind, Results, Severity
from stackproof.report import annotations
from stackproof.report.view import Overview

FAIL, UNKNOWN, ADVISORY = OutcomeKind.FAIL, OutcomeKind.UNKNOWN, OutcomeKind.ADVISORY


def commands(*outcomes: object) -> list[str]:
    """Return the commands of a run that said this."""
    return annotations.commands(mixed().model_copy(update={"outcomes": outcomes, "causes": ()}))


def test_finding_in_its_line() -> None:
    """With what is wrong, where and how to mend it; quoted as the runner unquotes it."""
    place = {"file": "compose, a.yml", "line": 7, "column": 5}
    (line,) = commands(outcome(FAIL, "effective-uid-nonroot", "web", "100% root:\na, b", **place))

    fields = "title=effective-uid-nonroot (high) web,file=stacks/shop/compose%2C a.yml,line=7,col=5"
    fix = "Set `user:` in the compose file or `USER` in the image.%0ALet a proxy listen above 1023."
    assert line == f"::error {fields}::100%25 root:%0Aa, b%0Afix: {fix}"
    assert obeyed(line) == [line]


def test_file_is_from_the_top_of_the_repository() -> None:
    """Wherever the command was called: GitHub looks for it from there."""
    said = outcome(FAIL, "x", "web", "bad", file="../base.yml", line=7)
    results = mixed().model_copy(update={"outcomes": (said,), "causes": ()})
    (below,) = annotations.commands(called_below("deploy/eu", results))
    (outside,) = annotations.commands(called_below("..", results))

    assert ",file=deploy/eu/stacks/base.yml,line=7::" in below
    assert "file=" not in outside


@pytest.mark.parametrize(
    ("origin", "repository", "shown"),
    [
        ("https://github.com/acme/shop", "acme/shop", True),
        ("https://github.com/Acme/Shop.git/", "acme/shop", True),
        ("git@github.com:acme/shop.git", "acme/shop", True),
        ("", "acme/shop", True),
        ("https://github.com/acme/shop", "", True),
        ("https://github.com/acme/lib", "acme/shop", False),
        ("https://github.com/other-acme/shop", "acme/shop", False),
    ],
)
def test_lines_of_another_repository_are_not_named(origin: str, repository: str, *, shown: bool) -> None:
    """A submodule has files of the same names: GitHub would show the finding beside the wrong ones."""
    said = outcome(FAIL, "x", "web", "bad", file="compose.yml", line=7)
    results = mixed().model_copy(update={"outcomes": (said,), "causes": ()})
    (line,) = annotations.commands(called_below("", results, origin), repository)

    assert (",file=" in line) is shown


@pytest.mark.parametrize(
    ("kind", "severity", "level"),
    [
        (FAIL, Severity.CRITICAL, "error"),
        (UNKNOWN, Severity.HIGH, "error"),
        (FAIL, Severity.MEDIUM, "warning"),
        (ADVISORY, Severity.HIGH, "notice"),
    ],
)
def test_level(kind: OutcomeKind, severity: Severity, level: str) -> None:
    """What does not fail the run is a notice."""
    (line,) = commands(outcome(kind, "x", "web", severity=severity))

    assert line.startswith(f"::{level} ")


def test_at_most_ten_of_a_kind() -> None:
    """The gravest, and the last says how many are missing."""
    light = [outcome(FAIL, f"c{n}", "web", "light", severity=Severity.HIGH) for n in range(14)]
    lines = commands(*light, outcome(FAIL, "grave", "web", "grave", severity=Severity.CRITICAL))

    assert len(lines) == annotations.MOST
    assert lines[0].startswith("::error title=grave (critical)")
    assert lines[-1] == "::error title=stackproof::6 more are in the report: GitHub shows 10 of a kind"


def test_all_of_ten_are_shown() -> None:
    """Nothing is missing then."""
    lines = commands(*(outcome(FAIL, f"c{n}", "web", severity=Severity.HIGH) for n in range(10)))

    assert len(lines) == 10
    assert "more are in" not in lines[-1]


def test_cause_is_told_once(sample: tuple[str, Results], monkeypatch: pytest.MonkeyPatch) -> None:
    """And not for each control that was not judged; every command is one line that the runner obeys."""
    monkeypatch.setattr(annotations, "MOST", 1000)
    results = sample[1]
    lines = annotations.commands(results)
    shown = [one for one in results.outcomes if one.outcome in (FAIL, ADVISORY, UNKNOWN)]
    told = [one for one in shown if one.outcome is not UNKNOWN or one.cause is None]
    causes = sum(len(stack.causes) for stack in Overview.of(results).stacks)

    assert obeyed("\n".join(lines)) == lines
    assert len(lines) == len(told) + causes


def test_nothing_to_see_to() -> None:
    """A run that passed annotates nothing."""
    assert annotations.commands(proven()) == []


@pytest.mark.parametrize("file", ["/srv/compose.yml", "../../../compose.yml"])
def test_place_outside_is_not_named(file: str) -> None:
    """GitHub knows files of the repository only."""
    (line,) = commands(outcome(FAIL, "x", "web", file=file, line=3))

    assert "file=" not in line
