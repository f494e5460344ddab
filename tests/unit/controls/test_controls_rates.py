"""How often rules fire, as their pages say it."""

from stackproof.controls import catalogue, rates

CONTROLS = catalogue.entries()


def test_only_rules_are_counted() -> None:
    """What fires judges; what nobody counted has nothing to tell."""
    assert {name for name, entry in CONTROLS.items() if entry.is_rule} >= set(rates.rules())
    assert all(0 <= fires <= judged for fires, judged in rates.rules().values())
    assert rates.told("crash-restart") == ""


def test_it_is_told_in_one_sentence() -> None:
    """Of those that it judges; what it could judge nowhere is no rate of 0 %."""
    fires, judged = rates.rules()["no-docker-socket"]
    assert f"in {fires} of the {judged} that it judges" in rates.told("no-docker-socket")
    assert "could judge none of" in rates.told("no-empty-password")
