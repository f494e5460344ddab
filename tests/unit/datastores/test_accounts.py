"""As whom a datastore is asked: what its container declares, and what looks like a password."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer
from tests.unit.facts.test_facts_programs import process
from tests.unit.probes.logins.test_logins_asking import facts

from stackproof.datastores.accounts import FILES, LARGEST, MOST, accounts
from stackproof.engine import engine
from stackproof.engine.files import File
from stackproof.errors import CommandError, Unknown
from stackproof.probes.logins.declared import LARGEST as ONE_LINE
from stackproof.probes.logins.model import Account
from stackproof.sandbox.container import Container


def container(
    make_container: MakeContainer,
    env: Sequence[str] = (),
    command: Sequence[str] = (),
    health: Sequence[str] = (),
    mounts: Sequence[str] = (),
) -> Container:
    """Return a container that was given a password somewhere."""
    made = make_container(Path=command[0] if command else "", Args=list(command[1:]))
    data = {
        **made.data,
        "Config": {**made.data["Config"], "Env": list(env), "Healthcheck": {"Test": ["CMD", *health]}},
        "Mounts": [{"Destination": path} for path in mounts],
    }
    found = Container(data)
    found.facts = facts()
    return found


def pairs(found: Container, kind: str) -> list[tuple[str, str]]:
    """Return names and passwords that are tried beside nobody."""
    known = accounts(found, kind)
    return [(account.name, account.password) for account in known.others if account]


class Files(dict[str, str]):
    """What files hold, by path; `read` are those that were."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []


@pytest.fixture(autouse=True)
def files(monkeypatch: pytest.MonkeyPatch, make_container: MakeContainer) -> Files:
    """Files of the container."""
    known = Files()

    def file(where: str, path: str, *, head: int = 0) -> File | None:
        assert where == make_container().id
        assert head in (LARGEST, ONE_LINE)
        known.read.append(path)
        if path.endswith("/broken"):
            raise CommandError
        text = known[path].encode(errors="surrogateescape") if path in known else None
        return File(mode=0o600, head=text[:head]) if text is not None else None

    monkeypatch.setattr(engine, "file", file)
    return known


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("MariaDB or MySQL", {"env": ["SHOP_DB_PASS=p"]}, ("root", "p")),
        ("MariaDB or MySQL", {"env": ["DB_PWD=p", "DB_USER=shop"]}, ("shop", "p")),
        ("PostgreSQL", {"env": ["PGPW=x", "APP_PW=p"]}, ("postgres", "p")),
        ("Redis", {"env": ["CACHE_SECRET=p"]}, ("default", "p")),
        ("Redis", {"env": ["AUTH_TOKEN=p"]}, ("default", "p")),
        ("Redis", {"health": ["redis-cli", "-a", "p", "ping"]}, ("default", "p")),
        ("MariaDB or MySQL", {"health": ["mysqladmin", "ping", "-uroot", "-pp1"]}, ("root", "p1")),
        ("MongoDB", {"health": ["mongosh", "-u", "me", "-p", "pw", "--eval", "1"]}, ("me", "pw")),
        ("MongoDB", {"command": ["mongod", "--password=pw", "--username=me"]}, ("me", "pw")),
        ("PostgreSQL", {"env": ["URL=postgres://me:p%40w@localhost:5432/shop"]}, ("me", "p@w")),
        ("NATS", {"command": ["nats-server", "--auth", "tok"]}, ("default", "tok")),
        ("Consul", {"env": ["MASTER_TOKEN=t"]}, ("token", "t")),
        ("InfluxDB", {"env": ["DOCKER_INFLUXDB_INIT_ADMIN_TOKEN=t"]}, ("token", "t")),
        ("PostgreSQL", {"env": ["POSTGRES_USER=app"]}, ("app", "")),
    ],
)
def test_guesses(
    make_container: MakeContainer, kind: str, given: dict[str, Any], expected: tuple[str, str]
) -> None:
    """Wherever a password stands, and whatever its variable is called."""
    assert expected in pairs(container(make_container, **given), kind)


@pytest.mark.parametrize(
    ("path", "text", "given", "expected"),
    [
        ("/run/secrets/db", "p w\n", {"mounts": ["/run/secrets/db"]}, None),
        ("/run/secrets/db", "pw\n", {"mounts": ["/run/secrets/db"]}, ("root", "pw")),
        ("/x/own", "pw", {"env": ["SHOP_PASS_FILE=/x/own"]}, ("root", "pw")),
        ("/etc/r.conf", "port 1\nrequirepass pw\n", {"command": ["s", "/etc/r.conf"]}, ("root", "pw")),
        ("/etc/my.cnf", "[client]\npassword = 'pw'\n", {"mounts": ["/etc/my.cnf"]}, ("root", "pw")),
        (
            "/etc/n.conf",
            'authorization {\n  user: me\n  password: "pw"\n}',
            {"mounts": ["/etc/n.conf"]},
            ("me", "pw"),
        ),
        ("/etc/q.conf", "default_user = me\ndefault_pass = pw\n", {"mounts": ["/etc/q.conf"]}, ("me", "pw")),
        ("/broken", "", {"env": ["SHOP_PASS_FILE=/broken"]}, None),
    ],
)
def test_guesses_from_files(  # noqa: PLR0913, PLR0917 - a file and who names it
    make_container: MakeContainer,
    files: Files,
    path: str,
    text: str,
    given: dict[str, Any],
    expected: tuple[str, str] | None,
) -> None:
    """Secrets and configurations that are mounted or named; one that cannot be read is none."""
    files[path] = text
    found = [pair for pair in pairs(container(make_container, **given), "MariaDB or MySQL") if pair[1]]

    assert found == [] if expected is None else expected in found


ENV = [
    "APP_USER=app", "APP_PASS=p1", "OWN_PASS_FILE=/x/own", "OWN_USER_FILE=/x/own", "REF_PASS=$P",
    f"LONG_PASS={'x' * 257}", f"LONGEST_PASS={'y' * 256}", "EMPTY_PASS=", "NO_USER=", "SHOP_DB=",
    "URL=postgres://me:p%40w@h:1/Xother/ http://[bad:p@x/ redis://:only@h", "NO_EQUALS", "DB_NAME=shop",
    "TWO_PASS=a=b", "HOME=/x/home",
]  # fmt: skip
COMMAND = ["server", "--requirepass=p2", "--username", "cli", "/etc/a.conf", "relative.conf"]
MOUNTS = ["/run/secrets/broken", "/run/secrets/s", "/data", "/etc/b.yml", "/broken"]


@pytest.mark.parametrize(
    ("kind", "chiefs", "trusting"),
    [("Redis", ["default"], False), ("MongoDB", ["root", "admin"], False), ("TiDB", ["root"], True)],
)
def test_all_places_at_once(  # noqa: PLR0913 - a kind and what is known of it
    make_container: MakeContainer,
    monkeypatch: pytest.MonkeyPatch,
    files: Files,
    kind: str,
    chiefs: list[str],
    *,
    trusting: bool,
) -> None:
    """Whole accounts of URLs, then each name with each password: of variables, of lines, of files."""
    monkeypatch.setattr("stackproof.datastores.accounts.MOST", 99)
    files.update(
        {
            "/x/own": "f1\n",
            "/run/secrets/s": "f2 and\nmore",
            "/etc/a.conf": "# \udcff\nrequirepass f3\nuser: fu\n",
        }
    )
    files["/etc/b.yml"] = "password: 'f4'\n" + " " * LARGEST + "\npassword: 'too far'"
    given = container(make_container, ENV, COMMAND, ["check", "-pp3", "-u", "hc"], MOUNTS)
    given.facts = replace(facts(), all_processes=(process("server", "server -a p4 -a p2"),))
    found = accounts(given, kind).others
    names = ["app", "cli", "hc", "fu", *chiefs]
    trusted = names if trusting else []
    passwords = ["p1", "y" * 256, "a=b", "p2", "p3", "p4", "f1", "f3", "f4"]

    assert found[0] is None
    assert found[1:3] == tuple(
        Account(name=name, password=password, database=database, declared=True)
        for name, password, database in (("me", "p@w", "Xother"), ("", "only", ""))
    )
    assert found[3 : 3 + len(trusted)] == tuple(
        Account(name=name, password="", database="shop") for name in trusted
    )
    assert found[3 + len(trusted) :] == tuple(
        Account(name=name, password=password, database="shop", declared=True)
        for name in names
        for password in passwords
    )
    assert files.read == [
        "/x/own",
        "/run/secrets/broken",
        "/run/secrets/s",
        "/etc/a.conf",
        "/etc/b.yml",
    ]


def test_container_that_declares_nothing(make_container: MakeContainer) -> None:
    """Neither variables nor a check, as the engine leaves them out."""
    made = make_container()
    found = Container({**made.data, "Config": {**made.data["Config"], "Env": None, "Healthcheck": None}})
    found.facts = facts()

    assert accounts(found, "Redis").others == (None,)


def test_order_and_number(make_container: MakeContainer) -> None:
    """The declared ones apart, nobody before guesses, few of them, none a variable's name."""
    env = ["REDIS_PASSWORD=own", "X_PASS=$Y", *(f"P{number}_PASS=p{number}" for number in range(40))]
    known = accounts(container(make_container, env), "Redis")

    assert [(one.name, one.password) for one in known.declared] == [("default", "own")]
    assert known.others[0] is None
    assert len(known.others) == MOST
    assert not any(one and one.password.startswith("$") for one in known.others)
    assert {one.database for one in known.others if one} == {""}
    assert all("own" not in repr(one) for one in (*known.declared, *known.others))


def test_a_declared_password_that_cannot_be_read(make_container: MakeContainer) -> None:
    """Its refusal would prove nothing."""
    env = ["REDIS_PASSWORD_FILE=/broken"]

    with pytest.raises(Unknown, match="the credential that web-1 declares cannot be read: "):
        accounts(container(make_container, env), "Redis")


def test_few_files_are_read(make_container: MakeContainer, files: Files) -> None:
    """Each is a question to the engine."""
    mounts = [f"/run/secrets/{number}" for number in range(20)]
    files.update(dict.fromkeys(mounts, "pw"))
    accounts(container(make_container, mounts=mounts), "Redis")

    assert len(files.read) == FILES
