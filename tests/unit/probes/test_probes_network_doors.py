"""What the network controls say of doors behind which servers of our own stand."""

import os
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.infra import test_network as network
from tests.unit.conftest import MakeContainer, MakeStack
from tests.unit.probes.test_probes_doors import HOST, bound, facts, listener

from stackproof.controls.control import NotApplicable
from stackproof.engine import engine, hosts
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import FoundError
from stackproof.plugin.fixtures import ServiceUnderTest
from stackproof.probes import reach
from stackproof.sandbox.container import Container
from stackproof.stack.stack import Stack

Serve = Callable[[bytes], socket.socket]
OPEN = "0.0.0.0"  # noqa: S104 - as the kernel writes it
OK = b"HTTP/1.0 200 OK\r\n\r\n"


def number(server: socket.socket) -> int:
    """Return the port of a server."""
    return int(server.getsockname()[1])


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Return a function that starts a server on loopback, which answers like this or, at once, not at all."""
    monkeypatch.setattr(network, "PATIENCE", 0.0)
    monkeypatch.setattr(network, "REFUSES", 0.0)
    monkeypatch.setattr(reach.connect, "__defaults__", (10,))  # seconds that a busy machine may take
    servers: list[socket.socket] = []

    def talk(connection: socket.socket, answer: bytes) -> None:
        with closing(connection):
            if answer and connection.recv(1024):
                connection.sendall(answer)

    def run(server: socket.socket, answer: bytes) -> None:
        while True:
            try:
                connection, _address = server.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(connection, answer), daemon=True).start()

    def start(answer: bytes) -> socket.socket:
        servers.append(socket.create_server(("127.0.0.1", 0)))
        threading.Thread(target=run, args=(servers[-1], answer), daemon=True).start()
        return servers[-1]

    yield start
    for server in servers:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


def judged(control: Callable[[], None]) -> str:
    """Return what a control says; one that does not apply would have the test of it skipped."""
    try:
        control()
    except NotApplicable as reason:
        return f"not applicable: {reason}"
    except (AssertionError, FoundError) as found:
        return f"fail: {str(found).splitlines()[0]}"
    return "pass"


def reachable(stack: Stack, containers: list[Container], noted: dict[str, Any] | None = None) -> str:
    """Have the ports of the service `web` judged as reachable."""
    sandbox = SimpleNamespace(
        containers=lambda _name: containers, is_one_shot=lambda _name: False, offline=False
    )
    request = cast("Any", SimpleNamespace(getfixturevalue=lambda _name: sandbox))
    service = ServiceUnderTest(stack.services["web"], stack, request)
    evidence = Evidence(noted if noted is not None else {})
    return judged(partial(network.test_published_port_reachable, service, evidence))


def internal(stack: Stack, container: Container) -> str:
    """Have its internal ports judged."""
    return judged(partial(network.test_internal_port_not_reachable, container, stack, Evidence({})))


@pytest.mark.parametrize(
    ("service", "why"),
    [
        ({"network_mode": "none"}, "publishes no port: it has no network"),
        ({"networks": {"back": None}}, "publishes no port, whatever `ports` says: back is internal"),
        (
            {"networks": {"lan": None}},
            "publishes no port, whatever `ports` says: lan is of the driver macvlan",
        ),
    ],
)
def test_ports_that_the_engine_does_not_publish(
    make_stack: MakeStack, make_container: MakeContainer, service: dict[str, Any], why: str
) -> None:
    """They are written for nothing: no door to ask, and none that is missing."""
    written = {"web": {"ports": [{"target": 80, "published": "8080"}], **service}}
    stack = make_stack(
        written, "public: [web]", networks={"back": {"internal": True}, "lan": {"driver": "macvlan"}}
    )
    web = make_container("web", NetworkSettings={"Networks": {}, "Ports": {}})

    assert reachable(stack, [web]) == f"not applicable: web {why}"
    asked = partial(network.test_no_sensitive_service_answers, web, cast("Any", None), stack, Evidence({}))
    assert judged(asked) == f"not applicable: web {why}"


# -- on the host's network ---------------------------------------------------------------------------


@pytest.fixture
def on_host(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> Container:
    """A container on the host's network that holds the sockets of this process."""
    monkeypatch.setattr(hosts, "host_addresses", lambda: ["127.0.0.1"])
    own = ["sh", "-c", f"ls -l /proc/{os.getpid()}/fd"]
    monkeypatch.setattr(
        engine,
        "execute",
        lambda *_words, **_more: subprocess.run(own, capture_output=True, text=True, check=False),
    )
    return make_container("web", **HOST)


def listens(monkeypatch: pytest.MonkeyPatch, *servers: socket.socket) -> None:
    """Have the table of the host's sockets show these on every address, and a stranger's."""
    mine = [listener(OPEN, number(one), os.fstat(one.fileno()).st_ino) for one in servers]
    table = facts(*mine, listener(OPEN, 22, 1))
    monkeypatch.setattr(Container, "probe", lambda _self: table)


ON_HOST: dict[str, Any] = {"network_mode": "host", "image": "shop"}


@pytest.mark.parametrize(
    ("image", "contract"),
    [("shop", "public: []"), ("shop", "public: [other]"), ("redis", "public: [other]"), ("redis", "")],
)
def test_listener_on_the_hosts_network_is_reached(  # noqa: PLR0913, PLR0917 - the cases
    make_stack: MakeStack,
    monkeypatch: pytest.MonkeyPatch,
    serve: Serve,
    on_host: Container,
    image: str,
    contract: str,
) -> None:
    """It is the most published of all, though no `ports:` names it; a stranger's is not the container's."""
    server = serve(b"")
    listens(monkeypatch, server)
    stack = make_stack({"web": {**ON_HOST, "image": image}, "other": {}}, contract)

    where = f"{number(server)}/tcp (on the host's network: every address of the host)"
    assert internal(stack, on_host) == f"fail: web-1 answers on {where} although web is not public"


@pytest.mark.parametrize("contract", ["", "public: [web]"])
def test_public_service_on_the_hosts_network(
    make_stack: MakeStack,
    monkeypatch: pytest.MonkeyPatch,
    serve: Serve,
    on_host: Container,
    contract: str,
) -> None:
    """What it listens on there is what it publishes."""
    listens(monkeypatch, serve(OK))
    stack = make_stack({"web": ON_HOST}, contract)

    said = "not applicable: web-1 listens on no TCP port but its public ones"
    assert internal(stack, on_host) == said


def test_port_on_the_hosts_network_answers(
    make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch, serve: Serve, on_host: Container
) -> None:
    """It is asked, and what it said is evidence; without any there is nothing to judge."""
    server, noted = serve(OK), dict[str, Any]()
    listens(monkeypatch, server)
    stack = make_stack({"web": ON_HOST})

    assert reachable(stack, [on_host], noted) == "pass"
    assert noted == {f"web-1 {number(server)}/tcp": f"{len(OK)} bytes after HTTP, status 200"}
    listens(monkeypatch)
    assert reachable(stack, [on_host]) == "not applicable: web listens on no port"


@pytest.mark.usefixtures("serve")
def test_port_on_the_hosts_network_that_nobody_takes(
    make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch, on_host: Container
) -> None:
    """A firewall of the host may refuse what the service listens for."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        listens(monkeypatch, closed)

        said = reachable(make_stack({"web": ON_HOST}), [on_host])

        assert said.startswith(f"fail: web: published port {number(closed)}/tcp (on the host's network")
        assert said.endswith(" of web-1 (refused) does not answer")


# -- replicas ----------------------------------------------------------------------------------------

SCALED: dict[str, Any] = {"ports": [{"target": 80, "published": "8080-8081"}], "scale": 2}


def replica(make_container: MakeContainer, server: socket.socket, which: int) -> Container:
    """Return a container behind whose published port a server stands."""
    ports = {"80/tcp": bound(("127.0.0.1", str(number(server))))}
    return make_container("web", number=which, NetworkSettings={"Networks": {}, "Ports": ports})


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize("silent", [1, 2])
def test_one_replica_that_is_silent(  # noqa: PLR0913 - the cases
    make_stack: MakeStack,
    make_container: MakeContainer,
    monkeypatch: pytest.MonkeyPatch,
    serve: Serve,
    silent: int,
    *,
    held: bool,
) -> None:
    """Half of the requests fail, whether the engine's proxy alone takes them or the service itself."""
    monkeypatch.setattr(network, "holds", lambda *_words: held)
    monkeypatch.setattr(Container, "probe", lambda _self: facts())
    make = partial(replica, make_container)
    both = [make(serve(b"" if which == silent else OK), which) for which in (1, 2)]

    said = reachable(make_stack({"web": SCALED}), both)

    assert said.startswith("fail: web: published port 80/tcp (published as 8080-8081:80 ")
    assert f" of web-{silent} (" in said
    assert f" of web-{3 - silent} (" not in said
    assert ("where another replica answers" in said) is held


@pytest.mark.parametrize("words", [b"", OK])
def test_replicas_that_are_alike(
    make_stack: MakeStack,
    make_container: MakeContainer,
    monkeypatch: pytest.MonkeyPatch,
    serve: Serve,
    words: bytes,
) -> None:
    """All speak, or all wait for a protocol that we do not speak."""
    monkeypatch.setattr(network, "holds", lambda *_words: True)
    noted: dict[str, Any] = {}

    both = [replica(make_container, serve(words), which) for which in (1, 2)]

    assert reachable(make_stack({"web": SCALED}), both, noted) == "pass"
    assert sorted(noted) == ["web-1 80/tcp", "web-2 80/tcp"]


def test_replica_that_is_slow_alone(
    make_stack: MakeStack, make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch, serve: Serve
) -> None:
    """Is waited for: a loaded machine has one answer in time and the other one late."""
    monkeypatch.setattr(network, "holds", lambda *_words: True)
    first, late = (replica(make_container, serve(OK), which) for which in (1, 2))
    converse = reach.converse_until

    def slow(address: str, port: int, target: int, within: float, *, briefly: bool = False) -> Any:  # noqa: ANN401
        if (address, port) in late.bindings(80):
            return reach.Conversation(connected=True, said="HTTP", answer=b"")
        return converse(address, port, target, within, briefly=briefly)

    monkeypatch.setattr(reach, "converse_until", slow)
    noted: dict[str, Any] = {}

    assert reachable(make_stack({"web": SCALED}), [first, late], noted) == "pass"
    assert noted["web-2 80/tcp"] == network.HELD
