"""Which parts of a text are variables, and what Compose puts in their place."""

import doctest
from pathlib import Path

import pytest

from stackproof.stack import interpolation
from stackproof.stack.discovery import Source
from stackproof.stack.interpolation import by_chance, filled, is_refused, lacking, names
from stackproof.stack.stack import resolve

VALUES = {"A": "1", "E": ""}
# A text, and what Compose makes of it.
FILLED = [
    ("$A", "1"), ("${A}", "1"), ("a${B}b$A", "ab1"), ("$$A", "$A"), ("$$$A", "$1"), ("$A-b.c", "1-b.c"),
    ("${B:-x}", "x"), ("${B-x}", "x"), ("${E:-x}", "x"), ("${E-x}", ""), ("${B-b:-c}", "b:-c"),
    ("${A:+x}", "x"), ("${B+x}", ""), ("${E+x}", "x"), ("${E:+x}", ""), ("${A:?no}", "1"), ("${E?no}", ""),
    # No name: a dollar sign before all else stays.
    ("$1 $0 $9a", "$1 $0 $9a"), ("$", "$"), ("pa$", "pa$"), ("a$ b", "a$ b"), ("$(date)", "$(date)"),
    ("$@ $* $# $! $? $- $[x]", "$@ $* $# $! $? $- $[x]"), ("$Ünits", "$Ünits"), ("$AÜ", "1Ü"),
    ("${A:-$1}$1", "1$1"),
    # Braces within braces, as Compose counts them.
    ("${B:-${E:-${A}}}", "1"), ("${A:-${B:-${C}}}", "1"), ("${A:+${B:-${A}}}", "1"), ("${B:-{x}}y", "{x}y"),
    ("${A:-{x}}y ${A}", "1y 1"), ("${B:-a}b}", "ab}"), ("${B:-{}x}y", "{}xy"), ("${A:-{{.N}}}", "1}"),
    ("${B:-{{.N}}}z", "{{.N}}z"), ("${A:-{}}x}", "1"), ("${B:-$$x}", "$x"), ("${B:-}${C:-b}", "b"),
]  # fmt: skip


def test_examples() -> None:
    """Those of the docstrings are true."""
    assert doctest.testmod(interpolation).failed == 0


@pytest.mark.parametrize(("text", "value"), FILLED)
def test_filled(text: str, value: str) -> None:
    """`E` is set and empty, `B` and `C` are not set."""
    assert filled(text, VALUES) == value


def test_filled_as_compose_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them at once, by the Compose that is here."""
    for name in ("A", "B", "C", "E"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".env").write_text("A=1\nE=\n")
    entries = "".join(f"      V{number}: '{text}'\n" for number, (text, _) in enumerate(FILLED))
    (tmp_path / "compose.yml").write_text(f"services:\n  a:\n    image: x\n    environment:\n{entries}")

    found = resolve(Source(files=(tmp_path / "compose.yml",))).model["services"]["a"]["environment"]
    assert {key: value.replace("$$", "$") for key, value in found.items()} == {
        f"V{number}": value for number, (_, value) in enumerate(FILLED)
    }


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("$B ${B} ${B:-$C}", ["B", "B", "C"]),
        ("$1 $$B $Ü pa$", []),
        ("${A:-${B:-${C}}}", []),  # `A` is set: what stands in its default does not matter
        ("${B:-${C:-${D}}}", ["D"]),
        ("${A:+${B:-${C}}} ${E:+$D} ${E+$D}", ["C", "D"]),
        ("${B:?x} ${B?$C}", []),  # Compose refuses to go on
        ("${B:-{}}x}$D", ["D"]),
    ],
)
def test_lacking(text: str, left: list[str]) -> None:
    """Only what is really put in, and has no value."""
    assert list(lacking(text, VALUES)) == left


def test_names() -> None:
    """With those of defaults, for there a variable may be the one of which Compose warns."""
    assert names("$A ${B:-x${C:-$D}} $$E ${F?e} $1 ${G") == ["A", "B", "C", "D", "F"]


@pytest.mark.parametrize(
    "text", ["${1}", "${}", "${ A}", "${A B}", "${A:=x}", "${A/x/y}", "${A", "${aÜ}", "${B:-${1}}"]
)
def test_refused(text: str) -> None:
    """A brace behind a dollar sign begins a variable, or Compose goes no further."""
    assert is_refused(text)
    assert not is_refused(text.replace("${", "$${"))


@pytest.mark.parametrize(
    ("text", "within_secret", "otherwise"),
    [
        ("pa$word9", {"word9"}, {"word9"}), ("$word9", {"word9"}, set()), ("pa${word9}", set(), set()),
        ("$DB_PASSWORD", set(), set()), ("pa$WORD9", {"WORD9"}, set()), ("app:$TAG", set(), set()),
        ("${A:-pa$word9}", {"word9"}, {"word9"}), ("$2y$10$abc.DEF$x", {"abc", "x"}, {"abc", "x"}),
    ],
)  # fmt: skip
def test_by_chance(text: str, within_secret: set[str], otherwise: set[str]) -> None:
    """Names that nobody need have meant."""
    assert by_chance(text) == within_secret
    assert by_chance(text, in_secret=False) == otherwise


@pytest.mark.parametrize(
    ("text", "value", "known"),
    [
        ("${a:-" * 20_000, "${a:-" * 20_000, []),
        ("${a:-" * 5_000 + "}", "", ["a"]),
        ("${a:-" * 3_000 + "x" + "}" * 3_000, "", ["a"]),
        ("${a:-" * 9 + "x" + "}" * 9, "x", ["a"] * 9),
    ],
    ids=["open", "all but one open", "deep", "as deep as authors write"],
)
def test_text_that_is_made_to_take_long(text: str, value: str, known: list[str]) -> None:
    """It ends, and soon: whoever writes a file may stop no check by it. Of so many defaults none is read."""
    assert interpolation.filled(text, {}) == value
    assert interpolation.names(text) == known
    assert interpolation.by_chance(text) == set()
    assert list(interpolation.lacking(text, {})) == []
