"""Which controls judge in which profile."""

import re
from pathlib import Path

import pytest

from stackproof.controls import catalogue, profile
from stackproof.controls.control import Control, Needs
from stackproof.controls.profile import Profile
from stackproof.controls.severity import Severity
from stackproof.errors import UsageError

NAMES = ("baseline", "cis", "homelab", "hygiene", "strict")
RULE = Control(id="no-such-rule", title="x", severity=Severity.LOW, needs=Needs.MODEL)
LIVE = Control(id="container-healthy", title="x", severity=Severity.HIGH)


def test_names() -> None:
    """Each is a file."""
    assert profile.names() == tuple(sorted(NAMES))


@pytest.mark.parametrize("name", NAMES)
def test_profile_is_data_that_merges(name: str) -> None:
    """One id on each line, sorted, each once; what is graded is in it."""
    text = (profile.FOLDER / f"{name}.toml").read_text()
    listed = re.findall(r'^  "([a-z0-9-]+)",$', text, re.MULTILINE)
    found = profile.load(name)

    assert listed == sorted(set(listed))
    assert set(listed) == found.rules | found.without
    assert found.title
    assert not set(found.severities) - found.rules - {e.control.id for e in catalogue.entries().values()}


@pytest.mark.parametrize("name", NAMES)
def test_live_control_is_in_every_profile(name: str) -> None:
    """Until one leaves it out."""
    assert profile.load(name).has(LIVE)
    assert not Profile(name="x", title="x", rules=frozenset(), without=frozenset({LIVE.id})).has(LIVE)


def test_rule_that_no_profile_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is in strict alone, when it is one of ours."""
    monkeypatch.setattr(catalogue, "shipped", lambda: frozenset({RULE.id}))

    assert profile.with_control(RULE) == ["strict"]


def test_what_a_team_brought_always_judges() -> None:
    """It named it itself."""
    assert profile.with_control(RULE) == sorted(NAMES)


def test_severity_differs_by_profile() -> None:
    """The control stays as it is but for that."""
    mild = Profile(name="x", title="x", rules=frozenset(), severities={RULE.id: Severity.INFO})

    assert mild.graded(RULE).severity is Severity.INFO
    assert mild.graded(RULE).id == RULE.id
    assert mild.graded(LIVE) is LIVE


def test_unknown_profile() -> None:
    """Somebody who means a profile of Compose is told how to enable it."""
    with pytest.raises(UsageError) as told:
        profile.load("basline")

    assert str(told.value) == (
        "no profile 'basline': there are baseline, cis, homelab, hygiene, strict; did you mean 'baseline'?; "
        "a profile of Compose is enabled with --compose-profile"
    )


def test_help_names_every_profile() -> None:
    """Where the option is declared it cannot be known."""
    settings = Path(profile.__file__).parents[1] / "settings.py"

    assert "baseline, cis, strict, homelab or hygiene" in settings.read_text()
