"""What of the host a container can reach."""

from collections.abc import Iterator, Sequence

from stackproof.controls import CRITICAL
from stackproof.errors import Unknown
from stackproof.isolation.host_paths import HostPath, look
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import Finding
from stackproof.rules.rule import rule
from stackproof.stack.model import Service
from stackproof.stack.stack import Stack


@rule(
    "no-docker-socket",
    "No engine control socket is mounted",
    severity=CRITICAL,
    key="volumes",
)
def no_docker_socket(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """Whoever can write to the engine's socket is root on the host; read-only mounts do not change that.

    Fix: remove the mount; use a socket proxy that lets only the needed requests through, and waive it there.

    Applies to: all services, with their hooks and what they mount with `volumes_from`.
    """
    sources = list(stack.model.host_sources(service))
    evidence(host_paths=sorted({source for source, _at in sources}) or "none")
    if service.uses_api_socket:
        yield Finding(
            f"{service} asks for the engine's socket with `use_api_socket`",
            at=("use_api_socket",),
            aspect="use_api_socket",
        )
    for source, at in sources:
        if why := _why(look(source)):
            yield Finding(f"{service} mounts {source}, {why}", at=at, aspect=source)
    if strange := [name for _at, name in service.volumes_from if name not in stack.services]:
        msg = f"{service} takes over the mounts of {', '.join(strange)}, which is not in the stack"
        raise Unknown(msg)


def _why(found: HostPath) -> str:
    """Say what is wrong with a mount; empty for all but sockets of the host and engines."""
    if sockets_of_engine := found.engine_sockets:
        return _which(found, sockets_of_engine)
    # A socket keeps its nature under any name; whoever listens there is a process of the host.
    sockets = [special for special in found.specials if special.kind == "socket"]
    return "which is a socket of the host" if found.is_special and sockets else ""


def _which(found: HostPath, sockets: Sequence[str]) -> str:
    """Say by which socket a mount gives control of an engine, and whether it is there now."""
    if found.resolved in sockets:
        return f"which is the engine's socket{'' if found.source == found.resolved else f' {found.resolved}'}"
    named = f"{'socket' if len(sockets) == 1 else 'sockets'} {' and '.join(sockets)}"
    if any(special.is_engine for special in found.specials):
        return f"which holds the engine's {named}"
    return f"which holds the engine's {named} as soon as an engine listens there"
