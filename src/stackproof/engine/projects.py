"""Compose projects that somebody else runs, as the engine knows them: listings and inspect only."""

from collections.abc import Callable
from typing import Any

from stackproof.engine import engine, labels

PROJECT = "com.docker.compose.project"


def names() -> list[str]:
    """Return the projects that have a running container, without sandboxes of ours."""
    running = engine.marked("container", {PROJECT: None}, running=True)
    return sorted({marks[PROJECT] for marks in running.values() if labels.RUN not in marks} - {""})


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
