"""Every fix on the examples of tests/fixes: what it makes of a file, and what it lets be."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from stackproof.controls import catalogue
from stackproof.lint.fixing import Asked, Fixed, fixed
from stackproof.lint.reading import READING
from stackproof.rules.fixes import FIXERS
from stackproof.settings import Settings
from stackproof.stack.discovery import Source
from stackproof.stack.stack import Stack

FOLDER = Path(__file__).parents[2] / "fixes"


@dataclass(frozen=True)
class Case:
    """One file before and after; `left` is why it stays."""

    rule: str
    it: str
    before: str
    after: str = ""
    left: str = ""
    given: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    files_after: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return its name as a test."""
        return f"{self.rule}: {self.it}"


def _case(rule: str, said: dict[str, Any]) -> Case:
    known = {name.replace("-", "_"): value for name, value in said.items()}
    return Case(rule, **{**known, "given": tuple(said.get("given", ()))})


CASES = [
    _case(file.stem, said) for file in sorted(FOLDER.glob("*.yml")) for said in YAML(typ="safe").load(file)
]


def fix(folder: Path, *rules: str, given: tuple[str, ...] = ()) -> Fixed:
    """Fix the stack in a folder, in memory."""
    source = Source(files=(folder / "compose.yml", *(folder / name for name in given)))
    controls = catalogue.outline()
    stack = Stack.load(source, controls=controls, reading=READING)
    return fixed(stack, Asked(settings=Settings(select=rules), controls=controls), {})


def written(folder: Path, texts: dict[str, str]) -> None:
    """Write files."""
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8", newline="")


def test_every_fix_has_its_examples() -> None:
    """One at least that is fixed; an example of no fix would never be tried."""
    assert {case.rule for case in CASES} == set(FIXERS)
    assert {case.rule for case in CASES if case.after} == set(FIXERS)
    assert len({str(case) for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_fix(case: Case, tmp_path: Path) -> None:
    """The text is the one that is expected, to the letter; a second time nothing changes."""
    written(tmp_path, {"compose.yml": case.before, **case.files})
    done = fix(tmp_path, case.rule, given=case.given)
    now = {
        path.relative_to(tmp_path.resolve()).as_posix(): text.decode() for path, text in done.texts.items()
    }

    wanted = {"compose.yml": case.after or case.before, **case.files_after}
    assert {"compose.yml": case.before, **now} == wanted
    assert (tmp_path / "compose.yml").read_text(encoding="utf-8") == case.before
    assert {why for _, why in done.left if case.left not in why} == set()
    assert bool(done.left) is bool(case.left)
    if now:
        written(tmp_path, now)
        assert not fix(tmp_path, case.rule, given=case.given).texts
