"""What Compose prints, read as it was meant."""

from typing import Any

import pytest

from stackproof.engine.resolved import model_of, wants_json, warnings_of

# Printed by Compose 2.26.1 and 2.40.3 alike.
PRINTED = """\
name: shop
services:
  a:
    build:
      context: /project
      dockerfile: Dockerfile
      ssh:
        - default
        - 'k: /project/key'
    blkio_config:
      device_read_bps:
        - path: /dev/sda
          rate: "1048576"
    environment:
      BLANK: ""
      DATE: "2020-01-01"
      EXPONENT: "1e3"
      NOTHING: null
      OCTAL: "0o17"
      "on": "off"
      UNDERSCORE: "1_000"
      WORD: "yes"
    cpus: 0.5
    memswap_limit: "-1"
    mem_limit: "1073741824"
    privileged: true
    ulimits:
      core: 0
      nofile:
        soft: 0
        hard: 100
x-when: 2020-01-01T00:00:00Z
"""


def test_model() -> None:
    """Zeros stay, texts stay texts, and what Compose would not read back is straightened."""
    service = model_of(PRINTED)["services"]["a"]

    assert service["ulimits"] == {"core": 0, "nofile": {"soft": 0, "hard": 100}}
    assert service["blkio_config"] == {"device_read_bps": [{"path": "/dev/sda", "rate": "1048576"}]}
    assert service["memswap_limit"] == -1
    assert service["build"]["ssh"] == ["default", "k=/project/key"]
    assert service["environment"] == {
        "BLANK": "", "DATE": "2020-01-01", "EXPONENT": "1e3", "NOTHING": None, "OCTAL": "0o17", "on": "off",
        "UNDERSCORE": "1_000", "WORD": "yes",
    }  # fmt: skip
    assert (service["cpus"], service["privileged"], service["mem_limit"]) == (0.5, True, "1073741824")
    assert model_of(PRINTED)["x-when"] == "2020-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1", 1), ("-1", -1), ("0", 0), ("0440", 288), ("089", 89), ("1.5", 1.5), ("1e+06", 1e6),
        ("-.5", -0.5),
        ("true", True), ("false", False), ("null", None), ("~", None), ("", None), (".inf", float("inf")),
        ("on", "on"), ("yes", "yes"), ("0o17", "0o17"), ("0x1F", "0x1F"), ("1_000", "1_000"),
        ("12:30:45", "12:30:45"), ("2020-01-01", "2020-01-01"), ("01712e03089", "01712e03089"), ("y", "y"),
        ("True", "True"), ("'1'", "1"), ('"null"', "null"), ("=", "="), ("<<", "<<"),
        ("!!binary TfxsbGVy", "M\ufffdller"), ("!!binary AAA", "AAA"),
    ],
)  # fmt: skip
def test_values(written: str, value: Any) -> None:  # noqa: ANN401 - YAML may hold anything
    """What Go prints without quotes and means as something else; all that it would quote is a text."""
    found = model_of(f"x-a: {written}\n")["x-a"]

    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("text", ["", "[]", "a text", "# nothing\n"])
def test_what_is_no_model(text: str) -> None:
    """Nothing is in it."""
    assert model_of(text) == {}


@pytest.mark.parametrize(
    ("ssh", "keys"),
    [
        ("[default]", ["default"]),
        ("['a: /x', b]", ["a=/x", "b"]),
        ("{a: /x, default: null}", ["a=/x", "default"]),
        ("['a=/x: y']", ["a=/x: y"]),
        ("default", ["default"]),
    ],
)
def test_ssh(ssh: str, keys: list[str]) -> None:
    """However Compose prints keys, they are written as it reads them."""
    model = model_of(f"services: {{a: {{build: {{context: ., ssh: {ssh}}}}}}}")

    assert model["services"]["a"]["build"]["ssh"] == keys


def test_texts_that_only_json_has() -> None:
    """Go's YAML drops the line break that a text begins with; the shape stays that of YAML."""
    text = "services:\n  a:\n    command:\n      - |2-\n        x\n    ulimits:\n      core: 0\n"
    in_json = {"services": {"a": {"command": ["\nx"], "ulimits": {"core": {}}}}}

    assert wants_json(text)
    assert model_of(text, in_json)["services"]["a"] == {"command": ["\nx"], "ulimits": {"core": 0}}
    assert not wants_json(PRINTED)


def test_letters_that_are_line_breaks_to_some() -> None:
    """Then JSON says it all."""
    text = "services:\n  a:\n    labels:\n      x: |-\n        1\u2028\n        2\n"

    assert wants_json(text)
    assert model_of(text, {"services": {"a": {"memswap_limit": "-1"}}})["services"]["a"] == {
        "memswap_limit": -1
    }


def test_warnings() -> None:
    """Each once, as Compose says it; what it only tells is none."""
    unset = 'level=warning msg="The \\"A\\" variable is not set. Defaulting to a blank string."\n'
    said = (
        f'time="2027-03-01T09:30:00Z" {unset}time="2027-03-01T09:30:01Z" {unset}'
        'time="2027-03-01T09:30:00Z" level=info msg="fetched"\n'
        "time=2027-03-01 level=warning msg=short\n"
        '\nWARNING: \\u00e9 is not undone here\ntime="x" level=warning msg="a\\tb \\u00e9 \\x41"\n'
    )

    assert warnings_of(said) == (
        'The "A" variable is not set. Defaulting to a blank string.',
        "short",
        "WARNING: \\u00e9 is not undone here",
        "a\tb é A",
    )
