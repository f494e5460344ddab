"""What answers on a port."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from stackproof.controls.severity import Severity
from stackproof.probes.logins.stream import Stream
from stackproof.stack.sensitive import Kind

DEADLINE = 2.0  # seconds for one answer
Connect = Callable[[float], AbstractContextManager[Stream]]
"""Opens a fresh stream, with seconds for each answer; raises SilentError when nobody takes it."""


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """A protocol or a console that is known by its answer; one without a kind may answer to anybody."""

    name: str
    kind: Kind | None = None
    open: bool = False
    """Whether the answer shows that everybody is let in."""

    @property
    def severity(self) -> Severity | None:
        """How bad it is; None where it is nothing to keep from anybody."""
        if self.kind is Kind.REMOTE and self.open:
            return Severity.HIGH
        return self.kind.severity if self.kind else None

    def __str__(self) -> str:
        """Return its name."""
        return self.name


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a port was heard to speak."""

    protocols: tuple[Protocol, ...] = ()
    """What is sensitive the worst first."""
    said: str = "nothing"
    """The first words of what nobody knows, or how it kept silent."""
    silent: bool = False
    """Whether it said nothing at all, in no protocol."""
    starting: bool = False
    """Whether a web server says that what is behind it does not answer yet."""
    late: tuple[str, ...] = ()
    """What of a web server did not answer in time, and may be anything."""

    @property
    def sensitive(self) -> tuple[Protocol, ...]:
        """What of it nobody outside should reach."""
        return tuple(protocol for protocol in self.protocols if protocol.kind)

    def __str__(self) -> str:
        """Return it as a report shows it."""
        return ", ".join(map(str, self.protocols)) or f"no protocol that we know ({self.said})"
