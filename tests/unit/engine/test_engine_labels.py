"""Labels: where they stand."""

import pytest

from stackproof.engine import engine, labels, projects


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
def test_made_by_compose(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Of the projects that are asked for, sorted."""
    made = {name: {projects.PROJECT: by} for name, by in (("b", "ours-1"), ("c", "theirs"), ("a", "ours-2"))}
    asked = {(kind, projects.PROJECT): made}
    monkeypatch.setattr(engine, "marked", lambda of, wanted: asked[of, *wanted])

    assert projects.made_by_compose(kind, lambda name: name.startswith("ours-")) == ["a", "b"]
