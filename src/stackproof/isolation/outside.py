"""The hosts outside a stack that it names, and what is asked of them. Pure: the caller reads the files."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from stackproof.isolation import outside_commands as commands
from stackproof.isolation import outside_files as files
from stackproof.isolation import outside_names as names
from stackproof.isolation import outside_text as texts
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


Configs = Mapping[str, Mapping[str, Any]]


def find(model: Model, more: Iterable[Text] = (), images: Configs | None = None) -> list[Outside]:
    """Return all hosts outside a stack that it names; each once for a place and a port.

    `images` are the configs of images by service, as far as they are known.
    """
    inside = Inside.of(model)
    found: dict[tuple[object, ...], Outside] = {}
    hits = (*_of_services(model), *_of_texts(model, more), *_of_images(model, images or {}))
    for service, where, hit in hits:
        if hit.host in inside or _no_host(hit.host):
            continue
        key = (hit.host, service, where)
        one = Outside(
            host=hit.host, port=hit.port, service=service, where=where, kind=hit.kind or Kind.OTHER,
            why=hit.why, srv=hit.srv, doubtful=hit.doubtful,
        )  # fmt: skip
        known = found.get(key)
        if known is None or (one.kind.cut and not known.kind.cut):
            found[key] = replace(one, port=one.port or (known.port if known else None))
    return [*found.values(), *_behind_names(model, found.values(), inside)]


def _no_host(host: str) -> bool:
    """Whether it is an example's placeholder or a number that is no address of anybody."""
    return bool(re.fullmatch(r"[\d.]+|x+|\.+", host)) and host.count(".") != _DOTS_OF_IPV4


_DOTS_OF_IPV4 = 3


def _of_services(model: Model) -> Iterator[tuple[str, str, Hit]]:
    for name, service in model.services.items():
        variables = variables_of(service)
        for variable, value in variables.items():
            for hit in _of_value(variable, value, variables):
                yield name, f"environment {variable}", hit
        for variable, hit in names.implied(variables):
            yield name, f"environment {variable}", hit
        for where, command in _commands(service):
            words = list(map(unescape, command)) if isinstance(command, list) else unescape(str(command))
            for hit in commands.of_command(words, variables):
                yield name, where, hit
        for host, address in extra_hosts(service):
            if address == "host-gateway" or texts.host_of(address):
                yield name, "extra_hosts", Hit(host=host, kind=Kind.OTHER, why="extra_hosts")


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


def _of_value(variable: str, value: str, beside: Mapping[str, str]) -> Iterator[Hit]:
    """Yield the hosts of a variable, which may hold a whole document."""
    if value.lstrip().startswith(("{", "[{")):
        inner = {f"{variable}_{key}": text for key, text in files.variables_of(value).items()}
        for key, text in inner.items():
            yield from names.of_variable(key, text, {**beside, **inner})
    else:
        yield from names.of_variable(variable, value, beside)


def variables_of(service: Service) -> dict[str, str]:
    """Return the environment of a service as its programs see it."""
    raw = service.raw.get("environment") or {}
    return {str(key): unescape(str(value)) for key, value in raw.items() if value is not None}


def extra_hosts(service: Service) -> list[tuple[str, str]]:
    """Return names and addresses of `extra_hosts`, in either way of writing it."""
    raw = service.raw.get("extra_hosts") or ()
    if isinstance(raw, Mapping):
        entries = [
            (name, one) for name, many in raw.items() for one in ([many] if isinstance(many, str) else many)
        ]
    else:
        entries = [_parted(str(entry)) for entry in raw]
    return [(name.strip().lower(), address.strip().strip("[]")) for name, address in entries]


def _parted(entry: str) -> tuple[str, str]:
    name, sign, address = entry.partition("=") if "=" in entry else entry.partition(":")
    return name, address if sign else ""


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
            yield from ((text.service, text.where, names.of_url(hit, {})) for hit in texts.hits(line))


def _named_by_file(variables: Mapping[str, str], name: str) -> dict[str, str]:
    """Give words such as `host` and `password`, which say nothing alone, the name of their file."""
    stem = name.lstrip(".").partition(".")[0]
    named = {key: key if len(names.words_of(key)) > 1 else f"{stem}_{key}" for key in variables}
    return {named[key]: value for key, value in variables.items()}


def _behind_names(model: Model, found: Iterable[Outside], inside: Inside) -> Iterator[Outside]:
    """What `extra_hosts` says of names that are cut: their address, and other names for it."""
    cut = {one.host: one for one in found if one.kind.cut}
    for service in model.services.values():
        entries = [(host, texts.host_of(address)) for host, address in extra_hosts(service)]
        causes = {address: cut[host] for host, address in entries if host in cut} | cut
        for host, address in entries:
            if address is not None and address in causes and address not in inside:
                cause = causes[address]
                why = f"it is {cause.host}, as extra_hosts says"
                like = replace(cause, service=service.name, where="extra_hosts", why=why, port=None)
                # `host-gateway` is no name of a host, and its address is known to the engine alone.
                others = {host, address} - set(cut) - {"host-gateway"}
                yield from (replace(like, host=other) for other in sorted(others))
