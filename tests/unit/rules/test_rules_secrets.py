"""Who else may read an env file that holds secrets."""

import shutil
from pathlib import Path

import pytest
from tests.unit.conftest import MakeStack
from tests.unit.rules.conftest import Found

from stackproof.engine.git import git
from stackproof.outcomes.model import OutcomeKind, Severity
from stackproof.rules import secrets

RULE = "env-file-reviewed"
COMPOSE = "services:\n  app:\n    env_file: [app.env]\n"
PASS, FAIL, UNKNOWN = OutcomeKind.PASS, OutcomeKind.FAIL, OutcomeKind.UNKNOWN


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    """Return an env file with a secret, in a repository, which its owner alone may read."""
    (tmp_path / "shop").mkdir()
    file = tmp_path / "shop" / "app.env"
    file.write_text("DB_PASSWORD=hunter2\n")
    file.chmod(0o600)
    assert git(tmp_path, "init", "--quiet") is not None
    return file


def said(make_stack: MakeStack, found: Found) -> list[tuple[OutcomeKind, Severity]]:
    """Return what the rule says of the stack beside the file."""
    return [(one.outcome, one.severity) for one in found(make_stack({"app": {}}, compose=COMPOSE), RULE)]


def test_committed(make_stack: MakeStack, found: Found, env_file: Path) -> None:
    """It matters from the index on, whoever may read the file here."""
    assert [kind for kind, _severity in said(make_stack, found)] == [PASS]

    assert git(env_file.parent, "add", env_file.name) is not None
    assert said(make_stack, found) == [(FAIL, Severity.MEDIUM)]


def test_committed_without_a_secret(make_stack: MakeStack, found: Found, env_file: Path) -> None:
    """It may be."""
    env_file.write_text("TZ=UTC\n")
    assert git(env_file.parent, "add", env_file.name) is not None

    assert [kind for kind, _severity in said(make_stack, found)] == [PASS]


@pytest.mark.parametrize(
    ("mode", "open_to_all"), [(0o644, True), (0o604, True), (0o640, False), (0o600, False)]
)
def test_readable(
    make_stack: MakeStack, found: Found, env_file: Path, mode: int, *, open_to_all: bool
) -> None:
    """A group of its own is who deploys."""
    env_file.chmod(mode)

    outcomes = said(make_stack, found)
    assert outcomes == [(FAIL, Severity.LOW)] if open_to_all else [kind for kind, _ in outcomes] == [PASS]


def test_git_that_does_not_answer(
    make_stack: MakeStack, found: Found, env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows whether it is committed; without a repository it is not."""
    monkeypatch.setattr(secrets, "git", lambda *_words: None)
    assert [kind for kind, _severity in said(make_stack, found)] == [UNKNOWN]

    shutil.rmtree(env_file.parents[1] / ".git")
    assert [kind for kind, _severity in said(make_stack, found)] == [PASS]
