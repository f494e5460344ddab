"""What an engine ran out of, from its own words."""

import time

import pytest

from stackproof.sandbox import shortage

REFUSED = "failed to create network shop_default: Error response from daemon: "
NO_SUBNET = (
    f"{REFUSED}could not find an available, non-overlapping IPv4 address pool among the defaults "
    "to assign to the network"
)
SINCE_27 = f"{REFUSED}all predefined address pools have been fully subnetted"
NO_DISK = "Error response from daemon: write /var/lib/docker/containers/1/hosts: no space left on device"


@pytest.mark.parametrize("said", [NO_SUBNET, SINCE_27])
def test_subnets(said: str) -> None:
    """Subject, expected, actual and fix."""
    first, expected, actual, fix = shortage.explain(f"{said}\nservice web ...").splitlines()

    assert first == "the engine has no subnet left for another network"
    assert expected.startswith("  expected: a free one")
    assert actual == f"  actual:   {said}"
    assert "default-address-pools" in fix


@pytest.mark.parametrize("said", [NO_DISK, f"service web (web-1) is not ready\n  engine: {NO_DISK}"])
def test_disk(said: str) -> None:
    """The engine says it of a command, or of a container that it could not start."""
    assert shortage.explain(said).startswith("the engine's disk is full\n")


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Error response from daemon: Pool overlaps with other one on this address space",
        "service db (db-1) is not ready\n  last log lines:\n    could not write: no space left on device",
        "service db is not ready\n  health probe exit 1: touch: /run/x: no space left on device",
    ],
)
def test_what_is_no_shortage(said: str) -> None:
    """A service may have a small disk of its own, and a subnet that is taken is another matter."""
    assert shortage.explain(said) == ""


def _given_back(
    monkeypatch: pytest.MonkeyPatch, held: set[str], *looks: set[str], within: float = 60
) -> bool:
    """Wait while each look finds what is said here."""
    coming = iter(looks)
    monkeypatch.setattr(shortage, "holders", lambda: set(next(coming)))
    return shortage.given_back(held, time.monotonic() + within, lambda _seconds: None)


def test_subnet_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever held one at the time, or took one since, may give it back."""
    assert _given_back(monkeypatch, {"a"}, {"a"}, set())
    assert _given_back(monkeypatch, {"a"}, {"a", "b"}, {"a"})
    assert _given_back(monkeypatch, {"a"}, {"b"})


def test_subnet_is_not_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others' networks are not waited for, and ours not for ever."""
    assert not _given_back(monkeypatch, set(), set())
    assert not _given_back(monkeypatch, {"a"}, {"a"}, within=0)
