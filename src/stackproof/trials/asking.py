"""Asking a container's health check ourselves, when we want to, as the engine does."""

import re
import shlex
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from stackproof.engine import engine
from stackproof.engine.command import SLOW, Completed
from stackproof.errors import CommandError, EngineGoneError, Unknown
from stackproof.facts.probe import lacks_shell
from stackproof.sandbox.container import NANOSECONDS, Container
from stackproof.stack.health import DEFAULT_TIMEOUT, in_force
from stackproof.stack.health_command import SHELL, argv

# On top of the author's time-out: docker's own time to start a program on a loaded machine.
MARGIN = 2.0  # seconds
TRIES = 3
NOWHERE = "/no-such-program"
_SAID = 120  # characters of an answer that are kept
# How the engine says that nothing was run, with codes (1, 126, 127) that a check may have, too: on stderr, or
# on stdout until version 27.
_REFUSED = re.compile(
    r"Error response from daemon: |Error: No such container: |OCI runtime \w+ failed: "
    r"|unable to find (?:user|group) "
)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a health check said once; `code` is None when it ran out of its author's time."""

    code: int | None
    seconds: float
    said: str = ""

    @property
    def yes(self) -> bool:
        """Whether it called the service healthy."""
        return self.code == 0

    def __str__(self) -> str:
        """Return it as the health log has it."""
        how = "no answer in time" if self.code is None else f"exit {self.code}"
        return f"{how} after {self.seconds:.1f} s" + (f": {self.said}" if self.said else "")


@dataclass(frozen=True, kw_only=True)
class Check:
    """The health check in force in a container: its words, and the seconds that its author gives it."""

    name: str
    container: str
    test: tuple[str, ...]
    words: tuple[str, ...]
    timeout: float
    slack: float = 0.0
    """Seconds that asking takes, which are not the check's own."""

    @classmethod
    def of(cls, container: Container) -> Self:
        """Read what inspect says.

        Raises Unknown when there is none.
        """
        config = container.data["Config"]
        health = config.get("Healthcheck") or {}
        test = in_force(health.get("Test"))
        if not test:
            msg = f"{container} has no health check"
            raise Unknown(msg)
        return cls(
            name=str(container),
            container=container.id,
            test=tuple(test),
            words=tuple(argv(test, config.get("Shell") or SHELL)),
            timeout=float(health.get("Timeout") or 0) / NANOSECONDS or DEFAULT_TIMEOUT,
        )

    def ask(self) -> Answer:
        """Run it once, as its user, in its environment.

        Raises Unknown when the container does not let anybody in, or the machine is so busy that nobody can
        tell a check that takes long from one that comes late.
        """
        for _try in range(TRIES):
            answer = self._ask()
            if answer.code is not None or self._late_for_others() < MARGIN / 2:
                return answer
        msg = f"{self.name}: the machine is too busy: what its health check says does not come in time"
        raise Unknown(msg)

    def _late_for_others(self) -> float:
        """Seconds that the engine takes for a program that is not there, and needs no time itself."""
        return engine.execute(self.container, [NOWHERE], deadline=SLOW, check=False).seconds

    def _ask(self) -> Answer:
        started = time.monotonic()
        deadline = self.timeout + MARGIN + self.slack
        try:
            done = self._run(deadline)
        except EngineGoneError:
            raise
        except CommandError:
            return Answer(code=None, seconds=time.monotonic() - started)
        if refusal := refused(done):
            msg = f"{self.name}: its health check could not be asked: {refusal}"
            raise Unknown(msg)
        said = " ".join((done.stdout + done.stderr).split())[:_SAID]
        return Answer(code=done.code, seconds=done.seconds, said=said)

    def _run(self, deadline: float) -> Completed:
        """Have a shell read it: what stands on our command line everybody on this machine can read.

        An image without a shell leaves no other way.
        """
        shell = self.words[0] if self.test[0] == "CMD-SHELL" else "sh"
        script = f"exec {shlex.join(self.words)} </dev/null\n"
        done = engine.execute(self.container, [shell, "-s"], stdin=script, deadline=deadline, check=False)
        if self.test[0] != "CMD-SHELL" and lacks_shell(done):
            return engine.execute(self.container, self.words, deadline=deadline, check=False)
        return done


def refused(done: Completed) -> str:
    """Return why the engine ran nothing, in its own words; empty when the check itself gave the answer."""
    said = (text.strip() for text in (done.stderr, done.stdout))
    return next((text for text in said if done.code != 0 and _REFUSED.match(text)), "")


def words_of(answers: Sequence[Answer]) -> tuple[str, ...]:
    """Return answers for a report, equal ones in a row as one."""
    found: list[list[str | int]] = []
    for answer in answers:
        words = "no answer in time" if answer.code is None else f"exit {answer.code}"
        words += f": {answer.said}" if answer.said else ""
        if found and found[-1][0] == words:
            found[-1][1] = int(found[-1][1]) + 1
        else:
            found.append([words, 1])
    return tuple(f"{words} ({count} times)" if int(count) > 1 else str(words) for words, count in found)
