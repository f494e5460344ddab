"""Where the logs of a service go, as its compose file says it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from stackproof.stack.service import Service

DEFAULT = "json-file"  # of an engine whose daemon.json names no other
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*[kmgtp]?i?b?\s*", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class LogDriver:
    """A log driver and its options."""

    name: str = ""
    """Empty where the engine decides."""
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def rotates(self) -> bool:
        """Whether what it keeps on the machine has an end.

        `local` rotates by itself (5 files of 20 MB); json-file only with `max-size`. Of other drivers it is
        not asked: they hand logs on, or have limits of their own.
        """
        size = self.options.get("max-size")
        if size is None:
            return self.name == "local"
        found = _SIZE.fullmatch(str(size))
        return found is not None and float(found[1]) > 0

    @property
    def in_files(self) -> bool:
        """Whether it keeps files of its own on the machine, as far as the compose file says it."""
        return (self.name or DEFAULT) in (DEFAULT, "local")


def of(service: Service) -> LogDriver:
    """Return the log driver of a service."""
    raw = service.raw.get("logging") or {}
    return LogDriver(name=str(raw.get("driver") or ""), options=raw.get("options") or {})
