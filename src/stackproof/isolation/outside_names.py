"""What the name of a variable says of the host in it, and what stands beside it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase

from stackproof.isolation import outside_kinds as kinds
from stackproof.isolation import outside_known as known_
from stackproof.isolation import outside_text as texts
from stackproof.isolation.outside_kinds import Kind
from stackproof.isolation.outside_spelling import host_of, is_address
from stackproof.isolation.outside_text import Hit

# How the name of a variable ends that holds a host.
_ROLES = kinds.words(
    "host hosts hostname hostnames server servers addr addrs address addresses endpoint endpoints broker "
    "brokers url "
    "urls uri uris dsn node nodes points seeds seed peers master primary replica reader writer slave "
    "bootstrap "
    "connectionstring connectionstrings connstr domain relay relayhost smarthost ip "
    "listener hostaddr contactpoint contactpoints members"
)
# These, too, if what stands there cannot be a word.
_WEAK_ROLES = kinds.words(
    "cluster clusters gateway connect connection proxy quorum ensemble upstream target list instance remote "
    "location"
)
# What follows a word such as HOST and says which.
_WHICH = kinds.words(
    "name names read write ro rw prod production staging stage dev test primary secondary main default list "
    "internal external master replica slave public private backup local string live v4 v6 a b c"
)
# What follows it and is no host.
_NO_HOST = kinds.words(
    "user username login password passwd pass port ports ssl tls type mode driver version timeout size count "
    "retries database db scheme protocol path file dir prefix id key token secret enabled auth from sender "
    "subject format image tag level interval check verify options"
)
# Under these a service tells others its own address, whatever it serves.
_ANNOUNCED = kinds.words(
    "advertised advertise announce announced announces listeners listen bind helo ehlo heloname"
)
# Web addresses and plain hosts in these are the service's own: whom it lets in, where its users come back to.
_OWN = kinds.words(
    "virtual allowed allow cors origin origins csrf cookie letsencrypt redirect callback vhost referer "
    "referrer webroot listener"
)
_OWN_NAMES = kinds.words(
    "server_name virtual_host mail_domain mail_hostname mail_from mailname maildomain mail_name webhook_url "
    "webhook_base_url n8n_webhook_url"
)
# So are those in these, unless something tells what is done there: a kind, a port, credentials.
_MAYBE_OWN = kinds.words(
    "trusted public external site frontend domain domains canonical root self issuer audience nextauth app "
    "home aliases alias ingress frame own"
)
_MAYBE_OWN_NAMES = kinds.words(
    "base_url hostname host server_host server_address http_host default_host listen_host bind_host app_host "
    "root_url url base_uri site_url server_url server_hostname"
)
# From here files are fetched.
_FETCHED = kinds.words(
    "download downloads mirror mirrors repo repository repositories index registry install installer "
    "archive docs "
    "documentation image images pip npm yarn uv goproxy proxy maven nuget gem gems apt package packages "
    "dataset "
    "model models geoip release releases changelog homepage source feed rss schema cdn asset assets static "
    "git"
)
# There credentials are for reading.
_PACKAGES = kinds.words(
    "index registry mirror mirrors proxy goproxy repository pip npm yarn maven nuget gem apt"
)
_GENERIC = kinds.words(
    "api base instance service endpoint http https rest web public server db host url v1 v2 app site "
    "external root home frontend self own nextauth domain"
)
_WORDS_FOR_NONE = kinds.words(
    "true false yes no on off none null nil auto default memory local disabled enabled localhost primary "
    "master "
    "replica secondary all any self"
)
_SPLIT = re.compile(r"[\s,;|]+")


def words_of(name: str) -> list[str]:
    """Return the parts of a name in lower case.

    >>> words_of("spring.dataSource__URL"), words_of("PGHOST"), words_of("REDIS_HOST_1")
    (['spring', 'data', 'source', 'url'], ['pg', 'host'], ['redis', 'host'])
    """
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[0-9])(?=[A-Z][a-z])", "_", name)
    words = [word for word in re.split(r"[^a-z0-9]+", parted.lower()) if word and not word.isdigit()]
    return [part for word in words for part in _fused(word)]


_FUSED = (
    "hostaddr", "contactpoints", "hostname", "host", "server", "address", "addr", "url", "uri", "dsn",
)  # fmt: skip


def _fused(word: str) -> list[str]:
    """Part what some write in one: MYSQLHOST, MONGOURL."""
    for role in (
        "hostaddr",
        "contactpoints",
        "hostname",
        "host",
        "server",
        "address",
        "addr",
        "url",
        "uri",
        "dsn",
    ):
        before = word.removesuffix(role)
        if before and before != word and (before in kinds.WORDS or before in kinds.WEAK_WORDS):
            return [before, role]
    return [word]


def of_variable(
    name: str, value: str, beside: Mapping[str, str], programs: frozenset[str] = frozenset()
) -> Iterator[Hit]:
    """Yield the hosts in a variable, each with its kind.

    `beside` are the variables that stand with it, `programs` the words by which its service is known.
    """
    words = words_of(name)
    found = list(texts.hits(value))
    if words and kinds.is_proof(words[-1]):
        found = [hit for hit in found if hit.url]
    elif not found and words:
        found = list(_plain(value, words))
    for hit in found:
        judged = _judged(hit, name, words, beside)
        if not _own(hit, judged, words, programs):
            yield judged
        elif judged.kind is not None and judged.kind.cut:  # somebody may want to know
            yield replace(judged, kind=Kind.OTHER, why="the service's own address")


def of_url(hit: Hit, beside: Mapping[str, str]) -> Hit:
    """Say what a host is that stands in no variable."""
    return _judged(hit, "", [], beside)


def _plain(value: str, words: list[str]) -> Iterator[Hit]:
    """Hosts that stand alone in a variable, one or several."""
    role, possible = _role(words)
    parts = [part for part in _SPLIT.split(value.strip().strip("'\"")) if part]
    places = [texts.place(part) for part in parts]
    if not possible or len(value) > _LONGEST or not places or any(place is None for place in places):
        return
    for part, hit in zip(parts, filter(None, places), strict=True):
        dotted = "." in part.partition("/")[0] or ":" in hit.host
        wordless = hit.host in _WORDS_FOR_NONE or _no_place(part, hit)
        # Without a word such as HOST only what cannot be anything else counts.
        if not wordless and (role or hit.port or (dotted and not hit.path)) and not (hit.path and not dotted):
            yield hit


def _role(words: list[str]) -> tuple[bool, bool]:
    """Whether a name says that it holds a host, and whether it may hold one."""
    last = words[-1]
    if last in _ROLES:
        return True, True
    inner = bool(_ROLES & set(words[:-1]))
    if inner and last in _WHICH:
        return True, True
    says = _says(words) is not None
    weak = says and last in _WEAK_ROLES | _WHICH - {"name", "names", "string", "test"}
    return False, last not in _NO_HOST and (inner or weak or last in kinds.WORDS)


def _no_place(part: str, hit: Hit) -> bool:
    """Whether a dotted word is rather a file, a version or the path of a module."""
    if texts.looks_like_file(hit.host) and hit.host.count(".") < _DOTS:
        return True
    if is_address(hit.host):
        return False
    module = _MODULE.match(hit.host) and hit.host.rpartition(".")[2] not in _TOP
    return bool(_VERSION.fullmatch(part) or _CLASS.search(part.partition(":")[0]) or module)


# `15.3-alpine`, `3.6.1.Final`; an address has four numbers.
_VERSION = re.compile(r"v?(?!(?:\d+\.){3}\d+(?:$|[:/.]))\d+(?:\.\d+)+(?:[.+_-][A-Za-z][\w.+-]*)?")
_CLASS = re.compile(r"\.[A-Z][a-z]\w*$")
_MODULE = re.compile(
    r"(?:com|org|net|io|java|javax|jakarta|django|kombu|celery|flask|airflow|sqlalchemy|logging)\.\w+\.\w+"
)
_TOP = kinds.words("com org net io dev de eu uk fr us app cloud local internal corp lan test example invalid")
_LONGEST = 2000
_DOTS = 2


def _judged(hit: Hit, name: str, words: list[str], beside: Mapping[str, str]) -> Hit:
    """Say what a host is: by the text itself, by its name, by the variable's, by what stands beside."""
    if hit.kind is not None and hit.why.partition(" ")[0] != "port":
        return hit
    said, port = _says(words, web=hit.web), hit.port or (0 if hit.web else _port_beside(words, beside))
    sibling = _credentials_beside(name, words, beside)
    open_ = not hit.credentials and not sibling
    fetched = hit.web and bool(_FETCHED & set(words)) and (open_ or bool(_PACKAGES & set(words)))
    reasons = (
        (known_.of_host(hit.host, hit.path), "a known host"),
        (Kind.OTHER if hit.download and open_ else None, "fetched from there"),
        (said, f"the name of {name}"),
        (hit.kind or kinds.of_port(port, web=hit.web), f"port {port}"),
        (Kind.OTHER if fetched else None, "fetched from there"),
        (Kind.ACCOUNT if hit.credentials else None, "credentials in it"),
        (Kind.ACCOUNT if sibling else None, f"{sibling} beside it"),
        (Kind.SERVICE if hit.acts else None, hit.why),
        (Kind.OTHER, "nothing says what is done there"),
    )
    kind, why = next((kind, why) for kind, why in reasons if kind is not None)
    return replace(hit, kind=kind, why=why)


def _port_beside(words: list[str], beside: Mapping[str, str]) -> int:
    """Return the port that a variable of the same prefix holds, or 0."""
    wanted = "_".join([*(words[:-1] if words[-1:] and words[-1] in _ROLES else words), "port"])
    found = (value for other, value in beside.items() if "_".join(words_of(other)) == wanted != "port")
    return next((int(value) for value in found if value.isdecimal() and len(value) < _DIGITS), 0)


_DIGITS = 6


def _says(words: list[str], *, web: bool = False) -> Kind | None:
    """Return the kind that a name says; a word such as DB says too little of a web address."""
    weak = {} if web else kinds.WEAK_WORDS
    found = [kinds.WORDS.get(word) or weak.get(word) for word in words]
    said = [kind for kind in found if kind is not None]
    return Kind.WEBHOOK if Kind.WEBHOOK in said else next(iter(said), None)


def _own(hit: Hit, judged: Hit, words: list[str], programs: frozenset[str]) -> bool:
    """Whether a variable says where its own service is found."""
    joined, known = "_".join(words), set(words[:-1])
    if _ANNOUNCED & set(words):
        return True
    if hit.credentials or (hit.why and not (hit.web and known_.of_host(hit.host, hit.path) is None)):
        return False
    if "webhook" in joined and hit.path.strip("/"):  # a token
        return False
    if joined in _OWN_NAMES or _OWN & known or words[-1:] == ["origins"]:
        return True
    if words and words[0] in programs and (hit.web or _says(words) is None):
        return True
    maybe = joined in _MAYBE_OWN_NAMES or _MAYBE_OWN & known or words[-1:] in (["domain"], ["domains"])
    return bool(maybe) and judged.kind is Kind.OTHER


def _credentials_beside(name: str, words: list[str], beside: Mapping[str, str]) -> str | None:
    """Return a variable of the same prefix that holds credentials."""
    prefix = words[:-1] if words[-1:] and words[-1] in _ROLES else words
    whole = prefix
    while len(prefix) > 1 and prefix[-1] in _GENERIC:
        prefix = prefix[:-1]
    if len(prefix) == 1 and prefix[0] in _GENERIC and len(whole) > 1:  # PUBLIC_API_URL
        prefix = whole
    if not prefix or (len(prefix) == 1 and prefix[0] in _GENERIC):
        return None
    start = "_".join(prefix) + "_"
    for other, value in beside.items():
        joined = "_".join(words_of(other))
        if other != name and value and joined.startswith(start) and kinds.is_credential(joined):
            return other
    return None


def implied(variables: Mapping[str, str]) -> Iterator[tuple[str, Hit]]:
    """Yield hosts that no text names: those of services whose credentials a variable holds."""
    region = next(
        (variables[n] for n in ("AWS_REGION", "AWS_DEFAULT_REGION") if variables.get(n)), "us-east-1"
    )
    buckets = [value for name, value in variables.items() if "bucket" in words_of(name) and value]
    for name, value in variables.items():
        for form, host in _TOKENS:
            if form.fullmatch(value):
                yield name, Hit(host=host, kind=Kind.WEBHOOK, why=f"{name} is for it", credentials=True)
        for pattern, kind, hosts in known_.IMPLIED:
            if not value or not fnmatchcase(name.upper(), pattern):
                continue
            named = [host.replace("{region}", region) for host in hosts]
            named += [f"{bucket}.{host}" for bucket in buckets for host in named if host.startswith("s3.")]
            for host in named:
                if (bare := host_of(host)) is not None:
                    yield name, Hit(host=bare, kind=kind, why=f"{name} is for it", credentials=True)


# What tokens look like that bots have.
_TOKENS = (
    (re.compile(r"\d{6,12}:[\w-]{30,50}"), "api.telegram.org"),
    (re.compile(r"[\w-]{23,28}\.[\w-]{6}\.[\w-]{27,40}"), "discord.com"),
    (re.compile(r"xox[abeprs]-[\w-]{10,}|xapp-[\w-]{10,}"), "slack.com"),
)
