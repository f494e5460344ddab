"""The mutants: compose overrides of one sound stack, and what their headers say that each must turn red."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from stackproof.controls import FAULTS, OBSERVE, catalogue
from stackproof.controls.control import Lane

FOLDER = Path(__file__).with_name("mutants")
SOUND = FOLDER / "compose.yml"
CONTRACT = FOLDER / "stackproof.yml"
# A comment, because what a compose file says of its own is kept out of reports, and so would the message be.
_HEADER = re.compile(r"^# (turns red: .*)$", re.MULTILINE)
# In the other lanes each trial goes through the whole stack.
_SHARED = (OBSERVE, FAULTS)


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One realistic mistake, and the assertion that must see it."""

    file: Path
    body: dict[str, Any]
    service: str
    message: str
    """A regular expression that is found in what the control says, and in no other of its assertions."""
    options: tuple[str, ...] = ()
    """Of the run, where the assertion is for such runs alone."""
    alone: str = ""
    """Why no other control may be judged in its sandbox."""

    @property
    def control(self) -> str:
        """The control that it must turn red; a second mutant of one has a word of its own after a dot."""
        return self.file.stem.partition(".")[0]

    @property
    def lane(self) -> Lane:
        """The lane of its control."""
        return catalogue.entries()[self.control].control.lane

    @property
    def touched(self) -> set[str]:
        """The services that it changes, and the one that fails for it."""
        return {self.service, *self.body["services"]}

    def may_share(self, other: "Mutant") -> bool:
        """Whether both can be proven in one sandbox: what one breaks says nothing of the other."""
        return (
            not (self.alone or other.alone)
            and self.lane == other.lane
            and self.lane in _SHARED
            and self.options == other.options
            and self.control != other.control
            and not self.touched & other.touched
        )

    def __str__(self) -> str:
        """Return its name."""
        return self.file.stem


def read(file: Path) -> Mutant:
    """Read a mutant.

    Raises ValueError when it has no header.
    """
    text = file.read_text()
    found = _HEADER.search(text)
    if found is None:
        msg = f"{file.name}: no line says what it `turns red`"
        raise ValueError(msg)
    said = YAML(typ="safe").load(found[1])["turns red"]
    options = tuple(said.pop("options", ()))
    # Not the safe kind: the body may hold Compose's own tags.
    return Mutant(file=file, body=YAML().load(text), options=options, **said)


def all_mutants() -> list[Mutant]:
    """Every mutant, sorted by control."""
    return [read(file) for file in sorted(FOLDER.glob("*.yml")) if file not in (SOUND, CONTRACT)]


def groups(mutants: list[Mutant]) -> list[list[Mutant]]:
    """Put those together that may share a sandbox, each into the first group that takes it."""
    found: list[list[Mutant]] = []
    for mutant in mutants:
        fits = (group for group in found if all(map(mutant.may_share, group)))
        if (group := next(fits, None)) is None:
            found.append([mutant])
        else:
            group.append(mutant)
    return found
