"""A link to a server that says what it is told to say."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.unit.probes.logins.script import Script

from stackproof.engine.command import Completed
from stackproof.probes.logins.stream import Stream


class Scripted:
    """Each connection has answers of its own; `sent` is what was asked over all of them."""

    def __init__(self, connections: Sequence[Sequence[bytes]] = (), ran: Completed | None = None) -> None:
        self._scripts = [Script(*answers) for answers in connections]
        self._waiting = list(self._scripts)
        self._ran = ran
        self.scripts: list[str] = []

    @property
    def sent(self) -> bytes:
        """Return all that was asked."""
        return b"".join(self.each)

    @property
    def each(self) -> list[bytes]:
        """Return what was asked over each connection."""
        return [b"".join(script.sent) for script in self._scripts]

    @property
    def left(self) -> int:
        """How many connections nobody opened."""
        return len(self._waiting)

    @contextmanager
    def connect(self) -> Iterator[Stream]:
        """Open the next one."""
        yield self._waiting.pop(0) if self._waiting else Script()

    def run(self, script: str) -> Completed:
        """Give the answer of a client."""
        self.scripts.append(script)
        return self._ran or Completed(code=127, stdout="", stderr="not found", seconds=0)
