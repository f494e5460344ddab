"""Every fix on the examples of tests/fixes: what it makes of a file, and what it lets be."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from stackproof.controls import catalogue, peers
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


FIXED_BY_PEERS = {
    "compose-lint": ["CL-0003", "CL-0005", "CL-0007", "CL-0009", "CL-0014", "CL-0022"],
    "dclint": [
        "no-quotes-in-volumes",
        "no-version-field",
        "require-quotes-in-ports",
        "service-dependencies-alphabetical-order",
        "service-keys-order",
        "service-ports-alphabetical-order",
        "services-alphabetical-order",
        "top-level-properties-order",
    ],
}
"""Rules with a fix of compose-lint 0.36.2 and dclint 3.1.0, as their sources have them."""


def test_what_others_fix() -> None:
    """Is fixed, or the page says why not."""
    checks = {(one.tool, one.id): one.controls for one in peers.all_checks()}
    page = (
        (FOLDER.parents[1] / "docs" / "fixes.md")
        .read_text(encoding="utf-8")
        .partition("## What is not fixed")
    )
    for tool, names in FIXED_BY_PEERS.items():
        left = [name for name in names if FIXERS.keys().isdisjoint(checks[tool, name])]
        assert [name for name in left if f"`{name}`" not in page[2]] == [], tool


MANY = 120


@pytest.mark.parametrize(
    ("base", "override", "why"),
    [
        ("none, options: {tag: a}", "none", "nothing would change: another file"),
        ("json-file", "none", "has a say in it"),
    ],
)
def test_many_that_cannot_be_fixed(base: str, override: str, why: str, tmp_path: Path) -> None:
    """Keep none away that can be, and each has its reason."""
    both = [
        "services:\n" + "".join(f"  s{n}: {{logging: {{driver: {driver}}}{more}}}\n" for n in range(MANY))
        for driver, more in ((base, ", image: 'app:1.4'"), (override, ", user: '1'"))
    ]
    alone = "  z: {image: 'app:1.4', logging: {driver: none}}\n"
    written(tmp_path, {"compose.yml": both[0] + alone, "dev.yml": both[1]})
    done = fix(tmp_path, "logging-enabled", given=("dev.yml",))

    assert [one.service for one in done.made] == ["z"]
    assert {outcome.service for outcome, _ in done.left} == {f"s{n}" for n in range(MANY)}
    assert [text for _, text in done.left if why not in text] == []
    assert list(done.texts) == [(tmp_path / "compose.yml").resolve()]


def test_many_that_two_files_say(tmp_path: Path) -> None:
    """Are fixed together; one for which the other file has another driver keeps none away."""
    service = "  s{}: {{image: 'app:1.4', logging: {{driver: {}}}}}\n"
    base, override = (
        "services:\n" + "".join(service.format(n, "none" if n else driver) for n in range(MANY))
        for driver in ("local", "none")
    )
    written(tmp_path, {"compose.yml": base, "dev.yml": override})
    done = fix(tmp_path, "logging-enabled", given=("dev.yml",))

    assert {one.service for one in done.made} == {f"s{n}" for n in range(1, MANY)}
    assert [outcome.service for outcome, _ in done.left] == ["s0"]
    assert [text.count(b"driver") for text in done.texts.values()] == [1, 1]


def test_many_lists_that_are_taken_away(tmp_path: Path) -> None:
    """So that nothing can be written into them."""
    names = [f"s{n}" for n in range(MANY)]
    first = "".join(f"  {name}: {{image: 'app:1.4'}}\n" for name in [*names, "z"])
    second = "".join(f"  {name}: {{security_opt: !reset []}}\n" for name in names)
    written(tmp_path, {"compose.yml": f"services:\n{first}", "dev.yml": f"services:\n{second}"})
    done = fix(tmp_path, "no-new-privileges", given=("dev.yml",))

    assert [one.service for one in done.made] == ["z"]
    assert {why for _, why in done.left} == {"`!reset` takes away whatever is written there"}
    assert len(done.left) == MANY


def test_some_that_spoil_one_another(tmp_path: Path) -> None:
    """Are told apart, by an anchor and by what they extend; what stands alone is fixed."""
    text = """\
x-log: &log {driver: none}
services:
  a: {image: "app:1.4", logging: *log, labels: {a: b}}
  b: {image: "app:1.4", logging: {<<: *log, options: {max-size: 1m}}}
  c: {extends: d, command: c}
  d: {image: "app:1.4", logging: {driver: none}}
  e: {image: "app:1.4", logging: {driver: none, options: {tag: e}}}
"""
    written(tmp_path, {"compose.yml": text})
    done = fix(tmp_path, "logging-enabled")

    assert {one.service for one in done.made} == {"c", "d"}
    assert {outcome.service for outcome, _ in done.left} == {"a", "b", "e"}


def test_a_comment_stays_with_its_key(tmp_path: Path) -> None:
    """Where `version` goes from above it, and its key moves: it is not one about the file."""
    web = "# about web\nservices:\n  web: {image: 'web:1.4'}\n"
    written(tmp_path, {"compose.yml": f'version: "3"\n{web}x-end: 1\n'})

    done = fix(tmp_path, "no-version-field", "top-level-order")

    assert [text.decode() for text in done.texts.values()] == [f"x-end: 1\n{web}"]


def test_file_that_an_absolute_path_leads_to(tmp_path: Path) -> None:
    """Stays, and that is said: a copy of it would not be read."""
    there = tmp_path / "there.yml"
    written(tmp_path, {"there.yml": "services: {db: {image: 'db:1.4', logging: {driver: none}}}\n"})
    for number, path in enumerate((there, "${THERE}")):
        folder = tmp_path / str(number)
        written(folder, {"compose.yml": f"include: ['{path}']\n", ".env": f"THERE={there}\n"})
        done = fix(folder, "logging-enabled")

        assert [(outcome.file, why.partition(" leads to ")[0]) for outcome, why in done.left] == [
            ("../there.yml", "an absolute path")
        ]
        assert not done.texts
