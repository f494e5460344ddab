"""What of the host is mounted, where links lead on this machine, and how bad it is."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.unit.conftest import MakeStack
from tests.unit.rules.conftest import Found

from stackproof.engine.project import ComposeSettings
from stackproof.rules import host_ways

RULES = ("no-host-root-mount", "no-writable-host-system-mount", "no-sensitive-host-mount")


def mounting(*sources: str, read_only: bool = False) -> dict[str, Any]:
    """Return a service that mounts paths of the host."""
    binds = [
        {"type": "bind", "source": source, "target": f"/{number}", "read_only": read_only}
        for number, source in enumerate(sources)
    ]
    return {"volumes": binds}


@pytest.mark.parametrize(
    ("source", "read_only", "rule", "severity"),
    [
        ("/", False, "no-host-root-mount", "critical"),
        ("//", True, "no-host-root-mount", "high"),
        ("/etc", False, "no-writable-host-system-mount", "critical"),
        ("/etc", True, "no-sensitive-host-mount", "high"),
        ("/proc", True, "no-sensitive-host-mount", "medium"),
        ("/proc", False, "no-writable-host-system-mount", "critical"),
        ("/home/me", False, "no-sensitive-host-mount", "high"),
    ],
)
def test_each_mount_is_told_of_once(  # noqa: PLR0913 - the cases
    make_stack: MakeStack, found: Found, source: str, *, read_only: bool, rule: str, severity: str
) -> None:
    """By the rule that says what can be done with it."""
    stack = make_stack({"web": mounting(source, read_only=read_only)})

    said = {name: found(stack, name)[0] for name in RULES}

    assert {name for name, outcome in said.items() if outcome.outcome == "fail"} == {rule}
    assert said[rule].severity == severity


def test_link_leads_where_it_leads(make_stack: MakeStack, found: Found, tmp_path: Path) -> None:
    """The kernel follows it; what lies in the project's own folder stays the author's."""
    make_stack({"web": {}})
    project = tmp_path / "shop"
    (project / "conf").symlink_to("/etc")
    (project / "etc").mkdir()
    stack = make_stack({"web": mounting(str(project / "conf"), str(project / "etc"))})

    (said,) = found(stack, "no-writable-host-system-mount")

    assert said.aspect == str(project / "conf")


@pytest.mark.parametrize(
    ("file", "kind", "outcome"),
    [
        ("/home/me/.ssh/id_ed25519", "secrets", "pass"),
        ("/home/me/.npmrc", "secrets", "pass"),
        ("/home/me/.docker/config.json", "secrets", "pass"),
        ("/etc/ssl/private/shop.key", "secrets", "pass"),
        ("/etc/rancher/k3s/k3s.yaml", "secrets", "pass"),
        ("/home/me/.ssh", "secrets", "fail"),
        ("/etc/ssl/private", "secrets", "fail"),
        ("/etc/shadow", "secrets", "fail"),
        ("/etc/ssh/ssh_host_ed25519_key", "secrets", "fail"),
        ("/home/me/.ssh/id_ed25519", "configs", "fail"),
    ],
)
def test_key_that_is_handed_over(
    make_stack: MakeStack, found: Found, file: str, kind: str, outcome: str
) -> None:
    """One file by `secrets:` is what the rule asks for; a folder is not, nor what is the host's alone."""
    stack = make_stack({"web": {kind: [{"source": "key"}]}})
    stack.model.raw[kind] = {"key": {"file": file}}  # type: ignore[index]

    assert [one.outcome for one in found(stack, "no-sensitive-host-mount")] == [outcome]


@pytest.mark.parametrize(
    ("project", "source", "outcome"),
    [
        ("/", "/etc", "fail"),
        ("/", "/data", "pass"),
        ("/etc", "/etc/cron.d", "fail"),
        ("/etc", "/etc/nginx", "pass"),
        ("/root", "/root/.bashrc", "fail"),
        ("/root", "/root/data", "pass"),
        ("/root/stack", "/root/stack/.ssh", "pass"),
        ("/etc/docker/shop", "/etc/docker/shop/data", "pass"),
    ],
)
def test_project_in_a_folder_of_the_host(
    make_stack: MakeStack, found: Found, project: str, source: str, outcome: str
) -> None:
    """What lies in it is the author's, but for what has a name of its own to the host."""
    stack = make_stack({"web": mounting(source)})
    settings = ComposeSettings(project_directory=Path(project))
    moved = replace(stack, source=replace(stack.source, settings=settings))

    assert [one.outcome for one in found(moved, "no-writable-host-system-mount")] == [outcome]


def test_project_is_a_home(
    make_stack: MakeStack, found: Found, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys in it are those of a user, wherever homes are on this machine."""
    monkeypatch.setenv("HOME", str(tmp_path / "shop"))
    key, data = tmp_path / "shop" / ".ssh" / "id_ed25519", tmp_path / "shop" / "data"

    (said,) = found(make_stack({"web": mounting(str(key), str(data))}), "no-sensitive-host-mount")

    assert (said.outcome, said.aspect) == ("fail", str(key))


@pytest.fixture
def _locked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Links of /proc that only their owner may read."""
    follow = os.path.realpath

    def refuse(path: str, *, strict: bool = False) -> str:
        if str(path).startswith("/proc/"):
            raise PermissionError(13, "Permission denied")
        return follow(path, strict=strict)

    monkeypatch.setattr(os.path, "realpath", refuse)
    host_ways.real.cache_clear()


@pytest.mark.usefixtures("_locked")
@pytest.mark.parametrize(
    ("source", "read_only", "said"),
    [
        # To the engine it is all of the host, whoever asks here.
        ("/proc/1/root", False, ("fail", "pass", "pass")),
        ("/proc/1/root/etc", False, ("pass", "fail", "pass")),
        ("/proc/self/root/home/me/.ssh", True, ("pass", "pass", "fail")),
        # Nobody can tell where it leads; that it is in /proc is told all the same.
        ("/proc/4711/root", False, ("unknown", "fail", "pass")),
        ("/proc/4711/fd/3", True, ("unknown", "pass", "fail")),
    ],
)
def test_link_that_nobody_may_read(
    make_stack: MakeStack, found: Found, source: str, *, read_only: bool, said: tuple[str, ...]
) -> None:
    """Is no error of ours."""
    stack = make_stack({"web": mounting(source, read_only=read_only)})

    outcomes = {name: found(stack, name) for name in RULES}

    assert tuple(found[0].outcome for found in outcomes.values()) == said
    unknown = [one.message for told in outcomes.values() for one in told if one.outcome == "unknown"]
    assert unknown in ([], [f"web mounts what cannot be followed: {source} (Permission denied)"])


def test_secret_is_for_reading(make_stack: MakeStack, found: Found) -> None:
    """Compose mounts its file so; what is in it is told all the same."""
    services = {"web": {"secrets": [{"source": "key", "target": "/run/secrets/key"}]}}
    stack = make_stack(services)
    stack.model.raw["secrets"] = {"key": {"file": "/etc/ssh/ssh_host_rsa_key"}}  # type: ignore[index]

    assert found(stack, "no-writable-host-system-mount")[0].outcome == "pass"
    assert found(stack, "no-sensitive-host-mount")[0].outcome == "fail"


@pytest.mark.parametrize(
    ("options", "propagation"),
    [("bind,rshared", "rshared"), ("bind,shared", "shared"), ("bind,rslave", ""), ("bind", "")],
)
def test_propagation_of_a_volume(make_stack: MakeStack, found: Found, options: str, propagation: str) -> None:
    """The local driver has it among the kernel's words."""
    mount = {"type": "volume", "source": "v", "target": "/v"}
    stack = make_stack({"web": {"volumes": [mount]}})
    stack.model.raw["volumes"] = {"v": {"driver_opts": {"o": options, "device": "/mnt"}}}  # type: ignore[index]

    (said,) = found(stack, "no-shared-propagation")

    words = f"web mounts /mnt with {propagation} propagation"
    assert (said.outcome == "pass", said.message == words) == (not propagation, bool(propagation))
