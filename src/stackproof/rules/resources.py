"""What a service may take of the machine, and whether it comes back."""

from collections.abc import Iterator

from stackproof.controls import INFO, LOW, MEDIUM
from stackproof.controls.control import not_applicable
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import Finding
from stackproof.rules.rule import rule
from stackproof.stack import limits
from stackproof.stack.conflicts import of_scaling
from stackproof.stack.keys import KeyPath
from stackproof.stack.model import Dependency, Service
from stackproof.stack.stack import Stack

MOST_RETRIES = 5  # CIS Docker 1.6.0 5.15
# Of these a process can take so many that the whole machine has none left.
_SHARED = ("nofile", "nproc")


def _unlimited(
    service: Service, stack: Stack, evidence: Evidence, what: str, places: tuple[KeyPath, ...]
) -> Iterator[Finding]:
    found = limits.limit(service, places)
    evidence(limit=found or "none")
    if found is None:
        below = limits.belongs_below(service)
        # A limit of 0 is written and means none: Compose drops it, its author thinks that there is one.
        zero = next((at for at in places if stack.written_text((*service.at, *at)) is not None), ())
        said = f", for {zero[-1]} means none as it is written" if zero else ""
        words = f"{service} may take all {what} of the machine: there is no limit{said}"
        if below:
            evidence(belongs_below=below)
            words += f"; it belongs below `{below}`, where others are"
        yield Finding(words, at=zero)


@rule("memory-limit", "Memory is limited", severity=MEDIUM)
def memory_limit(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """A leak in one service ends others: the kernel kills whatever is largest on the machine.

    About nine files in ten fail this. A reservation is no limit, and 0 is none.

    Fix: `mem_limit: 512m`, or `memory: 512m` below `deploy.resources.limits` where that is written: Compose
    refuses the first beside it. More than the service needs at its worst.

    Applies to: all services.
    """
    yield from _unlimited(service, stack, evidence, "memory", limits.MEMORY)


@rule("cpu-limit", "Processor time is limited", severity=LOW)
def cpu_limit(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """One service that turns in a circle makes all others slow.

    Shares (`cpu_shares`) only part what everybody wants at once, and `cpuset` says which processors, not how
    much of them: neither is a limit.

    Fix: `cpus: 1.5`, or `cpus: "1.5"` below `deploy.resources.limits` where that is written: Compose refuses
    the first beside it.

    Applies to: all services.
    """
    yield from _unlimited(service, stack, evidence, "processor time", limits.CPUS)


@rule("pids-limit", "The number of processes is limited", severity=MEDIUM)
def pids_limit(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """A service that starts processes without end takes the last one of the machine: nobody can log in.

    Threads count, too. 0 and -1 are no limit.

    Fix: `pids_limit: 200`, or `pids: 200` below `deploy.resources.limits` where that is written: Compose
    refuses the first beside it. Look at what the service has under load.

    Applies to: all services.
    """
    yield from _unlimited(service, stack, evidence, "processes", limits.PIDS)


@rule("ulimits-reviewed", "No ulimit on files or processes is lifted", severity=INFO, key="ulimits")
def ulimits_reviewed(service: Service, evidence: Evidence) -> Iterator[Finding]:
    """The engine's own limits are wide; a program that needs none at all is rare and slow to start.

    Some close every file that they might have: with no limit that takes minutes. `memlock: -1` is what
    databases ask for, and a limit that is only higher is its author's choice. Nothing is asked of a service
    that overrides none: the benchmark wants an override only where it is needed.

    Fix: a number, such as `nofile: 65536`.

    Applies to: services with `ulimits:`.
    """
    found = list(limits.ulimits(service))
    if not found:
        not_applicable(f"{service} overrides no ulimit")
    evidence(ulimits={one.name: f"{one.soft}:{one.hard}" for one in found})
    for one in found:
        if one.name in _SHARED and -1 in (one.soft, one.hard):
            yield Finding(f"{service} has no limit on {one.name}", at=one.at, aspect=one.name)


@rule(
    "restart-policy-declared",
    "The compose file gives a long-running service a restart policy",
    severity=MEDIUM,
    key="restart",
    proven_by="restart-policy-set",
)
def restart_policy_declared(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """Without a policy a crash at night lasts until somebody looks; so does a restart of the machine.

    `deploy.restart_policy` counts, and wins: without a `condition` Compose hands on no policy at all, also
    beside `restart: always`. Where a sandbox runs, `restart-policy-set` has the last word.

    Fix: `restart: unless-stopped`, or `on-failure` for what may end by itself.

    Applies to: services but those that another waits for to complete.
    """
    if service.name in stack.model.one_shots:
        not_applicable(f"{service} runs once and ends")
    evidence(restart_policy=service.restart)
    if service.restart == "no":
        deploy: KeyPath = ("deploy", "restart_policy")
        wins = bool(stack.layers((*service.at, *deploy)))
        silent = wins and not stack.layers((*service.at, *deploy, "condition"))
        why = (
            ": its `deploy.restart_policy` has no `condition`, which Compose takes for none" if silent else ""
        )
        at = deploy if wins else ("restart",)
        yield Finding(f"{service} is not restarted when it ends{why}", at=at)


@rule("restart-retries-bounded", "on-failure has a cap of 5 restarts", severity=LOW, key="restart")
def restart_retries_bounded(service: Service, evidence: Evidence) -> Iterator[Finding]:
    """Without a cap a service that cannot start does so for ever, and takes the machine's time.

    The benchmark's wording; others take the same restarts for what keeps a service alive, so that no profile
    but `cis` asks for it. `always` and `unless-stopped` count no restarts.

    Fix: `restart: on-failure:5`, or `max_attempts: 5`.

    Applies to: services whose policy is on-failure.
    """
    if service.restart.partition(":")[0] != "on-failure":
        not_applicable(f"{service} is not restarted on failure alone")
    count, at = limits.retries(service)
    evidence(restarts=count or "as many as it fails")
    if count is None:
        yield Finding(f"{service} is restarted as often as it fails", at=at)
    elif count > MOST_RETRIES:
        yield Finding(f"{service} is restarted {count} times, more than {MOST_RETRIES}", at=at)


@rule("healthcheck-not-disabled", "The health check is not switched off", severity=MEDIUM, key="healthcheck")
def healthcheck_not_disabled(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """Its author wrote a check into the image; without it nobody sees a service that hangs.

    `disable: true` and `test: [NONE]` are one. `test: NONE` as a text is none of them: a shell runs NONE.

    Fix: remove it, or write a check that this service can pass.

    Applies to: services but those that another waits for to complete.
    """
    if service.name in stack.model.one_shots:
        not_applicable(f"{service} runs once and ends")
    evidence(health_check="none" if service.health_test == [] else service.health_test or "the image's")
    if service.health_test == []:
        at = next(
            at
            for at in (("healthcheck", "disable"), ("healthcheck", "test"), ("healthcheck",))
            if stack.layers((*service.at, *at)) or len(at) == 1
        )
        yield Finding(f"{service} has its health check switched off", at=at)


@rule(
    "depends-on-uses-conditions",
    "A service waits until what it needs is ready, where that can be told",
    severity=LOW,
    key="depends_on",
    proven_by="startup-order-follows-conditions",
)
def depends_on_uses_conditions(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """The short form waits until a container was started, which says nothing of the program in it.

    A condition needs something to go by: a health check in the compose file, or a service that another waits
    for to complete. A dependency without either may have a check in its image, which the file does not tell;
    where a sandbox runs, `startup-order-follows-conditions` sees it.

    Fix: the long form with `condition: service_healthy`, or `service_completed_successfully`.

    Applies to: services that depend on another.
    """
    edges = [edge for edge in service.depends_on if not edge.implied]
    if not edges:
        not_applicable(f"{service} depends on nothing")
    evidence(conditions={edge.service: edge.condition for edge in edges})
    for edge in edges:
        if edge.condition == "service_started" and (why := _can_be_waited_for(edge, stack)):
            words = f"{service} starts as soon as {edge.service} was started, {why}"
            yield Finding(words, at=edge.at, aspect=edge.service)


def _can_be_waited_for(edge: Dependency, stack: Stack) -> str:
    if edge.service in stack.model.one_shots:
        return "for which another service waits to complete"
    return "which has a health check" if stack.services[edge.service].health_test else ""


@rule(
    "replicas-fit-the-file",
    "The compose file has room for the replicas that the contract asks for",
    severity=MEDIUM,
    key="ports",
    proven_by="scales-without-conflict",
)
def replicas_fit_the_file(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """A fixed host port, name or address can belong to one container only: `--scale` fails.

    Replicas of the compose file itself are judged by `up-without-conflict`; where a sandbox runs,
    `scales-without-conflict` starts them.

    Fix: put a proxy in front and remove `ports:` and `container_name:` from the scaled service.

    Applies to: services under `scale:` in the contract.
    """
    if service.name not in stack.contract.scale:
        not_applicable(f"nobody asks for several containers of {service}")
    replicas = stack.contract.scale[service.name]
    evidence(replicas=replicas)
    for name, conflict in of_scaling(stack.model, service.name, replicas):
        if name == service.name:
            words = f"{service} cannot have {replicas} replicas: {conflict.words}"
            yield Finding(words, at=conflict.at, aspect=conflict.words)
        else:
            words = f"{service} cannot have {replicas} replicas: {name}: {conflict.words}"
            yield Finding(words, aspect=f"{name}: {conflict.words}")
