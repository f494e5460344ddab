"""Who the processes are."""

from stackproof.controls import CRITICAL, HIGH, Unknown, control
from stackproof.plugin.fixtures import Evidence, ServiceUnderTest
from stackproof.sandbox.container import Container

# CapEff of a privileged container has every capability the kernel knows; SYS_ADMIN is bit 21 (capability.h).
SYS_ADMIN = 1 << 21


@control("effective-uid-nonroot", "Every process runs as a non-root user", severity=HIGH, key="user")
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


@control(
    "image-user-nonroot",
    "The configured user is set and is not root",
    severity=HIGH,
    key="user",
    judges_unready=True,
)
def test_image_user_nonroot(service: ServiceUnderTest, evidence: Evidence) -> None:
    """Without a configured user everything starts as root: the entrypoint, a shell, a health check.

    Fix: set `USER` in the image or `user:` in the compose file to a user other than root.

    Applies to: all services, those that run once too.
    """
    for container in service.containers:
        configured = str(container.data["Config"]["User"] or "")
        name = configured.partition(":")[0]
        uid = container.uid(name) if name else None
        evidence(configured_user=configured or "(none)", uid=uid)

        assert configured, (
            f"{container}: neither the image nor the compose file sets a user, so it starts as root"
        )
        if uid is None:
            msg = f"{container}: user {name!r} is not in the image's passwd file"
            raise Unknown(msg)
        assert uid != 0, f"{container}: the configured user {configured!r} is root"


@control(
    "no-privileged",
    "The container is not privileged",
    severity=CRITICAL,
    key="privileged",
    judges_unready=True,
)
def test_no_privileged(service: ServiceUnderTest, evidence: Evidence) -> None:
    """A privileged container has every capability and device: it is root on the host.

    Fix: remove `privileged: true`; add the one capability or device that is needed.

    Applies to: all services.
    """
    assert not service.model.privileged, f"{service} is declared `privileged: true`"

    for container in service.containers:
        assert not container.data["HostConfig"]["Privileged"], f"{container} runs privileged"
        if service.one_shot:  # its processes have ended
            continue
        first = next((p for p in container.facts.processes if p.pid == container.facts.main), None)
        if first is None:
            msg = f"the main process of {container} is not visible"
            raise Unknown(msg)
        evidence(capabilities=f"{first.cap_effective:#x}", seccomp=first.seccomp)
        unconfined = first.cap_bounding & SYS_ADMIN and first.seccomp == 0
        assert not unconfined, f"{container} runs with SYS_ADMIN and without seccomp, as privileged ones do"
