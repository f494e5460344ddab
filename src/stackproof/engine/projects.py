"""Compose projects that somebody else runs, as the engine knows them: listings and inspect only."""

from collections.abc import Callable
from typing import Any

from stackproof.engine import engine, labels
from stackproof.engine.command import run

PROJECT = "com.docker.compose.project"
_FORMAT = f'{{{{.Label "{PROJECT}"}}}}\t{{{{.Label "{labels.RUN}"}}}}'


def names() -> list[str]:
    """Return the projects that have a running container, without sandboxes of ours."""
    listed = run("container", "ls", "--filter", f"label={PROJECT}", "--format", _FORMAT).stdout
    rows = (line.partition("\t") for line in listed.splitlines())
    return sorted({name for name, _tab, run_id in rows if name and not run_id})


def containers(project: str) -> list[dict[str, Any]]:
    """Inspect data of a project's containers, stopped ones too, without those of `compose run`."""
    found = engine.inspect("container", engine.ids("container", {PROJECT: project}))
    return [data for data in found if _of_service(data["Config"].get("Labels") or {})]


def made_by_compose(kind: str, ours: Callable[[str], bool]) -> list[str]:
    """Ids of containers, networks or volumes of the projects whose names `ours` accepts, sorted.

    They need not carry a label of ours: newer versions of Compose run hooks in containers with theirs only.
    """
    found = engine.marked(kind, {PROJECT: None})
    return sorted(name for name, marks in found.items() if ours(marks[PROJECT]))


def _of_service(marks: dict[str, str]) -> bool:
    return labels.COMPOSE_SERVICE in marks and marks.get(labels.COMPOSE_ONE_OFF, "False").lower() != "true"
