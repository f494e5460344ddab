"""Which processes of a container serve."""

import pytest

from stackproof.errors import Unknown
from stackproof.stack.model import Service
from stackproof.trials.serving import declared, parse

LINE = "   {n}: {at} {peer} {state} 00000000:00000000 00:00000000 00000000 1000 0 {inode} 1 0000 100 0 0 10 0"


def table(name: str, *rows: tuple[str, str, int]) -> str:
    """Return a table of the kernel: address, state, inode."""
    head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt uid timeout inode"
    lines = [
        LINE.format(n=n, at=at, peer=("0" * 8) + ":0000", state=state, inode=inode)
        for n, (at, state, inode) in enumerate(rows)
    ]
    return "\n".join((f"table {name}", head, *lines, ""))


# An nginx of two processes on 80, a helper on 9000, one on loopback, and a connection of nginx.
TEXT = (
    "process 100 sh\nprocess 101 nginx\nsocket 101 7\nprocess 102 nginx\nsocket 102 7\nsocket 102 10\n"
    "process 103 python3 -m\nsocket 103 8\nsocket 103 9\n"
    + table("tcp", ("00000000:0050", "0A", 7), ("00000000:2328", "0A", 8), ("0100007F:1F90", "0A", 9),
            ("0200AC11:0050", "01", 10))
    + table("tcp6") + table("udp") + table("udp6") + "end\n"
)  # fmt: skip


def test_groups_by_who_holds_the_socket() -> None:
    """Loopback and connections count for nobody."""
    found = parse(TEXT)

    assert found.processes == {100: "sh", 101: "nginx", 102: "nginx", 103: "python3 -m"}
    assert [(group.ports, sorted(group.processes)) for group in found.groups] == [
        (("80/tcp",), [101, 102]),
        (("9000/tcp",), [103]),
    ]
    assert str(found.groups[0]) == "nginx (serving 80/tcp)"


def test_declared_ports_count_where_anybody_listens() -> None:
    """Else all do: what is published may be served by a child that is not there yet."""
    assert [group.ports for group in parse(TEXT, {"9000/tcp"}).groups] == [("9000/tcp",)]
    assert [group.ports for group in parse(TEXT, {"1234/tcp"}).groups] == [("80/tcp",), ("9000/tcp",)]


def test_what_is_declared() -> None:
    """Published ports before exposed ones."""
    ports = [{"target": 80, "protocol": "tcp"}]

    assert declared(Service(name="web", raw={"ports": ports, "expose": ["9000"]})) == {"80/tcp"}
    assert declared(Service(name="web", raw={"expose": ["9000", "53/udp"]})) == {"9000/tcp", "53/udp"}


def test_text_that_was_cut_short() -> None:
    """Half a list would be half of what serves."""
    with pytest.raises(Unknown, match="could not be read"):
        parse(TEXT[:-2])
