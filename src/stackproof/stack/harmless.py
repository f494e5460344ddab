"""What has the word of a secret in its name, and none in its value. Pure: text in, answers out.

No rule finds fault with it; reports hide it none the less, for they judge by the name alone.
"""

import re
from typing import Final

from stackproof.stack import data_sources
from stackproof.stack.secret_names import (
    behind_secret,
    in_one,
    looks_chosen,
    looks_random,
    says_password,
    says_secret,
)

# Words that mean something else together: products, directives of nginx, filters, marks of language models.
_PHRASES: Final = re.compile(
    r"secrets?_(?:manager|store|engine|provider|operator)s?|key_?vault"
    r"|salt_?(?:stack|master|minion|state|api|syndic|cloud|ssh)"
    r"|(?:grpc|fastcgi|uwsgi|scgi)_pass(?![a-z])"
    r"|(?<![a-z])(?:low|high|band|single|multi|two|num)_?pass(?:es)?(?![a-z])|(?<![a-z])pass_(?:rate|through|host)(?![a-z])"
    r"|(?<![a-z])(?:tres|sur|over|under|ask)pass(?![a-z])|(?:ssh|git|svn|sudo)_askpass"
    r"|private_(?:repo(?:sitory)?|mode|cidr|dns|domain|bucket|link|room|beta|subnets?)(?![a-z])"
    r"|(?<![a-z])(?:eos|bos|pad|unk|sep|cls|mask|stop|special)_tokens?(?![a-z])"
    r"|(?<![a-z])(?:hot|shortcut|xkb|message|join|translation|i18n|dedup(?:e|lication)?|idempotency|shard(?:ing)?|row)_?key$"
    r"|cache_key_salt$|(?<![a-z])psk_(?:identity|hint)(?![a-z])"
)
# Words that alone mean as often something else: a dialling code, a forum, a spice, how a browser asks. What
# stands before some of them leaves no doubt: `AUTH_PEPPER`, SNMP_COMMUNITY.
_UNSURE: Final = re.compile(
    r"(?<=[a-z\d]_)(?:access|unlock|pairing)_?code$|(?<![a-z])(?:r[ow]_|read_?|write_?)?community(?![a-z])"
    r"|(?<![a-z])(?<!auth_)(?<!hash_)(?<!hashing_)(?<!security_)(?<!crypto_)(?<!login_)(?<!session_)pepper(?![a-z])"
    r"|(?<![a-z])creds?(?![a-z])|(?<![a-z])(?<!api_)(?<!auth_)(?<!access_)bearer$"
)
_PAIR: Final = re.compile(r"[\w.@+-]+[:%|](?!/)[^\s:]{3,}")
# What a name ends in that counts, measures or describes a secret. `password_root` is one, of root.
_DESCRIBED: Final = re.compile(
    r"(?:_\w+)?_(?:"
    # Amounts: units of time, of text and of money.
    r"per_\w+|validity|duration|lifespan|period|grace|leeway|skew|delay|frequency|window|time|date|until"
    r"|ms|millis(?:econds)?|secs?|second|mins?|minute|hrs?|hour|day|weeks?|months?|years?"
    r"|bytes?|bits|chars?|characters|digits|words|budget|quota|rate|bucket|overlap|threshold|price|fee|supply"
    r"|decimals|precision|percent(?:age)?|ratio|total|num|amount"
    # Rules that a secret must follow.
    r"|strength|score|complexity|requirements|rules|history|reuse|attempts|tries|failures|regex|pattern|charset"
    r"|alphabet|encoding|rotation|renewal"
    # Where it is, and of what kind.
    r"|addr(?:ess(?:es)?)?|hostname|fqdn|ips?|cidr|filename|algo|symbol|contract|standard"
    r")"
)
_AMOUNT: Final = re.compile(
    r"(?:_\w+)?_(?:validity|duration|period|grace|skew|delay|frequency|window|time|date|until|ms|millis|secs?|second"
    r"|mins?|minute|hrs?|hour|day|bits|digits|words|rate|bucket|total|num|strength|score|history|standard)"
)
# With these a name tells either where a token is or whose it is: `token_source`, `token_service`.
_WHERE: Final = re.compile(
    r"(?:_\w+)?_(?:namespace|region|table|column|mount|folder|directory|locations?|source|scheme|claims?|query"
    r"|param(?:eter)?|cookie|cache|issuers|audiences|aud|iss)"
)
_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z_.,-]*")
_PLACES: Final = re.compile(
    r"(?:_\w+)?_(?:services?|servers?|svc|upstream|target|proxy|nodes?|peers?|brokers?)"
)
_PROXY_PASS: Final = re.compile(r"(?:^|_)(?:proxy|memcached)_pass(?:_reverse)?$")
_PORT: Final = r":\d{2,5}"
_NAMED_HOST: Final = r"[A-Za-z0-9_](?:[\w-]*\w)?(?:\.[\w-]+)*"
_ADDRESS: Final = re.compile(
    rf"(?:[a-z][a-z0-9+.-]*://)?(?:{_NAMED_HOST}|\[[0-9a-fA-F:]+\]){_PORT}(?:/[^\s?@]*)?"
    rf"|(?:\d{{1,3}}\.){{3}}\d{{1,3}}|(?:[\w-]+\.)+[a-z]{{2,}}\.?|localhost"
)
_DURATION: Final = re.compile(
    r"(?:\d+(?:\.\d+)?\s?(?:ns|us|µs|ms|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?|mo|months?"
    r"|y|years?)\s?)+|P(?:\d+[YMWD])*(?:T(?:\d+[HMS])+)?",
    re.IGNORECASE,
)
_CHOICE: Final = re.compile(
    r"always|never|auto|optional|required|enabled?|disabled?|hourly|daily|weekly|monthly|yearly",
    re.IGNORECASE,
)
_SWITCHED: Final = re.compile(r"^(?:rotate|enable|disable|allow|skip|show|hide)_")
_NUMBER: Final = re.compile(r"\d[\d_,.]*[kKmM]?")
_ENDINGS: Final = (
    "json|ya?ml|toml|ini|conf|cfg|cnf|properties|env|txt|xml|pem|key|crt|cer|cert|der|csr|p12|pfx|p8|jks|jceks|bks"
    "|keystore|truststore|ppk|gpg|asc|pub|secret|token|htpasswd|kdbx?|kubeconfig|credentials|creds|keytab"
)
_FOLDERS: Final = (
    r"secrets?|certs?|certificates|keys?|ssl|tls|config|conf|credentials|creds|private|pki|run|etc"
    r"|\.(?:ssh|aws|azure|gnupg|kube|docker|config|secrets)"
)
# Not behind the word of a password: a file that holds one has `_FILE` in its name, `hunter2.txt` may be one.
_FILE: Final = re.compile(
    rf"[\w.@~%+/\\-]+\.(?:{_ENDINGS})|(?:[\w.-]+/)*(?:{_FOLDERS})/[\w./-]+|[A-Za-z]:\\[^\s;]*"
    r"|(?:[\w.-]+/)*id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?(?:[._-][\w.-]+)?"
)
# They stand behind names that look random, as those that clouds give.
_OF_FILES: Final = (".json", ".pem", ".crt", ".p12", ".pfx", ".jks", ".yml", ".yaml")
# Of whoever may read it: a home, this folder.
_PATH: Final = re.compile(r"~[\w.-]*/\S*|\.{1,2}")
# Tokens of a chain are money: by their name, or by the address of a contract; a private key is longer.
_COIN_NAME: Final = re.compile(
    r"(?:native|base|quote|gas|fee|reward|staking|payment|wrapped|governance)_tokens?$"
)
_COIN: Final = re.compile(r"[A-Z]{2,6}")
_CONTRACT: Final = re.compile(r"0x[0-9a-fA-F]{40}")
_MARK: Final = re.compile(r"\[[A-Z_]+\]")


def is_harmless(name: str, value: str) -> bool:
    """Whether a variable or an option holds no secret, though its name has the word of one.

    >>> is_harmless("TOKENS_PER_MINUTE", "90000"), is_harmless("MYSQL_DSN", "app@tcp(db:3306)/app")
    (True, True)
    >>> is_harmless("PASSWORD_ROOT", "90000"), is_harmless("API_TOKEN", "90000")
    (False, False)
    """
    whole = in_one(name)
    words = _PHRASES.sub("", whole)
    if looks_random(value) and not _CONTRACT.fullmatch(value):  # whatever the words of the name mean together
        named = not says_password(words) and value.endswith(_OF_FILES) and _FILE.fullmatch(value)
        return bool(named) or _is_data_source(whole, value) or _PATH.fullmatch(value) is not None
    if not says_secret(words) or _PATH.fullmatch(value) or _may_mean_else(words, value):
        return True
    if (
        _is_described(words, value)
        or (_SWITCHED.search(words) and _CHOICE.fullmatch(value))
        or (_PROXY_PASS.search(words) and _ADDRESS.fullmatch(value))
        or (not says_password(words) and _FILE.fullmatch(value))
    ):
        return True
    if words.endswith(("salt", "salts")):
        return re.fullmatch(r"\d{1,2}", value) is not None  # rounds
    return _is_no_token(words, value) or _is_data_source(words, value)


def _may_mean_else(words: str, value: str) -> bool:
    """Whether all words of a name may mean something else, and the value is no password by form."""
    sure = _UNSURE.sub("", words)
    if sure == words or "snmp" in words or says_secret(sure) or looks_chosen(value):
        return False
    return not ("cred" in words and _PAIR.fullmatch(value))


def _is_described(words: str, value: str) -> bool:
    behind = behind_secret(words)
    if not behind:
        return False
    if _DURATION.fullmatch(value) or _CHOICE.fullmatch(value):
        return True
    if _DESCRIBED.fullmatch(behind):  # `DB_PASSWORD_SECOND` may be a password, and 7 of what it counts none
        return not says_password(words) or bool(_NUMBER.fullmatch(value)) or not _AMOUNT.fullmatch(behind)
    if _WHERE.fullmatch(behind) and not says_password(words):
        return _PLAIN.fullmatch(value) is not None or _ADDRESS.fullmatch(value) is not None
    return _PLACES.fullmatch(behind) is not None and _ADDRESS.fullmatch(value) is not None


def _is_no_token(words: str, value: str) -> bool:
    """Whether the tokens of a name are those of a language model or of a chain."""
    if not words.endswith(("token", "tokens")):
        return False
    if words.endswith("tokens") and _NUMBER.fullmatch(value):
        return True
    if _COIN_NAME.search(words) and _COIN.fullmatch(value):
        return True
    return _CONTRACT.fullmatch(value) is not None or _MARK.fullmatch(value) is not None


def _is_data_source(words: str, value: str) -> bool:
    """Whether a name says that of a data source alone, and nobody can log in by the value."""
    if "dsn" not in words or says_secret(re.sub(r"dsn(?![a-z])", "", words)):
        return False
    return data_sources.of_sentry(value) or not (data_sources.logs_in(value) or _is_one_random_word(value))


def _is_one_random_word(value: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9_+-]+={0,2}", value) is not None and looks_random(value)
