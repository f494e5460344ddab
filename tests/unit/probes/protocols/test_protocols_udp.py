"""Which protocol answers to datagrams, against servers of our own."""

from collections.abc import Callable

import pytest
from tests.unit.probes.protocols import servers

from stackproof.probes.protocols import udp
from stackproof.probes.protocols.model import Found

pytestmark = pytest.mark.usefixtures("patient")

NOISE = b"?"  # to all that a server does not know: who answers all is not waited for


def memcached(words: bytes) -> bytes:
    """Answer statistics to who asks in the frame of datagrams."""
    return words[:8] + b"STAT pid 1\r\n" if words.endswith(b"stats\r\n") else NOISE


def dns(words: bytes) -> bytes:
    """Answer a question with the same number."""
    return words[:2] + b"\x81\x80" + words[4:] if words[2:4] == b"\x01\0" and len(words) == 17 else NOISE


def ntp(words: bytes) -> bytes:
    """Answer a client with a server's mode."""
    return b"\x24" + words[1:] if words[:1] == b"\x23" else NOISE


@pytest.mark.parametrize(
    ("answer", "name", "sensitive"),
    [(memcached, "memcached", True), (dns, "DNS", False), (ntp, "NTP", False)],
)
def test_ask_over_udp(answer: Callable[[bytes], bytes], name: str, *, sensitive: bool) -> None:
    """By the answer to each protocol's own question."""
    with servers.datagrams(answer) as port:
        found = udp.ask("127.0.0.1", port)

    assert (str(found), bool(found.sensitive)) == (name, sensitive)


def test_echo_and_nobody_over_udp(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who repeats what it is told knows no protocol; who is silent, or not there, says nothing."""
    for address in ("127.0.0.1", "::1"):
        with servers.datagrams(lambda words: b"you say: " + words, address) as port:
            found = udp.ask(address, port)
        assert (found.protocols, found.silent) == ((), False)
        assert found.said.startswith("b'you say: ")
        assert found.said in {
            repr((b"you say: " + words)[:24]) for _protocol, words, _answer in udp.QUESTIONS
        }
    assert udp.ask("127.0.0.1", port) == Found(silent=True)
    monkeypatch.setattr(udp, "DEADLINE", 0.1)
    with servers.datagrams(lambda _words: b"") as port:
        assert udp.ask("127.0.0.1", port) == Found(silent=True)


def test_last_second_over_udp(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer counts to the end of the time."""
    monkeypatch.setattr(udp, "DEADLINE", 1)
    with servers.datagrams(ntp) as port:
        assert str(udp.ask("127.0.0.1", port)) == "NTP"
