"""Which processes of a container serve: those that hold the sockets on which others ask it."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from stackproof.engine import engine
from stackproof.errors import Unknown
from stackproof.facts.parsing import sockets
from stackproof.sandbox.container import Container
from stackproof.stack.model import Service
from stackproof.trials.crash import SURE, main_pid

# The main process and all its descendants; execs (probes) are not among them. Sets `known`.
TREE = """
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
# The descriptors of other users' processes are nobody's business, but for who may trace them.
CAPABILITIES = ("--cap-add=SYS_PTRACE",)
_SCRIPT = f"""{SURE}{TREE}
for pid in $known; do
  read -r name 2>/dev/null < "/proc/$pid/comm" || continue
  echo "process $pid $name"
  ls -l "/proc/$pid/fd" 2>/dev/null | sed -n "s/.*socket:\\[\\([0-9]*\\)\\].*/socket $pid \\1/p"
done
for table in tcp tcp6 udp udp6; do
  echo "table $table"
  cat "/proc/$1/net/$table" 2>/dev/null
done
echo end
"""
_INODE = 9  # the field of a line of /proc/net/tcp


@dataclass(frozen=True, kw_only=True)
class Group:
    """Processes, by their pids on the engine's host, that hold the same sockets."""

    ports: tuple[str, ...]
    """Such as `8000/tcp`."""
    processes: Mapping[int, str]

    def __str__(self) -> str:
        """Say who serves what."""
        names = sorted(set(self.processes.values()))
        return f"{', '.join(names)} (serving {', '.join(self.ports)})"


@dataclass(frozen=True, kw_only=True)
class Servers:
    """All processes of a container, and the groups that serve."""

    processes: Mapping[int, str]
    groups: tuple[Group, ...]


def servers(container: Container, service: Service, own: dict[str, str]) -> Servers:
    """Return who serves in a container.

    Raises Unknown when nobody could look.
    """
    words = ["sh", "-c", _SCRIPT, "serving", main_pid(container), container.id]
    return parse(engine.helper(words, own=own, options=CAPABILITIES), declared(service))


def declared(service: Service) -> frozenset[str]:
    """Return the ports by which a service is known: those that it publishes, else those that it exposes."""
    published = {f"{port.target}/{port.protocol}" for port in service.ports}
    return frozenset(published or {f"{number}/{protocol}" for number, protocol in service.exposed})


def parse(text: str, known: Iterable[str] = ()) -> Servers:
    """Read what the script prints. Of the ports, those that are `known` count, if anybody listens there.

    Raises Unknown when it was cut short.
    """
    if not text.endswith("end\n"):
        msg = "who serves in the container could not be read"
        raise Unknown(msg)
    listed, *tables = text.removesuffix("end\n").split("\ntable ")
    processes = {int(pid): name for pid, name in re.findall(r"^process (\d+) (.*)$", listed, re.MULTILINE)}
    holders: dict[str, set[int]] = defaultdict(set)
    for pid, inode in re.findall(r"^socket (\d+) (\d+)$", listed, re.MULTILINE):
        holders[inode].add(int(pid))
    by_port: dict[str, set[int]] = defaultdict(set)
    for inode, port in (found for table in tables for found in _listening(table)):
        by_port[port] |= holders.get(inode, set())
    chosen = {port: pids for port, pids in by_port.items() if port in set(known) and pids}
    groups: dict[frozenset[int], list[str]] = defaultdict(list)
    for port, pids in (chosen or by_port).items():
        if pids:
            groups[frozenset(pids)].append(port)
    return Servers(
        processes=processes,
        groups=tuple(
            Group(ports=tuple(sorted(ports)), processes={pid: processes[pid] for pid in sorted(pids)})
            for pids, ports in sorted(groups.items(), key=lambda item: sorted(item[1]))
        ),
    )


def _listening(table: str) -> Iterator[tuple[str, str]]:
    """Yield inode and port of each socket on which others can ask."""
    name, _, body = table.partition("\n")
    for line in body.splitlines():
        fields = line.split()
        for found in sockets(name, line) if len(fields) > _INODE else ():
            if found.listening and not found.internal:
                yield fields[_INODE], f"{found.port}/{found.protocol}"
