"""Text from containers, made fit for a reader."""

from datetime import date
from pathlib import Path, PurePosixPath

import pytest

from stackproof.report.text import clean, duration, first_line, gist, outline, plain, save


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]8;;https://example.org\x07link\x1b]8;;\x07", "link"),
        ("a\x00b\x07", "a␀b␇"),
        ("tab\tand\nline", "tab\tand\nline"),
        ("dos\r\nbare\r", "dos\nbare␍"),
        ("\u202egnp.exe", "<U+202E>gnp.exe"),
        ("\udcff\ufffe\x9b", "<U+DCFF><U+FFFE><U+009B>"),
        ("ä 漢字 🐳", "ä 漢字 🐳"),
    ],
)
def test_clean(raw: str, shown: str) -> None:
    """Colour codes go, other unsafe characters are shown, all else stays."""
    assert clean(raw) == shown


def test_plain_gives_json_in_a_fixed_order() -> None:
    """Sets are sorted, and what JSON does not know becomes text."""
    value = {
        1: {"b", "a"},
        "path": PurePosixPath("/x"),
        "day": date(2027, 3, 1),
        "inf": float("inf"),
        "on": True,
    }

    assert plain(value) == {"1": ["a", "b"], "path": "/x", "day": "2027-03-01", "inf": "inf", "on": True}


def test_outline_keeps_lines_of_a_log() -> None:
    """A log tail is a block that can be searched, not one escaped string."""
    assert outline({"log": "one\ntwo"}) == "log: |-\n  one\n  two"
    assert outline({}) == ""


def test_first_line_skips_blank_ones() -> None:
    """The line that says something; nothing when none does."""
    assert first_line("\n  \n  cause \nmore") == "cause"
    assert first_line("\n") == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ""),
        ("one", "one"),
        ("\none\ntwo\n", "one"),
        ("one\n  log:\n    first\n    last\x1b[0m\n", "one ... last"),
        ("one\n    last\ntwo: waits for one", "one ... last"),
        ("  one", "one"),
    ],
)
def test_gist_has_the_last_line_of_a_log(text: str, said: str) -> None:
    """What went wrong, and the last that was heard of it; what follows from it is left out."""
    assert gist(text) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.0123, "12 ms"), (3.21, "3.2 s"), (59.97, "1 min 00 s"), (131.4, "2 min 11 s")]
)
def test_duration(seconds: float, said: str) -> None:
    """Milliseconds, seconds or minutes, whichever a person would say."""
    assert duration(seconds) == said


def test_save_leaves_nothing_but_the_file(tmp_path: Path) -> None:
    """Folders are made, an older file is replaced, the draft is gone."""
    path = tmp_path / "deep" / "report.txt"
    save(path, "old")
    save(path, "new\n")

    assert [p.name for p in path.parent.iterdir()] == ["report.txt"]
    assert path.read_bytes() == b"new\n"
