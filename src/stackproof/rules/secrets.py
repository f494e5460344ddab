"""Where secrets stand that everybody who may read the repository must not know."""

from collections.abc import Iterator

from stackproof.controls import HIGH, MEDIUM
from stackproof.controls.control import not_applicable
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import Finding
from stackproof.rules.rule import rule
from stackproof.stack.dollars import unescape
from stackproof.stack.hidden import CREDENTIAL_IN_URL
from stackproof.stack.keys import KeyPath
from stackproof.stack.model import Service
from stackproof.stack.passwords import (
    behind_options,
    identifies,
    is_secret,
    passwords,
    says_who,
    secret_inside,
)
from stackproof.stack.stack import Stack
from stackproof.stack.variables import filled
from stackproof.stack.weak import is_weak


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
    names = [str(at[-1]) for at in service.variables]
    for at, text in sorted(written.items(), key=lambda pair: list(map(str, pair[0]))):
        *above, _environment, name = map(str, at)
        if not identifies(name, names) and (why := _why(name, filled(text, {}))):
            yield Finding(f"{service}: {name} {why}", at=at, aspect=" ".join([*above[:1], name]))


@rule(
    "no-well-known-password",
    "No password is a word that everybody tries first",
    severity=MEDIUM,
    key="environment",
)
def no_well_known_password(service: Service, evidence: Evidence) -> Iterator[Finding]:
    """Robots try the names of the program and of its user, and what tutorials suggest, before anything else.

    The value counts as Compose resolves it, wherever it comes from: the file, the shell, an env file. Of a
    list, or of a name and a password in one value, each part counts.

    Fix: a long random password, such as `openssl rand -hex 24` writes.

    Applies to: services that set a variable which holds a password, in a hook, too, or whose command has one
    behind an option.
    """
    held = dict(_held(service))
    if not held:
        not_applicable(f"{service} sets no variable that holds a password, and no option of its command")
    evidence(passwords_in=sorted({str(at[-1]) for at in held}))
    names = {service.name, service.image_name, *_names(service)}
    for at, found in sorted(held.items(), key=lambda pair: list(map(str, pair[0]))):
        if any(is_weak(password, {*names, *more}) for password, more in found):
            words = "is a word that everybody tries first, such as the name of a program or a user"
            above = [str(key) for key in at[:-2]]
            aspect = " ".join([*above[:1], str(at[-1])])
            yield Finding(f"{service}: the password in {at[-1]} {words}", at=at, aspect=aspect)


def _held(service: Service) -> Iterator[tuple[KeyPath, list[tuple[str, tuple[str, ...]]]]]:
    """Yield the passwords of each variable and command, each with the names that go with it."""
    names = [str(at[-1]) for at in service.variables]
    for at in service.variables:
        name, value = str(at[-1]), service.variable(at)
        if value and not identifies(name, names) and (found := list(passwords(name, unescape(value)))):
            yield at, found
    for key, words in service.commands.items():
        if found := list(behind_options([unescape(word) for word in words])):
            yield (key,), found


def _names(service: Service) -> Iterator[str]:
    """Yield who logs in, and into what."""
    names = [str(at[-1]) for at in service.variables]
    for at in service.variables:
        if (value := service.variable(at)) and (says_who(str(at[-1])) or identifies(str(at[-1]), names)):
            yield value


def _why(name: str, literal: str) -> str:
    """Say what is wrong with a variable, but never its value: `literal` is that where nobody sets another."""
    if CREDENTIAL_IN_URL.search(literal):
        return "has a URL with its password in the compose file"
    if is_secret(name, literal):
        return "has its value in the compose file"
    return "has a secret within its value in the compose file" if any(secret_inside(literal)) else ""
