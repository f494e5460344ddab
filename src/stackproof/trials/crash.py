"""The main process dies without the engine being told."""

import time
from dataclasses import dataclass

from stackproof.engine import engine
from stackproof.errors import Unknown
from stackproof.sandbox.container import Container
from stackproof.sandbox.sandbox import Sandbox
from stackproof.sandbox.view import View
from stackproof.sandbox.waiting import EVERY


def main_pid(container: Container) -> str:
    """Return the host pid of a container's main process as it is now.

    Raises Unknown when it does not run: the engine says 0 then, and 0 as a pid means everybody.
    """
    found = engine.inspect("container", [container.id])
    status, pid = (found[0]["State"]["Status"], int(found[0]["State"]["Pid"])) if found else ("gone", 0)
    if status != "running" or pid <= 1:
        msg = f"{container} is {status}, so it has no main process to disturb"
        raise Unknown(msg)
    return str(pid)


# A pid may be somebody else's by the time a helper runs: only one in the container's cgroup is touched.
SURE = """
case "$(cat "/proc/$1/cgroup")" in
  *"$2"*) ;;
  *) echo "process $1 is not in container $2" >&2; exit 1 ;;
esac
"""


def crash(container: Container, own: dict[str, str]) -> None:
    """SIGKILL the main process from the host's pid namespace.

    `docker kill` would be an operator's stop, after which no policy restarts anything
    (moby daemon/kill.go), and the kernel ignores `kill -9 1` from inside (pid_namespaces(7)).
    """
    engine.helper(["sh", "-c", f"{SURE}kill -9 $1", "crash", main_pid(container), container.id], own=own)


COMES_BACK_WITHIN = 30.0  # seconds; the engine's first restart delay is 100 ms and doubles to a minute
STAYS_AWAY_FOR = 3.0  # seconds; long enough for five restart delays (0.1 + 0.2 + 0.4 + 0.8 + 1.6)


@dataclass(frozen=True, kw_only=True)
class CrashTrial:
    """What happened after the main process died."""

    policy: str
    came_back: bool
    exit_code: int
    restarts: int
    operator_kill: bool
    restart_seconds: float | None
    ready_seconds: float | None
    trouble: str = ""


def crash_trial(container: Container, sandbox: Sandbox) -> CrashTrial:
    """Crash a container, watch what its policy does, and leave the sandbox as it was found.

    What belongs to it the engine tells: its restarts, and what happened since the container's last start.
    """
    container = next((c for c in sandbox.look() if c.id == container.id), container)
    started = time.monotonic()
    crash(container, sandbox.labels)
    within = COMES_BACK_WITHIN if container.restart_policy != "no" else STAYS_AWAY_FOR
    with sandbox.disturbance():
        after = _watch(container, sandbox, started + within)
    back = after.runs and after.restarts > container.restarts
    restart_seconds = time.monotonic() - started if back else None
    trouble = sandbox.restore()
    if sandbox.stack.model.sharing_network(container.service):
        sandbox.spoiled = True  # they keep the network of the dead process, and `up` does not see it
    seen = sandbox.events.seen(container.service, since=container.started)
    mine = [event for event in seen if event.container == container.id]
    deaths = [event for event in mine if event.action == "die"]
    return CrashTrial(
        policy=container.restart_policy,
        came_back=back,
        exit_code=int(deaths[0].attributes.get("exitCode", "-1")) if deaths else -1,
        restarts=after.restarts - container.restarts,
        operator_kill=any(event.action == "kill" for event in mine),
        restart_seconds=restart_seconds,
        ready_seconds=time.monotonic() - started if back and not trouble else None,
        trouble=trouble if back else "",
    )


def _watch(container: Container, view: View, until: float) -> Container:
    """Look until the container was restarted or the time is up."""
    while True:
        found = next(c for c in view.look() if c.id == container.id)
        if (found.runs and found.restarts > container.restarts) or time.monotonic() > until:
            return found
        view.events.wait(EVERY)
