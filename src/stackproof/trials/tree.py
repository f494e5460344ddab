"""The processes of a container as the engine's host sees them, and what each of them listens on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources

from stackproof.engine import engine
from stackproof.errors import CommandError, Unknown
from stackproof.facts import parsing
from stackproof.sandbox.container import Container

LOOK = resources.files(__package__).joinpath("look.sh").read_text(encoding="utf-8")
# To see which sockets another user's process holds (proc(5), on /proc/PID/fd).
SEES_SOCKETS = ("SYS_PTRACE",)
TICKS = 100  # of a second, in /proc/PID/stat; USER_HZ is the same on every platform that runs an engine
_START_TIME = 19  # in /proc/PID/stat, counted from the state
_ACCEPTS = 0x10000  # in the flags of /proc/net/unix (linux/net.h, __SO_ACCEPTCON)
_INODE = 9  # column of /proc/net/tcp and udp, counted from the number
_UNIX_COLUMNS = 8  # with a path


@dataclass(frozen=True, kw_only=True)
class Member:
    """One process of a container, with its pid on the engine's host."""

    pid: int
    parent: int
    name: str
    command: str
    started: float
    """Seconds since the host's start."""
    caught: int
    """Mask of the signals that it has a handler for (proc(5), SigCgt)."""
    blocked: int
    listens: frozenset[str]
    """What it listens on: `tcp 8000`, `unix /run/app.sock`."""
    within: frozenset[str] = frozenset()
    """The ports of them that only the container's own processes reach."""

    def hears(self, signal: int) -> bool:
        """Whether it handles a signal, or waits for it; process 1 gets no other (pid_namespaces(7))."""
        return bool((self.caught | self.blocked) >> (signal - 1) & 1)

    def __str__(self) -> str:
        """Return its name."""
        return self.name


@dataclass(frozen=True, kw_only=True)
class Tree:
    """A container's main process and what descends from it; an exec (a health probe) is not in it."""

    main: int
    members: Mapping[int, Member]

    @cached_property
    def root(self) -> Member:
        """Process 1 of the container."""
        return self.members[self.main]

    def children(self, of: Member) -> list[Member]:
        """Its children, oldest first."""
        found = (member for member in self.members.values() if member.parent == of.pid)
        return sorted(found, key=lambda member: (member.started, member.pid))

    def below(self, of: Member) -> Iterator[Member]:
        """All that descend from it."""
        for child in self.children(of):
            yield child
            yield from self.below(child)

    @property
    def listens(self) -> frozenset[str]:
        """What any of them listens on."""
        return frozenset(name for member in self.members.values() for name in member.listens)


def look(containers: Sequence[Container], own: Mapping[str, str]) -> dict[str, Tree]:
    """Return the processes of those that run, by container id, all at one time.

    Raises Unknown when it cannot be seen who holds which socket.
    """
    running = [container for container in containers if container.runs]
    return below({c.id: str(c.state["Pid"]) for c in running}, ", ".join(map(str, running)), own)


def below(mains: Mapping[str, str], whose: str, own: Mapping[str, str]) -> dict[str, Tree]:
    """Return the processes below main processes, which are given by container id; see `look`."""
    if not mains:
        return {}
    words = [word for container, pid in mains.items() for word in (pid, container)]
    try:
        said = engine.from_outside(["sh", "-c", LOOK, "look", *words], own=own, capabilities=SEES_SOCKETS)
    except CommandError as error:
        msg = f"the processes of {whose} cannot be seen: {error}"
        raise Unknown(msg) from None
    return parse(said)


def parse(said: str) -> dict[str, Tree]:
    """Read what look.sh prints.

    Raises Unknown when it could not look at somebody's open files.
    """
    found = {}
    for part in ("\n" + said).split("\n@ ")[1:]:
        head, *lines = part.split("\n")
        main, container = head.split()
        members = _members(lines, _listeners(lines))
        if int(main) in members:  # else it ended meanwhile
            tree = Tree(main=int(main), members=members)
            own = {tree.main, *(member.pid for member in tree.below(tree.root))}
            found[container] = Tree(main=tree.main, members={pid: members[pid] for pid in own})
    return found


Listeners = Mapping[str, tuple[str, bool]]
"""What is listened on, and whether only within the container, by the socket's inode."""


def _members(lines: Sequence[str], listeners: Listeners) -> dict[int, Member]:
    found: dict[int, Member] = {}
    rows: list[str] = []
    for line in [*reversed(lines)]:
        rows.append(line)
        if line.startswith("P "):
            member = _member(int(line[2:]), rows, listeners)
            if member is not None:
                found[member.pid] = member
            rows = []
    return found


def _member(pid: int, rows: Sequence[str], listeners: Listeners) -> Member | None:
    """Read one process; None when it ended while it was looked at, or has ended and is not yet reaped."""
    by_kind: dict[str, list[str]] = {}
    for row in rows:
        by_kind.setdefault(row[:2], []).append(row[2:])
    status = dict(row.split(":", 1) for row in by_kind.get("S ", ()) if ":" in row)
    fields = by_kind.get("T ", [""])[0].rpartition(")")[2].split()
    if "SigCgt" not in status or len(fields) <= _START_TIME or status["State"].strip()[0] in ("Z", "X"):
        return None
    if "E " in by_kind:
        msg = f"the engine does not let us see what process {status['Name'].strip()} holds open"
        raise Unknown(msg)
    held = [listeners[inode] for inode in by_kind.get("F ", ()) if inode in listeners]
    reached = {name for name, within in held if not within}
    return Member(
        pid=pid,
        parent=int(status["PPid"]),
        name=status["Name"].strip(),
        command=by_kind.get("C ", [""])[0].strip(),
        started=int(fields[_START_TIME]) / TICKS,
        caught=int(status["SigCgt"], 16),
        blocked=int(status["SigBlk"], 16),
        listens=frozenset(name for name, _within in held),
        within=frozenset(name for name, _within in held if name not in reached),
    )


def _listeners(lines: Sequence[str]) -> Listeners:
    found = {}
    for line in lines:
        if not line.startswith("N "):
            continue
        table, _, row = line[2:].partition(" ")
        fields = row.split()
        if table == "unix":
            if len(fields) >= _UNIX_COLUMNS and fields[0] != "Num" and int(fields[3], 16) & _ACCEPTS:
                found[fields[6]] = f"unix {fields[7]}", False
        elif (sockets := list(parsing.sockets(table, row))) and sockets[0].listening:
            found[fields[_INODE]] = f"{sockets[0].protocol} {sockets[0].port}", sockets[0].internal
    return found
