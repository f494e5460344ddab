"""Which processes of a container serve."""

import pytest
from tests.unit.conftest import MakeContainer
from tests.unit.trials.trees import member, service, tree

from stackproof.errors import CommandError, Unknown
from stackproof.trials import serving
from stackproof.trials.serving import Group, groups, known_by
from stackproof.trials.tree import Tree

# An nginx of two processes on 80, a helper on 9000, one on loopback, a file, and a client of a name server.
SEEN = tree(
    member(100, 0, "sh"),
    member(101, 100, "nginx", "tcp 80"),
    member(102, 101, "nginx", "tcp 80", "unix /run/nginx.sock", "udp 41000"),
    member(103, 100, "python3 -m", "tcp 9000", "tcp 8080", within=["tcp 8080"]),
)


def test_groups_by_who_holds_the_socket() -> None:
    """Loopback, files and a client's sockets count for nobody."""
    found = groups(SEEN)

    assert found.processes == {100: "sh", 101: "nginx", 102: "nginx", 103: "python3 -m"}
    assert [(group.ports, sorted(group.processes)) for group in found.groups] == [
        (("80/tcp",), [101, 102]),
        (("9000/tcp",), [103]),
    ]
    assert str(found.groups[0]) == "nginx (serving 80/tcp)"
    both = Group(ports=("443/tcp", "80/tcp"), processes={2: "nginx", 3: "njs", 4: "nginx"})
    assert str(both) == "nginx, njs (serving 443/tcp, 80/tcp)"


def test_groups_in_the_order_of_their_ports() -> None:
    """Whoever was started first."""
    several = [member(2, 1, "b", "tcp 9000"), member(3, 1, "a", "tcp 80"), member(4, 1, "c", "tcp 8000")]
    found = groups(tree(member(1, 0, "sh"), *several))

    assert [group.ports for group in found.groups] == [("80/tcp",), ("8000/tcp",), ("9000/tcp",)]


def test_declared_ports_count_where_anybody_listens() -> None:
    """Else all do: what is published may be served by a child that is not there yet."""
    assert [group.ports for group in groups(SEEN, {"tcp 9000"}).groups] == [("9000/tcp",)]
    assert [group.ports for group in groups(SEEN, {"udp 41000"}).groups] == [("41000/udp",)]
    assert [group.ports for group in groups(SEEN, {"tcp 1234"}).groups] == [("80/tcp",), ("9000/tcp",)]


def test_number_that_the_kernel_may_have_chosen() -> None:
    """It serves, as gRPC's 50051 does."""
    found = groups(tree(member(1, 0, "server", "tcp 50051"), member(2, 1, "reporter")))

    assert [group.ports for group in found.groups] == [("50051/tcp",)]


def test_ports_that_are_held_together_are_one_group() -> None:
    """Whoever cannot run there cannot run here."""
    found = groups(tree(member(1, 0, "nginx", "tcp 80", "tcp 443", "udp 443")))

    assert [group.ports for group in found.groups] == [("443/tcp", "443/udp", "80/tcp")]


def test_what_is_declared() -> None:
    """Published ports before exposed ones."""
    ports = [{"target": 80, "protocol": "tcp"}]

    assert known_by(service(ports=ports, expose=["9000"])) == {"tcp 80"}
    assert known_by(service(expose=["9000", "53/udp"])) == {"tcp 9000", "udp 53"}


def test_who_serves_in_a_container(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are below its main process now, and hold what the service is known by."""
    own, web = {"io.stackproof.run": "1"}, make_container("web")

    def below(mains: dict[str, str], whose: str, mine: object) -> dict[str, Tree]:
        assert (mains, whose, mine) == ({"web1": "100"}, "web-1", own)
        return {"web1": SEEN}

    monkeypatch.setattr(serving, "main_pid", {web: "100"}.__getitem__)
    monkeypatch.setattr("stackproof.trials.tree.below", below)
    found = serving.servers(web, service(expose=["9000"]), own)

    assert [group.ports for group in found.groups] == [("9000/tcp",)]
    assert set(found.processes) == {100, 101, 102, 103}


def test_container_that_nobody_can_look_into(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unknown, and not "nobody serves": half a list would be half of what serves."""
    said = ["", "@ 10 web1\nP 10\nS Name:\tnginx\n"]

    def helper(*_words: object, **_options: object) -> str:
        if not said:
            msg = "no engine answers"
            raise CommandError(msg)
        return said.pop()

    monkeypatch.setattr(serving, "main_pid", lambda _container: "10")
    monkeypatch.setattr("stackproof.engine.engine.from_outside", helper)
    for match in ("web-1 ended while it was looked at",) * 2 + ("of web-1 cannot be seen: no engine",):
        with pytest.raises(Unknown, match=match):
            serving.servers(make_container("web"), service(), {})
