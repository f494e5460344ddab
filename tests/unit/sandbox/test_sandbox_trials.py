"""A disturbance that several controls ask about is performed once."""

from typing import Any, NoReturn

import pytest
from tests.unit.conftest import MakeStack

from stackproof.errors import Unknown
from stackproof.runs.run import Run
from stackproof.sandbox.sandbox import Sandbox
from stackproof.settings import Settings
from stackproof.stack.stack import Stack


def sandbox_of(stack: Stack, trials: dict[str, Any] | None = None) -> Sandbox:
    """Return a sandbox that is not started."""
    nobody: Any = None
    return Sandbox(
        stack,
        "faults",
        run=Run("0badcafe"),
        engine_=nobody,
        progress=nobody,
        settings=Settings(),
        trials=trials,
    )


def never() -> NoReturn:
    """Be a disturbance that must not happen."""
    pytest.fail("performed again")


def unclear() -> NoReturn:
    """Be a disturbance that shows nothing."""
    msg = "cannot tell"
    raise Unknown(msg)


def test_trial_is_performed_once(make_stack: MakeStack) -> None:
    """All who ask get the same result."""
    sandbox = sandbox_of(make_stack({"web": {}}))

    assert sandbox.trial("kill", lambda: {"web": 1}) == {"web": 1}
    assert sandbox.trial("kill", never) == {"web": 1}


def test_trial_outlives_its_sandbox(make_stack: MakeStack) -> None:
    """A sandbox that was replaced need not go through the same again."""
    stack, trials = make_stack({"web": {}}), dict[str, Any]()
    sandbox_of(stack, trials).trial("kill", lambda: "seen")

    assert sandbox_of(stack, trials).trial("kill", never) == "seen"


def test_unclear_trial_is_tried_again_in_a_new_sandbox_only(make_stack: MakeStack) -> None:
    """In the same sandbox the answer would be the same."""
    stack, trials = make_stack({"web": {}}), dict[str, Any]()
    sandbox = sandbox_of(stack, trials)
    with pytest.raises(Unknown, match="cannot tell"):
        sandbox.trial("kill", unclear)

    with pytest.raises(Unknown, match="cannot tell"):
        sandbox.trial("kill", never)
    assert sandbox_of(stack, trials).trial("kill", lambda: "seen") == "seen"
