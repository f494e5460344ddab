"""How much it matters what a mount finds on the host, and when nobody can tell."""

from pathlib import Path
from typing import Any

import pytest
from tests.unit.conftest import MakeStack
from tests.unit.rules.conftest import Found

from stackproof.outcomes.model import OutcomeKind, Severity

RULE = "bind-sources-exist"


def mounting(source: Path | str, target: str) -> dict[str, Any]:
    """Return the services of a stack of which one mounts something of the host."""
    return {"web": {"volumes": [{"type": "bind", "source": str(source), "target": target}]}}


@pytest.mark.parametrize(
    ("name", "target", "severity"),
    [
        ("nginx.conf", "/etc/nginx/nginx.conf", Severity.MEDIUM),
        ("Caddyfile", "/etc/caddy/Caddyfile", Severity.MEDIUM),
        ("data", "/data", Severity.LOW),
        ("data.d", "/etc/app.conf", Severity.LOW),
        ("/nobody/has/this.conf", "/etc/app.conf", Severity.LOW),
    ],
)
def test_missing_source(  # noqa: PLR0913, PLR0917 - the cases
    make_stack: MakeStack, found: Found, tmp_path: Path, name: str, target: str, severity: Severity
) -> None:
    """A file of the project's own matters more than a folder, and than what another machine may have."""
    (outcome,) = found(make_stack(mounting(tmp_path / "shop" / name, target)), RULE)

    assert (outcome.outcome, outcome.severity) == (OutcomeKind.FAIL, severity)


def test_source_of_the_wrong_kind(make_stack: MakeStack, found: Found, tmp_path: Path) -> None:
    """It is there, and no program can start with it."""
    (tmp_path / "shop" / "app.conf").mkdir(parents=True)
    (outcome,) = found(make_stack(mounting(tmp_path / "shop" / "app.conf", "/etc/app.conf")), RULE)

    assert (outcome.outcome, outcome.severity) == (OutcomeKind.FAIL, Severity.HIGH)


def test_link_to_nothing(make_stack: MakeStack, found: Found, tmp_path: Path) -> None:
    """An engine makes no folder where a link is: the service does not start."""
    (tmp_path / "data").symlink_to(tmp_path / "nowhere")
    (outcome,) = found(make_stack(mounting(tmp_path / "data", "/data")), RULE)

    assert (outcome.outcome, outcome.severity) == (OutcomeKind.FAIL, Severity.HIGH)


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("ssh://me@build.example", OutcomeKind.NOT_APPLICABLE),
        ("tcp://127.0.0.1:2375", OutcomeKind.FAIL),
        ("unix:///run/docker.sock", OutcomeKind.FAIL),
    ],
)
def test_engine_on_another_machine(
    make_stack: MakeStack, found: Found, monkeypatch: pytest.MonkeyPatch, address: str, kind: OutcomeKind
) -> None:
    """What is there is not to be seen from here."""
    monkeypatch.setenv("DOCKER_HOST", address)

    assert [one.outcome for one in found(make_stack(mounting("/nobody/has/this", "/x")), RULE)] == [kind]


def test_source_that_nobody_may_look_at(
    make_stack: MakeStack, found: Found, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is not missing: nobody knows."""

    def refuse(_path: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    stack = make_stack(mounting(tmp_path / "x", "/x"))
    monkeypatch.setattr(Path, "is_dir", refuse)

    assert [one.outcome for one in found(stack, RULE)] == [OutcomeKind.UNKNOWN]
