"""More replicas of a service: whether they can start, and whether they serve."""

import socket
import time
from dataclasses import dataclass

from stackproof.errors import CommandError, StackError, StackproofError, Unknown
from stackproof.facts.model import ESTABLISHED, TIME_WAIT
from stackproof.probes.http import HttpClient
from stackproof.sandbox.container import Container
from stackproof.sandbox.pool import Pool
from stackproof.sandbox.sandbox import Sandbox
from stackproof.sandbox.view import View
from stackproof.stack.contract import HttpExpectation
from stackproof.stack.stack import Stack

# nginx keeps a resolved name for 10 s in the common `resolver ... valid=10s`; twice that and some.
SPREAD_WITHIN = 30.0
BURST = 12  # requests between two looks
TRIES = 3  # sandboxes, because a number that is free now may be somebody else's when the engine takes it


def blockers(stack: Stack, service: str) -> list[str]:
    """What in the compose file keeps a service from having replicas.

    From compose-spec: a container name or a fixed host port can belong to one container only.
    """
    model = stack.services[service]
    found = [f"container_name: {model.container_name}"] if model.container_name else []
    found += [
        f"fixed host port {port}" for port in model.ports if port.published and "-" not in port.published
    ]
    found += [f"fixed address {address}" for network in model.networks for address in network.addresses]
    return found


def port_conflict(pool: Pool, stack: Stack, service: str, replicas: int) -> str:
    """Scale a sandbox that keeps the author's ports fixed, on free numbers; return the engine's refusal.

    Raises Unknown when the engine does not refuse, or refuses the first container already.
    """
    model = stack.services[service]
    for _ in range(TRIES):
        fixed = {f"{service}/{port.target}": _free_port() for port in model.ports if port.published}
        sandbox = pool.new(stack, "conflict", fixed)
        try:
            sandbox.start()
            sandbox.up({service: replicas})
        except (StackError, CommandError) as error:
            refusal = _refusal(error)
            if sandbox.scales or model.replicas > 1:
                return refusal
            continue  # another program took a number between our choice and the engine's
        finally:
            sandbox.close()
        msg = f"{service} has a fixed host port, but {replicas} replicas started all the same"
        raise Unknown(msg)
    msg = f"the engine could not have one of {TRIES} host ports that were free: {refusal}"
    raise Unknown(msg)


def _refusal(error: StackError | CommandError) -> str:
    """Return what the engine said of a port; raises the error again when it is about something else."""
    said = [
        line for line in str(error).splitlines() if "already allocated" in line or "already in use" in line
    ]
    if not said:
        raise error
    return said[0].strip()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@dataclass(frozen=True, kw_only=True)
class SpreadTrial:
    """Which replicas took connections from the service that was asked."""

    replicas: int
    reached: tuple[str, ...]
    requests: int
    failed: tuple[str, ...]
    seconds: float


def spread_trial(sandbox: Sandbox, service: str, replicas: int, http: HttpClient) -> SpreadTrial:
    """Scale a service, ask the front as a user would, and see in the TCP tables which replicas were reached.

    No marker in the answer is needed: a connection between the front and a replica stays visible on
    one side or the other, in TIME_WAIT for a minute.
    """
    entry = _entry(sandbox, service)
    sandbox.up({service: replicas})
    began = time.monotonic()
    reached: set[str] = set()
    failed: list[str] = []
    asked = 0
    while time.monotonic() - began < SPREAD_WITHIN and len(reached) < replicas:
        for _ in range(BURST):
            difference = http.get(entry.service, entry.path).differs(entry)
            asked += 1
            failed += [difference] if difference else []
        reached |= _reached(sandbox.containers(entry.service), sandbox.containers(service))
    seconds = time.monotonic() - began
    try:
        sandbox.up()
    except StackproofError:
        sandbox.spoiled = True
    return SpreadTrial(
        replicas=replicas,
        reached=tuple(sorted(reached)),
        requests=asked,
        failed=tuple(failed[:3]),
        seconds=round(seconds, 1),
    )


def _entry(view: View, service: str) -> HttpExpectation:
    """Return the endpoint through which users reach the service.

    Raises Unknown when the contract names none on another service.
    """
    for expected in view.stack.contract.http:
        if expected.service != service:
            return expected
    msg = f"the contract names no endpoint in front of {service}, so nobody can ask its replicas"
    raise Unknown(msg)


def _reached(fronts: list[Container], replicas: list[Container]) -> set[str]:
    """Names of the replicas that have, or just had, a connection with a front."""
    by_address = {address: replica.name for replica in replicas for address in replica.addresses()}
    front_addresses = {address for front in fronts for address in front.addresses()}
    found = set()
    for front in fronts:
        for sock in front.probe().sockets:
            if sock.state in (ESTABLISHED, TIME_WAIT) and (name := by_address.get(_plain(sock.remote))):
                found.add(name)
    for replica in replicas:
        for sock in replica.probe().sockets:
            if sock.state in (ESTABLISHED, TIME_WAIT) and _plain(sock.remote) in front_addresses:
                found.add(replica.name)
    return found


def _plain(address: object) -> str:
    """Return an IPv4 address also for its IPv6-mapped form."""
    return str(getattr(address, "ipv4_mapped", None) or address)
