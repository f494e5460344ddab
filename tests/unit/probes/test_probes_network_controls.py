"""What the network controls make of what they see."""

import re
from types import SimpleNamespace
from typing import Any

import pytest
from tests.infra import test_network as network
from tests.unit.conftest import MakeContainer, MakeStack
from tests.unit.probes.test_probes_doors import bound, facts, listener

from stackproof.controls import HIGH, MEDIUM, Severity
from stackproof.controls.control import NotApplicable
from stackproof.errors import ContainerGoneError, Unknown
from stackproof.outcomes.evidence import Evidence
from stackproof.probes import doors, greeting, reach
from stackproof.probes.doors import Door
from stackproof.probes.protocols.model import Found, Protocol
from stackproof.probes.reach import Conversation
from stackproof.sandbox.container import Container

PORTS = {
    "80/tcp": bound(("127.0.0.1", "32801")),
    "53/udp": bound(("127.0.0.1", "32802")),
}
PUBLISHES: dict[str, Any] = {
    "ports": [
        {"target": 80, "published": "8080"},
        {"target": 53, "published": "53", "protocol": "udp"},
        {"target": 6379, "published": "6379", "host_ip": "127.0.0.1"},
    ]
}
OPEN = "0.0.0.0"  # noqa: S104 - as the kernel writes it


@pytest.fixture
def web(make_container: MakeContainer) -> Container:
    """A container that publishes two ports."""
    return make_container("web", NetworkSettings={"Networks": {}, "Ports": PORTS})


@pytest.mark.parametrize(
    ("contract", "listening", "inside", "closed"),
    [
        # Whoever starts late is published all the same.
        ("public: []", [], [], {"80/tcp": False, "53/udp": False}),
        ("public: []", [(80, "tcp")], [80], {"80/tcp": True, "53/udp": False}),
        (
            "public: []",
            [(80, "tcp"), (53, "udp"), (9000, "tcp")],
            [80, 9000],
            {"80/tcp": True, "53/udp": True},
        ),
        ("public: []", [(6379, "tcp")], [], {"80/tcp": False, "53/udp": False}),
        ("public: [web]", [(80, "tcp"), (53, "udp"), (90, "tcp")], [90], {}),
    ],
)
def test_internal_ports(  # noqa: PLR0913 - the cases
    make_stack: MakeStack,
    monkeypatch: pytest.MonkeyPatch,
    web: Container,
    *,
    contract: str,
    listening: list[tuple[int, str]],
    inside: list[int],
    closed: dict[str, bool],
) -> None:
    """All that listen, and all that are published of a service that is not public."""
    sockets = facts(*(listener(OPEN, port, protocol=protocol) for port, protocol in listening))
    monkeypatch.setattr(Container, "probe", lambda _self: sockets)

    found = network._internal(web, make_stack({"web": PUBLISHES}, contract))  # noqa: SLF001

    assert found[0] == inside
    assert {door.port: listens for door, listens in found[1].items()} == closed


@pytest.mark.parametrize(
    ("listening", "found"),
    [
        ([], ["has 53/udp open, where nothing listens yet,", "has 80/tcp open, where nothing listens yet,"]),
        ([(80, "tcp"), (53, "udp")], ["has 53/udp open", "answers on 80/tcp"]),
    ],
)
def test_open_port_is_told_as_it_was_seen(
    make_stack: MakeStack,
    monkeypatch: pytest.MonkeyPatch,
    web: Container,
    listening: list[tuple[int, str]],
    found: list[str],
) -> None:
    """Who was not asked, or does not listen, does not answer."""
    sockets = facts(*(listener(OPEN, port, protocol=protocol) for port, protocol in listening))
    monkeypatch.setattr(Container, "probe", lambda _self: sockets)
    monkeypatch.setattr(network, "_reached", lambda *_words: [])
    monkeypatch.setattr(reach, "reach_published", lambda *_address: True)
    stack = make_stack({"web": PUBLISHES}, "public: []")
    inside, closed = network._internal(web, stack)  # noqa: SLF001
    noted: dict[str, Any] = {}

    opened = network._open(web, stack, inside, closed, Evidence(noted))  # noqa: SLF001

    assert [re.sub(r" \(.*?\)", "", how) for how, *_rest in opened] == found
    assert (noted["answers"] == "none") is (not listening)


GRAFANA, MOSQUITTO = {"image": "grafana", **PUBLISHES}, {"image": "eclipse-mosquitto", **PUBLISHES}


@pytest.mark.parametrize("contract", ["", "public: [other]"])
@pytest.mark.parametrize(
    ("image", "with_contract", "without"),
    [
        ("grafana", MEDIUM, MEDIUM),
        ("jenkins", MEDIUM, MEDIUM),
        ("adminer", None, HIGH),
        ("redis", None, None),
        ("shop", None, None),
    ],
)
def test_how_bad_an_open_port_is(
    make_stack: MakeStack, contract: str, image: str, with_contract: Severity | None, without: Severity | None
) -> None:
    """A contract forbids what it leaves out; a console with a login is no worse for one that `init` wrote."""
    stack = make_stack({"web": {**PUBLISHES, "image": image}, "other": {}}, contract)

    found = network._how_bad(stack, stack.services["web"], door(1))  # noqa: SLF001

    assert found is (with_contract if contract else without)


@pytest.mark.parametrize(
    ("service", "contract", "asked"),
    [
        (PUBLISHES, "", ["53/udp", "80/tcp"]),
        # A console with a login may let everybody in all the same.
        (GRAFANA, "", ["53/udp", "80/tcp"]),
        (MOSQUITTO, "public: [web]", ["53/udp", "80/tcp"]),
        # What the compose file says is judged there.
        ({"image": "adminer", **PUBLISHES}, "public: [web]", ["53/udp"]),
    ],
)
def test_ports_that_are_asked(
    make_stack: MakeStack, web: Container, service: dict[str, Any], contract: str, asked: list[str]
) -> None:
    """Those that the compose file does not judge."""
    stack = make_stack({"web": service}, contract)

    assert [door.port for door in network._to_be_asked(web, stack)] == asked  # noqa: SLF001


def test_who_is_not_asked(make_stack: MakeStack, web: Container) -> None:
    """Who is not public is judged for that."""
    with pytest.raises(NotApplicable, match="is not public"):
        network._to_be_asked(web, make_stack({"web": PUBLISHES}, "public: []"))  # noqa: SLF001


def door(*ports: int, protocol: str = "tcp", perhaps: tuple[int, ...] = ()) -> Door:
    """Return a port with these addresses."""
    return Door(
        number=80,
        protocol=protocol,
        written="80:80",
        addresses=tuple(("127.0.0.1", port) for port in ports),
        perhaps=tuple(("127.0.0.1", port) for port in perhaps),
    )


@pytest.fixture
def first_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all ports of this machine the first answers alone."""
    heard = Conversation(connected=True, said="HTTP", answer=b"HTTP/1.1 200 OK")
    silent = Conversation(connected=False, said="HTTP", answer=b"")
    monkeypatch.setattr(reach, "converse_until", lambda _a, port, *_n, **_how: heard if port == 1 else silent)
    monkeypatch.setattr(Container, "probe", lambda _self: facts())


@pytest.mark.usefixtures("first_alone")
@pytest.mark.parametrize(
    ("found", "why"),
    [
        (door(1), ""),
        (door(2), "refused"),
        (door(1, 2), "refused"),
        (door(1, 2, perhaps=(2,)), ""),
        (door(2, perhaps=(2,)), "refused"),
    ],
)
def test_each_address_must_answer(web: Container, found: Door, why: str) -> None:
    """One that answers does not answer for another; what the kernel does not promise is not demanded."""
    assert network._reachable(web, found)[1] == why  # noqa: SLF001


@pytest.mark.usefixtures("first_alone")
def test_container_that_ended_meanwhile(monkeypatch: pytest.MonkeyPatch, web: Container) -> None:
    """It is down, and not silent."""

    def gone(_self: Container) -> None:
        msg = "web-1 is gone"
        raise ContainerGoneError(msg)

    monkeypatch.setattr(Container, "probe", gone)

    with pytest.raises(Unknown, match="is gone"):
        network._reachable(web, door(2))  # noqa: SLF001


def test_udp_is_waited_for(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch, web: Container
) -> None:
    """It may be bound late; a container that is down has bound nothing, and is not judged."""
    looks = [facts(), facts(), facts(listener(OPEN, 80, protocol="udp"))]
    monkeypatch.setattr(Container, "probe", lambda _self: looks.pop(0) if looks else facts())
    monkeypatch.setattr(network, "PATIENCE", 0.5)
    monkeypatch.setattr(network, "EVERY", 0.01)
    datagrams = door(1, protocol="udp")

    assert network._reachable(web, datagrams) == ("published, and bound inside", "")  # noqa: SLF001
    assert network._reachable(web, datagrams) == ("none", "nothing is bound to it")  # noqa: SLF001
    with pytest.raises(Unknown, match="is exited"):
        network._reachable(make_container(State={"Status": "exited", "ExitCode": 0}), datagrams)  # noqa: SLF001
    assert greeting.bound(web, 80) is False


def test_silent_service_hears_nothing_strange(monkeypatch: pytest.MonkeyPatch, web: Container) -> None:
    """One that holds the connection is reached: words of other protocols might end it."""
    said: list[bool] = []

    def converse(*_where: object, within: float, briefly: bool = False) -> Conversation:
        said.append(briefly and within > 0)
        return Conversation(connected=True, said="HTTP", answer=b"" if briefly else b"+PONG")

    monkeypatch.setattr(reach, "converse_until", converse)
    monkeypatch.setattr(network, "holds", lambda *_words: True)
    assert network._reachable(web, door(1)) == (  # noqa: SLF001
        "no bytes, but the service itself holds the connection",
        "",
    )
    assert said == [True]

    monkeypatch.setattr(network, "holds", lambda *_words: False)
    assert network._reachable(web, door(1)) == ("5 bytes after HTTP", "")  # noqa: SLF001
    assert said == [True, True, False]


@pytest.mark.parametrize(("died", "restored"), [(["web"], 1), (["other"], 0), ([], 0)])
def test_service_that_ends_on_a_question(
    make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch, web: Container, died: list[str], restored: int
) -> None:
    """It is brought back, nobody is blamed, and what was not heard of it is not known."""
    silent = Found(silent=True, late=("refused",))
    ssh = Found(protocols=(Protocol(name="SSH"),))
    asked = {door(1): silent, door(2): ssh}
    monkeypatch.setattr(network, "greet", lambda _container, one, _names: asked[one])
    ids = {"web": web.id, "other": "b" * 64}
    events = [SimpleNamespace(action="die", container=ids[name]) for name in died]
    back: list[str] = []

    def restore() -> str:
        back.append("up")
        return ""

    sandbox: Any = SimpleNamespace(
        events=SimpleNamespace(
            count=lambda: 0, after=lambda _mark, of: [event for event in events if event.container == of]
        ),
        restore=restore,
    )
    noted: dict[str, Any] = {}

    heard = network._heard(web, sandbox, make_stack({"web": PUBLISHES}), list(asked), Evidence(noted))  # noqa: SLF001

    assert len(back) == restored
    assert ("ended when it was asked" in noted) is bool(restored)
    assert heard[door(2)] == ssh
    assert ("it ended on a question" in heard[door(1)].late[0]) is bool(restored)


def test_service_that_nobody_can_look_into_any_more(
    make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch, web: Container
) -> None:
    """It is brought back for whoever comes next."""
    back = iter([""])
    sandbox: Any = SimpleNamespace(
        events=SimpleNamespace(count=lambda: 0, after=lambda *_words: [SimpleNamespace(action="die")]),
        restore=lambda: next(back),
    )
    noted: dict[str, Any] = {}

    def down(*_words: object) -> None:
        msg = "web-1 is not running"
        raise Unknown(msg)

    monkeypatch.setattr(network, "greet", down)

    with pytest.raises(Unknown, match="is not running"):
        network._heard(web, sandbox, make_stack({"web": PUBLISHES}), [door(1)], Evidence(noted))  # noqa: SLF001
    assert list(back) == []
    assert noted["ended when it was asked"] == "yes, and came back"


def test_console_on_the_hosts_network(
    make_stack: MakeStack, make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The compose file tells of it by its image: one cause is one finding."""
    monkeypatch.setattr(doors, "of", lambda *_words: [door(1)])
    stack = make_stack({"web": {"image": "grafana", "network_mode": "host"}})

    asked = network._to_be_asked(make_container("web"), stack)  # noqa: SLF001

    assert [str(known) for known in asked.values()] == ["Grafana"]
