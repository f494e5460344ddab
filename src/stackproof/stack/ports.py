"""Ports as authors publish and expose them."""

import re
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from typing import Self

from stackproof.stack.keys import KeyPath
from stackproof.stack.numbers import whole

_EXPOSED = re.compile(r"([0-9]+)(?:-([0-9]+))?(?:/(\w+))?")
LAST_PORT = 65535
_EVERY = (None, "", "0.0.0.0", "::", "[::]")  # noqa: S104 - as an author writes it


@dataclass(frozen=True, kw_only=True)
class Port:
    """A port the author publishes."""

    target: int
    protocol: str
    published: str | None
    host_ip: str | None
    at: KeyPath = field(default=(), compare=False, repr=False)
    """Its path in the resolved service, such as ("ports", 1)."""

    @property
    def loopback(self) -> bool:
        """Whether it is bound to this machine only.

        The engine listens on every address for what is no address to it: `localhost`, `[::1]`, `::1%lo`.
        """
        try:
            address = ip_address(self.host_ip or "")
        except ValueError:
            return False
        if isinstance(address, IPv6Address):
            return address.scope_id is None and (address.ipv4_mapped or address).is_loopback
        return address.is_loopback

    @property
    def unbound(self) -> bool:
        """Whether the engine listens on every address, of one family or of both; see `loopback`."""
        try:
            address = ip_address((self.host_ip or "").strip("[]"))
        except ValueError:
            return True
        if isinstance(address, IPv6Address):
            return address.scope_id is not None or (address.ipv4_mapped or address).is_unspecified
        return address.is_unspecified

    @property
    def first_published(self) -> int:
        """The number on the host, or the first of the range that it is taken out of; 0 where any will do."""
        return whole((self.published or "").partition("-")[0]) or 0

    @property
    def written(self) -> str:
        """How its author publishes it, for messages: numbers of a sandbox's own say nothing to anybody."""
        number = f"{self.published}:" if self.published else ""
        protocol = "" if self.protocol == "tcp" else f"/{self.protocol}"
        return f"published as {self._host}{number}{self.target}{protocol} on {self.where}"

    @property
    def _host(self) -> str:
        """Its address as it stands before the numbers: one of IPv6 in brackets."""
        address = self.host_ip or ""
        bare = ":" in address and not address.startswith("[")
        return f"[{address}]:" if bare else f"{address}:" if address else ""

    def to(self, last: Self) -> str:
        """Return the range from here to another port, as one entry of a compose file has it."""
        if self == last:
            return str(self)
        numbers = f"{self.published}-{last.published}" if self.published else ""
        return f"{self._host}{numbers}:{self.target}-{last.target}/{self.protocol}"

    def is_followed_by(self, other: Self) -> bool:
        """Whether another one may be the next of the same range."""
        after = str(self.first_published + 1) if self.published else None
        return (
            (self.host_ip, self.protocol) == (other.host_ip, other.protocol)
            and other.target == self.target + 1
            and other.published == after
        )

    @property
    def where(self) -> str:
        """The address that it is published on, in words."""
        return "every address of the host" if self.host_ip in _EVERY else str(self.host_ip)

    def __str__(self) -> str:
        """Return it as it would stand in a compose file."""
        return f"{self._host}{self.published or ''}:{self.target}/{self.protocol}"


def parse_exposed(text: str) -> frozenset[tuple[int, str]]:
    """Read `8000`, `53/udp` or `9091-9092`, as in `expose` and in an image's ExposedPorts.

    What is no port, such as `http`, declares none: neither Compose nor the engine refuses it.
    """
    found = _EXPOSED.fullmatch(text.strip())
    if not found:
        return frozenset()
    first, last = (whole(text) for text in (found[1], found[2] or found[1]))
    if first is None or last is None:
        return frozenset()
    last = min(last, LAST_PORT)
    return frozenset((number, (found[3] or "tcp").lower()) for number in range(first, last + 1))
