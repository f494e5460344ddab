"""Where secrets stand that everybody who may read the repository must not know."""

import re
from collections.abc import Iterator

from stackproof.controls import HIGH
from stackproof.controls.control import not_applicable
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import Finding
from stackproof.rules.rule import rule
from stackproof.stack.hidden import CREDENTIAL_IN_URL, says_secret
from stackproof.stack.model import Service
from stackproof.stack.stack import Stack
from stackproof.stack.variables import filled

# What a name ends in that tells of a secret and does not hold it.
_ABOUT = re.compile(
    r"(?:^|_)(?:file|path|dir|name|user(?:name)?|id|header|prefix|suffix|type|kind|format|algorithm|alg|method|mode"
    r"|issuer|audience|realm|scope|policy|enabled|disabled|required|allowed|ttl|timeout|expir\w*|lifetime|age|days"
    r"|hours|minutes|seconds|interval|length|len|size|min|max|limit|count|rounds|cost|iterations|retries|port|host"
    r"|endpoint|uri?l?|version)$|_(?:ttl|timeout|expir\w*|lifetime|min|max|length|size)_"
    r"|(?:^|_)(?:public|primary|foreign|cache|routing|partition|sort|object|index|group|lookup)_?key$"
)
# What is a switch, or names the place of a secret.
_NO_SECRET = re.compile(
    r"(?:true|false|yes|no|on|off|none|null|[01])|/\S*|(?:op|vault|file|secretref|arn|ssm)[:+]\S+|enc\[.*|\{\{.*",
    re.IGNORECASE | re.DOTALL,
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

    Applies to: services that set a variable in a compose file.
    """
    texts = {name: stack.written_text((*service.at, "environment", name)) for name in service.environment}
    written = {name: text for name, text in texts.items() if text is not None}
    if not written:
        not_applicable(f"{service} sets no variable in the compose file")
    evidence(variables_in_the_file=sorted(written))
    for name, text in sorted(written.items()):
        if why := _why(name, filled(text, {})):
            yield Finding(f"{service}: {name} {why}", at=("environment", name), aspect=name)


def _why(name: str, literal: str) -> str:
    """Say what is wrong with a variable, but never its value: `literal` is that where nobody sets another."""
    if CREDENTIAL_IN_URL.search(literal):
        return "has a URL with its password in the compose file"
    holds = says_secret(name) and not _ABOUT.search(name.lower())
    return (
        "has its value in the compose file" if holds and literal and not _NO_SECRET.fullmatch(literal) else ""
    )
