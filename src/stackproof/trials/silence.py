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
_CAPABILITIES = ("NET_ADMIN", "SYS_PTRACE")
# Reads a table of Unix sockets and moves what listens, below `$root`. A link to an absolute path leads to the
# container's root, for which the kernel would take ours. 00010000 is a socket that listens (unix(7),
# include/linux/net.h: __SO_ACCEPTCON).
ASIDE = f"""
inside() {{
  left=${{1#/}} at= hops=0
  while [ -n "$left" ]; do
    name=${{left%%/*}}
    case $left in */*) left=${{left#*/}} ;; *) left= ;; esac
    case $name in
      "" | .) continue ;;
      ..) at=${{at%/*}}; continue ;;
    esac
    if [ -L "$root$at/$name" ]; then
      hops=$((hops + 1))
      [ $hops -le 40 ] || return 1
      to=$(readlink "$root$at/$name")
      case $to in /*) at= ;; esac
      left=${{to#/}}${{left:+/$left}}
    else
      at=$at/$name
    fi
  done
}}
aside() {{
  while read -r _ _ _ flags _ _ _ path; do
    case "$flags $path" in
      "00010000 /"*)
        if ! inside "$path"; then
          echo "left $path"
        elif [ ! -S "$root$at{_MARK}" ]; then
          [ -S "$root$at" ] && mv "$root$at" "$root$at{_MARK}" 2>&1 && echo "moved $at" || echo "left $path"
        fi
        ;;
      "00010000 "?*) echo "left $path" ;;
    esac
  done
}}
"""
_SCRIPT = f"""{SURE}
root="/proc/$1/root"
begin() {{
  ip $1 route add unreachable default table {_TABLE} &&
    ip $1 rule add pref {_BEHIND} table local && ip $1 rule add pref 1 table {_TABLE} &&
    ip $1 rule del pref 0 table local && ! ip $1 route get $2 >/dev/null 2>&1
}}
end() {{
  ip $1 rule add pref 0 table local
  ip $1 rule del pref 1 table {_TABLE}
  ip $1 rule del pref {_BEHIND} table local
  ip $1 route flush table {_TABLE}
}}
# Files below /proc have no size.
speaks() {{ [ $1 = -4 ] || [ -n "$(cat /proc/net/if_inet6 2>/dev/null)" ]; }}
{ASIDE}
case "$3" in
  begin)
    for family in -4 -6; do
      speaks $family || continue
      case $family in -4) loopback=127.0.0.1 ;; *) loopback=::1 ;; esac
      begin $family $loopback 2>&1 || exit 1
    done
    aside < /proc/net/unix
    ;;
  end)
    shift 3
    whole=yes
    for path; do mv "$root$path{_MARK}" "$root$path" || whole=; done
    for family in -4 -6; do
      speaks $family || continue
      end $family 2>/dev/null
      ip $family rule | grep -q '^0:.*local' || whole=
    done
    [ "$whole" = yes ]
    ;;
esac
"""


def impossible(container: Container) -> str:
    """Say why nothing in a container can be made unreachable; empty when it can."""
    mode = container.data["HostConfig"].get("NetworkMode")
    return f"it is in the network of {mode}" if mode == "host" else ""


@contextmanager
def silent(container: Container, own: dict[str, str]) -> Iterator[tuple[str, ...]]:
    """Let nothing be reached in a container, and undo that whatever happens.

    Yields the Unix sockets that could not be moved aside: who asks them is not refused, but waits.
    Raises Unknown where nothing can be done, CommandError when the engine refuses it.
    """
    if why := impossible(container):
        msg = f"{container}: what its health check says when nothing answers cannot be tried: {why}"
        raise Unknown(msg)
    words = ["sh", "-c", _SCRIPT, "silence", main_pid(container), container.id]
    network = f"container:{container.id}"
    moved: tuple[str, ...] = ()
    try:
        begun = engine.helper([*words, "begin"], own=own, network=network, capabilities=_CAPABILITIES)
        moved = _told(begun, "moved ")
        yield _told(begun, "left ")
    finally:
        engine.helper([*words, "end", *moved], own=own, network=network, capabilities=_CAPABILITIES)


def _told(said: str, word: str) -> tuple[str, ...]:
    """Paths behind a word, each once: what waits to be accepted has the path of its listener."""
    return tuple(
        dict.fromkeys(line.removeprefix(word) for line in said.splitlines() if line.startswith(word))
    )
