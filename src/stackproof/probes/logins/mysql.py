"""MySQL's handshake (protocol 10), which MariaDB speaks too."""

import hashlib
import struct

from stackproof.probes.logins import rsa
from stackproof.probes.logins.model import Account, Login, Reply, accounts, let_in, other, refused, unclear
from stackproof.probes.logins.stream import Reader, Stream

# CLIENT_PROTOCOL_41, CLIENT_SECURE_CONNECTION, CLIENT_PLUGIN_AUTH, CLIENT_LONG_PASSWORD
CAPABILITIES = 0x0200 | 0x8000 | 0x0008_0000 | 0x0001
UTF8 = 33
NATIVE, CACHING = "mysql_native_password", "caching_sha2_password"
PROTOCOL, HEADER = 10, 0xFF
# ER_ACCESS_DENIED_ERROR, ER_HOST_NOT_PRIVILEGED, ER_ACCESS_DENIED_NO_PASSWORD_ERROR, ER_DBACCESS_DENIED_ERROR
REFUSALS = frozenset({1045, 1130, 1698, 1044})
# ER_MUST_CHANGE_PASSWORD_LOGIN: the password was right.
EXPIRED = 1862
FULL = 4  # the step at which the server wants the password itself
NONCE = 20  # bytes


class Line:
    """Packets of one connection, each with its number."""

    def __init__(self, stream: Stream) -> None:
        self._stream, self._reader, self._number = stream, Reader(stream), 0

    def read(self) -> bytes:
        """Return the next packet."""
        head = self._reader.exactly(4)
        self._number = head[3]
        return self._reader.exactly(int.from_bytes(head[:3], "little"))

    def begin(self) -> None:
        """Begin a command: packets are numbered anew."""
        self._number = 255

    def write(self, data: bytes) -> None:
        """Send the packet behind the one that was read last."""
        self._stream.send(len(data).to_bytes(3, "little") + bytes([(self._number + 1) % 256]) + data)


def _ask(stream: Stream, account: Account | None) -> Reply:
    user = account or Account(name="", password="")
    line = Line(stream)
    greeting = line.read()
    if greeting[:1] == b"\xff":
        return _error(greeting)
    if greeting[:1] != bytes([PROTOCOL]):
        return other(greeting)
    nonce, plugin = _greeting(greeting)
    plugin = plugin if plugin in (NATIVE, CACHING) else NATIVE
    proof = _proof(plugin, user.password, nonce)
    line.write(
        struct.pack("<IIB23x", CAPABILITIES, 1 << 24, UTF8)
        + user.name.encode() + b"\0" + bytes([len(proof)]) + proof + plugin.encode() + b"\0"
    )  # fmt: skip
    return _finish(line, user, nonce)


def _greeting(packet: bytes) -> tuple[bytes, str]:
    """Return the nonce and the plugin that the server would use."""
    rest = packet[packet.index(b"\0", 1) + 1 :][4:]  # behind version and thread
    nonce, rest = rest[:8], rest[8 + 1 + 2 + 1 + 2 + 2 + 1 + 10 :]
    second, _, plugin = rest.partition(b"\0")
    return (nonce + second)[:NONCE], plugin.rstrip(b"\0").decode()


def _proof(plugin: str, password: str, nonce: bytes) -> bytes:
    if not password:
        return b""
    if plugin == CACHING:
        once = hashlib.sha256(password.encode()).digest()
        mixed = hashlib.sha256(hashlib.sha256(once).digest() + nonce).digest()
    else:  # SHA-1 is what this plugin is made of
        once = hashlib.sha1(password.encode(), usedforsecurity=False).digest()
        twice = hashlib.sha1(once, usedforsecurity=False).digest()
        mixed = hashlib.sha1(nonce + twice, usedforsecurity=False).digest()
    return bytes(a ^ b for a, b in zip(once, mixed, strict=True))


def _finish(line: Line, user: Account, nonce: bytes) -> Reply:
    packet = line.read()
    if packet[:1] == b"\xfe":  # another plugin is asked for
        name, _, rest = packet[1:].partition(b"\0")
        plugin = name.decode(errors="replace")
        if plugin not in (NATIVE, CACHING):
            # Asked again for a password, so it does not let in without one.
            why = f"asks for {plugin or 'the method of before 4.1'}"
            return unclear(why) if user.password else refused(why)
        nonce = rest[:NONCE]
        line.write(_proof(plugin, user.password, nonce))
        packet = line.read()
    if packet[:1] == b"\x01":
        packet = _cached(line, packet[1], user, nonce)
    if packet[:1] == b"\0":
        return let_in("OK")
    return _error(packet)


def _cached(line: Line, step: int, user: Account, nonce: bytes) -> bytes:
    """Go on where the server looked into its cache of passwords that were right before.

    One that it does not know goes to it encrypted with its public key.
    """
    if step == FULL:
        if not user.password:
            line.write(b"\0")
            return line.read()
        line.write(b"\2")
        key = line.read()
        if key[:1] != b"\x01":
            return key
        hidden = user.password.encode() + b"\0"
        mixed = bytes(byte ^ nonce[at % len(nonce)] for at, byte in enumerate(hidden))
        line.write(rsa.encrypt(mixed, key[1:]))
    return line.read()


def _error(packet: bytes) -> Reply:
    if packet[:1] != bytes([HEADER]):
        return other(packet)
    code = struct.unpack("<H", packet[1:3])[0]
    text = packet[3:].decode(errors="replace")
    said = f"{code} {text[6:] if text.startswith('#') else text}"
    if code == EXPIRED:
        return let_in(said)
    return refused(said) if code in REFUSALS else unclear(said)


MYSQL = Login(
    protocol="MySQL",
    ports=(3306,),
    ask=_ask,
    well_known=accounts(("root", ""), ("root", "root"), ("root", "my-secret-pw"), ("root", "example")),
    trusts_names=True,
)
