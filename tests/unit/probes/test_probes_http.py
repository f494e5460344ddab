"""What an answer lacks."""

from types import SimpleNamespace
from typing import Any

import pytest

from stackproof.probes.http import Answer, HttpClient
from stackproof.stack.contract import HttpExpectation


def answer(body: str = "OK", status: int = 200) -> Answer:
    """Return an answer of a server."""
    return Answer(url="http://127.0.0.1:1/", status=status, body=body, seconds=0.1)


def expected(**more: Any) -> HttpExpectation:  # noqa: ANN401 - keys of the contract
    """Return what the contract says."""
    return HttpExpectation(service="web", path="/", **more)


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("", {}),
        ("all is OK here", {"body": "OK"}),
        ('{"db": "ok", "more": 1}', {"json": {"db": "ok"}}),
        ('{"db": {"a": [1]}}', {"json": {"db": {"a": [1]}}}),
        ('{"db": "ok"}', {"json": {}}),
        ('{"db": "ok"}', {"json": {"db": "ok"}, "body": "db"}),
    ],
)
def test_as_expected(body: str, wanted: dict[str, Any]) -> None:
    """A part of the text, or some keys, are enough."""
    assert answer(body).differs(expected(**wanted)) == ""


@pytest.mark.parametrize(
    ("body", "wanted", "difference"),
    [
        ("down", {"body": "OK"}, "the body does not contain 'OK': down"),
        ("<html>", {"json": {"db": "ok"}}, "the body is not JSON: <html>"),
        ("", {"json": {"db": "ok"}}, "the body is not JSON: "),
        ("[1]", {"json": {"db": "ok"}}, "the JSON is not an object: [1]"),
        ("null", {"json": {"db": "ok"}}, "the JSON is not an object: null"),
        (
            '{"db": "down", "x": 1}',
            {"json": {"db": "ok", "x": 1}},
            "JSON has {'db': 'down'} where {'db': 'ok', 'x': 1} is expected",
        ),
        ("{}", {"json": {"db": "ok"}}, "JSON has {'db': None} where {'db': 'ok'} is expected"),
        (
            '{"db": "ok"}',
            {"json": {"db": "ok"}, "body": "web"},
            'the body does not contain \'web\': {"db": "ok"}',
        ),
    ],
)
def test_difference(body: str, wanted: dict[str, Any], difference: str) -> None:
    """Found and expected, side by side."""
    assert answer(body).differs(expected(**wanted)) == difference


def test_other_status() -> None:
    """Whatever the body says."""
    found = answer("no database", 500).differs(expected(body="no database"))

    assert found == "status 500 instead of 200"
    assert answer("x", 503).differs(expected(status=503)) == ""


def test_long_body_is_cut() -> None:
    """A message is no place for a page."""
    assert len(answer("x" * 10_000).differs(expected(body="y"))) < 400


@pytest.mark.parametrize("status", [200, 503])
def test_no_answer_is_never_as_expected(status: int) -> None:
    """Whatever was expected."""
    silent = Answer(url="http://127.0.0.1:1/", status=None, body="ConnectionError: refused", seconds=0.1)

    assert silent.differs(expected(status=status)) == "no answer: ConnectionError: refused"


@pytest.mark.parametrize(
    ("bound", "base"),
    [(("127.0.0.1", 8080), "http://127.0.0.1:8080"), (("::1", 8080), "http://[::1]:8080")],
)
def test_address_of_a_service(bound: tuple[str, int], base: str) -> None:
    """An IPv6 address stands in brackets, as in every URL."""
    service = SimpleNamespace(ports=[SimpleNamespace(protocol="tcp", target=80)])
    container = SimpleNamespace(published=lambda _target: bound)
    sandbox: Any = SimpleNamespace(
        stack=SimpleNamespace(services={"web": service}), containers=lambda _service: [container]
    )

    assert HttpClient(sandbox).base("web") == base
