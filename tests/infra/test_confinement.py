"""Whether a container is confined as its file says."""

from collections.abc import Iterator
from math import inf

from testinfra.host import Host

from stackproof.controls import HIGH, MEDIUM, UP, Unknown, control
from stackproof.facts import cgroups
from stackproof.facts.model import Process
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import Finding, raise_findings
from stackproof.sandbox.container import Container
from stackproof.stack import capabilities, limits, logs, security_options
from stackproof.stack.dollars import unescape
from stackproof.stack.keys import KeyPath
from stackproof.stack.model import Service
from stackproof.stack.stack import Stack

# Mode of a process that a filter of system calls watches (seccomp(2), /proc/PID/status).
FILTERED = 2
# Runtimes whose containers have the host's kernel and users; others answer for a kernel of their own.
SAME_KERNEL = frozenset({"", "runc", "io.containerd.runc.v2", "crun", "youki", "nvidia"})

# What Podman calls the driver that keeps a file for each container.
_SAME_DRIVER = {"k8s-file": logs.DEFAULT}


@control(
    "container-matches-file",
    "The container is confined as its file says",
    severity=HIGH,
    key="security_opt",
    judges=UP,
)
def test_container_matches_file(host: Host, container: Container, stack: Stack, evidence: Evidence) -> None:
    """A file that is read is a promise; what the kernel says of the first process is whether it is kept.

    Its bounding set of capabilities, `NoNewPrivs` and `Seccomp` are compared with what the engine makes of
    the file. An engine that was started without its filter of system calls shows here, and so does a
    capability that is dropped and added again, which the container has (of medium severity). So are limits
    of memory, processors and processes with its cgroup, which an engine without a right to make them leaves
    out with a warning, and `read_only` with how its root is mounted. A log driver that the file names is
    compared with the one that the engine has, with its options (of medium severity). A container that is
    confined more than its file says is no finding.

    Fix: start the engine with its own profile of seccomp; remove from `cap_add` what `cap_drop` names; have
    systemd delegate the controllers `cpu`, `memory` and `pids` to an engine without root; `up` again where
    the file was changed after the container was made.

    Applies to: containers that keep running.
    """
    if container.runtime not in SAME_KERNEL:
        msg = f"{container} is started by {container.runtime}, of whose kernel nothing is known here"
        raise Unknown(msg)
    processes = [process.facts for process in host.process.filter()]
    if not processes:
        msg = f"no process of the service is visible in {container}"
        raise Unknown(msg)
    first = min(processes, key=lambda process: process.pid)
    has = capabilities.of_mask(first.cap_bounding)
    evidence(
        process=str(first),
        capabilities=sorted(has) or "none",
        no_new_privileges=first.no_new_privileges,
        seccomp=first.seccomp,
        limits=container.facts.limits or "none is told",
    )
    service = stack.services[container.service]
    raise_findings(
        [
            *_differences(container, service, first),
            *_limits(container, service),
            *_logs(container, service),
        ]
    )


def _differences(container: Container, service: Service, first: Process) -> Iterator[Finding]:
    has = capabilities.of_mask(first.cap_bounding)
    given, dropped = capabilities.given(service), capabilities.dropped(service)
    if capabilities.ALL not in given and (more := sorted(has - given)):
        yield Finding(
            f"{container} has {', '.join(more)}, which its file does not give", aspect="more capabilities"
        )
    if kept := sorted(has & dropped):
        yield Finding(
            f"{container} has {', '.join(kept)}, which its file drops",
            at=("cap_drop",),
            aspect="dropped capabilities",
            severity=MEDIUM,
        )
    if security_options.sets_no_new_privileges(service) and not first.no_new_privileges:
        yield Finding(
            f"{container} runs without the no-new-privileges that its file sets", aspect="NoNewPrivs"
        )
    off = security_options.last(service, "seccomp")
    unconfined = service.privileged or (off is not None and off.value == security_options.UNCONFINED)
    if first.seccomp != FILTERED and not unconfined:
        yield Finding(
            f"{container} runs without a filter of system calls, which its file does not switch off",
            aspect="Seccomp",
        )


def _limits(container: Container, service: Service) -> Iterator[Finding]:
    """Yield what the container may take more of than its file gives it."""
    for what, places, unit, has in _in_force(container):
        given = limits.limit(service, places)
        # Processors are written with two digits, and an engine counts them in microseconds.
        if given is not None and has is not None and has > given * 1.01:
            at = next((keys for keys in places if limits.limit(service, (keys,)) == given), places[-1])
            much = "no limit" if has == inf else f"a limit of {has:.10g} {unit}"
            yield Finding(
                f"{container} has {much} of {what}, and its file gives it {given:.10g}", at=at, aspect=what
            )
    root = [mount for mount in container.facts.mounts if mount.target == "/"]
    if service.read_only_root and root and "ro" not in root[-1].options:
        yield Finding(
            f"{container} can write to its root file system, which its file makes read-only",
            at=("read_only",),
            aspect="read_only",
        )


def _in_force(container: Container) -> Iterator[tuple[str, tuple[KeyPath, ...], str, float | None]]:
    """Yield each limit, where it is written, its unit, and what its cgroup or else the engine says."""
    files, told = container.facts.limits, container.data["HostConfig"]
    for what, places, unit, has, key, of_one in (
        ("memory", limits.MEMORY, "bytes", cgroups.memory(files), "Memory", 1),
        ("processors", limits.CPUS[:2], "processors", cgroups.processors(files), "NanoCpus", 1e9),
        ("processes", limits.PIDS, "processes", cgroups.processes(files), "PidsLimit", 1),
    ):
        # To an engine 0 and -1 are no limit.
        of_engine = max(float(told.get(key) or 0), 0) / of_one or inf
        yield what, places, unit, of_engine if has is None else has


def _logs(container: Container, service: Service) -> Iterator[Finding]:
    """Yield what is kept of its logs otherwise than its file says; what that leaves open is the engine's."""
    said, has = logs.of(service), container.data["HostConfig"].get("LogConfig") or {}
    driver = _SAME_DRIVER.get(str(has.get("Type")), str(has.get("Type") or ""))
    if not said.name or not driver:
        return
    if driver != _SAME_DRIVER.get(said.name, said.name):
        yield Finding(
            f"the engine keeps the logs of {container} by {driver}, and its file names {said.name}",
            at=("logging", "driver"),
            aspect="log driver",
            severity=MEDIUM,
        )
        return
    options = has.get("Config") or {}
    for name, value in said.options.items():
        if (kept := options.get(name)) != (meant := unescape(str(value))):
            yield Finding(
                f"the log option {name} of {container} is {kept or 'not set'}, and its file says {meant}",
                at=("logging", "options", name),
                aspect=f"log {name}",
                severity=MEDIUM,
            )
