"""What kept controls from being judged is told once, wherever a report tells it."""

import re
from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest
from tests.unit.report.obstacles import DB_DOWN, LOG, REASON, beside_sound, hostile, in_part, not_up
from tests.unit.report.samples import outcome
from tests.unit.report.test_report_html import Page

from stackproof.outcomes.model import Cause, OutcomeKind, Results, StackInfo
from stackproof.report import html, junit, results_json, terminal
from stackproof.report.causes import CauseView
from stackproof.report.view import Overview

UNKNOWN = OutcomeKind.UNKNOWN
ALL = [not_up, in_part, beside_sound]
FORMATS: dict[str, Callable[[Results], str]] = {
    "html": html.render,
    "junit": junit.render,
    "results_json": results_json.render,
    "terminal": lambda results: terminal.render(results, 80),
}


def _causes(results: Results) -> list[CauseView]:
    return [cause for stack in Overview.of(results).stacks for cause in stack.causes]


def _cases(results: Results) -> list[ET.Element]:
    return list(ET.fromstring(junit.render(results).encode()).iter("testcase"))  # noqa: S314 - written by us


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("make", ALL)
def test_reason_stands_once(name: str, make: Callable[[], Results]) -> None:
    """The log line that matters is there once, however many it concerns; in a page in its head, too."""
    text = FORMATS[name](make())

    assert text.count(REASON) == (2 if name == "html" else 1)
    assert text.count("1 of 3 read") == 1


@pytest.mark.parametrize(
    ("make", "title", "subject"),
    [
        (not_up, "24 controls not judged (71 outcomes)", "whole stack"),
        (in_part, "3 controls not judged", "db"),
        (beside_sound, "3 controls not judged", "whole stack"),
        (hostile, "2 controls not judged (8 outcomes)", "whole stack"),
    ],
)
def test_cause_says_how_much_it_concerns(make: Callable[[], Results], title: str, subject: str) -> None:
    """Controls, outcomes where these are more, and of what."""
    assert [(cause.title, cause.subject) for cause in _causes(make())] == [(title, subject)]


@pytest.mark.parametrize(
    ("services", "said"),
    [
        (["a"], "a"),
        (["b", "a"], "a, b"),
        (["a", "b", "c"], "a, b, c"),
        (["a", "b", "c", "d"], "4 services"),
        (["a", "b", "c", "d", "e"], "whole stack"),
        (["a", None], "whole stack"),
    ],
)
def test_cause_names_the_services_concerned(services: list[str | None], said: str) -> None:
    """A few by name, many by number, all of them as the stack."""
    results = in_part().model_copy(
        update={
            "stacks": (StackInfo(name="shop", files=(), services=("a", "b", "c", "d", "e")),),
            "outcomes": tuple(outcome(UNKNOWN, "no-privileged", service, cause="x") for service in services),
            "causes": (Cause(fingerprint="x", stack="shop", message="why", outcomes=len(services)),),
        }
    )

    assert [cause.subject for cause in _causes(results)] == [said]


def test_cause_that_is_not_told_leaves_its_outcomes_as_they_are() -> None:
    """An outcome that refers to nothing is told by itself, not lost."""
    results = in_part().model_copy(update={"causes": ()})

    assert _causes(results) == []
    assert terminal.render(results, 200).count("\nunknown  ") == 4
    assert html.render(results).count("not judged: service db") == 7  # head, without scripts, data


# -- terminal ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [40, 80, 140])
def test_terminal_shows_every_line_of_a_log(width: int) -> None:
    """Whole, behind a bar, at any width: below one line that says how much was not judged."""
    lines = terminal.render(not_up(), width).splitlines()
    at = lines.index("unknown  high  whole stack  24 controls not judged (71 outcomes)")

    assert lines[at + 1 : at + 8] == [f"  | {line}" for line in LOG.splitlines()]
    assert not [line for line in lines if line.startswith("unknown  ") and "not judged" not in line]


def test_terminal_keeps_what_was_judged() -> None:
    """Failures stand before the cause; an unknown of its own keeps its place."""
    lines = terminal.render(in_part(), 140).splitlines()
    rows = [line.split()[0] for line in lines if line.startswith(("fail ", "unknown "))]

    assert rows == ["fail", "fail", "unknown", "unknown"]
    assert (
        lines.index("unknown  critical  db  3 controls not judged")
        == [number for number, line in enumerate(lines) if line.startswith("unknown ")][-1]
    )


def test_terminal_hands_nothing_on() -> None:
    """Neither codes for the terminal nor commands for a CI server: no line begins with foreign text."""
    text = terminal.render(hostile(), 140, colour=True)

    assert "\x1b[2J" not in text
    assert "\x1b[31m" not in text
    assert not [line for line in text.splitlines() if line.strip().startswith(("::", "##", "<img"))]


def test_reason_is_untold_where_no_cause_tells_it() -> None:
    """A run without results tells all; the seconds that a process waited make no other reason."""
    later = LOG.replace("after 3 s", "after 41 s")
    other = "shop: no such image"

    assert terminal.untold([LOG, other], None) == [LOG, other]
    assert terminal.untold([later, other], not_up()) == [other]
    assert terminal.untold([LOG], in_part().model_copy(update={"causes": ()})) == [LOG]


# -- page --------------------------------------------------------------------------------------------------


def test_page_tells_a_cause_in_one_entry_and_one_article() -> None:
    """With the log as a block, and what was not judged folded away."""
    source = html.render(not_up())
    page = Page(source)

    blockers = source[source.index('<ol class="blockers">') :]
    assert blockers[: blockers.index("</ol>")].count("<li>") == 1
    assert page.tags["article"] == 1
    assert f'<pre tabindex="0">{LOG}</pre>' in source
    assert "Not judged: 24 controls" in page.text
    assert '<details class="ledger">' in source


def test_each_outcome_that_was_not_judged_leads_to_its_cause() -> None:
    """By the name that the article has, in the list and without scripts."""
    source = html.render(not_up())
    page = Page(source)
    index = page.islands["data-index"]
    leads = [index["texts"][number] for number in index["rows"]["cause"] if number]

    assert len(leads) == 71
    assert set(leads) <= set(page.ids)
    assert [link for link in page.links if link.startswith("#cause-")] == [f"#{leads[0]}"] * 72


def test_page_shows_others_beside_a_cause() -> None:
    """Findings, and an unknown that has a reason of its own, have their own articles."""
    page = Page(html.render(in_part()))

    assert page.tags["article"] == 1
    assert "the container went away" in page.text
    assert "GET /health said 500" in page.text


def test_page_obeys_no_part_of_a_cause() -> None:
    """Markup, quotes and surrogates in messages, names, aspects and fingerprints stay text."""
    source = html.render(hostile())
    page = Page(source)

    assert page.tags["script"] == 1
    assert page.tags["img"] == page.tags["i"] == 0
    assert "<b>odd" not in source
    assert not re.search(r'"[^<>"]*"\s+on\w+=', source)
    assert all(re.fullmatch(r"[\w-]+", name) for name in page.ids if name.startswith(("outcome", "cause")))


# -- JUnit -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [*ALL, hostile])
def test_first_case_tells_the_cause_and_the_others_name_it(make: Callable[[], Results]) -> None:
    """Each is an error of one line; what it names is a case, whose text has the whole log."""
    results = make()
    cases = [case for case in _cases(results) if (case[0].get("message") if len(case) else "") or ""]
    errors = [case for case in cases if (case[0].get("message") or "").startswith("not judged: ")]
    first, *others = errors

    assert len(errors) == sum(outcome.cause is not None for outcome in results.outcomes)
    assert {case[0].tag for case in errors} == {"error"}
    assert (first[0].text or "").count("\n") > 3
    told = f"not judged: the reason is told in {first.get('classname')} {first.get('name')}"
    assert {case[0].text for case in others} == {told}


def test_case_has_the_words_of_the_cause() -> None:
    """Of a log, every line."""
    case = next(case for case in _cases(in_part()) if case.get("name") == "no-privileged[db]")

    assert case[0].text == f"3 controls not judged: db\n\n{DB_DOWN}"
