"""The documentation as a site. `make docs-site`, which `make lint` runs, sees that no anchor is broken."""

import importlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from tests.unit.report.samples import mixed

from stackproof.controls import catalogue
from stackproof.controls.catalogue import Entry
from stackproof.controls.control import Control, Lane, Needs
from stackproof.controls.severity import Severity

ROOT = Path(__file__).parents[2]
CONTROLS = sorted(catalogue.entries())
LINK = re.compile(r"(!?)\[[^\]]*\]\((?![a-z]+:)([^)#]+)")
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages, as the site is made of them."""
    folder: Path = tmp_path_factory.mktemp("site") / "pages"
    subprocess.run([sys.executable, ROOT / "scripts" / "docs_site.py", "--pages", folder], check=True)
    return folder


def nav(part: Any) -> Iterator[str]:  # noqa: ANN401 - TOML
    """Yield the pages that a part of the navigation names."""
    if isinstance(part, str):
        yield part
    for one in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from nav(one)


def test_each_control_has_a_page(site: Path) -> None:
    """At the address to which SARIF's `helpUri` leads (`report.sarif`), with all of its parts."""
    pages = {path.stem: path.read_text() for path in (site / "controls").glob("*.md")}
    parts = (
        "## Why",
        "## What is run",
        "## Fix",
        "## Examples",
        "## False alarms",
        "## Waive it",
        "Good:",
        "Bad:",
    )

    assert sorted(pages) == sorted([*CONTROLS, "index"])
    assert [(name, part) for name in CONTROLS for part in parts if f"\n{part}\n" not in pages[name]] == []
    assert [name for name in CONTROLS if f"]({name}.md)" not in pages["index"]] == []


def test_no_link_leads_nowhere(site: Path) -> None:
    """Neither to a page nor to a picture."""
    broken = [
        (path.name, target)
        for path in site.rglob("*.md")
        for _picture, target in LINK.findall(CODE.sub("", path.read_text()))
        if not (path.parent / target).exists()
    ]

    assert broken == []


def test_each_page_is_found(site: Path) -> None:
    """The navigation names it, or another page does."""
    named = set(nav(tomllib.loads((ROOT / "zensical.toml").read_text())["project"]["nav"]))
    pages = {str(path.relative_to(site)) for path in site.rglob("*.md")}
    linked = {
        str((path.parent / target).resolve().relative_to(site))
        for path in site.rglob("*.md")
        for _picture, target in LINK.findall(path.read_text())
        if (path.parent / target).exists()
    }

    assert named - pages == set()
    assert pages - named - linked == set()


def test_inputs_of_the_action_are_explained() -> None:
    """Whoever adds one says what it means."""
    action = YAML(typ="safe").load(ROOT / "action.yml")
    page = (ROOT / "docs" / "ci.md").read_text()

    assert [name for name in (*action["inputs"], *action["outputs"]) if f"`{name}`" not in page] == []


@pytest.mark.parametrize("needs", list(Needs), ids=str)
@pytest.mark.parametrize("lane", list(Lane), ids=str)
def test_page_of_any_control(monkeypatch: pytest.MonkeyPatch, needs: Needs, lane: Lane) -> None:
    """Whatever a control needs, and without examples, references and words of its own."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    pages = importlib.import_module("control_pages")
    control = Control(id="is-new", title="It is new", severity=Severity.LOW, lane=lane, needs=needs)

    page = pages.single(Entry(control=control, family="odd", why="", fix="", scope=""))

    assert page.startswith("# is-new\n\nIt is new.\n")
    assert ("| lane |" in page) == (needs is Needs.SANDBOX)
    assert "stackproof check --select is-new" in page


def test_picture_of_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has what the terminal shows, and asks nobody for fonts."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    results = mixed()

    picture = importlib.import_module("pictures").of_terminal(results, Path("reports/index.html"))

    assert "font-face" not in picture
    assert re.findall(r"(?:url\(|href=)[^)]*", picture.replace("url(#", "")) == []
    assert [one.control for one in results.outcomes if one.outcome.gates and one.control not in picture] == []
