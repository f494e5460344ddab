"""Who the processes are."""

from testinfra.host import Host

from stackproof.controls import HIGH, UP, Unknown, control
from stackproof.outcomes.evidence import Evidence
from stackproof.sandbox.container import Container
from stackproof.sandbox.view import View
from stackproof.trials.steady import watch


@control(
    "effective-uid-nonroot",
    "Every process runs as a non-root user",
    severity=HIGH,
    key="user",
    judges=UP,
    watches=True,
)
def test_effective_uid_nonroot(host: Host, container: Container, sandbox: View, evidence: Evidence) -> None:
    """A root process that is broken into owns everything the container can reach.

    It may come late, or live for a second only: it is looked for as long as others judge the sandbox.

    Fix: set `user:` in the compose file or `USER` in the image; let a proxy listen above 1023.

    Applies to: containers that keep running; a health check's own processes do not count.
    """
    seen = sandbox.trial("steady", lambda: watch(sandbox))[container.name]
    roots = {process.pid: process for look in seen.looks for process in look.roots}
    if not roots or container.runs:
        processes = host.process.filter()
        if not processes:
            msg = f"no process of the service is visible in {container}"
            raise Unknown(msg)
        roots |= {process.pid: process.facts for process in processes if process.can_be_root}
        evidence(processes=[str(process.facts) for process in processes])
    evidence(watched=seen.window)

    assert not roots, f"root processes in {container}: {', '.join(map(str, roots.values()))}"
    seen.require_looks()
