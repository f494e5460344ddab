"""The shell and the probe tell what is true of real containers, and say when they cannot tell."""

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from testinfra.host import Host
from tests.live.conftest import Start
from tests.live.running import docker, facts_once

from stackproof.errors import ContainerGoneError, Unknown
from stackproof.facts import shell as shells
from stackproof.facts.model import Facts
from stackproof.facts.modules import with_facts
from stackproof.facts.probe import OWN, probe, probe_over
from stackproof.facts.shell import Shell

NET_BIND_SERVICE = 1 << 10  # capability.h
ALL_DROPPED = 0

STARTS = ("subprocess.Popen", "os.fork", "os.posix_spawn", "os.exec", "os.system")
_seen: list[str] | None = None


def _hook(event: str, _args: tuple[object, ...]) -> None:
    if _seen is not None and event in STARTS:
        _seen.append(event)


sys.addaudithook(_hook)


@pytest.fixture
def shell_of() -> Iterator[Callable[[str], Shell]]:
    """Open a shell; all are closed afterwards."""
    opened: list[Shell] = []

    def open_one(container: str) -> Shell:
        opened.append(Shell(container, "web-1"))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


def _sleeper(start: Start, *options: str) -> str:
    return start(*options, "busybox:1.36", "sleep", "1000")


def _host(shell: Shell) -> Host:
    return with_facts(shells.testinfra_host(lambda: shell, "web-1"), lambda: probe_over(shell, "web-1", OWN))


def _facts_once(container: str, ready: Callable[[Facts], bool]) -> Facts:
    return facts_once(lambda: probe(container, "web-1"), ready)


def test_an_assertion_starts_no_process(start: Start, shell_of: Callable[[str], Shell]) -> None:
    """After the first, assertions on a container start no process on this machine."""
    global _seen  # noqa: PLW0603 - an audit hook cannot be taken away again
    host = _host(shell_of(_sleeper(start)))
    host.run("true")

    _seen = []
    try:
        assert [host.run(f"exit {code}").rc for code in range(5)] == [0, 1, 2, 3, 4]
        assert host.file("/etc/passwd").exists
        assert not host.file("/nowhere").exists
        assert _seen == []
        docker("version")
        assert "subprocess.Popen" in _seen  # a process would have been noticed
    finally:
        _seen = None


def test_output_comes_through_unchanged(start: Start, shell_of: Callable[[str], Shell]) -> None:
    """Exit code, both streams, quotes, lines and bytes that are no text come through as they are."""
    opened = shell_of(_sleeper(start))

    code, out, err = opened.run("printf 'a\\n\\n\\377'; printf \"it's\" >&2; exit 7")

    assert (code, out, err) == (7, b"a\n\n\xff", b"it's")
    assert opened.run("yes | head -c 300000")[1] == b"y\n" * 150000


@pytest.mark.parametrize("how", ["stop", "kill", "rm", "restart"])
def test_a_container_that_is_gone_raises(start: Start, shell_of: Callable[[str], Shell], how: str) -> None:
    """A container that was stopped, killed, removed or restarted meanwhile is an error, never a `no`."""
    container = _sleeper(start)
    host = _host(shell_of(container))
    assert host.file("/etc/passwd").exists
    assert host.process.get().args == "sleep 1000"
    options = {"stop": ["--time", "0"], "restart": ["--time", "0"], "rm": ["--force"], "kill": []}[how]
    docker(how, *options, container)

    with pytest.raises(ContainerGoneError):
        _ = host.file("/nowhere").exists
    with pytest.raises(ContainerGoneError):
        host.process.filter(user="root")
    with pytest.raises(ContainerGoneError):
        _ = host.socket("tcp://0.0.0.0:80").is_listening
    with pytest.raises(ContainerGoneError):
        _ = host.mount_point("/").exists or host.user("root").exists
    # And it stays one: the shell does not come back by itself.
    with pytest.raises(ContainerGoneError):
        host.run("true")


def test_nginx(start: Start) -> None:
    """The proxy's master is root and its workers are not; the image's files say who 101 is."""
    facts = _facts_once(start("nginx:alpine"), lambda facts: len(facts.processes) > 1)

    master, *workers = facts.processes
    assert (master.pid, master.uid, master.can_be_root) == (1, 0, True)
    assert {worker.uids for worker in workers} == {(101, 101, 101, 101)}
    assert facts.users["nginx"] == 101
    assert {(socket.protocol, socket.port) for socket in facts.listening} == {("tcp", 80)}


def test_modules_answer_as_those_of_testinfra(start: Start, shell_of: Callable[[str], Shell]) -> None:
    """Sockets, mounts, users and files; of the processes its own wants more than this image's `ps` has."""
    container = start("nginx:alpine")
    _facts_once(container, lambda facts: len(facts.processes) > 1 and bool(facts.listening))
    shell = shell_of(container)
    ours, theirs = _host(shell), shells.testinfra_host(lambda: shell, "web-1")

    def asked(host: Host) -> Iterator[object]:
        for user in ("root", "nginx"):
            yield host.user(user).exists, host.user(user).uid
        yield [host.socket(spec).is_listening for spec in ("tcp://0.0.0.0:80", "tcp://:::80", "tcp://81")]
        for path in ("/", "/proc", "/etc/hosts", "/etc"):
            yield host.mount_point(path).exists, host.file(path).is_directory, host.file(path).mode
            yield host.mount_point(path).filesystem if host.mount_point(path).exists else None
        for path in ("/", "/dev"):
            yield host.mount_point(path).device, sorted(host.mount_point(path).options)

    assert list(asked(ours)) == list(asked(theirs))
    assert ours.process.get(user="root").pid == 1
    assert len(ours.process.filter(user="nginx")) == len(ours.process.filter(ppid=1)) > 0
    assert ours.socket("tcp://0.0.0.0:80").is_listening


def test_redis(start: Start) -> None:
    """The datastore has dropped root, whatever `id` of an exec would say."""
    facts = _facts_once(start("redis:7-alpine"), lambda facts: bool(facts.listening))

    assert [(process.name, process.uid) for process in facts.processes] == [("redis-server", 999)]
    assert {socket.port for socket in facts.listening} == {6379}


@pytest.mark.parametrize(
    ("options", "tell", "expected"),
    [
        pytest.param(["--user", "65534:65534"], lambda p: (p.uids, p.gids), ((65534,) * 4,) * 2, id="user"),
        pytest.param(["--cap-drop", "ALL"], lambda p: p.cap_effective, ALL_DROPPED, id="no capabilities"),
        pytest.param(
            ["--cap-drop", "ALL", "--cap-add", "NET_BIND_SERVICE"],
            lambda p: p.cap_effective,
            NET_BIND_SERVICE,
            id="one capability",
        ),
        pytest.param([], lambda p: (p.seccomp, p.no_new_privileges), (2, False), id="default"),
        pytest.param(
            ["--security-opt", "seccomp=unconfined"], lambda p: p.seccomp, 0, id="seccomp unconfined"
        ),
        pytest.param(
            ["--security-opt", "no-new-privileges"],
            lambda p: p.no_new_privileges,
            True,
            id="nnp",
        ),
    ],
)
def test_process_facts(
    start: Start, options: list[str], tell: Callable[[Any], object], expected: object
) -> None:
    """Ids, capabilities, seccomp and no-new-privileges of the service are those it runs with."""
    facts = probe(_sleeper(start, *options), "web-1")

    assert [tell(process) for process in facts.processes] == [expected]


def test_read_only_and_limits(start: Start) -> None:
    """A read-only root, a tmpfs and a memory limit are seen from inside."""
    facts = probe(_sleeper(start, "--read-only", "--tmpfs", "/scratch", "--memory", "64m"), "web-1")

    mounts = {mount.target: mount for mount in facts.mounts}
    assert "ro" in mounts["/"].options
    assert mounts["/scratch"].kind == "tmpfs"
    assert str(64 * 1024**2) in facts.limits.values()


def test_an_exec_is_not_the_service(start: Start) -> None:
    """What runs by `docker exec`, its children and our own probe do not count as processes of the service."""
    container = _sleeper(start)
    docker("exec", "--detach", container, "sh", "-c", "sleep 500; true")

    facts = _facts_once(container, lambda facts: len(facts.all_processes) >= 4)

    assert [process.command for process in facts.processes] == ["sleep 1000"]
    assert "sleep 500" in {process.command for process in facts.all_processes}


def test_sockets(start: Start) -> None:
    """Listeners on IPv4, IPv6 and UDP are seen with their address; one on loopback is internal."""
    script = """
import socket, time
kept = [socket.create_server((a, p)) for a, p in (("127.0.0.1", 7001), ("0.0.0.0", 7002))]
kept += [socket.create_server((a, p), family=socket.AF_INET6) for a, p in (("::1", 7003), ("::", 7004))]
kept.append(socket.socket(type=socket.SOCK_DGRAM))
kept[-1].bind(("0.0.0.0", 7005))
time.sleep(1000)
"""
    ipv6 = ("--sysctl", "net.ipv6.conf.all.disable_ipv6=0", "--sysctl", "net.ipv6.conf.lo.disable_ipv6=0")
    container = start(*ipv6, "python:3.11-slim", "python", "-c", script)

    facts = _facts_once(container, lambda facts: len(facts.sockets) >= 5)

    listening = {str(socket) for socket in facts.sockets if socket.listening}
    assert listening == {
        "tcp 127.0.0.1:7001",
        "tcp 0.0.0.0:7002",
        "tcp [::1]:7003",
        "tcp [::]:7004",
        "udp 0.0.0.0:7005",
    }
    assert {socket.port for socket in facts.listening} == {7002, 7004, 7005}


def test_a_container_without_a_shell_is_unknown(start: Start, shell_of: Callable[[str], Shell]) -> None:
    """Where there is no shell the probe and the host say that they cannot tell."""
    container = start("busybox:1.36", "sleep", "1000")
    docker("exec", container, "rm", "/bin/sh")

    with pytest.raises(Unknown, match="the facts of web-1 cannot be read"):
        probe(container, "web-1")
    with pytest.raises(Unknown, match="has no shell"):
        _host(shell_of(container)).run("true")


def test_a_container_that_does_not_run_is_unknown(start: Start) -> None:
    """A stopped container has no facts."""
    container = start("busybox:1.36", "true")
    docker("wait", container)

    with pytest.raises(Unknown, match="is not running"):
        probe(container, "web-1")
