"""What Compose lets pass when it reads a stack, and the engine refuses when it starts."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

from stackproof.files import disk
from stackproof.stack import beside
from stackproof.stack.complaints import Case, Message, Place
from stackproof.stack.dollars import unescape
from stackproof.stack.model import Model

# As the engine reads it (distribution/reference): host and port, path in lower case, tag, digest.
_LABEL = r"[a-zA-Z0-9](?:[\w-]*[a-zA-Z0-9])?"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-fA-F:]+\])(?::\d+)?"
_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_IMAGE = re.compile(
    rf"(?:{_HOST}/)?{_PART}(?:/{_PART})*(?::\w[\w.-]{{0,127}})?(?:@[A-Za-z][\w+.-]*:[0-9a-fA-F]{{32,}})?",
    re.ASCII,
)


def complaints(case: Case, model: Model, *, here: bool = True) -> Iterator[Message]:
    """Yield what is wrong with the images, files and addresses that a stack names.

    `here` is whether it is to be started on this machine, so that the files must be there.
    """
    yield from _subnets(case, model.raw.get("networks") or {})
    for name, service in model.services.items():
        if service.image is not None and not _IMAGE.fullmatch(image := unescape(service.image)):
            place = case.find(lambda item, name=name: item.keys == ("services", name, "image"))  # type: ignore[misc]
            words = f"{case.quote(image)} is no name of an image"
            yield Message(
                place=place or case.service(name), words=words, fix="write NAME:TAG, in lower-case letters"
            )
        yield from _addresses(case, name, service.raw.get("networks"))
        for kind in ("secrets", "configs") if here else ():
            yield from _files(case, model, name, kind)
        for mount in (service.raw.get("volumes") or ()) if here else ():
            if mount["type"] == "bind" and not (mount.get("bind") or {}).get("create_host_path", False):
                yield from _source(case, name, mount)


def _addresses(case: Case, service: str, networks: object) -> Iterator[Message]:
    """Yield fixed addresses that are none."""
    for network, options in networks.items() if isinstance(networks, Mapping) else ():
        for key in ("ipv4_address", "ipv6_address"):
            address = (options or {}).get(key)
            if address and not _is(ip_address, address):
                place = case.at(f"services.{service}.networks.{network}.{key}")
                words = f"{key} {case.quote(str(address))} is no address"
                yield Message(place=place, words=words, fix="write one such as 172.20.0.10")


def _subnets(case: Case, networks: Mapping[str, Any]) -> Iterator[Message]:
    for network, options in networks.items():
        for pool in ((options or {}).get("ipam") or {}).get("config") or ():
            for key, read, such_as in _POOL:
                text = pool.get(key)
                if text and not _is(read, text):
                    place = case.at(
                        f"networks.{network}.ipam.config.[].{key}", fits=lambda item: bool(item.text)
                    )
                    words = f"{key} {case.quote(str(text))} is none"
                    yield Message(place=place, words=words, fix=f"write one such as {such_as}")
            for name, text in (pool.get("aux_addresses") or {}).items():
                if not _is(ip_address, text):
                    place = case.at(f"networks.{network}.ipam.config.[].aux_addresses.{name}")
                    words = f"aux_addresses.{name} {case.quote(str(text))} is no address"
                    yield Message(place=place, words=words, fix="write one such as 172.20.0.5")


def _network(text: str) -> object:
    return ip_network(text, strict=False)


_POOL: tuple[tuple[str, Callable[[str], object], str], ...] = (
    ("subnet", _network, "172.20.0.0/16"),
    ("ip_range", _network, "172.20.5.0/24"),
    ("gateway", ip_address, "172.20.0.1"),
)


def _is(read: Callable[[str], object], text: str) -> bool:
    try:
        read(str(text))
    except ValueError:
        return False
    return True


def _files(case: Case, model: Model, service: str, kind: str) -> Iterator[Message]:
    known = model.raw.get(kind) or {}
    for use in model.services[service].raw.get(kind) or ():
        source = use.get("source") if isinstance(use, Mapping) else str(use)
        yield from _variable(case, service, f"{kind}.{source}", known.get(source) or {})
        file = (known.get(source) or {}).get("file")
        if file and not disk.is_there(Path(unescape(file))):
            place = case.at(f"{kind}.{source}.file")
            words = f"the file {case.short(unescape(file))} is not there, and service {service} wants it"
            yield Message(place=place, words=words, fix=f"create {case.short(unescape(file))}")


def _variable(case: Case, service: str, path: str, raw: Mapping[str, Any]) -> Iterator[Message]:
    """Yield a secret or config that comes from a variable which nobody sets."""
    name = raw.get("environment")
    if name and name not in os.environ and name not in beside.variables(case.source):
        words = f"variable {name} is not set, and service {service} gets {path} from it"
        yield Message(
            place=case.at(f"{path}.environment"), words=words, fix=f"set {name} in .env or in the shell"
        )


def _source(case: Case, service: str, mount: Mapping[str, Any]) -> Iterator[Message]:
    source = Path(unescape(str(mount.get("source") or "")))
    if disk.is_there(source) or not source.is_absolute():
        return
    base = case.source.directory
    place = case.under(
        ("volumes",),
        lambda item: (
            bool(item.text)
            and disk.real(base / case.filled(item.text).partition(":")[0]) == disk.real(source)
        ),
        service,
    )
    where: Place = place or case.service(service)
    words = f"the bind source {case.short(source)} is not there, and Compose does not create it"
    fix = f"create {case.short(source)}, or write `bind: {{create_host_path: true}}`"
    yield Message(place=where, words=words, fix=fix)
