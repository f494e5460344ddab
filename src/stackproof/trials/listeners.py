"""Which sockets are the service's own for others to reach, of all that were heard as it was watched."""

from collections.abc import Sequence
from itertools import groupby

from stackproof.sandbox.watch import Look

Listener = tuple[int, str]
"""Port and protocol."""

# Linux's default ip_local_port_range: what asks for no number is given one of these.
EPHEMERAL = range(32768, 61000)
# Seconds after which a socket stays: a client that looks a name up, or sends a measurement, keeps its own for
# less.
STAYS = 8.0
SURE = 2  # looks that heard a socket while nothing ran beside the service


def own_listeners(looks: Sequence[Look], now: set[Listener]) -> set[Listener]:
    """Return what listened for others, by all looks and what listens now.

    A health check's own program may listen while it runs, as RabbitMQ's does: what was heard only as long as
    one process ran beside the service does not count, unless that was beside it at every look. A UDP socket
    that is not connected looks the same for a server and for a client: a number of the ephemeral range counts
    when the same socket stays.
    """
    if not looks:
        return {listener for listener in now if not _may_be_client(listener)}
    return {listener for look in looks for listener in _heard(look) if _is_own(listener, looks)}


def _is_own(listener: Listener, looks: Sequence[Look]) -> bool:
    if any(_stays(run, looks) for run in _runs(listener, looks)):
        return True
    if _may_be_client(listener):
        return False
    times = [list(run) for heard, run in groupby(looks, lambda look: listener in _heard(look)) if heard]
    heard = [look for run in times for look in run]
    alone = sum(not look.beside for look in heard)
    # A check may begin between the two reads of one look: where it was there at others, one proves nothing.
    if alone == len(heard) or alone >= SURE:
        return True
    return any(all(look.beside for look in run) and not _all_beside(run) for run in times)


def _runs(listener: Listener, looks: Sequence[Look]) -> list[list[Look]]:
    """Return the looks that heard it one after the other, by the sockets which that were."""

    def sockets(look: Look) -> frozenset[int]:
        return frozenset(one.inode for one in look.listening if (one.port, one.protocol) == listener)

    return [list(run) for heard, run in groupby(looks, sockets) if heard]


def _stays(run: Sequence[Look], looks: Sequence[Look]) -> bool:
    """Whether a socket was there for long, and not just as long as one process ran beside the service."""
    return run[-1].seconds - run[0].seconds >= STAYS and _all_beside(run) <= _all_beside(looks)


def _all_beside(run: Sequence[Look]) -> frozenset[int]:
    """The processes that ran beside the service at all of these looks."""
    return frozenset.intersection(*(look.beside for look in run))


def _may_be_client(listener: Listener) -> bool:
    port, protocol = listener
    return protocol == "udp" and port in EPHEMERAL


def _heard(look: Look) -> set[Listener]:
    return {(socket.port, socket.protocol) for socket in look.listening}
