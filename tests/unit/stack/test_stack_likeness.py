"""When two models mean the same."""

from typing import Any

import pytest

from stackproof.stack.likeness import meaning_of


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ({"build": {"ssh": ["default", "k=/x"]}}, {"build": {"ssh": ["k=/x", "default"]}}, True),
        ({"build": {"ssh": ["default"]}}, {"build": {"ssh": ["k=/x"]}}, False),
        ({"build": {"cache_from": ["a", "b"]}}, {"build": {"cache_from": ["b", "a"]}}, False),
        ({"ports": [{"target": 1}, {"target": 2}]}, {"ports": [{"target": 2}, {"target": 1}]}, True),
        ({"dns": ["1.1.1.1", "8.8.8.8"]}, {"dns": ["8.8.8.8", "1.1.1.1"]}, False),
        ({"x-note": 1}, {}, True),
    ],
)
def test_orders_that_say_nothing(one: dict[str, Any], other: dict[str, Any], *, alike: bool) -> None:
    """Compose lists the keys of `build.ssh` in another order each time; other orders are the author's."""
    assert (meaning_of(one) == meaning_of(other)) is alike
