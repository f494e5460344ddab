"""The names by which reports link to outcomes, and what these are about."""

import pytest
from tests.unit.report.obstacles import hostile
from tests.unit.report.samples import mixed, outcome

from stackproof.outcomes.model import Outcome, OutcomeKind, Results, RevisionInfo, StackInfo
from stackproof.report.entry import Anchors, in_repository
from stackproof.report.view import Overview

FAIL = OutcomeKind.FAIL


def _anchors(results: Results) -> dict[tuple[str, str, str | None, str], str]:
    return {
        (entry.outcome.stack, entry.control.id, entry.outcome.service, entry.outcome.message): entry.anchor
        for entry in Overview.of(results).entries
    }


def test_anchor_is_the_same_in_the_next_run() -> None:
    """What else a run says, and what it says of the outcome, moves nothing."""
    before = _anchors(mixed())
    fewer = mixed().model_copy(update={"outcomes": mixed().outcomes[3:]})

    assert before.items() >= _anchors(fewer).items()
    one, other = (outcome(kind, "a", "web", str(kind), fingerprint="f00") for kind in list(OutcomeKind)[:2])
    assert Anchors().outcome(one) == Anchors().outcome(other) == "outcome-f00"


@pytest.mark.parametrize("fingerprint", ["", "f00", 'x" onclick="alert(1)', "\udcff", "ä", "a b"])
def test_anchors_are_unique(fingerprint: str) -> None:
    """Also of outcomes that have one fingerprint, an odd one or none."""
    anchors = Anchors()
    same = outcome(FAIL, "a", "web", fingerprint=fingerprint)
    names = [anchors.outcome(same) for _ in range(3)]

    assert len(set(names)) == 3
    assert names[1:] == [f"{names[0]}-2", f"{names[0]}-3"]
    assert all(name.isascii() and name.replace("-", "").isalnum() for name in names)


@pytest.mark.parametrize(
    "other",
    [
        {"stack": "other"},
        {"service": "db"},
        {"container": "web-2"},
        {"control": "b"},
        {"aspect": "/health"},
    ],
)
def test_outcomes_without_a_fingerprint_are_told_apart(other: dict[str, str]) -> None:
    """By all that names them."""
    one = outcome(FAIL, "a", "web")

    assert Anchors().outcome(one) != Anchors().outcome(one.model_copy(update=other))


@pytest.mark.parametrize(
    ("about", "subject"),
    [
        ({"service": None}, "whole stack"),
        ({"service": "web"}, "web"),
        ({"service": "web", "container": "web-2"}, "web-2"),
        ({"service": "web", "aspect": "/health"}, "web /health"),
        ({"service": None, "aspect": "waiver 1"}, "whole stack waiver 1"),
    ],
)
def test_subject(about: dict[str, str | None], subject: str) -> None:
    """Container, service or stack, and the aspect."""
    one: Outcome = outcome(FAIL, "a", "web").model_copy(update=about)
    results = mixed().model_copy(update={"outcomes": (one,)})

    assert [entry.subject for entry in Overview.of(results).entries] == [subject]


def test_causes_and_outcomes_never_share_a_name() -> None:
    """Not even where all fingerprints are the same."""
    overview = Overview.of(hostile())
    names = [entry.anchor for entry in overview.entries]
    names += [cause.anchor for stack in overview.stacks for cause in stack.causes]

    assert len(set(names)) == len(names) == 9


@pytest.mark.parametrize(
    ("directory", "files", "file", "path", "place"),
    [
        ("deploy/shop", ("deploy/shop/compose.yml",), "compose.yml", "deploy/shop/compose.yml", None),
        (".", ("compose.yml",), "compose.yml", "compose.yml", None),
        ("", ("deploy/shop/compose.yml",), "stackproof.yml", "deploy/shop/stackproof.yml", None),
        ("", (), "compose.yml", "compose.yml", None),
        ("deploy", ("deploy/shop/compose.yml",), "shop/compose.yml", "deploy/shop/compose.yml", None),
        ("deploy/shop", ("deploy/shop/compose.yml",), "../base.yml", "deploy/base.yml", None),
        ("/srv/shop", ("/srv/shop/compose.yml",), "compose.yml", "/srv/shop/compose.yml", "compose.yml"),
        ("deploy/shop", ("deploy/shop/compose.yml",), "/etc/a.yml", "/etc/a.yml", None),
    ],
)
def test_path_is_from_where_the_command_was_called(
    directory: str, files: tuple[str, ...], file: str, path: str, place: str | None
) -> None:
    """Outcomes name files from their stack's folder; programs and editors look for them from elsewhere."""
    stack = StackInfo(name="shop", directory=directory, files=files, services=("web",))
    said = outcome(FAIL, "a", "web", file=file, line=3)
    results = mixed().model_copy(update={"stacks": (stack,), "outcomes": (said,)})
    (entry,) = Overview.of(results).entries

    assert (entry.path, entry.place) == (path, f"{place or path}:3")


@pytest.mark.parametrize(
    ("revision", "path", "found"),
    [
        (None, "shop/a.yml", "shop/a.yml"),
        (None, "/srv/a.yml", "/srv/a.yml"),
        ({"root": ""}, "shop/a.yml", "shop/a.yml"),
        ({}, "shop/a.yml", "shop/a.yml"),
        ({}, "", ""),
        ({"called_from": "shop"}, "a.yml", "shop/a.yml"),
        ({"called_from": "shop"}, "../b/a.yml", "b/a.yml"),
        ({"called_from": "shop"}, "/src/a.yml", "a.yml"),
        ({"called_from": "shop"}, "../../a.yml", "/a.yml"),
        ({"called_from": "shop"}, "/srv/a.yml", "/srv/a.yml"),
        ({"called_from": ".."}, "src/a.yml", "a.yml"),
        ({"called_from": "../work"}, "/src/a.yml", "a.yml"),
        ({"called_from": ".."}, "srcs/a.yml", "/srcs/a.yml"),
    ],
)
def test_path_in_the_repository(revision: dict[str, str] | None, path: str, found: str) -> None:
    """From its top, wherever the command was called; what lies elsewhere keeps its whole path."""
    known = {"commit": "5" * 40, "dirty": False, "root": "/src"}
    info = None if revision is None else RevisionInfo.model_validate({**known, **revision})

    assert in_repository(info, path) == found
