"""`stackproof report` and `stackproof diff`: reports of finished runs, without an engine."""

import os
import pty
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.unit.report.samples import mixed, narrowed, outcome, proven

from stackproof.cli import main
from stackproof.outcomes.model import OutcomeKind, Results, Severity
from stackproof.report import files


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with three finished runs."""
    monkeypatch.chdir(tmp_path)
    for name, results in (("good", proven()), ("bad", mixed()), ("part", narrowed())):
        files.write(results, tmp_path / name)
    return tmp_path


def call(*words: str) -> Result:
    """Call the command."""
    return CliRunner().invoke(main, words)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", files.FORMATS)
def test_format_is_as_check_wrote_it(name: str) -> None:
    """Byte for byte, on standard output."""
    done = call("report", "bad/results.json", "--format", name)

    assert done.exit_code == 0
    assert done.stdout_bytes == Path("bad", files.FORMATS[name]).read_bytes()


@pytest.mark.usefixtures("folder")
def test_terminal_by_default() -> None:
    """What stands at the end of a run."""
    done = call("report", "part/results.json")

    assert "PROVEN IN PART" in done.output
    assert "covers 3 of 150 controls" in done.output


@pytest.mark.usefixtures("folder")
def test_folder() -> None:
    """All files, or those that are chosen."""
    assert call("report", "bad/results.json", "--report-dir", "again").exit_code == 0
    assert {path.name for path in Path("again").iterdir()} == set(files.FILES)
    done = call("report", "bad/results.json", "--report-dir", "one", "--format", "sarif")
    assert done.output == "wrote one/results.sarif\n"


@pytest.mark.usefixtures("folder")
def test_merged() -> None:
    """Several are one, when so asked."""
    refused = call("report", "good/results.json", "bad/results.json")
    assert (refused.exit_code, "several results need --merge" in refused.output) == (2, True)
    done = call("report", "good/results.json", "bad/results.json", "--merge", "--format", "json")
    merged = Results.model_validate_json(done.output)
    assert {stack.name for stack in merged.stacks} >= {"shop", "blog"}


BAD = "bad/results.json"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("report",), "Missing argument 'RESULTS.JSON...'"),
        (("report", "nothing.json"), "nothing.json: cannot be read: No such file"),
        (("report", "bad"), "bad: cannot be read: Is a directory"),
        (("report", "bad/junit.xml"), "bad/junit.xml: no results of stackproof"),
        (("report", "later.json"), "later.json: no results of stackproof that this version reads: schema"),
        (("report", BAD, "--format", "pdf"), "Invalid value for '--format'"),
        (("report", BAD, "--format", "html", "--format", "json"), "standard output holds one format"),
        (("report", BAD, "--format", "text", "--report-dir", "x"), "text is for standard output"),
        (("report", BAD, "--report-dir", "bad/junit.xml"), "reports cannot be written to bad/junit.xml"),
        (("report", BAD, "good/results.json"), "several results need --merge"),
        (("report", BAD, "nothing.json", "--merge"), "nothing.json: cannot be read: No such file"),
        (("report", BAD, "bad/junit.xml", "--merge"), "bad/junit.xml: no results of stackproof"),
        (("diff",), "Missing argument 'EARLIER.JSON|FOLDER'"),
        (("diff", BAD), "bad/results.json: nothing to compare it with"),
        (("diff", "nothing.json"), "nothing.json: cannot be read: No such file"),
        (("diff", BAD, "nothing.json"), "nothing.json: cannot be read: No such file"),
        (("diff", BAD, "bad/junit.xml"), "bad/junit.xml: no results of stackproof"),
        (("diff", BAD, "good"), "good: cannot be read: Is a directory"),
        (("diff", "bad", BAD), "bad: cannot be read: Is a directory"),
        (("diff", "empty"), "empty: no results.json in it or below it"),
        (("diff", BAD, BAD, BAD), "Got unexpected extra argument"),
        (("baseline",), "reports/results.json: cannot be read: No such file"),
        (("baseline", "bad/junit.xml"), "bad/junit.xml: no results of stackproof"),
        (("baseline", BAD, "-o", "bad"), "the baseline cannot be written to bad: Is a directory"),
        (("baseline", BAD, "-o", "bad/junit.xml/b"), "the baseline cannot be written to bad/junit.xml/b"),
        (("lint", ".", "--baseline", "nothing.json"), "baseline "),
        (("lint", ".", "--baseline", "bad/junit.xml"), "baseline "),
    ],
    ids=" ".join,
)
def test_wrong_usage(words: tuple[str, ...], message: str) -> None:
    """What is wrong, how it is fixed, and the exit code of wrong usage; nothing on standard output."""
    Path("empty").mkdir()
    Path("compose.yml").write_text("services: {}\n")
    Path("later.json").write_text(Path(BAD).read_text().replace('"schema": 1', '"schema": 2', 1))
    done = call(*words)
    first, *more = done.stderr.splitlines()

    assert (done.exit_code, done.stdout) == (2, "")
    assert first.startswith(f"error: {message}")
    assert more
    assert more[-1].startswith("  fix: ")


@pytest.mark.usefixtures("folder")
def test_file_in_a_folder_is_named() -> None:
    """Who names the folder of reports means the results in it."""
    assert "  fix: name the file in it: bad/results.json\n" in call("report", "bad").stderr


@pytest.mark.usefixtures("folder")
def test_diff_names_files_as_other_outputs_do() -> None:
    """From where the command was called, with the column; of what is gone as the run named it that had it."""
    said = mixed()
    moved = said.model_copy(
        update={"stacks": tuple(one.model_copy(update={"directory": "elsewhere"}) for one in said.stacks)}
    )
    place = {"file": "compose.yml", "line": 7, "column": 5}
    light = outcome(OutcomeKind.FAIL, "memory-limit", "web", "bad", **place)
    grave = outcome(OutcomeKind.FAIL, "no-privileged", "web", "bad", **place)
    for name, one, outcomes in (("one", said, (light,)), ("two", moved, (light, grave)), ("none", moved, ())):
        passed = outcome(OutcomeKind.PASS, "memory-limit", "web")
        files.write(
            one.model_copy(update={"outcomes": outcomes or (passed,), "causes": ()}), Path("runs", name)
        )
    new, old, _total = call("diff", "runs/one/results.json", "runs/two/results.json").stdout.splitlines()
    gone, _total = call("diff", "runs/one/results.json", "runs/none/results.json").stdout.splitlines()

    assert new == "new       critical shop web no-privileged: elsewhere/compose.yml:7:5: bad"
    assert old == "unchanged medium   shop web memory-limit: elsewhere/compose.yml:7:5: bad"
    assert gone == "fixed     medium   shop web memory-limit: stacks/shop/compose.yml:7:5: bad"


@pytest.mark.usefixtures("folder")
def test_diff_tells_the_gravest_first() -> None:
    """Of what is new, and of all else."""
    words = call("diff", "good/results.json", BAD).stdout.splitlines()[:-1]
    ranks = [Severity(line.split()[1]).rank for line in words if line.startswith("new ")]

    assert len(set(ranks)) > 1
    assert ranks == sorted(ranks, reverse=True)


@pytest.mark.usefixtures("folder")
def test_diff() -> None:
    """What is new ends with 1, what is fixed with 0."""
    worse, better, same = (
        call("diff", *words)
        for words in (
            ("good/results.json", "bad/results.json"),
            ("bad/results.json", "good/results.json"),
            ("bad/results.json", "bad/results.json"),
        )
    )

    assert worse.exit_code == 1
    assert any(line.startswith("new       ") for line in worse.output.splitlines())
    assert (better.exit_code, " 0 new" in f" {better.output.splitlines()[-1]}") == (0, True)
    assert same.output.splitlines()[-1].startswith("0 new, 0 fixed")
    assert same.exit_code == 0


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("no_colour", "coloured"), [("", True), ("1", False)])
def test_terminal_is_as_wide_as_it_is(no_colour: str, *, coloured: bool) -> None:
    """And in its colours, unless it wants none; a real one, of which the command knows no more than we do."""
    ours, its = pty.openpty()
    done = subprocess.Popen(
        [sys.executable, "-c", "from stackproof.cli import main; main()", "report", BAD],
        stdout=its, env={**os.environ, "COLUMNS": "60", "NO_COLOR": no_colour},
    )  # fmt: skip
    os.close(its)
    said = b""
    with suppress(OSError):  # what Linux says at the end of a terminal
        while part := os.read(ours, 65536):
            said += part
    os.close(ours)

    assert done.wait(60) == 0
    assert (b"\x1b[" in said) is coloured
    assert b"First:\r\n" in said


@pytest.mark.usefixtures("folder")
def test_diff_counts_what_is_accepted_apart() -> None:
    """A waiver repairs nothing."""
    said = mixed()
    kinds = (("was", OutcomeKind.FAIL), ("now", OutcomeKind.WAIVED))
    for name, kind in kinds:
        found = (outcome(kind, "no-privileged", "web", "privileged"),)
        files.write(said.model_copy(update={"outcomes": found, "causes": ()}), Path("runs", name))

    done = call("diff", "runs/was/results.json", "runs/now/results.json")
    assert done.stdout.splitlines() == [
        "accepted  critical shop web no-privileged: privileged",
        "0 new, 0 fixed, 0 unchanged, 1 accepted (waived or below the gate)",
    ]
    assert done.exit_code == 0
