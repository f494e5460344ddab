"""Questions to the engine and single-container actions, over its API."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property, partial
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from stackproof.engine import project
from stackproof.engine.command import QUICK, SLOW, Completed, last_lines, run
from stackproof.errors import CommandError, EngineError, EngineGoneError, StackError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from stackproof.engine.files import File, Listed
    from stackproof.engine.programs import Helper
    from stackproof.engine.streams import Stream

# An engine waits 10 s for containers that ignore its stop, and when it was killed, again as it starts.
BACK_WITHIN = 45.0  # seconds
REMOVED_AT_ONCE = 8
START_INTERVAL_API = (1, 44)  # moby 25
# Small, has a shell and kill, and its contract never changed.
TOOLBOX_IMAGE = "busybox:1.36"


@dataclass(frozen=True, kw_only=True)
class Engine:
    """An engine that answered once."""

    version: dict[str, Any] = field(repr=False)
    info: dict[str, Any] = field(repr=False)
    compose: str

    @cached_property
    def server(self) -> str:
        """Engine version, such as 28.5.2."""
        return str(self.version["Server"]["Version"])

    @cached_property
    def api(self) -> tuple[int, ...]:
        """API version, such as (1, 44)."""
        return tuple(int(part) for part in self.version["Server"]["ApiVersion"].split("."))

    @property
    def knows_start_intervals(self) -> bool:
        """Whether a health check may run more often while its service starts."""
        return self.api >= START_INTERVAL_API

    @property
    def hides_networks(self) -> str:
        """Why this host does not reach containers at their own addresses; empty where it does."""
        if any("rootless" in str(option) for option in self.info.get("SecurityOptions") or ()):
            return "is rootless"
        system = str(self.info.get("OperatingSystem") or "")
        return f"is in a virtual machine ({system})" if "Desktop" in system else ""

    def environment(self) -> dict[str, Any]:
        """Facts for the report's environment block."""
        return {
            "version": self.server,
            "api": ".".join(map(str, self.api)),
            "operating system": self.info.get("OperatingSystem"),
            "kernel": self.info.get("KernelVersion"),
            "storage driver": self.info.get("Driver"),
            "cgroup version": self.info.get("CgroupVersion"),
            "security options": self.info.get("SecurityOptions") or [],
            "default log driver": self.info.get("LoggingDriver"),
            "live restore": self.info.get("LiveRestoreEnabled"),
            "swarm": (self.info.get("Swarm") or {}).get("LocalNodeState"),
        }


def connect() -> Engine:
    """Ask the engine who it is.

    Raises EngineError with a fix when none answers or Compose v2 is missing.
    """
    try:
        version = json.loads(run("version", "--format", "json").stdout)
        info = json.loads(run("info", "--format", "json").stdout)
    except CommandError as error:
        msg = (
            "no Docker engine answers.\n"
            f"  asked:  {last_lines(str(error), 3)}\n"
            "  fix: start Docker (`sudo systemctl start docker`), or set DOCKER_HOST to one that runs"
        )
        raise EngineError(msg) from None
    try:
        compose = run("compose", "version", "--short").stdout.strip()
    except CommandError:
        msg = (
            "the docker command has no Compose v2 plugin.\n"
            "  fix: install the package docker-compose-plugin (or docker-compose-v2)"
        )
        raise EngineError(msg) from None
    return Engine(version=version, info=info, compose=compose)


def ping() -> None:
    """Ask the engine for a sign of life.

    Raises EngineGoneError when it gives none.
    """
    from stackproof.engine import api  # noqa: PLC0415

    api.ping()


def wait_until_back(within: float = BACK_WITHIN) -> None:
    """Wait for an engine that is restarted.

    Raises EngineGoneError when it stays away.
    """
    again = Retrying(
        retry=retry_if_exception_type(EngineGoneError),
        stop=stop_after_delay(within),
        wait=wait_fixed(0.5),
        reraise=True,
    )
    again(ping)


def connect_here() -> Engine:
    """Return the engine of this machine, which sandboxes need: their ports listen on its loopback only.

    Raises EngineError when none answers, or when the one that docker talks to is on another machine.
    """
    address = run("context", "inspect", "--format", "{{.Endpoints.docker.Host}}", check=False).stdout.strip()
    if is_elsewhere(address):
        msg = (
            f"the engine at {address} is on another machine.\n"
            "  expected: an engine on this one: ports of a sandbox listen on the engine's loopback only\n"
            "  fix:      run stackproof on that machine, or unset DOCKER_HOST and the docker context"
        )
        raise EngineError(msg)
    return connect()


def is_elsewhere(address: str) -> bool:
    """Whether an engine's address, as DOCKER_HOST or a docker context has it, is on another machine.

    >>> is_elsewhere("ssh://me@build.example"), is_elsewhere("unix:///var/run/docker.sock")
    (True, False)
    """
    url = urlsplit(address)
    if url.scheme not in ("tcp", "http", "https", "ssh"):
        return False
    host = url.hostname or ""
    with suppress(ValueError):
        return not ip_address(host).is_loopback
    return host != "localhost"


def ids(kind: str, wanted: Mapping[str, str | None]) -> list[str]:
    """Ids of containers, networks, volumes or images that carry the labels (None: any value), sorted."""
    return sorted(marked(kind, wanted))


def marked(
    kind: str, wanted: Mapping[str, str | None], *, running: bool = False
) -> dict[str, dict[str, str]]:
    """Return all labels of what carries these (None: any value), by id; `kind` as in `ids`.

    Of containers only those that run, when so asked.
    """
    from stackproof.engine import api  # noqa: PLC0415 - imports requests, which others need not pay

    return api.marked(kind, wanted, running=running)


def inspect(kind: str, names: Sequence[str]) -> list[dict[str, Any]]:
    """Raw inspect data of those that exist."""
    from stackproof.engine import api  # noqa: PLC0415

    return list(api.inspect(kind, names))


def image(reference: str) -> dict[str, Any] | None:
    """Inspect data of a local image, or None."""
    found = inspect("image", [reference])
    return found[0] if found else None


def history(reference: str) -> list[str]:
    """Return what made each layer of a local image (`CreatedBy`), the oldest first.

    Raises CommandError when there is no such image.
    """
    from stackproof.engine import api  # noqa: PLC0415

    return api.history(reference)


def have_image(reference: str, platform: str | None = None) -> dict[str, Any]:
    """Return a local image's inspect data, pulling it when it is not here.

    Raises StackError when it cannot be had.
    """
    found = image(reference)
    if found is None:
        try:
            project.pull(reference, platform)
        except EngineGoneError:
            raise
        except CommandError as error:
            said = last_lines(str(error), 3)
            msg = (
                f"image {reference} is not on this engine and could not be pulled:\n{said}\n"
                "  fix: check the name, log in to its registry, or build or load it first"
            )
            raise StackError(msg) from None
        found = image(reference)
    if found is None:
        msg = f"image {reference} was pulled but is not there"
        raise StackError(msg)
    return found


def execute(  # noqa: PLR0913 - what a program is run with
    container: str,
    argv: Sequence[str],
    *,
    user: str | None = None,
    stdin: str | None = None,
    deadline: float = QUICK,
    check: bool = True,
) -> Completed:
    """Run a program inside a container, with nothing on its standard input unless some is given.

    Raises CommandError when it fails (unless `check` is false) or takes longer than `deadline` seconds.
    """
    from stackproof.engine import programs  # noqa: PLC0415

    return programs.execute(container, argv, user=user, stdin=stdin, deadline=deadline, check=check)


def shell_in(container: str, user: str | None = None) -> Stream:
    """Start `sh` in a container; closing its streams ends it."""
    from stackproof.engine import programs  # noqa: PLC0415

    return programs.shell_in(container, user)


def logs(container: str, tail: int = 20, until: float | None = None) -> str:
    """Return the last log lines of a container, stdout and stderr in one text.

    With `until` (seconds since the epoch, engine clock) those of the last lines that are older.
    """
    from stackproof.engine import api  # noqa: PLC0415

    try:
        said = api.logs(container, tail, until)
    except EngineGoneError:
        raise
    except CommandError as error:
        return str(error)
    return in_order(said).strip()


def in_order(log: str) -> str:
    r"""Return the lines of two streams as they were written, without the time stamps in front of them.

    >>> in_order("2026-11-26T07:00:02.000000000Z bye\n2026-11-26T07:00:01.000000000Z hello\n")
    'hello\nbye'
    """
    lines = sorted((line.partition(" ") for line in log.split("\n") if line), key=lambda parts: parts[0])
    return "\n".join(text for _stamp, _blank, text in lines)


def helper(
    argv: Sequence[str],
    *,
    own: Mapping[str, str],
    capabilities: Sequence[str] = (),
    deadline: float = SLOW,
    network: str = "none",
) -> str:
    """Run a throw-away container in the engine host's pid namespace; return its stdout.

    It reaches processes from outside their container, and works on a remote engine. `own` are the labels that
    make it ours.
    """
    from stackproof.engine.programs import Helper  # noqa: PLC0415

    have_image(TOOLBOX_IMAGE)
    started = Helper(
        TOOLBOX_IMAGE,
        argv,
        own=own,
        cap_add=list(capabilities),
        network_mode=network,
        pid_mode="host",
        userns_mode="host",
    )
    return started.output(deadline)


def from_outside(
    argv: Sequence[str], *, own: Mapping[str, str], capabilities: Sequence[str] = (), deadline: float = SLOW
) -> str:
    """Run a program in the engine host's pid namespace; return its stdout.

    As `helper`, but in a container that stays for the next such program: for some minutes, or until its
    sandbox is removed.
    """
    from stackproof.engine import toolbox  # noqa: PLC0415

    have_image(TOOLBOX_IMAGE)
    return toolbox.run(TOOLBOX_IMAGE, argv, own=own, capabilities=capabilities, deadline=deadline)


def start_helper(argv: Sequence[str], *, own: Mapping[str, str]) -> Helper:
    """Start such a container with its streams open; the caller ends it, by the end of its input."""
    from stackproof.engine.programs import Helper  # noqa: PLC0415

    have_image(TOOLBOX_IMAGE)
    return Helper(TOOLBOX_IMAGE, argv, own=own, lasting=True, pid_mode="host", userns_mode="host")


def beside(
    container: str, argv: Sequence[str], *, own: Mapping[str, str], capabilities: Sequence[str]
) -> Helper:
    """Start a container of ours in the pid and network namespaces of another, with its streams open."""
    from stackproof.engine.programs import Helper  # noqa: PLC0415

    have_image(TOOLBOX_IMAGE)
    shares = f"container:{container}"
    return Helper(
        TOOLBOX_IMAGE,
        argv,
        own=own,
        lasting=True,
        cap_add=list(capabilities),
        pid_mode=shares,
        network_mode=shares,
    )


def clock() -> str:
    """Return the time on the engine's own clock, in the form of its other time stamps."""
    from stackproof.engine import api  # noqa: PLC0415

    return api.clock()


@contextmanager
def unstarted(reference: str, *, own: dict[str, str]) -> Iterator[str]:
    """Make a container of a local image that never starts, to look at its files; yield its id."""
    from stackproof.engine import programs  # noqa: PLC0415

    # A command, because an image without one cannot become a container.
    name = programs.create(reference, ["never-started"], own)
    try:
        yield name
    finally:
        remove("container", [name])


def file(container: str, path: str, *, head: int = 0) -> File | None:
    """Return a file in a container, symbolic links followed, or None when it is not there.

    The container need not run and needs no shell. Raises CommandError when the engine cannot tell.
    """
    from stackproof.engine import files  # noqa: PLC0415

    return files.file(container, path, head)


def listed(container: str, keep: Callable[[Listed], bool]) -> tuple[int, list[Listed]]:
    """Return how many entries a container's file system has, and those of them to keep; it need not run.

    All of it is read, some 100 MB in a second. Raises CommandError when the engine cannot tell, and Unknown
    for more than 8 GiB.
    """
    from stackproof.engine import files  # noqa: PLC0415

    return files.listed(container, keep)


def changed(container: str) -> list[str]:
    """Return the paths that a container added or changed in its own layer; what is mounted is not in it."""
    from stackproof.engine import files  # noqa: PLC0415

    return files.changed(container)


def remove(kind: str, names: Iterable[str]) -> None:
    """Remove things that are ours; what is already gone is fine."""
    from stackproof.engine import api  # noqa: PLC0415

    # In this order, but not one after the other: the engine waits for the end of each.
    with ThreadPoolExecutor(max_workers=REMOVED_AT_ONCE) as pool:
        list(pool.map(partial(api.remove, kind), names))
