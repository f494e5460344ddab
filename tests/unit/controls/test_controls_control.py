"""What a control must say of itself."""

import functools
from typing import Any

import pytest

from stackproof import controls
from stackproof.controls.control import (
    Control,
    Lane,
    Needs,
    NotApplicable,
    control,
    not_applicable,
    of_function,
)
from stackproof.outcomes.model import Severity


def declare(id: str = "no-root", title: str = "No root process", **more: Any) -> Control:  # noqa: A002, ANN401
    """Return a control."""
    fields: dict[str, Any] = {"severity": Severity.HIGH, "lane": Lane.OBSERVE} | more
    return Control(id=id, title=title, **fields)


@pytest.mark.parametrize("name", ["no-root", "tls12-only", "a-b-c-1"])
def test_id(name: str) -> None:
    """Kebab-case of two words or more."""
    assert declare(name).id == name


@pytest.mark.parametrize(
    "name",
    ["", "root", "No-root", "no_root", "no--root", "-no-root", "no-root-", "1-root", "no root", "no-root\n"],
)
def test_bad_id(name: str) -> None:
    """The message says what it should be."""
    with pytest.raises(ValueError, match="is not kebab-case of two words"):
        declare(name)


@pytest.mark.parametrize("title", ["x" * 81, "Two\nlines", "A sentence."])
def test_bad_title(title: str) -> None:
    """Titles stand in tables."""
    with pytest.raises(ValueError, match="title of no-root: one line of at most 80"):
        declare(title=title)


def test_title_states_the_good_state() -> None:
    """`Ensure` says nothing."""
    with pytest.raises(ValueError, match="not 'Ensure"):
        declare(title="Ensure that nothing is root")


def test_longest_title() -> None:
    """80 characters still fit."""
    assert declare(title="x" * 80).title


def test_control_does_not_change() -> None:
    """Reports of one run agree."""
    with pytest.raises(AttributeError):
        declare().id = "other-id"  # type: ignore[misc]


def test_decorator_leaves_the_test_a_test() -> None:
    """It is called as before, and knows what it decides."""

    @control("no-root", "No root process", severity=Severity.LOW, lane=Lane.FAULTS, key="user")
    def test() -> None:
        """Say why."""

    test()
    assert test.__doc__ == "Say why."
    assert of_function(test) == declare(severity=Severity.LOW, lane=Lane.FAULTS, key="user")


def test_decorator_observes_by_default() -> None:
    """The lane that changes nothing."""

    @control("no-root", "No root process", severity=Severity.LOW)
    def test() -> None:
        """Say why."""

    found = of_function(test)

    assert found is not None
    assert found.lane is Lane.OBSERVE


def test_decorator_checks_at_once() -> None:
    """A mistake is seen when the module is read."""
    with pytest.raises(ValueError, match="kebab-case"):
        control("Root", "No root process", severity=Severity.LOW)


def test_function_without_control() -> None:
    """Nor is anything else that a module holds one."""

    def plain() -> None:
        pass

    assert of_function(plain) is None
    assert of_function(None) is None


def test_control_stays_on_a_function_that_is_wrapped() -> None:
    """Decorators that keep a function's attributes keep it, in either order."""

    @control("no-root", "No root process", severity=Severity.LOW)
    def test() -> None:
        pass

    @functools.wraps(test)
    def wrapped() -> None:
        test()

    assert of_function(wrapped) is of_function(test) is not None


def test_not_applicable() -> None:
    """It has a reason."""
    with pytest.raises(NotApplicable, match="publishes no port"):
        not_applicable("publishes no port")


@pytest.mark.parametrize(
    ("needs", "engine"), [(Needs.MODEL, False), (Needs.IMAGE, True), (Needs.SANDBOX, True)]
)
def test_what_needs_an_engine(needs: Needs, engine: bool) -> None:  # noqa: FBT001 - a case
    """An image must be had from somewhere; the resolved file is there without."""
    assert needs.engine is engine
    assert declare().needs is Needs.SANDBOX


def test_names_for_writers_of_controls() -> None:
    """One import has all that a control needs."""
    assert (controls.INFO, controls.CRITICAL) == (Severity.INFO, Severity.CRITICAL)
    assert (controls.OBSERVE, controls.SCALE) == (Lane.OBSERVE, Lane.SCALE)
    assert controls.control is control
    assert all(hasattr(controls, name) for name in controls.__all__)
