"""What is taken away, and what only looks as if it were ours."""

import re
from typing import Any

import pytest
from tests.unit.runs.conftest import RUN, FakeEngine

from stackproof.engine import labels, projects
from stackproof.runs.removal import Things, remove_nameless, take_away

A, B = "a" * 64, "b" * 64
OURS = {labels.RUN: RUN}
PROJECT = {projects.PROJECT: f"stackproof-{RUN}-shop-observe"}


@pytest.fixture
def things() -> Things:
    """All of a run."""
    return Things(run=RUN, labels=OURS, projects=re.compile(f"stackproof-{RUN}-.+"), began=1000.0)


def mounted(name: str, target: str = "/data", source: str | None = None) -> dict[str, Any]:
    """What inspect says of a container with a volume."""
    written = {"Type": "volume", "Target": target, **({"Source": source} if source else {})}
    mount = {"Type": "volume", "Name": name, "Destination": target}
    return {"HostConfig": {"Mounts": [written]}, "Mounts": [mount]}


def test_all_of_a_run(fake: FakeEngine, things: Things) -> None:
    """By label or by Compose's project, volumes without a name noted before they lose their container."""
    fake.add("container", "web", {**OURS, **PROJECT}, **mounted(A))
    fake.add("container", "helper", OURS)
    fake.add("container", "hook", PROJECT)
    fake.add("network", "net", {**OURS, **PROJECT})
    fake.add("volume", "kept", PROJECT)
    fake.add("volume", A)
    fake.add("image", "sha256:1", OURS, RepoTags=[f"stackproof-{RUN}/shop-web-1:latest"])
    fake.add("image", "sha256:2", OURS, RepoTags=[])
    noted: list[str] = []

    def note(names: Any) -> None:  # noqa: ANN401 - names
        assert "web" in fake.things["container"]
        noted.extend(names)

    assert take_away(things, note) == []
    assert noted == [A]
    assert not any(fake.things.values())
    # The one that only Compose's label tells of goes first: the others still tell of the run.
    assert fake.removed[0] == "container hook"


def test_what_is_not_ours(fake: FakeEngine, things: Things) -> None:
    """Names like ours, labels that came with an image, and tags that somebody gave."""
    fake.add("container", "alike", {projects.PROJECT: "stackproof-shop"})
    fake.add("container", "other-run", {projects.PROJECT: "stackproof-12345678-shop-observe"})
    fake.add("container", "longer", {projects.PROJECT: f"my-stackproof-{RUN}-shop"})
    fake.add("container", "from-our-image", {**OURS, projects.PROJECT: "shop"})
    fake.add("image", "sha256:3", OURS, RepoTags=["shop/web:1", f"stackproof-{RUN}/shop-web-1:latest"])
    fake.add("image", "sha256:4", OURS, RepoTags=["shop/db:1"])
    fake.add("volume", A, {"keep": "me"})

    assert take_away(things, lambda _names: None) == []
    assert fake.removed == [f"image stackproof-{RUN}/shop-web-1:latest"]
    assert fake.things["image"]["sha256:3"]["RepoTags"] == ["shop/web:1"]


def test_what_stays(fake: FakeEngine, things: Things) -> None:
    """It is tried again, and named."""
    fake.add("network", "net", OURS)
    fake.stuck = {"net"}

    assert take_away(things, lambda _names: None) == ["network net"]
    assert fake.removed == ["network net"] * 5


@pytest.mark.parametrize(
    ("made", "marks", "began", "expected"),
    [
        ("1970-01-01T01:00:00Z", None, 1000.0, [A]),
        ("1970-01-01T00:00:00Z", None, 1000.0, []),
        ("1970-01-01T00:00:00Z", {labels.ANONYMOUS_VOLUME: ""}, 1000.0, [A]),
        ("1970-01-01T01:00:00Z", None, None, []),
        ("1970-01-01T01:00:00Z", {labels.ANONYMOUS_VOLUME: ""}, None, [A]),
    ],
)
def test_inherited(
    fake: FakeEngine, made: str, marks: dict[str, str] | None, began: float | None, expected: list[str]
) -> None:
    """A volume that Compose handed on by its name is ours when the engine says so or it is of the run."""
    of = Things(run=RUN, labels=OURS, projects=re.compile("x"), began=began)
    fake.add("container", "web", {**OURS, labels.COMPOSE_REPLACE: "0123"}, **mounted(A, source=A))
    fake.add("volume", A, marks, CreatedAt=made)

    assert of.nameless(of.found("container")) == expected


def test_remove_nameless(fake: FakeEngine) -> None:
    """Those that are there, and that nobody gave a label."""
    fake.add("volume", A)
    fake.add("volume", B, {"keep": "me"})

    remove_nameless([A, A, B, "c" * 64])

    assert fake.removed == [f"volume {A}"]
