"""What an engine runs out of: how to know it from what it said, and what to do then."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from stackproof.engine import engine, labels
from stackproof.runs.run import owner

# Other sandboxes hold subnets for as long as their lane takes.
SUBNET_WITHIN = 180.0  # seconds
EVERY = 0.5  # seconds between looks


@dataclass(frozen=True, kw_only=True)
class Shortage:
    """Something that an engine can run out of."""

    sign: re.Pattern[str]
    subject: str
    expected: str
    fix: str


SUBNETS = Shortage(
    # moby before 27, and since
    sign=re.compile(r"non-overlapping IPv4 address pool|address pools have been fully subnetted"),
    subject="the engine has no subnet left for another network",
    expected="a free one in its default address pools",
    fix="remove networks that nobody uses (`docker network ls`), prove less at a time (-n 0), "
    "or widen `default-address-pools` in the engine's daemon.json",
)
DISK = Shortage(
    sign=re.compile(r"no space left on device"),
    subject="the engine's disk is full",
    expected="room for containers, networks and volumes of a sandbox",
    fix="make room (`docker system df` says what takes it), then run again",
)


def explain(said: str) -> str:
    """Say what the engine ran out of; empty when it was nothing that is known here."""
    for shortage in (SUBNETS, DISK):
        for line in said.splitlines():
            # What services wrote is indented, and their own disks may be full.
            if shortage.sign.search(line) and (line == line.lstrip() or line.startswith("  engine:")):
                return (
                    f"{shortage.subject}\n  expected: {shortage.expected}\n"
                    f"  actual:   {line.strip()}\n  fix:      {shortage.fix}"
                )
    return ""


def holders() -> set[str]:
    """Networks of all runs of ours: what their sandboxes hold, they give back."""
    return set(engine.ids("network", {labels.OWNER: owner()}))


def given_back(held: set[str], until: float, pause: Callable[[float], None]) -> bool:
    """Wait until one of the networks that are `held` goes; say whether one did in time."""
    while time.monotonic() < until:
        now = holders()
        if held - now:
            return True
        if not now:
            return False
        held |= now
        pause(EVERY)
    return False
