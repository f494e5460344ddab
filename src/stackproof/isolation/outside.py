"""The hosts outside a stack that it names, and what is asked of them. Pure: the caller reads the files."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from stackproof.isolation import outside_commands as commands
from stackproof.isolation import outside_files as files
from stackproof.isolation import outside_hosts as hosts
from stackproof.isolation import outside_kinds as kinds
from stackproof.isolation import outside_names as names
from stackproof.isolation import outside_programs as programs
from stackproof.isolation import outside_text as texts
from stackproof.isolation.outside_hosts import Entry, Told
from stackproof.isolation.outside_inside import Inside
from stackproof.isolation.outside_kinds import Kind
from stackproof.isolation.outside_text import Hit
from stackproof.stack.model import Model, Service, unescape


@dataclass(frozen=True, kw_only=True)
class Text:
    """A secret, config or mounted file of a service."""

    service: str
    where: str
    """`secret db_url (./db.txt)`."""
    name: str
    content: str


@dataclass(frozen=True, kw_only=True)
class Outside:
    """A host outside the stack that a service names."""

    host: str
    port: int | None
    service: str
    where: str
    """`environment DATABASE_URL`, `command`, `secret db_url (./db.txt)`."""
    kind: Kind
    why: str
    """What tells the kind: a scheme, a port, a name, credentials beside it."""
    srv: bool = False
    """Whether the name leads to others by SRV records."""
    doubtful: bool = False
    """Whether it may be a part of a password: to be cut, and never to be shown."""
    behind: str = ""
    """The host that it is by another name or by its address, and without which nobody named it."""


Configs = Mapping[str, Mapping[str, Any]]


def find(model: Model, more: Iterable[Text] = (), images: Configs | None = None) -> list[Outside]:
    """Return all hosts outside a stack that it names; each once for a place and a port.

    `images` are the configs of images by service, as far as they are known.
    """
    inside, more = Inside.of(model), tuple(more)
    told = {name: Told(entries, inside) for name, entries in _told(model, more).items()}
    found: dict[tuple[object, ...], Outside] = {}
    for service, where, hit in (
        *_of_services(model),
        *_of_texts(model, more),
        *_of_images(model, images or {}),
    ):
        for host in _outside(hit.host, told[service], inside):
            key = (host, service, where)
            one = Outside(
                host=host, port=hit.port, service=service, where=where, kind=hit.kind or Kind.OTHER,
                why=hit.why, srv=hit.srv, doubtful=hit.doubtful,
            )  # fmt: skip
            known = found.get(key)
            if known is None or (one.kind.cut and not known.kind.cut):
                found[key] = replace(one, port=one.port or (known.port if known else None))
    return [*found.values(), *_behind_names(found.values(), told, inside)]


def _told(model: Model, more: Iterable[Text]) -> dict[str, list[Entry]]:
    """What each service is told of names and their addresses."""
    found = {name: list(hosts.of_service(service)) for name, service in model.services.items()}
    for name, service in model.services.items():
        for where, command in _commands(service):
            words = command if isinstance(command, list) else [command]
            found[name] += hosts.of_command([unescape(str(word)) for word in words], where)
    for text in more:
        found[text.service] += hosts.of_text(text.content, text.where)
    return found


def _outside(host: str, told: Told, inside: Inside) -> list[str]:
    """Return what a host is outside the stack: itself, or where a name of the stack's is sent; or nothing."""
    if _no_host(host) or told.leads_inside(host):
        return []
    if host in inside:
        return [address for address in told.outside(host) if address != hosts.GATEWAY]
    return [host]


def _no_host(host: str) -> bool:
    """Whether it is an example's placeholder or a number that is no address of anybody."""
    return bool(re.fullmatch(r"[\d.]+|x+|\.+", host)) and host.count(".") != _DOTS_OF_IPV4


_DOTS_OF_IPV4 = 3


def _of_services(model: Model) -> Iterator[tuple[str, str, Hit]]:
    for name, service in model.services.items():
        variables = variables_of(service)
        for variable, value in variables.items():
            for hit in _of_value(variable, value, variables, programs_of(service)):
                yield name, f"environment {variable}", hit
        for variable, hit in names.implied(variables):
            yield name, f"environment {variable}", hit
        for where, command in _commands(service):
            words = list(map(unescape, command)) if isinstance(command, list) else unescape(str(command))
            for hit in commands.of_command(words, variables):
                yield name, where, hit
        for program in programs.running(_run(service), variables):
            for host in program.hosts:
                yield name, f"program {program.name}", Hit(host=host, kind=program.kind, why=program.name)
        for entry in hosts.of_service(service):
            yield name, entry.where, Hit(host=entry.name, kind=Kind.OTHER, why="extra_hosts")


def _of_images(model: Model, images: Configs) -> Iterator[tuple[str, str, Hit]]:
    """What images bring along and no service replaces; where they fetched their parts from is over."""
    for name, config in images.items():
        service = model.services[name]
        own = dict(str(entry).partition("=")[::2] for entry in config.get("Env") or ())
        written = service.raw.get("environment") or {}
        beside = {**own, **variables_of(service)}
        for variable, value in own.items():
            if variable not in written:
                for hit in names.of_variable(variable, value, beside):
                    yield from _if_cut(name, f"image's {variable}", hit)
        replaced = service.raw.get("command") or service.raw.get("entrypoint")
        for key in () if replaced else ("Entrypoint", "Cmd"):
            for hit in commands.of_command(config.get(key) or [], beside):
                yield from _if_cut(name, "image's command", hit)


def _if_cut(service: str, where: str, hit: Hit) -> Iterator[tuple[str, str, Hit]]:
    if hit.kind is not None and hit.kind.cut:
        yield service, where, hit


def _of_value(variable: str, value: str, beside: Mapping[str, str], known: frozenset[str]) -> Iterator[Hit]:
    """Yield the hosts of a variable, which may hold a whole document or options of a program."""
    if value.lstrip().startswith(("{", "[{")):
        inner = {f"{variable}_{key}": text for key, text in files.variables_of(value).items()}
        for key, text in inner.items():
            yield from names.of_variable(key, text, {**beside, **inner}, known)
    elif re.search(r"(?:^|\s)-{1,2}[A-Za-z]", value):
        yield from commands.of_command(value, beside)
    else:
        yield from names.of_variable(variable, value, beside, known)


def _run(service: Service) -> frozenset[str]:
    """Return the words by which programs are known that a service runs."""
    words = [image_of(service)]
    for _where, command in _commands(service):
        words += map(str, command) if isinstance(command, list) else str(command).split()
    return frozenset(word.rpartition("/")[2].lower() for text in words for word in text.split())


def acting_unnamed(model: Model) -> list[str]:
    """Say which services act outside on hosts that nobody can name beforehand."""
    found = []
    for name, service in model.services.items():
        variables, words = variables_of(service), frozenset({image_of(service)})
        if mail := programs.mails_anybody(words, variables):
            found.append(f"{name} runs {mail} without a relay, and mails whatever hosts its addresses name")
        for program in programs.running(_run(service), variables):
            known = f"only {', '.join(program.hosts)}" if program.hosts else "nothing"
            found.append(f"{name} runs {program.name}, which finds hosts by itself; {known} is cut of them")
    return found


def image_of(service: Service) -> str:
    """Return the last part of an image's name, without tag and digest."""
    image = str(service.raw.get("image") or "").partition("@")[0]
    return image.rpartition("/")[2].partition(":")[0].lower()


def programs_of(service: Service) -> frozenset[str]:
    """Return the words by which a service is known: its own name and that of its image."""
    return frozenset({service.name.lower(), image_of(service)}) - {""}


def variables_of(service: Service) -> dict[str, str]:
    """Return the environment of a service as its programs see it."""
    raw = service.raw.get("environment") or {}
    return {str(key): unescape(str(value)) for key, value in raw.items() if value is not None}


def _commands(service: Service) -> Iterator[tuple[str, Any]]:
    raw = service.raw
    for key in ("command", "entrypoint"):
        if raw.get(key):
            yield key, raw[key]
    if test := (raw.get("healthcheck") or {}).get("test"):
        yield "healthcheck", test
    for key in ("post_start", "pre_stop"):
        for hook in raw.get(key) or ():
            yield f"{key} hook", hook.get("command") or ""


def _of_texts(model: Model, more: Iterable[Text]) -> Iterator[tuple[str, str, Hit]]:
    for text in more:
        variables = _named_by_file(files.variables_of(text.content), text.name)
        if not variables or "\n" not in text.content.strip():
            variables = {text.name: text.content.strip(), **variables}
        beside = {**variables_of(model.services[text.service]), **variables}
        for variable, value in variables.items():
            yield from ((text.service, text.where, hit) for hit in names.of_variable(variable, value, beside))
        for line in text.content.splitlines():
            found = (hit for hit in texts.hits(line) if hit.url or not kinds.is_proof(text.name))
            yield from ((text.service, text.where, names.of_url(hit, {})) for hit in found)


def _named_by_file(variables: Mapping[str, str], name: str) -> dict[str, str]:
    """Give words such as `host` and `password`, which say nothing alone, the name of their file."""
    stem = name.lstrip(".").partition(".")[0]
    named = {key: key if len(names.words_of(key)) > 1 else f"{stem}_{key}" for key in variables}
    return {named[key]: value for key, value in variables.items()}


def _behind_names(found: Iterable[Outside], told: Mapping[str, Told], inside: Inside) -> Iterator[Outside]:
    """What a service is told of names that are cut: their address, and other names for it."""
    cut = {one.host: one for one in found if one.kind.cut}
    for service, known in told.items():
        for address in dict.fromkeys(entry.address for entry in known.entries):
            entries = [entry for entry in known.entries if entry.address == address]
            names_ = {entry.name: entry for entry in entries}
            # An address is as well known by the names that are cut as by itself.
            for cause in ([*{*names_, address} & set(cut)]) if address not in inside else ():
                for other in sorted({*names_, address} - set(cut) - {hosts.GATEWAY}):
                    if other not in inside:
                        where = names_[other].where if other in names_ else entries[0].where
                        yield replace(
                            cut[cause], host=other, service=service, where=where, port=None, behind=cause,
                            why=f"it is {cause}, as {where} says",
                        )  # fmt: skip
