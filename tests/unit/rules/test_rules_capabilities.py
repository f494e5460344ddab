"""Every capability of the kernel is told of once, and as bad as it is there."""

from typing import Any

import pytest
from tests.unit.conftest import MakeStack
from tests.unit.rules.conftest import Found

from stackproof.rules import capabilities as rules
from stackproof.stack import capabilities
from stackproof.stack.capabilities import ALL, DEFAULT
from stackproof.stack.service import Service

# capabilities(7) of Linux 6.x.
KERNEL = {
    "AUDIT_CONTROL", "AUDIT_READ", "AUDIT_WRITE", "BLOCK_SUSPEND", "BPF", "CHECKPOINT_RESTORE",
    "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "IPC_LOCK", "IPC_OWNER", "KILL",
    "LEASE", "LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "MKNOD", "NET_ADMIN",
    "NET_BIND_SERVICE", "NET_BROADCAST", "NET_RAW", "PERFMON", "SETFCAP", "SETGID", "SETPCAP",
    "SETUID", "SYSLOG", "SYS_ADMIN", "SYS_BOOT", "SYS_CHROOT", "SYS_MODULE", "SYS_NICE",
    "SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG",
    "WAKE_ALARM",
}  # fmt: skip
TABLES: dict[str, frozenset[str]] = {
    "no-host-takeover-caps": frozenset(rules.TAKEOVER),
    "no-host-adjacent-caps": frozenset(rules.ADJACENT),
    "no-host-reaching-caps": frozenset(rules.REACHING),
    "no-host-availability-caps": frozenset(rules.AVAILABILITY),
    "no-host-disclosure-caps": frozenset(rules.DISCLOSURE),
    "no-trace-read-caps": frozenset(rules.TRACING),
    "no-extra-caps": frozenset(rules.FURTHER),
}


def test_every_capability_is_in_one_table() -> None:
    """One that is new to the kernel would be in none."""
    named = [name for table in (DEFAULT, *TABLES.values()) for name in table]

    assert sorted(named) == sorted({*KERNEL, ALL})


@pytest.mark.parametrize("name", sorted({*KERNEL, ALL} - DEFAULT))
def test_capability_is_told_of_by_one_rule(make_stack: MakeStack, found: Found, name: str) -> None:
    """However it is spelled; and beside a drop of all."""
    service = {"cap_add": [f"cap_{name.lower()}", name], "cap_drop": ["ALL"]}
    stack = make_stack({"web": service})

    said = {rule: found(stack, rule) for rule in TABLES}

    failing = {
        rule: [o.aspect for o in outcomes] for rule, outcomes in said.items() if outcomes[0].outcome != "pass"
    }
    assert failing == {rule: [name] for rule, table in TABLES.items() if name in table}


@pytest.mark.parametrize(
    ("rule", "service", "severity"),
    [
        ("no-host-takeover-caps", {"cap_add": ["SYS_ADMIN"]}, "critical"),
        ("no-host-adjacent-caps", {"cap_add": ["NET_ADMIN"]}, "medium"),
        ("no-host-adjacent-caps", {"cap_add": ["NET_ADMIN"], "network_mode": "host"}, "high"),
        ("no-host-adjacent-caps", {"cap_add": ["NET_ADMIN"], "network_mode": "service:gate"}, "high"),
        ("no-host-adjacent-caps", {"cap_add": ["NET_ADMIN"], "network_mode": "none"}, "medium"),
        ("no-host-adjacent-caps", {"cap_add": ["BPF"]}, "high"),
        ("no-host-availability-caps", {"cap_add": ["IPC_LOCK"]}, "medium"),
        ("no-host-availability-caps", {"cap_add": ["IPC_LOCK"], "mem_limit": "0"}, "medium"),
        ("no-host-availability-caps", {"cap_add": ["SYS_NICE"], "mem_limit": "1024"}, "medium"),
        ("no-trace-read-caps", {"cap_add": ["SYS_PTRACE"]}, "medium"),
        ("no-trace-read-caps", {"cap_add": ["SYS_PTRACE"], "pid": "service:gate"}, "high"),
        ("no-trace-read-caps", {"cap_add": ["DAC_READ_SEARCH"]}, "high"),
        ("no-extra-caps", {"cap_add": ["MAC_ADMIN"]}, "high"),
        ("no-extra-caps", {"cap_add": ["SYS_RESOURCE"]}, "medium"),
        ("no-extra-caps", {"cap_add": ["NET_BROADCAST"]}, "low"),
    ],
)
def test_severity(
    make_stack: MakeStack, found: Found, rule: str, service: dict[str, Any], severity: str
) -> None:
    """As far as the capability reaches from there."""
    gate = {"network_mode": "host", "pid": "host"}

    outcomes = found(make_stack({"app": service, "gate": gate}), rule)

    assert {o.service: (o.outcome, o.severity) for o in outcomes if o.outcome != "pass"} == {
        "app": ("fail", severity)
    }


@pytest.mark.parametrize(
    ("rule", "added", "words"),
    [
        ("no-host-adjacent-caps", "NET_ADMIN", "the firewall of the host"),
        ("no-trace-read-caps", "SYS_PTRACE", "every process of the host"),
    ],
)
def test_words_of_what_is_the_hosts(
    make_stack: MakeStack, found: Found, rule: str, added: str, words: str
) -> None:
    """Whoever shares a view of the host is told that it is the host's."""
    own = {"cap_add": [added]}
    shared = {**own, "network_mode": "host", "pid": "host"}

    outcomes = found(make_stack({"own": own, "shared": shared}), rule)

    assert {o.service: o.message.endswith(words) for o in outcomes} == {"own": False, "shared": True}


def service(**raw: Any) -> Service:  # noqa: ANN401 - a service's own keys
    """Return one of a file that says no more."""
    return Service(name="web", raw=raw)


def test_numbers_are_those_of_the_kernel() -> None:
    """The engine's own set, as /proc/1/status of a container without options shows it."""
    assert capabilities.of_mask(0xA80425FB) == DEFAULT
    assert capabilities.of_mask((1 << 41) - 1) == set(capabilities.KERNEL) == KERNEL
    assert capabilities.of_mask(1 << 41) == {"CAP_41"}
    assert capabilities.of_mask(0) == set()


@pytest.mark.parametrize(
    ("raw", "given", "dropped"),
    [
        ({}, DEFAULT, set()),
        ({"cap_drop": ["net_raw"]}, DEFAULT - {"NET_RAW"}, {"NET_RAW"}),
        ({"cap_drop": ["ALL"], "cap_add": ["CHOWN"]}, {"CHOWN"}, KERNEL - {"CHOWN"}),
        ({"cap_drop": ["ALL"]}, set(), KERNEL),
        ({"cap_add": ["NET_RAW"], "cap_drop": ["NET_RAW"]}, DEFAULT, {"NET_RAW"}),
        ({"cap_add": ["SYS_NICE"]}, DEFAULT | {"SYS_NICE"}, set()),
        ({"cap_add": ["ALL"], "cap_drop": ["ALL"]}, {ALL}, KERNEL),
        ({"privileged": True, "cap_drop": ["CHOWN"]}, {ALL}, {"CHOWN"}),
    ],
)
def test_what_an_engine_makes_of_a_file(raw: dict[str, Any], given: set[str], dropped: set[str]) -> None:
    """And what the file says that a container has not, which may be another thing."""
    assert capabilities.given(service(**raw)) == given
    assert capabilities.dropped(service(**raw)) == dropped


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({}, "drops no capability"),
        ({"cap_drop": ["NET_RAW"]}, "drops only NET_RAW"),
        ({"cap_drop": ["CAP_ALL"]}, "drops nothing: no engine knows the capability 'CAP_ALL'"),
        ({"cap_drop": ["NET_RAW", "FOO"]}, "drops only NET_RAW, FOO"),
        ({"cap_drop": sorted(DEFAULT - {"KILL", "CHOWN"})}, "keeps CHOWN, KILL: it drops the others by name"),
        ({"cap_drop": sorted(DEFAULT), "privileged": True}, "drops all fourteen by name and is privileged"),
        ({"cap_drop": sorted(DEFAULT), "cap_add": ["ALL"]}, "adds ALL, which is every other one"),
        ({"cap_drop": ["ALL"], "cap_add": ["ALL"]}, "of which the engine only reads what is added"),
    ],
)
def test_words_of_what_is_dropped(
    make_stack: MakeStack, found: Found, raw: dict[str, Any], words: str
) -> None:
    """What is left where that is less, and why nothing is dropped where a word is none."""
    (outcome,) = found(make_stack({"web": raw}), "cap-drop-all")

    assert words in outcome.message
