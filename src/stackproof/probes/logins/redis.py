"""RESP, as Redis, Valkey, KeyDB and Dragonfly speak it."""

from stackproof.probes.logins.model import Account, Login, Reply, accounts, let_in, other, refused, unclear
from stackproof.probes.logins.stream import Reader, Stream

DEFAULT = "default"  # the user of AUTH with a password alone
REFUSALS = (b"-NOAUTH", b"-WRONGPASS", b"-DENIED", b"-NOPERM", b"-ERR invalid password")
RENAMED = b"-err unknown command"
SIXTH = b"-err wrong number of arguments for 'auth'"  # before version 6 there are no names


def _ask(stream: Stream, account: Account | None) -> Reply:
    reader = Reader(stream)
    if account is not None:
        answer = _command(stream, reader, "AUTH", account.name, account.password)
        if answer.lower().startswith(SIXTH) and account.name == DEFAULT:
            answer = _command(stream, reader, "AUTH", account.password)
        if not answer.startswith(b"+"):
            return _judged(answer)
    answer = _command(stream, reader, "PING")
    if answer != b"+PONG":
        return _judged(answer)
    # A user without rights may PING and no more.
    answer = _command(stream, reader, "INFO", "server")
    if answer.lower().startswith(RENAMED):
        return let_in("PONG, and no INFO at all")
    return let_in("PONG, and INFO") if answer.startswith((b"$", b"=")) else _judged(answer)


def _command(stream: Stream, reader: Reader, *words: str) -> bytes:
    encoded = [word.encode() for word in words]
    stream.send(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in encoded))
    return reader.line()


def _judged(answer: bytes) -> Reply:
    if not answer.startswith((b"+", b"-")):
        return other(answer)
    return refused(_said(answer)) if answer.startswith(REFUSALS) else unclear(_said(answer))


def _said(answer: bytes) -> str:
    return answer[1:80].decode(errors="replace")


# `foobared` stands in the configuration that comes with Redis.
REDIS = Login(
    protocol="Redis",
    ports=(6379,),
    ask=_ask,
    well_known=accounts((DEFAULT, "foobared"), (DEFAULT, "redis"), (DEFAULT, "password")),
)
