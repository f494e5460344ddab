"""Profiles: which controls judge a stack, and how grave a finding of theirs is; `profiles/NAME.toml`.

A live control is in every profile that does not leave it out, a rule in those that name it; one that none
names is in `strict` alone. What a team brought itself always judges.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Final

from stackproof.controls import catalogue
from stackproof.controls.control import Control, Needs
from stackproof.controls.severity import Severity
from stackproof.controls.spelling import hint
from stackproof.errors import UsageError

FOLDER: Final = Path(__file__).with_name("profiles")
DEFAULT: Final = "baseline"
STRICT: Final = "strict"


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One way to judge a stack."""

    name: str
    title: str
    rules: frozenset[str]
    """Rules that judge."""
    without: frozenset[str] = frozenset()
    """Live controls that do not."""
    severities: Mapping[str, Severity] = field(default_factory=dict)
    """Severity of controls whose findings matter more or less here; a finding's own goes before."""

    def has(self, control: Control) -> bool:
        """Whether a control judges."""
        if control.needs is Needs.SANDBOX:
            return control.id not in self.without
        if control.id in self.rules or control.id not in catalogue.shipped():
            return True
        return self.name == STRICT and control.id not in _named()

    def graded(self, control: Control) -> Control:
        """Return a control with the severity that it has here."""
        severity = self.severities.get(control.id, control.severity)
        return control if severity is control.severity else _of(control, severity)


@cache
def _of(control: Control, severity: Severity) -> Control:
    return replace(control, severity=severity)


def names() -> tuple[str, ...]:
    """Return the names of all profiles, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@cache
def load(name: str) -> Profile:
    """Return a profile.

    Raises UsageError for a name that none has.
    """
    if wrong := mistake(name):
        raise UsageError(wrong)
    read = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    return Profile(
        name=name,
        title=read["title"],
        rules=frozenset(read["rules"]),
        without=frozenset(read.get("without", ())),
        severities={control: Severity(word) for control, word in read.get("severities", {}).items()},
    )


def mistake(name: str) -> str:
    """Say what is wrong with the name of a profile; empty for nothing."""
    if name in names():
        return ""
    known = f"there are {', '.join(names())}{hint(name, names())}"
    return f"no profile {name!r}: {known}; a profile of Compose is enabled with --compose-profile"


def with_control(control: Control) -> list[str]:
    """Return the names of the profiles in which a control judges, sorted."""
    return [name for name in names() if load(name).has(control)]


@cache
def _named() -> frozenset[str]:
    return frozenset().union(*(load(name).rules for name in names()))
