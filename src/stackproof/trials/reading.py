"""What a health check reads: the scripts that it runs, and the heartbeat that they tell of."""

import posixpath
import re
from collections.abc import Iterator

from stackproof.engine import engine
from stackproof.sandbox.container import Container
from stackproof.stack.heartbeat import BEYOND, LONGEST, Heartbeat, read_by
from stackproof.stack.model import DEFAULT_PATH
from stackproof.stack.shell_script import needs, needs_of_words
from stackproof.trials.asking import Check

HEAD = 64 * 1024  # bytes of a script that are read
_BINARY = b"\x7fELF"
_SCRIPT_NAME = re.compile(r"(?:/|^)[\w.-]+\.(?:sh|bash|py|js|mjs|cjs|rb|pl|php)$")
# Programs that read no heartbeat unless their words say so; what they are told stands in the test itself.
_KNOWN = frozenset(
    "sh ash bash dash busybox env timeout su sudo gosu su-exec test true false cat grep egrep fgrep awk gawk"  # noqa: SIM905
    " sed cut tr head tail wc sort echo printf ls sleep date find stat curl wget nc ncat netcat socat telnet"
    " openssl dig nslookup getent ping pgrep pidof ps ss netstat lsof kill killall pkill jq xargs tee touch"
    " id hostname which redis-cli valkey-cli keydb-cli pg_isready psql mysql mysqladmin mariadb mariadb-admin"
    " mongo mongosh rabbitmqctl rabbitmq-diagnostics kafka-topics.sh etcdctl consul nats clickhouse-client"
    " cqlsh mc minio vault python python3 node nodejs ruby perl php java nginx apachectl httpd haproxy caddy"
    " traefik supervisorctl".split()
)


def heartbeat_of(container: Container, check: Check) -> Heartbeat | None:
    """Return the heartbeat that a check reads, with a limit where it says one.

    A program that nobody can read may read one; how old it may be is not known then, but for the time that
    anybody waits.
    """
    texts, opaque = _read(container, check)
    return read_by(texts) or (Heartbeat(limit=LONGEST - BEYOND) if opaque else None)


def texts_of(container: Container, check: Check) -> list[str]:
    """Return the text of a check, and of the scripts that it runs."""
    return _read(container, check)[0]


def _read(container: Container, check: Check) -> tuple[list[str], bool]:
    """Return the texts, and whether it runs a program that nobody can read."""
    texts, opaque = [" ".join(check.test)], False
    for path in _files(container, check):
        file = engine.file(container.id, path, head=HEAD)
        if file is None:
            continue
        opaque |= file.head.startswith(_BINARY)
        if b"\0" not in file.head:
            texts.append(file.head.decode(errors="replace"))
    return texts, opaque


def _files(container: Container, check: Check) -> Iterator[str]:
    """Paths of the scripts that a check runs, and of programs that are none of the usual ones."""
    config = container.data["Config"]
    folder = posixpath.join("/", config.get("WorkingDir") or "/")
    variables = dict(word.partition("=")[::2] for word in config.get("Env") or ())
    script = " ".join(check.test[1:])
    found = needs(script) if check.test[0] == "CMD-SHELL" else needs_of_words(check.test[1:])
    named = {name for need in found for way in need.ways for name in way}
    words = {word.strip("\"'();") for part in check.test[1:] for word in part.split()}
    scripts = {word for word in words if _SCRIPT_NAME.search(word) and "://" not in word}
    programs = {name for name in named if posixpath.basename(name) not in _KNOWN}
    for name in sorted(scripts | programs):
        if "/" in name or (name in scripts and name not in programs):
            yield posixpath.normpath(posixpath.join(folder, name))
        else:
            for part in (variables.get("PATH") or DEFAULT_PATH).split(":"):
                yield posixpath.join(folder, part, name)
