"""As whom a container's own datastore may be asked: what it declares, and what looks like a password."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from stackproof.engine import engine
from stackproof.errors import CommandError, Unknown
from stackproof.probes.logins.declared import declared
from stackproof.probes.logins.model import Account
from stackproof.sandbox.container import Container

MOST = 16  # accounts that are tried; a server may count failed logins
LARGEST = 65536  # bytes of a file that may hold a password
FILES = 6  # that are read
LONGEST = 256  # characters of a password
# Words of a variable's name, as images and authors write it.
_SECRET = re.compile(r"PASS|PWD|SECRET|TOKEN|AUTH|(^|_)PW(_|$)", re.IGNORECASE)
_USER = re.compile(r"USER|LOGIN|ACCOUNT", re.IGNORECASE)
_DATABASE = re.compile(r"(^|_)(DB|DATABASE)(_NAME)?$", re.IGNORECASE)
# `--requirepass WORD`, `--password=WORD`, `-pWORD`, `-a WORD` in a command line.
_OPTION = re.compile(
    r"""(?:--(?:requirepass|pass(?:word)?|auth|token|user-?pass)[= ]|(?<!\S)-(?:p|a)\s?)["']?([^\s"';&|]+)"""
)
_OPTION_USER = re.compile(r"""(?:--user(?:name)?[= ]|(?<!\S)-u\s?)["']?([^\s"';&|]+)""")
# `requirepass WORD`, `password: WORD`, `default_pass = WORD` in a configuration.
_SETTING = re.compile(
    r"""^\s*["']?(?:[\w.-]*(?:pass|password|requirepass|token))["']?\s*[:= ]\s*["']?([^\s"',;#]+)""",
    re.MULTILINE | re.IGNORECASE,
)
_SETTING_USER = re.compile(
    r"""^\s*["']?(?:[\w.-]*user(?:name)?)["']?\s*[:= ]\s*["']?([^\s"',;#]+)""", re.MULTILINE | re.IGNORECASE
)
_CONFIGURATION = re.compile(r"\.(conf|cnf|ini|ya?ml|toml|acl|env)$")
# Who may do everything in each kind.
CHIEF = {
    "PostgreSQL": ("postgres",),
    "CockroachDB": ("root",),
    "MariaDB or MySQL": ("root",),
    "TiDB": ("root",),
    "MongoDB": ("root", "admin"),
    "RabbitMQ": ("guest", "admin"),
    "Elasticsearch": ("elastic",),
    "OpenSearch": ("admin",),
    "CouchDB": ("admin",),
    "InfluxDB": ("admin", "token"),
    "Consul": ("token",),
    "ClickHouse": ("default",),
    "MinIO": ("minioadmin", "minio"),
    "Cassandra or ScyllaDB": ("cassandra",),
    "Neo4j": ("neo4j",),
    "etcd": ("root",),
}
_ANY = ("default",)  # Redis and what speaks as it does
# Those that may let in a name without a password.
_TRUSTING = frozenset({"PostgreSQL", "CockroachDB", "MariaDB or MySQL", "TiDB", "ClickHouse"})


@dataclass(frozen=True, kw_only=True)
class Accounts:
    """Those that the container declares for its own datastore, and the rest in order; None is nobody."""

    declared: tuple[Account, ...]
    others: tuple[Account | None, ...]


def accounts(container: Container, kind: str) -> Accounts:
    """Return them, few.

    Raises Unknown when a file that holds a declared password cannot be read.
    """
    try:
        own = declared(container, kind)
    except CommandError as error:
        msg = f"the credential that {container} declares cannot be read: {error}"
        raise Unknown(msg) from None
    found: dict[tuple[str, str] | None, Account | None] = {None: None}
    for account in _guessed(container, kind):
        found.setdefault((account.name, account.password), account)
    return Accounts(declared=own, others=tuple(found.values())[:MOST])


def _guessed(container: Container, kind: str) -> Iterator[Account]:
    variables = dict(word.partition("=")[::2] for word in container.data["Config"].get("Env") or ())
    lines = _lines(container)
    files = list(_files(container, variables, " ".join(lines)))
    yield from _of_addresses([*variables.values(), *lines])
    passwords = dict.fromkeys(
        [value for name, value in variables.items() if _SECRET.search(name) and not name.endswith("_FILE")]
        + [found for line in lines for found in _OPTION.findall(line)]
        + [found for text in files for found in _of_file(text)]
    )
    named = [value for name, value in variables.items() if _USER.search(name) and not name.endswith("_FILE")]
    named += [found for line in lines for found in _OPTION_USER.findall(line)]
    named += [found for text in files for found in _SETTING_USER.findall(text)]
    database = next((value for name, value in variables.items() if _DATABASE.search(name) and value), "")
    names = list(dict.fromkeys([*(name for name in named if name), *CHIEF.get(kind, _ANY)]))
    if kind in _TRUSTING:
        yield from (Account(name=name, password="", database=database) for name in names)
    for name in names:
        for password in passwords:
            if password and len(password) <= LONGEST and not password.startswith("$"):
                yield Account(name=name, password=password, database=database, declared=True)


def _lines(container: Container) -> list[str]:
    """Command lines that may name a password: what starts the server, what runs, what asks for its health."""
    check = container.data["Config"].get("Healthcheck") or {}
    running = [process.command for process in container.facts.processes]
    return [" ".join(container.command), " ".join(map(str, check.get("Test") or ())), *running]


def _of_addresses(texts: Iterable[str]) -> Iterator[Account]:
    for text in texts:
        for word in re.findall(r"[a-z][a-z0-9+.-]*://[^\s\"']+", text):
            try:
                url = urlsplit(word)
            except ValueError:
                continue
            if url.password:
                name, password = unquote(url.username or ""), unquote(url.password)
                yield Account(name=name, password=password, database=url.path.strip("/"), declared=True)


def _of_file(text: str) -> list[str]:
    """Return the passwords of a configuration, or the whole of a secret: one line without a blank."""
    plain = text.strip()
    whole = [plain] if plain and len(plain.split()) == 1 else []
    return [*whole, *_SETTING.findall(text)]


def _files(container: Container, variables: dict[str, str], line: str) -> Iterator[str]:
    """Read files that may hold a password: secrets, configurations that are mounted or named."""
    named = [value for name, value in variables.items() if name.endswith("_FILE") and value.startswith("/")]
    mounted = [str(mount.get("Destination") or "") for mount in container.mounts]
    secrets = [path for path in mounted if path.startswith("/run/secrets/")]
    settings = [path for path in (*line.split(), *mounted) if _CONFIGURATION.search(path)]
    for path in list(dict.fromkeys([*named, *secrets, *settings]))[:FILES]:
        if not path.startswith("/"):
            continue
        try:
            file = engine.file(container.id, path, head=LARGEST)
        except CommandError:  # one more place where no password is
            continue
        if file:
            yield file.head.decode(errors="replace")
