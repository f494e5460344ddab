"""Every control of the suite."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import stackproof
from stackproof.controls import catalogue
from stackproof.errors import UsageError

MODULE = '''
from stackproof.controls import HIGH, control

@control("{id}", "All is well", severity=HIGH)
def test_one():
    """Somebody could
    break in.

    Fix: mend
    it.

    Applies to: all
    services.
    """

def test_no_control():
    """A test without a control."""
'''


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A suite of our own in place of the real one, and no rules."""
    folder = tmp_path / tmp_path.name
    folder.mkdir()
    monkeypatch.setattr(catalogue, "suite_folders", lambda: [folder])
    monkeypatch.setattr(stackproof, "__file__", str(tmp_path / "nowhere" / "__init__.py"))
    catalogue.entries.cache_clear()
    yield folder
    catalogue.entries.cache_clear()


def test_entries_of_the_suite() -> None:
    """Sorted by id, each with a reason and a fix of one paragraph."""
    found = catalogue.entries()

    assert list(found) == sorted(found)
    assert found["effective-uid-nonroot"].family == "identity"
    for entry in found.values():
        assert entry.why
        assert entry.fix
        assert "\n" not in entry.why + entry.fix


def test_info_for_reports() -> None:
    """With the requirements of published standards."""
    info = catalogue.entries()["effective-uid-nonroot"].info()

    assert info.id == "effective-uid-nonroot"
    assert info.references
    assert info.family == "identity"


def test_suite_folders_exist() -> None:
    """In a checkout as in the wheel."""
    assert all(folder.is_dir() for folder in catalogue.suite_folders())
    assert [folder.name for folder in catalogue.suite_folders()] == ["infra", "http"]


def test_why_fix_and_scope_from_the_docstring(suite: Path) -> None:
    """Three paragraphs, each in one line."""
    (suite / "test_family.py").write_text(MODULE.format(id="all-well"))
    (entry,) = catalogue.entries().values()

    assert (entry.family, entry.why, entry.fix) == ("family", "Somebody could break in.", "mend it.")
    assert entry.scope == "all services."


def test_two_controls_of_one_id(suite: Path) -> None:
    """Their outcomes could not be told apart."""
    (suite / "test_a.py").write_text(MODULE.format(id="all-well"))
    (suite / "test_b.py").write_text(MODULE.format(id="all-well"))

    with pytest.raises(UsageError, match="declared twice: all-well"):
        catalogue.entries()


def test_other_files_are_no_part_of_the_suite(suite: Path) -> None:
    """Only test modules are read."""
    (suite / "helper.py").write_text("raise RuntimeError")

    assert catalogue.entries() == {}


def test_references_name_standard_and_requirement() -> None:
    """A reader can look them up."""
    found = catalogue.references()

    assert found
    for names in found.values():
        assert names
        assert len(set(names)) == len(names)
        assert all(" " in name for name in names)
