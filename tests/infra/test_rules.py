"""What the model or an image alone decides: one case per stack and family of rules."""

from stackproof.plugin.judging import RuleCase


def test_rules(rules: RuleCase) -> None:
    """Judge every rule of a family; each says an outcome of its own of each service, and none is silent."""
    assert {outcome.control for outcome in rules.judge()} == rules.ids != set()
