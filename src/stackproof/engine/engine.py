"""Questions to the engine and single-container actions, all through the docker command line."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from stackproof.engine import labels
from stackproof.engine.command import QUICK, SLOW, Completed, last_lines, run
from stackproof.errors import CommandError, EngineError, StackError

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
        """API version, such as (1, 44); health start intervals need that one."""
        return tuple(int(part) for part in self.version["Server"]["ApiVersion"].split("."))

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

    Raises EngineError with a remedy when none answers or Compose v2 is missing.
    """
    try:
        version = json.loads(run("version", "--format", "json").stdout)
        info = json.loads(run("info", "--format", "json").stdout)
    except CommandError as error:
        msg = (
            "no Docker engine answers.\n"
            f"  asked:  {last_lines(str(error), 3)}\n"
            "  remedy: start Docker (`sudo systemctl start docker`), or set DOCKER_HOST to one that runs"
        )
        raise EngineError(msg) from None
    try:
        compose = run("compose", "version", "--short").stdout.strip()
    except CommandError:
        msg = (
            "the docker command has no Compose v2 plugin.\n"
            "  remedy: install the package docker-compose-plugin (or docker-compose-v2)"
        )
        raise EngineError(msg) from None
    return Engine(version=version, info=info, compose=compose)


def ids(kind: str, wanted: dict[str, str]) -> list[str]:
    """Ids of containers, networks, volumes or images that carry the labels, sorted."""
    words = {
        "container": ["container", "ls", "--all", "--quiet", "--no-trunc"],
        "network": ["network", "ls", "--quiet", "--no-trunc"],
        "volume": ["volume", "ls", "--quiet"],
        "image": ["image", "ls", "--quiet", "--no-trunc"],
    }[kind]
    return sorted(set(run(*words, *labels.filters(wanted)).stdout.split()))


def inspect(kind: str, names: Sequence[str]) -> list[dict[str, Any]]:
    """Raw inspect data of those that exist, in one process however many they are."""
    if not names:
        return []
    done = run(kind, "inspect", *names, check=False)
    found: list[dict[str, Any]] = json.loads(done.stdout or "[]")
    if done.code != 0 and "no such" not in done.stderr.lower() and "not found" not in done.stderr.lower():
        msg = f"`docker {kind} inspect` failed:\n{last_lines(done.stderr)}"
        raise CommandError(msg)
    return found


def image(reference: str) -> dict[str, Any] | None:
    """Inspect data of a local image, or None."""
    found = inspect("image", [reference])
    return found[0] if found else None


def have_image(reference: str, platform: str | None = None) -> dict[str, Any]:
    """Return a local image's inspect data, pulling it when it is not here.

    Raises StackError when it cannot be had.
    """
    found = image(reference)
    if found is None:
        try:
            run(
                "pull", "--quiet", *([f"--platform={platform}"] if platform else []), reference, deadline=SLOW
            )
        except CommandError as error:
            said = last_lines(str(error), 3)
            msg = (
                f"image {reference} is not on this engine and could not be pulled:\n{said}\n"
                "  remedy: check the name, log in to its registry, or build or load it first"
            )
            raise StackError(msg) from None
        found = image(reference)
    if found is None:
        msg = f"image {reference} was pulled but is not there"
        raise StackError(msg)
    return found


def execute(
    container: str,
    argv: Sequence[str],
    *,
    user: str | None = None,
    deadline: float = QUICK,
    check: bool = True,
) -> Completed:
    """Run a program inside a container."""
    words = ["exec", *(["--user", user] if user else []), container, *argv]
    return run(*words, deadline=deadline, check=check)


def logs(container: str, tail: int = 20) -> str:
    """Return the last log lines of a container, stdout and stderr in one text."""
    done = run("logs", "--tail", str(tail), container, check=False)
    return (done.stdout + done.stderr).strip()


def helper(argv: Sequence[str], *, own: dict[str, str], deadline: float = SLOW) -> str:
    """Run a throw-away container in the engine host's pid namespace; return its stdout.

    It reaches processes from outside their container, which is what a crash needs, and works on
    a remote engine. `own` are the labels that make it ours.
    """
    have_image(TOOLBOX_IMAGE)
    marks = [word for key, value in own.items() for word in ("--label", f"{key}={value}")]
    words = ["run", "--rm", "--pid=host", "--userns=host", "--network=none", "--user=0:0", *marks]
    return run(*words, TOOLBOX_IMAGE, *argv, deadline=deadline).stdout


def remove(kind: str, names: Iterable[str]) -> None:
    """Remove things that are ours; what is already gone is fine."""
    names = list(names)
    if not names:
        return
    words = {
        "container": ["container", "rm", "--force", "--volumes"],
        "network": ["network", "rm"],
        "volume": ["volume", "rm", "--force"],
        "image": ["image", "rm", "--force"],
    }[kind]
    run(*words, *names, deadline=SLOW, check=False)


def remove_labelled(
    own: dict[str, str], kinds: Sequence[str] = ("container", "network", "volume")
) -> list[str]:
    """Remove everything that carries the labels; returns what could not be removed.

    Removing is tried again because a command that was killed half way may still create something.
    """
    left: list[str] = []
    for _attempt in range(5):
        left = []
        for kind in kinds:
            found = ids(kind, own)
            remove(kind, found)
            left += [f"{kind} {name}" for name in ids(kind, own)] if found else []
        if not left:
            break
    return left
