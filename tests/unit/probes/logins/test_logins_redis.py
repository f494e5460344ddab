"""Answers of a Redis that are neither of its documents nor recorded."""

import pytest
from tests.unit.probes.logins.script import Script

from stackproof.probes.logins.model import Account, Reply, let_in, other, refused, unclear
from stackproof.probes.logins.redis import REDIS

OWN = Account(name="default", password="x")  # noqa: S106 - of nobody


@pytest.mark.parametrize(
    ("answer", "reply"),
    [
        (b"+OK\r\n", unclear("OK")),
        (b":1\r\n", other(b":1")),
        (b"-ERR caf\xe9\r\n", unclear("ERR caf\ufffd")),
        (b"-ERR " + b"x" * 100 + b"\r\n", unclear("ERR " + "x" * 75)),
        (b"+PONG\r\n=15\r\ntxt:# Server\r\n", let_in("PONG, and INFO")),
        (b"+PONG\r\n-LOADING its data\r\n", unclear("LOADING its data")),
        (b"+PONG\r\n-NOPERM no INFO\r\n", refused("NOPERM no INFO")),
    ],
)
def test_answer(answer: bytes, reply: Reply) -> None:
    """What is neither a yes nor a no is neither."""
    assert REDIS.reply(Script(answer), None) == reply


@pytest.mark.parametrize(
    ("account", "answer", "reply", "asked"),
    [
        # Before version 6 there are no names: only the default user may be asked without.
        (OWN, b"-ERR wrong number of arguments for 'auth' command\r\n-ERR invalid password\r\n",
         refused("ERR invalid password"), 2),
        (Account(name="app", password="x"),  # noqa: S106 - of nobody
         b"-ERR wrong number of arguments for 'auth' command\r\n",
         unclear("ERR wrong number of arguments for 'auth' command"), 1),
        # Who is not asked for a password has not been let in by it.
        (OWN, b"-ERR AUTH <password> called without any password configured for the default user.\r\n",
         unclear("ERR AUTH <password> called without any password configured for the default user."[:79]), 1),
        (OWN, b"-ERR Client sent AUTH, but no password is set\r\n",
         unclear("ERR Client sent AUTH, but no password is set"), 1),
        (OWN, b"-WRONGPASS invalid username-password pair\r\n",
         refused("WRONGPASS invalid username-password pair"), 1),
        (OWN, b":1\r\n", other(b":1"), 1),
    ],
)  # fmt: skip
def test_answer_to_a_login(account: Account, answer: bytes, reply: Reply, asked: int) -> None:
    """In the server's words; no more is asked then."""
    server = Script(answer)

    assert REDIS.reply(server, account) == reply
    assert len(server.sent) == asked
