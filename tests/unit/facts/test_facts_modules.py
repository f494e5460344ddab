"""Testinfra's modules over our facts: from one look each, and never a no for what was not seen."""

import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from testinfra.host import Host

from stackproof.errors import ContainerGoneError, Unknown
from stackproof.facts import model
from stackproof.facts.model import Facts, MountPoint, Process
from stackproof.facts.modules import with_facts

LISTENS, CONNECTED = model.LISTEN, model.ESTABLISHED


def process(pid: int, parent: int, name: str, **more: Any) -> Process:  # noqa: ANN401 - fields of it
    """Return a process, of user 101 unless told otherwise."""
    known: dict[str, Any] = {"command": f"{name} -x", "state": "S", "uids": (101,) * 4, "gids": (102,) * 4}
    known |= {"cap_effective": 0, "cap_bounding": 0, "seccomp": 2, "no_new_privileges": False, "session": 1}
    return Process(pid=pid, parent=parent, name=name, **(known | more))


def sock(protocol: str, local: str, state: str, remote: str = "0.0.0.0 0") -> model.Socket:
    """Return a socket; addresses are written with a blank before the port."""
    (address, port), (there, there_port) = local.split(), remote.split()
    return model.Socket(
        protocol=protocol,
        address=ip_address(address),
        port=int(port),
        remote=ip_address(there),
        remote_port=int(there_port),
        state=state,
    )


PROCESSES = (
    process(1, 0, "nginx", uids=(0,) * 4, gids=(0,) * 4),
    process(7, 1, "nginx"),
    process(8, 1, "idle", command="", uids=(101, 101, 0, 101)),
    process(30, 0, "sh", uids=(0,) * 4),  # this look
    process(40, 0, "curl", uids=(0,) * 4),  # a health check
)
SOCKETS = (
    sock("tcp", "0.0.0.0 80", LISTENS),
    sock("tcp", ":: 443", LISTENS),
    sock("tcp", "127.0.0.1 9000", LISTENS),
    sock("tcp", "10.0.0.2 80", CONNECTED, "10.0.0.9 41000"),
    sock("tcp", "::ffff:10.0.0.2 443", CONNECTED, "::ffff:10.0.0.9 41001"),
    sock("udp", "0.0.0.0 53", model.UDP_BOUND),
)
MOUNTS = (
    MountPoint(target="/", kind="overlay", source="overlay", options=frozenset({"ro", "relatime"})),
    MountPoint(target="/data", kind="ext4", source="/dev/sda1", options=frozenset({"rw"})),
    MountPoint(target="/data", kind="tmpfs", source="tmpfs", options=frozenset({"rw", "size=64k"})),
)
FACTS = Facts(
    all_processes=PROCESSES,
    probe=30,
    sockets=SOCKETS,
    mounts=MOUNTS,
    users={"nginx": 101, "root": 0},
    limits={},
)


@dataclass
class Looks:
    """Looks at a container that may go away."""

    taken: int = 0
    gone: bool = False
    facts: Facts = field(default=FACTS)

    def __call__(self) -> Facts:
        """Take one."""
        self.taken += 1
        if self.gone:
            msg = "the container stopped"
            raise ContainerGoneError(msg)
        return self.facts


@pytest.fixture
def looks() -> Looks:
    """Count them."""
    return Looks()


@pytest.fixture
def host(looks: Looks) -> Host:
    """A host of its own over this machine's shell."""
    return with_facts(Host(Host.get_host("local://").backend), looks)


def test_processes(host: Host, looks: Looks) -> None:
    """The service's own, by any column; an exec and the look itself are none of them. One look for all."""
    found = host.process.filter()

    assert [one.pid for one in found] == [1, 7, 8]
    assert [(one.user, one.euser, one.ppid, one.comm) for one in found[:2]] == [
        ("root", "root", 0, "nginx"),
        ("nginx", "nginx", 1, "nginx"),
    ]
    assert [one.args for one in found] == ["nginx -x", "nginx -x", "[idle]"]
    assert [str(one.facts) for one in found[:1]] == ["nginx[1] uid 0"]
    assert looks.taken == 1


@pytest.mark.parametrize(
    ("wanted", "pids"),
    [
        ({"user": "root"}, [1]),
        ({"user": "nginx", "comm": "nginx"}, [7]),
        ({"uid": 101}, [7, 8]),
        ({"suid": 0}, [1, 8]),
        ({"can_be_root": True}, [1, 8]),
        ({"ppid": "1"}, [7, 8]),
        ({"comm": "curl"}, []),
        ({"gid": 102}, [7, 8]),
    ],
)
def test_filters(host: Host, wanted: dict[str, object], pids: list[int]) -> None:
    """As testinfra filters: what is equal as text."""
    assert [one.pid for one in host.process.filter(**wanted)] == pids


def test_get_wants_one(host: Host) -> None:
    """As testinfra says it."""
    assert host.process.get(user="root").pid == 1
    with pytest.raises(RuntimeError, match="No process found"):
        host.process.get(comm="httpd")
    with pytest.raises(RuntimeError, match="Multiple process found"):
        host.process.get(comm="nginx")


def test_number_without_a_name(looks: Looks, host: Host) -> None:
    """Is the user, as in `ps`."""
    looks.facts = Facts(
        all_processes=(process(1, 0, "app", uids=(1000,) * 4),),
        probe=30, sockets=(), mounts=(), users={}, limits={},
    )  # fmt: skip

    assert host.process.get().user == 1000


def test_other_columns_are_asked_of_ps(host: Host, looks: Looks) -> None:
    """Of the image's own `ps`, for what facts do not hold."""
    with subprocess.Popen(["sh", "-c", "read x"], stdin=subprocess.PIPE) as child:
        looks.facts = Facts(
            all_processes=(process(child.pid, 0, "sh"),),
            probe=30, main=child.pid, sockets=(), mounts=(), users={}, limits={},
        )  # fmt: skip
        one = host.process.get()

        assert one.nice == host.process.get(nice=one.nice).nice == os.getpriority(os.PRIO_PROCESS, child.pid)


@pytest.mark.parametrize(
    ("spec", "listens"),
    [
        ("tcp://0.0.0.0:80", True),
        ("tcp://80", False),
        ("tcp://443", True),
        ("tcp://:::443", True),
        ("tcp://:::80", False),
        ("tcp://127.0.0.1:9000", True),
        ("tcp://0.0.0.0:9000", False),
        ("udp://0.0.0.0:53", True),
        ("tcp://0.0.0.0:53", False),
        ("udp://0.0.0.0:80", False),
    ],
)
def test_listening(host: Host, spec: str, listens: bool) -> None:  # noqa: FBT001
    """As testinfra reads an address: without one, all of both families."""
    assert host.socket(spec).is_listening is listens


def test_sockets_are_listed(host: Host, looks: Looks) -> None:
    """All that listen, those that others can reach, and who is connected to one."""
    listed = [one for one in host.socket.get_listening_sockets() if not one.startswith("unix:")]

    assert listed == ["tcp://0.0.0.0:80", "tcp://:::443", "tcp://127.0.0.1:9000", "udp://0.0.0.0:53"]
    assert [one.port for one in host.socket.reachable()] == [80, 443, 53]
    assert looks.taken == 2
    assert host.socket("tcp://80").clients == [("10.0.0.9", 41000)]
    assert host.socket("tcp://443").clients == [("::ffff:10.0.0.9", 41001)]
    assert host.socket("tcp://9000").clients == []


def test_resolver_of_the_engine_is_no_server() -> None:
    """It listens in every container; what listens on loopback besides is the service's own."""
    own = sock("tcp", "127.0.0.11 44737", LISTENS), sock("udp", "127.0.0.11 41000", model.UDP_BOUND)

    assert replace(FACTS, sockets=(*SOCKETS, *own)).serving == FACTS.serving
    assert [socket.port for socket in FACTS.serving] == [80, 443, 9000, 53]


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Path]:
    """A unix socket with a blank in its name, and one that is connected to it."""
    path = tmp_path / "an app.sock"
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(str(path))
        server.listen()
        client.connect(str(path))
        with server.accept()[0]:
            yield path


def test_unix_sockets(host: Host, listener: Path) -> None:
    """From the kernel's own table, which needs no tool; a file without a listener is none."""
    assert host.socket(f"unix://{listener}").is_listening
    assert host.socket(f"unix://{listener}").clients == [None]
    assert f"unix://{listener}" in host.socket.get_listening_sockets()
    assert not host.socket(f"unix://{listener}x").is_listening


def test_mounts(host: Host, looks: Looks) -> None:
    """Of two on one path the last; one look for one mount."""
    root, data = host.mount_point("/"), host.mount_point("/data")

    assert (root.exists, root.filesystem, root.options) == (True, "overlay", ["relatime", "ro"])
    assert looks.taken == 1
    assert (data.filesystem, data.device, data.options) == ("tmpfs", "tmpfs", ["rw", "size=64k"])
    assert not host.mount_point("/nowhere").exists
    assert [one.path for one in host.mount_point.get_mountpoints()] == ["/", "/data"]


def test_users(host: Host) -> None:
    """As the container's own file has them, and not this machine's."""
    assert host.user("nginx").exists
    assert host.user("nginx").uid == 101
    assert not host.user("daemon").exists
    with pytest.raises(Unknown, match="there is no user daemon"):
        _ = host.user("daemon").uid


def test_gone_is_never_a_no(host: Host, looks: Looks) -> None:
    """Whatever is asked of a container that is gone."""
    known = host.socket("tcp://0.0.0.0:80"), host.mount_point("/"), host.user("nginx")
    assert known[0].is_listening
    looks.gone = True

    asks: tuple[Callable[[], object], ...] = (
        host.process.filter,
        lambda: host.process.get(comm="nginx"),
        lambda: known[0].is_listening,
        lambda: known[0].clients,
        host.socket.reachable,
        host.socket.get_listening_sockets,
        lambda: known[1].exists,
        lambda: known[2].exists,
        lambda: known[2].uid,
    )
    for ask in asks:
        with pytest.raises(ContainerGoneError):
            ask()


class Words:
    """A backend for which every command ends as told, by how it begins."""

    def __init__(self, codes: dict[str, int]) -> None:
        self.codes = codes
        self.asked: list[str] = []

    def run(self, command: str, *args: str) -> Any:  # noqa: ANN401 - as testinfra's
        """Answer."""
        self.asked.append(command % args if args else command)
        code = next(code for begin, code in self.codes.items() if command.startswith(begin))
        return type("Done", (), {"rc": code, "stdout": "", "stderr": "denied"})()


@pytest.mark.parametrize("asked", ["exists", "is_file", "is_directory", "is_socket", "is_symlink"])
def test_closed_folder_is_unknown(looks: Looks, asked: str) -> None:
    """A no of a user who may not look there is none."""
    closed = with_facts(Host(Words({"test": 1, "for": 1})), looks)
    with pytest.raises(Unknown, match="/secret/key cannot be looked for"):
        getattr(closed.file("/secret/key"), asked)

    assert getattr(with_facts(Host(Words({"test": 1, "for": 0})), looks).file("/key"), asked) is False
    assert getattr(with_facts(Host(Words({"test": 0})), looks).file("/key"), asked) is True


def test_nearest_folder_decides(host: Host, tmp_path: Path) -> None:
    """Of a path of which much is missing; a link that leads nowhere tells nothing."""
    (tmp_path / "link").symlink_to(tmp_path / "gone")

    assert host.file(str(tmp_path)).is_directory
    assert not host.file(f"{tmp_path}/it's/not/there").exists
    assert not host.file(f"{tmp_path}/link").exists
    with pytest.raises(Unknown, match="cannot be looked for"):
        _ = host.file(f"{tmp_path}/link/below").exists


def test_unix_table_that_cannot_be_read_is_unknown(looks: Looks) -> None:
    """And not a table without a line."""
    with pytest.raises(Unknown, match="unix sockets cannot be read: denied"):
        _ = with_facts(Host(Words({"while": 1})), looks).socket("unix:///run/x").is_listening
