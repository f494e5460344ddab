"""Names whose addresses a stack tells itself: `extra_hosts`, hosts files, lines written into /etc/hosts."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from stackproof.isolation.outside_inside import Inside
from stackproof.isolation.outside_spelling import host_of, is_address
from stackproof.stack.model import Service

# The engine alone knows its address.
GATEWAY = "host-gateway"
_LINE = re.compile(r"^\s*([0-9a-fA-F.:]+)[ \t]+([\w.-]+(?:[ \t]+[\w.-]+)*)\s*(?:#.*)?$", re.MULTILINE)
_ECHOED = re.compile(
    r"(?<![\w.:])([0-9a-fA-F]*[.:][0-9a-fA-F.:]+)(?:[ \t]|\\t)+"
    r"([\w.-]+(?:[ \t]+[\w.-]+)*)(?=\s*(?:['\";&|>\\\n]|$))"
)
_FILE = "/etc/hosts"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A name, and the address that a service is told for it."""

    name: str
    address: str
    """In the spelling of `host_of`, or `host-gateway`."""
    where: str


def extra_hosts(service: Service) -> list[tuple[str, str]]:
    """Return names and addresses of `extra_hosts`, in either way of writing it."""
    raw = service.raw.get("extra_hosts") or ()
    if isinstance(raw, Mapping):
        entries = [
            (name, one) for name, many in raw.items() for one in ([many] if isinstance(many, str) else many)
        ]
    else:
        entries = [parted(str(entry)) for entry in raw]
    return [(name.strip().lower(), address.strip().strip("[]")) for name, address in entries]


def parted(entry: str) -> tuple[str, str]:
    """Part `name=address` or `name:address`."""
    name, sign, address = entry.partition("=") if "=" in entry else entry.partition(":")
    return name, address if sign else ""


def of_service(service: Service) -> Iterator[Entry]:
    """Yield what `extra_hosts` says."""
    for name, text in extra_hosts(service):
        if (address := text if text == GATEWAY else host_of(text)) is not None:
            yield Entry(name=host_of(name) or name, address=address, where="extra_hosts")


def of_text(text: str, where: str) -> Iterator[Entry]:
    """Yield the lines of a hosts file; any other file has none that look so."""
    yield from _entries(_LINE.findall(text), where)


def of_command(words: Iterable[str], where: str) -> Iterator[Entry]:
    """Yield what a script writes into /etc/hosts, one line or several."""
    for word in words:
        if _FILE in word:
            yield from _entries(_ECHOED.findall(word), where)


def _entries(found: Iterable[tuple[str, str]], where: str) -> Iterator[Entry]:
    for text, several in found:
        address = host_of(text)
        if address is not None and is_address(address):
            for name in several.split():
                if (host := host_of(name)) is not None:
                    yield Entry(name=host, address=address, where=where)


class Told:
    """What one service is told of names."""

    def __init__(self, entries: Iterable[Entry], inside: Inside) -> None:
        self.entries = tuple(entries)
        self._inside = inside

    def leads_inside(self, host: str) -> bool:
        """Whether a name stands for addresses of the stack itself, or of the container, and no others."""
        addresses = [entry.address for entry in self.entries if entry.name == host]
        return bool(addresses) and all(address in self._inside for address in addresses)

    def outside(self, host: str) -> list[str]:
        """Return the addresses outside that a name stands for."""
        found = [entry.address for entry in self.entries if entry.name == host]
        return [address for address in found if address not in self._inside]
