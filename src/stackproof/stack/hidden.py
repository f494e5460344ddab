"""Which values of a stack no reader may see. Pure: text and plain data in, values out."""

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from stackproof.stack import dotenv, interpolation
from stackproof.stack.command_passwords import behind_options, program_of
from stackproof.stack.dollars import unescape
from stackproof.stack.passwords import may_be_secret, passwords
from stackproof.stack.secret_names import looks_random, says_secret

# Shorter values are words such as `app` or `test` that would mask half of every report.
SHORTEST = 6
# A line of a file is a secret of its own only if it is longer than `server {`.
SHORTEST_LINE = 12
CREDENTIAL_IN_URL = re.compile(r"(?<=://)[^/\s:@]*:([^/\s@]+)(?=@)")
# Names that may say so: what is behind one in a command is a secret unless it is ordinary.
_DOUBTFUL_NAME = re.compile(
    r"pass|pwd|secret|token|_key$|salt|private|credential|auth$|authorization|dsn|_ur[li]$"
)
_DOUBTFUL_IN_COMMANDS = (
    re.compile(r"(?:^|\s)(?:-u|--user)[=\s]++['\"]?[^\s:'\"]+:([^\s'\"]+)"),
    re.compile(r"(?:^|\s)-p(?=\S*\d)(\S{6,})"),  # a port has fewer digits
)
_SURE_SCHEME = re.compile(r"\b(?:bearer|authorization[\s:='\"]{1,8}basic)\s+([^\s'\"]{6,})", re.IGNORECASE)
_DOUBTFUL_SCHEME = re.compile(r"\bbasic\s+([^\s'\"]{6,})", re.IGNORECASE)
_COMMENT = re.compile(r"^[ \t]*(?:#|//).*$", re.MULTILINE)
# Names begin where a word begins and have an end, for a key of 64 KiB is a word, too.
_OPTION = re.compile(r"(?:^|(?<=\s))(--?[\w.-]{1,100})(?=[=\s]+(?!--)([^\s;&|]+))")
_ASSIGNMENT = re.compile(r"(?<![\w.-])([\w.-]{1,100})\s*[=:](?!//)\s*[\"']?([^\s\"'&;|,]+)")
# What may stand in a report though it is also the value of an innocent variable: numbers, sizes and
# durations; plain words; paths; the addresses of services.
_ORDINARY = re.compile(
    r"[\d.,:/-]+[A-Za-z%]{0,3}|[A-Za-z]+(?:[-_.][A-Za-z]+)*|[~.]{0,2}/[^\s?=&]*"
    r"|(?:[a-z]+://)?(?:[A-Za-z]+\d{0,2}(?:[-.][A-Za-z]+\d{0,2})*|[\d.]+)(?::\d+)?/?"
)
# Keys below which authors write names and values as they like.
_FREE = frozenset({"environment", "args", "labels", "annotations", "options", "driver_opts"})
# Keys whose values are words of a command, in a compose file or a contract.
COMMANDS = frozenset({"command", "entrypoint", "test", "write", "read"})
# Keys whose values every report shows.
_SHOWN = frozenset({"image", "container_name", "hostname", "source", "target", "published", "user", "name"})
# Keys of a service that hold no secret: what stands there none of the rules below hides. Closed: what may
# hold one (`build`, `environment`, `labels`, `provider`, hooks ...) and what is new to Compose is not in it.
WITHOUT_SECRETS = frozenset(
    {"cap_add", "cap_drop", "cgroup", "cgroup_parent", "configs", "container_name", "cpuset", "depends_on",
     "deploy", "device_cgroup_rules", "devices", "dns", "dns_opt", "dns_search", "domainname", "env_file",
     "expose", "extends", "external_links", "extra_hosts", "group_add", "healthcheck", "hostname", "image",
     "ipc", "isolation", "label_file", "links", "logging", "mac_address", "network_mode", "networks", "pid",
     "platform", "ports", "profiles", "pull_policy", "restart", "runtime", "secrets", "security_opt",
     "stop_signal", "storage_opt", "sysctls", "tmpfs", "ulimits", "user", "userns_mode", "uts", "volumes",
     "volumes_from", "working_dir"}
)  # fmt: skip

# What has neither an option nor an assignment, an account or a scheme in it.
_ONE_WORD = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./-]*")
_SERVICE_KEY = 2  # place of a service's own key in a path
Leaf = tuple[tuple[str, ...], Any]


def of_model(
    model: Mapping[str, Any], shown: frozenset[str] | None = None, plain: Iterable[str] = ()
) -> frozenset[str]:
    """Return what to hide of a stack, resolved or as written; `shown` is what `shown_of` says of it.

    Below an extension (`x-...`) everything may be a secret but what an alias or a merge brings to a key of a
    service that holds none: such a text stands there, too. `plain` are more of them, as they are written.
    """
    services = model.get("services")
    names = set(services) if isinstance(services, dict) else set()
    shown = shown_of(model) if shown is None else shown
    held = leaves(model, ())
    if has_extensions(model):
        plain = {*plain, *(str(value) for keys, value in held if is_without_secrets(keys))}
    found: set[str] = set()
    for keys, value in held:
        if keys[-1] in COMMANDS and _FREE.isdisjoint(keys[:-1]):
            found |= of_command(value, shown, *_runner(services, keys))
        elif written_freely(keys) and not (str(value) in plain and _may_be_shown(keys, str(value))):
            found |= of_variable(keys[-1], value, shown)
        elif keys[0] in ("configs", "secrets") and keys[-1] == "content":
            found |= of_file(str(value))
    return frozenset(found - names)


def _runner(services: object, keys: tuple[str, ...]) -> tuple[str, list[str]]:
    """Return the program that gets the words at a path, and the words before them, of a service's command."""
    if not isinstance(services, dict) or keys[:1] != ("services",) or keys[2:] != ("command",):
        return "", []
    service = services.get(keys[1])
    if not isinstance(service, dict):
        return "", []
    entrypoint = service.get("entrypoint")
    program = program_of(str(service.get("image") or ""), entrypoint)
    return program, _words(entrypoint) or _split(str(entrypoint or ""))


def shown_of(model: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of a stack that every report shows."""
    services = model.get("services")
    names = map(str, services if isinstance(services, dict) else ())
    said = (
        str(value) for keys, value in leaves(model, ()) if keys[-1] in _SHOWN and not written_freely(keys)
    )
    return frozenset({*names, *said})


def of_contract(contract: Mapping[str, Any]) -> frozenset[str]:
    """Return what to hide of a contract; what it expects is shown, unless it looks like a secret."""
    found: set[str] = set()
    for keys, value in leaves(contract, ()):
        found |= of_command(value)
        if says_secret(keys[-1]):
            found.add(str(value))
    return frozenset(found)


def written_freely(keys: tuple[str, ...]) -> bool:
    """Whether authors write names and values there as they like."""
    return _is_below_free(keys[:-1]) or keys[-1].startswith("x-")


@lru_cache(maxsize=1024)  # what stands side by side is asked for one after the other
def _is_below_free(above: tuple[str, ...]) -> bool:
    return not _FREE.isdisjoint(above) or _is_extension(above)


def is_without_secrets(keys: Sequence[str | int]) -> bool:
    """Whether a path of keys leads to a place of a service in which no secret stands."""
    if keys[:1] != ("services",) or len(keys) <= _SERVICE_KEY or keys[_SERVICE_KEY] not in WITHOUT_SECRETS:
        return False
    return _FREE.isdisjoint(keys) and COMMANDS.isdisjoint(keys) and not _is_extension(keys)


def has_extensions(model: Mapping[str, Any]) -> bool:
    """Whether anything at its top or in a service is an extension (`x-...`)."""
    services = model.get("services")
    holders = [model, *(services.values() if isinstance(services, Mapping) else ())]
    return any(_is_extension([*one]) for one in holders if isinstance(one, Mapping))


def _is_extension(keys: Sequence[str | int]) -> bool:
    return any(str(key).startswith("x-") for key in keys)


def _may_be_shown(keys: tuple[str, ...], text: str) -> bool:
    """Whether a text below an extension is none to hide where it stands at a plain key of a service, too.

    Not behind a name that says it is a secret (the keys of services that are called so aside), nor one that
    looks like a key.
    """
    says = says_secret(keys[-1]) and keys[-1] not in WITHOUT_SECRETS
    return _is_extension(keys) and _FREE.isdisjoint(keys) and not says and not looks_random(text)


def leaves(value: object, keys: tuple[str, ...]) -> list[Leaf]:
    """Return what holds nothing more, with its keys. A command is one leaf; `NAME=value` in a list a pair."""
    found: list[Leaf] = []
    _gather(value, keys, found)
    return found


def _gather(value: object, keys: tuple[str, ...], found: list[Leaf]) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            _gather(item, (*keys, str(key)), found)
    elif isinstance(value, list) and keys[-1] not in COMMANDS:
        for item in value:
            name, equals, rest = item.partition("=") if isinstance(item, str) else ("", "", "")
            if equals and keys[-1] in _FREE:
                found.append(((*keys, name), rest))
            else:
                _gather(item, keys, found)
    elif keys and value is not None:
        found.append((keys, value))


def of_variable(name: str, value: object, shown: Iterable[str] = ()) -> set[str]:
    """Return what to hide of a variable, label or option.

    A name that says so hides whatever it has; any other only what is neither ordinary nor shown anyway. The
    parts of a value that are passwords stand alone in logs: each counts, but for what is shown anyway.
    """
    text = unescape(str(value))
    parts = {password for password, _names in passwords(name, text, may_be_secret)}
    found = of_command(text, shown) | (parts - {*shown})
    if says_secret(name) or not _readable(text, shown):
        found.add(text)
    return found


def of_command(
    command: object, shown: Iterable[str] = (), program: str = "", before: Sequence[str] = ()
) -> set[str]:
    """Return what to hide of a command: its passwords, those in URLs, and words that look random.

    `program` gets the words where they do not begin with one, and `before` are those before them: see
    `options`. Behind a name that leaves doubt, only what is neither ordinary nor shown anyway.
    """
    if isinstance(command, str) and not program and not before and _ONE_WORD.fullmatch(command):
        return {command} if looks_random(command) and not _readable(command, shown) else set()
    words = _words(command)
    text = " ".join(words) or unescape(str(command))
    uncommented = _COMMENT.sub("", text)
    named = [*_OPTION.findall(text), *_ASSIGNMENT.findall(text)]
    sure = {value for name, value in named if says_secret(name)}
    given = words or (_split(text) if before else [text])  # what stands before it is words
    sure |= {password for password, _names in behind_options(given, program, before, may_be_secret)} - {
        *shown
    }
    sure |= {*CREDENTIAL_IN_URL.findall(text), *_SURE_SCHEME.findall(uncommented), *_behind_options(words)}
    doubtful = {hit for pattern in _DOUBTFUL_IN_COMMANDS for hit in pattern.findall(text)}
    doubtful |= {value for name, value in named if says_secret(name, _DOUBTFUL_NAME)}
    doubtful |= set(_DOUBTFUL_SCHEME.findall(uncommented))
    for word in [*re.split(r"[\s'\"]+", text), *(word for word in words if not re.search(r"\s", word))]:
        doubtful |= random_part(word)
    bare = {word.strip("'\"") for word in doubtful}
    found = {word.strip("'\"") for word in sure} | {word for word in bare if not _readable(word, shown)}
    return found - {"", "Bearer", "Basic"}


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # a quote without its other half
        return text.split()


def _words(command: object) -> list[str]:
    return [unescape(str(word)) for word in command] if isinstance(command, list) else []


def _behind_options(words: list[str]) -> Iterator[str]:
    """Yield whole words, which may hold spaces, behind options that say what they take, and their parts."""
    for word, following in zip(words, [*words[1:], ""], strict=False):
        name, equals, value = word.partition("=")
        if name.startswith("-") and not re.search(r"\s", name) and says_secret(name):
            taken = value if equals or following.startswith("--") else following
            yield from (
                taken,
                *(password for password, _names in passwords(name.lstrip("-"), taken, may_be_secret)),
            )


def random_part(word: str) -> set[str]:
    """Return what looks random in a word: of an assignment its value, of a URL as little as can be."""
    if "://" in word:
        return {part for part in re.split(r"[/?&=#]", word) if looks_random(part)}
    value = word.partition("=")[2]
    return {value if looks_random(value) else word} if looks_random(word) else set()


def of_file(text: str) -> set[str]:
    """Return what to hide of a file: all of it, each of its lines, and the values in them."""
    found = {text.strip()} | of_variables_file(text)
    for line in map(str.strip, text.splitlines()):
        found |= of_command(line)
        if len(line) >= SHORTEST_LINE and not ordinary(line):
            found.add(line)
    return {unescape(value) for value in found if value}


def of_variables_file(text: str) -> set[str]:
    """Return what to hide of an env file.

    Also what follows a dollar sign in a value without being meant as a variable, and lines that are no entry,
    for Compose quotes both.
    """
    found, lines = set(), set()
    for entry in dotenv.entries(text):
        lines.add(entry.line)
        for value in {entry.text, entry.value({})}:
            found |= of_variable(entry.name, value)
        found |= interpolation.by_chance(entry.template, in_secret=says_secret(entry.name))
    for number, line in enumerate(map(str.strip, text.splitlines()), 1):
        if number not in lines and len(line) >= SHORTEST_LINE and not line.startswith("#"):
            found |= set() if ordinary(line) else {line}
    return found


def _readable(text: str, shown: Iterable[str]) -> bool:
    return ordinary(text) or any(text in other for other in shown)


def ordinary(text: str) -> bool:
    """Whether a text may stand in a report though it is also the value of an innocent variable."""
    return len(text) < SHORTEST or (bool(_ORDINARY.fullmatch(text)) and not looks_random(text))
