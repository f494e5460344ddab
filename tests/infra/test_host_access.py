"""What of the host a container can reach."""

from pathlib import PurePosixPath

from stackproof.controls import CRITICAL, control
from stackproof.isolation.host_paths import ENGINE_SOCKETS, look
from stackproof.plugin.fixtures import Evidence, ServiceUnderTest


@control(
    "no-docker-socket",
    "No engine control socket is mounted",
    severity=CRITICAL,
    key="volumes",
    judges_unready=True,
)
def test_no_docker_socket(service: ServiceUnderTest, evidence: Evidence) -> None:
    """Whoever can write to the engine's socket is root on the host; read-only mounts do not change that.

    Fix: remove the mount; use a socket proxy that lets only the needed requests through, and waive it there.

    Applies to: all services.
    """
    declared = [source for source in service.host_sources if look(source).controls_engine]
    assert not declared, f"{service} mounts {', '.join(declared)}, which gives control of the engine"

    for container in service.containers:
        sources = [str(mount.get("Source", "")) for mount in container.mounts]
        if service.one_shot:  # nothing can be asked any more, but the engine knows what it had
            named = [path for path in sources if _is_engines(path)]
            assert not named, f"{container} had {', '.join(named)}"
            continue
        targets = [point.target for point in container.facts.mounts]
        evidence(mounts=targets)
        named = [path for path in (*sources, *targets) if _is_engines(path)]
        assert not named, f"{container} has {', '.join(named)}"
        # A socket keeps its nature under any name; the engine's is a root process's, mounted from outside.
        sockets = [path for path in targets if container.host.file(path).is_socket]
        assert not sockets, f"{container} has the host's socket {', '.join(sockets)}"


def _is_engines(path: str) -> bool:
    return PurePosixPath(path).name in ENGINE_SOCKETS
