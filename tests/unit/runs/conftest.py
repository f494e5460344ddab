"""An engine of words: what it has, and what was removed from it."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from stackproof.engine import engine, labels, projects

RUN = "0badcafe"


class FakeEngine:
    """Containers, networks, volumes and images as inspect has them, by kind."""

    def __init__(self) -> None:
        self.things: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in words_of_kinds()}
        self.removed: list[str] = []
        self.stuck: set[str] = set()
        """What cannot be removed."""

    def add(self, kind: str, name: str, marks: Mapping[str, str] | None = None, **more: Any) -> None:  # noqa: ANN401 - inspect data
        """Make something, with labels where inspect has them."""
        own: dict[str, Any] = {"Name": name} if kind == "volume" else {"Id": name, "Name": f"/{name}"}
        if kind in ("container", "image"):
            more = {"Config": {"Labels": dict(marks or {}), **more.pop("Config", {})}, **more}
        else:
            more["Labels"] = dict(marks) if marks is not None else None
        if kind == "container":
            more = {"HostConfig": {}, "Mounts": [], "State": {"Running": False, "StartedAt": ""}, **more}
        self.things[kind][name] = {**own, **more}

    def ids(self, kind: str, wanted: Mapping[str, str | None]) -> list[str]:
        """As the engine's."""
        found = []
        for name, one in self.things[kind].items():
            marks = labels.on(kind, one)
            if all(key in marks and value in (None, marks[key]) for key, value in wanted.items()):
                found.append(name)
        return sorted(found)

    def inspect(self, kind: str, names: Sequence[str]) -> list[dict[str, Any]]:
        """As the engine's."""
        return [self.things[kind][name] for name in names if name in self.things[kind]]

    def remove(self, kind: str, names: Sequence[str]) -> None:
        """Remove them; an image goes with its last tag, and a used volume does not go."""
        for name in names:
            self.removed.append(f"{kind} {name}")
            if kind == "image":
                for ident, image in list(self.things[kind].items()):
                    tags = [tag for tag in image.get("RepoTags") or [] if tag != name]
                    if ident == name or (not tags and name in (image.get("RepoTags") or [])):
                        del self.things[kind][ident]
                    else:
                        image["RepoTags"] = tags
            elif name not in self.stuck:
                self.things[kind].pop(name, None)

    def made_by_compose(self, kind: str, ours: Any) -> list[str]:  # noqa: ANN401 - a question
        """As the one of projects."""
        marked = {name: labels.on(kind, one).get(projects.PROJECT) for name, one in self.things[kind].items()}
        return sorted(name for name, project in marked.items() if project and ours(project))


def words_of_kinds() -> tuple[str, ...]:
    """Kinds of what an engine has."""
    return ("container", "network", "volume", "image")


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """Stand in for the engine."""
    found = FakeEngine()
    for name in ("ids", "inspect", "remove"):
        monkeypatch.setattr(engine, name, getattr(found, name))
    monkeypatch.setattr(projects, "made_by_compose", found.made_by_compose)
    return found
