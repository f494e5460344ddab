"""Trials of one lane in one sandbox, one after the other in any order: none sees what an earlier one did."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from tests.live.running import Lab

from stackproof.sandbox.sandbox import Sandbox
from stackproof.trials import crashing, kill, standing
from stackproof.trials.crashing import crash_trial
from stackproof.trials.freeze import frozen
from stackproof.trials.kill import kill_trial
from stackproof.trials.stop import stop_trial

# No health check: what has one is waited for, which hides how soon the next trial begins. An init, so that
# the stop has something to hold.
SMALL = """
services:
  web:
    image: busybox:1.36
    init: true
    restart: always
    command: ["httpd", "-f", "-p", "8080"]
    expose: ["8080"]
"""


def _crash(sandbox: Sandbox) -> object:
    trial = crash_trial(sandbox)["web"]
    return [(blow.failed, blow.restarts, blow.exit_code, blow.operator_kill) for blow in trial.blows]


def _kill(sandbox: Sandbox) -> object:
    trial = kill_trial(sandbox)["web"]
    return trial.status, trial.exit_code, trial.restarts, trial.back


def _stop(sandbox: Sandbox) -> object:
    trial = stop_trial(sandbox)["web"]
    return trial.signal, trial.exit_code, trial.killed, trial.held.told, trial.held.unheard


def _freeze(sandbox: Sandbox) -> object:
    container = sandbox.container("web")
    with frozen(container, sandbox.labels):
        pass
    now = sandbox.look()[0]
    return now.id == container.id, now.well, now.restarts == container.restarts


# What each says of a sound service, whatever came before it.
TRIALS: dict[str, tuple[Callable[[Sandbox], object], object]] = {
    "crash": (_crash, [(False, 1, 137, False)]),
    "kill": (_kill, ("exited", 137, 0, True)),
    "stop": (_stop, ("15", 143, False, ("httpd",), ())),
    "freeze": (_freeze, (True, True, True)),
}
# A walk that goes each way between two of them once, also from one to itself.
C, K, S, F = TRIALS
WALK = [C, C, K, C, S, C, F, K, K, S, K, F, S, S, F, F, C]


def test_every_pair_is_walked() -> None:
    """Sixteen ways, none twice."""
    assert len(set(pairwise(WALK))) == len(TRIALS) ** 2 == len(WALK) - 1


def test_no_trial_takes_what_belongs_to_an_earlier_one(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each says the same after each, though its predecessor ended this very moment."""
    for module in (standing, crashing, kill):
        monkeypatch.setattr(module, "WINDOW", 0.5)  # how long something stays up is not the question here
    monkeypatch.setattr(kill, "STAYS_AWAY_FOR", 1.0)
    sandbox = lab.sandbox(lab.stack("small", SMALL))

    said = [(f"{before or 'nothing'}, then {name}", TRIALS[name][0](sandbox)) for before, name in
            zip(["", *WALK], WALK, strict=False)]  # fmt: skip
    expected = [(words, TRIALS[name][1]) for (words, _said), name in zip(said, WALK, strict=True)]

    assert said == expected
    assert not sandbox.spoiled
