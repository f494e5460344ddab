"""Servers that are known by their answer to the first words of their own protocol."""

import json
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from stackproof.probes.logins.amqp import AMQP
from stackproof.probes.logins.cassandra import CASSANDRA
from stackproof.probes.logins.memcached import MEMCACHED, MEMCACHED_SASL
from stackproof.probes.logins.model import Login, Verdict
from stackproof.probes.logins.mongodb import MONGODB
from stackproof.probes.logins.mqtt import MQTT
from stackproof.probes.logins.postgres import POSTGRES
from stackproof.probes.logins.redis import REDIS
from stackproof.probes.logins.stream import SilentError, Stream
from stackproof.probes.logins.zookeeper import ZOOKEEPER
from stackproof.probes.protocols.both import DNS, IDENT, OPEN, rpc
from stackproof.probes.protocols.model import Protocol
from stackproof.stack.sensitive import Kind

ENOUGH = 512  # bytes of an answer
_STORE = Kind.STORE
_NOISE = (ValueError, IndexError, KeyError, struct.error)


@dataclass(frozen=True, kw_only=True)
class Hello:
    """How a server is asked whether it speaks a protocol, over a fresh stream."""

    protocol: Protocol
    asked: Callable[[Stream], bool]
    number: int
    """The usual port, which is asked first there."""

    def speaks(self, stream: Stream) -> bool:
        """Whether the server answers in the protocol; silence and noise are a no."""
        try:
            return self.asked(stream)
        except (SilentError, *_NOISE):
            return False


def _logging_in(login: Login, *, framed: bool = False, name: str = "") -> Hello:
    """Ask as one who logs in without a credential; `framed` where an error, too, is the protocol's alone."""
    known = {Verdict.LET_IN, Verdict.REFUSED, *({Verdict.UNCLEAR} if framed else ())}

    def asked(stream: Stream) -> bool:
        return login.ask(stream, None).verdict in known

    protocol = Protocol(name=name or login.protocol, kind=Kind.STORE)
    return Hello(protocol=protocol, asked=asked, number=login.ports[0])


def _words(name: str, kind: Kind | None, number: int, words: bytes, answer: bytes) -> Hello:
    """Say some words, of which the answer is a pattern."""
    pattern = re.compile(answer, re.DOTALL)

    def asked(stream: Stream) -> bool:
        stream.send(words)
        said = b""
        while not pattern.match(said) and len(said) < ENOUGH and (more := stream.receive()):
            said += more
        return pattern.match(said) is not None and said != words

    protocol = Protocol(name=name, kind=kind, open=name in OPEN)
    return Hello(protocol=protocol, asked=asked, number=number)


def _debugger(stream: Stream) -> bool:
    """Whether a server repeats JDWP's handshake, and nothing else: whoever repeats all is an echo."""
    handshake = b"JDWP-Handshake"
    stream.send(handshake)
    if stream.receive() != handshake:
        return False
    stream.send(struct.pack("!IIBBB", 11, 1, 0, 1, 1))  # VirtualMachine.Version
    return stream.receive()[8:9] == b"\x80"


def _fragment(call: bytes) -> bytes:
    return struct.pack("!I", 0x8000_0000 | len(call)) + call


def _smb() -> bytes:
    """Return SMB2's NEGOTIATE with the dialects 2.0.2 and 2.1 ([MS-SMB2] 2.2.3)."""
    header = struct.pack("<4sHHIHHIIQIIQ16s", b"\xfeSMB", 64, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, bytes(16))
    body = struct.pack("<HHHHI16sQHH", 36, 2, 1, 0, 0, b"stackproof", 0, 0x0202, 0x0210)
    return struct.pack("!I", len(header) + len(body)) + header + body


def _tds() -> bytes:
    """Return SQL Server's PRELOGIN: a version, and no encryption ([MS-TDS] 2.2.6.5)."""
    options = struct.pack("!BHHBHHB", 0, 11, 6, 1, 17, 1, 0xFF) + bytes(6) + b"\x02"
    return struct.pack("!BBHHBB", 0x12, 1, 8 + len(options), 0, 0, 0) + options


def _tns() -> bytes:
    """Return Oracle's CONNECT that asks the listener for its version."""
    words = b"(DESCRIPTION=(CONNECT_DATA=(COMMAND=version)))"
    head = struct.pack("!HHBBH", 58 + len(words), 0, 1, 0, 0)
    head += struct.pack("!HHHHHHHH", 314, 300, 0, 8192, 32767, 0x7F08, 0, 1)
    head += struct.pack("!HHIBB", len(words), 58, 0, 0, 0)
    return head.ljust(58, b"\0") + words


_KAFKA = struct.pack("!hhih", 18, 0, IDENT, 10) + b"stackproof"  # ApiVersions
_DELVE = json.dumps({"method": "RPCServer.GetVersion", "params": [{}], "id": 7}).encode() + b"\n"
_BOLT = struct.pack("!IIIII", 0x6060B017, 0x00040405, 0x00020404, 4, 3)
_CLICKHOUSE = b"\x00\x0astackproof\x01\x00\xa9\xa7\x03\x00\x07default\x00"
_FASTCGI = struct.pack("!BBHHBBBB", 1, 9, 0, 17, 0, 0, 15, 0) + b"FCGI_MPXS_CONNS"
_DNS = struct.pack("!H", len(DNS)) + DNS
_STOMP = b"CONNECT\naccept-version:1.2\nhost:/\n\n\x00"
_LDAP = bytes.fromhex("300c020101600702010304008000")  # an anonymous bind
_RDP = bytes.fromhex("030000130ee000000000000100080003000000")
_ANSWERED = rb".{4}\x00\x00\x50\x50"

# The first that answers counts. Sources: the protocols' specifications and the servers' own code.
HELLOS: Final = (
    _logging_in(REDIS),
    _logging_in(POSTGRES, framed=True),
    _logging_in(MONGODB),
    _logging_in(AMQP, framed=True),
    _logging_in(MEMCACHED),
    _logging_in(MEMCACHED_SASL, name="memcached"),
    _logging_in(MQTT, framed=True),
    _logging_in(CASSANDRA, framed=True, name="Cassandra"),
    _logging_in(ZOOKEEPER),
    _words("Kafka", _STORE, 9092, struct.pack("!i", len(_KAFKA)) + _KAFKA, _ANSWERED),
    _words("Bolt (Neo4j)", _STORE, 7687, _BOLT, rb"\x00[\x00-\x08][\x00-\x0f][\x01-\x06]$"),
    _words("RethinkDB", _STORE, 28015, b"\xc3\xbd\xc2\x34", rb"\{.*\"server_version\""),
    _words("ClickHouse", _STORE, 9000, _CLICKHOUSE, rb"(?:\x00.ClickHouse|\x02..\x00\x00.{0,3}DB::)"),
    _words("AMQP 1.0", _STORE, 5672, b"AMQP\x00\x01\x00\x00", rb"AMQP[\x00\x03]\x01\x00\x00."),
    _words("STOMP", _STORE, 61613, _STOMP, rb"(?:CONNECTED|ERROR)\r?\n[\w-]+:"),
    _words("beanstalkd", _STORE, 11300, b"stats\r\n", rb"OK \d+\r\n---"),
    _words("SQL Server", _STORE, 1433, _tds(), rb"\x04\x01.{4}.\x00"),
    _words("Oracle", _STORE, 1521, _tns(), rb"..\x00\x00[\x02\x04\x05\x0b]\x00"),
    _words("Erlang port mapper", _STORE, 4369, b"\x00\x01n", rb"\x00\x00\x11\x11"),
    _words("LDAP", _STORE, 389, _LDAP, rb"\x30.{1,6}\x02\x01\x01\x61"),
    _words("SMB", _STORE, 445, _smb(), rb"\x00...[\xfe\xff]SMB"),
    _words("NFS", _STORE, 2049, _fragment(rpc(100003, 3)), _ANSWERED + rb"\x00\x00\x00\x01"),
    _words("rpcbind", _STORE, 111, _fragment(rpc(100000, 2)), _ANSWERED + rb"\x00\x00\x00\x01"),
    _words("DNS", None, 53, _DNS, rb"..\x50\x50[\x80-\xff]"),
    _words("RDP", Kind.REMOTE, 3389, _RDP, rb"\x03\x00..\x06?.\xd0"),
    Hello(protocol=Protocol(name="JDWP (Java's debugger)", kind=Kind.DEBUGGER), asked=_debugger, number=5005),
    _words("Delve (Go's debugger)", Kind.DEBUGGER, 2345, _DELVE, rb"\{.*\"DelveVersion\""),
    _words("Java RMI or JMX", Kind.DEBUGGER, 1099, b"JRMI\x00\x02\x4b", rb"N\x00."),
    _words("PHP-FPM (FastCGI)", Kind.DEBUGGER, 9000, _FASTCGI, rb"\x01\x0a\x00\x00"),
    _words("AJP", Kind.DEBUGGER, 8009, bytes.fromhex("123400010a"), rb"AB\x00\x01\x09"),
)  # fmt: skip
