"""JUnit XML as CI servers read it."""

from collections import Counter
from xml.etree import ElementTree as ET

from tests.unit.report.obstacles import in_part

from stackproof.outcomes.model import OutcomeKind, Results
from stackproof.report import junit
from stackproof.report.text import clean

RESULT = {
    OutcomeKind.FAIL: "failure",
    OutcomeKind.UNKNOWN: "error",
    OutcomeKind.WAIVED: "skipped",
    OutcomeKind.ADVISORY: "skipped",
    OutcomeKind.NOT_APPLICABLE: "skipped",
    OutcomeKind.PASS: "",
}


def _cases(results: Results) -> list[ET.Element]:
    return list(ET.fromstring(junit.render(results).encode()).iter("testcase"))  # noqa: S314 - written by us


def test_every_outcome_is_a_case(sample: tuple[str, Results]) -> None:
    """As many cases of each result and name as outcomes, in XML that a parser accepts."""
    expected = Counter(
        (clean(f"{o.stack}.{o.service}" if o.service else o.stack), o.control, RESULT[o.outcome])
        for o in sample[1].outcomes
    )
    found = Counter(
        (
            case.get("classname"),
            (case.get("name") or "").split("[")[0].split("#")[0],
            case[0].tag if len(case) else "",
        )
        for case in _cases(sample[1])
    )

    assert found == expected


def test_case_names_are_unique(mixed_results: Results) -> None:
    """CI servers fold cases of one name, and with it a failure, into one."""
    names = [(case.get("classname"), case.get("name")) for case in _cases(mixed_results)]

    assert len(set(names)) == len(names)
    assert ("shop.web", "effective-uid-nonroot[web-1]#2") in names


def test_case_is_named_after_control_subject_and_aspect() -> None:
    """The same from run to run: nothing is counted where something tells cases apart."""
    names = [(case.get("classname"), case.get("name")) for case in _cases(in_part())]

    assert ("shop.web", "http-contract-met[web /health]") in names
    assert ("shop.db", "memory-limit[db]") in names
    assert not [name for name in names if "#" in (name[1] or "")]


def test_counts_stand_on_suite_and_root(mixed_results: Results) -> None:
    """Readers that look at the attributes only see the truth."""
    root = ET.fromstring(junit.render(mixed_results).encode())  # noqa: S314 - written by us

    assert [root.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["11", "4", "1", "3"]
    assert [suite.get("tests") for suite in root] == ["10", "1"]


def test_skipped_case_gives_the_reason(proven_results: Results) -> None:
    """A waived outcome shows its reason and date, one that does not apply shows why."""
    messages = [case[0].get("message") or "" for case in _cases(proven_results) if len(case)]

    assert any(m.startswith("waived until 2027-03-20: master binds port 80") for m in messages)
    assert "not applicable: the engine has no memory controller" in messages


def test_failure_carries_message_place_fix_and_evidence(mixed_results: Results) -> None:
    """Whoever sees only the CI server can act on the failure."""
    case = next(c for c in _cases(mixed_results) if c.get("name") == "effective-uid-nonroot[web-2]")
    text = case[0].text or ""

    assert case[0].get("message") == "root processes in web-2:"
    for part in (
        "root processes in web-2:\nnginx",
        "stacks/shop/compose.yml:12",
        "Set `user:`",
        "command: 'nginx: master'",
    ):
        assert part in text


def test_run_is_in_the_properties(proven_results: Results) -> None:
    """The file alone tells which run it belongs to."""
    suite = next(iter(ET.fromstring(junit.render(proven_results))))  # noqa: S314 - written by us
    properties = {p.get("name"): p.get("value") for p in suite.iter("property")}

    assert properties["run"] == proven_results.run.id
    assert properties["command"] == "pytest -n auto"
    assert properties["verdict"] == "PROVEN"
