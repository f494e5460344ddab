"""What one rule says of a stack."""

from collections.abc import Callable

import pytest

from stackproof.controls import catalogue
from stackproof.outcomes.judging import judge
from stackproof.outcomes.model import Outcome, Severity
from stackproof.rules.running import rulings
from stackproof.stack.stack import Stack

Found = Callable[[Stack, str], list[Outcome]]


@pytest.fixture
def found() -> Found:
    """Return a function that judges a stack by a rule of that id, at the lowest gate."""

    def judged(stack: Stack, rule: str) -> list[Outcome]:
        return [
            outcome
            for ruling in rulings(stack, [catalogue.entries()[rule]], NotImplemented)
            for outcome in judge(ruling.control, ruling.subject, ruling.said, fail_on=Severity.INFO)
        ]

    return judged
