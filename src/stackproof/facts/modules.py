"""Testinfra's modules for processes, sockets, mounts, users and files, over our facts.

testinfra asks `ps`, `ss`, `id` and the like of the image, which few have, once more for each attribute, and
takes much of what it cannot ask for a no. Here a call takes one look, which needs a shell and nothing else
(probe.sh), and all that it returns comes from that look. A container that is gone, or cannot be looked into,
raises ContainerGoneError or Unknown, never answers no. What facts do not hold, testinfra asks as ever.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from testinfra.backend.base import CommandResult
from testinfra.host import Host
from testinfra.modules.file import GNUFile
from testinfra.modules.mountpoint import MountPoint
from testinfra.modules.process import Process
from testinfra.modules.socket import Socket
from testinfra.modules.user import User

from stackproof.errors import Unknown
from stackproof.facts import model
from stackproof.facts.parsing import unix_sockets

Look = Callable[[], model.Facts]
"""Takes the facts of a container anew."""

# Shell builtins alone, as in probe.sh.
_UNIX = "while IFS= read -r line; do printf '%s\\n' \"$line\"; done < /proc/net/unix"
_NEAREST = 'for at in {}; do if test -d "$at"; then test -x "$at"; exit; fi; test ! -L "$at" || exit 1; done'


class FactProcess(Process):
    """The service's own processes; an exec, such as a health check or the shell that asks, is none of them.

    All columns of ps(1) that are ids, users or words of the command line (its first 1024 bytes) come from the
    look; `can_be_root` and `facts`, the process as our facts have it, besides. Others are asked of `ps`.
    """

    _look: Look
    _ps: Callable[[], Process]

    def _get_processes(self, **filters: object) -> list[dict[str, Any]]:
        facts = self._look()
        names = {uid: name for name, uid in facts.users.items()}
        rows = [columns(process, names) for process in facts.processes]
        for row in rows:
            for name in filters.keys() - row.keys():
                row.update(self._get_process_attribute_by_pid(row["pid"], name))
        return rows

    def _get_process_attribute_by_pid(self, pid: int, name: str) -> dict[str, Any]:
        return {**self._ps()._get_process_attribute_by_pid(pid, name), "lstart": ""}  # noqa: SLF001


def columns(process: model.Process, users: Mapping[int, str]) -> dict[str, Any]:
    """Return a process as `ps` names what is known of it; `users` are names by number."""
    args = process.command or f"[{process.name}]"
    row: dict[str, Any] = {"lstart": "", "facts": process, "can_be_root": process.can_be_root}
    row |= {"pid": process.pid, "ppid": process.parent, "comm": process.name, "ucmd": process.name}
    row |= {"args": args, "cmd": args, "command": args, "s": process.state, "state": process.state}
    row |= {"sid": process.session, "sess": process.session, "session": process.session}
    for kind, uid, gid in zip("resf", process.uids, process.gids, strict=True):
        row |= {f"{kind}uid": uid, f"{kind}user": users.get(uid, uid), f"{kind}gid": gid}
    return row | {"uid": row["euid"], "user": row["euser"], "gid": row["egid"]}


class FactSocket(Socket):
    """The sockets of the container's network: the host's where it is on that."""

    _look: Look

    def _iter_sockets(self, listening: bool) -> Iterator[tuple[Any, ...]]:  # noqa: FBT001 - as testinfra calls it
        if self.protocol != "unix":
            for one in self._look().sockets:
                if self.protocol not in (None, one.protocol):
                    continue
                local = (one.protocol, _text(one.address), one.port)
                if listening and one.listening:
                    yield local
                elif not listening and one.state == model.ESTABLISHED:
                    yield (*local, _text(one.remote), one.remote_port)
        if self.protocol in (None, "unix"):
            done = self._host.run(_UNIX)
            if done.rc != 0:
                msg = f"the unix sockets cannot be read: {done.stderr.strip()}"
                raise Unknown(msg)
            yield from (("unix", path) for path in unix_sockets(done.stdout, listening=listening))

    @classmethod
    def reachable(cls) -> tuple[model.Socket, ...]:
        """Return the sockets that others can reach: listening, and not on loopback."""
        return cls._look().listening


def _text(address: model.Address) -> str:
    """Return an address as ss(8) has it: Python writes an IPv4 one in IPv6 in hexadecimal."""
    mapped = getattr(address, "ipv4_mapped", None)
    return f"::ffff:{mapped}" if mapped else str(address)


class FactMountPoint(MountPoint):
    """What is mounted; of several mounts on one path the last, which hides the others."""

    _look: Look

    @classmethod
    def _iter_mountpoints(cls) -> Iterator[dict[str, Any]]:
        for mount in {mount.target: mount for mount in cls._look().mounts}.values():
            yield {
                "path": mount.target,
                "device": mount.source,
                "filesystem": mount.kind,
                "options": sorted(mount.options),
            }


class FactUser(User):
    """Users as the container's /etc/passwd has them."""

    _look: Look

    @property
    def exists(self) -> bool:
        """Whether there is such a user."""
        return self.name in self._look().users

    @property
    def uid(self) -> int:
        """Its number. Raises Unknown where there is none of that name."""
        found = self._look().users.get(self.name)
        if found is None:
            msg = f"there is no user {self.name} in /etc/passwd"
            raise Unknown(msg)
        return found


class StrictFile(GNUFile):
    """Files, as the container's user sees them; what that user may not look for is unknown, not absent."""

    @classmethod
    def run_test(cls, command: str, *args: str, **options: object) -> CommandResult:
        """Run a `test`; raises Unknown for a no that is for want of a permission."""
        done: CommandResult = cls._host.run_test(command, *args, **options)
        if done.rc != 0 and command.startswith("test -"):
            folders = [str(one) for one in PurePosixPath(args[-1]).parents]
            if cls._host.run(_NEAREST.format(" ".join(["%s"] * len(folders))), *folders).rc != 0:
                msg = f"{args[-1]} cannot be looked for: a folder above it is closed to the container's user"
                raise Unknown(msg)
        return done


def with_facts(host: Host, look: Look) -> Host:
    """Have testinfra's modules answer from facts; `look` is called once for each answer."""
    mine: dict[str, Any] = {"_host": host, "_look": staticmethod(look)}
    listed = host.__dict__.get("process")
    ps = staticmethod((lambda: listed) if listed is not None else (lambda: Process.get_module(host)))
    host.process = type("FactProcess", (FactProcess,), {**mine, "_ps": ps})()
    for name, module in {
        "socket": FactSocket,
        "mount_point": FactMountPoint,
        "user": FactUser,
        "file": StrictFile,
    }.items():
        setattr(host, name, type(module.__name__, (module,), mine))
    return host
