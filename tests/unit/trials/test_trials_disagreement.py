"""Why a health check fails of a service that answers."""

from dataclasses import replace
from ipaddress import ip_address

import pytest

from stackproof.facts.model import Socket
from stackproof.stack.asked import Asked
from stackproof.trials.disagreement import Question, told

OK, MISSING, BAD_HOST = "HTTP/1.1 200 OK", "HTTP/1.1 404 Not Found", "HTTP/1.1 400 Bad Request"


def listener(port: int, address: str = "0.0.0.0") -> Socket:  # noqa: S104 - what a server listens on
    """Return a listening socket."""
    nobody = ip_address("0.0.0.0")  # noqa: S104 - of nobody
    return Socket(
        protocol="tcp", address=ip_address(address), port=port, remote=nobody, remote_port=0, state="0A"
    )


def ask(host: str = "localhost", port: int = 8080, path: str = "/live", scheme: str = "http") -> Asked:
    """Return what a check asks."""
    return Asked(scheme=scheme, host=host, port=port, path=path)


def said(*, four: str = "", six: str = "", port: int = 8080, path: str = "/live") -> dict[Question, str]:
    """Return what answers over IPv4 and IPv6."""
    return {
        Question(address="127.0.0.1", port=port, path=path): four,
        Question(address="::1", port=port, path=path): six,
    }


@pytest.mark.parametrize(
    ("host", "answers", "listening", "words"),
    [
        (
            "localhost",
            said(four=OK),
            "0.0.0.0",  # noqa: S104 - what a server listens on
            "answers on 127.0.0.1:8080 while the check asks ::1 (localhost)",
        ),
        ("::1", said(four=OK), "0.0.0.0", "answers on 127.0.0.1:8080 while the check asks ::1"),  # noqa: S104
        ("127.0.0.1", said(six=OK), "::1", "answers on ::1:8080 while the check asks 127.0.0.1"),
    ],
)
def test_other_address_family(host: str, answers: dict[Question, str], listening: str, words: str) -> None:
    """The commonest: localhost is ::1 first, and small servers listen on IPv4 only."""
    assert told(ask(host), [listener(8080, listening)], answers, "web") == f"the service {words}"


def test_other_port() -> None:
    """Nobody listens where the check asks; who does answer is named, or at least its port."""
    answers = said() | {Question(address="127.0.0.1", port=9000, path="/live"): OK}

    assert told(ask(), [listener(9000)], answers, "web") == (
        "the service answers on 127.0.0.1:9000 while the check asks port 8080, where nobody listens"
    )
    silent = said() | {Question(address="127.0.0.1", port=9000, path="/live"): ""}
    assert told(ask(), [listener(9000), listener(9001)], silent, "web") == (
        "the service listens on 9000, 9001 while the check asks port 8080, where nobody listens"
    )


def test_other_scheme() -> None:
    """TLS where the check asks in clear, and the other way round."""
    tls = Question(address="127.0.0.1", port=8080, tls=True)
    for plain in ("", BAD_HOST):
        answers = said(four=plain, six=plain) | {tls: "\x16\x03\x03\x00"}
        assert told(ask(), [listener(8080)], answers, "web") == (
            "the service speaks https on port 8080 while the check asks http://localhost:8080/live"
        )
        assert told(ask(scheme="https"), [listener(8080)], answers, "web") in (
            "",
            "the service answers 400 to https://localhost:8080/live, which the check asks",
        )
    assert told(ask(scheme="https"), [listener(8080)], said(four=OK, six=OK), "web") == (
        "the service speaks http on port 8080 while the check asks https://localhost:8080/live"
    )


def test_tls_of_another_port() -> None:
    """It says nothing of this one; nor does an answer in clear to who speaks TLS."""
    well = said(four=OK, six=OK)
    tls = Question(address="127.0.0.1", port=8080, tls=True)
    alert = Question(address="127.0.0.1", port=9000, path="/live")

    assert told(ask(), [listener(8080)], well | {tls: BAD_HOST}, "web") == ""
    assert told(ask(), [listener(8080)], well | {alert: "\x15\x03\x01"}, "web") == ""


@pytest.mark.parametrize(
    ("host", "listening", "other"),
    [
        ("localhost", ["0.0.0.0"], "127.0.0.1:5432 while the check asks ::1 (localhost)"),  # noqa: S104
        ("localhost", ["127.0.0.1"], "127.0.0.1:5432 while the check asks ::1 (localhost)"),
        ("127.0.0.1", ["::1"], "::1:5432 while the check asks 127.0.0.1"),
        ("127.0.0.1", ["::"], ""),  # it takes IPv4, too
        ("localhost", ["::"], ""),
        ("localhost", ["0.0.0.0", "::"], ""),  # noqa: S104
        ("127.0.0.1", ["0.0.0.0"], ""),  # noqa: S104
        ("localhost", ["172.18.0.2"], ""),
    ],
)
def test_port_of_another_protocol(host: str, listening: list[str], other: str) -> None:
    """Who does not answer HTTP is heard of by its sockets alone."""
    port = Asked(scheme="", host=host, port=5432)
    sockets = [listener(5432, address) for address in listening]

    assert told(port, sockets, {}, "web") == (f"the service answers on {other}" if other else "")


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_sockets_of_others(protocol: str) -> None:
    """Another port, or another protocol on that number, is nobody who would answer there."""
    other = replace(listener(5433 if protocol == "tcp" else 5432), protocol=protocol)
    port = Asked(scheme="", host="localhost", port=5432)

    assert "answers on" not in told(port, [other], {}, "web")


def test_client_that_tries_both_families() -> None:
    """The family is no reason then, nor where the other one answers no better."""
    assert told(ask(), [listener(8080)], said(four=OK), "web", both=True) == ""
    assert told(ask(), [listener(8080)], said(four=MISSING), "web") == (
        "the service answers 404 to http://localhost:8080/live, which the check asks"
    )


def test_requests_as_printf_reads_them() -> None:
    """Every byte as an octal escape; a client that begins TLS sends a handshake."""
    plain = Question(address="::1", port=80, path="/", host="web")

    assert plain.request.startswith("\\0107\\0105\\0124\\0040\\0057")  # GET /
    assert plain.place == "[::1]:80"
    assert Question(address="::1", port=80, tls=True).request.startswith("\\0026\\0003")


def test_other_page() -> None:
    """Not found where the check asks; the service is well elsewhere, or by its own name, or nowhere."""
    both = said(four=MISSING, six=MISSING)
    asks = "the service answers 404 to http://localhost:8080/live, which the check asks"
    root = Question(address="127.0.0.1", port=8080)
    name = Question(address="127.0.0.1", port=8080, path="/live", host="web")
    port = Question(address="127.0.0.1", port=9000, path="/live")
    open_ports = [listener(8080), listener(9000)]

    assert told(ask(), open_ports, both | {root: OK}, "web") == f"{asks}, and is well at /"
    assert told(ask(), open_ports, both | {name: OK, root: OK}, "web").endswith(
        "by the name web (Host header)"
    )
    assert told(ask(), open_ports, both | {port: OK}, "web") == f"{asks}, and is well on 127.0.0.1:9000"
    assert told(ask(), open_ports, both, "web") == asks


def test_check_that_fails_for_another_reason() -> None:
    """The service answers well where it is asked, or nowhere: there is nothing to tell."""
    assert told(ask(), [listener(8080)], said(four=OK, six=OK), "web") == ""
    assert told(ask(), [], said(), "web") == ""
