"""Passwords in commands by their place: the arguments of programs, and statements for databases. Pure.

After the manuals of the programs. What stands behind an option is found by `command_passwords`.
"""

import re
import shlex
from collections.abc import Iterator, KeysView, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from typing import Final

from stackproof.stack.shell_commands import Command, commands
from stackproof.stack.shell_script import given_script

# Programs, and where each has a password: words as they are written (`*` for a part), `_` for any other, `!`
# for the password, `:!` for the one behind a user and a colon. `-b` is an option that must be there. The
# first that fits counts.
_PLACES: Final = """
    rabbitmqctl: add_user _ ! ; change_password _ ! ; authenticate_user _ ! ; hash_password !
    mc mcli minio-client: alias set _ _ _ ! ; config host add _ _ _ ! ; admin user add _ _ !
    redis-cli valkey-cli keydb-cli: config set requirepass ! ; config set masterauth !
    redis-cli valkey-cli keydb-cli: sentinel set _ auth-pass !
    redis-cli valkey-cli keydb-cli: auth _ ! ; auth !
    mysqladmin mariadb-admin: password !
    htpasswd: -n -b _ ! ; -b _ _ !
    mosquitto_passwd: -b _ _ !
    vault bao openbao: login ! ; operator unseal !
    aws aws-cli: configure set *aws_secret_access_key ! ; configure set *aws_session_token !
    etcdctl: user add :!
    consul: acl set-agent-token _ !
    neo4j-admin: set-initial-password !
    grafana grafana-cli: admin reset-admin-password !
    ejabberdctl: register _ _ ! ; change_password _ _ !
    prosodyctl: register _ _ !
    samba-tool: user create _ ! ; user add _ !
    setup setup.sh: email add _ ! ; email update _ !
    filebrowser: users add _ !
    radtest: _ !
    wpa_passphrase: _ !
    nmcli: password !
    rclone: obscure !
    cargo: login !
    ngrok: authtoken ! ; config add-authtoken !
    cloudflared: service install !
    nuget: setapikey !
    poetry: config http-basic.* _ ! ; config pypi-token.* !
    composer: config http-basic.* _ ! ; config *-oauth.* ! ; config *-token.* ! ; config bearer.* !
    npm pnpm yarn: config set *authtoken !
"""
# Options of these programs that take the next word; of letters in one (`-nbC 10`) the last one may.
_TAKE_A_WORD: Final = """
    rabbitmqctl: -n --node -t --timeout -p --vhost --formatter --printer --script-name
    mc mcli minio-client: -C --config-dir -H --custom-header --api --path --resolve --limit-upload
    mc mcli minio-client: --limit-download
    redis-cli valkey-cli keydb-cli: -h -p -t -s -a -u -r -i -n -d -D -X --user --pass --sni --cacert
    redis-cli valkey-cli keydb-cli: --cacertdir --cert --key --tls-ciphers --tls-ciphersuites
    mysqladmin mariadb-admin: -u --user -h --host -P --port -S --socket -i --sleep -c --count --protocol
    mysqladmin mariadb-admin: --connect-timeout --defaults-file --defaults-extra-file --ssl-ca --ssl-cert
    mysqladmin mariadb-admin: --ssl-key
    htpasswd: -C -r
    mosquitto_passwd: -H -I
    vault bao openbao: -address -agent-address -ca-cert -ca-path -client-cert -client-key -tls-server-name
    vault bao openbao: -namespace -ns -method -path -header -mfa -wrap-ttl -format -field --address
    vault bao openbao: --namespace --method --path --format --field
    aws aws-cli: --profile --region --endpoint-url --output --query --ca-bundle --color --cli-read-timeout
    aws aws-cli: --cli-connect-timeout
    etcdctl: --endpoints --user --password --cacert --cert --key -w --write-out -d --discovery-srv
    etcdctl: --command-timeout --dial-timeout --keepalive-time --keepalive-timeout
    consul: -http-addr -token -token-file -ca-file -ca-path -client-cert -client-key -datacenter -namespace
    consul: -partition -tls-server-name
    grafana grafana-cli: --homepath --config --configOverrides --pluginsDir --repo --pluginUrl --user-id
    ejabberdctl: --node --config --config-dir --ctl-config --logs --spool
    prosodyctl: --config
    samba-tool: -H --URL -U --user --username -W --workgroup --realm -s --configfile -d --debuglevel
    samba-tool: --option -n --netbiosname --userou --given-name --surname --mail-address --description
    samba-tool: --uid-number
    setup setup.sh: -i -c -p
    filebrowser: -d --database -c --config --scope --locale -a --address -p --port -r --root -b --baseurl
    radtest: -d -t -P
    nmcli: -c --colors -e --escape -f --fields -g --get-values -m --mode -w --wait
    rclone: --config --log-file --log-level
    cargo: --registry --index -Z --config --color -C
    ngrok: --config --log --log-level --log-format --region
    cloudflared: --config --loglevel --logfile --origincert
    nuget: -Source -ConfigFile -Verbosity
    poetry: -C --directory -P --project
    composer: -d --working-dir -f --file
    npm pnpm yarn: --registry -L --location --prefix -C --dir --cwd --userconfig --globalconfig --scope -w
    npm pnpm yarn: --workspace
"""
_QUOTED: Final = r"N?\\?(?P<q>['\"])(?P<secret>[^'\"\\]{3,})\\?(?P=q)"
# Gaps have an end: from each of many beginnings a search would else go through all that follows.
_STATEMENTS: Final = tuple(
    re.compile(pattern.replace("QUOTED", _QUOTED), re.IGNORECASE)
    for pattern in (
        # SQL, CQL, Cypher, InfluxQL; MySQL and Oracle.
        (
            r"\b(?P<what>(?:create|alter)\s+(?:user|role|login)\s+[^\s;]+)"
            r"[^;]{0,300}?\bpassword\s*+=?\s*+QUOTED"
        ),
        r"\b(?P<what>identified)\s+(?:with\s+\S+\s+)?by\s+QUOTED",
        r"\b(?P<what>set\s+password)\b[^;=]{0,300}=\s*(?:password\s*\(\s*)?QUOTED",
        # MongoDB's shell.
        r"\b(?P<what>pwd)['\"\\]*\s*:\s*QUOTED",
        r"\b(?P<what>db\.auth|changeUserPassword)\(\s*\\?['\"][^'\"]*['\"]\s*,\s*QUOTED",
        # Redis and its kin, as words of redis-cli and as an option of the server.
        (
            r"(?P<what>setuser|--user)\s+\S{1,100}\s(?:[^|;&\n]{0,300}?\s)?"
            r"['\"]?(?<![<>])>(?P<secret>[^\s'\"&>]{3,})"
        ),
        # What another program reads from a pipe or a here-string.
        (
            r"(?:echo|printf)\s+(?:-\w{1,20}\s+){0,5}+(?P<q>['\"]?)(?P<secret>[^'\"|;&\s][^'\"|;&]{2,300}+)(?P=q)"
            r"\s*+(?:;[^|&]{0,300}\))?\s*+\|\s*+(?:\S{0,200}/)?"
            r"(?P<what>(?:[\w.-]{1,100}\s[^|;&]{0,300}?--(?:password|token)-stdin|gh\s+auth\s+login|sudo\s+-S"
            r"|smbpasswd|passwd\s+--stdin|kinit|chpasswd|elasticsearch-keystore\s+add))\b"
        ),
        r"(?P<what>--(?:(?:password|token)-stdin|with-token))\s*<<<\s*(?P<q>['\"]?)(?P<secret>[^\s'\"]{3,})(?P=q)",
    )
)
# `vault login username=app`: not the password, but a name with its value.
_ASSIGNED: Final = re.compile(r"\w+=[^=]")
# Words without which no statement is there: most commands have none of them.
_HINT: Final = re.compile(
    r"password|identified|pwd|db\.auth|setuser|--user\s|-stdin|passwd|kinit|keystore|\bgh\s|sudo\s+-S",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A password in a command."""

    what: str
    """What it is told by: the program with its words, or the statement."""
    names: tuple[str, ...] = ()
    """Those that go with it: who logs in."""
    secret: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class _Place:
    flags: tuple[str, ...]
    words: tuple[str, ...]
    """With the password as the last one."""


def placed(words: Sequence[str], program: str = "") -> Iterator[Placed]:
    """Yield the passwords in the words of a command, or in a whole script as the one word.

    `program` is the one that gets the words where they do not begin with one, by the image's name.

    >>> [(one.what, one.secret) for one in placed(["rabbitmqctl -q add_user app hunter2"])]
    [('rabbitmqctl add_user app', 'hunter2')]
    """
    text = " ".join(words)
    if _programs().search(text) or program in _places():
        for script in dict.fromkeys(_scripts(words, program)):
            for command in commands(script):
                yield from _arguments(command)
    for pattern in _STATEMENTS if _HINT.search(text) else ():
        for found in pattern.finditer(text):
            what = " ".join(found["what"].split())
            whole = found["secret"].rstrip()
            user, _colon, secret = whole.partition(":") if what == "chpasswd" else ("", "", "")
            yield Placed(what=what, names=(user,) if secret else (), secret=secret or whole)


def known_programs() -> KeysView[str]:
    """Return the programs in whose arguments a password has a place."""
    return _places().keys()


def _scripts(words: Sequence[str], program: str) -> Iterator[str]:
    """Yield what a shell would read, and the same behind the program that an image starts."""
    kind, *rest = words or ("",)
    if kind in ("CMD-SHELL", "CMD"):
        script = rest[0] if kind == "CMD-SHELL" and rest else shlex.join(rest)
    elif len(words) == 1:
        script = kind
    else:
        script = (given_script(words) if kind.startswith("-") else None) or shlex.join(words)
    yield script
    if program in _places():
        yield f"{program} {script}"


def _arguments(command: Command) -> Iterator[Placed]:
    for place in _places().get(command.program, ()):
        if not all(any(_has(option, flag) for option in command.options) for flag in place.flags):
            continue
        plain = _plain(command)
        first = place.words[0] in ("_", "!")
        for start in range(1 if first else len(plain)):
            if (taken := plain[start : start + len(place.words)]) and _fits(taken, place.words):
                yield _found(command.program, taken, place.words)
                return


def _found(program: str, taken: Sequence[str], pattern: Sequence[str]) -> Placed:
    user, secret = "", taken[-1]
    if pattern[-1] == ":!":
        user, _colon, secret = secret.partition(":")
    elif pattern[-2:-1] == ("_",):
        user = taken[-2]
    named = [word for word, said in zip(taken, pattern, strict=True) if said not in ("_", "!", ":!")]
    names = (user,) if user else ()
    return Placed(what=" ".join([program, *named, *names]), names=names, secret=secret)


def _fits(taken: Sequence[str], pattern: Sequence[str]) -> bool:
    if len(taken) < len(pattern) or (pattern[-1] == ":!" and ":" not in taken[-1]):
        return False
    if pattern[-1] == "!" and _ASSIGNED.match(taken[-1]):
        return False
    return all(
        said in ("_", "!", ":!") or fnmatchcase(word.lower(), said)
        for word, said in zip(taken, pattern, strict=True)
    )


def _has(option: str, flag: str) -> bool:
    """Whether an option is that letter, or has it among others: `-cb`."""
    return not option.startswith("--") and flag[1] in option[1:]


def _plain(command: Command) -> list[str]:
    """Return the arguments of a command: words that are neither options nor what these take."""
    taking = _taking().get(command.program, frozenset())
    found: list[str] = []
    taken = False
    for word in command.words[1:]:
        option = word.startswith("-") and len(word) > 1
        if not option and not taken:
            found.append(word)
        taken = option and _takes_a_word(word, taking)
    return found


def _takes_a_word(option: str, taking: frozenset[str]) -> bool:
    if option in taking or option.startswith("--"):
        return option in taking
    # Of letters in one, the first that takes a word has the rest for it, or the next word.
    first = next((at for at, letter in enumerate(option) if f"-{letter}" in taking), 0)
    return first > 0 and first == len(option) - 1


def _lines(table: str) -> Iterator[tuple[list[str], str]]:
    for line in table.strip().splitlines():
        names, _, rest = line.partition(": ")
        yield names.split(), rest


@cache
def _taking() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for names, options in _lines(_TAKE_A_WORD):
        found |= {name: found.get(name, frozenset()) | {*options.split()} for name in names}
    return found


@cache
def _places() -> dict[str, list[_Place]]:
    found: dict[str, list[_Place]] = {}
    for names, places in _lines(_PLACES):
        for words in (place.split() for place in places.split(";")):
            flags = tuple(word for word in words if word.startswith("-"))
            place = _Place(flags=flags, words=tuple(word for word in words if word not in flags))
            for name in names:
                found.setdefault(name, []).append(place)
    return found


@cache
def _programs() -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, _places()))})(?![\w-])")
