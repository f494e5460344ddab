"""Processes die without the engine being told."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from stackproof.engine import engine
from stackproof.errors import Unknown
from stackproof.sandbox.container import Container


def main_pid(container: Container) -> str:
    """Return the host pid of a container's main process as it is now.

    Raises Unknown when it does not run: the engine says 0 then, and 0 as a pid means everybody.
    """
    found = engine.inspect("container", [container.id])
    state: Mapping[str, Any] = found[0]["State"] if found else {"Status": "gone"}
    if state["Status"] != "running" or state["Pid"] <= 1:
        msg = f"{container} is {state['Status']}, so it has no main process to disturb"
        raise Unknown(msg)
    return str(state["Pid"])


# A pid may be somebody else's by the time a helper runs: only one in the container's cgroup is touched.
SURE = """
case "$(cat "/proc/$1/cgroup")" in
  *"$2"*) ;;
  *) echo "process $1 is not in container $2" >&2; exit 1 ;;
esac
"""
# Arguments: the pid that must be there for any to be killed, or nothing; then host pid and container id of
# each. A pid may be somebody else's by now.
_KILL = """
needed=$1
shift
all=" "
while [ $# -gt 1 ]; do
  case "$(cat "/proc/$1/cgroup" 2>/dev/null)" in
    *"$2"*) all="$all$1 " ;;
  esac
  shift 2
done
case "$needed$all" in
  " "* | *" $needed "*) ;;
  *) echo "process $needed is not in its container any more" >&2; exit 1 ;;
esac
for pid in $all; do
  if kill -9 "$pid" 2>/dev/null; then echo "$pid"; elif [ "$pid" = "$needed" ]; then exit 1; fi
done
"""


def crash(container: Container, own: Mapping[str, str], pids: Sequence[int] = ()) -> None:
    """SIGKILL processes of a container from the host's pid namespace, all at once; the main one by default.

    `docker kill` would be an operator's stop, after which no policy restarts anything
    (moby daemon/kill.go), and the kernel ignores `kill -9 1` from inside (pid_namespaces(7)).
    Raises CommandError when the first of them has ended by itself; others may have.
    """
    words = [*map(str, pids)] or [main_pid(container)]
    _kill(words[0], [(pid, container.id) for pid in words], own)


def crash_each(containers: Sequence[Container], own: Mapping[str, str]) -> list[Container]:
    """SIGKILL the main processes of containers, all at once; return those that had not ended by then.

    With the first process of its pid namespace the kernel ends all others.
    """
    pids: dict[str, Container] = {}
    for container in containers:
        with suppress(Unknown):
            pids[main_pid(container)] = container
    killed = _kill("", [(pid, container.id) for pid, container in pids.items()], own)
    return [container for pid, container in pids.items() if pid in killed]


def _kill(needed: str, victims: Sequence[tuple[str, str]], own: Mapping[str, str]) -> set[str]:
    """Kill by pid and container; return who was there to be killed."""
    if not victims:
        return set()
    words = [word for victim in victims for word in victim]
    return set(engine.from_outside(["sh", "-c", _KILL, "crash", needed, *words], own=own).split())
