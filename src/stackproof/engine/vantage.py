"""Places from which a container is asked: one of ours on its network, or its own network namespace."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO

from stackproof.engine import command, engine
from stackproof.engine.command import QUICK

LONGEST = "600"  # seconds; whoever forgets it finds it gone
_END = 1.0  # seconds for a program to end with its input
# Ends with its input or with the server, and leaves nothing behind; other programs called `nc` go on. What
# ends by a signal is waited for here: process 1 inherits it otherwise, and PostgreSQL as process 1 takes it
# for a server of its own that crashed, and ends all others.
_CARRY = r"""
if command -v bash >/dev/null 2>&1; then
  [ -n "$1" ] || exit 0
  exec bash -c 'exec 3<>"/dev/tcp/$0/$1" || exit
    cat <&3 & cat <&0 >&3 & wait -n; kill $(jobs -p); wait' "$1" "$2"
fi
for tool in nc "busybox nc"; do
  if $tool --help 2>&1 | grep -q BusyBox; then [ -z "$1" ] || exec $tool "$1" "$2"; exit 0; fi
done
exit 127
"""


@contextmanager
def on_network(network: str, *, own: Mapping[str, str]) -> Iterator[str]:
    """Have a container of ours on a network while the block runs; yield its id. `own` are our labels.

    Raises CommandError when it cannot be started there.
    """
    from stackproof.engine import programs  # noqa: PLC0415 - imports requests, which others need not pay

    engine.have_image(engine.TOOLBOX_IMAGE)
    container = programs.create(
        engine.TOOLBOX_IMAGE,
        ["sleep", LONGEST],
        own,
        user="65534:65534",
        network_mode=network,
        cap_drop=["ALL"],
        auto_remove=True,
    )
    try:
        programs.start(container)
        yield container
    finally:
        engine.remove("container", [container])


def carries(container: str) -> bool:
    """Whether the image of a running container has a program that carries."""
    return engine.execute(container, ["sh", "-c", _CARRY, "carrier", "", ""], check=False).code == 0


@dataclass(frozen=True, kw_only=True)
class Carrier:
    """A connection from inside a container: what is written goes to the server, what it says is read."""

    to: IO[bytes]
    back: IO[bytes]
    ended: Callable[[], int | None]
    """The exit code of the program that carries, once it has ended."""


@contextmanager
def carrier(container: str, address: str, port: int) -> Iterator[Carrier]:
    """Have a connection from inside a container while the block runs.

    The program that carries it ends with 126 or 127 where the image has none.
    """
    process = command.start("exec", "-i", container, "sh", "-c", _CARRY, "carrier", address, str(port))
    if process.stdin is None or process.stdout is None or process.stderr is None:
        msg = "the program was started without pipes"
        raise ValueError(msg)
    with process.stdout, process.stderr:
        try:
            yield Carrier(to=process.stdin, back=process.stdout, ended=process.poll)
        finally:
            with suppress(OSError):  # what was not sent is of no use any more
                process.stdin.close()
            if not command.ended(process, _END):
                process.kill()
                process.wait(timeout=QUICK)
