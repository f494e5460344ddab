"""What goes through the library, and its errors as a person reads them."""

import ast
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from python_on_whales import DockerException

from stackproof.engine import command, project
from stackproof.engine.command import leashed
from stackproof.engine.project import ComposeSettings, _command_error, _told
from stackproof.errors import CommandError, UsageError

SOURCE = Path(project.__file__).parents[1]
LIFE = {"up", "run", "create", "start", "stop", "kill", "pause", "restart", "build", "pull", "down", "rm"}
KINDS = {"container", "compose", "image", "network", "volume"}
REASON = "Not through the library: "


def test_error_leaves_the_leash_out() -> None:
    """The command can be copied and tried."""
    error = _command_error([*leashed(300), "compose", "up"], 1, "no such image")

    assert str(error) == "`docker compose up` failed with exit code 1:\nno such image"


def test_error_of_a_time_out() -> None:
    """Exit code 124 is the leash's."""
    assert str(_command_error(["docker", "compose", "up"], 124, "")) == "`docker compose up` took too long"


def test_error_without_parts_of_passwords() -> None:
    """Compose warns of what follows a dollar sign in a value of the author's env file."""
    warning = 'level=warning msg="The \\"word9\\" variable is not set. Defaulting to a blank string."'
    error = DockerException(["docker", "compose", "up"], 1, b"", f"{warning}\nno such image\n".encode())

    with pytest.raises(CommandError) as caught, _told():
        raise error
    assert str(caught.value) == "`docker compose up` failed with exit code 1:\nno such image"


def test_error_of_another_program() -> None:
    """Without docker in it the command stays as it is."""
    assert str(_command_error(["podman", "up"], 2, "")) == "`podman up` failed with exit code 2"


@pytest.mark.parametrize(
    ("env_files", "directory", "message"),
    [
        (["none.env"], None, "env file not found: {}/none.env"),
        (["here.env", "."], None, "env file not found: {}"),
        (["here.env"], "nowhere", "project directory not found: {}/nowhere"),
        ([], "here.env", "project directory not found: {}/here.env"),
    ],
)
def test_what_is_typed_must_be_there(
    tmp_path: Path, env_files: list[str], directory: str | None, message: str
) -> None:
    """Else Compose would find fault with the compose file, or prove another stack than was meant."""
    (tmp_path / "here.env").touch()

    with pytest.raises(UsageError, match=f"^{re.escape(message.format(tmp_path))}\n  fix: "):
        ComposeSettings.typed(tmp_path, (), env_files, directory)


def test_what_is_typed_is_found(tmp_path: Path) -> None:
    """From the folder in which it was typed; a device, as none of its own, too."""
    (tmp_path / "here.env").touch()
    found = ComposeSettings.typed(tmp_path, ("dev",), ("here.env", "/dev/null"), ".")

    assert found.env_files == (tmp_path / "here.env", Path("/dev/null"))
    assert found.project_directory == tmp_path


def _begin_with(node: ast.AST) -> list[str]:
    """Return the words that a call or a list begins with."""
    items: list[ast.expr] = []
    if isinstance(node, ast.List):
        items = node.elts
    elif isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in (
        "run",
        "start",
    ):
        items = node.args
    return [str(item.value) for item in items if isinstance(item, ast.Constant)]


def _of_life(words: list[str]) -> bool:
    first, second = [*words, "", ""][:2]
    return first in LIFE or (first in KINDS and second in LIFE)


def _unreasoned(text: str) -> Iterator[str]:
    """Yield the functions that begin or end something by the docker command and do not say why."""
    for function in filter(lambda node: isinstance(node, ast.FunctionDef), ast.walk(ast.parse(text))):
        if REASON in str(ast.get_source_segment(text, function)):
            continue
        if any(_of_life(_begin_with(node)) for node in ast.walk(function)):
            yield str(getattr(function, "name", ""))


def test_life_cycle_goes_through_the_library_or_says_why() -> None:
    """What starts, ends or removes something by the docker command itself has its reason beside it."""
    folders = ("engine", "facts", "runs", "sandbox", "trials")
    texts = {path: path.read_text() for name in folders for path in sorted((SOURCE / name).glob("*.py"))}
    found = {path.name: [*_unreasoned(text)] for path, text in texts.items()}

    assert {name: functions for name, functions in found.items() if functions} == {}
    assert [*_unreasoned('def begin():\n    run("container", "start", "web")\n')] == ["begin"]


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A docker command that writes down its words and does what the file beside it says."""
    path = tmp_path / "docker"
    path.write_text(f'#!/bin/sh\necho "$*" >>{tmp_path}/asked\n. {tmp_path}/does\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(command, "DOCKER", str(path))
    return tmp_path


def test_pull(docker: Path) -> None:
    """One image, for one platform, without progress."""
    (docker / "does").write_text('[ "$2" = pull ] || echo "[{}]"\n')
    project.pull("busybox:1.36", "linux/arm64")

    asked = (docker / "asked").read_text().splitlines()
    assert asked[0] == "image pull --quiet --platform=linux/arm64 busybox:1.36"


def test_pull_that_fails(docker: Path) -> None:
    """In docker's words."""
    (docker / "does").write_text("echo 'manifest unknown' >&2; exit 1\n")

    with pytest.raises(CommandError, match=r"(?s)pull --quiet .*exit code 1:.manifest unknown"):
        project.pull("busybox:1.36")


def test_pull_that_takes_too_long(docker: Path) -> None:
    """Ends at its deadline."""
    (docker / "does").write_text("sleep 60\n")

    with pytest.raises(CommandError, match="took too long"):
        project.pull("busybox:1.36", deadline=0.3)
