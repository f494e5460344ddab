"""Whether a health check reads a heartbeat, and how old that may be.

A heartbeat is a file that the service writes now and then. A check of its age says yes for a service that
hangs until the file is too old, so it must be asked for so long before anybody calls it dishonest.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

# So long a service is kept from running for a check that reads one: authors write limits of 4 to 60 s.
LONGEST = 75.0  # seconds
# What a limit needs beyond itself: a clock in whole seconds, and a loaded machine.
BEYOND = 10.0  # seconds

_FILE_TIME = re.compile(
    r"-[acm]min\b|-[acm]time\b|-newer|\s-(?:nt|ot)\s|\bstat\b|st_mtime|getmtime|filemtime|mtimeMs|\.mtime\b"
    r"|\blastModified|\.modified\(\)|\bModTime\b"
)
_CLOCK = re.compile(
    r"\bdate\b|EPOCHSECONDS|\btime\.time\(|\btime\(\)|Date\.now|new Date|datetime|microtime|Time\.now"
    r"|/proc/uptime"
)
# A path that is no part of an address, nor a device.
_FILE = re.compile(r"(?<![\w:/.])/(?!dev/)[\w.][\w./-]*|\bopen\(|read_text|readFileSync|file_get_contents")
_URL = re.compile(r"\b\w+://\S+")
_MINUTES = re.compile(r"-[acm]min\s+([-+]?)([0-9]{1,18})")
_DAYS = re.compile(r"-[acm]time\s+[-+]?\d+")
_COMPARED = re.compile(
    r"(?:-(?:lt|le|gt|ge)|(?<![<>\-=&\d])[<>]=?)\s*[\"']?(\d{1,18}(?:\.\d{1,18})?)((?:\s*\*\s*\d{1,18})*)(?![\w.])"
)
_BEFORE = re.compile(r"(?<![\w.])(\d{1,18})[\"']?\s+-(?:lt|le|gt|ge)\s")
_NAMED = re.compile(r"(?:(seconds|minutes|hours)\s*=\s*(\d+)|(\d+)\s*(sec|min|hour)\w*\s+ago)")
_UNIT = {"sec": 1, "min": 60, "hou": 3600}
_MILLISECONDS = re.compile(r"Date\.now|mtimeMs|[mM]illis|getTime\(")
_DAY = 86400.0


@dataclass(frozen=True, kw_only=True)
class Heartbeat:
    """A heartbeat, as the text of a check has it."""

    limit: float | None
    """Seconds until it is too old; None when the text does not say."""

    @property
    def decidable(self) -> bool:
        """Whether the check must have noticed when a service hung for `LONGEST`."""
        return self.limit is not None and self.limit + BEYOND <= LONGEST

    @property
    def hopeless(self) -> bool:
        """Whether it surely takes longer than that."""
        return self.limit is not None and self.limit > LONGEST


def read_by(texts: Iterable[str]) -> Heartbeat | None:
    """Return the heartbeat that the text of a check, with the scripts that it runs, tells of.

    >>> read_by(["find /tmp/alive -mmin -1 | grep -q ."])
    Heartbeat(limit=60.0)
    >>> read_by(["curl -f http://localhost/"]) is None
    True
    """
    text = _URL.sub(" ", "\n".join(texts))
    if not (_FILE_TIME.search(text) or (_CLOCK.search(text) and _FILE.search(text))):
        return None
    found = list(_limits(text))
    return Heartbeat(limit=max(found) if found else None)


def _limits(text: str) -> Iterable[float]:
    """Every number that an age may be compared with, in seconds."""
    for sign, minutes in _MINUTES.findall(text):
        # `+1` begins at two full minutes: BusyBox and POSIX throw the fraction away.
        yield 60.0 * (int(minutes) + (sign == "+"))
    yield from [_DAY for _found in _DAYS.findall(text)]
    for seconds, factors in [*_COMPARED.findall(text), *((number, "") for number in _BEFORE.findall(text))]:
        value = float(seconds)
        for factor in re.findall(r"\d+", factors):
            value *= int(factor)
        yield value / 1000 if _MILLISECONDS.search(text) else value
    for unit, number, ago, word in _NAMED.findall(text):
        yield float(number or ago) * _UNIT[(unit or word)[:3]]
