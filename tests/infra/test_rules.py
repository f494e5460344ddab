"""What the model or an image alone decides: one case per stack and family of rules."""

from stackproof.outcomes.model import OutcomeKind
from stackproof.plugin.judging import RuleCase


def test_rules(rules: RuleCase) -> None:
    """Judge every rule of a family; each says its own outcome of each service."""
    assert {outcome.outcome for outcome in rules.judge()} <= set(OutcomeKind)
