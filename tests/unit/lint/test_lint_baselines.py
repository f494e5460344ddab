"""What a baseline knows again, from other folders and checkouts too, and what it says is gone."""

import shutil
from pathlib import Path

import pytest
from tests.unit.lint.test_lint_run import BAD, GOOD, ONE, _compose, said, write

from stackproof.outcomes.model import Results
from stackproof.report import baseline, results_json

__all__ = ["_compose"]  # a fixture, which is for each test here, too


def known(path: str = "known.json") -> None:
    """Write down what is found from here."""
    said(".", *ONE, "--report-dir", "out")
    found = results_json.text_of(Path("out/results.json"))
    Path(path).write_text(baseline.text(baseline.of(Results.model_validate_json(found))))


def test_baseline_from_another_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Stacks have other names there, and are known by those that they have where the file lies."""
    for name in ("compose.yml", "a/compose.yml", "b/odd.yml"):
        write(name, BAD)
    known()
    new = ("--baseline", str(tmp_path / "known.json"), "--fail-on-new", *ONE)
    (tmp_path / "b/deep").mkdir()
    for folder, path in ((".", "."), ("a", ".."), ("a", "."), ("b/deep", "../../a"), ("b/deep", "../..")):
        monkeypatch.chdir(tmp_path / folder)
        assert said(path, *new)[0] == 0, (folder, path)

    (tmp_path / "c").mkdir()
    (tmp_path / "c/compose.yml").write_text(BAD)
    assert said(str(tmp_path), *new)[0] == 1


def test_baseline_in_a_checkout_with_another_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The stack at its top has the name of the checkout."""
    monkeypatch.chdir(tmp_path)
    write("one/compose.yml", BAD)
    write("one/sub/compose.yml", BAD)
    monkeypatch.chdir("one")
    known()
    (tmp_path / "one").rename(tmp_path / "two")
    monkeypatch.chdir(tmp_path / "two")

    assert said(".", "--baseline", "known.json", "--fail-on-new", *ONE)[0] == 0


def test_known_findings_that_are_gone() -> None:
    """Are told when all of them were looked for, so that the file does not hide the next one."""
    write("compose.yml", BAD)
    known()
    write("compose.yml", BAD.replace("    privileged: true\n", ""))
    note = "note: 1 finding that known.json knows is no longer there; `stackproof baseline` writes it anew"
    assert note in said(".", "--baseline", "known.json")[1]
    assert note not in said(".", "--baseline", "known.json", *ONE)[1]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('<<<<<<< HEAD\n{"baseline": 1}\n=======\n', ":1: not JSON: a merge conflict is not resolved"),
        ('{"baseline": 1, "findings": [\n<<<<<<< HEAD\n', ":2: not JSON: a merge conflict is not resolved"),
        ('{"baseline": 1,\n"findings": [],\n}', ":3: not JSON: "),
        ("baseline: 1\n", ":1: not JSON: "),
        ("", ":1: not JSON: "),
        ('{"baseline": 2}', ": baseline: Input should be 1"),
        ('{"baseline": 1, "finding": []}', ": finding: "),
        ('{"baseline": 1, "findings": [{"fingerprint": 3}]}', ": findings.0.fingerprint: "),
    ],
)
def test_baseline_that_is_broken(text: str, told: str) -> None:
    """Its own mistakes are told, and not those of a results.json."""
    write("compose.yml", GOOD)
    write("known.json", text)
    code, _, errors = said(".", "--baseline", "known.json", *ONE)

    assert code == 2
    assert f"known.json{told}" in errors
    assert "fix: write it anew with `stackproof baseline`" in errors


def test_stack_that_went_away(tmp_path: Path) -> None:
    """Is not taken for the former name of the one at the top, whose first finding is new."""
    write("compose.yml", GOOD)
    for gone in ("old", "apps/older"):
        write(f"{gone}/compose.yml", BAD)
    known()
    for gone in ("old", "apps"):
        shutil.rmtree(tmp_path / gone)
    write("compose.yml", BAD)

    assert said(".", "--baseline", "known.json", "--fail-on-new", *ONE)[0] == 1


def test_findings_for_which_nobody_looked() -> None:
    """Are not gone: those of controls that only a sandbox decides, or of another profile."""
    write("compose.yml", BAD)
    known()
    text = Path("known.json").read_text()
    Path("known.json").write_text(text.replace('"no-privileged"', '"effective-uid-nonroot"'))

    assert not [line for line in said(".", "--baseline", "known.json")[1] if "no longer there" in line]


@pytest.mark.parametrize("words", [(), ("-v",), ("--report-dir", "out")])
def test_gone_however_much_is_said(words: tuple[str, ...]) -> None:
    """What passes now has the fingerprint that its finding had."""
    write("compose.yml", BAD)
    known()
    write("compose.yml", BAD.replace("    privileged: true\n", ""))

    assert [line for line in said(".", "--baseline", "known.json", *words)[1] if "no longer there" in line]


def test_file_beside_another() -> None:
    """Has a name of its own, and is none that the other had before."""
    write("a.yml", BAD)
    said("a.yml", *ONE, "--report-dir", "out")
    found = Results.model_validate_json(results_json.text_of(Path("out/results.json")))
    Path("known.json").write_text(baseline.text(baseline.of(found)))
    write("b.yml", BAD)

    assert said("a.yml", "--baseline", "known.json", "--fail-on-new", *ONE)[0] == 0
    assert said("b.yml", "--baseline", "known.json", "--fail-on-new", *ONE)[0] == 1
