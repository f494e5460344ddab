"""How a datastore that listens is found and asked: at which port, as whom, and for how long."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer
from tests.unit.probes.logins.script import Script
from tests.unit.probes.logins.test_logins_asking import facts, listens

from stackproof.datastores.datastore import KeepsNothingError
from stackproof.datastores.inside import MOST, Inside, listeners
from stackproof.datastores.served import COMES_UP_WITHIN, FIRST_STEPS, REFUSES_FOR, Served
from stackproof.datastores.wire import (
    ForgetsError,
    Link,
    NeverError,
    NotLetInError,
    NotNowError,
    Wire,
    entered,
)
from stackproof.engine import vantage
from stackproof.errors import CommandError, Unknown
from stackproof.probes.logins.model import Account, Reply, Verdict
from stackproof.probes.logins.stream import SilentError
from stackproof.probes.logins.tls import CertificateWantedError
from stackproof.sandbox.container import Container

SECRET = "of-nobody"  # noqa: S105
Say = Callable[[int, Account | None], str | None]


class Clock:
    """Time that passes by sleeping alone."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


class Server:
    """A wire to a server that says by port and account what it says; `asked` are the questions."""

    def __init__(self, say: Say, *, ports: tuple[int, ...] = (7,), usual: tuple[Account, ...] = ()) -> None:
        self._say = say
        self.asked: list[tuple[int, str]] = []
        self.put: list[str] = []
        self.wire = Wire(protocol="Word", ports=ports, put=self._put, get=self._get, usual=usual, tls=False)

    def _put(self, link: Link, account: Account | None, value: str) -> None:
        self._get(link, account)
        self.put.append(value)

    def _get(self, link: Link, account: Account | None) -> str | None:
        with link.connect() as stream:
            port = int.from_bytes(stream.receive(), "big")
        self.asked.append((port, str(account) if account else "nobody"))
        return self._say(port, account)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that the wait between questions moves."""
    found = Clock()
    monkeypatch.setattr("time.sleep", found.sleep)
    return found


@pytest.fixture
def run(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Container]:
    """Return a function that makes a container which listens on ports, now and at each later look."""

    @contextmanager
    def connect(_self: Inside, _address: str, port: int) -> Iterator[Script]:
        yield Script(port.to_bytes(2, "big"))

    monkeypatch.setattr(Inside, "connect", connect)

    def make(*ports: int, env: tuple[str, ...] = (), later: tuple[int, ...] | None = None) -> Container:
        container = make_container()
        container.data["Config"]["Env"] = list(env)
        container.facts = facts(*map(listens, ports))
        monkeypatch.setattr(
            Container, "probe", lambda _self: facts(*map(listens, ports if later is None else later))
        )
        return container

    return make


def test_the_usual_port_first(run: Callable[..., Container], clock: Clock) -> None:
    """Where it is open no other is asked."""
    server = Server(lambda port, _account: str(port))

    assert Served("Redis", [server.wire], clock).read(run(3, 7, 9)) == "7"
    assert server.asked == [(7, "nobody")]


def test_any_port_otherwise(run: Callable[..., Container], clock: Clock) -> None:
    """One that does not speak the protocol is passed over; evidence says which one answered."""

    def say(port: int, _account: Account | None) -> str | None:
        if port == 3:
            msg = "HTTP"
            raise ValueError(msg)
        if port == 9:
            raise SilentError
        return None

    server = Server(say)
    store = Served("Redis", [server.wire], clock)

    assert store.read(run(3, 9, 10, 12, env=("X_PASS=guess",))) is None
    assert [port for port, _who in server.asked] == [3, 9, 10]
    assert store.asked == "Word on port 10"


def test_a_port_that_opens_later(run: Callable[..., Container], clock: Clock) -> None:
    """A server that comes up is waited for."""
    assert Served("Redis", [Server(lambda *_words: "v").wire], clock).read(run(later=(7,))) == "v"


def test_nothing_that_listens(run: Callable[..., Container], clock: Clock) -> None:
    """It is told after the time that a server may take."""
    with pytest.raises(Unknown, match=r"cannot be asked \(60 s\): nothing listens on a TCP port") as caught:
        Served("Redis", [Server(lambda *_words: "v").wire], clock).read(run())

    assert "give `persistence:`" in str(caught.value)
    assert COMES_UP_WITHIN < clock.now < COMES_UP_WITHIN + 1


def test_ways_that_all_take_long(run: Callable[..., Container], clock: Clock) -> None:
    """The time that a server may take is for all of them together."""

    def hangs(_port: int, _account: Account | None) -> str | None:
        clock.now += 15
        raise SilentError

    server = Server(hangs)
    clock.now = 1000
    with pytest.raises(Unknown, match=r"cannot be asked \(75 s\)"):
        Served("Redis", [server.wire], clock).read(run(*range(10, 22)))

    assert len(server.asked) == 5


@pytest.mark.parametrize(
    ("says", "told"),
    [
        (
            {3: SilentError("closed"), 5: NotNowError("LOADING"), 9: NotLetInError("NOAUTH")},
            "Word on port 9: NOAUTH",
        ),
        ({3: SilentError("closed"), 5: NotNowError("LOADING")}, "Word on port 5: LOADING"),
        (
            {port: SilentError(f"closed {port}") for port in (3, 4, 5, 6)},
            "Word on port 3: closed 3; Word on port 4: closed 4; Word on port 5: closed 5",
        ),
    ],
)
def test_what_says_most_is_told(
    run: Callable[..., Container], clock: Clock, says: dict[int, Exception], told: str
) -> None:
    """A refusal before another answer of the protocol, and that before what is none; of many the first."""

    def say(port: int, _account: Account | None) -> str | None:
        raise says[port]

    with pytest.raises(Unknown) as caught:
        Served("Redis", [Server(say).wire], clock).read(run(*says))

    seconds = 10 if any(isinstance(error, NotLetInError) for error in says.values()) else 60
    assert str(caught.value) == (
        f"Redis of web-1 cannot be asked ({seconds} s): {told}; give `persistence:` in the contract"
    )


@pytest.mark.parametrize("error", [NotNowError("LOADING"), SilentError("closed"), ValueError("noise")])
def test_what_is_no_answer(run: Callable[..., Container], clock: Clock, error: Exception) -> None:
    """It is asked again, and at last it is unknown; never a value that is not there."""

    def say(_port: int, _account: Account | None) -> str | None:
        if clock.now < 5:
            raise error
        return None

    server = Server(say)

    assert Served("Redis", [server.wire], clock).read(run(7)) is None
    assert 5 <= clock.now < 6
    clock.now = -1000
    with pytest.raises(Unknown, match=str(error)):
        Served("Redis", [server.wire], clock).read(run(7))
    assert COMES_UP_WITHIN < clock.now + 1000 < COMES_UP_WITHIN + 1


def test_declared_accounts_alone_at_first(run: Callable[..., Container], clock: Clock) -> None:
    """A server that is made ready may let in anybody for a moment."""

    def say(_port: int, account: Account | None) -> str | None:
        if account is None:
            return "of the first steps"
        if clock.now < FIRST_STEPS - 1:
            raise NotLetInError
        return str(account)

    server = Server(say)
    container = run(7, env=("REDIS_PASSWORD=p",))

    assert Served("Redis", [server.wire], clock).read(container) == "default"
    assert {who for _port, who in server.asked} == {"default"}


def test_guessed_accounts_when_the_declared_are_refused(run: Callable[..., Container], clock: Clock) -> None:
    """A password may have any name; one that lets in is kept for the next question."""
    right = Account(name="root", password=SECRET, declared=True)

    def say(_port: int, account: Account | None) -> str | None:
        if account is None or account.password != SECRET:
            raise NotLetInError
        return str(account)

    server = Server(say)
    store = Served("MariaDB or MySQL", [server.wire], clock)
    container = run(7, env=("MYSQL_ROOT_PASSWORD=old", f"SHOP_DB_PASS={SECRET}"))
    clock.now = -1000

    assert store.read(container) == "root"
    assert clock.now == FIRST_STEPS - 1000
    assert store.asked == f"Word on port 7 as {right}"
    server.asked.clear()
    assert store.read(container) == "root"
    assert server.asked == [(7, "root")]


def test_nobody_is_let_in(run: Callable[..., Container], clock: Clock) -> None:
    """It is told soon, with who was refused, and without a password."""

    def say(_port: int, _account: Account | None) -> str | None:
        msg = "NOAUTH"
        raise NotLetInError(msg)

    with pytest.raises(Unknown, match="Word on port 7 as default: NOAUTH") as caught:
        Served("Redis", [Server(say).wire], clock).read(run(7, env=(f"REDIS_PASSWORD={SECRET}",)))

    assert SECRET not in str(caught.value)
    assert REFUSES_FOR < clock.now < REFUSES_FOR + 1


def test_a_client_certificate_that_we_do_not_have(run: Callable[..., Container], clock: Clock) -> None:
    """It is told soon, and no other account is tried."""

    def say(_port: int, _account: Account | None) -> str | None:
        raise CertificateWantedError

    server = Server(say)
    with pytest.raises(Unknown, match="lets in nobody without a client's certificate"):
        Served("Redis", [server.wire], clock).read(run(7, env=("REDIS_PASSWORD=p",)))

    assert REFUSES_FOR < clock.now < REFUSES_FOR + 1
    assert {who for _port, who in server.asked} == {"default"}


def test_who_wrote_is_who_reads(run: Callable[..., Container], clock: Clock) -> None:
    """Another account may see another database, in which nothing is."""
    written: list[bool] = []

    def say(_port: int, account: Account | None) -> str | None:
        if account is None:
            return None
        if written and clock.now < 30:
            raise NotLetInError
        return "v"

    server = Server(say)
    store = Served("Redis", [server.wire], clock)
    container = run(7, env=("REDIS_PASSWORD=p",))
    store.write(container, "v")
    assert server.put == ["v"]
    written.append(True)

    assert store.read(container) == "v"
    assert 30 <= clock.now < 31
    assert "nobody" not in {who for _port, who in server.asked}


def test_shipped_accounts(run: Callable[..., Container], clock: Clock) -> None:
    """What a server is shipped with is tried where it declares none."""

    def say(_port: int, account: Account | None) -> str | None:
        if account is None:
            raise NotLetInError
        return str(account)

    server = Server(say, usual=(Account(name="guest", password="guest"),))  # noqa: S106 - it is known

    assert Served("RabbitMQ", [server.wire], clock).read(run(7)) == "guest"
    assert clock.now == 0


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (NeverError("is a replica"), Unknown, "asked by Word on port 7, is a replica"),
        (ForgetsError("keeps nothing"), KeepsNothingError, "Redis of web-1 keeps nothing"),
    ],
)
def test_answers_that_stay(
    run: Callable[..., Container], clock: Clock, error: Exception, kind: type[Unknown], words: str
) -> None:
    """Asking again is of no use."""

    def say(_port: int, _account: Account | None) -> str | None:
        raise error

    with pytest.raises(kind, match=words) as caught:
        Served("Redis", [Server(say).wire], clock).write(run(7), "v")

    assert type(caught.value) is kind
    assert clock.now == 0


def test_a_local_client_comes_last(run: Callable[..., Container], clock: Clock) -> None:
    """Where nothing listens on a port; not in the first moments."""
    local = replace(Server(lambda *_words: "v").wire, local=True, ports=())
    local = replace(local, protocol="client", get=lambda _link, _account: "v")
    store = Served("PostgreSQL", [Server(lambda *_words: "w").wire, local], clock)

    assert store.read(run()) == "v"
    assert FIRST_STEPS < clock.now < FIRST_STEPS + 1
    assert store.asked == "client"
    assert Served("PostgreSQL", [Server(lambda *_words: "w").wire, local], clock).read(run(7)) == "w"


def test_tls_where_it_is_spoken(
    run: Callable[..., Container], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the plain protocol had no answer, and not after a refusal."""
    said: list[bool] = []

    class Encrypted(Script):
        def __init__(self, stream: Script) -> None:
            super().__init__(stream.receive())
            said.append(True)

    monkeypatch.setattr("stackproof.datastores.ways.TlsStream", Encrypted)
    server = Server(lambda *_words: "v")

    def get(link: Link, account: Account | None) -> str | None:
        before = len(said)
        with link.connect():
            pass
        if len(said) == before:
            raise SilentError
        return server.wire.get(link, account)

    store = Served("Redis", [replace(server.wire, tls=True, get=get)], clock)

    assert store.read(run(7)) == "v"
    assert store.asked == "Word over TLS on port 7"


@pytest.mark.parametrize(
    ("sockets", "usual", "expected"),
    [
        ([("0.0.0.0", 5)], (), [("127.0.0.1", 5)]),  # noqa: S104
        ([("127.0.0.1", 5)], (), [("127.0.0.1", 5)]),
        ([("172.18.0.2", 5)], (), [("172.18.0.2", 5)]),
        ([("::", 5)], (), [("127.0.0.1", 5), ("::1", 5)]),
        ([("::1", 5)], (), [("::1", 5)]),
        ([("::ffff:127.0.0.1", 5)], (), [("127.0.0.1", 5)]),
        ([("127.0.0.11", 41000), ("127.0.0.1", 5)], (), [("127.0.0.1", 5)]),
        ([("127.0.0.1", 9), ("127.0.0.1", 5)], (), [("127.0.0.1", 5), ("127.0.0.1", 9)]),
        ([("127.0.0.1", 9), ("127.0.0.1", 5)], (9,), [("127.0.0.1", 9)]),
        ([("127.0.0.1", 9), ("::1", 5)], (), [("::1", 5), ("127.0.0.1", 9)]),
        ([("::1", 5), ("127.0.0.1", 5)], (), [("127.0.0.1", 5), ("::1", 5)]),
        ([("127.0.0.1", 5), ("127.0.0.1", 9)], (9, 5), [("127.0.0.1", 9), ("127.0.0.1", 5)]),
    ],
)
def test_listeners(sockets: list[tuple[str, int]], usual: tuple[int, ...], expected: list[Any]) -> None:
    """Also on loopback; not the engine's resolver."""
    found = facts(*(listens(port, address) for address, port in sockets))

    assert listeners(found, usual) == expected


def test_few_ports_are_tried() -> None:
    """Where none is the usual one."""
    found = facts(*map(listens, range(100, 200)))

    assert [port for _address, port in listeners(found, (7,))] == list(range(100, 100 + MOST))


@pytest.mark.parametrize(
    ("verdict", "error"),
    [(Verdict.REFUSED, NotLetInError), (Verdict.UNCLEAR, NotNowError), (Verdict.OTHER, ValueError)],
)
def test_who_is_not_let_in(verdict: Verdict, error: type[Exception]) -> None:
    """The server's words say why."""
    assert entered(Reply(verdict=Verdict.LET_IN, said="PONG")) == "PONG"
    with pytest.raises(error) as caught:
        entered(Reply(verdict=verdict, said="the words"))
    assert (type(caught.value), str(caught.value)) == (error, "the words")


def test_inside_the_hosts_network(make_container: MakeContainer) -> None:
    """Whose port answers there nobody knows, and nothing of the host's is written to."""
    container = make_container()
    container.data["HostConfig"]["NetworkMode"] = "host"

    with pytest.raises(Unknown, match="cannot be asked: on the host's network"):
        Inside(container)


def test_an_image_with_a_program_that_connects(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is used, and looked for once in each container."""
    asked: list[str] = []
    carried: list[tuple[str, str, int]] = []

    def carries(container: str) -> bool:
        asked.append(container)
        return True

    @contextmanager
    def carrier(container: str, address: str, port: int) -> Iterator[Any]:
        carried.append((container, address, port))
        yield type("Carrier", (), {"to": "to", "back": "back"})

    monkeypatch.setattr("stackproof.datastores.inside._carry", set())
    monkeypatch.setattr(vantage, "carries", carries)
    monkeypatch.setattr(vantage, "carrier", carrier)
    container = make_container()
    for port in (5, 6):
        with Inside(container) as inside:
            for address in ("127.0.0.1", "::1"):
                with inside.connect(address, port) as stream:
                    assert vars(stream) == {"_to": "to", "_from": "back"}

    assert asked == [container.id]
    assert carried == [(container.id, address, port) for port in (5, 6) for address in ("127.0.0.1", "::1")]


def test_an_image_without_a_program_that_connects(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container of ours joins its network, once; without our labels there may be none."""
    joined: list[str] = []
    carried: list[tuple[str, str, int]] = []

    @contextmanager
    def on_network(network: str, *, own: dict[str, str]) -> Iterator[str]:
        joined.append(network)
        if not own.get("works", True):
            msg = "no"
            raise CommandError(msg)
        yield "helper"

    @contextmanager
    def carrier(container: str, address: str, port: int) -> Iterator[Any]:
        carried.append((container, address, port))
        yield type("Carrier", (), {"to": None, "back": None})

    monkeypatch.setattr(vantage, "carries", lambda _container: False)
    monkeypatch.setattr(vantage, "on_network", on_network)
    monkeypatch.setattr(vantage, "carrier", carrier)
    container = make_container()
    monkeypatch.setattr(Container, "own", {"a": "label"})
    with Inside(container) as inside:
        for port in (5, 6):
            with inside.connect("127.0.0.1", port):
                pass

    assert joined == [f"container:{container.id}"]
    assert carried == [("helper", "127.0.0.1", 5), ("helper", "127.0.0.1", 6)]
    for own, why in (
        ({}, "nothing in it connects, and none of ours may join it"),
        ({"works": ""}, "no container of ours can join its network: no"),
    ):
        monkeypatch.setattr(Container, "own", own)
        with Inside(container) as inside, pytest.raises(Unknown) as caught:
            inside.connect("127.0.0.1", 5).__enter__()
        assert str(caught.value) == f"web-1 cannot be asked: {why}"
