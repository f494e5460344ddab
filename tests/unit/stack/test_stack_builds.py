"""Which Dockerfile a `build:` names."""

from pathlib import Path
from typing import Any

import pytest
from tests.unit.conftest import MakeStack

from stackproof.stack.builds import Build, Unread, build_of, missing_folders
from stackproof.stack.stack import Stack

DOCKERFILE = "ARG TAG=1\nFROM app:$TAG AS base\nUSER 1000\nFROM base AS dev\nFROM other AS final\n"


def of(stack: Stack) -> Build:
    """Return the build of its one service, which can be read."""
    (service,) = stack.services.values()
    found = build_of(service, stack)
    assert isinstance(found, Build)
    return found


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """A context beside the compose file of `make_stack`."""
    (folder := tmp_path / "shop" / "app").mkdir(parents=True)
    return folder


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Dockerfile", {}),
        ("dockerfile", {}),
        ("Dockerfile.web", {"dockerfile": "Dockerfile.web"}),
        ("docker/Dockerfile", {"dockerfile": "docker/Dockerfile"}),
        ("../Dockerfile", {"dockerfile": "../Dockerfile"}),
        ("a$b", {"dockerfile": "a$$b"}),
    ],
)
def test_file(make_stack: MakeStack, context: Path, name: str, written: dict[str, Any]) -> None:
    """Its name is seen from the context, and told as seen from the project's folder."""
    (context / name).parent.mkdir(exist_ok=True)
    (context / name).write_text(DOCKERFILE)

    found = of(make_stack({"web": {"build": {"context": str(context), **written}}}))

    assert found.place(4).file == ("Dockerfile" if name.startswith("..") else f"app/{name}")
    assert found.place(4).line == 4
    assert found.stage.name == "final"
    assert [base.reference for base in found.bases] == ["other"]


@pytest.mark.parametrize(
    ("build", "chain", "bases"),
    [
        ({"target": "dev"}, ["base", "dev"], ["app:1"]),
        ({"target": "dev", "args": {"TAG": "2"}}, ["base", "dev"], ["app:2"]),
        ({"target": "dev", "args": {"TAG": None}}, ["base", "dev"], ["app:1"]),
        ({"additional_contexts": {"other": "docker-image://alpine:3.20"}}, ["final"], ["alpine:3.20"]),
        ({"additional_contexts": {"Other": "service:api"}}, ["final"], []),
        ({"additional_contexts": {"other": "../elsewhere"}}, ["final"], []),
    ],
)
def test_what_is_built(
    make_stack: MakeStack, context: Path, build: dict[str, Any], chain: list[str], bases: list[str]
) -> None:
    """The stage that is asked for, with what the compose file gives it."""
    (context / "Dockerfile").write_text(DOCKERFILE)

    found = of(make_stack({"web": {"build": {"context": str(context), **build}}}))

    assert [stage.name for stage in found.chain] == chain
    assert [base.reference for base in found.bases] == bases


def test_instructions_of_the_image(make_stack: MakeStack, context: Path) -> None:
    """Not those of stages from which it takes files, and those behind ONBUILD where they are carried out."""
    (context / "Dockerfile").write_text(
        "FROM a AS tools\nRUN one\nFROM b AS base\nONBUILD RUN two\nFROM base\n"
        "COPY --from=tools /t /t\nCOPY --from=image:3 /u /u\nONBUILD RUN three\n"
    )
    found = of(make_stack({"web": {"build": {"context": str(context)}}}))

    assert [one.value for one in found.instructions] == ["two", "/t /t", "/u /u"]
    assert [one.value for one in found.all_instructions] == ["one", "two", "/t /t", "/u /u", "three"]
    assert [(base.reference, base.line) for base in found.bases] == [("a", 1), ("b", 3), ("image:3", 7)]


@pytest.mark.parametrize(
    ("written", "text", "lines"),
    [
        ("|\n        FROM a\n        USER b$$c\n", "FROM a\nUSER b$$c\n", (5, 6)),
        ("|-\n\n        FROM a\n        USER b$$c", "\nFROM a\nUSER b$$c", (6, 7)),
        (">\n        FROM a\n\n        USER\n        b$$c\n", "FROM a\nUSER b$$c\n", (5, 7)),
        ('"FROM a\\nUSER b$$c\\n"\n', "FROM a\nUSER b$$c\n", (4, 4)),
        ('"FROM a\\n\\\n        USER b$$c"\n', "FROM a\nUSER b$$c", (4, 5)),
        ('\n        "FROM a\n\n        USER b$$c"\n', "FROM a\nUSER b$$c", (5, 7)),
        ("'FROM a\n\n        USER b$$c'\n", "FROM a\nUSER b$$c", (4, 6)),
        ("FROM a\n\n        USER b$$c\n", "FROM a\nUSER b$$c", (4, 6)),
    ],
)
def test_inline(make_stack: MakeStack, written: str, text: str, lines: tuple[int, int]) -> None:
    """Its lines are those of the compose file; a dollar that is doubled there is one."""
    compose = f"services:\n  web:\n    build:\n      dockerfile_inline: {written}"
    stack = make_stack({"web": {"build": {"context": ".", "dockerfile_inline": text}}}, compose=compose)

    found = of(stack)

    (user,) = found.instructions
    assert user.value == "b$c"
    places = [str(found.place(line)) for line in (found.stage.line, user.line)]
    assert places == [f"compose.yml:{line}" for line in lines]


def test_inline_by_an_alias(make_stack: MakeStack) -> None:
    """Its lines are those of what stands behind the anchor."""
    compose = "x-a: &a |\n  FROM a\nservices:\n  web:\n    build:\n      dockerfile_inline: *a\n"
    stack = make_stack({"web": {"build": {"context": ".", "dockerfile_inline": "FROM a\n"}}}, compose=compose)

    assert str(of(stack).place(1)) == "compose.yml:2"


@pytest.mark.parametrize(
    ("build", "why", "missing"),
    [
        ({"context": "https://example.test/app.git#main:web"}, "the context of web is fetched", False),
        ({"context": "git@example.test:team/app.git"}, "the context of web is fetched", False),
        ({"context": "ssh://git@example.test/app"}, "the context of web is fetched", False),
        ({"context": "github.com/team/app"}, "the context of web is fetched", False),
        ({"context": "{folder}"}, "there is no Dockerfile app/Dockerfile", True),
        (
            {"context": "{folder}", "dockerfile": "Dockerfile.web"},
            "there is no Dockerfile app/Dockerfile.web",
            True,
        ),
        ({"context": "{folder}", "dockerfile": "."}, "app is a folder, and no Dockerfile", True),
        ({"dockerfile_inline": "FROM a", "target": "web"}, "compose.yml has no stage web", True),
        ({"dockerfile_inline": "# soon"}, "compose.yml has no FROM", True),
    ],
)
def test_unread(
    make_stack: MakeStack, context: Path, build: dict[str, Any], why: str, *, missing: bool
) -> None:
    """And whether anybody could read it."""
    written = {key: value.format(folder=context) for key, value in build.items()}
    stack = make_stack({"web": {"build": written}})

    found = build_of(stack.services["web"], stack)

    assert isinstance(found, Unread)
    assert found.why.startswith(why)
    assert found.missing is missing


@pytest.mark.parametrize("long", ["a" * 300, "b/" * 3000])
def test_a_name_that_the_system_refuses(make_stack: MakeStack, context: Path, long: str) -> None:
    """It is that of nothing, and no error of ours."""
    builds: dict[str, dict[str, Any]] = {
        "context": {"context": f"{context}/{long}"},
        "file": {"context": str(context), "dockerfile": long},
        "more": {"context": str(context), "additional_contexts": {"x": f"{context}/{long}"}},
    }
    stack = make_stack({name: {"build": build} for name, build in builds.items()})

    for name, missing in (("context", 1), ("file", 0), ("more", 1)):
        found = build_of(stack.services[name], stack)
        assert isinstance(found, Unread)
        assert found.missing
        assert len(list(missing_folders(stack.services[name], stack))) == missing


def test_without_a_build(make_stack: MakeStack) -> None:
    """An image alone."""
    stack = make_stack({"web": {"image": "a"}})

    assert build_of(stack.services["web"], stack) is None
