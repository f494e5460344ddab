"""The report's page as people use it."""

import re
from datetime import date
from itertools import product

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from tests.browser.conftest import Open, Opened, Scheme
from tests.unit.report.obstacles import not_up
from tests.unit.report.samples import empty, mixed, outcome, proven
from tests.unit.report.test_report_page import HOSTILE_TEXTS, everywhere, gone_through

from stackproof.outcomes.model import (
    ControlInfo,
    EventInfo,
    OutcomeKind,
    Results,
    ServiceInfo,
    Severity,
    StackInfo,
    WaiverUse,
)
from stackproof.report import html

WAIVED = OutcomeKind.WAIVED

_OPEN_ALL = """async () => {
  for (const node of document.querySelectorAll("main details")) node.open = true;
  await everything(true);
  await new Promise((done) => setTimeout(done, 100));
}"""
_WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def whole() -> Results:
    """Every kind of outcome, with picture and time line."""
    results = mixed()
    services = (
        ServiceInfo(
            name="web", public=True, ports=("80:80/tcp",), networks=("front",), depends_on={"db": "healthy"}
        ),
        ServiceInfo(name="db", networks=("a",), volumes={"/data": "data"}),
    )
    steps = (
        EventInfo(lane="faults", what="started", container="db-1", at=1.0),
        EventInfo(lane="faults", what="healthy", container="db-1", at=2.0),
        EventInfo(lane="faults", what="up", at=3.0, seconds=3.0),
        EventInfo(lane="faults", what="ended", container="db-1", at=4.0),
        EventInfo(lane="faults", what="started", container="db-1", at=5.0),
    )
    stack = results.stacks[0].model_copy(update={"topology": services, "timeline": steps})
    first, *others = results.outcomes
    rests = first.model_copy(update={"steps": ("s0",), "trials": ("t1",)})
    return gone_through(results.model_copy(update={"stacks": (stack,), "outcomes": (rests, *others)}))


def listed(opened: Opened) -> int:
    """Return how many outcomes the list shows."""
    return opened.page.locator("#list article").count()


@pytest.mark.parametrize(("width", "scheme"), list(product((360, 768, 1280, 1920), ("light", "dark"))))
def test_page_is_for_everybody(open_page: Open, width: int, scheme: Scheme) -> None:
    """Axe finds nothing, closed and with all opened; no width scrolls sideways; nothing is asked for."""
    opened = open_page(whole(), width=width, scheme=scheme)
    axe = Axe()
    for _ in range(2):
        found = axe.run(opened.page, options={"resultTypes": ["violations"]}).response["violations"]

        assert [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found] == []
        assert opened.page.evaluate(_WIDER) == 0
        opened.page.evaluate(_OPEN_ALL)
    assert opened.trouble == []
    assert opened.page.locator("svg.times rect.trial").count() == 1


@pytest.mark.parametrize("width", [768, 1280, 1920])
def test_ids_of_controls_stand_in_one_piece(open_page: Open, width: int) -> None:
    """Beside six columns of counts, too: the controls of a requirement have the room that they need."""
    results = whole()
    told = {"references": ("CIS Docker 1.6.0 4.1", "NIST SP 800-190 4.1.2")}
    long = results.controls[0].model_copy(update={"id": "no-sensitive-port-published"})
    controls = tuple(control.model_copy(update=told) for control in (*results.controls, long))
    opened = open_page(results.model_copy(update={"controls": controls}), width=width)
    ids = opened.page.locator("#coverage .id")
    ids.first.scroll_into_view_if_needed()

    assert ids.count() == 2 * len(controls)
    assert (
        ids.evaluate_all(
            "all => all.filter(one => one.getBoundingClientRect().height > 36).map(one => one.textContent)"
        )
        == []
    )


def test_axe_would_find_something(open_page: Open) -> None:
    """What was not found above could have been."""
    opened = open_page(proven())
    opened.page.evaluate("document.getElementById('needle').labels[0].remove()")
    opened.page.evaluate("document.getElementById('needle').removeAttribute('placeholder')")

    assert Axe().run(opened.page).violations_count > 0


def test_nothing_foreign_runs(open_page: Open) -> None:
    """No dialog, no request, no error, no element that we did not write, whatever is opened."""
    runs = [everywhere(text) for text in HOSTILE_TEXTS]
    opened = open_page(
        runs[1].model_copy(
            update={
                name: tuple(one for run in runs for one in getattr(run, name))
                for name in ("stacks", "controls", "outcomes", "trials", "steps")
            }
        )
    )
    opened.page.evaluate("grow(1000)")
    opened.page.evaluate(_OPEN_ALL)

    assert opened.trouble == []
    assert listed(opened) == len(OutcomeKind) * len(HOSTILE_TEXTS)
    assert opened.page.locator("main :is(img, b b, svg svg, iframe, script, style)").count() == 0
    assert opened.page.evaluate(_WIDER) == 0


def test_facets_words_and_address(open_page: Open) -> None:
    """Choices narrow the list and stand in the address, which brings them back; the rest is counted."""
    opened = open_page(whole())
    total = listed(opened)
    opened.page.get_by_role("button", name=re.compile(r"^fail \d")).click()
    opened.page.keyboard.press("/")
    opened.page.keyboard.type("web-1")

    assert 0 < listed(opened) < total
    assert opened.text("#shown") == f"{listed(opened)} of {total} shown"
    fragment = "#" + opened.page.url.partition("#")[2]
    again = open_page(whole(), fragment)
    assert (fragment, listed(again)) == ("#outcome=fail&q=web-1", listed(opened))
    assert (
        again.page.get_by_role("button", name=re.compile(r"^fail \d")).get_attribute("aria-pressed") == "true"
    )
    again.page.locator("#clear").click()
    assert listed(again) == total


def test_counts_are_what_a_choice_leaves(open_page: Open) -> None:
    """Each number on a button is what its click shows; the choices of one kind add up."""
    opened = open_page(whole())
    for button in opened.page.locator(".choices button").all():
        count = int(button.locator(".count").inner_text())
        button.click()
        assert opened.text("#shown").startswith(f"{count} of ")
        button.click()


def test_nothing_found_is_said(open_page: Open) -> None:
    """With a way back."""
    opened = open_page(whole(), "#q=nobody-has-this")

    assert "No outcome is like that." in opened.text("#list")
    opened.page.get_by_role("button", name="Show all").click()
    assert listed(opened) > 0


def test_link_shows_its_outcome_whatever_is_filtered(open_page: Open) -> None:
    """Opened, in view, and with the focus; the same from run to run."""
    anchor = open_page(whole()).page.locator("#list article.k-pass").first.get_attribute("id")
    opened = open_page(whole(), f"#{anchor}&outcome=fail")
    head = opened.page.locator(f"#{anchor} button.head")

    assert head.get_attribute("aria-expanded") == "true"
    assert head.evaluate("(node) => node === document.activeElement")
    assert opened.page.locator(f"#{anchor}").evaluate("(node) => node.getBoundingClientRect().top") < 900


@pytest.mark.parametrize(
    "fragment", ["#%E0%A4%A", "#outcome-unknown", "#q=%E0%A4%A", "#=", "#&&", "#sort=__proto__", "#stack=x"]
)
def test_odd_address(open_page: Open, fragment: str) -> None:
    """It shows all that there is."""
    opened = open_page(whole(), fragment)

    assert opened.trouble == []
    assert listed(opened) or "No outcome is like that." in opened.text("#list")


def test_order_and_keys(open_page: Open) -> None:
    """Gravest first; j and k go from one to the next, and Enter opens."""
    opened = open_page(whole())
    first = opened.page.locator("#list article").first

    assert "fail" in first.inner_text()
    opened.page.keyboard.press("j")
    opened.page.keyboard.press("j")
    opened.page.keyboard.press("k")
    opened.page.keyboard.press("Enter")
    opened.page.wait_for_selector("#list article:first-child .advice")
    opened.page.locator("#sort").select_option("service")
    assert opened.page.url.endswith("#sort=service")


def graded() -> Results:
    """Waivers of each severity, stacks of each verdict, and a requirement for each kind of outcome."""
    use = WaiverUse(reason="known", expires=date(2028, 1, 1))
    controls = tuple(
        ControlInfo(
            id=f"c{number}", title="c", severity=Severity.LOW, references=(f"CIS Docker 1.6.0 4.{number}",)
        )
        for number in range(len(OutcomeKind))
    )
    said = [
        *(
            outcome(WAIVED, f"c{WAIVED.rank}", severity, waiver=use, severity=severity)
            for severity in Severity
        ),
        *(outcome(kind, f"c{kind.rank}", "web") for kind in OutcomeKind if kind is not WAIVED),
        outcome(OutcomeKind.PASS, "c1", "web", stack="good"),
        outcome(OutcomeKind.FAIL, "c5", "web", stack="known", known=True),
        outcome(OutcomeKind.NOT_APPLICABLE, "c0", "web", stack="silent"),
    ]
    names = ("good", "known", "shop", "silent")
    return Results(
        run=proven().run.model_copy(update={"baseline": "b.json", "fail_on_new": True}),
        stacks=tuple(StackInfo(name=name, files=(f"{name}.yml",), services=("web",)) for name in names),
        controls=controls,
        outcomes=tuple(said),
    )


@pytest.mark.parametrize(
    ("table", "heading", "column", "worst_first"),
    [
        ("#waivers", "Severity", 2, [*reversed(Severity)]),
        ("#coverage", "Worst outcome", 2, [*OutcomeKind]),
        (
            "#main .stacks",
            "Verdict",
            2,
            ["NOT PROVEN", "NOTHING PROVEN", "NOT PROVEN, NOTHING NEW", "PROVEN"],
        ),
    ],
)
def test_words_with_a_rank_are_sorted_by_it(
    open_page: Open, table: str, heading: str, column: int, worst_first: list[str]
) -> None:
    """And not by their letters: the worst first, then the other way round."""
    opened = open_page(graded())
    for wanted in (worst_first, worst_first[::-1]):
        opened.page.locator(table).get_by_role("button", name=re.compile(f"^{heading}")).click()
        cells = opened.page.locator(f"{table} tbody tr > :nth-child({column})").all_text_contents()

        assert [cell.strip().lstrip("✕?WA✓– ") for cell in cells] == wanted  # noqa: RUF001 - our own sign


def test_gravest_stand_first_in_the_list(open_page: Open) -> None:
    """Of one kind of outcome, by the rank of the severity."""
    opened = open_page(graded(), "#outcome=waived")

    assert opened.page.locator("#list .severity").all_text_contents() == [*reversed(Severity)]


def test_copy_and_theme(open_page: Open) -> None:
    """A finding is copied, or selected where the browser does not let it be; the theme has three states."""
    opened = open_page(whole())
    opened.page.locator("#list button.head").first.click()
    opened.page.get_by_role("button", name="Copy finding").click()
    opened.page.get_by_role("button", name=re.compile("Copied|Select and copy")).wait_for()

    colours = set()
    for name in ("light", "dark", "system"):
        opened.page.locator("#theme").click()
        assert opened.text("#theme") == f"Theme: {name}"
        colours.add(opened.page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(colours) == 2


def test_filtered_print_says_so(open_page: Open) -> None:
    """And after it the page is as before."""
    opened = open_page(whole(), "#outcome=fail")
    before = [node.get_attribute("open") for node in opened.page.locator("main details").all()]
    opened.page.pdf(prefer_css_page_size=True)

    assert opened.text("#printed").startswith("Filtered: ")
    assert [node.get_attribute("open") for node in opened.page.locator("main details").all()] == before
    opened.page.locator("#clear").click()
    assert opened.page.locator("#printed").inner_text() == ""


def test_full_print_tells_each_trial_once(open_page: Open) -> None:
    """On paper nobody needs the steps of a bring-up with each outcome that rests on it; on a screen, yes."""
    results = proven()
    outcomes = (
        one.model_copy(update={"trials": ("7a1",)}) for one in results.outcomes if one.stack == "shop"
    )
    opened = open_page(results.model_copy(update={"outcomes": tuple(outcomes)}))
    opened.page.evaluate("() => { window.print = () => { document.body.dataset.printed = 'yes'; }; }")
    opened.page.locator("button[data-print=full]").click()
    opened.page.wait_for_selector("body[data-printed]", state="attached")
    trials = opened.page.locator("#list .opened summary", has_text="Shared: bring-up")
    named = opened.page.locator("#list .opened p", has_text="told above, where it is named first")
    told, again = trials.count(), named.count()
    opened.page.evaluate("dispatchEvent(new Event('afterprint'))")
    opened.page.locator("#list button.head").first.click()
    opened.page.locator("#list .opened .advice").first.wait_for()

    assert told == 1
    assert again >= 1
    assert named.count() == 0


def test_heads_that_pages_repeat(open_page: Open) -> None:
    """Chromium draws no button in them: on paper their words stand alone."""
    opened = open_page(whole())
    opened.page.emulate_media(media="print")
    shown = "nodes => nodes.map(node => getComputedStyle(node).display)"

    assert set(opened.page.locator("thead button").evaluate_all(shown)) == {"contents"}


@pytest.mark.parametrize("results", [proven(), empty(), not_up()], ids=["proven", "empty", "not-up"])
def test_page_without_scripts(
    browser: Browser, results: Results, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Verdict, findings and what each control saw can be read; what would do nothing is not there."""
    path = tmp_path_factory.mktemp("page") / "index.html"
    path.write_text(html.render(results), encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.as_uri())

    assert page.locator("button:visible").count() == 0
    assert page.locator("tr[id^=outcome-]").count() == len(results.outcomes)
    context.close()
