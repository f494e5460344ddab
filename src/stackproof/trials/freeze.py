"""Processes of a service stop running, all of them or some, while the container stays up."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from stackproof.engine import engine
from stackproof.sandbox.container import Container
from stackproof.trials.crash import SURE, main_pid

LOOKS = 100  # a tenth of a second apart: a process takes the signal that stops it when it is its turn to run
# The main process and all its descendants; execs (probes) are not among them. Sets `known`.
_TREE = """
known=" $1 "
again=1
while [ $again = 1 ]; do
  again=0
  for status in /proc/[0-9]*/status; do
    pid= parent=
    while read -r key value _; do
      case $key in Pid:) pid=$value ;; PPid:) parent=$value; break ;; esac
    done 2>/dev/null < "$status"
    case "$known" in
      *" $pid "*) ;;
      *) case "$known" in *" $parent "*) known="$known$pid "; again=1 ;; esac ;;
    esac
  done
done
"""
# `docker pause` would freeze the health probe too, and stopping PID 1 alone leaves workers serving.
# $3 is the signal; after it stand the processes that get it, or none for all of the tree.
_SCRIPT = f"""{SURE}
main=$1 container=$2 signal=$3
shift 3
if [ $# -gt 0 ]; then
  known="$*"
  for pid; do
    # One that ended meanwhile needs no signal, and its number may be somebody else's.
    case "$(cat "/proc/$pid/cgroup" 2>/dev/null)" in
      *"$container"*) ;;
      *) known=$(echo " $known " | sed "s/ $pid / /") ;;
    esac
  done
else
  set -- "$main"
{_TREE}
fi
[ -n "${{known# }}" ] || {{ echo "no process is left to freeze" >&2; exit 1; }}
kill "-$signal" $known
# A signal that was refused froze nobody, and then no probe proves anything. Z and X are dead already.
for pid in $known; do
  [ "$signal" = STOP ] || break
  looks=0
  while :; do
    state=Z
    while read -r key value _; do
      case $key in State:) state=$value; break ;; esac
    done 2>/dev/null < "/proc/$pid/status"
    case $state in T | t | Z | X) break ;; esac
    looks=$((looks + 1))
    [ $looks -lt {LOOKS} ] || {{ echo "process $pid is not frozen: $state" >&2; exit 1; }}
    usleep 100000 2>/dev/null || sleep 1
  done
done
echo $known
"""


@contextmanager
def frozen(container: Container, own: dict[str, str], processes: Collection[int] = ()) -> Iterator[list[int]]:
    """Freeze processes of a service and thaw them whatever happens; all of them where none are named.

    Processes are named, and given, by their pids on the engine's host.
    """
    pid = main_pid(container)
    words = [str(number) for number in processes]
    try:
        stopped = engine.helper(
            ["sh", "-c", _SCRIPT, "freeze", pid, container.id, "STOP", *words], own=own
        ).split()
        yield [int(word) for word in stopped]
    finally:
        engine.helper(["sh", "-c", _SCRIPT, "thaw", pid, container.id, "CONT", *words], own=own)
