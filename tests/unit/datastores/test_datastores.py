"""Commands that write a value and read it back, run by a shell of this machine."""

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from stackproof.datastores import detect, files_in, postgres, redis
from stackproof.datastores.persistence import Survival
from stackproof.facts.model import Facts, Process
from stackproof.sandbox.container import Container

Client = Callable[..., list[str]]


@pytest.fixture
def client(tmp_path: Path) -> Client:
    """Return a function that runs a command with a client that prints what it was given."""
    for name in ("psql", "redis-cli"):
        path = tmp_path / name
        path.write_text(
            '#!/bin/sh\nprintf "%s\\n" "PGPASSWORD=$PGPASSWORD" "REDISCLI_AUTH=$REDISCLI_AUTH" "$@"\n'
        )
        path.chmod(0o755)

    def run(argv: Sequence[str], **environment: str) -> list[str]:
        env = {"PATH": f"{tmp_path}:/usr/bin:/bin"} | environment
        return subprocess.run(
            argv, env=env, capture_output=True, text=True, check=True, timeout=20
        ).stdout.splitlines()

    return run


def option(words: list[str], name: str) -> str:
    """Return the word behind an option."""
    return words[words.index(name) + 1]


def test_postgres_with_the_official_images_variables(client: Client) -> None:
    """User, database and password are the container's own."""
    words = client(
        postgres.DATASTORE.read_command,
        POSTGRES_USER="shop",
        POSTGRES_DB="shopdb",
        POSTGRES_PASSWORD="it's $ecret",  # noqa: S106 - of nobody
    )

    assert words[0] == "PGPASSWORD=it's $ecret"
    assert (option(words, "-U"), option(words, "-d")) == ("shop", "shopdb")
    assert option(words, "-c") == "SELECT value FROM stackproof_probe"


@pytest.mark.parametrize(
    ("environment", "user", "database"),
    [
        ({}, "postgres", "postgres"),
        ({"POSTGRES_USER": "shop"}, "shop", "shop"),
        ({"POSTGRES_DB": "d"}, "postgres", "d"),
    ],
)
def test_postgres_defaults(client: Client, environment: dict[str, str], user: str, database: str) -> None:
    """As the official image has them."""
    words = client(postgres.DATASTORE.read_command, **environment)

    assert (option(words, "-U"), option(words, "-d")) == (user, database)


def test_postgres_write(client: Client) -> None:
    """One value, however often it is written; a mistake ends the script."""
    words = client(postgres.DATASTORE.write_command("stackproof-1"))

    assert option(words, "-v") == "ON_ERROR_STOP=1"
    assert option(words, "-c") == (
        "CREATE TABLE IF NOT EXISTS stackproof_probe (value text); "
        "TRUNCATE stackproof_probe; INSERT INTO stackproof_probe VALUES ('stackproof-1')"
    )


def test_redis(client: Client) -> None:
    """Errors are exit codes (-e), and words are words."""
    assert client(redis.DATASTORE.write_command("a b"))[1:] == [
        "REDISCLI_AUTH=", "-e", "SET", "stackproof:probe", "a b",
    ]  # fmt: skip
    assert client(redis.DATASTORE.read_command)[2:] == ["-e", "GET", "stackproof:probe"]


def test_redis_with_password(client: Client) -> None:
    """By the environment, where no process list shows it."""
    assert client(redis.DATASTORE.read_command, REDIS_PASSWORD="x y")[1] == "REDISCLI_AUTH=x y"  # noqa: S106


@pytest.mark.parametrize("slash", ["", "/"])
def test_files(tmp_path: Path, client: Client, slash: str) -> None:
    """What is written is what is read, whatever the folder is called."""
    folder = tmp_path / "a folder with 'quotes' and $dollars"
    folder.mkdir()
    store = files_in(f"{folder}{slash}")

    client(store.write_command("stackproof-%s 1"))

    assert client(store.read_command) == ["stackproof-%s 1"]
    assert [path.name for path in folder.iterdir()] == [".stackproof-probe"]


def container_with(make_container: Callable[..., Container], *names: str) -> Container:
    """Return a container in which these programs run."""
    common: dict[str, Any] = {
        "command": "", "state": "S", "uids": (999,) * 4, "gids": (999,) * 4,
        "cap_effective": 0, "cap_bounding": 0, "seccomp": 2, "no_new_privileges": True,
    }  # fmt: skip
    processes = tuple(
        Process(pid=number, parent=number - 1, name=name, **common) for number, name in enumerate(names, 1)
    )
    container = make_container()
    container.facts = Facts(all_processes=processes, probe=99, sockets=(), mounts=(), users={}, limits={})
    return container


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (("postgres", "postgres"), "PostgreSQL"),
        (("tini", "redis-server"), "Redis"),
        (("python",), None),
        (("postgres_exporte",), None),
    ],
)
def test_detect(make_container: Callable[..., Container], names: tuple[str, ...], kind: str | None) -> None:
    """By the process that runs, not by what the image is called."""
    found = detect(container_with(make_container, *names))

    assert (found.kind if found else None) == kind


def survival(after: str, gone: str, *, binds: bool = False) -> Survival:
    """Return what a service said of the value `v-1`."""
    return Survival(kind="x", expected="v-1", after_down_up=after, after_down_volumes=gone, keeps_binds=binds)


def test_survival() -> None:
    """There after `down`, gone after `down -v`."""
    assert survival("v-1", "(no answer)").survived
    assert survival("v-1", "(no answer)").gone
    assert not survival("ERROR: no such table", "").survived


def test_survival_that_proves_nothing() -> None:
    """A value that is still there after `down -v` did not lie in the volume; a bind rightly keeps it."""
    assert not survival("v-1", "v-1").gone
    assert survival("v-1", "v-1", binds=True).gone
