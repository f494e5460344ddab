"""How a value gets into a service and back, and what is mounted where."""

from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer

from stackproof.datastores.datastore import KeepsNothingError
from stackproof.engine import engine
from stackproof.engine.command import Completed
from stackproof.errors import Unknown
from stackproof.sandbox.container import Container
from stackproof.stack.contract import PersistenceProbe
from stackproof.trials import persistence_ways
from stackproof.trials.persistence_declared import Declared
from stackproof.trials.persistence_ways import NOBODY, OWN_LAYER, Places, Way, Ways, in_files, places_of

OK = Completed(code=0, stdout="", stderr="", seconds=0.0)


class Store:
    """A datastore that gives one answer after the other."""

    kind = "PostgreSQL"
    asked = "its client"

    def __init__(self, *answers: str | None) -> None:
        self.answers = list(answers)
        self.written: list[str] = []

    def write(self, container: Container, value: str) -> None:
        """Take a value."""
        assert container.service == "web"
        self.written.append(value)

    def read(self, container: Container) -> str | None:
        """Give the next answer."""
        assert container.service == "web"
        return self.answers.pop(0)


def test_a_value_of_another_time(make_container: MakeContainer) -> None:
    """Only the value that was written is there; another one, and none, is not."""
    store = Store("value", "old", None)
    way = Way(store=store)

    assert [way.has(make_container(), "value") for _time in range(3)] == [True, False, False]


def test_the_first_write(make_container: MakeContainer) -> None:
    """Nothing is there before, and it is read back."""
    store = Store(None, "value")

    assert Way(store=store).write_first(make_container(), "value") is True
    assert store.written == ["value"]


@pytest.mark.parametrize(
    ("answers", "words"),
    [(("old",), "gives the value before it was written"), ((None, None), "and does not give it back")],
)
def test_a_first_write_that_proves_nothing(
    make_container: MakeContainer, answers: tuple[str | None, ...], words: str
) -> None:
    """What is there all the time, and what is not kept at all."""
    with pytest.raises(Unknown, match=words):
        Way(store=Store(*answers)).write_first(make_container(), "value")


class Client:
    """A client that its contract gives, over a store that keeps one value."""

    keeps, there = True, ""

    def execute(self, name: str, words: list[str], **_more: object) -> Completed:
        """Run it."""
        assert name == "web1"
        if words == ["put", "42"] and self.keeps:
            self.there = "42"
        return Completed(code=0, stdout=self.there if words == ["get"] else "", stderr="", seconds=0.0)


def test_the_client_of_a_contract(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """It writes and reads a value of its own, whatever ours is."""
    entry = PersistenceProbe(service="web", write=["put", "42"], read=["get"], expect="42")
    way, client, container = Way(store=Declared(entry)), Client(), make_container()
    monkeypatch.setattr(engine, "execute", client.execute)

    assert way.write_first(container, "value") is True
    assert way.has(container, "value") is True
    client.there = ""
    assert way.has(container, "value") is False

    client.there = "42"
    with pytest.raises(Unknown) as caught:
        way.write_first(container, "value")
    assert str(caught.value) == (
        "the contract's client of web-1 gives the value before it was written, so reading it proves "
        "nothing; fix: let `write` write what `read` does not say by itself"
    )
    client.there, client.keeps = "", False
    with pytest.raises(Unknown) as caught:
        way.write_first(container, "value")
    assert str(caught.value) == "the contract's client of web-1 took a value and does not give it back"


def test_places(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """By how long they last; what may not be written keeps nothing, and is mounted nevertheless."""
    options = {"volume": {"named": {}, "last": {}, "cache": {"type": "tmpfs"}, "f" * 64: None}}
    monkeypatch.setattr(
        engine,
        "inspect",
        lambda kind, names: [{"Name": name, "Options": options[kind][name]} for name in names],
    )
    monkeypatch.setattr(Container, "anonymous_volumes", ("f" * 64,))
    mounts = [
        {"Type": "volume", "Name": "named", "Destination": "/data", "RW": True},
        {"Type": "volume", "Name": "f" * 64, "Destination": "/data/inner", "RW": True},
        {"Type": "volume", "Name": "cache", "Destination": "/cache", "RW": True},
        {"Type": "volume", "Name": "last", "Destination": "/before", "RW": True},
        {"Type": "cluster", "Name": "far", "Destination": "/far", "RW": True},
        {"Type": "bind", "Destination": "/host"},
        {"Type": "bind", "Destination": "/settings", "RW": False},
        {"Type": "tmpfs", "Destination": "/ram", "RW": True},
    ]
    container = make_container(Mounts=mounts, HostConfig={"Tmpfs": {"/run": ""}})

    places = places_of(container)

    assert places == Places(
        named=("/before", "/data"),
        nameless=("/data/inner",),
        memory=("/cache", "/ram", "/run"),
        binds=("/host",),
        all=("/before", "/cache", "/data", "/data/inner", "/far", "/host", "/ram", "/run", "/settings"),
    )
    assert places.lasting == ("/before", "/data", "/host")
    paths = ("/data/inner/x", "/ram/x", "/data/x", "/srv/x")
    assert [places.of(path) for path in paths] == ["/data/inner", "/ram", "/data", ""]
    assert [places.place(path) for path in paths] == [
        "a volume without a name", "memory", OWN_LAYER, OWN_LAYER,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("places", "keeps"),
    [
        (Places(named=("/d",)), True),
        (Places(nameless=("/d",)), True),
        (Places(binds=("/d",)), True),
        (Places(memory=("/d",), all=("/d",)), False),
    ],
)
def test_what_is_mounted_to_keep_data(places: Places, keeps: bool) -> None:  # noqa: FBT001
    """Memory is not."""
    assert places.keeps is keeps


@pytest.mark.parametrize(
    ("ways", "known"),
    [
        (Ways(derived=True), True),
        (Ways(unasked="nobody is let in"), True),
        (Ways(unasked=NOBODY), False),
        (Ways(), False),
    ],
)
def test_a_datastore(ways: Ways, known: bool) -> None:  # noqa: FBT001
    """Also one that nobody can ask."""
    assert ways.known_store is known


def test_files(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """One in each volume that may be written, also in memory unless that is a cache."""
    memory = {"web": ["/store", "/var/cache"]}
    monkeypatch.setattr(persistence_ways, "_volumes_in_memory", lambda one: memory[one.service])
    monkeypatch.setattr(
        persistence_ways, "may_write", lambda one, folder: (one.service, folder) != ("web", "/b")
    )

    found = in_files(make_container(), Places(named=("/a", "/b"), nameless=("/c",)), "no client")

    assert [(way.aspect, way.asked, way.store.asked) for way in found.ways] == [
        ("/a", False, "/a/.stackproof-probe-web"),
        ("/store", False, "/store/.stackproof-probe-web"),
    ]
    assert (found.unwritable, found.unasked, found.derived) == (("/b",), "no client", False)
    assert found.places.nameless == ("/c",)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (Store(), {"derived": True}),
        (None, {"unasked": NOBODY, "unwritable": ("/v",)}),
        (KeepsNothingError("it forgets"), {"forgets": "it forgets"}),
        (Unknown("no client"), {"unasked": "no client", "unwritable": ("/v",)}),
    ],
)
def test_without_a_contract(
    make_container: MakeContainer,
    monkeypatch: pytest.MonkeyPatch,
    said: Any,  # noqa: ANN401 - a store or an error
    expected: dict[str, object],
) -> None:
    """Through its datastore, if there is one that keeps something and answers."""

    def detect(container: Container) -> Any:  # noqa: ANN401
        assert container.service == "web"
        if isinstance(said, Exception):
            raise said
        return said

    monkeypatch.setattr(persistence_ways, "detect", detect)
    places = Places(named=("/v",), binds=("/host",), all=("/host", "/v"))
    monkeypatch.setattr(persistence_ways, "may_write", lambda one, _folder: one.service != "web")
    monkeypatch.setattr(persistence_ways, "places_of", lambda _container: places)
    monkeypatch.setattr(Container, "facts", None)
    monkeypatch.setattr(persistence_ways, "_volumes_in_memory", lambda _container: [])
    view: Any = View(make_container())

    found = persistence_ways.ways_of(view, "web")

    assert vars(found) == vars(Ways(places=places)) | expected | {"ways": found.ways}
    assert [way.store for way in found.ways] == ([said] if isinstance(said, Store) else [])


def test_nobody_can_look_into_it(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then it is no datastore that nobody can ask: nothing is known of it."""

    def facts(_container: Container) -> None:
        msg = "it has no shell"
        raise Unknown(msg)

    monkeypatch.setattr(persistence_ways, "places_of", lambda _container: Places())
    monkeypatch.setattr(Container, "facts", property(facts))
    view: Any = View(make_container())

    with pytest.raises(Unknown, match="it has no shell"):
        persistence_ways.ways_of(view, "web")


class View:
    """A stack of one service, with what its contract says of persistence."""

    def __init__(self, container: Container, *entries: PersistenceProbe) -> None:
        self._container = container
        self.stack = SimpleNamespace(contract=SimpleNamespace(persistence=entries))

    def container(self, name: str) -> Container:
        """Look at it."""
        assert name == "web"
        return self._container


@pytest.mark.parametrize(("number", "aspects"), [(1, [""]), (2, ["entry 1", "entry 2"])])
def test_by_its_contract(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch, number: int, aspects: list[str]
) -> None:
    """Each entry of the service is a way, told apart where there are several."""
    entries = [
        PersistenceProbe(service=service, write=["put", f"{service}{n}"], read=["get"], expect="42")
        for n in range(number)
        for service in ("web", "other")
    ]
    asked: list[str] = []
    monkeypatch.setattr(persistence_ways, "places_of", lambda container: Places(named=(f"/{container}",)))

    def execute(_id: str, words: list[str], **_more: object) -> Completed:
        asked.append(words[1])
        return OK

    monkeypatch.setattr(engine, "execute", execute)
    container = make_container()
    view: Any = View(container, *entries)

    found = persistence_ways.ways_of(view, "web")
    for way in found.ways:
        way.write(container, "")

    assert found == Ways(ways=found.ways, places=Places(named=("/web-1",)))
    assert ([way.aspect for way in found.ways], asked) == (aspects, [f"web{n}" for n in range(number)])


def test_does_not_run(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks into it when it mounts nothing either."""
    places = Places(memory=("/run",), all=("/run",))
    monkeypatch.setattr(persistence_ways, "places_of", lambda _container: places)
    view: Any = View(make_container(status="exited"))

    assert persistence_ways.ways_of(view, "web") == Ways(places=places, unasked=NOBODY)
