"""What an engine says of a copy of a bind is told by its author's path and line."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.unit.conftest import MakeStack
from tests.unit.sandbox.test_sandbox_bring_up import Scene

from stackproof.errors import CommandError, StackError
from stackproof.isolation.bind_words import in_authors_words
from stackproof.runs.run import Run
from stackproof.sandbox import bring_up
from stackproof.sandbox.bring_up import up_patiently
from stackproof.sandbox.composing import Composer
from stackproof.sandbox.pool import Pool
from stackproof.settings import Settings
from stackproof.stack.stack import Stack

COMPOSE = """\
services:
  web:
    image: web
    volumes:
      - ./data:/data
      - ./app.conf:/etc/app.conf:ro
  worker:
    image: web
    volumes:
      - kept:/kept
volumes:
  kept:
    driver_opts:
      type: none
      o: bind
      device: ${PWD}/kept
"""
NOBODY: Any = None
# As the engine says it of a folder on a file (runc 1.1).
REFUSED = (
    'Error response from daemon: failed to create task for container: error mounting "{0}" to rootfs at '
    '"/etc/app.conf": mount {0}:/etc/app.conf (via /proc/self/fd/6), flags: 0x5000: not a directory: Are you '
    "trying to mount a directory onto a file (or vice-versa)?"
)


@pytest.fixture
def shop(make_stack: MakeStack, tmp_path: Path) -> Stack:
    """A website that mounts a folder and a file, and a worker with a folder behind a volume."""
    folder = tmp_path / "shop"
    (folder / "data").mkdir(parents=True)
    binds = [
        {"type": "bind", "source": str(folder / "data"), "target": "/data"},
        {"type": "bind", "source": str(folder / "app.conf"), "target": "/etc/app.conf", "read_only": True},
    ]
    kept = [{"type": "volume", "source": "kept", "target": "/kept"}]
    made = make_stack({"web": {"volumes": binds}, "worker": {"volumes": kept}}, compose=COMPOSE)
    options = {"type": "none", "o": "bind", "device": str(folder / "kept")}
    cast("dict[str, Any]", made.model.raw)["volumes"] = {
        "kept": {"name": "shop_kept", "driver_opts": options}
    }
    return made


@pytest.fixture
def composer(shop: Stack, tmp_path: Path) -> Composer:
    """One that has copied the binds of the stack."""
    composer = Composer(shop, NOBODY, Settings())
    (tmp_path / "copies").mkdir()
    composer.copy_binds(tmp_path / "copies")
    return composer


def copy(composer: Composer, source: Path) -> str:
    """Return where the copy of a bind lies."""
    return composer._binds[str(source)]  # noqa: SLF001 - what the engine names


def refusal(shop: Stack, composer: Composer, source: str) -> list[str]:
    """Return the lines that tell that the engine refused to mount the copy of a bind."""
    scene = Scene(shop)
    words = REFUSED.format(copy(composer, shop.source.directory / source))
    scene.refusals = [
        CommandError(f"`docker compose up` failed:\n Container sandbox-web-1  Starting\n{words}")
    ]
    with pytest.raises(StackError) as caught:
        up_patiently(scene.sandbox, scene.project, {}, composer.in_authors_words)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(("source", "line"), [("app.conf", 6), ("kept", 16)])
def test_source_that_is_not_there(
    shop: Stack, composer: Composer, tmp_path: Path, source: str, line: int
) -> None:
    """First what is wrong and where it is written, then the engine's words, with no path of ours."""
    first, fix, engine, *rest = refusal(shop, composer, source)

    folder = shop.source.directory
    said = f"{folder}/{source} is not there, so an empty folder is mounted in its place"
    assert first == f"{folder}/compose.yml:{line}: {said}"
    assert fix == "  fix: create it, or correct the path"
    assert (
        f'service web: failed to create task for container: error mounting "{folder}/{source}" to' in engine
    )
    assert str(tmp_path / "copies") not in "\n".join((engine, *rest))


def test_source_that_is_there(shop: Stack, composer: Composer, tmp_path: Path) -> None:
    """It is named as its author does; something else is wrong with it."""
    lines = refusal(shop, composer, "data")

    assert "is not there" not in "\n".join(lines)
    assert f'error mounting "{shop.source.directory}/data" to' in lines[0]
    assert str(tmp_path / "copies") not in "\n".join(lines)


def test_words_of_something_else(composer: Composer) -> None:
    """They stay as they are."""
    assert composer.in_authors_words("port is already allocated") == "port is already allocated"


def test_first_and_tenth(tmp_path: Path) -> None:
    """One copy's path begins as another's does; a part of a copy is a part of the bind."""
    copies = {f"/a$$b/{number}": f"{tmp_path}/bind-{number}" for number in range(12)}
    copies["/inner"] = f"{tmp_path}/bind-3/in"

    said = f"{tmp_path}/bind-1 {tmp_path}/bind-11/x {tmp_path}/bind-3/in/y {tmp_path}/bind-2:"
    assert in_authors_words(said, copies) == "/a$b/1 /a$b/11/x /inner/y /a$b/2:"


def test_folder_of_ours_behind_a_link(shop: Stack, tmp_path: Path) -> None:
    """An engine may name where it leads."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    composer = Composer(shop, NOBODY, Settings())
    composer.copy_binds(tmp_path / "link")
    source = shop.source.directory / "app.conf"

    told = copy(composer, source).replace(f"{tmp_path}/link", f"{tmp_path}/real")
    for path in (told, copy(composer, source)):
        first, _fix, last = composer.in_authors_words(f"error mounting {path}").splitlines()
        assert last == f"error mounting {source}"
        assert f"compose.yml:6: {source} is not there" in first


def test_sandbox_that_comes_up_is_told_so(
    shop: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It hands on what it knows of its own copies."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    quiet: Any = SimpleNamespace(say=lambda *_words: None)
    sandbox = Pool(Run.create(), NOBODY, quiet, Settings()).new(shop, "observe")
    sandbox._composer.copy_binds(tmp_path)  # noqa: SLF001 - what it does before
    monkeypatch.setattr(sandbox, "_project", NOBODY, raising=False)
    monkeypatch.setattr(sandbox, "_remember_volumes", list)
    said: list[str] = []
    monkeypatch.setattr(bring_up, "wait_ready", lambda _sandbox: 0.0)
    monkeypatch.setattr(
        bring_up,
        "up_patiently",
        lambda _sandbox, _project, _scales, told: said.append(told(f"no {tmp_path}/bind-0")),
    )

    sandbox.up()

    assert [words.rpartition("no ")[2] for words in said] == [str(shop.source.directory / "app.conf")]


def test_missing_first_and_tenth_that_is_there(make_stack: MakeStack, tmp_path: Path) -> None:
    """That nothing is at the first says nothing of the tenth."""
    folder = tmp_path / "shop"
    folder.mkdir()
    for number in {*range(1, 12)} - {2}:
        (folder / f"{number:02}").mkdir()
    mounts = [
        {"type": "bind", "source": str(folder / f"{number:02}"), "target": f"/{number}"}
        for number in range(1, 12)
    ]
    composer = Composer(make_stack({"web": {"volumes": mounts}}), NOBODY, Settings())
    (tmp_path / "copies").mkdir()
    composer.copy_binds(tmp_path / "copies")
    named = {source: path for source, path in composer._binds.items() if path.endswith(("-1", "-10"))}  # noqa: SLF001
    assert [Path(source).exists() for source in sorted(named)] == [False, True]

    for source, path in named.items():
        said = composer.in_authors_words(f"error mounting {path} to rootfs")
        assert ("is not there" in said) is (not Path(source).exists())
        assert said.endswith(f"error mounting {source} to rootfs")
