"""Accounts, from the files that hold them."""

import pytest

from stackproof.facts.accounts import accounts, groups, shared, without_password


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("root:x:0:0:root:/root:/bin/bash", [("root", 0, False, True)]),
        ("root::0:0:root:/root:/bin/bash", [("root", 0, True, True)]),
        ("app:x:1:1::/:", [("app", 1, False, True)]),
        ("app:*:1:1::/:/usr/sbin/nologin", [("app", 1, False, False)]),
        ("app:x:1:1::/:/bin/false", [("app", 1, False, False)]),
        ("app:x:1:1", [("app", 1, False, True)]),
        ("app:x:one:1::/:/bin/sh", []),
        ("app", []),
        ("+::::::", []),
        ("# app:x:1:1::/:/bin/sh", []),
        ("", []),
    ],
)
def test_accounts(line: str, expected: list[tuple[str, int, bool, bool]]) -> None:
    """What is no account is left out, and a shell that lets nobody in is told."""
    assert [(each.name, each.uid, each.open, each.logs_in) for each in accounts(f"{line}\n")] == expected


def test_shadow() -> None:
    """Only an empty field lets everybody in."""
    assert without_password("a::1:::::\nb:*:\nc:!:\nd:$6$x\ne\n+::\n") == ["a"]


def test_groups() -> None:
    """By name and number."""
    assert groups("root:x:0:\napp:x:1:a,b\nbroken\nword:x:y:\n") == [("root", 0), ("app", 1)]
    assert shared([("a", 1), ("a", 1), ("b", 2)]) == {}
