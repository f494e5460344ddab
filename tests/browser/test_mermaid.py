"""The topology of `summary.md` as Mermaid draws it, which comes from npm: no wheel for our Python has it."""

import shutil
import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from tests.unit.report.samples import proven

from stackproof.outcomes.model import ServiceInfo, StackInfo
from stackproof.report import mermaid

VERSION = "11.16.0"
_DRAW = """async (chart) => {
  mermaid.initialize({startOnLoad: false, securityLevel: "strict"});
  document.body.innerHTML = (await mermaid.render("drawn", chart)).svg;
  const labels = [...document.querySelectorAll(".node .nodeLabel")];
  return labels.map((node) => node.innerText.replaceAll("\\u200c", ""));
}"""
HOSTILE = (
    "end", "graph", "subgraph x", "class s0 public", 'click s0 "javascript:alert(1)"', 'a"b', "a]b",
    '[("x")]', "{{x}}", "`md **x**`", "# head", "#35;", "&lt;b&gt;", "<script>alert(1)</script>", "a;b",
    "%%{init: {}}%%", "<img src=x onerror=alert(1)>", "a|b", "-->",
    "日本語", "عربي", "1. item", "- item", "**b**", "$$x^2$$", "\\n", "fa:fa-ban", "@{ shape: x }", "```",
    "__proto__", "constructor", "https://evil.example", "a.b_c-d",
)  # fmt: skip


@pytest.fixture(scope="module")
def drawing(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page in which Mermaid is loaded."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("there is no npm to get Mermaid with")
    folder = tmp_path_factory.mktemp("npm")
    words = [npm, "install", "--no-save", "--ignore-scripts", "--prefix", str(folder), f"mermaid@{VERSION}"]
    subprocess.run(words, check=True, capture_output=True, timeout=300)
    page = browser.new_page()
    page.add_script_tag(path=folder / "node_modules" / "mermaid" / "dist" / "mermaid.min.js")
    yield page
    page.close()


def named(name: str) -> StackInfo:
    """Return a stack in which all that has a name has this one."""
    service = ServiceInfo(
        name=name,
        public=True,
        ports=(name,),
        networks=(name,),
        volumes={name: name},
        depends_on={"other": "healthy"},
    )
    return StackInfo(name="s", files=(), services=(), topology=(service, ServiceInfo(name="other")))


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_drawn_as_they_are(drawing: Page, name: str) -> None:
    """Whatever Mermaid would read in them."""
    seen = drawing.evaluate(_DRAW, mermaid.flowchart(named(name)))

    assert sorted(seen) == sorted([f"{name}\n{name}", "other", name, "outside"])


@pytest.mark.parametrize(
    ("name", "shown"), [("a\nb", "a b"), (" ", "?"), ("x" * 300, f"{'x' * 60} ..."), ("\x1b[2Ja\x00", "a␀")]
)
def test_names_that_no_label_can_hold(drawing: Page, name: str, shown: str) -> None:
    """They are shown as far as they can be."""
    assert f"{shown}\n{shown}" in drawing.evaluate(_DRAW, mermaid.flowchart(named(name)))


def test_topology_is_drawn(drawing: Page) -> None:
    """Of an ordinary stack."""
    seen = drawing.evaluate(_DRAW, mermaid.flowchart(proven().stacks[0]))

    assert sorted(seen) == sorted(["db\nback", 'we"b\nback, front', "data <b>", "outside"])


def test_as_much_as_mermaid_draws(drawing: Page) -> None:
    """Up to its limits; of more there is no diagram in place of one that says `too many edges`."""
    names = [f"s{number}" for number in range(mermaid.MOST)]

    def meshed(waits: int) -> str:
        services = tuple(
            ServiceInfo(
                name=name, depends_on=dict.fromkeys(names[number + 1 : number + 1 + waits], "started")
            )
            for number, name in enumerate(names)
        )
        return mermaid.flowchart(StackInfo(name="s", files=(), services=(), topology=services))

    edges = {waits: meshed(waits).count("-->") for waits in range(5, 12)}
    most = max(waits for waits in edges if edges[waits])

    assert mermaid.MOST_EDGES - mermaid.MOST < edges[most] <= mermaid.MOST_EDGES
    assert edges[most + 1] == 0
    assert len(drawing.evaluate(_DRAW, meshed(most))) == mermaid.MOST
