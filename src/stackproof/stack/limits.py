"""What a service may take of the machine, as far as its compose file limits it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stackproof.stack.keys import KeyPath
from stackproof.stack.numbers import whole
from stackproof.stack.service import Service

_DEPLOY = ("deploy", "resources", "limits")
# Where a limit may be written. Of two, Compose gives the engine that of `deploy`.
MEMORY: tuple[KeyPath, ...] = ((*_DEPLOY, "memory"), ("mem_limit",))
CPUS: tuple[KeyPath, ...] = ((*_DEPLOY, "cpus"), ("cpus",), ("cpu_quota",))
PIDS: tuple[KeyPath, ...] = ((*_DEPLOY, "pids"), ("pids_limit",))
# What stands before a unit: Compose writes bytes, but a file that nothing resolved has 512m.
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


@dataclass(frozen=True, kw_only=True)
class Ulimit:
    """A limit of one process; -1 is none."""

    name: str
    soft: int
    hard: int
    at: KeyPath = field(default=(), compare=False, repr=False)
    """Its path in the resolved service."""


def limit(service: Service, places: tuple[KeyPath, ...]) -> float | None:
    """Return the limit that is in force, in the key's own unit; None for none.

    To an engine 0 is no limit, and neither is what is negative.
    """
    values = (_number(service.raw, keys) for keys in places)
    return next((value for value in values if value > 0), None)


def belongs_below(service: Service) -> str:
    """Return the block in which any limit must be written, because others are; empty where there is none.

    Compose refuses `mem_limit`, `cpus` and `pids_limit` beside it, also where it says nothing of the same.
    """
    resources = (service.raw.get("deploy") or {}).get("resources") or {}
    return ".".join(_DEPLOY) if resources.get("limits") is not None else ""


def ulimits(service: Service) -> Iterator[Ulimit]:
    """Yield its ulimits; one number is both."""
    for name, written in (service.raw.get("ulimits") or {}).items():
        both = written if isinstance(written, Mapping) else {"soft": written, "hard": written}
        yield Ulimit(name=name, soft=int(both["soft"]), hard=int(both["hard"]), at=("ulimits", name))


def retries(service: Service) -> tuple[int | None, KeyPath]:
    """Return how often `on-failure` starts it again, None for as often as it fails, and where that stands."""
    if deploy := (service.raw.get("deploy") or {}).get("restart_policy"):
        attempts = deploy.get("max_attempts")
        at: KeyPath = ("deploy", "restart_policy")
        return (int(attempts), (*at, "max_attempts")) if attempts else (None, at)
    count = str(service.raw.get("restart") or "").partition(":")[2]
    return whole(count) or None, ("restart",)


def _number(raw: Mapping[str, Any], keys: KeyPath) -> float:
    value: Any = raw
    for key in keys:
        value = (value or {}).get(key)
    found = _NUMBER.match(str(value))
    number = float(found[0]) if found else 0.0
    return int(number) if number.is_integer() else number
