"""Servers that are known by their answer to the first words of their protocol."""

import struct
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from tests.unit.probes.logins.script import Mute, Script
from tests.unit.probes.protocols.anew import anew

from stackproof.probes.protocols import both, hellos, udp
from stackproof.probes.protocols.hellos import HELLOS, Hello

IDENT = b"\0\0\x50\x50"
# As each server answers; the recorded ones of tests/unit/probes/logins are asked by their own protocol.
ANSWERS = {
    "Redis": (b"+PONG\r\n", b"-NOAUTH Authentication required.\r\n"),
    "PostgreSQL": (b"R\0\0\0\x08\0\0\0\x03",),
    "memcached": (b"STAT pid 1\r\n",),
    "MQTT": (b"\x20\x02\0\x05",),
    "Cassandra": (struct.pack("!BBhBi", 0x84, 0, 0, 2, 0),),
    "AMQP": (b"\x01\0\0\0\0\0\x1c\0\x0a\0\x0a\0\x09\0\0\0\0\0\0\0\x05PLAIN\0\0\0\x05en_US\xce",),
    "Kafka": (b"\0\0\x01\0" + IDENT + b"\0\0",),
    "Bolt (Neo4j)": (b"\0\0\x04\x05",),
    "RethinkDB": (b'{"max_protocol_version":0,"server_version":"2.4.4"}\0',),
    "ClickHouse": (b"\0\x0aClickHouse\x19\x03",),
    "AMQP 1.0": (b"AMQP\0\x01\0\0\0\0\0\x02",),
    "STOMP": (b"CONNECTED\nversion:1.2\n\n\0",),
    "beanstalkd": (b"OK 929\r\n---\ncurrent-jobs-urgent: 0\n",),
    "SQL Server": (b"\x04\x01\0\x25\0\0\x01\0\0\0\x15",),
    "Oracle": (b"\0\x6b\0\0\x04\0\0\0\x22\0",),
    "Erlang port mapper": (b"\0\0\x11\x11name rabbit at port 25672\n",),
    "LDAP": (b"\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\0\x04\0\x04\0",),
    "SMB": (b"\0\0\0\xf8\xfeSMB\x40\0",),
    "NFS": (b"\x80\0\0\x18\0\0\x50\x50\0\0\0\x01",),
    "rpcbind": (b"\x80\0\0\x18\0\0\x50\x50\0\0\0\x01",),
    "DNS": (b"\0\x11\x50\x50\x81\x80\0\x01",),
    "RDP": (b"\x03\0\0\x13\x0e\xd0\0\0\x12\x34\0",),
    "JDWP (Java's debugger)": (b"JDWP-Handshake", b"\0\0\0\x40\0\0\0\x01\x80\0\0"),
    "Delve (Go's debugger)": (b'{"id":7,"result":{"DelveVersion":"Version: 1.20.2"},"error":null}\n',),
    "Java RMI or JMX": (b"N\0\x0a172.17.0.1\0\0\xb3\x1c",),
    "PHP-FPM (FastCGI)": (b"\x01\x0a\0\0\0\x12\0\0\x0f\x01FCGI_MPXS_CONNS0",),
    "AJP": (b"AB\0\x01\x09",),
}  # fmt: skip
IN_PIECES = (
    "Kafka",
    "RethinkDB",
    "ClickHouse",
    "STOMP",
    "beanstalkd",
    "SQL Server",
    "LDAP",
    "SMB",
    "DNS",
    "AJP",
)
NOISE = (
    b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
    b"ERROR\r\n",
    b"-ERR unknown command\r\n",
    b"+OK ready\r\n",
    b"220 mail.example ESMTP\r\n",
    b"\x15\x03\x01\0\x02\x02\x46",
    bytes(64),
    b"\xff" * 64,
)


def hello(name: str) -> Hello:
    """Return the first of a name."""
    return next(one for one in HELLOS if str(one.protocol) == name)


@pytest.mark.parametrize("name", ANSWERS)
def test_speaks(name: str) -> None:
    """In its own protocol, of which parts may come one by one."""
    assert hello(name).speaks(Script(*ANSWERS[name]))


@pytest.mark.parametrize("one", HELLOS, ids=lambda one: str(one.protocol))
def test_noise_is_no_answer(one: Hello) -> None:
    """What other servers say to words that they do not know, an echo, silence and the end."""
    for noise in NOISE:
        assert not one.speaks(Script(noise, noise)), noise
    assert not one.speaks(Script())
    assert not one.speaks(Mute())


@pytest.mark.parametrize("one", HELLOS, ids=lambda one: str(one.protocol))
def test_echo_is_no_answer(one: Hello) -> None:
    """Who repeats all that it is told speaks no protocol."""

    class Echo(Script):
        def receive(self) -> bytes:
            return self.sent.pop(0) if self.sent else b""

    assert not one.speaks(Echo())


ASKED: list[dict[str, Any]] = YAML(typ="safe").load(Path(__file__).with_name("asked.yml"))


def questions() -> list[dict[str, Any]]:
    """Return all that is asked, over TCP and in datagrams, of servers that answer as these do."""
    found = []
    for one in anew(hellos).HELLOS:
        script = Script(*ANSWERS.get(str(one.protocol), ()))
        said = [one.speaks(script), one.number, b"".join(script.sent).decode("latin-1")]
        found.append(
            {
                "tcp": str(one.protocol),
                "kind": str(one.protocol.kind),
                "open": one.protocol.open,
                "said": said,
            }
        )
    for protocol, words, answer in anew(udp).QUESTIONS:
        said = [answer.pattern.decode("latin-1"), answer.flags, words.decode("latin-1")]
        found.append({"udp": str(protocol), "kind": str(protocol.kind), "open": protocol.open, "said": said})
    return found


def test_questions() -> None:
    """Byte for byte as each protocol has them, with the port that is usual and what an answer tells."""
    assert questions() == ASKED


def test_table_is_made_of_its_rows() -> None:
    """As it is when the module is imported: no noise is an answer, in pieces or whole."""
    for one in anew(hellos).HELLOS:
        assert not any(one.speaks(Script(noise, noise)) for noise in NOISE), one.protocol
        assert not one.speaks(Script(*[b"?"] * 2 * hellos.ENOUGH))
        assert not one.speaks(Mute())
        # A broker that is not ready says so in a frame of its own; what Redis says then others say, too.
        unready = {"MQTT": b"\x20\x02\0\x03", "Redis": b"-LOADING Redis is loading the dataset\r\n"}
        if said := unready.get(str(one.protocol)):
            assert one.speaks(Script(said)) is (str(one.protocol) == "MQTT")
        for answer in ANSWERS.get(str(one.protocol), ())[:1] if str(one.protocol) in IN_PIECES else ():
            assert one.speaks(Script(*[bytes([byte]) for byte in answer])), one.protocol


def test_calls_of_datagrams() -> None:
    """RFC 5531, 9: a number, a call, version 2, the program with its version, procedure 0, no credential."""
    assert both.rpc(100000, 2).hex() == "000050500000000000000002000186a000000002" + 5 * "00000000"
