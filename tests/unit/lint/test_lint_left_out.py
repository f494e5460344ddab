"""Which compose files a search leaves out, and that it says so."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from stackproof.cli.lint import lint
from stackproof.engine.project import ComposeSettings
from stackproof.lint import left_out, sources

FILE = "services: {web: {image: 'nginx:1.25'}}\n"


def write(path: Path, text: str = FILE) -> Path:
    """Write a file, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def names(here: Path, *paths: str) -> list[str]:
    """Return what is left out when paths are judged from a folder."""
    found = sources.find(paths, here, ComposeSettings())
    return [os.path.relpath(path, here) for path in left_out.left_out(found)]


@pytest.mark.parametrize(
    ("name", "left"),
    [
        *(
            (name, True)
            for name in ("docker-compose.prod.yml", "docker-compose-dev.yaml", "compose.test.yaml")
        ),
        *((name, True) for name in ("compose_ci.yml", "dev.compose.yml", "prod-docker-compose.yml")),
        *((name, True) for name in ("docker-compose.yml", "compose.yaml.yml")),
        *(
            (name, False)
            for name in ("compose.override.yml", "stack.yml", "docker-compose.yml.bak", "composer.yml")
        ),
        *((name, False) for name in ("compose.prod.json", "compose.md", "README.yml")),
    ],
)
def test_name_beside_a_stack(tmp_path: Path, name: str, left: bool) -> None:  # noqa: FBT001 - a case
    """As people call what goes with it; the override Compose reads itself."""
    write(tmp_path / "compose.yaml")
    write(tmp_path / name)

    assert names(tmp_path, ".") == ([name] if left else [])


@pytest.mark.parametrize("named", ["docker-compose.db.yml", "${DB-docker-compose.db.yml}", "$FILE"])
@pytest.mark.parametrize(
    "text", ["include: ['{}']\n", "services: {{web: {{extends: {{file: '{}', service: web}}}}}}\n"]
)
def test_what_a_stack_leads_to_by_a_variable(tmp_path: Path, named: str, text: str) -> None:
    """Is judged with it, also where a variable names it."""
    write(tmp_path / "compose.yaml", text.format(named))
    write(tmp_path / "docker-compose.db.yml")
    write(tmp_path / "docker-compose.prod.yml")
    write(tmp_path / ".env", "FILE=docker-compose.db.yml\n")

    assert names(tmp_path, ".") == ["docker-compose.prod.yml"]


@pytest.mark.parametrize("text", ["", "values: {}\n", "# services:\n", "a:\n  services: {}\n"])
def test_what_is_no_compose_file(tmp_path: Path, text: str) -> None:
    """Whatever its name says."""
    write(tmp_path / "compose.yaml")
    write(tmp_path / "docker-compose.values.yml", text)

    assert names(tmp_path, ".") == []


def test_second_override(tmp_path: Path) -> None:
    """Compose takes the first of several names, of overrides, too."""
    write(tmp_path / "docker-compose.yml")
    write(tmp_path / "compose.override.yml")
    write(tmp_path / "docker-compose.override.yml")

    assert names(tmp_path, ".") == ["docker-compose.override.yml"]


@pytest.mark.parametrize(
    "text",
    [
        "include: [compose.base.yml]\n",
        "include: [{path: [compose.base.yml]}]\n",
        "services: {a: {extends: {file: compose.base.yml, service: web}}}\n",
        "include: [sub/compose.more.yml]\n",
    ],
)
def test_what_a_stack_leads_to_at_a_distance(tmp_path: Path, text: str) -> None:
    """Is read, at whatever distance."""
    write(tmp_path / "compose.yaml", text)
    write(tmp_path / "compose.base.yml")
    write(tmp_path / "sub/compose.more.yml", "include: [../compose.base.yml]\n")

    assert set(names(tmp_path, ".")) <= {"sub/compose.more.yml"}


def test_what_was_named(tmp_path: Path) -> None:
    """Is judged; and where no folder is searched, nothing is looked for."""
    write(tmp_path / "compose.yaml")
    write(tmp_path / "compose.prod.yml")

    assert names(tmp_path, ".", "compose.prod.yml") == []
    assert names(tmp_path, ".", f"compose.yaml{os.pathsep}compose.prod.yml") == []
    assert names(tmp_path, "compose.yaml") == []


def test_what_cannot_be_read_or_never_ends(tmp_path: Path) -> None:
    """A FIFO, a folder, a link to nothing."""
    write(tmp_path / "compose.yaml")
    os.mkfifo(tmp_path / "compose.fifo.yml")
    (tmp_path / "compose.folder.yml").mkdir()
    (tmp_path / "compose.link.yml").symlink_to("nowhere")

    assert names(tmp_path, ".") == []


def test_other_peoples_folders(tmp_path: Path) -> None:
    """Are not searched."""
    write(tmp_path / "compose.yaml")
    for folder in (".git", "node_modules", "vendor"):
        write(tmp_path / folder / "compose.prod.yml")

    assert names(tmp_path, ".") == []


@pytest.mark.parametrize(
    ("files", "named", "typed"),
    [
        (
            ["docker-compose.prod.yml"],
            "docker-compose.prod.yml",
            "docker-compose.yml -f docker-compose.prod.yml",
        ),
        (
            ["a/compose.b c.yml", "a/compose.d.yml"],
            "a/compose.b c.yml, a/compose.d.yml",
            "'a/compose.b c.yml'",
        ),
        (
            ["b/compose.yaml", "b/compose.yml", "b/x.compose.yml", "b/y.compose.yml", "b/z.compose.yml"],
            "b/compose.yml, b/x.compose.yml, b/y.compose.yml and 1 more",
            "b/compose.yml",
        ),
    ],
)
def test_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: list[str], named: str, typed: str
) -> None:
    """One, at the end, and none where only verdicts are asked for; the exit code does not hang on it."""
    monkeypatch.chdir(tmp_path)
    for name in ("docker-compose.yml", *files):
        write(Path(name))
    loud, quiet = (CliRunner().invoke(lint, words) for words in (["."], [".", "-q"]))

    them = "it" if len(files) == 1 else "them"
    assert loud.stdout.splitlines()[-1] == (
        f"note: {named}: not judged, for Compose reads {them} only by name (stackproof lint -f {typed})"
    )
    assert "note:" not in quiet.stdout
    assert loud.exit_code == quiet.exit_code == 0


def test_no_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all there is was judged."""
    monkeypatch.chdir(tmp_path)
    write(Path("compose.yml"))

    assert "note:" not in CliRunner().invoke(lint, ["."]).stdout
