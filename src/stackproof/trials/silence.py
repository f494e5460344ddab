"""Nobody is at home: whatever is asked in a container is refused at once, and its processes live on.

A server that has died refuses; one that hangs keeps whoever asks it waiting. A health check that only runs
out of time says no to the second and yes to the first. No process is touched: in the container's network
every destination is unreachable, and its Unix sockets are moved aside.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from stackproof.engine import engine
from stackproof.errors import Unknown
from stackproof.sandbox.container import Container
from stackproof.trials.crash import SURE, main_pid

# The kernel asks the table of local addresses first, so that moves behind ours (ip-rule(8)).
_TABLE = 177
_BEHIND = 32
_MARK = ".stackproof-aside"
_OPTIONS = ("--cap-add=NET_ADMIN", "--cap-add=SYS_PTRACE")
# 00010000 in /proc/net/unix is a socket that listens (unix(7), include/linux/net.h: __SO_ACCEPTCON).
_SCRIPT = f"""{SURE}
root="/proc/$1/root"
case "$3" in
  begin)
    for family in -4 -6; do
      ip $family route add unreachable default table {_TABLE} &&
        ip $family rule add pref {_BEHIND} table local && ip $family rule add pref 1 table {_TABLE} &&
        ip $family rule del pref 0 table local || [ $family = -6 ] || exit 1
    done 2>&1
    while read -r _ _ _ flags _ _ _ path; do
      case "$flags $path" in
        "00010000 /"*) [ -S "$root$path" ] && mv "$root$path" "$root$path{_MARK}" && echo "$path" ;;
      esac
    done < /proc/net/unix
    exit 0
    ;;
  end)
    shift 3
    for path; do mv "$root$path{_MARK}" "$root$path"; done
    for family in -4 -6; do
      ip $family rule add pref 0 table local
      ip $family rule del pref 1 table {_TABLE}
      ip $family rule del pref {_BEHIND} table local
      ip $family route flush table {_TABLE}
    done 2>/dev/null
    ip -4 rule | grep -q '^0:.*local'
    ;;
esac
"""


def impossible(container: Container) -> str:
    """Say why nothing in a container can be made unreachable; empty when it can."""
    mode = str(container.data["HostConfig"].get("NetworkMode") or "")
    return f"it is in the network of {mode}" if mode == "host" else ""


@contextmanager
def silent(container: Container, own: dict[str, str]) -> Iterator[None]:
    """Let nothing be reached in a container, and undo that whatever happens.

    Raises Unknown where that cannot be done, CommandError when the engine refuses it.
    """
    if why := impossible(container):
        msg = f"{container}: what its health check says when nothing answers cannot be tried: {why}"
        raise Unknown(msg)
    words = ["sh", "-c", _SCRIPT, "silence", main_pid(container), container.id]
    network = f"container:{container.id}"
    moved: list[str] = []
    try:
        begun = engine.helper([*words, "begin"], own=own, network=network, options=_OPTIONS)
        moved = [line for line in begun.splitlines() if line.startswith("/")]
        yield
    finally:
        engine.helper([*words, "end", *moved], own=own, network=network, options=_OPTIONS)
