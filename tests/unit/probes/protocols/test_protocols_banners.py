"""Servers that are known by their first words."""

import re

import pytest
from tests.unit.probes.protocols.anew import anew

from stackproof.probes.protocols import banners
from stackproof.stack.sensitive import Kind

_MONGODB = (
    b"HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n"
    b"It looks like you are trying to access MongoDB over HTTP on the native driver port.\r\n"
)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "SSH"),
        (b"RFB 003.008\n", "VNC"),
        (b"\xff\xfd\x18\xff\xfd\x20", "telnet"),
        (b"220 (vsFTPd 3.0.3)\r\n", "FTP"),
        (b"500 OOPS: vsftpd: refusing to run with writable root\r\n", "FTP"),
        (b"220 ProFTPD Server ready.\r\n", "FTP"),
        (b"220-FileZilla Server 1.8\r\n", "FTP"),
        (b"220 mail.example ESMTP Postfix\r\n", "SMTP"),
        (b"+OK Dovecot ready.\r\n", "POP3"),
        (b"* OK [CAPABILITY IMAP4rev1] ready\r\n", "IMAP"),
        (b"d\0\0\0\n5.5.5-10.11.6-MariaDB\0\x08\0\0\0", "MySQL"),
        (b"J\0\0\0\n8.0.36\0\x08\0\0\0", "MySQL"),
        (b"E\0\0\0\xffj\x04Host '172.17.0.1' is not allowed to connect to this MariaDB server", "MySQL"),
        (b"\x10\0\0\0\xff\x10\x04#08004Too many connections", "MySQL"),
        (b"\x05\0\0\0\x0b\x08\x05\x1a\0", "MySQL X"),
        (b'INFO {"server_id":"NABC","version":"2.9.10"}\r\n', "NATS"),
        (b"Tarantool 2.11.0 (Binary)\n", "Tarantool"),
        (b"\0\0\x01\x3c\x01ActiveMQ\0\0\0\x0c", "OpenWire"),
        (b"@RSYNCD: 31.0\n", "rsync"),
        (b'Content-Length: 70\r\n\r\n{"type": "event", "seq": 1}', "debug adapter (debugpy)"),
        (b"-ERR wrong number of arguments for 'get' command\r\n", "Redis"),
        (b"-NOAUTH Authentication required.\r\n", "Redis"),
        (b"-DENIED Redis is running in protected mode because\r\n", "Redis"),
        (_MONGODB, "MongoDB"),
        (b"HTTP/1.0 400 Bad Request\r\n\r\nPort 9000 is for clickhouse-client program\r\n", "ClickHouse"),
        (b"This is not an HTTP port", "Elasticsearch"),
        (b"AMQP\0\0\x09\x01", "AMQP"),
        (b"\x84\0\0\0\0\0\0\0\x4d\0\0\0\x0a\0\x47Invalid or unsupported protocol version (71)", "Cassandra"),
        (b"ERROR: Received an unsupported protocol version.\n", "RethinkDB"),
    ],
)  # fmt: skip
def test_known(said: bytes, name: str) -> None:
    """In each server's own words."""
    assert str(banners.known(said)) == name


def test_table_is_made_of_its_rows() -> None:
    """As it is when the module is imported."""
    table = anew(banners).BANNERS
    kinds = {str(protocol): protocol.kind for protocol, _pattern in table}

    assert [pattern.flags & re.DOTALL for _protocol, pattern in table] == [re.DOTALL] * len(table)
    assert {name for name, kind in kinds.items() if kind is None} == {"SMTP", "POP3", "IMAP"}
    assert {name for name, kind in kinds.items() if kind is Kind.REMOTE} == {"SSH", "VNC", "telnet", "FTP"}
    assert [(str(a), b.pattern) for a, b in table] == [(str(a), b.pattern) for a, b in banners.BANNERS]


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nServer: nginx\r\n\r\nSSH-2.0 is a protocol",
        b"-ERR unknown method\r\n",
        b"220 welcome\r\n",
        b"ERROR\r\n",
        b"hello\r\n",
    ],
)
def test_not_known(said: bytes) -> None:
    """What others say, too, tells nothing."""
    assert banners.known(said) is None
