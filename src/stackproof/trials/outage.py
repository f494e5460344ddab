"""A dependency is away for a while."""

import time
from dataclasses import dataclass

from stackproof.errors import StackproofError
from stackproof.probes.http import HttpClient
from stackproof.sandbox.container import Container
from stackproof.sandbox.sandbox import Sandbox
from stackproof.sandbox.view import View
from stackproof.stack.contract import HttpExpectation, Outage

NOTICED_WITHIN = 30.0  # seconds for a stack to show that something is away
HOLDS_FOR = 2.0  # seconds that an answer must hold: the first one may come before anybody noticed


@dataclass(frozen=True, kw_only=True)
class OutageTrial:
    """What answered during the outage and how long recovery took."""

    answers: tuple[str, ...]
    differences: tuple[str, ...]
    crashed: tuple[str, ...]
    recovered_seconds: float | None
    trouble: str


def outage_trial(outage: Outage, sandbox: Sandbox, http: HttpClient) -> OutageTrial:
    """Stop a service, ask what the contract says, start it again, and wait until all endpoints are well."""
    before = {c.name: c.restarts for c in sandbox.look() if _concerned(c, outage, sandbox)}
    sandbox.stop([outage.stop], grace=0)
    answers, differences = [], []
    with sandbox.disturbance():
        for expected in outage.expect:
            answer, difference = _hold(http, expected)
            answers.append(f"{expected.service} {expected.path}: {answer}")
            if difference:
                differences.append(f"{expected.service} {expected.path}: {difference}")
    during = {container.name: container for container in sandbox.look()}
    crashed = [name for name, count in before.items() if _crashed(during.get(name), count)]
    started = time.monotonic()
    sandbox.start_services([outage.stop])
    trouble = _recover(sandbox, http, outage.recovers_within)
    recovered = None if trouble else round(time.monotonic() - started, 1)
    if trouble:
        sandbox.spoiled = True
    return OutageTrial(
        answers=tuple(answers),
        differences=tuple(differences),
        crashed=tuple(crashed),
        recovered_seconds=recovered,
        trouble=trouble,
    )


def _concerned(container: Container, outage: Outage, view: View) -> bool:
    """Whether a container shall go on running while the service is away."""
    service = container.service
    return service != outage.stop and container.runs and service not in view.one_shots


def _crashed(container: Container | None, before: int) -> bool:
    return container is None or not container.runs or container.restarts > before


def _hold(http: HttpClient, expected: HttpExpectation) -> tuple[str, str]:
    """Wait for the expected answer, then see that it stays."""
    answer, _waited = http.wait_for(expected, NOTICED_WITHIN)
    difference = answer.differs(expected)
    until = time.monotonic() + HOLDS_FOR
    while not difference and time.monotonic() < until:
        answer = http.get(expected.service, expected.path)
        difference = answer.differs(expected)
    return f"status {answer.status} in {answer.seconds:.2f} s", difference


def _recover(sandbox: Sandbox, http: HttpClient, within: float) -> str:
    """Say what was not well again in time; empty when all was."""
    until = time.monotonic() + within
    for expected in sandbox.stack.contract.http:
        answer, _waited = http.wait_for(expected, max(0.0, until - time.monotonic()))
        if difference := answer.differs(expected):
            return f"{expected.service} {expected.path}: {difference}"
    try:
        sandbox.wait_ready()
    except StackproofError as error:
        return str(error)
    return "" if time.monotonic() <= until else f"not ready within {within:g} s"
