"""Which protocol answers to datagrams. Whoever does not know the question says nothing."""

import re
import selectors
import socket
import struct
import time
from contextlib import ExitStack
from typing import Final

from stackproof.engine import steps
from stackproof.probes.protocols.both import DNS, IDENT, OPEN, rpc
from stackproof.probes.protocols.model import Found, Protocol
from stackproof.stack.sensitive import Kind

DEADLINE = 1.5  # seconds for all answers
LARGEST = 4096

# SNMP version 2c: GetRequest of sysDescr with the community `public`.
_SNMP = bytes.fromhex(
    "302902010104067075626c6963a01c020450505050020100020100300e300c06082b060102010101000500"
)
# A search of the root entry, which a server of datagrams answers to anybody.
_LDAP = bytes.fromhex("3025020101632004000a01000a0100020100020100010100870b6f626a656374436c6173733000")
_MEMCACHED = struct.pack("!HHHH", IDENT, 0, 1, 0) + b"stats\r\n"
_NTP = b"\x23" + bytes(47)  # version 4, mode 3 (client); a server answers in mode 4
_NTP_SERVER = b"[" + re.escape(bytes(range(4, 256, 8))) + b"].{47}$"

Question = tuple[Protocol, bytes, re.Pattern[bytes]]


def _row(name: str, kind: Kind | None, words: bytes, answer: bytes) -> Question:
    return Protocol(name=name, kind=kind, open=name in OPEN), words, re.compile(answer, re.DOTALL)


# Sources: RFC 3416, 1035, 5905, 5531, 4511; memcached's doc/protocol.txt.
QUESTIONS: Final = (
    _row("SNMP", Kind.STORE, _SNMP, rb"\x30.{1,4}\x02\x01\x01\x04\x06public\xa2"),
    _row("memcached", Kind.STORE, _MEMCACHED, rb"\x50\x50.{6}STAT "),
    _row("rpcbind", Kind.STORE, rpc(100000, 2), rb"\x00\x00\x50\x50\x00\x00\x00\x01"),
    _row("LDAP", Kind.STORE, _LDAP, rb"\x30.{1,6}\x02\x01\x01[\x64\x65]"),
    _row("DNS", None, DNS, rb"\x50\x50[\x80-\xff]"),
    _row("NTP", None, _NTP, _NTP_SERVER),
)


def ask(address: str, port: int) -> Found:
    """Ask all questions at once, each from a socket of its own, and return what was answered."""
    with steps.step(f"ask {address} port {port}/udp which protocol it speaks", "from this host") as asked:
        found = _asked(address, port)
        asked.gave(str(found))
    return found


def _asked(address: str, port: int) -> Found:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with ExitStack() as opened, selectors.DefaultSelector() as answers:
        for protocol, words, answer in QUESTIONS:
            asking = opened.enter_context(socket.socket(family, socket.SOCK_DGRAM))
            try:
                asking.connect((address, port))
                asking.send(words)
            except OSError:
                continue
            answers.register(asking, selectors.EVENT_READ, (protocol, answer))
        heard = _heard(answers)
    found = [protocol for protocol, answer, said in heard if answer.match(said)]
    said = next((repr(said[:24]) for _protocol, _answer, said in heard), "nothing")
    return Found(protocols=tuple(dict.fromkeys(found)), said=said, silent=not heard)


def _heard(answers: selectors.BaseSelector) -> list[tuple[Protocol, re.Pattern[bytes], bytes]]:
    found = []
    until = time.monotonic() + DEADLINE
    while answers.get_map() and (left := until - time.monotonic()) > 0:
        for key, _events in answers.select(left):
            answers.unregister(key.fileobj)
            asking: socket.socket = key.fileobj  # type: ignore[assignment]
            try:
                said = asking.recv(LARGEST)
            except OSError:  # refused: nobody is there
                continue
            protocol, answer = key.data
            found.append((protocol, answer, said))
    return found
