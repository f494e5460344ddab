"""Measured facts behind an outcome."""

from typing import Any

from stackproof.outcomes.evidence import Evidence


def test_facts_are_noted_by_name() -> None:
    """In words; a later one of the same name counts, and the others stay."""
    store: dict[str, Any] = {}
    evidence = Evidence(store)
    evidence(exit_code_of_all=1, port=80)
    evidence(port=81)

    assert store == {"exit code of all": 1, "port": 81}
