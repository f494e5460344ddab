"""`summary.md`: what a job's summary shows."""

import re
from typing import Any

import pytest
from tests.unit.report.runner import obeyed
from tests.unit.report.samples import called_below, mixed, narrowed, outcome, proven

from stackproof.outcomes.model import FileInfo, OutcomeKind, Results, Scope, ServiceInfo, StackInfo
from stackproof.report import summary, terminal
from stackproof.report.mermaid import MOST, flowchart
from stackproof.report.view import Overview

WORDS = "| a `b` <img src=x onerror=alert(1)> [l](javascript:x) &amp; **c** # d ~~e~~ \\ f"


def with_messages(text: str, count: int = 1) -> Results:
    """Return a run in which so many controls fail with this message."""
    outcomes = tuple(outcome(OutcomeKind.FAIL, f"c{n}", "web", text, aspect=text) for n in range(count))
    return mixed().model_copy(update={"outcomes": outcomes, "causes": ()})


def test_verdict_comes_first(sample: tuple[str, Results]) -> None:
    """With a sign that is no colour alone."""
    overview, text = Overview.of(sample[1]), summary.render(sample[1])

    assert text.splitlines()[0].endswith(f"stackproof: {overview.verdict}")
    assert ("\u2705" in text.splitlines()[0]) is (overview.verdict == "PROVEN")
    for stack in overview.stacks:
        assert f"| {stack.verdict} |" in text


def test_scope() -> None:
    """A narrowed run says so on top."""
    assert summary.render(narrowed()).splitlines()[2].startswith("**Covers 3 of 150 controls: select no-priv")


def test_whole_run_says_by_which_profile() -> None:
    """PROVEN by a small profile never reads like PROVEN by the whole catalogue."""
    scope = Scope(profile="hygiene", catalogue=118, known=20, chosen=20)
    run = proven().run.model_copy(update={"scope": scope})
    results = proven().model_copy(update={"run": run})
    told = "covers all 20 controls of profile hygiene (the catalogue has 118)"

    assert f"; {told}.\n" in summary.render(results)
    assert f"\n{told}\n" in terminal.render(results, 80)


def test_many_stacks() -> None:
    """The table has the worst; the findings below it are not cut off by the rest."""
    names = [f"s{number:05}" for number in range(12_000)]
    last = outcome(OutcomeKind.FAIL, "no-privileged", "web", "is privileged", stack=names[-1])
    passes = (outcome(OutcomeKind.PASS, "no-privileged", "web", stack=name) for name in names[:-1])
    stacks = tuple(StackInfo(name=name, files=("compose.yml",), services=("web",)) for name in names)
    update = {"stacks": stacks, "outcomes": (*passes, last), "causes": ()}
    text = summary.render(proven().model_copy(update=update))

    assert "| s11999 | NOT PROVEN | 1 |" in text
    assert "and 11900 more stacks in the report; of all 11999 PROVEN, 1 NOT PROVEN." in text
    assert "is privileged" in text
    assert len(text) < summary.MOST_BYTES / 50


def test_foreign_text_is_text() -> None:
    """It opens no tag, no cell and no link."""
    text = summary.render(with_messages(WORDS))
    (row,) = [line for line in text.splitlines() if line.startswith("| fail")]

    assert row.replace("\\|", "").count("|") == 6
    for part in ("\\<img", "\\[l\\]", "\\`b\\`", "\\&amp;", "\\*\\*c", "\\# d"):
        assert part in row
    assert obeyed(text) == []


def test_long_message_is_cut() -> None:
    """A log is in the report."""
    text = summary.render(with_messages("x" * 5000))

    assert max(map(len, text.splitlines())) < 3 * summary.MOST_WORDS


def test_many_findings() -> None:
    """The gravest, and how many more there are."""
    text = summary.render(with_messages("m", summary.MOST_FINDINGS + 7))

    assert text.count("| fail ") == summary.MOST_FINDINGS + 1  # and the head of a table
    assert "and 7 more in the report." in text


def test_never_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """GitHub would refuse all of it."""
    whole = summary.render(mixed())
    monkeypatch.setattr(summary, "MOST_BYTES", 600)
    cut = summary.render(mixed())

    assert cut.endswith("a summary holds no more.*\n")
    assert whole.startswith(cut.partition("\n*The rest")[0])
    assert len(cut.encode()) < 700


def test_waivers_that_end_soon() -> None:
    """With their reasons; all others are counted."""
    text = summary.render(proven())

    assert "Accepted by waiver: 1 deviation, with less than 30 days left for:" in text
    assert "until 2027-03-20: master binds port 80, \\`workers\\` drop to nginx" in text


def test_topology() -> None:
    """Who waits for whom, what is published and where data is; names are quoted for Mermaid."""
    (shop,) = [stack for stack in proven().stacks if stack.name == "shop"]

    assert flowchart(shop).splitlines() == [
        "flowchart LR",
        '  s0["db<br/><small>back</small>"]',
        '  s1["we#34;b<br/><small>back, front</small>"]',
        '  v0[("data #60;b#62;")]',
        "  out((outside))",
        '  s0 -.-|"/var/lib/data"| v0',
        '  out -->|"127.0.0.1:8080:80/tcp"| s1',
        "  s1 -->|healthy| s0",
        "  classDef public stroke-width:3px",
        "  class s1 public",
    ]
    assert "```mermaid\nflowchart LR" in summary.render(proven())


@pytest.mark.parametrize("count", [0, 61])
def test_topology_that_cannot_be_drawn(count: int) -> None:
    """Nothing, or too much."""
    services = tuple(ServiceInfo(name=f"s{n}") for n in range(count))

    assert flowchart(StackInfo(name="x", files=(), services=(), topology=services)) == ""


@pytest.mark.parametrize(
    "name",
    [
        " ",
        "\n",
        "x" * 300,
        "fa:fa-ban",
        "$$x$$",
        "\\n",
        'a"]-->b',
        "end",
        "#35;",
        "`**b**`",
        "\u202eabc",
        "```",
    ],
)
def test_label_holds_no_grammar(name: str) -> None:
    """It is not empty, it is not long, and nothing in it is more than a letter."""
    (_head, node) = flowchart(
        StackInfo(name="x", files=(), services=(), topology=(ServiceInfo(name=name),))
    ).splitlines()
    label = node.removeprefix('  s0["').removesuffix('"]')

    assert re.fullmatch(r"(?:[\w _\-./:,\u200c]|#\d+;)+", label)
    assert len(re.sub(r"#\d+;", "?", label)) <= 64
    assert not re.search(r":fa-|#92;n|#36;#36;", label)


@pytest.mark.parametrize(
    "service",
    [
        {"depends_on": {f"s{n}": "started" for n in range(9)}},
        {
            "networks": tuple("<" * 60 for _ in range(9)),
            "volumes": {f"{n}{'<' * 60}": "<" * 60 for n in range(9)},
        },
    ],
    ids=["edges", "characters"],
)
def test_topology_beyond_what_mermaid_draws(service: dict[str, Any]) -> None:
    """It would draw a message in its place."""
    services = tuple(ServiceInfo(name=f"s{n}", **service) for n in range(MOST))

    assert flowchart(StackInfo(name="x", files=(), services=(), topology=services)) == ""
    assert flowchart(StackInfo(name="x", files=(), services=(), topology=services[:12]))


def test_place_leads_to_the_page_that_shows_it() -> None:
    """Where the repository is known: at the commit that was proven, from the repository's top."""
    said = outcome(OutcomeKind.FAIL, "a", "web", "bad", file="compose.yml", line=7, column=5)
    source = FileInfo(path="stacks/shop/compose.yml", sha256="0")
    known = mixed().model_copy(update={"outcomes": (said,), "causes": ()})
    stacks = tuple(stack.model_copy(update={"sources": (source,)}) for stack in known.stacks)
    results = called_below(
        "deploy", known.model_copy(update={"stacks": stacks}), "https://github.com/acme/shop"
    )
    address = f"https://github.com/acme/shop/blob/{'5' * 40}/deploy/stacks/shop/compose.yml#L7"

    assert f"| [stacks/shop/compose.yml:7:5]({address}) |" in summary.render(results)
