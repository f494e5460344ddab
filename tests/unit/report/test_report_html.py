"""The page: complete, self-contained, safe against what containers say, readable for everyone."""

import base64
import hashlib
import json
import re
from collections import Counter
from html import unescape
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from tests.unit.report.samples import called_below, mixed, narrowed, outcome, proven

from stackproof.outcomes.model import ControlInfo, OutcomeKind, Results
from stackproof.report import html
from stackproof.report.text import clean
from stackproof.report.verdict import Verdict

VOID = {"meta", "input", "br", "link", "img", "hr"}
LOADING = {"src", "srcset", "data", "poster", "action", "formaction", "background"}
AA = 4.5


class Page(HTMLParser):
    """Ids, links, loads and text of a page; fails on tags that do not nest."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.tags: Counter[str] = Counter()
        self.words: list[str] = []
        self.islands: dict[str, Any] = {}
        self._open: list[str] = []
        self._island = ""
        self.feed(source)
        self.close()
        assert not self._open, f"never closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a browser would do with the tag."""
        self._island = next((v or "" for k, v in attrs if tag == "script" and k == "id"), "")
        self.tags["island" if self._island else tag] += 1
        for name, value in attrs:
            if name == "id":
                self.ids[value or ""] += 1
            if tag == "a" and name == "href":
                self.links.append(value or "")
            if name in LOADING or name.startswith("on") or (tag == "link" and name == "href"):
                self.loads.append(f"{tag} {name}={value}")
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Hold end tags to their start tags."""
        assert self._open.pop() == tag, f"{tag} closes nothing here"
        self._island = ""

    def handle_data(self, data: str) -> None:
        """Collect text; data and script are none."""
        if self._island:
            self.islands[self._island] = json.loads(data)
        elif self._open[-1:] not in (["script"], ["style"]):
            self.words.append(data)

    @property
    def text(self) -> str:
        """All text, with single spaces."""
        return " ".join(" ".join(self.words).split())


def test_page_is_self_contained(sample: tuple[str, Results]) -> None:
    """Nothing is loaded: no source, no stylesheet, no import, no handler."""
    source = html.render(sample[1])

    assert Page(source).loads == []
    assert not re.search(r"url\(|@import|<link|<img|<iframe", source)


def test_links_lead_somewhere(sample: tuple[str, Results]) -> None:
    """Ids are unique and every link within the page has its target."""
    page = Page(html.render(sample[1]))

    assert [name for name, count in page.ids.items() if count > 1] == []
    assert [x for x in page.links if x.startswith("#") and unquote(x[1:]) not in page.ids] == []


def test_every_outcome_is_in_the_page(sample: tuple[str, Results]) -> None:
    """Each outcome is there with its control, subject, aspect and message, once per outcome."""
    page = Page(html.render(sample[1]))
    causes: dict[str | None, str] = {cause.fingerprint: cause.message for cause in sample[1].causes}

    for said in sample[1].outcomes:
        subject = said.container or said.service or "whole stack"
        for part in (said.control, subject, said.aspect, causes.get(said.cause, said.message)):
            assert " ".join(clean(part).split()) in page.text
    assert sum(name.startswith("outcome-") for name in page.ids) == len(sample[1].outcomes)


def test_messages_stay_text(mixed_results: Results) -> None:
    """Markup, template syntax and control characters of a container are shown, not obeyed."""
    source = html.render(mixed_results)

    assert Page(source).tags["script"] == 1
    assert "{{ 7 * 7 }}" in source
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]", source)


def test_reference_that_is_no_web_address_is_no_link(mixed_results: Results) -> None:
    """References and addresses come from data; `javascript:` must not become a link."""
    bad = {"references": ("javascript:alert(1)",), "documentation": "javascript:alert(2)"}
    control = mixed_results.controls[0].model_copy(update=bad)
    page = Page(html.render(mixed_results.model_copy(update={"controls": (control,)})))

    assert not [link for link in page.links if not link.startswith("#")]


def test_odd_control_id_is_still_a_target(mixed_results: Results) -> None:
    """An id with spaces and quotes breaks neither the page nor its links."""
    odd = 'odd "id" & <more>'
    control = ControlInfo(id=odd, title="Odd", severity="low")  # type: ignore[arg-type]
    outcome = mixed_results.outcomes[0].model_copy(update={"control": odd})
    update = {"controls": (control,), "outcomes": (outcome,)}
    page = Page(html.render(mixed_results.model_copy(update=update)))

    assert f"control-{odd}" in page.ids


def test_policy_allows_only_our_style_and_script(proven_results: Results) -> None:
    """The browser itself refuses whatever is not the style and script we wrote."""
    source = html.render(proven_results)
    match = re.search(r'Content-Security-Policy" content="([^"]+)"', source)
    assert match is not None
    policy = unescape(match[1])

    for tag in ("style", "script"):
        body = re.search(f"<{tag}>(.*?)</{tag}>", source, re.DOTALL)
        assert body is not None
        digest = base64.b64encode(hashlib.sha256(body[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")


@pytest.mark.parametrize(
    ("name", "headline"),
    [("proven", "PROVEN"), ("mixed", "NOT PROVEN"), ("empty", "NOTHING PROVEN"), ("silent", "NOT PROVEN")],
)
def test_headline(name: str, headline: str, request: pytest.FixtureRequest) -> None:
    """The title and the first heading give the verdict."""
    source = html.render(request.getfixturevalue(f"{name}_results"))

    assert f"<title>{headline} ·" in source
    assert re.search(rf"<h1><span[^>]*>.</span> {headline}</h1>", source)


def test_empty_run_says_so_loudly(empty_results: Results) -> None:
    """A run without outcomes is announced as an alert, and for its stack too."""
    source = html.render(empty_results)

    assert 'role="alert"><strong>Nothing was proven.</strong>' in source
    assert "Nothing is proven of this stack." in source


def test_control_that_never_ran_is_named(proven_results: Results) -> None:
    """A listed control without an outcome is not passed over in silence."""
    assert re.search("No outcome anywhere:</b> <code>never-asked</code>", html.render(proven_results))


def test_waiver_shows_reason_expiry_and_days(proven_results: Results) -> None:
    """Days left are counted from the run, so that an old report does not change."""
    text = Page(html.render(proven_results)).text

    assert "until 2027-03-20 (19 days left)" in text
    assert "19 days left ! (soon)" in text


def test_waiver_shows_what_it_accepts_and_for_whom(proven_results: Results) -> None:
    """One finding, those that a pattern matches, or all; and who answers for it."""
    waived = next(one for one in proven_results.outcomes if one.waiver)
    assert waived.waiver
    uses = [
        {"aspect": "/health", "owner": "platform <team>"},
        {"match": "root: .*", "owner": "ops"},
        {"aspect": "8080", "match": "tcp"},
        {},
    ]
    outcomes = tuple(
        waived.model_copy(update={"waiver": waived.waiver.model_copy(update=use)}) for use in uses
    )
    text = Page(html.render(proven_results.model_copy(update={"outcomes": outcomes}))).text

    reason = "master binds port 80, workers drop to nginx"
    table = text[text.index("Expires") :]
    assert f"aspect /health {reason} platform <team> 2027" in table
    assert f"match root: .* {reason} ops 2027" in table
    assert f"aspect 8080 , match tcp {reason} not named 2027" in table
    assert f"all findings {reason} not named 2027" in table
    assert "Accepted by platform <team> until" in text


def test_colours_have_contrast_aa() -> None:
    """Each text colour on each ground it stands on has a ratio of at least 4.5, in light and dark."""
    css = Path(html.__file__).with_name("templates").joinpath("report.css").read_text("utf-8")
    found = re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", css)
    light, dark = ({name: colours[place] for name, *colours in found} for place in (0, 1))
    kinds = ["fail", "unknown", "waived", "advisory", "pass", "na"]
    pairs = [
        *product(["ink", "soft", "link", *kinds], ["bg", "paper", "faint"]),
        *((k, f"{k}-bg") for k in kinds),
    ]
    pairs += [("ink", "fail-bg"), ("ink", "waived-bg"), ("soft", "na-bg"), ("paper", "ink")]

    weak = [(t, g) for theme in (light, dark) for t, g in pairs if _contrast(theme[t], theme[g]) < AA]

    assert weak == []


def _contrast(one: str, other: str) -> float:
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_verdict_in_part_is_not_shown_as_a_whole_one() -> None:
    """Neither by its sign nor by its colour, nor is what is known shown as what is new."""
    page = html.render(narrowed())

    assert '<header class="head part">' in page
    assert '<span aria-hidden="true">◐</span> PROVEN IN PART</h1>' in page
    assert '<span class="sr">proven in part</span>' in page
    assert '<header class="head good">' in html.render(proven())
    assert {verdict: (verdict.tone, verdict.sign) for verdict in Verdict} == {
        Verdict.PROVEN: ("good", "✓"),
        Verdict.PROVEN_IN_PART: ("part", "◐"),
        Verdict.NOT_PROVEN: ("bad", "✕"),
        Verdict.NOTHING_NEW: ("part", "✕"),
        Verdict.NOTHING_PROVEN: ("bad", "✕"),
    }


def test_commit_stands_in_the_summary_where_it_is_one() -> None:
    """Of several each stack tells its own."""
    one = called_below("", proven())
    others = (one.stacks[0], one.stacks[1].model_copy(update={"revision": None}))

    told = f"<dt>Commit</dt><dd><code>{'5' * 40}</code></dd>"
    assert told in html.render(one)
    assert told not in html.render(one.model_copy(update={"stacks": others}))


def test_code_in_what_fails_the_run_is_code() -> None:
    """As in the list of outcomes; what else is in it stays text."""
    said = outcome(OutcomeKind.FAIL, "a", "web", "gone after `down` <b>")
    page = html.render(mixed().model_copy(update={"outcomes": (said,), "causes": ()}))

    assert '<span class="gist">gone after <code>down</code> &lt;b&gt;</span>' in page
