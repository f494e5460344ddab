"""Labels: how they are asked for, and where they stand."""

import pytest
from tests.unit.engine.conftest import Program

from stackproof.engine import labels, projects


def test_filters() -> None:
    """By value, or whatever the value."""
    assert labels.filters({"a": "1", "b": None}) == ["--filter", "label=a=1", "--filter", "label=b"]
    assert labels.filters({"a": ""}) == ["--filter", "label=a="]


@pytest.mark.parametrize("kind", ["container", "image"])
def test_on_what_has_a_config(kind: str) -> None:
    """Inspect says them there; none are null."""
    assert labels.on(kind, {"Config": {"Labels": {"a": "1"}}, "Labels": {"b": "2"}}) == {"a": "1"}
    assert labels.on(kind, {"Config": {"Labels": None}}) == {}
    assert labels.on(kind, {"Config": None}) == {}


@pytest.mark.parametrize("kind", ["network", "volume"])
def test_on_what_has_none(kind: str) -> None:
    """A volume may be a mapping without any."""
    assert labels.on(kind, {"Labels": {"a": "1"}}) == {"a": "1"}
    assert labels.on(kind, {"Labels": None}) == {}
    assert labels.on(kind, {}) == {}


@pytest.mark.parametrize("kind", ["container", "network", "volume"])
def test_made_by_compose(program: Program, kind: str) -> None:
    """Of the projects that are asked for, each once."""
    program("printf 'b\\tours-1\\nc\\ttheirs\\na\\tours-2\\nb\\tours-1\\n'")

    assert projects.made_by_compose(kind, lambda name: name.startswith("ours-")) == ["a", "b"]
