"""Servers that are known by their first words: said unasked, or in answer to a request for a web page.

Sources: the protocols' specifications (RFC 4253, 959, 854, 6143, 5321), the greetings
in the servers' own code.
"""

import re
from typing import Final

from stackproof.probes.protocols.model import Protocol
from stackproof.stack.sensitive import Kind


def _row(name: str, kind: Kind | None, pattern: bytes) -> tuple[Protocol, re.Pattern[bytes]]:
    return Protocol(name=name, kind=kind), re.compile(pattern, re.DOTALL)


BANNERS: Final = (
    _row("SSH", Kind.REMOTE, rb"SSH-\d"),
    _row("VNC", Kind.REMOTE, rb"RFB \d{3}\.\d{3}\n"),
    # IAC and WILL, WONT, DO or DONT.
    _row("telnet", Kind.REMOTE, rb"\xff[\xfb-\xfe]."),
    _row("FTP", Kind.REMOTE, rb"220[ -](?!.*\bE?SMTP)[^\r\n]*(?:ftp|FTP|FileZilla|Serv-U|Microsoft)"),
    _row("FTP", Kind.REMOTE, rb"500 OOPS: vsftpd"),
    _row("SMTP", None, rb"220[ -][^\r\n]*\bE?SMTP"),
    _row("POP3", None, rb"\+OK[ \r].*"),
    _row("IMAP", None, rb"\* (?:OK|PREAUTH|BYE)"),
    # Protocol 10 with a version that ends in a zero, or the packet of an error that has no sequence yet.
    _row("MySQL", Kind.STORE, rb"...\x00\x0a[\x20-\x7e]{3,64}\x00"),
    _row("MySQL", Kind.STORE, rb"...\x00\xff..(?:#\w{5})?[^\x00]*(?:Host|host|connections)"),
    _row("MySQL X", Kind.STORE, rb"\x05\x00\x00\x00\x0b\x08\x05\x1a\x00"),
    _row("NATS", Kind.STORE, rb"INFO \{.*\"server_id\""),
    _row("Tarantool", Kind.STORE, rb"Tarantool \d"),
    _row("OpenWire", Kind.STORE, rb"....\x01ActiveMQ"),
    _row("rsync", Kind.STORE, rb"@RSYNCD: \d"),
    _row("debug adapter (debugpy)", Kind.DEBUGGER, rb"Content-Length: \d+\r\n\r\n\{.*\"(?:event|seq)\""),
    # What is said to a web request by those who speak something else.
    _row("Redis", Kind.STORE, rb"-ERR (?:wrong number of arguments for 'get'|unknown command)"),
    _row("Redis", Kind.STORE, rb"-(?:NOAUTH|DENIED|LOADING|MISCONF) "),
    _row("MongoDB", Kind.STORE, rb".*trying to access MongoDB over HTTP on the native driver port"),
    _row("ClickHouse", Kind.STORE, rb".*Port \d+ is for clickhouse-client program"),
    _row("Elasticsearch", Kind.STORE, rb"This is not (?:a|an) HTTP port"),
    _row("AMQP", Kind.STORE, rb"AMQP[\x00-\x03]"),
    _row("Cassandra", Kind.STORE, rb"[\x83-\x85]\x00..\x00\x00\x00.*(?:protocol version|unsupported)"),
    _row("RethinkDB", Kind.STORE, rb"ERROR: Received an unsupported protocol version"),
    _row("Erlang distribution", Kind.STORE, rb"\x00.n.*@"),
)  # fmt: skip


def known(said: bytes) -> Protocol | None:
    """Return the protocol of a server's first words, or None for those that nobody knows."""
    return next((protocol for protocol, pattern in BANNERS if pattern.match(said)), None)
