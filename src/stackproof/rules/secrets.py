"""Where secrets stand that everybody who may read the repository must not know."""

import re
from collections.abc import Iterator

from stackproof.controls import HIGH, MEDIUM
from stackproof.controls.control import not_applicable
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import Finding
from stackproof.rules.rule import rule
from stackproof.stack.dollars import unescape
from stackproof.stack.hidden import CREDENTIAL_IN_URL, says_secret, words_of
from stackproof.stack.model import Service
from stackproof.stack.stack import Stack
from stackproof.stack.variables import filled
from stackproof.stack.weak import is_weak

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
    # Names of files, to Confluent's images; and what a browser is told.
    r"|_(?:key|keystore|truststore)_credentials$|^(?:next_public|nuxt_public|vite|react_app)_"
)
# What is a switch, or names the place of a secret.
_NO_SECRET = re.compile(
    r"(?:true|false|yes|no|on|off|none|null|[01])|\.{0,2}/\S*|[\w./-]+\.(?:pem|key|crt|p12|pfx|jks)|(?:op|vault|file|secretref|arn|ssm)[:+]\S+|enc\[.*|\{\{.*|\{\w+\}",
    re.IGNORECASE | re.DOTALL,
)
# Names of variables that say who logs in, and into what.
_WHO = re.compile(r"(?:^|_)(?:user(?:name)?|login|db|database|dbname)$", re.IGNORECASE)
_ACCOUNT = re.compile(r"(?<=://)([^/\s:@]*):([^/\s@]+)(?=@)")
# How to log in, behind a name such as SMTP_AUTH.
_METHOD = re.compile(r"plain|login|basic|digest|bearer|ldap|oidc|oauth2?|cram-md5|auto", re.IGNORECASE)
# Names with values inside a value: connection strings, options, queries of URLs.
_INSIDE = (
    re.compile(r"(?<![\w.-])([\w.-]{1,100})=[\"']?([^\s\"'&;|,]+)"),
    re.compile(r"(?:^|(?<=\s))(--?[\w.-]{1,100}) (?!-)([^\s;&|]+)"),
)


@rule(
    "no-literal-secret-in-env",
    "No secret stands in the compose file as the value of a variable",
    severity=HIGH,
    key="environment",
)
def no_literal_secret_in_env(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """What stands in the file is known to all who may read the repository, its forks and its history.

    A default counts: `${DB_PASSWORD:-example}` is the password wherever nobody sets another.

    Fix: take the value from the shell or an env file that is not committed (`${DB_PASSWORD:?}`), or mount it
    with `secrets:` and give the program its `_FILE` variable.

    Applies to: services that set a variable in a compose file, in a hook, too.
    """
    texts = {at: stack.written_text((*service.at, *at)) for at in service.variables}
    written = {at: text for at, text in texts.items() if text is not None}
    if not written:
        not_applicable(f"{service} sets no variable in the compose file")
    evidence(variables_in_the_file=sorted({str(at[-1]) for at in written}))
    for at, text in sorted(written.items(), key=lambda pair: list(map(str, pair[0]))):
        *above, _environment, name = map(str, at)
        if why := _why(name, filled(text, {})):
            yield Finding(f"{service}: {name} {why}", at=at, aspect=" ".join([*above[:1], name]))


@rule(
    "no-well-known-password",
    "No password is a word that everybody tries first",
    severity=MEDIUM,
    key="environment",
)
def no_well_known_password(service: Service, evidence: Evidence) -> Iterator[Finding]:
    """Robots try the names of the program and of its user, and what tutorials suggest, before anything else.

    The value counts as Compose resolves it, wherever it comes from: the file, the shell, an env file.

    Fix: a long random password, such as `openssl rand -hex 24` writes.

    Applies to: services that set a variable which holds a password, in a hook, too.
    """
    values = {at: value for at in service.variables if (value := service.variable(at))}
    names = {service.name, service.image_name, *(v for at, v in values.items() if _WHO.search(str(at[-1])))}
    asked: list[str] = []
    for at, value in sorted(values.items(), key=lambda pair: list(map(str, pair[0]))):
        *above, _environment, name = map(str, at)
        passwords = list(_passwords(name, unescape(value)))
        asked += [name] if passwords else []
        if any(is_weak(password, {*names, *more}) for password, more in passwords):
            words = "is a word that everybody tries first, such as the name of a program or a user"
            aspect = " ".join([*above[:1], name])
            yield Finding(f"{service}: the password in {name} {words}", at=at, aspect=aspect)
    if not asked:
        not_applicable(f"{service} sets no variable that holds a password")
    evidence(variables_with_a_password=sorted(set(asked)))


def _passwords(name: str, value: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the passwords in a variable, each with the name that it goes with in a URL."""
    for user, password in _ACCOUNT.findall(value):
        yield password, (user,)
    if _is_secret(name, value):
        yield value, ()
    else:
        yield from (
            (inside, ())
            for pattern in _INSIDE
            for key, inside in pattern.findall(value)
            if _is_secret(key, inside)
        )


def _why(name: str, literal: str) -> str:
    """Say what is wrong with a variable, but never its value: `literal` is that where nobody sets another."""
    if CREDENTIAL_IN_URL.search(literal):
        return "has a URL with its password in the compose file"
    if _is_secret(name, literal):
        return "has its value in the compose file"
    inside = (hit for pattern in _INSIDE for hit in pattern.findall(literal))
    return (
        "has a secret within its value in the compose file" if any(_is_secret(*hit) for hit in inside) else ""
    )


def _is_secret(name: str, literal: str) -> bool:
    words = re.sub(r"\W+", "_", words_of(name))
    if not literal or not says_secret(name) or _ABOUT.search(words) or _NO_SECRET.fullmatch(literal):
        return False
    return not (words.endswith("auth") and _METHOD.fullmatch(literal))
