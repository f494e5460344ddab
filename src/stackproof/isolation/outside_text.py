"""Hosts in a text: URLs and the other ways in which programs are told where something is."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

from stackproof.isolation import outside_kinds as kinds
from stackproof.isolation import outside_known as known_
from stackproof.isolation.outside_kinds import Kind
from stackproof.isolation.outside_spelling import host_of

_URL = re.compile(
    r"(?<![\w+.-])((?:[a-zA-Z][a-zA-Z0-9+.-]*:)?[a-zA-Z][a-zA-Z0-9+._-]*(?::[a-z][a-z0-9]*){0,2})://"
    r"((?:(?!,[a-zA-Z][\w+.-]*://)[^\s'\"`<>|])+)"
)
_ORACLE = re.compile(
    r"(?:jdbc:oracle:\w+:[^@\s]*|\b[\w$#]{1,60}/[^@\s/]{1,80})@(?://)?([\w.-]+)(?::(\d+))?[/:][\w.]+"
)
_TNS = re.compile(r"\(\s*host\s*=\s*([^)\s]+)\s*\)", re.IGNORECASE)
_GO = re.compile(r"(?:^|[\s'\"=@])(?:[^\s@'\"]{0,200}@)?(?:tcp[46]?|udp[46]?|\b)\(([\w.:\[\],-]+)\)/[\w-]*")
_PGPASS = re.compile(r"^\s*([\w.-]+):(\d+|\*):[^:\s]*:[^:\s]*:\S+\s*$", re.MULTILINE)
_NETRC = re.compile(r"\bmachine\s+([\w.-]+)\s+(?:login|password)\b")
_REDIS = re.compile(
    r"^\s*((?:[\w.-]+:\d+,\s*)+)(?:\w+=[^,]*,\s*)*(?:password|ssl|user|name|abortconnect|connecttimeout|"
    r"synctimeout|allowadmin|defaultdatabase|connectretry|keepalive|servicename)\s*=",
    re.IGNORECASE,
)
_DBI = re.compile(r"\bdbi:\w+:[^:;=\s]*:([\w.-]+(?::\d+)?)", re.IGNORECASE)
_ORACLE_ALONE = re.compile(r"\s*[\w$#]+/[^@\s/]+@(?://)?([\w-]+(?:\.[\w-]+)+)/[\w.]+\s*")
_LIBPQ = re.compile(r"\bhost(?:addr)?\s*=\s*'?([^\s';]+)")
_LIBPQ_TOO = re.compile(r"\b(?:dbname|user|password|sslmode|port)\s*=")
_PAIR = re.compile(r"(?:^|[;\"'])\s*(?:\w+:){0,3}([\w ]+?)\s*=\s*([^;\"']*)")
_PLACE = re.compile(
    r"(?<![\w/.:$-])(?:[^\s@,;'\"=]{1,80}:[^\s@,;'\"=]{0,80}@)?(\[[0-9a-fA-F:.]+\]|\w(?:[\w.-]*\w)?):(\d{2,5})(?![\w.:-])"
)
_FILE = re.compile(
    r"\.(?:py|pyc|js|mjs|cjs|ts|tsx|json|ya?ml|toml|ini|conf|cfg|cnf|db|sqlite3?|sql|logs?|txt|pem|crt|cer|key|csr|"
    r"sock|sh|bash|xml|html?|css|jar|war|gz|tgz|zip|tar|xz|php|rb|go|java|class|properties|env|lock|md|csv|pid|"
    r"service|tmpl|tpl|so|dll|exe|bin|dat|dump|bak|template|lua|jks|p12|vcl|proto|wasm|whl)$",
    re.IGNORECASE,
)
_DOWNLOAD = re.compile(
    r"\.(?:gz|tgz|zip|tar|xz|bz2|zst|jar|war|whl|deb|rpm|apk|mmdb|sql|dump|json|csv|ya?ml|txt|sh|py|js|iso|img|exe|"
    r"bin|so|wasm|html?|png|jpe?g|svg|css|pem|crt|asc|sig|git)$",
    re.IGNORECASE,
)
_DOWNLOADS = kinds.words("dist dists download downloads release releases archive archives")
_SERVER_KEYS = kinds.words("server datasource host hostaddr hostname addr address servername networkaddress")
_DRIVER = re.compile(r"\s*(?:dbi|pdo|mysql|pgsql|sqlsrv|dblib):", re.IGNORECASE)
_SERVER_TOO = kinds.words(
    "database initialcatalog dbname userid uid user username password pwd integratedsecurity port encrypt "
    "trusted_connection"
)

_VERSIONS = frozenset({21, 22, 23, 25, 88})
_LONGEST = 4096  # characters of a line in which a DSN is looked for


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A host that a text names."""

    host: str
    port: int | None = None
    kind: Kind | None = None
    why: str = ""
    web: bool = False
    """Whether it is asked over HTTP."""
    credentials: bool = False
    """Whether the text itself holds some for it."""
    path: str = ""
    doubtful: bool = False
    """Whether it may as well be a part of a password: to be cut, and not to be shown."""
    srv: bool = False
    """Whether its name leads to others by SRV records."""
    acts: bool = False
    """Whether its scheme is of a kind that nobody here knows."""

    @property
    def download(self) -> bool:
        """Whether a file is fetched from there."""
        path = self.path.partition("?")[0]
        return self.web and bool(_DOWNLOAD.search(path) or _DOWNLOADS & set(path.lower().split("/")))

    @property
    def url(self) -> bool:
        """Whether it stands in a URL."""
        return "://" in self.why


def hits(text: str) -> Iterator[Hit]:
    """Yield the hosts of a text in whichever form they stand, each as often as it is named."""
    rest = []
    last = 0
    for found in _URL.finditer(text):
        rest.append(text[last : found.start()])
        last = found.end()
        yield from _of_url(found[1], found[2])
    rest.append(text[last:])
    # Nobody writes a longer one, and each of many patterns would read a long line.
    for line in (line for part in rest for line in part.splitlines() if len(line) <= _LONGEST):
        yield from _of_dsn(line)


def looks_like_file(text: str) -> bool:
    """Whether a dotted word is rather the name of a file."""
    return bool(_FILE.search(text))


def place(text: str) -> Hit | None:
    """Read `host`, `host:port`, `[::1]:port` or `host/path`; None for anything else."""
    authority, _, path = text.strip().partition("/")
    host, port = _split(authority)
    return Hit(host=host, port=port, path=path) if host else None


def _split(authority: str) -> tuple[str | None, int | None]:
    """Return host and port of an authority without credentials; no host where it is none."""
    if authority.startswith("["):
        inside, _, port = authority[1:].partition("]")
    elif authority.count(":") > 1:
        inside, port = authority, ""
    else:
        inside, _, port = authority.partition(":")
    port = port.lstrip(":")
    if port and not port.isdigit():
        return None, None
    return host_of(inside), int(port) if port else None


# -- URLs ----------------------------------------------------------------------------------------------


def _of_url(scheme: str, rest: str) -> Iterator[Hit]:
    scheme = scheme.lower()
    parts = scheme.replace(":", "+").split("+")
    if scheme in kinds.LOCAL_SCHEMES or parts[0] in kinds.LOCAL_SCHEMES or "unix" in parts:
        return
    kind = kinds.of_scheme(scheme)
    web = kind is None and bool(kinds.HTTP & set(parts))
    authority, path = _authority(rest)
    credentials = "@" in authority or _in_query(rest)
    if (
        kind in (Kind.MAIL, Kind.WEBHOOK)
        and _of_service(scheme, authority)
        and (hosts := known_.service_hosts(scheme))
    ):
        yield from (Hit(host=h, kind=kind, why=f"{parts[0]}://", credentials=True) for h in hosts)
        return
    if kind is Kind.OBJECTS and not re.search("[@.:]", authority):
        return  # a bucket
    like = Hit(
        host="", kind=kind, why=f"{scheme}://", web=web, credentials=credentials, path=path,
        srv=scheme.endswith("+srv"), acts=kind is None and not kinds.HARMLESS & set(parts),
    )  # fmt: skip
    if like.acts and not re.search("[@.:]", authority):
        return  # a word that an application has a meaning for
    if not authority and kind is not None:
        yield from _in_options(rest, like)
    *doubtful, last = authority.split("@") if "@" in authority else (authority,)
    for candidate in doubtful[1:]:
        yield from _each(candidate, replace(like, doubtful=True))
    yield from _each(last, like)


def _of_service(scheme: str, authority: str) -> bool:
    """Whether a URL leads to the service that its scheme names, and not to a host of its own."""
    host = authority.rpartition("@")[2].partition(":")[0]
    return "+" in scheme or "." not in host


def _in_options(rest: str, like: Hit) -> Iterator[Hit]:
    """`postgresql:///name?host=x`."""
    for name, value in parse_qsl(rest.partition("?")[2].partition("#")[0]):
        if name.lower() in _SERVER_KEYS and not value.startswith("/"):
            yield from _each(value, like)


def _authority(rest: str) -> tuple[str, str]:
    """Split what follows `://`, in which credentials may hold any character.

    Where it is not clear which `@` ends them, all that may be hosts behind one are kept.
    """
    rest = re.sub(r"[).,;}]+$", "", rest)
    plain, path = re.split(r"[/?#]", rest, maxsplit=1) if re.search(r"[/?#]", rest) else (rest, "")
    if rest.count("@") <= 1 and ("@" in plain or "@" not in rest or _all_places(plain)):
        return plain, path
    user, *behind = rest.split("@")
    places = [re.split(r"[/?#]", word, maxsplit=1)[0] for word in behind]
    if _all_places(plain):  # no credentials, or an `@` in a path
        places = [plain, *places]
    return "@".join([user, *places]), path


def _all_places(authority: str) -> bool:
    return all(_split(word)[0] for word in authority.split(","))


def _in_query(rest: str) -> bool:
    query = rest.partition("?")[2].partition("#")[0]
    return any(kinds.is_proof(name) and value for name, value in parse_qsl(query))


# -- without a scheme ----------------------------------------------------------------------------------


def _of_dsn(text: str) -> Iterator[Hit]:
    yield from _of_oracle(text)
    if found_ := _REDIS.match(text):
        yield from _each(
            found_[1].rstrip(", "), Hit(host="", kind=Kind.DATASTORE, why="Redis address", credentials=True)
        )
    for found in _DBI.finditer(text):
        yield from _each(found[1], Hit(host="", kind=Kind.DATASTORE, why="DBI address", credentials=True))
    for found in _GO.finditer(text):
        yield from _each(found[1], Hit(host="", kind=Kind.DATASTORE, why="Go DSN", credentials=True))
    if _LIBPQ_TOO.search(text) and ";" not in text:
        for found in _LIBPQ.finditer(text):
            yield from _each(found[1], Hit(host="", kind=Kind.DATASTORE, why="libpq DSN", credentials=True))
    yield from _of_password_files(text)
    yield from _of_pairs(text)
    yield from _of_places(text)


def _of_oracle(text: str) -> Iterator[Hit]:
    for found in _ORACLE.finditer(text):
        if found[2] or "jdbc" in found[0]:
            at = f"{found[1]}:{found[2]}" if found[2] else found[1]
            like = Hit(host="", kind=Kind.DATASTORE, why="Oracle address", credentials=True)
            yield from _each(at, like)
    if alone := _ORACLE_ALONE.fullmatch(text):
        yield from _each(alone[1], Hit(host="", kind=Kind.DATASTORE, why="Oracle address", credentials=True))
    for found in _TNS.finditer(text):
        yield from _each(
            found[1], Hit(host="", kind=Kind.DATASTORE, why="Oracle descriptor", credentials=True)
        )


def _of_password_files(text: str) -> Iterator[Hit]:
    """`.pgpass` and `.netrc`."""
    for found in _PGPASS.finditer(text):
        places = found[1] if found[2] == "*" else f"{found[1]}:{found[2]}"
        yield from _each(places, Hit(host="", kind=Kind.DATASTORE, why="password file", credentials=True))
    for found in _NETRC.finditer(text):
        yield from _each(found[1], Hit(host="", kind=Kind.ACCOUNT, why="netrc", credentials=True))


def _each(places: str, like: Hit) -> Iterator[Hit]:
    # SQL Server has options behind a semicolon, and instances behind a backslash.
    for word in re.split("[;)]", places, maxsplit=1)[0].split(","):
        host, port = _split(word.partition("\\")[0])
        if host:
            yield replace(like, host=host, port=port)


def _of_pairs(text: str) -> Iterator[Hit]:
    """`Server=tcp:host,1433;Database=x` and `mysql:host=x;port=3306`."""
    if ";" not in text and not _DRIVER.match(text):
        return
    pairs = [(name.lower().replace(" ", ""), value.strip()) for name, value in _PAIR.findall(text)]
    names = {name for name, _value in pairs}
    if "accountkey" in names and (account := dict(pairs).get("accountname")):
        for part in ("blob", "queue", "table"):
            host = f"{account.lower()}.{part}.core.windows.net"
            yield Hit(host=host, kind=Kind.OBJECTS, why="Azure account", credentials=True)
    if not names & _SERVER_TOO and not _DRIVER.match(text):
        return
    for name, value in pairs:
        bare = re.sub(r"^(?:tcp|np|lpc|admin):", "", value, flags=re.IGNORECASE).partition("\\")[0]
        words = bare.split(",")
        server = _split(words[0])[0] if name in _SERVER_KEYS else None
        if server and not looks_like_file(server):
            port = int(words[1]) if len(words) > 1 and words[1].strip().isdigit() else _split(words[0])[1]
            why = "connection string"
            yield Hit(host=server, port=port, kind=Kind.DATASTORE, why=why, credentials=True)


def _of_places(text: str) -> Iterator[Hit]:
    """`host:port` where the number says what is there."""
    for found in _PLACE.finditer(text):
        host, port = host_of(found[1]), int(found[2])
        # `node:22` is an image.
        vague = port in _VERSIONS and "." not in host if host else True
        if host and kinds.of_port(port) and not vague and not looks_like_file(host):
            credentials = "@" in found[0] or bool(re.search(r"\bpassword=", text))
            why = f"port {port}"
            yield Hit(host=host, port=port, kind=kinds.of_port(port), why=why, credentials=credentials)
