"""Env files, in each form that Compose reads."""

import doctest
from pathlib import Path

import pytest

from stackproof.stack import dotenv
from stackproof.stack.discovery import Source
from stackproof.stack.stack import resolve

# A file, and what it sets; `HOME1` is known to be `/h`.
READ = [
    ("K=v", {"K": "v"}), ("K: v", {"K": "v"}), ("K:v", {"K": "v"}), ("K : v", {"K": "v"}),
    ("K = v", {"K": "v"}),
    ("export K=v", {"K": "v"}), ("export\tK: v", {"K": "v"}), ("exportK=v", {"exportK": "v"}),
    ("export=v", {"export": "v"}), ("  K=v  ", {"K": "v"}), ("K==v", {"K": "=v"}), ("K:=v", {"K": "=v"}),
    ("K=", {"K": ""}), ("K: ", {"K": ""}), ("K=a b", {"K": "a b"}), ("K=it's", {"K": "it's"}),
    ('K=a"b"', {"K": 'a"b"'}), ("K=http://a:b@c/#d", {"K": "http://a:b@c/#d"}),
    ("K-y=1\nK.x=2\nK[0]=3\nÜ=4\n1K=5", {"K-y": "1", "K.x": "2", "K[0]": "3", "Ü": "4", "1K": "5"}),
    # Remarks.
    ("#K=v\n  # K=v\n", {}), ("K=v # c", {"K": "v"}), ("K=v#c", {"K": "v#c"}), ("K= # c", {"K": "# c"}),
    ('K="v" # c', {"K": "v"}), ("K='#' # c", {"K": "#"}),
    # Quotes, escapes and several lines.
    ("K='v'", {"K": "v"}), ('K: "v"', {"K": "v"}), ('K=" v "', {"K": " v "}), ('K=""', {"K": ""}),
    ('K="a\nb"\nL=1', {"K": "a\nb", "L": "1"}), ("K='a\nb'\nL=1", {"K": "a\nb", "L": "1"}),
    (r'K="a\nb\tc\"d\\e"', {"K": 'a\nb\tc"d\\e'}), (r"K='a\nb\'c'", {"K": r"a\nb'c"}),
    (r"K=a\nb", {"K": r"a\nb"}),
    (r'K="\x41\101\0101"', {"K": r"\x41\101A"}), ("K='x' L=y", {"K": "x", "L": "y"}),
    ('K="x"L=y', {"K": "x", "L": "y"}),
    # Variables.
    ("K=a$b", {"K": "a"}), ('K="a$b"', {"K": "a"}), ("K='a$b'", {"K": "a$b"}), ("K=a$$b", {"K": "a$b"}),
    (r'K="a\$b"', {"K": "a$b"}), (r"K=a\$b", {"K": "a\\"}), (r"K='a\$b'", {"K": r"a\$b"}),
    ("K=a$1$", {"K": "a$1$"}),
    ("b=1\nK=${b}2", {"b": "1", "K": "12"}), ("K=$b\nb=1", {"b": "1", "K": ""}), ("K=${b:-c}", {"K": "c"}),
    ("K=$HOME1", {"K": "/h"}), ("HOME1=x\nK=$HOME1", {"HOME1": "x", "K": "/h"}),
    ("A=p$w\nK=$A", {"A": "p", "K": "p"}),
    # What ends lines, and what stands before the first.
    ("K=v\r\nL=w\r\n", {"K": "v", "L": "w"}), ("\ufeffK=v", {"K": "v"}), ("K=a\xa0", {"K": "a"}),
]  # fmt: skip


def test_examples() -> None:
    """Those of the docstrings are true."""
    assert doctest.testmod(dotenv).failed == 0


@pytest.mark.parametrize(("text", "found"), READ)
def test_values(text: str, found: dict[str, str]) -> None:
    """As Compose reads it."""
    assert dotenv.values(text, {"HOME1": "/h"}) == found


def test_values_as_compose_has_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them, by the Compose that is here."""
    monkeypatch.setenv("HOME1", "/h")
    for name in ("b", "w", "A", "K"):
        monkeypatch.delenv(name, raising=False)
    services = ""
    for number, (text, _) in enumerate(READ):
        (tmp_path / f"{number}.env").write_bytes(text.encode())
        services += f"  a{number}: {{image: x, env_file: {number}.env}}\n"
    (tmp_path / "compose.yml").write_text(f"services:\n{services}")

    found = resolve(Source(files=(tmp_path / "compose.yml",))).model["services"]
    for number, (_, values) in enumerate(READ):
        read = found[f"a{number}"].get("environment") or {}
        assert {key: value.replace("$$", "$") for key, value in read.items()} == values


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("- K=v\nL=w", {"L": "w"}), ("K Z=v\nL=w", {"L": "w"}), ("{K: v}\nL=w", {"L": "w"}),
        ("no pair\nL=w", {"L": "w"}),
        ("K+=v\nL=w", {"L": "w"}), ("K='v\nL=w", {"K": "v", "L": "w"}),
        ('K="a" "b"\nL=w', {"K": "a", "L": "w"}),
    ],
)  # fmt: skip
def test_file_that_compose_refuses(text: str, found: dict[str, str]) -> None:
    """What can be told of it is to be hidden all the same."""
    assert dotenv.values(text, {}) == found


def test_unset() -> None:
    """Only values in which something is left out, with their lines."""
    text = "A=1\nB='$X'\n\nC=$X\nD=${X:-1}$A\nexport E: \"\n$Y\"\nF=$KNOWN$C$1\n"

    assert [(one.name, one.line) for one in dotenv.unset(text, {"KNOWN": ""})] == [("C", 4), ("E", 6)]


def test_raw() -> None:
    """Nothing but the first equals sign means something there."""
    text = "# A=1\n B='$x' # y\nC: 1\nD=\nE\nF=a=b\n"

    assert {one.name: one.value({}) for one in dotenv.raw_entries(text)} == {
        "B": "'$x' # y",
        "D": "",
        "F": "a=b",
    }
    assert not any(one.lacking({}) for one in dotenv.raw_entries(text))
