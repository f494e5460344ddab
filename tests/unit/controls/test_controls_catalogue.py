"""Every control of the suite."""

from collections.abc import Iterator
from importlib.metadata import EntryPoint
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


RULE = '''
from stackproof import Finding, rule
from stackproof.controls import LOW

@rule("{id}", "All is well", severity=LOW)
def all_well(service):
    """Why. Fix: mend. Applies to: all."""
    yield Finding("x")
'''


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder of a team's own."""
    folder = tmp_path / "own"
    folder.mkdir()
    return folder


def test_own_folder(own: Path) -> None:
    """Its rules and controls stand beside ours; a file may be named alone."""
    (own / "house.py").write_text(RULE.format(id="our-rule"))
    (own / "test_mine.py").write_text(MODULE.format(id="our-control"))
    found = catalogue.entries((own,))

    assert set(found) - set(catalogue.entries()) == {"our-rule", "our-control"}
    assert (found["our-rule"].family, found["our-rule"].is_rule) == ("house", True)
    assert (found["our-control"].family, found["our-control"].is_rule) == ("mine", False)
    assert "our-control" not in catalogue.entries((own / "house.py",))


def test_what_a_module_imports_is_not_its_own(own: Path) -> None:
    """Else one rule would be declared twice."""
    (own / "house.py").write_text(
        "from stackproof.rules.identity import no_privileged\n" + RULE.format(id="our-rule")
    )

    assert set(catalogue.entries((own,))) - set(catalogue.entries()) == {"our-rule"}


def test_own_package(monkeypatch: pytest.MonkeyPatch, own: Path) -> None:
    """A package names its modules in an entry point, whose name is the family."""
    (own / "house_of_package.py").write_text(RULE.format(id="packaged-rule"))
    monkeypatch.syspath_prepend(str(own))
    point = EntryPoint(name="security", value="house_of_package", group=catalogue.ENTRY_POINTS)
    monkeypatch.setattr(catalogue, "entry_points", lambda group: [point] if group == point.group else [])
    catalogue.entries.cache_clear()
    found = catalogue.entries()
    catalogue.entries.cache_clear()

    assert found["packaged-rule"].family == "security"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = = 1", r"house\.py:1: invalid syntax"),
        ("\nimport nowhere_at_all", r"house\.py:2: ModuleNotFoundError: No module named 'nowhere_at_all'"),
        ("x = 1", r"own: there is no @control and no @rule in it"),
        (RULE.format(id="no-privileged"), "declared twice: no-privileged"),
        (RULE.format(id="Bad"), r"house\.py:5: ValueError: control id 'Bad' is not kebab-case"),
    ],
)
def test_own_folder_that_cannot_be_used(own: Path, text: str, words: str) -> None:
    """One message with the place."""
    (own / "house.py").write_text(text)

    with pytest.raises(UsageError, match=words):
        catalogue.entries((own,))


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        (
            "house.py",
            MODULE.format(id="our-control"),
            r"house\.py: pytest does not collect test_one, .* test_house\.py",
        ),
        (
            "test_house.py",
            MODULE.format(id="our-control").replace("test_one", "check"),
            "function test_check",
        ),
    ],
)
def test_own_control_that_pytest_does_not_collect(own: Path, name: str, text: str, words: str) -> None:
    """It would be listed and selected, and never decided."""
    (own / name).write_text(text)

    with pytest.raises(UsageError, match=words):
        catalogue.entries((own,))


def test_own_file_that_is_named(own: Path) -> None:
    """Pytest collects a file that it is given, whatever its name."""
    (own / "house.py").write_text(MODULE.format(id="our-control"))

    assert "our-control" in catalogue.entries((own / "house.py",))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("from stackproof.rules.identity import no_privileged\n", "there is no @control and no @rule in it"),
        ("import nowhere_at_all\n", "ModuleNotFoundError: No module named 'nowhere_at_all'"),
        (MODULE.format(id="our-control").replace("test_one", "one"), "pytest does not collect one"),
    ],
)
def test_own_package_that_brings_nothing(
    monkeypatch: pytest.MonkeyPatch, own: Path, text: str, words: str
) -> None:
    """What it declares elsewhere, or where pytest does not look, would be missed by nobody."""
    module = f"house_{len(text)}"
    (own / f"{module}.py").write_text(text)
    monkeypatch.syspath_prepend(str(own))
    point = EntryPoint(name="security", value=module, group=catalogue.ENTRY_POINTS)
    monkeypatch.setattr(catalogue, "entry_points", lambda group: [point] if group == point.group else [])
    catalogue.entries.cache_clear()

    with pytest.raises(UsageError, match=words):
        catalogue.entries()
    catalogue.entries.cache_clear()


def test_own_package_with_a_live_control(monkeypatch: pytest.MonkeyPatch, own: Path) -> None:
    """Its file is one that pytest must be given."""
    (own / "house_alive.py").write_text(MODULE.format(id="our-control"))
    (own / "house_still.py").write_text(RULE.format(id="our-rule"))
    monkeypatch.syspath_prepend(str(own))
    points = [EntryPoint(name=name, value=name, group="x") for name in ("house_alive", "house_still")]
    monkeypatch.setattr(catalogue, "entry_points", lambda group: points if group else [])
    catalogue.entries.cache_clear()
    found = catalogue.entries()
    catalogue.entries.cache_clear()

    assert {"our-control", "our-rule"} <= set(found)
    assert catalogue.packaged_tests() == [own / "house_alive.py"]


def test_own_folder_that_is_not_there(own: Path) -> None:
    """A slip in a path must not silently prove less."""
    with pytest.raises(UsageError, match="there is no such file or folder"):
        catalogue.entries((own / "nowhere",))


def test_outline_tells_what_the_modules_say() -> None:
    """It reads the suite without running it, and must not be wrong about any control."""
    assert catalogue.outline() == catalogue.entries()
    assert catalogue.told() == catalogue.entries()
    assert catalogue.shipped() == set(catalogue.entries())
