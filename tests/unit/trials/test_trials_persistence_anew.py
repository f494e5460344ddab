"""Folders that are named after a container, and begun anew by the next."""

import doctest

import pytest
from tests.unit.conftest import MakeContainer

from stackproof.trials import persistence_anew
from stackproof.trials.persistence_anew import Anew, begun_anew, names_of

OLD = {"id": "0123456789ab", "hostname": "0123456789ab", "address in n": "172.18.0.3"}
NEW = {"id": "fedcba987654", "hostname": "fedcba987654", "address in n": "172.18.0.7"}
MNESIA = "/var/lib/rabbitmq/mnesia"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f"{MNESIA}/rabbit@0123456789ab", f"{MNESIA}/rabbit@fedcba987654"),
        ("/data/0123456789ab.etcd", "/data/fedcba987654.etcd"),
        ("/data/nodes/172.18.0.3", "/data/nodes/172.18.0.7"),
    ],
)
def test_begun_anew(old: str, new: str) -> None:
    """The old one is there still, and its successor beside it."""
    before = [old, f"{old}/schema.DAT"]

    assert begun_anew(before, [*before, new, f"{new}/schema.DAT"], OLD, NEW) == [Anew(old=old, new=new)]


def test_begun_anew_in_several_volumes() -> None:
    """Each is told, and what has no successor hides none."""
    before = ["/a/0123456789ab", "/a/0123456789ab/x", "/b/0123456789ab.log", "/c/0123456789ab"]
    fresh = ["/a/fedcba987654", "/a/fedcba987654/x", "/c/fedcba987654"]

    assert begun_anew(before, [*before, *fresh], OLD, NEW) == [
        Anew(old="/a/0123456789ab", new="/a/fedcba987654"),
        Anew(old="/c/0123456789ab", new="/c/fedcba987654"),
    ]


def test_two_successors() -> None:
    """What has several names is told once."""
    old, new = {"id": "0123456789ab", "hostname": "queue"}, {"id": "fedcba987654", "hostname": "other"}
    before = ["/q/0123456789ab-queue"]

    assert len(begun_anew(before, [*before, "/q/fedcba987654-queue", "/q/0123456789ab-other"], old, new)) == 1


def test_a_network_that_is_no_more() -> None:
    """The address has no successor then."""
    before = ["/data/172.18.0.3"]

    assert begun_anew(before, [*before, "/data/172.18.0.7"], OLD, NEW) == [
        Anew(old="/data/172.18.0.3", new="/data/172.18.0.7")
    ]
    for new in ({"hostname": "fedcba987654"}, {**NEW, "address in n": ""}):
        assert begun_anew(before, [*before, "/data/"], OLD, new) == []


def test_not_begun_anew() -> None:
    """Nothing new; new and of another name; what was there before; what was renamed; a log."""
    old, new = f"{MNESIA}/rabbit@0123456789ab", f"{MNESIA}/rabbit@fedcba987654"

    assert begun_anew([old], [old], OLD, NEW) == []
    assert begun_anew([old], [old, f"{MNESIA}/other"], OLD, NEW) == []
    assert begun_anew([old, new], [old, new], OLD, NEW) == []
    assert begun_anew([old], [new], OLD, NEW) == []
    assert begun_anew(["/l/0123456789ab.log"], ["/l/0123456789ab.log", "/l/fedcba987654.log"], OLD, NEW) == []


def test_a_fixed_hostname() -> None:
    """What keeps its name is no other; a name of three letters is found in anything."""
    before, after = ["/q/rabbit@queue"], ["/q/rabbit@queue", "/q/rabbit@other"]

    assert begun_anew(before, after, {"hostname": "queue"}, {"hostname": "queue"}) == []
    assert begun_anew(["/q/db"], ["/q/db", "/q/mq"], {"hostname": "db"}, {"hostname": "mq"}) == []


def test_names_of_a_container(make_container: MakeContainer) -> None:
    """Its short id, its host's name, and its address in each network."""
    networks = {"shop": {"IPAddress": "172.18.0.3"}, "none": {"IPAddress": ""}}
    found = names_of(
        make_container(
            Id="0123456789abcdef",
            Config={"Labels": {}, "Hostname": "queue"},
            NetworkSettings={"Networks": networks},
        )
    )

    assert found == {
        "id": "0123456789ab",
        "hostname": "queue",
        "address in shop": "172.18.0.3",
        "address in none": "",
    }


def test_examples() -> None:
    """They say what they show."""
    assert doctest.testmod(persistence_anew).failed == 0
