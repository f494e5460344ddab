"""Where controls are documented."""

import re
from importlib.metadata import metadata
from pathlib import Path

import pytest

from stackproof.controls import documentation
from stackproof.controls.catalogue import shipped
from stackproof.controls.documentation import VARIABLE, Documentation
from stackproof.controls.info import ControlInfo
from stackproof.controls.severity import Severity
from stackproof.errors import UsageError
from stackproof.isolation import mistakes
from stackproof.settings import Settings

IN_REPOSITORY = "https://git.example/acme/stackproof/blob/v1/docs/controls.md#{control}"


def info(name: str) -> ControlInfo:
    """A control."""
    return ControlInfo(id=name, title=name, severity=Severity.HIGH)


@pytest.mark.parametrize(
    ("chosen", "variable", "shape", "home"),
    [
        ("https://a.example/", IN_REPOSITORY, "https://a.example/controls/{control}/", "https://a.example"),
        ("https://a.example/?of={control}", "", "https://a.example/?of={control}", "https://a.example/?of="),
        (None, IN_REPOSITORY, IN_REPOSITORY, IN_REPOSITORY.removesuffix("#{control}")),
        (None, "https://a.example", "https://a.example/controls/{control}/", "https://a.example"),
        (None, "", "", ""),
        (None, "javascript:alert(1)", "", ""),
    ],
)
def test_which_is_known(
    monkeypatch: pytest.MonkeyPatch, chosen: str | None, variable: str, shape: str, home: str
) -> None:
    """What the user chose, then what the caller knows, then what the package says."""
    monkeypatch.setattr(documentation, "of_package", lambda: "")
    found = Documentation.known(chosen, {VARIABLE: variable})

    assert (found.shape, found.home) == (shape, home)


@pytest.mark.parametrize(
    ("urls", "shape"),
    [
        ({"documentation": "https://a.example/", "repository": "https://github.com/a/b"}, "https://a.example/controls/{control}/"),
        ({"homepage": "https://a.example", "repository": "https://github.com/a/B.git"}, "https://github.com/a/B/blob/v2/docs/controls.md#{control}"),
        ({"source": "https://gitlab.a.example/b/"}, "https://gitlab.a.example/b/-/blob/v2/docs/controls.md#{control}"),
        ({"homepage": "https://github.com/a/b"}, "https://github.com/a/b/blob/v2/docs/controls.md#{control}"),
        ({"homepage": "https://a.example", "repository": "https://git.example/a"}, ""),
        ({}, ""),
    ],
)  # fmt: skip
def test_what_a_package_says(urls: dict[str, str], shape: str) -> None:
    """Its documentation; else its repository, where that is one that shows pages with anchors."""
    assert documentation.shape_of(urls, "2") == shape


def test_what_this_package_says() -> None:
    """As its metadata has it: nothing, as long as that names no address."""
    urls = metadata("stackproof").get_all("Project-URL") or []

    assert bool(documentation.of_package()) == bool(urls)


def test_only_our_controls_have_pages() -> None:
    """A control of a team has none in our documentation."""
    linked = list(Documentation(IN_REPOSITORY).linked([info("no-privileged"), info("house-rule")]))

    assert [one.documentation for one in linked] == [IN_REPOSITORY.replace("{control}", "no-privileged"), ""]
    assert list(Documentation().linked([info("no-privileged")])) == [info("no-privileged")]


def test_page_of_controls_has_the_anchors() -> None:
    """Headings of one word are their own anchors on GitHub and GitLab, and those of a kind are numbered."""
    page = (Path(__file__).parents[3] / "docs/controls.md").read_text()
    headings = re.findall(
        r"^#+ (.+)$", re.sub(r"^```.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL), re.MULTILINE
    )

    assert set(shipped()) <= set(headings)
    assert [name for name in shipped() if [one.lower() for one in headings].count(name) > 1] == []


@pytest.mark.parametrize(
    "text", ["docs", "ftp://a.example", "https://", "https://a.example/ b", "https://a/)", 'https://a"', ""]
)
def test_what_is_no_address(text: str) -> None:
    """It is told before anything runs."""
    with pytest.raises(UsageError, match=r"documentation: .* should be an address such as https://"):
        mistakes.check(Settings(documentation=text))
