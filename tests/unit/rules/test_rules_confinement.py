"""What options take away, as the engine reads them."""

from pathlib import Path

import pytest
from tests.unit.conftest import MakeStack
from tests.unit.rules.conftest import Found


@pytest.mark.parametrize(
    ("rule", "options", "outcome"),
    [
        ("no-new-privileges", ["no-new-privileges:false", "no-new-privileges"], "pass"),
        ("no-new-privileges", ["no-new-privileges:T"], "pass"),
        ("no-new-privileges", ["no-new-privileges:0"], "fail"),
        # No engine takes these, so it is not on.
        ("no-new-privileges", ["no-new-privileges:yes"], "fail"),
        ("no-new-privileges", ["No-New-Privileges:true"], "fail"),
        ("seccomp-enabled", ["seccomp:unconfined", "seccomp="], "pass"),
        ("seccomp-enabled", ["seccomp=", "seccomp:unconfined"], "fail"),
        ("apparmor-not-disabled", ["apparmor:unconfined", "apparmor=mine"], "pass"),
        # Each label counts, whatever follows it.
        ("selinux-not-disabled", ["label:disable", "label:level:s0"], "fail"),
        ("selinux-not-disabled", ["label:type:spc_t_not"], "pass"),
        # Compose knows this one text, and the engine none.
        ("system-paths-masked", ["systempaths:unconfined"], "pass"),
        ("system-paths-masked", ["systempaths=default"], "pass"),
    ],
)
def test_option(make_stack: MakeStack, found: Found, rule: str, options: list[str], outcome: str) -> None:
    """Of several entries, and in all spellings."""
    (said,) = found(make_stack({"web": {"security_opt": options}}), rule)

    assert said.outcome == outcome


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ('{"defaultAction": "SCMP_ACT_ERRNO"}', ("pass", "high")),
        ('{"DefaultAction": "SCMP_ACT_KILL_PROCESS"}', ("pass", "high")),
        ('{"defaultAction": "SCMP_ACT_ALLOW"}', ("fail", "medium")),
        ('{"defaultAction": "SCMP_ACT_LOG"}', ("fail", "medium")),
        # With such a one nothing starts.
        ("no JSON", ("pass", "high")),
        (None, ("pass", "high")),
    ],
)
def test_profile_of_seccomp(
    make_stack: MakeStack, found: Found, tmp_path: Path, profile: str | None, said: tuple[str, str]
) -> None:
    """A list of what is forbidden leaves all else open; its path is seen from the project's folder."""
    stack = make_stack({"web": {"security_opt": ["seccomp=./calls.json"]}})
    if profile is not None:
        (tmp_path / "shop" / "calls.json").write_text(profile)

    (outcome,) = found(stack, "seccomp-enabled")

    assert (outcome.outcome, outcome.severity) == said


def test_profile_without_an_end(make_stack: MakeStack, found: Found) -> None:
    """A device is no profile, and nothing starts with it."""
    (outcome,) = found(make_stack({"web": {"security_opt": ["seccomp=/dev/zero"]}}), "seccomp-enabled")

    assert outcome.outcome == "pass"
