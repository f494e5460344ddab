"""The files of a run: what each is called, what is in it, and that nobody else can read it."""

import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

LOCK = "lock"  # as a label of a run's containers has it, too
_BROKEN = "broken-"


@dataclass(frozen=True)
class Note:
    """A text that only this user can read; other processes see all of it or none."""

    path: Path

    def read(self) -> str | None:
        """Return the text; None where nothing was noted."""
        try:
            return self.path.read_text()
        except FileNotFoundError:
            return None

    def write(self, text: str) -> Path:
        """Write the text in place of what was there; return the file."""
        draft = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        return draft.replace(self.path)

    def remove(self) -> None:
        """Remove it, if it is there."""
        self.path.unlink(missing_ok=True)


@dataclass(frozen=True)
class SandboxFolder:
    """The folder of one sandbox: its compose file, and its copies of binds.

    Each has one of its own below its project's: what services write into copies may not be ours to remove.
    """

    path: Path

    @property
    def id(self) -> str:
        """By which this sandbox is told from others of its project, in a label."""
        return self.path.name

    @property
    def compose(self) -> Note:
        """The compose file."""
        return Note(self.path / "compose.json")

    def make(self) -> None:
        """Make the folder."""
        self.path.mkdir(mode=0o700, parents=True)

    def has_forerunner(self) -> bool:
        """Whether a sandbox of this project has a folder already."""
        return self.path.parent.exists()

    def remove(self) -> None:
        """Remove it with all others of its project, as far as we may."""
        shutil.rmtree(self.path.parent, ignore_errors=True)


@dataclass(frozen=True)
class RunFolder:
    """The private folder of a run. No file in it is named anywhere else."""

    path: Path

    # -- who began it ------------------------------------------------------------------------------

    @property
    def lock(self) -> Path:
        """Locked by the controller for as long as it lives."""
        return self.path / LOCK

    @property
    def origin(self) -> Note:
        """Labels that say who began the run, as JSON."""
        return Note(self.path / "origin.json")

    # -- what processes of the run tell each other -------------------------------------------------

    @property
    def plan(self) -> Path:
        """What is to be decided."""
        return self.path / "plan.json"

    @property
    def events(self) -> Path:
        """Steps of sandboxes, as they come."""
        return self.path / "events.jsonl"

    @property
    def engine_away(self) -> Note:
        """What the engine's absence was last said to be, once nobody waits for it any more."""
        return Note(self.path / "engine-away")

    def broken(self, stack: str) -> Note:
        """Why a stack, by its slug, did not come up, or not all of it."""
        return Note(self.path / f"{_BROKEN}{stack}")

    def all_broken(self) -> list[str]:
        """Return why stacks did not come up, in the order of their slugs."""
        return [path.read_text() for path in sorted(self.path.glob(f"{_BROKEN}*"))]

    def unseen(self, stack: str) -> Note:
        """Why nothing of a stack, by its slug, can even be looked at."""
        return Note(self.path / f"unseen-{stack}")

    def reached(self, stack: str) -> Note:
        """How a stack, by its slug, could act outside: what passed does not count then."""
        return Note(self.path / f"reached-{stack}")

    def jobs(self, stack: str) -> Note:
        """Which services of a stack, by its slug, were taken for one-shots because they ended well."""
        return Note(self.path / f"jobs-{stack}")

    # -- what sandboxes are made of ----------------------------------------------------------------

    def images(self, stack: str) -> Note:
        """The images of a stack, by its slug, or why they cannot be had; as JSON."""
        return Note(self.path / f"images-{stack}.json")

    def images_lock(self, stack: str) -> Path:
        """Locked by the process that gets the images of a stack, by its slug."""
        return self.path / f"images-{stack}.lock"

    def build(self, project: str) -> Note:
        """The compose file of a build."""
        return Note(self.path / f"{project}.json")

    def sandbox(self, project: str, sandbox: str) -> SandboxFolder:
        """Return the folder of a sandbox of a project, by an id that no other has."""
        return SandboxFolder(self.path / project / sandbox)

    def sandboxes(self) -> int:
        """Return how many sandboxes are up, or about to be."""
        return sum(1 for path in self.path.glob("*/*") if path.is_dir())

    @property
    def room_lock(self) -> Path:
        """Locked by the process that looks whether the machine has room for one more sandbox."""
        return self.path / "room.lock"

    @property
    def room_taken(self) -> Path:
        """Touched when one is begun."""
        return self.path / "room-taken"

    # -- what must be removed ----------------------------------------------------------------------

    @property
    def _volumes(self) -> Path:
        return self.path / "anonymous-volumes"

    def remember_volumes(self, names: Iterable[str]) -> None:
        """Note anonymous volumes before a `down` leaves them behind without a label of ours."""
        with self._volumes.open("a") as ledger:
            ledger.writelines(f"{json.dumps(name)}\n" for name in names)

    def remembered_volumes(self) -> list[str]:
        """Anonymous volumes that were mounted in containers of this run."""
        ledger = self._volumes
        return [json.loads(line) for line in ledger.read_text().splitlines()] if ledger.exists() else []
