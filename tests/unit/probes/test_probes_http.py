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
    return HttpExpectation(service="web", path="/ready", **more)


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


class Down:
    """A container that is about to be started again."""

    runs, status = False, "restarting"

    def published(self, _target: int) -> None:
        """Publish nothing."""

    def __str__(self) -> str:
        """Return a name."""
        return "web-1"


def _client(monkeypatch: pytest.MonkeyPatch, answers: list[list[int]], *, down: bool = False) -> HttpClient:
    """Return a client of a service whose replicas give these answers in turn, and the last one for ever."""
    left_of = [list(statuses) for statuses in answers]
    containers: list[Any] = [
        SimpleNamespace(published=lambda _target, port=port: ("h", port), runs=True)
        for port in range(len(answers))
    ]
    if down:
        containers = [Down()]
    service = SimpleNamespace(ports=[SimpleNamespace(protocol="tcp", target=80)])
    view: Any = SimpleNamespace(
        stack=SimpleNamespace(services={"web": service}), containers=lambda _service: containers
    )
    now = [100.0]
    clock = SimpleNamespace(
        monotonic=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds)
    )
    client = HttpClient(view)
    monkeypatch.setattr("stackproof.probes.http.time", clock)

    def asked(url: str) -> Answer:
        assert url.endswith("/ready")
        left = left_of[int(url.rpartition(":")[2].partition("/")[0])]
        return answer(status=left.pop(0) if len(left) > 1 else left[0])

    monkeypatch.setattr(client, "_ask", asked)
    return client


@pytest.mark.parametrize(
    ("answers", "judged"),
    [
        ([[200]], [200] * 6),
        ([[503, 503, 200]], [200] * 6),
        ([[500, 200, 500]], [200, *[500] * 5]),
        ([[200, 200, 200, 200, 200, 500]], [*[200] * 5, 500]),
        ([[500]], [500]),
        ([[200], [502]], [*[200] * 6, 502]),
        ([[200], [200, 502, 200]], [*[200] * 7, 502, *[200] * 4]),
        ([[200, 429, 200]], [200] * 6),
        ([[200, 429]], [200, *[429] * 5]),
        ([[*[200] * 6, 500], [200, 429, 200]], [200] * 12),
    ],
)
def test_bad_answers_count(
    answers: list[list[int]], judged: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first good one may be waited for; from then on each replica has to go on like that."""
    found = _client(monkeypatch, answers).repeatedly(expected(), 15.0)

    assert [one.status for one in found] == judged


def test_service_that_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is down is waited for, and then has answered nothing."""
    found = _client(monkeypatch, [], down=True).repeatedly(expected(), 15.0)

    assert [one.differs(expected()) for one in found] == ["no answer: web-1 is restarting"]


def test_time_for_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked again until the time is up, and once after; the last answer and the wait are told."""
    client = _client(monkeypatch, [[503, 503, 503]])
    found, waited = client.wait_for(expected(), 0.5)

    assert (found.status, waited) == (503, 0.75)


def test_replica_that_went_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not taken for one of the others."""
    gone = _client(monkeypatch, [[200]]).get("web", replica=1)

    assert gone.differs(expected()) == "no answer: one of the 2 replicas of web publishes no port any more"
