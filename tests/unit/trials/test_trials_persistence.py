"""What is said of what was seen of a service's data."""

from dataclasses import dataclass
from typing import Any

import pytest
from tests.infra.test_persistence import _findings, _measured, _unclear, _why_nothing
from tests.unit.conftest import MakeContainer

from stackproof.controls import CRITICAL, HIGH, LOW, MEDIUM
from stackproof.errors import Unknown
from stackproof.outcomes.finding import Finding
from stackproof.sandbox.container import Container
from stackproof.stack.contract import PersistenceProbe
from stackproof.stack.model import Model
from stackproof.trials.persistence import Kept, Moment, Seen, Survival, keeps_binds
from stackproof.trials.persistence_anew import Anew
from stackproof.trials.persistence_declared import Declared
from stackproof.trials.persistence_ways import NOBODY, Places, Way, Ways
from stackproof.trials.persistence_written import GROWS, Lost, Written

PLACES = Places(named=("/data",), all=("/data",))
DATABASE = Lost(path="/srv/x.db", what="an SQLite database", place="the container's own layer")


class Service:
    """A service by its name."""

    name = "web"

    def __str__(self) -> str:
        """Return the name."""
        return self.name


@dataclass(frozen=True)
class Store:
    """A datastore that nobody asks."""

    kind: str = "PostgreSQL"
    asked: str = "its client"

    def write(self, container: Container, value: str) -> None:
        """Take nothing."""

    def read(self, container: Container) -> str | None:
        """Have nothing."""


@pytest.fixture
def kept(make_container: MakeContainer) -> Any:  # noqa: ANN401 - a function with many words
    """Return a function that makes what was seen of a service."""

    def make(*, asked: bool = True, kind: str = "PostgreSQL", binds: bool = False, **seen: Seen) -> Kept:
        moments: dict[Moment, Seen] = {Moment.WRITTEN: True, Moment.DOWN_UP: True, Moment.VOLUMES: False}
        moments |= {Moment[name.upper()]: one for name, one in seen.items()}
        way = Way(store=Store(kind), asked=asked, aspect="" if asked else "/data")
        ways = Ways(ways=(way,), places=PLACES, unasked="" if asked else "nobody knows it")
        return Kept(
            ways=ways,
            container=make_container(),
            keeps_binds=binds,
            survivals=[Survival(way=way, seen=dict(moments))],
        )

    return make


def findings(found: Kept) -> list[Finding]:
    """Return what is wrong with it."""
    service: Any = Service()
    return list(_findings(service, found))


def one(found: Kept) -> Finding:
    """Return the only thing that is wrong with it."""
    (finding,) = findings(found)
    return finding


def test_asked_and_there(kept: Any) -> None:  # noqa: ANN401
    """Nothing is wrong: there, gone with its volume, and there after a crash."""
    assert findings(kept(crash=True)) == []
    assert _unclear(kept(crash=True)) == ""


def test_gone(kept: Any) -> None:  # noqa: ANN401
    """One finding, with the place where the data lies instead; what a crash did is told no more."""
    found = kept(down_up=False, crash=False)
    found.lost.append(DATABASE)

    assert one(found).message == (
        "web: a value written through PostgreSQL was gone after `down` and `up`: it keeps an SQLite "
        "database at /srv/x.db in the container's own layer"
    )
    assert one(found).severity is None


def test_gone_by_a_crash(kept: Any) -> None:  # noqa: ANN401
    """High; nothing where nobody could tell."""
    assert (one(kept(crash=False)).severity, one(kept(crash=False)).aspect) == (HIGH, "crash")
    assert findings(kept(crash=Unknown("it did not come back"))) == []


def test_gone_by_design(kept: Any, make_container: MakeContainer) -> None:  # noqa: ANN401
    """A store that takes snapshots is told in the evidence, unless it was told to append."""
    found = kept(crash=False, kind="Redis")

    assert findings(found) == []
    assert "since its last snapshot" in str(_measured(found)["lost_by_design"])

    found.container = make_container(Path="redis-server", Args=["--appendonly", "yes"])

    assert one(found).severity is HIGH
    assert "lost_by_design" not in _measured(found)


def test_still_there(kept: Any) -> None:  # noqa: ANN401
    """After `down -v`, which takes volumes; a folder of the host rightly keeps it."""
    assert one(kept(volumes=True)).aspect == "down -v"
    assert findings(kept(volumes=True, binds=True)) == []


def test_did_not_start(kept: Any) -> None:  # noqa: ANN401
    """That alone, with the line about the service and the last of its log."""
    found = kept(down_up=Unknown("not asked"))
    found.down = (
        "service web (web-1) is not ready after 9 s: restarting\n  last log lines:\n    a\n    in use"
    )

    assert one(found).message == (
        "web did not start again after `down` and `up`: service web (web-1) is not ready after 9 s: "
        "restarting; its last line: in use"
    )
    assert _unclear(found) == ""


def test_not_asked(kept: Any) -> None:  # noqa: ANN401
    """At best low, with the entry to paste and what else it wrote."""
    found = kept(asked=False)
    found.written = Written(others={"/x": 3})
    found.names = ["/data/a"]

    assert (one(found).severity, one(found).aspect) == (LOW, "not asked")
    assert "(nobody knows it)" in one(found).message
    assert "what else it wrote is gone after `down`: /x;" in one(found).message
    assert one(found).message.endswith(
        '[{service: web, write: [CLIENT, SET, answer, "42"], read: [CLIENT, GET, answer], expect: "42"}]'
    )


def test_it_wrote_nothing(kept: Any) -> None:  # noqa: ANN401
    """Then the volume may be the wrong one."""
    assert "; it has written nothing into it so far; give" in one(kept(asked=False)).message


def test_a_datastore_that_nobody_can_ask(make_container: MakeContainer) -> None:
    """In a folder of the host: low. With nothing mounted at all: data that is found is lost, else unknown."""
    ways = Ways(unasked="no client", places=Places(binds=("/data",), all=("/data",)))
    bound = Kept(ways=ways, container=make_container(), keeps_binds=True)
    loose = Kept(ways=Ways(unasked="no client"), container=make_container(), keeps_binds=False)

    assert "folders of the host are mounted, and nothing that it wrote lies elsewhere" in one(bound).message
    assert one(bound).severity is LOW
    assert (findings(loose), _unclear(loose)) == ([], "no client")

    loose.lost.append(DATABASE)

    assert one(loose).severity is CRITICAL
    assert _unclear(loose) == ""


@pytest.mark.parametrize(("asked", "severity"), [(False, CRITICAL), (True, MEDIUM)])
def test_data_elsewhere(kept: Any, asked: bool, severity: object) -> None:  # noqa: ANN401, FBT001
    """What counts is what it was asked for, if it was."""
    found = kept(asked=asked)
    found.lost.append(DATABASE)

    assert (one(found).severity, one(found).aspect) == (severity, "/srv/x.db")


def test_data_of_a_service_that_mounts_nothing(make_container: MakeContainer) -> None:
    """Low, and only where its content says that it is data."""
    found = Kept(ways=Ways(unasked=NOBODY), container=make_container(), keeps_binds=False)
    found.lost += [DATABASE, Lost(path="/srv/y.csv", what="records", place="x", certain=False)]

    assert (one(found).severity, one(found).aspect) == (LOW, "/srv/x.db")


@pytest.mark.parametrize("asked", [False, True])
def test_a_file_that_grows(kept: Any, asked: bool) -> None:  # noqa: ANN401, FBT001
    """Low: whether it grew is a matter of when it was looked at again."""
    found = kept(asked=asked)
    found.lost.append(Lost(path="/srv/x", what=GROWS, place="the container's own layer", certain=False))

    assert (one(found).severity, one(found).aspect) == (LOW, "/srv/x")


def test_begun_anew(kept: Any) -> None:  # noqa: ANN401
    """Both paths, once for a volume, which tells it from others: the names change from run to run."""
    found = kept(asked=False)
    found.anew += [
        Anew(old="/data/n/a1-more", new="/data/n/b2-more"),
        Anew(old="/data/n/a1", new="/data/n/b2"),
    ]

    assert "began /data/n/b2 anew beside /data/n/a1" in one(found).message
    assert (one(found).severity, one(found).aspect) == (CRITICAL, "/data")


def test_what_nobody_can_tell(kept: Any) -> None:  # noqa: ANN401
    """Each reason once."""
    error = Unknown("the client failed")

    assert _unclear(kept(written=error)) == "the client failed"
    assert _unclear(kept(down_up=error, volumes=error)) == "the client failed"


@pytest.mark.parametrize(
    "ways",
    [
        Ways(places=Places(binds=("/d",))),
        Ways(places=Places(nameless=("/d",))),
        Ways(unwritable=("/d",), places=PLACES),
        Ways(unasked=NOBODY),
    ],
)
def test_what_it_wrote_was_not_seen(make_container: MakeContainer, ways: Ways) -> None:
    """Then it is not known that it keeps nothing, unless it does not run and mounts nothing."""
    found = Kept(ways=ways, container=make_container(), keeps_binds=False, unseen="there is no find")

    assert findings(found) == []
    assert _unclear(found) == "what it wrote outside of its volumes is not known: there is no find"

    found.container = make_container(status="restarting")

    assert bool(_unclear(found)) is ways.places.keeps


def test_not_asked_and_not_seen(kept: Any, make_container: MakeContainer) -> None:  # noqa: ANN401
    """Low at best, and what nobody saw is not told as not there; once asked it does not matter."""
    found = kept(asked=False)
    ways = Ways(unasked="no client", places=Places(binds=("/data",), all=("/data",)))
    bound = Kept(ways=ways, container=make_container(), keeps_binds=True)
    for loose in (found, bound):
        loose.unseen = "there is no find"

        assert one(loose).severity is LOW
        assert "nothing" not in one(loose).message
        assert _unclear(loose) == "what it wrote outside of its volumes is not known: there is no find"

    found = kept(crash=True)
    found.unseen = "there is no find"

    assert (findings(found), _unclear(found)) == ([], "")
    assert _measured(found)["not_looked_into"] == "there is no find"


@pytest.mark.parametrize(
    ("declared", "mounts", "keeps"),
    [
        (False, {"db": "bind"}, False),
        (True, {"db": "bind"}, True),
        (True, {"db": "folder"}, True),
        (True, {"db": "named"}, False),
        (True, {"db": "read-only"}, False),
        (False, {"web": "bind"}, True),
        (False, {"web": "folder", "db": "named"}, True),
    ],
)
def test_folders_of_the_host(declared: bool, mounts: dict[str, str], keeps: bool) -> None:  # noqa: FBT001
    """Whom the contract's client asks may hand the value on to another service."""
    written = {
        "bind": {"type": "bind", "source": "/srv", "target": "/d"},
        "read-only": {"type": "bind", "source": "/srv", "target": "/d", "read_only": True},
        "folder": {"type": "volume", "source": "folder", "target": "/d"},
        "named": {"type": "volume", "source": "named", "target": "/d"},
    }
    options = {"type": "none", "o": "bind", "device": "/srv/d"}
    services = {
        name: {"image": "x", "volumes": [written[mounts[name]]] if name in mounts else []}
        for name in ("web", "db")
    }
    model = Model(raw={"services": services, "volumes": {"named": {}, "folder": {"driver_opts": options}}})
    entry = PersistenceProbe(service="web", write=["put"], read=["get"], expect="42")
    ways = Ways(ways=(Way(store=Declared(entry) if declared else Store()),))

    assert keeps_binds("web", ways, model) is keeps


@pytest.mark.parametrize(
    ("ways", "words"),
    [
        (Ways(forgets="memcached forgets"), "memcached forgets"),
        (Ways(unwritable=("/srv/files",)), "it may not write to /srv/files"),
        (Ways(places=Places(binds=("/d",))), "only folders of the host are mounted"),
        (Ways(), "no datastore, no volume"),
    ],
)
def test_nothing_to_lose(make_container: MakeContainer, ways: Ways, words: str) -> None:
    """The reason is what was seen."""
    found = Kept(ways=ways, container=make_container(), keeps_binds=False)

    assert findings(found) == []
    assert words in _why_nothing(found)
