"""Addresses of the engine's host."""

import os
import socket
from urllib.parse import urlsplit

import psutil


def host_addresses() -> list[str]:
    """Addresses of the engine's host that a client could use, loopback first, IPv4 and IPv6.

    For a remote engine only the address we talk to is known from here.
    """
    remote = urlsplit(os.environ.get("DOCKER_HOST", ""))
    if remote.hostname and remote.scheme in ("tcp", "ssh"):
        return [remote.hostname]
    found = {
        address.address
        for name, interface in psutil.net_if_addrs().items()
        for address in interface
        # The host's end of a container's own cable leads to that container only.
        if not name.startswith("veth") and address.family in (socket.AF_INET, socket.AF_INET6)
    }
    return sorted(found, key=lambda address: (not address.startswith(("127.", "::1")), address))
