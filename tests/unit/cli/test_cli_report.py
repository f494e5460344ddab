"""`stackproof report` and `stackproof diff`: reports of finished runs, without an engine."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.unit.report.samples import mixed, narrowed, proven

from stackproof.cli import main
from stackproof.outcomes.model import Results
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


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nothing.json",), "nothing.json: cannot be read"),
        (("bad/junit.xml",), "bad/junit.xml: no results of stackproof"),
        (("bad/results.json", "--format", "html", "--format", "json"), "standard output holds one format"),
        (("bad/results.json", "--format", "text", "--report-dir", "x"), "text is for standard output"),
        (("bad/results.json", "--report-dir", "bad/junit.xml"), "bad/junit.xml: reports cannot be written"),
    ],
)
def test_wrong_usage(words: tuple[str, ...], message: str) -> None:
    """One message, and the exit code of wrong usage."""
    done = call("report", *words)

    assert done.exit_code == 2
    assert message in done.output


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
