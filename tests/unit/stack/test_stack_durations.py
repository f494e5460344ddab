"""Durations as Compose writes them."""

import pytest

from stackproof.stack.durations import age, compose, seconds


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("30s", 30.0),
        ("1m30s", 90.0),
        ("1h0m0s", 3600.0),
        ("500ms", 0.5),
        ("1.5s", 1.5),
        ("0s", 0.0),
        ("250us", 0.00025),
        ("250\u00b5s", 0.00025),  # what Compose makes of 250us (Go's time.Duration.String)
        ("1000000ns", 0.001),
    ],
)
def test_seconds_of_what_compose_prints(text: str, value: float) -> None:
    """Every unit of Go's durations counts."""
    assert seconds(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "30", "s", "30 s", "-30s", "30s!", "x30s", "1d", "1m 30s"])
def test_seconds_refuses_what_is_no_duration(text: str) -> None:
    """A mistake is named and never read as something else."""
    with pytest.raises(ValueError, match="is not a duration such as 30s"):
        seconds(text)


@pytest.mark.parametrize(("value", "text"), [(1.5, "1500ms"), (0.0, "0ms"), (90, "90000ms"), (0.2, "200ms")])
def test_compose_writes_milliseconds(value: float, text: str) -> None:
    """One unit is enough for Compose."""
    assert compose(value) == text


@pytest.mark.parametrize("value", [0.001, 0.5, 1.0, 45.0, 3600.0])
def test_compose_and_seconds_agree(value: float) -> None:
    """What is written is read back as it was."""
    assert seconds(compose(value)) == pytest.approx(value)


@pytest.mark.parametrize(("text", "value"), [("7d", 604800), ("0d", 0), ("90m", 5400), ("1h30m", 5400)])
def test_age(text: str, value: float) -> None:
    """Compose knows no days, and people who clean up do."""
    assert age(text) == value


@pytest.mark.parametrize("text", ["", "1", "d", "-1d", "1.5d", "1d12h", " 1d", "\u0661d"])
def test_age_refuses_what_is_none(text: str) -> None:
    """A mistake removes nothing."""
    with pytest.raises(ValueError, match="is not a duration"):
        age(text)
