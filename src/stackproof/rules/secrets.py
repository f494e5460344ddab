"""Where secrets stand that everybody who may read the repository must not know."""

import re
from collections.abc import Iterable, Iterator, Mapping

from stackproof.controls import HIGH, LOW, MEDIUM
from stackproof.controls.control import not_applicable
from stackproof.engine.git import git
from stackproof.errors import Unknown
from stackproof.files import disk
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import Finding
from stackproof.rules.rule import rule
from stackproof.stack import env_files, settings_texts, tokens
from stackproof.stack.command_passwords import behind_options, options, program_of
from stackproof.stack.dollars import unescape
from stackproof.stack.env_files import EnvFile
from stackproof.stack.hashes import is_hashed
from stackproof.stack.hidden import CREDENTIAL_IN_URL
from stackproof.stack.interpolation import filled
from stackproof.stack.keys import KeyPath
from stackproof.stack.model import Service
from stackproof.stack.passwords import (
    accounts,
    identifies,
    is_secret,
    named,
    passwords,
    says_who,
    secret_inside,
)
from stackproof.stack.stack import Stack
from stackproof.stack.texts import texts, texts_beside
from stackproof.stack.weak import is_placeholder, is_weak

# Options of mount.cifs(8).
_OF_DRIVE = re.compile(r"(?:^|,)\s*pass(?:word|wd)?2?=([^,\s][^,]*)")
# A header that a proxy sends, and what the program itself fills in.
_LOGS_IN = re.compile(r"(?:basic|bearer)\s+[\w+/=.-]{8,}", re.IGNORECASE)
_FILLED_IN = ("$", "%", "{", "<")
# What nobody can use some minutes later.
_SHORT_LIVED = re.compile(r"(?:^|_)PLEX_CLAIM$", re.IGNORECASE)
_READABLE = "can be read by every user of this machine"
# A word that no name takes for anything but a secret.
_ANY = "hunter2"


@rule(
    "no-literal-secret-in-env",
    "No secret stands in the compose file as the value of a variable or an option",
    severity=HIGH,
    key="environment",
)
def no_literal_secret_in_env(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """What stands in the file is known to all who may read the repository, its forks and its history.

    A default counts: `${DB_PASSWORD:-example}` is the password wherever nobody sets another. So does a token
    by its form (`ghp_...`), whatever the variable is called, a URL by which whoever has it may send or read
    (webhooks of Slack, Discord, Teams; what Azure and S3 sign), and what stands in settings within a value,
    of Ruby, PHP, Python, JSON, YAML or INI (`gitlab_rails['initial_root_password'] = '...'`). Public keys and
    a template's `<word>` are none, nor are amounts, ages and places (`TOKENS_PER_MINUTE`, `TOKEN_VALIDITY`,
    `TOKEN_ADDRESS`), names of files, pings that only say that something is alive, and data sources without a
    password. Sentry's may be public, it says. What everybody would try first, or only holds a place
    (`changeme`), gives nothing away: it is of medium severity, as is what ends by itself within minutes
    (`PLEX_CLAIM`). So are the words of commands, health checks, hooks and watches read: options
    (`--requirepass`, `mysqladmin -p...`), arguments by their place (`rabbitmqctl add_user NAME PASSWORD`),
    settings (`rclone config create ... secret_access_key WORD`), statements (`IDENTIFIED BY '...'`).
    Entrypoint and command are one line: what begins in one may end in the other. What a shell in the
    container puts in (`$$DB_PASSWORD`) is none. Labels, annotations, options of the log driver and of volumes
    (`splunk-token`, `homepage.widget.key`, `basicauth.users`), and what configs have as `content`, are read
    alike; of a label's name the last words count.

    Nor is a hash that has a salt and costs much work for each guess (Argon2, bcrypt, scrypt, PBKDF2,
    yescrypt, `$5$`, `$6$`, SCRAM): nobody can log in with it. MD5-crypt, `apr1` and sums without a salt are
    guessed quickly, and count.

    Fix: take the value from the shell or an env file that is not committed (`${DB_PASSWORD:?}`), or mount it
    with `secrets:` and give the program its `_FILE` variable, or its option for a file.

    Applies to: services that set a variable in a compose file, or say there what is run, in a hook, too.
    """
    texts = {at: stack.written_text((*service.at, *at)) for at in service.variables}
    written = {at: text for at, text in texts.items() if text is not None}
    lines = {at: words for at in service.command_lines if (words := _written_words(service, stack, at))}
    others = list(_in_settings(service, stack))
    if not written and not lines and not others:
        not_applicable(f"{service} sets no variable and says no command in the compose file")
    evidence(
        variables_in_the_file=sorted({str(at[-1]) for at in written}), commands=sorted(map(_dotted, lines))
    )
    names = [str(at[-1]) for at in service.variables]
    for at, text in sorted(written.items(), key=lambda pair: list(map(str, pair[0]))):
        *above, _environment, name = map(str, at)
        literal = filled(text, {})
        if not identifies(name, names) and (why := _why(name, literal, service.image or "")):
            little = _SHORT_LIVED.search(name) or _known_to_all(service, name, literal)
            severity = MEDIUM if little else None
            aspect = " ".join([*above[:1], name])
            yield Finding(f"{service}: {name} {why}", at=at, aspect=aspect, severity=severity)
    yield from _in_commands(service, lines)
    yield from others


def _in_settings(service: Service, stack: Stack) -> Iterator[Finding]:
    """Yield secrets in labels, options of drivers and texts of configs, each name once.

    Passwords in URLs are for another rule.
    """
    told = set()
    for at, name, value in settings_texts.settings(service, stack.model):
        for what, secret in _of_setting(name, unescape(value)):
            whole = at if at[0] in ("configs", "volumes") else (*service.at, *at)
            key = " ".join(filter(None, (_dotted(at), what)))
            # What a variable brings stands elsewhere; an alias brings it from this file.
            if key not in told and secret in unescape(_literal(stack, whole)):
                told.add(key)
                weak = is_weak(secret, {service.name, service.image_name}) or is_placeholder(secret)
                place = stack.locate(at) if whole == at else None
                has = f"has the value of {what}" if what else "has a secret"
                words = f"{service}: {_dotted(at)} {has} in the compose file"
                yield Finding(words, at=at, aspect=key, severity=MEDIUM if weak else None, place=place)


def _of_setting(name: str, value: str) -> Iterator[tuple[str, str]]:
    """Yield what of a setting is a secret: its name within the value, empty for all of it, and the secret."""
    if is_hashed(value):
        return
    if name and (is_secret(name, value) or _LOGS_IN.fullmatch(value)):
        yield "", value
        return
    inner = [*named(value), *(settings_texts.lines(value) if not name else ())]
    yield from ((word, one) for word, one in inner if is_secret(word, one) and not one.startswith(_FILLED_IN))
    yield from (("", password) for password, _who in accounts(name, value) if not is_hashed(password))
    if name and " -" in value:  # a command, as Ofelia and others take it from a label
        yield from ((one.what, one.secret) for one in options([value]))
    if tokens.holds_token(value):
        yield "", next(tokens.held("", value))


def _written_words(service: Service, stack: Stack, at: KeyPath) -> list[str]:
    """Return the words of a command as they are written, where nobody sets a variable."""
    whole = stack.written_text((*service.at, *at))
    count = len(service.command_lines[at])
    words = [whole] if whole else [stack.written_text((*service.at, *at, index)) for index in range(count)]
    return [unescape(filled(word, {})) for word in words if word is not None]


def _in_commands(service: Service, lines: Mapping[KeyPath, list[str]]) -> Iterator[Finding]:
    """Yield the passwords behind options and in other places; those in URLs are for another rule.

    One finding for each name, as grave as the gravest of what it has.
    """
    for at, words in lines.items():
        before = lines.get(("entrypoint",), []) if at == ("command",) else []
        found = list(options(words, _program(service, at), before))
        known: dict[str, bool] = {}
        for one in found:
            to_all = _known_to_all(service, one.what, one.secret, one.names)
            known[one.what] = known.get(one.what, True) and to_all
        for what, told in {one.what: one.words for one in found}.items():
            message = f"{service}: {_dotted(at)} has {told} in the compose file"
            severity = MEDIUM if known[what] else None
            yield Finding(message, at=at, aspect=f"{_dotted(at)} {what}", severity=severity)
        if tokens.holds_token(" ".join(words)) and not any(tokens.holds_token(one.secret) for one in found):
            message = f"{service}: {_dotted(at)} has a token or a private key in the compose file"
            yield Finding(message, at=at, aspect=f"{_dotted(at)} token")


def _program(service: Service, at: KeyPath) -> str:
    """Return the program that gets the words at a path; empty where they begin with their own."""
    return program_of(service.image or "", service.commands["entrypoint"]) if at == ("command",) else ""


def _known_to_all(service: Service, name: str, literal: str, who: Iterable[str] = ()) -> bool:
    """Whether all passwords in a value are words that say nothing to who reads them.

    `who` are names that go with it.
    """
    names = {service.name, service.image_name, *_names(service), *who}
    whole = unescape(literal)
    found = list(passwords(name, whole)) or [(whole, ())]
    parts = [pair for pair in found if pair[0] != whole] or found
    return all(is_weak(text, {*names, *more}) or is_placeholder(text) for text, more in parts)


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

    Applies to: services that set a variable which holds a password, in a hook, too, or in whose command,
    health check or hooks one stands.
    """
    held = dict(_held(service))
    if not held:
        not_applicable(f"{service} sets no variable that holds a password, and no command of it has one")
    evidence(passwords_in=sorted({_told(at) for at in held}))
    names = {service.name, service.image_name, *_names(service)}
    for at, found in sorted(held.items(), key=lambda pair: list(map(str, pair[0]))):
        if any(is_weak(password, {*names, *more}) for password, more in found):
            words = "is a word that everybody tries first, such as the name of a program or a user"
            above = [str(key) for key in at[:-2]] if "environment" in at else []
            aspect = " ".join([*above[:1], _told(at)])
            yield Finding(f"{service}: the password in {_told(at)} {words}", at=at, aspect=aspect)


def _told(at: KeyPath) -> str:
    """Say where a password stands: the variable's name, or the way to the command."""
    return str(at[-1]) if "environment" in at else _dotted(at)


def _held(service: Service) -> Iterator[tuple[KeyPath, list[tuple[str, tuple[str, ...]]]]]:
    """Yield the passwords of each variable and command, each with the names that go with it."""
    names = [str(at[-1]) for at in service.variables]
    for at in service.variables:
        name, value = str(at[-1]), service.variable(at)
        if value and not identifies(name, names) and (found := list(passwords(name, unescape(value)))):
            yield at, found
    lines = {at: [unescape(word) for word in words] for at, words in service.command_lines.items()}
    for at, words in lines.items():
        before = lines.get(("entrypoint",), []) if at == ("command",) else []
        if found := list(behind_options(words, _program(service, at), before)):
            yield at, found


def _names(service: Service) -> Iterator[str]:
    """Yield who logs in, and into what."""
    names = [str(at[-1]) for at in service.variables]
    for at in service.variables:
        if (value := service.variable(at)) and (says_who(str(at[-1])) or identifies(str(at[-1]), names)):
            yield value


def _why(name: str, literal: str, image: str) -> str:
    """Say what is wrong with a variable, but never its value: `literal` is that where nobody sets another."""
    if CREDENTIAL_IN_URL.search(literal):
        return "has a URL with its password in the compose file"
    if is_hashed(unescape(literal)):
        return ""
    if is_secret(name, literal) or any(tokens.held(name, literal)):
        return "has its value in the compose file"
    if any(secret_inside(literal)) or any(accounts(name, literal, image)):
        return "has a secret within its value in the compose file"
    return ""


@rule("no-credential-in-url", "No URL in the compose file has a password", severity=HIGH)
def no_credential_in_url(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """What stands in the file is known to all who may read the repository, its forks and its history.

    In a command, a health check, a label, an option of the log driver, an argument or the context of a build,
    the text of a config: whatever the key. A URL may be the password as a whole, such as a webhook's; a
    network drive has one in its options (`password=`). Variables are judged by `no-literal-secret-in-env`. A
    default counts, as it does there.

    Fix: take the password from a variable (`http://app:${DB_PASSWORD:?}@db/`), or from a mounted secret; that
    of a drive from a file of the host (`credentials=/etc/nas`).

    Applies to: all services, with the configs and volumes that they mount.
    """
    own = [((*service.at, *at), text) for at, text in texts(service)]
    found = [
        (at, text) for at, text in (*own, *texts_beside(service, stack.model)) if _may_have_one(at, text)
    ]
    evidence(urls_with_a_password=sorted({_dotted(_seen(at, service)) for at, _text in found}) or "none")
    told = set()
    for at, _text in found:
        below = _seen(at, service)
        key = _dotted(below)
        if key not in told and _has_password(at, _literal(stack, at)):
            told.add(key)
            what = "the password of a network drive" if _is_of_drive(at) else "a URL with its password"
            words = f"{service}: {key} has {what} in the compose file"
            yield Finding(words, at=below, aspect=key, place=None if below != at else stack.locate(at))


def _seen(at: KeyPath, service: Service) -> KeyPath:
    """Return a path as seen from a service; what stands beside it keeps the whole one."""
    return at[len(service.at) :] if at[: len(service.at)] == service.at else at


def _is_of_drive(at: KeyPath) -> bool:
    return at[0] == "volumes" and at[-1] == "o"


def _may_have_one(at: KeyPath, text: str) -> bool:
    found = CREDENTIAL_IN_URL.search(text) or (_is_of_drive(at) and _OF_DRIVE.search(text))
    return bool(found or tokens.secrets_of_urls(text))


def _literal(stack: Stack, at: KeyPath) -> str:
    """Return what a text is where nobody sets a variable."""
    parts = (stack.written_text(at[:length]) for length in range(len(at), 2, -1))
    written = next((text for text in parts if text is not None), "")
    return filled(written, {})


def _has_password(at: KeyPath, text: str) -> bool:
    """Whether a text has one; what a shell or a template puts in stands elsewhere."""
    found = [hit[1] for hit in CREDENTIAL_IN_URL.finditer(text)]
    found += _OF_DRIVE.findall(text) if _is_of_drive(at) else []
    found += tokens.secrets_of_urls(text)
    return any(not one.startswith(("$", "{", "<")) for one in found)


def _dotted(at: KeyPath) -> str:
    return ".".join(key for key in at if isinstance(key, str))


@rule("uses-compose-secrets", "Credentials come as mounted secrets", severity=LOW, key="environment")
def uses_compose_secrets(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """A variable is seen by whoever may inspect the container, and by each process that it starts.

    Many images read a secret from the file that `..._FILE` names; many others cannot, so that no profile but
    a strict one asks for it.

    Fix: `secrets:` with a file or a variable of Compose's own, and the program's `..._FILE` variable.

    Applies to: services that set a variable whose name is that of a credential, in a hook, too.
    """
    names = [str(at[-1]) for at in service.variables]
    held = {
        name
        for at, name in zip(service.variables, names, strict=True)
        # Whoever sets a variable later has the same secret in it, but for one that is written as empty.
        if stack.written_text((*service.at, *at)) != ""
        and not identifies(name, names)
        and not is_hashed(unescape(service.variable(at) or _ANY))
        and any(passwords(name, unescape(service.variable(at) or _ANY)))
    }
    if not held:
        not_applicable(f"{service} sets no variable that holds a credential")
    evidence(credentials_in=sorted(held), secrets=[use.source for use in service.secrets] or "none")
    if not service.secrets:
        yield Finding(f"{service} has {' and '.join(sorted(held))} as variables, and no secret is mounted")


@rule(
    "env-file-reviewed",
    "No env file with secrets is committed, or open to every user",
    severity=MEDIUM,
    key="env_file",
)
def env_file_reviewed(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """What git knows is known to all who may read the repository, also after it was removed.

    A file that holds no secret may be committed. One that every user of the machine may read is of low
    severity.

    Fix: `git rm --cached` and a line in .gitignore, and other passwords; `chmod 600`.

    Applies to: services that name an env file.
    """
    files = list(env_files.of(stack, service.name))
    if not files:
        not_applicable(f"{service} names no env file")
    evidence(secrets_in={file.item.text: file.secrets or "none" for file in files})
    for file in files:
        if file.secrets and (words := _open_to(file)):
            yield Finding(
                f"{service}: {file.item.text} holds {' and '.join(file.secrets)} and {words}",
                aspect=file.item.text,
                place=stack.place_of(file.item),
                severity=LOW if words == _READABLE else None,
            )


def _open_to(file: EnvFile) -> str:
    """Say who else may read an env file.

    Raises Unknown where git should know and cannot be asked.
    """
    known = git(file.path.parent, "ls-files", "--", file.path.name)
    if known is None and any(disk.is_there(folder / ".git") for folder in file.path.parents):
        msg = f"git does not say whether {file.path} is committed"
        raise Unknown(msg)
    if known:
        return "is committed"
    return _READABLE if file.path.stat().st_mode & 0o004 else ""
