"""The accounts that a container was given: in files, on command lines, in what its shell makes of them."""

from collections.abc import Sequence
from typing import Any

import pytest
from testinfra.host import Host
from tests.unit.conftest import MakeContainer

from stackproof.engine import engine
from stackproof.engine.files import File
from stackproof.probes.logins.declared import LARGEST, declared
from stackproof.probes.logins.model import Account
from stackproof.sandbox.container import Container


def variables(make_container: MakeContainer, *words: str, command: Sequence[str] = ()) -> Container:
    """Return a container with an environment."""
    container = make_container(Path=command[0] if command else "", Args=list(command[1:]))
    container.data["Config"]["Env"] = list(words)
    return container


def own(name: str, password: str, database: str = "") -> Account:
    """Return an account that a container was given."""
    return Account(name=name, password=password, database=database, declared=True)


def with_a_shell(container: Container) -> Container:
    """Have the shell of this machine in the place of the container's."""
    container.__dict__["host"] = Host.get_host("local://")
    return container


@pytest.mark.parametrize(
    ("kind", "words", "expected"),
    [
        ("PostgreSQL", ["POSTGRES_PASSWORD=p"], [("postgres", "p", "")]),
        ("PostgreSQL", ["POSTGRES_USER=u", "POSTGRES_PASSWORD=p", "POSTGRES_DB=d"], [("u", "p", "d")]),
        ("PostgreSQL", ["POSTGRES_HOST_AUTH_METHOD=trust"], []),
        (
            "MariaDB or MySQL",
            ["MYSQL_ROOT_PASSWORD=r", "MYSQL_USER=u", "MYSQL_PASSWORD=p"],
            [("u", "p", ""), ("root", "r", "")],
        ),
        ("Redis", ["REDIS_PASSWORD=a=b"], [("default", "a=b", "")]),
        ("RabbitMQ", ["RABBITMQ_DEFAULT_PASS=p"], [("guest", "p", "")]),
        ("MongoDB", ["MONGO_INITDB_ROOT_PASSWORD=p"], []),
        ("Neo4j", ["NEO4J_AUTH=neo4j/a/b"], [("neo4j", "a/b", "")]),
        ("Neo4j", ["NEO4J_AUTH=none"], []),
        ("memcached", ["PASSWORD=p"], []),
    ],
)
def test_declared(
    make_container: MakeContainer, kind: str, words: list[str], expected: list[tuple[str, str, str]]
) -> None:
    """The images' variables."""
    found = declared(variables(make_container, *words), kind)

    assert [(account.name, account.password, account.database) for account in found] == expected
    assert all(account.declared for account in found)


def test_password_is_not_shown(make_container: MakeContainer) -> None:
    """Not even by mistake."""
    found = declared(variables(make_container, "POSTGRES_PASSWORD=never-told"), "PostgreSQL")

    assert "never-told" not in f"{found!r} {found[0]}"


@pytest.mark.parametrize(
    ("command", "password"),
    [
        (["redis-server", "--requirepass", "two words"], "two words"),
        (["sh", "-c", 'exec redis-server --requirepass "$GIVEN"'], "from the shell"),
        (["sh", "-c", 'exec redis-server --requirepass "$NOT_GIVEN"'], None),
    ],
)
@pytest.mark.parametrize("kind", ["Redis", "Valkey", "KeyDB"])
def test_password_of_a_redis(
    make_container: MakeContainer,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    command: Sequence[str],
    password: str | None,
) -> None:
    """What the shell makes of its command line comes first, and each account once."""
    monkeypatch.setenv("GIVEN", "from the shell")
    for name in ("REDIS_PASSWORD", "REDIS_PASSWORD_FILE", "NOT_GIVEN"):
        monkeypatch.delenv(name, raising=False)
    container = with_a_shell(variables(make_container, "VALKEY_PASSWORD=other", command=command))
    expected = (own("default", password),) if password else ()

    assert declared(container, kind) == (*expected, own("default", "other"))
    container.data["Config"]["Env"] = [f"REDIS_PASSWORD={password or ''}"]
    assert declared(container, kind) == expected


def test_password_of_a_datastore_that_is_no_redis(make_container: MakeContainer) -> None:
    """Its shell is not asked: it has none here."""
    container = variables(make_container, "MINIO_ROOT_PASSWORD=p", command=["x", "--requirepass", "y"])
    container.__dict__["host"] = None

    assert declared(container, "MinIO") == (own("minioadmin", "p"),)
    assert declared(container, "Qdrant") == ()


def test_declared_in_files(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """As secrets are: the beginning of each, without the ends of lines; one that is gone says nothing."""
    files = {"/p": b"caf\xe9 \n\n", "/u": b"X\n", "/d": b"shop"}
    looked: list[tuple[Any, ...]] = []

    def file(container: str, path: str, *, head: int = 0) -> File | None:
        looked.append((container, path, head))
        return File(mode=0o400, head=files[path]) if path in files else None

    monkeypatch.setattr(engine, "file", file)
    words = ["POSTGRES_PASSWORD_FILE=/p", "POSTGRES_USER_FILE=/u", "POSTGRES_DB_FILE=/d", "_FILE=/none"]

    assert declared(variables(make_container, *words), "PostgreSQL") == (own("X", "caf\ufffd ", "shop"),)
    assert set(looked) == {("web1", path, LARGEST) for path in files}
    assert declared(variables(make_container, "POSTGRES_PASSWORD_FILE=/gone"), "PostgreSQL") == ()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("--user u --pass p", ("u", "p")),
        ("-user u -pass p --debug", ("u", "p")),
        ("-c nats.conf --user u --pass p", ("u", "p")),
        ("--user u", None),
        ("--pass p", None),
        ("user u pass p", None),
    ],
)
def test_options_of_nats(make_container: MakeContainer, words: str, expected: tuple[str, str] | None) -> None:
    """Both a name and a password, with one hyphen or two."""
    container = variables(make_container, command=["nats-server", *words.split()])

    assert declared(container, "NATS") == ((own(*expected),) if expected else ())


def test_nothing_is_declared(make_container: MakeContainer) -> None:
    """A container may have no environment at all, or an empty word."""
    container = make_container()
    container.data["Config"]["Env"] = None
    assert declared(container, "PostgreSQL") == ()

    for kind, words in (("Neo4j", ["NEO4J_AUTH"]), ("Neo4j", []), ("Consul", ["CONSUL_HTTP_TOKEN="])):
        assert declared(variables(make_container, *words), kind) == ()
    assert declared(variables(make_container, "NEO4J_AUTH=neo4j/p"), "Neo4j") == (own("neo4j", "p"),)
    assert declared(variables(make_container, "CONSUL_HTTP_TOKEN=t"), "Consul") == (own("token", "t"),)
