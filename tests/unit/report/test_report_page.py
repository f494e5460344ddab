"""What the page shows beside outcomes: coverage, reasons, waivers, links, fixes, pictures, data."""

import base64
import gzip
import json
import re
from datetime import date, timedelta
from typing import Any

import pytest
from ruamel.yaml import YAML
from tests.unit.report.samples import CONTROLS, HOSTILE, mixed, outcome, proven
from tests.unit.report.test_report_html import Page
from tests.unit.report.test_report_links import repository

from stackproof.outcomes.model import (
    ControlInfo,
    EventInfo,
    FileInfo,
    Outcome,
    OutcomeKind,
    Results,
    RevisionInfo,
    ServiceInfo,
    Severity,
    StackInfo,
    Step,
    Trial,
    WaiverUse,
)
from stackproof.report import html
from stackproof.report.entry import Entry
from stackproof.report.page import layout, standards, topology
from stackproof.report.page.patches import PATCHES, patch
from stackproof.report.page.reasons import reasons
from stackproof.report.page.timeline import sandboxes
from stackproof.report.page.waivers import waivers
from stackproof.report.text import clean
from stackproof.report.view import Overview

FAIL, PASS, WAIVED, NOT_APPLICABLE = (
    OutcomeKind.FAIL, OutcomeKind.PASS, OutcomeKind.WAIVED, OutcomeKind.NOT_APPLICABLE,
)  # fmt: skip


def entry(
    kind: OutcomeKind, control: str, service: str | None = "web", message: str = "", **more: object
) -> Entry:
    """An outcome as reports show it."""
    known = {one.id: one for one in CONTROLS}
    control_info = known.get(control) or ControlInfo(id=control, title=control, severity=Severity.HIGH)
    return Entry(
        anchor="outcome-1",
        outcome=outcome(kind, control, service, message, **more),
        control=control_info,
        run_date=date(2027, 3, 1),
        info=StackInfo(name="shop", files=("shop/compose.yml",), services=("web",)),
    )


def shop(
    *services: ServiceInfo, outcomes: tuple[Outcome, ...] = (), timeline: tuple[EventInfo, ...] = ()
) -> Results:
    """A run of one stack."""
    info = StackInfo(
        name="shop",
        files=("shop/compose.yml",),
        services=tuple(one.name for one in services),
        topology=services,
        timeline=timeline,
    )
    return proven().model_copy(update={"stacks": (info,), "outcomes": outcomes})


# -- coverage ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reference", "parts"),
    [
        ("CIS Docker 1.6.0 4.1", ("CIS Docker 1.6.0", "4.1")),
        ("NIST SP 800-190 4.1.2", ("NIST SP 800-190", "4.1.2")),
        ("NIST SP 800-53 AC-6(1)", ("NIST SP 800-53", "AC-6(1)")),
        ("OWASP Docker rule 5a", ("OWASP Docker", "rule 5a")),
        ("PCI DSS 4.0.1 requirement 2.2.1", ("PCI DSS 4.0.1", "requirement 2.2.1")),
        ("BSI SYS.1.6.A17 A17", ("BSI SYS.1.6.A17", "A17")),
        ("hadolint DL3002", ("hadolint", "DL3002")),
        ("checkov CKV_DOCKER_3", None),
        ("https://example.org/rules#rule-2", None),
        ("the compose specification", None),
        ("", None),
    ],
)
def test_reference_is_parted(reference: str, parts: tuple[str, str] | None) -> None:
    """Into standard and requirement, where it is one of a standard."""
    assert standards.parted(reference) == parts


def test_coverage_counts_what_was_said_of_each_requirement() -> None:
    """In the order of numbers, with the worst outcome; what was not measured is not kept."""
    controls = [
        ControlInfo(id=name, title=name, severity=Severity.LOW, references=references)
        for name, references in {
            "a": ("CIS 5.10",),
            "b": ("CIS 5.9", "CIS 5.10"),
            "c": ("CIS 5.11",),
            "d": ("CIS 6",),
            "e": ("https://example.org",),
        }.items()
    ]
    said = [entry(PASS, "a"), entry(FAIL, "b"), entry(NOT_APPLICABLE, "c")]
    (found,) = standards.standards(controls, said)

    assert [one.name for one in found.requirements] == ["5.9", "5.10", "5.11", "6"]
    assert [one.state for one in found.requirements] == [FAIL, FAIL, NOT_APPLICABLE, None]
    assert (found.measured, found.kept) == (2, 0)
    assert standards.standards(controls, [entry(PASS, "a"), entry(PASS, "b")])[0].kept == 2


# -- reasons -----------------------------------------------------------------------------------------------


def test_reasons_are_told_once() -> None:
    """Whatever subject they name; the most frequent first."""
    said = [
        entry(NOT_APPLICABLE, "a", "web", "the contract does not scale web"),
        entry(NOT_APPLICABLE, "b", "db", "db: no port"),
        entry(NOT_APPLICABLE, "a", "app", "the contract does not scale app"),
        entry(NOT_APPLICABLE, "a", "app", "the contract does not scale app"),
        entry(PASS, "a", "x", "the contract does not scale x"),
    ]
    first, second = reasons(said)

    assert first.text == "the contract does not scale …"
    assert first.subjects == ("shop / web", "shop / app")
    assert (second.text, [one.id for one in second.controls]) == ("…: no port", ["b"])


# -- waivers -----------------------------------------------------------------------------------------------


def test_waivers_are_listed_once_the_next_to_end_first() -> None:
    """With all that each accepts, the gravest severity, and where it stands."""
    late = WaiverUse(reason="r", expires=date(2028, 1, 1), file="stackproof.yml", line=4)
    soon = WaiverUse(reason="r", expires=date(2027, 4, 1))
    said = [
        entry(WAIVED, "memory-limit", waiver=late, aspect="a"),
        entry(WAIVED, "memory-limit", waiver=late, aspect="b", severity=Severity.CRITICAL),
        entry(WAIVED, "no-privileged", waiver=soon),
        entry(PASS, "no-privileged", "db"),
    ]
    first, second = waivers(said, [repository("https://github.com/acme/shop")])

    assert (first.use, first.place, first.link) == (soon, "", "")
    assert (len(second.entries), second.severity) == (2, Severity.CRITICAL)
    assert second.place == "shop/stackproof.yml:4"
    assert second.link.endswith("/shop/stackproof.yml#L4")


# -- fixes -------------------------------------------------------------------------------------------------

BELOW = {"limit": "none", "belongs below": "deploy.resources.limits"}
PUBLISHED = ServiceInfo(
    name="db",
    ports=("5432:5432/tcp", "[::]:53:53/udp", "127.0.0.1:80:80/tcp"),
    depends_on={"a": "completed", "b": "started"},
)


@pytest.mark.parametrize(
    ("control", "evidence", "lines"),
    [
        ("restart-policy-set", {}, {"restart": "unless-stopped"}),
        ("image-user-nonroot", {}, {"user": "1000:1000"}),
        ("no-privileged", {}, {"privileged": False}),
        (
            "no-sensitive-port-published",
            {},
            {"ports": ["127.0.0.1:5432:5432", "127.0.0.1:53:53/udp", "127.0.0.1:80:80"]},
        ),
        (
            "startup-order-follows-conditions",
            {},
            {
                "depends_on": {
                    "a": {"condition": "service_completed_successfully"},
                    "b": {"condition": "service_healthy"},
                }
            },
        ),
        (
            "no-anonymous-data-volume",
            {"anonymous": {"/data/x y": []}},
            {"volumes": ["db-data-x-y:/data/x y"]},
        ),
        ("cap-drop-all", {}, {"cap_drop": ["ALL"]}),
        ("pids-limit", {"limit": "none"}, {"pids_limit": 256}),
        ("pids-limit", BELOW, {"deploy": {"resources": {"limits": {"pids": 256}}}}),
        ("memory-limit", BELOW, {"deploy": {"resources": {"limits": {"memory": "<256m>"}}}}),
        ("cpu-limit", BELOW, {"deploy": {"resources": {"limits": {"cpus": "<1.0>"}}}}),
    ],
)
def test_fix_is_yaml_for_the_service(control: str, evidence: dict[str, Any], lines: dict[str, Any]) -> None:
    """It says what it should, and a compose file can have it."""
    text = patch(entry(FAIL, control, "db", evidence=evidence), PUBLISHED)

    assert YAML(typ="safe").load(text)["services"] == {"db": lines}


@pytest.mark.parametrize("name", ['we"b', "a: b", "x\ny", "- x", "{{ 1 }}", "no'", "#", HOSTILE])
def test_fix_names_any_service(name: str) -> None:
    """A name cannot add a key."""
    read = YAML(typ="safe").load(patch(entry(FAIL, "graceful-stop", name), None))

    assert len(read["services"]) == 1
    assert list(read["services"].values()) == [{"init": True, "stop_grace_period": "30s"}]


@pytest.mark.parametrize(
    ("kind", "control", "evidence"),
    [
        (PASS, "graceful-stop", {}),
        (FAIL, "unlisted", {}),
        (FAIL, "no-sensitive-port-published", {}),
        (FAIL, "no-anonymous-data-volume", {"anonymous": "x"}),
        (FAIL, "no-anonymous-data-volume", {"anonymous": {}}),
        (FAIL, "startup-order-follows-conditions", {}),
    ],
)
def test_no_fix_is_made_up(kind: OutcomeKind, control: str, evidence: dict[str, Any]) -> None:
    """Where nothing is wrong, or nothing is known to write."""
    assert patch(entry(kind, control, "web", evidence=evidence), None) == ""


def test_every_fix_is_yaml() -> None:
    """Each of them, for a service that has all."""
    texts = {
        name: patch(entry(FAIL, name, "db", evidence={"anonymous": {"/x": []}}), PUBLISHED)
        for name in PATCHES
    }

    assert all(list(YAML(typ="safe").load(text)["services"]) == ["db"] for text in texts.values())


# -- pictures ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "edges"),
    [
        (0, []),
        (1, []),
        (3, [(0, 1)]),
        (4, [(0, 1), (1, 2), (2, 3), (0, 3)]),
        (3, [(0, 1), (1, 2), (2, 0)]),
        (6, [(0, 1), (2, 3), (4, 5)]),
        (40, [(a, b) for a in range(40) for b in (a * 2 + 1, a * 2 + 2, a + 7) if b < 40]),
        (60, []),
    ],
)
def test_layout_has_all_boxes_apart(count: int, edges: list[layout.Edge]) -> None:
    """No two at one place, none outside, each line from box to box, and the same again."""
    found = layout.arrange(count, edges)

    assert sorted(found.boxes) == list(range(count))
    near = [
        (a, b)
        for a, (x, y) in found.boxes.items()
        for b, (to_x, to_y) in found.boxes.items()
        if a < b and abs(x - to_x) < topology.WIDE and abs(y - to_y) < topology.HIGH
    ]
    assert near == []
    assert all(0 < x < found.width and 0 < y < found.height for x, y in found.boxes.values())
    for (a, b), line in found.lines.items():
        assert (line[0], line[-1]) == (found.boxes[a], found.boxes[b])
    assert found == layout.arrange(count, edges)


def test_topology_is_what_was_seen() -> None:
    """Listening, answers, data and outages come from outcomes; what nobody looked at is none of them."""
    services = (
        ServiceInfo(name="db", networks=("back",), volumes={"/data": "data"}),
        ServiceInfo(
            name="web", public=True, ports=("80:80/tcp",), networks=("back",), depends_on={"db": "healthy"}
        ),
        ServiceInfo(name="beside", networks=("service:web",)),
        ServiceInfo(name="alone", networks=("none",)),
    )
    outcomes = (
        outcome(PASS, "only-needed-ports-published", "db", evidence={"listening": ["tcp 5432"]}),
        outcome(PASS, "only-needed-ports-published", "beside", evidence={"listening": []}),
        outcome(FAIL, "published-port-reachable", "web"),
        outcome(PASS, "internal-port-not-reachable", "db"),
        outcome(WAIVED, "volume-data-survives-down-up", "db"),
        outcome(
            PASS,
            "datastore-requires-credentials",
            "db",
            evidence={"PostgreSQL, port 5432 from network back": []},
        ),
        outcome(
            PASS,
            "tolerates-missing-dependency",
            "db",
            evidence={
                "stopped": "db",
                "during": ["web /db: status 503 in 0.1 s", "beside /: status 200 in 0.1 s", 7],
            },
        ),
    )
    (stack,) = Overview.of(shop(*services, outcomes=outcomes)).stacks
    db, web, beside, alone = topology.parts(stack)

    assert (db.listens, db.hidden, db.keeps, db.asked_from) == (("tcp 5432",), PASS, WAIVED, ("back (5432)",))
    assert (web.listens, web.answers, web.feels, web.reaches) == (None, FAIL, ("db",), ("db", "beside"))
    assert (beside.listens, beside.feels, beside.reaches) == ((), (), ("db", "web"))
    assert (alone.answers, alone.reaches) == (None, ())
    drawn = topology.picture([db, web, beside, alone])
    assert drawn is not None
    assert {(line.kind, line.label) for line in drawn.lines} == {
        ("felt", "healthy"), ("stores", "/data"), ("published", "80:80/tcp"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "evidence", [{"listening": 7}, {"listening": {"a": 1}}, {"during": "x"}, {"stopped": ["x"]}, {}]
)
def test_topology_of_odd_evidence(evidence: dict[str, Any]) -> None:
    """A team's own test may write anything: it is not used, and breaks nothing."""
    outcomes = (
        outcome(PASS, "only-needed-ports-published", "web", evidence=evidence),
        outcome(PASS, "tolerates-missing-dependency", "web", evidence=evidence),
    )
    (stack,) = Overview.of(shop(ServiceInfo(name="web"), outcomes=outcomes)).stacks

    assert [(part.listens, part.feels) for part in topology.parts(stack)] == [(None, ())]


def test_picture_of_too_many_is_left_out() -> None:
    """The table has them."""
    many = tuple(ServiceInfo(name=f"s{number}") for number in range(topology.MOST + 1))
    results = shop(*many)
    (stack,) = Overview.of(results).stacks

    assert topology.picture(topology.parts(stack)) is None
    assert f"s{topology.MOST}" in Page(html.render(results)).text


def test_time_line_tells_starts_health_and_recovery() -> None:
    """By sandbox, from its first event on; a container that came back within a trial has its seconds."""

    def event(what: str, at: float, container: str = "", seconds: float = 0.0) -> EventInfo:
        lane = "faults" if at > 9 else "observe"
        return EventInfo(lane=lane, what=what, container=container, at=at, seconds=seconds)

    events = (
        event("started", 12.0, "db-1"),
        event("healthy", 14.0, "db-1"),
        event("started", 15.0, "web-1"),
        event("up", 16.0, seconds=6.0),
        event("ended", 20.0, "web-1"),
        event("started", 21.5, "web-1"),
        event("ended", 30.0, "db-1"),
        event("up", 3.0, seconds=1.0),
    )
    results = gone_through(shop(timeline=events))
    faults, observe = sandboxes(results.stacks[0], results)

    assert (faults.lane, faults.began, faults.seconds) == ("faults", 10.0, 20.0)
    starts = [(one.container, one.started, one.healthy) for one in faults.starts]
    assert starts == [("db-1", 2.0, 4.0), ("web-1", 5.0, None)]
    (crash,) = faults.trials
    assert (crash.name, crash.at, crash.ended, crash.back) == (
        "crash", 25.0, ("web-1",), ("web-1 after 1.5 s",)
    )  # fmt: skip
    assert (observe.starts, observe.trials) == ((), ())
    assert sandboxes(StackInfo(name="x", files=(), services=()), results) == []


def gone_through(results: Results) -> Results:
    """The same with a bring-up and a crash, and what was asked for them."""
    start = results.run.started
    steps = tuple(
        Step(id=f"s{number}", command=f"docker kill {number}", started=start, exit=number, output="gone")
        for number in range(2)
    )
    crash = Trial(
        id="t1", stack="shop", lane="faults", name="crash", started=start + timedelta(seconds=19), seconds=6,
        steps=("s0", "s1"), steps_left_out=4,
    )  # fmt: skip
    up = crash.model_copy(update={"id": "t0", "name": "bring-up"})
    other = crash.model_copy(update={"id": "t2", "stack": "blog"})
    return results.model_copy(update={"steps": steps, "trials": (up, crash, other)})


def test_what_was_asked_is_beside_the_evidence() -> None:
    """Each step once, with those of the trials that an outcome shares; one that is not kept is told."""
    rests: dict[str, Any] = {"steps": ("s1", "gone"), "trials": ("t1", "t2")}
    results = gone_through(
        shop(ServiceInfo(name="web"), outcomes=(outcome(PASS, "crash-restart", "web", **rests),))
    )
    more = Page(html.render(results)).islands["data-stack-1"]

    assert [[more["steps"][number][0] for number in numbers] for numbers in more["asked"]] == [
        ["docker kill 1", "(not kept)"]
    ]
    ((number,),) = more["shares"]
    name, _started, seconds, asked, left_out, _error = more["trials"][number]
    assert (name, seconds, left_out) == ("crash (faults)", 6, 4)
    assert [more["steps"][one][4:6] for one in asked] == [[0, "gone"], [1, "gone"]]


# -- data --------------------------------------------------------------------------------------------------


def test_island_has_every_outcome_with_its_evidence() -> None:
    """In one order: what is listed of a stack and what more there is of it."""
    results = mixed()
    page = Page(html.render(results))
    index = page.islands["data-index"]

    assert len(index["rows"]["kind"]) == len(results.outcomes)
    assert {len(column) for column in index["rows"].values()} == {len(results.outcomes)}
    first = 0
    for stack in index["stacks"]:
        evidence = page.islands[f"data-{stack['anchor']}"]["evidence"]
        assert (
            len(evidence)
            == stack["rows"]
            == index["rows"]["stack"][first:].count(index["rows"]["stack"][first])
        )
        first += stack["rows"]
    assert first == len(results.outcomes)


HOSTILE_TEXTS = [
    "</script><script>alert(1)</script>", "</SCRIPT >", "<!--<script>", "-->", "]]>",
    "</noscript><img src=x>",
    "</style><img src=x onerror=alert(1)>", '"><svg onload=alert(1)>', "' autofocus onfocus=alert(1) '",
    "javascript:alert(1)", "{{ 7 * 7 }}{% raw %}", "${alert(1)}`", "&lt;b&gt;", "\u2028\u2029",
    "\x00\x1b[31m\u202e",
    "\udcff\ud800", "__proto__", "constructor", "</title><b>odd", "</textarea><b>odd", "a" * 10_000, "\\",
    "\\u003c/script>", "</svg></details><b>odd</b>", "%3Cscript%3E", "#%E0%A4%A",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_hostile_text_stays_text(text: str) -> None:
    """In every field that others write, in markup and in the data; what was said is still there."""
    results = everywhere(text)
    source = html.render(results)
    page = Page(source)

    assert (page.tags["script"], page.tags["island"], page.tags["style"], page.tags["img"]) == (1, 2, 1, 0)
    assert page.loads == []
    assert not [link for link in page.links if not link.startswith(("#", "https://example.org/"))]
    assert [name for name, count in page.ids.items() if count > 1] == []
    assert "<b>odd" not in source
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\ud800-\udfff]", source)
    index = page.islands["data-index"]
    assert clean(text) in index["texts"]
    assert text != clean(text) or text in page.islands["data-stack-1"]["evidence"][0]


def everywhere(text: str) -> Results:
    """One outcome of each kind, with a text wherever there is room for it."""
    words = dict.fromkeys(("id", "title", "family", "why", "fix"), text)
    references = (text, f"CIS {text} 1")
    control = ControlInfo.model_validate({**words, "severity": "high", "references": references})
    use = {"reason": text, "owner": text, "aspect": text, "match": text, "file": text, "line": 1}
    waiver = WaiverUse.model_validate({**use, "expires": date(2028, 1, 1)})
    more: dict[str, Any] = {"stack": text, "container": text, "aspect": text, "file": text, "line": 3}
    more |= {
        "steps": (text,),
        "trials": (text,),
        "fix": text,
        "severity": Severity.HIGH,
        "evidence": {text: {text: [text, {text: text}]}},
    }
    waived = {WAIVED: waiver}
    outcomes = tuple(outcome(kind, text, text, text, waiver=waived.get(kind), **more) for kind in OutcomeKind)
    run = {"id": text, "command": text, "baseline": text, "engine": {text: text}, "contexts": {text: text}}
    info = mixed().run.model_copy(update=run)
    told: dict[str, Any] = {"id": text, "started": info.started, "seconds": 1}
    return Results(
        run=info,
        stacks=(_odd_stack(text),),
        controls=(control,),
        outcomes=outcomes,
        trials=(Trial(**told, stack=text, lane=text, name=text, steps=(text,), error=text),),
        steps=(Step(**told, command=text, where=text, output=text),),
    )


def _odd_stack(text: str) -> StackInfo:
    tied = {"networks": (text,), "volumes": {text: text}, "depends_on": {text: text, "b": text}}
    first = ServiceInfo.model_validate({"name": text, "public": True, "ports": (text,), **tied})
    return StackInfo(
        name=text,
        files=(text,),
        services=(text,),
        stand_in_images=(text,),
        notes=(text,),
        sources=(FileInfo(path=text, sha256=text),),
        revision=RevisionInfo(commit=text, dirty=True, origin=text, root=text),
        sandbox={text: text},
        topology=(first, ServiceInfo(name="b", networks=(text,))),
        timeline=(
            EventInfo(lane=text, what=text, at=1),
            EventInfo(lane=text, what="started", container=text, at=1),
        ),
    )


def test_large_page_is_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same bytes each time; what is left out without scripts is said."""
    monkeypatch.setattr(html, "_MANY", 10)
    source = html.render(mixed())
    body = re.search(r'<script type="application/octet-stream" id="data-index">([^<]+)<', source)

    assert body is not None
    assert len(json.loads(gzip.decompress(base64.b64decode(body[1])))["rows"]["kind"]) == len(
        mixed().outcomes
    )
    more = re.search(r'id="data-stack-1">([^<]+)<', source)
    assert more is not None
    asked = json.loads(gzip.decompress(base64.b64decode(more[1])))["asked"]
    assert (asked.count(None), len(asked)) == (6, 10)
    assert "Of so many outcomes only the 2 gravest of a stack are listed" in source
    assert source == html.render(mixed())
