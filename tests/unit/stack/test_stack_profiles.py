"""Profiles that somebody names."""

from pathlib import Path

import pytest

from stackproof.stack import profiles
from stackproof.stack.discovery import Source
from stackproof.stack.written import Written


def known(tmp_path: Path, *services: str) -> frozenset[str]:
    """Return the profiles of services that are written so."""
    lines = [f"  s{number}: {text}" for number, text in enumerate(services)]
    (tmp_path / "compose.yml").write_text("\n".join(["services:", *lines, ""]))
    return profiles.named(Written.of(Source.find(".", tmp_path)))


def test_named(tmp_path: Path) -> None:
    """In either form of a list, each once; other keys have lists, too."""
    services = ("{image: x, profiles: [dev, e2e]}", "{image: x, profiles: [dev]}", "{image: x, dns: [d]}")

    assert known(tmp_path, *services) == {"dev", "e2e"}


def test_named_in_included_file(tmp_path: Path) -> None:
    """It belongs to the stack."""
    (tmp_path / "more.yml").write_text("services: {db: {image: x, profiles: [data]}}")
    (tmp_path / "compose.yml").write_text("include: [more.yml]\nservices: {web: {image: x}}\n")

    assert profiles.named(Written.of(Source.find(".", tmp_path))) == {"data"}


@pytest.mark.parametrize(
    ("chosen", "have", "said"),
    [
        (["dev"], {"dev", "e2e"}, ""),
        (["*"], set(), ""),
        ([], set(), ""),
        (["nope"], {"${PROFILE}"}, ""),
        (["nope"], {"dev"}, "--compose-profile nope: no service has this profile\n"),
        (["dve"], {"dev"}, "--compose-profile dve: no service has this profile; did you mean 'dev'?\n"),
        (["dev", "x"], {"dev", "a"}, "name one that is there (there are a, dev)"),
        (["x"], set(), "(there are none)"),
    ],
)
def test_unknown(chosen: list[str], have: set[str], said: str) -> None:
    """A typo would prove another stack; a variable may be any."""
    found = profiles.unknown(chosen, have)

    assert said in found
    assert bool(found) == bool(said)
