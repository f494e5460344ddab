"""What root in a container may do to the kernel that it shares with the host."""

from collections.abc import Iterator, Mapping

from stackproof.controls import CRITICAL, HIGH, LOW, MEDIUM
from stackproof.controls.severity import Severity
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import Finding
from stackproof.rules.rule import rule
from stackproof.stack import capabilities, limits, namespaces
from stackproof.stack.model import Service
from stackproof.stack.stack import Stack

# What each lets a container do, by capabilities(7). Together with the engine's default set these are all.
TAKEOVER = {
    "ALL": "which is every capability, as privileged containers have",
    "SYS_ADMIN": "which mounts and reaches devices, and with it the host",
    "SYS_MODULE": "which loads code into the host's kernel",
    "SYS_RAWIO": "which reaches the host's memory and ports",
}
ADJACENT = {
    "NET_ADMIN": "which changes addresses, routes and filters of its network",
    "BPF": "which loads programs into the host's kernel",
    "SYS_BOOT": "which restarts the host or loads another kernel",
}
_ON_HOST = "which changes addresses, routes and the firewall of the host"
REACHING = {
    "PERFMON": "which watches the host's kernel and with it all its processes",
    "SYS_TIME": "which sets the clock of the host and of all its containers",
}
AVAILABILITY = {
    "SYS_NICE": "which takes the host's processors before everybody else",
    "IPC_LOCK": "which keeps the host's memory from being swapped out",
    "LEASE": "which holds up whoever opens a file that it shares",
}
DISCLOSURE = {"SYSLOG": "which reads the kernel log of the host and its addresses"}
TRACING = {
    "SYS_PTRACE": "which reads and changes the memory of other processes",
    "DAC_READ_SEARCH": "which opens files of the host by their handles, outside of what is mounted",
}
_OF_HOST = "which reads and changes the memory of every process of the host"
FURTHER: dict[str, tuple[Severity, str]] = {
    "AUDIT_CONTROL": (HIGH, "which switches the host's audit off"),
    "AUDIT_READ": (MEDIUM, "which reads the host's audit log"),
    "BLOCK_SUSPEND": (LOW, "which keeps the host awake"),
    "CHECKPOINT_RESTORE": (MEDIUM, "which reads the state of other processes"),
    "IPC_OWNER": (LOW, "which passes over the owners of shared memory"),
    "LINUX_IMMUTABLE": (MEDIUM, "which makes files that nobody can remove"),
    "MAC_ADMIN": (HIGH, "which changes the host's security policy"),
    "MAC_OVERRIDE": (HIGH, "which passes over the host's security policy"),
    "NET_BROADCAST": (LOW, "which Linux does not use"),
    "SYS_PACCT": (LOW, "which switches the host's accounting of processes"),
    "SYS_RESOURCE": (MEDIUM, "which passes over limits and quotas"),
    "SYS_TTY_CONFIG": (LOW, "which hangs up terminals"),
    "WAKE_ALARM": (LOW, "which wakes the host up"),
}


def _added(service: Service, known: Mapping[str, str], evidence: Evidence) -> Iterator[tuple[str, Finding]]:
    """Yield the capabilities out of a table that a service adds, each with its finding."""
    evidence(cap_add=list(service.cap_add) or "none")
    for added in capabilities.added(service):
        if why := known.get(added.name):
            found = Finding(f"{service} adds {added.name}, {why}", at=added.at, aspect=added.name)
            yield added.name, found


def _graded(found: Finding, severity: Severity) -> Finding:
    return Finding(found.message, at=found.at, aspect=found.aspect, severity=severity)


@rule(
    "cap-drop-all", "All capabilities are dropped but those that are added", severity=MEDIUM, key="cap_drop"
)
def cap_drop_all(service: Service, evidence: Evidence) -> Iterator[Finding]:
    """A program needs few of the engine's fourteen capabilities, and most need none.

    The engine does not read `cap_drop` where `cap_add` says ALL, nor for a privileged container. All fourteen
    by name are as good as ALL, which is how it must be written: `CAP_ALL` is no capability. Some nine of ten
    public files drop nothing, so no gate should begin here.

    Fix: `cap_drop: [ALL]`, and add what its start really needs: often CHOWN, SETUID and SETGID for an image
    that starts as root and steps down, NET_BIND_SERVICE for a port below 1024.

    Applies to: all services.
    """
    evidence(cap_drop=list(service.cap_drop) or "none", cap_add=list(service.cap_add) or "none")
    if kept := capabilities.kept(service):
        yield Finding(f"{service} {_dropped(service, kept)}")
        return
    by_word = capabilities.drops_all(service)
    what = "ALL" if by_word else "all fourteen by name"
    if service.privileged:
        yield Finding(f"{service} drops {what} and is privileged, which keeps every capability")
    elif capabilities.adds_all(service):
        rest = "of which the engine only reads what is added" if by_word else "which is every other one"
        yield Finding(f"{service} drops {what} and adds ALL, {rest}")


def _dropped(service: Service, kept: frozenset[str]) -> str:
    """Say what a service drops, or what it keeps where that is shorter."""
    wrong = [why for why in map(capabilities.refusal, service.cap_drop) if why]
    if wrong and len(wrong) == len(service.cap_drop):
        return f"drops nothing: {wrong[0]}"
    if len(kept) < len(capabilities.DEFAULT) - len(kept):
        return f"keeps {', '.join(sorted(kept))}: it drops the others by name"
    return f"drops only {', '.join(service.cap_drop)}" if service.cap_drop else "drops no capability"


@rule(
    "no-host-takeover-caps",
    "No capability is added that controls the host",
    severity=CRITICAL,
    key="cap_add",
)
def no_host_takeover_caps(service: Service, evidence: Evidence) -> Iterator[Finding]:
    """With ALL, SYS_ADMIN, SYS_MODULE or SYS_RAWIO root in the container is nearly root on the host.

    However it is spelled: `CAP_` before it and small letters are the same to the engine. To drop what is
    added changes nothing: the engine drops from its own set first, and adds then.

    Fix: remove it; for one mount or device, mount or map that alone from outside.

    Applies to: all services.
    """
    yield from (found for _name, found in _added(service, TAKEOVER, evidence))


@rule(
    "no-host-adjacent-caps",
    "No capability is added that reaches the host's kernel or network",
    severity=HIGH,
    key="cap_add",
)
def no_host_adjacent_caps(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """BPF and SYS_BOOT are the host's, whatever namespaces a container has.

    NET_ADMIN is bounded by the container's own network, and is of medium severity there; on the host's it
    changes the firewall of the machine.

    Fix: remove it; what a VPN or a router needs is accepted by a waiver with the capability as `aspect`.

    Applies to: all services.
    """
    on_host = namespaces.network(stack.model, service).is_host
    known = {**ADJACENT, "NET_ADMIN": _ON_HOST} if on_host else ADJACENT
    for name, found in _added(service, known, evidence):
        yield found if on_host or name != "NET_ADMIN" else _graded(found, MEDIUM)


@rule(
    "no-host-reaching-caps",
    "No capability is added that reaches the host's clock or traces its kernel",
    severity=HIGH,
    key="cap_add",
)
def no_host_reaching_caps(service: Service, evidence: Evidence) -> Iterator[Finding]:
    """PERFMON and SYS_TIME belong to no namespace: the clock that is set is everybody's.

    Fix: set the host's clock on the host (chrony, timesyncd), and trace there; an NTP server that must do it
    in a container is accepted by a waiver.

    Applies to: all services.
    """
    yield from (found for _name, found in _added(service, REACHING, evidence))


@rule(
    "no-host-availability-caps",
    "No capability is added that takes processors or memory from the host",
    severity=MEDIUM,
    key="cap_add",
)
def no_host_availability_caps(service: Service, evidence: Evidence) -> Iterator[Finding]:
    """SYS_NICE, IPC_LOCK and LEASE let one container hold up the whole machine.

    IPC_LOCK is asked for by databases and secret stores, so that nothing of theirs is swapped out: with a
    memory limit it takes no more than that and is no finding. The images of MySQL and ClickHouse ask for
    SYS_NICE, and the kernel keeps a twentieth of each second for others, so this is of medium severity.

    Fix: remove it, or give the service a memory limit (`mem_limit`) where it must lock its memory.

    Applies to: all services.
    """
    for name, found in _added(service, AVAILABILITY, evidence):
        if name != "IPC_LOCK" or limits.limit(service, limits.MEMORY) is None:
            yield found


@rule(
    "no-host-disclosure-caps",
    "No capability is added that reads the host's kernel log",
    severity=HIGH,
    key="cap_add",
)
def no_host_disclosure_caps(service: Service, evidence: Evidence) -> Iterator[Finding]:
    """The kernel has one log for all: with SYSLOG a container reads and clears it, and learns its addresses.

    Fix: remove it, and read the kernel's log on the host.

    Applies to: all services.
    """
    yield from (found for _name, found in _added(service, DISCLOSURE, evidence))


@rule(
    "no-trace-read-caps",
    "No capability is added that reads other processes or files",
    severity=MEDIUM,
    key="cap_add",
)
def no_trace_read_caps(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """SYS_PTRACE reads passwords out of the memory of the processes that it sees.

    Those are the container's own, unless it shares the host's processes, where it is of high severity. So is
    DAC_READ_SEARCH anywhere: it opens files of the host by number, past every mount.

    Fix: remove it; debug in a container that is started for that.

    Applies to: all services.
    """
    sees_host = namespaces.processes(stack.model, service).is_host
    known = {**TRACING, "SYS_PTRACE": _OF_HOST} if sees_host else TRACING
    for name, found in _added(service, known, evidence):
        yield _graded(found, HIGH) if sees_host or name == "DAC_READ_SEARCH" else found


@rule(
    "no-extra-caps",
    "No capability is added beyond those that the engine gives anyway",
    severity=HIGH,
    key="cap_add",
)
def no_extra_caps(service: Service, evidence: Evidence) -> Iterator[Finding]:
    """What is left of the kernel's list once the more particular rules have had theirs; each by what it does.

    To drop ALL and add back one of the engine's fourteen is how a container is hardened, and no finding.

    Fix: remove it, or accept it by a waiver with the capability as `aspect`.

    Applies to: all services.
    """
    known = {name: why for name, (_severity, why) in FURTHER.items()}
    for name, found in _added(service, known, evidence):
        yield _graded(found, FURTHER[name][0])
