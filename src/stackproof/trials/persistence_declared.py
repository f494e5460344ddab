"""The client that `persistence:` in the contract gives: a command that writes and one that reads."""

import re
import time

from stackproof.datastores.datastore import AGAIN_AFTER, ANSWERS_WITHIN
from stackproof.engine import engine
from stackproof.engine.command import Completed, last_lines
from stackproof.errors import Unknown
from stackproof.facts.probe import NOT_RUN
from stackproof.sandbox.container import Container
from stackproof.stack.contract import PersistenceProbe

# Words of a client that reached nobody, or of a server that is not ready: they say nothing of a value.
_NOBODY = re.compile(
    r"refused|timed? ?out|unreachable|reset by peer|no route|starting up|shutting down|not ready|loading"
    r"|could not connect|can.t connect|connection (closed|lost|failed|error)|temporar|unavailable|try again"
    r"|name or service not known|no such host|\b(502|503|504)\b",
    re.IGNORECASE,
)


class Declared:
    """Nobody but its author knows how such a client says that there is nothing.

    It does so with success and without the value; or by failing just as it failed before anything was
    written. Any other failure is no answer.
    """

    def __init__(self, entry: PersistenceProbe) -> None:
        self.kind = "the contract's client"
        self.asked = "`persistence:` in the contract"
        self._entry = entry
        self._nothing = ""

    def learn(self, container: Container) -> bool:
        """Read before anything is written; say whether the value is there already.

        Twice, as a client could make what it reads. Raises Unknown when the image cannot run the client.
        """
        found = [self._run(container, self._entry.read) for _time in range(2)]
        failed = [_failure(done) for done in found if done.code != 0]
        if failed and not _NOBODY.search(failed[-1]):
            self._nothing = failed[-1]
        return any(self._has(done) for done in found)

    def write(self, container: Container, _value: str) -> None:
        """Write the contract's value.

        Raises Unknown when the client fails: nothing is proven then.
        """
        done = self._run(container, self._entry.write)
        if done.code != 0:
            msg = f"{self.kind} of {container} took no value: exit code {done.code}: {_said(done)}"
            raise Unknown(msg)

    def read(self, container: Container) -> str | None:
        """Return the contract's value, or None when the client answers and it is not there.

        Raises Unknown when the client goes on failing in a way that it did not fail before the write.
        """
        until = time.monotonic() + ANSWERS_WITHIN
        while (done := self._run(container, self._entry.read)).code != 0:
            if _failure(done) == self._nothing:
                return None
            if time.monotonic() > until:
                msg = f"{self.kind} of {container} gave no answer within {ANSWERS_WITHIN:g} s: {_said(done)}"
                raise Unknown(msg)
            time.sleep(AGAIN_AFTER)
        return self._entry.expect if self._has(done) else None

    def _has(self, done: Completed) -> bool:
        return done.code == 0 and self._entry.expect in done.stdout

    def _run(self, container: Container, words: list[str]) -> Completed:
        done = engine.execute(container.id, words, check=False)
        if done.code in NOT_RUN:
            why = f"its image cannot run {words[0]!r}: {_said(done)}"
            msg = f"{self.kind} of {container} cannot be asked: {why}"
            raise Unknown(msg)
        return done


def _said(done: Completed) -> str:
    return last_lines(done.stderr.strip() or done.stdout, 3)


def _failure(done: Completed) -> str:
    """Return what names a failure: its last line, without numbers such as times and process ids."""
    words = last_lines(done.stderr.strip() or done.stdout, 1)
    return f"exit code {done.code}: {re.sub(r'[0-9a-f]*[0-9][0-9a-f]*', '#', words)}"
