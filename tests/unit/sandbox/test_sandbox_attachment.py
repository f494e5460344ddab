"""From the labels of a project that runs to its files and model."""

from pathlib import Path
from typing import Any

import pytest

from stackproof.engine import projects
from stackproof.engine.project import ComposeSettings
from stackproof.engine.resolved import Resolved
from stackproof.errors import UsageError
from stackproof.sandbox import attachment
from stackproof.sandbox.attachment import (
    CONFIG_FILES,
    ENVIRONMENT_FILE,
    READ_ONLY,
    WORKING_DIR,
    as_it_runs,
    attach,
    source_of,
    unknown_project,
)
from stackproof.stack.discovery import Source

RAW: dict[str, Any] = {
    "services": {"web": {"deploy": {"replicas": 2}}, "db": {}, "debug": {"profiles": ["debug"]}},
    "volumes": {"data": {}},
}


@pytest.fixture
def project(tmp_path: Path) -> dict[str, str]:
    """Labels of a container that was started from two files and an env file."""
    files = [tmp_path / "compose.yml", tmp_path / "more.yml", tmp_path / "x.env"]
    for path in files:
        path.write_text("")
    return {
        CONFIG_FILES: f"{files[0]},{files[1]}",
        WORKING_DIR: str(tmp_path / "elsewhere"),
        ENVIRONMENT_FILE: f"{files[2]},{tmp_path / 'gone.env'}",
    }


def test_files_from_labels(project: dict[str, str], tmp_path: Path) -> None:
    """Files, folder and env files are those that the project was started with, as far as they are here."""
    found = source_of("shop", project)

    assert found.files == (tmp_path / "compose.yml", tmp_path / "more.yml")
    assert found.directory == tmp_path / "elsewhere"
    assert found.settings.env_files == (tmp_path / "x.env",)


@pytest.mark.parametrize(
    ("files", "words"),
    [("/nowhere/compose.yml", "/nowhere/compose.yml"), ("-", ": -"), ("", "its labels name none")],
)
def test_files_that_are_not_here(project: dict[str, str], files: str, words: str) -> None:
    """The fix is to name them."""
    with pytest.raises(UsageError) as caught:
        source_of("shop", {**project, CONFIG_FILES: files})

    assert words in str(caught.value)
    assert "fix: name them, with PATH or -f" in str(caught.value)


def test_typo() -> None:
    """Running projects are listed, the nearest first of all."""
    assert unknown_project("shpo", ["blog", "shop"]) == (
        "no containers of a compose project 'shpo'; did you mean 'shop'?\n  running: blog, shop\n"
        "  fix: start it, or name one that runs"
    )
    assert unknown_project("x", []) == (
        "no containers of a compose project 'x'\n  no compose project is running\n"
        "  fix: start it, or name one that runs"
    )


@pytest.mark.parametrize(
    ("counts", "chosen", "expected"),
    [
        ({"web": 2, "db": 1}, False, {"web": 2, "db": 1}),
        ({"web": 5, "db": 1, "debug": 1}, False, {"web": 5, "db": 1, "debug": 1}),
        ({"web": 1}, False, {"web": 2, "db": 1}),
        ({"web": 2}, True, {"web": 2, "db": 1, "debug": 1}),
    ],
    ids=["as written", "scaled and profile", "missing", "profile chosen"],
)
def test_model_as_it_runs(counts: dict[str, int], chosen: bool, expected: dict[str, int]) -> None:  # noqa: FBT001 - a case
    """More replicas than written are looked at, fewer are missed, and an idle profile is no promise."""
    found = as_it_runs(RAW, counts, chosen=chosen)

    assert {name: service["scale"] for name, service in found["services"].items()} == expected
    assert found["volumes"] == RAW["volumes"]
    assert "scale" not in RAW["services"]["web"]


def container(service: str, marks: dict[str, str], created: str = "2027-03-01T10:00:00Z") -> dict[str, Any]:
    """What inspect says of a container."""
    return {"Created": created, "Config": {"Labels": {"com.docker.compose.service": service, **marks}}}


def watch_resolve(monkeypatch: pytest.MonkeyPatch) -> list[Source]:
    """Return what Compose will have been asked to resolve."""
    asked: list[Source] = []

    def resolve(source: Source) -> Resolved:
        asked.append(source)
        return Resolved(model=RAW, warnings=('The "A" variable is not set. Defaulting to a blank string.',))

    monkeypatch.setattr(attachment, "resolve", resolve)
    return asked


def test_attach(monkeypatch: pytest.MonkeyPatch, project: dict[str, str], tmp_path: Path) -> None:
    """The newest container says which files count; what differs stands in the notes."""
    asked = watch_resolve(monkeypatch)
    (tmp_path / "compose.yml").write_text("services: {web: {image: 'app:${A}'}, db: {image: 'db:1'}}\n")
    old = {**project, CONFIG_FILES: str(tmp_path / "old.yml")}
    found = [
        container("web", project, "2027-03-02T10:00:00Z"),
        container("db", old),
        container("stranger", project),
    ]
    monkeypatch.setattr(projects, "containers", lambda _name: found)
    it = attach("shop", None, ComposeSettings())

    assert asked[0].settings.profiles == ("*",)
    assert asked[0].settings.project_name == "shop"
    assert it.source.files[0] == tmp_path / "compose.yml"
    assert it.source.settings.profiles == ()
    assert set(it.resolved["services"]) == {"web", "db"}
    words = "variable A is not set: Compose puts in nothing (../compose.yml:1)"
    assert it.warnings == (f"{words}; fix: set A in ../x.env or in the shell",)
    assert it.notes[0] == READ_ONLY
    assert "not looked at, because the compose files do not name them: stranger" in it.notes
    assert any("different compose files" in note for note in it.notes)


def test_attach_to_given_files(
    monkeypatch: pytest.MonkeyPatch, project: dict[str, str], tmp_path: Path
) -> None:
    """Files, profiles and env files that were typed come before what the labels say."""
    asked = watch_resolve(monkeypatch)
    monkeypatch.setattr(projects, "containers", lambda _name: [container("web", project)])
    typed = ComposeSettings(profiles=("debug",), env_files=(tmp_path / "y.env",))
    it = attach("shop", Source(files=(tmp_path / "mine.yml",)), typed)

    assert it.source.files == (tmp_path / "mine.yml",)
    assert asked[0].settings.profiles == ("debug",)
    assert asked[0].settings.env_files == (tmp_path / "y.env",)
    assert "debug" in it.resolved["services"]


def test_attach_to_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A project without containers is a mistake of the command line."""
    monkeypatch.setattr(projects, "containers", lambda _name: [])
    monkeypatch.setattr(projects, "names", lambda: ["shop"])

    with pytest.raises(UsageError, match="did you mean 'shop'"):
        attach("shopp", None, ComposeSettings())
