"""The facts of one container, as plain data."""

from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address

LISTEN = "0A"
ESTABLISHED = "01"
TIME_WAIT = "06"
UDP_BOUND = "07"

Address = IPv4Address | IPv6Address

# The engine's own resolver listens there, in each container on a network that somebody made.
RESOLVER = IPv4Address("127.0.0.11")


@dataclass(frozen=True, kw_only=True)
class Process:
    """One process, with the ids of /proc/PID/status: real, effective, saved, file system."""

    pid: int
    parent: int
    name: str
    command: str
    state: str
    uids: tuple[int, int, int, int]
    gids: tuple[int, int, int, int]
    cap_effective: int
    cap_bounding: int
    seccomp: int
    no_new_privileges: bool
    session: int = 0
    """The process that leads its session; 0 where the kernel does not say. An exec leads one of its own."""

    @property
    def uid(self) -> int:
        """Effective user id."""
        return self.uids[1]

    @property
    def can_be_root(self) -> bool:
        """Whether any of its user ids is 0: a saved 0 is one system call away from root."""
        return 0 in self.uids

    def __str__(self) -> str:
        """Return it as people name a process."""
        return f"{self.name}[{self.pid}] uid {self.uid}"


@dataclass(frozen=True, kw_only=True)
class Socket:
    """One line of a /proc/net table."""

    protocol: str
    address: Address
    port: int
    remote: Address
    remote_port: int
    state: str
    inode: int = 0
    """Which socket it is to the processes that hold it; 0 for one that nobody holds any more."""

    @property
    def listening(self) -> bool:
        """Whether it takes connections, or datagrams from anybody."""
        if self.protocol == "tcp":
            return self.state == LISTEN
        return self.state == UDP_BOUND and self.remote_port == 0

    @property
    def internal(self) -> bool:
        """Whether only this container's own processes can reach it."""
        mapped = getattr(self.address, "ipv4_mapped", None)
        return (mapped or self.address).is_loopback

    def __str__(self) -> str:
        """Return it as ss(8) would."""
        host = f"[{self.address}]" if self.address.version == 6 else str(self.address)  # noqa: PLR2004
        return f"{self.protocol} {host}:{self.port}"


@dataclass(frozen=True, kw_only=True)
class MountPoint:
    """A mount as the container sees it."""

    target: str
    kind: str
    source: str
    options: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything that one probe found.

    In a shared pid namespace `all_processes` are those of the container's cgroup only.
    """

    all_processes: tuple[Process, ...]
    probe: int
    sockets: tuple[Socket, ...]
    mounts: tuple[MountPoint, ...]
    users: dict[str, int]
    limits: dict[str, str]
    main: int = 1
    shared: bool = False

    @cached_property
    def processes(self) -> tuple[Process, ...]:
        """The service's own processes.

        An exec (a health check, our probe) has parent 0 like PID 1; it and its children are not the service.
        The same is true of a sidecar in the container's pid namespace.
        """

        def ours(pid: int) -> bool:
            first = self._root(pid)
            # An orphan in a shared pid namespace has a parent outside the container, and is its own process.
            orphan = self.shared and self._parents[first] != 0 and first != self._root(self.probe)
            return first == self.main or orphan

        return tuple(process for process in self.all_processes if ours(process.pid))

    @cached_property
    def execs(self) -> tuple[Process, ...]:
        """Processes beside the service's own, without this probe: health checks, execs of others."""
        service = {process.pid for process in self.processes}
        look = self._root(self.probe)
        return tuple(
            process
            for process in self.all_processes
            if process.pid not in service and self._root(process.pid) != look
        )

    @cached_property
    def _parents(self) -> dict[int, int]:
        return {process.pid: process.parent for process in self.all_processes}

    def _root(self, pid: int) -> int:
        while self._parents.get(pid, 0) in self._parents:
            pid = self._parents[pid]
        return pid

    @property
    def serving(self) -> tuple[Socket, ...]:
        """Sockets that listen, on loopback too, without the engine's own."""
        return tuple(socket for socket in self.sockets if socket.listening and socket.address != RESOLVER)

    @property
    def listening(self) -> tuple[Socket, ...]:
        """Sockets that others can reach: listening, and not on loopback."""
        return tuple(socket for socket in self.sockets if socket.listening and not socket.internal)
