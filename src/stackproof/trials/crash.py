"""Processes die without the engine being told."""

from collections.abc import Sequence

from stackproof.engine import engine
from stackproof.errors import Unknown
from stackproof.sandbox.container import Container


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
_KILL = f"""
id=$1
shift
all=
for pid; do
  [ -d "/proc/$pid" ] || [ "$all" = "" ] || continue  # a worker may have ended by itself
  set -- "$pid" "$id"
  {SURE}
  all="$all $pid"
done
kill -9 $all
"""


def crash(container: Container, own: dict[str, str], pids: Sequence[int] = ()) -> None:
    """SIGKILL processes of a container from the host's pid namespace, all at once; the main one by default.

    `docker kill` would be an operator's stop, after which no policy restarts anything
    (moby daemon/kill.go), and the kernel ignores `kill -9 1` from inside (pid_namespaces(7)).
    """
    words = [*map(str, pids)] or [main_pid(container)]
    engine.helper(["sh", "-c", _KILL, "crash", container.id, *words], own=own)
