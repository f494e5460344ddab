"""Nothing that others wrote is obeyed by a terminal or by the reader of a CI server's log."""

import io
import unicodedata
from collections.abc import Iterator

import pytest
from tests.unit.report.runner import COMMANDS, obeyed
from tests.unit.report.samples import mixed

from stackproof.outcomes.model import OutcomeKind, Results
from stackproof.report import terminal
from stackproof.report.foreign import Guard, foreign, obey_nothing, under_github
from stackproof.report.text import clean, unseen

KEPT = "\t\n\u200c\u200d"
BLANKS = ["", " ", "\t", "  \u00a0", "\u3000"]
HOSTILE = [
    *(f"{blank}::{name}::x" for blank in BLANKS for name in sorted(COMMANDS)),
    *(f"{front}##[{name}]x" for front in ("", "a log line ", "::", "#") for name in sorted(COMMANDS)),
    "::error file=a.py,line=1::x",
    "##[error file=a.py]x",
    "a\n::add-mask::a\nb",
    "a\r::add-mask::a",
    "a\u2028::add-mask::a",
    "\x1b[0m::add-mask::a",
    "\x00::add-mask::a",
    "::\x1b[0madd-mask::a",
    "#\x1b[0m#[add-mask]a",
    "#\u200b#[add-mask]a",
    "::stop-commands::x",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_command_is_obeyed(text: str) -> None:
    """However it is wrapped; and it is still seen that there was one."""
    assert obeyed(foreign(text)) == []
    assert any(name in foreign(text) for name in COMMANDS)


def test_reader_obeys() -> None:
    """Else the tests above could not fail."""
    assert obeyed("a\n ::error file=x::y\nb ##[group]z\n::nothing::\n") == [
        " ::error file=x::y",
        "b ##[group]z",
    ]
    assert obeyed("::stop-commands::w\n::error::a\n::w::\n::error::b") == ["::error::b"]


@pytest.mark.parametrize(
    "text", ["http://[::1]:80/", "std::vector", "## Heading", "a :: b", "#[derive]", "::"]
)
def test_what_is_no_command_stays(text: str) -> None:
    """Addresses, code and headings."""
    assert foreign(f"x {text}") == f"x {text}"


def parts(text: str, size: int) -> Iterator[str]:
    """Cut a text into pieces."""
    yield from (text[at : at + size] for at in range(0, len(text), size))


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
@pytest.mark.parametrize("text", HOSTILE)
def test_guard_in_pieces(*, text: str, size: int, plain: bool) -> None:
    """Pytest writes a line in several words."""
    file = io.StringIO()
    guard = Guard(file, plain=plain)
    for part in parts(f"first\n{clean(text)}\nlast\n", size):
        guard.write(part)

    assert obeyed(file.getvalue()) == []
    assert file.getvalue().startswith("first\n")
    assert file.getvalue().endswith("last\n")


def test_guard_changes_nothing_else() -> None:
    """What is ours stays byte for byte, colours too."""
    file = io.StringIO()
    guard = Guard(file, plain=True)
    text = "\x1b[1;31mFAIL\x1b[0m shop::web at a.yml:1:2\n  ## x\n"
    guard.writelines([text, text])

    assert file.getvalue() == text * 2
    assert guard.getvalue() == text * 2  # all else is the file's


def test_guard_of_no_terminal_shows_controls() -> None:
    """A log cannot be cleared or renamed."""
    file = io.StringIO()
    Guard(file, plain=True).write("\x1b[2J\x1b]0;title\x07\x1b[32mok\x1b[0m\x00")

    assert file.getvalue() == "\x1b[32mok\x1b[0m␀"


def test_all_that_cannot_be_seen_is_shown() -> None:
    """By Unicode's own categories."""
    hidden = [
        chr(code)
        for code in range(0x110000)
        if unicodedata.category(chr(code)) in ("Cc", "Cf", "Zl", "Zp", "Cs") and chr(code) not in KEPT
    ]

    assert [one for one in hidden if one in clean(one)] == []
    assert clean(KEPT) == KEPT
    assert unseen("a\u200bb") == "a<U+200B>b"


def test_runner_is_told_to_obey_nothing() -> None:
    """Until a word that nobody else can know."""
    file = io.StringIO()
    end = obey_nothing(file.write)
    file.write("::error::x\n##[add-mask]a\n::other::\n")
    end()
    file.write("::notice::ours\n")

    assert obeyed(file.getvalue()) == ["::notice::ours"]
    again = io.StringIO()
    obey_nothing(again.write)
    assert again.getvalue() not in file.getvalue()


def test_under_github() -> None:
    """By its own variable."""
    assert under_github({"GITHUB_ACTIONS": "true"})
    assert not under_github({"GITHUB_ACTIONS": "", "CI": "true"})


def hostile() -> Results:
    """A run in which every word is hostile."""
    results = mixed()
    word = "\n".join(HOSTILE)
    outcomes = tuple(
        one.model_copy(
            update={
                "message": word,
                "aspect": word,
                "container": word,
                "outcome": kind,
            }
        )
        for one, kind in zip(results.outcomes, [*OutcomeKind] * 9, strict=False)
    )
    told = {"notes": (word,), "stand_in_images": (word,), "name": word}
    stacks = tuple(stack.model_copy(update=told) for stack in results.stacks)
    outcomes = tuple(one.model_copy(update={"stack": word}) for one in outcomes)
    return results.model_copy(update={"outcomes": outcomes, "stacks": stacks})


@pytest.mark.parametrize("colour", [True, False])
@pytest.mark.parametrize("width", [80, 140])
def test_summary_of_a_hostile_run(*, width: int, colour: bool) -> None:
    """Names, notes, messages and aspects."""
    assert obeyed(terminal.render(hostile(), width, colour=colour)) == []
