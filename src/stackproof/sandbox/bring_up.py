"""Bringing a sandbox up: past other people's subnets, patiently, and until it is what it is going to be."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from stackproof.engine.command import SLOW
from stackproof.errors import CommandError, NotReadyError, StackError
from stackproof.sandbox import refused, shortage, waiting
from stackproof.sandbox.waiting import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from stackproof.engine.project import Project
    from stackproof.sandbox.container import Container
    from stackproof.sandbox.sandbox import Sandbox
    from stackproof.sandbox.waiting import Expectation

SUBNETS = 8  # tries to find one that is free; other sandboxes and other people choose too
_OVERLAP = re.compile(r"pool overlaps|conflicts with network", re.IGNORECASE)


def deadline(expected: Collection[Expectation]) -> float:
    """Seconds for one call of Compose: it starts, and stops, one service after the other along depends_on."""
    starts = sum(one.deadline for one in expected)
    stops = SLOW + sum(one.service.grace for one in expected)
    return max(starts, stops)


# -- `up` ----------------------------------------------------------------------------------------------


def first_up(sandbox: Sandbox, move: Callable[[int], object]) -> None:
    """Bring everything up; again when somebody else has the subnets that were chosen, or all of them.

    `move` chooses other subnets, by the number of the attempt.
    """
    until = time.monotonic() + shortage.SUBNET_WITHIN
    for attempt in range(1, SUBNETS):
        held = shortage.holders()
        try:
            sandbox.up()
        except StackError as error:
            used_up = shortage.SUBNETS.sign.search(str(error))
            if not used_up and not _OVERLAP.search(str(error)):
                raise
            # Before the wait: two that hold a subnet each and wait for another wait for ever.
            sandbox.take_away()
            if used_up and not _subnet_given_back(sandbox, held, until):
                raise
            move(attempt)
        else:
            return
    sandbox.up()


def _subnet_given_back(sandbox: Sandbox, held: set[str], until: float) -> bool:
    """Wait until another sandbox gives subnets back; say whether one did in time."""
    with sandbox.phase("wait for a subnet"):
        return shortage.given_back(held, until, sandbox.events.wait)


def up_patiently(
    sandbox: Sandbox, project: Project, scales: Mapping[str, int], told: Callable[[str], str] = str
) -> None:
    """`up`, again when Compose gave up a dependency that was slow, or that its policy started again.

    `told` puts into the author's words what an engine says of paths of ours.
    """
    for _attempt in sandbox.stack.services:
        try:
            project.up(_named(sandbox), dependencies=not sandbox.shortfalls, scales=scales)
        except CommandError as error:
            expectations = sandbox.expectations()
            mine = [container for container in sandbox.look() if container.service in expectations]
            slow = {c.service for c in mine if _may_still_come(c) or _came_meanwhile(sandbox, c, error)}
            if not slow:
                raise _why_not(sandbox, error, told) from None
            expected = {name: what for name, what in expectations.items() if name in slow}
            waiting.wait_ready(sandbox.look, expected, pause=sandbox.events.wait)
        else:
            return


def _named(sandbox: Sandbox) -> list[str] | None:
    """Services to bring up, where not all; after some were given up, no one-shot that ended well again."""
    if not sandbox.shortfalls:
        return None if sandbox.only is None else sorted(sandbox.only)
    ended = {container.service for container in sandbox.look() if container.status == "exited"}
    return [name for name in sandbox.expectations() if name not in ended]


def _may_still_come(container: Container) -> bool:
    """Whether a service is up, or about to be, that Compose did not find healthy."""
    return container.is_up and container.has_healthcheck and container.health != "healthy"


def _came_meanwhile(sandbox: Sandbox, container: Container, error: CommandError) -> bool:
    """Whether a service is well by now that Compose names as unhealthy: it spoke too soon."""
    named = f"container {sandbox.name}-{container.name} is unhealthy"
    return container.well and any(line.endswith(named) for line in str(error).splitlines())


def _why_not(sandbox: Sandbox, error: CommandError, told: Callable[[str], str]) -> StackError:
    """Add to Compose's words the state and last words of what did not come up."""
    # Its steps are no reason, and what was never started has no words.
    said = [line for line in str(error).splitlines()[1:] if not refused.is_step(line)]
    lines = [_by_engine(sandbox, "\n".join(said).replace(f"{sandbox.name}-", "") or str(error), str(error))]
    expectations = sandbox.expectations()
    verdicts = [
        (container, waiting.judge(container, expectations[container.service])[0])
        for container in sandbox.look()
        if container.service in expectations
        and (container.status != "created" or container.state.get("Error"))
    ]
    unwell = [(container, verdict) for container, verdict in verdicts if verdict is not Verdict.READY]
    for container, _verdict in unwell:
        words = f"{container.status}, health {container.health}, exit code {container.state['ExitCode']}"
        lines.append(waiting.describe(container, words, 0.0))
    why = told("\n".join(lines))
    # One that waits by restarting may be well; what has failed is why Compose gave up.
    failed = {c.service for c, verdict in unwell if verdict is Verdict.FAILED} or {
        c.service for c, _v in unwell
    }
    return NotReadyError(dict.fromkeys(sorted(failed), why)) if failed else StackError(why)


def _by_engine(sandbox: Sandbox, words: str, error: str) -> str:
    """Name the service that the engine refused, and where it is written; the engine names neither."""
    found = [name for name in refused.services(error, sandbox.name) if name in sandbox.stack.services]
    if not found or not words.startswith("Error response from daemon"):
        return words
    place = sandbox.stack.place(("services", found[0]))
    named = f"service {found[0]}" if len(found) == 1 else f"one of the services {', '.join(found)}"
    fix = "correct what it names; `docker compose up` says the same"
    return f"{place}: {named}: {words.removeprefix('Error response from daemon: ')}\n  fix: {fix}"


# -- what comes after it -------------------------------------------------------------------------------


def wait_ready(sandbox: Sandbox) -> float:
    """Wait until every service is ready; return the seconds of that alone: ports are given time afterwards.

    Raises NotReadyError with the state of the one that is not.
    """
    seconds = waiting.wait_ready(sandbox.look, sandbox.expectations(), pause=sandbox.events.wait)
    for container in sandbox.containers():
        if not container.has_healthcheck and container.runs:
            listens(sandbox, container)
    return seconds


def listens(sandbox: Sandbox, container: Container) -> bool:
    """Give a service time to open the TCP ports that it publishes; say whether it did."""
    published = sandbox.stack.services[container.service].ports
    ports = [port.target for port in published if port.protocol == "tcp"]
    return waiting.wait_listening(container, ports, sandbox.events.wait)


def one_shots_that_ended(sandbox: Sandbox) -> set[str]:
    """Give a one-shot that nobody waits for time to end, so that it is not taken for long-running."""
    until = time.monotonic() + waiting.ONE_SHOT
    while time.monotonic() < until and any(c.may_complete and c.runs for c in sandbox.look()):
        sandbox.events.wait(waiting.EVERY)
    return {container.service for container in sandbox.look() if container.completed}
