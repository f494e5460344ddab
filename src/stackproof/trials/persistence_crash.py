"""Services that keep data crash right after they acknowledged it."""

import time
from collections.abc import Mapping, Sequence

from stackproof.errors import NotReadyError
from stackproof.sandbox import waiting
from stackproof.sandbox.container import Container
from stackproof.sandbox.sandbox import Sandbox
from stackproof.sandbox.waiting import EVERY
from stackproof.trials.blow import COMES_BACK_WITHIN
from stackproof.trials.crash import crash_each


def crash_all(containers: Sequence[Container], sandbox: Sandbox) -> dict[str, str]:
    """SIGKILL the processes of containers from the host's pid namespace, then have all that is up again.

    What no policy starts again `up` does. Returns why a service was not crashed, or did not come back.
    """
    victims = crash_each(containers, sandbox.labels)
    with sandbox.disturbance():
        _await_restarts(victims, sandbox)
    if any(sandbox.stack.model.sharing_network(container.service) for container in victims):
        sandbox.spoiled = True  # they keep the network of the dead process, and `up` does not see it
    ended = {c.service: f"{c} ended before it was crashed" for c in containers if c not in victims}
    return ended | bring_up(sandbox)


def _await_restarts(containers: Sequence[Container], sandbox: Sandbox) -> None:
    """Wait for those that a policy starts again."""
    until = time.monotonic() + COMES_BACK_WITHIN
    awaited = {c.id: c.restarts for c in containers if c.restart_policy != "no"}
    while time.monotonic() < until:
        here = {c.id: c for c in sandbox.look()}
        if all(one in here and here[one].runs and here[one].restarts > n for one, n in awaited.items()):
            return
        sandbox.events.wait(EVERY)


def bring_up(sandbox: Sandbox) -> dict[str, str]:
    """`up`; return why a service did not start, for each that did not, once all others are ready.

    One that only is slow gets its time twice: a loaded machine is no failure.
    """
    spoiled = sandbox.spoiled
    try:
        sandbox.up()
    except NotReadyError as error:
        whys = error.whys
    else:
        return {}
    if not all(_ended(sandbox, name) for name in whys):
        sandbox.spoiled = spoiled
        try:
            sandbox.up()
        except NotReadyError as error:
            whys = error.whys
        else:
            return {}
    return whys | _others(sandbox, whys)


def _ended(sandbox: Sandbox, name: str) -> bool:
    """Whether a service ended by itself, which is no slowness."""
    mine = [container for container in sandbox.look() if container.service == name]
    return any(not container.runs or container.restarts for container in mine)


def _others(sandbox: Sandbox, whys: Mapping[str, str]) -> dict[str, str]:
    """Wait for the services that wait for none of those; return why one did not start, for each."""
    model = sandbox.stack.model
    held = {name for failed in whys for name in (failed, *model.waiting_for(failed, started=True))}
    expected = {name: what for name, what in sandbox.expectations().items() if name not in held}
    try:
        waiting.wait_ready(sandbox.look, expected, pause=sandbox.events.wait)
    except NotReadyError as error:
        return error.whys
    return {}
