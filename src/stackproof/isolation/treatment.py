"""What happens to a key of a compose file in a sandbox, and how a row of the table says it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any, Self

from stackproof.isolation.here import Here
from stackproof.settings import Settings


class Treatment(StrEnum):
    """What becomes of a value."""

    PASSED = "passed"
    CHANGED = "changed"
    DROPPED = "dropped"
    REFUSED = "refused"
    RESOLVED = "resolved"
    """Compose has worked it into other keys; nothing of it is left to do."""
    WRITTEN_OUT = "written out"
    """A short form, for which Compose writes the long one; seen all the same, it is refused."""


class Flag(StrEnum):
    """The option that opens what is refused."""

    HOST_ACCESS = "--allow-host-access"
    NETWORK = "--allow-network"
    KEY = "--allow-key"
    NONE = ""
    """No option can open it: it cannot be had on this engine."""


Test = Callable[[Any, Here], bool]
Change = Callable[[Any, Here], Any]
Subject = Callable[[Any, Here], str]


def always(_value: Any, _here: Here) -> bool:  # noqa: ANN401 - a value of the model
    """Fit every value."""
    return True


def owner(_value: Any, here: Here) -> str:  # noqa: ANN401 - a value of the model
    """Name the service or resource in whose definition the value stands."""
    return here.owner


def with_value(value: Any, here: Here) -> str:  # noqa: ANN401 - a value of the model
    """Name the owner and the value."""
    return f"{here.owner} ({value})"


def with_key(_value: Any, here: Here) -> str:  # noqa: ANN401 - a value of the model
    """Name the owner and the last key."""
    return f"{here.owner} ({here.key})"


def key_and_value(value: Any, here: Here) -> str:  # noqa: ANN401 - a value of the model
    """Name the owner, its key and the value."""
    return f"{here.owner} ({here.key.partition('.')[0]}: {value})"


def is_word(*words: str) -> Test:
    """Return a test of a value that is one of the words; none at all is the empty word."""
    return lambda value, _here: str(value if value is not None else "") in words


def begins_with(word: str) -> Test:
    """Return a test of a value such as `service:db` by what stands before the colon."""
    return lambda value, _here: str(value).startswith(f"{word}:")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One kind of value of a key, and what becomes of it."""

    treatment: Treatment
    kind: str = "any value"
    when: Test = field(default=always, repr=False)
    change: Change | None = field(default=None, repr=False)
    """The new value, made of one whose parts were treated already."""
    says: str = ""
    """The note in the report, or why it is refused."""
    subject: Subject = field(default=owner, repr=False)
    """What the note or the refusal names."""
    flag: Flag = Flag.NONE


@dataclass(frozen=True, kw_only=True)
class Row:
    """A key of the specification, or a family of them, with its kinds of value; the first that fits counts.

    `path` is written with `*` for a name and `[]` for an item; `**` at its end is all that is below.
    """

    path: str
    cases: tuple[Case, ...]

    def case(self, value: Any, here: Here) -> Case | None:  # noqa: ANN401 - a value of the model
        """Return the case of a value; None for one that nobody thought of."""
        return next((case for case in self.cases if case.when(value, here)), None)


@dataclass(frozen=True, kw_only=True)
class Permits:
    """What the user opened, by name."""

    host_access: bool = False
    networks: frozenset[str] = frozenset()
    """Networks of this engine, by their own names."""
    keys: frozenset[str] = frozenset()
    """Keys that are passed as they are written, such as `services.web.new_key`; patterns."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return what the settings open."""
        return cls(
            host_access=settings.allow_host_access,
            networks=frozenset(settings.allow_network),
            keys=frozenset(settings.allow_key),
        )

    def opens(self, flag: Flag, named: str, dotted: str) -> bool:
        """Whether a refusal is lifted; `named` is the network, `dotted` the key."""
        match flag:
            case Flag.HOST_ACCESS:
                return self.host_access
            case Flag.NETWORK:
                return named in self.networks
            case Flag.KEY:
                return any(fnmatchcase(dotted, pattern) for pattern in self.keys)
        return False


def passed(*paths: str) -> list[Row]:
    """Return rows of keys that mean the same in a sandbox."""
    return [Row(path=path, cases=(Case(treatment=Treatment.PASSED),)) for path in _each(paths)]


def is_short(value: Any, _here: Here) -> bool:  # noqa: ANN401 - a value of the model
    """Whether an item is written in its short form."""
    return not isinstance(value, Mapping)


SHORT = Case(treatment=Treatment.WRITTEN_OUT, kind="a text or number", when=is_short)


def seen_above(above: str, *paths: str) -> list[Row]:
    """Return rows of keys of which the row above makes something."""
    case = Case(treatment=Treatment.CHANGED, kind=f"any value: see `{above}`")
    return [Row(path=path, cases=(case,)) for path in _each(paths)]


def written_out(*paths: str) -> list[Row]:
    """Return rows of short forms."""
    return [Row(path=path, cases=(Case(treatment=Treatment.WRITTEN_OUT),)) for path in _each(paths)]


def resolved(*paths: str) -> list[Row]:
    """Return rows of keys that Compose works into others."""
    return [Row(path=path, cases=(Case(treatment=Treatment.RESOLVED),)) for path in _each(paths)]


def dropped(says: str, *paths: str, subject: Subject = with_key) -> list[Row]:
    """Return rows of keys that are left out, with the note that says so."""
    case = Case(treatment=Treatment.DROPPED, says=says, subject=subject)
    return [Row(path=path, cases=(case,)) for path in _each(paths)]


def refused(says: str, *paths: str, flag: Flag = Flag.HOST_ACCESS, subject: Subject = with_key) -> list[Row]:
    """Return rows of keys that are refused, whatever their value."""
    case = Case(treatment=Treatment.REFUSED, says=says, flag=flag, subject=subject)
    return [Row(path=path, cases=(case,)) for path in _each(paths)]


def row(path: str, *cases: Case) -> Row:
    """Return a row of several kinds of value."""
    return Row(path=path, cases=cases)


def _each(paths: tuple[str, ...]) -> list[str]:
    return [path for text in paths for path in text.split()]
