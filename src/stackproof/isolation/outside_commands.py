"""Hosts in the words of a command: options of clients that are known, and options that say what they take."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from stackproof.isolation import outside_kinds as kinds
from stackproof.isolation import outside_names as names
from stackproof.isolation import outside_text as texts
from stackproof.isolation.outside_kinds import Kind
from stackproof.isolation.outside_spelling import host_of
from stackproof.isolation.outside_text import Hit


def _clients(words: str, kind: Kind, options: str) -> dict[str, tuple[Kind, tuple[str, ...]]]:
    return {word: (kind, tuple(options.split())) for word in words.split()}


# Clients, and the options behind which they take a host; `@` and `1` for `user@host` and a first word.
CLIENTS = {
    **_clients("redis-cli redis-benchmark valkey-cli valkey-benchmark keydb-cli", Kind.DATASTORE, "-h -u "
        "--host --replicaof"),
    **_clients("redis-server valkey-server keydb-server", Kind.DATASTORE, "--replicaof --slaveof"),
    **_clients("nc ncat netcat telnet socat openssl", Kind.SERVICE, "1 -connect"),
    **_clients(
        "psql pg_dump pg_dumpall pg_restore pg_isready pg_basebackup pg_receivewal createdb dropdb pgbench "
        "pgcli",
        Kind.DATASTORE, "-h --host",
    ),
    **_clients(
        "mysql mysqldump mysqladmin mysqlimport mysqlsh mysqlbinlog mariadb mariadb-dump mariadb-admin "
        "mycli mydumper",
        Kind.DATASTORE, "-h --host",
    ),
    **_clients("mongo mongosh mongodump mongorestore mongoexport mongoimport", Kind.DATASTORE, "-h --host 1"),
    **_clients("sqlcmd bcp tsql", Kind.DATASTORE, "-S --server -H"),
    **_clients("clickhouse-client clickhouse influx arangosh", Kind.DATASTORE, "-h --host -host"),
    **_clients("cqlsh nodetool", Kind.DATASTORE, "-h --host 1"),
    **_clients("etcdctl consul cockroach", Kind.DATASTORE, "--endpoints --http-addr -http-addr --host"),
    **_clients("zkCli.sh", Kind.DATASTORE, "-server"),
    **_clients("memcstat memccat memcdump", Kind.DATASTORE, "--servers"),
    **_clients("celery flower dramatiq", Kind.BROKER, "-b --broker"),
    **_clients("kcat kafkacat", Kind.BROKER, "-b"),
    **_clients(
        "kafka-console-consumer kafka-console-producer kafka-topics kafka-consumer-groups kafka-configs "
        "kafka-acls "
        "kafka-mirror-maker kafka-verifiable-producer",
        Kind.BROKER, "--bootstrap-server --broker-list --zookeeper",
    ),
    **_clients("mosquitto_pub mosquitto_sub mosquitto_rr", Kind.BROKER, "-h --host -L"),
    **_clients("nats nats-pub nats-sub", Kind.BROKER, "-s --server"),
    **_clients("rabbitmqadmin amqp-publish amqp-consume amqp-get", Kind.BROKER, "-H --host -s --server -u"),
    **_clients("beanstalkd-cli nsq_tail nsq_to_file", Kind.BROKER, "--nsqd-tcp-address "
        "--lookupd-http-address"),
    **_clients("swaks sendemail sendEmail msmtp mailx s-nail", Kind.MAIL, "-s --server -S --host -h"),
    **_clients("fetchmail getmail offlineimap mbsync", Kind.MAIL, "1"),
    **_clients("ldapsearch ldapadd ldapmodify ldapdelete ldapwhoami ldappasswd", Kind.DIRECTORY, "-h -H"),
    **_clients("mc s3cmd", Kind.OBJECTS, "--host"),
    **_clients("aws", Kind.OBJECTS, "--endpoint-url"),
    **_clients("ssh scp sftp rsync lftp autossh sshfs", Kind.FILES, "@"),
    **_clients("ssh sftp autossh", Kind.CONTROL, "@ 1"),
    **_clients("restic", Kind.FILES, "-r --repo"),
    **_clients("borg", Kind.FILES, "@ --repo"),
    **_clients("rclone duplicity kopia", Kind.FILES, "@ --host --endpoint"),
    **_clients("sendmail", Kind.MAIL, "-S"),
    **_clients("ftp lftp smbclient", Kind.FILES, "1"),
    **_clients("docker", Kind.CONTROL, "-H --host"),
    **_clients("kubectl helm", Kind.CONTROL, "-s --server"),
    **_clients("certbot lego acme.sh", Kind.AUTHORITY, "--server"),
}  # fmt: skip
_END = re.compile(r"^(?:;|&&?|\|\|?|do|then|else|\n)$")
_WORD = re.compile(r"""(?:[^\s;&|'"()]|'[^']*'|"(?:\\.|[^"])*")+|&&?|\|\|?|;|\n""")
_ASSIGNED = re.compile(r"^(?:export\s+)?([A-Za-z_][\w.]*)=(.+)$", re.DOTALL)
_VARIABLE = re.compile(r"\$\{?(\w+)(?::?[-?=+][^}]*)?\}?")
# What its arguments are run by, which says nothing itself.
_GO_FLAG = re.compile(r"-[a-z][\w]*(?:[.-]\w+)+(?:=|$)|-[a-z]{3,}=")
_DEVICE = re.compile(r"/dev/(?:tcp|udp)/([\w.:-]+)/(\d+)")
# With these a request does something, or says who asks.
_DOES = re.compile(
    r"^(?:-u|--user|-d.*|--data\S*|--json|-F|--form\S*|-T|--upload-file|--post-(?:data|file)\S*|--oauth2-bearer|"
    r"--(?:body|method)\S*|-XPOST|-XPUT|-XDELETE|-XPATCH|--request=(?:POST|PUT|DELETE|PATCH))$"
)
_DOES_NEXT = re.compile(
    r"^(?:POST|PUT|DELETE|PATCH)$|^(?:proxy-)?authorization\s*:|^x-\S*(?:key|token)\s*:", re.IGNORECASE
)
_REQUESTS = kinds.words("curl wget http https xh httpie curlie")
_STORES = kinds.words("mc mcli")
_BEFORE = re.compile(
    r"^(?:tcp[46]?|udp[46]?|ssl|openssl|sftp|rest|rclone):|^[\w-]+/(?=[\w.-]+:\d)", re.IGNORECASE
)
_SHELL = re.compile(r"(?:^|/)(?:ba|da|a|z|k)?sh$")


def of_command(command: object, variables: Mapping[str, str]) -> Iterator[Hit]:
    """Yield the hosts that a command names; `variables` are what it can take from its environment."""
    words = [str(word) for word in command] if isinstance(command, list) else [str(command or "")]
    words = [_VARIABLE.sub(lambda hit: variables.get(hit[1], hit[0]), word) for word in words]
    parted = [part for word in words for part in _parted(word)]
    # What a script sets it may use: `H=x; redis-cli -h $H`.
    assigned = {found[1]: found[2] for word in parted if (found := _ASSIGNED.match(word))}
    parted = [_VARIABLE.sub(lambda hit: assigned.get(hit[1], hit[0]), word) for word in parted]
    options = dict(_options(parted))
    beside = {**variables, **options}
    for name, value in options.items():
        yield from (hit for hit in names.of_variable(name, value, beside) if hit.why)
    yield from _of_clients(parted)
    yield from _of_requests(parted)
    for word in words:
        yield from _of_devices(word)
    for word in words:
        yield from (names.of_url(hit, beside) for hit in texts.hits(word))


def _parted(word: str) -> list[str]:
    """Part a script that is one word into its own; a word that is none stays whole."""
    if not re.search(r"\s", word):
        return [word]
    found: list[str] = []
    for part in _WORD.findall(word):
        bare = part if _END.match(part) else _bare(part)
        found += _parted(bare) if found[-1:] == ["-c"] and bare != word else [bare]
    return found


def _bare(word: str) -> str:
    return re.sub(r"'([^']*)'|\"((?:\\.|[^\"])*)\"", lambda hit: hit[1] or hit[2] or "", word)


def _options(words: list[str]) -> Iterator[tuple[str, str]]:
    """Yield `--redis-host x`, `--redis.host=x` and `REDIS_HOST=x` as variables."""
    for word, following in zip(words, [*words, ""][1:], strict=True):
        if java := re.match(r"-D([\w.-]+)=(.*)$", word, re.DOTALL):
            yield java[1], java[2]
        elif word.startswith("--") or _GO_FLAG.match(word):
            name, equals, value = word.lstrip("-").partition("=")
            value = value if equals else following
            if re.fullmatch(r"[\w.-]+", name) and not value.startswith("-"):
                yield name, value
        elif found := _ASSIGNED.match(word):
            yield found[1], found[2]


def _of_clients(words: list[str]) -> Iterator[Hit]:
    kind, client = Kind.OTHER, ""
    options: tuple[str, ...] = ()
    first = False
    for word, following in zip(words, [*words, ""][1:], strict=True):
        program = word.rpartition("/")[2].removesuffix(".sh") if not word.endswith("acme.sh") else "acme.sh"
        if program in CLIENTS or f"{program}.sh" in CLIENTS:
            client = program
            kind, options = CLIENTS.get(program) or CLIENTS[f"{program}.sh"]
            first = "1" in options
            continue
        if _END.match(word) or _SHELL.search(word):
            kind, options, client, first = Kind.OTHER, (), "", False
            continue
        for value in _taken(word, following, options, first=first and not word.startswith("-")):
            yield from _places(value, kind, client)
        first = first and word.startswith("-")


def _of_requests(words: list[str]) -> Iterator[Hit]:
    """Yield the hosts of requests that do something there, or say in whose name."""
    for several in _statements(words):
        names_ = [word.rpartition("/")[2] for word in several]
        program = next((name for name in names_ if name in _REQUESTS or name in _STORES), "")
        does = (_DOES.match(word) or _DOES_NEXT.search(word.partition("=")[2] or word) for word in several)
        if program in _STORES or (program and any(does)):
            kind = Kind.OBJECTS if program in _STORES else Kind.ACCOUNT
            for hit in (hit for word in several if "://" in word for hit in texts.hits(word)):
                judged = names.of_url(hit, {})
                yield judged if judged.kind and judged.kind.cut else replace(hit, kind=kind, why=program)


def _statements(words: list[str]) -> Iterator[list[str]]:
    found: list[str] = []
    for word in words:
        if _END.match(word) or _SHELL.search(word):
            yield found
            found = []
        else:
            found.append(word)
    yield found


def _of_devices(word: str) -> Iterator[Hit]:
    """`/dev/tcp/host/port` of a shell."""
    for found in _DEVICE.finditer(word):
        if (host := host_of(found[1])) is not None:
            kind = kinds.of_port(int(found[2])) or Kind.SERVICE
            yield Hit(host=host, port=int(found[2]), kind=kind, why=f"port {found[2]}")


def _taken(word: str, following: str, options: tuple[str, ...], *, first: bool) -> Iterator[str]:
    """Yield what a client takes for a host from a word."""
    if first:
        yield word
    if "@" in options and (found := re.match(r"(?:[\w.-]+@)([\w.-]+)(?::|$)", word)):
        yield found[1]
    for option in options:
        if word == option:
            yield following
        elif word.startswith(f"{option}=") or (option == "-h" and re.match(r"-h[\w.]", word)):
            yield word.removeprefix(option).removeprefix("=")


def _places(value: str, kind: Kind, client: str) -> Iterator[Hit]:
    if "://" in value:  # it is found as a URL, whatever its scheme says it is for this client
        yield from (replace(h, kind=h.kind or kind, why=client) for h in texts.hits(value))
        return
    # `rs0/host:27017` of MongoDB, `TCP:host:port,options` of socat, `//host/share` of Samba.
    bare = _BEFORE.sub("", value.rpartition("@")[2])
    for part in re.split(r"[,\s]+", bare.lstrip("/")):
        hit = texts.place(part) or texts.place(part.partition(":")[0])
        if hit is not None and not texts.looks_like_file(hit.host):
            yield replace(hit, kind=kind, why=client)
