"""Texts that stand for much more than they are, such as variables that double each other."""

import time
from pathlib import Path

import pytest

from stackproof.stack import dotenv, interpolation
from stackproof.stack.complaints import TABLE, Case, explain
from stackproof.stack.discovery import Source

DOUBLED = "V0=xxxxxxxxxx\n" + "".join(
    f"V{number}=${{V{number - 1}}}$V{number - 1}\n" for number in range(1, 61)
)


def test_variables_that_double_each_other() -> None:
    """Sixty lines would stand for all memory there is."""
    found = dotenv.values(DOUBLED, {})

    assert found["V3"] == "x" * 80
    assert sum(map(len, found.values())) < 4 * interpolation.MOST


def test_text_that_names_a_long_variable_often() -> None:
    """What is made of it is cut."""
    assert len(interpolation.filled("$A" * 100_000, {"A": "x" * 100_000})) == interpolation.MOST
    assert interpolation.filled("$A-$A", {"A": "x" * 1000}) == f"{'x' * 1000}-{'x' * 1000}"


def test_lines_of_a_long_env_file() -> None:
    """They are counted once."""
    began = time.process_time()
    found = list(dotenv.entries("A=1\n\n" * 50_000))

    assert [one.line for one in found[-2:]] == [99_997, 99_999]
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "said",
    [
        "it printed more than 8 MiB",
        "fatal error: runtime: cannot allocate memory\n\nruntime stack:\n",
        "runtime: out of memory: cannot allocate 4194304-byte block\nfatal error: out of memory\n\n",
    ],
)
def test_first_row_for_what_was_ended(said: str) -> None:
    """Nothing that Go prints of its stack is told in place of it."""
    first = next(complaint for complaint in TABLE[1:] if complaint.regex.search(said))

    assert first.tell.__name__ == "_too_much"


@pytest.mark.parametrize(
    ("text", "said", "told"),
    [
        (
            "~: 1\n",
            "Non-string key at top level: <nil>",
            "a key is empty (null), and keys are texts\n  fix: write a na",
        ),
        (
            "2020-01-01: 1\n",
            "Non-string key at top level: time.Date(2020)",
            "a key is a date, and keys are texts\n",
        ),
        (
            "1: 1\n",
            "Non-string key at top level: 1",
            "the key 1 is a number, and keys are texts\n  fix: put it in",
        ),
        (
            "include: [x]\n",
            "open {folder}/x: file name too long",
            "include names x, which has a name that is too l",
        ),
    ],
)
def test_keys_and_names_that_are_none(tmp_path: Path, text: str, said: str, told: str) -> None:
    """Each has words of its own."""
    path = tmp_path / "compose.yml"
    path.write_text(f"{text}services: {{web: {{image: x}}}}\n")

    message = explain(Case(source=Source(files=(path,)), stderr=said.format(folder=tmp_path)))

    assert message.startswith(f"{path}:1: {told}")
