"""Numbers that no engine takes: thousands of digits, other scripts, none at all."""

from typing import Any

import pytest

from stackproof.engine.resolved import model_of
from stackproof.rules import image_config
from stackproof.stack import limits, users
from stackproof.stack.asked import asked
from stackproof.stack.conflicts import conflicts
from stackproof.stack.dockerfile import parse
from stackproof.stack.durations import age
from stackproof.stack.entries import choose
from stackproof.stack.heartbeat import read_by
from stackproof.stack.layout import short_port
from stackproof.stack.model import Model
from stackproof.stack.numbers import whole
from stackproof.stack.ports import parse_exposed

LONG = "9" * 5000
STRANGE = [
    LONG,
    "\u0661",
    "\u00b2",
    "\uff11",
    "1_000",
    "0x10",
    "-1",
    "+1",
    "1.5",
    "1e3",
    "inf",
    "nan",
    "",
    " 1",
]


@pytest.mark.parametrize("text", STRANGE)
def test_texts_that_are_no_numbers(text: str) -> None:
    """Python's own test for digits takes some of them, and its `int` more."""
    assert whole(text) is None


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        (LONG, LONG),
        (f"-{LONG}", f"-{LONG}"),
        (f"{LONG}.5", f"{LONG}.5"),
        (f"0{'7' * 5000}", f"0{'7' * 5000}"),
        (f"1e{LONG}", f"1e{LONG}"),
        ("\u0661\u0662", "\u0661\u0662"),
        ("18446744073709551615", 18446744073709551615),
        ("-0", 0),
        ("0444", 0o444),
        ("089", 89),
        ("1e3", 1000.0),
    ],
)
def test_numbers_that_compose_prints(printed: str, read: object) -> None:
    """What is too large for Go is a text to it, and so are the digits of other scripts."""
    assert model_of(f"services: {{web: {{x: {printed}}}}}")["services"]["web"]["x"] == read


@pytest.mark.parametrize("user", [LONG, f"-{LONG}", f"+{LONG}", f"0:{LONG}"])
def test_user_of_five_thousand_digits(user: str) -> None:
    """No engine has one."""
    assert "is no number from 0 to 2147483647" in users.refusal(user)


def _model(**service: Any) -> Model:  # noqa: ANN401 - as YAML has it
    return Model(raw={"services": {"web": {"image": "x", **service}}})


@pytest.mark.parametrize("text", STRANGE)
def test_what_is_read_of_a_service(text: str) -> None:
    """Nothing raises, and nothing is taken for a number."""
    model = _model(
        restart=f"on-failure:{text}",
        expose=[text, f"1-{text}", f"{text}/tcp"],
        ports=[{"target": 80, "published": text}, {"target": 81, "published": f"{text}-{text}"}],
        mem_limit=text,
    )
    service = model.services["web"]

    assert limits.retries(service) == (None, ("restart",))
    assert service.exposed <= {(1, "tcp")}
    assert [port.first_published for port in service.ports] == [0, 0]
    assert conflicts(model) == {}
    assert limits.limit(service, (("mem_limit",),)) in (None, float("inf"), 1, 1.5, 1000)


@pytest.mark.parametrize("text", [LONG, "\u00b2"])
def test_what_is_read_of_other_texts(text: str) -> None:
    """Checks, images, Dockerfiles, and entries that are compared with what Compose makes of them."""
    assert asked([f"nc -z db {text} </dev/tcp/db/{text}"], {}) == []
    assert {one.port for one in asked([f"curl http://web:{text}/"], {})} <= {80}
    assert read_by([f"test $(($(date +%s) - $(stat -c %Y /f))) -lt {text}; find /f -mmin {text}"]) is not None
    assert parse_exposed(f"{text}/udp") == frozenset()
    assert short_port(f"{text}:80") in (None, 80, int("9" * 18))
    assert parse(f"FROM a\nFROM {text}\n", {}).stage(text) is None
    assert choose("ports", [{"target": 80, "published": text}] * 2, 0, [(0, f"{text}:{text}")]) is None
    assert not image_config._is_port(f"{text}/tcp")  # noqa: SLF001 - images of this machine have none
    with pytest.raises(ValueError, match="is not a duration"):
        age(f"{text}d")


def test_target_that_compose_leaves_out() -> None:
    """It prints no zeros."""
    assert [port.target for port in _model(ports=[{"mode": "ingress"}]).services["web"].ports] == [0]


@pytest.mark.parametrize(
    ("ports", "words"),
    [
        ([{"target": 80, "published": "80"}], "another container of web"),
        ([{"target": 80, "published": "8000-8999"}], "another container of web"),
        ([{"target": 80}], ""),
    ],
)
def test_replicas_without_number(ports: list[dict[str, Any]], words: str) -> None:
    """A billion containers are not counted one by one."""
    found = conflicts(_model(ports=ports, scale=1_000_000_000))

    assert [one.words for one in found.get("web", [])] == (
        [f"host port {ports[0]['published']}:80/tcp is also asked for by {words}"] if words else []
    )


def test_all_ports_of_a_host() -> None:
    """As many numbers as there are, each by itself, and twice."""
    ports = [{"target": number, "published": str(number)} for number in range(1, 65536)]
    model = Model(
        raw={"services": {name: {"image": "x", "ports": ports[at:]} for name, at in (("a", 0), ("b", 65000))}}
    )

    assert {name: len(found) for name, found in conflicts(model).items()} == {"b": 535}
