"""One spelling for each host: the same machine must not be reached by another way of writing it."""

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from socket import inet_aton

_NAME = re.compile(r"(?=.{1,253}\.?$)\w([\w-]*\w)?(\.\w([\w-]*\w)?)*\.?")
_OLD = re.compile(r"(?:0x[0-9a-f]+|\d+)(?:\.(?:0x[0-9a-f]+|\d+)){0,3}", re.ASCII)
_COMPATIBLE = IPv6Network("::/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_LEAST_NUMBER = 1 << 24  # smaller numbers are ports, sizes, counts
_DOTS = 3


def host_of(text: str) -> str | None:
    """Return a host in one spelling: lower case, no final dot, no brackets; None for what cannot be one.

    An IPv4 address in any spelling that programs take is the usual one: `0xac110001` is 172.17.0.1.
    """
    bare = text.strip().strip("[]").lower()
    if (address := _address(bare)) is not None:
        return address
    if not _NAME.fullmatch(bare) or bare.rstrip(".").rpartition(".")[2].isdigit():
        return None
    return bare.rstrip(".")


def is_address(host: str) -> bool:
    """Whether a host, in the spelling of `host_of`, is an address."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def spellings(host: str) -> frozenset[str]:
    """Return a name as people write it and as name servers know it."""
    try:
        labels = host.split(".")
        return frozenset({host, ".".join(map(_written, labels)), ".".join(map(_sent, labels))})
    except UnicodeError:
        return frozenset({host})


def _written(label: str) -> str:
    return label[4:].encode().decode("punycode") if label.startswith("xn--") else label


def _sent(label: str) -> str:
    return label if label.isascii() else f"xn--{label.encode('punycode').decode()}"


def _address(bare: str) -> str | None:
    try:
        found = ip_address(bare.partition("%")[0])
    except ValueError:
        return _old_spelling(bare)
    if isinstance(found, IPv6Address):
        low = IPv4Address(int(found) & 0xFFFFFFFF)
        # `::1` is no IPv4 address in disguise.
        compatible = found in _COMPATIBLE and int(found) > _LEAST_NUMBER
        if found.ipv4_mapped or found in _NAT64 or compatible:
            return str(low)
    return str(found)


def _old_spelling(bare: str) -> str | None:
    """Read an IPv4 address as C libraries do: one number, hexadecimal or octal parts, parts left out."""
    if not _OLD.fullmatch(bare):
        return None
    try:
        found = IPv4Address(inet_aton(bare))
    except OSError:
        return None
    if bare.isdigit():
        return str(found) if int(bare) >= _LEAST_NUMBER and not bare.startswith("0") else None
    # What has parts left out is a version, unless it is an address of a private network.
    whole = bare.count(".") == _DOTS or "x" in bare
    return str(found) if whole or found.is_private else None
