"""Errors that no control foresees say where the mistake is."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from stackproof.controls.control import Lane
from stackproof.outcomes import fixes, unforeseen


def caught(work: Callable[[], object]) -> Exception:
    """Return the error of something that fails."""
    with pytest.raises(Exception) as found:  # noqa: PT011 - each is another
        work()
    return found.value


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (lambda: Lane("conflict"), "ValueError: 'conflict' is not a valid Lane"),
        (lambda: json.loads("{"), "json.decoder.JSONDecodeError: Expecting"),
        (lambda: dict[str, int]()["web"], "KeyError: 'web'"),
        (lambda: 1 / 0, "ZeroDivisionError: division by zero"),
    ],
)
def test_names_the_place_that_is_not_a_library(work: Callable[[], object], words: str) -> None:
    """The standard library raises, the line that called it is what has to be mended."""
    told = unforeseen.told(caught(work))

    assert re.match(rf"internal error at {Path(__file__).name}:\d+: {re.escape(words)}", told)


def test_place_of_ours_is_told_from_the_package_on() -> None:
    """Whoever reads it sees at once whose mistake it is, and no path of the machine."""
    ours = caught(lambda: fixes.apart(None))  # type: ignore[arg-type]

    assert re.match(
        r"internal error at stackproof/outcomes/fixes\.py:\d+: TypeError: ", unforeseen.told(ours)
    )


def test_without_a_place_and_an_interruption() -> None:
    """An error that was never raised has no place; an interruption is nobody's mistake."""
    assert unforeseen.told(ValueError()) == "internal error: ValueError"
    assert unforeseen.told(SystemExit(3)) == "SystemExit: 3"


def test_says_what_to_do() -> None:
    """To whom, and with what."""
    assert "results.json" in fixes.by_kind(KeyError("web"))
    assert "An internal error" in fixes.by_kind(KeyError("web"))
    assert "## An internal error" in (Path(__file__).parents[3] / "docs" / "trouble.md").read_text()
