"""What a container says on a port that others reach, asked until it says something."""

import time
from collections.abc import Sequence
from dataclasses import replace

from stackproof.errors import Unknown
from stackproof.probes import held, reach
from stackproof.probes.doors import Door
from stackproof.probes.protocols import identify, udp, web
from stackproof.probes.protocols.model import Found
from stackproof.sandbox.container import Container

PATIENCE = 5.0  # seconds for a port to say something, or to be listened on
EVERY = 0.25  # seconds between tries
DATAGRAMS = 2  # times that a silent UDP port is asked which is bound: one of them may have been lost


def refuse_closed(container: Container, door: Door) -> None:
    """Raise Unknown for a port of which nobody can say anything: the container does not run, or has none."""
    if not container.runs:
        msg = f"{container} is {container.status}"
        raise Unknown(msg)
    if not door.addresses:
        msg = f"{container} has no published port {door.port} in the sandbox"
        raise Unknown(msg)


def greet(container: Container, door: Door, hosts: Sequence[str] = ()) -> Found:
    """Ask a port what it speaks, at each of its addresses; a web server by the names of its sites, too.

    What stays silent although the service does not hold the connection is `late`: it may be anything. Raises
    Unknown where there is nothing to ask.
    """
    refuse_closed(container, door)
    heard = [_greet(container, door, address, hosts) for address in door.addresses]
    if len(heard) == 1:
        return heard[0]
    return Found(
        protocols=web.worst_first(protocol for found in heard for protocol in found.protocols),
        said=" and ".join(dict.fromkeys(found.said for found in heard)),
        silent=all(found.silent for found in heard),
        starting=any(found.starting for found in heard),
        late=tuple(dict.fromkeys(late for found in heard for late in found.late)),
    )


def _greet(container: Container, door: Door, address: tuple[str, int], hosts: Sequence[str]) -> Found:
    until = time.monotonic() + PATIENCE
    tries = 0
    while True:
        tries += 1
        found = udp.ask(*address) if door.protocol == "udp" else identify.ask(*address, door.number, hosts)
        if not (found.silent or found.starting) or time.monotonic() > until:
            break
        if (
            door.protocol == "udp"
            and tries >= DATAGRAMS
            and not _refused(container, door, address, found.said)
        ):
            return found
        time.sleep(EVERY)
    if not found.silent or address in door.perhaps:
        return found
    why = _refused_in_time(container, door, address, found.said)
    return replace(found, late=(why,)) if why else found


def _refused_in_time(container: Container, door: Door, address: tuple[str, int], said: str) -> str:
    """Ask also one that our questions ended, once its policy has started it again."""
    until = time.monotonic() + PATIENCE
    while (why := _refused(container, door, address, said)) and time.monotonic() <= until:
        time.sleep(EVERY)
    return why


def _refused(container: Container, door: Door, address: tuple[str, int], said: str) -> str:
    """Say why a silent port is not known to be the service's own; nothing where it is."""
    try:
        if holds(container, door, address):
            return ""
    except Unknown as error:  # it is down, perhaps until its policy starts it again
        return str(error) or "nobody can look into it"
    return "nothing is bound to it" if door.protocol == "udp" else said


def holds(container: Container, door: Door, address: tuple[str, int]) -> bool:
    """Whether a silent port is the service's own: it may wait for a protocol that we do not speak.

    To a datagram those only answer who know its protocol; the port is bound inside.
    """
    if door.protocol == "udp":
        return bound(container, door.number)
    if container.on_host_network:  # the socket itself was seen to be the container's
        return True
    answer = reach.reach(container, *address, target=door.number)
    return answer is not None and answer.ours


def bound(container: Container, number: int) -> bool:
    """Whether a container has a UDP port bound now."""
    return any((one.port, one.protocol) == (number, "udp") for one in held.listening(container))
