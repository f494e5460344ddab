"""Which processes of a container serve: those that hold the sockets on which others ask it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stackproof.errors import Unknown
from stackproof.sandbox.container import Container
from stackproof.stack.model import Service
from stackproof.trials import tree
from stackproof.trials.crash import main_pid
from stackproof.trials.programs import passing
from stackproof.trials.tree import Tree


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


def servers(container: Container, service: Service, own: Mapping[str, str]) -> Servers:
    """Return who serves in a container.

    Raises Unknown when nobody could look.
    """
    mains = {container.id: main_pid(container)}
    if not (found := tree.below(mains, str(container), own)):
        msg = f"{container} ended while it was looked at"
        raise Unknown(msg)
    return groups(found[container.id], known_by(service))


def known_by(service: Service) -> frozenset[str]:
    """Return the ports by which a service is known: those that it publishes, else those that it exposes."""
    published = {f"{port.protocol} {port.target}" for port in service.ports}
    return frozenset(published or {f"{protocol} {number}" for number, protocol in service.exposed})


def groups(seen: Tree, known: Iterable[str] = ()) -> Servers:
    """Return who serves in a tree. Of the ports, those that are `known` count, if anybody listens there."""
    holders: dict[str, set[int]] = defaultdict(set)
    for member in seen.members.values():
        for name in member.listens - member.within:
            if name in known or not (name.startswith("unix ") or passing(member, name)):
                holders[name].add(member.pid)
    chosen = {name: pids for name, pids in holders.items() if name in set(known)}
    names: dict[frozenset[int], list[str]] = defaultdict(list)
    for name, pids in (chosen or holders).items():
        protocol, port = name.split()
        names[frozenset(pids)].append(f"{port}/{protocol}")
    processes = {pid: seen.members[pid].name for pid in sorted(seen.members)}
    return Servers(
        processes=processes,
        groups=tuple(
            Group(ports=tuple(sorted(ports)), processes={pid: processes[pid] for pid in sorted(pids)})
            for pids, ports in sorted(names.items(), key=lambda item: sorted(item[1]))
        ),
    )
