"""What of the host a container can reach."""

from stackproof.controls import CRITICAL, control
from stackproof.fixtures import Evidence, ServiceUnderTest
from stackproof.sandbox.host_access import is_control_socket, reaches_control_socket


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
    declared = [mount.source for mount in service.model.mounts if reaches_control_socket(mount)]
    assert not declared, f"{service} mounts {', '.join(map(str, declared))}"

    for container in service.containers:
        sources = [str(mount.get("Source", "")) for mount in container.mounts]
        if service.one_shot:  # nothing can be asked any more, but the engine knows what it had
            named = [path for path in sources if is_control_socket(path)]
            assert not named, f"{container} had {', '.join(named)}"
            continue
        targets = [point.target for point in container.facts.mounts]
        evidence(mounts=targets)
        named = [path for path in (*sources, *targets) if is_control_socket(path)]
        assert not named, f"{container} has {', '.join(named)}"
        # A socket keeps its nature under any name; the engine's is a root process's, mounted from outside.
        sockets = [path for path in targets if container.host.file(path).is_socket]
        assert not sockets, f"{container} has the host's socket {', '.join(sockets)}"
