"""How much it matters what a mount finds on the host, and when nobody can tell."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.unit.conftest import MakeStack
from tests.unit.rules.conftest import Found

from stackproof.outcomes.model import OutcomeKind, Severity
from stackproof.stack.model import Model

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


BIND = (
    "services:\n  web:\n    volumes:\n      - {{type: bind, source: ./app.conf, target: /etc/app.conf{}}}\n"
)
SHORT = "services:\n  web:\n    volumes: ['./app.conf:/etc/app.conf']\n"
MADE, REFUSED = (
    "the engine makes an empty folder in place of a file",
    "nothing makes it, and `up` ends with an error",
)
EITHER = f"by the version of Compose, `up` ends with an error, or {MADE}"


@pytest.mark.parametrize(
    ("written", "bind", "severity", "said"),
    [
        # What Compose 2.26 and 2.40 print, and what a newer one does, which has a word for what is not made.
        (SHORT, {"create_host_path": True}, Severity.MEDIUM, MADE),
        (SHORT, None, Severity.MEDIUM, MADE),
        (BIND.format(""), None, Severity.MEDIUM, EITHER),
        (BIND.format(", bind: {propagation: rslave}"), {"propagation": "rslave"}, Severity.MEDIUM, EITHER),
        (BIND.format(", bind: {create_host_path: true}"), {"create_host_path": True}, Severity.MEDIUM, MADE),
        (BIND.format(", bind: {create_host_path: true}"), {}, Severity.MEDIUM, MADE),
        (BIND.format(", bind: {create_host_path: false}"), {}, Severity.LOW, REFUSED),
        (
            BIND.format(", bind: {create_host_path: false}"),
            {"create_host_path": False},
            Severity.LOW,
            REFUSED,
        ),
    ],
)
def test_what_is_made(  # noqa: PLR0913, PLR0917 - the cases
    make_stack: MakeStack,
    found: Found,
    tmp_path: Path,
    written: str,
    bind: dict[str, Any] | None,
    severity: Severity,
    said: str,
) -> None:
    """In place of what is not there: a folder, or nothing."""
    services = mounting(tmp_path / "shop" / "app.conf", "/etc/app.conf")
    if bind is not None:
        services["web"]["volumes"][0]["bind"] = bind
    (outcome,) = found(make_stack(services, compose=written), RULE)

    assert outcome.message.endswith(f"which is not there: {said}")
    assert outcome.severity == severity


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


MEMORY = {"type": "tmpfs", "device": "tmpfs"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (MEMORY, "without noexec, nosuid and nodev"),
        (MEMORY | {"o": ""}, "without noexec, nosuid and nodev"),
        (MEMORY | {"o": "size=64m"}, "without noexec, nosuid and nodev"),
        (MEMORY | {"o": "exec,suid,dev"}, "without noexec, nosuid and nodev"),
        (MEMORY | {"o": "noexec"}, "without nosuid and nodev"),
        (MEMORY | {"o": "noexec,nodev"}, "without nosuid"),
        (MEMORY | {"o": "noexec,nosuid,nodev,exec"}, "without noexec"),
        (MEMORY | {"o": "ro,noexec,rw"}, "without nosuid and nodev"),
        (MEMORY | {"o": "noexec, nosuid,nodev"}, "without nosuid"),
        (MEMORY | {"o": "exec,noexec,nosuid,nodev"}, ""),
        (MEMORY | {"o": "ro"}, ""),
        ({"type": "none", "device": "/srv", "o": "bind"}, None),
        ({"type": "tmpfs", "device": "/srv", "o": "bind,exec"}, None),
        ({"type": "nfs", "device": ":/srv", "o": "addr=nas"}, None),
        ({}, None),
    ],
)
def test_volume_in_memory(
    make_stack: MakeStack, found: Found, options: dict[str, str], words: str | None
) -> None:
    """Has the options that are written, as /proc/mounts shows with moby 26; of others nothing is said."""
    stack = make_stack({"web": {"volumes": [{"type": "volume", "source": "scratch", "target": "/scratch"}]}})
    raw = {**stack.model.raw, "volumes": {"scratch": {"driver_opts": options}}}

    (outcome,) = found(replace(stack, model=Model(raw=raw)), "tmpfs-keeps-noexec")

    if words:
        assert outcome.message == f"web: the volume in memory /scratch is mounted {words}"
    else:
        assert outcome.outcome is (OutcomeKind.NOT_APPLICABLE if words is None else OutcomeKind.PASS)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("", ""),
        ("size=64m,mode=1777", ""),
        ("exec", "with exec"),
        ("suid,dev", "with suid and dev"),
        ("exec,suid,dev", "with exec, suid and dev"),
        ("exec,noexec", ""),
        ("noexec,exec", "with exec"),
        ("exec,ro", ""),
        ("exec,ro,rw", "with exec"),
    ],
)
def test_tmpfs_of_the_engine(make_stack: MakeStack, found: Found, options: str, words: str) -> None:
    """Forbids all three by itself, as /proc/mounts shows with moby 26."""
    (outcome,) = found(make_stack({"web": {"tmpfs": [f"/tmp:{options}"]}}), "tmpfs-keeps-noexec")  # noqa: S108

    assert outcome.outcome is (OutcomeKind.FAIL if words else OutcomeKind.PASS)
    assert outcome.message.endswith(words)
