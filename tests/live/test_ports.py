"""Ports of a sandbox: they take nobody's number, nobody outside reaches them, and restarts move them."""

import errno
import socket
import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import psutil
import pytest
from tests.live import running
from tests.live.running import Lab, wait_until

from stackproof.engine import engine, hosts
from stackproof.probes import reach
from stackproof.probes.http import HttpClient
from stackproof.sandbox.container import Container
from stackproof.sandbox.sandbox import Sandbox
from stackproof.trials import scaling
from stackproof.trials.crash import crash

Place = tuple[str, str, int]

# Every way to write where a port is published, none of which a sandbox may take over.
PUBLISHED = """
services:
  web:
    image: busybox:1.36
    init: true
    command: ["sh", "-c", "for port in 80 81 82 83 7000 7001; do httpd -p $$port; done; exec sleep 1000"]
    ports:
      - "80"
      - "0.0.0.0:{2}:81"
      - "{3}:5353/udp"
      - "{0}-{1}:7000-7001"
      - {{target: 82, published: "{4}", host_ip: "::"}}
      - {{target: 83, published: "{5}", mode: host}}
"""
WEB = """
services:
  web:
    image: busybox:1.36
    restart: always
    init: true
    command: ["sh", "-c", "echo genuine > /tmp/index.html; exec httpd -f -p {0} -h /tmp"]
    ports: ["{0}:{0}"]
"""
# Has no health check, and waits for what it needs as many services do: it ends until it is there.
RESTARTS_FIRST = """
services:
  web:
    image: busybox:1.36
    restart: always
    init: true
    command:
      - sh
      - -c
      - |
        echo genuine > /tmp/index.html
        echo >> /starts
        test $$(wc -l < /starts) -ge 4 || { sleep 1; exit 1; }
        exec httpd -f -p 80 -h /tmp
    ports: ["80"]
"""
CONTRACT = "http:\n  - {service: web, path: /, status: 200, body: genuine}\n"


class Impostor(socketserver.BaseRequestHandler):
    """Answers like a web server, where somebody might take it for the stack's."""

    def handle(self) -> None:
        """Answer whatever was asked."""
        self.request.recv(1024)
        self.request.sendall(b"HTTP/1.0 200 OK\r\n\r\nimpostor")


@contextmanager
def impostor(address: str, port: int = 0) -> Iterator[int]:
    """Answer on a port from the moment on when nobody else has it."""
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    servers: list[socketserver.ThreadingTCPServer] = []

    def taken() -> bool:
        try:
            servers.append(socketserver.ThreadingTCPServer((address, port), Impostor))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
        return bool(servers)

    wait_until(f"port {port} for us", taken, 30)
    with servers[0] as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()


def free_ports(count: int) -> list[int]:
    """Return numbers that nobody has, the first two of them in a row."""
    while True:
        with ExitStack() as held, suppress(OSError, OverflowError):
            servers = [held.enter_context(socket.create_server(("", 0))) for _ in range(count - 1)]
            numbers = [int(server.getsockname()[1]) for server in servers]
            held.enter_context(socket.create_server(("", numbers[0] + 1)))
            return [numbers[0], numbers[0] + 1, *numbers[1:]]


def bindings(inspected: Mapping[str, Any]) -> set[Place]:
    """Return protocol, address and number of everything that the engine publishes for a container."""
    return {
        (target.partition("/")[2], place["HostIp"], int(place["HostPort"]))
        for target, places in inspected["NetworkSettings"]["Ports"].items()
        for place in places or ()
    }


def listening(numbers: set[tuple[str, int]]) -> set[Place]:
    """Return what really listens on this machine under protocols and numbers, IPv6 too."""
    kinds = {socket.SOCK_STREAM: "tcp", socket.SOCK_DGRAM: "udp"}
    states = (psutil.CONN_LISTEN, psutil.CONN_NONE)
    found = {
        (kinds[connection.type], *connection.laddr)
        for connection in psutil.net_connections("inet")
        if connection.status in states and not connection.raddr
    }
    return {(kind, address, number) for kind, address, number in found if (kind, number) in numbers}


def numbers_of(places: set[Place]) -> set[tuple[str, int]]:
    """Return protocols and numbers."""
    return {(protocol, number) for protocol, _address, number in places}


def elsewhere() -> list[str]:
    """Return addresses of this machine at which others could reach it."""
    loopback = ("127.", "::1", "fe80:")
    return [address for address in hosts.host_addresses() if not address.startswith(loopback)]


def test_only_loopback_listens(lab: Lab) -> None:
    """Whatever the author wrote, the sockets of a sandbox are on 127.0.0.1 and no other address answers."""
    name = f"open-{lab.id}"
    lab.live(lab.stack(name, WEB.format(80).replace("80:80", "80")), name)
    (theirs,) = engine.inspect("container", [f"{name}-web-1"])
    sandbox = lab.sandbox(lab.stack("everywhere", PUBLISHED.format(*free_ports(6))))
    ours = bindings(sandbox.container("web").data)

    # The same look at somebody else's port finds what it must not find at ours.
    beyond = listening(numbers_of(bindings(theirs)))
    assert {address for _protocol, address, _number in beyond} >= {"0.0.0.0"}  # noqa: S104 - looked for
    outside = [address for address in elsewhere() if answers(address, bindings(theirs))]
    assert outside, "this machine has no address but loopback, so that silence proves nothing"

    assert sorted(protocol for protocol, _address, _number in ours) == ["tcp"] * 6 + ["udp"]
    assert listening(numbers_of(ours)) == ours
    assert {address for _protocol, address, _number in ours} == {"127.0.0.1"}
    assert answers("127.0.0.1", ours)
    assert not [address for address in outside if answers(address, ours)]


def answers(address: str, places: set[Place]) -> bool:
    """Whether a TCP connection to any of the numbers is taken on an address."""
    for _protocol, _address, number in (place for place in places if place[0] == "tcp"):
        if connection := reach.connect(address, number):
            connection.close()
            return True
    return False


def test_number_of_another_program(lab: Lab) -> None:
    """The author's number is in use on every address: sandboxes do without it and are not taken for it."""
    with impostor("0.0.0.0") as port:  # noqa: S104 - another program that is in the way
        inner = "  inner:\n    image: busybox:1.36\n" + "    command: [httpd, -f, -p, '{0}', -h, /etc]\n"
        compose = (WEB + inner).format(port)
        folder = lab.stack("fixed", compose, CONTRACT + "public: [web]\nscale: {web: 2}\n")
        chosen = ("published-port-reachable", "http-contract-met", "internal-port-not-reachable",
                  "crash-restart", "scales-without-conflict")  # fmt: skip
        ended = lab.check(folder, "--select", ",".join(chosen))

    rows = {(row["control"], row["service"]): row for row in ended.results["outcomes"]}
    outcomes = {key: row["outcome"] for key, row in rows.items()}
    assert outcomes["published-port-reachable", "web"] == "pass", ended.output
    assert outcomes["http-contract-met", "web"] == "pass"
    assert outcomes["crash-restart", "web"] == "pass"
    assert outcomes["internal-port-not-reachable", "inner"] == "pass"
    answered = rows["internal-port-not-reachable", "inner"]["evidence"]["answers"]
    assert f"127.0.0.1:{port} (another program)" in answered
    scaled = rows["scales-without-conflict", "web"]
    assert scaled["outcome"] == "advisory"
    assert "port is already allocated" in scaled["evidence"]["engine said"]
    assert f":{port} " not in scaled["evidence"]["engine said"]
    assert "unknown" not in ended.outcomes().values()
    assert lab.left() == {}


def restarted(sandbox: Sandbox, before: Container) -> bool:
    """Whether a container runs again after a crash."""
    return any(
        c.id == before.id and c.status == "running" and c.restarts > before.restarts for c in sandbox.look()
    )


@pytest.mark.parametrize("way", ["stop", "crash"])
def test_number_that_is_gone_after_a_restart(lab: Lab, way: str) -> None:
    """While a service is down, others take its number and the next ones; it is found all the same."""
    sandbox = lab.sandbox(lab.stack("moving", WEB.format(80), CONTRACT))
    http = HttpClient(sandbox)
    before = sandbox.container("web")
    (old,) = bindings(before.data)
    assert http.get("web").body.strip() == "genuine"

    with ExitStack() as others:
        for number in range(old[2] + 1, old[2] + 4):
            with suppress(OSError):  # somebody has it already, which serves as well
                others.enter_context(socket.create_server(("127.0.0.1", number)))
        if way == "stop":
            sandbox.stop(["web"], grace=0)
        else:
            crash(before, sandbox.labels)
        others.enter_context(impostor("127.0.0.1", old[2]))
        if way == "stop":
            down = http.get("web")
            assert (down.status, down.body) == (None, "web-1 is exited")
            sandbox.start_services(["web"])
        else:
            wait_until("a restart", lambda: restarted(sandbox, before), 30)
        answer, _waited = http.wait_for(sandbox.stack.contract.http[0], 10)
        (new,) = bindings(sandbox.container("web").data)

        assert (answer.status, answer.body.strip()) == (200, "genuine")
        assert new[2] not in range(old[2], old[2] + 4)
        assert listening({("tcp", new[2])}) == {new}


def test_service_that_begins_by_restarting(lab: Lab) -> None:
    """Each restart gave another number: the last one is asked, and nothing that ended is judged."""
    folder = lab.stack("late", RESTARTS_FIRST, CONTRACT)
    controls = "published-port-reachable,http-contract-met,crash-restart,no-restart-loop"
    ended = lab.check(folder, "--select", controls)

    assert set(ended.outcomes().values()) == {"pass"}, ended.output
    assert len(ended.outcomes()) == 4
    assert ended.code == 0
    assert lab.left() == {}


def test_number_taken_between_choice_and_use(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the trial of fixed ports chooses numbers itself: one that is taken meanwhile is no finding."""
    folder = lab.stack("scaled", WEB.format(free_ports(2)[0]), "scale: {web: 2}\n")
    chosen: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = int(server.getsockname()[1])

        def choose() -> int:
            chosen.append(real() if chosen else taken)
            return chosen[-1]

        real = scaling._free_port  # noqa: SLF001 - the moment between choice and use
        monkeypatch.setattr(scaling, "_free_port", choose)
        said = scaling.port_refusal(lab.pool(), running.load(folder), "web", 2, expected=True)

    assert len(chosen) == 2
    assert f"{chosen[1]} failed: port is already allocated" in said
    assert str(taken) not in said
