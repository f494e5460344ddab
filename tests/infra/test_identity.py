"""Who the processes are."""

from stackproof.controls import HIGH, UP, Unknown, control
from stackproof.outcomes.evidence import Evidence
from stackproof.sandbox.container import Container


@control(
    "effective-uid-nonroot", "Every process runs as a non-root user", severity=HIGH, key="user", judges=UP
)
def test_effective_uid_nonroot(container: Container, evidence: Evidence) -> None:
    """A root process that is broken into owns everything the container can reach.

    Fix: set `user:` in the compose file or `USER` in the image; let a proxy listen above 1023.

    Applies to: containers that keep running; a health check's own processes do not count.
    """
    processes = container.facts.processes
    if not processes:
        msg = f"no process of the service is visible in {container}"
        raise Unknown(msg)
    evidence(processes=[str(process) for process in processes])

    roots = [process for process in processes if process.can_be_root]

    assert not roots, f"root processes in {container}: {', '.join(map(str, roots))}"
