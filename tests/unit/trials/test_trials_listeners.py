"""Whose a socket is that was heard now and then."""

from ipaddress import ip_address

import pytest

from stackproof.facts.model import Socket
from stackproof.sandbox.watch import Look
from stackproof.trials.listeners import STAYS, Listener, own_listeners

WEB: Listener = (8080, "tcp")
CHECK = frozenset({70})
OTHER = frozenset({90})


def _socket(port: int, protocol: str, inode: int = 0) -> Socket:
    anybody = ip_address("0.0.0.0")  # noqa: S104 - as the kernel's table has it
    state = "0A" if protocol == "tcp" else "07"
    return Socket(
        protocol=protocol,
        address=anybody,
        port=port,
        remote=anybody,
        remote_port=0,
        state=state,
        inode=inode,
    )


def _looks(*seen: tuple[set[Listener], frozenset[int]]) -> list[Look]:
    """One look a second."""
    return [
        Look(
            seconds=float(number),
            roots=(),
            listening=tuple(_socket(*listener) for listener in heard),
            beside=beside,
        )
        for number, (heard, beside) in enumerate(seen)
    ]


NOBODY: frozenset[int] = frozenset()
QUIET = (set[Listener](), NOBODY)


@pytest.mark.parametrize(
    ("seen", "own"),
    [
        pytest.param([QUIET, ({WEB}, NOBODY), QUIET], True, id="once, when it was alone"),
        pytest.param([QUIET] * 25 + [({WEB}, NOBODY)], True, id="late"),
        pytest.param([QUIET, ({WEB}, CHECK), QUIET], False, id="once, beside a check"),
        pytest.param([({WEB}, CHECK)] * 3 + [QUIET], False, id="as long as a check ran"),
        pytest.param([({WEB}, CHECK), ({WEB}, OTHER)], True, id="longer than one check"),
        pytest.param([({WEB}, CHECK), QUIET, ({WEB}, OTHER)], False, id="at two checks, and not between"),
        pytest.param([({WEB}, CHECK), QUIET, ({WEB}, NOBODY)], False, id="begun between two reads of a look"),
        pytest.param([({WEB}, CHECK), *[QUIET, ({WEB}, NOBODY)] * 2], True, id="twice alone"),
        pytest.param([({WEB}, CHECK)] * 9, True, id="beside an exec of somebody's that stays"),
        pytest.param([*[({WEB}, CHECK)] * 12, QUIET], False, id="as long as a slow check ran"),
        pytest.param([QUIET, *[({WEB}, CHECK)] * 12], False, id="as long as a check runs that is slow now"),
    ],
)
def test_socket_of_a_service_or_of_its_check(
    *, seen: list[tuple[set[Listener], frozenset[int]]], own: bool
) -> None:
    """A check's sockets go with its process."""
    assert own_listeners(_looks(*seen), set()) == ({WEB} if own else set())


@pytest.mark.parametrize(
    ("port", "looks", "own"),
    [
        (51820, 10, True),
        (51820, 3, False),
        (32768, 10, True),
        (60999, 3, False),
        (61000, 1, True),  # above the range
        (5353, 1, True),
    ],
)
def test_bound_udp_socket(*, port: int, looks: int, own: bool) -> None:
    """A number of the ephemeral range is a client's, unless it stays."""
    server: Listener = (port, "udp")

    assert own_listeners(_looks(*[({server}, NOBODY)] * looks), set()) == ({server} if own else set())


def test_udp_sockets_that_come_and_go() -> None:
    """A client that asks again and again has another number each time."""
    clients: list[tuple[set[Listener], frozenset[int]]] = [
        ({(40000 + n // 4, "udp")}, NOBODY) for n in range(30)
    ]

    assert own_listeners(_looks(*clients), set()) == set()


@pytest.mark.parametrize(("inodes", "own"), [([7] * 10, True), ([*[7] * 5, *[8] * 5], False)])
def test_udp_number_that_is_given_again(*, inodes: list[int], own: bool) -> None:
    """Another client may get the number of the last one: that is another socket."""
    looks = [
        Look(seconds=float(number), roots=(), listening=(_socket(60005, "udp", inode),))
        for number, inode in enumerate(inodes)
    ]

    assert own_listeners(looks, set()) == ({(60005, "udp")} if own else set())


def test_udp_socket_of_a_slow_check() -> None:
    """A check that takes long on a loaded machine holds a client's socket for long."""
    client: Listener = (60005, "udp")

    assert own_listeners(_looks(QUIET, *[({client}, CHECK)] * 20, QUIET), set()) == set()


def test_nobody_looked() -> None:
    """Then there is one look, and nobody can tell what stays."""
    assert own_listeners([], {WEB, (51820, "udp"), (53, "udp")}) == {WEB, (53, "udp")}


def test_stays_within_the_shortest_watch() -> None:
    """Else nothing could be said to stay."""
    assert STAYS < 10
