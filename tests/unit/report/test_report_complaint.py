"""Complaints have one shape."""

import io

import pytest

from stackproof.report.complaint import complain, told


class Terminal(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def test_text_of_others_is_not_obeyed() -> None:
    """What Compose says of a file may hold anything."""
    text = told("no\x1b[2J such key\n::error::x")

    assert text == "error: no such key\n: :error::x"


@pytest.mark.parametrize(
    ("stream", "variable", "coloured"),
    [(Terminal(), "", True), (Terminal(), "1", False), (io.StringIO(), "", False)],
)
def test_colour(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, variable: str, *, coloured: bool
) -> None:
    """On a terminal that wants it."""
    monkeypatch.setenv("NO_COLOR", variable)
    complain("gone\n  fix: start it", stream)

    word = "\x1b[1;31merror:\x1b[0m" if coloured else "error:"
    assert stream.getvalue() == f"{word} gone\n  fix: start it\n"
