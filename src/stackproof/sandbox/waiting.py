"""When is a stack up? Our own answer, not `up --wait`.

`up --wait` calls the first `unhealthy` final whatever the deadline, fails on one-shot services that
ended with 0, and waits for ever for a restart loop (Compose 2.40, pkg/compose/start.go).
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from stackproof.errors import NotReadyError, Unknown
from stackproof.isolation.health import health_of
from stackproof.sandbox.container import Container, timestamp
from stackproof.stack.model import Health, Model, Service

SHOWN = 300  # characters of what a probe printed
EVERY = 0.25  # seconds between looks, when no event comes sooner
LEAST = 60.0  # seconds that any service gets, whatever its author's window
# A service that used up its author's whole window, and so much more (seconds), is hopeless. The window alone
# may be a slow first start on a loaded machine: there it is as many times longer as processes wait for each
# processor, up to the most.
PATIENCE = 10.0
MOST_PATIENCE = 30.0
# So many restarts take the engine 25 s of delays alone (0.1 s, doubling).
RESTARTS = 8
SAME_FOR = 1.0  # seconds without a change that make a service settled
SETTLE = 20.0  # seconds that a service without health check gets to open its ports
# What neither restarts nor is watched nor publishes a port may be a one-shot; most end sooner.
ONE_SHOT = 5.0  # seconds


class Verdict(Enum):
    """What one look at a container says."""

    READY = auto()
    NOT_YET = auto()
    FAILED = auto()


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """What a service must reach, and by when (seconds from the start of the wait)."""

    service: Service
    health: Health | None
    one_shot: bool
    count: int

    @property
    def deadline(self) -> float:
        """The author's own window until `unhealthy`, twice, for a loaded machine."""
        if self.health is None:
            return LEAST
        window = self.health.start_period + self.health.retries * (self.health.interval + self.health.timeout)
        return max(LEAST, 2 * window)


def expectations(
    model: Model, image_health: Mapping[str, Health], scales: Mapping[str, int]
) -> dict[str, Expectation]:
    """Say what each service must reach; `scales` are replicas in place of the author's number."""
    return {
        name: Expectation(
            service=service,
            health=health_of(service, image_health),
            one_shot=name in model.one_shots,
            count=scales.get(name, service.replicas),
        )
        for name, service in model.services.items()
    }


def judge(container: Container, expected: Expectation) -> tuple[Verdict, str]:
    """Say whether a container is where it shall be, and in words where it is. Pure."""
    status, code = container.status, int(container.state["ExitCode"])
    # It may be a one-shot that nobody waits for.
    if container.completed or (expected.one_shot and container.ended_well):
        return Verdict.READY, "completed"
    if expected.one_shot:
        ended = Verdict.FAILED, f"ended with exit code {code}"
        return ended if status == "exited" else (Verdict.NOT_YET, status)
    # A policy that has given up leaves it like that, and so does none.
    if status in ("exited", "dead") and container.restart_policy in ("no", "on-failure"):
        return Verdict.FAILED, f"exited with code {code}"
    if not container.runs:
        return Verdict.NOT_YET, f"{status}, {container.restarts} restarts, last exit code {code}"
    if not container.has_healthcheck:
        return Verdict.READY, "running"
    # `unhealthy` is not final: the next probe that succeeds makes it healthy.
    return (Verdict.READY if container.health == "healthy" else Verdict.NOT_YET), str(container.health)


def patience() -> float:
    """Return for how long (seconds) a machine as busy as this one is trusted to be the cause of a delay."""
    waiting = os.getloadavg()[0] / (os.cpu_count() or 1)
    return min(MOST_PATIENCE, PATIENCE * max(1.0, waiting))


def hopeless(container: Container, waited: float, health: Health | None = None) -> bool:
    """Whether more waiting makes no sense.

    The window of its author's `health` ended without one success some time ago, or every start ended at once.
    """
    looping = container.status == "restarting" and container.restarts >= RESTARTS
    return (looping and waited > MOST_PATIENCE) or (
        health is not None and container.health == "unhealthy" and _overdue(container, health) > patience()
    )


def _overdue(container: Container, health: Health) -> float:
    """Seconds for which its probes have failed beyond its author's window, by the engine's own count.

    It does not matter since when somebody waits: Compose may have waited before.
    """
    lasted = [timestamp(e["End"]) - timestamp(e["Start"]) for e in container.health_log if "End" in e]
    probe = min(sum(lasted) / len(lasted), health.timeout) if lasted else 0.0
    window = health.start_period + health.retries * (health.interval + probe)
    return container.failing_streak * (container.health_interval + probe) - window


Look = Callable[[], Sequence[Container]]


def wait_ready(
    look: Look,
    expectations: Mapping[str, Expectation],
    *,
    pause: Callable[[float], None] = time.sleep,
) -> float:
    """Wait until every container of every service is ready; return the seconds it took.

    `pause` waits for the next event.
    Raises NotReadyError with the last state, health log and log lines of all that will not be.
    """
    started = time.monotonic()
    while True:
        waited = time.monotonic() - started
        containers = look()
        missing = False
        failed: dict[str, str] = {}
        for name, expected in expectations.items():
            mine = [container for container in containers if container.service == name]
            if why := _given_up(mine, expected, waited):
                failed[name] = why
            missing |= len(mine) < expected.count
            missing |= any(judge(c, expected)[0] is not Verdict.READY for c in mine)
        if failed:
            raise NotReadyError(failed)
        if not missing:
            return waited
        pause(EVERY)


def _given_up(containers: Sequence[Container], expected: Expectation, waited: float) -> str:
    """Say why there is no use in waiting for a service any longer; empty as long as there is."""
    late = waited > expected.deadline
    for container in containers:
        verdict, words = judge(container, expected)
        no_more = late or hopeless(container, waited, expected.health)
        if verdict is Verdict.FAILED or (no_more and verdict is not Verdict.READY):
            return describe(container, words, waited)
    if late and len(containers) < expected.count:
        name = expected.service.name
        return f"service {name}: {len(containers)} of {expected.count} containers after {waited:.0f} s"
    return ""


def wait_listening(
    container: Container, ports: Sequence[int], pause: Callable[[float], None] = time.sleep
) -> bool:
    """Give a service without health check time to open its published ports; say whether it did.

    Not opening them is no failure here: the control on published ports says so.
    """
    end = time.monotonic() + SETTLE
    while ports and time.monotonic() < end:
        try:
            listening = {socket.port for socket in container.probe().listening}
        except Unknown:
            return False
        if set(ports) <= listening:
            return True
        pause(EVERY)
    return not ports


def wait_settled(container: Container, pause: Callable[[float], None] = time.sleep) -> bool:
    """Give a service without health check time to become what it is going to be.

    An entrypoint that still runs as root, or a server that has not opened its ports yet, would be
    judged for what it is not. Settled means: the same processes and listeners for a while.
    False when it could not be looked at, which may be because it ended.
    """
    end = time.monotonic() + SETTLE
    before, since = None, time.monotonic()
    while time.monotonic() < end:
        try:
            facts = container.probe()
        except Unknown:
            return False
        now = {(process.name, process.uids) for process in facts.processes}, set(map(str, facts.listening))
        if now != before:
            before, since = now, time.monotonic()
        elif time.monotonic() - since >= SAME_FOR:
            break
        pause(EVERY)
    return True


def _end(output: str) -> str:
    """Return the end of what a probe printed, where programs say why; dots tell redaction that it was cut."""
    return output if len(output) <= SHOWN else f"...{output[-SHOWN:]}"


def describe(container: Container, words: str, waited: float) -> str:
    """Say all that helps to find out why a container is not ready."""
    lines = [f"service {container.service} ({container.name}) is not ready after {waited:.0f} s: {words}"]
    if error := container.state.get("Error"):
        lines.append(f"  engine: {error}")
    for entry in container.health_log[-3:]:
        output = _end(" ".join(str(entry.get("Output", "")).split()))
        lines.append(f"  health probe exit {entry.get('ExitCode')}: {output}")
    lines.append("  last log lines:")
    lines += [f"    {line}" for line in container.logs().splitlines()] or ["    (none)"]
    return "\n".join(lines)
