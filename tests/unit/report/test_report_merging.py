"""Several finished runs as one."""

from datetime import timedelta

import pytest
from tests.unit.report.samples import mixed, outcome, proven

from stackproof.outcomes.model import Cause, Outcome, OutcomeKind, Results, Scope, Severity, StackInfo
from stackproof.report.merging import merge
from stackproof.report.view import Overview

FAIL, PASS, UNKNOWN = OutcomeKind.FAIL, OutcomeKind.PASS, OutcomeKind.UNKNOWN


def run_of(*outcomes: Outcome, minutes: int = 0, **more: object) -> Results:
    """Return a run of the stack `shop` that began so many minutes later."""
    whole = proven()
    began = whole.run.started + timedelta(minutes=minutes)
    run = whole.run.model_copy(update={"id": f"run-{minutes}", "started": began, "seconds": 60.0, **more})
    names = dict.fromkeys(one.stack for one in outcomes)
    stacks = tuple(StackInfo(name=name, files=(f"{name}.yml",), services=("web",)) for name in names)
    return whole.model_copy(update={"run": run, "outcomes": outcomes, "stacks": stacks})


def test_one_stays_as_it_is(sample: tuple[str, Results]) -> None:
    """There is nothing to merge."""
    assert merge([sample[1]]) is sample[1]


def test_shards_of_a_matrix() -> None:
    """Each brought a stack; together they are a run of all."""
    shop = run_of(outcome(PASS, "no-privileged", "web"))
    blog = run_of(outcome(FAIL, "no-privileged", "web", stack="blog"), minutes=2)
    found = merge([blog, shop])

    assert [stack.name for stack in found.stacks] == ["shop", "blog"]
    assert [(one.stack, one.outcome) for one in found.outcomes] == [("shop", PASS), ("blog", FAIL)]
    assert found.run.started == shop.run.started
    assert found.run.seconds == 180.0
    assert found.run.id == "run-0+run-2"


def test_later_run_has_the_last_word() -> None:
    """Whatever the order in which they are given."""
    earlier = run_of(outcome(FAIL, "no-privileged", "web"), outcome(FAIL, "memory-limit", "web"))
    later = run_of(outcome(PASS, "no-privileged", "web"), minutes=1)
    for several in ([earlier, later], [later, earlier]):
        found = {one.control: one.outcome for one in merge(several).outcomes}
        assert found == {"no-privileged": PASS, "memory-limit": FAIL}


def test_steps_and_trials_go_with_their_outcomes() -> None:
    """What an outcome rests on that a later run said anew is not kept; ids of two runs are never the same."""
    shop = proven()
    blog = run_of(outcome(PASS, "no-privileged", "web", stack="blog"), minutes=1)
    again = run_of(outcome(PASS, "container-healthy", "db"), minutes=2)

    assert merge([shop, blog]).steps == shop.steps
    assert merge([shop, blog]).trials == shop.trials
    assert (merge([shop, again]).steps, merge([shop, again]).trials) == ((), ())


def test_lowest_gate_counts() -> None:
    """Nothing is kinder for being merged."""
    several = [run_of(fail_on=Severity.CRITICAL), run_of(fail_on=Severity.LOW, minutes=1)]

    assert merge(several).run.fail_on is Severity.LOW


@pytest.mark.parametrize(("known", "whole"), [(2, True), (3, False)])
def test_shards_by_control(*, known: int, whole: bool) -> None:
    """They cover everything when nothing is left out by all."""
    scopes = [
        Scope(known=known, chosen=1, narrowed=(f"select {name} (command line)",))
        for name in ("no-privileged", "memory-limit")
    ]
    first = run_of(outcome(PASS, "no-privileged", "web"), scope=scopes[0])
    second = run_of(outcome(PASS, "memory-limit", "web"), minutes=1, scope=scopes[1])
    pick = ("no-privileged", "memory-limit")
    both = [
        one.model_copy(update={"controls": tuple(c for c in one.controls if c.id in pick)})
        for one in (first, second)
    ]
    found = merge(both).run.scope

    assert found.whole is whole
    assert found.narrowed == (() if whole else (*scopes[0].narrowed, *scopes[1].narrowed))


@pytest.mark.parametrize("less", ["only files were looked at (lint)", "select no-privileged (command line)"])
@pytest.mark.parametrize("chosen", [1, 2])
def test_whole_run_of_another_stack_completes_nothing(less: str, chosen: int) -> None:
    """What was asked of one stack less than of the others stays said, with its name: not of all it is so."""
    whole = run_of(
        outcome(PASS, "no-privileged", "web"),
        outcome(PASS, "memory-limit", "web"),
        scope=Scope(known=2, chosen=2),
    )
    scope = Scope(known=2, chosen=chosen, narrowed=(less,))
    part = run_of(outcome(PASS, "no-privileged", "web", stack="blog"), minutes=1, scope=scope)

    assert merge([whole, part]).run.scope.narrowed == (f"blog: {chosen} of 2, {less}",)
    assert merge([part, part]).run.scope.narrowed == (less,)
    assert Overview.of(merge([whole, part])).verdict == "PROVEN IN PART"
    again = run_of(outcome(PASS, "no-privileged", "web"), minutes=1, scope=scope)
    assert merge([whole, again]).run.scope.whole


def test_merged_run_is_merged_again() -> None:
    """Only the stack of which less was asked has that said, and no more once it was asked all."""
    asked = Scope(known=2, chosen=2)
    part = Scope(known=2, chosen=1, narrowed=("select no-privileged (command line)",))

    def run(stack: str, minutes: int, scope: Scope) -> Results:
        names = ("no-privileged", "memory-limit")[: scope.chosen]
        return run_of(
            *(outcome(PASS, name, "web", stack=stack) for name in names), minutes=minutes, scope=scope
        )

    merged = merge([run("shop", 0, asked), run("blog", 1, part)])

    assert merge([run("blog", 1, part), run("wiki", 2, part)]).run.scope.narrowed == part.narrowed
    assert merge([merged, run("blog", 2, asked)]).run.scope.whole
    assert merge([merged, run("wiki", 2, part)]).run.scope.narrowed == (
        "blog: 1 of 2, select no-privileged (command line)",
        "wiki: 1 of 2, select no-privileged (command line)",
    )


def test_interruption_is_not_forgotten() -> None:
    """One of them was broken off."""
    several = [run_of(), run_of(minutes=1, scope=Scope(known=6, chosen=6, interrupted=True))]

    assert not merge(several).run.scope.whole


def test_causes_that_are_over() -> None:
    """What was decided later needs none."""
    cause = Cause(fingerprint="c", stack="shop", message="it did not come up", outcomes=2)
    unknown = [outcome(UNKNOWN, name, "web", cause="c") for name in ("no-privileged", "memory-limit")]
    earlier = run_of(*unknown).model_copy(update={"causes": (cause,)})

    (kept,) = merge([earlier, run_of(outcome(PASS, "memory-limit", "web"), minutes=1)]).causes
    assert kept.outcomes == 1
    later = [outcome(PASS, name, "web") for name in ("no-privileged", "memory-limit")]
    assert merge([earlier, run_of(*later, minutes=1)]).causes == ()


def test_merged_run_can_be_shown() -> None:
    """As any other."""
    found = merge([mixed(), run_of(outcome(PASS, "no-privileged", "web", stack="other"), minutes=9)])

    assert "other" in [stack.info.name for stack in Overview.of(found).stacks]
