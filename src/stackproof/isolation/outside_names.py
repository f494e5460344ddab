"""What the name of a variable says of the host in it, and what stands beside it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase

from stackproof.isolation import outside_kinds as kinds
from stackproof.isolation import outside_known as known_
from stackproof.isolation import outside_text as texts
from stackproof.isolation.outside_kinds import Kind
from stackproof.isolation.outside_spelling import host_of
from stackproof.isolation.outside_text import Hit

# How the name of a variable ends that holds a host.
_ROLES = kinds.words(
    "host hosts hostname hostnames server servers addr addrs address addresses endpoint endpoints broker "
    "brokers url "
    "urls uri uris dsn node nodes points seeds seed peers master primary replica reader writer slave "
    "bootstrap "
    "connectionstring connectionstrings connstr domain relay relayhost smarthost ip "
    "listener"
)
# Web addresses in these are the service's own: where its users find it, whom it lets in, where it listens.
_OWN = kinds.words(
    "virtual advertised advertise allowed allow cors origin origins csrf trusted public external site "
    "frontend domain "
    "domains cookie canonical listen listener listeners bind callback redirect letsencrypt root self issuer "
    "audience "
    "nextauth app home webroot aliases alias ingress vhost referer referrer frame acme_domain own"
)
_OWN_NAMES = kinds.words(
    "server_name virtual_host base_url hostname host server_host server_address http_host default_host "
    "listen_host "
    "bind_host app_host root_url url base_uri site_url webhook_url_base server_url server_hostname "
    "mail_domain "
    "mail_hostname mail_from mailname maildomain mail_name"
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
_CREDENTIALS = re.compile(
    r"(?:^|_)(?:user|username|usr|login|password|passwd|passphrase|pass|pw|pwd|token|key|apikey|secret|credentials?|auth|"
    r"sasl_\w+|access_key(?:_id)?|client_id)(?:_file)?$"
)
_GENERIC = kinds.words(
    "api base instance service endpoint http https rest web public server db host url v1 v2"
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
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    words = [word for word in re.split(r"[^a-z0-9]+", parted.lower()) if word and not word.isdigit()]
    return [part for word in words for part in _fused(word)]


def _fused(word: str) -> list[str]:
    """Part what some write in one: MYSQLHOST, MONGOURL."""
    for role in ("hostname", "host", "server", "address", "addr", "url", "uri", "dsn"):
        before = word.removesuffix(role)
        if before and before != word and (before in kinds.WORDS or before in kinds.WEAK_WORDS):
            return [before, role]
    return [word]


def of_variable(name: str, value: str, beside: Mapping[str, str]) -> Iterator[Hit]:
    """Yield the hosts in a variable, each with its kind; `beside` are the variables that stand with it."""
    words = words_of(name)
    found = list(texts.hits(value))
    if not found and words and (words[-1] in _ROLES or words[-1] in kinds.WORDS):
        found = list(_plain(value, role=words[-1] in _ROLES))
    for hit in found:
        if not hit.why and _own(words):
            continue
        if hit.kind is None and hit.web and _own(words) and known_.of_host(hit.host, hit.path) is None:
            continue
        yield _judged(hit, name, words, beside)


def of_url(hit: Hit, beside: Mapping[str, str]) -> Hit:
    """Say what a host is that stands in no variable."""
    return _judged(hit, "", [], beside)


def _plain(value: str, *, role: bool) -> Iterator[Hit]:
    """Hosts that stand alone in a variable, one or several."""
    parts = _SPLIT.split(value.strip().strip("'\""))
    places = [texts.place(part) for part in parts if part]
    if len(value) > _LONGEST or not places or any(place is None for place in places):
        return
    for hit in filter(None, places):
        dotted = "." in hit.host or ":" in hit.host
        wordless = hit.host in _WORDS_FOR_NONE or (
            texts.looks_like_file(hit.host) and hit.host.count(".") < _DOTS
        )
        # Without a word such as HOST only what cannot be anything else counts.
        if not wordless and (role or hit.port or (dotted and not hit.path)) and not (hit.path and not dotted):
            yield hit


_LONGEST = 2000
_DOTS = 2


def _judged(hit: Hit, name: str, words: list[str], beside: Mapping[str, str]) -> Hit:
    """Say what a host is: by the text itself, by its name, by the variable's, by what stands beside."""
    if hit.kind is not None and hit.why.partition(" ")[0] != "port":
        return hit
    known, said = known_.of_host(hit.host, hit.path), _says(words, web=hit.web)
    by_port = hit.kind or kinds.of_port(hit.port, web=hit.web)
    fetched = hit.web and (hit.download or bool(_FETCHED & set(words)))
    sibling = _credentials_beside(name, words, beside)
    reasons = (
        (known, "a known host"),
        (Kind.WEBHOOK if said is Kind.WEBHOOK else None, f"the name of {name}"),
        (Kind.OTHER if fetched and said is not Kind.FILES else None, "fetched from there"),
        (said, f"the name of {name}"),
        (by_port, f"port {hit.port}"),
        (Kind.ACCOUNT if hit.credentials else None, "credentials in it"),
        (Kind.ACCOUNT if sibling else None, f"{sibling} beside it"),
        (Kind.OTHER, "nothing says what is done there"),
    )
    kind, why = next((kind, why) for kind, why in reasons if kind is not None)
    return replace(hit, kind=kind, why=why)


def _says(words: list[str], *, web: bool = False) -> Kind | None:
    """Return the kind that a name says; a word such as DB says too little of a web address."""
    weak = {} if web else kinds.WEAK_WORDS
    found = [kinds.WORDS.get(word) or weak.get(word) for word in words]
    said = [kind for kind in found if kind is not None]
    return Kind.WEBHOOK if Kind.WEBHOOK in said else next(iter(said), None)


def _own(words: list[str]) -> bool:
    """Whether a variable says where its own service is found."""
    joined = "_".join(words)
    return (
        joined in _OWN_NAMES
        or bool(_OWN & set(words[:-1]))
        or words[-1:] in (["origins"], ["domain"], ["domains"])
    )


def _credentials_beside(name: str, words: list[str], beside: Mapping[str, str]) -> str | None:
    """Return a variable of the same prefix that holds credentials."""
    prefix = words[:-1] if words[-1:] and words[-1] in _ROLES else words
    while len(prefix) > 1 and prefix[-1] in _GENERIC:
        prefix = prefix[:-1]
    if not prefix or (len(prefix) == 1 and prefix[0] in _GENERIC):
        return None
    start = "_".join(prefix) + "_"
    for other, value in beside.items():
        joined = "_".join(words_of(other))
        if other != name and value and joined.startswith(start) and _CREDENTIALS.search(joined):
            return other
    return None


def implied(variables: Mapping[str, str]) -> Iterator[tuple[str, Hit]]:
    """Yield hosts that no text names: those of services whose credentials a variable holds."""
    region = next(
        (variables[n] for n in ("AWS_REGION", "AWS_DEFAULT_REGION") if variables.get(n)), "us-east-1"
    )
    buckets = [value for name, value in variables.items() if "bucket" in words_of(name) and value]
    for name, value in variables.items():
        for pattern, kind, hosts in known_.IMPLIED:
            if not value or not fnmatchcase(name.upper(), pattern):
                continue
            named = [host.replace("{region}", region) for host in hosts]
            named += [f"{bucket}.{host}" for bucket in buckets for host in named if host.startswith("s3.")]
            for host in named:
                if (bare := host_of(host)) is not None:
                    yield name, Hit(host=bare, kind=kind, why=f"{name} is for it", credentials=True)
