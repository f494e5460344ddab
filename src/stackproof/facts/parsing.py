"""Read what probe.sh prints. Pure functions: bytes of /proc in, facts out."""

import socket
import struct
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

from stackproof.errors import Unknown
from stackproof.facts.model import Address, Facts, MountPoint, Process, Socket

_STATUS_IDS = 4
_IPV4_HEX = 8


def parse(text: str) -> Facts:
    """Return the facts of a complete probe.

    Raises Unknown when the probe was cut short: half a list of processes proves nothing.
    """
    sections = list(_sections(text))
    if not sections or sections[-1][0] != "end":
        msg = "the probe of the container was cut short"
        raise Unknown(msg)
    status = {int(arg): body for name, arg, body in sections if name == "process" and body}
    commands = {int(arg): body for name, arg, body in sections if name == "command"}
    tables = {arg: body for name, arg, body in sections if name == "net"}
    bodies = {name: body for name, _arg, body in sections}
    if 1 not in status:
        msg = "the probe saw no process 1"
        raise Unknown(msg)
    return Facts(
        probe=next(int(arg) for name, arg, _body in sections if name == "probe"),
        all_processes=tuple(
            process(pid, body, commands.get(pid, "")) for pid, body in sorted(status.items())
        ),
        sockets=tuple(sock for table, body in tables.items() for sock in sockets(table, body)),
        mounts=tuple(mounts(bodies.get("mounts", ""))),
        users=users(bodies.get("passwd", "")),
        limits={arg: body.strip() for name, arg, body in sections if name == "limit"},
    )


def _sections(text: str) -> Iterator[tuple[str, str, str]]:
    for part in ("\n" + text).split("\n@@ ")[1:]:
        head, _, body = part.partition("\n")
        name, _, argument = head.partition(" ")
        yield name, argument, body


def process(pid: int, status: str, command: str) -> Process:
    """Read /proc/PID/status."""
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
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
    for line in body.splitlines():
        before, _, after = line.partition(" - ")
        left, right = before.split(), after.split()
        if len(left) > 5 and len(right) > 1:  # noqa: PLR2004
            yield MountPoint(
                target=left[4].replace("\\040", " "),
                kind=right[0],
                source=right[1],
                options=frozenset(left[5].split(",")),
            )


def users(passwd: str) -> dict[str, int]:
    """Return user ids by name."""
    rows = (line.split(":") for line in passwd.splitlines())
    return {row[0]: int(row[2]) for row in rows if len(row) > 2 and row[2].isdigit()}  # noqa: PLR2004
