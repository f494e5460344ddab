"""Stacks as authors write them, on their way through Compose to a sandbox's file and back."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from tests import comparison
from tests.live.running import docker

from stackproof.engine.project import ComposeSettings, Project
from stackproof.isolation import subnets
from stackproof.isolation.binds import replaced
from stackproof.isolation.here import At
from stackproof.isolation.host_paths import HostPaths
from stackproof.isolation.plan import Plan
from stackproof.isolation.treatment import Permits
from stackproof.isolation.walk import Isolated, isolate
from stackproof.isolation.writing import written
from stackproof.stack.durations import seconds
from stackproof.stack.model import Model

Raw = dict[str, Any]
DURATIONS = ("interval", "timeout", "start_period", "start_interval")
# What Compose adds to whatever it reads.
ADDED = ("services.*.networks", "services.*.networks.*", "networks.*.name", "volumes.*.name",
         "secrets.*.name", "configs.*.name", "networks.*.ipam", "services.*.command",
         "services.*.entrypoint")  # fmt: skip


@dataclass
class Author:
    """A stack as its author wrote it, in a folder of its own."""

    written: Raw
    folder: Path

    def __post_init__(self) -> None:
        """Write the files."""
        for name, text in {"compose.yml": self.written["file"], **self.written.get("beside", {})}.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    @property
    def permits(self) -> Permits:
        """What is opened."""
        given = self.written.get("permits", {})
        return Permits(
            host_access=given.get("host_access", False), networks=frozenset(given.get("networks", ()))
        )

    def model(self) -> Model:
        """Return what Compose makes of the files."""
        files = [self.folder / name for name in self.written.get("files", ["compose.yml"])]
        settings = ComposeSettings(
            project_directory=self.folder, profiles=tuple(self.written.get("profiles", ()))
        )
        return Model(raw=Project(files, settings=settings).config().model)

    def isolated(self) -> tuple[Model, Plan, Isolated]:
        """Return the sandbox, with what it is made of."""
        model, paths = self.model(), HostPaths(project=self.folder)
        plan = Plan(
            project="stackproof-cafe-shop-observe",
            labels={"stackproof.run": "cafe"},
            images={name: f"ours/{name}" for name in model.services},
            binds={str(m.source): f"/copies/{n}" for n, m in enumerate(replaced(model, paths))},
            moves=subnets.choose(model, "seed"),
        )
        return model, plan, isolate(model, plan, permits=self.permits, paths=paths)


def read_back(file: Raw, path: Path) -> Raw:
    """Return what Compose reads in a sandbox's file."""
    path.write_text(written(file))
    found: Raw = YAML(typ="safe").load(docker("compose", "-f", str(path), "config") + "\n")
    return found


def lost(file: Raw, back: Raw) -> list[str]:
    """Return what Compose reads otherwise than it is written, or reads though it is not written."""
    ours, read = dict(comparison.leaves(file)), dict(comparison.leaves(back))
    changed = [
        f"{comparison.dotted(at)}: {value!r} is read as {read.get(at)!r}"
        for at, value in ours.items()
        if value not in (None, [], {}) and not reads(at, value, read.get(at)) and not unused(at, back)
    ]
    added = [
        f"{comparison.dotted(at)}: {value!r} is read"
        for at, value in read.items()
        if at not in ours and value not in (None, [], {}) and comparison.shape(at) not in ADDED
    ]
    return changed + added


def reads(at: At, value: object, read: object) -> bool:
    """Whether Compose reads what is written, in whatever words."""
    if at[-1] == "create_host_path":
        return read is None and value is False  # which is what it means, where nothing is written
    if at[2:3] == ("healthcheck",) and at[-1] in DURATIONS:
        return seconds(str(value)) == seconds(str(read))
    # Two that Compose prints in words which it does not read itself.
    if at[-1] == "memswap_limit":
        return str(value) == read
    if at[2:4] == ("build", "ssh"):
        return value == str(read).replace(": ", "=", 1)
    return comparison.same(value, read)


def unused(at: At, back: Raw) -> bool:
    """Whether it belongs to a secret or config that no service uses: Compose leaves it out."""
    return at[0] in ("secrets", "configs") and at[1] not in back.get(str(at[0]), {})
