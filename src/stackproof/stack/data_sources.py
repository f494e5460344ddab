"""Names of data sources (DSN), and who logs in by them, after the drivers' own documentation. Pure.

What stands in a URL behind a user and a colon is found everywhere, and so are settings: `password=...` of
libpq, ODBC, PDO and ADO.NET.
"""

import re
from collections.abc import Iterator
from typing import Final

from stackproof.stack.secret_names import looks_random

# go-sql-driver/mysql: `user:password@tcp(host:3306)/name`, `user:password@/name`.
_OF_GO: Final = re.compile(
    r"(?<![^\s\"'=])(?P<user>[^\s:@/=\"']{1,100}):(?!//)(?P<password>[^\s\"']{1,200})@(?:[a-z][a-z0-9+-]*\(|/(?=[\w?]|$))"
)
# JDBC for Oracle: `jdbc:oracle:thin:user/password@host`, `...:oci:...`.
_OF_ORACLE: Final = re.compile(r"jdbc:oracle:\w+:(?P<user>[^\s/@\"']{1,100})/(?P<password>[^\s@\"']{1,200})@")
# Without a scheme, which only the name of the variable explains: of Oracle by a slash.
_BARE: Final = re.compile(
    r"(?!jdbc:)(?P<user>[^\s:@/=\"'|;]+)[:/](?!/)(?P<password>[^\s@\"'()]+)@[\w.\[/-]\S*"
)
_IN_URL: Final = re.compile(r"://[^/\s:@]*:[^/\s@]+@")
_SETTING: Final = re.compile(
    r"(?:pass(?:word|wd)?|pwd|secret|token|key)(?:=|\s{1,9}=\s{0,9})[\"'{]?[^\s;&\"']", re.IGNORECASE
)
# There a user alone is the password, to predis and Symfony.
_NO_USERS: Final = ("redis://", "rediss://", "valkey://", "valkeys://")
# A user alone. To APIs it is the key (Symfony's notifiers and mailers, whose host is `default`).
_USER_ALONE: Final = re.compile(
    r"[a-z][a-z0-9+.-]*://(?P<user>[^\s:@/?#]+)@(?P<host>[^\s/:?#,]*)", re.IGNORECASE
)
# Its documentation: "DSNs are safe to keep public". The user is a public key, and a second key is deprecated.
_OF_SENTRY: Final = re.compile(
    r"https?://(?:[0-9a-f]{32}@|[^\s:@/]+@[^\s/]*sentry[^\s/]*/)[^\s@]*?\d+/?(?:\?\S*)?"
)


def accounts(text: str) -> Iterator[tuple[str, str]]:
    """Yield who logs in with which password, in the forms that tell by themselves.

    >>> list(accounts("app:hunter2@tcp(db:3306)/app")), list(accounts("app@tcp(db:3306)/app"))
    ([('app', 'hunter2')], [])
    """
    for pattern in (_OF_GO, _OF_ORACLE) if "@" in text else ():
        yield from ((found["user"], found["password"]) for found in pattern.finditer(text))


def bare_account(text: str) -> tuple[str, str] | None:
    """Return the same of what the name of its variable says to be a data source.

    >>> bare_account("app/hunter2@db:1521/XE"), bare_account("db:1521/XE")
    (('app', 'hunter2'), None)
    """
    found = _BARE.fullmatch(text)
    return (found["user"], found["password"]) if found else None


def logs_in(text: str) -> bool:
    """Whether a name of a data source has a password in it, or a user that is a key.

    >>> logs_in("host=db password=hunter2"), logs_in("postmark+api://hunter2@default")
    (True, True)
    >>> logs_in("host=db user=app"), logs_in("postgres://app@db/app"), logs_in("mysql:host=db;dbname=app")
    (False, False, False)
    """
    if any(accounts(text)) or bare_account(text) or _IN_URL.search(text) or _SETTING.search(text):
        return True
    alone = _USER_ALONE.match(text)
    if alone is not None and text.lower().startswith(_NO_USERS):
        return True
    return alone is not None and (alone["host"] == "default" or looks_random(alone["user"]))


def of_sentry(text: str) -> bool:
    """Whether a data source is one of Sentry, or of what takes the same, with its public key alone.

    >>> of_sentry("https://0123456789abcdef0123456789abcdef@o1.ingest.example.com/1")
    True
    """
    return _OF_SENTRY.fullmatch(text) is not None
