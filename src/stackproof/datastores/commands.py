"""A datastore that is asked by commands inside its container."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

from stackproof.datastores.datastore import AGAIN_AFTER, ANSWERS_WITHIN
from stackproof.datastores.inside import in_shell
from stackproof.engine import engine
from stackproof.engine.command import Completed, last_lines
from stackproof.errors import Unknown
from stackproof.facts.probe import NOT_RUN
from stackproof.sandbox.container import Container

# A program with its arguments; or a script for our persistent shell, which may be a sidecar's.
Command = Sequence[str] | str


@dataclass(frozen=True, kw_only=True)
class Commands:
    """One command that writes a value and one that reads it. Only what ends with 0 is data."""

    kind: str
    write_command: Callable[[str], Command]
    read_command: Command
    absent: re.Pattern[str]
    """What a read that fails says when nothing is there; an empty answer says it too."""
    ping_command: Command | None = None
    """Succeeds once the server answers; only then does a value that is not there prove anything."""
    asked: str = "its client in the container"

    def write(self, container: Container, value: str) -> None:
        """Write the value.

        Raises Unknown when the client refuses: nothing is proven then.
        """
        self._wait_ready(container)
        done = self._run(container, self.write_command(value))
        if done.code != 0:
            msg = f"{self.kind} of {container} took no value: {last_lines(_said(done), 5)}"
            raise Unknown(msg)

    def read(self, container: Container) -> str | None:
        """Return the value, or None when the server says that there is none.

        Raises Unknown when the client failed in any other way, for as long as a server may take to come up.
        """
        self._wait_ready(container)
        done = self._until(container, self.read_command, lambda done: done.code == 0 or self._nothing(done))
        return done.stdout.strip() or None if done.code == 0 else None

    def _nothing(self, done: Completed) -> bool:
        return self.absent.search(_said(done)) is not None

    def _wait_ready(self, container: Container) -> None:
        """Wait until the client gets an answer: running does not mean that a server takes questions.

        Raises Unknown when it gets none in time.
        """
        if self.ping_command is not None:
            self._until(container, self.ping_command, lambda done: done.code == 0)

    def _until(
        self, container: Container, command: Command, answers: Callable[[Completed], bool]
    ) -> Completed:
        """Run a command until it answers.

        Raises Unknown when it does not in time.
        """
        ask = Retrying(
            stop=stop_after_delay(ANSWERS_WITHIN),
            wait=wait_fixed(AGAIN_AFTER),
            retry=retry_if_result(lambda done: not answers(done)),
        )
        try:
            return ask(self._run, container, command)
        except RetryError as error:
            words = last_lines(_said(error.last_attempt.result()), 3)
            msg = f"{self.kind} of {container} did not answer within {ANSWERS_WITHIN:g} s: {words}"
            raise Unknown(msg) from None

    def _run(self, container: Container, command: Command) -> Completed:
        done = _execute(container, command)
        if done.code in NOT_RUN:
            words = last_lines(_said(done), 2)
            what = "what that takes" if isinstance(command, str) else repr(command[0])
            msg = f"{self.kind} of {container} cannot be asked: its image cannot run {what}: {words}"
            raise Unknown(msg)
        return done


def _said(done: Completed) -> str:
    return done.stderr.strip() or done.stdout.strip()


def _execute(container: Container, command: Command) -> Completed:
    if isinstance(command, str):
        return in_shell(container, command)
    return engine.execute(container.id, command, check=False)
