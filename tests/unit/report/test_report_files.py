"""The files of a report folder, made again from one of them."""

from pathlib import Path

import pytest

from stackproof.errors import UsageError
from stackproof.outcomes.model import Results
from stackproof.report import files, html


def test_made_again_byte_for_byte(sample: tuple[str, Results], tmp_path: Path) -> None:
    """Also where a run said what UTF-8 cannot hold."""
    first = files.write(sample[1], tmp_path / "first")
    again = files.write(files.read(tmp_path / "first" / files.RESULTS), tmp_path / "again")

    assert [path.name for path in first] == list(files.FILES)
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]


def test_some_files(proven_results: Results, tmp_path: Path) -> None:
    """Only what was chosen is written."""
    files.write(proven_results, tmp_path, ("index.html",))

    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]
    assert (tmp_path / "index.html").read_text(encoding="utf-8") == html.render(proven_results)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Invalid JSON"),
        ("{}", "run: Field required"),
        ('{"schema": 2, "run": {"id": "x"}, "stacks": [], "controls": [], "outcomes": []}', "schema: Input"),
    ],
)
def test_no_results(tmp_path: Path, text: str, why: str) -> None:
    """One message says which file, and what was expected."""
    (tmp_path / "r.json").write_text(text)

    with pytest.raises(
        UsageError, match=f"(?s)r.json: no results of stackproof .*{why}.*fix: name a results.json"
    ):
        files.read(tmp_path / "r.json")


def test_results_that_are_not_there(tmp_path: Path) -> None:
    """Nor a folder."""
    with pytest.raises(UsageError, match=r"none\.json: cannot be read: No such file"):
        files.read(tmp_path / "none.json")
    with pytest.raises(UsageError, match="/dev/zero: cannot be read: it is a device, and no file\n"):
        files.read(Path("/dev/zero"))
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        files.read(tmp_path)


def test_results_that_are_not_text(tmp_path: Path) -> None:
    """A picture is none."""
    (tmp_path / "r.json").write_bytes(b"\x89PNG\xff")

    with pytest.raises(UsageError, match="no results of stackproof"):
        files.read(tmp_path / "r.json")


def test_interrupted_run_keeps_the_last_whole_report(proven_results: Results, tmp_path: Path) -> None:
    """It goes beside it; where there is none, or one as broken as itself, it goes there."""
    broken = proven_results.run.scope.model_copy(update={"interrupted": True})
    run = proven_results.run.model_copy(update={"scope": broken})
    interrupted = proven_results.model_copy(update={"run": run})

    assert files.place(interrupted, tmp_path) == tmp_path
    files.write(interrupted, tmp_path, (files.RESULTS,))
    assert files.place(interrupted, tmp_path) == tmp_path
    files.write(proven_results, tmp_path, (files.RESULTS,))
    assert files.place(interrupted, tmp_path) == tmp_path / "interrupted"
    assert files.place(proven_results, tmp_path) == tmp_path
    (tmp_path / files.RESULTS).write_text("of a later version")
    assert files.place(interrupted, tmp_path) == tmp_path / "interrupted"
