"""What a datastore is to us: two commands."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

from stackproof.engine import engine
from stackproof.engine.command import Completed, last_lines
from stackproof.errors import Unknown
from stackproof.facts.probe import NOT_RUN
from stackproof.sandbox.container import Container

ANSWERS_WITHIN = 20.0  # seconds for a server that is up to take questions

# A program with its arguments; or a script for our persistent shell, which may be a sidecar's.
Command = Sequence[str] | str


@dataclass(frozen=True, kw_only=True)
class Datastore:
    """Writes and reads one value."""

    kind: str
    write_command: Callable[[str], Command]
    read_command: Command
    ping_command: Command | None = None
    """Succeeds once the server answers; only then does a value that is not there prove anything."""

    def wait_ready(self, container: Container) -> None:
        """Wait until the client gets an answer: running does not mean that a server takes questions.

        Raises Unknown when it gets none in time.
        """
        command = self.ping_command
        if command is None:
            return
        ask = Retrying(
            stop=stop_after_delay(ANSWERS_WITHIN), wait=wait_fixed(0.5), retry=retry_if_result(_refused)
        )
        try:
            ask(self._run, container, command)
        except RetryError as error:
            done = error.last_attempt.result()
            words = last_lines(done.stderr or done.stdout, 3)
            msg = f"{self.kind} of {container} did not answer within {ANSWERS_WITHIN:g} s: {words}"
            raise Unknown(msg) from None

    def write(self, container: Container, value: str) -> None:
        """Write the value.

        Raises Unknown when the client refuses: nothing is proven then.
        """
        self.wait_ready(container)
        done = self._run(container, self.write_command(value))
        if done.code != 0:
            msg = f"{self.kind} of {container} took no value: {last_lines(done.stderr or done.stdout, 5)}"
            raise Unknown(msg)

    def read(self, container: Container) -> str:
        """Return what the client answers, errors included: a missing table is an answer.

        Raises Unknown when the server does not answer at all.
        """
        self.wait_ready(container)
        done = self._run(container, self.read_command)
        return (done.stdout.strip() or done.stderr.strip()).strip()

    def _run(self, container: Container, command: Command) -> Completed:
        done = _execute(container, command)
        if done.code in NOT_RUN:
            words = last_lines(done.stderr or done.stdout, 2)
            what = "what that takes" if isinstance(command, str) else repr(command[0])
            msg = f"{self.kind} of {container} cannot be asked: its image cannot run {what}: {words}"
            raise Unknown(msg)
        return done


def _execute(container: Container, command: Command) -> Completed:
    if not isinstance(command, str):
        return engine.execute(container.id, command, check=False)
    began = time.monotonic()
    said = container.host.run(command)
    took = time.monotonic() - began
    return Completed(code=said.rc, stdout=said.stdout, stderr=said.stderr, seconds=took)


def _refused(done: Completed) -> bool:
    return done.code != 0
