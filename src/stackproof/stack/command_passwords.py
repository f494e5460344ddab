"""Which passwords a command holds: behind options, in headers and URLs, by their place. Pure."""

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import takewhile

from stackproof.stack.hashes import is_hashed
from stackproof.stack.images import short_name
from stackproof.stack.password_places import Placed, known_programs, placed, scripts
from stackproof.stack.passwords import ACCOUNT, Judge, Password, is_secret, named, passwords
from stackproof.stack.secret_names import in_one
from stackproof.stack.shell_commands import commands

# Nothing stands behind anything in it.
_ONE_WORD = re.compile(r"[A-Za-z0-9_./-]*")
# The others of a list behind an option's equals sign; after a comma a name with its value may follow instead.
_OTHERS = re.compile(r"(?<![\w.-])([\w.-]{1,100})=[\"']?[^\s\"'&;|,]{1,300}+,([^\s\"'&;|]+)")
# Options that are a switch, whatever stands behind them: `--no-password`, `--password-stdin`.
_SWITCH = re.compile(
    r"^(?:no|skip|disable|without|allow|enable|require|use|ask|prompt|reset|show|hide|generate|print)_|_(?:stdin|prompt)$"
)
# A shorter word is a letter of an option, or nothing.
_SHORTEST = 3
# What a shell puts in stands elsewhere.
_OF_SHELL = re.compile(r"[$<>]|.*(?:\$[({]|`)")
# What another command brings, and where a shell would part a word.
_SUBSTITUTED = ("$(", "`")
_PARTED = re.compile(r"[\s;&|]")
_ASSIGNED = re.compile(r"(?:--?|\+)?[\w.-]{1,100}=")
# A name with what stands in quotes behind it; behind a space only an option's: not `echo token "is not set"`.
_IN_QUOTES = re.compile(
    r"(?<![\w.-])((?:--?|\+)?[\w.-]{1,100}+(?==)|(?:--?|\+)[\w.-]{0,99}\w(?= ))[= ]"
    r"(?:\"([^\"\n]{1,4096}+)\"|'([^'\n]{1,4096}+)')"
)
# What may stand between a program and an option: no end of the command, as `&` within a URL is none.
_GAP = r"(?:[^|;&\n]|&(?![\s&])){0,300}?"
_LONGEST = 1000  # letters of one command
# Where a command ends, and the next may begin.
_ENDS = re.compile(r"[|;\n]|&(?=[\s&])")
# Short options that take a password, by programs: what is between them, and a user before it.
_SHORT = (
    (r"(?:redis|valkey|keydb)-(?:cli|benchmark)", "-a", r"\s+", ""),
    (r"(?:mysql|mariadb)(?:-?(?:admin|dump|check|import|show|slap|upgrade|pump|binlog))?", "-p", "", ""),
    (r"mongo(?:sh|dump|restore|export|import|stat|top|files)?", "-p", r"\s*", ""),
    (r"sshpass|7zz?[ar]?", "-p", r"\s*", ""),
    (
        r"(?:docker|podman|skopeo|buildah|nerdctl|oras|az|azure-cli)\s+login|(?:helm|regctl)\s+registry\s+login",
        "-p",
        r"\s+",
        "",
    ),
    (
        r"register_new_matrix_user|mydumper|myloader|mycli|mcrcon|yt-dlp|youtube-dl|gallery-dl|add-user|pihole\s+-a",
        "-p",
        r"\s+",
        "",
    ),
    (r"caddy\s+hash-password", "-p|--plaintext", r"[=\s]++", ""),
    (r"microsocks|isql|tsql|bsqldb|mssql-scripter|mqttx", "-P", r"\s*", ""),
    (r"murmurd|mumble-server", "-supw", r"\s+", ""),
    (r"x?freerdp3?|wlfreerdp|sdl-freerdp", "/p", ":", ""),
    (r"miniserve|darkhttpd|chisel|copyparty|sftpgo", "-a|--auth", r"[=\s]++", r"[^\s:'\"]+:"),
    (r"ttyd|gotty", "-c|--credential", r"[=\s]++", r"[^\s:'\"]+:"),
    (r"transmission-remote", "-n|--auth", r"[=\s]++", r"[^\s:'\"]+:"),
    (
        r"crane\s+auth\s+login|airflow\s+users\s+create|doveadm\s+pw|elasticsearch-users\s+\w+",
        "-p",
        r"\s+",
        "",
    ),
    (
        r"cqlsh|cypher-shell|rabbitmqadmin|kcadm(?:\.sh)?|twine|turnadmin|cscli\s+machines\s+add",
        "-p",
        r"\s+",
        "",
    ),
    (
        r"cscli\s+bouncers\s+add|openssl\s+enc|ss-(?:server|local|redir|tunnel)|ssserver|sslocal",
        "-k",
        r"\s+",
        "",
    ),
    (r"iredis|memtier_benchmark", "-a", r"\s+", ""),
    (r"mosquitto_(?:pub|sub|rr)|sqlcmd|bcp|zip|unzip|ipmitool", "-P", r"\s*", ""),
    (
        r"ldap(?:search|add|modify|delete|whoami|passwd|compare|modrdn)|smbpasswd|odoo(?:-bin)?",
        "-w",
        r"\s*",
        "",
    ),
    (r"slappasswd|ldappasswd", "-s", r"\s+", ""),
    (r"snmp(?:get|getnext|set|walk|bulkget|bulkwalk|trap|inform|table)", "-A|-X", r"\s+", ""),
    (r"ssh-keygen", "-N", r"\s*", ""),
    (r"kadmin(?:\.local)?|plink|pscp|psftp", "-pw", r"\s+", ""),
    (r"swaks|sendemail|sendEmail", "-ap|-xp", r"\s+", ""),
    (r"gitlab-runner\s+register", "-r", r"\s+", ""),
    (r"doctl\s+auth\s+init", "-t", r"\s+", ""),
    (r"sonar-scanner(?:-cli)?|mvn|mvnw|gradle|gradlew", r"-Dsonar\.login", "=", ""),
    (r"openssl", "-pass|-passin|-passout|-password", r"\s+", "pass:"),
    (r"curl|etcdctl|turnserver", "-u|--user|-U|--proxy-user", r"[=\s]++", r"[^\s:'\"]+:"),
    (r"https?|httpie|xh|xhs", "-a|--auth", r"[=\s]++", r"[^\s:'\"]+:"),
    (r"skopeo|buildah|podman", "--creds|--src-creds|--dest-creds", r"[=\s]++", r"[^\s:'\"]+:"),
    (r"smbclient|smbget|net|rpcclient|wbinfo", "-U|--user", r"[=\s]++", r"[^\s%'\"]+%"),
    (r"lftp", "-u|--user", r"[=\s]++", r"[^\s,'\"]+,"),
    # What becomes the hash of an account's password, but for a word that locks it; the keys of gossip; what
    # lets a node into a cluster.
    (r"useradd|usermod|luseradd|lusermod", r"-p(?!\s+[\"']?(?:locked|disabled)\b)", r"\s+", ""),
    (r"(?:consul|nomad|serf)\s+agent", "-encrypt", r"[=\s]++", ""),
    (r"iex|elixir|mix", "--cookie", r"[=\s]++", ""),
    # Words that the entrypoint of an image of Samba reads: `user;password`.
    (r"samba(?:\.sh)?", "-u", r"\s+", r"[^\s;'\"]+;"),
)


# Who logs in, by the same words.
_USER = re.compile(
    r"(?<!\S)(?:-[uU]|--user(?:name)?|--login)(?:[=\s]\s{0,8}|(?=\w))[\"']?([\w.@-]{1,64})(?![\w.@:=%,-])"
)
# A header that a client is told to send: its scheme is none, where Compose has nothing to put behind it.
_HEADER = re.compile(
    r"\b((?:proxy-)?authorization|x-(?:[a-z]{1,30}-){0,8}(?:key|token|secret)):\s?"
    r"(?:(?:bearer|basic|token)\s)?(?!(?:bearer|basic|token)\b)([^\s\"';&|]{3,})",
    re.IGNORECASE,
)


def program_of(image: str, entrypoint: object = None) -> str:
    """Return the program that gets the words of a service's `command:`, as far as the file tells.

    That of `entrypoint:` where passwords in its words are known, else what the image is named after.

    >>> program_of("minio/mc:latest"), program_of("app", ["/usr/bin/mc"])
    ('mc', 'mc')
    """
    words = entrypoint.split() if isinstance(entrypoint, str) else entrypoint
    program = str(words[0]).rpartition("/")[2] if isinstance(words, list) and words else ""
    if program in known_programs() or _programs().match(f"{program} "):
        return program
    return short_name(image)


def behind_options(
    words: Sequence[str], program: str = "", before: Sequence[str] = (), judge: Judge = is_secret
) -> Iterator[Password]:
    """Yield the passwords in the words of a command: behind options, in URLs, by their place.

    With the names that go with each; also what a shell puts in. `program` and `before` are as for `options`;
    `judge` says what behind a name is a secret.
    """
    words, before = tuple(words), tuple(before)
    known = {secret for secret, _names in _behind_options(before, "", judge)} if before else set()
    both = _behind_options((*before, *words), "", judge) if before else ()
    joined = [one for one in both if one[0] not in known]
    # What the entrypoint has may stand in the command once more.
    told = {secret for secret, _names in joined}
    yield from dict.fromkeys(joined)
    yield from (one for one in _behind_options(words, program, judge) if one[0] not in told)


def _behind_options(words: tuple[str, ...], program: str, judge: Judge) -> Iterator[Password]:
    text = " ".join(words)
    if not program and _ONE_WORD.fullmatch(text):
        return
    yield from ((one.secret, one.names) for one in _placed(words, program, judge))
    short = (one for one in _short(words, program) if not one.secret.startswith(_SUBSTITUTED))
    yield from ((one.secret, one.names) for one in short)
    for user, password in ACCOUNT.findall(text):
        yield password, (user,)
    who = tuple(_USER.findall(text))
    for name, value in _named(words):
        bare = value.strip("\"'")
        if judge(name, bare):
            found = passwords(name.lstrip("-"), bare, judge)
            yield from ((secret, (*names, *who)) for secret, names in found)
    for name, others in _OTHERS.findall(text):
        for item in takewhile(lambda item: "=" not in item, others.split(",")):
            if judge(name, item):
                yield from passwords(name.lstrip("-"), item, judge)


def options(words: Sequence[str], program: str = "", before: Sequence[str] = ()) -> Iterator[Placed]:
    """Yield what in the words of a command has a password, and which.

    Options, assignments, headers, arguments by their place, statements.

    What a shell puts in is none, and neither is what stands behind a switch, names a file, or is a hash that
    nobody turns back. `program` gets the words where they do not begin with one: see `program_of`. What
    has its password in the words `before`, those of an entrypoint, is not told again; another option with
    the same password is.

    >>> def told(words, program="", before=()):
    ...     return [(one.what, one.secret) for one in options(words, program, before)]
    >>> told(["redis-server", "--requirepass", "hunter2", "--masterauth", "$MASTER"])
    [('--requirepass', 'hunter2')]
    >>> told(["sh -c 'mysqladmin ping -phunter2'"])
    [('-p', 'hunter2')]
    >>> told(["alias", "set", "store", "http://store:9000", "ops", "hunter2"], "mc")
    [('mc alias set ops', 'hunter2')]
    >>> told(["hunter2", "--port", "6380"], before=["redis-server", "--requirepass"])
    [('--requirepass', 'hunter2')]
    """
    words, before = tuple(words), tuple(before)
    known = {(one.what, one.secret) for one in _options(before)} if before else set()
    both = _options((*before, *words)) if before else ()
    joined = [one for one in both if (one.what, one.secret) not in known]
    # By the image's name a program may have another name than in the one line.
    told = {one.secret for one in joined}
    alone = (one for one in _options(words, program) if one.secret not in told)
    yield from joined
    yield from (one for one in alone if (one.what, one.secret) not in known)


@lru_cache(maxsize=1024)  # many services have one image, and many health checks are alike
def _options(words: tuple[str, ...], program: str = "") -> tuple[Placed, ...]:
    text = " ".join(words)
    if not program and _ONE_WORD.fullmatch(text):
        return ()
    who = tuple(_USER.findall(text))
    found = [
        Placed(what=name, names=who, secret=bare)
        for name, value in _named(words)
        if not _SWITCH.search(in_one(name)) and is_secret(name, bare := value.strip("\"'"))
    ]
    found += _short(words, program)
    found += [Placed(what=name, secret=value) for name, value in _HEADER.findall(text)]
    known = {one.secret for one in found}
    found += [one for one in _placed(words, program) if one.secret not in known]
    literal = [one for one in found if not _OF_SHELL.match(one.secret) and not is_hashed(one.secret)]
    return tuple(_told_apart(list(dict.fromkeys(literal)), words, program))


def _placed(words: Sequence[str], program: str, judge: Judge = is_secret) -> Iterator[Placed]:
    """Yield what has the place of a password, and may be one."""
    found = placed(words, program, judge)
    return (one for one in found if len(one.secret) >= _SHORTEST and judge("password", one.secret))


@lru_cache(maxsize=64)  # what is hidden and what is told is asked of the same words
def _named(words: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return names with their values, and what stands in quotes or is one word as a whole."""
    found: list[tuple[str, str]] = []
    text = " ".join(_quoted(words))
    whole: dict[str, list[str]] = {}
    for name, *quoted in _IN_QUOTES.findall(text):
        if _PARTED.search(value := "".join(quoted)):
            whole.setdefault(name, []).append(value)
            found.append((name, value))
    for name, value in named(text):
        if not any(one.startswith(value.strip("\"'")) for one in whole.get(name, ())):
            found.append((name, value))
    return tuple(found)


@lru_cache(maxsize=64)
def _short(words: tuple[str, ...], program: str) -> tuple[Placed, ...]:
    """Return what stands behind a short option of a program."""
    begun = " ".join([*filter(None, [program]), *_quoted(words)])
    if not (" -" in begun or " /" in begun) or not _programs().search(begun):
        return ()
    who = tuple(_USER.findall(begun))
    told = []
    for programs, *row in _SHORT:
        if not _program(programs).search(begun):
            continue
        for found in _short_option(programs, *row).finditer(begun):
            started, option, *pairs = found.groups(default="")
            user, secret = next(pair for pair in zip(pairs[::2], pairs[1::2], strict=True) if pair[1])
            names = (user[:-1],) if user else who
            of_this = [user[:-1]] if user else _USER.findall(_one_command(begun, found.start()))
            by = " ".join(started.split())
            told.append(Placed.of_option(option, by, next(iter(of_this), ""), secret, names))
    return tuple(told)


def _one_command(text: str, begin: int) -> str:
    """Return what follows up to the end of its command, as far as anybody writes one."""
    ends = _ENDS.search(text, begin, begin + _LONGEST)
    return text[begin : ends.start() if ends else begin + _LONGEST]


def _told_apart(found: list[Placed], words: Sequence[str], program: str) -> Iterator[Placed]:
    """Yield them with the program that each belongs to, where one command has several behind one name."""
    secrets: dict[str, set[str]] = {}
    for one in found:
        secrets.setdefault(one.what, set()).add(one.secret)
    several = {what for what, those in secrets.items() if len(those) > 1 and what.startswith("-")}
    ran = [each for script in scripts(words, program) for each in commands(script)] if several else []
    for one in found:
        holds = (each.program for each in ran if any(one.secret in word for word in each.words))
        by = next(holds, "") if one.what in several else ""
        yield Placed.of_option(one.what, by, "", one.secret, one.names) if by else one


def _quoted(words: Sequence[str]) -> Iterator[str]:
    """Yield words; what is one word behind an option or a name in quotes, but for a shell's script."""
    before = ""
    for word in words:
        quote = next((sign for sign in "\"'" if sign not in word), "")
        script = before.endswith("c") or before == "CMD-SHELL" or len(words) == 1
        name = _ASSIGNED.match(word)
        if script or not _PARTED.search(word):
            yield word
        elif name:
            yield f"{name[0]}{quote}{word[name.end() :]}{quote}"
        else:
            yield f"{quote}{word}{quote}" if before.startswith(("-", "+")) else word
        before = word


@cache
def _programs() -> re.Pattern[str]:
    """Return what finds the programs that have a password behind a short option."""
    return re.compile(rf"\b(?:{'|'.join(programs for programs, *_rest in _SHORT)})\s")


@cache
def _program(programs: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{programs})\s")


@cache
def _short_option(programs: str, option: str, between: str, user: str) -> re.Pattern[str]:
    """Return what finds one row of `_SHORT`: compiling all of them takes longer than judging a file."""
    return re.compile(
        rf"\b({programs})\s(?:{_GAP}\s)?[\"']?({option}){between}"
        rf"(?:\"({user})([^\"\n]{{{_SHORTEST},}})\"|'({user})([^'\n]{{{_SHORTEST},}})'"
        rf"|[\"']?({user})([^\s;&|\"']{{{_SHORTEST},}}))"
    )
