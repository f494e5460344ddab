"""Names of data sources, in the forms of their drivers."""

import time

import pytest

from stackproof.stack import hidden
from stackproof.stack.data_sources import accounts, of_sentry
from stackproof.stack.passwords import is_secret, passwords, secret_inside

KEY = "0123456789abcdef" * 2
WITHOUT = (
    "app@tcp(db:3306)/app?parseTime=true", "tcp(db:3306)/app", "/app", "@/app", "app@/app",
    "app@unix(/run/db.sock)/app",
    "host=db user=app dbname=app", "host=db user=app password= sslmode=disable",
    "postgres://app@db/app", "postgres:///app", "postgresql+asyncpg://app@db/app",
    "mongodb+srv://app@db/?w=1",
    "redis://redis:6379/0", "clickhouse://db:9000?username=app&database=app",
    "sqlserver://sa@db?database=app",
    "sqlite:///app.db", "file:app.db?cache=shared", ":memory:", "app.db",
    "mysql:host=db;dbname=app", "pgsql:host=db;port=5432", "sqlite:/data/app.sqlite", "sqlite::memory:",
    "dbi:Pg:dbname=app;host=db", "DBI:mysql:database=app", "oci:dbname=//db/app",
    "Driver={ODBC Driver 18};Server=db;Trusted_Connection=yes",
    "Server=db;Database=app;Integrated Security=true",
    "DSN=app", "app", "db:1521/XEPDB1", "//db:1521/XEPDB1", "(DESCRIPTION=(ADDRESS=(HOST=db)))",
    "jdbc:postgresql://db/app", "jdbc:oracle:thin:@//db:1521/app", "jdbc:sqlserver://db;databaseName=app",
    "smtp://mail:25", "null://null", "native://default", "doctrine://default?auto_setup=0", "flock",
    "in-memory",
    "redis://redis:6379/messages", "http://app@collector:8200",
)  # fmt: skip
WITH = (
    "app:hunter2@tcp(db:3306)/app", "app:hunt@r2@tcp(db:3306)/app", "app:hunter2@/app",
    "app:hunter2@unix(/run/db)/app",
    "redis://hunter2@redis:6379", "rediss://hunter2@redis", "host=db user=app password = hunter2",
    "host=db user=app password=hunter2", "host=db user=app password='hunter2'",
    "postgres://app:hunter2@db/app",
    "postgres://db/app?user=app&password=hunter2", "clickhouse://db:9000?username=app&password=hunter2",
    "pgsql:host=db;user=app;password=hunter2", "dbi:Pg:dbname=app;password=hunter2",
    "Driver={ODBC Driver 18};Server=db;UID=sa;PWD=hunter2", "Server=db;User Id=sa;Password=hunter2",
    "app/hunter2@db:1521/XEPDB1", "app/hunter2@//db:1521/XEPDB1", "jdbc:oracle:thin:app/hunter2@db:1521:XE",
    "app:hunter2@db:5432/app", "app:hunter2@smtp.example.com:587", "redis://:hunter2@redis:6379",
    "sendgrid://hunter2@default", "slack://hunter2@default?channel=x", "a1b2c3d4e5f6a7b8",
    "https://a1b2c3d4e5f6a7b8@collector.example.com/",
)  # fmt: skip


@pytest.mark.parametrize("text", WITHOUT)
def test_nobody_logs_in(text: str) -> None:
    """By what has no password; a name such as `DSN_PASSWORD` says something else."""
    assert not is_secret("APP_DSN", text)
    assert list(passwords("APP_DSN", text)) == []
    assert is_secret("DSN_PASSWORD", "hunter2")


@pytest.mark.parametrize("text", WITH)
def test_somebody_logs_in(text: str) -> None:
    """Each form is known, and reports hide it."""
    assert is_secret("APP_DSN", text)
    assert any("hunter2" in found or found == text for found, _names in passwords("APP_DSN", text))
    assert text in hidden.of_variable("APP_DSN", text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("app:hunter2@tcp(db:3306)/app", [("app", "hunter2")]),
        ("--database=app:hunter2@tcp(db)/app", [("app", "hunter2")]),
        ("jdbc:oracle:thin:app/hunter2@//db:1521/x", [("app", "hunter2")]),
        ("app:@tcp(db:3306)/app", []),
        ("amqp://app:hunter2@/vhost", []),  # of a URL another one tells
        ("nginx:1.27@sha256:0a", []),
        ("git@example.com:shop/app", []),
    ],
)
def test_accounts(text: str, found: list[tuple[str, str]]) -> None:
    """Whatever the variable is called: these forms tell by themselves."""
    assert list(accounts(text)) == found
    assert list(secret_inside(text)) == [password for _user, password in found]


def test_the_password_alone_is_hidden_and_judged() -> None:
    """Logs have it without what stands around it, and one that is the user's name is weak."""
    assert "hunter2x" in hidden.of_variable("DATABASE_URL", "app:hunter2x@tcp(db)/app")
    assert ("app", ("app",)) in passwords("MYSQL_DSN", "app:app@tcp(db)/app")
    assert ("app", ()) in passwords("PG_DSN", "host=db password=app")


@pytest.mark.parametrize(
    ("text", "known"),
    [
        (f"https://{KEY}@o1.ingest.sentry.io/1", True),
        (f"http://{KEY}@sentry:9000/2", True),
        ("https://public@sentry.example.com/1", True),
        (f"https://{KEY}@errors.example.com/path/3", True),
        (f"https://{KEY}:{KEY}@o1.ingest.sentry.io/1", False),
        (f"https://{KEY}@errors.example.com/", False),
    ],
)
def test_sentry(text: str, known: bool) -> None:  # noqa: FBT001
    """The key of a project may be known; a secret one, of old versions, is a password in a URL."""
    assert of_sentry(text) is known


def test_long_texts() -> None:
    """Whatever they are made of, they take no time."""
    for text in ("a:" * 40_000, "=a:b" * 20_000, "a/" * 40_000 + "@", "=a:" * 20_000 + "@tcp("):
        start = time.monotonic()
        list(passwords("APP_DSN", text))
        assert time.monotonic() - start < 2
