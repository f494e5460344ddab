"""Read what probe.sh prints. Pure functions: bytes of /proc in, facts out."""

import re
import socket
import struct
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

from stackproof.errors import Unknown
from stackproof.facts.model import Address, Facts, MountPoint, Process, Socket

# The kernel writes a line break in a process's name as two characters (proc(5)).
_STATUS = re.compile(r"^(?=Name:)", re.MULTILINE)
_PID = re.compile(r"^Pid:\s*(\d+)$", re.MULTILINE)
_COMMAND = re.compile(r"(?:^|\n)==> /proc/(\d+)/cmdline <==\n")
_HIDDEN = re.compile(r"^\S+ \S+ \S+ \S+ /proc .* - proc \S+ \S*hidepid=(?!0|off)", re.MULTILINE)
_START_TIME = 19  # in /proc/PID/stat, counted from the state
_STATUS_IDS = 4
_INODE = 9  # column of a /proc/net table
_IPV4_HEX = 8
# Of a line of /proc/net/unix: __SO_ACCEPTCON and SS_CONNECTED in net.h.
_ACCEPTS = 0x10000
_CONNECTED = "03"


def parse(text: str, mark: str, *, shared: bool = False) -> Facts:
    """Return the facts of a complete probe whose own lines begin with `mark`.

    Raises Unknown when the probe was cut short or could not see all: half a list of processes proves nothing.
    """
    sections = list(_sections(text, mark))
    if not sections or sections[-1][0] != "end":
        msg = "the probe of the container was cut short"
        raise Unknown(msg)
    bodies = {name: body for name, _argument, body in sections}
    probe = next(int(argument) for name, argument, _body in sections if name == "probe")
    tables = {argument: body for name, argument, body in sections if name == "net"}
    if _HIDDEN.search(bodies.get("mounts", "")):
        msg = "/proc of the container hides the processes of other users (hidepid)"
        raise Unknown(msg)
    if "local_address" not in tables.get("tcp", ""):
        msg = "the probe could not read the container's TCP table"
        raise Unknown(msg)
    found = processes(bodies.get("status", ""), bodies.get("commands", ""))
    main = 1
    if shared:
        cgroups = {int(argument): body for name, argument, body in sections if name == "cgroup"}
        found = _members(found, cgroups, probe)
        main = _oldest(found, bodies.get("stat", ""), probe)
    if main not in found:
        msg = f"the probe saw no process {main}"
        raise Unknown(msg)
    return Facts(
        probe=probe,
        main=main,
        shared=shared,
        all_processes=tuple(found[pid] for pid in sorted(found)),
        sockets=tuple(sock for table, body in tables.items() for sock in sockets(table, body)),
        mounts=tuple(mounts(bodies.get("mounts", ""))),
        users=users(bodies.get("passwd", "")),
        limits={argument: body.strip() for name, argument, body in sections if name == "limit"},
    )


def _sections(text: str, mark: str) -> Iterator[tuple[str, str, str]]:
    for part in ("\n" + text).split(f"\n{mark} ")[1:]:
        head, _, body = part.partition("\n")
        name, _, argument = head.partition(" ")
        yield name, argument, body


def _members(found: dict[int, Process], cgroups: dict[int, str], probe: int) -> dict[int, Process]:
    """Keep the processes in the probe's own cgroup, which is the container's.

    Raises Unknown when cgroups do not tell containers apart, as on engines that may not make any.
    """
    mine = cgroups.get(probe, "").strip()
    if not mine or cgroups.get(1, "").strip() == mine:
        msg = "the container shares its pid namespace, and its processes cannot be told from those of others"
        raise Unknown(msg)
    return {pid: process for pid, process in found.items() if cgroups.get(pid, "").strip() == mine}


def _oldest(members: dict[int, Process], stats: str, probe: int) -> int:
    """Return the main process: the first of the container's processes whose parent is not one of them."""
    started = {}
    for line in stats.split("\n"):
        pid, _, rest = line.partition(" ")
        fields = rest.rpartition(")")[2].split()  # a name may hold blanks and brackets
        if pid.isdigit() and len(fields) > _START_TIME:
            started[int(pid)] = int(fields[_START_TIME])
    first = [pid for pid, process in members.items() if process.parent not in members and pid != probe]
    known = [pid for pid in first if pid in started]
    if not known:
        msg = "the probe saw no process of the container in the shared pid namespace"
        raise Unknown(msg)
    return min(known, key=lambda pid: (started[pid], pid))


def processes(statuses: str, commands: str) -> dict[int, Process]:
    """Read many /proc/PID/status, one after the other, and the command lines as head(1) prints them."""
    # A line of head looks like the file it names to whoever reads it, so the first one counts.
    _, *parts = _COMMAND.split(commands)
    words: dict[int, str] = {}
    for pid, command in zip(parts[::2], parts[1::2], strict=True):
        words.setdefault(int(pid), command)
    found = {}
    for status in _STATUS.split(statuses):
        if identity := _PID.search(status):
            pid = int(identity[1])
            found[pid] = process(pid, status, words.get(pid, ""))
    return found


def process(pid: int, status: str, command: str) -> Process:
    """Read /proc/PID/status."""
    # Not splitlines(): a name may hold what Python takes for a line break.
    fields = dict(line.split(":", 1) for line in status.split("\n") if ":" in line)
    value = {name: text.strip() for name, text in fields.items()}
    return Process(
        pid=pid,
        parent=int(value["PPid"]),
        name=value["Name"],
        command=command.replace("\0", " ").strip(),
        state=value["State"][0],
        uids=_ids(value["Uid"]),
        gids=_ids(value["Gid"]),
        cap_effective=int(value["CapEff"], 16),
        cap_bounding=int(value["CapBnd"], 16),
        seccomp=int(value.get("Seccomp", "0")),
        no_new_privileges=value.get("NoNewPrivs") == "1",
        session=int(value.get("NSsid", "0").split()[-1]),
    )


def _ids(text: str) -> tuple[int, int, int, int]:
    real, effective, saved, file_system = (int(part) for part in text.split()[:_STATUS_IDS])
    return real, effective, saved, file_system


def sockets(table: str, body: str) -> Iterator[Socket]:
    """Read a /proc/net table; `table` is tcp, tcp6, udp or udp6."""
    for line in body.splitlines():
        fields = line.split()
        if len(fields) < 4 or ":" not in fields[1] or fields[0] == "sl":  # noqa: PLR2004
            continue
        address, port = _endpoint(fields[1])
        remote, remote_port = _endpoint(fields[2])
        yield Socket(
            protocol=table.rstrip("6"),
            address=address,
            port=port,
            remote=remote,
            remote_port=remote_port,
            state=fields[3],
            inode=int(fields[_INODE]) if len(fields) > _INODE else 0,
        )


def _endpoint(text: str) -> tuple[Address, int]:
    """Read `0100007F:1F90`: the address is in host byte order per 32-bit word (proc(5)), the port is not."""
    raw, port = text.split(":")
    words = [int(raw[at : at + 8], 16) for at in range(0, len(raw), 8)]
    packed = struct.pack(f"={len(words)}I", *words)
    if len(raw) == _IPV4_HEX:
        return IPv4Address(socket.inet_ntop(socket.AF_INET, packed)), int(port, 16)
    return IPv6Address(packed), int(port, 16)


def mounts(body: str) -> Iterator[MountPoint]:
    """Read /proc/self/mountinfo (proc(5): optional fields end at a lone hyphen)."""
    for line in body.split("\n"):
        before, _, after = line.partition(" - ")
        left, right = before.split(), after.split()
        if len(left) > 5 and len(right) > 1:  # noqa: PLR2004
            # Those of the mount, and those of what is mounted: read-only is what either says.
            options = {*left[5].split(","), *(right[2].split(",") if len(right) > 2 else ())}  # noqa: PLR2004
            yield MountPoint(
                target=left[4].replace("\\040", " "),
                kind=right[0],
                source=right[1],
                options=frozenset(options - {"rw"} if "ro" in options else options),
            )


def unix_sockets(table: str, *, listening: bool) -> Iterator[str]:
    """Yield the paths of /proc/net/unix that are listened on, or once for each connection to them.

    `@` begins a name without a file (unix(7), proc(5)).
    """
    for line in table.split("\n")[1:]:
        fields = line.split(maxsplit=7)
        if len(fields) == 8:  # noqa: PLR2004 - the last is the path
            waits = bool(int(fields[3], 16) & _ACCEPTS)
            if waits if listening else fields[5] == _CONNECTED:
                yield fields[7]


def users(passwd: str) -> dict[str, int]:
    """Return user ids by name; of several lines for one name the first counts, as for the engine."""
    rows = [line.split(":") for line in passwd.splitlines()]
    return {row[0]: int(row[2]) for row in reversed(rows) if len(row) > 2 and row[2].isdigit()}  # noqa: PLR2004
