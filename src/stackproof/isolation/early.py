"""Which health checks may be asked at once: a client that costs little, and that cannot be lied to.

Others wait: programs come with probes that harm a service which has just begun to start (RabbitMQ's, as root,
takes the place of the server's own epmd), and the images of PostgreSQL, MySQL and MariaDB make a new database
with a server that listens on its socket alone and is stopped again, those of ClickHouse and InfluxDB with one
that listens on loopback alone: who asks there is told that it is ready.
"""

import re
from collections.abc import Sequence

from stackproof.stack.shell_script import SHELLS, Need, needs, needs_of_words

_CLIENTS = frozenset(("curl", "wget", "nc", "ncat", "netcat", "redis-cli", "valkey-cli", "keydb-cli"))
# These ask the socket where no address is given; the server that makes the database listens on no other.
_OF_DATABASES = frozenset(("pg_isready", "mysqladmin", "mariadb-admin"))
# `localhost` is the socket to MySQL's clients.
_BY_NETWORK = re.compile(r"\s(-h\s*|--host[=\s]\s*)(127\.0\.0\.1|::1|0\.0\.0\.0)(\s|$)")
# Interpreters that run a script which stands in the check itself: one that opens a connection.
_INTERPRETERS = frozenset(("python", "python3", "node", "php", "ruby", "perl"))
_CONNECTS = ("http", "socket", "fsockopen", "fetch(")
_INLINE = re.compile(r"\s-[cer]\s")
# Where ClickHouse and InfluxDB are asked.
_MADE_FIRST = re.compile(r"[:\s](8123|8086)\b")
# What looks at an answer.
_BESIDE = frozenset(
    ("grep", "egrep", "test", "[", "[[", "cat", "head", "tail", "tr", "cut", "sed", "awk", "jq", "timeout")
)


def may_be_asked_at_once(test: Sequence[str]) -> bool:
    """Whether a health check does no harm to a service that starts, and says yes to no half of one.

    >>> may_be_asked_at_once(["CMD-SHELL", "curl -f localhost/live || exit 1"])
    True
    >>> may_be_asked_at_once(["CMD", "rabbitmq-diagnostics", "ping"]), may_be_asked_at_once(["CMD", "true"])
    (False, False)
    """
    if len(test) < len(("CMD", "program")):
        return False
    kind, *words = test
    found = needs(" ".join(words)) if kind == "CMD-SHELL" else needs_of_words(words)
    programs = _programs(found) - SHELLS
    text = " ".join(words)
    asking = {program for program in programs if _asks(program, text)}
    return bool(asking) and programs - asking <= _BESIDE


def _programs(found: Sequence[Need]) -> frozenset[str]:
    return frozenset(name.rpartition("/")[2] for need in found for way in need.ways for name in way)


def _asks(program: str, text: str) -> bool:
    if program in _INTERPRETERS:
        return bool(_INLINE.search(text)) and any(word in text for word in _CONNECTS)
    if program in _OF_DATABASES:
        return bool(_BY_NETWORK.search(text))
    return program in _CLIENTS and not _MADE_FIRST.search(text)
