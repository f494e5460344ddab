"""JUnit XML as CI servers read it."""

from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from tests.unit.report.obstacles import in_part
from tests.unit.report.samples import called_below, proven
from xmlschema import XMLSchema

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


@pytest.fixture(scope="module")
def schema() -> XMLSchema:
    """That of Jenkins' xUnit plugin (junit-10.xsd, as pytest's source has it)."""
    return XMLSchema(str(Path(__file__).with_name("junit-10.xsd")))


def test_valid_for_jenkins(sample: tuple[str, Results], schema: XMLSchema) -> None:
    """Whatever is in it, hostile text included."""
    assert [error.reason for error in schema.iter_errors(junit.render(sample[1]))] == []


def test_times_are_thousandths(proven_results: Results, schema: XMLSchema) -> None:
    """Floating point sums have more digits than the schema takes."""
    third = tuple(one.model_copy(update={"seconds": 0.1}) for one in proven_results.outcomes[:3])
    text = junit.render(proven_results.model_copy(update={"outcomes": third}))

    assert 'time="0.3"' in text
    assert schema.is_valid(text)
    assert not schema.is_valid(text.replace('time="0.3"', 'time="0.30000000000000004"'))


def test_dots_of_names_are_no_packages() -> None:
    """CI servers show what is before the last dot as a package."""
    results = proven()
    dotted = results.outcomes[1].model_copy(update={"stack": "shop.v2", "service": "web.a"})
    (case,) = _cases(results.model_copy(update={"outcomes": (dotted,), "stacks": ()}))

    assert case.get("classname") == "shop_v2.web_a"


def test_pass_says_what_was_seen(proven_results: Results) -> None:
    """And when; CI servers show it as what the test printed."""
    said = {case.get("name"): case.findtext("system-out") for case in _cases(proven_results)}

    assert said["container-healthy[db]"] == ("container-healthy holds for db (2027-03-01T09:31:07+00:00)")
    assert said["no-privileged[web]"] == "no-privileged holds for web"


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
            case[0].tag if len(case) and case[0].tag != "system-out" else "",
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

    assert [root.get(name) for name in ("tests", "failures", "errors")] == ["11", "4", "1"]
    assert [suite.get("skipped") for suite in root] == ["3", "0"]
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


def test_suite_names_its_file_from_the_top_of_the_repository(schema: XMLSchema) -> None:
    """Of a case the schema knows no file: it stands in what a case says."""
    text = junit.render(called_below("deploy", proven()))
    files = [one.get("file") for one in ET.fromstring(text.encode()).iter("testsuite")]  # noqa: S314 - written by us

    assert files == ["deploy/shop/compose.yml", "deploy/blog/compose.yml"]
    assert schema.is_valid(text)
