"""The checks of other tools, and what answers them."""

import re
from collections import Counter

import pytest
from click.testing import CliRunner

from stackproof.cli.controls import controls
from stackproof.controls import catalogue, peers, profile
from stackproof.controls.peers import PeerCheck

CHECKS = peers.all_checks()
# How many there are on compose files and images, as each tool lists them.
COUNTS = {
    "compose-lint": 27,  # rules/CL*.py of 0.36.2
    "dclint": 17,  # 15 rules, and the two errors of a file that cannot be read
    "KICS": 22,  # docs/queries/dockercompose-queries.md, and one that it left out
    "docker-bench-security": 48,  # sections 4 and 5 of CIS 1.6.0, and four of its community
    "Dockle": 20,  # CHECKPOINT.md
    "Checkov": 29,  # docs/5.Policy Index/dockerfile.md, and checkov/dockerfile/checks/graph_checks
}


def known() -> set[str]:
    """Every control, and every rule that a profile waits for."""
    return set(catalogue.outline()).union(*(profile.load(name).rules for name in profile.names()))


def test_every_check_of_a_peer_is_there() -> None:
    """None is left out silently."""
    counted = Counter(one.tool for one in CHECKS)

    assert {tool: counted[tool] for tool in COUNTS} == COUNTS


@pytest.mark.parametrize("one", CHECKS, ids=lambda one: f"{one.tool}-{one.id}")
def test_check_is_answered_or_it_is_said_why_not(one: PeerCheck) -> None:
    """By controls that there are."""
    assert one.title
    assert bool(one.controls) != bool(one.why_not)
    assert set(one.controls) <= known()


@pytest.mark.parametrize("control", sorted(catalogue.outline()))
def test_control_is_mapped_or_it_is_said_why_not(control: str) -> None:
    """To a standard or to a check of another tool."""
    mapped = any(control in one.controls for one in CHECKS)

    assert mapped != (control in peers.unmapped())
    assert set(peers.unmapped()) <= known()


def test_what_somebody_means() -> None:
    """By id or title, in any case."""
    (found,) = peers.named("cl-0002")
    assert (found.tool, found.controls) == ("compose-lint", ("no-privileged",))
    assert found in peers.of_control("no-privileged")
    assert [one.id for one in peers.named("privileged containers enabled")] == [
        "ae5b6871-7f45-42e0-bb4c-ab300c4d2026"
    ]
    assert peers.named("no-such-check") == []


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("CL-0002", r"^compose-lint CL-0002 .*\n  is answered by no-privileged\n\nno-privileged \(critical"),
        ("Privileged Containers Enabled", r"^KICS ae5b6871-.*no-privileged"),
        ("check_5_23", r"^docker-bench-security check_5_23 .*\n  is not answered: only the audit log"),
    ],
)
def test_id_of_a_peer_is_explained(name: str, pattern: str) -> None:
    """With the control that answers it."""
    done = CliRunner().invoke(controls, [name])

    assert done.exit_code == 0
    assert re.search(pattern, done.output, re.DOTALL)


def test_our_own_id_comes_first() -> None:
    """Some of dclint's rules have the names of ours."""
    done = CliRunner().invoke(controls, ["no-privileged"])

    assert done.output.startswith("no-privileged (critical")
    assert "compose-lint CL-0002" in done.output


@pytest.mark.parametrize(
    "words",
    [
        "5.5", "CIS 5.5", "cis-5.5", "CIS Docker 1.6.0 5.5", "check_5_5", "docker-bench-security check_5_5",
        "NIST SP 800-190 4.4.3", "OWASP rule 3", "RULE #3", "compose-lint CL-0002", "compose-lint:cl-0002",
        "KICS ae5b6871-7f45-42e0-bb4c-ab300c4d2026", " No-Privileged ",
    ],
)  # fmt: skip
def test_ids_as_people_write_them(words: str) -> None:
    """With who has them, as our own references do it, in part, and in any case of letters."""
    done = CliRunner().invoke(controls, [words])

    assert done.exit_code == 0
    assert "no-privileged (critical" in done.output


@pytest.mark.parametrize("words", ["5.1", "CIS 5.1", "CIS Docker 1.6.0 5.1", "Swarm-Off-If-Unneeded"])
def test_requirement_that_is_not_assessed(words: str) -> None:
    """Is explained with the reason."""
    assert "swarm-off-if-unneeded (not assessed)" in CliRunner().invoke(controls, [words]).output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("DL3008", "rules of hadolint are answered as far as"),
        ("CL-0099", "rules of compose-lint"),
        ("CKV_DOCKER_99", "they are about Dockerfiles"),
        ("2.1", "the others are about the host"),
        ("check_1_1", "the others are about the host"),
        ("foo 5.4", "unknown control 'foo 5.4'"),
        ("no-privilegd", "did you mean 'no-privileged'?"),
        ("", "unknown control ''"),
    ],
)
def test_ids_that_nobody_knows(words: str, said: str) -> None:
    """What is known is told, and where the others are listed."""
    done = CliRunner().invoke(controls, [words])

    assert done.exit_code == 2
    assert said in done.output
    assert "fix: `stackproof controls` lists ours" in done.output
