"""Which passwords a variable holds. Pure: text in, text out."""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator

from stackproof.stack import code_settings, data_sources, tokens
from stackproof.stack.harmless import is_harmless
from stackproof.stack.secret_names import in_one, looks_chosen, looks_random, says_secret

# What a name ends in that tells of a secret and does not hold it.
_ABOUT = re.compile(
    r"(?:^|_)(?:file|path|dir|name|user(?:name)?|id|header|prefix|suffix|type|kind|format|algorithm|alg|method|mode"
    r"|issuer|audience|realm|scope|policy|enabled|disabled|required|allowed|ttl|timeout|expir\w*|lifetime|age|days"
    r"|hours|minutes|seconds|interval|length|len|size|min|max|limit|count|rounds|cost|iterations|retries|port|host"
    r"|endpoint|uri?l?|version|backend|provider|manager|store|driver|class|field|attribute|attr|command|cmd"
    r"|hashers?|encryption|validators?|strategy)$"
    r"|_(?:ttl|timeout|expir\w*|lifetime|min|max|length|size)_|(?:^|_)(?:max|min|num)_(?:\w+_)?tokens$"
    r"|(?:^|_)(?:public|publishable|site|primary|foreign|cache|routing|partition|sort|object|index|group|lookup)_?key$"
    r"|(?:^|_)private_(?:network|subnet|registry|ip|zone)$"
    r"|initial_cluster_token$"  # etcd's, which tells clusters apart
    # Names of files, to Confluent's images; and what a browser is told.
    r"|_(?:key|keystore|truststore)_credentials$|^(?:next_public|nuxt_public|vite|react_app)_"
)
# An id that is the secret itself: the first token of Vault, and what a program logs in to it with.
_ID_ITSELF = re.compile(
    r"root_token_id$|(?:^|_)(?:vault|bao|openbao|app_?role|role|consul|nomad)(?:_\w+)?_secret_id$"
)
# Keys of databases are no secrets; this one of Rails encrypts (`active_record.encryption.primary_key`).
_ENCRYPTS = re.compile(r"encryption_primary_key$")
# Names that alone may mean anything, and the form of a value with which they hold a secret: `SONARR_API`,
# Telegram's, cookies of sessions, numbers that one types.
_ENDING = re.compile(
    r"(?:^|(?<=_))(?:api|cookies?|api_?hash)$"
    r"|(?<![a-z])(?:admin|user|access|web|login|security|unlock|alarm|sim|homekit|setup|parental)_pin$"
)
_TYPED = re.compile(
    r"(?!(?:19|20)\d\d-\d\d?(?:-\d\d?)?$|\d\d?-\d\d?-(?:19|20)\d\d$)(?=(?:\D*\d){4})[\d-]{4,12}"  # no date
)
_HEX = re.compile(r"(?=\d*[a-f])[0-9a-f]*\d[0-9a-f]*")
_BY_FORM = {
    # Not words with numbers behind them: `v1beta2alpha3`.
    "api": re.compile(r"(?!(?:v\d{1,2}+)?(?:[A-Z]?[a-z]{2,}+\d{0,2}+)++$)[A-Za-z0-9]{20,64}"),
    "apihash": re.compile(r"[0-9a-f]{32}"),
    "cookie": re.compile(r"[^\s\"'{}$<>]{20,}"),
    "cookies": re.compile(r"[^\"'{}$<>]{20,}"),
}
# What is a switch, or names the place of a secret.
_NO_SECRET = re.compile(
    r"(?:true|false|yes|no|on|off|none|null|[01])|\.{0,2}/\S*|[\w./-]+\.(?:pem|key|crt|p12|pfx|jks)|(?:op|vault|file|secretref|arn|ssm)[:+]\S+|enc\[.*|\{\{.*|\{\w+\}"
    # A template's word, Symfony's variable, and the half of a key pair that everybody may have.
    r"|<[^<>]*>|%env\(.*\)%|(?:ssh-(?:rsa|dss|ed25519)|ecdsa-\S+) .*"
    r"|-----BEGIN (?:PUBLIC KEY|CERTIFICATE)-----.*",
    re.IGNORECASE | re.DOTALL,
)
# Names of variables that say who logs in, and into what.
_WHO = re.compile(r"(?:^|_)(?:user(?:name)?|login|db|database|dbname)$", re.IGNORECASE)
ACCOUNT = re.compile(r"(?<=://)([^/\s:@]*):([^/\s@]+)(?=@)")
# How to log in, or whether one must, behind a name such as SMTP_AUTH, RABBITMQ_AUTH, X_PACK_AUTH.
_METHOD = re.compile(
    r"plain|login|basic|digest|bearer|negotiate|spnego|ntlm|kerberos|gssapi|external|simple|sasl|anonymous"
    r"|md5|cram-?md5|(?:plain|login|digest|cram)-md5|scram(?:-sha-?\d+)?(?:-plus)?|x?oauth2?|oauth1|oidc|openid"
    r"|openid-connect|saml2?|sso|cas|ldaps?|pam|radius|iam|jwt|cookies?|sessions?|forms?|headers?|proxy|forward"
    r"|tokens?|api-?keys?|keys?|tls|mtls|ssl|x509|certs?|certificates?|public-?key|peer|ident|trust|unix"
    r"|auto|automatic|default|native|builtin|built-in|internal|local|remote|database|db|file|config|env|multi"
    r"|enabled?|disabled?|required?|optional|always|never|allow|deny|strict|mandatory"
    r"|google|github|gitlab|azure(?:-?ad)?|keycloak|authelia|authentik|okta|auth0",
    re.IGNORECASE,
)
# How a browser is told to send cookies, behind a name such as CORS_CREDENTIALS.
_SENDING = frozenset({"include", "omit", "same-origin"})
# A URL without a user and a query; to a gateway also with the URL to come back to.
_PLACE = re.compile(r"[a-z][a-z0-9+.-]*://[^\s?@#]*(?:\?\w+=[a-z]+://[^\s?@&#]*)?(?:#/?)?", re.IGNORECASE)
# Names with values inside a value: connection strings, options, queries of URLs.
_INSIDE = (
    re.compile(r"(?<![\w.-])([\w.-]{1,100})=[\"']?([^\s\"'&;|,]+)"),
    re.compile(r"(?:^|(?<=\s))((?:--?|\+)[\w.-]{1,100}) (?!-)([^\s;&|]+)"),
)
_DEEPEST = 3  # names with values within a value
# Names of variables that hold a user and a password in one, as to flower and atmoz/sftp: `user:word`,
# `user|word`, `user:word:1001`; to Neo4j and Oracle `user/word`, which is a path or an image to others; to
# Samba `user%word`. What is no user: who may do something, to Kafka; attributes of LDAP.
_PAIRED = re.compile(
    r"(?:^|_)(?:basic_?auth|auth|credentials?|creds?|user_?pass|users|local_user|(?<!service_)accounts?|logins?)$"
)
_BY_SLASH, _BY_PERCENT = (
    re.compile(r"auth$|(?:^|_)(?:oracle|ora|sqlplus)_"),
    re.compile(r"(?:^|_)(?:smb|samba|cifs)"),
)
# Those whose value may be accounts of a program, with their passwords; to an image of Samba `user;password`.
# One user is rather that of a tenant: `SMTP_USER=tenant:alice`.
_ACCOUNTS = re.compile(
    r"(?:^|_)(?:s?ftpd?|samba|smb|webdav|dav|http|basic|proxy|socks5?|smtp|relay|mqtt|local|local_user|basic_?auth|digest_?auth)"
    r"_(?:users|logins?|accounts?)$|local_user$"
)
_ACCOUNT = re.compile(r"((?=[^:|]*[A-Za-z])[\w.@-]+)[:|]([^\s:|,]{3,})([:|][^\s,]*)?")
_OF_SAMBA = re.compile(r"([\w.-]+);([^;\s]{3,})(;\S*)?")
# Programs to which any word behind a user is its password; to others it may be what the user may do.
_MAKES_ACCOUNTS = re.compile(
    r"(?:^|_)(?:s?ftpd?|samba|smb|webdav|dav)_(?:users|logins?|accounts?)$|_relay_login$|local_user$"
)
_OF_IMAGES = re.compile(r"(?<![a-z])(?:s?ftp|ftpd|sftpd|vsftpd?|proftpd|ftps|samba|smb|webdav)(?![a-z])")
_ID_OR_HOME = re.compile(r"[:|;](?:\d+|/.*)(?:[:|;].*)?")
_NO_USER = frozenset({"User", "Group", "Role", "ServiceAccount", "uid", "cn", "mail", "sAMAccountName"})
# Names of secrets that hold several, with what is between them.
_SEVERAL = re.compile(r"(?:passwords|tokens|secrets|keys|credentials)$|(?:^|_|basic)auth$")
_BETWEEN = re.compile(r"[\s,;]+")
_BASIC = re.compile(r"(?:basic\s+)?([A-Za-z0-9+/]{6,}={0,2})", re.IGNORECASE)
# One half of a key pair is a name: MINIO_ACCESS_KEY beside MINIO_SECRET_KEY, AWS_ACCESS_KEY beside
# AWS_SECRET_ACCESS_KEY. Alone it is a secret, as to Azure and Unsplash.
_ACCESS_KEY = re.compile(r"((?:.*_)?)access_?key$")

Password = tuple[str, tuple[str, ...]]
"""A password, with the names that go with it."""
Judge = Callable[[str, str], bool]
"""Says of a name and a value whether that is a secret."""


def may_be_secret(name: str, literal: str) -> bool:
    """Whether a text may be a secret, by the name that has it, so that reports hide it."""
    words = in_one(name)
    about = _ABOUT.search(words) and not _ID_ITSELF.search(words) and not _ENCRYPTS.search(words)
    if not literal or not says_secret(name) or about or _NO_SECRET.fullmatch(literal):
        return False
    if _PLACE.fullmatch(literal) and not looks_random(literal):
        return False
    if words.endswith(("auth", "auth_token", "bearer")):  # of etcd's servers the latter is a method, too
        return _METHOD.fullmatch(literal.replace("_", "-")) is None
    return not (words.endswith(("credentials", "creds")) and literal.lower() in _SENDING)


def is_secret(name: str, literal: str) -> bool:
    """Whether a text is a secret, by the name that has it.

    >>> is_secret("SMTP_AUTH", "hunter2"), is_secret("SMTP_AUTH", "plain"), is_secret("TOKEN_TTL", "60")
    (True, False, False)
    """
    if may_be_secret(name, literal):
        return not is_harmless(name, literal)
    return _is_by_both(name, literal)


def _is_by_both(name: str, literal: str) -> bool:
    """Whether a name that may mean something else has a value that is a key, or a number that one types."""
    end = _ENDING.search(name.lower())
    if end is None:
        return False
    if end[0].endswith("_pin"):
        return _TYPED.fullmatch(literal) is not None
    form = _BY_FORM[end[0].replace("_", "")].fullmatch(literal)
    return form is not None and (looks_random(literal) or _HEX.fullmatch(literal) is not None)


def secret_inside(literal: str, judge: Judge = is_secret) -> Iterator[str]:
    """Yield the secrets behind names within a text, and behind users in names of data sources."""
    yield from (value for name, value in named(literal) if judge(name, value))
    yield from (password for _user, password in data_sources.accounts(literal))


def named(text: str) -> Iterator[tuple[str, str]]:
    """Yield the names within a text that may be those of secrets, with their values."""
    assigned, behind = _INSIDE
    for name, value in assigned.findall(text):
        yield name, value
        # `--from-literal=password=word`, `--url=http://x/?token=word`
        yield from _within(value, 1)
    yield from behind.findall(text)
    yield from code_settings.named(text)


def _within(value: str, depth: int) -> Iterator[tuple[str, str]]:
    for name, inner in _INSIDE[0].findall(value) if depth <= _DEEPEST and "=" in value else ():
        yield name, inner
        yield from _within(inner, depth + 1)


def says_who(name: str) -> bool:
    """Whether a variable says who logs in, or into what."""
    return _WHO.search(name) is not None


def identifies(name: str, names: Iterable[str]) -> bool:
    """Whether a variable holds the half of a key pair that is a name, by the names beside it.

    >>> identifies("S3_ACCESS_KEY", ["S3_ACCESS_KEY", "S3_SECRET_KEY"]), identifies("S3_ACCESS_KEY", [])
    (True, False)
    """
    found = _ACCESS_KEY.fullmatch(in_one(name))
    if found is None or found.group(1).endswith("secret_"):
        return False
    secret = re.compile(rf"{re.escape(found.group(1))}secret(?:_?access)?(?:_?key)?")
    return any(secret.fullmatch(in_one(other)) for other in names)


def passwords(name: str, value: str, judge: Judge = is_secret) -> Iterator[Password]:
    """Yield the passwords in a variable: behind a user in a URL or beside one, in a list, behind a name."""
    yield from ((token, ()) for token in tokens.held(name, value))
    for user, password in ACCOUNT.findall(value):
        yield password, (user,)
    for user, password in _of_data_source(name, value):
        yield password, (user,)
    secret = judge(name, value)
    if secret:
        yield value, ()
    elif not _PAIRED.search(in_one(name)):
        behind_users = {password for _user, password in data_sources.accounts(value)}
        found = secret_inside(value, judge)
        yield from ((password, ()) for password in found if password not in behind_users)
        return
    if says_secret(name) and not secret:  # a method, a switch, a place
        return
    words = in_one(name)
    if words.endswith("dsn"):
        yield from ((password, ()) for name, password in named(value) if judge(name, password))
    for item in _items(value) if secret and _SEVERAL.search(words) else ():
        yield item, ()
    if _PAIRED.search(words):
        yield from _pairs(words, value)


def accounts(name: str, value: str, image: str = "") -> Iterator[Password]:
    """Yield the passwords of accounts that a program is told to make, by the name that has all of them.

    Where neither the name nor the `image` says that these are accounts, what stands behind a user may be what
    the user may do: it counts with an id or a home behind it, or where it looks like a password.

    >>> list(accounts("SFTP_USERS", "app:hunter2:1001 ops:hunter3")), list(accounts("USERS", "app:admin"))
    ([('hunter2', ('app',)), ('hunter3', ('ops',))], [])
    """
    words = in_one(name)
    items = _items(value) if _ACCOUNTS.search(words) else ()
    found = [_ACCOUNT.fullmatch(item) for item in items]
    if re.fullmatch(r"users?\d*", words):
        pipes = [_ACCOUNT.fullmatch(item) for item in _BETWEEN.split(value.strip())] if "|" in value else []
        found += pipes or [_OF_SAMBA.fullmatch(value.strip())]
    if not found or not all(found):
        return
    sure = _MAKES_ACCOUNTS.search(words) or _OF_IMAGES.search(image)
    for hit in filter(None, found):
        if hit[1] not in _NO_USER and (sure or _ID_OR_HOME.fullmatch(hit[3] or "") or looks_chosen(hit[2])):
            yield hit[2], (hit[1],)


def _of_data_source(name: str, value: str) -> Iterator[tuple[str, str]]:
    """Yield who logs in with which password, in what is no URL."""
    found = list(data_sources.accounts(value))
    yield from found
    if not found and in_one(name).endswith("dsn") and (bare := data_sources.bare_account(value)):
        yield bare


def _pairs(words: str, value: str) -> Iterator[Password]:
    """Yield each password that stands behind its user, also where both are one word of base64."""
    between = f":|{'/' if _BY_SLASH.search(words) else ''}"
    between += "%" if says_secret(words) or _BY_PERCENT.search(words) else ""
    pair = re.compile(rf"([^\s{between}]+)[{between}]([^\s:|]+)")
    if (coded := _BASIC.fullmatch(value.strip())) and (plain := _decoded(coded.group(1))):
        value = plain
    for item in _items(value):
        found = pair.match(item)
        if found and found.group(1) not in _NO_USER:
            yield found.group(2), (found.group(1),)


def _items(value: str) -> list[str]:
    """Return the words of a list, as people write one in a variable."""
    return [bare for item in _BETWEEN.split(value) if (bare := item.strip("[]{}\"'"))]


def _decoded(text: str) -> str:
    try:
        plain = base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return plain if ":" in plain and plain.isprintable() else ""
