"""What a datastore is to us: two commands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stackproof.engine import engine
from stackproof.engine.command import last_lines
from stackproof.errors import Unknown
from stackproof.sandbox.container import Container


@dataclass(frozen=True, kw_only=True)
class Datastore:
    """Writes and reads one value. `user` is whom the commands run as; None is the container's own user."""

    kind: str
    write_command: Callable[[str], Sequence[str]]
    read_command: Sequence[str]
    user: str | None = None

    def write(self, container: Container, value: str) -> None:
        """Write the value.

        Raises Unknown when the client refuses: nothing is proven then.
        """
        done = engine.execute(container.id, self.write_command(value), user=self.user, check=False)
        if done.code != 0:
            msg = f"{self.kind} of {container} took no value: {last_lines(done.stderr or done.stdout, 5)}"
            raise Unknown(msg)

    def read(self, container: Container) -> str:
        """Return what the client answers, errors included: a missing table is an answer."""
        done = engine.execute(container.id, self.read_command, user=self.user, check=False)
        return (done.stdout.strip() or done.stderr.strip()).strip()


def detect(container: Container) -> Datastore | None:
    """Return the datastore that runs in the container, known by its process and not by an image's name."""
    from stackproof.datastores import postgres, redis  # noqa: PLC0415 - they need the class above

    names = {process.name for process in container.facts.processes}
    known = ((postgres.PROCESSES, postgres.DATASTORE), (redis.PROCESSES, redis.DATASTORE))
    return next((datastore for processes, datastore in known if names & processes), None)
