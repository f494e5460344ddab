"""Compose durations such as `1m30s` or `500ms`, in seconds."""

import re

# Compose prints micro with the sign (Go's Duration.String) and reads both.
_UNITS = {"ns": 1e-9, "us": 1e-6, "\u00b5s": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DAYS = re.compile(r"([0-9]{1,9})d")
_DAY = 86400.0
_PART = re.compile(rf"(\d+(?:\.\d+)?)({'|'.join(_UNITS)})")


def seconds(text: str) -> float:
    """Return the duration in seconds.

    >>> seconds("1m30s")
    90.0

    Raises ValueError for anything that Compose would not take.
    """
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        msg = f"{text!r} is not a duration such as 30s or 1m30s"
        raise ValueError(msg)
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def age(text: str) -> float:
    """Return an age in seconds: a duration, or whole days as `7d`.

    >>> age("1d"), age("90m")
    (86400.0, 5400.0)

    Raises ValueError for anything else.
    """
    days = _DAYS.fullmatch(text)
    return int(days[1]) * _DAY if days else seconds(text)


def compose(value: float) -> str:
    """Write seconds as Compose reads them.

    >>> compose(1.5)
    '1500ms'
    """
    return f"{round(value * 1000)}ms"
