"""Facts from what /proc really says."""

import os
import subprocess
import sys
import time
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import psutil
import pytest

from stackproof.errors import Unknown
from stackproof.facts.model import Facts
from stackproof.facts.parsing import mounts, parse, process, sockets, unix_sockets, users
from stackproof.facts.probe import SCRIPT

STATUS = """\
Name:	{name}
Umask:	0022
State:	{state}
Tgid:	{pid}
Ngid:	0
Pid:	{pid}
PPid:	{parent}
TracerPid:	0
Uid:	{uid}	{uid}	{uid}	{uid}
Gid:	999	999	999	999
FDSize:	64
Groups:	999
NStgid:	{pid}
VmPeak:	    2332 kB
Threads:	1
CapInh:	0000000000000000
CapPrm:	00000000a80425fb
CapEff:	00000000a80425fb
CapBnd:	00000000a80425fb
CapAmb:	0000000000000000
NoNewPrivs:	1
Seccomp:	2
Seccomp_filters:	1
"""
# Read in a container on a little-endian machine, with inode columns cut off.
TCP = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1596 1
   1: 0B00007F:9C5F 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1597 1
   2: 01001BAC:B066 05001BAC:0050 06 00000000:00000000 03:00000058 00000000     0        0 0 3
   3: 030012AC:1538 040012AC:D431 01 00000000:00000000 00:00000000 00000000   999        0 1598 1
"""
TCP6 = """\
  sl  local_address                         remote_address                        st tx_queue rx_queue tr
   0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00
   1: 00000000000000000000000001000000:1F91 00000000000000000000000000000000:0000 0A 00000000:00000000 00
   2: 0000000000000000FFFF00000100007F:1F92 0000000000000000FFFF000000000000:0000 0A 00000000:00000000 00
   3: 0000000000000000FFFF0000030012AC:1F90 0000000000000000FFFF0000040012AC:D432 01 00000000:00000000 00
   4: B80D0120000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00
"""
UDP = """\
   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref
  353: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1700 2
  354: 0B00007F:A1B2 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1701 2
  355: 030012AC:C001 040012AC:0035 01 00000000:00000000 00:00000000 00000000     0        0 1702 2
"""
MOUNTS = """\
1108 1046 0:61 / / rw,relatime master:354 - overlay overlay rw,lowerdir=/a:/b
1110 1108 0:65 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755
1131 1108 8:1 /srv/my\\040data /data\\040dir ro,relatime shared:1 master:2 - ext4 /dev/sda1 rw
not a mount
"""


def status(
    pid: int, name: str = "app", *, parent: int = 0, uid: int = 999, state: str = "S (sleeping)"
) -> str:
    """Return /proc/PID/status."""
    return STATUS.format(pid=pid, name=name, parent=parent, uid=uid, state=state)


def section(pid: int, text: str, command: str = "app\0--serve\0") -> tuple[int, str, str]:
    """Return what the probe sees of a process."""
    return pid, text, command


def printed(*processes: tuple[int, str, str], end: str = "\n@@ end\n", more: str = "", net: str = TCP) -> str:
    """Return what the probe prints."""
    statuses = "".join(text for _pid, text, _command in processes)
    commands = "\n".join(f"==> /proc/{pid}/cmdline <==\n{command}" for pid, _text, command in processes)
    tables = f"\n@@ net tcp\n{net}" if net else ""
    return f"\n@@ probe 99\n\n@@ status\n{statuses}\n@@ commands\n{commands}{tables}\n{more}{end}"


def probe(*processes: tuple[int, str, str], more: str = "", net: str = TCP, shared: bool = False) -> Facts:
    """Parse a whole probe."""
    return parse(printed(*processes, more=more, net=net), "@@", shared=shared)


# -- processes --------------------------------------------------------------------------------------


def test_process() -> None:
    """All fields that controls ask for."""
    found = process(7, status(7, "redis-server", parent=1), "redis-server\0*:6379\0")

    assert (found.pid, found.parent, found.name, found.state) == (7, 1, "redis-server", "S")
    assert found.command == "redis-server *:6379"
    assert (found.uids, found.gids, found.uid) == ((999,) * 4, (999,) * 4, 999)
    assert found.cap_effective == found.cap_bounding == 0xA80425FB
    assert (found.seccomp, found.no_new_privileges) == (2, True)
    assert str(found) == "redis-server[7] uid 999"


def test_process_effective_id_counts() -> None:
    """A process that gave up root for a while has kept it as saved id."""
    text = status(7).replace("Uid:\t999\t999\t999\t999", "Uid:\t0\t999\t0\t999")
    found = process(7, text, "")

    assert found.uid == 999
    assert found.can_be_root
    assert not process(7, status(7), "").can_be_root


@pytest.mark.parametrize(
    "name",
    ["nginx: worker", "(sd-pam)", "tmux: server", "a:b:c", "Uid", "Uid: 0", r"with\nline\nbreaks", ") R 1 ("],
)
def test_process_with_a_name_of_its_own_choice(name: str) -> None:
    """A process may call itself what it likes; the kernel writes a line break as two characters."""
    found = probe(section(1, status(1, name)))

    assert found.processes[0].name == name
    assert found.processes[0].uid == 999


def test_zombie() -> None:
    """It has a status and no command line."""
    found = probe(section(1, status(1)), section(8, status(8, parent=1, state="Z (zombie)"), ""))

    assert found.processes[1].state == "Z"
    assert found.processes[1].command == ""


def test_command_with_line_breaks() -> None:
    """An argument may be a whole script."""
    found = probe(section(1, status(1), "sh\0-c\0set -e\nexec app\n\0"), section(2, status(2, parent=1)))

    assert found.processes[0].command == "sh -c set -e\nexec app"
    assert len(found.processes) == 2


def test_old_kernel() -> None:
    """Without the two fields that came later."""
    text = "".join(
        line for line in status(1).splitlines(keepends=True) if not line.startswith(("NoNewPrivs", "Seccomp"))
    )
    found = process(1, text, "")

    assert (found.seccomp, found.no_new_privileges) == (0, False)


def test_process_that_ended_meanwhile() -> None:
    """Its status could not be read any more."""
    found = probe(section(1, status(1)), section(12, "", ""))

    assert [p.pid for p in found.all_processes] == [1]


def test_execs_are_not_the_service() -> None:
    """A health check, and our own probe, have parent 0 like PID 1; their children are theirs."""
    found = probe(
        section(1, status(1, "master")),
        section(20, status(20, "worker", parent=1)),
        section(21, status(21, "grandchild", parent=20)),
        section(30, status(30, "healthcheck", uid=0)),
        section(31, status(31, "curl", parent=30, uid=0)),
        section(99, status(99, "sh", uid=0)),
    )

    assert [p.name for p in found.processes] == ["master", "worker", "grandchild"]
    assert len(found.all_processes) == 6
    assert found.probe == 99


def test_processes_are_sorted() -> None:
    """The shell lists 10 before 2."""
    found = probe(section(10, status(10, parent=1)), section(2, status(2, parent=1)), section(1, status(1)))

    assert [p.pid for p in found.processes] == [1, 2, 10]


@pytest.mark.parametrize(
    "argument",
    ["\n@@ end\n", "\n@@ status\nName:\tx\nPid:\t1\n", "\nName:\tinit\nPid:\t1\nUid:\t999\t999\t999\t999\n"],
)
def test_command_that_looks_like_a_probe(argument: str) -> None:
    """What a process writes into its arguments changes nothing of what is said of it."""
    mark = "@@0123456789abcdef"
    text = printed(section(1, status(1, uid=0), "app\0HERE")).replace("\n@@ ", f"\n{mark} ")
    found = parse(text.replace("HERE", argument), mark)

    assert [(p.pid, p.name, p.uid) for p in found.processes] == [(1, "app", 0)]
    assert argument.strip() in found.processes[0].command


def test_command_that_looks_like_another_process() -> None:
    """The first command line that is printed for a process counts."""
    found = probe(
        section(1, status(1), "nginx\0"),
        section(2, status(2, parent=1), "sh\0\n==> /proc/1/cmdline <==\nbetter"),
    )

    assert [p.command for p in found.processes] == ["nginx", "sh"]


@pytest.mark.parametrize("name", ["a\rUid:\t0\t0\t0\t0", "a\x1cb", "a\x85b", "\ufffd\ufffd", ""])
def test_process_with_an_odd_name(name: str) -> None:
    """Whatever Python takes for a line break: the kernel ends a line with a line feed only."""
    found = probe(section(1, status(1, name)))

    assert (found.processes[0].uid, found.processes[0].pid) == (999, 1)


# -- a pid namespace of several containers ---------------------------------------------------------------


def stat(pid: int, started: int, name: str = "a ) R (b") -> str:
    """Return /proc/PID/stat."""
    return f"{pid} ({name}) S 0 {' '.join(['0'] * 17)} {started} {' '.join(['0'] * 30)}\n"


def shared_probe(*members: tuple[int, int, str, int], others: str = "0::/../theirs") -> Facts:
    """Parse a probe in the pid namespace of another container: pid, parent, name, start of ours."""
    ours = [(pid, parent, name, started) for pid, parent, name, started in members]
    ours.append((99, 0, "sh", 9000))
    theirs = [(1, 0, "pause", 1), (2, 1, "theirs", 2)]
    sections = [section(pid, status(pid, name, parent=parent)) for pid, parent, name, _ in theirs + ours]
    more = "\n@@ stat\n" + "".join(stat(pid, started) for pid, _, _, started in theirs + ours)
    more += "".join(f"\n@@ cgroup {pid}\n{others}\n" for pid, *_ in theirs)
    more += "".join(f"\n@@ cgroup {pid}\n0::/\n" for pid, *_ in ours)
    return probe(*sections, more=more, shared=True)


def test_shared_pid_namespace() -> None:
    """The service's processes are those in its own cgroup, without execs; process 1 is somebody else's."""
    found = shared_probe(
        (40, 0, "health", 900), (41, 40, "curl", 901), (50, 0, "main", 500), (51, 50, "w", 501)
    )

    assert found.main == 50
    assert [p.name for p in found.processes] == ["main", "w"]


def test_orphan_in_a_shared_pid_namespace() -> None:
    """It has the other container's process 1 as parent, and is ours all the same."""
    found = shared_probe((50, 0, "main", 500), (60, 1, "orphan", 600))

    assert [p.name for p in found.processes] == ["main", "orphan"]


def test_shared_pid_namespace_without_cgroups_is_unknown() -> None:
    """Nothing tells whose a process is."""
    with pytest.raises(Unknown, match="cannot be told"):
        shared_probe((50, 0, "main", 500), others="0::/")


def test_shared_pid_namespace_without_the_service_is_unknown() -> None:
    """Only our own shell is there."""
    with pytest.raises(Unknown, match="no process of the container"):
        shared_probe()


# -- truth before green -----------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "\n", "OCI runtime exec failed: sh not found", "@@ probe 5\n"])
def test_no_probe_is_unknown(text: str) -> None:
    """Nothing was seen, so nothing is proven."""
    with pytest.raises(Unknown, match="cut short"):
        parse(text, "@@")


def test_truncated_probe_is_unknown() -> None:
    """Half a list of processes proves nothing, wherever it ends."""
    whole = printed(section(1, status(1)), end="")

    for end in range(0, len(whole), 97):
        with pytest.raises(Unknown, match="cut short"):
            parse(whole[:end], "@@")


def test_no_process_1_is_unknown() -> None:
    """/proc that hides processes hides root ones too."""
    with pytest.raises(Unknown, match="no process 1"):
        probe(section(99, status(99)))


def test_process_1_that_cannot_be_read_is_unknown() -> None:
    """The same."""
    with pytest.raises(Unknown, match="no process 1"):
        probe(section(1, ""), section(99, status(99)))


@pytest.mark.parametrize("option", ["hidepid=2", "hidepid=invisible", "gid=5,hidepid=1"])
def test_hidden_processes_are_unknown(option: str) -> None:
    """Process 1 may be visible and its children not."""
    line = f"20 10 0:5 / /proc rw,nosuid shared:3 - proc proc rw,{option}"
    with pytest.raises(Unknown, match="hidepid"):
        probe(section(1, status(1)), more=f"\n@@ mounts\n{MOUNTS}{line}\n")


@pytest.mark.parametrize("option", ["relatime", "hidepid=0", "hidepid=off"])
def test_visible_processes(option: str) -> None:
    """As usual."""
    line = f"20 10 0:5 / /proc rw,nosuid - proc proc rw,{option}"

    assert probe(section(1, status(1)), more=f"\n@@ mounts\n{line}\n").processes


def test_no_tcp_table_is_unknown() -> None:
    """No listener was seen because nobody looked."""
    with pytest.raises(Unknown, match="TCP table"):
        probe(section(1, status(1)), net="")


# -- sockets ----------------------------------------------------------------------------------------


def test_tcp() -> None:
    """Listeners, and connections in their states."""
    found = list(sockets("tcp", TCP))

    assert [(str(s), s.listening, s.internal) for s in found] == [
        ("tcp 0.0.0.0:2024", True, False),
        ("tcp 127.0.0.11:40031", True, True),
        ("tcp 172.27.0.1:45158", False, False),
        ("tcp 172.18.0.3:5432", False, False),
    ]
    assert (found[3].remote, found[3].remote_port, found[3].state) == (IPv4Address("172.18.0.4"), 54321, "01")


def test_tcp6() -> None:
    """Also IPv4 in the clothes of IPv6."""
    found = list(sockets("tcp6", TCP6))

    assert [(str(s), s.listening, s.internal) for s in found] == [
        ("tcp [::]:8080", True, False),
        ("tcp [::1]:8081", True, True),
        (f"tcp [{IPv6Address('::ffff:127.0.0.1')}]:8082", True, True),
        (f"tcp [{IPv6Address('::ffff:172.18.0.3')}]:8080", False, False),
        ("tcp [2001:db8::1]:80", True, False),
    ]
    assert found[3].remote == IPv6Address("::ffff:172.18.0.4")


def test_udp() -> None:
    """A datagram socket listens when it is bound and talks to nobody in particular."""
    found = list(sockets("udp", UDP))

    assert [(str(s), s.listening, s.internal) for s in found] == [
        ("udp 0.0.0.0:53", True, False),
        ("udp 127.0.0.11:41394", True, True),
        ("udp 172.18.0.3:49153", False, False),
    ]
    assert next(iter(sockets("udp6", TCP6))).protocol == "udp"


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3"])
def test_addresses_are_in_the_byte_order_of_the_machine(address: str) -> None:
    """proc(5): 32-bit words in host order; a big-endian machine prints 7F000001 for 127.0.0.1.

    The probe and this program must run on machines of one byte order: nothing in the table tells it.
    """
    word = int.from_bytes(IPv4Address(address).packed, sys.byteorder)
    line = f"   0: {word:08X}:0050 00000000:0000 0A 00000000:00000000"

    assert [str(found.address) for found in sockets("tcp", line)] == [address]


def test_listening_leaves_out_what_nobody_else_reaches() -> None:
    """Of all tables together."""
    found = probe(section(1, status(1)), more=f"\n@@ net tcp6\n{TCP6}\n@@ net udp\n{UDP}\n@@ net udp6\n")

    assert sorted(map(str, found.listening)) == [
        "tcp 0.0.0.0:2024",
        "tcp [2001:db8::1]:80",
        "tcp [::]:8080",
        "udp 0.0.0.0:53",
    ]


def test_no_ipv6_in_the_kernel() -> None:
    """The tables are empty then."""
    assert list(sockets("tcp6", "")) == []


# -- the rest ---------------------------------------------------------------------------------------


def test_mounts() -> None:
    """Optional fields are of any number; blanks are written in octal."""
    root, dev, data = mounts(MOUNTS)

    assert (root.target, root.kind, root.source) == ("/", "overlay", "overlay")
    assert dev.options == {"rw", "nosuid", "mode=755", "size=65536k"}
    assert (data.target, data.kind, data.options) == ("/data dir", "ext4", frozenset({"ro", "relatime"}))


@pytest.mark.parametrize(
    ("mount", "mounted", "read_only"),
    [("rw", "rw", False), ("ro", "rw", True), ("rw", "ro", True), ("ro", "ro", True)],
)
def test_read_only_is_what_either_says(mount: str, mounted: str, read_only: bool) -> None:  # noqa: FBT001
    """The mount, or what is mounted."""
    [found] = mounts(f"1 2 0:1 / /data {mount},relatime - ext4 /dev/sda1 {mounted}")

    assert found.options == {"relatime", "ro" if read_only else "rw"}


def test_unix_sockets() -> None:
    """Those that are listened on by their flag; connections by their state, each once; no name, no path."""
    table = (
        "Num       RefCount Protocol Flags    Type St Inode Path\n"
        "0000000000000000: 00000002 00000000 00010000 0001 01 21 /run/a b.sock\n"
        "0000000000000000: 00000003 00000000 00000000 0001 03 22 /run/a b.sock\n"
        "0000000000000000: 00000003 00000000 00000000 0001 03 23 /run/a b.sock\n"
        "0000000000000000: 00000003 00000000 00000000 0001 03 24\n"
        "0000000000000000: 00000002 00000000 00010000 0001 01 25 @hidden\n"
        "0000000000000000: 00000002 00000000 00000000 0002 01 26 /run/datagrams\n"
    )

    assert list(unix_sockets(table, listening=True)) == ["/run/a b.sock", "@hidden"]
    assert list(unix_sockets(table, listening=False)) == ["/run/a b.sock"] * 2


def test_users() -> None:
    """Lines that are no user are left out."""
    assert users("root:x:0:0:root:/root:/bin/sh\nredis:x:999:1000::/data:\n+::::::\n\nbroken") == {
        "root": 0,
        "redis": 999,
    }


def test_first_line_of_a_user_counts() -> None:
    """As for the engine (moby/sys user.GetExecUser), which starts the process with it."""
    assert users("app:x:0:0::/:\napp:x:1000:1000::/:\nroot:x:0:0::/:\nroot:x:7:7::/:") == {
        "app": 0,
        "root": 0,
    }


def test_limits_and_users_of_a_probe() -> None:
    """As they stand in the container's files."""
    more = "\n@@ passwd\nroot:x:0:0::/:\n\n@@ limit memory.max\nmax\n\n@@ limit pids.max\n100\n"
    found = probe(section(1, status(1)), more=more)

    assert found.users == {"root": 0}
    assert found.limits == {"memory.max": "max", "pids.max": "100"}


def test_image_without_passwd() -> None:
    """A scratch image has no users."""
    assert probe(section(1, status(1))).users == {}


def run_script(shell: str, where: str = "own", **env: str) -> Facts:
    """Run the script with a shell of this machine."""
    done = subprocess.run(
        [shell, "-c", SCRIPT, "probe", "@@mark", where],
        capture_output=True,
        check=True,
        timeout=60,
        env={**os.environ, **env},
    )
    return parse(done.stdout.decode(errors="replace"), "@@mark", shared=where == "shared")


SHELLS = [path for path in ("/bin/sh", "/bin/dash", "/bin/bash", "/bin/ash") if Path(path).exists()]


@pytest.mark.parametrize("shell", SHELLS)
def test_probe_script_on_this_machine(shell: str) -> None:
    """What the script prints here is what the parser reads, whichever shell runs it."""
    found = run_script(shell)

    own = {p.pid: p for p in found.all_processes}[found.probe]
    assert own.command.startswith(f"{shell} -c ")
    assert found.mounts
    assert found.users["root"] == 0


def test_probe_script_without_any_program(tmp_path: Path) -> None:
    """A shell is all it needs: without cat and head it sees the same, but for blanks in command lines."""
    found = run_script("/bin/sh", PATH=str(tmp_path))

    own = {p.pid: p for p in found.all_processes}[found.probe]
    assert own.name == "sh"
    assert own.command.startswith("/bin/sh")
    assert os.getpid() in {p.pid for p in found.all_processes}
    assert found.users["root"] == 0


def test_probe_script_sees_odd_processes() -> None:
    """A zombie, a name of odd bytes, a long and a hostile command line."""
    hostile = "\n@@mark end\n==> /proc/1/cmdline <==\nName:\tx\nPid:\t1\n" + "x" * 100_000
    code = (
        "import ctypes, os, sys, time\n"
        "ctypes.CDLL(None).prctl(15, b'a\\n) \\xff b', 0, 0, 0)\n"
        "child = os.fork()\n"
        "if child == 0: os._exit(0)\n"
        "os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)\n"
        "print(flush=True)\n"
        "time.sleep(60)\n"
    )
    odd = subprocess.Popen([sys.executable, "-c", code, hostile], stdout=subprocess.PIPE)
    try:
        assert odd.stdout is not None
        odd.stdout.readline()
        found = run_script("/bin/sh")
    finally:
        odd.kill()
        odd.communicate()

    here = {p.pid: p for p in found.all_processes}
    assert here[odd.pid].name == "a\\n) \ufffd b"
    assert here[1].name != "x"
    assert {p.state for p in found.all_processes if p.parent == odd.pid} == {"Z"}
    assert len(here[odd.pid].command) <= 1024


def test_probe_script_with_hundreds_of_processes() -> None:
    """It starts a handful of programs, however many processes there are."""
    many = subprocess.Popen(["sh", "-c", "for i in $(seq 300); do sleep 60 & done; echo; wait"], stdout=-1)
    try:
        assert many.stdout is not None
        many.stdout.readline()
        began = time.monotonic()
        found = run_script("/bin/sh")
        seconds = time.monotonic() - began
    finally:
        for process in psutil.Process(many.pid).children():
            process.kill()
        many.communicate()

    assert sum(p.parent == many.pid for p in found.all_processes) == 300
    assert seconds < 10
