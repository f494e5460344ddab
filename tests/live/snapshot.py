"""Everything of a live project that a run of ours could have changed, to be compared before and after."""

import hashlib
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.live.running import docker

from stackproof.engine import engine
from stackproof.engine.projects import PROJECT

# The rest of `State` is what health checks said last, which goes on by itself.
_STATE = ("Status", "StartedAt", "FinishedAt", "Pid", "ExitCode", "OOMKilled")
_KEPT = ("Id", "Name", "Created", "Image", "RestartCount", "Config", "HostConfig", "NetworkSettings")
_DIGEST = """
cd /v
find . -exec stat -c '%n %F %a %u:%g %s %y' {} + | sort
find . -type f -exec md5sum {} + | sort
find . -type l -exec sh -c 'for link; do echo "$link -> $(readlink "$link")"; done' links {} + | sort
"""


def snapshot(
    project: str, folder: Path, bystanders: Iterable[str] = (), *, contents: bool = True
) -> dict[str, Any]:
    """Look at a project, its folder, and containers that have nothing to do with it.

    `contents` of volumes are left out where the project itself writes all the time.
    """
    mine = ["--filter", f"label={PROJECT}={project}"]
    ids = docker("ps", "--all", "--quiet", "--no-trunc", *mine).split()
    containers = engine.inspect("container", sorted([*ids, *bystanders]))
    volumes = {m["Name"] for c in containers for m in c["Mounts"] if m["Type"] == "volume"}
    volumes |= set(docker("volume", "ls", "--quiet", *mine).split())
    networks = {name for c in containers for name in c["NetworkSettings"]["Networks"]}
    networks |= set(docker("network", "ls", "--format", "{{.Name}}", *mine).split())
    return {
        "containers": [_container(found) for found in containers],
        "changed files": {found["Name"]: _diff(found["Id"]) for found in containers},
        "volumes": {found["Name"]: found for found in engine.inspect("volume", sorted(volumes))},
        "data": {name: _volume(name) for name in sorted(volumes)} if contents else {},
        "networks": engine.inspect("network", sorted(networks)),
        "images": _images(project, {found["Image"] for found in containers}),
        "files": _files(folder),
    }


def _container(found: dict[str, Any]) -> dict[str, Any]:
    state = found["State"]
    health = (state.get("Health") or {}).get("Status")
    # The engine lists mounts in another order each time.
    mounts = sorted(found["Mounts"], key=lambda mount: str(mount["Destination"]))
    kept = {key: found[key] for key in _KEPT}
    return {**kept, **{key: state[key] for key in _STATE}, "Mounts": mounts, "Health": health}


def _diff(container: str) -> list[str]:
    return sorted(docker("diff", container).splitlines())


def _volume(name: str) -> list[str]:
    words = ["--rm", "--network=none", "--volume", f"{name}:/v:ro", "busybox:1.36", "sh", "-c", _DIGEST]
    return docker("run", *words).splitlines()


def _images(project: str, used: set[str]) -> list[dict[str, Any]]:
    """Images that are used, have a tag of the project, or whose Dockerfile says `LABEL of=PROJECT`."""
    listing = ["image", "ls", "--quiet", "--no-trunc", "--filter"]
    named = docker(*listing, f"reference={project}*").split()
    made = docker(*listing, f"label=of={project}", "--all").split()
    kept = ("Id", "RepoTags", "Created", "Config", "RootFS", "Metadata")
    found = engine.inspect("image", sorted({*used, *named, *made}))
    return [{key: image[key] for key in kept} for image in found]


def _files(folder: Path) -> dict[str, tuple[str, int, int, int, int]]:
    return {str(path.relative_to(folder)): _file(path) for path in (folder, *sorted(folder.rglob("*")))}


def _file(path: Path) -> tuple[str, int, int, int, int]:
    status = path.lstat()
    content = ""
    if stat.S_ISLNK(status.st_mode):
        content = os.fspath(path.readlink())
    elif stat.S_ISREG(status.st_mode):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
    return content, status.st_mode, status.st_uid, status.st_gid, status.st_mtime_ns
