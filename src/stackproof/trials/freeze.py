"""Processes of a service stop running, all of them or some, while the container stays up."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from importlib import resources

from stackproof.engine import engine
from stackproof.sandbox.container import Container
from stackproof.trials.crash import main_pid

_SCRIPT = resources.files(__package__).joinpath("freeze.sh").read_text(encoding="utf-8")


@contextmanager
def frozen(
    container: Container, own: Mapping[str, str], processes: Collection[int] = ()
) -> Iterator[list[int]]:
    """Freeze processes of a service and thaw them whatever happens; all of them where none are named.

    Processes are named, and given, by their pids on the engine's host. What they start before they have
    stopped is frozen, too.
    """
    pid = main_pid(container)
    words = [str(number) for number in processes]
    try:
        stopped = engine.from_outside(
            ["sh", "-c", _SCRIPT, "freeze", pid, container.id, "STOP", *words], own=own
        ).split()
        yield [int(word) for word in stopped]
    finally:
        engine.from_outside(["sh", "-c", _SCRIPT, "thaw", pid, container.id, "CONT", *words], own=own)
