"""Questions that are asked over TCP and in datagrams alike."""

import struct
from typing import Final

IDENT = 0x5050
"""The number of a question, which its answer repeats."""
# Who serves the root, of any server that resolves for us (RFC 1035).
DNS: Final = struct.pack("!HHHHHHBHH", IDENT, 0x0100, 1, 0, 0, 0, 0, 2, 1)

# Whoever answers our question in these protocols answers everybody: they have no login, or we gave none.
OPEN: Final = frozenset({"SNMP", "beanstalkd", "memcached", "rpcbind"})


def rpc(program: int, version: int) -> bytes:
    """Return a remote call (RFC 5531) of procedure 0, which every program has."""
    return struct.pack("!IIIIIIIIII", IDENT, 0, 2, program, version, 0, 0, 0, 0, 0)
