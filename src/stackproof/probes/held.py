"""Which listening sockets are a container's own: on the host's network the table has everybody's."""

import re

from stackproof.engine import engine
from stackproof.errors import CommandError, Unknown
from stackproof.facts.model import Facts, Socket
from stackproof.facts.sidecar import Sidecar
from stackproof.sandbox.container import Container

# What each process holds; the owner of a process, or who may trace it, can see it.
SCRIPT = "for held in /proc/[0-9]*/fd; do ls -l $held; done 2>&1; :"
_SOCKET = re.compile(r"socket:\[(\d+)\]")
_HIDDEN = re.compile(r"ermission denied|not found")


def listening(container: Container) -> tuple[Socket, ...]:
    """Return the container's own sockets that listen now where others can reach them.

    Raises Unknown on the host's network where nobody can tell whose they are.
    """
    if not container.on_host_network:
        return container.probe().listening
    return held(container.probe(), _seen(container))


def held(facts: Facts, seen: str) -> tuple[Socket, ...]:
    """Return the listening sockets that are among those in a listing of what processes hold. Pure."""
    own = {int(inode) for inode in _SOCKET.findall(seen)}
    return tuple(socket for socket in facts.listening if socket.inode in own)


def _seen(container: Container) -> str:
    if container.shares_processes:
        msg = f"{container} is on the host's network and in its pid namespace: nobody can tell its ports"
        raise Unknown(msg)
    if container.own:
        sidecar = Sidecar(container.id, container.name, container.own)
        try:
            return sidecar.run(SCRIPT)[1].decode(errors="replace")
        finally:
            sidecar.close()
    # Beside what is not ours nothing may be started.
    try:
        said = engine.execute(container.id, ["sh", "-c", SCRIPT], user="0:0", check=False).stdout
    except CommandError as error:
        msg = f"the sockets of {container} cannot be told from the host's: {error}"
        raise Unknown(msg) from None
    if _HIDDEN.search(said) or not _SOCKET.search(said):
        msg = f"the sockets of {container} cannot be told from the host's: its processes do not show them"
        raise Unknown(msg)
    return said
