"""Which stacks paths mean."""

import os
from pathlib import Path

import pytest

from stackproof.engine.project import ComposeSettings
from stackproof.files import disk
from stackproof.lint import sources
from stackproof.lint.sources import Found

FILE = "services: {web: {image: 'nginx:1.25'}}\n"
BOMB = "x-0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"x-{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9)
)


def write(path: Path, text: str = FILE) -> Path:
    """Write a file, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def find(folder: Path, *paths: str, with_override: bool = False) -> Found:
    """Look from a folder."""
    return sources.find(paths, folder, ComposeSettings(), with_override=with_override)


def names(found: Found) -> list[tuple[str, list[str]]]:
    """Return what was found, by name and files."""
    return [(one.name, [path.name for path in one.files]) for one in found.sources]


def test_folder_is_searched_with_all_below_it(tmp_path: Path) -> None:
    """In order, without what is hidden or other people's; overrides go with the file that they change."""
    write(tmp_path / "compose.yml")
    write(tmp_path / "b/docker-compose.yaml")
    write(tmp_path / "a/deep/er/compose.yaml")
    write(tmp_path / "a/deep/er/compose.override.yml")
    for other in (".git", ".cache/x", "node_modules/y", "vendor", "venv"):
        write(tmp_path / other / "compose.yml")
    write(tmp_path / "c/docker-compose.prod.yml")

    assert names(find(tmp_path, ".")) == [
        (tmp_path.name, ["compose.yml"]),
        ("a/deep/er", ["compose.yaml", "compose.override.yml"]),
        ("b", ["docker-compose.yaml"]),
    ]


def test_file_is_taken_by_its_word(tmp_path: Path) -> None:
    """An override by itself is half a stack, and stands for the whole one; a stack is judged once."""
    write(tmp_path / "a/compose.yml")
    write(tmp_path / "a/compose.override.yml")
    write(tmp_path / "a/docker-compose.prod.yml")

    assert names(find(tmp_path, "a/compose.override.yml", "a", "a/docker-compose.prod.yml")) == [
        ("a", ["compose.yml", "compose.override.yml"]),
        ("a/docker-compose.prod.yml", ["docker-compose.prod.yml"]),
    ]
    assert names(find(tmp_path, os.pathsep.join(["a/compose.yml", "a/docker-compose.prod.yml"]))) == [
        ("a", ["compose.yml", "docker-compose.prod.yml"])
    ]


WHOLE = [("a", ["compose.yml", "compose.override.yml"])]


@pytest.mark.parametrize(
    "paths", [("compose.yml", "compose.override.yml"), ("compose.override.yml", "compose.yml")]
)
def test_file_that_is_named_beside_its_override(tmp_path: Path, paths: tuple[str, ...]) -> None:
    """Is no stack of its own; by itself it is one, as for `docker compose -f`."""
    for name in (*paths, "docker-compose.yml", "dev.yml"):
        write(tmp_path / "a" / name)

    assert names(find(tmp_path, *(f"a/{name}" for name in paths))) == WHOLE
    assert names(find(tmp_path, "a/compose.yml")) == [("a", ["compose.yml"])]
    others = ("a/docker-compose.yml", "a/dev.yml")  # Compose does not take them
    assert [files for _, files in names(find(tmp_path, *(f"a/{name}" for name in paths), *others))] == [
        *(WHOLE[0][1], ["docker-compose.yml"], ["dev.yml"])
    ]


@pytest.mark.parametrize("path", ["a/compose.yml", "a/compose.override.yml", "a"])
def test_with_override(tmp_path: Path, path: str) -> None:
    """Each file stands for the stack of its folder, if Compose takes it there."""
    for name in ("compose.yml", "compose.override.yml", "dev.yml", "docker-compose.yaml"):
        write(tmp_path / "a" / name)
    write(tmp_path / "b/docker-compose.yml")
    write(tmp_path / "b/docker-compose.override.yml")

    assert names(find(tmp_path, path, with_override=True)) == WHOLE
    others = ("a/dev.yml", "a/docker-compose.yaml", "b/docker-compose.yml")
    assert [files for _, files in names(find(tmp_path, *others, with_override=True))] == [
        *(["dev.yml"], ["docker-compose.yaml"], ["docker-compose.yml", "docker-compose.override.yml"])
    ]


def test_with_override_that_is_no_file(tmp_path: Path) -> None:
    """Is told: without it the stack is another one."""
    write(tmp_path / "compose.yml")
    (tmp_path / "compose.override.yml").mkdir()
    (one,) = find(tmp_path, "compose.yml", with_override=True).unread

    assert "compose.override.yml: it is a folder" in one.message


def test_with_override_where_an_env_file_names_others(tmp_path: Path) -> None:
    """As `COMPOSE_FILE` says it, and a file that it does not name stands alone."""
    for name in ("compose.yml", "compose.override.yml", "dev.yml"):
        write(tmp_path / "a" / name)
    write(tmp_path / "a/.env", "COMPOSE_FILE=compose.yml:dev.yml\n")

    assert names(find(tmp_path, "a/compose.yml", with_override=True)) == [("a", ["compose.yml", "dev.yml"])]
    write(tmp_path / "a/.env", "COMPOSE_FILE=dev.yml\n")
    assert names(find(tmp_path, "a/compose.yml", with_override=True)) == [("a", ["compose.yml"])]


def test_each_stack_has_a_name_of_its_own(tmp_path: Path) -> None:
    """A folder may be called as the one above it, and a file may stand in several stacks."""
    for folder in ("shop", "shop/shop"):
        write(tmp_path / folder / "compose.yml")
    write(tmp_path / "shop" / "a.yml")
    found = find(tmp_path / "shop", ".", "a.yml", "a.yml:compose.yml", "a.yml:shop/compose.yml")

    assert [source.name for source in found.sources] == [
        *("compose.yml", "shop", "a.yml", "a.yml:compose.yml", "a.yml:shop/compose.yml")
    ]


@pytest.mark.parametrize("paths", [(".",), ("shop", "."), ("shop/compose.yml", "compose.yml"), ("shop",)])
def test_a_name_is_the_same_whatever_else_is_judged(tmp_path: Path, paths: tuple[str, ...]) -> None:
    """A baseline knows stacks by name: one must not be taken for another."""
    for folder in ("shop", "shop/shop"):
        write(tmp_path / folder / "compose.yml")
    top = tmp_path / "shop"

    found = {source.directory: source.name for source in find(top, *paths).sources}

    assert found.items() <= {top: "compose.yml", top / "shop": "shop"}.items()
    assert top / "shop" in found


def test_folder_called_as_standard_input(tmp_path: Path) -> None:
    """Both would be one stack in reports."""
    write(tmp_path / "-" / "compose.yml")

    assert [source.name for source in find(tmp_path, "./-").sources] == ["-/compose.yml"]


def test_links_lead_in_no_circle(tmp_path: Path) -> None:
    """They are not followed."""
    write(tmp_path / "a/compose.yml")
    (tmp_path / "a/up").symlink_to("..")

    assert names(find(tmp_path, ".")) == [("a", ["compose.yml"])]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("large", "it is larger than 2 MiB, and so it is not judged"),
        ("bomb", "its aliases of aliases stand for "),
        ("pipe", "compose.yml: it is a FIFO, and must be a compose file"),
        ("loop", "compose.yml is a link to compose.yml, which is not there"),
        ("folder", "compose.yml: it is a folder, and must be a compose file, since Compose takes it here"),
        ("gone", "compose file not found: "),
    ],
)
def test_bad_file_keeps_no_other_away(tmp_path: Path, name: str, message: str) -> None:
    """Each has one message."""
    write(tmp_path / "good/compose.yml")
    path = tmp_path / name / "compose.yml"
    if name != "gone":
        path.parent.mkdir()
    if name == "large":
        path.write_text(FILE + "#" * disk.MOST)
    elif name == "bomb":
        path.write_text(BOMB + FILE)
    elif name == "pipe":
        os.mkfifo(path)
    elif name == "loop":
        path.symlink_to(path.name)
    elif name == "folder":
        path.mkdir()
    found = find(tmp_path, "good", name)

    assert names(found) == [("good", ["compose.yml"])]
    assert [(one.path, message in one.message) for one in found.unread] == [(name, True)]


def test_values_are_counted_as_often_as_aliases_bring_them() -> None:
    """Few aliases are not worth the look; an alias of what it stands in ends."""
    many = "a: &a [x, x]\nb: [" + ", ".join(["*a"] * 20) + "]\n"

    assert sources.expanded(FILE.encode()) == 0
    assert sources.expanded(many.encode()) == 1 + 2 + 3 + 1 + 20 * 3
    assert sources.expanded(("a: &a\n  b: [" + ", ".join(["*a"] * 20) + "]\n").encode()) > 0
    assert sources.expanded(("*" * 20 + "& [").encode()) == 0


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ("a:b.yml:c.yml", ["a:b.yml", "c.yml"]),
        ("c.yml:a:b.yml", ["c.yml", "a:b.yml"]),
        ("x:y/one.yml:x:y/two.yml", ["one.yml", "two.yml"]),
        ("a:b.yml:a:b.yml:c.yml", ["a:b.yml", "a:b.yml", "c.yml"]),
        ("d.yml:e.yml:c.yml", ["d.yml:e.yml", "c.yml"]),
        ("c.yml::d.yml:", ["c.yml", "d.yml"]),
    ],
)
def test_names_with_what_joins_them(tmp_path: Path, text: str, files: list[str]) -> None:
    """Of what is there the longest is meant: a file that was named with -f is never two."""
    for name in ("a:b.yml", "c.yml", "d.yml", "e.yml", "d.yml:e.yml", "x:y/one.yml", "x:y/two.yml"):
        write(tmp_path / name)

    ((_, found),) = names(find(tmp_path, text))
    assert found == files


def test_joined_names_that_are_not_there(tmp_path: Path) -> None:
    """Are told as they were split, each with its folder."""
    write(tmp_path / "c.yml")
    (one,) = find(tmp_path, "a:b.yml:c.yml").unread

    assert f"compose file not found: {tmp_path}/a, {tmp_path}/b.yml" in one.message


def test_folder_that_is_not_searched(tmp_path: Path) -> None:
    """Where nobody named a path the stack is that of Compose alone; where it has none, all below."""
    write(tmp_path / "shop/compose.yml")
    write(tmp_path / "shop/deep/compose.yml")
    found = sources.find(["."], tmp_path / "shop", ComposeSettings(), search=False)
    assert names(found) == [("shop", ["compose.yml"])]
    # Of what lies below a note tells.
    assert tmp_path / "shop/deep/compose.yml" in found.called_so

    found = sources.find(["."], tmp_path, ComposeSettings(), search=False)
    assert [name for name, _ in names(found)] == ["shop", "shop/deep"]


def test_variable_of_the_shell_names_files_of_one_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Below a searched folder it counts where its files are; in what was named its files must be there."""
    monkeypatch.setenv("COMPOSE_FILE", "prod.yml")
    for name in ("prod.yml", "compose.yml", "a/compose.yml", "b/prod.yml", "b/compose.yml", "c/d.yml"):
        write(tmp_path / name)

    assert names(find(tmp_path, ".")) == [
        ("prod.yml", ["prod.yml"]), ("a", ["compose.yml"]), ("b/prod.yml", ["prod.yml"])
    ]  # fmt: skip
    assert "COMPOSE_FILE names it" in find(tmp_path, "a").unread[0].message
    found = sources.find(["."], tmp_path / "a", ComposeSettings(), search=False)
    assert "COMPOSE_FILE names it" in found.unread[0].message


def test_env_file_that_names_compose_files(tmp_path: Path) -> None:
    """A search finds such a folder without any usual name; a remark with the variable makes it none."""
    write(tmp_path / "a/prod.yml")
    write(tmp_path / "a/.env", "COMPOSE_FILE=prod.yml\n")
    write(tmp_path / "b/prod.yml")
    write(tmp_path / "b/.env", "# COMPOSE_FILE=prod.yml\n")
    write(tmp_path / "c/.env", "COMPOSE_FILE=gone.yml\n")
    found = find(tmp_path, ".")

    assert names(found) == [("a/prod.yml", ["prod.yml"])]
    assert [one.path for one in found.unread] == ["c"]


def test_env_file_below_a_stack(tmp_path: Path) -> None:
    """Compose reads the one beside the stack above, and no other."""
    write(tmp_path / "compose.yml")
    write(tmp_path / "a/prod.yml")
    write(tmp_path / "a/.env", "COMPOSE_FILE=prod.yml\n")

    assert names(find(tmp_path, ".")) == [(tmp_path.name, ["compose.yml"])]


def test_hidden_folder_of_a_team(tmp_path: Path) -> None:
    """That of development containers holds a compose file of its own."""
    write(tmp_path / ".devcontainer/docker-compose.yml")
    write(tmp_path / ".cache/docker-compose.yml")

    assert [name for name, _ in names(find(tmp_path, "."))] == [".devcontainer"]
