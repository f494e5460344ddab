"""What of the host is mounted, where links lead on this machine, and how bad it is."""

from pathlib import Path
from typing import Any

import pytest
from tests.unit.conftest import MakeStack
from tests.unit.rules.conftest import Found

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
