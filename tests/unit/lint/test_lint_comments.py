"""Comments for other tools, as waivers."""

import pytest

from stackproof.lint.comments import Silence, silences
from stackproof.outcomes.model import Outcome, OutcomeKind, Severity

FILE = """\
services:
  web:
    image: nginx
    privileged: true
  db:
    image: postgres
    privileged: true
"""
TAG_OF_DCLINT = "service-image-require-explicit-tag"
PRIVILEGED_OF_KICS = "ae5b6871-7f45-42e0-bb4c-ab300c4d2026"


def lines(text: str, control: str) -> list[int]:
    """Return the lines in which a finding of a control is silenced."""
    found = list(silences(text))
    count = len(text.splitlines())
    return [n for n in range(1, count + 1) if any(one.covers(finding(control, n)) for one in found)]


def finding(control: str, line: int) -> Outcome:
    """A finding in a line."""
    return Outcome(
        stack="shop",
        service="web",
        container=None,
        control=control,
        outcome=OutcomeKind.FAIL,
        severity=Severity.HIGH,
        message="x",
        file="compose.yml",
        line=line,
    )


def written(*, above: str = "", at: int = 0, behind: str = "") -> str:
    """Return the file with a comment above a line, or behind it."""
    found = FILE.splitlines()
    if behind:
        found[at - 1] += f"  {behind}"
    else:
        found.insert(max(at - 1, 0), above)
    return "\n".join(found) + "\n"


@pytest.mark.parametrize(
    ("text", "control", "wanted"),
    [
        (FILE, "image-tag-pinned", []),
        (written(above="# dclint disable"), "image-tag-pinned", list(range(1, 9))),
        (written(above="# dclint disable-file"), "image-tag-pinned", list(range(1, 9))),
        (written(above="# dclint disable"), "no-privileged", []),
        (written(above="# dclint disable no-version-field"), "image-tag-pinned", []),
        (written(above=f"# dclint disable x {TAG_OF_DCLINT}"), "image-tag-pinned", list(range(1, 9))),
        (written(above="# dclint disable", at=3), "image-tag-pinned", []),
        (written(behind="# dclint disable-line", at=3), "image-tag-pinned", [3]),
        (written(above="    # dclint disable-line", at=3), "image-tag-pinned", [4]),
        (written(behind="# dclint disable-line no-version-field", at=3), "image-tag-pinned", []),
        (written(above="# dclint disabled"), "image-tag-pinned", []),
        (written(above="\n---\n# dclint disable"), "image-tag-pinned", list(range(1, 11))),
        (written(above="--- # dclint disable"), "image-tag-pinned", list(range(1, 9))),
        (written(above="# why: # dclint disable"), "image-tag-pinned", list(range(1, 9))),
        (written(behind="# dclint disable", at=1), "image-tag-pinned", list(range(1, 8))),
        (written(above="# something else\n# dclint disable"), "image-tag-pinned", []),
        (written(above="# something else\n# dclint disable-file"), "image-tag-pinned", []),
        (written(above="# dclint disable-file no-version-field"), "image-tag-pinned", list(range(1, 9))),
        (written(above="#dclint disable-file"), "image-tag-pinned", []),
        (written(behind="# dclint disable-file", at=1), "image-tag-pinned", []),
        (FILE + "    command: |\n      # dclint disable-line\n", "image-tag-pinned", []),
        (FILE + '    command: "x # dclint disable-line"\n', "image-tag-pinned", []),
        (FILE + "    command: 'a\n      # dclint disable-line'\n", "image-tag-pinned", []),
        (FILE + "    command: x # dclint disable-line\n      y\n", "image-tag-pinned", [8]),
        (FILE + "    command: | # dclint disable-line\n      x\n", "image-tag-pinned", [8]),
        (FILE + "    command: >-\n      # kics-scan ignore-line\n      x\n", "no-privileged", []),
        (f"x: &a &b {{}} # dclint disable-line\n{FILE}", "image-tag-pinned", [1]),
        (written(above="# kics-scan ignore"), "no-privileged", list(range(1, 9))),
        (written(above="# kics-scan ignore"), "image-tag-pinned", []),
        (written(above="# kics-scan ignore", at=4), "no-privileged", []),
        (written(above=f"# kics-scan disable=x,{PRIVILEGED_OF_KICS}"), "no-privileged", list(range(1, 9))),
        (written(above="# kics-scan disable=x"), "no-privileged", []),
        (written(above=f"# kics-scan disable=x {PRIVILEGED_OF_KICS}"), "no-privileged", []),
        (written(above="# kics-scan disable="), "no-privileged", []),
        (written(above=f"# kics-scan enable=x,{PRIVILEGED_OF_KICS}"), "no-privileged", []),
        (written(above=f"# kics-scan enable={PRIVILEGED_OF_KICS}"), "memory-limit", list(range(1, 9))),
        (written(above=f"# kics-scan enable={PRIVILEGED_OF_KICS}"), "no-version-field", []),
        (written(above="# kics-scan enable=x"), "no-privileged", list(range(1, 9))),
        (written(above="# kics-scan enable="), "no-privileged", []),
        (written(above=f"# kics-scan enable={PRIVILEGED_OF_KICS}", at=3), "memory-limit", []),
        (written(above="# something else\n\n# kics-scan ignore"), "no-privileged", list(range(1, 11))),
        (written(above="    # kics-scan ignore-line", at=4), "no-privileged", [5]),
        (written(above="  # kics-scan ignore-block", at=2), "no-privileged", [3, 4, 5]),
        (written(above="  # kics-scan ignore-block", at=5), "no-privileged", [6, 7, 8]),
    ],
)  # fmt: skip
def test_lines(text: str, control: str, wanted: list[int]) -> None:
    """Only in the lines that the tool would be silent about, and only of what it checks."""
    assert lines(text, control) == wanted


def test_comment_after_the_last_line() -> None:
    """Is about nothing."""
    text = FILE + "# kics-scan ignore-block\n# kics-scan ignore-line\n"

    assert [line for line in lines(text, "no-privileged") if line <= len(FILE.splitlines())] == []


def test_silence_names_its_comment() -> None:
    """So that a reader finds it."""
    (found,) = silences("\n# dclint disable\nservices: {}\n")

    assert (found.tool, found.written, found.first) == ("dclint", 2, 1)
    assert isinstance(found, Silence)
