"""More replicas of a service: whether they can start."""

import socket
from collections.abc import Iterable
from contextlib import ExitStack

from stackproof.errors import CommandError, NotReadyError, StackError, Unknown
from stackproof.sandbox.pool import Pool
from stackproof.sandbox.sandbox import Sandbox
from stackproof.stack.conflicts import of_scaling
from stackproof.stack.ports import Port
from stackproof.stack.stack import Stack

TRIES = 3  # sandboxes, because a number that is free now may be somebody else's when the engine takes it
# What moby says of a host port that it cannot give.
_REFUSALS = ("already allocated", "ports are allocated", "already in use")
_LONGEST = 1000  # numbers of a range that are tried: no stack has more replicas
_SEARCHES = 50  # ranges that are tried until one is free


def blockers(stack: Stack, service: str, replicas: int = 2) -> list[str]:
    """What in the compose file keeps a service from having so many replicas; nothing of what hinders one."""
    return [
        conflict.words if name == service else f"{name}: {conflict.words}"
        for name, conflict in of_scaling(stack.model, service, replicas)
    ]


def replicas_refused(sandbox: Sandbox, service: str, replicas: int) -> str:
    """Scale a service; return in a line why the replicas did not start or become ready, empty when they did.

    Raises StackError when it is another service that does not become ready.
    """
    try:
        sandbox.up({service: replicas})
    except NotReadyError as error:
        if service not in error.whys:
            raise
        return error.whys[service].splitlines()[0]
    return ""


def port_refusal(pool: Pool, stack: Stack, service: str, replicas: int, *, expected: bool) -> str:
    """Scale a sandbox that keeps the author's ports fixed, on free numbers; return the engine's refusal.

    A range stays as long as its author's. One refusal is enough where one is `expected` from the file; others
    may come from programs that took a number meanwhile. Empty when all started.
    Raises Unknown when the engine refuses the first container already.
    """
    model, refusal, scaled = stack.services[service], "", False
    only: frozenset[str] | None = stack.model.needed_by([service])
    for _ in range(TRIES):
        fixed = _numbers(service, model.ports)
        sandbox = pool.new(stack, "conflict", fixed, only=only)
        try:
            sandbox.start()
            sandbox.up({service: replicas})
        except (StackError, CommandError) as error:
            if isinstance(error, NotReadyError) and only is not None and not _lines_of_refusal(error):
                only = None  # it needs one of which its author does not say so
                continue
            refusal = _refusal(error)
            scaled = bool(sandbox.scales) or model.replicas > 1
            if scaled and expected:
                return refusal
            continue
        finally:
            sandbox.close()
        return ""
    if scaled:
        return refusal
    msg = f"the engine could not have one of {TRIES} host ports that were free: {refusal}"
    raise Unknown(msg)


def _refusal(error: StackError | CommandError) -> str:
    """Return what the engine said of a port; raises the error again when it is about something else."""
    said = _lines_of_refusal(error)
    if not said:
        raise error
    return said[0].strip()


def _lines_of_refusal(error: StackError | CommandError) -> list[str]:
    return [line for line in str(error).splitlines() if any(words in line for words in _REFUSALS)]


def _numbers(service: str, ports: Iterable[Port]) -> dict[str, str]:
    """Return free numbers by `service/target`, for each port as many as its author gave."""
    room: dict[int, int] = {}
    for port in ports:
        first, _, last = (port.published or "").partition("-")
        if first.isdigit() and int(first):
            length = min(int(last or first) - int(first) + 1, _LONGEST)
            room[port.target] = min(room.get(port.target, length), length)
    return {f"{service}/{target}": _free(length) for target, length in room.items()}


def _free(length: int) -> str:
    if length == 1:
        return str(_free_port())
    for _ in range(_SEARCHES):
        first = _free_port()
        numbers = range(first, first + length)
        with ExitStack() as held:
            try:
                for number in numbers:
                    held.enter_context(socket.create_server(("127.0.0.1", number)))
            except (OSError, OverflowError):  # somebody has it, or it is beyond the last one
                continue
            return f"{numbers[0]}-{numbers[-1]}"
    msg = f"there are no {length} host ports in a row that are free"
    raise Unknown(msg)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
