"""Commands that write a value and read it back, run by a shell of this machine."""

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from stackproof.datastores import commands, mysql, postgres, redis
from stackproof.datastores.commands import Commands
from stackproof.datastores.detection import detect
from stackproof.datastores.files import files_in
from stackproof.engine.command import Completed
from stackproof.errors import Unknown
from stackproof.facts.model import Facts, Process
from stackproof.sandbox.container import Container
from stackproof.trials.persistence import Survival

Client = Callable[..., list[str]]


@pytest.fixture
def client(tmp_path: Path) -> Client:
    """Return a function that runs a command with a client that prints what it was given."""
    for name, password in (("psql", "PGPASSWORD"), ("redis-cli", "REDISCLI_AUTH"), ("mariadb", "MYSQL_PWD")):
        path = tmp_path / name
        path.write_text(f'#!/bin/sh\nprintf \'%s\\n\' "{password}=${password}" "$@"\n')
        path.chmod(0o755)

    def run(command: Sequence[str] | str, **environment: str) -> list[str]:
        argv = ["sh", "-c", command] if isinstance(command, str) else command
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

    assert "ON_ERROR_STOP=1" in words
    assert option(words, "-c") == (
        "CREATE TABLE IF NOT EXISTS stackproof_probe (value text); "
        "TRUNCATE stackproof_probe; INSERT INTO stackproof_probe VALUES ('stackproof-1')"
    )


def test_redis(client: Client) -> None:
    """Errors are exit codes (-e), and words are words."""
    assert client(redis.of().write_command("a b")) == [
        "REDISCLI_AUTH=", "-e", "SET", "stackproof:probe", "a b",
    ]  # fmt: skip
    assert client(redis.of().read_command)[1:] == ["-e", "GET", "stackproof:probe"]


@pytest.mark.parametrize(
    ("command", "environment", "password"),
    [
        (["redis-server"], {}, ""),
        (["redis-server"], {"REDIS_PASSWORD": "x y"}, "x y"),
        (["redis-server", "--requirepass", "it's $HOME"], {}, "it's $HOME"),
        (["redis-server", "--requirepass", "right"], {"REDIS_PASSWORD": "wrong"}, "right"),
        (["sh", "-c", 'redis-server --requirepass "$CACHE_PASS"'], {"CACHE_PASS": "a  b"}, "a  b"),
        (["sh", "-c", "exec redis-server --requirepass $(echo c d) --save ''"], {}, "c d"),
        (["sh", "-c", "redis-server --requirepass 'no end"], {"REDIS_PASSWORD": "x"}, "x"),
        (["sh", "-c", "redis-server --requirepass"], {}, ""),
        (["sh", "-c", """redis-server --requirepass 'a"b\\c'"""], {}, 'a"b\\c'),
    ],
)
def test_password_of_redis(
    client: Client, command: list[str], environment: dict[str, str], password: str
) -> None:
    """From the server's command line, or the environment."""
    assert client(redis.of(command).read_command, **environment)[0] == f"REDISCLI_AUTH={password}"


def test_password_of_redis_in_a_file(client: Client, tmp_path: Path) -> None:
    """As images that read secrets name it."""
    (tmp_path / "password").write_text("x y\n")
    words = client(redis.of().read_command, REDIS_PASSWORD_FILE=f"{tmp_path}/password")

    assert words[0] == "REDISCLI_AUTH=x y"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"MARIADB_ROOT_PASSWORD": "it's $ecret"}, ("it's $ecret", "root", "mysql")),
        ({"MYSQL_ROOT_PASSWORD": "r", "MYSQL_USER": "app"}, ("r", "root", "mysql")),
        (
            {
                "MYSQL_ROOT_PASSWORD": "r",
                "MYSQL_USER": "u",
                "MYSQL_PASSWORD": "p",
                "MYSQL_DATABASE": "shop",
            },
            ("p", "u", "shop"),
        ),
        ({"MARIADB_ALLOW_EMPTY_ROOT_PASSWORD": "1"}, ("", "root", "mysql")),
    ],
)
def test_mysql(client: Client, environment: dict[str, str], expected: tuple[str, str, str]) -> None:
    """As whom the official images' variables let us in."""
    password, user, database = expected
    words = client(mysql.DATASTORE.read_command, **environment)

    assert words[0] == f"MYSQL_PWD={password}"
    assert words[-3:] == [
        f"--user={user}", f"--database={database}", "--execute=SELECT value FROM stackproof_probe",
    ]  # fmt: skip


def test_mysql_password_in_a_file(client: Client, tmp_path: Path) -> None:
    """A secret file counts in place of the value."""
    (tmp_path / "password").write_text("x y\n")
    words = client(mysql.DATASTORE.read_command, MARIADB_ROOT_PASSWORD_FILE=f"{tmp_path}/password")

    assert words[0] == "MYSQL_PWD=x y"


ABSENT = 'ERROR:  42P01: relation "stackproof_probe" does not exist'


@pytest.mark.parametrize(
    ("store", "words"),
    [
        (postgres.DATASTORE, ABSENT),
        (postgres.DATASTORE, "FEHLER:  42P01: Relation »stackproof_probe« existiert nicht"),
        (mysql.DATASTORE, "ERROR 1146 (42S02) at line 1: Table 'shop.stackproof_probe' doesn't exist"),
    ],
)
def test_words_for_nothing(
    make_container: Callable[..., Container], monkeypatch: pytest.MonkeyPatch, store: Commands, words: str
) -> None:
    """A read that fails is `nothing there` only in the server's own words for that."""
    answer = Completed(code=1, stdout="", stderr=words, seconds=0)
    monkeypatch.setattr(Commands, "_wait_ready", lambda *_words: None)
    monkeypatch.setattr(commands, "_execute", lambda *_words: answer)

    assert store.read(make_container()) is None


@pytest.mark.parametrize(
    ("store", "code", "said"),
    [
        (postgres.DATASTORE, 2, "FATAL:  57P03: the database system is shutting down"),
        (postgres.DATASTORE, 2, 'FATAL:  3D000: database "stackproof_probe" does not exist'),
        (mysql.DATASTORE, 1, "ERROR 1045 (28000): Access denied for user 'root'@'localhost'"),
        (redis.of(), 1, "NOAUTH Authentication required."),
        (redis.of(), 1, "LOADING Redis is loading the dataset in memory"),
        (files_in("/data"), 1, "cat: /data/.stackproof-probe: Permission denied"),
    ],
)
def test_words_of_a_client_that_failed(
    make_container: Callable[..., Container],
    monkeypatch: pytest.MonkeyPatch,
    store: Commands,
    code: int,
    said: str,
) -> None:
    """They are no data, and no proof that there is none; they are told."""
    answer = Completed(code=code, stdout=said, stderr="", seconds=0)
    monkeypatch.setattr(Commands, "_wait_ready", lambda *_words: None)
    monkeypatch.setattr(commands, "_execute", lambda *_words: answer)
    monkeypatch.setattr(commands, "ANSWERS_WITHIN", 0.0)

    with pytest.raises(Unknown, match="did not answer within") as caught:
        store.read(make_container())

    assert said in str(caught.value)


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
        (("mariadbd",), "MariaDB or MySQL"),
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
