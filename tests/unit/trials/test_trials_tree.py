"""What look.sh prints is read for what it is."""

import pytest
from tests.unit.conftest import MakeContainer

from stackproof.errors import CommandError, Unknown
from stackproof.trials.tree import LOOK, look, parse

ONE = "7fb9ce3a"
STAT = "S 1 1 1 0 -1 4194560 990 0 0 0 1 1 0 0 20 0 1 0 {started} 1044480 131"
TCP = "0: {at}:{port:04X} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000 1000 0 {inode} 1"
ANY, LOOPBACK = "00000000", "0100007F"


def process(pid: int, parent: int, name: str, *inodes: int, started: int = 100, state: str = "S") -> str:
    """Return what is printed of one process."""
    return "\n".join(
        [
            f"P {pid}",
            f"S Name:\t{name}",
            f"S State:\t{state} (sleeping)",
            f"S PPid:\t{parent}",
            "S SigBlk:\t0000000000010002",
            "S SigCgt:\t0000000000004000",
            f"T {pid} ({name} (x)) {STAT.format(started=started)}",
            f"C {name} --port 8000 ",
            *(f"F {inode}" for inode in inodes),
        ]
    )


def said(*parts: str, main: int = 10) -> str:
    """Return what is printed of one container."""
    return "\n".join([f"@ {main} {ONE}", *parts, ""])


def test_who_listens_on_what() -> None:
    """A socket belongs to who holds its inode, in whatever table it stands; a connection is none."""
    found = parse(
        said(
            process(10, 1, "tini"),
            process(11, 10, "server", 5, 6, 7, 8, 9, started=250),
            "N tcp   sl  local_address rem_address   st",
            f"N tcp    {TCP.format(at=ANY, port=8000, state='0A', inode=5)}",
            f"N tcp    {TCP.format(at=ANY, port=8000, state='01', inode=6)}",
            f"N udp    {TCP.format(at=ANY, port=53, state='07', inode=7)}",
            "N unix Num       RefCount Protocol Flags    Type St Inode Path",
            "N unix 0000000000000000: 00000002 00000000 00010000 0001 01 8 /run/app.sock",
            "N unix 0000000000000000: 00000003 00000000 00000000 0001 03 10",
            # Connected, and without room for more (net.h, SOCK_NOSPACE).
            "N unix 0000000000000000: 00000003 00000000 00040000 0001 03 9 /run/other.sock",
        )
    )[ONE]
    server = found.members[11]

    assert server.listens == {"tcp 8000", "udp 53", "unix /run/app.sock"}
    assert (server.parent, server.name, server.command, server.started) == (
        10,
        "server",
        "server --port 8000",
        2.5,
    )
    assert not found.root.listens
    assert [child.pid for child in found.children(found.root)] == [11]


def test_what_nobody_else_reaches() -> None:
    """On loopback, unless the same number is heard elsewhere, too."""
    found = parse(
        said(
            process(10, 1, "server", 5, 6, 7, 8),
            f"N tcp    {TCP.format(at=LOOPBACK, port=9000, state='0A', inode=5)}",
            f"N tcp    {TCP.format(at=LOOPBACK, port=8000, state='0A', inode=6)}",
            f"N tcp    {TCP.format(at=ANY, port=8000, state='0A', inode=7)}",
            "N unix 0000000000000000: 00000002 00000000 00010000 0001 01 8 /run/app.sock",
        )
    )[ONE]

    assert found.root.listens == {"tcp 8000", "tcp 9000", "unix /run/app.sock"}
    assert found.root.within == {"tcp 9000"}


def test_signals() -> None:
    """Process 1 hears what it catches, and what it blocks to wait for."""
    root = parse(said(process(10, 1, "tini")))[ONE].root

    assert (root.hears(15), root.hears(2), root.hears(1)) == (True, True, False)
    assert (root.caught, root.blocked) == (0x4000, 0x10002)


def test_an_exec_is_not_the_service() -> None:
    """Its parent is outside the container, as that of process 1; one that has ended is no process."""
    found = parse(
        said(
            process(10, 1, "server"),
            process(20, 1, "probe"),
            process(21, 20, "curl"),
            process(11, 10, "old", state="Z"),
            process(12, 10, "old", state="X"),
        )
    )[ONE]

    assert set(found.members) == {10}


def test_process_that_ended_meanwhile() -> None:
    """What was read of it until then says nothing; one without a command line is a process."""
    whole = process(11, 10, "job:1").splitlines()
    status, stat, command = whole[:6], whole[6], whole[7]
    cut = " ".join(stat.split()[:23])  # one field less than is needed

    def seen(*rows: str) -> list[str]:
        tree = parse(said(process(10, 1, "server"), *rows))[ONE]
        return [f"{member.name}|{member.command}" for member in tree.below(tree.root)]

    assert seen(*status, stat, command) == ["job:1|job:1 --port 8000"]
    assert seen(*status, stat) == ["job:1|"]
    assert seen(*status, cut, command) == seen(*status, command) == seen(status[0]) == []


def test_container_that_ended_meanwhile() -> None:
    """Its main process is gone, so there is nothing to say of it."""
    assert parse(said(process(11, 1, "rest"))) == {}
    assert parse(said(process(10, 1, "half").replace("S SigCgt", "S Sig"))) == {}


def test_open_files_that_nobody_may_see() -> None:
    """Then it cannot be known who serves: unknown, and not "listens on nothing"."""
    with pytest.raises(Unknown, match="does not let us see what process server holds"):
        parse(said(process(10, 1, "server") + "\nE /proc/10"))


def test_one_helper_for_all(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks at those that run, from their main processes; when it cannot, that is said of all of them."""
    asked: list[list[str]] = []
    answers: list[str] = []
    own = {"io.stackproof.run": "1"}

    def helper(argv: list[str], *, own: object, capabilities: object) -> str:
        assert (own, capabilities) == ({"io.stackproof.run": "1"}, ("SYS_PTRACE",))
        asked.append(argv)
        if not answers:
            msg = "no engine answers"
            raise CommandError(msg)
        return answers.pop()

    monkeypatch.setattr("stackproof.engine.engine.from_outside", helper)
    web, db = (
        make_container(name, Id=mark, State={"Status": "running", "Pid": pid})
        for name, mark, pid in (("web", ONE, 10), ("db", "c0ffee", 20))
    )
    job = make_container("job", State={"Status": "exited", "Pid": 0})

    assert look([job], own) == {}
    assert asked == []
    answers.append(
        said(process(10, 1, "server")) + said(process(20, 1, "db"), main=20).replace(ONE, "c0ffee")
    )
    found = look([web, job, db], own)
    assert {key: tree.root.name for key, tree in found.items()} == {ONE: "server", "c0ffee": "db"}
    assert asked == [["sh", "-c", LOOK, "look", "10", ONE, "20", "c0ffee"]]
    with pytest.raises(Unknown, match=r"^the processes of web-1, db-1 cannot be seen: no engine answers$"):
        look([web, db], own)
